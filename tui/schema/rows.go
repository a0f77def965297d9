package schema

import (
	"strings"

	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns of the table of fields.
const (
	stateColumn = iota
	labelColumn
	keyColumn
	typeColumn
	rulesColumn
	groupColumn
	peopleColumn
	ownerColumn
	columnsOf
)

// Len implements kit.Rows.
func (f *fields) Len() int { return len(f.sheet.lines) }

// ID implements kit.Rows.
func (f *fields) ID(row int) int { return f.sheet.lines[row].id }

// IndexOf implements kit.Rows.
func (f *fields) IndexOf(id int) int { return f.sheet.index(id) }

// Cell implements kit.Rows. What a row holds is made once, and again after an
// edit.
func (f *fields) Cell(row, column int) kit.Cell {
	l := &f.sheet.lines[row]
	cells, ok := f.drawn[l.id]
	if !ok {
		cells = new([columnsOf]kit.Cell)
		for c := range cells {
			cells[c] = f.cell(l, c)
		}
		f.drawn[l.id] = cells
	}
	return cells[column]
}

func (f *fields) cell(l *line, column int) kit.Cell {
	cell := kit.Cell{Role: theme.Dim}
	switch column {
	case stateColumn:
		cell.Text, cell.Role = f.state(l)
	case labelColumn:
		cell.Text = l.field.Label
		if !l.gone && !l.field.Hidden {
			cell.Role = theme.Text
		}
	case keyColumn:
		cell.Text = l.field.Key
	case typeColumn:
		cell.Text = string(l.field.Type)
	case rulesColumn:
		cell.Text = rules(l)
		if l.field.UID {
			cell.Role = theme.Accent
		}
	case groupColumn:
		cell.Text = f.group(l)
	case peopleColumn:
		if f.filled != nil && l.id > 0 {
			cell.Text = kit.Count(f.filled.Of(roster.FieldID(l.id)))
		}
	case ownerColumn:
		if m, owned := f.list.Owner(l.field.Key); owned {
			cell.Text = f.from(m.Attribute)
		}
	}
	return cell
}

// grouped is the group of a field, and what it follows from besides the list.
type grouped struct {
	label, own string
	uid        bool
	group      string
}

// group is the group that a field is in. It is looked up once, and again when an
// edit may have changed it.
func (f *fields) group(l *line) string {
	g, ok := f.groups[l.id]
	if !ok || g.label != l.field.Label || g.own != l.field.Group || g.uid != l.field.UID {
		g = grouped{l.field.Label, l.field.Group, l.field.UID, f.list.GroupOf(l.field)}
		f.groups[l.id] = g
	}
	return g.group
}

// from says which attribute owns a field.
func (f *fields) from(attribute string) string {
	if f.env.Plain() {
		return "from " + attribute
	}
	return "← " + attribute
}

// state is the sign of what is to become of a field: new, changed, deleted.
func (f *fields) state(l *line) (string, theme.Role) {
	plain := f.env.Plain()
	switch {
	case l.gone && plain:
		return "deleted", theme.Removed
	case l.gone:
		return "−", theme.Removed
	case !f.marks:
		return "", theme.Dim
	case l.id < 0 && plain:
		return "new", theme.Added
	case l.id < 0:
		return "+", theme.Added
	case len(f.sheet.differs(l)) == 0:
		return "", theme.Dim
	case plain:
		return "changed", theme.Waiting
	}
	return "~", theme.Waiting
}

// rules are what a field asks of its values, and whether it is shown.
func rules(l *line) string {
	var all []string
	field := &l.field
	switch {
	case l.gone:
		return "to be deleted"
	case field.UID:
		all = append(all, "UID")
	case field.Required && field.Unique:
		all = append(all, "required, unique")
	case field.Required:
		all = append(all, "required")
	case field.Unique:
		all = append(all, "unique")
	}
	if field.Hidden {
		all = append(all, "hidden")
	}
	if n := len(field.Options); n > 0 && len(all) == 0 {
		all = append(all, kit.Many(n, "option", "options"))
	}
	return strings.Join(all, ", ")
}

// columns fit a width: what a field is called, what it holds and how many have
// it come first.
func (f *fields) columns(width int) []kit.Column {
	label, key, owner, group := 12, 8, 0, 0
	for i := range f.sheet.lines {
		field := &f.sheet.lines[i].field
		label = max(label, f.env.Width(kit.Clean(field.Label)))
		key = max(key, f.env.Width(field.Key))
		group = max(group, f.env.Width(kit.Clean(f.group(&f.sheet.lines[i]))))
		if m, owned := f.list.Owner(field.Key); owned {
			owner = max(owner, f.env.Width(f.from(kit.Clean(m.Attribute))))
		}
	}
	state := 1
	if f.env.Plain() {
		state = 7
	}
	const types, people = 8, 7
	rules := 16
	if width < 60 {
		rules = 8
	}
	left := width - 2 - state - 2 - types - 2 - rules - 2
	take := func(want, least int) (cells int, fits bool) {
		cells = min(want, 28)
		if left-cells-2 < least {
			return 1, false
		}
		left -= cells + 2
		return cells, true
	}
	const room = 24 // cells for what a field is called
	_, counted := take(people, 16)
	keyed, owned, grouped := false, false, false
	if owner > 0 {
		owner, owned = take(owner, room)
	}
	key, keyed = take(key, room)
	if group > 0 {
		group, grouped = take(max(group, 5), room)
	}
	return []kit.Column{
		{ID: stateColumn, Width: state, Passed: true},
		{ID: labelColumn, Title: "Field", Width: max(8, min(label, left, 48))},
		{ID: keyColumn, Title: "Key", Width: key, Hidden: !keyed},
		{ID: typeColumn, Title: "Type", Width: types},
		{ID: rulesColumn, Title: "Rules", Width: rules},
		{ID: groupColumn, Title: "Group", Width: group, Hidden: !grouped},
		{ID: peopleColumn, Title: "People", Width: people, Align: kit.Right, Hidden: !counted || !f.marks},
		{ID: ownerColumn, Title: "From", Width: owner, Hidden: !owned},
	}
}
