package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/core"
	"muster/core/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a keeper whose clock only moves when it waits.
type desk struct {
	*Keeper
	t     *testing.T
	now   time.Time
	fails error
	wrote []string
	swept int
	plan  Plan
	notes []core.BackupNote
	sound error // what verifying one says
	told  []string
	until time.Time
}

func newDesk(t *testing.T, every time.Duration, keep int) *desk {
	d := &desk{t: t, now: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC), plan: Plan{Every: every, Keep: keep}}
	d.Keeper = New(Options{
		Folder: filepath.Join(t.TempDir(), "backups"), Plan: func() Plan { return d.plan },
		Check: func(context.Context, string, *core.Progress) error { return d.sound },
		Note: func(_ context.Context, _ core.Actor, n core.BackupNote) error {
			d.notes = append(d.notes, n)
			return nil
		},
		Write: func(_ context.Context, _ core.Actor, path string, _ *core.Progress) error {
			d.wrote = append(d.wrote, d.now.Format("02T15:04"))
			if d.fails != nil {
				return d.fails
			}
			return os.WriteFile(path, []byte("a store"), 0o600)
		},
		Sweep: func(string, string) error { d.swept++; return nil },
		Now:   func() time.Time { return d.now },
		Wait: func(_ context.Context, by time.Duration) bool {
			d.now = d.now.Add(by)
			return !d.now.After(d.until)
		},
		Log:  slog.New(slog.DiscardHandler),
		Told: func(trouble string) { d.told = append(d.told, trouble) },
	})
	return d
}

