package sessions

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/index"
	"muster/core/roster"
	"muster/core/session"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/person"
	"muster/tui/theme"
)

// one is the screen of one session: its people with the session's values.
type one struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	doors  Doors

	head   session.Session
	opened *core.OpenedSession // nil until it was read
	table  *kit.Table[roster.PersonID]
	rows   memberRows
	only   bool // those who were edited or added
	filter *kit.Input
	editor *person.Editor
	editAt struct{ x, y int }
	run    int
	busy   bool
	again  bool
	follow roster.PersonID // whom the cursor goes to once they are read
}

// opened is what a reading found.
type opened struct {
	run    int
	opened *core.OpenedSession
	err    error
}

func newOne(env *kit.Env, e *core.Engine, actor core.Actor, doors Doors, head session.Session) *one {
	s := &one{env: env, engine: e, actor: actor, doors: doors, head: head}
	s.table = kit.NewTable(env, nil, kit.Rows[roster.PersonID](&s.rows))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *one) Title() string { return s.head.Name }

// Status implements kit.Screen.
func (s *one) Status() string {
	paint, n := s.env.Theme.Paint, s.head.Counts
	parts := []string{paint(theme.Dim, kit.Many(n.People, "person", "people"))}
	if n.Unsent > 0 {
		parts = append([]string{paint(theme.Waiting, kit.Count(n.Unsent)+" to push")}, parts...)
	}
	if s.head.Status != session.Active {
		parts = append([]string{paint(theme.Strong, string(s.head.Status))}, parts...)
	}
	return strings.Join(append(parts, paint(theme.Dim, string(s.head.Kind)+" session")), "   ")
}

// Typing implements kit.Screen.
func (s *one) Typing() bool { return s.editor != nil || s.filter != nil }

// Unsaved implements kit.Keeper.
func (s *one) Unsaved() string {
	if s.editor == nil || !s.editor.Changed() {
		return ""
	}
	return "What you typed is not saved"
}

// Bindings implements kit.Screen.
func (s *one) Bindings() []kit.Binding {
	switch {
	case s.editor != nil:
		return s.editor.Bindings()
	case s.filter != nil:
		return []kit.Binding{
			{ID: "filter.keep", Keys: []string{"enter"}, Label: "keep", Help: "Keep the filter", Group: "Filter", Rank: 1},
			{ID: "filter.clear", Keys: []string{"esc"}, Label: "clear", Help: "Clear the filter", Group: "Filter", Rank: 2},
		}
	}
	key := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "session." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank}
	}
	b := []kit.Binding{
		key("edit", "edit", "Edit this value in the session; the list stays as it is", "Change", 1, "e", "enter"),
		key("push", "push", "Propose what was edited to the list, to be reviewed", "Change", 2, "p"),
		key("add", "add", "Add a person in the session", "Change", 3, "n"),
		key("filter", "filter", "Filter as you type; enter keeps it, esc clears it", "Look", 4, "/"),
		key("only", "only edited", "Show only who was edited or added, or everyone", "Look", 5, "t"),
		key("close", closing(s.head.Status), "Close this session, or open it again", "Change", 7, "x"),
		key("archive", archiving(s.head.Status), "Put this session away, or take it out again", "Change", 0, "A"),
		key("changeset", "changeset", "Open the changeset of this session that waits", "Look", 6, "c"),
		key("changes", "changesets", "Look at the changesets of the list", "Look", 0, "C"),
		key("back", "back", "Clear the filter; without one, go back", "Look", 0, "esc"),
	}
	s.refuse(b)
	kit.Needing(core.EditSessions, "Change", b)
	return append(b, s.table.Bindings()...)
}

// ListID implements kit.Lister.
func (s *one) ListID() roster.ListID { return s.head.List }

