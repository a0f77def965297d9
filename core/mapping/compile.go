package mapping

import (
	"errors"
	"slices"
	"strings"

	"muster/core/fault"
)

// maxValue is how long a value may become on its way, in bytes: four times what
// fits into a field. It bounds what steps that make a value longer can do.
const maxValue = 16_000

// Outcome is what the mappings of a field make of a record.
type Outcome struct {
	Text string
	// Known is false when the record says nothing about the field, which is then
	// left alone: an attribute that it needs is Absent, or the value vanished
	// and the mapping keeps the last.
	Known bool
	// Trouble says what a transform could not handle, as the end of a sentence
	// that begins with the field; Text stands as well. Mostly it is empty.
	Trouble string
}

// Feed is how one field gets its value: its mappings, compiled for a source. It
// is immutable, and safe for concurrent use.
type Feed struct {
	Field string // the field's key
	ways  []way
	keep  bool
}

// way is one mapping, compiled.
type way struct {
	column     int
	reads      []int // all columns that it reads
	steps      []step
	transforms []Transform // what the steps were made of
}

// Compile makes the enabled mappings ready for records whose cells stand in the
// order of attributes. The feeds come in the order of the mappings. The error
// is a fault, in which label names a field by its key: an attribute that the
// source does not have, a transform that cannot be read, two mappings to one
// field.
func Compile(mappings []Mapping, attributes []string, label func(field string) string) ([]Feed, error) {
	var feeds []Feed
	for _, m := range mappings {
		if !m.On {
			continue
		}
		w, err := m.compile(attributes, label(m.Field))
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(feeds, func(f Feed) bool { return f.Field == m.Field })
		switch {
		case i < 0:
			feeds = append(feeds, Feed{m.Field, []way{w}, m.Vanished == Keep})
		case !m.Fallback:
			return nil, fault.New(fault.Invalid, "Two mappings feed %s; turn one of them off, or let it step in where the other is empty", label(m.Field))
		default:
			feeds[i].ways = append(feeds[i].ways, w)
		}
	}
	return feeds, nil
}

func (m Mapping) compile(attributes []string, field string) (way, error) {
	w := way{transforms: m.Transforms}
	bind := func(name string) (int, error) {
		column := slices.Index(attributes, name)
		if column < 0 {
			return 0, fault.New(fault.Invalid, "The source has no %q to feed %s", name, field)
		}
		if !slices.Contains(w.reads, column) {
			w.reads = append(w.reads, column)
		}
		return column, nil
	}
	var err error
	if w.column, err = bind(m.Attribute); err != nil {
		return w, err
	}
	if m.Vanished != Clear && m.Vanished != Keep {
		return w, fault.New(fault.Invalid, "The mapping to %s says %q of a value that vanishes; it takes keep, or nothing", field, string(m.Vanished))
	}
	if len(m.Transforms) > maxSteps {
		return w, fault.New(fault.Invalid, "The mapping to %s has %d transforms; at most %d fit", field, len(m.Transforms), maxSteps)
	}
	for _, t := range m.Transforms {
		s, err := t.compile(bind)
		if err != nil {
			return w, fault.Wrap(err, fault.Invalid, "The mapping of %s to %s cannot be used: %s", m.Attribute, field, fault.Sentence(err))
		}
		w.steps = append(w.steps, s)
	}
	return w, nil
}

// Of returns what the field gets of a record's cells. Where nothing changes it
// takes no memory.
func (f *Feed) Of(cells []Cell) Outcome {
	out := Outcome{Known: true}
	for i := range f.ways {
		text, err := f.ways[i].run(cells)
		if errors.Is(err, errUnsaid) {
			return Outcome{Trouble: out.Trouble}
		}
		if err != nil {
			out.add(err)
		}
		if out.Text = text; text != "" {
			return out
		}
	}
	out.Known = !f.keep || !f.vanished(cells)
	return out
}

// Raw is what the record says of the attribute that the feed begins with.
func (f *Feed) Raw(cells []Cell) string { return cells[f.ways[0].column].Text }

// Stage is a value after one transform.
type Stage struct {
	Transform Transform
	Text      string
	// Trouble is what the transform could not handle; the text stands as well.
	Trouble string
}

// Stages shows a record on its way through the transforms of the feed's first
// mapping, one after the other. Where an attribute is not there at all they end.
func (f *Feed) Stages(cells []Cell) []Stage {
	w := &f.ways[0]
	value := cells[w.column].Text
	stages := make([]Stage, 0, len(w.steps))
	for i := range w.steps {
		one := way{column: 0, steps: w.steps[i : i+1]}
		next, err := one.pass(value, cells)
		if errors.Is(err, errUnsaid) {
			break
		}
		stage := Stage{Transform: w.transforms[i], Text: strings.Clone(next)}
		if err != nil {
			stage.Trouble = err.Error()
		}
		value = next
		stages = append(stages, stage)
	}
	return stages
}

func (o *Outcome) add(err error) {
	if o.Trouble != "" {
		o.Trouble += "; "
	}
	o.Trouble += err.Error()
}

// vanished reports whether the source has no value for the field at all: an
// empty outcome alone may be what a transform made of one.
func (f *Feed) vanished(cells []Cell) bool {
	for i := range f.ways {
		for _, column := range f.ways[i].reads {
			if strings.TrimSpace(cells[column].Text) != "" {
				return false
			}
		}
	}
	return true
}

// run passes a record through the steps. The error is errUnsaid, or the
// troubles that there were; the value stands as well with those.
func (w *way) run(cells []Cell) (string, error) {
	cell := &cells[w.column]
	if cell.Presence == Absent {
		return "", errUnsaid
	}
	return w.pass(cell.Text, cells)
}

// pass passes a value through the steps.
func (w *way) pass(value string, cells []Cell) (string, error) {
	var troubles error
	for _, s := range w.steps {
		next, err := s.apply(value, cells)
		switch {
		case errors.Is(err, errUnsaid):
			return "", err
		case err != nil:
			troubles = also(troubles, err)
		case len(next) > maxValue && len(next) > len(value):
			troubles = also(troubles, troublef("would become longer than %d bytes, so it stays as it was", maxValue))
			continue
		}
		value = next
	}
	return value, troubles
}

func also(troubles, err error) error {
	if troubles == nil {
		return err
	}
	return trouble(troubles.Error() + "; " + err.Error())
}
