package mapping

import (
	"strings"

	coremapping "muster/core/mapping"
	"muster/tui/kit"
	"muster/tui/mapping/trial"
	"muster/tui/theme"
)

const (
	besideFrom    = 100 // columns from which the preview stands beside the table
	narrowestPane = 38
	separator     = 3
	stripFrom     = 14 // lines from which a short preview stands below the table
	stripLines    = 4
)

// beside reports whether the preview stands beside the table.
func (s *Screen) beside() bool { return s.drawn.width >= besideFrom }

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	env := s.env
	resized := s.drawn.width != width
	s.drawn.width, s.drawn.height, s.drawn.paneAt = width, height, 0
	if s.model == nil {
		return kit.Block([]string{env.Line(width).Gap(2).Add(theme.Dim, "Reading…").String()}, width, height)
	}
	if !s.list.Connected() {
		return kit.Block(s.unconnected(width), width, height)
	}
	lines := s.head(width)
	s.drawn.above = len(lines)
	room := max(1, height-len(lines))
	left, right, strip := width, 0, 0
	switch {
	case s.beside() && !s.over:
		right = max(narrowestPane, width*2/5)
		left -= right + separator
	case s.over && !s.beside():
		return kit.Block(append(lines, s.people.Lines(s.heading(), width, room)...), width, height)
	case !s.over && room >= stripFrom:
		strip = stripLines
	}
	if resized || left != s.drawn.left {
		s.table.SetColumns(s.lines.columns(left))
	}
	s.table.Empty = "No attribute matches; esc shows all of them"
	s.drawn.left = left
	table := strings.Split(s.table.View(left, max(2, room-strip)), "\n")
	s.drawn.table = len(table)
	switch {
	case right > 0:
		s.drawn.paneAt = left + separator
		rule := " " + env.Theme.Paint(theme.Border, env.Theme.Signs().Rule) + " "
		pane := s.people.Lines(s.heading(), right, len(table))
		for i := range table {
			table[i] += rule + pane[i]
		}
	case strip > 0:
		table = append(table, s.people.Strip(s.heading(), width, strip)...)
	}
	return kit.Block(append(lines, table...), width, height)
}

// heading is what the preview says of the line under the cursor; nil without one.
func (s *Screen) heading() *trial.Heading {
	one, ok := s.current()
	if !ok {
		return nil
	}
	h := trial.Heading{Label: one.attribute.Label, Name: one.attribute.Name}
	if one.mapped {
		text := "When it vanishes at the source, the field is emptied (V)"
		if one.entry.m.Vanished == coremapping.Keep {
			text = "When it vanishes at the source, the field keeps the last (V)"
		}
		h.After = []string{text}
	}
	return &h
}

// head is the filter line, and what is to be known before anything else.
func (s *Screen) head(width int) []string {
	env := s.env
	line := env.Line(width)
	found := s.age()
	if s.query != "" {
		found = kit.Count(s.lines.found) + " of " + kit.Count(len(s.model.attributes)) + strings.Repeat(", ", min(1, len(found))) + found
	}
	switch prompt := s.prompt(); {
	case s.filter != nil:
		line.Add(theme.Accent, prompt)
		line.Painted(s.filter.View(max(1, line.Left()-env.Width(found)-1)))
	case s.query != "":
		line.Add(theme.Dim, prompt).Add(theme.Text, s.query)
	default:
		line.Add(theme.Dim, prompt+"finds one of "+kit.Many(len(s.model.attributes), "attribute", "attributes"))
	}
	lines := []string{line.Right(env.Theme.Paint(theme.Dim, found)).String()}
	say := func(r theme.Role, text string) {
		for _, part := range env.Wrap(text, width) {
			lines = append(lines, env.Line(width).Add(r, part).String())
		}
	}
	if s.theirs != nil {
		say(theme.Waiting, env.Theme.Signs().Caution+"Somebody has changed these mappings meanwhile; ctrl+s asks what is to become of yours")
	}
	if s.price.wrong != "" && s.model.unsaved() > 0 {
		say(theme.Removed, env.Theme.Signs().Wrong+s.price.wrong)
	}
	if len(s.price.held) > 0 {
		say(theme.Waiting, env.Theme.Signs().Caution+"Saving will be held for review: "+s.price.held[0].String())
	}
	if s.waiting != nil {
		say(theme.Waiting, env.Theme.Signs().Caution+waitsHere(s.waiting))
	}
	return lines
}

func (s *Screen) prompt() string {
	if s.env.Plain() {
		return "Find: "
	}
	return "/ "
}

// unconnected says what there is to do for a list that nothing feeds.
func (s *Screen) unconnected(width int) []string {
	env := s.env
	var lines []string
	say := func(r theme.Role, text string) {
		for _, part := range env.Wrap(text, width-3) {
			lines = append(lines, env.Line(width).Gap(2).Add(r, part).String())
		}
	}
	say(theme.Text, "")
	say(theme.Strong, "Nothing feeds "+s.list.Name+" by itself, so there is nothing to map")
	say(theme.Text, "Connect it to an identity provider: P. What that knows of people is then listed here, and you say which of it feeds which field.")
	say(theme.Text, "")
	say(theme.Dim, "The columns of a CSV file are mapped while it is imported, in the same way.")
	return lines
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	switch {
	case s.filter != nil:
		return s.env.Width(s.prompt()) + s.filter.Column(), 0, true
	case s.model == nil || !s.list.Connected() || s.over && !s.beside():
		return 0, 0, false
	}
	x, y, ok = s.table.Cursor()
	return x, y + s.drawn.above, ok
}
