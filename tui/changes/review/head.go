package review

import (
	"strconv"
	"strings"

	"muster/core"
	"muster/core/changeset"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Title says what a changeset is: "Import of staff.csv".
func Title(c *changeset.Changeset) string {
	switch {
	case c.Origin == changeset.Rollback:
		return "Rollback " + c.Note
	case c.Note != "" && c.Origin == changeset.Mapping && aboutFields(c.Settings):
		return capital(c.Note)
	case c.Note == "":
		return capitalOrigin(c.Origin)
	}
	return capitalOrigin(c.Origin) + " of " + c.Note
}

func capitalOrigin(o changeset.Origin) string {
	if o == changeset.SCIM {
		return "SCIM push"
	}
	return capital(string(o))
}

// State says how far a changeset has come, and the role to say it in.
func State(c *changeset.Changeset) (string, theme.Role) {
	switch {
	case c.Open() && len(c.Held) > 0:
		return "held", theme.Waiting
	case c.Open():
		return "waiting", theme.Waiting
	case c.State == changeset.Applied:
		return "applied", theme.Added
	case c.State == changeset.Rejected:
		return "rejected", theme.Removed
	}
	return string(c.State), theme.Dim
}

// A Part is a part of what a changeset counts, with the role to say it in.
type Part struct {
	Text string
	Role theme.Role
}

// Parts says what a changeset would do, or did once it is applied; what it
// does not do is left out.
func Parts(c *changeset.Changeset) []Part {
	n, ending := c.Counts, ""
	if c.Done() {
		ending = "d"
	}
	var parts []Part
	add := func(n int, word string, role theme.Role) {
		if n > 0 {
			parts = append(parts, Part{kit.Count(n) + " " + word, role})
		}
	}
	add(n.Creates, "create"+ending, theme.Added)
	add(n.Updates, "update"+ending, theme.Text)
	add(n.Deactivates, "deactivate"+ending, theme.Removed)
	add(n.Reactivates, "reactivate"+ending, theme.Added)
	if c.Settings != nil {
		parts = append(parts, Part{"the list's " + c.Settings.Own(), theme.Text})
	}
	if len(parts) == 0 {
		parts = append(parts, Part{"nothing to change", theme.Dim})
	}
	add(n.Conflicts, plural(n.Conflicts, "conflict", "conflicts"), theme.Waiting)
	add(n.Rejects, "rejected", theme.Removed)
	add(n.Unchanged, "unchanged", theme.Dim)
	return parts
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// Words joins parts into a sentence's middle: "12 create, 3 update".
func Words(parts []Part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	return strings.Join(texts, ", ")
}

// Head draws what a changeset is and does in lines of width cells: its counts,
// what holds it, and what it takes back or was taken back by.
func Head(env *kit.Env, c *changeset.Changeset, width int) []string {
	lines := countLines(env, c, width)
	if c.Settings != nil {
		if text := listWords(c.Settings); text != "" {
			lines = append(lines, Sentence(env, theme.Text, text, width)...)
		}
	}
	for _, h := range c.Held {
		if c.Open() {
			lines = append(lines, Sentence(env, theme.Waiting, env.Theme.Signs().Caution+"Held: "+h.String(), width)...)
		}
	}
	if c.UndoneBy != 0 {
		lines = append(lines, Sentence(env, theme.Dim, "Rolled back by changeset "+number(c.UndoneBy), width)...)
	}
	return lines
}

// countLines draws the counts, on another line where one is full.
func countLines(env *kit.Env, c *changeset.Changeset, width int) []string {
	var lines []string
	line := env.Line(width)
	if n := c.Counts.Rows; n > 0 && c.Origin == changeset.Mapping {
		line.Add(theme.Dim, kit.Many(n, "person", "people")+":").Gap(2)
	} else if n > 0 {
		line.Add(theme.Dim, kit.Many(n, "row", "rows")+":").Gap(2)
	}
	for _, p := range Parts(c) {
		if env.Width(p.Text) > line.Left() && line.Left() < width {
			lines = append(lines, line.String())
			line = env.Line(width)
		}
		line.Add(p.Role, p.Text).Gap(3)
	}
	return append(lines, line.String())
}

// Sentence draws a text in as many lines of width cells as it needs.
func Sentence(env *kit.Env, role theme.Role, text string, width int) []string {
	var lines []string
	for _, l := range env.Wrap(text, width) {
		lines = append(lines, env.Line(width).Add(role, l).String())
	}
	return lines
}

func number(id changeset.ID) string { return strconv.FormatUint(uint64(id), 10) }

// Watch makes the dialog over work that core does, which stop ends.
func Watch(env *kit.Env, title string, p *core.Progress, unit string, stop func()) *kit.Progress {
	return kit.NewProgress(env, title, func() kit.Work {
		step, _ := p.Step()
		return kit.Work{What: step.Doing, Done: step.Done, Total: step.Total, Unit: unit}
	}, stop)
}
