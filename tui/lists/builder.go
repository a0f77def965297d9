package lists

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// builder is the screen that makes a list: its name, and what is kept of each
// person.
type builder struct {
	home       *Screen
	env        *kit.Env
	name, slug string
	fields     []roster.Field // their keys come from their labels, at the end
	table      *kit.Table[int]
	above      int // lines above the table in the last View
	touched    bool
	saving     bool
	asking     bool // what the list is called
	making     bool // the list is made once it has a name
}

// Answers of dialogs and results of commands.
type (
	named   struct{ name, slug string }
	defined struct {
		at    int // of the field that was changed, or how many there are
		field roster.Field
	}
	created struct {
		list roster.List
		err  error
	}
)

func newBuilder(home *Screen) *builder {
	b := &builder{home: home, env: home.env, fields: []roster.Field{
		{Label: "Number", Type: roster.Text, UID: true},
		{Label: "First name", Type: roster.Text},
		{Label: "Last name", Type: roster.Text},
		{Label: "E-mail", Type: roster.Email},
	}}
	b.table = kit.NewTable(b.env, []kit.Column{
		{ID: fieldLabel, Title: "Field", Width: 16, Grow: true},
		{ID: fieldType, Title: "Type", Width: 9},
		{ID: fieldNotes, Title: "", Width: 24},
	}, kit.Rows[int](fieldRows{b}))
	return b
}

// Title implements kit.Screen.
func (b *builder) Title() string { return "New list" }

// Status implements kit.Screen.
func (b *builder) Status() string {
	return b.env.Theme.Paint(theme.Dim, kit.Many(len(b.fields), "field", "fields"))
}

// Typing implements kit.Screen.
func (b *builder) Typing() bool { return false }

// Unsaved implements kit.Keeper.
func (b *builder) Unsaved() string {
	if !b.touched {
		return ""
	}
	return "The list has not been made yet."
}

// Bindings implements kit.Screen.
func (b *builder) Bindings() []kit.Binding {
	key := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "builder." + id, Keys: keys, Label: label, Help: help, Group: "New list", Rank: rank}
	}
	file := key("file", "from a CSV file", "Take the fields from the columns of a CSV file instead", 6, "i")
	if b.home.doors.Import == nil {
		file.Disabled, file.Rank = "Files cannot be read over a network", 0
	}
	create := key("create", "create", "Make the list", 1, "c", "ctrl+s")
	if b.saving {
		create.Disabled = "It is being made"
	}
	return append([]kit.Binding{
		create,
		key("add", "add field", "Add a field", 2, "a"),
		key("edit", "edit", "Change this field", 3, "enter", "e"),
		key("remove", "remove", "Remove this field", 4, "x", "delete"),
		key("uid", "UID", "Make this the field that names a person", 5, "u"),
		key("name", "name", "Name the list", 7, "r"),
		file,
		key("higher", "move up", "Move this field up", 0, "K", "shift+up"),
		key("lower", "move down", "Move this field down", 0, "J", "shift+down"),
	}, b.table.Bindings()...)
}

// Do implements kit.Screen.
func (b *builder) Do(id string) kit.Action {
	at := b.table.At()
	switch {
	case b.table.Do(id):
		return nil
	case id == "builder.create":
		return b.create()
	case id == "builder.name":
		return b.rename()
	case id == "builder.add":
		return b.define(len(b.fields))
	case id == "builder.file":
		return kit.All{kit.Pop{}, kit.Push{Screen: b.home.doors.Import(nil)}}
	case at < 0:
		return nil
	}
	b.touched = true
	switch id {
	case "builder.edit":
		return b.define(at)
	case "builder.remove":
		b.fields = slices.Delete(b.fields, at, at+1)
		b.table.Refresh()
	case "builder.uid":
		for i := range b.fields {
			b.fields[i].UID = i == at
		}
	case "builder.higher":
		b.swap(at, at-1)
	case "builder.lower":
		b.swap(at, at+1)
	}
	return nil
}

func (b *builder) swap(i, j int) {
	if j < 0 || j >= len(b.fields) {
		return
	}
	b.fields[i], b.fields[j] = b.fields[j], b.fields[i]
	b.table.Go(j)
}

