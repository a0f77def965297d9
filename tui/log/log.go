// Package log is the screen of a list's log: all that was done to its people,
// and what a provider was refused, newest first and as it comes in; above it
// what the provider did in the last day as a chart, beside it all there is to
// know of one entry.
package log

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Doors make the screens that open from here.
type Doors struct {
	Person func(l roster.List, id roster.PersonID) kit.Screen
	// Source shows what keeps the list current; nil where one comes from there.
	Source func(l *roster.List) kit.Screen
}

// Screen is the provisioning log of one list.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	list   roster.List // as it was read last
	doors  Doors

	rows   *rows
	table  *kit.Table[key]
	query  string
	only   shown
	filter *kit.Input // has the keys while it is not nil
	want   int        // how many entries to read
	day    *day       // nil until it was counted
	over   bool       // the details are over the table
	top    int        // first line of the details in view

	width int  // of the last View
	above int  // lines above the table in it
	run   int  // the number of the latest reading
	busy  bool // it is going on
	again bool // something changed while it was
}

// shown says which entries are shown.
type shown uint8

const (
	everything shown = iota
	onlyProvider
	onlyRefused
	kindsShown
)

func (s shown) String() string { return [...]string{"all", "provider's", "refused"}[s] }

// query asks for what is shown.
func (s shown) query() core.LogQuery {
	switch s {
	case onlyProvider:
		return core.LogQuery{Origin: changeset.SCIM}
	case onlyRefused:
		return core.LogQuery{Only: core.LogRefused}
	}
	return core.LogQuery{}
}

// page is how many entries are read at a time.
const page = 200

// read is what a reading found.
type read struct {
	run     int
	list    roster.List
	entries []core.LogEntry
	more    bool
	day     *day
	err     error
}

// New makes the screen of a list's log.
func New(env *kit.Env, e *core.Engine, list roster.List, doors Doors) *Screen {
	s := &Screen{env: env, engine: e, list: list, doors: doors, want: page, rows: &rows{env: env, list: &list}}
	s.table = kit.NewTable(env, nil, kit.Rows[key](s.rows))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Log" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	paint := s.env.Theme.Paint
	status := paint(theme.Dim, kit.Clean(s.list.Name))
	if s.day == nil {
		return status
	}
	if refused, _, _ := sum(s.day.refused); refused > 0 {
		return paint(theme.Removed, kit.Count(refused)+" refused in a day") + "   " + status
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return s.filter != nil }

// Waits implements kit.Waiter: nothing can be done until the log is there.
func (s *Screen) Waits(string) bool { return s.busy && s.day == nil }

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	if s.filter != nil {
		return []kit.Binding{
			{ID: "filter.keep", Keys: []string{"enter"}, Label: "keep", Help: "Keep the filter", Group: "Filter", Rank: 1},
			{ID: "filter.clear", Keys: []string{"esc"}, Label: "clear", Help: "Clear the filter", Group: "Filter", Rank: 2},
		}
	}
	key := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "log." + id, Keys: keys, Label: label, Help: help, Group: "Look", Rank: rank}
	}
	b := []kit.Binding{
		key("open", "person", "Show the person whom this was about", 1, "enter"),
		key("pane", "details", "Show or hide all there is to know of this request", 2, "p", "tab"),
		key("filter", "filter", "Filter as you type; enter keeps it, esc clears it", 3, "/"),
		key("only", "shown: "+s.only.String(), "Show everything, only what the provider did, or only what was refused", 4, "t"),
		key("copy", "copy", "Copy the request's id, by which the provider's own log has it", 5, "y"),
		key("pane down", "details down", "Scroll the details down", 0, "J"),
		key("pane up", "details up", "Scroll the details up", 0, "K"),
		key("source", "provider", "Look at how the list's provider does", 6, "P"),
		key("back", "back", "Hide the details or clear the filter; without, go back", 0, "esc"),
	}
	s.refuse(b)
	return append(b, s.table.Bindings()...)
}

// refuse says why bindings cannot run now.
func (s *Screen) refuse(all []kit.Binding) {
	e, some := s.current()
	for i := range all {
		switch b := &all[i]; b.ID {
		case "log.open":
			switch {
			case !some:
				b.Disabled = nothingHere
			case e.Person == (roster.PersonID{}):
				b.Disabled = "Nobody in the list belongs to this request; p shows it"
			}
		case "log.pane":
			if !some {
				b.Disabled = nothingHere
			}
			if s.wide() {
				b.Rank, b.Disabled = 0, "The details are beside the table already"
			}
		case "log.copy":
			if !some || e.RequestID == "" {
				b.Disabled = "This has no request id"
			}
		case "log.source":
			if s.doors.Source == nil {
				b.Disabled, b.Rank = "esc goes back there", 0
			}
		}
	}
}

