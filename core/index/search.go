package index

import (
	"context"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"muster/core/roster"
)

// Request says whom to find and in which order.
type Request struct {
	Query roster.Query
	// Statuses are those to find; none means everyone present. A status: term
	// of the query outranks it.
	Statuses roster.StatusSet
	// Sort is the field to sort by; the zero Field leaves rows in their order.
	// Numbers sort as numbers, all else as folded text. People without a value
	// come last in both directions, people of one value in the order of rows.
	Sort roster.Field
	Desc bool
	// Prev may be any earlier result of this index, best the last one. When the
	// query only narrows it and nobody changed, nobody else is looked at.
	Prev *Result
}

// Result is who was found. It does not change; other goroutines may read it.
type Result struct {
	// Rows are who was found: first those who match at the start of words,
	// then inside, then loosely, and within these ranks in the order asked for.
	Rows []uint32
	// WordStart, Inside and Loose are how many rows are in each rank.
	WordStart, Inside, Loose int
	// Active and Inactive are how many people of that status match literally,
	// whatever status was asked for.
	Active, Inactive int
	// Version is the index's at the time.
	Version uint64
	// Elapsed is how long it took.
	Elapsed time.Duration

	query         roster.Query
	changes       uint64
	found, starts []rowSet // by block, whatever status was asked for
}

// Search finds the people who match literally. It returns the context's error
// if that ends first.
func (ix *Index) Search(ctx context.Context, req Request) (*Result, error) {
	began := time.Now()
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if all := ix.everybody(&req); all != nil {
		all.Elapsed = time.Since(began)
		return all, nil
	}
	r := &Result{query: req.Query, Version: ix.version, changes: ix.changes}
	if err := ix.match(ctx, r, req.Prev); err != nil {
		return nil, err
	}
	var order []uint32
	if req.Sort.ID != 0 {
		var err error
		if order, err = ix.order(ctx, req.Sort, req.Desc); err != nil {
			return nil, err
		}
	}
	if err := ix.gather(ctx, r, req.statuses(), order); err != nil {
		return nil, err
	}
	r.Elapsed = time.Since(began)
	if req.plain() {
		ix.all.Store(req.statuses(), r)
	}
	return r, nil
}

// plain says that everybody is asked for, in their own order: what most sessions
// show most of the time, so they share it.
func (req *Request) plain() bool { return req.Sort.ID == 0 && len(req.Query.Terms()) == 0 }

// everybody is the result of a plain request that somebody made before, if nothing
// has changed since; else nil.
func (ix *Index) everybody(req *Request) *Result {
	if !req.plain() {
		return nil
	}
	kept, ok := ix.all.Load(req.statuses())
	if !ok {
		return nil
	}
	r := *kept.(*Result)
	if r.Version != ix.version || r.changes != ix.changes {
		return nil
	}
	r.query = req.Query
	return &r
}

func (req Request) statuses() roster.StatusSet {
	if set, asked := req.Query.Statuses(); asked {
		return set
	}
	if req.Statuses == 0 {
		return roster.Present
	}
	return req.Statuses
}

// match fills in who is found.
func (ix *Index) match(ctx context.Context, r, prev *Result) error {
	if prev != nil && prev.changes != ix.changes {
		prev = nil
	}
	if prev != nil && slices.Equal(prev.query.Terms(), r.query.Terms()) {
		r.found, r.starts = prev.found, prev.starts
		return nil
	}
	narrows := prev != nil && r.query.Extends(prev.query)
	all := finders(r.query, func(roster.Term) bool { return true })
	r.found, r.starts = make([]rowSet, len(ix.blocks)), make([]rowSet, len(ix.blocks))
	return ix.each(ctx, func() func(int, *block) {
		var h hits
		return func(i int, b *block) {
			among := b.present()
			if narrows {
				among = prev.found[i]
			}
			r.found[i], r.starts[i] = match(all, b, among, &h)
		}
	})
}

// gather counts who was found and lists the rows, in an order of all rows or,
// if that is nil, in their own.
func (ix *Index) gather(ctx context.Context, r *Result, statuses roster.StatusSet, order []uint32) error {
	shown := make([]rowSet, len(ix.blocks))
	before := make([]struct{ first, rest int }, len(ix.blocks))
	for i, b := range ix.blocks {
		active, inactive, asked := r.found[i], r.found[i], b.having(statuses)
		active.intersect(&b.active)
		inactive.intersect(&b.inactive)
		r.Active += active.count()
		r.Inactive += inactive.count()
		before[i].first, before[i].rest = r.WordStart, r.Inside
		asked.intersect(&r.found[i])
		shown[i] = asked
		total := asked.count()
		asked.intersect(&r.starts[i])
		r.WordStart += asked.count()
		r.Inside += total - asked.count()
	}
	r.Rows = make([]uint32, r.WordStart+r.Inside)
	first, rest := r.Rows[:r.WordStart], r.Rows[r.WordStart:]
	if order != nil {
		pick(order, shown, r.starts, first, rest)
		return nil
	}
	return ix.each(ctx, func() func(int, *block) {
		return func(i int, _ *block) {
			list(i, &shown[i], &r.starts[i], first[before[i].first:], rest[before[i].rest:])
		}
	})
}

// list writes a block's rows in the set to first or rest.
func list(in int, rows, starts *rowSet, first, rest []uint32) {
	for w, word := range rows {
		base := uint32(in*blockRows + w*64)
		first = listWord(base, word&starts[w], first)
		rest = listWord(base, word&^starts[w], rest)
	}
}

// listWord writes the rows of one word to a list and returns what is left of
// that.
func listWord(base uint32, word uint64, to []uint32) []uint32 {
	n := 0
	for ; word != 0; word &= word - 1 {
		to[n] = base + uint32(bits.TrailingZeros64(word))
		n++
	}
	return to[n:]
}

// pick writes the rows in the sets to first or rest in the order.
func pick(order []uint32, rows, starts []rowSet, first, rest []uint32) {
	at, other := 0, 0
	for _, row := range order {
		in, i := row/blockRows, int(row%blockRows)
		switch {
		case !rows[in].has(i):
		case starts[in].has(i):
			first[at] = row
			at++
		default:
			rest[other] = row
			other++
		}
	}
}

// strideBlocks is how many blocks a worker takes at a time: little enough that
// a search stops soon after its context ends.
const strideBlocks = 4

// each has every block worked on, on all cores, and returns the context's error
// if that ends first. Every goroutine gets a function of its own from worker.
// The caller holds the index.
func (ix *Index) each(ctx context.Context, worker func() func(i int, b *block)) error {
	strides := (len(ix.blocks) + strideBlocks - 1) / strideBlocks
	return spread(ctx, strides, func() func(int) {
		do := worker()
		return func(stride int) {
			start := stride * strideBlocks
			for i, b := range ix.blocks[start:min(start+strideBlocks, len(ix.blocks))] {
				do(start+i, b)
			}
		}
	})
}

// spread has each of n parts worked on, on all cores. It stops between parts
// when the context ends, and returns its error.
func spread(ctx context.Context, n int, worker func() func(part int)) error {
	var taken atomic.Int64
	work := func() {
		do := worker()
		for ctx.Err() == nil {
			part := int(taken.Add(1)) - 1
			if part >= n {
				return
			}
			do(part)
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	return ctx.Err()
}
