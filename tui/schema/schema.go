// Package schema is the screen of a list's fields: what each is called and
// holds, what it asks of its values, how many people have one, and which mapping
// owns it. Fields are added, changed, ordered, hidden and deleted; a new list is
// made on the same table (NewList).
//
// Edits are gathered, and saved together as one changeset that carries them, so
// that a rollback takes all of them back. What they would mean for people is
// worked out in the background after each edit, and shown before anything is
// saved; an edit that values stand in the way of is asked about at once. What
// somebody else changed meanwhile is never overwritten: edits of other fields
// are kept, those of the same field are told and gone.
package schema

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/index"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Doors make the screens that open from here. Each may be nil.
type Doors struct {
	// Mapping shows the mapping that feeds a field, by the field's key.
	Mapping func(l *roster.List, field string) kit.Screen
	// Changeset shows a changeset that waits.
	Changeset func(head changeset.Changeset) kit.Screen
}

// Screen is the fields of one list.
type Screen struct {
	*fields
	engine *core.Engine
	actor  core.Actor
	doors  Doors
	flow   *apply.Flow

	loading  kit.Latest
	counting kit.Latest
	pricing  kit.Latest
	progress *core.Progress  // of the pricing under way
	price    *core.ListDraft // of the edits up to priced; nil while it is not known
	wrong    error           // why there is no price of them
	counts   values          // of the field under the cursor
	detailed detailed
	unsaved  struct{ edits, count int }
}

// read is the list as it is now.
type read struct {
	run  int
	list roster.List
	err  error
}

// counted is who has a value in which field.
type counted struct {
	run    int
	filled index.Filled
	err    error
}

// New makes the screen of a list.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list *roster.List, doors Doors) *Screen {
	s := &Screen{fields: newFields(env, *list, true), engine: e, actor: actor, doors: doors}
	s.flow = apply.New(env, e, actor, list.ID)
	s.used, s.fields.values, s.unsaved.edits = s.usedBy, s.asOptions, -1
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Fields" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	paint := s.env.Theme.Paint
	hidden := s.sheet.hidden()
	count := kit.Many(len(s.sheet.lines), "field", "fields")
	if hidden > 0 {
		count += ", " + kit.Count(hidden) + " hidden"
	}
	parts := []string{paint(theme.Dim, s.env.Cut(s.list.Name, 30)), paint(theme.Dim, count)}
	if n := s.count(); n > 0 {
		parts = slices.Insert(parts, 0, paint(theme.Waiting, kit.Count(n)+" unsaved"+s.priceInShort()))
	}
	return strings.Join(parts, "   ")
}

// count is how many edits are unsaved.
func (s *Screen) count() int {
	if s.unsaved.edits != s.edits {
		s.unsaved.edits, s.unsaved.count = s.edits, s.sheet.unsaved()
	}
	return s.unsaved.count
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// Unsaved implements kit.Keeper.
func (s *Screen) Unsaved() string {
	if n := s.count(); n > 0 {
		return kit.Many(n, "change is", "changes are") + " not saved yet; ctrl+s saves"
	}
	return ""
}

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	look := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "schema." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank}
	}
	save := look("save", "save", "Show what the edits mean for people, and save them", "Fields", 1, "ctrl+s")
	undo := look("undo", "undo", "Take back your last edit; when nothing is unsaved, your last change of this list", "Fields", 9, "z")
	redo := look("redo", "redo", "Do again what you took back last", "Fields", 0, "Z")
	price := look("price", "what it means", "Show everything that saving would change", "Look", 0, "p")
	mapped := look("mapping", "mapping", "Look at the mapping that owns this field", "Look", 0, "m")
	if s.count() == 0 {
		save.Disabled, save.Rank = "Nothing is unsaved", 0
		price.Disabled = "Nothing is unsaved, so saving would change nothing"
	}
	if l := s.current(); s.doors.Mapping == nil || l == nil {
		mapped.Disabled = "There is no screen of mappings from here"
	} else if _, owned := s.list.Owner(l.field.Key); !owned {
		mapped.Disabled = "No mapping owns this field: it is edited by hand"
	} else {
		mapped.Rank = 10
	}
	b := append([]kit.Binding{save}, s.bindings()...)
	b = append(b, undo, redo, price, mapped, look("back", "back", "Go back; asks when something is unsaved", "Look", 0, "esc"))
	kit.Needing(core.EditSchema, "Fields", b)
	return append(b, s.table.Bindings()...)
}

// ListID implements kit.Lister.
func (s *Screen) ListID() roster.ListID { return s.list.ID }

// Waits implements kit.Waiter: what is pressed while an edit is worked out waits
// for what that comes to.
func (s *Screen) Waits(string) bool { return s.flow.Busy() }

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return s.look()
	}
	if id == "schema.uid" {
		return s.askUID()
	}
	before := s.edits
	if action, mine := s.fields.do(id); mine {
		return kit.All{action, s.after(before, true)}
	}
	switch id {
	case "schema.save":
		return s.save()
	case "schema.price":
		return s.showPrice()
	case "schema.undo", "schema.redo":
		return s.takeBack(id == "schema.redo")
	case "schema.mapping":
		return kit.Push{Screen: s.doors.Mapping(&s.list, s.current().field.Key)}
	case "schema.back":
		return s.leave()
	}
	return nil
}

// uidAgreed is the answer that a field is to be the UID.
type uidAgreed struct{ id int }

