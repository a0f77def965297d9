package core

import (
	"context"
	"fmt"
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
)

// A changed mapping is worked out from what the source had said by then. When it
// is applied the source may have said more: what was worked out of older words
// is a conflict then, and so is what would have to change and is not among it.
// Nothing is worked out anew to be applied; it is only compared.

// stale is an item that is out of date: what the source's present words come to
// for that person, under the mappings that are to be.
type stale struct {
	n      int // among the items; NoItem for somebody who is not among them
	item   changeset.Item
	fields []roster.FieldID // those that are out of date, in ascending order
}

// inTime is what to do about an item that is out of date.
const inTime = "Applied without the conflicts, this waits in a changeset of its own, as the source has it now; or reject all of it, and save the mapping again"

// findStale compares a changed mapping with what is kept now. Where it is to be
// applied the caller has the list to itself.
func (e *Engine) findStale(ctx context.Context, tx Tx, d *Draft, p *Progress) ([]stale, error) {
	if d.Head.Origin != changeset.Mapping || d.Head.Settings == nil {
		return nil, nil
	}
	before, err := tx.List(d.Head.List)
	if err != nil {
		return nil, err
	}
	after, _, err := mergeSettings(before, d.Head.Settings, func(roster.FieldID) bool { return true })
	if err != nil {
		return nil, nil //nolint:nilerr // whoever applies it hears of that
	}
	r, err := e.newReplay(before, after, ListChange{Progress: p})
	if err != nil {
		return nil, nil //nolint:nilerr // likewise
	}
	// What values have to be like now was told when it was worked out.
	r.feeds = slices.DeleteFunc(r.feeds, func(f feed) bool {
		return slices.ContainsFunc(r.recasts, func(c recast) bool { return c.was.ID == f.field.ID })
	})
	r.recasts, r.single, r.required = nil, nil, nil
	r.doing = "Comparing with what the source says now"
	meant := fedOtherwise(d.Head.Settings)
	if len(r.feeds) == 0 && len(meant) == 0 {
		return nil, nil
	}
	expected, _, err := r.run(ctx, tx)
	if err != nil {
		return nil, err
	}
	return r.compare(tx, d.Items, expected, meant)
}

// fedOtherwise are the fields that a change would have fed otherwise. Of one of
// which the mapping does not come to be in force, no value is.
func fedOtherwise(s *changeset.SettingsChange) (fields []roster.FieldID) {
	for _, is := range s.After.Schema.Fields {
		was, had := s.Before.Schema.ByID(is.ID)
		if s.After.Connected() && (!had || sameValues(was, is)) && !sameFeeds(s.Before.Mappings, s.After.Mappings, is.Key) {
			fields = append(fields, is.ID)
		}
	}
	return fields
}

// compare finds the items that are not what is expected, in the fields that are
// fed otherwise now or were meant to be.
func (r *replay) compare(tx Tx, items, expected []changeset.Item, meant []roster.FieldID) (found []stale, err error) {
	fed := func(f roster.FieldID) bool {
		return slices.Contains(meant, f) || slices.ContainsFunc(r.feeds, func(feed feed) bool { return feed.field.ID == f })
	}
	now := make(map[roster.PersonID]*changeset.Item, len(expected))
	for i := range expected {
		now[expected[i].Person] = &expected[i]
	}
	for n := range items {
		it := &items[n]
		is := now[it.Person]
		delete(now, it.Person)
		old := stale{n: n, item: *it}
		old.item.Changes = nil
		for _, c := range it.Changes {
			at, changes := changeOf(is, c.Field)
			same := at.Proposed == c.Proposed
			if !changes && fed(c.Field) {
				p, err := findPerson(tx, r.before.ID, it.Person)
				if err != nil {
					return nil, err
				}
				same = p.Values.Get(c.Field) == c.Proposed // it has come by another way
			}
			if !fed(c.Field) || c.Decision == changeset.Typed || c.Decision.Declines() || same {
				old.item.Changes = append(old.item.Changes, c)
			} else {
				old.fields = append(old.fields, c.Field)
			}
		}
		old.add(is)
		if len(old.fields) > 0 {
			found = append(found, old)
		}
	}
	for i := range expected {
		if it, left := now[expected[i].Person]; left {
			found = append(found, stale{NoItem, *it, it.Parts()})
		}
	}
	return found, nil
}

// add has the item be what it is now where it is not.
func (s *stale) add(is *changeset.Item) {
	if is == nil {
		return
	}
	for _, c := range is.Changes {
		if _, stays := changeOf(&s.item, c.Field); stays {
			continue
		}
		s.item.Changes = append(s.item.Changes, c)
		if !slices.Contains(s.fields, c.Field) {
			s.fields = append(s.fields, c.Field)
		}
	}
	slices.Sort(s.fields)
	slices.SortFunc(s.item.Changes, func(a, b changeset.Change) int { return int(a.Field) - int(b.Field) })
}

// changeOf is the change of one field that an item has; nil has none.
func changeOf(it *changeset.Item, f roster.FieldID) (changeset.Change, bool) {
	if it == nil {
		return changeset.Change{}, false
	}
	i := slices.IndexFunc(it.Changes, func(c changeset.Change) bool { return c.Field == f })
	if i < 0 {
		return changeset.Change{}, false
	}
	return it.Changes[i], true
}

// outdate leaves out what is out of date, in favour of what it would be now.
func (a *application) outdate(found []stale) {
	a.stale = make(map[int]stale, len(found))
	if len(found) > 0 {
		a.items = slices.Clone(a.items)
	}
	for _, s := range found {
		at := s.n
		if at == NoItem {
			at = len(a.items)
			a.items = append(a.items, s.item)
		}
		a.stale[at] = s
		a.items[at] = s.item
	}
}

// outdated is the conflict of an item that is out of date.
func (a *application) outdated(s *stale, now *roster.Person) Conflict {
	it := &s.item
	c := Conflict{Item: s.n, Person: it.Person, UID: it.UID, Fields: s.fields, Advice: inTime}
	c.Reason = a.name(it, now) + ": the source has said something else since this was worked out"
	for _, id := range s.fields {
		f, ok := a.list.Schema.ByID(id)
		if !ok {
			f, _ = a.head.Settings.After.Schema.ByID(id)
		}
		if change, ok := changeOf(it, id); ok {
			c.Reason += fmt.Sprintf(", %s would be %q now", f.Label, change.Proposed)
		} else {
			c.Reason += fmt.Sprintf(", %s would stay %q now", f.Label, now.Values.Get(id))
		}
	}
	return c
}
