package core

import (
	"cmp"
	"context"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// FillIn proposes what a merge may take from the others without losing
// anything: for each field in which the survivor has nothing, what the first of
// the others has. Locked fields and the UID are left alone.
func FillIn(l *roster.List, survivor *roster.Person, others []roster.Person) []changeset.Change {
	var changes []changeset.Change
	for _, f := range l.Schema.Fields {
		_, locked := l.Lock(survivor, f.Key)
		if f.UID || locked || survivor.Values.Get(f.ID) != "" {
			continue
		}
		i := slices.IndexFunc(others, func(p roster.Person) bool { return p.Values.Get(f.ID) != "" })
		if i >= 0 {
			changes = append(changes, changeset.Change{Field: f.ID, Proposed: others[i].Values.Get(f.ID)})
		}
	}
	return changes
}

// DraftMerge works out making one person of several who are the same: the
// survivor keeps ID, UID and links and gets the chosen values, and the others
// become inactive and keep everything. Each change's Base is the value that was
// seen. A change of the UID is an Invalid fault, of a locked field a Locked
// one, and a survivor who is not active a Conflict.
func (e *Engine) DraftMerge(ctx context.Context, list roster.ListID, survivor roster.PersonID, others []roster.PersonID, chosen []changeset.Change) (*Draft, error) {
	if len(others) == 0 || slices.Contains(others, survivor) {
		return nil, fault.New(fault.Invalid, "A merge takes one person who stays, and others who are not that one")
	}
	people := append([]roster.PersonID{survivor}, others...)
	var kept roster.Person
	var refused error
	d, err := e.editDraft(ctx, list, people, nil, func(l *roster.List, p *roster.Person, it *changeset.Item) error {
		if p.ID == survivor {
			kept, refused = *p, mergeInto(l, p, it, chosen)
			return refused
		}
		if p.Status == roster.Active {
			it.Kind, it.To = changeset.Deactivate, roster.Inactive
		}
		return nil
	})
	if err != nil || refused != nil {
		return nil, cmp.Or(err, refused)
	}
	d.Head.Note = "merge into " + d.List.UID(kept.Values)
	return d, nil
}

// mergeInto puts the chosen values into the survivor's item.
func mergeInto(l *roster.List, p *roster.Person, it *changeset.Item, chosen []changeset.Change) error {
	if p.Status != roster.Active {
		return fault.New(fault.Conflict, "%s is %s; only somebody active can stay after a merge", l.DisplayName(p.Values), p.Status)
	}
	for _, c := range chosen {
		if f, ok := l.Schema.ByID(c.Field); ok && f.UID {
			return fault.New(fault.Invalid, "Who stays keeps the %s; choose who stays instead", f.Label)
		}
		if err := editField(l, p, it, c); err != nil {
			return err
		}
	}
	slices.SortFunc(it.Changes, func(a, b changeset.Change) int { return int(a.Field) - int(b.Field) })
	return nil
}
