package duplicates

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/person"
	"muster/tui/theme"
	"muster/tui/why"
)

// merge compares a few people side by side, and makes one of them: a column a
// person, a row a field, and in each row the value that is taken is marked.
type merge struct {
	from   *Screen
	env    *kit.Env
	list   *roster.List
	people []roster.Person
	stays  int                       // who the others are merged into
	out    map[roster.PersonID]bool  // who is left out
	taken  map[roster.FieldID]int    // whose value is taken, where somebody chose
	typed  map[roster.FieldID]string // taken instead
	row    int                       // of the rows in view
	column int
	equal  bool // fields that are the same for all are shown
	top    int
	busy   bool
}

// Results of commands, and the answer to the question.
type (
	drafted struct {
		draft *core.Draft
		err   error
	}
	agreed     struct{ draft *core.Draft }
	valueTyped struct {
		field roster.Field
		value string
	}
	merged struct {
		head changeset.Changeset
		err  error
	}
)

func newMerge(s *Screen, d core.Duplicate) *merge {
	m := &merge{
		from: s, env: s.env, list: &s.list, people: d.People, equal: true,
		out: make(map[roster.PersonID]bool), taken: make(map[roster.FieldID]int), typed: make(map[roster.FieldID]string),
	}
	m.stays = max(0, slices.IndexFunc(m.people, func(p roster.Person) bool { return p.Status == roster.Active }))
	return m
}

// Title implements kit.Screen.
func (m *merge) Title() string { return m.name(m.stays) }

func (m *merge) name(i int) string { return m.list.DisplayName(m.people[i].Values) }

// Status implements kit.Screen.
func (m *merge) Status() string {
	return m.env.Theme.Paint(theme.Text, kit.Many(len(m.others())+1, "person", "people")+" into "+m.env.Cut(m.list.UID(m.people[m.stays].Values), 30))
}

// Typing implements kit.Screen.
func (m *merge) Typing() bool { return false }

// fields are those in view: without those that are the same for all, if so.
func (m *merge) fields() []roster.Field {
	if m.equal {
		return m.list.Schema.Fields
	}
	return slices.DeleteFunc(slices.Clone(m.list.Schema.Fields), func(f roster.Field) bool {
		first := m.people[0].Values.Get(f.ID)
		return !slices.ContainsFunc(m.people[1:], func(p roster.Person) bool { return p.Values.Get(f.ID) != first })
	})
}

func (m *merge) field() (roster.Field, bool) {
	fields := m.fields()
	if m.row >= len(fields) {
		return roster.Field{}, false
	}
	return fields[m.row], true
}

// others are those who are merged into who stays.
func (m *merge) others() []roster.Person {
	var others []roster.Person
	for i, p := range m.people {
		if i != m.stays && !m.out[p.ID] {
			others = append(others, p)
		}
	}
	return others
}

// takes returns whose value of a field is taken: whose somebody chose, else
// that of who stays, else the first of the others that is not empty.
func (m *merge) takes(f roster.Field) int {
	if f.UID || person.Locked(m.list, &m.people[m.stays], f) != "" {
		return m.stays
	}
	if i, ok := m.taken[f.ID]; ok && !m.out[m.people[i].ID] {
		return i
	}
	if m.people[m.stays].Values.Get(f.ID) == "" {
		for i, p := range m.people {
			if !m.out[p.ID] && p.Values.Get(f.ID) != "" {
				return i
			}
		}
	}
	return m.stays
}

