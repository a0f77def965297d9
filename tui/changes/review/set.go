// Package review shows what a changeset would do, or did: as a summary by
// value, person by person with the old and the new values side by side, and
// with the records that could not be taken. It is a part of screens, not one
// itself: imports show a plan with it, changes a changeset that waits, was
// applied, or would be rolled back.
package review

import (
	"context"
	"slices"
	"sync"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// most bounds the items of an applied changeset that are read to be looked
// at; a first import of a million people is not a million lines to read.
const most = 200_000

// A Set is a changeset with its items, ready to be looked at.
type Set struct {
	Head      changeset.Changeset
	List      roster.List
	Items     []changeset.Item
	Conflicts []core.Conflict
	Rejects   []core.Reject

	uid      roster.FieldID
	tags     []roster.FieldID       // fields that hold tags
	clashes  map[int]*core.Conflict // by item
	others   []core.Conflict        // about people who are not among the items
	expected map[ref]string         // the base of each part in conflict, as it was read
	groups   []group
	start    []int32 // by item: its first place in leaf
	leaf     []int32 // by part: its group
	is       []sort  // by item
	counts   [len(sorts)]int
	decided  int // parts
	rules    []core.Remembered
	people   []someone // by item, once read

	// mu is held while a decision is noted or people become known, and by what
	// reads in the background while that may happen.
	mu sync.RWMutex
}

// someone is the person of an item as the list has them.
type someone struct {
	values roster.Values
	status roster.Status
	links  []roster.Link
	unread bool
}

// OfDraft makes a Set of a draft. It goes through all items, so it belongs
// into a command.
func OfDraft(d *core.Draft) *Set {
	s := &Set{Head: d.Head, List: d.List, Items: d.Items, Conflicts: d.Conflicts, Rejects: d.Rejects}
	return s.prepare()
}

// Load reads a changeset: what it would do if it waits, what it did if it was
// applied. The latest items are kept when there are very many. Of one that waits
// p, which may be nil, tells how far it is.
func Load(ctx context.Context, e *core.Engine, id changeset.ID, p *core.Progress) (*Set, error) {
	head, err := e.Changeset(ctx, id)
	if err != nil {
		return nil, err
	}
	if !head.Done() {
		d, err := e.Load(ctx, id, p)
		if err != nil {
			return nil, err
		}
		s := OfDraft(d)
		s.rules, err = e.Remembered(ctx, head.List)
		return s, err
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
	s.grow()
	if f, ok := s.List.Schema.UID(); ok {
		s.uid = f.ID
	}
	s.clashes = make(map[int]*core.Conflict, len(s.Conflicts))
	s.expected = make(map[ref]string)
	for i := range s.Conflicts {
		c := &s.Conflicts[i]
		if c.Item == core.NoItem {
			s.others = append(s.others, *c)
			continue
		}
		s.clashes[c.Item] = c
		for _, f := range s.Items[c.Item].Parts() {
			if p, _ := s.Items[c.Item].Part(f); slices.Contains(c.Fields, f) {
				s.expected[ref{c.Item, f}] = p.Base
			}
		}
	}
	s.group()
	s.is = make([]sort, len(s.Items))
	for n := range s.Items {
		s.recount(n)
	}
	return s
}

// grow adds the fields that a changeset which is not applied yet brings along:
// its items are about them.
func (s *Set) grow() {
	if s.Head.Done() || s.Head.Settings == nil {
		return
	}
	s.List.Schema.Fields = slices.Clone(s.List.Schema.Fields)
	for _, f := range s.Head.Settings.After.Schema.Fields {
		if _, has := s.List.Schema.ByID(f.ID); !has {
			s.List.Schema.Fields = append(s.List.Schema.Fields, f)
		}
	}
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
	if n < len(s.people) && !s.people[n].unread {
		return s.List.DisplayName(s.people[n].values)
	}
	return ""
}

// know takes the people of the items as the list has them.
func (s *Set) know(people []someone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people = people
	for n := range s.clashes {
		s.recount(n)
	}
}

// readPeople reads the people of items as the list has them.
func readPeople(ctx context.Context, e *core.Engine, s *Set) ([]someone, error) {
	people := make([]someone, len(s.Items))
	for n := range s.Items {
		it := &s.Items[n]
		if it.Kind == changeset.Create && !s.Head.Done() {
			people[n].unread = true
			continue
		}
		p, err := e.Person(ctx, s.List.ID, it.Person)
		if err != nil {
			return nil, err
		}
		people[n] = someone{values: p.Values, status: p.Status, links: p.Links}
	}
	return people, nil
}

// label names a field, also one that the list does not have any more.
func (s *Set) label(id roster.FieldID) string { return label(&s.List, id) }

func label(l *roster.List, id roster.FieldID) string {
	if f, ok := l.Schema.Named(id); ok {
		return f.Label
	}
	switch id {
	case changeset.Status:
		return "Status"
	case changeset.Linked:
		return "Tie to the source"
	}
	return "a field that is gone"
}
