package roster

import (
	"strings"

	"muster/core/fault"
	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

const (
	besideFrom                = 110 // columns from which the pane is beside the table
	narrowestPane, widestPane = 38, 64
	paneShare                 = 3 // one in so many columns is the pane's
	narrowestInput            = 24
	separator                 = 3 // cells between table and pane
)

// wide reports whether there is room for the pane beside the table.
func (s *Screen) wide() bool { return s.width >= besideFrom }

// View implements kit.Dialog.
func (s *Screen) View(width, height int) string {
	s.width, s.height, s.paneAt = width, height, 0
	if s.wide() {
		s.over = false
	}
	below := height - 1
	var body string
	switch {
	case s.loading != nil:
		body = s.loading.view(s.env, width, below)
	case s.table.Rows().Len() == 0:
		body = s.empty(width, below)
	case s.over:
		body = s.pane.View(width, below)
	case s.paneShown():
		body = s.beside(width, below)
	default:
		body = s.people(width, below)
	}
	return s.bar(width) + "\n" + body
}

// people draws the table, and the editor over a cell of it.
func (s *Screen) people(width, height int) string {
	if s.search.found != nil {
		s.search.found.look()
	}
	table := s.table.View(width, height)
	if s.editor == nil {
		return table
	}
	lines := strings.Split(table, "\n")
	x, y, room, ok := s.table.Place()
	if !ok || y >= len(lines) {
		return table
	}
	room = min(s.table.Room(x, max(room, narrowestInput, s.editor.Width()+2)), width-1)
	x = max(1, min(x, width-room))
	lines[y] = s.inlay(lines[y], " "+s.editor.View(room), x-1, room+1, width)
	s.editAt.x, s.editAt.y = x, y+1
	return strings.Join(lines, "\n")
}

// inlay replaces room cells of a painted line from x on.
func (s *Screen) inlay(line, piece string, x, room, width int) string {
	head := s.env.Widths.Cut(line, 0, x)
	tail := s.env.Widths.Cut(line, x+room, width)
	return s.env.Line(width).Painted(head + theme.Reset).Gap(x - s.env.Width(head)).Painted(piece).
		Gap(width - x - room - s.env.Width(tail)).Painted(tail).String()
}

// beside draws table and pane side by side.
func (s *Screen) beside(width, height int) string {
	pane := max(narrowestPane, min(width/paneShare, widestPane))
	table := width - pane - separator
	s.paneAt = table + separator
	left := s.people(table, height)
	right := s.pane.View(pane, height)
	rule := " " + s.env.Theme.Paint(theme.Border, s.env.Theme.Signs().Rule) + " "
	var b strings.Builder
	b.Grow(len(left) + len(right) + height*len(rule))
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		var l, r string
		l, left, _ = strings.Cut(left, "\n")
		r, right, _ = strings.Cut(right, "\n")
		b.WriteString(l)
		b.WriteString(rule)
		b.WriteString(r)
	}
	return b.String()
}

// bar draws the line above the table: the filter, or what is being edited, on
// the left, and what is found on the right.
func (s *Screen) bar(width int) string {
	line := s.env.Line(width)
	if s.editor != nil {
		text, role := s.editor.Say()
		return line.Add(role, text).String()
	}
	least := s.env.Width(s.search.text) + 4
	if s.filter != nil {
		least = max(least, width/3)
	}
	right := s.facts(width - min(least, width/2))
	room := width - s.env.Width(right) - 1
	switch {
	case s.filter != nil:
		line.Add(theme.Accent, "/ ").Painted(s.env.Theme.Paint(theme.Strong, s.filter.View(max(1, room-2))))
	case s.search.text != "":
		line.Add(theme.Accent, "/ ").Painted(s.env.Theme.Paint(theme.Strong, s.env.Cut(s.search.text, room-2)))
	default:
		line.Add(theme.Dim, s.env.Cut("/ to filter", room))
	}
	return line.Right(right).String()
}