// Bindings implements kit.Screen.
func (m *merge) Bindings() []kit.Binding {
	key := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "merge." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank}
	}
	take := key("take", "take this value", "Take this person's value", "Decide", 1, "enter", "space")
	if f, ok := m.field(); !ok {
		take.Disabled = "There is no field here"
	} else if f.UID {
		take.Disabled = "Who stays keeps the " + f.Label + "; s chooses who stays"
	} else {
		take.Disabled = person.Locked(m.list, &m.people[m.stays], f)
	}
	other := key("type", "type a value", "Type a value that none of them has", "Decide", 6, "e")
	other.Disabled = take.Disabled
	do := key("merge", "merge", "Merge them into the one who stays; the others become inactive", "Change", 2, "m")
	do.Dangerous = true
	if len(m.others()) == 0 {
		do.Disabled = "There is nobody left to merge"
	}
	if m.busy {
		do.Disabled = "It is being worked out"
	}
	stay := key("stay", "this one stays", "Have this person stay; the others are merged into them", "Decide", 3, "s")
	out := key("out", "leave out", "Leave this person out, or take them in again", "Decide", 5, "o")
	if m.column == m.stays {
		stay.Disabled, out.Disabled = "This one stays already", "This one stays; s chooses another"
	} else if m.people[m.column].Status != roster.Active {
		stay.Disabled = "Only somebody active can stay"
	}
	return kit.Needing(core.EditPeople, "Change", []kit.Binding{
		take, do, stay, out, other,
		key("dismiss", "not the same", "Say that none of them is the same, so that they are not shown again", "Change", 4, "x"),
		key("equal", "hide equal", "Hide or show what is the same for all", "Look", 7, "="),
		key("why", "why", "Explain how this value came to be so", "Look", 8, "w"),
		key("up", "up", "Go up", "Move", 0, "up", "k"),
		key("down", "down", "Go down", "Move", 0, "down", "j"),
		key("left", "left", "Go to the person on the left", "Move", 0, "left", "h"),
		key("right", "right", "Go to the person on the right", "Move", 0, "right", "l"),
	})
}

// ListID implements kit.Lister.
func (m *merge) ListID() roster.ListID { return m.list.ID }

// Do implements kit.Screen.
func (m *merge) Do(id string) kit.Action {
	switch id {
	case "merge.take":
		f, _ := m.field()
		m.taken[f.ID] = m.column
		delete(m.typed, f.ID)
		delete(m.out, m.people[m.column].ID)
	case "merge.type":
		return m.askValue()
	case "merge.stay":
		m.stays = m.column
		delete(m.out, m.people[m.column].ID)
	case "merge.out":
		id := m.people[m.column].ID
		m.out[id] = !m.out[id]
	case "merge.equal":
		m.equal = !m.equal
	case "merge.up":
		m.row--
	case "merge.down":
		m.row++
	case "merge.left":
		m.column--
	case "merge.right":
		m.column++
	case "merge.why":
		f, _ := m.field()
		return kit.Open{Dialog: why.Person(m.env, m.from.engine, m.list.ID, m.people[m.column].ID, f.ID)}
	case "merge.dismiss":
		return m.dismiss()
	case "merge.merge":
		return m.draft()
	}
	m.row = max(0, min(m.row, len(m.fields())-1))
	m.column = max(0, min(m.column, len(m.people)-1))
	return nil
}

// askValue asks for a value that none of them may have.
func (m *merge) askValue() kit.Action {
	f, _ := m.field()
	value, typed := m.typed[f.ID]
	if !typed {
		value = m.people[m.column].Values.Get(f.ID)
	}
	title := f.Label + " of " + m.name(m.stays)
	then := func(value string) tea.Msg { return valueTyped{f, value} }
	if f.Type == roster.Dropdown && len(f.Options) > 0 {
		return kit.Open{Dialog: person.Options(m.env, title, f, value, then)}
	}
	one := roster.List{Schema: roster.Schema{Fields: []roster.Field{f}}}
	return kit.Open{Dialog: kit.NewPrompt(m.env, title, person.FormFields(&one, map[roster.FieldID]string{f.ID: value})[0], then)}
}

func (m *merge) tookTyped(msg valueTyped) kit.Action {
	value, err := msg.field.Check(msg.value)
	if err != nil {
		return kit.Fail{Err: err}
	}
	m.typed[msg.field.ID] = value
	return nil
}

// value is what who stays gets in a field.
func (m *merge) value(f roster.Field) string {
	if typed, ok := m.typed[f.ID]; ok {
		return typed
	}
	return m.people[m.takes(f)].Values.Get(f.ID)
}

