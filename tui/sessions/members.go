package sessions

import (
	"slices"
	"strings"

	"muster/core"
	"muster/core/roster"
	"muster/core/session"
	"muster/tui/kit"
	"muster/tui/theme"
)

// stateColumn is the column of what became of a person's edits. No field has
// its number.
const stateColumn = 1 << 16

// memberRows are the people of a session that are shown.
type memberRows struct {
	opened *core.OpenedSession
	filter string
	shown  []int // places among the members
	places map[roster.PersonID]int
}

// show picks who matches a filter, and with only who was edited or added.
func (r *memberRows) show(o *core.OpenedSession, filter string, only bool) {
	r.opened, r.filter = o, filter
	r.shown, r.places = r.shown[:0], make(map[roster.PersonID]int, len(o.Members))
	q := roster.Parse(filter, o.List.Schema)
	for i := range o.Members {
		m := &o.Members[i]
		if only && len(m.Edits) == 0 || q.Match(m.Values()) == roster.NoMatch {
			continue
		}
		r.places[m.Person] = len(r.shown)
		r.shown = append(r.shown, i)
	}
}

func (r *memberRows) member(row int) *session.Member { return &r.opened.Members[r.shown[row]] }

// Len implements kit.Rows.
func (r *memberRows) Len() int { return len(r.shown) }

// ID implements kit.Rows.
func (r *memberRows) ID(row int) roster.PersonID { return r.member(row).Person }

// IndexOf implements kit.Rows.
func (r *memberRows) IndexOf(id roster.PersonID) int {
	if row, ok := r.places[id]; ok {
		return row
	}
	return -1
}

// Cell implements kit.Rows.
func (r *memberRows) Cell(row, column int) kit.Cell {
	m := r.member(row)
	if column == stateColumn {
		return r.state(m)
	}
	cell := kit.Cell{Text: m.Get(roster.FieldID(column))}
	edit, ok := m.Edit(roster.FieldID(column))
	switch {
	case m.Added && edit.Fresh:
		cell.Role = theme.Added
	case edit.Fresh:
		cell.Role = theme.Accent
	case ok && !m.Added && edit.Text != m.Snapshot.Get(edit.Field):
		cell.Role = theme.Strong
	}
	return cell
}

// state says what became of a member's edits: of the one that matters most.
func (r *memberRows) state(m *session.Member) kit.Cell {
	if len(m.Edits) == 0 {
		return kit.Cell{}
	}
	newest := m.Edits[0]
	for _, e := range m.Edits[1:] {
		if e.Fresh && !newest.Fresh || e.Fresh == newest.Fresh && e.Sent > newest.Sent {
			newest = e
		}
	}
	cell := kit.Cell{Text: r.opened.Became(newest), Role: theme.Dim}
	if m.Added {
		cell.Text = "new, " + cell.Text
	}
	if newest.Fresh {
		cell.Role = theme.Waiting
	}
	return cell
}

// columns are the session's fields, the UID first, and after it what became of
// edits.
func (s *one) columns() []kit.Column {
	const narrowest, widest = 8, 24
	var columns []kit.Column
	for _, id := range s.head.Fields {
		f, ok := s.opened.List.Schema.ByID(id)
		if !ok || f.Hidden && !f.UID {
			continue
		}
		c := kit.Column{ID: int(id), Title: f.Label, Width: max(narrowest, s.env.Width(f.Label))}
		for i := range s.opened.Members[:min(len(s.opened.Members), 200)] {
			c.Width = max(c.Width, s.env.Width(kit.Clean(s.opened.Members[i].Get(id))))
		}
		if c.Width = min(c.Width, widest); f.UID {
			c.Frozen = true
			columns = append([]kit.Column{c}, columns...)
			continue
		}
		columns = append(columns, c)
	}
	state := kit.Column{ID: stateColumn, Title: "State", Width: 14, Frozen: true, Passed: true}
	uids := 0
	if len(columns) > 0 && columns[0].Frozen {
		uids = 1
	}
	return slices.Insert(columns, uids, state)
}

// View implements kit.Screen.
func (s *one) View(width, height int) string {
	below := s.detail(width)
	if height < 14 {
		below = below[:min(1, len(below))]
	}
	table := s.people(width, height-1-len(below))
	return kit.Block(append(append([]string{s.bar(width)}, strings.Split(table, "\n")...), below...), width, height)
}

