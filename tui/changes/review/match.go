package review

import (
	"context"
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
)

// A choosing is what is asked of the items that are shown.
type choosing struct {
	only   int // the group that people are of, or -1
	sort   int // place in sorts, or -1
	text   string
	filter changeset.Filter
}

func everything() choosing { return choosing{only: -1, sort: -1} }

// all reports whether nothing is left out.
func (c choosing) all() bool { return c.only < 0 && c.sort < 0 && c.filter.Everything() }

// parts are the parts of an item that are meant.
func (c choosing) parts(s *Set, n int) []ref {
	return slices.DeleteFunc(s.parts(n, c.only, c.filter), func(r ref) bool { return !c.about(s, r) })
}

// about reports whether the sort means a part of an item that is of it: a sort
// is also about parts where it says something of them.
func (c choosing) about(s *Set, r ref) bool {
	if c.sort < 0 {
		return true
	}
	switch sorts[c.sort].is {
	case renamed:
		return r.field == s.uid
	case conflicts:
		return s.clashing(r)
	case noise:
		ch, ok := change(&s.Items[r.item], r.field)
		return ok && ch.Noise() != changeset.Real
	}
	return true
}

// batch is how many items a filter looks at before it lets decisions be noted.
const batch = 2048

// found is what is meant: items, of which the first can do harm, and the groups
// that they are in.
type found struct {
	run    int
	items  []int
	first  int
	groups []int
	err    error
}

// harmful are the sorts that stand on top.
const harmful = leaves | renamed

// match finds what is meant.
func (s *Set) match(ctx context.Context, run int, c choosing) found {
	is := found{run: run}
	var others []int
	in := make([]bool, len(s.groups))
	whole := c.filter.Everything()
	for from := 0; from < len(s.Items); from += batch {
		if ctx.Err() != nil {
			is.err = ctx.Err()
			return is
		}
		s.mu.RLock()
		for n := from; n < min(from+batch, len(s.Items)); n++ {
			switch {
			case !s.matches(n, c, whole, in):
			case s.is[n]&harmful != 0:
				is.items = append(is.items, n)
			default:
				others = append(others, n)
			}
		}
		s.mu.RUnlock()
	}
	for i := range s.groups {
		if in[i] || s.groups[i].key.of == ofRejects && c.all() {
			is.groups = append(is.groups, i)
		}
	}
	is.first = len(is.items)
	is.items = append(is.items, others...)
	return is
}

func (s *Set) matches(n int, c choosing, whole bool, in []bool) bool {
	if c.sort >= 0 && s.is[n]&sorts[c.sort].is == 0 {
		return false
	}
	it := &s.Items[n]
	if whole {
		leaves := s.leaf[s.start[n]:s.start[n+1]]
		if c.only >= 0 && !slices.Contains(leaves, int32(c.only)) {
			return false
		}
		fields := it.Parts()
		for i, l := range leaves {
			in[l] = in[l] || c.about(s, ref{n, fields[i]})
		}
		return true
	}
	if !c.filter.Item(it, s.valuesOf(n)) {
		return false
	}
	fields := it.Parts()
	found := len(fields) == 0 && c.filter.Part(it, changeset.Status, false)
	for i, f := range fields {
		l := s.leaf[int(s.start[n])+i]
		if (c.only < 0 || int(l) == c.only) && c.about(s, ref{n, f}) && c.filter.Part(it, f, s.clash(ref{n, f})) {
			in[l], found = true, true
		}
	}
	return found
}

func (s *Set) valuesOf(n int) roster.Values {
	if n < len(s.people) {
		return s.people[n].values
	}
	return ""
}
