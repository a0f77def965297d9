// Package runner syncs lists when their schedules say so. What was missed while
// nothing ran is caught up once. It knows no source: the engine does.
package runner

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"muster/core"
	"muster/core/fault"
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

// Run syncs what is due until ctx ends. It returns once all that it has begun has
// ended.
func Run(ctx context.Context, e *core.Engine, opts Options) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Wait == nil {
		opts.Wait = wait
	}
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, atOnce)
	for ctx.Err() == nil {
		all, err := e.Schedule(ctx)
		if err != nil && ctx.Err() == nil {
			opts.Log.Error("Cannot read the schedules", "error", err)
		}
		pause := look
		for _, d := range all {
			switch until := d.Next.Sub(e.Now()); {
			case d.Next.IsZero(), e.Syncing(d.List.ID) != nil:
			case until > 0:
				pause = min(pause, until)
			default:
				begin(ctx, e, d, slots, &running, &opts)
			}
		}
		opts.Wait(ctx, pause)
	}
}

// begin syncs one list in a goroutine of its own, if there is room for it.
func begin(ctx context.Context, e *core.Engine, d core.Due, slots chan struct{}, running *sync.WaitGroup, opts *Options) {
	select {
	case slots <- struct{}{}:
	default:
		return // with the next look
	}
	running.Go(func() {
		defer func() { <-slots }()
		run, err := e.Sync(ctx, core.Scheduler(), d.List.ID, core.SyncHow{})
		if err != nil && !fault.Is(err, fault.Busy) && !errors.Is(err, context.Canceled) {
			opts.Log.Warn("A scheduled sync failed", "list", d.List.Slug, "why", fault.Sentence(err))
		}
		if opts.Done != nil {
			opts.Done(d, run, err)
		}
	})
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Owed syncs what is due now, one list after the other, and tells of each.
func Owed(ctx context.Context, e *core.Engine, tell func(core.Due, core.Run, error)) error {
	all, err := e.Schedule(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Next.IsZero() || d.Next.After(e.Now()) {
			continue
		}
		run, err := e.Sync(ctx, core.Scheduler(), d.List.ID, core.SyncHow{})
		if ctx.Err() != nil {
			return err
		}
		tell(d, run, err)
	}
	return nil
}
