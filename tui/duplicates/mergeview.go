package duplicates

import (
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/person"
	"muster/tui/theme"
)

const (
	widestLabel    = 18
	narrowestValue = 18 // of a column, before fewer are shown side by side
	valueGap       = 2
)

// View implements kit.Screen.
func (m *merge) View(width, height int) string {
	label := 8
	for _, f := range m.list.Schema.Fields {
		label = max(label, m.env.Width(kit.Clean(f.Label)))
	}
	label = min(label, widestLabel, width/4)
	room := width - label - 2
	shown := max(1, min(len(m.people), room/narrowestValue))
	first := max(0, min(m.column-shown/2, len(m.people)-shown))
	cell := (room - valueGap*(shown-1)) / shown
	fields := m.fields()
	lines := []string{m.heading(width, label, first, shown, cell), m.roles(width, label, first, shown, cell)}
	body := max(1, height-len(lines)-2)
	m.top = max(0, min(m.top, m.row, len(fields)-body))
	m.top = max(m.top, m.row-body+1)
	for i := m.top; i < min(len(fields), m.top+body); i++ {
		lines = append(lines, m.line(fields[i], i == m.row, width, label, first, shown, cell))
	}
	if len(fields) == 0 {
		lines = append(lines, m.env.Line(width).Gap(2).Add(theme.Dim, "They are the same in every field; = shows them").String())
	}
	lines = append(lines, m.env.Line(width).String(), m.footnote(width, shown))
	return kit.Block(lines, width, height)
}

// heading names the people.
func (m *merge) heading(width, label, first, shown, cell int) string {
	line := m.env.Line(width).Gap(label + 2)
	for i := first; i < first+shown; i++ {
		role := theme.Header
		if i == m.column {
			role = theme.Accent
		}
		line.Fit(role, m.name(i), cell)
		if i < first+shown-1 {
			line.Gap(valueGap)
		}
	}
	return line.String()
}

// roles says who stays, who is merged and who is left out.
func (m *merge) roles(width, label, first, shown, cell int) string {
	line := m.env.Line(width).Gap(label + 2)
	for i := first; i < first+shown; i++ {
		text, role := "becomes inactive", theme.Removed
		switch {
		case i == m.stays:
			text, role = "stays", theme.Added
		case m.out[m.people[i].ID]:
			text, role = "left out", theme.Dim
		case m.people[i].Status != roster.Active:
			text, role = "is inactive", theme.Dim
		}
		line.Fit(role, text, cell)
		if i < first+shown-1 {
			line.Gap(valueGap)
		}
	}
	return line.String()
}

// line draws one field of everybody; the value that is taken has a mark.
func (m *merge) line(f roster.Field, here bool, width, label, first, shown, cell int) string {
	signs := m.env.Theme.Signs()
	line := m.env.Line(width)
	if here {
		line.Fit(theme.Accent, signs.Cursor, 1)
	} else {
		line.Gap(1)
	}
	line.Fit(theme.Dim, f.Label, label).Gap(1)
	takes := m.takes(f)
	for i := first; i < first+shown; i++ {
		text, role, mark := m.people[i].Values.Get(f.ID), theme.Text, " "
		if typed, ok := m.typed[f.ID]; ok {
			if i == m.stays {
				text, mark, role = typed, signs.Mark, theme.Added
			}
		} else if i == takes {
			mark, role = signs.Mark, theme.Strong
		} else if m.out[m.people[i].ID] {
			role = theme.Dim
		}
		if text == "" {
			text, role = m.nothing(), theme.Dim
		}
		text = mark + " " + m.env.Fit(text, max(1, cell-2))
		if here && i == m.column {
			line.Painted(m.env.Theme.PaintSelected(role, text))
		} else {
			line.Painted(m.env.Theme.Paint(role, text))
		}
		if i < first+shown-1 {
			line.Gap(valueGap)
		}
	}
	return line.String()
}

func (m *merge) nothing() string {
	if m.env.Plain() {
		return "nothing"
	}
	return "—"
}

// footnote says what there is to know of where the cursor is.
func (m *merge) footnote(width, shown int) string {
	line := m.env.Line(width).Gap(2)
	f, ok := m.field()
	switch {
	case !ok:
		return line.String()
	case f.UID:
		return line.Add(theme.Dim, "Who stays keeps the "+f.Label).String()
	}
	if why := person.Locked(m.list, &m.people[m.stays], f); why != "" {
		return line.Add(theme.Dim, why).String()
	}
	if _, ok := m.typed[f.ID]; ok {
		return line.Add(theme.Dim, f.Label+": what was typed is taken; enter takes that of somebody again").String()
	}
	text := f.Label + ": that of " + m.list.UID(m.people[m.takes(f)].Values) + " is taken"
	if hidden := len(m.people) - shown; hidden > 0 {
		text += "; " + kit.Many(hidden, "more person", "more people") + " beside"
	}
	return line.Add(theme.Dim, text).String()
}

// Cursor implements kit.Cursorer.
func (m *merge) Cursor() (x, y int, ok bool) { return 0, 2 + m.row - m.top, m.env.Plain() }
