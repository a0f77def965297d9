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
	n    int // among the items; -1 for somebody who is not among them
	item changeset.Item
}

// findStale compares a changed mapping with what is kept now. The caller has the
// list to itself.
func (e *Engine) findStale(ctx context.Context, d *Draft, p *Progress) (found []stale, err error) {
	if d.Head.Origin != changeset.Mapping || d.Head.Settings == nil {
		return nil, nil
	}
	err = e.view(ctx, func(tx Tx) error {
		found = nil
		before, err := tx.List(d.Head.List)
		if err != nil {
			return err
		}
		after, _, err := mergeSettings(before, d.Head.Settings, func(roster.FieldID) bool { return true })
		if err != nil {
			return nil //nolint:nilerr // whoever applies it hears of that
		}
		r, err := e.newReplay(before, after, ListChange{Progress: p})
		if err != nil {
			return nil //nolint:nilerr // likewise
		}
		// What values have to be like now was told when it was worked out.
		r.feeds = slices.DeleteFunc(r.feeds, func(f feed) bool {
			return slices.ContainsFunc(r.recasts, func(c recast) bool { return c.was.ID == f.field.ID })
		})
		r.recasts, r.single, r.required = nil, nil, nil
		if len(r.feeds) == 0 {
			return nil
		}
		expected, _, err := r.run(ctx, tx)
		if err == nil {
			found = r.compare(d.Items, expected)
		}
		return err
	})
	return found, err
}

// compare finds the items that are not what is expected.
func (r *replay) compare(items, expected []changeset.Item) (found []stale) {
	fed := func(f roster.FieldID) bool {
		return slices.ContainsFunc(r.feeds, func(feed feed) bool { return feed.field.ID == f })
	}
	now := make(map[roster.PersonID]*changeset.Item, len(expected))
	for i := range expected {
		now[expected[i].Person] = &expected[i]
	}
	for n := range items {
		it := &items[n]
		is := now[it.Person]
		delete(now, it.Person)
		fresh, same := *it, true
		fresh.Changes = slices.DeleteFunc(slices.Clone(it.Changes), func(c changeset.Change) bool {
			if !fed(c.Field) || c.Decision == changeset.Typed || c.Decision.Declines() {
				return false
			}
			if at, ok := changeOf(is, c.Field); ok && at.Proposed == c.Proposed {
				return false
			}
			same = false
			return true
		})
		if is != nil {
			for _, c := range is.Changes {
				if _, planned := changeOf(it, c.Field); !planned || !slices.ContainsFunc(fresh.Changes, func(f changeset.Change) bool { return f.Field == c.Field }) {
					fresh.Changes, same = append(fresh.Changes, c), false
				}
			}
		}
		if !same {
			slices.SortFunc(fresh.Changes, func(a, b changeset.Change) int { return int(a.Field) - int(b.Field) })
			found = append(found, stale{n, fresh})
		}
	}
	for i := range expected {
		if it, left := now[expected[i].Person]; left {
			found = append(found, stale{-1, *it})
		}
	}
	return found
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
	a.stale = make(map[int]bool, len(found))
	if len(found) > 0 {
		a.items = slices.Clone(a.items)
	}
	for _, s := range found {
		if s.n < 0 {
			a.stale[len(a.items)] = true
			a.items = append(a.items, s.item)
			continue
		}
		a.stale[s.n] = true
		a.items[s.n] = s.item
	}
}

// outdated is the conflict of an item that is out of date.
func (a *application) outdated(n int, now *roster.Person) Conflict {
	it := &a.items[n]
	c := Conflict{Item: n, Person: it.Person, UID: it.UID, Reason: a.name(it, now) + ": the source has said something else since this was worked out"}
	for _, change := range it.Changes {
		c.Fields = append(c.Fields, change.Field)
		f, _ := a.list.Schema.ByID(change.Field)
		c.Reason += fmt.Sprintf(", %s would be %q now", f.Label, change.Proposed)
	}
	return c
}
