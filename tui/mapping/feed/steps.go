package feed

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
)

// A Question is what is asked about the transforms of an attribute.
type Question struct {
	Attribute  string
	Transforms []mapping.Transform
	Field      roster.Field // that is fed; without a key, none is yet
	Source     Source
	Samples    []Sample // to show what becomes of them
	At         int      // the sample to begin with
}

// Steps is the dialog in which transforms are stacked: each step shows what the
// value of somebody real becomes by it.
type Steps struct {
	env    *kit.Env
	q      Question
	steps  []mapping.Transform
	then   func([]mapping.Transform) tea.Msg
	at     int // a step, the line that adds one, or the one that ends it
	sample int
	warned bool

	stages []Stage // of the sample, made anew after each change
	wrong  error   // why there are none
	lines  []int   // which row each line of the last View is, -1 for none
}

// Answers of the dialogs over this one.
type (
	picked struct{ at, doc int } // at is the step that it replaces, or where it comes
	filled struct {
		at        int
		replace   bool
		transform mapping.Transform
	}
	written []mapping.Transform
)

// NewSteps makes the dialog. Its answer is what then makes of the transforms.
func NewSteps(env *kit.Env, q Question, then func([]mapping.Transform) tea.Msg) *Steps {
	s := &Steps{env: env, q: q, then: then, steps: slices.Clone(q.Transforms), sample: q.At}
	s.at = len(s.steps)
	s.trace()
	return s
}

// trace works out what becomes of the sample.
func (s *Steps) trace() {
	s.stages, s.wrong = nil, nil
	m := mapping.Mapping{Attribute: s.q.Attribute, Transforms: s.steps, Field: s.q.Field.Key}
	tracer, err := NewTracer(m, s.q.Source.Names)
	if err != nil {
		s.wrong = err
		return
	}
	s.sample = max(0, min(s.sample, len(s.q.Samples)-1))
	if len(s.q.Samples) > 0 {
		s.stages = tracer.Of(s.q.Samples[s.sample].Cells)
	}
}

// Title implements kit.Dialog.
func (s *Steps) Title() string { return "Transforms of " + s.q.Source.Label(s.q.Attribute) }

// Typing implements kit.Dialog.
func (s *Steps) Typing() bool { return false }

// adding and ending are the rows after the steps.
func (s *Steps) adding() int { return len(s.steps) }
func (s *Steps) ending() int { return len(s.steps) + 1 }

// Bindings implements kit.Dialog.
func (s *Steps) Bindings() []kit.Binding {
	key := func(id, keys, label, help string, rank int) kit.Binding {
		return kit.Binding{ID: "steps." + id, Keys: strings.Fields(keys), Label: label, Help: help, Group: "Transforms", Rank: rank}
	}
	open := key("open", "enter", "change", "Change this step; on the lines below, add one, or take them all", 1)
	switch s.at {
	case s.adding():
		open.Label = "add"
	case s.ending():
		open.Label = "done"
	}
	remove := key("remove", "x delete", "remove", "Take this step out", 3)
	up := key("move up", "{ shift+up", "earlier", "Move this step up", 0)
	down := key("move down", "} shift+down", "later", "Move this step down", 0)
	for _, b := range []*kit.Binding{&remove, &up, &down} {
		if s.at >= s.adding() {
			b.Disabled = "Go to a step first"
		}
	}
	others := key("next", "right l", "next person", "See what becomes of the next person's value", 4)
	before := key("previous", "left h", "person before", "See what becomes of the value of the person before", 0)
	if len(s.q.Samples) < 2 {
		others.Disabled, others.Rank = "There is nobody else to show it with", 0
		before.Disabled = others.Disabled
	}
	return []kit.Binding{open, key("add", "a n", "add", "Add a step after this one", 2), remove, up, down, others, before,
		key("write", "e", "write", "Write all steps as one line of text", 5),
		key("done", "ctrl+s", "done", "Take these transforms", 6),
		key("up", "up k", "up", "Go up", 0), key("down", "down j", "down", "Go down", 0),
		key("cancel", "esc", "back", "Leave the transforms as they were", 7)}
}

