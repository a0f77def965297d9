// Package sessions is the screens of sessions: a table of those of a list, or
// of all lists, and one session with its people, who are edited there in place,
// beside what the snapshot and the list say, until the result is pushed for
// review.
package sessions

import (
	"context"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Doors make the screens that open from here.
type Doors struct {
	// Changes shows the changesets of a list.
	Changes func(l *roster.List) kit.Screen
	// Changeset shows one.
	Changeset func(head changeset.Changeset) kit.Screen
}

// Screen is the table of sessions.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   *roster.List // nil: of all lists
	doors  Doors
	from   *People // whom to begin a new session with, once shown

	rows   rows
	table  *kit.Table[session.ID]
	width  int
	run    int  // the number of the latest reading
	busy   bool // it is going on
	again  bool // something changed while it was
	loaded bool
	made   session.ID // the session that was just made
}

// read is what a reading found.
type read struct {
	run      int
	sessions []session.Session
	lists    []roster.List
	err      error
}

// New makes the screen of a list's sessions; nil is all lists'.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list *roster.List, doors Doors) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, list: list, doors: doors, rows: rows{env: env}}
	s.table = kit.NewTable(env, nil, kit.Rows[session.ID](s.rows))
	s.table.Empty = "Reading…"
	return s
}

// NewFrom makes the screen of a list's sessions, which begins with a question
// about a new one of these people.
func NewFrom(env *kit.Env, e *core.Engine, actor core.Actor, list *roster.List, doors Doors, from People) *Screen {
	s := New(env, e, actor, list, doors)
	s.from = &from
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Sessions" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	unsent := 0
	for i := range s.rows.sessions {
		if s.rows.sessions[i].Counts.Unsent > 0 {
			unsent++
		}
	}
	status := "of all lists"
	if s.list != nil {
		status = kit.Clean(s.list.Name)
	}
	status = s.env.Theme.Paint(theme.Dim, status)
	if unsent > 0 {
		return s.env.Theme.Paint(theme.Waiting, kit.Many(unsent, "session has edits to push", "sessions have edits to push")) + "   " + status
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	key := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "sessions." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank}
	}
	b := []kit.Binding{
		key("open", "open", "Open this session: edit its people, push what was edited", "Look", 1, "enter"),
		key("new", "new session", "Take people of this list into a new session", "Change", 2, "n"),
		key("close", "close", "Close this session, or open it again", "Change", 3, "x"),
		key("archive", "archive", "Put this session away, or take it out again", "Change", 4, "A"),
		key("changes", "changesets", "Look at the changesets of this list", "Look", 5, "c"),
	}
	if s.list == nil {
		b[1].Rank = 0
		b[1].Disabled = "A session is of one list: open the list's own sessions with s"
	}
	if current, ok := s.current(); ok {
		b[2].Label, b[3].Label = closing(current.Status), archiving(current.Status)
	} else {
		for _, i := range []int{0, 2, 3} {
			b[i].Disabled, b[i].Rank = "There is no session yet", 0
		}
		if s.list == nil {
			b[4].Disabled, b[4].Rank = b[0].Disabled, 0
		}
	}
	kit.Needing(core.EditSessions, "Change", b)
	return append(b, s.table.Bindings()...)
}

// ListID implements kit.Lister: it is about the list of the session under the cursor.
func (s *Screen) ListID() roster.ListID {
	if current, ok := s.current(); ok && s.list == nil {
		return current.List
	}
	if s.list == nil {
		return 0
	}
	return s.list.ID
}

// closing and archiving are what their keys do to a session of that status.
func closing(now session.Status) string {
	if now == session.Active {
		return "close"
	}
	return "reopen"
}

func archiving(now session.Status) string {
	if now == session.Archived {
		return "reopen"
	}
	return "archive"
}

// current returns the session the cursor is on.
func (s *Screen) current() (session.Session, bool) {
	i := s.table.At()
	if i < 0 {
		return session.Session{}, false
	}
	return s.rows.sessions[i], true
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	current, _ := s.current()
	switch id {
	case "sessions.open":
		return s.open(current)
	case "sessions.new":
		return s.ask(People{})
	case "sessions.changes":
		if s.list != nil {
			return kit.Push{Screen: s.doors.Changes(s.list)}
		}
		l := s.rows.list(current.List)
		return kit.Push{Screen: s.doors.Changes(&l)}
	case "sessions.close":
		return setStatus(s.engine, s.actor, &current, closing(current.Status))
	case "sessions.archive":
		return setStatus(s.engine, s.actor, &current, archiving(current.Status))
	}
	return nil
}

func (s *Screen) open(of session.Session) kit.Action {
	return kit.Push{Screen: newOne(s.env, s.engine, s.actor, s.doors, of)}
}

// statusSet is what became of closing, archiving or reopening.
type statusSet struct {
	session session.Session
	err     error
}

func setStatus(e *core.Engine, actor core.Actor, of *session.Session, verb string) kit.Action {
	to := map[string]session.Status{"close": session.Closed, "archive": session.Archived, "reopen": session.Active}[verb]
	id := of.ID
	return kit.Run{Cmd: func() tea.Msg {
		now, err := e.SetSessionStatus(context.Background(), actor, id, to)
		return statusSet{now, err}
	}}
}

// say tells what a session is now.
func (m statusSet) say() kit.Action {
	if m.err != nil {
		return kit.Fail{Err: m.err}
	}
	text := m.session.Name + " is " + string(m.session.Status)
	if m.session.Status != session.Active && m.session.Counts.Unsent > 0 {
		text += "; edits of " + kit.Many(m.session.Counts.Unsent, "person", "people") + " were not pushed"
		return kit.Say{Text: text, Kind: kit.Caution}
	}
	return kit.Say{Text: text, Kind: kit.Done}
}

