package core

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// Sampling asks for a Sample.
type Sampling struct {
	Mapping mapping.Mapping
	// Field is the target as it is or would be; without a Key nothing is said of
	// validity, and the outcome is what the transforms make of the value.
	Field roster.Field
	// Wanted is how many people of each kind are returned, 200 if it is 0; Top
	// how many values are counted, 20 if it is 0.
	Wanted, Top int
	Progress    *Progress
}

// Sample is what a mapping makes of everybody.
type Sample struct {
	// People is of how many something is known, Given how many of them have a
	// value that is not empty for the mapping's attribute.
	People, Given int
	// By kind of outcome, how many there are and the first of them by name.
	// First are the first of all.
	First                            []Sampled
	Empty, Changed, Invalid, TooLong SampleKind
	// Troubled are values that a transform could not handle; they are passed on.
	Troubled SampleKind
	// Values are the commonest values of the attribute as the source has them,
	// most first; Others counts the people who have another, and Distinct the
	// different values, at least that many if More.
	Values   []ValueCount
	Others   int
	Distinct int
	More     bool
}

// SampleKind is a kind of outcome.
type SampleKind struct {
	People int
	Some   []Sampled
}

// ValueCount is a value and how many people have it.
type ValueCount struct {
	Value  string
	People int
}

// Sampled is one person, or one row.
type Sampled struct {
	Person roster.PersonID // zero for a row
	Line   int             // of a row
	UID    string
	Name   string
	// Said is what the source says of the attribute, Current what the target has
	// now.
	Said    mapping.Cell
	Current string
	// Steps is the value after each transform, and what it could not handle.
	Steps []mapping.Stage
	// Value is what the field would get. With a Problem, a sentence, it would not
	// take it. Known is false when nothing is said, and the field is left alone.
	Value   string
	Known   bool
	Problem string
}

// Bounds of a Sample: how many people of a kind and how many values are returned
// unless asked otherwise, and how many different values are counted.
const (
	someSampled  = 200
	someValues   = 20
	mostDistinct = 100_000
	mostCounted  = 32 << 20 // bytes of different values
)

// Trial tries a mapping with one record after the other. It is for one
// goroutine.
type Trial struct {
	ask    Sampling
	names  []string
	feed   mapping.Feed
	sample Sample
	values map[string]int
	held   int // bytes of the different values
}

// NewTrial prepares a trial. The error is an Invalid fault for a mapping that
// cannot be used.
func NewTrial(ask Sampling) (*Trial, error) {
	m := ask.Mapping
	m.On, m.Fallback = true, false
	names := m.Attributes()
	label := cmp.Or(ask.Field.Label, ask.Field.Key, "the field")
	compiled, err := mapping.Compile([]mapping.Mapping{m}, names, func(string) string { return label })
	if err != nil {
		return nil, err
	}
	ask.Wanted, ask.Top = cmp.Or(ask.Wanted, someSampled), cmp.Or(ask.Top, someValues)
	return &Trial{ask: ask, names: names, feed: compiled[0], values: make(map[string]int)}, nil
}

// Names are the attributes of which Take wants the cells, in order; the first
// is the mapping's own.
func (t *Trial) Names() []string { return t.names }

// Take tries the mapping with one record. who says whose it is. What is lent is
// copied where it is kept.
func (t *Trial) Take(who Sampled, cells []mapping.Cell) {
	s := &t.sample
	s.People++
	said := cells[0].Text
	if strings.TrimSpace(said) != "" {
		s.Given++
		t.tally(said, 1)
	}
	out := t.feed.Of(cells)
	who.Said, who.Value, who.Known = cells[0], out.Text, out.Known
	tooLong := false
	if t.ask.Field.Key != "" && out.Known {
		if value, err := t.ask.Field.Check(out.Text); err != nil {
			who.Problem = fault.Sentence(err)
			tooLong = t.ask.Field.TooLong(out.Text)
		} else {
			who.Value = value
		}
	}
	t.note(&s.First, who, cells)
	for _, kind := range []struct {
		is bool
		of *SampleKind
	}{
		{who.Known && who.Value == "", &s.Empty}, {who.Known && who.Value != said, &s.Changed},
		{who.Problem != "", &s.Invalid}, {tooLong, &s.TooLong}, {out.Trouble != "", &s.Troubled},
	} {
		if kind.is {
			kind.of.People++
			t.note(&kind.of.Some, who, cells)
		}
	}
}

// tally counts a value; those for which there is no room are only counted
// together.
func (t *Trial) tally(value string, n int) {
	has, known := t.values[value]
	switch {
	case known:
		t.values[value] = has + n
	case len(t.values) < mostDistinct && t.held+len(value) <= mostCounted:
		t.values[strings.Clone(value)] = n
		t.held += len(value)
	default:
		t.sample.More = true
		t.sample.Others += n
	}
}

// another is a trial of the same that has taken nothing yet.
func (t *Trial) another() *Trial {
	return &Trial{ask: t.ask, names: t.names, feed: t.feed, values: make(map[string]int)}
}

// add joins what another trial of the same has taken.
func (t *Trial) add(other *Trial) {
	s, o := &t.sample, &other.sample
	s.People, s.Given, s.Others, s.More = s.People+o.People, s.Given+o.Given, s.Others+o.Others, s.More || o.More
	for value, n := range other.values {
		t.tally(value, n)
	}
	s.First = t.firsts(s.First, o.First)
	for _, kind := range []struct{ to, from *SampleKind }{
		{&s.Empty, &o.Empty}, {&s.Changed, &o.Changed}, {&s.Invalid, &o.Invalid}, {&s.TooLong, &o.TooLong}, {&s.Troubled, &o.Troubled},
	} {
		kind.to.People += kind.from.People
		kind.to.Some = t.firsts(kind.to.Some, kind.from.Some)
	}
}

// firsts are the first by name of two lists of them.
func (t *Trial) firsts(a, b []Sampled) []Sampled {
	all := append(a, b...)
	slices.SortStableFunc(all, bySampledName)
	return all[:min(len(all), t.ask.Wanted)]
}

// note keeps somebody among the first by name.
func (t *Trial) note(some *[]Sampled, who Sampled, cells []mapping.Cell) {
	at, _ := slices.BinarySearchFunc(*some, who, bySampledName)
	if at >= t.ask.Wanted {
		return
	}
	for _, text := range []*string{&who.UID, &who.Name, &who.Said.Text, &who.Current, &who.Value} {
		*text = strings.Clone(*text)
	}
	who.Steps = t.feed.Stages(cells)
	for i := range who.Steps {
		who.Steps[i].Text = strings.Clone(who.Steps[i].Text)
	}
	if len(*some) == t.ask.Wanted {
		*some = (*some)[:t.ask.Wanted-1]
	}
	*some = slices.Insert(*some, at, who)
}

func bySampledName(a, b Sampled) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.UID, b.UID), cmp.Compare(a.Line, b.Line))
}

// Sample is what has come of it.
func (t *Trial) Sample() Sample {
	s := t.sample
	s.Distinct = len(t.values)
	for _, value := range slices.SortedFunc(maps.Keys(t.values), func(a, b string) int {
		return cmp.Or(t.values[b]-t.values[a], strings.Compare(a, b))
	}) {
		if len(s.Values) < t.ask.Top {
			s.Values = append(s.Values, ValueCount{value, t.values[value]})
		} else {
			s.Others += t.values[value]
		}
	}
	return s
}
