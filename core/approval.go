package core

import (
	"context"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Submit brings in a draft as its list's Approval says: decided beforehand as
// far as may be, it is applied at once or waits for a person. What the guard holds waits. Of a draft that is applied
// at once, what meets a conflict waits in the changeset that the returned head
// calls its Rest. A draft with nothing to do is not stored.
func (e *Engine) Submit(ctx context.Context, actor Actor, d *Draft) (head changeset.Changeset, atOnce bool, err error) {
	if err := e.mayDraft(actor, d); err != nil {
		return d.Head, false, err
	}
	decideBeforehand(d)
	if !d.List.Approval.AtOnce(string(d.Head.Origin)) || len(d.Head.Held) > 0 {
		head, err = e.propose(ctx, actor, d)
		return head, false, err
	}
	whole := len(d.Conflicts) == 0
	if whole && d.Head.Origin == changeset.Sync {
		// One that waits is to be superseded, which proposing does.
		whole, err = e.noneOpen(ctx, d)
	}
	if err != nil {
		return d.Head, false, err
	}
	if whole {
		head, err = e.applyDraft(ctx, actor, d, How{})
		if !fault.Is(err, fault.Conflict) {
			return head, err == nil && head.Done(), err
		}
	}
	if head, err = e.propose(ctx, actor, d); err != nil || head.ID == 0 {
		return head, false, err
	}
	if !anyDecided(d) {
		return head, false, nil
	}
	return e.applyDecided(ctx, actor, head)
}

// applyDecided applies what is decided of a changeset that waits.
func (e *Engine) applyDecided(ctx context.Context, actor Actor, head changeset.Changeset) (changeset.Changeset, bool, error) {
	d, err := e.stored(ctx, head.ID)
	if err != nil {
		return head, false, err
	}
	done, err := e.applyStored(ctx, actor, d, How{LeaveConflicts: true, OnlyDecided: true})
	if err != nil {
		return head, false, err
	}
	return done, true, nil
}

// AwaitsReview reports whether an item is left out of applying its changeset
// until somebody has said that it is to be: a create from a session, unless the
// list's Approval says otherwise.
func AwaitsReview(l *roster.List, head *changeset.Changeset, it *changeset.Item) bool {
	return it.Kind == changeset.Create && it.Decision == changeset.Undecided &&
		head.Origin == changeset.Session && !l.Approval.AtOnce(string(head.Origin))
}

// reviewed leaves out of a stored changeset what awaits review. With nothing
// else in it, that is a Held fault.
func (a *application) reviewed() error {
	items := slices.Clone(a.items)
	waiting := 0
	for n := range items {
		if AwaitsReview(&a.list, &a.head, &items[n]) {
			items[n].Decision = changeset.Skip
			waiting++
		}
	}
	if waiting == len(items) && waiting > 0 {
		return fault.New(fault.Held, "Everybody in changeset %d would be created, and people whom a session adds are looked at first; accept or keep them one by one or all, then apply it", a.head.ID)
	}
	a.items = items
	return nil
}

// noneOpen reports whether no changeset of the draft's origin and list waits.
func (e *Engine) noneOpen(ctx context.Context, d *Draft) (none bool, err error) {
	err = e.view(ctx, func(tx Tx) error {
		none = true
		return tx.EachOpen(func(c *changeset.Changeset) error {
			none = none && (c.List != d.Head.List || c.Origin != d.Head.Origin)
			return nil
		})
	})
	return none, err
}

// anyDecided reports whether there is something in a draft to apply before
// anybody has looked at it.
func anyDecided(d *Draft) bool {
	return slices.ContainsFunc(d.Items, func(it changeset.Item) bool {
		return slices.ContainsFunc(it.Parts(), func(f roster.FieldID) bool {
			part, _ := it.Part(f)
			return part.Decision == changeset.Accept
		})
	})
}

// decideBeforehand makes the decisions of a draft that its list's Approval
// leaves to nobody. Whether a person applies it is another matter.
func decideBeforehand(d *Draft) {
	atOnce := d.List.Approval.AtOnce(string(d.Head.Origin)) && len(d.Head.Held) == 0
	switch d.Head.Origin {
	case changeset.Import, changeset.Session, changeset.Sync:
	default:
		return
	}
	if d.Head.Origin == changeset.Sync && len(d.Head.Held) > 0 {
		return // what the guard holds of a source is for a person to go through
	}
	uid, _ := d.List.Schema.UID()
	inConflict := make(map[int][]roster.FieldID)
	for _, c := range d.Conflicts {
		inConflict[c.Item] = c.Fields
	}
	for n := range d.Items {
		it := &d.Items[n]
		conflicts := inConflict[n]
		for _, f := range it.Parts() {
			part, _ := it.Part(f)
			created := f == changeset.Status && it.Kind == changeset.Create
			switch {
			case part.Decision != changeset.Undecided, created && len(conflicts) > 0, slices.Contains(conflicts, f):
			case created && d.Head.Origin == changeset.Session && !atOnce:
			case !atOnce && (f == uid.ID || f == changeset.Status && it.To != roster.Active):
				// Who leaves and who gets a new UID is for a person to say.
			default:
				part.Decision = changeset.Accept
				it.SetPart(f, part)
			}
		}
	}
}
