package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Decided is what became of choices.
type Decided struct {
	Made   int
	Missed []Missed
	// From and To are the changeset's Decided before and after, so that whoever
	// knew From knows whether somebody else decided something, too.
	From, To uint64
}

// Missed is a choice that was not made, because the part it is about has become
// something else since it was looked at. Was is what the part is now.
type Missed struct {
	changeset.Choice
	// By made it so, At that time.
	By string
	At time.Time
}

// Decide makes choices about a changeset that waits, all in one step, which is
// saved with them. A choice about a part that has become something else since
// it was looked at, as when somebody else decided it, is not made and is
// returned among the missed. A typed value is stored as its field has it; one
// the field refuses is an Invalid fault, and taking a UID or an anchor that
// somebody else keeps is a Conflict; then no choice is made.
func (e *Engine) Decide(ctx context.Context, actor Actor, id changeset.ID, choices []changeset.Choice, p *Progress) (Decided, error) {
	return e.decideOpen(ctx, actor, id, func(tx WriteTx, l *roster.List) (out Decided, err error) {
		choices := slices.Clone(choices)
		for i := range choices {
			if choices[i].Is, err = checked(l, choices[i].Field, choices[i].Is); err != nil {
				return out, err
			}
		}
		step := changeset.Step{By: actor.Name, At: e.now()}
		var wanted wants
		if step.Choices, out.Missed, err = decide(ctx, tx, id, choices, p, func(it *changeset.Item, c *changeset.Choice) {
			wanted.note(tx, l, it, c)
		}); err != nil || len(step.Choices) == 0 {
			return out, err
		}
		if err := wanted.check(tx, l, id); err != nil {
			return out, err
		}
		out.Made = len(step.Choices)
		next, err := dropUndone(tx, id, actor.Name)
		if err != nil {
			return out, err
		}
		return out, tx.PutStep(id, next, &step)
	})
}

// decideOpen runs work on a changeset that waits, and moves its Decided on if
// the work made any choice. It passes the list's gate, so that nothing is
// decided while the changeset is being applied in several transactions.
func (e *Engine) decideOpen(ctx context.Context, actor Actor, id changeset.ID, work func(WriteTx, *roster.List) (Decided, error)) (out Decided, err error) {
	head, err := e.Changeset(ctx, id)
	if err == nil {
		err = e.May(actor, head.List, Review)
	}
	if err != nil {
		return out, err
	}
	leave, err := e.enter(ctx, head.List, false)
	if err != nil {
		return out, err
	}
	defer leave()
	err = e.store.Update(ctx, func(tx WriteTx) (err error) {
		if head, err = openHead(tx, id); err != nil {
			return err
		}
		l, err := tx.List(head.List)
		if err != nil {
			return err
		}
		out, err = work(tx, &l)
		out.From, out.To = head.Decided, head.Decided
		if err != nil {
			return err
		}
		if err := tellMissed(tx, id, out.Missed); err != nil || out.Made == 0 {
			return err
		}
		head.Decided++
		out.To = head.Decided
		return tx.PutChangeset(&head)
	})
	if err == nil && out.Made > 0 {
		e.news.publish(Notice{List: head.List})
	}
	return out, err
}

// tellMissed finds who made the parts of missed choices what they are.
func tellMissed(tx Tx, id changeset.ID, missed []Missed) error {
	if len(missed) == 0 {
		return nil
	}
	type part struct {
		item  int
		field roster.FieldID
	}
	open := make(map[part]*Missed, len(missed))
	for i := range missed {
		open[part{missed[i].Item, missed[i].Field}] = &missed[i]
	}
	return tx.EachStepBack(id, func(_ int, s *changeset.Step) error {
		for _, c := range s.Choices {
			now := c.Is
			if s.Undone {
				now = c.Was
			}
			if m := open[part{c.Item, c.Field}]; m != nil && m.By == "" && now == m.Was {
				m.By, m.At = s.By, s.At
			}
		}
		return nil
	})
}

func openHead(tx Tx, id changeset.ID) (changeset.Changeset, error) {
	head, err := tx.Changeset(id)
	if err == nil && !head.Open() {
		err = fault.New(fault.Conflict, "Changeset %d is %s; there is nothing to decide any more", id, head.State)
	}
	return head, err
}

// looked is after how many people or choices it is looked whether the work is
// to end, and said how far it is.
const looked = 1024

