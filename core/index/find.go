package index

import (
	"bytes"
	"math/bits"
	"slices"

	"muster/core/roster"
)

// finder answers one term, turned around or not, for a block. Of the rows
// among it returns those where the term, without its Not, is found, and of
// these the ones that rank as word starts.
type finder struct {
	not  bool
	find func(b *block, among *rowSet) (found, starts rowSet)
	cost int // finders of less cost or more effect go first
}

// finders makes the finders of a query's terms, in the order in which they
// leave least work to the next.
func finders(q roster.Query) []finder {
	var all []finder
	for _, t := range q.Terms() {
		if t.Kind == roster.InStatus {
			continue
		}
		f := finder{not: t.Not}
		switch {
		case t.Kind == roster.Literal && isLetter(t):
			f.find = findLetter(letterBit[t.Text[0]])
		case t.Kind == roster.Literal && (t.Field == 0 || len(t.Text) > 1):
			f.find, f.cost = findText(t), 100-min(len(t.Text), 50)
		default:
			f.find, f.cost = findField(t), 75
		}
		if t.Not {
			f.cost += 100
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b finder) int { return a.cost - b.cost })
	return all
}

// isLetter reports whether a block's letters alone answer the term.
func isLetter(t roster.Term) bool {
	return len(t.Text) == 1 && t.Field == 0 && !t.Start && !t.End && !t.Exact && letterBit[t.Text[0]] != sharedBit
}

// match runs the finders one after the other on what is left.
func match(all []finder, b *block, among rowSet) (found, starts rowSet) {
	found, starts = among, among
	for _, f := range all {
		hits, first := f.find(b, &found)
		if f.not {
			found.subtract(&hits)
		} else {
			found.intersect(&hits)
			starts.intersect(&first)
		}
		if found.empty() {
			break
		}
	}
	starts.intersect(&found)
	return found, starts
}

// findLetter answers a single character from the rows' letters.
func findLetter(bit uint64) func(*block, *rowSet) (rowSet, rowSet) {
	shift := bits.TrailingZeros64(bit)
	return func(b *block, _ *rowSet) (found, starts rowSet) {
		for w := range found {
			letters, first := b.letters[w*64:w*64+64], b.starts[w*64:w*64+64]
			var f, s uint64
			for i := range 64 {
				f |= letters[i] >> shift & 1 << i
				s |= first[i] >> shift & 1 << i
			}
			found[w], starts[w] = f, s
		}
		return found, starts
	}
}

// findText answers a Literal by looking for its text.
func findText(t roster.Term) func(*block, *rowSet) (rowSet, rowSet) {
	text := []byte(t.Text)
	n := newNeedle(text)
	check := checkOf(t)
	var need uint64
	for _, c := range text {
		need |= letterBit[c]
	}
	return func(b *block, among *rowSet) (found, starts rowSet) {
		rows := holding(b, among, need)
		for row, stop := rows.run(0); row < blockRows; row, stop = rows.run(stop) {
			at, end := int(b.at[row]), int(b.at[stop])
			for {
				if at = n.next(b.text, at, end); at < 0 {
					break
				}
				for int(b.at[row+1]) <= at {
					row++
				}
				if check != nil && !check(b.text, at) {
					at++
					continue
				}
				found.add(row)
				if isWord[b.text[at-1]] {
					at++
					continue
				}
				starts.add(row)
				at = int(b.at[row+1])
			}
		}
		return found, starts
	}
}

// holding returns the rows of among that have all the letters.
func holding(b *block, among *rowSet, letters uint64) (rows rowSet) {
	for w, word := range among {
		if word == 0 {
			continue
		}
		have := b.letters[w*64 : w*64+64]
		var bit uint64
		for i := range 64 {
			if have[i]&letters == letters {
				bit |= 1 << i
			}
		}
		rows[w] = word & bit
	}
	return rows
}

// checkOf returns what must hold, besides the text, where a Literal is found;
// nil when nothing must.
func checkOf(t roster.Term) func(hay []byte, at int) bool {
	if t.Field == 0 && !t.Start && !t.End && !t.Exact {
		return nil
	}
	var marker []byte
	if t.Field != 0 {
		marker = appendMarker(nil, t.Field)
	}
	size := len(t.Text)
	return func(hay []byte, at int) bool {
		before, after := hay[at-1], hay[at+size]
		switch {
		case t.Start && before >= lowestText, t.End && after >= lowestText, t.Exact && (isWord[before] || isWord[after]):
			return false
		case marker == nil:
			return true
		}
		at--
		for hay[at] >= lowestText {
			at--
		}
		return bytes.HasSuffix(hay[:at+1], marker)
	}
}

// findField answers a term from the value of its field, for what text alone
// does not tell.
func findField(t roster.Term) func(*block, *rowSet) (rowSet, rowSet) {
	holds := holdsOf(t)
	v := newFieldValues(t.Field)
	return func(b *block, among *rowSet) (found, starts rowSet) {
		v.each(b, among, func(row int, value []byte) {
			if tier := holds(value); tier != roster.NoMatch {
				found.add(row)
				if tier == roster.WordStart {
					starts.add(row)
				}
			}
		})
		if t.Kind == roster.Empty {
			empty := *among
			empty.subtract(&found)
			return empty, empty
		}
		return found, starts
	}
}

// holdsOf ranks a value against the term; against Empty, that there is one.
func holdsOf(t roster.Term) func(value []byte) roster.Tier {
	switch t.Kind {
	case roster.Empty:
		return func([]byte) roster.Tier { return roster.WordStart }
	case roster.Within:
		return func(value []byte) roster.Tier {
			if t.Range.Holds(value) {
				return roster.WordStart
			}
			return roster.NoMatch
		}
	}
	c := t.Text[0]
	return func(value []byte) (best roster.Tier) {
		for at, got := range value {
			switch {
			case got != c, t.Start && at > 0, t.End && at < len(value)-1,
				t.Exact && (at > 0 && isWord[value[at-1]] || at+1 < len(value) && isWord[value[at+1]]):
			case at == 0 || !isWord[value[at-1]]:
				return roster.WordStart
			default:
				best = roster.Inside
			}
		}
		return best
	}
}

// fieldValues finds the folded values of one field.
type fieldValues struct{ marker needle }

func newFieldValues(f roster.FieldID) fieldValues {
	return fieldValues{newNeedle(appendMarker(nil, f))}
}

// each calls do with the folded value of each row among that has one.
func (v *fieldValues) each(b *block, among *rowSet, do func(row int, value []byte)) {
	for row, stop := among.run(0); row < blockRows; row, stop = among.run(stop) {
		at, end := int(b.at[row]), int(b.at[stop])
		for {
			if at = v.marker.next(b.text, at, end); at < 0 {
				break
			}
			for int(b.at[row+1]) <= at {
				row++
			}
			value := b.text[at+len(v.marker.text) : b.at[row+1]]
			size := 0
			for value[size] >= lowestText {
				size++
			}
			do(row, value[:size])
			at = int(b.at[row+1])
		}
	}
}
