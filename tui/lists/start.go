package lists

import (
	"strings"

	"muster/tui/kit"
	"muster/tui/theme"
)

// What to do in an empty store.
const (
	fromFile = iota
	byHand
	demo
	choices
)

// choice is one of them, as a row.
type choice struct{ key, title, help string }

func chosen(i int) choice {
	return [choices]choice{
		{"I", "Import a CSV file", "A list is made of its columns; you see everything before it is written"},
		{"n", "Make a list by hand", "Name it and its fields, then add people or import them later"},
		{"", "Look at the demo", "Quit with q, then run: muster demo"},
	}[i]
}

// newStart is the table of what to do.
func newStart(env *kit.Env) *kit.Table[int] {
	t := kit.NewTable(env, []kit.Column{
		{ID: 0, Title: "What next?", Width: 22},
		{ID: 1, Title: "Key", Width: 4},
		{ID: 2, Title: "", Width: 30, Grow: true},
	}, kit.Rows[int](start{}))
	return t
}

// start are its rows.
type start struct{}

func (start) Len() int           { return choices }
func (start) ID(row int) int     { return row }
func (start) IndexOf(id int) int { return id }

func (start) Cell(row, column int) kit.Cell {
	switch c := chosen(row); column {
	case 0:
		return kit.Cell{Text: c.title}
	case 1:
		return kit.Cell{Text: c.key, Role: theme.Key}
	default:
		return kit.Cell{Text: c.help, Role: theme.Dim}
	}
}

// begin does what the row of that number says.
func (s *Screen) begin(row int) kit.Action {
	switch row {
	case fromFile:
		if s.doors.Import == nil {
			return kit.Say{Text: "No files can be read from here; over SSH: import SLUG - --create < file.csv", Kind: kit.Caution}
		}
		return kit.Push{Screen: s.doors.Import(nil)}
	case byHand:
		return s.form(draft{})
	case demo:
		return kit.Say{Text: "Quit with q, then run muster demo: a throw-away store of made-up people", Kind: kit.Note}
	}
	return nil
}

// welcomeLines is how many lines stand above the choices.
const welcomeLines = 5

func (s *Screen) welcome(width, height int) string {
	line := func(role theme.Role, text string) string { return s.env.Line(width).Gap(2).Add(role, text).String() }
	lines := []string{
		line(theme.Text, ""),
		line(theme.Strong, "There is no list yet."),
		line(theme.Dim, "A list is a roster of people: staff, students, contractors."),
		line(theme.Dim, "Each has its own fields, and one of them, the UID, names a person."),
		line(theme.Text, ""),
	}
	return kit.Block(append(lines, strings.Split(s.start.View(width, max(height-len(lines), 1)), "\n")...), width, height)
}
