package trial

import (
	"cmp"
	"strings"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
	"muster/tui/theme"
)

// Heading says what is tried.
type Heading struct {
	Label, Name string   // of the attribute
	Caution     string   // what is odd about it
	Notes       []string // what else there is to know of it
	After       []string // what follows from it
}

// Lines draws the preview in full into so many lines. It is empty without a
// heading.
func (p *Pane) Lines(h *Heading, width, height int) []string {
	d := draw{p: p, width: width, full: true}
	if h != nil {
		d.attribute(h)
		d.who()
		d.kinds()
		d.values(max(3, height-len(d.lines)-3))
		d.after(h)
	}
	p.top = max(0, min(p.top, len(d.lines)-height))
	lines := d.lines[p.top:]
	for len(lines) < height {
		lines = append(lines, strings.Repeat(" ", width))
	}
	return lines[:height]
}

// Strip is the preview in a few lines, for a narrow terminal.
func (p *Pane) Strip(h *Heading, width, height int) []string {
	d := draw{p: p, width: width}
	d.blank()
	if h != nil {
		d.heading(h)
		d.who()
		d.kinds()
	}
	for len(d.lines) < height {
		d.blank()
	}
	return d.lines[:height]
}

// draw draws the lines of the preview.
type draw struct {
	p     *Pane
	width int
	full  bool // step by step
	lines []string
}

func (d *draw) line() *kit.Line    { return d.p.env.Line(d.width) }
func (d *draw) add(line *kit.Line) { d.lines = append(d.lines, line.String()) }
func (d *draw) blank()             { d.add(d.line()) }

func (d *draw) wrapped(r theme.Role, text string) {
	for _, part := range d.p.env.Wrap(text, d.width) {
		d.add(d.line().Add(r, part))
	}
}

// has says how many people have the attribute at all.
func (d *draw) has() string {
	p := d.p
	switch {
	case p.wrong != nil:
		return ""
	case p.partial && p.sampler != nil:
		if step, ok := p.how.Step(); ok && step.Total > 0 && step.Done > 0 {
			return "going through " + p.words.All + ": " + kit.Count(step.Done) + " of " + kit.Count(step.Total)
		}
		return "going through " + p.words.All + "…"
	case p.sample.People == 0:
		return p.words.None
	}
	return kit.Count(p.sample.Given) + " of " + kit.Many(p.sample.People, p.words.Has, p.words.Have)
}

// heading names the attribute and says how many have it, on one line.
func (d *draw) heading(h *Heading) {
	has := cmp.Or(h.Caution, d.has())
	line := d.line().Gap(2)
	line.Add(theme.Strong, d.p.env.Cut(h.Label, max(8, line.Left()-d.p.env.Width(has)-2)))
	d.add(line.Gap(2).Add(theme.Dim, has))
}

// attribute names it, in full.
func (d *draw) attribute(h *Heading) {
	d.wrapped(theme.Strong, h.Label)
	if h.Name != h.Label {
		d.wrapped(theme.Dim, h.Name)
	}
	d.add(d.line().Add(theme.Text, d.has()))
	if h.Caution != "" {
		d.wrapped(theme.Waiting, h.Caution)
	}
	for _, note := range h.Notes {
		d.wrapped(theme.Dim, note)
	}
	d.blank()
}

// who shows what becomes of the value of somebody real; in full, step by step.
func (d *draw) who() {
	p := d.p
	if p.wrong != nil {
		d.wrapped(theme.Removed, fault.Sentence(p.wrong))
		return
	}
	who, ok := p.Current()
	if !ok {
		if d.full {
			d.add(d.line().Add(theme.Dim, d.p.words.Nobody))
			d.blank()
		} else {
			d.add(d.line().Gap(2).Add(theme.Dim, d.p.words.Nobody))
		}
		return
	}
	if !d.full {
		d.brief(&who)
		return
	}
	place := kit.Count(p.at+1) + " of " + kit.Count(len(p.List()))
	if all := p.all(); all > len(p.List()) {
		place = kit.Count(p.at+1) + " of the first " + kit.Count(len(p.List()))
	}
	line := d.line()
	line.Add(theme.Strong, d.p.env.Cut(Called(&who), max(6, line.Left()-d.p.env.Width(place)-2)))
	if who.UID != "" && who.UID != Called(&who) && line.Left() > d.p.env.Width(place)+8 {
		line.Gap(2).Add(theme.Dim, d.p.env.Cut(who.UID, line.Left()-d.p.env.Width(place)-4))
	}
	d.add(line.Right(d.p.env.Theme.Paint(theme.Dim, place)))
	d.steps(&who)
	d.blank()
}

