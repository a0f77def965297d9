package feed

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/tui/kit"
)

// pick offers all transforms, each with what it does and an example. It is put
// at a place, or takes that of the step there.
func (s *Steps) pick(at int, replace bool) kit.Action {
	docs := mapping.Docs()
	options := make([]kit.Option, len(docs))
	now := 0
	for i, d := range docs {
		options[i] = kit.Option{Label: d.Label, Detail: example(s.env, d), About: d.Help + " In text: " + d.Usage()}
		if replace && s.steps[at].Name() == d.Name {
			now = i
		}
	}
	if replace {
		at = -1 - at
	}
	return kit.Open{Dialog: kit.NewChoice(s.env, "What is done to the value?", options, now, func(i int) tea.Msg { return picked{at, i} })}
}

// example shows what goes in and what comes out.
func example(env *kit.Env, d mapping.Doc) string {
	in := Shown(d.Example.In)
	for _, w := range d.Example.With {
		if w.Cell.Presence == mapping.Given {
			in += ", " + w.Attribute + " " + w.Cell.Text
		}
	}
	return in + strings.ReplaceAll(Arrow(env), "  ", " ") + Shown(d.Example.Out)
}

// mostOthers is how many attributes a form offers to step in.
const mostOthers = 4

// fill asks for the parameters of a transform. What core refuses is not taken.
func (s *Steps) fill(d mapping.Doc, at int, replace bool, was []string) kit.Action {
	value := func(i int) string {
		if i < len(was) {
			return was[i]
		}
		return ""
	}
	var fields []kit.FormField
	switch p := d.Params[0]; {
	case p.Pair:
		fields = []kit.FormField{{Label: "Values", Value: strings.Join(was, ", "), Help: "as Sci=Science, Eng=Engineering, *=Other; * is every other value"}}
	case p.Many:
		labels := make([]string, 0, len(s.q.Source.Names))
		for _, name := range s.q.Source.Names {
			labels = append(labels, s.q.Source.Label(name))
		}
		for i := range mostOthers {
			f := kit.FormField{Label: "or", Value: s.shownAs(value(i)), Help: "The attribute that steps in where all before it are empty", Options: labels}
			if i == 0 {
				f.Label = "Where empty"
			}
			fields = append(fields, f)
		}
	default:
		for i, p := range d.Params {
			f := kit.FormField{Label: sentence(p.Name), Value: value(i), Help: p.Help}
			if p.Optional {
				f.Help += "; may stay empty"
			}
			fields = append(fields, f)
		}
	}
	form := kit.NewForm(s.env, d.Label+": "+example(s.env, d), fields, func(values []string) tea.Msg {
		t, err := s.made(d, values)
		if err != nil {
			return nil // the check refuses that
		}
		return filled{at, replace, t}
	})
	return kit.Open{Dialog: form.Checked(func(values []string) error {
		_, err := s.made(d, values)
		return err
	})}
}

// made is the transform of what was typed.
func (s *Steps) made(d mapping.Doc, values []string) (mapping.Transform, error) {
	params := values
	switch p := d.Params[0]; {
	case p.Pair:
	case p.Many:
		params = nil
		for _, label := range values {
			if label != "" {
				params = append(params, s.named(label))
			}
		}
	default:
		params = append([]string(nil), values...)
		if d.Name == "join" {
			params[0] = s.template(params[0])
		}
	}
	t, err := d.New(params)
	if err == nil {
		err = s.q.Source.Check([]mapping.Transform{t})
	}
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "%s", fault.Sentence(err))
	}
	return t, nil
}

// shownAs and named are a label for an attribute, and an attribute for a label.
func (s *Steps) shownAs(name string) string {
	if name == "" {
		return ""
	}
	return s.q.Source.Label(name)
}

func (s *Steps) named(label string) string {
	for _, name := range s.q.Source.Names {
		if s.q.Source.Label(name) == label {
			return name
		}
	}
	return label
}

// template takes the labels of attributes between braces for their names, as a
// person writes them.
func (s *Steps) template(text string) string {
	for i, label := range s.q.Source.Labels {
		if label != "" && label != s.q.Source.Names[i] {
			text = strings.ReplaceAll(text, "{"+label+"}", "{"+s.q.Source.Names[i]+"}")
		}
	}
	return text
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