// decide writes the choices that can be made, and returns them apart from
// those that cannot. each is called for those made, with what they make of the
// item.
func decide(ctx context.Context, tx WriteTx, id changeset.ID, choices []changeset.Choice, p *Progress, each func(*changeset.Item, *changeset.Choice)) (made []changeset.Choice, missed []Missed, err error) {
	var it changeset.Item
	at, dirty := -1, false
	put := func() error {
		if !dirty {
			return nil
		}
		dirty = false
		return tx.PutItem(id, at, &it)
	}
	p.Start("Saving the decisions", int64(len(choices)))
	for n, c := range choices {
		if n%looked == 0 {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			p.Set(int64(n))
		}
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
			missed = append(missed, Missed{Choice: c})
			continue
		}
		if now != c.Is {
			it.SetPart(c.Field, c.Is)
			each(&it, &c)
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
func dropUndone(tx WriteTx, id changeset.ID, by string) (next int, err error) {
	newest := errors.New("newest")
	err = tx.EachStepBack(id, func(n int, _ *changeset.Step) error {
		next = n + 1
		return newest
	})
	if err != nil && !errors.Is(err, newest) {
		return 0, err
	}
	var drop []int
	err = ownSteps(tx, id, by, func(n int, s *changeset.Step) bool {
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
func (e *Engine) UndoDecision(ctx context.Context, actor Actor, id changeset.ID, p *Progress) (changeset.Step, Decided, error) {
	return e.stepBack(ctx, actor, id, p, "There is no decision of yours to take back here", func(tx Tx) (at int, step *changeset.Step, err error) {
		err = ownSteps(tx, id, actor.Name, func(n int, s *changeset.Step) bool {
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
func (e *Engine) RedoDecision(ctx context.Context, actor Actor, id changeset.ID, p *Progress) (changeset.Step, Decided, error) {
	return e.stepBack(ctx, actor, id, p, "There is no decision of yours to make again here", func(tx Tx) (at int, step *changeset.Step, err error) {
		// Steps are taken back from the newest on, so the oldest of those that
		// are undone was the last.
		err = ownSteps(tx, id, actor.Name, func(n int, s *changeset.Step) bool {
			if s.Undone {
				at, step = n, s
			}
			return s.Undone
		})
		return at, step, err
	})
}

// ownSteps calls fn for the actor's steps, newest first, until it returns false.
func ownSteps(tx Tx, id changeset.ID, by string, fn func(n int, s *changeset.Step) bool) error {
	over := errors.New("over")
	err := tx.EachStepBack(id, func(n int, s *changeset.Step) error {
		if s.By == by && !fn(n, s) {
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
func (e *Engine) stepBack(ctx context.Context, actor Actor, id changeset.ID, p *Progress, none string, find func(Tx) (int, *changeset.Step, error)) (step changeset.Step, out Decided, err error) {
	out, err = e.decideOpen(ctx, actor, id, func(tx WriteTx, _ *roster.List) (out Decided, err error) {
		n, found, err := find(tx)
		if err != nil {
			return out, err
		}
		if found == nil {
			return out, fault.New(fault.NotFound, "%s", none)
		}
		step = *found
		turned := slices.Clone(step.Choices)
		if !step.Undone {
			for i, c := range turned {
				turned[i].Was, turned[i].Is = c.Is, c.Was
			}
		}
		made, missed, err := decide(ctx, tx, id, turned, p, func(*changeset.Item, *changeset.Choice) {})
		if err != nil {
			return out, fmt.Errorf("turn step %d of changeset %d: %w", n, id, err)
		}
		step.Undone = !step.Undone
		out.Made, out.Missed = len(made), missed
		return out, tx.PutStep(id, n, &step)
	})
	return step, out, err
}

// madeDecisions are those about a changeset that is superseded, by what they
// are about.
type madeDecisions map[decidedPart]changeset.Part

// decidedPart is a part as whoever decided it saw it.
type decidedPart struct {
	person         roster.PersonID
	field          roster.FieldID
	base, proposed string
}

// partOf names a part. Whoever is to be created is known by the UID: every plan
// gives them another id.
func partOf(it *changeset.Item, f roster.FieldID, p changeset.Part) decidedPart {
	if it.Kind == changeset.Create {
		return decidedPart{field: f, base: roster.FoldUID(it.UID), proposed: string(it.Values)}
	}
	return decidedPart{it.Person, f, p.Base, it.Proposed(f)}
}

func (m madeDecisions) gather(it *changeset.Item) {
	for _, f := range it.Parts() {
		p, _ := it.Part(f)
		about := partOf(it, f, p)
		// Of several changesets the later one is heard, but taking what is proposed
		// may be nobody's decision.
		if _, known := m[about]; p.Decision != changeset.Undecided && !(known && p.Decision == changeset.Accept) {
			m[about] = p
		}
	}
}

// carry returns the items with the decisions of which base and proposed value
// are still the same.
func (m madeDecisions) carry(items []changeset.Item) []changeset.Item {
	if len(m) == 0 {
		return items
	}
	carried := slices.Clone(items)
	for n := range carried {
		it := &carried[n]
		it.Changes = slices.Clone(it.Changes)
		for _, f := range it.Parts() {
			now, _ := it.Part(f)
			if p, ok := m[partOf(it, f, now)]; ok {
				it.SetPart(f, p)
			}
		}
	}
	return carried
}