// refuse says why bindings cannot run now.
func (s *one) refuse(all []kit.Binding) {
	for i := range all {
		b := &all[i]
		change := b.ID == "session.edit" || b.ID == "session.add"
		switch {
		case b.ID == "session.back":
		case s.opened == nil:
			b.Disabled = "The session is still being read"
		case change && s.head.Status != session.Active:
			b.Disabled = "The session is " + string(s.head.Status) + "; x opens it again"
		case b.ID == "session.edit":
			b.Disabled = s.uneditable()
		case b.ID == "session.changeset":
			if _, waits := s.waiting(); !waits {
				b.Disabled, b.Rank = "No changeset of this session waits; C shows those of the list", 0
			}
		case b.ID == "session.push" && s.head.Status == session.Archived:
			b.Disabled = "The session is archived; A takes it out again"
		case b.ID == "session.push" && s.head.Counts.Unsent == 0:
			b.Disabled = "Nothing was edited since the last push"
		}
	}
}

func (s *one) uneditable() string {
	m, someone := s.current()
	f, isField := s.field()
	switch {
	case !someone:
		return "Nobody is shown here"
	case !isField:
		return "Go to a column that is a field"
	case !s.head.Holds(f.ID) && !m.Added:
		return "The session does not hold " + f.Label
	}
	return ""
}

func (s *one) current() (*session.Member, bool) {
	i := s.table.At()
	if i < 0 {
		return nil, false
	}
	return s.rows.member(i), true
}

func (s *one) field() (roster.Field, bool) {
	column, ok := s.table.Column()
	if !ok || s.opened == nil {
		return roster.Field{}, false
	}
	return s.opened.List.Schema.ByID(roster.FieldID(column.ID))
}

// Do implements kit.Screen.
func (s *one) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	switch id {
	case "session.edit":
		return s.edit()
	case "edit.save":
		if edit, ok := s.editor.Done(); ok {
			s.editor = nil
			return s.save(edit)
		}
	case "edit.cancel":
		s.editor = nil
	case "session.push":
		return s.draft()
	case "session.add":
		return s.askPerson(nil)
	case "session.filter":
		s.filter = kit.NewInput(s.env, s.rows.filter)
	case "filter.keep":
		s.filter = nil
	case "filter.clear":
		s.filter = nil
		s.find("")
	case "session.only":
		s.only = !s.only
		s.find(s.rows.filter)
	case "session.close":
		return setStatus(s.engine, s.actor, &s.head, closing(s.head.Status))
	case "session.archive":
		return setStatus(s.engine, s.actor, &s.head, archiving(s.head.Status))
	case "session.changeset":
		head, _ := s.waiting()
		return kit.Push{Screen: s.doors.Changeset(head)}
	case "session.changes":
		return kit.Push{Screen: s.doors.Changes(&s.opened.List)}
	case "session.back":
		if s.rows.filter != "" {
			s.find("")
			return nil
		}
		return kit.Pop{}
	}
	return nil
}

// waiting is the newest changeset in which something of the session waits.
func (s *one) waiting() (newest changeset.Changeset, ok bool) {
	for _, c := range s.opened.Sent {
		if c.Open() && c.ID > newest.ID {
			newest, ok = c, true
		}
	}
	return newest, ok
}

// edit begins to edit the current value.
func (s *one) edit() kit.Action {
	m, _ := s.current()
	f, _ := s.field()
	var action kit.Action
	s.editor, action = person.Edit(s.env, apply.Edit{
		Person: m.Person, Name: s.opened.List.DisplayName(m.Values()), Field: f, Base: m.Get(f.ID), Value: m.Get(f.ID),
	}, person.TagsOf(func(ctx context.Context) (*index.Index, error) { return s.engine.Index(ctx, s.opened.List.ID, nil) }, f.ID, m.Get(f.ID)))
	return action
}

// saved is what became of an edit or an addition.
type saved struct {
	person roster.PersonID
	text   string
	values map[roster.FieldID]string // what was typed, if a person could not be added
	err    error
}