// people draws the table, and the editor over a cell of it.
func (s *one) people(width, height int) string {
	table := s.table.View(width, height)
	x, y, room, ok := s.table.Place()
	lines := strings.Split(table, "\n")
	if s.editor == nil || !ok || y >= len(lines) {
		return table
	}
	const narrowest = 24
	room = min(max(room, narrowest, s.editor.Width()+2), width-1)
	x = max(1, min(x, width-room))
	head, tail := s.env.Widths.Cut(lines[y], 0, x-1), s.env.Widths.Cut(lines[y], x+room, width)
	lines[y] = s.env.Line(width).Painted(head + theme.Reset).Gap(x - 1 - s.env.Width(head)).Painted(" " + s.editor.View(room)).
		Gap(width - x - room - s.env.Width(tail)).Painted(tail).String()
	s.editAt.x, s.editAt.y = x, y+1
	return strings.Join(lines, "\n")
}

// bar draws the line above the table: the filter or what is being edited on
// the left, and how many are shown on the right.
func (s *one) bar(width int) string {
	line := s.env.Line(width)
	if s.editor != nil {
		text, role := s.editor.Say()
		return line.Add(role, text).String()
	}
	right := ""
	if s.opened != nil {
		right = kit.Count(s.rows.Len()) + " of " + kit.Many(s.head.Counts.People, "person", "people")
		if s.only {
			right += ", only edited"
		}
	}
	right = s.env.Theme.Paint(theme.Dim, right)
	room := max(1, width-s.env.Width(right)-3)
	switch {
	case s.filter != nil:
		line.Add(theme.Accent, "/ ").Painted(s.env.Theme.Paint(theme.Strong, s.filter.View(room)))
	case s.rows.filter != "":
		line.Add(theme.Accent, "/ ").Painted(s.env.Theme.Paint(theme.Strong, s.env.Cut(s.rows.filter, room)))
	case s.head.Filter != "":
		line.Add(theme.Dim, s.env.Cut("taken by "+kit.Clean(s.head.Filter), room))
	default:
		line.Add(theme.Dim, "/ to filter")
	}
	return line.Right(right).String()
}

// detail says of the current value what the snapshot, the session and the list
// have, and what became of it.
func (s *one) detail(width int) []string {
	m, ok := s.current()
	if !ok {
		return nil
	}
	f, ok := s.field()
	if !ok {
		f, _ = s.opened.List.Schema.UID()
	}
	edit, touched := m.Edit(f.ID)
	now, there := s.opened.Now[m.Person]
	title := s.env.Line(width).Gap(2).Add(theme.Strong, f.Label).Add(theme.Dim, " of ").Add(theme.Text, s.opened.List.DisplayName(m.Values()))
	if touched {
		title.Add(theme.Dim, ", edited by "+edit.By+" "+kit.Ago(s.env.Now(), edit.At)+": "+s.opened.Became(edit))
	}
	lines := []string{s.env.Line(width).String(), title.String()}
	value := func(label, text string, role theme.Role) {
		if text == "" {
			text, role = "(nothing)", theme.Dim
		}
		lines = append(lines, s.env.Line(width).Gap(2).Fit(theme.Dim, label, 10).Add(role, s.env.Cut(kit.Clean(text), width-14)).String())
	}
	switch {
	case m.Added && !there:
		value("session", m.Get(f.ID), theme.Added)
		lines = append(lines, s.env.Line(width).Gap(2).Add(theme.Dim, "added in the session; not in the list yet").String())
		return append(lines, s.env.Line(width).String())
	case !touched:
		value("snapshot", m.Snapshot.Get(f.ID), theme.Text)
		lines = append(lines, s.env.Line(width).Gap(2).Add(theme.Dim, "not edited in the session").String())
		return append(lines, s.env.Line(width).String())
	}
	value("snapshot", m.Snapshot.Get(f.ID), theme.Text)
	value("session", edit.Text, theme.Accent)
	role := theme.Text
	if edit.Fresh && now.Values.Get(f.ID) != edit.Base && now.Values.Get(f.ID) != edit.Text {
		role = theme.Waiting // the list has moved meanwhile
	}
	value("list now", now.Values.Get(f.ID), role)
	return lines
}

// Cursor implements kit.Cursorer.
func (s *one) Cursor() (x, y int, ok bool) {
	switch {
	case s.editor != nil:
		return s.editAt.x + s.editor.Column(), s.editAt.y, true
	case s.filter != nil:
		return 2 + s.filter.Column(), 0, true
	}
	x, y, ok = s.table.Cursor()
	return x, y + 1, ok && s.env.Plain()
}
