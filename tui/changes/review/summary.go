package review

import (
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// A group is a line of the summary: a kind of item, a field, or a transition
// of one, and whom it is about.
type group struct {
	label    string
	from, to string // of a transition
	kind     groupKind
	field    roster.FieldID // that it is about, if it is
	role     theme.Role
	people   int
	has      func(n int, it *changeset.Item) bool // whether an item is of the group
}

type groupKind uint8

const (
	ofKind groupKind = iota
	ofField
	ofTransition
	ofOthers
	ofRejects
)

// kinds are the kinds of items in the order in which they are summed up.
var kinds = [...]changeset.Kind{
	changeset.Create, changeset.Revive, changeset.Deactivate, changeset.Withdraw, changeset.Reactivate, changeset.Update,
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

// summary groups the items: conflicts and rejects first, then by kind, then by
// field and by the commonest transitions of each.
func (s *Set) summary() []group {
	var groups []group
	if n := len(s.Conflicts); n > 0 {
		groups = append(groups, group{label: "Conflict: changed since", role: theme.Waiting, people: n,
			has: func(n int, _ *changeset.Item) bool { return s.clashes[n] != nil }})
	}
	if n := len(s.Rejects); n > 0 {
		groups = append(groups, group{label: "Rejected: cannot be taken", kind: ofRejects, role: theme.Removed, people: n})
	}
	var counts [changeset.Revive + 1]int
	for i := range s.Items {
		counts[s.Items[i].Kind]++
	}
	for _, k := range kinds {
		if counts[k] > 0 {
			groups = append(groups, group{label: capital(kindWord(k)), role: kindRole(k), people: counts[k],
				has: func(_ int, it *changeset.Item) bool { return it.Kind == k }})
		}
	}
	for _, f := range changeset.Summarize(s.Items, transitions) {
		groups = s.addField(groups, f)
	}
	return groups
}

func (s *Set) addField(groups []group, f changeset.FieldSummary) []group {
	label := s.label(f.Field)
	groups = append(groups, group{label: label + " changes", kind: ofField, field: f.Field, people: f.Changes,
		has: func(_ int, it *changeset.Item) bool { _, ok := change(it, f.Field); return ok }})
	// Where every change is its own there is nothing to sum up.
	if len(f.Transitions) > 0 && f.Transitions[0].People == 1 && f.Changes > len(f.Transitions) {
		return groups
	}
	for _, t := range f.Transitions {
		groups = append(groups, group{label: label, from: t.From, to: t.To, kind: ofTransition, field: f.Field, people: t.People,
			has: func(_ int, it *changeset.Item) bool {
				c, ok := change(it, f.Field)
				return ok && c.Base == t.From && c.Proposed == t.To
			}})
	}
	if f.Others > 0 {
		groups = append(groups, group{label: label + " in other ways", kind: ofOthers, field: f.Field, people: f.Others,
			has: func(_ int, it *changeset.Item) bool { return isOther(it, f) }})
	}
	return groups
}

// isOther reports whether an item changes a field, and by none of the
// transitions that are named.
func isOther(it *changeset.Item, f changeset.FieldSummary) bool {
	c, ok := change(it, f.Field)
	return ok && !slices.ContainsFunc(f.Transitions, func(t changeset.Transition) bool {
		return t.From == c.Base && t.To == c.Proposed
	})
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
)

func groupColumns() []kit.Column {
	return []kit.Column{
		{ID: groupPeople, Title: "People", Width: 9, Align: kit.Right},
		{ID: groupWhat, Title: "What", Width: 20, Grow: true},
	}
}

// groupRows are the lines of a summary.
type groupRows struct {
	env    *kit.Env
	groups []group
}

func (r groupRows) Len() int       { return len(r.groups) }
func (r groupRows) ID(row int) int { return row }
func (r groupRows) IndexOf(id int) int {
	if id < len(r.groups) {
		return id
	}
	return -1
}

func (r groupRows) Cell(row, column int) kit.Cell {
	g := &r.groups[row]
	if column == groupPeople {
		role := theme.Text
		if g.kind == ofTransition || g.kind == ofOthers {
			role = theme.Dim
		}
		return kit.Cell{Text: kit.Count(g.people), Role: role}
	}
	if g.kind == ofTransition {
		return kit.Cell{Text: "   " + quoteEmpty(g.from) + arrow(r.env) + quoteEmpty(g.to), Role: theme.Dim}
	}
	if g.kind == ofOthers {
		return kit.Cell{Text: "   in other ways", Role: theme.Dim}
	}
	return kit.Cell{Text: g.label, Role: g.role}
}

// title says a group in the words of the line above a table.
func (g *group) title(env *kit.Env) string {
	if g.kind == ofTransition {
		return g.label + " " + quoteEmpty(g.from) + arrow(env) + quoteEmpty(g.to)
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
	return string(word[0]-'a'+'A') + word[1:]
}
