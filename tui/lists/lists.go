// Package lists is the first screen: every list with how many people it has
// and what waits for somebody in it. Enter opens a list's roster; from here
// one imports files, makes lists and looks through changesets. A store without
// lists says how to begin.
package lists

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/schema"
	"muster/tui/theme"
)

// Doors make the screens that open from here.
type Doors struct {
	Roster func(l roster.List) kit.Screen
	// Import brings a file into a list, or into a new one with nil. It is nil
	// where no files can be read.
	Import func(l *roster.List) kit.Screen
	// Changes shows the changesets of a list, or of all with nil.
	Changes func(l *roster.List) kit.Screen
	// Sessions shows the sessions of a list, or of all with nil.
	Sessions func(l *roster.List) kit.Screen
	// Duplicates shows people who may be in a list twice.
	Duplicates func(l *roster.List) kit.Screen
	// Settings shows what is set for a list.
	Settings func(l *roster.List) kit.Screen
	// Schema shows the fields of a list.
	Schema func(l *roster.List) kit.Screen
	// Mapping shows which attribute feeds which field of a list.
	Mapping func(l *roster.List, field string) kit.Screen
	// Source shows what keeps a list current, and Log what that did.
	Source, Log func(l *roster.List) kit.Screen
	// Notices shows where notices about a list go out to.
	Notices func(l *roster.List) kit.Screen
	// Administrators shows who may do what.
	Administrators func() kit.Screen
	// Config shows what is set for the muster that runs. It is nil where nothing is.
	Config func() kit.Screen
	// Backups shows those that are kept. It is nil where none are.
	Backups func() kit.Screen
}

// Screen is the table of lists.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	doors  Doors

	rows   rows
	recent []changeset.Changeset // those that wait, then the newest
	table  *kit.Table[roster.ListID]
	begin  *beginning
	width  int
	loaded bool
	made   string // the slug of a list that was just made
	run    int    // the number of the latest reading
	busy   bool   // it is going on
	again  bool   // something changed while it was
}

// loaded is what a reading found.
type loaded struct {
	run     int
	lists   []roster.List
	waiting map[roster.ListID]int
	recent  []changeset.Changeset
	err     error
}

