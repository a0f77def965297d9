// Package person is the screen of one person, and what it shares with the
// roster: the pane with somebody's details, and the editor of one value. Both
// show every field with its owner, the status, and the history with who, when,
// and each value's old and new.
package person

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/index"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/theme"
	"muster/tui/why"
)

// Screen shows one person: the fields above, the history below.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	slug   string
	list   roster.ListID
	id     roster.PersonID
	flow   *apply.Flow
	then   *uint64 // the version as of which the person is shown; nil is now
	// mapping makes the screen of what feeds a field; nil where there is none.
	mapping func(l *roster.List, field string) kit.Screen

	facts  *facts
	all    bool // hidden fields are shown, too
	wrong  string
	table  *kit.Table[rowID]
	drawn  drawn // what the table's rows were made for
	editor *Editor
	at     struct{ x, y int } // of the editor in the last View
}

// New makes the screen of a person of a list.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list roster.List, id roster.PersonID) *Screen {
	return &Screen{
		env: env, engine: e, actor: actor, slug: list.Slug, list: list.ID, id: id, flow: apply.New(env, e, actor, list.ID),
		table: kit.NewTable(env, nil, kit.Rows[rowID](rows{})),
	}
}

// NewAsOf makes the screen of a person as they were at a version of the list:
// nothing can be changed there.
func NewAsOf(env *kit.Env, e *core.Engine, actor core.Actor, list roster.List, id roster.PersonID, version uint64) *Screen {
	s := New(env, e, actor, list, id)
	s.then = &version
	return s
}

