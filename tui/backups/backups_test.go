package backups_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"go.uber.org/goleak"

	"muster/core"
	"muster/core/fault"
	"muster/tui"
	"muster/tui/backups"
	"muster/tui/kit"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func now() time.Time { return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC) }

// keeper keeps backups of which the test says what there is.
type keeper struct {
	kept   backups.Kept
	set    []string
	sound  error
	write  func(ctx context.Context, p *core.Progress) error
	looked atomic.Int32
}

func (k *keeper) doors() backups.Doors {
	return backups.Doors{
		Look: func(context.Context) (backups.Kept, error) {
			k.looked.Add(1)
			return k.kept, nil
		},
		BackUp: func(ctx context.Context, p *core.Progress) (backups.File, error) {
			if k.write != nil {
				if err := k.write(ctx, p); err != nil {
					return backups.File{}, err
				}
			}
			f := file(now(), 13<<20, "kim")
			k.kept.Files = append([]backups.File{f}, k.kept.Files...)
			return f, nil
		},
		Verify: func(_ context.Context, name string, _ *core.Progress) error {
			for i := range k.kept.Files {
				if f := &k.kept.Files[i]; f.Name == name {
					f.Verified, f.Problem = now(), ""
					if k.sound != nil {
						f.Problem = fault.Sentence(k.sound)
					}
				}
			}
			return k.sound
		},
		Schedule: func(_ context.Context, every, keep string) error {
			k.set = append(k.set, every+" "+keep)
			if d, err := time.ParseDuration(every); err == nil {
				k.kept.Every, k.kept.Next = d, now().Add(d)
			}
			return nil
		},
	}
}

func file(at time.Time, bytes int64, by string) backups.File {
	name := "muster-" + at.Format("20060102T150405Z") + ".db"
	f := backups.File{Name: name, At: at, Bytes: bytes}
	if by != "" {
		f.BackupNote = core.BackupNote{Name: name, By: by, Verified: at.Add(time.Minute)}
	}
	return f
}

// busy has four backups and a schedule.
func busy() *keeper {
	scheduled := core.Scheduler().Name
	k := &keeper{kept: backups.Kept{
		Files: []backups.File{
			file(now().Add(-5*time.Hour), 12_900_000, scheduled), file(now().Add(-19*time.Hour), 12_800_000, "kim"),
			file(now().Add(-29*time.Hour), 12_700_000, scheduled), file(now().Add(-40*24*time.Hour), 40_000, ""),
		},
		Folder: "/var/lib/muster/backups", Store: "/var/lib/muster/muster db", Every: 24 * time.Hour, Keep: 14, Next: now().Add(19 * time.Hour),
	}}
	k.kept.Files[2].Problem = k.kept.Files[2].Name + " is not sound: Person 17 is in no index"
	return k
}

func run(t *testing.T, d backups.Doors, plain bool, clock func() time.Time, opts ...terminal.Option) *terminal.App {
	t.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return backups.New(env, d) },
		Now:   clock, Plain: plain, Profile: colorprofile.ASCII,
	})
	t.Cleanup(m.Close)
	return terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

func wants(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(app.Screen(), text) {
			t.Errorf("%q is not on the screen:\n%s", text, app.Screen())
		}
	}
}

func TestBackupsLookRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}, {250, 80}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			app := run(t, busy().doors(), false, now, terminal.Size(size.width, size.height))
			app.Play("down", "down")
			terminal.Golden(t, fmt.Sprintf("backups-%dx%d", size.width, size.height), app.Screen())
		})
	}
	t.Run("a screen reader's", func(t *testing.T) {
		app := run(t, busy().doors(), true, now, terminal.Size(80, 24))
		app.Play("down")
		terminal.Golden(t, "backups-plain-80x24", app.Screen())
	})
	t.Run("none", func(t *testing.T) {
		k := &keeper{kept: backups.Kept{Folder: "/var/lib/muster/backups", Store: "/var/lib/muster/muster.db", Keep: 14}}
		app := run(t, k.doors(), false, now, terminal.Size(60, 20))
		terminal.Golden(t, "backups-none-60x20", app.Screen())
	})
}

