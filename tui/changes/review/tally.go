package review

import (
	"slices"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// A Tally is what applying a changeset would come to.
type Tally struct {
	Counts    changeset.Counts
	Decided   int // people of whom something is decided, and nothing is not
	Undecided int // people of whom something is undecided
	Conflicts int // people with an undecided conflict
	Waits     int // people of whom something is left to be decided later
}

// Tally counts what applying would do: everything that is not declined, or
// only what is decided.
func (s *Set) Tally(onlyDecided bool) Tally {
	t := Tally{Counts: s.Head.Counts}
	t.Counts.Creates, t.Counts.Updates, t.Counts.Deactivates, t.Counts.Reactivates, t.Counts.Conflicts = 0, 0, 0, 0, 0
	for n := range s.Items {
		it := &s.Items[n]
		if s.is[n]&undecided != 0 {
			t.Undecided++
		} else {
			t.Decided++
		}
		if s.is[n]&conflicts != 0 && (!onlyDecided || s.blocks(n)) {
			t.Conflicts++
			t.Waits++
			continue
		}
		kind, does, waits := comesTo(it, onlyDecided || core.AwaitsReview(&s.List, &s.Head, it))
		if does {
			t.Counts.Add(kind, 1)
		}
		if waits {
			t.Waits++
		}
	}
	t.Counts.Conflicts = t.Conflicts
	return t
}

// blocks reports whether a conflict keeps an item from being applied even if
// what is undecided is left out.
func (s *Set) blocks(n int) bool {
	if s.stuck(n) {
		return true
	}
	it := &s.Items[n]
	return slices.ContainsFunc(it.Parts(), func(f roster.FieldID) bool {
		p, _ := it.Part(f)
		return p.Decision != changeset.Undecided && s.clash(ref{n, f})
	})
}

// comesTo is what an item does once what is declined is left out.
func comesTo(it *changeset.Item, onlyDecided bool) (kind changeset.Kind, does, waits bool) {
	stored := func(d changeset.Decision) bool {
		waits = waits || d == changeset.Skip || onlyDecided && d == changeset.Undecided
		return !d.Declines() && (d != changeset.Undecided || !onlyDecided)
	}
	kind = changeset.Update
	if it.Kind == changeset.Create || it.From != it.To {
		if does = stored(it.Decision); does {
			kind = it.Kind
		} else if it.Kind == changeset.Create {
			return kind, false, waits
		}
	}
	for _, c := range it.Changes {
		does = stored(c.Decision) || does
	}
	if it.Link != nil && it.Kind != changeset.Create {
		does = stored(it.Link.Decision) || does
	}
	return kind, does, waits
}

// Decided is how many parts are decided, of how many.
func (s *Set) Decided() (parts, of int) { return s.decided, len(s.leaf) }

// Unresolved is how many people have a conflict that nobody has decided.
func (s *Set) Unresolved() int { return s.count(conflicts) + len(s.others) }

// Others are the conflicts about people who are not among the items, of which
// nothing can be decided.
func (s *Set) Others() []core.Conflict { return s.others }
