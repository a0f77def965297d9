package mapping

import (
	"cmp"
	"strings"

	"muster/core"
	"muster/core/fault"
	coremapping "muster/core/mapping"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
	"muster/tui/theme"
)

// paneLines draws the preview into so many lines.
func (s *Screen) paneLines(width, height int) []string {
	d := paneDraw{s: s, width: width}
	if one, ok := s.current(); ok {
		d.attribute(&one)
		d.who(true)
		d.kinds()
		d.values(max(3, height-len(d.lines)-3))
		d.vanishes(&one)
	}
	s.top = max(0, min(s.top, len(d.lines)-height))
	lines := d.lines[s.top:]
	for len(lines) < height {
		lines = append(lines, strings.Repeat(" ", width))
	}
	return lines[:height]
}

// strip is the preview in a few lines, for a narrow terminal.
func (s *Screen) strip(width, height int) []string {
	d := paneDraw{s: s, width: width}
	d.blank()
	if one, ok := s.current(); ok {
		d.heading(&one)
		d.who(false)
		d.kinds()
	}
	for len(d.lines) < height {
		d.blank()
	}
	return d.lines[:height]
}

// paneDraw draws the lines of the preview.
type paneDraw struct {
	s     *Screen
	width int
	lines []string
}

func (d *paneDraw) line() *kit.Line     { return d.s.env.Line(d.width) }
func (d *paneDraw) add(line *kit.Line)  { d.lines = append(d.lines, line.String()) }
func (d *paneDraw) blank()              { d.add(d.line()) }
func (d *paneDraw) sample() core.Sample { return d.s.people.sample }

// has says how many people have the attribute at all.
func (d *paneDraw) has() string {
	p := &d.s.people
	switch {
	case p.wrong != nil:
		return ""
	case p.partial && p.survey != nil:
		if step, ok := p.how.Step(); ok && step.Total > 0 && step.Done > 0 {
			return "going through everybody: " + kit.Count(step.Done) + " of " + kit.Count(step.Total)
		}
		return "going through everybody…"
	}
	sample := d.sample()
	if sample.People == 0 {
		return "the source has told of nobody yet"
	}
	return kit.Count(sample.Given) + " of " + kit.Many(sample.People, "person has it", "people have it")
}

// heading names the attribute and says how many have it, on one line.
func (d *paneDraw) heading(one *line) {
	has := d.has()
	line := d.line().Gap(2)
	line.Add(theme.Strong, d.s.env.Cut(one.attribute.Label, max(8, line.Left()-d.s.env.Width(has)-2)))
	d.add(line.Gap(2).Add(theme.Dim, has))
}

// attribute names it, in full.
func (d *paneDraw) attribute(one *line) {
	env := d.s.env
	for _, part := range env.Wrap(one.attribute.Label, d.width) {
		d.add(d.line().Add(theme.Strong, part))
	}
	if one.attribute.Name != one.attribute.Label {
		for _, part := range env.Wrap(one.attribute.Name, d.width) {
			d.add(d.line().Add(theme.Dim, part))
		}
	}
	d.add(d.line().Add(theme.Text, d.has()))
	d.blank()
}

// who shows what becomes of the value of somebody real; in full, step by step.
func (d *paneDraw) who(full bool) {
	p := &d.s.people
	if p.wrong != nil {
		for _, part := range d.s.env.Wrap(fault.Sentence(p.wrong), d.width) {
			d.add(d.line().Add(theme.Removed, part))
		}
		return
	}
	who, ok := p.current()
	if !ok {
		if full {
			d.add(d.line().Add(theme.Dim, "Nobody to show it with yet"))
			d.blank()
		} else {
			d.add(d.line().Gap(2).Add(theme.Dim, "Nobody to show it with yet"))
		}
		return
	}
	if !full {
		d.brief(&who)
		return
	}
	place := kit.Count(p.at+1) + " of " + kit.Count(len(p.list()))
	if all := p.all(); all > len(p.list()) {
		place = kit.Count(p.at+1) + " of the first " + kit.Count(len(p.list()))
	}
	line := d.line()
	line.Add(theme.Strong, d.s.env.Cut(called(&who), max(6, line.Left()-d.s.env.Width(place)-2)))
	if who.UID != "" && who.UID != called(&who) && line.Left() > d.s.env.Width(place)+8 {
		line.Gap(2).Add(theme.Dim, d.s.env.Cut(who.UID, line.Left()-d.s.env.Width(place)-4))
	}
	d.add(line.Right(d.s.env.Theme.Paint(theme.Dim, place)))
	d.steps(&who)
	d.blank()
}

// brief shows somebody's value on one line: as it is, and what it becomes.
func (d *paneDraw) brief(who *core.Sampled) {
	line := d.line().Gap(2)
	line.Fit(theme.Text, called(who), min(24, d.width/4)).Gap(2)
	if _, mapped := d.mapping(); mapped {
		line.Add(theme.Dim, d.s.env.Cut(said(who.Said), max(6, (line.Left()-5)/2))).Add(theme.Dim, feed.Arrow(d.s.env))
		become(line, who)
	} else {
		line.Add(theme.Text, said(who.Said))
	}
	d.add(line)
}