// run lets time pass.
func (d *desk) run(for_ time.Duration) {
	d.t.Helper()
	d.until = d.now.Add(for_)
	if err := d.Run(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.now = d.until
}

func (d *desk) there() string {
	d.t.Helper()
	files, err := d.Files()
	if err != nil {
		d.t.Fatal(err)
	}
	var at []string
	for _, f := range files {
		at = append(at, f.At.Format("02T15:04"))
	}
	return strings.Join(at, " ")
}

func TestBackupsAreWrittenWhenTheyAreDue(t *testing.T) {
	d := newDesk(t, 12*time.Hour, 3)
	d.run(time.Hour)
	if got := d.there(); got != "02T04:00" {
		t.Errorf("at first there are %s", got)
	}
	// Started again, there is nothing to do.
	d.run(time.Hour)
	if len(d.wrote) != 1 || d.swept != 2 {
		t.Errorf("it wrote %v, and swept %d times", d.wrote, d.swept)
	}
	d.run(48 * time.Hour)
	if got := d.there(); got != "04T04:00 03T16:00 03T04:00" {
		t.Errorf("the newest three are %s", got)
	}
	// After a week without, one is due at once.
	d.now = d.now.Add(7 * 24 * time.Hour)
	d.run(time.Minute)
	if got := d.there(); got != "11T06:00 04T04:00 03T16:00" {
		t.Errorf("after a week there are %s", got)
	}
	if next := d.Next().Format("02T15:04"); next != "11T18:00" {
		t.Errorf("the next is due %s", next)
	}
}

// What is not its own it leaves alone.
func TestOtherFilesStay(t *testing.T) {
	d := newDesk(t, time.Hour, 1)
	if err := os.MkdirAll(d.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"muster-before-the-move.db", "muster-20200101T000000Z.db.zst", "notes.txt", "muster-20200101T000000Z.db"} {
		if err := os.WriteFile(filepath.Join(d.Folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.run(time.Minute)
	all, err := os.ReadDir(d.Folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	if got := fmt.Sprint(names); got != "[muster-20200101T000000Z.db.zst muster-20260302T040000Z.db muster-before-the-move.db notes.txt]" {
		t.Errorf("there are %s", got)
	}
}

// What fails is said, tried again soon, and then done.
func TestWhatFailsIsTriedAgain(t *testing.T) {
	d := newDesk(t, 24*time.Hour, 2)
	d.fails = fault.New(fault.Full, "There is no room")
	d.run(40 * time.Minute)
	if got := fmt.Sprint(d.wrote); got != "[02T04:00 02T04:15 02T04:30]" {
		t.Errorf("it tried at %s", got)
	}
	if d.Trouble() != "The backup failed: There is no room" || d.told[0] != d.Trouble() {
		t.Errorf("it says %q", d.Trouble())
	}
	d.fails = nil
	d.run(10 * time.Minute)
	if d.there() != "02T04:45" && d.there() != "02T04:40" || d.Trouble() != "" || d.told[len(d.told)-1] != "" {
		t.Errorf("then there are %s, and it says %q", d.there(), d.Trouble())
	}
}

func TestOneAtATime(t *testing.T) {
	d := newDesk(t, 0, 0)
	inside := errors.New("not tried")
	kim := core.LocalUser("kim")
	d.Write = func(ctx context.Context, _ core.Actor, _ string, _ *core.Progress) error {
		_, inside = d.BackUp(ctx, kim, nil)
		return errors.New("enough")
	}
	if _, err := d.BackUp(t.Context(), kim, nil); err == nil || !fault.Is(inside, fault.Busy) {
		t.Errorf("the other was told %v", inside)
	}
	if d.run(time.Hour); !d.Next().IsZero() {
		t.Error("without a time one is due")
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.Folder = filepath.Join(blocked, "backups")
	if _, err := d.BackUp(t.Context(), kim, nil); !fault.Is(err, fault.Denied) {
		t.Errorf("where no folder can be: %v", err)
	}
}

// Another plan is heeded while it runs, and one that says never ends the trouble
// of those that failed.
func TestAnotherPlanIsHeeded(t *testing.T) {
	d := newDesk(t, 0, 0)
	d.run(time.Hour)
	if d.there() != "" {
		t.Errorf("without a time there are %s", d.there())
	}
	d.plan = Plan{Every: 6 * time.Hour, Keep: 2}
	d.run(20 * time.Hour)
	if got := d.there(); got != "02T23:00 02T17:00" && got != "02T23:01 02T17:01" {
		t.Errorf("every six hours there are %s", got)
	}
	d.fails = fault.New(fault.Full, "There is no room")
	d.run(6 * time.Hour)
	if d.Trouble() == "" {
		t.Error("nothing troubles it")
	}
	d.plan = Plan{}
	d.run(time.Hour)
	if d.Trouble() != "" || !d.Next().IsZero() {
		t.Errorf("none is due, and it says %q", d.Trouble())
	}
}

// Who had one written, and what came of verifying it, is noted.
func TestBackupsAreVerified(t *testing.T) {
	d := newDesk(t, 12*time.Hour, 3)
	d.run(time.Minute)
	kim := core.LocalUser("kim")
	d.now = d.now.Add(time.Minute)
	f, err := d.BackUp(t.Context(), kim, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.notes) != 2 || !d.notes[0].Scheduled() || d.notes[1].By != "kim" || d.notes[1].Name != f.Name {
		t.Errorf("noted is %+v", d.notes)
	}
	d.sound = fault.New(fault.Damaged, "It is not sound")
	if err := d.Verify(t.Context(), kim, f.Name, nil); !fault.Is(err, fault.Damaged) || d.notes[2].Problem != "It is not sound" {
		t.Errorf("verified: %v, %+v", err, d.notes)
	}
	d.sound = fault.New(fault.Cancelled, "It was stopped")
	if err := d.Verify(t.Context(), kim, f.Name, nil); !fault.Is(err, fault.Cancelled) || len(d.notes) != 3 {
		t.Errorf("stopped: %v, %+v", err, d.notes)
	}
	for _, name := range []string{"", "../backups/" + f.Name, "muster.db"} {
		if err := d.Verify(t.Context(), kim, name, nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q is verified: %v", name, err)
		}
	}
}

// It ends when it is told to.
func TestRunEnds(t *testing.T) {
	d := newDesk(t, time.Hour, 1)
	d.Wait = wait
	ctx, cancel := context.WithCancel(t.Context())
	d.Told = func(string) { cancel() }
	if err := d.Run(ctx); err != nil {
		t.Error(err)
	}
}
