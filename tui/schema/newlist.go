package schema

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// NewListDoors are what the screen of a new list leads to.
type NewListDoors struct {
	// File makes the list of a CSV file instead; nil where no files can be read.
	File func() kit.Screen
	// Taken are the short names that lists have already.
	Taken []string
	// Made is told the short name of the list once it is there.
	Made func(slug string)
}

// newList is the screen that makes a list: its name, and what is kept of each
// person.
type newList struct {
	*fields
	engine     *core.Engine
	actor      core.Actor
	doors      NewListDoors
	name, slug string
	above      int // lines above the table in the last View
	touched    bool
	saving     bool
	asking     bool // what the list is called
	making     bool // the list is made once it has a name
}

// Answers of dialogs and results of commands.
type (
	named   struct{ name, slug string }
	created struct {
		list roster.List
		err  error
	}
)

// NewList makes the screen that makes a list by hand.
func NewList(env *kit.Env, e *core.Engine, actor core.Actor, doors NewListDoors) kit.Screen {
	b := &newList{fields: newFields(env, roster.List{}, false), engine: e, actor: actor, doors: doors}
	for i, f := range []roster.Field{
		{Label: "Number", Type: roster.Text, UID: true},
		{Label: "First name", Type: roster.Text},
		{Label: "Last name", Type: roster.Text},
		{Label: "E-mail", Type: roster.Email},
	} {
		f.Key = roster.KeyFor(f.Label)
		b.sheet.lines = append(b.sheet.lines, line{id: -1 - i, field: f})
	}
	b.sheet.fresh = len(b.sheet.lines)
	b.table.Refresh()
	return b
}

// Title implements kit.Screen.
func (b *newList) Title() string { return "New list" }

// Status implements kit.Screen.
func (b *newList) Status() string {
	return b.env.Theme.Paint(theme.Dim, kit.Many(len(b.sheet.lines), "field", "fields"))
}

// Typing implements kit.Screen.
func (b *newList) Typing() bool { return false }

// Unsaved implements kit.Keeper.
func (b *newList) Unsaved() string {
	if !b.touched && b.edits == 0 {
		return ""
	}
	return "The list has not been made yet."
}

// Bindings implements kit.Screen.
func (b *newList) Bindings() []kit.Binding {
	key := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "newlist." + id, Keys: keys, Label: label, Help: help, Group: "New list", Rank: rank}
	}
	file := key("file", "from a CSV file", "Take the fields from the columns of a CSV file instead", 11, "i")
	if b.doors.File == nil {
		file.Disabled, file.Rank = "Files cannot be read over a network", 0
	}
	create := key("create", "create", "Make the list", 1, "ctrl+s")
	if b.saving {
		create.Disabled = "It is being made"
	}
	undo := key("undo", "undo", "Take back your last edit", 0, "z")
	redo := key("redo", "redo", "Do again what you took back last", 0, "Z")
	name := key("name", "name", "Name the list", 10, "r")
	own := slices.Concat([]kit.Binding{create}, b.bindings(), []kit.Binding{undo, redo, name, file})
	kit.Needing(core.MakeLists, "New list", kit.Needing(core.MakeLists, "Fields", own))
	return append(own, b.table.Bindings()...)
}

// Do implements kit.Screen.
func (b *newList) Do(id string) kit.Action {
	if b.table.Do(id) {
		return nil
	}
	if action, mine := b.fields.do(id); mine {
		return action
	}
	switch id {
	case "newlist.create":
		return b.create()
	case "newlist.name":
		return b.rename()
	case "newlist.file":
		return kit.All{kit.Pop{}, kit.Push{Screen: b.doors.File()}}
	case "newlist.undo":
		b.undo()
	case "newlist.redo":
		b.redo()
	}
	return nil
}

// ask asks for the list's name; what commands call it follows from it.
func (b *newList) ask() kit.Action {
	b.asking = true
	field := kit.FormField{Label: "Name", Help: "What people call the list: Staff, Students 2026", Check: required}
	return kit.Open{Dialog: &asking{b: b, Form: kit.NewPrompt(b.env, "What is the new list called?", field, func(name string) tea.Msg {
		return named{strings.TrimSpace(name), b.suggest(name)}
	})}}
}

// asking is the question for the list's name. Until it is answered, or left,
// the screen beneath does not ask for the same.
type asking struct {
	*kit.Form
	b *newList
}

