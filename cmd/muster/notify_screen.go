package main

import (
	"context"
	"slices"
	"strconv"

	told "muster/cmd/notices"
	"muster/core"
	"muster/core/roster"
	"muster/tui/notices"
)

// noticeDoors are how the screen of a list's notices comes at what became of them,
// and has a test sent.
func noticeDoors(e *core.Engine, actor core.Actor) notices.Doors {
	return notices.Doors{
		Deliveries: func(ctx context.Context, list roster.ListID) (all []notices.Delivery, err error) {
			m, err := told.Recall(ctx, e, list)
			for _, w := range slices.Backward(m.Waiting) {
				all = append(all, notices.Delivery{At: w.Notice.At, Outlet: w.Outlet, Event: w.Notice.Event, Text: w.Notice.Text, Waits: true})
			}
			for _, d := range slices.Backward(m.Log) {
				all = append(all, notices.Delivery{At: d.At, Outlet: d.Outlet, Event: d.Event, Text: d.Text, Tries: d.Tries, Problem: d.Problem})
			}
			return all, err
		},
		Test: func(ctx context.Context, slug string, outlet int) error {
			l, err := e.List(ctx, slug)
			if err != nil {
				return err
			}
			return testOutlet(ctx, e, actor, &l, strconv.Itoa(outlet))
		},
	}
}
