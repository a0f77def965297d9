// Package review shows what a changeset would do, or did: as a summary by
// value, person by person with the old and the new values side by side, and
// with the records that could not be taken. It is a part of screens, not one
// itself: imports show a plan with it, changes a changeset that waits, was
// applied, or would be rolled back.
package review

import (
	"context"
	"slices"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// most bounds the items of an applied changeset that are read to be looked
// at; a first import of a million people is not a million lines to read.
const most = 200_000

// transitions is how many of a field's commonest transitions a summary names.
const transitions = 5

// A Set is a changeset with its items, ready to be looked at.
type Set struct {
	Head      changeset.Changeset
	List      roster.List
	Items     []changeset.Item
	Conflicts []core.Conflict
	Rejects   []core.Reject

	groups  []group
	clashes map[int]*core.Conflict // by item
	names   []string               // by item, once read
}

// OfDraft makes a Set of a draft. It goes through all items, so it belongs
// into a command.
func OfDraft(d *core.Draft) *Set {
	s := &Set{Head: d.Head, List: d.List, Items: d.Items, Conflicts: d.Conflicts, Rejects: d.Rejects}
	return s.prepare()
}

// Load reads a changeset: what it would do if it waits, what it did if it was
// applied. The latest items are kept when there are very many.
func Load(ctx context.Context, e *core.Engine, id changeset.ID) (*Set, error) {
	head, err := e.Changeset(ctx, id)
	if err != nil {
		return nil, err
	}
	if !head.Done() {
		d, err := e.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		return OfDraft(d), nil
	}
	s := &Set{Head: head}
	if s.List, err = listOf(ctx, e, head.List); err != nil {
		return nil, err
	}
	err = e.ItemsOf(ctx, &head, func(ev core.Event) bool {
		s.Items = append(s.Items, fromEvent(&ev))
		return len(s.Items) < most && ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	slices.Reverse(s.Items)
	return s.prepare(), err
}

func listOf(ctx context.Context, e *core.Engine, id roster.ListID) (roster.List, error) {
	lists, err := e.Lists(ctx)
	i := slices.IndexFunc(lists, func(l roster.List) bool { return l.ID == id })
	if err != nil || i < 0 {
		return roster.List{}, err
	}
	return lists[i], nil
}

// fromEvent makes of what happened to a person the item that did it.
func fromEvent(ev *core.Event) changeset.Item {
	it := changeset.Item{Person: ev.Person, Kind: ev.Kind, UID: ev.UID}
	if ev.Kind == changeset.Create {
		var values []byte
		for _, m := range ev.Fields {
			values = roster.AppendValue(values, m.Field, m.New)
		}
		it.Values = roster.Values(values)
		return it
	}
	for _, m := range ev.Fields {
		it.Changes = append(it.Changes, changeset.Change{Field: m.Field, Base: m.Old, Proposed: m.New})
	}
	return it
}

func (s *Set) prepare() *Set {
	s.clashes = make(map[int]*core.Conflict, len(s.Conflicts))
	for i := range s.Conflicts {
		s.clashes[s.Conflicts[i].Item] = &s.Conflicts[i]
	}
	s.groups = s.summary()
	return s
}

// Missing is how many items are not shown because there are too many.
func (s *Set) Missing() int {
	if !s.Head.Done() {
		return 0
	}
	return max(0, s.Head.Counts.Items()-len(s.Items))
}

// name is what to call the person of an item: what the item itself knows, or
// what was read of them.
func (s *Set) name(n int) string {
	if it := &s.Items[n]; it.Values != "" {
		return s.List.DisplayName(it.Values)
	}
	if n < len(s.names) {
		return s.names[n]
	}
	return ""
}

// readNames finds the names of people whose items do not tell them.
func readNames(ctx context.Context, e *core.Engine, s *Set) ([]string, error) {
	names := make([]string, len(s.Items))
	for n := range s.Items {
		it := &s.Items[n]
		if it.Values != "" {
			continue
		}
		p, err := e.Person(ctx, s.List.ID, it.Person)
		if err != nil {
			return nil, err
		}
		names[n] = s.List.DisplayName(p.Values)
	}
	return names, nil
}

// label names a field, also one that the list does not have any more.
func (s *Set) label(id roster.FieldID) string {
	if f, ok := s.List.Schema.ByID(id); ok {
		return f.Label
	}
	return "a field that is gone"
}