const nothingHere = "Nothing is shown here"

// current returns the entry that the cursor is on.
func (s *Screen) current() (core.LogEntry, bool) {
	i := s.table.At()
	if i < 0 {
		return core.LogEntry{}, false
	}
	return s.rows.entries[i], true
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return s.moved()
	}
	e, _ := s.current()
	switch id {
	case "log.open":
		return kit.Push{Screen: s.doors.Person(s.list, e.Person)}
	case "log.pane":
		s.over = !s.over
		s.top = 0
	case "log.pane down":
		s.top++
	case "log.pane up":
		s.top--
	case "log.filter":
		s.filter = kit.NewInput(s.env, s.query)
	case "filter.keep":
		s.filter = nil
	case "filter.clear":
		s.filter = nil
		return s.find("")
	case "log.only":
		s.only = (s.only + 1) % kindsShown
		return s.begin()
	case "log.copy":
		return kit.Copy{Text: e.RequestID, What: "the request id " + e.RequestID}
	case "log.source":
		return kit.Push{Screen: s.doors.Source(&s.list)}
	case "log.back":
		return s.back()
	}
	return nil
}

// back hides the details that are over the table, clears the filter, or leaves.
func (s *Screen) back() kit.Action {
	switch {
	case s.over && !s.wide():
		s.over = false
	case s.query != "":
		return s.find("")
	case s.only != everything:
		s.only = everything
		return s.begin()
	default:
		return kit.Pop{}
	}
	return nil
}

// moved reads on when the cursor comes near the end of what was read.
func (s *Screen) moved() kit.Action {
	s.top = 0
	if s.rows.more && s.table.At() >= len(s.rows.entries)-page/2 {
		s.want = len(s.rows.entries) + page
		return s.read()
	}
	return nil
}

// find shows what matches a filter.
func (s *Screen) find(text string) kit.Action {
	s.query = text
	return s.begin()
}

// begin shows the newest of what is asked for.
func (s *Screen) begin() kit.Action {
	s.want = page
	s.table.Go(0)
	return s.read()
}

// read reads the log, or notes that it is to be read again.
func (s *Screen) read() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	s.run++
	e, list, out, now := s.engine, s.list, read{run: s.run}, s.env.Now()
	q, before := s.only.query(), s.day
	q.Filter, q.Limit = s.query, s.want+1
	return kit.Run{Cmd: func() tea.Msg {
		ctx := context.Background() // it is quick, and there is always a next one
		if out.list, out.err = e.List(ctx, list.Slug); out.err != nil {
			return out
		}
		if out.entries, out.err = e.Log(ctx, list.ID, q); out.err != nil {
			return out
		}
		if n := q.Limit - 1; len(out.entries) > n {
			out.entries, out.more = out.entries[:n], true
		}
		out.day, out.err = count(ctx, e, list.ID, before, now)
		return out
	}}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		return s.read()
	case kit.Notice:
		if msg.List == "" || msg.List == strconv.FormatUint(uint64(s.list.ID), 10) {
			return s.read()
		}
	case read:
		return s.take(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		if s.filter != nil && s.filter.Update(msg) {
			return s.find(s.filter.Value())
		}
	default:
		return s.mouse(msg)
	}
	return nil
}

func (s *Screen) mouse(msg tea.Msg) kit.Action {
	switch m := msg.(type) {
	case tea.MouseClickMsg:
		m.Y -= s.above
		msg = m
	case kit.Wheel:
		if s.over || s.wide() && m.X > s.left() {
			s.top += m.Lines
			return nil
		}
	}
	if s.table.Update(msg).Kind == kit.Chose {
		if b, _ := kit.ByID(s.Bindings(), "log.open"); b.Disabled == "" {
			return s.Do("log.open")
		}
	}
	return s.moved()
}