// askUID says what the UID is before another field becomes it.
func (s *Screen) askUID() kit.Action {
	l, was := s.current(), ""
	for i := range s.sheet.lines {
		if s.sheet.lines[i].field.UID {
			was = s.sheet.lines[i].field.Label
		}
	}
	if was == "" || s.filled != nil && s.filled.People == 0 {
		s.setUID(s.table.At())
		return s.after(-1, true)
	}
	text := "Everybody is known by the UID: files, commands and the source find people by it, and cards may carry it. " +
		"Everybody needs one of their own."
	if s.filled != nil && l.id > 0 {
		text += fmt.Sprintf(" %s of %s one in %s.", kit.Count(s.filled.Of(roster.FieldID(l.id))), kit.Many(s.filled.People, "person has", "people have"), l.field.Label)
	}
	text += "\n" + was + " stays as a field; whatever knows somebody by its present UID will not find them by it any more." +
		" The change is not made at once: it waits for a review."
	return kit.Open{Dialog: kit.NewConfirm(s.env, kit.Question{Title: "Make " + l.field.Label + " the UID?", Text: text, Yes: "make it the UID"}, uidAgreed{l.id})}
}

// leave goes back, asking first when something is unsaved.
func (s *Screen) leave() kit.Action {
	if why := s.Unsaved(); why != "" {
		return kit.Open{Dialog: kit.NewConfirm(s.env, kit.Question{Title: "Leave without saving?", Text: why, Yes: "leave", Dangerous: true}, leaveIt{})}
	}
	return s.close()
}

// leaveIt is the answer that what is unsaved may be lost.
type leaveIt struct{}

func (s *Screen) close() kit.Action {
	for _, l := range []*kit.Latest{&s.loading, &s.counting, &s.pricing, &s.counts.reading} {
		l.Stop()
	}
	return kit.Pop{}
}

// takeBack takes an edit back that is not saved, or makes it again; when there
// is none, it is about the journal.
func (s *Screen) takeBack(again bool) kit.Action {
	do, verb := s.undo, "Taken back: "
	if again {
		do, verb = s.redo, "Again: "
	}
	before := s.edits
	if what, ok := do(); ok {
		return kit.All{s.after(before, false), kit.Say{Text: verb + what}}
	}
	switch {
	case s.count() > 0: // the journal comes once these are saved
		return kit.Say{Text: "There is no such edit", Kind: kit.Caution}
	case again:
		return s.flow.Redo()
	}
	return s.flow.Undo()
}

// reload reads the list again, and who has what.
func (s *Screen) reload() kit.Action {
	s.stale()
	return kit.All{s.load(), s.tally()}
}

// load reads the list.
func (s *Screen) load() kit.Action {
	ctx, run := s.loading.Begin()
	engine, slug := s.engine, s.list.Slug
	return kit.Run{Cmd: func() tea.Msg {
		l, err := engine.List(ctx, slug)
		return read{run, l, err}
	}}
}

// tally counts who has a value in which field.
func (s *Screen) tally() kit.Action {
	ctx, run := s.counting.Begin()
	engine, id := s.engine, s.list.ID
	return kit.Run{Cmd: func() tea.Msg {
		ix, err := engine.Index(ctx, id, nil)
		if err != nil {
			return counted{run: run, err: err}
		}
		filled, err := ix.Filled(ctx)
		return counted{run, filled, err}
	}}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	if action, mine := s.flow.Update(msg); mine {
		return action
	}
	before := s.edits
	if s.fields.update(msg) {
		return kit.All{s.after(before, true), s.look()}
	}
	switch msg := msg.(type) {
	case kit.Shown, apply.Applied:
		return s.reload()
	case kit.Notice:
		if msg.List == strconv.FormatUint(uint64(s.list.ID), 10) {
			return s.reload()
		}
	case pricingTick:
		if s.pricing.Is(msg.run) && s.progress != nil {
			return kit.Later{After: tickStep, Msg: msg}
		}
	case read:
		return s.take(msg)
	case counted:
		return s.counted(msg)
	case leaveIt:
		return s.close()
	case uidAgreed:
		if at := s.sheet.index(msg.id); at >= 0 {
			s.setUID(at)
			return s.after(before, true)
		}
	default:
		if action, mine := s.results(msg); mine {
			return action
		}
		return s.mouse(msg)
	}
	return nil
}

// results takes what the screen's commands and dialogs about the price came to.
func (s *Screen) results(msg tea.Msg) (kit.Action, bool) {
	switch msg := msg.(type) {
	case planned:
		return s.planned(msg), true
	case answered:
		return s.answered(msg), true
	case agreed:
		return s.apply(msg), true
	case saved:
		return s.saved(msg), true
	case valuesRead:
		return s.valuesRead(msg), true
	}
	return nil, false
}

func (s *Screen) mouse(msg tea.Msg) kit.Action {
	if s.table.Update(msg).Kind == kit.Chose {
		if b, _ := kit.ByID(s.bindings(), "schema.edit"); b.Disabled == "" {
			return s.Do("schema.edit")
		}
	}
	return s.look()
}

// take brings the list as it is now onto the screen.
func (s *Screen) take(msg read) kit.Action {
	switch {
	case !s.loading.Is(msg.run):
		return nil
	case msg.err != nil:
		return failed(msg.err)
	}
	before := s.edits
	said := s.fields.follow(msg.list)
	action := s.after(before, false)
	if len(said) == 0 {
		return kit.All{action, s.look()}
	}
	return kit.All{action, kit.Open{Dialog: kit.NewMessage(s.env, "Somebody else changed the fields", strings.Join(said, "\n"))}}
}

func (s *Screen) counted(msg counted) kit.Action {
	switch {
	case !s.counting.Is(msg.run):
		return nil
	case msg.err != nil:
		return failed(msg.err)
	}
	s.filled = &msg.filled
	s.redraw()
	return s.look()
}

// failed says what went wrong, unless it was only given up.
func failed(err error) kit.Action {
	if fault.Is(err, fault.Cancelled) || errors.Is(err, context.Canceled) {
		return nil
	}
	return kit.Fail{Err: err}
}
