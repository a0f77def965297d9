package review

import (
	"cmp"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// A group is a line of the summary: parts of items that can be decided alike.
// Every part is in exactly one group.
type group struct {
	key       groupKey
	label     string
	role      theme.Role
	tags      bool // of a field of tags
	parts     int  // as many as people, as nobody has two parts alike
	undecided int
}

// groupKey is what the parts of a group have in common.
type groupKey struct {
	of       groupOf
	field    roster.FieldID
	from, to string // of a transition
}

// groupOf tells groups apart, in the order in which they are shown.
type groupOf uint8

const (
	ofLeaving groupOf = iota
	ofUID
	ofConflict
	ofRejects
	ofCreate
	ofReturning
	ofTransition
	ofOthers
	ofTies
	ofNoise
)

// group puts every part into its group.
func (s *Set) group() {
	s.findTags()
	common := s.commonTransitions()
	index := make(map[groupKey]int32)
	s.start = make([]int32, len(s.Items)+1)
	s.leaf = s.leaf[:0]
	for n := range s.Items {
		it := &s.Items[n]
		s.start[n] = int32(len(s.leaf))
		for _, f := range it.Parts() {
			key := s.keyOf(it, ref{n, f})
			if key.of == ofTransition && !common[key] {
				key = groupKey{of: ofOthers, field: f}
			}
			i, ok := index[key]
			if !ok {
				i = int32(len(s.groups))
				index[key] = i
				s.groups = append(s.groups, s.newGroup(it, key))
			}
			g := &s.groups[i]
			g.parts++
			if p, _ := it.Part(f); p.Decision == changeset.Undecided {
				g.undecided++
			} else {
				s.decided++
			}
			s.leaf = append(s.leaf, i)
		}
	}
	s.start[len(s.Items)] = int32(len(s.leaf))
	if n := len(s.Rejects); n > 0 {
		s.groups = append(s.groups, group{key: groupKey{of: ofRejects}, label: "Rejected: cannot be taken", role: theme.Removed, parts: n})
	}
	s.order()
}

// order sorts the groups, and what points at them.
func (s *Set) order() {
	places := make([]int32, len(s.groups))
	for i := range places {
		places[i] = int32(i)
	}
	slices.SortStableFunc(places, func(a, b int32) int {
		x, y := &s.groups[a], &s.groups[b]
		return cmp.Or(cmp.Compare(x.key.of, y.key.of), y.parts-x.parts, cmp.Compare(x.key.field, y.key.field),
			strings.Compare(x.key.from, y.key.from), strings.Compare(x.key.to, y.key.to))
	})
	ordered := make([]group, len(s.groups))
	moved := make([]int32, len(s.groups))
	for to, from := range places {
		ordered[to], moved[from] = s.groups[from], int32(to)
	}
	s.groups = ordered
	for i := range s.leaf {
		s.leaf[i] = moved[s.leaf[i]]
	}
}

// trackedTransitions bounds what is remembered of transitions while they are
// counted, named how many of a field are named, if more than one person makes
// them; fewNamed are even where every one is its own.
const (
	trackedTransitions = 20_000
	named              = 40
	fewNamed           = 5
)

// commonTransitions are those that get a group of their own.
func (s *Set) commonTransitions() map[groupKey]bool {
	counts := make(map[groupKey]int)
	for n := range s.Items {
		it := &s.Items[n]
		for _, c := range it.Changes {
			key := s.keyOf(it, ref{n, c.Field})
			if _, known := counts[key]; known || len(counts) < trackedTransitions {
				counts[key]++
			}
		}
	}
	byField := make(map[roster.FieldID][]groupKey)
	for key := range counts {
		if key.of == ofTransition {
			byField[key.field] = append(byField[key.field], key)
		}
	}
	common := make(map[groupKey]bool)
	for _, keys := range byField {
		slices.SortFunc(keys, func(a, b groupKey) int {
			return cmp.Or(counts[b]-counts[a], strings.Compare(a.from, b.from), strings.Compare(a.to, b.to))
		})
		for i, key := range keys {
			if i < named && counts[key] > 1 || len(keys) <= fewNamed {
				common[key] = true
			}
		}
	}
	return common
}

// keyOf is the group that a part belongs to, if it is common enough.
func (s *Set) keyOf(it *changeset.Item, r ref) groupKey {
	if s.clashing(r) {
		return groupKey{of: ofConflict, field: r.field}
	}
	if r.field == changeset.Status {
		switch it.Kind {
		case changeset.Deactivate, changeset.Withdraw:
			return groupKey{of: ofLeaving, from: string(it.Left), to: it.Kind.String()}
		case changeset.Create, changeset.Revive:
			return groupKey{of: ofCreate, to: it.Kind.String()}
		}
		return groupKey{of: ofReturning}
	}
	if r.field == changeset.Linked {
		return groupKey{of: ofTies, field: r.field}
	}
	if r.field == s.uid {
		return groupKey{of: ofUID, field: r.field}
	}
	c, _ := change(it, r.field)
	if c.Noise() != changeset.Real {
		return groupKey{of: ofNoise, field: r.field}
	}
	from, to := s.transition(c)
	return groupKey{ofTransition, r.field, from, to}
}

// clashing reports whether a part was a conflict when the set was read, decided
// or not.
func (s *Set) clashing(r ref) bool {
	c := s.clashes[r.item]
	return c != nil && (slices.Contains(c.Fields, r.field) || r.field == changeset.Status && !s.ofAPart(r.item))
}

func (s *Set) newGroup(it *changeset.Item, key groupKey) group {
	g := group{key: key, label: s.label(key.field), tags: s.holdsTags(key.field)}
	switch key.of {
	case ofLeaving, ofCreate, ofReturning:
		g.label, g.role = capital(kindWord(it.Kind)), kindRole(it.Kind)
		if it.Left != "" {
			g.label += ": " + string(it.Left)
		}
	case ofUID:
		g.label, g.role = "New "+s.label(key.field)+": known by another UID", theme.Waiting
	case ofConflict:
		g.label, g.role = "Conflict: "+s.label(key.field)+" has changed since", theme.Waiting
	case ofOthers:
		g.label += " in other ways"
	case ofNoise:
		g.label, g.role = "Only case, space or format: "+g.label, theme.Dim
	}
	return g
}

// kindWord says what an item does to its person.
func kindWord(k changeset.Kind) string {
	switch k {
	case changeset.Withdraw:
		return "take back"
	case changeset.Revive:
		return "bring back"
	}
	return k.String()
}

func kindRole(k changeset.Kind) theme.Role {
	switch k {
	case changeset.Create, changeset.Reactivate, changeset.Revive:
		return theme.Added
	case changeset.Deactivate, changeset.Withdraw:
		return theme.Removed
	}
	return theme.Text
}

// change finds the change of a field.
func change(it *changeset.Item, f roster.FieldID) (changeset.Change, bool) {
	for _, c := range it.Changes {
		if c.Field == f {
			return c, true
		}
	}
	return changeset.Change{}, false
}

// The columns of the summary.
const (
	groupWhat = iota
	groupPeople
	groupDecided
)

func groupColumns(deciding bool) []kit.Column {
	return []kit.Column{
		{ID: groupPeople, Title: "People", Width: 9, Align: kit.Right},
		{ID: groupWhat, Title: "What", Width: 20, Grow: true},
		{ID: groupDecided, Title: "Decided", Width: 12, Align: kit.Right, Hidden: !deciding},
	}
}

// groupRows are the lines of a summary that are shown, by their places in it.
type groupRows struct {
	env   *kit.Env
	set   *Set
	shown []int
}

func (r groupRows) Len() int       { return len(r.shown) }
func (r groupRows) ID(row int) int { return r.shown[row] }
func (r groupRows) IndexOf(id int) int {
	if i, ok := slices.BinarySearch(r.shown, id); ok {
		return i
	}
	return -1
}

func (r groupRows) Cell(row, column int) kit.Cell {
	g := &r.set.groups[r.shown[row]]
	switch column {
	case groupPeople:
		return kit.Cell{Text: kit.Count(g.parts)}
	case groupDecided:
		return g.progress()
	}
	return kit.Cell{Text: g.title(r.env), Role: g.role}
}

// progress says how much of a group is decided.
func (g *group) progress() kit.Cell {
	switch {
	case g.key.of == ofRejects:
		return kit.Cell{}
	case g.undecided == g.parts:
		return kit.Cell{Text: "none", Role: theme.Dim}
	case g.undecided == 0:
		return kit.Cell{Text: "all", Role: theme.Added}
	}
	return kit.Cell{Text: kit.Count(g.parts-g.undecided) + " of " + kit.Count(g.parts), Role: theme.Waiting}
}

// title says a group in the words of the line above a table.
func (g *group) title(env *kit.Env) string {
	switch {
	case g.key.of == ofTransition && g.tags:
		return g.label + " " + kit.TagWords(env, g.key.to, g.key.from)
	case g.key.of == ofTransition:
		return g.label + " " + quoteEmpty(g.key.from) + arrow(env) + quoteEmpty(g.key.to)
	}
	return g.label
}

// arrow stands between an old and a new value.
func arrow(env *kit.Env) string {
	if env.Plain() {
		return " to "
	}
	return " → "
}

// quoteEmpty writes nothing so that it can be seen.
func quoteEmpty(value string) string {
	if value == "" {
		return "(nothing)"
	}
	return value
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