// One is written, with how far it is while that takes long, and can be stopped.
func TestOneIsWritten(t *testing.T) {
	k := busy()
	app := run(t, k.doors(), false, now, terminal.Size(120, 30))
	app.Play("n")
	wants(t, app, "Wrote a verified backup, 13.0 MB", "▌ today 09:40", "kim", "5 backups")

	clock := atomic.Int64{}
	begun := make(chan struct{})
	k.write = func(ctx context.Context, p *core.Progress) error {
		p.Start("Copying megabytes", 400)
		p.Set(100)
		clock.Add(int64(time.Second)) // long enough to be shown
		close(begun)
		<-ctx.Done()
		return fault.Wrap(ctx.Err(), fault.Cancelled, "The backup was stopped")
	}
	term := terminal.Run(t, func(ctx context.Context, in io.Reader, out io.Writer) error {
		return tui.Run(ctx, tui.Options{
			First: func(env *kit.Env) kit.Screen { return backups.New(env, k.doors()) },
			Now:   func() time.Time { return now().Add(time.Duration(clock.Load())) }, Profile: colorprofile.ASCII,
			Width: 120, Height: 30, Environ: []string{"TERM=xterm-256color"},
		}, in, out)
	}, terminal.Size(120, 30))
	term.WaitFor("5 backups")
	term.Press("n")
	<-begun
	term.WaitFor("Copying megabytes")
	clock.Add(int64(10 * time.Second))
	term.WaitFor("100 of 400, 10 a second, 30 s left")
	term.Press("esc")
	term.WaitFor("The backup was stopped")
	term.Press("ctrl+c")
	if err := term.Wait(); err != nil {
		t.Error(err)
	}
}

func TestOneIsVerified(t *testing.T) {
	k := busy()
	app := run(t, k.doors(), false, now, terminal.Size(120, 30))
	app.Play("end")
	wants(t, app, "not known")
	app.Play("v")
	wants(t, app, "It is sound")
	if k.kept.Files[3].Verified.IsZero() || strings.Count(app.Screen(), "not known") != 1 {
		t.Errorf("it is not known to be sound:\n%s", app.Screen())
	}
	k.sound = fault.New(fault.Damaged, "muster-x.db is not sound: a page is gone")
	app.Play("home", "enter")
	wants(t, app, "This backup is not sound", "a page is gone", "Do not rely on it")
	app.Play("enter")
	wants(t, app, "✗ not sound")
}

func TestTheScheduleIsSet(t *testing.T) {
	k := &keeper{kept: backups.Kept{Keep: 14}}
	app := run(t, k.doors(), false, now, terminal.Size(140, 30))
	wants(t, app, "No backups yet", "none by itself")
	app.Play("s")
	wants(t, app, "24h", "0 is never")
	app.Play("ctrl+u")
	app.Type("soon")
	app.Play("enter")
	wants(t, app, "It takes a time as 6h or 24h")
	app.Play("ctrl+u")
	app.Type("12h")
	app.Play("enter")
	wants(t, app, "The schedule is changed", "one every 12 hours, and the newest 14 are kept", "next today 21:40")
	k.kept.EveryFrom = "--backup-every"
	app.Send(kit.Notice{})
	app.Play("s")
	wants(t, app, "set by --backup-every; change it there")
	app.Play("ctrl+u")
	app.Type("3")
	app.Play("enter")
	if got := strings.Join(k.set, ", "); got != "12h 14,  3" {
		t.Errorf("set is %q", got)
	}
	k.kept.KeepFrom = "MUSTER_BACKUP_KEEP"
	app.Send(kit.Notice{})
	app.Play("s")
	wants(t, app, "The schedule is set by --backup-every, and how many are kept by MUSTER_BACKUP_KEEP")
}

// Over a network no place of the server is shown, and nothing written.
func TestFromElsewhere(t *testing.T) {
	k := busy()
	d := k.doors()
	k.kept.Folder, k.kept.Store = "", ""
	d.BackUp, d.Refused = nil, "Over a network no backup is written on the server"
	app := run(t, d, false, now, terminal.Size(120, 30))
	if strings.Contains(app.Screen(), "/var") {
		t.Errorf("places of the server are shown:\n%s", app.Screen())
	}
	app.Play("n")
	wants(t, app, "Over a network no backup is written on the server")
	app.Play("y")
	wants(t, app, "A backup is put back on the machine that has it")
	app.Play("r")
	wants(t, app, "How a backup is put back", "backup - > muster.db")
}

// What cannot be read is said, where the backups would be.
func TestWhatCannotBeReadIsSaid(t *testing.T) {
	k := busy()
	d := k.doors()
	d.Look = func(context.Context) (backups.Kept, error) {
		return backups.Kept{}, fault.Wrap(errors.New("denied"), fault.Denied, "The folder of the backups cannot be read")
	}
	app := run(t, d, false, now, terminal.Size(100, 30))
	wants(t, app, "  The folder of the backups cannot be read")
}

func TestRestoringIsTold(t *testing.T) {
	k := busy()
	app := run(t, k.doors(), false, now, terminal.Size(130, 30))
	app.Play("y")
	if got, want := app.Clipboard(), "muster restore /var/lib/muster/backups/muster-20260302T044000Z.db --db '/var/lib/muster/muster db' --replace"; got != want {
		t.Errorf("copied is %q", got)
	}
	app.Play("r")
	wants(t, app, "Nothing may use the store meanwhile", "systemctl stop muster")
}