// brief shows somebody's value on one line: as it is, and what it becomes.
func (d *draw) brief(who *core.Sampled) {
	line := d.line().Gap(2)
	line.Fit(theme.Text, Called(who), min(24, d.width/4)).Gap(2)
	if _, mapped := d.mapping(); mapped {
		line.Add(theme.Dim, d.p.env.Cut(said(who.Said), max(6, (line.Left()-5)/2))).Add(theme.Dim, feed.Arrow(d.p.env))
		line.Add(becomes(who))
	} else {
		line.Add(theme.Text, said(who.Said))
	}
	d.add(line)
}

// mapping is that of the line under the cursor, if it feeds something.
func (d *draw) mapping() (mapping.Mapping, bool) {
	m := d.p.of
	return m, m.Field != ""
}

// steps shows somebody's value after each step.
func (d *draw) steps(who *core.Sampled) {
	m, mapped := d.mapping()
	name := min(18, d.width/3)
	row := func(is theme.Role, label string, r theme.Role, text string) {
		for i, part := range d.p.env.WrapWhole(text, max(8, d.width-name-2)) {
			if i == 0 {
				d.add(d.line().Fit(is, label, name).Gap(2).Add(r, part))
			} else {
				d.add(d.line().Gap(name+2).Add(r, part))
			}
			if i == 3 {
				break
			}
		}
	}
	row(theme.Dim, "at the source", theme.Text, said(who.Said))
	for i, stage := range who.Steps {
		role, text := theme.Text, feed.Shown(stage.Text)
		if stage.Trouble != "" {
			role, text = theme.Removed, stage.Trouble
		}
		if i < len(m.Transforms) {
			row(theme.Dim, string(m.Transforms[i]), role, text)
		}
	}
	if mapped {
		is := theme.Accent
		if who.Problem != "" {
			is = theme.Dim
		}
		role, text := becomes(who)
		row(is, cmp.Or(d.p.field.Label, "field"), role, text)
	}
}

// said writes what the source says.
func said(c mapping.Cell) string {
	if c.Presence == mapping.Absent {
		return "(not said)"
	}
	return feed.Shown(c.Text)
}

// becomes says what somebody's field would get, or why not.
func becomes(who *core.Sampled) (theme.Role, string) {
	switch {
	case who.Problem != "":
		return theme.Removed, who.Problem
	case !who.Known:
		return theme.Dim, "stays as it is"
	case who.Value == "":
		return theme.Dim, feed.Shown("")
	case who.Value != who.Said.Text:
		return theme.Strong, feed.Shown(who.Value)
	}
	return theme.Text, feed.Shown(who.Value)
}

// kinds counts the outcomes, each with the key that goes to the next of it.
func (d *draw) kinds() {
	p := d.p
	if _, mapped := d.mapping(); !mapped || p.wrong != nil || len(p.sample.First) == 0 {
		return
	}
	words := []string{"", "empty", "changed", "invalid", "too long"}
	line := d.line()
	if !d.full {
		line.Gap(2)
	}
	for kind := empty; kind <= tooLong; kind++ {
		n := p.outcomes(kind).People
		text := words[kind] + " " + kit.Count(n)
		if need := d.p.env.Width(text) + 5; line.Left() < need {
			if d.full {
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
func (d *draw) values(room int) {
	sample := &d.p.sample
	if len(sample.Values) == 0 || d.p.partial {
		return
	}
	d.blank()
	more := ""
	if n := sample.Distinct - len(sample.Values); n > 0 {
		more = "F lists more"
	}
	d.add(d.line().Add(theme.Header, distinct(sample)).Right(d.p.env.Theme.Paint(theme.Dim, more)))
	const number = 9
	value := min(24, max(8, d.width-number-12))
	for i, v := range sample.Values {
		if i >= room-2 || i >= 10 {
			break
		}
		line := d.line().Fit(theme.Text, feed.Shown(v.Value), value).Painted(d.p.env.FitRight(kit.Count(v.People), number)).Gap(2)
		if !d.p.env.Plain() {
			line.Painted(d.p.env.Theme.Paint(theme.Accent, kit.Tally(d.p.env, v.People, sample.Values[0].People, min(20, line.Left()))))
		}
		d.add(line)
	}
}

// after says what follows.
func (d *draw) after(h *Heading) {
	for _, text := range h.After {
		d.blank()
		d.wrapped(theme.Dim, text)
	}
}
