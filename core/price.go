package core

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"muster/core/changeset"
	"muster/core/roster"
)

// Price is what a change of a list's mappings or schema would mean for its
// people.
type Price struct {
	// People is how many there are, Changed how many of them would change.
	People, Changed int
	// Linked people are known to the list's source. Of Unheard ones nothing that
	// it said is kept: what the change means for them its next word tells.
	Linked, Unheard int
	// Fields are those that the change is about or that people would change in,
	// most changes first.
	Fields []FieldPrice
	// Locks and Unlocks are the fields that the source owns only afterwards, and
	// does not own any more. An unlocked field keeps its values.
	Locks, Unlocks []roster.Field
	// Added and Removed are fields that are in the schema only afterwards, and
	// only before.
	Added, Removed []roster.Field
}

// FieldPrice is what it would mean for one field.
type FieldPrice struct {
	// Field is the field as it would be; one that is removed as it is.
	Field roster.Field
	// Changes is how many people would have another value, Filled how many of
	// them have none now, Emptied how many would have none then.
	Changes, Filled, Emptied int
	// Lost is how many values would be gone because they fit no more and were to
	// be cleared, or because the field is removed. A rollback brings them back.
	Lost int
	// Transitions are the commonest changes, most first; Others counts the
	// people who change otherwise.
	Transitions []changeset.Transition
	Others      int
	// Invalid is how many people the source, through the mapping, or their own
	// value gives something that the field does not take; they keep what they
	// have. InvalidSome are the first of them.
	Invalid     int
	InvalidSome []Example
	// Troubled is how many values a transform could not handle, TroubledSome the
	// first. They go ahead as the transform passes them on.
	Troubled     int
	TroubledSome []Example
	// Missing is how many active people have nothing in a field that would be
	// required. They stay so until somebody edits them.
	Missing int
	// had is how many active people have something in it now.
	had int
}

// Example is one person to whom something happens that is worth a look.
type Example struct {
	Person roster.PersonID
	UID    string
	Name   string
	// Value is what the source said, or what the field has.
	Value string
	// Problem says it as a sentence; mostly it begins with the field's label.
	Problem string
}

// Block is a reason why a change of the list cannot be made at all, however
// often it is looked at: values that do not fit, a UID that is missing or is
// somebody else's too.
type Block struct {
	Field roster.Field
	// Problem says it as a sentence, with what to do.
	Problem string
	// People is how many it is about. Nameless of them would be without a UID,
	// and Twice have what somebody else has; of all others the value does not fit.
	People, Nameless, Twice int
	Some                    []Example
}

// say puts the block into a sentence.
func (b *Block) say() {
	p := message.NewPrinter(language.English)
	var parts []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, one)
		case n > 1:
			parts = append(parts, p.Sprintf("%d %s", n, many))
		}
	}
	add(b.Nameless, "one person has none, and could not be known by it", "people have none, and could not be known by it")
	add(b.Twice, "one person has the same as somebody else", "people have the same as somebody else")
	add(b.People-b.Nameless-b.Twice, "one value does not fit; correct it, say how it is written, or clear it",
		"values do not fit; correct them, say how they are written, or clear them")
	b.Problem = b.Field.Label + ": " + strings.Join(parts, "; ")
}

const (
	// someExamples is how many examples of a kind are kept.
	someExamples = 50
	// someTransitions is how many transitions of a field are told.
	someTransitions = 20
)

// tally counts, by field, what one worker comes upon.
type tally struct {
	linked, unheard, people int
	fields                  map[roster.FieldID]*FieldPrice
	// unfit are values that stand in the way of the change.
	unfit map[roster.FieldID]*Block
	spent []changeset.Pin
}

func newTally() *tally {
	return &tally{fields: make(map[roster.FieldID]*FieldPrice), unfit: make(map[roster.FieldID]*Block)}
}

func (t *tally) field(f *roster.Field) *FieldPrice {
	p, ok := t.fields[f.ID]
	if !ok {
		p = &FieldPrice{Field: *f}
		t.fields[f.ID] = p
	}
	return p
}

func (t *tally) block(f *roster.Field) *Block {
	b, ok := t.unfit[f.ID]
	if !ok {
		b = &Block{Field: *f}
		t.unfit[f.ID] = b
	}
	return b
}

func keepSome(some []Example, more ...Example) []Example {
	return append(some, more[:min(len(more), someExamples-len(some))]...)
}

// add joins what another worker counted.
func (t *tally) add(other *tally) {
	t.linked, t.unheard, t.people = t.linked+other.linked, t.unheard+other.unheard, t.people+other.people
	t.spent = append(t.spent, other.spent...)
	for _, o := range other.fields {
		p := t.field(&o.Field)
		p.Filled, p.Emptied, p.Lost, p.Missing, p.had = p.Filled+o.Filled, p.Emptied+o.Emptied, p.Lost+o.Lost, p.Missing+o.Missing, p.had+o.had
		p.Invalid, p.InvalidSome = p.Invalid+o.Invalid, keepSome(p.InvalidSome, o.InvalidSome...)
		p.Troubled, p.TroubledSome = p.Troubled+o.Troubled, keepSome(p.TroubledSome, o.TroubledSome...)
	}
	for _, o := range other.unfit {
		b := t.block(&o.Field)
		b.People, b.Nameless, b.Twice = b.People+o.People, b.Nameless+o.Nameless, b.Twice+o.Twice
		b.Some = keepSome(b.Some, o.Some...)
	}
}

// price puts together what was counted and what the items are.
func (t *tally) price(before, after *roster.List, items []changeset.Item) Price {
	for _, s := range changeset.Summarize(items, someTransitions) {
		f, ok := after.Schema.ByID(s.Field)
		if !ok {
			f, _ = before.Schema.ByID(s.Field)
		}
		p := t.field(&f)
		p.Changes, p.Transitions, p.Others = s.Changes, s.Transitions, s.Others
	}
	price := Price{People: t.people, Changed: len(items), Linked: t.linked, Unheard: t.unheard}
	for _, p := range t.fields {
		price.Fields = append(price.Fields, *p)
	}
	slices.SortFunc(price.Fields, func(a, b FieldPrice) int {
		return cmp.Or(b.Changes-a.Changes, cmp.Compare(a.Field.ID, b.Field.ID))
	})
	for _, f := range after.Schema.Fields {
		was, had := before.Schema.ByID(f.ID)
		_, owned := after.Owner(f.Key)
		_, before := before.Owner(was.Key)
		switch before = before && had; {
		case owned && !before:
			price.Locks = append(price.Locks, f)
		case before && !owned:
			price.Unlocks = append(price.Unlocks, f)
		}
		if !had {
			price.Added = append(price.Added, f)
		}
	}
	for _, f := range before.Schema.Fields {
		if _, stays := after.Schema.ByID(f.ID); !stays {
			price.Removed = append(price.Removed, f)
		}
	}
	return price
}
