package schema

import (
	"strings"

	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// detailed are the lines about the field under the cursor, as they were drawn
// last: making them anew for every frame would cost more than the table.
type detailed struct {
	of    detailOf
	lines []string
}

// detailOf is what they depend on.
type detailOf struct {
	id, edits, width int
	values           bool
	filled           bool
	theme            *theme.Theme
	price, wrong     bool
	list             uint64
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	room := min(10, max(0, (height-6)/2))
	if height < 10 {
		room = 0
	}
	lines := s.fields.view(width, min(height-room, max(2, 1+len(s.sheet.lines))))
	if room > 0 {
		lines = append(lines, s.env.Line(width).String())
		about := s.about(min(width, 100))
		for _, l := range about[:min(len(about), height-len(lines))] {
			lines = append(lines, s.env.FitPainted(l, width))
		}
	}
	return kit.Block(lines, width, height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	x, y, ok = s.table.Cursor()
	return x, y, ok && s.env.Plain()
}

// about are the lines about the field that the cursor is on.
func (s *Screen) about(width int) []string {
	l := s.current()
	if l == nil {
		return []string{s.env.Line(width).Gap(2).Add(theme.Dim, "A list takes people once it has a field that names them: n adds one, u makes it the UID.").String()}
	}
	of := detailOf{id: l.id, edits: s.edits, width: width, values: s.counts.known && s.counts.id == l.id, filled: s.filled != nil,
		theme: s.env.Theme, price: s.price != nil, wrong: s.wrong != nil, list: s.list.Standing.Version}
	if s.detailed.lines != nil && s.detailed.of == of {
		return s.detailed.lines
	}
	d := details{env: s.env, width: width}
	s.describe(&d, l)
	s.detailed = detailed{of, d.lines}
	return d.lines
}

// details gathers lines.
type details struct {
	env   *kit.Env
	width int
	lines []string
}

func (d *details) say(role theme.Role, text string) {
	const most = 4 // lines that one thing takes
	lines := d.env.Wrap(text, d.width-4)
	for i, l := range lines[:min(len(lines), most)] {
		if i == most-1 && len(lines) > most {
			l = d.env.Cut(l, d.width-6) + "…"
		}
		d.lines = append(d.lines, d.env.Line(d.width).Gap(2).Add(role, l).String())
	}
}

// describe says what there is to know of a line.
func (s *Screen) describe(d *details, l *line) {
	head := s.env.Line(d.width).Gap(2).Add(theme.Strong, s.env.Cut(l.field.Label, max(8, d.width/2))).Gap(2)
	head.Add(theme.Dim, s.kind(l))
	d.lines = append(d.lines, head.String())
	switch {
	case l.gone:
		d.say(theme.Removed, "To be deleted when you save: "+s.wouldLose(l)+" x leaves it after all.")
	default:
		if all := s.sheet.differs(l); len(all) > 0 {
			d.say(theme.Waiting, "Not saved: "+strings.Join(all, "; ")+".")
		}
		s.describePrice(d, l)
	}
	if s.wrong != nil {
		d.say(theme.Error, s.env.Theme.Signs().Wrong+"It cannot be saved so: "+s.env.Explain(s.wrong))
	}
	if text := s.asks(l); text != "" {
		d.say(theme.Dim, text)
	}
	if text := s.occurs(l); text != "" {
		d.say(theme.Text, text)
	}
	if m, owned := s.list.Owner(l.field.Key); owned {
		text := "Owned by the source: mapped from " + m.Attribute + ", so nobody edits it by hand."
		if s.doors.Mapping != nil {
			text += " m shows the mapping."
		}
		d.say(theme.Text, text)
	}
	if text := s.together(l); text != "" {
		d.say(theme.Dim, text)
	}
	d.say(theme.Dim, "Its key is "+l.field.Key+", and never changes.")
}

// kind says what a field holds.
func (s *Screen) kind(l *line) string {
	if n := len(l.field.Options); l.field.Type == roster.Dropdown {
		return "a dropdown of " + kit.Many(n, "option", "options")
	}
	return string(l.field.Type)
}

// wouldLose says what deleting a field would lose.
func (s *Screen) wouldLose(l *line) string {
	if s.filled == nil {
		return ""
	}
	n := s.filled.Of(roster.FieldID(l.id))
	if n == 0 {
		return "nobody has a value in it."
	}
	return kit.Many(n, "person loses a value", "people lose a value") + " (a rollback brings them back)."
}

// describePrice says what saving would mean for this field.
func (s *Screen) describePrice(d *details, l *line) {
	if s.price == nil {
		return
	}
	for i := range s.price.Price.Fields {
		p := &s.price.Price.Fields[i]
		if p.Field.Key != l.field.Key {
			continue
		}
		for _, text := range fieldMeans(s.env, &s.price.Price, p) {
			d.say(theme.Waiting, text)
		}
	}
}

// asks says what the field asks of its values.
func (s *Screen) asks(l *line) string {
	f := &l.field
	var text string
	switch {
	case f.UID:
		text = "The UID names a person: everybody has one of their own, and files, commands and the source tell people apart by it."
	case f.Required && f.Unique:
		text = "Everybody must have one, and no two people the same."
	case f.Required:
		text = "Everybody must have one."
	case f.Unique:
		text = "No two people may have the same."
	}
	if f.Hidden {
		text = strings.TrimSpace(text + " It is hidden: kept and fed, but shown nowhere; space shows it again.")
	}
	return text
}

// occurs says how many people have a value, and the commonest.
func (s *Screen) occurs(l *line) string {
	if s.filled == nil || l.id < 0 {
		return ""
	}
	text := kit.Count(s.filled.Of(roster.FieldID(l.id))) + " of " + kit.Many(s.filled.People, "person has", "people have") + " a value"
	if !s.counts.known || s.counts.id != l.id || len(s.counts.found.Values) == 0 {
		return text + "."
	}
	found := &s.counts.found
	if found.Values[0].Count == 1 {
		return text + ", each a different one."
	}
	const most = 5
	var parts []string
	for _, v := range found.Values[:min(most, len(found.Values))] {
		parts = append(parts, s.env.Cut(v.Value, 30)+" "+kit.Count(v.Count))
	}
	text += ": " + strings.Join(parts, ", ")
	if more := found.Distinct - most; more > 0 {
		text += ", and " + kit.Many(more, "other", "others")
	}
	return text + "."
}

// together says which fields are decided with this one.
func (s *Screen) together(l *line) string {
	group := s.group(l)
	if group == "" {
		return ""
	}
	var with []string
	for i := range s.sheet.lines {
		if o := &s.sheet.lines[i]; o.id != l.id && !o.gone && s.group(o) == group {
			with = append(with, o.field.Label)
		}
	}
	if len(with) == 0 {
		return "Its group is " + group + ", with no other field in it."
	}
	return "Decided together in a review (" + group + "): with " + some(with, 6) + "."
}
