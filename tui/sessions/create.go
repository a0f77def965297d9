package sessions

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
	"muster/tui/kit"
)

// People are whom a new session is to take.
type People struct {
	// Filter takes those who match it.
	Filter string
	// Count and IDs, unless nil, are who is taken instead. IDs is called in a
	// command: they may be many.
	Count int
	IDs   func() []roster.PersonID
}

// asked is what was typed for a new session.
type asked struct {
	people             People
	name, kind, fields string
}

// created is what became of it.
type created struct {
	session session.Session
	err     error
}

// ask asks what a new session is to be.
func (s *Screen) ask(from People) kit.Action {
	who := kit.FormField{Label: "People", Value: from.Filter, Help: "a filter, as in the roster; empty takes everyone who is active",
		Check: func(text string) error {
			_, err := roster.ParseStrict(text, s.list.Schema)
			return err
		}}
	if from.IDs != nil {
		who.Value, who.Locked = "", kit.Many(from.Count, "person who is marked", "people who are marked")
	}
	var keys []string
	for _, f := range s.list.Schema.Shown() {
		keys = append(keys, f.Key)
	}
	fields := []kit.FormField{
		{Label: "Name", Help: "what people call it, as Autumn photos", Check: func(text string) error {
			if strings.TrimSpace(text) == "" {
				return fault.New(fault.Invalid, "A session needs a name")
			}
			return nil
		}},
		{Label: "Kind", Value: string(session.Data), Options: []string{string(session.Data), string(session.Photo)},
			Help: "what it is for: data are checked, or photos taken"},
		who,
		{Label: "Fields", Value: "all", Help: "all, or some with commas between: " + strings.Join(keys, ", "), Check: func(text string) error {
			_, err := fieldsOf(s.list, text)
			return err
		}},
	}
	return kit.Open{Dialog: kit.NewForm(s.env, "New session", fields, func(values []string) tea.Msg {
		if from.IDs == nil {
			from.Filter = values[2]
		}
		return asked{from, values[0], values[1], values[3]}
	})}
}

// fieldsOf reads names of fields; all is none in particular.
func fieldsOf(l *roster.List, text string) ([]roster.FieldID, error) {
	var fields []roster.FieldID
	if text = strings.TrimSpace(text); text == "" || text == "all" {
		return nil, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		f, ok := l.Schema.Find(strings.TrimSpace(word))
		if !ok {
			return nil, fault.New(fault.Invalid, "The list has no field %q", strings.TrimSpace(word))
		}
		fields = append(fields, f.ID)
	}
	return fields, nil
}

func (s *Screen) create(a asked) kit.Action {
	fields, err := fieldsOf(s.list, a.fields)
	if err != nil {
		return kit.Fail{Err: err}
	}
	n := core.NewSession{List: s.list.ID, Name: a.name, Kind: session.Kind(a.kind), Fields: fields, Filter: a.people.Filter}
	engine, actor := s.engine, s.actor
	return kit.Run{Cmd: func() tea.Msg {
		if a.people.IDs != nil {
			n.People = a.people.IDs()
		}
		made, err := engine.CreateSession(context.Background(), actor, n)
		return created{made, err}
	}}
}

func (s *Screen) created(c created) kit.Action {
	if c.err != nil {
		return kit.Fail{Err: c.err}
	}
	s.made = c.session.ID
	return kit.All{s.open(c.session),
		kit.Say{Text: c.session.Name + " holds " + kit.Many(c.session.Counts.People, "person", "people") + "; e edits a value", Kind: kit.Done}}
}