// New makes the first screen.
func New(env *kit.Env, e *core.Engine, actor core.Actor, doors Doors) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, doors: doors, rows: rows{env: env}, begin: &beginning{env: env}}
	s.table = kit.NewTable(env, nil, kit.Rows[roster.ListID](s.rows))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Lists" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	if len(s.rows.lists) == 0 {
		return ""
	}
	waiting, people := 0, 0
	for _, l := range s.rows.lists {
		waiting += s.rows.waiting[l.ID]
		people += l.Standing.Active
	}
	status := s.env.Theme.Paint(theme.Dim, kit.Many(len(s.rows.lists), "list", "lists")) + "   " +
		s.env.Theme.Paint(theme.Dim, kit.Count(people)+" active")
	if waiting > 0 {
		return s.env.Theme.Paint(theme.Waiting, kit.Many(waiting, "changeset waits", "changesets wait")) + "   " + status
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// empty reports whether there is no list yet.
func (s *Screen) empty() bool { return s.loaded && len(s.rows.lists) == 0 }

// ListID implements kit.Lister: it is about the list under the cursor.
func (s *Screen) ListID() roster.ListID {
	if at := s.table.At(); at >= 0 && at < len(s.rows.lists) {
		return s.rows.lists[at].ID
	}
	return 0
}

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	key := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "lists." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank}
	}
	load := key("import", "import", "Import a CSV file into this list", "Change", 2, "i")
	fresh := key("file", "new from a file", "Make a new list of a CSV file", "Change", 6, "I")
	if s.doors.Import == nil {
		load.Disabled, fresh.Disabled = noFiles, noFiles
	}
	make := key("new", "new list", "Make a list by hand", "Change", 5, "n")
	load.Needs, fresh.Needs, make.Needs = core.EditPeople, core.MakeLists, core.MakeLists
	admins := key("administrators", "administrators", "Look at who may do what, add administrators and change their roles", "Whole store", 0, "A")
	backups := key("backups", "backups", "Look at the backups that are kept, write one, and say how often one is written by itself", "Whole store", 0, "B")
	config := key("config", "what is set", "Look at what is set for this muster, and whether a flag, a variable, the settings file or the store says so", "Whole store", 0, "=")
	admins.Needs, backups.Needs, config.Needs = core.AddAdministrators, core.BackUp, core.SetStore
	if s.doors.Config == nil {
		config.Disabled = "Nothing is set for a store that is thrown away"
	}
	if s.doors.Backups == nil {
		backups.Disabled = "This store is thrown away at the end, so nothing keeps backups of it"
	}
	if s.empty() {
		start := key("begin", "choose", "Begin with what the cursor is on", "Begin", 1, "enter")
		load.Help, load.Needs = "Make a list of a CSV file", core.MakeLists
		return append([]kit.Binding{start, load, make, admins, backups, config}, choosing()...)
	}
	open := key("open", "open", "Open the roster of this list", "Look", 1, "enter")
	own := key("changes", "changesets", "Look at the changesets of this list", "Look", 3, "c")
	sessions := key("sessions", "sessions", "Look at the sessions of this list", "Look", 7, "s")
	twice := key("duplicates", "duplicates", "Look for people who may be in this list twice", "Look", 0, "D")
	settings := key("settings", "settings", "Look at what is set for this list: what waits for a person, and when the guard holds", "Look", 0, ",")
	fields := key("fields", "fields", "Look at the fields of this list, add, change and delete them", "Look", 0, "f")
	source := key("source", "provider", "Connect an identity provider to this list, or look at how it does", "Look", 8, "P")
	mapped := key("mapping", "mapping", "Say which attribute of the provider feeds which field of this list, and how", "Look", 0, "m")
	log := key("log", "log", "Look at the provisioning log of this list", "Look", 0, "L")
	told := key("notices", "notices", "Say who is told when this list needs a person: webhooks and commands, and of what", "Look", 0, "N")
	if s.table.At() < 0 {
		for _, b := range []*kit.Binding{&open, &own, &sessions, &twice, &settings, &fields, &source, &mapped, &log, &told} {
			b.Disabled = unread
		}
	}
	all := key("all changes", "all changesets", "Look at the changesets of all lists", "Look", 4, "C")
	everywhere := key("all sessions", "all sessions", "Look at the sessions of all lists", "Look", 0, "S")
	return append([]kit.Binding{open, load, own, all, make, fresh, sessions, everywhere, source, mapped, log, twice, settings, fields, told, admins, backups, config}, s.table.Bindings()...)
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) || s.begin.do(id) {
		return nil
	}
	switch id {
	case "lists.begin":
		return s.start()
	case "lists.file":
		return kit.Push{Screen: s.doors.Import(nil)}
	case "lists.new":
		return kit.Push{Screen: s.newList()}
	case "lists.all changes":
		return kit.Push{Screen: s.doors.Changes(nil)}
	case "lists.all sessions":
		return kit.Push{Screen: s.doors.Sessions(nil)}
	case "lists.config":
		return kit.Push{Screen: s.doors.Config()}
	case "lists.backups":
		return kit.Push{Screen: s.doors.Backups()}
	case "lists.administrators":
		return kit.Push{Screen: s.doors.Administrators()}
	}
	at := s.table.At()
	if at < 0 {
		if id == "lists.import" && s.empty() {
			return kit.Push{Screen: s.doors.Import(nil)}
		}
		return nil
	}
	l := s.rows.lists[at]
	switch id {
	case "lists.import":
		return kit.Push{Screen: s.doors.Import(&l)}
	case "lists.changes":
		return kit.Push{Screen: s.doors.Changes(&l)}
	case "lists.sessions":
		return kit.Push{Screen: s.doors.Sessions(&l)}
	case "lists.duplicates":
		return kit.Push{Screen: s.doors.Duplicates(&l)}
	case "lists.settings":
		return kit.Push{Screen: s.doors.Settings(&l)}
	case "lists.fields":
		return kit.Push{Screen: s.doors.Schema(&l)}
	case "lists.source":
		return kit.Push{Screen: s.doors.Source(&l)}
	case "lists.mapping":
		return kit.Push{Screen: s.doors.Mapping(&l, "")}
	case "lists.notices":
		return kit.Push{Screen: s.doors.Notices(&l)}
	case "lists.log":
		return kit.Push{Screen: s.doors.Log(&l)}
	}
	return kit.Push{Screen: s.doors.Roster(l)}
}

