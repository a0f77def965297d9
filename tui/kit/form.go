package kit

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/tui/theme"
)

// A FormField is one labelled value in a Form.
type FormField struct {
	Label   string
	Value   string
	Help    string                   // what belongs in it, shown while it has the cursor
	Options []string                 // the values to choose from, if it is not free text
	Hidden  bool                     // what is typed is not shown
	Locked  string                   // why it cannot be edited; empty when it can
	Check   func(value string) error // what is wrong with a value; may be nil
}

// Form is a dialog that edits several values.
type Form struct {
	env    *Env
	title  string
	fields []FormField
	inputs []*Input
	at     int
	top    int // first field in view
	then   func(values []string) tea.Msg
	check  func(values []string) error // of all values together; may be nil
	tried  bool                        // to save: all that is wrong is shown
	warned bool                        // that esc loses what was typed
	label  int                         // width of the labels
	shown  int                         // fields in the last View
}

// chosen is the answer of a field's list of options.
type chosen struct{ field, option int }

// NewForm makes a Form. Its answer is what then makes of the values, one a
// field, once none of them is wrong.
func NewForm(env *Env, title string, fields []FormField, then func(values []string) tea.Msg) *Form {
	f := &Form{env: env, title: title, fields: fields, then: then}
	for _, field := range fields {
		input := NewInput(env, field.Value)
		input.hidden = field.Hidden
		f.inputs = append(f.inputs, input)
		f.label = max(f.label, env.Width(Clean(field.Label)))
	}
	f.at = max(0, slices.IndexFunc(fields, func(field FormField) bool { return field.Locked == "" }))
	return f
}

// NewPrompt makes a Form of a single field. Its answer is what then makes of
// the value.
func NewPrompt(env *Env, title string, field FormField, then func(value string) tea.Msg) *Form {
	return NewForm(env, title, []FormField{field}, func(values []string) tea.Msg { return then(values[0]) })
}

// Checked has the form refuse values that are wrong together, and say why.
func (f *Form) Checked(check func(values []string) error) *Form {
	f.check = check
	return f
}

// Title implements Dialog.
func (f *Form) Title() string { return f.title }

// Typing implements Dialog.
func (f *Form) Typing() bool { return true }

// Bindings implements Dialog.
func (f *Form) Bindings() []Binding {
	options := Binding{ID: "form.options", Keys: []string{"alt+down", "f4"}, Label: "options",
		Help: "List the values to choose from"}
	if f.choosing() {
		options.Rank = 2
	} else {
		options.Disabled = "This field takes any text"
	}
	next := Binding{ID: "form.next", Keys: []string{"tab", "down"}, Label: "next field", Help: "Go to the next field"}
	if len(f.fields) > 1 {
		next.Rank = 3
	}
	return []Binding{
		{ID: "form.save", Keys: []string{"enter", "ctrl+s"}, Label: "save", Help: "Save", Rank: 1},
		options, next,
		{ID: "form.previous", Keys: []string{"shift+tab", "up"}, Label: "previous", Help: "Go to the previous field"},
		{ID: "form.cancel", Keys: []string{"esc"}, Label: "back", Help: "Close without saving", Rank: 4},
	}
}

func (f *Form) choosing() bool { return len(f.fields) > 0 && len(f.fields[f.at].Options) > 0 }

// Do implements Dialog.
func (f *Form) Do(id string) Action {
	warned := f.warned
	f.warned = false
	switch id {
	case "form.next":
		f.move(1)
	case "form.previous":
		f.move(-1)
	case "form.options":
		return f.list()
	case "form.save":
		return f.save()
	case "form.cancel":
		if f.Unsaved() != "" && !warned {
			f.warned = true
			return Say{"Press esc again to lose what you typed", Caution}
		}
		return Answer{}
	}
	return nil
}

// move goes to the next field in a direction that can be edited.
func (f *Form) move(by int) {
	for range f.fields {
		f.at = (f.at + by + len(f.fields)) % len(f.fields)
		if f.fields[f.at].Locked == "" {
			return
		}
	}
}

func (f *Form) list() Action {
	field, i := f.fields[f.at], f.at
	options := make([]Option, len(field.Options))
	for j, o := range field.Options {
		options[j] = Option{Label: o}
	}
	at := slices.Index(field.Options, f.inputs[i].Value())
	return Open{NewChoice(f.env, field.Label, options, at, func(j int) tea.Msg { return chosen{i, j} })}
}

// wrong says what is wrong with a field's value.
func (f *Form) wrong(i int) string {
	field, value := f.fields[i], f.inputs[i].Value()
	if field.Locked != "" {
		return ""
	}
	if len(field.Options) > 0 && value != "" && !slices.Contains(field.Options, value) {
		return "Not one of the options"
	}
	if field.Check != nil {
		return fault.Sentence(field.Check(value))
	}
	return ""
}

