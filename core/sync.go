package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"muster/core/fault"
	"muster/core/roster"
)

// A sync reads a directory and makes a changeset of what it says:
//
//	read → staged records → scope → map, validate, match, diff → health, guard → review or apply
//
// What was read becomes current (records, notes, and so the links to what is new)
// in the transaction that applies the changeset, or rejects it. One that is held
// keeps the old ones: the next run reads the same again, and what came since.

// FullAtLeast is how old the last full reading may become: the tokens of
// directories live for seven days, and what a reading of what is new has missed
// is found by a full one.
const FullAtLeast = 6 * 24 * time.Hour

// SyncHow is how a sync is to be run.
type SyncHow struct {
	// Full reads everybody, whatever is due.
	Full bool
	// Dry only tells what would be. Nothing is decided, and what was read is let
	// go of by Forget, or by the next run.
	Dry bool
	// Show shows a code that somebody has to type; nil where nobody is there. Who
	// looks on sees it as well (Syncing.SignIn).
	Show func(SignIn)
}

// Syncing is a sync that is running, or has been. It belongs to nobody who looks
// on: any session may, and none has to stay.
type Syncing struct {
	List     roster.ListID
	By       string
	Since    time.Time
	Dry      bool
	Progress *Progress
	stop     context.CancelCauseFunc
	signIn   atomic.Pointer[SignIn]
	done     chan struct{}
	came     Synced // once it is done
}

// Synced is what a sync came to.
type Synced struct {
	Run   Run
	Draft *Draft // of a dry run
	Err   error
}

// Done is closed when the sync is over.
func (s *Syncing) Done() <-chan struct{} { return s.done }

// Over returns what the sync came to; false while it runs.
func (s *Syncing) Over() (Synced, bool) {
	select {
	case <-s.done:
		return s.came, true
	default:
		return Synced{}, false
	}
}

// SignIn returns the code that somebody has to type before the directory answers
// anything; false when there is none.
func (s *Syncing) SignIn() (SignIn, bool) {
	in := s.signIn.Load()
	if in == nil {
		return SignIn{}, false
	}
	select {
	case <-in.Over:
		return SignIn{}, false
	default:
		return *in, true
	}
}

// syncs are those that are running, one a list.
type syncs struct {
	mu  sync.Mutex
	now map[roster.ListID]*Syncing
}

var errStopped = errors.New("stopped by somebody")

// Syncing returns the sync of a list that is running, nil when there is none.
func (e *Engine) Syncing(list roster.ListID) *Syncing {
	if !e.sees(list) {
		return nil
	}
	e.syncs.mu.Lock()
	defer e.syncs.mu.Unlock()
	return e.syncs.now[list]
}

// Syncs returns the syncs that are running, in the order of their lists.
func (e *Engine) Syncs() []*Syncing {
	e.syncs.mu.Lock()
	all := slices.Collect(maps.Values(e.syncs.now))
	e.syncs.mu.Unlock()
	all = slices.DeleteFunc(all, func(s *Syncing) bool { return !e.sees(s.List) })
	slices.SortFunc(all, func(a, b *Syncing) int { return cmp.Compare(a.List, b.List) })
	return all
}

// StopSync stops the sync of a list that is running. Nothing is left half done.
func (e *Engine) StopSync(actor Actor, list roster.ListID) error {
	if err := e.May(actor, list, RunSync); err != nil {
		return err
	}
	if s := e.Syncing(list); s != nil {
		s.stop(errStopped)
	}
	return nil
}

// enlist enters a sync among those that are running, until end.
func (e *Engine) enlist(ctx context.Context, actor Actor, l *roster.List, how SyncHow) (_ context.Context, s *Syncing, end func(), err error) {
	e.syncs.mu.Lock()
	defer e.syncs.mu.Unlock()
	if e.syncs.now[l.ID] != nil {
		return ctx, nil, nil, errSyncing(l)
	}
	ctx, stop := context.WithCancelCause(ctx)
	s = &Syncing{List: l.ID, By: actor.Name, Since: e.now(), Dry: how.Dry, Progress: new(Progress), stop: stop, done: make(chan struct{})}
	s.Progress.Start("Beginning", 0)
	if e.syncs.now == nil {
		e.syncs.now = make(map[roster.ListID]*Syncing)
	}
	e.syncs.now[l.ID] = s
	e.news.publish(Notice{List: l.ID})
	return ctx, s, func() {
		stop(nil)
		e.syncs.mu.Lock()
		delete(e.syncs.now, l.ID)
		e.syncs.mu.Unlock()
		e.news.publish(Notice{List: l.ID})
	}, nil
}

