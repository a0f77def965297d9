package schema

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/tui/kit"
	"muster/tui/theme"
)

// options is the dialog of a dropdown's options: how many people have each, and
// which are added, renamed with people's values, ordered and removed. Its answer
// is an optionsTyped.
type options struct {
	env    *kit.Env
	id     int // of the line
	label  string
	all    []option
	used   func(option string) (people int, ok bool) // nil when nobody can have one
	table  *kit.Table[int]
	next   int
	begun  []option
	warned bool // that esc loses what was done
}

// option is one of them. Was are the names by which people have it now: more
// than one once options are joined.
type option struct {
	id   int
	name string
	was  []string
}

// optionNamed is the answer of the question for a name: of an option there is,
// or, with 0, of new ones.
type optionNamed struct {
	id   int
	name string
}

// The columns of the options.
const (
	optionColumn = iota
	usedColumn
	becameColumn
)

// newOptions makes the dialog of a line, whose options were begun with.
func newOptions(env *kit.Env, l *line, begun []string, used func(string) (int, bool)) *options {
	o := &options{env: env, id: l.id, label: l.field.Label, used: used}
	for _, name := range l.field.Options {
		o.next++
		has := option{id: o.next, name: name}
		for _, r := range l.renamed {
			if r.to == name {
				has.was = append(has.was, r.from)
			}
		}
		if slices.Contains(begun, name) && !slices.ContainsFunc(l.renamed, func(r renaming) bool { return r.from == name }) {
			has.was = append(has.was, name)
		}
		o.all = append(o.all, has)
	}
	o.begun = slices.Clone(o.all)
	o.table = kit.NewTable(env, nil, kit.Rows[int](o))
	o.table.Empty = "No options yet; n adds some"
	return o
}

// Len implements kit.Rows.
func (o *options) Len() int { return len(o.all) }

// ID implements kit.Rows.
func (o *options) ID(row int) int { return o.all[row].id }

// IndexOf implements kit.Rows.
func (o *options) IndexOf(id int) int {
	return slices.IndexFunc(o.all, func(each option) bool { return each.id == id })
}

// Cell implements kit.Rows.
func (o *options) Cell(row, column int) kit.Cell {
	each := &o.all[row]
	switch column {
	case usedColumn:
		if n, ok := o.people(each); ok {
			return kit.Cell{Text: kit.Count(n), Role: theme.Dim}
		}
		return kit.Cell{}
	case becameColumn:
		if names := o.others(each); len(names) > 0 {
			return kit.Cell{Text: "was " + strings.Join(names, ", "), Role: theme.Waiting}
		}
		return kit.Cell{}
	}
	return kit.Cell{Text: each.name}
}

// others are the other names that people have an option by.
func (o *options) others(each *option) []string {
	return slices.DeleteFunc(slices.Clone(each.was), func(name string) bool { return name == each.name })
}

// people is how many have an option.
func (o *options) people(each *option) (n int, ok bool) {
	if o.used == nil {
		return 0, false
	}
	for _, name := range each.was {
		people, known := o.used(name)
		if !known {
			return 0, false
		}
		n += people
	}
	return n, true
}

// Title implements kit.Dialog.
func (o *options) Title() string { return "Options of " + o.label }

// Typing implements kit.Dialog.
func (o *options) Typing() bool { return false }

// Unsaved implements kit.Keeper.
func (o *options) Unsaved() string {
	if o.changed() {
		return "The options of " + o.label + " are not taken over yet"
	}
	return ""
}

func (o *options) changed() bool {
	return !slices.EqualFunc(o.all, o.begun, func(a, b option) bool { return a.id == b.id && a.name == b.name && slices.Equal(a.was, b.was) })
}

// Bindings implements kit.Dialog.
func (o *options) Bindings() []kit.Binding {
	key := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "options." + id, Keys: keys, Label: label, Help: help, Rank: rank}
	}
	b := []kit.Binding{
		key("done", "done", "Take the options over", 1, "enter", "ctrl+s"),
		key("add", "add", "Add options", 2, "n"),
		key("rename", "rename", "Rename this option, with the values of people; the name of another one joins the two", 3, "e"),
		key("remove", "remove", "Remove this option", 4, "x", "delete"),
		key("higher", "move up", "Move this option up", 5, "shift+up", "K"),
		key("lower", "move down", "Move this option down", 0, "shift+down", "J"),
		key("sort", "sort", "Put the options in order, A to Z", 0, "["),
		key("cancel", "back", "Leave the options as they were", 6, "esc"),
	}
	if len(o.all) == 0 {
		for i := range b[2:7] {
			b[2+i].Disabled = "There is no option yet; n adds some"
		}
	}
	return append(b, o.table.Bindings()...)
}

