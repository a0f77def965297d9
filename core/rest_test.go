package core_test

import (
	"context"
	"errors"
	"testing"

	"muster/core"
)

// A snapshot is never of half a changeset: while one is applied in several
// transactions, whoever asks for rest waits.
func TestAtRestThereIsNoHalfAChangeset(t *testing.T) {
	w := newTestWorld(t, false)
	w.makeList("other", false)
	steps := &stepped{Store: w.store, at: make(chan chan bool)}
	e, err := core.Open(ctx, steps, core.Options{Clock: w.clock, ChunkSize: 1})
	w.must(err)
	d := w.planImport(false, row("1", "Ada", ""), row("2", "Bo", ""), row("3", "Cy", ""))
	applied := make(chan error, 1)
	go func() {
		_, err := e.ApplyDraft(ctx, mara, d, core.How{})
		applied <- err
	}()
	first := <-steps.at // the first of its transactions is about to be written
	rested := make(chan int, 1)
	asked := make(chan error, 1)
	go func() {
		asked <- e.AtRest(ctx, mara, func() error {
			var open []core.Unfinished
			err := w.store.View(ctx, func(tx core.Tx) (err error) {
				open, err = tx.Unfinished()
				return err
			})
			rested <- len(open)
			return err
		})
	}()
	first <- true
	for done := false; !done; {
		select {
		case step := <-steps.at:
			select {
			case <-rested:
				t.Error("there was rest while a changeset was half applied")
			default:
			}
			step <- true
		case err := <-applied:
			w.must(err)
			done = true
		}
	}
	w.must(<-asked)
	if n := <-rested; n != 0 {
		t.Errorf("%d changesets are unfinished at rest", n)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := e.AtRest(gone, mara, func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone is told %v", err)
	}
}

// stepped asks before each write.
type stepped struct {
	core.Store
	at chan chan bool
}

func (s *stepped) Update(ctx context.Context, fn func(core.WriteTx) error) error {
	step := make(chan bool)
	s.at <- step
	<-step
	return s.Store.Update(ctx, fn)
}
