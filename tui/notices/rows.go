package notices

import (
	"slices"
	"strconv"
	"strings"

	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns.
const (
	number = iota
	to
	events
	state
	last
	by
)

// rows are the outlets of the list.
type rows struct{ *Screen }

// Len implements kit.Rows.
func (r rows) Len() int {
	if !r.ready {
		return 0
	}
	return len(r.list.Outlets)
}

// ID implements kit.Rows.
func (r rows) ID(i int) int { return r.list.Outlets[i].Number }

// IndexOf implements kit.Rows.
func (r rows) IndexOf(id int) int {
	return slices.IndexFunc(r.list.Outlets, func(o roster.Outlet) bool { return o.Number == id })
}

// Cell implements kit.Rows.
func (r rows) Cell(i, column int) kit.Cell {
	o := &r.list.Outlets[i]
	switch column {
	case number:
		return kit.Cell{Text: strconv.Itoa(o.Number), Role: theme.Dim}
	case to:
		return kit.Cell{Text: o.To(r.whole)}
	case events:
		return kit.Cell{Text: eventWords(o.Events), Role: theme.Dim}
	case state:
		if o.Off {
			return kit.Cell{Text: "off", Role: theme.Waiting}
		}
		return kit.Cell{Text: "on", Role: theme.Added}
	case last:
		return r.lastOf(o.Number)
	}
	return kit.Cell{Text: o.By, Role: theme.Dim}
}

// lastOf says what became of the last notice to an outlet.
func (s *Screen) lastOf(number int) kit.Cell {
	all := s.of(number)
	if len(all) == 0 {
		return kit.Cell{Text: "nothing yet", Role: theme.Dim}
	}
	text, role := s.became(&all[0])
	return kit.Cell{Text: text, Role: role}
}

// became says in two words what became of a notice.
func (s *Screen) became(d *Delivery) (string, theme.Role) {
	signs, when := s.env.Theme.Signs(), kit.Ago(s.env.Now(), d.At)
	switch {
	case d.Waits:
		return "waits, " + when, theme.Waiting
	case d.Problem != "":
		return signs.Wrong + "failed " + when, theme.Removed
	}
	return signs.Done + "taken " + when, theme.Added
}

// columns are as wide as what is in them.
func (s *Screen) columns(width int) []kit.Column {
	c := []kit.Column{
		{ID: number, Title: "No.", Width: 3, Align: kit.Right},
		{ID: to, Title: "To", Width: 10, Align: kit.Middle},
		{ID: events, Title: "Told of", Width: 10, Hidden: width < 100},
		{ID: state, Title: "Is", Width: 3},
		{ID: last, Title: "Last notice", Width: 11},
		{ID: by, Title: "By", Width: 8, Hidden: width < 130},
	}
	r := rows{s}
	for i := range s.list.Outlets {
		for _, col := range []int{to, events, last, by} {
			c[col].Width = max(c[col].Width, s.env.Width(kit.Clean(r.Cell(i, col).Text)))
		}
	}
	c[events].Width, c[last].Width, c[by].Width = min(c[events].Width, 30), min(c[last].Width, 26), min(c[by].Width, 20)
	room := width - 2
	for i := range c {
		if !c[i].Hidden && i != to {
			room -= c[i].Width + 2
		}
	}
	c[to].Width = max(10, min(c[to].Width, room))
	return c
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if s.ready && len(s.list.Outlets) == 0 {
		return s.teach(width, height)
	}
	if width != s.wide {
		s.wide = width
		s.table.SetColumns(s.columns(width))
	}
	rows := min(len(s.list.Outlets)+1, max(3, height/2))
	lines := strings.Split(s.table.View(width, max(2, rows)), "\n")
	return kit.Block(append(lines, s.details(width, height-len(lines))...), width, height)
}

// details say of the outlet under the cursor what became of its last notices.
func (s *Screen) details(width, height int) []string {
	o, ok := s.current()
	if !ok || height < 3 {
		return nil
	}
	lines := []string{s.env.Line(width).String()}
	add := func(r theme.Role, text string) {
		lines = append(lines, s.env.Line(width).Gap(2).Add(r, text).String())
	}
	add(theme.Strong, sentence(s.called(&o)))
	what := "told of " + eventWords(o.Events)
	if o.Off {
		what = "turned off; it would be " + what
	}
	add(theme.Dim, what)
	all := s.of(o.Number)
	if len(all) == 0 {
		add(theme.Dim, "No notice has gone out to it yet; t sends a test")
	}
	for i := range all {
		lines = append(lines, s.delivery(&all[i], width)...)
	}
	return lines[:min(len(lines), height)]
}

// delivery says what became of a notice, what it was, and why it was not taken.
func (s *Screen) delivery(d *Delivery, width int) (lines []string) {
	const beside, least = 26, 50 // cells for what became of it, and for the notice beside that
	became, role := s.became(d)
	indent := beside + 4
	first := s.env.Line(width).Gap(2).Fit(role, became, beside).Gap(2)
	if width-indent < least {
		indent = 4
		lines, first = append(lines, first.String()), s.env.Line(width).Gap(indent)
	}
	text := s.env.Wrap(d.Text, max(10, width-indent-2))
	for i, part := range text {
		if i > 0 {
			first = s.env.Line(width).Gap(indent)
		}
		lines = append(lines, first.Add(theme.Text, part).String())
	}
	for _, part := range s.env.Wrap(tries(d), max(10, width-indent-2)) {
		if part != "" {
			lines = append(lines, s.env.Line(width).Gap(indent).Add(theme.Dim, part).String())
		}
	}
	return lines
}

// tries says how often a notice was tried, and why it was not taken; empty where
// it was, at once.
func tries(d *Delivery) string {
	switch {
	case d.Waits:
		return "not taken yet; it is tried again"
	case d.Problem != "":
		return "after " + kit.Many(d.Tries, "try", "tries") + ": " + d.Problem
	case d.Tries > 1:
		return "after " + kit.Many(d.Tries, "try", "tries")
	}
	return ""
}

// all is everything about an outlet, as text.
func (s *Screen) all(o *roster.Outlet) string {
	text := o.To(s.whole) + "\n"
	if o.Off {
		text += "Turned off; the space bar turns it on.\n"
	}
	text += "Added by " + o.By + "\n\nTold of\n"
	for _, e := range o.Events {
		text += "- " + label(e) + ": " + about(e) + "\n"
	}
	text += "\nLast notices\n"
	all := s.of(o.Number)
	if len(all) == 0 {
		text += "None yet.\n"
	}
	for i := range all {
		d := &all[i]
		became, _ := s.became(d)
		text += became + ": " + d.Text
		if why := tries(d); why != "" {
			text += " (" + why + ")"
		}
		text += "\n"
	}
	return text
}

// teach says what notices are, where none go out.
func (s *Screen) teach(width, height int) string {
	p := s.env.Page(width, 2)
	p.Blank()
	p.Blank()
	p.Say(theme.Strong, "Nothing goes out about this list")
	p.Blank()
	p.Say(theme.Text, "Somebody can be told when it needs a person, by a webhook or a command on this machine, while muster is up:")
	p.Blank()
	for _, e := range roster.Events() {
		p.Pair(theme.Strong, label(e), 14, about(e))
	}
	p.Blank()
	p.Key("n", "adds where notices go to")
	p.Key("esc", "goes back")
	return p.Block(height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	x, y, ok = s.table.Cursor()
	return x, y, ok && len(s.list.Outlets) > 0
}
