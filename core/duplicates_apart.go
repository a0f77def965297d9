package core

import (
	"context"
	"time"

	"muster/core/fault"
	"muster/core/roster"
)

// Dismissal remembers that somebody said of two people that they are not the
// same.
type Dismissal struct {
	A, B roster.PersonID `json:"-"` // in ascending order
	By   string          `json:"by"`
	At   time.Time       `json:"at"`
}

// Dismiss says that no two of the people are the same, so that they are not
// brought up again. It returns how many pairs that is news of.
func (e *Engine) Dismiss(ctx context.Context, actor Actor, list roster.ListID, people []roster.PersonID) (pairs int, err error) {
	return e.tellApart(ctx, actor, list, people, func(tx WriteTx, pair [2]roster.PersonID, apart bool) (bool, error) {
		if apart {
			return false, nil
		}
		return true, tx.PutDismissal(list, Dismissal{A: pair[0], B: pair[1], By: actor.Name, At: e.now()})
	})
}

// Readmit takes back that the people are not the same. It returns how many
// pairs that was said of.
func (e *Engine) Readmit(ctx context.Context, actor Actor, list roster.ListID, people []roster.PersonID) (pairs int, err error) {
	return e.tellApart(ctx, actor, list, people, func(tx WriteTx, pair [2]roster.PersonID, apart bool) (bool, error) {
		if !apart {
			return false, nil
		}
		return true, tx.DeleteDismissal(list, pair[0], pair[1])
	})
}

// tellApart calls change for each two of the people, and counts how often it
// says that it did anything.
func (e *Engine) tellApart(ctx context.Context, actor Actor, list roster.ListID, people []roster.PersonID, change func(tx WriteTx, pair [2]roster.PersonID, apart bool) (bool, error)) (pairs int, err error) {
	if err := e.May(actor, list, EditPeople); err != nil {
		return 0, err
	}
	if len(people) < 2 {
		return 0, fault.New(fault.Invalid, "It takes two people at least to say whether they are the same")
	}
	leave, err := e.enter(ctx, list, false)
	if err != nil {
		return 0, err
	}
	defer leave()
	err = e.store.Update(ctx, func(tx WriteTx) error {
		pairs = 0
		for i, a := range people {
			if _, err := findPerson(tx, list, a); err != nil {
				return err
			}
			for _, b := range people[i+1:] {
				pair := pairOf(a, b)
				if a == b {
					continue
				}
				did, err := change(tx, pair, tx.Dismissed(list, pair[0], pair[1]))
				if err != nil {
					return err
				}
				if did {
					pairs++
				}
			}
		}
		return nil
	})
	if err == nil && pairs > 0 {
		e.news.publish(Notice{List: list})
	}
	return pairs, err
}

// Dismissals are the pairs of whom somebody said that they are not the same.
func (e *Engine) Dismissals(ctx context.Context, list roster.ListID) (all []Dismissal, err error) {
	err = e.view(ctx, func(tx Tx) error {
		all = nil
		return tx.EachDismissal(list, func(d Dismissal) error {
			all = append(all, d)
			return ctx.Err()
		})
	})
	return all, err
}