// BeginSync begins what Sync does, or with how.Dry what PlanSync does. The rest
// is work, which whoever owns it calls once: it returns when the sync is over, or
// soon after ctx ended. Others look on by the Syncing.
func (e *Engine) BeginSync(ctx context.Context, actor Actor, list roster.ListID, how SyncHow) (s *Syncing, work func(), err error) {
	return e.beginSync(ctx, actor, list, how, func(ctx context.Context, s *Syncing, l *roster.List) (came Synced) {
		d, run, err := e.planSync(ctx, actor, s, *l, how)
		if err != nil || how.Dry {
			return Synced{run, d, err}
		}
		s.Progress.Start("Bringing it in", 0)
		run, err = e.bringIn(ctx, actor, d, run)
		return Synced{Run: run, Err: err}
	})
}

// bringIn submits what a run has planned, and returns the run as it is then kept.
func (e *Engine) bringIn(ctx context.Context, actor Actor, d *Draft, run Run) (Run, error) {
	if _, _, err := e.Submit(ctx, actor, d); err != nil {
		return run, e.failed(ctx, &run, d.Head.List, err)
	}
	// It is on disk: whoever asked to end has it told all the same.
	err := e.view(context.WithoutCancel(ctx), func(tx Tx) error {
		r, ok, err := readRun(tx, d.Head.List, run.Number)
		if ok {
			run = r
		}
		return err
	})
	return run, err
}

// Sync reads a list's directory and brings what it says in as the list's
// Approval says. It returns the run as it is kept.
func (e *Engine) Sync(ctx context.Context, actor Actor, list roster.ListID, how SyncHow) (Run, error) {
	s, work, err := e.BeginSync(ctx, actor, list, how)
	if err != nil {
		return Run{}, err
	}
	work()
	came, _ := s.Over()
	return came.Run, came.Err
}

// PlanSync reads a list's directory and works out what that would change. The
// draft is proposed, applied or submitted like any other, or let go of by Forget.
func (e *Engine) PlanSync(ctx context.Context, actor Actor, list roster.ListID, how SyncHow) (d *Draft, run Run, err error) {
	s, work, err := e.beginSync(ctx, actor, list, how, func(ctx context.Context, s *Syncing, l *roster.List) Synced {
		d, run, err := e.planSync(ctx, actor, s, *l, how)
		return Synced{run, d, err}
	})
	if err != nil {
		return nil, run, err
	}
	work()
	came, _ := s.Over()
	return came.Draft, came.Run, came.Err
}

func (e *Engine) beginSync(ctx context.Context, actor Actor, list roster.ListID, how SyncHow, do func(context.Context, *Syncing, *roster.List) Synced) (*Syncing, func(), error) {
	if err := e.May(actor, list, RunSync); err != nil {
		return nil, nil, err
	}
	l, err := e.listOf(ctx, Intake{List: list})
	if err != nil {
		return nil, nil, err
	}
	if _, ok := e.directoryKind(l.Connection.Kind); !ok {
		return nil, nil, errNoDirectory(&l)
	}
	ctx, s, end, err := e.enlist(ctx, actor, &l, how)
	if err != nil {
		return nil, nil, err
	}
	return s, func() {
		came := do(ctx, s, &l)
		if errors.Is(context.Cause(ctx), errStopped) && errors.Is(came.Err, context.Canceled) {
			came.Err = fault.New(fault.Cancelled, "The sync of %s was stopped; nothing was changed", l.Slug)
		}
		s.came = came
		close(s.done)
		end()
	}, nil
}

