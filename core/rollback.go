package core

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Rollback works out the draft that takes an applied changeset back: its
// inverse, under the same rules as any other. What has changed since is a
// conflict in the draft, not an overwrite. Rolling back a rollback puts the
// first changeset in force again.
func (e *Engine) Rollback(ctx context.Context, id changeset.ID) (*Draft, error) {
	d := new(Draft)
	err := e.view(ctx, func(tx Tx) error {
		c, err := tx.Changeset(id)
		if err != nil {
			return err
		}
		if err := inForce(tx, &c); err != nil {
			return err
		}
		l, err := tx.List(c.List)
		if err != nil {
			return err
		}
		*d = Draft{List: l, Head: changeset.Changeset{
			List: c.List, Origin: changeset.Rollback, State: changeset.Pending, Undoes: c.ID,
			Note: fmt.Sprintf("of %s %d", c.Origin, c.ID),
		}}
		if s := c.Settings; s != nil {
			d.Head.Settings = &changeset.SettingsChange{Before: s.After, After: s.Before}
		}
		if err := inverseItems(ctx, tx, &c, d); err != nil {
			return err
		}
		d.Conflicts, err = newApplication(tx, l, d).check(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, it := range d.Items {
		d.Head.Counts.Add(it.Kind, 1)
	}
	d.Head.Counts.Conflicts = len(d.Conflicts)
	return d, nil
}

// inForce refuses to roll back what is not in force: what was never applied,
// what is rolled back already, and what put another changeset in force again
// that has been rolled back once more since. In a chain of rollbacks every
// second one is in force.
func inForce(tx Tx, c *changeset.Changeset) error {
	switch {
	case !c.Done():
		return fault.New(fault.Conflict, "Changeset %d is %s; only an applied one can be rolled back", c.ID, c.State)
	case c.UndoneBy != 0:
		return fault.New(fault.Conflict, "Changeset %d is rolled back already, by changeset %d", c.ID, c.UndoneBy)
	}
	for by := *c; by.Undoes != 0; {
		undone, err := tx.Changeset(by.Undoes)
		if err != nil || undone.Undoes == 0 {
			return err
		}
		if by, err = tx.Changeset(undone.Undoes); err != nil {
			return err
		}
		if by.UndoneBy != 0 {
			return fault.New(fault.Conflict, "Changeset %d put changeset %d in force again, which changeset %d has rolled back since", c.ID, by.ID, by.UndoneBy)
		}
	}
	return nil
}

// saidBySource reports whether what a changeset did, or took back or put in
// force again, is what a source had said.
func saidBySource(tx Tx, c changeset.Changeset) (bool, error) {
	for c.Undoes != 0 {
		undone, err := tx.Changeset(c.Undoes)
		if err != nil {
			return false, err
		}
		c = undone
	}
	return fromSource(c.Origin), nil
}

func inverseItems(ctx context.Context, tx Tx, c *changeset.Changeset, d *Draft) error {
	return eachEntry(tx, c, func(entry changeset.Entry) error {
		after, before, err := at(tx, c.List, entry, c.Seq)
		if err != nil {
			return err
		}
		it := changeset.Inverse(&before, &after)
		it.UID = d.List.UID(after.Values)
		d.Items = append(d.Items, it)
		return ctx.Err()
	})
}

// eachEntry calls fn for each journal entry of an applied changeset.
func eachEntry(tx Tx, c *changeset.Changeset, fn func(changeset.Entry) error) error {
	end := errors.New("end")
	err := tx.EachBlock(c.List, c.Seq-1, func(seq uint64, b *changeset.Block) error {
		if seq != c.Seq {
			return end
		}
		for _, entry := range b.Entries {
			if err := fn(entry); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, end) {
		return nil
	}
	return err
}

// at returns the person of an entry as the version seq left them, and what
// that version replaced.
func at(tx Tx, list roster.ListID, entry changeset.Entry, seq uint64) (after roster.Person, before changeset.Before, err error) {
	after, err = findPerson(tx, list, entry.Person)
	if err != nil {
		return after, before, err
	}
	before.Kind = entry.Kind
	if after.Changed == seq && entry.Kind == changeset.Create {
		return after, before, nil
	}
	past, err := tx.Past(list, entry.Person)
	if err != nil {
		return after, before, err
	}
	for _, row := range slices.Backward(past) {
		if row.Seq == seq {
			return after, row.Before, nil
		}
		if row.Seq < seq {
			break
		}
		row.Before.Restore(&after)
	}
	return after, before, nil
}

// Undoable returns the draft that takes back the actor's own last changeset of
// a list that is still in force, and that changeset. NotFound when there is
// none.
func (e *Engine) Undoable(ctx context.Context, actor Actor, list roster.ListID) (*Draft, changeset.Changeset, error) {
	if err := e.May(actor, list, EditPeople); err != nil {
		return nil, changeset.Changeset{}, err
	}
	return e.lastOwn(ctx, actor, list, "There is nothing of yours to undo in this list",
		func(_ Tx, c *changeset.Changeset) (verdict, error) {
			if c.Undoes != 0 || c.UndoneBy != 0 {
				return passOver, nil
			}
			return take, nil
		})
}

// Redoable returns the draft that puts back what the actor last undid in a
// list, unless they have changed something since.
func (e *Engine) Redoable(ctx context.Context, actor Actor, list roster.ListID) (*Draft, changeset.Changeset, error) {
	if err := e.May(actor, list, EditPeople); err != nil {
		return nil, changeset.Changeset{}, err
	}
	return e.lastOwn(ctx, actor, list, "There is nothing of yours to redo in this list",
		func(tx Tx, c *changeset.Changeset) (verdict, error) {
			switch {
			case c.UndoneBy != 0:
				return passOver, nil
			case c.Undoes == 0:
				return giveUp, nil
			}
			// A rollback of a rollback was a redo.
			undone, err := tx.Changeset(c.Undoes)
			if err != nil || undone.Undoes != 0 {
				return passOver, err
			}
			return take, nil
		})
}

// verdict is what a search through an actor's changesets says of one.
type verdict int

const (
	passOver verdict = iota
	take
	giveUp
)

// lastOwn finds, going back through the list's journal, the actor's changeset
// that judge takes, and works out its rollback.
func (e *Engine) lastOwn(ctx context.Context, actor Actor, list roster.ListID, none string, judge func(Tx, *changeset.Changeset) (verdict, error)) (*Draft, changeset.Changeset, error) {
	var found changeset.Changeset
	over := errors.New("over")
	err := e.view(ctx, func(tx Tx) error {
		last := uint64(0)
		return tx.EachBlockBack(list, math.MaxUint64, func(seq uint64, b *changeset.Block) error {
			if seq == last {
				return ctx.Err()
			}
			last = seq
			c, err := tx.Changeset(b.Changeset)
			if err != nil || c.AppliedBy != actor.Name {
				return err
			}
			v, err := judge(tx, &c)
			if v == take {
				found = c
			}
			if v != passOver {
				return over
			}
			return err
		})
	})
	if err != nil && !errors.Is(err, over) {
		return nil, found, err
	}
	if found.ID == 0 {
		return nil, found, fault.New(fault.NotFound, "%s", none)
	}
	d, err := e.Rollback(ctx, found.ID)
	return d, found, err
}
