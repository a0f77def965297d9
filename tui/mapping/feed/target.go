package feed

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// A Target is a field that can be fed.
type Target struct {
	Field   roster.Field
	By      string // what feeds it now; empty for nothing
	Note    string // what else there is to know
	Refused string // why it cannot be fed; empty when it can
}

// A Chosen is what somebody wants an attribute to feed.
type Chosen struct {
	Field string // the key; empty for nothing
	New   bool   // a field that is to be made
	Label string // what to call that, if it was typed
}

// NewFields makes the dialog that asks which field is to be fed. Nothing is how
// that is offered, and now the key of the field that is fed at present. Its
// answer is what then makes of the choice.
func NewFields(env *kit.Env, title string, nothing kit.Option, targets []Target, now string, then func(Chosen) tea.Msg) *kit.Choice {
	options := []kit.Option{nothing}
	at := 0
	for i, t := range targets {
		o := kit.Option{Label: t.Field.Label, Detail: string(t.Field.Type), Refused: t.Refused}
		if t.Field.UID {
			o.Detail += ", the UID"
		}
		if t.Field.Hidden {
			o.Detail += ", hidden"
		}
		if t.By != "" {
			o.Detail += ", fed by " + t.By + " now"
		}
		if t.Note != "" {
			o.Detail += ", " + t.Note
		}
		if t.Field.Key == now {
			at = i + 1
		}
		options = append(options, o)
	}
	options = append(options, kit.Option{Label: aNewField, Typed: func(text string) string {
		if text = nameIn(text); text != "" {
			return "add " + text + " to the list"
		}
		return "add one to the list"
	}})
	if now == "" {
		at = len(options) - 1
	}
	var c *kit.Choice
	c = kit.NewChoice(env, title, options, at, func(i int) tea.Msg {
		switch {
		case i == 0:
			return then(Chosen{})
		case i <= len(targets):
			return then(Chosen{Field: targets[i-1].Field.Key})
		}
		return then(Chosen{New: true, Label: nameIn(c.Typed())})
	})
	return c
}

const aNewField = "A new field…"

// nameIn is what a new field is to be called when that was typed to find it;
// nothing where it was the words of the option itself.
func nameIn(typed string) string {
	if strings.Contains(strings.ToLower(aNewField), strings.ToLower(typed)) {
		return ""
	}
	return typed
}

// A Made is a field that somebody wants made.
type Made struct {
	Label string
	Type  roster.Type
}

// NewField makes the dialog that asks for a new field, with the type that its
// values look like; check refuses types that they cannot have. Its answer is
// what then makes of it.
func NewField(env *kit.Env, title, label string, guess roster.Type, check func(roster.Type) error, then func(Made) tea.Msg) *kit.Form {
	types := make([]string, len(roster.Types()))
	for i, t := range roster.Types() {
		types[i] = string(t)
	}
	fields := []kit.FormField{
		{Label: "Name", Value: label, Help: "What people call the new field", Check: CheckLabel},
		{Label: "Holds", Value: string(guess), Help: "Guessed by its values: " + string(guess) + ", " + About(guess), Options: types, Check: func(is string) error {
			if is == "" {
				return fault.New(fault.Invalid, "It holds something")
			}
			return check(roster.Type(is))
		}},
	}
	return kit.NewForm(env, title, fields, func(v []string) tea.Msg {
		return then(Made{strings.TrimSpace(v[0]), roster.Type(v[1])})
	})
}

// CheckLabel refuses what cannot be a field's name.
func CheckLabel(label string) error {
	switch {
	case strings.TrimSpace(label) == "":
		return fault.New(fault.Invalid, "It needs a name")
	case len(label) > 200:
		return fault.New(fault.Invalid, "It is too long; at most 200 bytes fit")
	}
	return nil
}

// About says what a type holds.
func About(t roster.Type) string {
	switch t {
	case roster.Number:
		return "digits, with a point and a sign; never for identifiers"
	case roster.Email:
		return "an e-mail address"
	case roster.Dropdown:
		return "one of a few words"
	case roster.Date:
		return "a day, kept as 2006-01-31"
	case roster.Tags:
		return "any number of short words, with commas between"
	case roster.Text:
		return "anything"
	}
	return ""
}

// Guess is the type that all values have, as they would arrive in a field. It
// guesses no dropdown: the source may say something new tomorrow, which that
// would refuse. What looks like an identifier is text.
func Guess(values []string) roster.Type {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.TrimSpace(v) == "" })
	if len(values) == 0 {
		return roster.Text
	}
	all := func(t roster.Type) bool {
		return !slices.ContainsFunc(values, func(v string) bool {
			_, err := roster.Field{Type: t}.Check(v)
			return err != nil
		})
	}
	switch {
	case all(roster.Email):
		return roster.Email
	case all(roster.Date):
		return roster.Date
	case all(roster.Number) && !identifiers(values):
		return roster.Number
	}
	return roster.Text
}

// identifiers reports whether numbers look like names of something: one begins
// with a zero, all are different, or they are long.
func identifiers(values []string) bool {
	const long = 7 // digits
	different := make(map[string]bool)
	for _, v := range values {
		if len(v) > 1 && v[0] == '0' && v[1] != '.' || len(v) > long && !strings.Contains(v, ".") {
			return true
		}
		different[v] = true
	}
	return len(values) > 1 && len(different) == len(values)
}

// KeyFor makes the key of a new field, which taken does not have yet.
func KeyFor(label, fallback string, taken func(key string) bool) string {
	base := roster.KeyFor(label)
	if base == "" {
		base = fallback
	}
	key := base
	for n := 2; taken(key); n++ {
		key = base + "_" + kit.Count(n)
	}
	return key
}
