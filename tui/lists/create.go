package lists

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// draft is what the form of a new list was filled in with.
type draft struct{ name, slug, uid, fields string }

// created is what became of it.
type created struct {
	list  roster.List
	draft draft
	err   error
}

// form asks for a new list.
func (s *Screen) form(d draft) kit.Action {
	return kit.Open{Dialog: kit.NewForm(s.env, "New list", []kit.FormField{
		{Label: "Name", Value: d.name, Help: "What people call it, as Staff", Check: func(name string) error {
			if strings.TrimSpace(name) == "" {
				return fault.New(fault.Invalid, "A list needs a name")
			}
			return nil
		}},
		{Label: "Short name", Value: d.slug, Help: "For commands and URLs: small letters, digits and -. Empty makes it from the name", Check: func(slug string) error {
			if slug == "" {
				return nil
			}
			return roster.CheckSlug(slug)
		}},
		{Label: "UID field", Value: d.uid, Help: "What names a person for good, as Employee number", Check: func(label string) error {
			if roster.KeyFor(label) == "" {
				return fault.New(fault.Invalid, "Exactly one field is the UID; name it, as Employee number")
			}
			return nil
		}},
		{Label: "Other fields", Value: d.fields, Help: "Separated by commas; a type goes in brackets: Last name, Work mail (email), Born (date)", Check: func(text string) error {
			_, err := schemaOf("UID", text)
			return err
		}},
	}, func(values []string) tea.Msg {
		return draft{strings.TrimSpace(values[0]), values[1], values[2], values[3]}
	})}
}

// schemaOf reads the fields that were typed.
func schemaOf(uid, others string) (roster.Schema, error) {
	var schema roster.Schema
	if err := schema.Add(roster.Field{Key: roster.KeyFor(uid), Label: strings.TrimSpace(uid), UID: true}); err != nil {
		return schema, err
	}
	for text := range strings.SplitSeq(others, ",") {
		label, kind, _ := strings.Cut(text, "(")
		label = strings.TrimSpace(label)
		if label == "" && kind == "" {
			continue
		}
		kind = strings.ToLower(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kind), ")")))
		if err := schema.Add(roster.Field{Key: roster.KeyFor(label), Label: label, Type: roster.Type(kind)}); err != nil {
			return schema, err
		}
	}
	return schema, nil
}

// create makes the list that was asked for.
func (s *Screen) create(d draft) kit.Action {
	schema, err := schemaOf(d.uid, d.fields)
	if err != nil {
		return kit.All{s.form(d), kit.Fail{Err: err}}
	}
	l := roster.List{Slug: d.slug, Name: d.name, Schema: schema}
	if l.Slug == "" {
		l.Slug = strings.ReplaceAll(roster.KeyFor(d.name), "_", "-")
	}
	engine, actor := s.engine, s.actor
	return kit.Run{Cmd: func() tea.Msg {
		made, err := engine.CreateList(context.Background(), actor, l)
		return created{made, d, err}
	}}
}

// show puts the cursor on the new list, or asks again where it was refused.
func (s *Screen) show(msg created) kit.Action {
	if msg.err != nil {
		return kit.All{s.form(msg.draft), kit.Fail{Err: msg.err}}
	}
	s.made = msg.list.ID
	return kit.All{s.load(), kit.Say{Text: "Made the list " + msg.list.Name + "; i imports a file into it", Kind: kit.Done}}
}
