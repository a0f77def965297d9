// Package roster is the screen of a list's people: a table of a million rows
// that is filtered while one types, sorted and counted by any column, and
// edited in place or in bulk, with the details of whoever the cursor is on
// beside it.
//
// The screen holds row numbers of the list's one index, which are given to a
// person once, so cursor and marks stay with people whatever is searched,
// sorted or changed. Searches run as commands: each has a number, ends the one
// before it, and is dropped if it comes in late. All changes take the road of
// package apply.
package roster

import (
	"context"
	"iter"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/person"
	"muster/tui/theme"
)

// An Exporter writes people of a list, in their order, as a CSV file that can
// be imported again. A path that is taken is a fault, and nothing is written.
type Exporter func(ctx context.Context, path string, l coreroster.List, rows iter.Seq[coreroster.Values]) error

// Options are what the screen can do only where it is given to it.
type Options struct {
	// Export writes files; nil where there is nowhere to write.
	Export Exporter
	// Import makes the screen that brings a file into the list; nil where no
	// files can be read.
	Import func(l *coreroster.List) kit.Screen
	// Changes makes the screen of the list's changesets.
	Changes func(l *coreroster.List) kit.Screen
	// Duplicates makes the screen of people who may be in the list twice.
	Duplicates func(l *coreroster.List) kit.Screen
	// Sessions makes the screen of the list's sessions.
	Sessions func(l *coreroster.List) kit.Screen
	// Settings makes the screen of what is set for the list.
	Settings func(l *coreroster.List) kit.Screen
	// Schema makes the screen of the list's fields.
	Schema func(l *coreroster.List) kit.Screen
	// Mapping makes the screen of what feeds the list's fields, with the cursor on
	// the mapping of one of them.
	Mapping func(l *coreroster.List, field string) kit.Screen
	// Source makes the screen of what keeps the list current, and Log that of
	// what it did.
	Source, Log func(l *coreroster.List) kit.Screen
	// Session makes the screen that begins a session of so many people who are
	// marked, or with nil of those who match the filter.
	Session func(l *coreroster.List, filter string, count int, marked func() []coreroster.PersonID) kit.Screen
}

// Screen is the roster of one list.
type Screen struct {
	env     *kit.Env
	engine  *core.Engine
	actor   core.Actor
	options Options
	flow    *apply.Flow
	then    *past // the state it shows; nil is the present

	list    coreroster.List // as it was read last
	waiting int             // changesets of it that wait for a person
	loading *loading        // nil once there is an index
	index   *index.Index

	table  *kit.Table[uint32]
	search search
	filter *kit.Input // has the keys while it is not nil
	saved  settings
	pane   *person.Pane
	over   bool // the pane is over the table
	editor *person.Editor
	follow coreroster.PersonID // whom the cursor goes to once they are found

	// Of the last View.
	width, height int
	paneAt        int // where the pane begins, 0 if it is not beside the table
	editAt        struct{ x, y int }

	ctx  context.Context // ends when the screen is left
	stop context.CancelFunc
}

// New makes the screen of a list.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list coreroster.List, o Options) *Screen {
	s := &Screen{
		env: env, engine: e, actor: actor, options: o, list: list, flow: apply.New(env, e, actor, list.ID),
		table: kit.NewTable(env, nil, kit.Rows[uint32](&found{})), pane: person.NewPane(env, e, list),
		loading: new(loading),
	}
	s.table.Marking = true
	s.table.KeepMarks(&marks{})
	s.saved.Pane = true
	s.search.stop = func() {}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string {
	if s.then != nil {
		return "as of " + s.then.asked
	}
	return s.list.Name
}

// Status implements kit.Screen.
func (s *Screen) Status() string {
	if s.then != nil {
		return s.pastStatus()
	}
	standing, paint := s.list.Standing, s.env.Theme.Paint
	parts := []string{paint(theme.Text, kit.Count(standing.Active)+" active")}
	if s.waiting > 0 {
		text := kit.Count(s.waiting) + " changesets wait"
		if s.waiting == 1 {
			text = "1 changeset waits"
		}
		parts = append(parts, paint(theme.Waiting, text))
	}
	if standing.Inactive > 0 {
		parts = append(parts, paint(theme.Dim, kit.Count(standing.Inactive)+" inactive"))
	}
	if standing.Active+standing.Inactive > 0 {
		parts = append(parts, paint(theme.Dim, "changed "+kit.Ago(s.env.Now(), standing.Changed)))
	}
	return strings.Join(parts, "   ")
}

// Typing implements kit.Dialog.
func (s *Screen) Typing() bool { return s.filter != nil || s.editor != nil }