// Do implements kit.Dialog.
func (s *Steps) Do(id string) kit.Action {
	warned := s.warned
	s.warned = false
	switch id {
	case "steps.up":
		s.at = max(0, s.at-1)
	case "steps.down":
		s.at = min(s.ending(), s.at+1)
	case "steps.next", "steps.previous":
		by := 1
		if id == "steps.previous" {
			by = -1
		}
		s.sample = (s.sample + by + len(s.q.Samples)) % len(s.q.Samples)
		s.trace()
	case "steps.open":
		return s.open()
	case "steps.add":
		return s.pick(min(s.at+1, s.adding()), false)
	case "steps.write":
		return s.write()
	case "steps.done":
		return s.done()
	case "steps.cancel":
		if s.Unsaved() != "" && !warned {
			s.warned = true
			return kit.Say{Text: "Press esc again to leave the transforms as they were; ctrl+s takes these", Kind: kit.Caution}
		}
		return kit.Answer{}
	default:
		s.change(id)
	}
	return nil
}

// change takes a step out, or moves it.
func (s *Steps) change(id string) {
	at := s.at
	switch id {
	case "steps.remove":
		s.steps = slices.Delete(s.steps, at, at+1)
	case "steps.move up":
		s.at = max(0, at-1)
	case "steps.move down":
		s.at = min(len(s.steps)-1, at+1)
	}
	if id != "steps.remove" {
		s.steps[at], s.steps[s.at] = s.steps[s.at], s.steps[at]
	}
	s.trace()
}

func (s *Steps) open() kit.Action {
	switch s.at {
	case s.adding():
		return s.pick(s.adding(), false)
	case s.ending():
		return s.done()
	}
	d, ok := mapping.DocOf(s.steps[s.at].Name())
	if !ok || len(d.Params) == 0 {
		return s.pick(s.at, true)
	}
	return s.fill(d, s.at, true, s.steps[s.at].Params())
}

func (s *Steps) done() kit.Action {
	if s.wrong != nil {
		return kit.Fail{Err: s.wrong}
	}
	return kit.Answer{Msg: s.then(s.steps)}
}

// write has the steps written as text.
func (s *Steps) write() kit.Action {
	field := kit.FormField{Label: "Transforms", Value: mapping.PrintTransforms(s.steps),
		Help: "One after the other, with commas between them; empty for none", Check: func(text string) error {
			_, err := s.read(text)
			return err
		}}
	return kit.Open{Dialog: kit.NewPrompt(s.env, s.Title(), field, func(text string) tea.Msg {
		steps, err := s.read(text)
		if err != nil {
			return nil // the check refuses that
		}
		return written(steps)
	})}
}

func (s *Steps) read(text string) ([]mapping.Transform, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	steps, err := mapping.ParseTransforms(text)
	if err != nil {
		return nil, err
	}
	return steps, s.q.Source.Check(steps)
}

// Update implements kit.Dialog.
func (s *Steps) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case picked:
		d := mapping.Docs()[msg.doc]
		replace := msg.at < 0
		at := msg.at
		if replace {
			at = -1 - msg.at
		}
		if len(d.Params) > 0 {
			return s.fill(d, at, replace, nil)
		}
		s.put(filled{at, replace, mapping.Transform(d.Name)})
	case filled:
		s.put(msg)
	case written:
		s.steps = msg
		s.at = s.ending()
		s.trace()
	case kit.Wheel:
		s.at = max(0, min(s.at+msg.Lines, s.ending()))
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft && msg.Y >= 0 && msg.Y < len(s.lines) && s.lines[msg.Y] >= 0 {
			again := s.at == s.lines[msg.Y]
			s.at = s.lines[msg.Y]
			if again || s.at >= s.adding() {
				return s.open()
			}
		}
	}
	return nil
}

// put puts a step where it belongs. The cursor goes to the end of the stack,
// where enter takes it.
func (s *Steps) put(f filled) {
	if f.replace {
		s.steps[f.at] = f.transform
	} else {
		s.steps = slices.Insert(s.steps, f.at, f.transform)
		s.at = s.ending()
	}
	s.trace()
}

// Unsaved implements kit.Keeper.
func (s *Steps) Unsaved() string {
	if slices.Equal(s.steps, s.q.Transforms) {
		return ""
	}
	return "The transforms of " + s.q.Source.Label(s.q.Attribute) + " are not taken yet"
}
