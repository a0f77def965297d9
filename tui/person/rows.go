package person

import (
	"slices"

	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns of the screen's table: a field with its value and owner, or when
// something happened, what and by whom.
const (
	first = iota
	middle
	last
)

// rowID names a line of the table: a field's or a history entry's, and which
// of the lines that its text takes.
type rowID struct {
	kind rowKind
	n    int // a FieldID, or the entry counted from the oldest
	line int
}

type rowKind uint8

const (
	fieldRow rowKind = iota
	headingRow
	entryRow
)

// row is one line of the table.
type row struct {
	id    rowID
	cells [3]kit.Cell
}

// rows are all lines of a person.
type rows []row

// Len implements kit.Rows.
func (r rows) Len() int { return len(r) }

// ID implements kit.Rows.
func (r rows) ID(i int) rowID { return r[i].id }

// IndexOf implements kit.Rows.
func (r rows) IndexOf(id rowID) int {
	return slices.IndexFunc(r, func(row row) bool { return row.id == id })
}

// Cell implements kit.Rows.
func (r rows) Cell(i, column int) kit.Cell { return r[i].cells[column] }

// newRows makes the lines of a person, for a middle column of so many cells.
func newRows(env *kit.Env, f *facts, room int) rows {
	var all rows
	fields, hidden := f.fields()
	for _, field := range fields {
		all = append(all, fieldRows(env, f, field, room)...)
	}
	if text := unseen(hidden); text != "" {
		all = append(all, row{id: rowID{kind: headingRow, line: 2}, cells: [3]kit.Cell{{}, {Text: text + "; . shows them", Role: theme.Dim}}})
	}
	all = append(all, row{id: rowID{kind: headingRow}},
		row{id: rowID{kind: headingRow, line: 1}, cells: [3]kit.Cell{{Text: "History", Role: theme.Header}}})
	entries := history(&f.list, f.events)
	for i, e := range entries {
		all = append(all, entryRows(env, e, len(entries)-i, room)...)
	}
	return all
}

func fieldRows(env *kit.Env, f *facts, field roster.Field, room int) rows {
	value := f.person.Values.Get(field.ID)
	role := theme.Text
	if value == "" {
		role = theme.Dim
	}
	var all rows
	for i, part := range env.Wrap(orNone(env, value), room) {
		r := row{id: rowID{fieldRow, int(field.ID), i}}
		r.cells[middle] = kit.Cell{Text: part, Role: role}
		if i == 0 {
			r.cells[first] = kit.Cell{Text: field.Label, Role: theme.Dim}
			r.cells[last] = kit.Cell{Text: f.owner(env, field), Role: theme.Dim}
		}
		all = append(all, r)
	}
	return all
}

func entryRows(env *kit.Env, e entry, n, room int) rows {
	var all rows
	for i, part := range env.Wrap(e.text(env), room) {
		r := row{id: rowID{entryRow, n, i}}
		r.cells[middle] = kit.Cell{Text: part}
		if i == 0 && e.who != "" {
			r.cells[first] = kit.Cell{Text: kit.Ago(env.Now(), e.at), Role: theme.Dim}
			r.cells[last] = kit.Cell{Text: e.who, Role: theme.Dim}
		}
		all = append(all, r)
	}
	return all
}

// fit makes the columns for a width: values have the room they need, and where
// there is too little, what stands beside them gives way first.
func fit(env *kit.Env, f *facts, width int) []kit.Column {
	const least, most, gaps, gutter = 16, 100, 4, 2
	left, value, right := 0, 0, 0
	take := func(l, v, r string) {
		left = max(left, env.Width(kit.Clean(l)))
		value = max(value, env.Width(kit.Clean(v)))
		right = max(right, env.Width(kit.Clean(r)))
	}
	fields, _ := f.fields()
	for _, field := range fields {
		take(field.Label, f.person.Values.Get(field.ID), f.owner(env, field))
	}
	for _, e := range history(&f.list, f.events) {
		take("", e.text(env), e.who)
		if e.who != "" {
			take(kit.Ago(env.Now(), e.at), "", "")
		}
	}
	left = min(left, width*3/10)
	right = min(right, width/4)
	value = max(least, min(value, most, width-gutter-left-right-gaps))
	return []kit.Column{
		{ID: first, Title: "Field", Width: left},
		{ID: middle, Title: "Value", Width: value},
		{ID: last, Title: "From", Width: right},
	}
}
