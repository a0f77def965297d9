package roster

import (
	"slices"
	"strings"
	"unicode"
)

// Query finds people. It is written as terms separated by spaces; a person
// matches when every term does. Case, accents and the other differences that
// Fold removes do not count.
//
//	kow               a value holds the text, anywhere
//	^kow              a value starts with it
//	son$              a value ends with it
//	'ann              a value holds it as whole words: no letter or digit
//	                  stands right before or after it, so Ann and Mary-Ann
//	                  match, Anna does not
//	^'ann  'ann$  ^ann$   these combine; the last asks for the whole value
//	!kow              no value holds it; ! turns any other term around, too
//	"new york"        quotes keep spaces together and make ! ^ ' $ : > < and ..
//	                  plain text; \" and \\ stand for " and \ inside
//	dep:fin           as above, but in one field, named by its key, its label or
//	                  any start of these that means only one field; ^ ' $ and
//	                  quotes go after the colon: dep:^"computer sc"
//	groups:^staff$    in a field of tags any of them may match: ^ and $ are the
//	                  start and the end of a tag
//	dep:              the field is empty
//	!dep:             the field has a value
//	year:>2020        number and date fields compare: > < >= <=, and a..b from
//	                  a to b, both included, either of which may be left out. A
//	                  date may be cut short: birth:>2001 is after that year,
//	                  birth:2001-03..2001-05 those three months. An empty
//	                  field is in no range
//	status:inactive   people of that status: active, inactive, all (both of
//	                  these) or withdrawn; any start that means one will do.
//	                  Quote the value to search a field that is called status
//
// A text with no field of that name before its colon is plain text, and so are
// addresses with :// and times like 09:40. While a term is being typed and
// says nothing yet (a lone ! or ^, a quote just opened), it is left out.
//
// A match is ranked by its worst term, and a term by its best match: at the
// start of a word, before inside one. Apart from these, a term of 3 to 32
// letters without ^ ' $ or ! also matches loosely: its letters stand in order
// in one value, not spread over more than three times their number. That is the
// last rank, and for people's eyes only: what a command or a change selects by
// a query are the literal matches.
//
// The zero Query matches everyone.
type Query struct{ terms []Term }

// Kind says what a Term asks.
type Kind uint8

const (
	// Literal terms look for Text.
	Literal Kind = iota
	// Empty terms ask for people with no value in Field.
	Empty
	// Within terms ask for a number or date in Range.
	Within
	// InStatus terms ask for people in Statuses.
	InStatus
)

// Term is one condition of a Query. Terms are values, equal when ==.
type Term struct {
	Kind Kind
	// Not turns the term around.
	Not bool
	// Field is where to look, zero in every field.
	Field FieldID
	// Text is what a Literal looks for, folded and never empty.
	Text string
	// Exact, Start and End are the operators ' ^ and $ of a Literal.
	Exact, Start, End bool
	// Tags says that Field holds tags: Start and End are those of a tag.
	Tags bool
	// Range is the interval of a Within.
	Range Range
	// Statuses are those of an InStatus.
	Statuses StatusSet

	key   string // of Field, for String
	typed string // Text before it was folded, for String
}

// StatusSet is a set of statuses.
type StatusSet uint8

// Only returns the set of one status.
func Only(s Status) StatusSet { return 1 << s }

// Present are the people of a roster: active and inactive, not withdrawn.
const Present = StatusSet(1<<Active | 1<<Inactive)

// Has reports whether s is in the set.
func (set StatusSet) Has(s Status) bool { return set&Only(s) != 0 }

// statusWords are what can stand after status:, in the order of the help.
func statusWords() []statusWord {
	return []statusWord{
		{"active", Only(Active)}, {"inactive", Only(Inactive)}, {"all", Present}, {"withdrawn", Only(Withdrawn)},
	}
}

type statusWord struct {
	word string
	set  StatusSet
}

// Terms returns the query's terms in the order they were written. The caller
// must not change them.
func (q Query) Terms() []Term { return q.terms }