// facts says what is found and how it is ordered, in at most so many cells:
// what matters less is left out.
func (s *Screen) facts(width int) string {
	f := s.search.found
	if f == nil {
		return ""
	}
	paint := s.env.Theme.Paint
	var parts []string
	add := func(role theme.Role, text string) {
		if text != "" {
			parts = append(parts, paint(role, text))
		}
	}
	if n := s.table.Marked(); n > 0 {
		add(theme.Accent, kit.Count(n)+" marked")
	}
	add(theme.Text, s.size(f))
	if column, ok := s.table.Column(); ok && s.env.Plain() {
		add(theme.Text, "column "+column.Title)
	}
	if field, ok := s.list.Schema.ByID(s.saved.Sort); ok {
		sign := s.env.Theme.Signs().Up
		if s.saved.Desc {
			sign = s.env.Theme.Signs().Down
		}
		add(theme.Dim, "by "+s.env.Cut(field.Label, 20)+" "+sign)
	}
	if len(s.search.query.Terms()) > 0 {
		if f.result.Loose > 0 {
			add(theme.Text, kit.Count(f.result.Loose)+" loosely")
		}
		add(theme.Dim, kit.Count(s.search.took.Milliseconds())+" ms")
		if f.result.WordStart > 0 && f.result.Inside > 0 {
			add(theme.Dim, kit.Count(f.result.WordStart)+" at word starts, "+kit.Count(f.result.Inside)+" inside")
		}
	}
	right := strings.Join(parts, "   ")
	for len(parts) > 1 && s.env.Width(right) > width {
		parts = parts[:len(parts)-1]
		right = strings.Join(parts, "   ")
	}
	return s.env.CutPainted(right, max(0, width))
}

// size writes "12 of 1,204 active".
func (s *Screen) size(f *found) string {
	who := "people"
	switch s.shownStatuses() {
	case coreroster.Only(coreroster.Active):
		who = "active"
	case coreroster.Only(coreroster.Inactive):
		who = "inactive"
	}
	if len(s.search.query.Terms()) == 0 {
		return kit.Count(f.total) + " " + who
	}
	return kit.Count(len(f.literal())) + " of " + kit.Count(f.total) + " " + who
}

// empty says why nobody is shown, and what to do about it.
func (s *Screen) empty(width, height int) string {
	f := s.search.found
	if f == nil {
		return kit.Block(nil, width, height)
	}
	p := s.env.Page(width, 2)
	p.Blank()
	p.Blank()
	active, inactive := s.index.Count(coreroster.Only(coreroster.Active)), s.index.Count(coreroster.Only(coreroster.Inactive))
	_, uid := s.list.Schema.UID()
	switch {
	case active+inactive == 0 && s.then != nil:
		p.Say(theme.Strong, "Nobody was in this list then")
	case active+inactive == 0:
		p.Say(theme.Strong, "Nobody is in this list yet")
		p.Blank()
		if s.options.Import != nil {
			p.Key("i", "import a CSV file")
		}
		if s.options.Source != nil && !s.list.Connected() {
			p.Key("P", "connect an identity provider, which pushes people by itself")
		} else if s.options.Source != nil {
			p.Key("P", "see how the provider does, which is to push people")
		}
		if uid {
			p.Key("n", "add a person")
		} else {
			p.Say(theme.Text, "The list has no UID field yet. It takes no people until one of its fields is the UID, which names a person.")
		}
	case len(s.search.query.Terms()) > 0:
		s.noMatch(f.result, p)
	case s.saved.Status == "inactive":
		p.Say(theme.Strong, "Nobody here is inactive")
		p.Blank()
		p.Key("t", "shows all "+kit.Many(active, "person", "people"))
	default:
		p.Say(theme.Strong, "Nobody here is active")
		p.Blank()
		p.Key("t", "shows the "+kit.Count(inactive)+" who are inactive")
	}
	return p.Block(height)
}

// noMatch says what was looked for and who else would match.
func (s *Screen) noMatch(r *index.Result, p *kit.Page) {
	who := "Nobody"
	set := s.shownStatuses()
	others := 0
	switch set {
	case coreroster.Only(coreroster.Active):
		who, others = "Nobody active", r.Inactive
	case coreroster.Only(coreroster.Inactive):
		who, others = "Nobody inactive", r.Active
	}
	p.Say(theme.Strong, who+" matches "+s.search.text)
	if _, err := coreroster.ParseStrict(s.search.text, s.list.Schema); err != nil {
		p.Say(theme.Waiting, fault.Sentence(err))
	}
	p.Blank()
	p.Key("esc", "clears the filter")
	if _, asked := s.search.query.Statuses(); others > 0 && !asked {
		text := kit.Many(others, "person matches", "people match")
		if set == coreroster.Only(coreroster.Active) {
			p.Key("t", "looks elsewhere: "+text+" who are inactive")
		} else {
			p.Key("t", "looks elsewhere: "+text+" who are active")
		}
	}
	p.Key("f2", "how filters are written, while you type one")
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	switch {
	case s.editor != nil:
		return s.editAt.x + s.editor.Column(), s.editAt.y, true
	case s.filter != nil:
		return 2 + s.filter.Column(), 0, true
	case s.env.Plain() && s.loading == nil && !s.over:
		x, y, ok = s.table.Cursor()
		return x, y + 1, ok
	}
	return 0, 0, false
}
