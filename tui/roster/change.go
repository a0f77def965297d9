package roster

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/person"
)

// chosen are those whom a change is for: everyone marked, or whoever the
// cursor is on.
func (s *Screen) chosen() apply.People {
	rows, ix := s.table.Chosen(), s.index
	var who string
	if len(rows) == 1 {
		if entry, ok := ix.Row(rows[0]); ok {
			who = s.list.DisplayName(entry.Values)
		}
	}
	return apply.People{Count: len(rows), Who: who, IDs: func() []coreroster.PersonID {
		ids := make([]coreroster.PersonID, 0, len(rows))
		for _, row := range rows {
			if entry, ok := ix.Row(row); ok {
				ids = append(ids, entry.ID)
			}
		}
		return ids
	}}
}

// setStatus deactivates or reactivates whoever is chosen.
func (s *Screen) setStatus(to coreroster.Status) kit.Action {
	return s.flow.SetStatus(s.chosen(), to)
}

// session begins a session of everyone marked, or of all who match the filter.
func (s *Screen) session() kit.Action {
	if s.table.Marked() > 0 {
		chosen := s.chosen()
		return kit.Push{Screen: s.options.Session(&s.list, s.search.text, chosen.Count, chosen.IDs)}
	}
	filter := s.search.text
	if _, asked := s.search.query.Statuses(); !asked && s.saved.Status != "" {
		filter = strings.TrimSpace(filter + " status:" + s.saved.Status)
	}
	return kit.Push{Screen: s.options.Session(&s.list, filter, 0, nil)}
}

// bulkSet is the value that was given for many.
type bulkSet struct {
	field coreroster.Field
	value string
}

// askValue asks for the value of the current column for whoever is chosen.
func (s *Screen) askValue() kit.Action {
	f, _ := s.field()
	title := "Set " + f.Label + " of " + kit.Many(max(1, s.table.Marked()), "person", "people")
	then := func(value string) tea.Msg { return bulkSet{f, value} }
	if f.Type == coreroster.Tags {
		chosen, rows := s.chosen(), s.table.Chosen()
		title = f.Label + " of " + cmp.Or(chosen.Who, kit.Many(chosen.Count, "person", "people"))
		return kit.Open{Dialog: person.SetTags(s.env, title, f, len(rows), person.TagsAmong(s.index, f.ID, rows))}
	}
	if f.Type == coreroster.Dropdown && len(f.Options) > 0 {
		return kit.Open{Dialog: person.Options(s.env, title, f, "", then)}
	}
	one := coreroster.List{Schema: coreroster.Schema{Fields: []coreroster.Field{f}}}
	return kit.Open{Dialog: kit.NewPrompt(s.env, title, person.FormFields(&one, nil)[0], then)}
}

func (s *Screen) bulkSet(b bulkSet) kit.Action {
	value, err := b.field.Check(b.value)
	if err != nil {
		return kit.Fail{Err: err}
	}
	return s.flow.SetField(s.chosen(), b.field, value)
}

// openIndex is the index that the screen has.
func (s *Screen) openIndex(context.Context) (*index.Index, error) { return s.index, nil }

// looked is a person who was looked at before one of their fields is edited,
// because the list's source may own it.
type looked struct {
	edit   apply.Edit
	person coreroster.Person
	err    error
}

// edit begins to edit the current cell, unless a mapping owns it.
func (s *Screen) edit() kit.Action {
	entry, _ := s.current()
	f, _ := s.field()
	edit := s.editOf(entry, f)
	if _, owned := s.list.Owner(f.Key); !owned {
		return s.begin(edit)
	}
	if p, ok := s.pane.Person(); ok && p.ID == entry.ID {
		return s.looked(looked{edit: edit, person: p})
	}
	list := s.list.ID
	return kit.Run{Cmd: func() tea.Msg {
		p, err := s.engine.Person(s.ctx, list, entry.ID)
		return looked{edit, p, err}
	}}
}

func (s *Screen) editOf(entry index.Entry, f coreroster.Field) apply.Edit {
	value := entry.Values.Get(f.ID)
	return apply.Edit{Person: entry.ID, Name: s.list.DisplayName(entry.Values), Field: f, Base: value, Value: value}
}

func (s *Screen) looked(l looked) kit.Action {
	if l.err != nil {
		return kit.Fail{Err: l.err}
	}
	if why := person.Locked(&s.list, &l.person, l.edit.Field); why != "" {
		if s.options.Mapping != nil {
			why += ": m goes there"
		}
		return kit.Say{Text: why, Kind: kit.Caution}
	}
	return s.begin(l.edit)
}

