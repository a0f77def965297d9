// Package feed is how one attribute is made to feed a field, wherever that is
// asked: which field, through which transforms, and what becomes of real values
// on their way. The mapping editor and the import of a file share it, so that
// both ask the same questions and show the same previews.
package feed

import (
	"slices"
	"strings"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// A Source is what can be fed from: a directory, or a file.
type Source struct {
	// Names are its attributes, as a mapping has them; cells stand in their order.
	Names []string
	// Labels are what people call them.
	Labels []string
}

// Label is what people call an attribute.
func (s Source) Label(name string) string {
	for i := range s.Names {
		if s.Names[i] == name && i < len(s.Labels) && s.Labels[i] != "" {
			return s.Labels[i]
		}
	}
	return name
}

// Check refuses transforms that name attributes that the source does not have.
func (s Source) Check(transforms []mapping.Transform) error {
	known := make(map[string]bool, len(s.Names))
	for _, name := range s.Names {
		known[name] = true
	}
	for _, name := range (mapping.Mapping{Attribute: s.first(), Transforms: transforms}).Attributes() {
		if !known[name] && name != "" {
			return fault.New(fault.Invalid, "The source has no %q", name)
		}
	}
	return nil
}

func (s Source) first() string {
	if len(s.Names) == 0 {
		return ""
	}
	return s.Names[0]
}

// A Sample is what the source says of somebody real.
type Sample struct {
	Who   string
	Cells []mapping.Cell
}

// A Stage is a value on its way: as it stands after a step.
type Stage struct {
	Text string
	// Unsaid says that nothing can be told: the source says nothing of an
	// attribute that is needed.
	Unsaid bool
	// Trouble is what the step could not handle, as the end of a sentence that
	// begins with the field; empty if it could.
	Trouble string
}

// A Tracer shows what a mapping makes of a value, step by step.
type Tracer struct {
	feed   mapping.Feed
	column int
	steps  int
}

// NewTracer makes the tracer of a mapping, whether it is on or not. The error is
// that of mapping.Compile.
func NewTracer(m mapping.Mapping, names []string) (*Tracer, error) {
	m.On, m.Fallback, m.Vanished = true, false, mapping.Clear
	feeds, err := mapping.Compile([]mapping.Mapping{m}, names, func(key string) string { return key })
	if err != nil {
		return nil, err
	}
	return &Tracer{feeds[0], slices.Index(names, m.Attribute), len(m.Transforms)}, nil
}

// Of returns the value as it stands at the source, and after each step. What
// nothing is said of is Unsaid, and so is all that follows.
func (t *Tracer) Of(cells []mapping.Cell) []Stage {
	stages := []Stage{{Text: t.feed.Raw(cells), Unsaid: cells[t.column].Presence == mapping.Absent}}
	if !stages[0].Unsaid {
		for _, after := range t.feed.Stages(cells) {
			stages = append(stages, Stage{Text: after.Text, Trouble: after.Trouble})
		}
	}
	for len(stages) < t.steps+1 {
		stages = append(stages, Stage{Unsaid: true})
	}
	return stages
}

// End returns the value after the last step.
func (t *Tracer) End(cells []mapping.Cell) mapping.Outcome { return t.feed.Of(cells) }

// A Verdict is what there is to say of a value that arrives in a field.
type Verdict uint8

// The verdicts.
const (
	Same    Verdict = iota // as it stands at the source
	Changed                // by the transforms
	Empty
	Invalid // the field refuses it, or a transform could not handle it
	TooLong
	Unsaid // the source says nothing, so the field is left alone
)

// Judge says what a field makes of an outcome, and why it refuses it. in is what
// stands at the source.
func Judge(f roster.Field, in string, out mapping.Outcome) (verdict Verdict, stored, why string) {
	switch {
	case out.Trouble != "":
		return Invalid, out.Text, f.Label + " " + out.Trouble
	case !out.Known:
		return Unsaid, "", ""
	case f.TooLong(out.Text):
		_, err := f.Check(out.Text)
		return TooLong, out.Text, fault.Sentence(err)
	}
	stored = out.Text
	if f.Key != "" {
		var err error
		if stored, err = f.Check(out.Text); err != nil {
			if strings.TrimSpace(out.Text) == "" {
				return Empty, "", fault.Sentence(err)
			}
			return Invalid, out.Text, fault.Sentence(err)
		}
	}
	switch {
	case stored == "":
		return Empty, "", ""
	case stored != in:
		return Changed, stored, ""
	}
	return Same, stored, ""
}

// Shown writes a value so that it can be seen: nothing in words, blanks that
// matter between quotes.
func Shown(value string) string {
	switch {
	case value == "":
		return "(nothing)"
	case strings.TrimSpace(value) != value || strings.Contains(value, "  "):
		return `"` + value + `"`
	}
	return value
}

// Arrow stands between what goes in and what comes out.
func Arrow(env *kit.Env) string {
	if env.Plain() {
		return "  becomes  "
	}
	return "  →  "
}

// Become adds what a value becomes to a line: where it arrives, or why it does
// not.
func Become(line *kit.Line, verdict Verdict, stored, why string) {
	switch verdict {
	case Invalid, TooLong:
		line.Add(theme.Removed, why)
	case Unsaid:
		line.Add(theme.Dim, "left as it is: the source says nothing")
	case Empty:
		if why != "" {
			line.Add(theme.Removed, why)
			return
		}
		line.Add(theme.Dim, Shown(""))
	default:
		line.Add(theme.Text, Shown(stored))
	}
}
