package changeset

import (
	"slices"
	"strings"
	"unicode"

	"muster/core/fault"
	"muster/core/roster"
)

// Filter finds parts of items. It is written as a roster's query, of which it
// asks the values that the person has or would have, together with words of its
// own, each of which may be turned around with a ! before it:
//
//	kind:deactivate     what happens to the person; any start will do
//	field:dep           a change of that field; field:status is the person itself
//	from:sci  to:arts   the value before or after holds the text; from: and to:
//	                    alone ask for nothing; quotes keep spaces together
//	conflict:yes        the list has something else by now; conflict:no
//	decision:undecided  accept, keep, skip, typed; decided is any of them
//	only:case           the values read the same: case, space, format; only:real
//	                    for all others
//
// The words about a part are about one and the same part. A list whose field
// is called like one of these words is asked for it in quotes: "kind:x".
type Filter struct {
	// Query is what is asked of the person.
	Query roster.Query
	kinds []word
	parts []word
}

// word is one of the filter's own terms.
type word struct {
	not  bool
	name string
	text string // folded
	is   []roster.FieldID
}

// fits reports whether a value starts with the word's text, turned around if
// it is to be.
func (w word) fits(value string) bool { return strings.HasPrefix(value, w.text) != w.not }

// ParseFilter reads a filter as it is being typed: nothing is an error.
func ParseFilter(text string, schema roster.Schema) Filter {
	// What does not make sense yet is left out.
	f, _ := parseFilter(text, schema, func(rest string) (roster.Query, error) {
		return roster.Parse(rest, schema), nil
	})
	return f
}

// ParseFilterStrict reads a filter that a command was given. What it cannot
// mean is an Invalid fault.
func ParseFilterStrict(text string, schema roster.Schema) (Filter, error) {
	return parseFilter(text, schema, func(rest string) (roster.Query, error) {
		return roster.ParseStrict(rest, schema)
	})
}

func parseFilter(text string, schema roster.Schema, parse func(string) (roster.Query, error)) (Filter, error) {
	var f Filter
	var rest []string
	var refusal error
	for _, token := range tokens(text) {
		w, mine, err := parseWord(token, schema)
		switch {
		case !mine:
			rest = append(rest, token)
		case err != nil:
			if refusal == nil {
				refusal = err
			}
		case w.name == "kind":
			f.kinds = append(f.kinds, w)
		default:
			f.parts = append(f.parts, w)
		}
	}
	var err error
	if f.Query, err = parse(strings.Join(rest, " ")); refusal == nil {
		refusal = err
	}
	return f, refusal
}

// tokens splits a text at blanks that are not in quotes.
func tokens(text string) []string {
	var found []string
	var b strings.Builder
	quoted := false
	for _, r := range text {
		if r == '"' {
			quoted = !quoted
		}
		if unicode.IsSpace(r) && !quoted {
			if b.Len() > 0 {
				found = append(found, b.String())
			}
			b.Reset()
			continue
		}
		b.WriteRune(r)
	}
	if b.Len() > 0 {
		found = append(found, b.String())
	}
	return found
}

func parseWord(token string, schema roster.Schema) (w word, mine bool, err error) {
	bare, not := strings.CutPrefix(token, "!")
	name, text, ok := strings.Cut(bare, ":")
	if name = strings.ToLower(name); !ok {
		return w, false, nil
	}
	w = word{not: not, name: name, text: roster.Fold(strings.Trim(text, `"`))}
	choose := func(words ...string) error {
		if !slices.ContainsFunc(words, func(each string) bool { return strings.HasPrefix(each, w.text) }) {
			return fault.New(fault.Invalid, "%s:%s is nothing to ask for; choose %s", name, text, strings.Join(words, ", "))
		}
		return nil
	}
	switch name {
	case "kind":
		err = choose("create", "update", "deactivate", "reactivate", "withdraw", "revive")
	case "decision":
		err = choose("undecided", "decided", "accept", "keep", "skip", "typed")
	case "conflict":
		if err = choose("yes", "no"); err == nil && strings.HasPrefix(w.text, "n") {
			w.not = !w.not
		}
	case "only":
		err = choose("case", "space", "format", "real")
	case "from", "to":
	case "field":
		if w.text != "" && strings.HasPrefix("status", w.text) {
			w.is = append(w.is, Status)
		}
		if f, known := schema.Find(strings.Trim(text, `"`)); known {
			w.is = append(w.is, f.ID)
		}
		if len(w.is) == 0 {
			err = fault.New(fault.Invalid, "There is no field %s to look at the changes of", text)
		}
	default:
		return w, false, nil
	}
	return w, true, err
}

// Everything reports whether the filter leaves nothing out.
func (f Filter) Everything() bool {
	return len(f.kinds)+len(f.parts)+len(f.Query.Terms()) == 0
}

// Item reports whether the filter is met by what happens to the person, whose
// values in the list are now.
func (f Filter) Item(it *Item, now roster.Values) bool {
	for _, w := range f.kinds {
		if !w.fits(it.Kind.String()) {
			return false
		}
	}
	if len(f.Query.Terms()) == 0 {
		return true
	}
	if set, asked := f.Query.Statuses(); asked && !set.Has(it.From) && !set.Has(it.To) {
		return false
	}
	if it.Kind == Create {
		now = it.Values
	}
	if f.Query.Match(now) != roster.NoMatch {
		return true
	}
	next := now
	for _, c := range it.Changes {
		next = next.With(c.Field, c.Value())
	}
	return len(it.Changes) > 0 && f.Query.Match(next) != roster.NoMatch
}

// Part reports whether a part of an item is one that the filter asks for;
// conflict says that the list has something else by now.
func (f Filter) Part(it *Item, field roster.FieldID, conflict bool) bool {
	for _, w := range f.parts {
		if !w.part(it, field, conflict) {
			return false
		}
	}
	return true
}

func (w word) part(it *Item, field roster.FieldID, conflict bool) bool {
	p, _ := it.Part(field)
	switch w.name {
	case "field":
		return slices.Contains(w.is, field) != w.not
	case "conflict":
		return conflict != w.not
	case "decision":
		if strings.HasPrefix("decided", w.text) {
			return (p.Decision != Undecided) != w.not
		}
		return w.fits(p.Decision.String())
	case "from":
		return holds(p.Base, w.text) != w.not
	case "to":
		next := it.Proposed(field)
		if p.Decision == Typed {
			next = p.Typed
		}
		return holds(next, w.text) != w.not
	}
	i := slices.IndexFunc(it.Changes, func(c Change) bool { return c.Field == field })
	if i < 0 {
		return w.not
	}
	kind := strings.TrimSuffix(it.Changes[i].Noise().String(), " only")
	if kind == "" {
		kind = "real"
	}
	return w.fits(kind)
}

// holds reports whether a value holds a folded text; nothing is only held by
// nothing.
func holds(value, text string) bool {
	if text == "" {
		return value == ""
	}
	return strings.Contains(roster.Fold(value), text)
}