func (s *Screen) begin(edit apply.Edit) kit.Action {
	var action kit.Action
	s.editor, action = person.Edit(s.env, edit, person.TagsOf(s.openIndex, edit.Field.ID, edit.Base))
	return action
}

func (s *Screen) saveEdit() kit.Action {
	edit, ok := s.editor.Done()
	if !ok {
		return nil
	}
	s.editor = nil
	return s.flow.Save(edit)
}

// addTyped are the values of a new person, one a field.
type addTyped []string

// addForm asks for a new person, with what was typed before.
func (s *Screen) addForm(values map[coreroster.FieldID]string) kit.Action {
	fields := person.FormFields(&s.list, values)
	return kit.Open{Dialog: kit.NewForm(s.env, "Add a person to "+s.list.Name, fields, func(values []string) tea.Msg {
		return addTyped(values)
	})}
}

func (s *Screen) add(typed addTyped) kit.Action {
	values := make(map[coreroster.FieldID]string, len(typed))
	var whole coreroster.Values
	for i, f := range person.Asked(&s.list) {
		if i == len(typed) {
			break
		}
		value, err := f.Check(typed[i])
		if err != nil {
			return kit.All{s.addForm(values), kit.Fail{Err: err}}
		}
		values[f.ID] = value
		whole = whole.With(f.ID, value)
	}
	return s.flow.Add(s.list.DisplayName(whole), values)
}

// copyCell puts the current value on the clipboard.
func (s *Screen) copyCell() kit.Action {
	entry, _ := s.current()
	f, ok := s.field()
	if !ok {
		return kit.Copy{Text: entry.Status.String(), What: "the status"}
	}
	value := entry.Values.Get(f.ID)
	if value == "" {
		return kit.Say{Text: f.Label + " is empty: there is nothing to copy", Kind: kit.Caution}
	}
	return kit.Copy{Text: value, What: f.Label + " of " + s.list.DisplayName(entry.Values)}
}

// mostCopied is more rows than fit a terminal's clipboard.
const mostCopied = 20_000

// copyRows puts the people chosen on the clipboard, tab-separated as a
// spreadsheet takes them, in the order and with the columns of the screen.
func (s *Screen) copyRows() kit.Action {
	rows := s.table.Chosen()
	if len(rows) > mostCopied {
		return kit.Say{Text: kit.Many(len(rows), "person", "people") + " are too many for the clipboard; export them instead", Kind: kit.Caution}
	}
	columns := slices.DeleteFunc(s.table.Columns(), func(c kit.Column) bool { return c.Hidden })
	var b strings.Builder
	for i, row := range rows {
		if i > 0 {
			b.WriteByte('\n')
		}
		entry, _ := s.index.Row(row)
		for j, c := range columns {
			if j > 0 {
				b.WriteByte('\t')
			}
			text := entry.Values.Get(coreroster.FieldID(c.ID))
			if c.ID == statusColumn {
				text = entry.Status.String()
			}
			b.WriteString(strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(text))
		}
	}
	return kit.Copy{Text: b.String(), What: kit.Many(len(rows), "row", "rows")}
}

// pathTyped is the file to write to, exported what became of it.
type (
	pathTyped string
	exported  struct {
		path   string
		people int
		err    error
	}
)

// askPath asks where to write who is shown.
func (s *Screen) askPath() kit.Action {
	field := kit.FormField{Label: "File", Value: s.list.Slug + ".csv", Help: "Every field is written; the file can be imported again",
		Check: func(path string) error {
			if strings.TrimSpace(path) == "" {
				return fault.New(fault.Invalid, "A file needs a name")
			}
			return nil
		}}
	title := "Export " + kit.Many(len(s.search.found.literal()), "person", "people")
	return kit.Open{Dialog: kit.NewPrompt(s.env, title, field, func(path string) tea.Msg { return pathTyped(path) })}
}

// export writes who is shown now, in this order.
func (s *Screen) export(path string) kit.Action {
	found, list, write := s.search.found, s.list, s.options.Export
	rows := found.literal()
	return kit.Run{Cmd: func() tea.Msg {
		err := write(s.ctx, path, list, func(yield func(coreroster.Values) bool) {
			for _, row := range rows {
				if entry, ok := found.index.Row(row); ok && !yield(entry.Values) {
					return
				}
			}
		})
		return exported{path, len(rows), err}
	}}
}

func (s *Screen) exported(e exported) kit.Action {
	if e.err != nil {
		return kit.Fail{Err: e.err}
	}
	return kit.Say{Text: "Wrote " + kit.Many(e.people, "person", "people") + " to " + e.path, Kind: kit.Done}
}
