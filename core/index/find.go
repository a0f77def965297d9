package index

import (
	"bytes"
	"math/bits"
	"slices"

	"muster/core/roster"
)

// finder answers one term for a block.
type finder struct {
	find findFunc
	not  bool
	cost int // those of less cost, or that leave fewer, go first
}

// findFunc returns the rows where a term, without its Not, is found, and of
// these the ones that rank as word starts. Rows that are not among mean
// nothing. It may use h as it likes.
type findFunc func(b *block, among *rowSet, h *hits) (found, starts rowSet)

// finders makes the finders of those of a query's terms that are wanted, in the
// order in which they leave least work to the next.
func finders(q roster.Query, wanted func(roster.Term) bool) []finder {
	var all []finder
	for _, t := range q.Terms() {
		if t.Kind == roster.InStatus || !wanted(t) {
			continue
		}
		f := finder{not: t.Not}
		switch {
		case isLetter(t):
			f.find = findLetter(letterBit[t.Text[0]])
		case t.Kind == roster.Literal:
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

// match runs the finders one after the other on what is left.
func match(all []finder, b *block, among rowSet, h *hits) (found, starts rowSet) {
	found, starts = among, among
	for _, f := range all {
		if found.empty() {
			break
		}
		in, first := f.find(b, &found, h)
		if f.not {
			found.subtract(&in)
		} else {
			found.intersect(&in)
			starts.intersect(&first)
		}
	}
	starts.intersect(&found)
	return found, starts
}

// isLetter reports whether the rows' letters alone answer the term.
func isLetter(t roster.Term) bool {
	return t.Kind == roster.Literal && len(t.Text) == 1 && letterBit[t.Text[0]] != sharedBit &&
		t.Field == 0 && !t.Start && !t.End && !t.Exact
}

func findLetter(bit uint64) findFunc {
	shift := bits.TrailingZeros64(bit)
	return func(b *block, _ *rowSet, _ *hits) (found, starts rowSet) {
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
func findText(t roster.Term) findFunc {
	n := newNeedle([]byte(t.Text))
	var need uint64
	for _, c := range n.text {
		need |= letterBit[c]
	}
	check := checkOf(t)
	sure, first := check == nil && n.exact(), t.Start || t.Exact
	return func(b *block, among *rowSet, h *hits) (found, starts rowSet) {
		rows := holding(b, among, need)
		n.scanRows(b, &rows, h)
		for w, word := range rows {
			var inWord, atStart uint64
			for ; word != 0; word &= word - 1 {
				bit := bits.TrailingZeros64(word)
				row := (w*64 + bit) % blockRows
				f, s := h.in(b.at[row], b.at[row+1])
				switch {
				case first && !s:
					f = false
				case !sure && f:
					f, s = n.verify(b, row, h, check)
				}
				inWord |= one(f) << bit
				atStart |= one(s) << bit
			}
			found[w], starts[w] = inWord, atStart
		}
		return found, starts
	}
}

func one(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// holding returns the rows of among that have all the letters.
func holding(b *block, among *rowSet, letters uint64) (rows rowSet) {
	for w, word := range among {
		if word == 0 {
			continue
		}
		have := b.letters[w*64 : w*64+64]
		var all uint64
		for i := range 64 {
			all |= one(have[i]&letters == letters) << i
		}
		rows[w] = word & all
	}
	return rows
}

// scanRows finds the needle in rows of the block, and perhaps in others: going
// through a block's text in order takes no longer than fetching every 64th row
// from wherever it is.
func (n *needle) scanRows(b *block, rows *rowSet, h *hits) {
	h.fit(b.text)
	if rows.count()*64 > b.n {
		n.scan(b.text, 0, len(b.text), h)
		return
	}
	for row, end := rows.run(0); row < blockRows; row, end = rows.run(end) {
		n.scan(b.text, int(b.at[row]), int(b.at[end]), h)
	}
}

// in reports whether there is a hit from a place to before another, and one at
// a word's start.
func (h *hits) in(from, to uint32) (found, starts bool) {
	first, last := from/64, (to-1)/64
	head, tail := ^uint64(0)<<(from%64), ^uint64(0)>>(63-(to-1)%64)
	if first == last {
		return h.found[first]&head&tail != 0, h.starts[first]&head&tail != 0
	}
	f := h.found[first]&head | h.found[last]&tail
	s := h.starts[first]&head | h.starts[last]&tail
	for w := first + 1; w < last; w++ {
		f |= h.found[w]
		s |= h.starts[w]
	}
	return f != 0, s != 0
}

// verify looks closer at a row's hits, of which more must hold than three
// bytes, and says what in says of those for which it does.
func (n *needle) verify(b *block, row int, h *hits, check func(text []byte, at int) bool) (found, starts bool) {
	end := int(b.at[row+1])
	for at := h.next(int(b.at[row]), end); at >= 0; at = h.next(at+1, end) {
		if (n.exact() || bytes.HasPrefix(b.text[at:], n.text)) && (check == nil || check(b.text, at)) {
			if h.starts[at/64]>>(at%64)&1 != 0 {
				return true, true
			}
			found = true
		}
	}
	return found, false
}

// next returns the first hit from a place to before another, or -1.
func (h *hits) next(from, to int) int {
	for from < to {
		if w := h.found[from/64] >> (from % 64); w != 0 {
			if from += bits.TrailingZeros64(w); from < to {
				return from
			}
			return -1
		}
		from = from/64*64 + 64
	}
	return -1
}

// checkOf returns what must hold, besides the text, where a Literal is found;
// nil when nothing must.
func checkOf(t roster.Term) func(text []byte, at int) bool {
	if t.Field == 0 && !t.Start && !t.End && !t.Exact {
		return nil
	}
	var marker []byte
	if t.Field != 0 {
		marker = appendMarker(nil, t.Field)
	}
	return func(text []byte, at int) bool {
		before, after := text[at-1], text[at+len(t.Text)]
		switch {
		case t.Tags && (t.Start || t.End) && !tagEdges(t, text, at):
			return false
		case t.Tags:
		case t.Start && before >= lowestText, t.End && after >= lowestText:
			return false
		}
		switch {
		case t.Exact && (isWord[before] || isWord[after]):
			return false
		case marker == nil:
			return true
		}
		at--
		for text[at] >= lowestText {
			at--
		}
		return bytes.HasSuffix(text[:at+1], marker)
	}
}

// tagEdges reports whether a tag begins and ends where the term wants it to.
func tagEdges(t roster.Term, text []byte, at int) bool {
	start, end := at, at+len(t.Text)
	for text[start-1] >= lowestText {
		start--
	}
	for text[end] >= lowestText {
		end++
	}
	return t.Edges(text[start:end], at-start, at-start+len(t.Text))
}

// findField answers a term that is more than a text from its field's values.
func findField(t roster.Term) findFunc {
	marker := markerOf(t.Field)
	return func(b *block, among *rowSet, h *hits) (found, _ rowSet) {
		marker.values(b, among, h, func(row int, value []byte) {
			if t.Kind == roster.Empty || t.Range.Holds(value) {
				found.add(row)
			}
		})
		if t.Kind == roster.Empty {
			for w := range found {
				found[w] = ^found[w]
			}
		}
		return found, found
	}
}

// marker is the needle that finds the values of a field.
type marker struct{ needle }

func markerOf(f roster.FieldID) marker { return marker{newNeedle(appendMarker(nil, f))} }

// values calls do with the folded value of each row among that has one, in
// order.
func (m *marker) values(b *block, among *rowSet, h *hits, do func(row int, value []byte)) {
	m.scanRows(b, among, h)
	for w, word := range among {
		for ; word != 0; word &= word - 1 {
			row := w*64 + bits.TrailingZeros64(word)
			at := h.next(int(b.at[row]), int(b.at[row+1]))
			for at >= 0 && !m.exact() && !bytes.HasPrefix(b.text[at:], m.text) {
				at = h.next(at+1, int(b.at[row+1]))
			}
			if at < 0 {
				continue
			}
			start := at + len(m.text)
			end := start
			for b.text[end] >= lowestText {
				end++
			}
			do(row, b.text[start:end])
		}
	}
}