// Unsaved implements kit.Keeper.
func (s *Screen) Unsaved() string {
	if s.editor == nil || !s.editor.Changed() {
		return ""
	}
	return "What you typed is not saved"
}

// Update implements kit.Dialog.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	if action, mine := s.flow.Update(msg); mine {
		return action
	}
	if s.pane.Update(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First {
			return s.open()
		}
		return s.refresh()
	case kit.Resized:
		s.width = msg.Width
		return s.moved()
	case kit.Notice:
		if msg.List == strconv.FormatUint(uint64(s.list.ID), 10) {
			return s.refresh()
		}
	case apply.Applied:
		s.follow = msg.Person
		if c := msg.Head.Counts; msg.Head.Origin == changeset.Edit && c.Deactivates+c.Reactivates > 0 {
			s.table.Unmark() // they have gone where they are not seen
		}
		return s.refresh()
	case apply.Refused:
		return kit.All{s.addForm(msg.Values), kit.Fail{Err: msg.Err}}
	case apply.Edit:
		return s.flow.Save(msg)
	default:
		if action, mine := s.results(msg); mine {
			return action
		}
		return s.input(msg)
	}
	return nil
}

// results takes what the screen's commands and dialogs came to.
func (s *Screen) results(msg tea.Msg) (action kit.Action, mine bool) {
	switch msg := msg.(type) {
	case headRead:
		return s.headRead(msg), true
	case opened:
		return s.opened(msg), true
	case tick:
		return s.tick(), true
	case answer:
		return s.answered(msg), true
	case asOfTyped:
		return s.findMoment(string(msg)), true
	case asOfFound:
		return s.showMoment(msg), true
	case remembered:
		return s.remembered(msg), true
	case shownToAll:
		return msg.said(), true
	case columnsSet:
		return s.setColumns(msg), true
	case counted:
		return s.counted(msg), true
	case narrowed:
		return s.filterBy(string(msg)), true
	case bulkSet:
		return s.bulkSet(msg), true
	case person.TagsChosen:
		return s.flow.SetTags(s.chosen(), msg.Field, msg.Add, msg.Remove), true
	case addTyped:
		return s.add(msg), true
	case looked:
		return s.looked(msg), true
	case pathTyped:
		return s.export(string(msg)), true
	case exported:
		return s.exported(msg), true
	}
	return nil, false
}

// input takes keys without a binding, pasted text and the mouse.
func (s *Screen) input(msg tea.Msg) kit.Action {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		switch {
		case s.editor != nil:
			s.editor.Update(msg)
		case s.filter != nil && s.filter.Update(msg):
			return s.typed()
		}
		return nil
	}
	return s.mouse(msg)
}

func (s *Screen) mouse(msg tea.Msg) kit.Action {
	x, y, click := 0, 0, false
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		x, y, click = msg.X, msg.Y, msg.Button == tea.MouseLeft
	case kit.Wheel:
		x, y = msg.X, msg.Y
		if s.over || s.paneAt > 0 && x >= s.paneAt {
			s.pane.Scroll(msg.Lines)
			return nil
		}
	default:
		return nil
	}
	switch {
	case s.loading != nil || s.editor != nil || s.over:
		return nil
	case y == 0:
		if click && s.filter == nil {
			return s.Do("roster.filter")
		}
		return nil
	case s.paneAt > 0 && x >= s.paneAt:
		return nil
	}
	if m, ok := msg.(tea.MouseClickMsg); ok {
		m.Y--
		msg = m
	}
	switch e := s.table.Update(msg); e.Kind {
	case kit.Title:
		return s.sortByTitle(e.Column)
	case kit.Chose:
		return s.Do("roster.open")
	}
	return s.moved()
}

// moved has the pane show whom the cursor is on now.
func (s *Screen) moved() kit.Action {
	if !s.paneShown() {
		return nil
	}
	entry, ok := s.current()
	return s.pane.Show(entry.ID, ok)
}

// current returns what is known of the person the cursor is on.
func (s *Screen) current() (index.Entry, bool) {
	row, ok := s.table.Current()
	if !ok || s.index == nil {
		return index.Entry{}, false
	}
	return s.index.Row(row)
}

// field returns the field of the current column; not ok for the status.
func (s *Screen) field() (coreroster.Field, bool) {
	column, ok := s.table.Column()
	if !ok {
		return coreroster.Field{}, false
	}
	return s.list.Schema.ByID(coreroster.FieldID(column.ID))
}

// leave goes back, ending what is going on.
func (s *Screen) leave() kit.Action {
	s.stop()
	s.pane.Close()
	return kit.Pop{}
}
