package roster

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// Tier ranks how a person matches a query; less is better, but for NoMatch.
type Tier uint8

const (
	NoMatch   Tier = iota
	WordStart      // every term matches at the start of a word
	Inside         // some term only matches inside one
	Loose          // some term only matches loosely
)

// IsWord reports whether a byte of folded text belongs to a word: a letter or
// digit of ASCII, or any other character outside it.
func IsWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}

// Match returns the rank in which the values match q literally, whatever the
// person's status.
func (q Query) Match(values Values) Tier {
	best := WordStart
	for _, t := range q.terms {
		if t.Kind == InStatus {
			continue
		}
		tier := t.match(values)
		switch {
		case (tier != NoMatch) == t.Not:
			return NoMatch
		case !t.Not:
			best = max(best, tier)
		}
	}
	return best
}

// match ranks the term taken without its Not.
func (t Term) match(values Values) Tier {
	switch t.Kind {
	case Empty:
		return tierIf(values.Get(t.Field) == "")
	case Within:
		return tierIf(t.Range.Holds([]byte(values.Get(t.Field))))
	}
	best := NoMatch
	for f, value := range values.All() {
		if t.Field != 0 && t.Field != f {
			continue
		}
		switch tier := t.matchValue(Fold(value)); {
		case tier == WordStart:
			return tier
		case tier == Inside:
			best = tier
		}
	}
	return best
}

func tierIf(holds bool) Tier {
	if holds {
		return WordStart
	}
	return NoMatch
}

// matchValue ranks a Literal's best match in one folded value.
func (t Term) matchValue(folded string) Tier {
	best := NoMatch
	for at := t.next(folded, 0); at >= 0; at = t.next(folded, at+1) {
		if at == 0 || !IsWord(folded[at-1]) {
			return WordStart
		}
		best = Inside
	}
	return best
}

// next returns where a Literal next matches in the folded value, or -1.
func (t Term) next(folded string, from int) int {
	for from <= len(folded)-len(t.Text) {
		at := strings.Index(folded[from:], t.Text)
		if at < 0 {
			return -1
		}
		at += from
		end := at + len(t.Text)
		if edges(t, folded, at, end) &&
			(!t.Exact || (at == 0 || !IsWord(folded[at-1])) && (end == len(folded) || !IsWord(folded[end]))) {
			return at
		}
		from = at + 1
	}
	return -1
}

const (
	// looseLeast and looseMost are how many letters a term that matches loosely
	// has, looseReach how often that number its match may span.
	looseLeast, looseMost = 3, 32
	looseReach            = 3
)

// CanBeLoose reports whether the term may match loosely.
func (t Term) CanBeLoose() bool {
	if t.Kind != Literal || t.Not || t.Exact || t.Start || t.End {
		return false
	}
	letters := utf8.RuneCountInString(t.Text)
	return letters >= looseLeast && letters <= looseMost
}

// Loosely returns those of the folded values that hold the letters of a term
// that CanBeLoose in order and close together. Each match names the value by
// its Index, and has a Score, more for the better, and the letters' bytes.
func (t Term) Loosely(folded []string) fuzzy.Matches {
	reach := looseReach * utf8.RuneCountInString(t.Text)
	return slices.DeleteFunc(fuzzy.FindNoSort(t.Text, folded), func(m fuzzy.Match) bool {
		first, last := m.MatchedIndexes[0], m.MatchedIndexes[len(m.MatchedIndexes)-1]
		return utf8.RuneCountInString(m.Str[first:last])+1 > reach
	})
}

// Span is a stretch of a text's bytes.
type Span struct{ Start, End int }

// Matches returns the stretches of a field's value, as it is shown, that the
// terms of q match, in order and apart from each other. With loose set, for
// people in that rank, terms that the value does not hold literally give the
// letters that they match loosely.
func Matches(value string, q Query, field FieldID, loose bool) []Span {
	var spans []Span
	var m foldMap
	for _, t := range q.terms {
		if t.Kind != Literal || t.Not || t.Field != 0 && t.Field != field {
			continue
		}
		if m.folded == "" {
			m = mapFold(value)
		}
		at := t.next(m.folded, 0)
		if at < 0 && loose && t.CanBeLoose() {
			spans = append(spans, m.letters(t)...)
		}
		for ; at >= 0; at = t.next(m.folded, at+len(t.Text)) {
			spans = append(spans, m.span(at, at+len(t.Text)))
		}
	}
	return merge(spans)
}

// foldMap knows, for each byte of a folded text, which bytes of the original
// it stands for.
type foldMap struct {
	folded string
	spans  []Span
}

func mapFold(text string) foldMap {
	folded, spans := make([]byte, 0, len(text)+8), make([]Span, 0, len(text)+8)
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		before := len(folded)
		folded = AppendFold(folded, text[i:i+size])
		for range len(folded) - before {
			spans = append(spans, Span{i, i + size})
		}
		// What folds to nothing, such as an accent, goes with what it follows.
		if len(folded) == before {
			for k := len(spans) - 1; k >= 0 && spans[k].End == i; k-- {
				spans[k].End = i + size
			}
		}
		i += size
	}
	return foldMap{string(folded), spans}
}

func (m foldMap) span(start, end int) Span {
	return Span{m.spans[start].Start, m.spans[end-1].End}
}

func (m foldMap) letters(t Term) []Span {
	var spans []Span
	for _, match := range t.Loosely([]string{m.folded}) {
		for _, at := range match.MatchedIndexes {
			spans = append(spans, m.span(at, at+1))
		}
	}
	return spans
}

// merge puts spans in order and joins those that touch.
func merge(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	joined := spans[:0]
	for _, s := range spans {
		if n := len(joined); n > 0 && s.Start <= joined[n-1].End {
			joined[n-1].End = max(joined[n-1].End, s.End)
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}