// load reads the sessions, or notes that they are to be read again.
func (s *Screen) load() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	s.run++
	engine, run, list := s.engine, s.run, roster.ListID(0)
	if s.list != nil {
		list = s.list.ID
	}
	return kit.Run{Cmd: func() tea.Msg {
		ctx := context.Background() // it is quick, and there is always a next one
		out := read{run: run}
		if out.sessions, out.err = engine.Sessions(ctx, list); out.err != nil {
			return out
		}
		out.lists, out.err = engine.Lists(ctx)
		return out
	}}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First && s.from != nil {
			return kit.All{s.load(), s.ask(*s.from)}
		}
		return s.load()
	case kit.Notice:
		return s.load()
	case read:
		return s.take(msg)
	case statusSet:
		return kit.All{msg.say(), s.load()}
	case asked:
		return s.create(msg)
	case created:
		return s.created(msg)
	default:
		if s.table.Update(msg).Kind == kit.Chose {
			return s.Do("sessions.open")
		}
	}
	return nil
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
	s.rows.sessions, s.rows.lists, s.loaded = msg.sessions, msg.lists, true
	s.columns()
	if s.made != 0 && s.table.Find(s.made) {
		s.made = 0
	}
	if s.again {
		return s.load()
	}
	return nil
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if s.loaded && len(s.rows.sessions) == 0 {
		return s.teach(width, height)
	}
	if width != s.width {
		s.width = width
		s.columns()
	}
	return s.table.View(width, height)
}

// teach says what sessions are for, where there is none.
func (s *Screen) teach(width, height int) string {
	p := s.env.Page(width, 2)
	p.Blank()
	p.Blank()
	p.Say(theme.Strong, "No sessions yet")
	p.Blank()
	p.Say(theme.Text, "A session takes a snapshot of people. They are edited there, for a photo day or to check their data, while the list goes on without it. Pushing the session makes a changeset of what was edited, to be reviewed: nothing is overwritten.")
	p.Blank()
	if s.list != nil {
		p.Key("n", "takes everyone, or who matches a filter")
		p.Key("esc", "goes back; in the roster, filter or mark people and press s")
	} else {
		p.Key("esc", "goes back; open a list, filter or mark people, and press s")
	}
	return p.Block(height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) { return s.table.Cursor() }

// The columns of the table of sessions.
const (
	number = iota
	listName
	name
	kind
	status
	people
	edited
	added
	toPush
	made
)

// columns fits the columns to the width of the screen.
func (s *Screen) columns() {
	c := []kit.Column{
		{ID: number, Title: "No.", Width: 4, Align: kit.Right},
		{ID: listName, Title: "List", Width: 14, Hidden: s.list != nil || len(s.rows.lists) < 2},
		{ID: name, Title: "Session", Width: 16, Grow: true},
		{ID: kind, Title: "Kind", Width: 6},
		{ID: status, Title: "Status", Width: 8},
		{ID: people, Title: "People", Width: 7, Align: kit.Right},
		{ID: edited, Title: "Edited", Width: 6, Align: kit.Right},
		{ID: added, Title: "Added", Width: 6, Align: kit.Right},
		{ID: toPush, Title: "To push", Width: 7, Align: kit.Right},
		{ID: made, Title: "Made", Width: 24, Hidden: s.width < 110},
	}
	if s.width < 90 {
		c[listName].Hidden, c[kind].Hidden = true, s.width < 75
		c[added].Hidden = s.width < 75
	}
	s.table.SetColumns(c)
	s.table.SetRows(s.rows)
}

// rows are the sessions that are shown.
type rows struct {
	env      *kit.Env
	sessions []session.Session
	lists    []roster.List
}

func (r rows) Len() int              { return len(r.sessions) }
func (r rows) ID(row int) session.ID { return r.sessions[row].ID }
func (r rows) IndexOf(id session.ID) int {
	return slices.IndexFunc(r.sessions, func(s session.Session) bool { return s.ID == id })
}

func (r rows) list(id roster.ListID) roster.List {
	i := slices.IndexFunc(r.lists, func(l roster.List) bool { return l.ID == id })
	if i < 0 {
		return roster.List{ID: id}
	}
	return r.lists[i]
}

func (r rows) Cell(row, column int) kit.Cell {
	s := &r.sessions[row]
	role := theme.Text
	if s.Status != session.Active {
		role = theme.Dim
	}
	count := func(n int, some theme.Role) kit.Cell {
		if n == 0 {
			some = theme.Dim
		}
		return kit.Cell{Text: kit.Count(n), Role: some}
	}
	switch column {
	case number:
		return kit.Cell{Text: strconv.FormatUint(uint64(s.ID), 10), Role: theme.Dim}
	case listName:
		return kit.Cell{Text: r.list(s.List).Name, Role: role}
	case name:
		return kit.Cell{Text: s.Name, Role: role}
	case kind:
		return kit.Cell{Text: string(s.Kind), Role: theme.Dim}
	case status:
		return kit.Cell{Text: string(s.Status), Role: role}
	case people:
		return count(s.Counts.People, role)
	case edited:
		return count(s.Counts.Edited, role)
	case added:
		return count(s.Counts.Added, role)
	case toPush:
		return count(s.Counts.Unsent, theme.Waiting)
	}
	return kit.Cell{Text: kit.Ago(r.env.Now(), s.At) + " by " + s.By, Role: theme.Dim}
}
