package kit

import (
	"context"
	"time"
)

// A Latest is one kind of work of a screen, of which only the latest run
// matters: beginning another one cancels the one before, and what that still
// returns is known to be stale by its number. The zero Latest is ready.
type Latest struct {
	run    int
	cancel context.CancelFunc
}

// Begin starts a run, ending the one before.
func (l *Latest) Begin() (ctx context.Context, run int) {
	l.Stop()
	ctx, l.cancel = context.WithCancel(context.Background())
	return ctx, l.run
}

// Is reports whether a run is the latest, and still going on.
func (l *Latest) Is(run int) bool { return run == l.run }

// Stop ends the run that is going on, if any; its result will be stale.
func (l *Latest) Stop() {
	l.run++
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
}

// Cancel ends the run that is going on early; its result is still awaited.
func (l *Latest) Cancel() {
	if l.cancel != nil {
		l.cancel()
	}
}

// Pause waits in a command before it begins, and reports whether its run was
// not ended meanwhile.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
