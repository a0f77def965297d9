package core

import (
	"context"

	"golang.org/x/sync/semaphore"

	"muster/core/roster"
)

// AtRest calls begin at a moment at which no changeset is half applied, and
// none is begun until it returns: what takes several transactions is either all
// there or not there at all. begin should be quick, as to take a snapshot.
func (e *Engine) AtRest(ctx context.Context, actor Actor, begin func() error) error {
	if err := e.May(actor, 0, BackUp); err != nil {
		return err
	}
	for {
		lists, err := e.Lists(ctx)
		if err != nil {
			return err
		}
		var busy roster.ListID
		var passed []*semaphore.Weighted
		leave := func() {
			for _, g := range passed {
				g.Release(1)
			}
		}
		for _, l := range lists {
			g := e.gate(l.ID)
			if !g.TryAcquire(1) {
				busy = l.ID
				break
			}
			passed = append(passed, g)
		}
		if busy == 0 {
			defer leave()
			return begin()
		}
		// While it waits for one list it stands in no other's way.
		leave()
		wait, err := e.enter(ctx, busy, false)
		if err != nil {
			return err
		}
		wait()
	}
}