// mapping is that of the line under the cursor, if it feeds something.
func (d *paneDraw) mapping() (coremapping.Mapping, bool) {
	m := d.s.people.of
	return m, m.Field != ""
}

// steps shows somebody's value after each step.
func (d *paneDraw) steps(who *core.Sampled) {
	m, mapped := d.mapping()
	name := min(18, d.width/3)
	row := func(label string, r theme.Role, text string) {
		for i, part := range d.s.env.Wrap(text, max(8, d.width-name-2)) {
			if i == 0 {
				d.add(d.line().Fit(theme.Dim, label, name).Gap(2).Add(r, part))
			} else {
				d.add(d.line().Gap(name+2).Add(r, part))
			}
			if i == 3 {
				break
			}
		}
	}
	row("at the source", theme.Text, said(who.Said))
	for i, stage := range who.Steps {
		role, text := theme.Text, feed.Shown(stage.Text)
		if stage.Trouble != "" {
			role, text = theme.Removed, stage.Trouble
		}
		if i < len(m.Transforms) {
			row(string(m.Transforms[i]), role, text)
		}
	}
	switch {
	case mapped && who.Problem != "":
		row(cmp.Or(d.s.people.field.Label, "field"), theme.Removed, who.Problem)
	case mapped:
		line := d.line().Fit(theme.Accent, cmp.Or(d.s.people.field.Label, "field"), name).Gap(2)
		become(line, who)
		d.add(line)
	}
}

// said writes what the source says.
func said(c coremapping.Cell) string {
	if c.Presence == coremapping.Absent {
		return "(not said)"
	}
	return feed.Shown(c.Text)
}

// become adds what somebody's field would get, or why not.
func become(line *kit.Line, who *core.Sampled) {
	switch {
	case who.Problem != "":
		line.Add(theme.Removed, who.Problem)
	case !who.Known:
		line.Add(theme.Dim, "stays as it is")
	case who.Value == "":
		line.Add(theme.Dim, feed.Shown(""))
	case who.Value != who.Said.Text:
		line.Add(theme.Strong, feed.Shown(who.Value))
	default:
		line.Add(theme.Text, feed.Shown(who.Value))
	}
}

// kinds counts the outcomes, each with the key that goes to the next of it.
func (d *paneDraw) kinds() {
	p := &d.s.people
	if _, mapped := d.mapping(); !mapped || p.wrong != nil || len(p.sample.First) == 0 {
		return
	}
	words := []string{"", "empty", "changed", "invalid", "too long"}
	line := d.line()
	if d.width < besideFrom && d.s.drawn.paneAt == 0 && !d.s.over && !d.s.beside() {
		line.Gap(2)
	}
	for kind := empty; kind <= tooLong; kind++ {
		n := p.outcomes(kind).People
		text := words[kind] + " " + kit.Count(n)
		if need := d.s.env.Width(text) + 5; line.Left() < need {
			if d.s.beside() || d.s.over {
				d.add(line)
				line = d.line()
			} else {
				break
			}
		}
		role := theme.Dim
		switch {
		case p.kind == kind:
			role = theme.Accent
		case n > 0 && (kind == invalid || kind == tooLong):
			role = theme.Removed
		case n > 0:
			role = theme.Text
		}
		line.Add(theme.Key, string(rune('0'+kind))).Gap(1).Add(role, text).Gap(3)
	}
	d.add(line)
}

// values counts the commonest values of the attribute.
func (d *paneDraw) values(room int) {
	sample := d.sample()
	if len(sample.Values) == 0 || d.s.people.partial {
		return
	}
	d.blank()
	more := ""
	if n := sample.Distinct - len(sample.Values); n > 0 {
		more = "F lists more"
	}
	d.add(d.line().Add(theme.Header, kit.Many(sample.Distinct, "value", "values")).Right(d.s.env.Theme.Paint(theme.Dim, more)))
	const number = 9
	value := min(24, max(8, d.width-number-12))
	for i, v := range sample.Values {
		if i >= room-2 || i >= 10 {
			break
		}
		line := d.line().Fit(theme.Text, feed.Shown(v.Value), value).Painted(d.s.env.FitRight(kit.Count(v.People), number)).Gap(2)
		if !d.s.env.Plain() {
			line.Painted(d.s.env.Theme.Paint(theme.Accent, kit.Tally(d.s.env, v.People, sample.Values[0].People, min(20, line.Left()))))
		}
		d.add(line)
	}
}

// vanishes says what becomes of the field when the value vanishes.
func (d *paneDraw) vanishes(one *line) {
	if !one.mapped {
		return
	}
	d.blank()
	text := "When it vanishes at the source, the field is emptied"
	if one.entry.m.Vanished == coremapping.Keep {
		text = "When it vanishes at the source, the field keeps the last"
	}
	for _, part := range d.s.env.Wrap(text+" (V)", d.width) {
		d.add(d.line().Add(theme.Dim, part))
	}
}
