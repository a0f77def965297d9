package imports

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/tui/kit"
)

// stepChoice is what can be done to values on their way.
type stepChoice struct {
	option kit.Option
	steps  []mapping.Transform
	write  string // what is offered to be completed, where steps are to be written
}

// stepChoices are what is mostly wanted, and then all transforms that have
// parameters, to be written.
func stepChoices() []stepChoice {
	choices := []stepChoice{
		{option: kit.Option{Label: "trim", Detail: "cut blanks at both ends"}, steps: []mapping.Transform{mapping.Trim}},
		{option: kit.Option{Label: "trim, lowercase", Detail: "A.Reed@Example.org becomes a.reed@example.org"}, steps: []mapping.Transform{mapping.Trim, mapping.Lowercase}},
		{option: kit.Option{Label: "trim, uppercase", Detail: "e00123 becomes E00123"}, steps: []mapping.Transform{mapping.Trim, mapping.Uppercase}},
		{option: kit.Option{Label: "copy", Detail: "exactly as it stands in the file"}, steps: []mapping.Transform{mapping.Copy}},
		{option: kit.Option{Label: "collapse, titlecase", Detail: "MAEVE  O'BRIEN becomes Maeve O'Brien"}, steps: []mapping.Transform{mapping.Collapse, mapping.Titlecase}},
	}
	for _, d := range mapping.Docs() {
		if len(d.Params) == 0 {
			continue
		}
		detail := d.Label
		if len(d.Example.With) == 0 {
			detail = d.Example.In + " becomes " + d.Example.Out
		}
		choices = append(choices, stepChoice{option: kit.Option{Label: d.Name + "…", Detail: detail}, write: string(d.Example.Transform)})
	}
	return choices
}

func (c *columns) chooseSteps(column int) kit.Action {
	choices, now := stepChoices(), c.targets[column].steps
	options := make([]kit.Option, len(choices))
	for i, choice := range choices {
		options[i] = choice.option
	}
	at := slices.IndexFunc(choices, func(choice stepChoice) bool { return slices.Equal(choice.steps, now) })
	if at < 0 { // then one of its steps was written
		at = slices.IndexFunc(choices, func(choice stepChoice) bool {
			return slices.ContainsFunc(now, func(t mapping.Transform) bool { return choice.option.Label == t.Name()+"…" })
		})
	}
	return kit.Open{Dialog: kit.NewChoice(c.s.env, "Values of "+c.names[column], options, max(at, 0), func(i int) tea.Msg { return chosenSteps{column, i} })}
}

// choseSteps takes the steps that were chosen, or has them written: what there
// is, or the chosen transform's example to be changed.
func (c *columns) choseSteps(msg chosenSteps) kit.Action {
	choice := stepChoices()[msg.option]
	if choice.write == "" {
		return c.update(wroteSteps{msg.column, choice.steps})
	}
	steps := c.targets[msg.column].steps
	text := mapping.PrintTransforms(steps)
	if name := strings.TrimSuffix(choice.option.Label, "…"); !(mapping.Mapping{Transforms: steps}).Uses(name) {
		text = "trim, " + choice.write
	}
	field := kit.FormField{Label: "Transforms", Value: text, Help: "One after the other, with commas between them", Check: c.checkSteps}
	return kit.Open{Dialog: kit.NewPrompt(c.s.env, "Values of "+c.names[msg.column], field, func(text string) tea.Msg {
		steps, err := mapping.ParseTransforms(text)
		if err != nil {
			return nil // the check refuses that
		}
		return wroteSteps{msg.column, steps}
	})}
}

func (c *columns) checkSteps(text string) error {
	steps, err := mapping.ParseTransforms(text)
	if err != nil {
		return err
	}
	for _, name := range (mapping.Mapping{Attribute: c.names[0], Transforms: steps}).Attributes() {
		if !slices.Contains(c.names, name) {
			return fault.New(fault.Invalid, "There is no column %q in the file", name)
		}
	}
	return nil
}

// becoming returns what makes of a column's value what it becomes on its way,
// as far as that can be told from it alone.
func (c *columns) becoming(column int) func(value string) mapping.Outcome {
	t := &c.targets[column]
	feeds, err := mapping.Compile([]mapping.Mapping{{Attribute: c.names[column], Transforms: t.steps, Field: t.field, On: true}}, c.names, func(key string) string { return key })
	if err != nil {
		return func(string) mapping.Outcome { return mapping.Outcome{Trouble: fault.Sentence(err)} }
	}
	cells := make([]mapping.Cell, len(c.names))
	for i := range cells {
		cells[i].Presence = mapping.Absent
	}
	return func(value string) mapping.Outcome {
		cells[column] = mapping.Cell{Text: value}
		return feeds[0].Of(cells)
	}
}
