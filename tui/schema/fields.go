package schema

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/index"
	"muster/core/roster"
	"muster/tui/kit"
)

// fields is what making a list and editing one have in common: the table of
// fields, and the edits of one.
type fields struct {
	env    *kit.Env
	list   roster.List // that they are of
	sheet  sheet
	table  *kit.Table[int]
	marks  bool                                      // the fields are those of a list that there is: what is unsaved is marked
	filled *index.Filled                             // nil while it is not known who has what
	values func(id int) []string                     // that people have in a field, as options; nil where nobody has values
	used   func(option string) (people int, ok bool) // of the field under the cursor; nil where nobody has values
	edits  int                                       // made and taken back so far
	drawn  map[int]*[columnsOf]kit.Cell              // by line, since the last edit
	groups map[int]grouped                           // by line, since the list was read
	width  int                                       // that the columns were made for, 0 for none
}

// Answers of dialogs.
type (
	// fieldTyped is what a form says of a field: a new one has the id 0.
	fieldTyped struct {
		id    int
		field roster.Field
	}
	typeChosen struct {
		id int
		t  roster.Type
	}
	optionsTyped struct {
		id      int
		options []string
		renamed []renaming
	}
)

func newFields(env *kit.Env, list roster.List, marks bool) *fields {
	f := &fields{env: env, list: list, marks: marks, sheet: newSheet(list.Schema.Fields)}
	f.reread()
	f.table = kit.NewTable(env, nil, kit.Rows[int](f))
	f.table.Empty = "No fields yet; n adds one"
	return f
}

// read takes the fields as they are now, nobody having edited them.
func (f *fields) read(list roster.List) {
	f.list, f.sheet = list, newSheet(list.Schema.Fields)
	f.reread()
	f.table.Refresh()
}

// reread forgets what was found out about another state of the list.
func (f *fields) reread() {
	f.groups = make(map[int]grouped)
	f.redraw()
}

// redraw forgets what was made to be drawn.
func (f *fields) redraw() {
	f.width, f.drawn = 0, make(map[int]*[columnsOf]kit.Cell)
}

// current is the line that the cursor is on, nil if there is none.
func (f *fields) current() *line {
	if at := f.table.At(); at >= 0 {
		return &f.sheet.lines[at]
	}
	return nil
}

func (f *fields) bindings() []kit.Binding {
	key := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "schema." + id, Keys: keys, Label: label, Help: help, Group: "Fields", Rank: rank}
	}
	hide := key("hide", "hide", "Hide this field, or show it again; its values stay", 7, "space")
	remove := key("delete", "delete", "Delete this field, or leave it after all", 8, "x", "delete")
	uid := key("uid", "UID", "Make this the field that names a person", 0, "u")
	kind := key("type", "type", "Choose what this field holds", 4, "t")
	options := key("options", "options", "Add, rename, order and remove the options of this dropdown", 5, "o")
	edit := key("edit", "edit", "Change this field: its label, type, rules and group", 2, "enter", "e")
	if l := f.current(); l == nil {
		for _, b := range []*kit.Binding{&hide, &remove, &uid, &kind, &options, &edit} {
			b.Disabled = "There is no field yet; n adds one"
		}
	} else {
		f.refuse(l, &hide, &remove, &uid, &kind, &options, &edit)
	}
	add := key("add", "add field", "Add a field", 3, "n")
	if len(f.sheet.lines) >= roster.MaxFields {
		add.Disabled = "A list has room for 1,000 fields"
	}
	find := key("find", "find", "Find a field as you type", 0, "/")
	find.Group = "Look"
	return []kit.Binding{
		edit, add, kind, options, hide, remove, uid,
		key("higher", "move up", "Move this field up", 6, "shift+up", "K"),
		key("lower", "move down", "Move this field down", 0, "shift+down", "J"),
		find,
	}
}

// refuse says why something cannot be done to a line.
func (f *fields) refuse(l *line, hide, remove, uid, kind, options, edit *kit.Binding) {
	if l.field.Hidden {
		hide.Label = "show"
	}
	if !f.marks {
		hide.Rank = 0
	}
	if l.field.Type != roster.Dropdown {
		options.Disabled, options.Rank = "Only a dropdown has options; t makes it one", 0
	}
	switch {
	case l.gone:
		remove.Label = "keep"
		for _, b := range []*kit.Binding{hide, uid, kind, options, edit} {
			b.Disabled = l.field.Label + " is to be deleted; x leaves it after all"
		}
	case l.field.UID:
		uid.Disabled = l.field.Label + " is the UID already"
		hide.Disabled = l.field.Label + " is the UID: it is always shown"
		if f.marks {
			remove.Disabled = l.field.Label + " is the UID, by which everybody is known; make another field the UID first"
		}
	}
}

// do runs the edits that need no question of the list.
func (f *fields) do(id string) (kit.Action, bool) {
	switch id {
	case "schema.add":
		return f.form(nil), true
	case "schema.find":
		return f.find(), true
	}
	l := f.current()
	if l == nil {
		return nil, false
	}
	at := f.table.At()
	switch id {
	case "schema.edit":
		return f.form(l), true
	case "schema.type":
		return f.chooseType(l), true
	case "schema.options":
		was, _ := f.sheet.was(l)
		return kit.Open{Dialog: newOptions(f.env, l, was.Options, f.used)}, true
	case "schema.higher":
		f.moved(at, at-1)
	case "schema.lower":
		f.moved(at, at+1)
	case "schema.hide":
		f.hide(at)
	case "schema.delete":
		f.remove(at)
	case "schema.uid":
		f.setUID(at)
	default:
		return nil, false
	}
	return nil, true
}