func (m *merge) ids() []roster.PersonID {
	var ids []roster.PersonID
	for _, p := range m.people {
		ids = append(ids, p.ID)
	}
	return ids
}

func (m *merge) dismiss() kit.Action {
	e, actor, list, ids := m.from.engine, m.from.actor, m.list.ID, m.ids()
	return kit.Run{Cmd: func() tea.Msg {
		pairs, err := e.Dismiss(context.Background(), actor, list, ids)
		return told{pairs, true, err}
	}}
}

// draft works out the merge, as it is marked.
func (m *merge) draft() kit.Action {
	var chosen []changeset.Change
	for _, f := range m.list.Schema.Fields {
		if base, value := m.people[m.stays].Values.Get(f.ID), m.value(f); value != base {
			chosen = append(chosen, changeset.Change{Field: f.ID, Base: base, Proposed: value})
		}
	}
	var others []roster.PersonID
	for _, p := range m.others() {
		others = append(others, p.ID)
	}
	m.busy = true
	e, list, stays := m.from.engine, m.list.ID, m.people[m.stays].ID
	return kit.Run{Cmd: func() tea.Msg {
		d, err := e.DraftMerge(context.Background(), list, stays, others, chosen)
		return drafted{d, err}
	}}
}

// Update implements kit.Screen.
func (m *merge) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case drafted:
		m.busy = false
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		if len(msg.draft.Items) == 0 {
			return kit.Say{Text: "There is nothing to do: the others are inactive already, and no value of theirs is taken", Kind: kit.Caution}
		}
		return kit.Open{Dialog: kit.NewConfirm(m.env, apply.Weigh(m.question(msg.draft), &msg.draft.Head, len(msg.draft.Items)), agreed{msg.draft})}
	case valueTyped:
		return m.tookTyped(msg)
	case agreed:
		m.busy = true
		e, actor := m.from.engine, m.from.actor
		return kit.Run{Cmd: func() tea.Msg {
			head, err := e.ApplyDraft(context.Background(), actor, msg.draft, core.How{})
			return merged{head, err}
		}}
	case merged:
		m.busy = false
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		m.from.again = true
		return kit.All{kit.Pop{}, kit.Say{Text: fmt.Sprintf("Merged into %s, as changeset %d; z undoes it", m.name(m.stays), msg.head.ID), Kind: kit.Done}}
	case told:
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		m.from.again = true
		return kit.All{kit.Pop{}, kit.Say{Text: "They are not the same; tab shows them, and x there takes it back", Kind: kit.Done}}
	case kit.Wheel:
		m.row = max(0, min(m.row+msg.Lines, len(m.fields())-1))
	}
	return nil
}

// question says exactly what a merge does.
func (m *merge) question(d *core.Draft) kit.Question {
	var fields, typed []string
	for _, it := range d.Items {
		for _, c := range it.Changes {
			f, _ := m.list.Schema.ByID(c.Field)
			if _, ok := m.typed[c.Field]; ok {
				typed = append(typed, f.Label)
			} else {
				fields = append(fields, f.Label)
			}
		}
	}
	name := m.name(m.stays)
	text := name + " keeps every value."
	switch {
	case len(fields) > 0 && len(typed) > 0:
		text = fmt.Sprintf("%s gets %s of the others, and %s as typed.", name, strings.Join(fields, ", "), strings.Join(typed, ", "))
	case len(fields) > 0:
		text = fmt.Sprintf("%s gets %s of the others.", name, strings.Join(fields, ", "))
	case len(typed) > 0:
		text = fmt.Sprintf("%s gets %s as typed.", name, strings.Join(typed, ", "))
	}
	switch n := d.Head.Counts.Deactivates; n {
	case 0:
		text += " The others are inactive already and keep everything."
	case 1:
		text += " 1 person becomes inactive and keeps everything."
	default:
		text += " " + kit.Many(n, "person", "people") + " become inactive and keep everything."
	}
	return kit.Question{Title: "Merge into " + m.list.UID(m.people[m.stays].Values) + "?", Yes: "merge", Dangerous: true, Text: text + " z takes it back."}
}