// planSync reads, and plans what was read. When what is new cannot be told any
// more it reads everybody.
func (e *Engine) planSync(ctx context.Context, actor Actor, s *Syncing, l roster.List, how SyncHow) (d *Draft, run Run, err error) {
	kind, _ := e.directoryKind(l.Connection.Kind)
	if run, err = e.order(ctx, actor, kind, &l, how); err != nil {
		return nil, run, err
	}
	directory, err := e.Dial(ctx, &l, s.show(how.Show))
	if err != nil {
		return nil, run, e.failed(ctx, &run, l.ID, err)
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	d, err = e.readAndPlan(ctx, directory, kind, s, &l, &run)
	if errors.Is(err, ErrReadAnew) {
		if err = e.readAnew(ctx, l.ID, &run); err == nil {
			d, err = e.readAndPlan(ctx, directory, kind, s, &l, &run)
		}
	}
	if err != nil {
		return nil, run, e.failed(ctx, &run, l.ID, err)
	}
	run.Took = e.now().Sub(run.Last)
	run.Outcome = Planned
	if how.Dry {
		run.Outcome = DryRun
	}
	err = e.store.Update(ctx, func(tx WriteTx) error { return putRun(tx, l.ID, &run) })
	return d, run, err
}

// show passes a code that somebody has to type on to who began the sync, and
// keeps it for those who look on.
func (s *Syncing) show(to func(SignIn)) func(SignIn) {
	if to == nil {
		return nil
	}
	return func(in SignIn) {
		s.signIn.Store(&in)
		to(in)
	}
}

// order enters a new run, or the one that was interrupted, and says what it is to
// read.
func (e *Engine) order(ctx context.Context, actor Actor, kind DirectoryKind, l *roster.List, how SyncHow) (run Run, err error) {
	err = e.store.Update(ctx, func(tx WriteTx) error {
		state, known, err := syncState(tx, l.ID)
		if err != nil {
			return err
		}
		now := e.now()
		run = Run{At: now, Last: now, By: actor.Name, Outcome: Running, Reading: &Reading{
			Connection: l.Connection.ID, Attributes: wanted(kind, l), Scope: l.Scope, Staged: now,
		}}
		run.Full, run.Why = whyFull(&run, &state, known, how.Full, now)
		before, err := resumable(tx, l.ID, &run, now)
		if err != nil {
			return err
		}
		if before == nil {
			return addRun(tx, l.ID, &run)
		}
		run.Number, run.Pages, run.People, run.Requests, run.Throttled = before.Number, before.Pages, before.People, before.Requests, before.Throttled
		run.At = before.At // what was read first is that old
		run.Outcome, run.Problem, run.Cut = Running, "", false
		run.Reading.Cursor, run.Reading.Staged = before.Reading.Cursor, before.Reading.Staged
		return putRun(tx, l.ID, &run)
	})
	return run, err
}

// whyFull says whether everybody is to be read, and why.
func whyFull(run *Run, state *SyncState, known, told bool, now time.Time) (full bool, why string) {
	read := run.Reading
	switch {
	case !known || state.Connection != read.Connection:
		return true, "The list has not been read yet"
	case told:
		return true, "A full reading was asked for"
	case !slices.Equal(state.Attributes, read.Attributes):
		return true, "Other attributes are asked for than before"
	case !state.Scope.Equal(&read.Scope):
		return true, "The scope is another than before"
	case now.Sub(state.Full) >= FullAtLeast:
		return true, "The last full reading is six days old"
	}
	return false, ""
}

// wanted are the attributes that are asked of a directory: all that the kind
// knows, so that a mapping can be changed without asking again, and what else is
// mapped or looked at by the scope.
func wanted(kind DirectoryKind, l *roster.List) []string {
	var all []string
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	for _, a := range kind.Attributes() {
		add(a.Name)
	}
	add(kind.Names()...)
	add(l.Scope.Attributes()...)
	for _, m := range l.Mappings {
		if m.On {
			add(m.Attributes()...)
		}
	}
	return all
}

// readAnew makes a run that could not be told what is new read everybody, or
// begin to do so again.
func (e *Engine) readAnew(ctx context.Context, list roster.ListID, run *Run) error {
	if !run.Full {
		run.Full, run.Why = true, "What is new could not be told any more, as after a token has expired"
	}
	run.Reading.Cursor, run.Reading.Whole = "", false
	return e.store.Update(ctx, func(tx WriteTx) error {
		if err := tx.DeleteReading(list, run.Number); err != nil {
			return err
		}
		return putRun(tx, list, run)
	})
}

func (e *Engine) readAndPlan(ctx context.Context, directory Directory, kind DirectoryKind, s *Syncing, l *roster.List, run *Run) (*Draft, error) {
	sink := &stage{e: e, list: l.ID, run: run, progress: s.Progress}
	read := run.Reading
	report, err := directory.Read(ctx, ReadOrder{Full: run.Full, Attributes: read.Attributes, Groups: read.Scope.GroupIDs(), Cursor: read.Cursor}, sink)
	if err != nil {
		return nil, err
	}
	read.Whole, read.Report = true, report
	if run.Full {
		if err := e.learnOwn(ctx, directory, l.Connection.ID); err != nil {
			return nil, err
		}
		s.Progress.Start("Looking who is not named", 0)
		if err := e.stageAbsent(ctx, directory, l, run); err != nil {
			return nil, err
		}
	}
	s.Progress.Start("Comparing with the list", 0)
	return e.planReading(ctx, kind, l, run)
}

// failed notes why a run failed, and returns err. What has been read stays, for
// the next run to go on from.
func (e *Engine) failed(ctx context.Context, run *Run, list roster.ListID, err error) error {
	run.Outcome, run.Problem = Failed, fault.Sentence(err)
	if ctx.Err() != nil {
		run.Outcome, run.Problem = Stopped, "It was stopped"
		if run.Cut = !errors.Is(context.Cause(ctx), errStopped); run.Cut {
			run.Problem = "It was cut off; the next run goes on where it was"
		}
	}
	run.Took = e.now().Sub(run.Last)
	ctx = context.WithoutCancel(ctx)
	if note := e.store.Update(ctx, func(tx WriteTx) error { return putRun(tx, list, run) }); note != nil {
		return fmt.Errorf("%w; and note it: %w", err, note)
	}
	return err
}
