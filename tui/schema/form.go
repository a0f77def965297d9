package schema

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// The values of a form's choice.
const yes, no = "yes", "no"

func yesNo(is bool) string {
	if is {
		return yes
	}
	return no
}

// typeWords say of each type what belongs in it.
func typeWords(t roster.Type) string {
	switch t {
	case roster.Text:
		return "anything; numbers that name something are text, or zeros in front are lost"
	case roster.Number:
		return "digits with a point: sorted and compared as numbers"
	case roster.Email:
		return "an e-mail address"
	case roster.Dropdown:
		return "one of some options"
	case roster.Date:
		return "a day, as 2006-01-31"
	case roster.Tags:
		return "any number of short words: groups, allergies, courses"
	}
	return ""
}

// form asks what a field is; nil is a new one.
func (f *fields) form(l *line) kit.Action {
	title, field, id := "New field", roster.Field{Type: roster.Text}, 0
	if l != nil {
		title, field, id = "Field "+l.field.Label, l.field, l.id
	}
	types := make([]string, len(roster.Types()))
	for i, t := range roster.Types() {
		types[i] = string(t)
	}
	always := ""
	if field.UID {
		always = "it is the UID: everybody has one of their own, and it is shown"
	}
	all := []kit.FormField{
		{Label: "Label", Value: field.Label, Help: "What people call it: Card number", Check: func(label string) error { return f.sheet.check(id, label) }},
		{Label: "Type", Value: string(field.Type), Options: types, Help: "What it holds; left and right go through the types"},
		{Label: "Required", Value: yesNo(field.Required || field.UID), Options: []string{no, yes}, Locked: always, Help: "Whether everybody must have one"},
		{Label: "Unique", Value: yesNo(field.Unique || field.UID), Options: []string{no, yes}, Locked: always, Help: "Whether no two people may have the same"},
		{Label: "Hidden", Value: yesNo(field.Hidden), Options: []string{no, yes}, Locked: always, Help: "Whether it is kept and fed, but not shown"},
		{Label: "Group", Value: field.Group, Help: "One word: fields with the same one are decided together in a review; - is alone", Check: checkGroup},
	}
	switch {
	case l == nil || l.id < 0:
		all = slices.Insert(all, 2, kit.FormField{Label: "Options", Value: strings.Join(field.Options, ", "),
			Help: "Only of a dropdown: what to choose from, with commas between"})
	default:
		all = slices.Insert(all, 1, kit.FormField{Label: "Key", Value: field.Key,
			Locked: "never changes: files and mappings know the field by it"})
	}
	return kit.Open{Dialog: kit.NewForm(f.env, title, all, func(v []string) tea.Msg {
		got := make(map[string]string, len(v))
		for i := range all {
			got[all[i].Label] = v[i]
		}
		return fieldTyped{id, formed(field, got)}
	})}
}

// formed is a field with what a form says of it.
func formed(field roster.Field, got map[string]string) roster.Field {
	field.Label, field.Type = strings.TrimSpace(got["Label"]), roster.Type(got["Type"])
	if !field.UID {
		field.Required, field.Unique, field.Hidden = got["Required"] == yes, got["Unique"] == yes, got["Hidden"] == yes
	}
	field.Group = strings.TrimSpace(got["Group"])
	if text, asked := got["Options"]; asked {
		field.Options = splitOptions(text)
	}
	if field.Type != roster.Dropdown {
		field.Options = nil
	}
	return field
}

// splitOptions reads options with commas between.
func splitOptions(text string) []string {
	var options []string
	for option := range strings.SplitSeq(text, ",") {
		if option = strings.TrimSpace(option); option != "" && !slices.Contains(options, option) {
			options = append(options, option)
		}
	}
	return options
}

func checkGroup(group string) error {
	if strings.ContainsFunc(strings.TrimSpace(group), unicode.IsSpace) {
		return fault.New(fault.Invalid, "A group is one word")
	}
	return nil
}

// chooseType offers what a field can hold.
func (f *fields) chooseType(l *line) kit.Action {
	types, id := roster.Types(), l.id
	options := make([]kit.Option, len(types))
	for i, t := range types {
		options[i] = kit.Option{Label: string(t), Detail: typeWords(t)}
		if t == roster.Tags && l.field.UID {
			options[i].Refused = "tags cannot name a person"
		}
	}
	return kit.Open{Dialog: kit.NewChoice(f.env, "What does "+l.field.Label+" hold?", options, slices.Index(types, l.field.Type),
		func(i int) tea.Msg { return typeChosen{id, types[i]} })}
}
