// Package runner runs the syncs of the process that holds the store: those that
// are due by a schedule, what was missed while nothing ran once, and those that
// somebody begins from a screen, who need not stay. It knows no source: the engine
// does.
package runner

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
)

// atOnce is how many lists are synced at the same time.
const atOnce = 2

// look is how often it looks at least: a clock may be set, a machine wake up and a
// schedule be changed at any time.
const look = 30 * time.Second

// Options are what a runner needs of the world.
type Options struct {
	Log *slog.Logger // discarded by default
	// Wait waits for a time, or until ctx ends; timers by default.
	Wait func(ctx context.Context, d time.Duration)
	// Done, when not nil, is told of each run that has ended.
	Done func(core.Due, core.Run, error)
}

// Runner runs syncs while Run does. It is safe for concurrent use.
type Runner struct {
	engine *core.Engine
	opts   Options
	asked  chan func(context.Context)
	over   chan struct{} // closed when nothing is begun any more
}

// New makes a runner, for one Run.
func New(e *core.Engine, opts Options) *Runner {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Wait == nil {
		opts.Wait = wait
	}
	return &Runner{engine: e, opts: opts, asked: make(chan func(context.Context)), over: make(chan struct{})}
}

// Run syncs what is due, and what Begin is asked for, until ctx ends. What runs
// then stops at a safe point, from which the next run goes on. It returns once
// all of it has.
func (r *Runner) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() {
		defer close(r.over)
		for {
			select {
			case <-ctx.Done():
				return
			case work := <-r.asked:
				running.Go(func() { work(ctx) })
			}
		}
	})
	slots := make(chan struct{}, atOnce)
	for ctx.Err() == nil {
		all, err := r.engine.Schedule(ctx)
		if err != nil && ctx.Err() == nil {
			r.opts.Log.Error("Cannot read the schedules", "error", err)
		}
		pause := look
		for _, d := range all {
			switch until := d.Next.Sub(r.engine.Now()); {
			case d.Next.IsZero(), r.engine.Syncing(d.List.ID) != nil:
			case until > 0:
				pause = min(pause, until)
			default:
				r.due(ctx, d, slots, &running)
			}
		}
		r.opts.Wait(ctx, pause)
	}
}

// due syncs one list in a goroutine of its own, if there is room for it.
func (r *Runner) due(ctx context.Context, d core.Due, slots chan struct{}, running *sync.WaitGroup) {
	select {
	case slots <- struct{}{}:
	default:
		return // with the next look
	}
	running.Go(func() {
		defer func() { <-slots }()
		run, err := r.engine.Sync(ctx, core.Scheduler(), d.List.ID, core.SyncHow{})
		if err != nil && !fault.Is(err, fault.Busy) && !errors.Is(err, context.Canceled) {
			r.opts.Log.Warn("A scheduled sync failed", "list", d.List.Slug, "why", fault.Sentence(err))
		}
		if r.opts.Done != nil {
			r.opts.Done(d, run, err)
		}
	})
}

// Begin begins a sync that goes on by itself, whatever becomes of whoever asked
// for it: they look on by what is returned, or do not. It is a Busy fault once Run
// is ending; before Run it waits.
func (r *Runner) Begin(actor core.Actor, list roster.ListID, how core.SyncHow) (*core.Syncing, error) {
	var begun *core.Syncing
	var refused error
	ready := make(chan struct{})
	begin := func(ctx context.Context) {
		s, work, err := r.engine.BeginSync(ctx, actor, list, how)
		begun, refused = s, err
		close(ready)
		if err == nil {
			work()
		}
	}
	select {
	case <-r.over:
		return nil, fault.New(fault.Busy, "Muster is ending, and begins no sync any more")
	case r.asked <- begin:
		<-ready
		return begun, refused
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Owed syncs what is due now, one list after the other, and tells of each. What
// somebody else syncs at the time is not done twice.
func Owed(ctx context.Context, e *core.Engine, tell func(core.Due, core.Run, error)) error {
	all, err := e.Schedule(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Next.IsZero() || d.Next.After(e.Now()) {
			continue
		}
		s, work, err := e.BeginSync(ctx, core.Scheduler(), d.List.ID, core.SyncHow{})
		if err == nil {
			work()
		} else if fault.Is(err, fault.Busy) {
			continue // it runs already
		}
		var came core.Synced
		if came.Err = err; s != nil {
			came, _ = s.Over()
		}
		if ctx.Err() != nil {
			return came.Err
		}
		tell(d, came.Run, came.Err)
	}
	return nil
}
