// Package config is the screen of what is set for the muster that runs: every
// setting as it is, and whether a flag, a variable, the settings file or the store
// says so. It is read only: a setting is changed where it comes from.
package config

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
	"muster/tui/theme"
)

// Setting is one thing that is set.
type Setting struct {
	Key   string // as the settings file has it
	Value string
	From  string // what says so, in words; empty for nothing: it is the default
	Help  string // what it does, a sentence
	// Where it can be set besides.
	Flag, Variable string
	Here           string // how it is set at the screens where none of these say so; may be empty
}

// Screen is the settings in force.
type Screen struct {
	env   *kit.Env
	look  func(ctx context.Context) ([]Setting, error)
	all   rows
	table *kit.Table[string]
	wide  int
	work  kit.Latest
}

// read is what a reading found.
type read struct {
	run int
	all []Setting
	err error
}

// New makes the screen; look takes time, and is called in a command.
func New(env *kit.Env, look func(context.Context) ([]Setting, error)) *Screen {
	s := &Screen{env: env, look: look}
	s.table = kit.NewTable(env, nil, kit.Rows[string](s.all))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "What is set" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	set := 0
	for _, each := range s.all {
		if each.From != "" {
			set++
		}
	}
	if len(s.all) == 0 {
		return ""
	}
	return s.env.Theme.Paint(theme.Dim, kit.Many(len(s.all), "setting", "settings")) + "   " +
		s.env.Theme.Paint(theme.Dim, kit.Count(set)+" not the default")
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// current is the setting under the cursor.
func (s *Screen) current() (Setting, bool) {
	if at := s.table.At(); at >= 0 && at < len(s.all) {
		return s.all[at], true
	}
	return Setting{}, false
}

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	copied := kit.Binding{ID: "config.copy", Keys: []string{"y"}, Label: "copy", Help: "Copy what this setting is", Group: "Look", Rank: 1}
	if now, ok := s.current(); !ok || now.Value == "" {
		copied.Disabled = "There is nothing to copy"
	}
	return append([]kit.Binding{copied}, s.table.Bindings()...)
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	now, _ := s.current()
	return kit.Copy{Text: now.Value, What: "what " + now.Key + " is"}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		ctx, run := s.work.Begin()
		return kit.Run{Cmd: func() tea.Msg {
			all, err := s.look(ctx)
			return read{run, all, err}
		}}
	case read:
		switch {
		case !s.work.Is(msg.run):
			return nil
		case msg.err != nil:
			s.table.Empty = s.env.Explain(msg.err)
			return kit.Fail{Err: msg.err}
		}
		s.all, s.wide = msg.all, 0
		s.table.SetRows(s.all)
	default:
		s.table.Update(msg)
	}
	return nil
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if width != s.wide {
		s.wide = width
		s.table.SetColumns(s.columns(width))
	}
	below := s.about(width)
	below = below[:max(0, min(len(below), height-5))]
	lines := strings.Split(s.table.View(width, max(2, min(len(s.all)+1, height-len(below)))), "\n")
	return kit.Block(append(lines, below...), width, height)
}

// about says what the setting under the cursor does, and where it is set.
func (s *Screen) about(width int) []string {
	now, ok := s.current()
	if !ok {
		return nil
	}
	lines := []string{s.env.Line(width).String()}
	say := func(r theme.Role, text string) {
		for _, l := range s.env.Wrap(text, min(100, width-4)) {
			lines = append(lines, s.env.Line(width).Gap(2).Add(r, l).String())
		}
	}
	say(theme.Text, now.Help)
	where := "Set by " + now.Flag + ", else " + now.Variable + ", else " + now.Key + " in the settings file, from the next start on"
	if now.Here != "" {
		where += "; else " + now.Here
	}
	say(theme.Dim, where+".")
	return lines
}

// columns are as wide as what is in them; what is set has what the others leave.
func (s *Screen) columns(width int) []kit.Column {
	c := []kit.Column{{ID: key, Title: "Setting", Width: 10}, {ID: value, Title: "Is", Width: 10, Align: kit.Middle}, {ID: from, Title: "From", Width: 11}}
	for i := range s.all {
		for col := range c {
			c[col].Width = max(c[col].Width, s.env.Width(kit.Clean(s.all.Cell(i, col).Text)))
		}
	}
	c[key].Width, c[from].Width = min(c[key].Width, 22), min(c[from].Width, 22)
	c[value].Width = max(10, min(c[value].Width, width-2-c[key].Width-c[from].Width-4))
	return c
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) { return s.table.Cursor() }

// The columns.
const (
	key = iota
	value
	from
)

type rows []Setting

// Len implements kit.Rows.
func (r rows) Len() int { return len(r) }

// ID implements kit.Rows.
func (r rows) ID(i int) string { return r[i].Key }

// IndexOf implements kit.Rows.
func (r rows) IndexOf(id string) int {
	return slices.IndexFunc(r, func(s Setting) bool { return s.Key == id })
}

// Cell implements kit.Rows.
func (r rows) Cell(i, column int) kit.Cell {
	role := theme.Text
	if r[i].From == "" {
		role = theme.Dim
	}
	switch column {
	case key:
		return kit.Cell{Text: r[i].Key, Role: theme.Dim}
	case value:
		if r[i].Value == "" {
			return kit.Cell{Text: "nothing", Role: theme.Dim}
		}
		return kit.Cell{Text: r[i].Value, Role: role}
	}
	if r[i].From == "" {
		return kit.Cell{Text: "the default", Role: theme.Dim}
	}
	return kit.Cell{Text: r[i].From}
}
