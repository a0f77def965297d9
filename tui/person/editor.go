package person

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Editor edits one value where it stands. It is checked while it is typed.
type Editor struct {
	env   *kit.Env
	edit  apply.Edit
	input *kit.Input
	tried bool
}

// NewEditor makes the editor of an edit, which begins with the value that was
// seen.
func NewEditor(env *kit.Env, edit apply.Edit) *Editor {
	return &Editor{env: env, edit: edit, input: kit.NewInput(env, edit.Base)}
}

// Bindings are the keys while a value is edited.
func (e *Editor) Bindings() []kit.Binding {
	return []kit.Binding{
		{ID: "edit.save", Keys: []string{"enter", "ctrl+s"}, Label: "save", Help: "Save the value", Group: "Edit", Rank: 1},
		{ID: "edit.cancel", Keys: []string{"esc"}, Label: "leave it", Help: "Leave the value as it was", Group: "Edit", Rank: 2},
	}
}

// Update takes keys and pasted text.
func (e *Editor) Update(msg tea.Msg) {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		e.input.Update(msg)
	}
}

// Changed reports whether something was typed that is not what was there.
func (e *Editor) Changed() bool { return e.input.Value() != e.edit.Base }

// Done returns the edit to save; not ok while the value is wrong.
func (e *Editor) Done() (edit apply.Edit, ok bool) {
	e.tried = true
	value, err := e.edit.Field.Check(e.input.Value())
	if err != nil {
		return e.edit, false
	}
	e.edit.Value = value
	return e.edit, true
}

// Say says what is edited, and what is wrong with it or belongs there.
func (e *Editor) Say() (text string, role theme.Role) {
	what := e.edit.Field.Label + " of " + e.edit.Name
	if e.tried || e.Changed() {
		if _, err := e.edit.Field.Check(e.input.Value()); err != nil {
			return e.env.Theme.Signs().Wrong + fault.Sentence(err), theme.Error
		}
	}
	if h := hint(e.edit.Field); h != "" {
		return what + ": " + h, theme.Dim
	}
	return what, theme.Dim
}

// View draws the input in exactly width cells.
func (e *Editor) View(width int) string {
	return e.env.Theme.Paint(theme.Cursor, e.input.View(width))
}

// Width returns how many cells the text takes that is being edited.
func (e *Editor) Width() int { return e.env.Width(kit.Clean(e.input.Value())) }

// Column returns where the cursor is in the last View.
func (e *Editor) Column() int { return e.input.Column() }

// Edit begins to edit a value: in place, or, where there are options or tags, in
// a dialog, whose answer is the apply.Edit to save. Known may be nil.
func Edit(env *kit.Env, edit apply.Edit, known KnownTags) (*Editor, kit.Action) {
	if edit.Field.Type == roster.Tags {
		return nil, kit.Open{Dialog: editTags(env, edit, known)}
	}
	if edit.Field.Type != roster.Dropdown || len(edit.Field.Options) == 0 {
		return NewEditor(env, edit), nil
	}
	choice := Options(env, edit.Field.Label+" of "+edit.Name, edit.Field, edit.Base, func(value string) tea.Msg {
		edit.Value = value
		return edit
	})
	return nil, kit.Open{Dialog: choice}
}

// Options offers the values of a dropdown field, and none where it may be
// empty. Its answer is what then makes of the value.
func Options(env *kit.Env, title string, f roster.Field, value string, then func(value string) tea.Msg) *kit.Choice {
	values := slices.Clone(f.Options)
	options := make([]kit.Option, 0, len(values)+1)
	for _, v := range values {
		options = append(options, kit.Option{Label: v})
	}
	if !f.Required && !f.UID {
		values = append(values, "")
		options = append(options, kit.Option{Label: "(empty)"})
	}
	return kit.NewChoice(env, title, options, slices.Index(values, value), func(i int) tea.Msg { return then(values[i]) })
}

// Asked are the fields that a form for a new person asks for: hidden ones only
// where there must be a value.
func Asked(l *roster.List) []roster.Field {
	return slices.DeleteFunc(slices.Clone(l.Schema.Fields), func(f roster.Field) bool { return f.Hidden && !f.Required && !f.UID })
}

// FormFields are the fields that are Asked as a form has them, with values to
// begin with.
func FormFields(l *roster.List, values map[roster.FieldID]string) []kit.FormField {
	asked := Asked(l)
	fields := make([]kit.FormField, len(asked))
	for i, f := range asked {
		fields[i] = kit.FormField{Label: f.Label, Value: values[f.ID], Help: hint(f), Options: f.Options, Check: check(f)}
	}
	return fields
}

// check is the field's own check, in words that leave out its label: a form
// shows them beside it.
func check(f roster.Field) func(string) error {
	return func(value string) error {
		_, err := f.Check(value)
		if err == nil {
			return nil
		}
		text := strings.TrimPrefix(fault.Sentence(err), f.Label+" ")
		return fault.New(fault.Invalid, "%s", text)
	}
}
