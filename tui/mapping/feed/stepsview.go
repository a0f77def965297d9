package feed

import (
	"strconv"
	"strings"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/tui/kit"
	"muster/tui/theme"
)

const (
	widestSteps = 84
	helpLines   = 3 // of what is said about the step under the cursor
)

// View implements kit.Dialog.
func (s *Steps) View(width, height int) string {
	width = min(width, widestSteps)
	d := stepsDraw{s: s, width: width, name: min(32, max(12, width*2/5))}
	d.who()
	d.row(-1, "", "At the source", s.stage(0))
	first := len(d.lines)
	for i, t := range s.steps {
		d.row(i, strconv.Itoa(i+1), string(t), s.stage(i+1))
	}
	d.end()
	d.blank()
	d.choice(s.adding(), "Add a transform…")
	d.choice(s.ending(), "Done")
	body, last := d.lines, len(d.lines)
	if room := height - helpLines - 1; last > room && room > 4 {
		// The steps give way to what stands above and below them.
		keep := room - first - (last - first - len(s.steps))
		body = d.window(first, max(1, keep))
	}
	s.lines = d.rows
	if d.shown != nil {
		s.lines = d.shown
	}
	body = append(body, s.env.Line(width).String())
	for i, part := range s.env.Wrap(s.about(), width) {
		if i == helpLines {
			break
		}
		role := theme.Dim
		if s.wrong != nil || s.trouble() != "" {
			role = theme.Removed
		}
		body = append(body, s.env.Line(width).Add(role, part).String())
	}
	return strings.Join(body[:min(len(body), height)], "\n")
}

// about says what the step under the cursor does.
func (s *Steps) about() string {
	switch {
	case s.wrong != nil:
		return fault.Sentence(s.wrong)
	case s.trouble() != "":
		return s.q.Field.Label + " " + s.trouble()
	case s.at == s.adding():
		return "Steps are done one after the other, from the top."
	case s.at == s.ending():
		return "Takes these transforms; nothing is changed before the mappings are saved."
	}
	d, _ := mapping.DocOf(s.steps[s.at].Name())
	return d.Label + ": " + d.Help
}

// trouble is what the step under the cursor could not handle; below the steps,
// what any of them could not.
func (s *Steps) trouble() string {
	for i := range s.stages {
		if t := s.stages[i].Trouble; t != "" && (s.at >= s.adding() || s.at == i-1) {
			return t
		}
	}
	return ""
}

func (s *Steps) stage(i int) *Stage {
	if i < len(s.stages) {
		return &s.stages[i]
	}
	return nil
}

// stepsDraw draws the lines of the dialog.
type stepsDraw struct {
	s           *Steps
	width, name int
	lines       []string
	rows        []int
	shown       []int // of the lines that are left when there is too little room
}

func (d *stepsDraw) add(row int, line *kit.Line) {
	d.lines, d.rows = append(d.lines, line.String()), append(d.rows, row)
}

func (d *stepsDraw) blank() { d.add(-1, d.s.env.Line(d.width)) }

// who says whose value it is.
func (d *stepsDraw) who() {
	line := d.s.env.Line(d.width)
	switch q := &d.s.q; {
	case len(q.Samples) == 0:
		line.Add(theme.Dim, "There is nobody yet to show it with")
	default:
		line.Gap(2).Fit(theme.Dim, "Value of", d.name).Gap(2).Add(theme.Strong, q.Samples[d.s.sample].Who)
		if n := len(q.Samples); n > 1 {
			line.Add(theme.Dim, "  "+strconv.Itoa(d.s.sample+1)+" of "+strconv.Itoa(n))
		}
	}
	d.add(-1, line)
}

// row draws a step and the value after it.
func (d *stepsDraw) row(row int, number, name string, stage *Stage) {
	line := d.mark(row)
	label := name
	if number != "" {
		label = number + "  " + name
	}
	role := theme.Text
	if row < 0 {
		role = theme.Dim
	} else if row == d.s.at {
		role = theme.Accent
	}
	line.Fit(role, label, d.name).Gap(2)
	switch {
	case stage == nil:
	case stage.Trouble != "":
		line.Add(theme.Removed, stage.Trouble)
	case stage.Unsaid:
		line.Add(theme.Dim, "the source says nothing")
	case stage.Text == "":
		line.Add(theme.Dim, Shown(""))
	default:
		line.Add(theme.Text, Shown(stage.Text))
	}
	d.add(row, line)
}

// end says how the value arrives in its field.
func (d *stepsDraw) end() {
	f := d.s.q.Field
	if f.Key == "" || len(d.s.stages) == 0 {
		return
	}
	first, last := d.s.stages[0], d.s.stages[len(d.s.stages)-1]
	line := d.mark(-1).Fit(theme.Dim, "In "+f.Label, d.name).Gap(2)
	verdict, stored, why := Judge(f, first.Text, mapping.Outcome{Text: last.Text, Known: !last.Unsaid})
	Become(line, verdict, stored, why)
	d.add(-1, line)
}

func (d *stepsDraw) choice(row int, text string) {
	role := theme.Text
	if row == d.s.at {
		role = theme.Accent
	}
	d.add(row, d.mark(row).Add(role, text))
}

func (d *stepsDraw) mark(row int) *kit.Line {
	line := d.s.env.Line(d.width)
	if row >= 0 && row == d.s.at {
		return line.Add(theme.Accent, d.s.env.Theme.Signs().Cursor).Gap(2 - d.s.env.Width(d.s.env.Theme.Signs().Cursor))
	}
	return line.Gap(2)
}

// window leaves out steps until only so many are left, the cursor's among them.
func (d *stepsDraw) window(first, keep int) []string {
	n := len(d.s.steps)
	top := max(0, min(d.s.at-keep/2, n-keep))
	var lines []string
	d.shown = nil
	for i := range d.lines {
		if step := i - first; step >= 0 && step < n && (step < top || step >= top+keep) {
			continue
		}
		lines, d.shown = append(lines, d.lines[i]), append(d.shown, d.rows[i])
	}
	return lines
}

// Cursor implements kit.Cursorer.
func (s *Steps) Cursor() (x, y int, ok bool) {
	for i, row := range s.lines {
		if row == s.at {
			return 0, i, s.env.Plain()
		}
	}
	return 0, 0, false
}
