// Package why is the dialog that explains how a person, one of their values,
// or what a changeset proposes, came to be so: five steps, each with its facts.
// The words are those of core.Why.
package why

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Dialog explains. It reads the facts itself once it is shown.
type Dialog struct {
	env   *kit.Env
	read  func(context.Context) (*core.Why, error)
	why   *core.Why
	wrong string
	top   int
}

// loaded is what reading the facts came to.
type loaded struct {
	why *core.Why
	err error
}

// Person explains a person, or with a field that value of theirs. It has no
// answer.
func Person(env *kit.Env, e *core.Engine, list roster.ListID, id roster.PersonID, field roster.FieldID) *Dialog {
	return &Dialog{env: env, read: func(ctx context.Context) (*core.Why, error) { return e.Why(ctx, list, id, field) }}
}

// Item explains what an item of a changeset proposes, for one field or as a
// whole. Head and item are read until the dialog ends. It has no answer.
func Item(env *kit.Env, e *core.Engine, head *changeset.Changeset, it *changeset.Item, field roster.FieldID) *Dialog {
	return &Dialog{env: env, read: func(ctx context.Context) (*core.Why, error) { return e.WhyItem(ctx, head, it, field) }}
}

// Title implements kit.Dialog.
func (d *Dialog) Title() string {
	switch {
	case d.why == nil:
		return "Why"
	case d.why.Field.ID == 0:
		return "Why " + d.name()
	}
	return "Why " + d.why.Field.Label + " of " + d.name()
}

func (d *Dialog) name() string {
	if name := d.why.List.DisplayName(d.why.Person.Values); name != "" {
		return name
	}
	return "somebody new"
}

// Typing implements kit.Dialog.
func (d *Dialog) Typing() bool { return false }

// Bindings implements kit.Dialog.
func (d *Dialog) Bindings() []kit.Binding {
	return []kit.Binding{
		{ID: "why.close", Keys: []string{"enter", "esc", "w", "space"}, Label: "close", Help: "Close", Rank: 1},
		{ID: "why.up", Keys: []string{"up", "k"}, Label: "up", Help: "Scroll up"},
		{ID: "why.down", Keys: []string{"down", "j"}, Label: "down", Help: "Scroll down"},
	}
}

// Do implements kit.Dialog.
func (d *Dialog) Do(id string) kit.Action {
	switch id {
	case "why.up":
		d.top--
	case "why.down":
		d.top++
	default:
		return kit.Answer{}
	}
	return nil
}

// Update implements kit.Dialog.
func (d *Dialog) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First {
			return kit.Run{Cmd: func() tea.Msg {
				w, err := d.read(context.Background())
				return loaded{w, err}
			}}
		}
	case loaded:
		d.why = msg.why
		if msg.err != nil {
			d.why, d.wrong = nil, d.env.Explain(msg.err)
		}
	case kit.Wheel:
		d.top += msg.Lines
	}
	return nil
}

// stepWidth is the width of the names of the steps.
const stepWidth = 7

// View implements kit.Dialog.
func (d *Dialog) View(width, height int) string {
	width = min(width, 76)
	lines := d.lines(width)
	d.top = max(0, min(d.top, len(lines)-height))
	return strings.Join(lines[d.top:min(len(lines), d.top+height)], "\n")
}

func (d *Dialog) lines(width int) []string {
	if d.why == nil {
		text := "Reading…"
		if d.wrong != "" {
			text = d.wrong
		}
		return []string{d.env.Line(width).Add(theme.Dim, text).String()}
	}
	var lines []string
	for _, step := range d.why.Lines(func(t time.Time) string { return kit.Ago(d.env.Now(), t) }) {
		for i, part := range d.env.Wrap(step.Text, width-stepWidth) {
			line := d.env.Line(width)
			if i == 0 {
				line.Fit(theme.Header, step.Step, stepWidth)
			} else {
				line.Gap(stepWidth)
			}
			lines = append(lines, line.Add(theme.Text, part).String())
		}
	}
	return lines
}
