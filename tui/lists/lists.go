// Package lists is the home screen: every list with its counts, its source,
// when it last changed and what waits for a person. From here one opens a
// roster, brings in a file, makes a list or looks at changesets. With no list
// there is, it says what to do next, and does it.
package lists

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Doors make the screens that one opens from here.
type Doors struct {
	Roster func(roster.List) kit.Screen
	// Import brings a file into a list, or makes a new one of it if list is
	// nil. It is nil where no files can be read.
	Import func(list *roster.List) kit.Screen
	// Changes shows the changesets of a list, or of all if list is nil.
	Changes func(list *roster.List) kit.Screen
}

// Screen is the table of lists.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	doors  Doors

	rows   rows
	table  *kit.Table[roster.ListID]
	width  int
	loaded bool
	run    int
	stop   context.CancelFunc
	made   roster.ListID // the list that was just made, to put the cursor on

	start *kit.Table[int] // what to do when there is no list
}

// New makes the home screen.
func New(env *kit.Env, e *core.Engine, actor core.Actor, doors Doors) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, doors: doors, rows: rows{env: env}, stop: func() {}}
	s.table = kit.NewTable(env, nil, kit.Rows[roster.ListID](s.rows))
	s.table.Empty = "Reading…"
	s.start = newStart(env)
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Lists" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	waiting, people := 0, 0
	for i := range s.rows.lists {
		waiting += s.rows.waiting[s.rows.lists[i].ID]
		people += s.rows.lists[i].Standing.Active
	}
	if len(s.rows.lists) == 0 {
		return ""
	}
	status := s.env.Theme.Paint(theme.Dim, kit.Many(people, "active person", "active people"))
	if waiting > 0 {
		return s.env.Theme.Paint(theme.Waiting, kit.Many(waiting, "changeset waits", "changesets wait")) + "   " + status
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// empty reports whether there is no list: then the screen offers what to do.
func (s *Screen) empty() bool { return s.loaded && len(s.rows.lists) == 0 }

const noList = "There is no list yet"

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	open := kit.Binding{ID: "lists.open", Keys: []string{"enter"}, Label: "open", Help: "Open the roster of this list", Group: "Look", Rank: 1}
	into := kit.Binding{ID: "lists.import", Keys: []string{"i"}, Label: "import", Help: "Bring a CSV file into this list", Group: "Change", Rank: 2}
	fresh := kit.Binding{ID: "lists.file", Keys: []string{"I"}, Label: "new from a file", Help: "Make a new list of a CSV file", Group: "Change", Rank: 4}
	changes := kit.Binding{ID: "lists.changes", Keys: []string{"c"}, Label: "changesets", Help: "Show what waits for you and what was done to this list", Group: "Look", Rank: 3}
	all := kit.Binding{ID: "lists.all", Keys: []string{"C"}, Label: "all changesets", Help: "Show the changesets of all lists", Group: "Look"}
	create := kit.Binding{ID: "lists.new", Keys: []string{"n"}, Label: "new list", Help: "Make a list by hand", Group: "Change", Rank: 5}
	if s.table.At() < 0 {
		into.Disabled, changes.Disabled, into.Rank, changes.Rank = noList, noList, 0, 0
		if !s.empty() {
			open.Disabled = noList
		} else {
			open.Label, open.Help = "do it", "Do what the cursor is on"
		}
	}
	if s.doors.Import == nil {
		reason := "Files are read on the machine that Muster runs on; send one over SSH with: import SLUG - < file.csv"
		into.Disabled, fresh.Disabled = reason, reason
	}
	bindings := []kit.Binding{open, into, changes, all, fresh, create}
	if s.empty() {
		return append(bindings, s.start.Bindings()...)
	}
	return append(bindings, s.table.Bindings()...)
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	switch id {
	case "lists.open":
		return s.open()
	case "lists.import":
		if l := s.current(); l != nil {
			return kit.Push{Screen: s.doors.Import(l)}
		}
		return nil
	case "lists.file":
		return kit.Push{Screen: s.doors.Import(nil)}
	case "lists.changes":
		return kit.Push{Screen: s.doors.Changes(s.current())}
	case "lists.all":
		return kit.Push{Screen: s.doors.Changes(nil)}
	case "lists.new":
		return s.form(draft{})
	}
	if s.empty() {
		s.start.Do(id)
	} else {
		s.table.Do(id)
	}
	return nil
}

func (s *Screen) open() kit.Action {
	if s.empty() {
		return s.begin(s.start.At())
	}
	if l := s.current(); l != nil {
		return kit.Push{Screen: s.doors.Roster(*l)}
	}
	return nil
}

// current is the list under the cursor.
func (s *Screen) current() *roster.List {
	i := s.table.At()
	if i < 0 {
		return nil
	}
	l := s.rows.lists[i]
	return &l
}

// loaded is what a run read.
type loaded struct {
	run     int
	lists   []roster.List
	waiting map[roster.ListID]int
	err     error
}