// newList makes the screen on which a list is made by hand.
func (s *Screen) newList() kit.Screen {
	doors := schema.NewListDoors{Made: func(slug string) { s.made = slug }}
	for _, l := range s.rows.lists {
		doors.Taken = append(doors.Taken, l.Slug)
	}
	if s.doors.Import != nil {
		doors.File = func() kit.Screen { return s.doors.Import(nil) }
	}
	return schema.NewList(s.env, s.engine, s.actor, doors)
}

// unread says why nothing can be done with a list.
const unread = "The lists could not be read"

// Waits implements kit.Waiter: what is about a list waits until the lists have
// been read.
func (s *Screen) Waits(string) bool { return s.busy && !s.loaded }

const noFiles = "Files cannot be read over a network; send yours to the command: muster import LIST - < FILE"

// start begins as was chosen in an empty store.
func (s *Screen) start() kit.Action {
	switch s.begin.at {
	case beginImport:
		if s.doors.Import == nil {
			return kit.Say{Text: noFiles, Kind: kit.Caution}
		}
		return kit.Push{Screen: s.doors.Import(nil)}
	case beginNew:
		return kit.Push{Screen: s.newList()}
	}
	return kit.Open{Dialog: kit.NewMessage(s.env, "The demo", "Quit with q and run the command:\n\nmuster demo\n\n"+
		"It opens a store of made-up people that is thrown away when you leave: several lists, a history, and a changeset that waits for you.")}
}

// recent is how many changesets are read to say what waits and what was last.
const recent = 200

// read reads the lists, or notes that they are to be read again.
func (s *Screen) read() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	s.run++
	engine, run := s.engine, s.run
	return kit.Run{Cmd: func() tea.Msg {
		ctx := context.Background() // it is quick, and there is always a next one
		out := loaded{run: run}
		if out.lists, out.err = engine.Lists(ctx); out.err != nil {
			return out
		}
		if out.waiting, out.err = engine.Waiting(ctx); out.err != nil {
			return out
		}
		out.recent, out.err = engine.Overview(ctx, 0, recent)
		return out
	}}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown, kit.Notice:
		return s.read()
	case loaded:
		return s.take(msg)
	case tea.MouseClickMsg:
		if s.empty() {
			if s.begin.click(msg) {
				return s.start()
			}
			return nil
		}
		if s.table.Update(msg).Kind == kit.Chose {
			return s.Do("lists.open")
		}
	default:
		s.table.Update(msg)
	}
	return nil
}

func (s *Screen) take(msg loaded) kit.Action {
	if msg.run != s.run {
		return nil
	}
	s.busy = false
	if msg.err != nil {
		s.table.Empty = unread
		return kit.Fail{Err: msg.err}
	}
	s.rows.lists, s.rows.waiting, s.recent, s.loaded = msg.lists, msg.waiting, msg.recent, true
	s.table.SetRows(s.rows)
	s.width = 0 // names may be longer now
	if i := slices.IndexFunc(msg.lists, func(l roster.List) bool { return l.Slug == s.made }); i >= 0 {
		s.table.Go(i)
		s.made = ""
	}
	if s.again {
		return s.read()
	}
	return nil
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if s.empty() {
		return s.begin.view(width, height)
	}
	if width != s.width {
		s.width = width
		s.table.SetColumns(s.rows.columns(width))
	}
	below := s.detail(width, max(0, min(9, height-8)))
	lines := strings.Split(s.table.View(width, min(height-len(below), max(2, 1+len(s.rows.lists)))), "\n")
	return kit.Block(append(lines, below...), width, height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	if s.empty() {
		return s.begin.cursor()
	}
	return s.table.Cursor()
}