func (s *Screen) take(msg read) kit.Action {
	if msg.run != s.run {
		return nil
	}
	s.busy = false
	if msg.err != nil {
		if fault.Is(msg.err, fault.Cancelled) {
			return nil
		}
		return kit.Fail{Err: msg.err}
	}
	newest := s.table.At() <= 0
	s.list, s.day = msg.list, msg.day
	s.rows.list, s.rows.entries, s.rows.more = &s.list, msg.entries, msg.more
	s.table.Refresh()
	if newest {
		s.table.Go(0) // who looks at the newest goes on doing so
	}
	if s.again {
		return s.read()
	}
	return nil
}

const (
	besideFrom                = 110 // columns from which the details are beside the table
	narrowestPane, widestPane = 40, 64
	separator                 = 3 // cells between table and pane
)

func (s *Screen) wide() bool { return s.width >= besideFrom }

// left is how many cells the table takes where the details are beside it.
func (s *Screen) left() int {
	return s.width - max(narrowestPane, min(s.width*2/5, widestPane)) - separator
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	s.width = width
	if s.day != nil && len(s.rows.entries) == 0 {
		return s.empty(width, height)
	}
	var lines []string
	if s.day != nil {
		lines = s.day.chart(s.env, width, chartHigh(height))
	}
	lines = append(lines, s.bar(width))
	s.above = len(lines)
	below := height - s.above
	e, some := s.current()
	switch {
	case s.over && !s.wide() && some:
		return kit.Block(append(lines, s.details(&e, width, below)...), width, height)
	case s.wide():
		return kit.Block(append(lines, s.beside(&e, some, width, below)...), width, height)
	}
	s.table.SetColumns(columns(width))
	return kit.Block(append(lines, strings.Split(s.table.View(width, below), "\n")...), width, height)
}

// chartHigh is how many lines the bars take of a screen's height.
func chartHigh(height int) int {
	const roomy, tall = 22, 34
	switch {
	case height < roomy:
		return 1
	case height < tall:
		return 2
	}
	return 4
}

// beside draws table and details side by side.
func (s *Screen) beside(e *core.LogEntry, some bool, width, height int) []string {
	left := s.left()
	s.table.SetColumns(columns(left))
	table := strings.Split(s.table.View(left, height), "\n")
	right := width - left - separator
	pane := make([]string, height)
	if some {
		pane = s.details(e, right, height)
	}
	rule := " " + s.env.Theme.Paint(theme.Border, s.env.Theme.Signs().Rule) + " "
	for i := range table {
		table[i] += rule + pane[i]
	}
	return table
}

// bar draws the line above the table: the filter, and what is shown.
func (s *Screen) bar(width int) string {
	line := s.env.Line(width)
	right := kit.Many(len(s.rows.entries), "entry", "entries")
	if s.rows.more {
		right = "the newest " + kit.Count(len(s.rows.entries))
	}
	if s.only != everything {
		right += "   only " + s.only.String()
	}
	room := width - s.env.Width(right) - 2
	switch {
	case s.filter != nil:
		line.Add(theme.Accent, "/ ").Painted(s.env.Theme.Paint(theme.Strong, s.filter.View(max(1, room-2))))
	case s.query != "":
		line.Add(theme.Accent, "/ ").Painted(s.env.Theme.Paint(theme.Strong, s.env.Cut(s.query, room-2)))
	default:
		line.Add(theme.Dim, "/ to filter")
	}
	return line.Right(s.env.Theme.Paint(theme.Dim, right)).String()
}

// empty says why nothing is shown, and what to do about it.
func (s *Screen) empty(width, height int) string {
	p := s.env.Page(width, 2)
	p.Add(s.bar(width))
	p.Blank()
	s.above = 1
	switch {
	case s.query != "" || s.only != everything:
		p.Say(theme.Strong, "Nothing in the log matches")
		p.Blank()
		p.Key("esc", "shows everything again")
	default:
		p.Say(theme.Strong, "Nothing has happened in "+s.list.Name+" yet")
		p.Say(theme.Text, "Here stands all that is done to its people, field by field: what a provider pushes, with the request, and what people do by hand or from files. Requests that are refused stand here too, with the reason.")
		p.Blank()
		if s.doors.Source != nil {
			p.Key("P", "connects the list to a provider, or shows how that does")
		}
	}
	return p.Block(height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	switch {
	case s.filter != nil:
		return 2 + s.filter.Column(), max(0, s.above-1), true
	case s.env.Plain() && !s.over:
		x, y, ok = s.table.Cursor()
		return x, y + s.above, ok
	}
	return 0, 0, false
}