// Opens has the screen open that of what feeds a field.
func (s *Screen) Opens(mapping func(l *roster.List, field string) kit.Screen) *Screen {
	s.mapping = mapping
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string {
	if s.facts == nil {
		return "Person"
	}
	return s.facts.name()
}

// Status implements kit.Screen.
func (s *Screen) Status() string {
	if s.facts == nil {
		return ""
	}
	parts := []string{Status(s.env, s.facts.person.Status)}
	if _, pinned := s.facts.pin(changeset.Status); pinned {
		parts[0] += s.env.Theme.Paint(theme.Waiting, ", pinned")
	}
	if s.then != nil {
		parts = append(parts, s.env.Theme.Paint(theme.Waiting, "as it was, read only"))
	}
	if uid := s.facts.list.UID(s.facts.person.Values); uid != "" && uid != s.facts.name() {
		parts = append(parts, s.env.Cut(uid, 40))
	}
	if n := len(s.facts.events); n > 1 {
		changed := "changed " + kit.Ago(s.env.Now(), s.facts.events[0].At)
		parts = append(parts, s.env.Theme.Paint(theme.Dim, changed))
	}
	return strings.Join(parts, "   ")
}

// Typing implements kit.Dialog.
func (s *Screen) Typing() bool { return s.editor != nil }

// ListID implements kit.Lister.
func (s *Screen) ListID() roster.ListID { return s.list }

// Bindings implements kit.Dialog.
func (s *Screen) Bindings() []kit.Binding {
	if s.editor != nil {
		return s.editor.Bindings()
	}
	edit := kit.Binding{ID: "person.edit", Keys: []string{"e", "enter"}, Label: "edit", Help: "Edit this value", Group: "Change", Rank: 1}
	copied := kit.Binding{ID: "person.copy", Keys: []string{"y"}, Label: "copy", Help: "Copy this value", Group: "Look", Rank: 2}
	off := kit.Binding{ID: "person.deactivate", Keys: []string{"d"}, Label: "deactivate", Help: "Deactivate this person",
		Group: "Change", Rank: 3, Dangerous: true}
	on := kit.Binding{ID: "person.reactivate", Keys: []string{"r"}, Label: "reactivate", Help: "Reactivate this person",
		Group: "Change"}
	s.refuse(&edit, &copied, &off, &on)
	if on.Disabled == "" {
		off.Rank, on.Rank = 0, 3
	}
	explain := kit.Binding{ID: "person.why", Keys: []string{"w"}, Label: "why", Help: "Explain how this value, or this person, came to be so",
		Group: "Look", Rank: 5}
	if s.facts == nil {
		explain.Disabled = "Nobody is shown"
	}
	then := kit.Binding{ID: "person.as of", Keys: []string{"@"}, Label: "as of", Help: "Show this person as they were at a moment", Group: "Look"}
	switch {
	case s.facts == nil:
		then.Disabled = "Nobody is shown"
	case s.then != nil:
		then.Disabled = "This is the person as they were; esc goes back to now"
	}
	feeds := kit.Binding{ID: "person.mapping", Keys: []string{"m"}, Label: "mapping", Help: "Show the mapping that feeds this field", Group: "Look", Rank: 6}
	if feeds.Disabled = s.unfed(); feeds.Disabled != "" {
		feeds.Rank = 0
	}
	hidden := kit.Binding{ID: "person.hidden", Keys: []string{"."}, Label: "hidden fields", Help: "Show the fields that are hidden in this list, or hide them again", Group: "Look"}
	if s.facts == nil || !slices.ContainsFunc(s.facts.list.Schema.Fields, func(f roster.Field) bool { return f.Hidden }) {
		hidden.Disabled = "No field of this list is hidden"
	}
	bindings := []kit.Binding{edit, copied, off, on, explain, then, feeds, hidden,
		{ID: "person.undo", Keys: []string{"z"}, Label: "undo", Help: "Undo your last change of this list", Group: "Change", Rank: 4},
		{ID: "person.redo", Keys: []string{"Z"}, Label: "redo", Help: "Do again what you undid last", Group: "Change"},
	}
	for i := range bindings {
		if s.then != nil && (bindings[i].Group == "Change" || bindings[i].ID == "person.why") {
			bindings[i].Disabled = "This is the person as they were; go back to now to change them"
		}
	}
	kit.Needing(core.EditPeople, "Change", bindings)
	return append(bindings, s.table.Bindings()...)
}

// refuse says why bindings cannot run now.
func (s *Screen) refuse(edit, copied, off, on *kit.Binding) {
	if s.facts == nil {
		for _, b := range []*kit.Binding{edit, copied, off, on} {
			b.Disabled = "Nobody is shown"
		}
		return
	}
	field, ok := s.field()
	switch {
	case !ok:
		edit.Disabled, copied.Disabled = "Go to a field first", "Go to a field first"
	case s.facts.person.Status == roster.Withdrawn:
		edit.Disabled = "This person was taken back out of the roster; roll that back first"
	default:
		edit.Disabled = s.lock(field)
	}
	if s.facts.person.Status != roster.Active {
		off.Disabled = "This person is " + s.facts.person.Status.String() + " already"
	}
	if s.facts.person.Status != roster.Inactive {
		on.Disabled = "This person is " + s.facts.person.Status.String()
	}
}

// unfed says why there is no mapping of the field under the cursor to show.
func (s *Screen) unfed() string {
	field, ok := s.field()
	switch {
	case s.mapping == nil:
		return "There is no screen of the mappings from here"
	case !ok:
		return "Go to a field first"
	}
	if _, owned := s.facts.list.Owner(field.Key); !owned {
		return "Nothing feeds " + field.Label + "; it is yours"
	}
	return ""
}

// lock says why a field cannot be edited, and where its mapping is.
func (s *Screen) lock(field roster.Field) string {
	why := Locked(&s.facts.list, &s.facts.person, field)
	if why != "" && s.mapping != nil {
		why += ": m goes there"
	}
	return why
}

// field returns the field that the cursor is on.
func (s *Screen) field() (roster.Field, bool) {
	id, ok := s.table.Current()
	if !ok || id.kind != fieldRow || s.facts == nil {
		return roster.Field{}, false
	}
	return s.facts.list.Schema.ByID(roster.FieldID(id.n))
}

// Do implements kit.Dialog.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	switch id {
	case "person.edit":
		return s.edit()
	case "person.copy":
		field, _ := s.field()
		return kit.Copy{Text: s.facts.person.Values.Get(field.ID), What: field.Label}
	case "person.why":
		field, _ := s.field()
		return kit.Open{Dialog: why.Person(s.env, s.engine, s.list, s.id, field.ID)}
	case "person.as of":
		return AskMoment(s.env, s.facts.name(), func(text string) tea.Msg { return momentTyped(text) })
	case "person.mapping":
		field, _ := s.field()
		list := s.facts.list
		return kit.Push{Screen: s.mapping(&list, field.Key)}
	case "person.deactivate":
		return s.flow.SetStatus(apply.One(s.id, s.facts.name()), roster.Inactive)
	case "person.reactivate":
		return s.flow.SetStatus(apply.One(s.id, s.facts.name()), roster.Active)
	case "person.hidden":
		s.all = !s.all
		s.facts.all, s.drawn = s.all, drawn{}
	case "person.undo":
		return s.flow.Undo()
	case "person.redo":
		return s.flow.Redo()
	case "edit.save":
		return s.save()
	case "edit.cancel":
		s.editor = nil
	}
	return nil
}

