// Package changes is the screen of changesets: those that wait for a person
// first, then the newest others, of one list or of all. Enter opens one; from
// there it is applied, rejected or rolled back.
package changes

import (
	"context"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// page is how many changesets are read at first; going to the last of them
// reads four times as many.
const page = 200

// Screen is the table of changesets.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   *roster.List // nil: of all lists
	export Exporter     // nil where there is nowhere to write

	rows    rows
	table   *kit.Table[changeset.ID]
	most    int
	width   int
	height  int // of the table in the last View
	loading kit.Latest
	busy    bool // a run is going on
	again   bool // something changed while it was
	loaded  bool
	eager   bool // enter was pressed before there was anything to open
}

// loaded is what a run read.
type loaded struct {
	run   int
	heads []changeset.Changeset
	lists []roster.List
	err   error
}

// An Exporter writes what an applied changeset did to a file, and returns how
// many people it is about.
type Exporter func(ctx context.Context, e *core.Engine, l roster.List, head changeset.Changeset, path string) (people int, err error)

// New makes the screen of a list's changesets; nil is all lists'. Export is nil
// where there is nowhere to write.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list *roster.List, export Exporter) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, list: list, export: export, most: page, rows: rows{env: env}}
	s.table = kit.NewTable(env, nil, kit.Rows[changeset.ID](s.rows))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Changesets" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	waiting := 0
	for i := range s.rows.heads {
		if s.rows.heads[i].Open() {
			waiting++
		}
	}
	status := "of all lists"
	if s.list != nil {
		status = kit.Clean(s.list.Name)
	}
	status = s.env.Theme.Paint(theme.Dim, status)
	if waiting > 0 {
		return s.env.Theme.Paint(theme.Waiting, kit.Many(waiting, "waits for you", "wait for you")) + "   " + status
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	open := kit.Binding{ID: "changes.open", Keys: []string{"enter"}, Label: "open",
		Help: "Look at this changeset; from there apply, reject or roll it back", Group: "Look", Rank: 1}
	if s.loaded && s.table.At() < 0 {
		open.Disabled = "There is no changeset yet"
	}
	return append([]kit.Binding{open}, s.table.Bindings()...)
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return s.further()
	}
	return s.open()
}

func (s *Screen) open() kit.Action {
	i := s.table.At()
	if i < 0 {
		s.eager = !s.loaded
		return nil
	}
	return kit.Push{Screen: newOne(s.env, s.engine, s.actor, s.rows.heads[i], s.export)}
}

// further reads more once the cursor is on the last row.
func (s *Screen) further() kit.Action {
	if n := len(s.rows.heads); n < s.most || s.table.At() != n-1 {
		return nil
	}
	s.most *= 4
	return s.load()
}

// load reads the changesets, or notes that they are to be read again.
func (s *Screen) load() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	ctx, run := s.loading.Begin()
	engine, most, list := s.engine, s.most, roster.ListID(0)
	if s.list != nil {
		list = s.list.ID
	}
	return kit.Run{Cmd: func() tea.Msg { return read(ctx, run, engine, list, most) }}
}

func read(ctx context.Context, run int, engine *core.Engine, list roster.ListID, most int) loaded {
	heads, err := engine.Overview(ctx, list, most)
	if err != nil {
		return loaded{run: run, err: err}
	}
	lists, err := engine.Lists(ctx)
	return loaded{run, heads, lists, err}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		return s.load()
	case kit.Notice:
		return s.load()
	case loaded:
		return s.take(msg)
	default:
		if s.table.Update(msg).Kind == kit.Chose {
			return s.open()
		}
	}
	return nil
}