// Do implements kit.Dialog.
func (o *options) Do(id string) kit.Action {
	if o.table.Do(id) {
		return nil
	}
	warned := o.warned
	o.warned = false
	at := o.table.At()
	switch id {
	case "options.done":
		return kit.Answer{Msg: o.answer()}
	case "options.cancel":
		if o.changed() && !warned {
			o.warned = true
			return kit.Say{Text: "Press esc again to lose what you did here", Kind: kit.Caution}
		}
		return kit.Answer{}
	case "options.add":
		return o.ask(option{})
	case "options.rename":
		return o.ask(o.all[at])
	case "options.remove":
		return o.remove(at)
	case "options.higher":
		o.move(at, at-1)
	case "options.lower":
		o.move(at, at+1)
	case "options.sort":
		slices.SortStableFunc(o.all, func(a, b option) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
		o.table.Refresh()
	}
	return nil
}

func (o *options) move(from, to int) {
	if to < 0 || to >= len(o.all) {
		return
	}
	o.all[from], o.all[to] = o.all[to], o.all[from]
	o.table.Go(to)
}

func (o *options) remove(at int) kit.Action {
	gone := o.all[at]
	o.all = slices.Delete(slices.Clone(o.all), at, at+1)
	o.table.Refresh()
	if n, ok := o.people(&gone); ok && n > 0 {
		return kit.Say{Text: kit.Many(n, "person has", "people have") + " " + gone.name + "; you will be asked what becomes of it", Kind: kit.Caution}
	}
	return nil
}

// ask asks for the name of an option, or for new ones.
func (o *options) ask(each option) kit.Action {
	title, field := "New options", kit.FormField{Label: "Options", Help: "One, or several with commas between"}
	if each.id != 0 {
		title, field = "Rename "+each.name, kit.FormField{Label: "Name", Value: each.name,
			Help: "People who have it get the new name; the name of another option joins the two"}
	}
	field.Check = func(name string) error {
		if strings.TrimSpace(name) == "" {
			return fault.New(fault.Invalid, "It needs a name")
		}
		return nil
	}
	return kit.Open{Dialog: kit.NewPrompt(o.env, title, field, func(name string) tea.Msg { return optionNamed{each.id, strings.TrimSpace(name)} })}
}

func (o *options) named(msg optionNamed) {
	if msg.id == 0 {
		for _, name := range splitOptions(msg.name) {
			if o.find(name, 0) < 0 {
				o.next++
				o.all = append(o.all, option{id: o.next, name: name})
			}
		}
		o.table.Refresh()
		o.table.Go(len(o.all) - 1)
		return
	}
	at := o.IndexOf(msg.id)
	if at < 0 {
		return
	}
	o.all = slices.Clone(o.all)
	if other := o.find(msg.name, msg.id); other >= 0 {
		o.all[other].was = append(slices.Clone(o.all[other].was), o.all[at].was...)
		joined := o.all[other].id
		o.all = slices.Delete(o.all, at, at+1)
		o.table.Refresh()
		o.table.Find(joined)
		return
	}
	o.all[at].name = msg.name
	o.table.Refresh()
}

// find returns where an option of a name is that has another id, or -1.
func (o *options) find(name string, but int) int {
	return slices.IndexFunc(o.all, func(each option) bool { return each.id != but && strings.EqualFold(each.name, name) })
}

// answer is what the options are now.
func (o *options) answer() optionsTyped {
	out := optionsTyped{id: o.id}
	for i := range o.all {
		each := &o.all[i]
		out.options = append(out.options, each.name)
		for _, was := range o.others(each) {
			out.renamed = append(out.renamed, renaming{was, each.name})
		}
	}
	return out
}

// Update implements kit.Dialog.
func (o *options) Update(msg tea.Msg) kit.Action {
	if named, ok := msg.(optionNamed); ok {
		o.named(named)
		return nil
	}
	if o.table.Update(msg).Kind == kit.Chose {
		return o.Do("options.rename")
	}
	return nil
}

// View implements kit.Dialog.
func (o *options) View(width, height int) string {
	width = min(width, 72)
	name, became := 20, 0
	for i := range o.all {
		name = max(name, o.env.Width(kit.Clean(o.all[i].name)))
		if names := o.others(&o.all[i]); len(names) > 0 {
			became = max(became, 4+o.env.Width(kit.Clean(strings.Join(names, ", "))))
		}
	}
	became = min(became, width/3)
	o.table.SetColumns([]kit.Column{
		{ID: optionColumn, Title: "Option", Width: min(name, max(8, width-became-15)), Grow: true},
		{ID: usedColumn, Title: "People", Width: 7, Align: kit.Right, Hidden: o.used == nil},
		{ID: becameColumn, Title: "", Width: max(1, became), Hidden: became == 0},
	})
	return o.table.View(width, max(2, min(height, len(o.all)+1)))
}

// Cursor implements kit.Cursorer.
func (o *options) Cursor() (x, y int, ok bool) {
	x, y, ok = o.table.Cursor()
	return x, y, ok && o.env.Plain()
}