// load reads the lists anew; a reading that goes on is dropped.
func (s *Screen) load() kit.Action {
	s.stop()
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.run++
	run, engine := s.run, s.engine
	return kit.Run{Cmd: func() tea.Msg {
		defer stop()
		msg := loaded{run: run}
		if msg.lists, msg.err = engine.Lists(ctx); msg.err == nil {
			msg.waiting, msg.err = engine.Waiting(ctx)
		}
		return msg
	}}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown, kit.Notice:
		return s.load()
	case loaded:
		return s.take(msg)
	case draft:
		return s.create(msg)
	case created:
		return s.show(msg)
	}
	if s.empty() {
		if s.start.Update(msg).Kind == kit.Chose {
			return s.open()
		}
		return nil
	}
	if s.table.Update(msg).Kind == kit.Chose {
		return s.open()
	}
	return nil
}

func (s *Screen) take(msg loaded) kit.Action {
	if msg.run != s.run {
		return nil
	}
	if msg.err != nil {
		return kit.Fail{Err: msg.err}
	}
	s.loaded, s.rows.lists, s.rows.waiting = true, msg.lists, msg.waiting
	s.columns()
	if s.made != 0 && s.table.Find(s.made) {
		s.made = 0
	}
	return nil
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if width != s.width {
		s.width = width
		s.columns()
	}
	if s.empty() {
		return s.welcome(width, height)
	}
	below := s.detail(width)
	if height < 12 {
		below = nil
	}
	table := strings.Split(s.table.View(width, height-len(below)), "\n")
	return kit.Block(append(table, below...), width, height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	if s.empty() {
		x, y, ok = s.start.Cursor()
		return x, y + welcomeLines, ok
	}
	return s.table.Cursor()
}

// detail tells of the list under the cursor what the columns have no room for.
func (s *Screen) detail(width int) []string {
	l := s.current()
	if l == nil {
		return nil
	}
	uid := "no UID yet, so it takes no people"
	if f, ok := l.Schema.UID(); ok {
		uid = "UID " + f.Label
	}
	first := s.env.Line(width).Gap(2).Add(theme.Strong, l.Name).
		Add(theme.Dim, ", "+l.Slug+" in commands, "+kit.Many(len(l.Schema.Fields), "field", "fields")+", "+uid).String()
	second := s.env.Line(width).Gap(2)
	if n := s.rows.waiting[l.ID]; n > 0 {
		second = second.Add(theme.Waiting, kit.Many(n, "changeset waits", "changesets wait")+" for you: c shows what")
	} else {
		second = second.Add(theme.Dim, "Nothing waits for you here")
	}
	return []string{s.env.Line(width).String(), first, second.String()}
}

// The columns.
const (
	name = iota
	active
	inactive
	source
	changed
	waiting
)

// columns fits the columns to the width of the screen.
func (s *Screen) columns() {
	c := []kit.Column{
		{ID: name, Title: "List", Width: 18, Grow: true},
		{ID: active, Title: "Active", Width: 9, Align: kit.Right},
		{ID: inactive, Title: "Inactive", Width: 9, Align: kit.Right},
		{ID: source, Title: "Source", Width: 12},
		{ID: changed, Title: "Last change", Width: 16},
		{ID: waiting, Title: "Waiting", Width: 9, Align: kit.Right},
	}
	if s.width < 80 {
		c[source].Hidden, c[changed].Hidden = true, s.width < 64
	}
	s.table.SetColumns(c)
	s.table.SetRows(s.rows)
}

// rows are the lists that are shown.
type rows struct {
	env     *kit.Env
	lists   []roster.List
	waiting map[roster.ListID]int
}

func (r rows) Len() int                 { return len(r.lists) }
func (r rows) ID(row int) roster.ListID { return r.lists[row].ID }
func (r rows) IndexOf(id roster.ListID) int {
	return slices.IndexFunc(r.lists, func(l roster.List) bool { return l.ID == id })
}

func (r rows) Cell(row, column int) kit.Cell {
	l := &r.lists[row]
	switch column {
	case name:
		return kit.Cell{Text: l.Name}
	case active:
		return kit.Cell{Text: kit.Count(l.Standing.Active)}
	case inactive:
		return quiet(l.Standing.Inactive, theme.Dim)
	case source:
		if !l.Connected() {
			return kit.Cell{Text: "none", Role: theme.Dim}
		}
		return kit.Cell{Text: l.Connection.Kind}
	case changed:
		return kit.Cell{Text: kit.Ago(r.env.Now(), l.Standing.Changed), Role: theme.Dim}
	}
	return quiet(r.waiting[l.ID], theme.Waiting)
}

// quiet is a count that is nothing to look at when it is zero.
func quiet(n int, role theme.Role) kit.Cell {
	if n == 0 {
		return kit.Cell{Text: "–", Role: theme.Dim}
	}
	return kit.Cell{Text: kit.Count(n), Role: role}
}