func (s *Screen) take(msg loaded) kit.Action {
	if !s.loading.Is(msg.run) {
		return nil
	}
	s.busy = false
	if msg.err != nil {
		if fault.Is(msg.err, fault.Cancelled) {
			return nil
		}
		return kit.Fail{Err: msg.err}
	}
	s.rows.heads, s.rows.lists, s.loaded = msg.heads, msg.lists, true
	s.table.SetRows(s.rows)
	s.columns()
	s.table.Empty = "Nothing yet: every import, sync and edit becomes a changeset, to be looked at and taken back here"
	if s.eager {
		s.eager = false
		return s.open()
	}
	if s.again {
		return s.load()
	}
	return nil
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if width != s.width {
		s.width = width
		s.columns()
	}
	below := s.detail(width)
	if height < 12 {
		below = nil
	}
	s.height = min(height-len(below), max(2, 1+len(s.rows.heads)))
	return join(s.table.View(width, s.height), below, width, height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) { return s.table.Cursor() }

// detailLines is how much of the changeset under the cursor is said below.
const detailLines = 4

func (s *Screen) detail(width int) []string {
	i := s.table.At()
	if i < 0 {
		return nil
	}
	c := &s.rows.heads[i]
	lines := []string{"", s.env.Line(width).Gap(2).Add(theme.Strong, review.Title(c)).
		Add(theme.Dim, ", "+s.rows.list(c.List)+", "+story(s.env, c)).String()}
	lines[0] = s.env.Line(width).String()
	for _, l := range review.Head(s.env, c, width-2) {
		lines = append(lines, "  "+l)
	}
	return lines[:min(len(lines), detailLines)]
}

// story says who proposed and who applied a changeset, and when.
func story(env *kit.Env, c *changeset.Changeset) string {
	now := env.Now()
	text := "by " + c.By + " " + kit.Ago(now, c.At)
	switch {
	case c.AppliedAt.IsZero():
	case c.State == changeset.Rejected:
		text += ", rejected by " + c.AppliedBy + " " + kit.Ago(now, c.AppliedAt)
	case !c.AppliedAt.Equal(c.At) || c.AppliedBy != c.By:
		text += ", applied by " + c.AppliedBy + " " + kit.Ago(now, c.AppliedAt)
	}
	return text
}

// The columns.
const (
	number = iota
	listName
	what
	who
	when
	state
	counts
)

// columns fits the columns to the width of the screen.
func (s *Screen) columns() {
	c := []kit.Column{
		{ID: number, Title: "No.", Width: 6, Align: kit.Right},
		{ID: listName, Title: "List", Width: 14, Hidden: s.list != nil || len(s.rows.lists) < 2},
		{ID: what, Title: "What", Width: 24, Grow: true},
		{ID: who, Title: "By", Width: 10},
		{ID: when, Title: "When", Width: 15},
		{ID: state, Title: "State", Width: 14},
		{ID: counts, Title: "People", Width: 34},
	}
	s.rows.brief = s.width < 120
	if s.rows.brief {
		c[counts].Width, c[state].Width, c[what].Width = 15, 11, 12
		c[number].Width, c[listName].Width = 5, 10
		c[who].Hidden = s.width < 100
	}
	if s.width < 80 {
		c[listName].Hidden, c[when].Hidden = true, true
	}
	s.table.SetColumns(c)
	s.table.SetRows(s.rows)
}

// rows are the changesets that are shown.
type rows struct {
	env   *kit.Env
	heads []changeset.Changeset
	lists []roster.List
	brief bool // counts are said in signs
}

func (r rows) Len() int                { return len(r.heads) }
func (r rows) ID(row int) changeset.ID { return r.heads[row].ID }
func (r rows) IndexOf(id changeset.ID) int {
	return slices.IndexFunc(r.heads, func(c changeset.Changeset) bool { return c.ID == id })
}

func (r rows) list(id roster.ListID) string {
	for i := range r.lists {
		if r.lists[i].ID == id {
			return r.lists[i].Name
		}
	}
	return "list " + strconv.Itoa(int(id))
}

func (r rows) Cell(row, column int) kit.Cell {
	c := &r.heads[row]
	switch column {
	case number:
		return kit.Cell{Text: strconv.FormatUint(uint64(c.ID), 10), Role: theme.Dim}
	case listName:
		return kit.Cell{Text: r.list(c.List)}
	case what:
		return kit.Cell{Text: review.Title(c)}
	case who:
		return kit.Cell{Text: c.By, Role: theme.Dim}
	case when:
		return kit.Cell{Text: kit.Ago(r.env.Now(), c.At), Role: theme.Dim}
	case state:
		text, role := review.State(c)
		return kit.Cell{Text: text, Role: role}
	}
	text := review.Words(review.Parts(c))
	if r.brief && !r.env.Plain() {
		text = signs(c)
	}
	role := theme.Text
	if !c.Open() && !c.Done() || c.UndoneBy != 0 {
		role = theme.Dim
	}
	return kit.Cell{Text: text, Role: role}
}

// signs are a changeset's counts where there is no room for words.
func signs(c *changeset.Changeset) string {
	var parts []string
	add := func(n int, sign string) {
		if n > 0 {
			parts = append(parts, sign+kit.Count(n))
		}
	}
	add(c.Counts.Creates+c.Counts.Reactivates, "+")
	add(c.Counts.Updates, "~")
	add(c.Counts.Deactivates, "-")
	add(c.Counts.Conflicts, "!")
	return strings.Join(parts, " ")
}

// join puts lines below a block.
func join(block string, below []string, width, height int) string {
	return kit.Block(append(strings.Split(block, "\n"), below...), width, height)
}
