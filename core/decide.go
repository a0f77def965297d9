package core

import (
	"context"
	"errors"
	"fmt"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Decide makes choices about a changeset that waits, all in one step, which is
// saved with them. A choice about a part that has become something else since
// it was looked at, as when somebody else decided it, is not made and returned
// among the missed, with what the part is now as Was. A typed value is stored
// as its field has it; one the field refuses is an Invalid fault, and then no
// choice is made.
func (e *Engine) Decide(ctx context.Context, actor Actor, id changeset.ID, choices []changeset.Choice) (missed []changeset.Choice, err error) {
	var head changeset.Changeset
	err = e.store.Update(ctx, func(tx WriteTx) (err error) {
		if head, err = openHead(tx, id); err != nil {
			return err
		}
		l, err := tx.List(head.List)
		if err != nil {
			return err
		}
		step := changeset.Step{By: actor.Name, At: e.now()}
		if step.Choices, missed, err = decide(tx, &l, id, choices); err != nil || len(step.Choices) == 0 {
			return err
		}
		next, err := dropUndone(tx, id, actor)
		if err != nil {
			return err
		}
		return tx.PutStep(id, next, &step)
	})
	if err == nil {
		e.news.publish(Notice{List: head.List})
	}
	return missed, err
}

func openHead(tx Tx, id changeset.ID) (changeset.Changeset, error) {
	head, err := tx.Changeset(id)
	if err == nil && !head.Open() {
		err = fault.New(fault.Conflict, "Changeset %d is %s; there is nothing to decide any more", id, head.State)
	}
	return head, err
}

// decide writes the choices that can be made, and returns them apart from
// those that cannot. It is checked first that every typed value is one.
func decide(tx WriteTx, l *roster.List, id changeset.ID, choices []changeset.Choice) (made, missed []changeset.Choice, err error) {
	for i := range choices {
		if choices[i].Is, err = checked(l, choices[i].Field, choices[i].Is); err != nil {
			return nil, nil, err
		}
	}
	var it changeset.Item
	at, dirty := -1, false
	put := func() error {
		if !dirty {
			return nil
		}
		dirty = false
		return tx.PutItem(id, at, &it)
	}
	for _, c := range choices {
		if c.Item != at {
			if err := put(); err != nil {
				return nil, nil, err
			}
			var ok bool
			if it, ok, err = tx.Item(id, c.Item); err != nil {
				return nil, nil, err
			}
			if at = c.Item; !ok {
				return nil, nil, fault.New(fault.NotFound, "Changeset %d has no item %d", id, c.Item)
			}
		}
		now, ok := it.Part(c.Field)
		if !ok {
			return nil, nil, fault.New(fault.NotFound, "Item %d of changeset %d does not change that field", c.Item, id)
		}
		if now != c.Was {
			c.Was = now
			missed = append(missed, c)
			continue
		}
		if now != c.Is {
			it.SetPart(c.Field, c.Is)
			dirty = true
			made = append(made, c)
		}
	}
	return made, missed, put()
}

// checked returns the part as it is to be stored.
func checked(l *roster.List, f roster.FieldID, p changeset.Part) (changeset.Part, error) {
	if p.Decision != changeset.Typed {
		p.Typed = ""
		return p, nil
	}
	field, ok := l.Schema.ByID(f)
	if !ok {
		return p, fault.New(fault.Invalid, "Only a field's value can be typed")
	}
	var err error
	p.Typed, err = field.Check(p.Typed)
	return p, err
}

// dropUndone forgets the actor's steps that were taken back, since a new one
// comes in their place, and returns the number of the next step.
func dropUndone(tx WriteTx, id changeset.ID, actor Actor) (next int, err error) {
	newest := errors.New("newest")
	err = tx.EachStepBack(id, func(n int, _ *changeset.Step) error {
		next = n + 1
		return newest
	})
	if err != nil && !errors.Is(err, newest) {
		return 0, err
	}
	var drop []int
	err = ownSteps(tx, id, actor, func(n int, s *changeset.Step) bool {
		if s.Undone {
			drop = append(drop, n)
		}
		return s.Undone
	})
	if err != nil {
		return 0, err
	}
	for _, n := range drop {
		if err := tx.DeleteStep(id, n); err != nil {
			return 0, err
		}
	}
	return next, nil
}

// UndoDecision takes back the actor's last step that is in force, and returns
// it. Choices that somebody has since made otherwise stay, and are returned as
// missed. NotFound when there is no step to take back.
func (e *Engine) UndoDecision(ctx context.Context, actor Actor, id changeset.ID) (changeset.Step, []changeset.Choice, error) {
	return e.stepBack(ctx, id, "There is no decision of yours to take back here", func(tx Tx) (at int, step *changeset.Step, err error) {
		err = ownSteps(tx, id, actor, func(n int, s *changeset.Step) bool {
			if s.Undone {
				return true
			}
			at, step = n, s
			return false
		})
		return at, step, err
	})
}

// RedoDecision makes the actor's step again that was taken back last.
func (e *Engine) RedoDecision(ctx context.Context, actor Actor, id changeset.ID) (changeset.Step, []changeset.Choice, error) {
	return e.stepBack(ctx, id, "There is no decision of yours to make again here", func(tx Tx) (at int, step *changeset.Step, err error) {
		// Steps are taken back from the newest on, so the oldest of those that
		// are undone was the last.
		err = ownSteps(tx, id, actor, func(n int, s *changeset.Step) bool {
			if s.Undone {
				at, step = n, s
			}
			return s.Undone
		})
		return at, step, err
	})
}

// ownSteps calls fn for the actor's steps, newest first, until it returns false.
func ownSteps(tx Tx, id changeset.ID, actor Actor, fn func(n int, s *changeset.Step) bool) error {
	over := errors.New("over")
	err := tx.EachStepBack(id, func(n int, s *changeset.Step) error {
		if s.By == actor.Name && !fn(n, s) {
			return over
		}
		return nil
	})
	if errors.Is(err, over) {
		return nil
	}
	return err
}

// stepBack turns the step that find finds: one in force is taken back, one
// taken back is made again.
func (e *Engine) stepBack(ctx context.Context, id changeset.ID, none string, find func(Tx) (int, *changeset.Step, error)) (step changeset.Step, missed []changeset.Choice, err error) {
	var head changeset.Changeset
	err = e.store.Update(ctx, func(tx WriteTx) (err error) {
		if head, err = openHead(tx, id); err != nil {
			return err
		}
		n, found, err := find(tx)
		if err != nil {
			return err
		}
		if found == nil {
			return fault.New(fault.NotFound, "%s", none)
		}
		l, err := tx.List(head.List)
		if err != nil {
			return err
		}
		step = *found
		turned := step.Choices
		if !step.Undone {
			turned = make([]changeset.Choice, len(step.Choices))
			for i, c := range step.Choices {
				turned[i] = changeset.Choice{Item: c.Item, Field: c.Field, Was: c.Is, Is: c.Was}
			}
		}
		if _, missed, err = decide(tx, &l, id, turned); err != nil {
			return fmt.Errorf("turn step %d of changeset %d: %w", n, id, err)
		}
		step.Undone = !step.Undone
		return tx.PutStep(id, n, &step)
	})
	if err == nil {
		e.news.publish(Notice{List: head.List})
	}
	return step, missed, err
}
