package review

import (
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
)

// ref names a part of an item of a set: what is decided at one stroke.
type ref struct {
	item  int
	field roster.FieldID
}

// A sort is one of the ways in which an item stands out, as a bit. Each is
// counted over all items, and is a filter.
type sort uint16

const (
	leaves    sort = 1 << iota // deactivated, or taken back
	renamed                    // the UID changes
	conflicts                  // undecided: the list has moved since
	held                       // by the guard
	creates
	updates
	returns   // reactivated
	noise     // reads the same, only written otherwise
	undecided // in part at least
)

// sorts are the sorts in the order in which they are shown: what can do harm
// first.
var sorts = [...]struct {
	is   sort
	word string
}{
	{leaves, "deactivate"}, {renamed, "new UID"}, {conflicts, "conflict"}, {held, "held"}, {creates, "create"}, {updates, "update"},
	{returns, "reactivate"}, {noise, "only case, space, format"}, {undecided, "undecided"},
}

// risky are the parts that no decision about many takes along: people who
// leave, UIDs that change, and what conflicts.
func (s *Set) risky(it *changeset.Item, r ref) bool {
	return r.field == changeset.Status && leaving(it) || r.field == s.uid || s.clash(r)
}

func leaving(it *changeset.Item) bool {
	return it.Kind == changeset.Deactivate || it.Kind == changeset.Withdraw
}

// clash reports whether the list has something else in a part than the item
// expects, and nobody has decided knowing it.
func (s *Set) clash(r ref) bool {
	c := s.clashes[r.item]
	if c == nil || !slices.Contains(c.Fields, r.field) {
		// What is about no part of its own, as a create's UID, is about the whole.
		if c == nil || r.field != changeset.Status || s.ofAPart(r.item) {
			return false
		}
	}
	p, ok := s.Items[r.item].Part(r.field)
	switch {
	case !ok || p.Decision == changeset.Keep || p.Decision == changeset.Skip:
		return false
	case p.Decision == changeset.Typed:
		return p.Base == s.expected[r] && s.now(r) != p.Base
	case p.Decision == changeset.Accept:
		return p.Base == s.expected[r]
	}
	return true
}

// ofAPart reports whether an item's conflict is about a field that it changes.
func (s *Set) ofAPart(n int) bool {
	return slices.ContainsFunc(s.clashes[n].Fields, func(f roster.FieldID) bool {
		_, ok := s.Items[n].Part(f)
		return ok
	})
}

// stuck reports whether an item's conflict cannot be decided away, as when what
// moved is the tie to the source.
func (s *Set) stuck(n int) bool {
	return s.clashes[n] != nil && !s.ofAPart(n) && s.Items[n].Kind != changeset.Create && s.Items[n].From == s.Items[n].To
}

// conflicting reports whether any part of the item is an undecided conflict.
func (s *Set) conflicting(n int) bool {
	if s.clashes[n] == nil {
		return false
	}
	return s.stuck(n) || slices.ContainsFunc(s.Items[n].Parts(), func(f roster.FieldID) bool { return s.clash(ref{n, f}) })
}

// sortsOf are all the sorts of an item.
func (s *Set) sortsOf(n int) sort {
	it := &s.Items[n]
	var is sort
	switch it.Kind {
	case changeset.Deactivate, changeset.Withdraw:
		is = leaves
	case changeset.Create, changeset.Revive:
		is = creates
	case changeset.Reactivate:
		is = returns
	default:
		is = updates
	}
	for _, c := range it.Changes {
		if c.Field == s.uid {
			is |= renamed
		}
		if c.Noise() != changeset.Real {
			is |= noise
		}
	}
	if s.isHeld(it) {
		is |= held
	}
	if s.conflicting(n) {
		is |= conflicts
	}
	if it.Undecided() {
		is |= undecided
	}
	return is
}

// isHeld reports whether the guard holds the changeset for what the item does.
func (s *Set) isHeld(it *changeset.Item) bool {
	if !s.Head.Open() {
		return false
	}
	return slices.ContainsFunc(s.Head.Held, func(h changeset.Hold) bool {
		switch h.Rule {
		case "updates":
			return it.Kind == changeset.Update
		case "emptied":
			return slices.ContainsFunc(it.Changes, func(c changeset.Change) bool { return c.Value() == "" && s.label(c.Field) == h.Field })
		}
		return leaving(it)
	})
}

// set makes a part what a choice says, and keeps the counts.
func (s *Set) set(c changeset.Choice) {
	it := &s.Items[c.Item]
	before, ok := it.Part(c.Field)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	it.SetPart(c.Field, c.Is)
	step := 0
	if before.Decision == changeset.Undecided {
		step++
	}
	if c.Is.Decision == changeset.Undecided {
		step--
	}
	s.decided += step
	if i := slices.Index(it.Parts(), c.Field); i >= 0 {
		s.groups[s.leaf[int(s.start[c.Item])+i]].undecided -= step
	}
	s.recount(c.Item)
}

// recount counts the sorts of an item anew, under the lock once the set is shown.
func (s *Set) recount(n int) {
	was := s.is[n]
	s.is[n] = s.sortsOf(n)
	for i, each := range sorts {
		s.counts[i] += boolean(s.is[n]&each.is != 0) - boolean(was&each.is != 0)
	}
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parts are the parts of an item that pass: those of the group, if it is one,
// which the filter asks for.
func (s *Set) parts(n, group int, f changeset.Filter) []ref {
	it := &s.Items[n]
	var refs []ref
	for i, field := range it.Parts() {
		r := ref{n, field}
		if group >= 0 && int(s.leaf[int(s.start[n])+i]) != group {
			continue
		}
		if f.Part(it, field, s.clash(r)) {
			refs = append(refs, r)
		}
	}
	return refs
}

// now is what the list has in a part at present, if that has been read.
func (s *Set) now(r ref) string {
	it := &s.Items[r.item]
	if r.item >= len(s.people) || s.people[r.item].unread {
		p, _ := it.Part(r.field)
		return p.Base
	}
	switch r.field {
	case changeset.Status:
		return s.people[r.item].status.String()
	case changeset.Linked:
		who := roster.Person{Links: s.people[r.item].links}
		anchor, _ := who.LinkTo(it.Link.Connection)
		return anchor
	}
	return s.people[r.item].values.Get(r.field)
}

// choose returns the choice that decides a part.
func (s *Set) choose(r ref, d changeset.Decision, typed string) changeset.Choice {
	c, _ := s.Items[r.item].Choose(r.item, r.field, d, typed, s.now(r))
	return c
}
