package index

import (
	"bytes"
	"cmp"
	"context"
	"math/bits"
	"slices"
	"sync"
	"time"

	"muster/core/roster"
)

// mostLoose is how many rows Fuzzy finds at most; nobody reads further.
const mostLoose = 1000

// Fuzzy completes the result of a Search for a screen of so many rows: when the
// literal matches do not fill it, the best of the loose ones follow, by their
// score and then by row. It returns literal itself when there is nothing to
// add, and also when the index has changed since: then it is Search's turn. What
// it adds is for people's eyes, not for changes; see roster.Query.
//
// Fuzzy takes longer than Search, but holds up nobody: it lets writers in while
// it goes on, and stops with the context's error soon after that ends.
func (ix *Index) Fuzzy(ctx context.Context, req Request, literal *Result, want int) (*Result, error) {
	began := time.Now()
	l := newLooseSearch(req, literal)
	most := min(want-len(literal.Rows), mostLoose)
	if most <= 0 || len(l.loose) == 0 {
		return literal, nil
	}
	var mu sync.Mutex
	best := top[scoredRow]{most: most, compare: compareScored}
	stale := false
	err := spread(ctx, (len(literal.found)+strideBlocks-1)/strideBlocks, func() func(int) {
		w := looseWorker{looseSearch: l}
		return func(stride int) {
			rows, ok := w.stride(ix, stride)
			mu.Lock()
			defer mu.Unlock()
			stale = stale || !ok
			for _, row := range rows {
				best.add(row)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if stale || len(best.kept) == 0 {
		return literal, nil
	}
	r := *literal
	r.Loose = len(best.kept)
	r.Rows = slices.Grow(slices.Clip(r.Rows), r.Loose)
	for _, found := range best.best() {
		r.Rows = append(r.Rows, found.row)
	}
	r.Elapsed = time.Since(began)
	return &r, nil
}

// scoredRow is a row that matches loosely.
type scoredRow struct {
	row   uint32
	score int
}

func compareScored(a, b scoredRow) int {
	return cmp.Or(b.score-a.score, cmp.Compare(a.row, b.row))
}

// looseSearch looks for the people who match some terms loosely and all others
// literally.
type looseSearch struct {
	literal  *Result
	statuses roster.StatusSet
	firm     []finder
	loose    []looseTerm
}

// looseTerm is a term that may match loosely.
type looseTerm struct {
	roster.Term
	literally findFunc
	letters   uint64
	marker    []byte // of its field, nil for any
}

func newLooseSearch(req Request, literal *Result) *looseSearch {
	l := &looseSearch{literal: literal, statuses: req.statuses()}
	l.firm = finders(req.Query, func(t roster.Term) bool { return !t.CanBeLoose() })
	for _, t := range req.Query.Terms() {
		if !t.CanBeLoose() {
			continue
		}
		loose := looseTerm{Term: t, literally: findText(t)}
		for _, c := range []byte(t.Text) {
			loose.letters |= letterBit[c]
		}
		if t.Field != 0 {
			loose.marker = appendMarker(nil, t.Field)
		}
		l.loose = append(l.loose, loose)
	}
	return l
}

// looseWorker is what one goroutine needs of its own.
type looseWorker struct {
	*looseSearch
	hits   hits
	scores [blockRows]int
	found  []scoredRow
	values []string
	rows   []int // of values
}

// stride looks at some blocks; ok is false when the index has changed.
func (w *looseWorker) stride(ix *Index, stride int) (rows []scoredRow, ok bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if ix.changes != w.literal.changes {
		return nil, false
	}
	w.found = w.found[:0]
	first := stride * strideBlocks
	for i, b := range ix.blocks[first:min(first+strideBlocks, len(ix.blocks))] {
		w.block(first+i, b)
	}
	return w.found, true
}

// block scores a block's rows that do not match literally.
func (w *looseWorker) block(in int, b *block) {
	among := b.having(w.statuses)
	among.subtract(&w.literal.found[in])
	for _, t := range w.loose {
		among = holding(b, &among, t.letters)
	}
	among, _ = match(w.firm, b, among, &w.hits)
	w.scores = [blockRows]int{}
	for i := range w.loose {
		if among.empty() {
			return
		}
		found := w.term(b, &w.loose[i], &among)
		among.intersect(&found)
	}
	for word, rows := range among {
		for ; rows != 0; rows &= rows - 1 {
			row := word*64 + bits.TrailingZeros64(rows)
			w.found = append(w.found, scoredRow{uint32(in*blockRows + row), w.scores[row]})
		}
	}
}

// term adds to the rows' scores those of their best match of a term, and
// returns the rows that have one. A literal match that does not match loosely,
// because its letters stand apart elsewhere before, adds nothing.
func (w *looseWorker) term(b *block, t *looseTerm, among *rowSet) (found rowSet) {
	found, _ = t.literally(b, among, &w.hits)
	w.values, w.rows = w.values[:0], w.rows[:0]
	for word, rows := range among {
		for ; rows != 0; rows &= rows - 1 {
			row := word*64 + bits.TrailingZeros64(rows)
			w.collect(b.text[b.at[row]:b.at[row+1]], row, t)
		}
	}
	scored, best := -1, 0
	for _, m := range t.Loosely(w.values) {
		row := w.rows[m.Index]
		found.add(row)
		if row != scored {
			scored, best = row, m.Score
			w.scores[row] += m.Score
		} else if m.Score > best {
			w.scores[row] += m.Score - best
			best = m.Score
		}
	}
	return found
}

// collect notes those values of a row that hold the term's letters in order.
func (w *looseWorker) collect(text []byte, row int, t *looseTerm) {
	start, letter := 0, 0
	for i, c := range text {
		if c < lowestText {
			if letter == len(t.Text) && (t.marker == nil || bytes.HasSuffix(text[:start], t.marker)) {
				w.values = append(w.values, string(text[start:i]))
				w.rows = append(w.rows, row)
			}
			start, letter = i+1, 0
		} else if letter < len(t.Text) && c == t.Text[letter] {
			letter++
		}
	}
}