// ask asks for the list's name; what commands call it follows from it.
func (b *builder) ask() kit.Action {
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
	b *builder
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
func (b *builder) suggest(name string) string {
	base := strings.ReplaceAll(roster.KeyFor(name), "_", "-")
	base = strings.Trim(base[:min(len(base), 60)], "-")
	if base == "" {
		base = "list"
	}
	slug := base
	for n := 2; slices.ContainsFunc(b.home.rows.lists, func(l roster.List) bool { return l.Slug == slug }); n++ {
		slug = fmt.Sprintf("%s-%d", base, n)
	}
	return slug
}

func (b *builder) rename() kit.Action {
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

// The values of a form's choice.
const yes, no = "yes", "no"

// define asks what a field is.
func (b *builder) define(at int) kit.Action {
	f, title := roster.Field{Type: roster.Text}, "New field"
	if at < len(b.fields) {
		f = b.fields[at]
		title = "Field " + f.Label
	}
	types := make([]string, len(roster.Types()))
	for i, t := range roster.Types() {
		types[i] = string(t)
	}
	needed := no
	if f.Required {
		needed = yes
	}
	return kit.Open{Dialog: kit.NewForm(b.env, title, []kit.FormField{
		{Label: "Label", Value: f.Label, Help: "What people call it: Card number", Check: required},
		{Label: "Type", Value: string(f.Type), Options: types, Help: "What it holds; identifiers are text, or zeros in front are lost"},
		{Label: "Required", Value: needed, Options: []string{no, yes}, Help: "Whether every person must have one"},
		{Label: "Options", Value: strings.Join(f.Options, ", "), Help: "Only of a dropdown: what to choose from, with commas between"},
	}, func(v []string) tea.Msg {
		f.Label, f.Type, f.Required, f.Options = strings.TrimSpace(v[0]), roster.Type(v[1]), v[2] == yes, nil
		for option := range strings.SplitSeq(v[3], ",") {
			if option = strings.TrimSpace(option); option != "" && f.Type == roster.Dropdown {
				f.Options = append(f.Options, option)
			}
		}
		return defined{at, f}
	})}
}

// list puts together what is to be made. The error says what is missing.
func (b *builder) list() (roster.List, error) {
	l := roster.List{Name: b.name, Slug: b.slug}
	for i, f := range b.fields {
		f.Key = roster.KeyFor(f.Label)
		if f.Key == "" {
			f.Key = fmt.Sprintf("field_%d", i+1)
		}
		if f.Type == roster.Dropdown && len(f.Options) == 0 {
			return l, fault.New(fault.Invalid, "%s is a dropdown without options; press enter on it to add some", f.Label)
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

func (b *builder) create() kit.Action {
	if b.making = b.name == ""; b.making {
		return b.ask()
	}
	l, err := b.list()
	if err != nil {
		return kit.Say{Text: fault.Sentence(err), Kind: kit.Caution}
	}
	b.saving = true
	engine, actor := b.home.engine, b.home.actor
	return kit.Run{Cmd: func() tea.Msg {
		l, err := engine.CreateList(context.Background(), actor, l)
		return created{l, err}
	}}
}

// Update implements kit.Screen.
func (b *builder) Update(msg tea.Msg) kit.Action {
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
	case defined:
		b.touched = true
		if msg.at < len(b.fields) {
			b.fields[msg.at] = msg.field
		} else {
			b.fields = append(b.fields, msg.field)
		}
		b.table.Refresh()
		b.table.Go(msg.at)
	case created:
		b.saving = false
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		b.home.made = msg.list.Slug
		return kit.All{kit.Pop{}, kit.Say{Text: "Made the list " + msg.list.Name + "; enter opens it, i imports people into it", Kind: kit.Done}}
	case kit.Wheel:
		msg.Y -= b.above
		b.table.Update(msg)
	case tea.MouseClickMsg:
		msg.Y -= b.above
		if b.table.Update(msg).Kind == kit.Chose {
			return b.define(b.table.At())
		}
	}
	return nil
}

// View implements kit.Screen.
func (b *builder) View(width, height int) string {
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
	b.table.Empty = "No fields; press a to add one"
	lines = append(lines, strings.Split(b.table.View(width, height-b.above), "\n")...)
	return kit.Block(lines, width, height)
}

// Cursor implements kit.Cursorer.
func (b *builder) Cursor() (x, y int, ok bool) {
	x, y, ok = b.table.Cursor()
	return x, y + b.above, ok
}

// The columns of a builder's table.
const (
	fieldLabel = iota
	fieldType
	fieldNotes
)

// fieldRows are the fields of the list that is being made.
type fieldRows struct{ b *builder }

func (r fieldRows) Len() int       { return len(r.b.fields) }
func (r fieldRows) ID(row int) int { return row }
func (r fieldRows) IndexOf(id int) int {
	if id < len(r.b.fields) {
		return id
	}
	return -1
}

func (r fieldRows) Cell(row, column int) kit.Cell {
	f := &r.b.fields[row]
	switch column {
	case fieldLabel:
		return kit.Cell{Text: f.Label}
	case fieldType:
		return kit.Cell{Text: string(f.Type), Role: theme.Dim}
	}
	switch {
	case f.UID:
		return kit.Cell{Text: "UID, names a person", Role: theme.Accent}
	case f.Required:
		return kit.Cell{Text: "required", Role: theme.Dim}
	case len(f.Options) > 0:
		return kit.Cell{Text: strings.Join(f.Options, ", "), Role: theme.Dim}
	}
	return kit.Cell{}
}