func (s *one) save(edit apply.Edit) kit.Action {
	if edit.Value == edit.Base {
		return nil
	}
	engine, actor, id := s.engine, s.actor, s.head.ID
	return kit.Run{Cmd: func() tea.Msg {
		_, err := engine.EditSession(context.Background(), actor, id, edit.Person,
			[]changeset.Change{{Field: edit.Field.ID, Base: edit.Base, Proposed: edit.Value}})
		return saved{person: edit.Person, text: edit.Field.Label + " of " + edit.Name + " is edited in the session; p pushes it", err: err}
	}}
}

// typed are the values of somebody to be added.
type typed map[roster.FieldID]string

// askPerson asks for the values of somebody new.
func (s *one) askPerson(values map[roster.FieldID]string) kit.Action {
	fields := person.Asked(&s.opened.List)
	return kit.Open{Dialog: kit.NewForm(s.env, "Add a person in the session", person.FormFields(&s.opened.List, values), func(texts []string) tea.Msg {
		given := make(typed, len(texts))
		for i, f := range fields {
			given[f.ID] = strings.TrimSpace(texts[i])
		}
		return given
	})}
}

func (s *one) add(values typed) kit.Action {
	engine, actor, id, list := s.engine, s.actor, s.head.ID, s.opened.List
	return kit.Run{Cmd: func() tea.Msg {
		m, err := engine.AddToSession(context.Background(), actor, id, values)
		if err != nil {
			return saved{values: values, err: err}
		}
		return saved{person: m.Person, text: list.DisplayName(m.Values()) + " is added in the session; p pushes it"}
	}}
}

func (s *one) saved(m saved) kit.Action {
	switch {
	case m.err != nil && m.values != nil:
		return kit.All{s.askPerson(m.values), kit.Fail{Err: m.err}}
	case m.err != nil:
		return kit.All{kit.Fail{Err: m.err}, s.load()}
	}
	s.follow = m.person
	return kit.All{kit.Say{Text: m.text, Kind: kit.Done}, s.load()}
}

// load reads the session, or notes that it is to be read again.
func (s *one) load() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	s.run++
	engine, run, id := s.engine, s.run, s.head.ID
	return kit.Run{Cmd: func() tea.Msg {
		o, err := engine.OpenSession(context.Background(), id)
		return opened{run, o, err}
	}}
}

// Update implements kit.Screen.
func (s *one) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		return s.load()
	case kit.Notice:
		if msg.List == strconv.FormatUint(uint64(s.head.List), 10) {
			return s.load()
		}
	case opened:
		return s.take(msg)
	case apply.Edit:
		return s.save(msg)
	case saved:
		return s.saved(msg)
	case typed:
		return s.add(msg)
	case drafted:
		return s.askPush(msg)
	case agreed:
		return s.push()
	case pushed:
		return s.pushed(msg)
	case statusSet:
		return kit.All{msg.say(), s.load()}
	case tea.KeyPressMsg, tea.PasteMsg:
		switch {
		case s.editor != nil:
			s.editor.Update(msg)
		case s.filter != nil && s.filter.Update(msg):
			s.find(s.filter.Value())
		}
	case tea.MouseClickMsg:
		if msg.Y--; s.editor == nil && s.table.Update(msg).Kind == kit.Chose && s.uneditable() == "" && s.head.Status == session.Active {
			return s.edit()
		}
	default:
		s.table.Update(msg)
	}
	return nil
}

func (s *one) take(msg opened) kit.Action {
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
	first := s.opened == nil
	s.opened, s.head = msg.opened, msg.opened.Session
	if first {
		s.table.SetColumns(s.columns())
	}
	s.find(s.rows.filter)
	if s.follow != (roster.PersonID{}) {
		s.table.Find(s.follow)
		s.follow = roster.PersonID{}
	}
	if s.again {
		return s.load()
	}
	return nil
}

// find shows who matches a filter.
func (s *one) find(text string) {
	s.rows.show(s.opened, text, s.only)
	s.table.Empty = "Nobody here matches; esc clears the filter"
	if s.only && text == "" {
		s.table.Empty = "Nobody was edited or added yet; t shows everyone, e edits"
	}
	s.table.Refresh()
}
