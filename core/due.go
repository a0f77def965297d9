package core

import (
	"context"
	"time"

	"muster/core/roster"
)

// Due is when a list is synced next.
type Due struct {
	List roster.List
	// Last is when the last run began, zero before the first.
	Last time.Time
	// Next is when it is due, At or before now if it is.
	Next time.Time
	// Failed says that the last run failed, and that this is to try again.
	Failed bool
}

// A run that failed is tried again soon, a few times, whatever the schedule says:
// what broke it may have passed.
const (
	tryAgainAfter = 15 * time.Minute
	mostTries     = 3
)

// Schedule returns when each list that is connected to a directory and has a
// schedule is due, in the order in which the lists were made.
func (e *Engine) Schedule(ctx context.Context) (all []Due, err error) {
	now := e.clock()
	err = e.view(ctx, func(tx Tx) error {
		all = nil
		lists, err := tx.Lists()
		if err != nil {
			return err
		}
		for i := range lists {
			l := &lists[i]
			if _, ok := e.directoryKind(l.Connection.Kind); !ok || !l.Schedule.Set() {
				continue
			}
			d, err := dueOf(tx, l, now)
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		return nil
	})
	return all, err
}

// DueOf is when one list is due; false if it has no schedule.
func (e *Engine) DueOf(ctx context.Context, l *roster.List) (d Due, ok bool, err error) {
	if _, is := e.directoryKind(l.Connection.Kind); !is || !l.Schedule.Set() {
		return d, false, nil
	}
	err = e.view(ctx, func(tx Tx) error {
		d, err = dueOf(tx, l, e.clock())
		return err
	})
	return d, !d.Next.IsZero(), err
}

func dueOf(tx Tx, l *roster.List, now time.Time) (d Due, err error) {
	d.List = *l
	first, last := tx.RunRange(l.ID)
	tries := 0
	for n := last; n >= first && n > 0; n-- {
		r, ok, err := readRun(tx, l.ID, n)
		if err != nil || !ok {
			return d, err
		}
		if r.Outcome == DryRun || r.Outcome == Running || r.Cut {
			continue
		}
		if d.Last.IsZero() {
			d.Last = r.Last
		}
		if r.Outcome != Failed {
			break
		}
		if tries++; tries > mostTries {
			break
		}
	}
	var ok bool
	if d.Next, ok = l.Schedule.Next(d.Last, now); !ok {
		d.Next = time.Time{}
	}
	if again := d.Last.Add(tryAgainAfter); tries > 0 && tries <= mostTries && (d.Next.IsZero() || again.Before(d.Next)) {
		if _, frozen := l.Schedule.Frozen(maxTime(again, now)); !frozen {
			d.Next, d.Failed = maxTime(again, now), true
		}
	}
	return d, nil
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