func (s *Screen) edit() kit.Action {
	field, _ := s.field()
	value := s.facts.person.Values.Get(field.ID)
	s.table.Find(rowID{kind: fieldRow, n: int(field.ID)})
	var action kit.Action
	s.editor, action = Edit(s.env, apply.Edit{Person: s.id, Name: s.facts.name(), Field: field, Base: value, Value: value},
		TagsOf(func(ctx context.Context) (*index.Index, error) { return s.engine.Index(ctx, s.list, nil) }, field.ID, value))
	return action
}

func (s *Screen) save() kit.Action {
	edit, ok := s.editor.Done()
	if !ok {
		return nil
	}
	s.editor = nil
	return s.flow.Save(edit)
}

// Update implements kit.Dialog.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	if action, mine := s.flow.Update(msg); mine {
		return action
	}
	switch msg := msg.(type) {
	case kit.Shown, kit.Notice, apply.Applied:
		return kit.Run{Cmd: reading(context.Background(), s.engine, s.slug, s.id, s.then, 0)}
	case loaded:
		s.show(msg)
	case momentTyped:
		return s.findMoment(string(msg))
	case momentFound:
		return s.showMoment(msg)
	case apply.Edit:
		return s.flow.Save(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		if s.editor != nil {
			s.editor.Update(msg)
		}
	default:
		if s.editor == nil && s.table.Update(msg).Kind == kit.Chose {
			if b, _ := kit.ByID(s.Bindings(), "person.edit"); b.Disabled == "" {
				return s.edit()
			}
		}
	}
	return nil
}

func (s *Screen) show(l loaded) {
	s.facts, s.wrong = &l.facts, ""
	s.facts.all = s.all
	if l.err != nil {
		s.facts, s.wrong = nil, s.env.Explain(l.err)
	}
}

// Unsaved implements kit.Keeper.
func (s *Screen) Unsaved() string {
	if s.editor == nil || !s.editor.Changed() {
		return ""
	}
	return "What you typed is not saved"
}

// View implements kit.Dialog.
func (s *Screen) View(width, height int) string {
	if s.facts == nil {
		return kit.Block([]string{s.env.Line(width).Gap(2).Add(theme.Dim, s.wrong).String()}, width, height)
	}
	now := drawn{width: width, minute: s.env.Now().Truncate(time.Minute), facts: s.facts}
	if s.drawn != now {
		s.drawn = now
		columns := fit(s.env, s.facts, width)
		s.table.SetColumns(columns)
		s.table.SetRows(newRows(s.env, s.facts, columns[middle].Width))
	}
	below := s.standing(width)
	lines := strings.Split(s.table.View(width, max(2, height-1-len(below))), "\n")
	if s.editor != nil {
		s.overlay(lines, width)
	}
	return kit.Block(append(append(lines, below...), s.footnote(width)), width, height)
}

// standing says that the status was decided against the source, if it was, and
// what of the source's word the list refuses.
func (s *Screen) standing(width int) []string {
	var lines []string
	for _, text := range []string{s.facts.pinned(s.env, changeset.Status), s.facts.problem} {
		for _, part := range s.env.Wrap(text, width-4) {
			lines = append(lines, s.env.Line(width).Gap(2).Add(theme.Waiting, part).String())
		}
	}
	return lines
}

// overlay puts the editor over the value that it edits.
func (s *Screen) overlay(lines []string, width int) {
	columns := s.table.Columns()
	_, y, ok := s.table.Cursor()
	if !ok || y >= len(lines) {
		return
	}
	line := s.env.Line(width)
	line.Add(theme.Accent, s.env.Theme.Signs().Cursor).Gap(1)
	line.Fit(theme.Dim, s.editor.edit.Field.Label, columns[first].Width).Gap(2)
	s.at.x, s.at.y = width-line.Left(), y
	lines[y] = line.Painted(s.editor.View(line.Left())).String()
}

// footnote says what there is to know about the line that the cursor is on.
func (s *Screen) footnote(width int) string {
	line := s.env.Line(width).Gap(2)
	if s.editor != nil {
		text, role := s.editor.Say()
		return line.Add(role, text).String()
	}
	field, ok := s.field()
	if !ok {
		return line.String()
	}
	if why := s.facts.pinned(s.env, field.ID); why != "" {
		return line.Add(theme.Waiting, why).String()
	}
	if why := s.lock(field); why != "" {
		return line.Add(theme.Dim, why).String()
	}
	return line.Add(theme.Dim, hint(field)).String()
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	switch {
	case s.editor != nil:
		return s.at.x + s.editor.Column(), s.at.y, true
	case s.env.Plain() && s.facts != nil:
		return s.table.Cursor()
	}
	return 0, 0, false
}