// found is the answer which field to go to.
type found struct{ id int }

// find offers the fields to go to one of them.
func (f *fields) find() kit.Action {
	options := make([]kit.Option, len(f.sheet.lines))
	ids := make([]int, len(f.sheet.lines))
	for i := range f.sheet.lines {
		l := &f.sheet.lines[i]
		ids[i] = l.id
		options[i] = kit.Option{Label: l.field.Label, Detail: l.field.Key + ", " + string(l.field.Type)}
	}
	return kit.Open{Dialog: kit.NewChoice(f.env, "Find a field", options, f.table.At(), func(i int) tea.Msg { return found{ids[i]} })}
}

// edited has everything that is drawn follow an edit.
func (f *fields) edited() {
	f.edits++
	f.redraw()
	f.table.Refresh()
}

func (f *fields) moved(from, to int) {
	if f.sheet.move(from, to) {
		f.edited()
		f.table.Go(to)
	}
}

func (f *fields) hide(at int) {
	what := "hiding " + f.sheet.lines[at].field.Label
	if f.sheet.lines[at].field.Hidden {
		what = "showing " + f.sheet.lines[at].field.Label
	}
	f.sheet.set(at, what, func(l *line) { l.field.Hidden = !l.field.Hidden })
	f.edited()
}

// remove marks a field as one to be deleted, or leaves it after all. One that
// is not saved yet just goes.
func (f *fields) remove(at int) {
	l := f.sheet.lines[at]
	what := "deleting " + l.field.Label
	switch {
	case l.id < 0 || !f.marks:
		f.sheet.change(what, func(lines []line) []line { return slices.Delete(lines, at, at+1) })
	case l.gone:
		f.sheet.set(at, "keeping "+l.field.Label, func(l *line) { l.gone = false })
	default:
		f.sheet.set(at, what, func(l *line) { l.gone = true })
	}
	f.edited()
}

func (f *fields) setUID(at int) {
	f.sheet.change("making "+f.sheet.lines[at].field.Label+" the UID", func(lines []line) []line {
		for i := range lines {
			lines[i].field.UID = i == at
		}
		lines[at].field.Hidden = false
		return lines
	})
	f.edited()
}

// undo takes the last edit back, and redo makes it again.
func (f *fields) undo() (what string, ok bool) { return f.again(f.sheet.undo) }
func (f *fields) redo() (what string, ok bool) { return f.again(f.sheet.redo) }

func (f *fields) again(do func() (string, bool)) (what string, ok bool) {
	if what, ok = do(); ok {
		f.edited()
	}
	return what, ok
}

// update takes the answers of the dialogs that edit a field.
func (f *fields) update(msg tea.Msg) (mine bool) {
	switch msg := msg.(type) {
	case found:
		f.table.Find(msg.id)
	case fieldTyped:
		f.typed(msg)
	case typeChosen:
		if at := f.sheet.index(msg.id); at >= 0 && f.sheet.lines[at].field.Type != msg.t {
			f.sheet.set(at, "the type of "+f.sheet.lines[at].field.Label, func(l *line) { f.setType(l, msg.t) })
			f.edited()
		}
	case optionsTyped:
		at := f.sheet.index(msg.id)
		if at >= 0 && !(slices.Equal(f.sheet.lines[at].field.Options, msg.options) && slices.Equal(f.sheet.lines[at].renamed, msg.renamed)) {
			f.sheet.set(at, "the options of "+f.sheet.lines[at].field.Label, func(l *line) {
				l.field.Options, l.renamed, l.clear = msg.options, msg.renamed, false
			})
			f.edited()
		}
	default:
		return false
	}
	return true
}

// setType changes what a line's field holds. What was decided for the type
// before counts no more. The values that people have are a new dropdown's
// options.
func (f *fields) setType(l *line, t roster.Type) {
	l.field.Type, l.written, l.clear = t, "", false
	switch {
	case t != roster.Dropdown:
		l.field.Options, l.renamed = nil, nil
	case len(l.field.Options) == 0 && f.values != nil:
		l.field.Options = f.values(l.id)
	}
}

// typed takes what a form said of a field.
func (f *fields) typed(msg fieldTyped) {
	if msg.id == 0 {
		msg.field.Key = f.sheet.key(msg.field.Label)
		at := f.sheet.add(msg.field)
		f.edited()
		f.table.Go(at)
		return
	}
	at := f.sheet.index(msg.id)
	if at < 0 || f.sheet.lines[at].field.Equal(msg.field) {
		return
	}
	f.sheet.set(at, "what "+f.sheet.lines[at].field.Label+" is", func(l *line) {
		if l.field.Type != msg.field.Type {
			f.setType(l, msg.field.Type)
			msg.field.Options = l.field.Options
		}
		l.field = msg.field
		if l.id < 0 {
			l.field.Key = ""
		}
	})
	if l := &f.sheet.lines[at]; l.field.Key == "" {
		l.field.Key = f.sheet.key(l.field.Label) // it may still follow the label
	}
	f.edited()
}

// view draws the table.
func (f *fields) view(width, height int) []string {
	if width != f.width {
		f.width = width
		f.table.SetColumns(f.columns(width))
	}
	return strings.Split(f.table.View(width, height), "\n")
}