// Do implements kit.Dialog.
func (a *asking) Do(id string) kit.Action {
	action := a.Form.Do(id)
	if answer, ok := action.(kit.Answer); ok {
		a.b.asking = false
		a.b.making = a.b.making && answer.Msg != nil
	}
	return action
}

// suggest makes a slug of a name that no list has yet.
func (b *newList) suggest(name string) string {
	base := strings.ReplaceAll(roster.KeyFor(name), "_", "-")
	base = strings.Trim(base[:min(len(base), 60)], "-")
	if base == "" {
		base = "list"
	}
	slug := base
	for n := 2; slices.Contains(b.doors.Taken, slug); n++ {
		slug = fmt.Sprintf("%s-%d", base, n)
	}
	return slug
}

func (b *newList) rename() kit.Action {
	return kit.Open{Dialog: kit.NewForm(b.env, "Name of the list", []kit.FormField{
		{Label: "Name", Value: b.name, Help: "What people call the list", Check: required},
		{Label: "Short name", Value: b.slug, Help: "What commands call it: lower-case letters, digits and -; empty follows the name",
			Check: func(slug string) error {
				if slug == "" {
					return nil
				}
				return roster.CheckSlug(slug)
			}},
	}, func(v []string) tea.Msg { return named{strings.TrimSpace(v[0]), cmp.Or(v[1], b.suggest(v[0]))} })}
}

func required(value string) error {
	if strings.TrimSpace(value) == "" {
		return fault.New(fault.Invalid, "It needs a name")
	}
	return nil
}

// put puts together what is to be made. The error says what is missing.
func (b *newList) put() (roster.List, error) {
	l := roster.List{Name: b.name, Slug: b.slug}
	for _, f := range b.sheet.fields() {
		if f.Type == roster.Dropdown && len(f.Options) == 0 {
			return l, fault.New(fault.Invalid, "%s is a dropdown without options; press o on it to add some", f.Label)
		}
		if err := l.Schema.Add(f); err != nil {
			return l, err
		}
	}
	if _, ok := l.Schema.UID(); !ok {
		return l, fault.New(fault.Invalid, "Press u on the field that tells people apart; a list needs one")
	}
	return l, nil
}

func (b *newList) create() kit.Action {
	if b.making = b.name == ""; b.making {
		return b.ask()
	}
	l, err := b.put()
	if err != nil {
		return kit.Say{Text: fault.Sentence(err), Kind: kit.Caution}
	}
	b.saving = true
	engine, actor := b.engine, b.actor
	return kit.Run{Cmd: func() tea.Msg {
		l, err := engine.CreateList(context.Background(), actor, l)
		return created{l, err}
	}}
}

// Update implements kit.Screen.
func (b *newList) Update(msg tea.Msg) kit.Action {
	if b.fields.update(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First {
			return b.ask()
		}
	case named:
		b.name, b.slug, b.touched = msg.name, msg.slug, true
		if b.making {
			return b.create()
		}
	case created:
		b.saving = false
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		b.doors.Made(msg.list.Slug)
		return kit.All{kit.Pop{}, kit.Say{Text: "Made the list " + msg.list.Name + "; enter opens it, i imports people into it", Kind: kit.Done}}
	case kit.Wheel:
		msg.Y -= b.above
		b.table.Update(msg)
	case tea.MouseClickMsg:
		msg.Y -= b.above
		if b.table.Update(msg).Kind == kit.Chose {
			return b.Do("schema.edit")
		}
	}
	return nil
}

// View implements kit.Screen.
func (b *newList) View(width, height int) string {
	env := b.env
	head := env.Line(width)
	switch {
	case b.name != "":
		head.Add(theme.Strong, b.name).Add(theme.Dim, ", called "+b.slug+" in commands")
	case b.asking:
		head.Add(theme.Dim, "First its name, then its fields")
	default:
		head.Add(theme.Waiting, env.Theme.Signs().Caution+"The list has no name yet; r gives it one")
	}
	lines := []string{head.String()}
	for _, l := range env.Wrap("These are the fields that are kept of each person. The UID tells people apart: a number or address that only one person has, and keeps.", width) {
		lines = append(lines, env.Line(width).Add(theme.Dim, l).String())
	}
	lines = append(lines, env.Line(width).String())
	b.above = len(lines)
	return kit.Block(append(lines, b.fields.view(width, height-b.above)...), width, height)
}

// Cursor implements kit.Cursorer.
func (b *newList) Cursor() (x, y int, ok bool) {
	x, y, ok = b.table.Cursor()
	return x, y + b.above, ok
}
