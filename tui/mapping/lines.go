package mapping

import (
	"slices"
	"strconv"
	"strings"

	"muster/core"
	coremapping "muster/core/mapping"
	"muster/tui/kit"
	"muster/tui/theme"
)

// lineID names a line: an entry by its id, or an attribute that nothing is
// mapped from, or the heading of a group.
type lineID struct {
	entry int // 0 for the others
	name  string
}

// line is one line of the table.
type line struct {
	id        lineID
	attribute core.SourceAttribute
	mapped    bool
	again     bool // a further mapping of the attribute on the line above
	entry     entry
}

// heading reports whether a line only names a group.
func (l *line) heading() bool { return l.id.entry == 0 && l.attribute.Name == "" }

// lines are what is shown of the model: all of it, or what a filter found.
type lines struct {
	env    *kit.Env
	model  *model
	all    []line
	at     map[lineID]int
	counts map[string]int // people by attribute, once known
	found  int            // attributes that are shown
}

// newLines makes the lines of a model that match a filter.
func newLines(env *kit.Env, m *model, counts map[string]int, filter string) *lines {
	l := &lines{env: env, model: m, counts: counts, at: make(map[lineID]int, len(m.attributes)), all: make([]line, 0, len(m.attributes))}
	first, next := m.chains()
	terms := strings.Fields(strings.ToLower(filter))
	group := ""
	for i, a := range m.attributes {
		if !m.matches(i, first, next, terms) {
			continue
		}
		if l.found++; a.Group != group {
			group = a.Group
			l.add(line{id: lineID{name: "group " + group}, attribute: core.SourceAttribute{Group: group}})
		}
		if first[i] < 0 {
			l.add(line{id: lineID{name: a.Name}, attribute: a})
		}
		for at := first[i]; at >= 0; at = next[at] {
			e := m.now.entries[at]
			l.add(line{id: lineID{entry: e.id}, attribute: a, mapped: true, again: at != first[i], entry: e})
		}
	}
	return l
}

// chains are the entries of each attribute, in their order: the first by the
// attribute's place, and by entry the next. -1 ends them.
func (m *model) chains() (first, next []int) {
	first, next = make([]int, len(m.attributes)), make([]int, len(m.now.entries))
	for i := range first {
		first[i] = -1
	}
	for at, e := range slices.Backward(m.now.entries) {
		if i, ok := m.at[e.m.Attribute]; ok {
			first[i], next[at] = at, first[i]
		}
	}
	return first, next
}

func (l *lines) add(one line) {
	l.at[one.id] = len(l.all)
	l.all = append(l.all, one)
}

// matches reports whether all terms are in what the lines of an attribute say.
func (m *model) matches(i int, first, next []int, terms []string) bool {
	for _, term := range terms {
		found := strings.Contains(m.texts[i], term) || first[i] < 0 && strings.HasPrefix("free", term)
		for at := first[i]; at >= 0 && !found; at = next[at] {
			found = m.says(&m.now.entries[at], term)
		}
		if !found {
			return false
		}
	}
	return true
}

// says reports whether a term is in what an entry says of itself.
func (m *model) says(e *entry, term string) bool {
	state := "off"
	if e.m.On {
		state = "on"
	}
	if state == term || strings.HasPrefix("unsaved", term) && len(term) > 2 && m.changed(e) {
		return true
	}
	if strings.Contains(strings.ToLower(m.fieldLabel(e.m.Field)), term) {
		return true
	}
	return slices.ContainsFunc(e.m.Transforms, func(t coremapping.Transform) bool { return strings.Contains(strings.ToLower(string(t)), term) })
}

// first is the first line of an attribute or, if its field is given, of the
// mapping that feeds it.
func (l *lines) first(attribute, field string) (lineID, bool) {
	for i := range l.all {
		if one := &l.all[i]; field != "" && one.mapped && one.entry.m.On && one.entry.m.Field == field || attribute != "" && one.attribute.Name == attribute {
			return one.id, true
		}
	}
	return lineID{}, false
}

// Len implements kit.Rows.
func (l *lines) Len() int { return len(l.all) }

// ID implements kit.Rows.
func (l *lines) ID(row int) lineID { return l.all[row].id }

// IndexOf implements kit.Rows.
func (l *lines) IndexOf(id lineID) int {
	if row, ok := l.at[id]; ok {
		return row
	}
	return -1
}