func (f *Form) save() Action {
	f.tried = true
	values := make([]string, len(f.fields))
	for i := range f.fields {
		if why := f.wrong(i); why != "" {
			f.at = i
			return Say{f.fields[i].Label + ": " + why, Wrong}
		}
		values[i] = f.inputs[i].Value()
	}
	if f.check != nil {
		if err := f.check(values); err != nil {
			return Say{fault.Sentence(err), Wrong}
		}
	}
	return Answer{f.then(values)}
}

// Update implements Dialog.
func (f *Form) Update(msg tea.Msg) Action {
	switch msg := msg.(type) {
	case chosen:
		f.inputs[msg.field].Set(f.fields[msg.field].Options[msg.option])
	case tea.KeyPressMsg:
		f.warned = false
		return f.key(msg)
	case tea.PasteMsg:
		if len(f.fields) > 0 && f.fields[f.at].Locked == "" {
			f.inputs[f.at].Update(msg)
		}
	case tea.MouseClickMsg:
		if i := f.top + msg.Y/2; msg.Button == tea.MouseLeft && i < len(f.fields) && f.fields[i].Locked == "" {
			again := i == f.at
			f.at = i
			if again && f.choosing() {
				return f.list()
			}
		}
	}
	return nil
}

// key edits. A field with options goes through them with left and right, and
// lists them when one begins to type.
func (f *Form) key(msg tea.KeyPressMsg) Action {
	if len(f.fields) == 0 || f.fields[f.at].Locked != "" {
		return nil
	}
	if !f.choosing() {
		f.inputs[f.at].Update(msg)
		return nil
	}
	switch msg.String() {
	case "left":
		f.cycle(-1)
	case "right":
		f.cycle(1)
	case "backspace", "delete", "ctrl+u":
		f.inputs[f.at].Set("")
	default:
		if typed(msg) == "" {
			return nil
		}
		list, ok := f.list().(Open)
		if ok && msg.String() != "space" {
			list.Dialog.Update(msg)
		}
		return list
	}
	return nil
}

func (f *Form) cycle(by int) {
	options := f.fields[f.at].Options
	i := slices.Index(options, f.inputs[f.at].Value())
	if i < 0 && by < 0 {
		i = 0
	}
	f.inputs[f.at].Set(options[(i+by+len(options))%len(options)])
}

// View implements Dialog: two lines a field, the value and what is to be said
// about it.
func (f *Form) View(width, height int) string {
	width = min(width, 72)
	f.shown = max(1, min(len(f.fields), height/2))
	f.top = max(min(f.top, f.at), f.at-f.shown+1)
	lines := make([]string, 0, 2*f.shown)
	for i := f.top; i < min(len(f.fields), f.top+f.shown); i++ {
		lines = append(lines, f.fieldLine(i, width), f.noteLine(i, width))
	}
	return strings.Join(lines, "\n")
}

func (f *Form) left() int { return 2 + f.label + 2 }

func (f *Form) fieldLine(i, width int) string {
	field := f.fields[i]
	line := f.env.Line(width)
	if i == f.at {
		line.Add(theme.Accent, f.env.Theme.Signs().Cursor)
	}
	line.Gap(2-(width-line.Left())).Fit(theme.Dim, field.Label, f.label).Gap(2)
	switch {
	case field.Locked != "":
		line.Add(theme.Dim, field.Value)
	case i != f.at:
		line.Add(theme.Text, f.inputs[i].shown())
	case len(field.Options) > 0:
		line.Painted(f.env.Theme.Paint(theme.Strong, f.inputs[i].View(max(1, line.Left()-4)))).
			Add(theme.Dim, " "+KeyName(f.env, "left")+" "+KeyName(f.env, "right"))
	default:
		line.Painted(f.env.Theme.Paint(theme.Strong, f.inputs[i].View(line.Left())))
	}
	return line.String()
}

func (f *Form) noteLine(i, width int) string {
	field := f.fields[i]
	line := f.env.Line(width).Gap(f.left())
	why := f.wrong(i)
	changed := f.inputs[i].Value() != field.Value
	switch {
	case field.Locked != "":
		line.Add(theme.Dim, field.Locked)
	case why != "" && (changed || f.tried):
		line.Add(theme.Error, f.env.Theme.Signs().Wrong+why)
	case i == f.at:
		line.Add(theme.Dim, field.Help)
	}
	return line.String()
}

// Cursor implements Cursorer.
func (f *Form) Cursor() (x, y int, ok bool) {
	if len(f.fields) == 0 || f.fields[f.at].Locked != "" {
		return 0, 0, false
	}
	return f.left() + f.inputs[f.at].Column(), 2 * (f.at - f.top), true
}

// Unsaved implements Keeper.
func (f *Form) Unsaved() string {
	for i, field := range f.fields {
		if f.inputs[i].Value() != field.Value {
			return "What you typed in " + field.Label + " is not saved"
		}
	}
	return ""
}
