package runner_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/schedule"
	"muster/core/scope"
	"muster/storage"
	"muster/sync/runner"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var mara = core.LocalUser("mara")

// one is a directory of one person. It can be out of reach, or slow.
type one struct {
	mu     sync.Mutex
	broken bool
	takes  time.Duration
}

func (*one) Name() string           { return "one" }
func (*one) Title() string          { return "A directory of one" }
func (*one) UIDs() []core.UIDChoice { return []core.UIDChoice{{Key: "no"}} }
func (*one) Attributes() []core.SourceAttribute {
	return []core.SourceAttribute{{Name: "no", Field: "no"}}
}
func (*one) Options() []core.ConnectOption   { return nil }
func (*one) Rules() ([]scope.Rule, []string) { return nil, nil }
func (*one) Names() []string                 { return []string{"no"} }
func (*one) Close() error                    { return nil }

func (k *one) Propose(l *roster.List, _ string) ([]roster.Field, []mapping.Mapping, error) {
	fields, mappings := core.Proposal{UID: "no", Usual: []string{"no"}, Attributes: k.Attributes()}.For(l)
	return fields, mappings, nil
}

func (k *one) Dial(core.ConnectAnswers, core.DirectoryHost) (core.Directory, error) {
	return directory{k}, nil
}

type directory struct{ *one }

func (directory) Test(context.Context, []string) (core.DirectoryTest, error) {
	return core.DirectoryTest{}, nil
}
func (directory) Attributes(context.Context) ([]core.SourceAttribute, error) { return nil, nil }
func (directory) Groups(context.Context, func([]core.DirectoryGroup) error) error {
	return nil
}

func (d directory) Read(ctx context.Context, order core.ReadOrder, sink core.ReadSink) (core.ReadReport, error) {
	d.mu.Lock()
	broken, takes := d.broken, d.takes
	d.mu.Unlock()
	report := core.ReadReport{People: -1, Count: -1}
	timer := time.NewTimer(takes)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return report, ctx.Err()
	case <-timer.C:
	}
	if broken {
		return report, fault.New(fault.Busy, "The directory is out of reach")
	}
	rec := mapping.Record{Anchor: "a1", Cells: make([]mapping.Cell, len(order.Attributes))}
	rec.Cells[slices.Index(order.Attributes, "no")].Text = "E1"
	return report, sink.Page(ctx, core.ReadPage{Records: []mapping.Record{rec}})
}

// world is an engine with a list on a schedule, in a bubble whose clock moves
// when nothing else does. It begins on Saturday, 2000-01-01, at midnight UTC.
type world struct {
	*core.Engine
	dir  *one
	list roster.List
	mu   sync.Mutex
	runs []string // when they began, and how they ended
}

func newWorld(t *testing.T, text string, freezes ...schedule.Freeze) *world {
	t.Helper()
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{dir: new(one)}
	if w.Engine, err = core.Open(t.Context(), store, core.Options{Kinds: []core.SourceKind{w.dir}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.list, err = w.CreateList(t.Context(), mara, roster.List{Slug: "staff"}); err != nil {
		t.Fatal(err)
	}
	if _, err = w.Join(t.Context(), mara, w.list.ID, core.Joining{Kind: "one", UID: "no", Answers: &core.ConnectAnswers{}}); err != nil {
		t.Fatal(err)
	}
	w.schedule(t, text, freezes...)
	return w
}

func (w *world) schedule(t *testing.T, text string, freezes ...schedule.Freeze) {
	t.Helper()
	s, err := schedule.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s.Freezes = freezes
	if err := w.ChangeList(t.Context(), mara, w.list.ID, func(l *roster.List) error { l.Schedule = s; return nil }); err != nil {
		t.Fatal(err)
	}
}

// up has the runner run for so long.
func (w *world) up(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	runner.New(w.Engine, runner.Options{Done: func(_ core.Due, r core.Run, _ error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.runs = append(w.runs, fmt.Sprintf("%s %s", r.Last.Format("Mon 15:04"), r.Outcome))
	}}).Run(ctx)
}

// down lets time pass while nothing runs.
func down(d time.Duration) { <-time.After(d) }

func (w *world) want(t *testing.T, want ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.runs, want) {
		t.Errorf("the runs were\n%s\nwant\n%s", strings.Join(w.runs, "\n"), strings.Join(want, "\n"))
	}
	w.runs = nil
}

func TestTheScheduleRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "at 06:30 on mon-fri")
		w.up(t, 4*24*time.Hour) // to Wednesday, midnight
		w.want(t, "Mon 00:00 applied", "Mon 06:30 nothing new", "Tue 06:30 nothing new")
		down(36 * time.Hour) // to Thursday noon: two were missed
		w.up(t, 24*time.Hour)
		w.want(t, "Thu 12:00 nothing new", "Fri 06:30 nothing new")
		w.schedule(t, "every 4h", schedule.Freeze{From: "2000-01-08", To: "2000-01-09", Why: "Holidays"})
		w.up(t, 59*time.Hour) // from Friday noon to Sunday, 23:00
		w.want(t, "Fri 12:00 nothing new", "Fri 16:00 nothing new", "Fri 20:00 nothing new")
		w.up(t, 6*time.Hour)
		w.want(t, "Mon 00:00 nothing new", "Mon 04:00 nothing new")
	})
}

func TestWhatFailedIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "at 06:00")
		w.up(t, time.Hour)
		w.want(t, "Sat 00:00 applied")
		w.dir.broken = true
		w.up(t, 10*time.Hour)
		w.want(t, "Sat 06:00 failed", "Sat 06:15 failed", "Sat 06:30 failed", "Sat 06:45 failed")
	})
}

func TestEndingWaitsForWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "every 1h")
		w.dir.takes = time.Hour
		w.up(t, 10*time.Minute)
		w.want(t, "Sat 00:00 stopped")
		if w.Syncing(w.list.ID) != nil {
			t.Error("it still runs")
		}
		w.dir.takes = 0
		w.up(t, 10*time.Minute) // it is owed still
		w.want(t, "Sat 00:10 applied")
	})
}

// What somebody begins goes on without them, until it is over, somebody stops it
// or the runner ends.
func TestBegunGoesOnByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "at 06:00 on sun")
		w.dir.takes = time.Hour
		r := runner.New(w.Engine, runner.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); r.Run(ctx) }()
		begin := func() *core.Syncing {
			t.Helper()
			s, err := r.Begin(mara, w.list.ID, core.SyncHow{})
			if err != nil || w.Syncing(w.list.ID) != s {
				t.Fatalf("%v, %v", s, err)
			}
			if _, err := r.Begin(mara, w.list.ID, core.SyncHow{}); !fault.Is(err, fault.Busy) {
				t.Errorf("a second one: %v", err)
			}
			return s
		}
		came := func(s *core.Syncing, after time.Duration) (core.Outcome, error) {
			t.Helper()
			down(after)
			synctest.Wait()
			came, over := s.Over()
			if !over || w.Syncing(w.list.ID) != nil {
				t.Fatal("it runs still")
			}
			return came.Run.Outcome, came.Err
		}
		s := begin()
		down(30 * time.Minute)
		if _, over := s.Over(); over {
			t.Error("it is over too soon")
		}
		if outcome, err := came(s, time.Hour); outcome != core.RunApplied || err != nil {
			t.Errorf("%s, %v", outcome, err)
		}
		s = begin()
		if err := w.StopSync(mara, w.list.ID); err != nil {
			t.Fatal(err)
		}
		if outcome, err := came(s, time.Second); outcome != core.Stopped || !fault.Is(err, fault.Cancelled) {
			t.Errorf("stopped: %s, %v", outcome, err)
		}
		s = begin()
		cancel()
		<-ended
		if came, over := s.Over(); !over || came.Run.Outcome != core.Stopped || !came.Run.Cut {
			t.Errorf("at the end: %+v", came)
		}
		if _, err := r.Begin(mara, w.list.ID, core.SyncHow{}); !fault.Is(err, fault.Busy) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestOwedDoesWhatIsDueOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "at 06:00")
		down(30 * time.Hour)
		for _, want := range []int{1, 0} {
			did := 0
			if err := runner.Owed(t.Context(), w.Engine, func(_ core.Due, r core.Run, err error) {
				if did++; err != nil || r.Outcome != core.RunApplied {
					t.Errorf("%s, %v", r.Outcome, err)
				}
			}); err != nil || did != want {
				t.Errorf("it did %d, want %d: %v", did, want, err)
			}
		}
	})
}