// And returns the query with one more term.
func (q Query) And(t Term) Query {
	return Query{append(slices.Clip(q.terms), t)}
}

// Statuses returns the statuses that the query's status: terms leave; asked is
// false when it has none, and the statuses then those of everyone present.
func (q Query) Statuses() (set StatusSet, asked bool) {
	set = Present | Only(Withdrawn)
	named := false
	for _, t := range q.terms {
		if t.Kind != InStatus {
			continue
		}
		asked = true
		if t.Not {
			set &^= t.Statuses
		} else {
			set, named = set&t.Statuses, true
		}
	}
	if !named {
		set &= Present
	}
	return set, asked
}

// Extends reports whether every person whose values match q also matches prev
// literally, so that q can be answered from prev's people. It may miss cases,
// never claim a wrong one. Terms of status are not looked at: they say nothing
// of values.
func (q Query) Extends(prev Query) bool {
	for _, p := range prev.terms {
		if p.Kind != InStatus && !slices.ContainsFunc(q.terms, func(t Term) bool { return t.implies(p) }) {
			return false
		}
	}
	return true
}

// implies reports whether who matches t always matches p.
func (t Term) implies(p Term) bool {
	t.key, t.typed, p.key, p.typed = "", "", "", ""
	switch {
	case t == p:
		return true
	case p.Kind == Empty && p.Not:
		// Whatever asks for something in the field asks for a value.
		return t.Field == p.Field && !t.Not && (t.Kind == Literal || t.Kind == Within)
	case t.Kind != Literal || p.Kind != Literal || t.Not != p.Not:
		return false
	case t.Not:
		return p.finds(t)
	}
	return t.finds(p)
}

// finds reports whether a value in which t, taken without its Not, is found
// always has p in it.
func (t Term) finds(p Term) bool {
	if p.Field != 0 && p.Field != t.Field {
		return false
	}
	switch {
	case p.Exact, p.Start && p.End:
		return p.Text == t.Text && (t.Exact || !p.Exact) && (t.Start || !p.Start) && (t.End || !p.End)
	case p.Start:
		return t.Start && strings.HasPrefix(t.Text, p.Text)
	case p.End:
		return t.End && strings.HasSuffix(t.Text, p.Text)
	}
	return strings.Contains(t.Text, p.Text)
}

// String writes the query so that parsing it with the same schema gives the
// same query.
func (q Query) String() string {
	var b strings.Builder
	for i, t := range q.terms {
		if i > 0 {
			b.WriteByte(' ')
		}
		t.write(&b)
	}
	return b.String()
}

func (t Term) write(b *strings.Builder) {
	if t.Not {
		b.WriteByte('!')
	}
	if t.Kind == InStatus {
		i := slices.IndexFunc(statusWords(), func(w statusWord) bool { return w.set == t.Statuses })
		b.WriteString("status:" + statusWords()[i].word)
		return
	}
	if t.Field != 0 {
		b.WriteString(t.key + ":")
	}
	switch t.Kind {
	case Empty:
		if t.key == statusKey {
			b.WriteString(`""`)
		}
	case Within:
		b.WriteString(t.Range.String())
	case Literal:
		t.writeText(b)
	}
}

func (t Term) writeText(b *strings.Builder) {
	if t.Start {
		b.WriteByte('^')
	}
	if t.Exact {
		b.WriteByte('\'')
	}
	if t.needsQuotes() {
		b.WriteByte('"')
		b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(t.typed))
		b.WriteByte('"')
	} else {
		b.WriteString(t.typed)
	}
	if t.End {
		b.WriteByte('$')
	}
}

// needsQuotes reports whether the text, bare, would be read as something else.
// In doubt it says yes.
func (t Term) needsQuotes() bool {
	return strings.ContainsFunc(t.typed, unicode.IsSpace) ||
		strings.ContainsAny(t.typed, `":`) || strings.Contains(t.typed, "..") ||
		strings.ContainsAny(t.typed[:1], "!^'<>/") || strings.HasSuffix(t.typed, "$") ||
		t.key == statusKey || t.Field != 0 && isDigits(t.key)
}