// The columns of the table.
const (
	stateColumn = iota
	attributeColumn
	fieldColumn
	transformColumn
	countColumn
)

// Cell implements kit.Rows.
func (l *lines) Cell(row, column int) kit.Cell {
	one := &l.all[row]
	if one.heading() {
		if column == attributeColumn {
			return kit.Cell{Text: one.attribute.Group, Role: theme.Header}
		}
		return kit.Cell{}
	}
	switch column {
	case stateColumn:
		return l.state(one)
	case attributeColumn:
		return l.attribute(one)
	case fieldColumn:
		return l.field(one)
	case transformColumn:
		return kit.Cell{Text: coremapping.PrintTransforms(one.entry.m.Transforms), Role: theme.Dim}
	case countColumn:
		if n, known := l.counts[one.attribute.Name]; known && !one.again && (n > 0 || one.mapped) {
			return kit.Cell{Text: kit.Count(n), Role: theme.Dim}
		}
	}
	return kit.Cell{}
}

// state says whether a line is on, and whether it is saved.
func (l *lines) state(one *line) kit.Cell {
	switch {
	case !one.mapped:
		return kit.Cell{}
	case l.model.changed(&one.entry) && one.entry.m.On:
		return kit.Cell{Text: "on *", Role: theme.Waiting}
	case l.model.changed(&one.entry):
		return kit.Cell{Text: "off*", Role: theme.Waiting}
	case one.entry.m.On:
		return kit.Cell{Text: "on", Role: theme.Added}
	}
	return kit.Cell{Text: "off", Role: theme.Dim}
}

// indent is how far attributes stand in from the heading of their group.
const indent = "  "

func (l *lines) attribute(one *line) kit.Cell {
	role := theme.Text
	if !one.mapped || !one.entry.m.On {
		role = theme.Dim
	}
	text := indent + one.attribute.Label
	if one.again {
		text = indent + indent + "and again"
	}
	return kit.Cell{Text: text, Role: role}
}

// field says what a line feeds, and how far it does so alone.
func (l *lines) field(one *line) kit.Cell {
	if !one.mapped || one.entry.m.Field == "" {
		return kit.Cell{Text: l.none(), Role: theme.Dim}
	}
	f, fresh, known := l.model.field(one.entry.m.Field)
	cell := kit.Cell{Text: f.Label}
	switch {
	case !known:
		return kit.Cell{Text: f.Key + " (gone)", Role: theme.Removed}
	case !one.entry.m.On:
		cell.Role = theme.Dim
	case f.UID:
		return kit.Cell{Text: f.Label + ", UID", Role: theme.Accent}
	case fresh:
		cell.Role = theme.Added
	}
	if fresh {
		cell.Text += " (new)"
	}
	if rank, all := l.model.rank(&one.entry); rank > 0 && all > 1 {
		cell.Text += " (" + ordinal(rank) + ")"
	}
	return cell
}

func (l *lines) none() string {
	if l.env.Plain() {
		return "nothing"
	}
	return "—"
}

// ordinal writes how-manieth something is.
func ordinal(n int) string {
	switch n {
	case 1:
		return "1st"
	case 2:
		return "2nd"
	case 3:
		return "3rd"
	}
	return strconv.Itoa(n) + "th"
}

// columns are as wide as what is in them, where there is room.
func (l *lines) columns(width int) []kit.Column {
	label, field := 13, 10
	for _, a := range l.model.attributes {
		label = max(label, len(indent)+min(32, l.env.Width(kit.Clean(a.Label))))
	}
	for _, e := range l.model.now.entries {
		field = max(field, min(28, l.env.Width(kit.Clean(l.field(&line{mapped: true, entry: e}).Text))))
	}
	const state, gaps, gutter = 4, 6, 2
	room := width - gutter - state - gaps
	if label+field+8 > room {
		label = max(8, min(label, room*2/5))
		field = max(8, min(field, room*2/5))
	}
	return []kit.Column{
		{ID: stateColumn, Title: "", Width: state, Passed: true},
		{ID: attributeColumn, Title: "At the source", Width: label, Passed: true},
		{ID: fieldColumn, Title: "Feeds", Width: field, Passed: true},
		{ID: transformColumn, Title: "Transforms", Width: 8, Grow: true, Passed: true},
		{ID: countColumn, Title: "People", Width: 9, Align: kit.Right, Hidden: width < 76, Passed: true},
	}
}
