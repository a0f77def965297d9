package index

import (
	"context"
	"encoding/binary"
	"math/bits"
	"runtime"
	"slices"
)

// sorting makes an order from nothing. The rows' sort keys are collected, a
// stretch of blocks on each core, and split into as many ranges, which are
// sorted apart: by the first eight bytes of the keys, what agrees in these by
// the next eight, and so on.
type sorting struct {
	ctx        context.Context
	ix         *Index
	order      *order
	partBlocks int
	parts      []part
}

// part is what a stretch of blocks has to sort, in row order. Keys are copied
// out: rows that agree are all over the index, and going there for each costs
// more than anything else here.
type part struct {
	rows  []sortRow
	empty []uint32 // rows without a value
	// tails are what keys have after their first eight bytes, each behind its
	// length. Offset zero is no tail.
	tails []byte
}

// sortRow is a row being sorted.
type sortRow struct {
	head uint64 // the eight bytes of its key that are being compared
	row  uint32
	tail uint32 // where the others are, and whether there are more after head
}

const (
	headBytes = 8
	// moreBytes flags, in tail, that the key goes on after head.
	moreBytes = 1 << 31
	// longTail is how many bytes of a tail are kept at most. What follows is read
	// from the index.
	longTail = 64
)

func (o *order) sort(ctx context.Context, ix *Index) error {
	cores := runtime.GOMAXPROCS(0)
	s := &sorting{ctx: ctx, ix: ix, order: o, partBlocks: (len(ix.blocks) + cores - 1) / cores, parts: make([]part, cores)}
	onCores := func(do func(i int)) error {
		return spread(ctx, cores, func() func(int) { return do })
	}
	if err := onCores(s.collect); err != nil {
		return err
	}
	bounds, ranges := s.bounds(), make([][]sortRow, cores)
	if err := onCores(func(i int) { ranges[i] = s.between(bounds[i], bounds[i+1]) }); err != nil {
		return err
	}
	for i := range s.parts {
		s.parts[i].rows = nil
	}
	if err := onCores(func(i int) { s.settle(ranges[i], make([]sortRow, len(ranges[i])), 0) }); err != nil {
		return err
	}
	o.ascending, o.same = make([]uint32, 0, ix.size()), newBitmap(ix.size())
	for _, rows := range ranges {
		for _, r := range rows {
			o.same.set(len(o.ascending), r.head == sameAsBefore)
			o.ascending = append(o.ascending, r.row)
		}
	}
	o.valued = len(o.ascending)
	for _, p := range s.parts {
		o.ascending = append(o.ascending, p.empty...)
	}
	return nil
}

// collect fills the ith part.
func (s *sorting) collect(i int) {
	p, v := &s.parts[i], newValuer(s.order.field, s.order.numeric)
	from := min(i*s.partBlocks, len(s.ix.blocks))
	blocks := s.ix.blocks[from:min(from+s.partBlocks, len(s.ix.blocks))]
	p.rows, p.tails = make([]sortRow, 0, len(blocks)*blockRows), []byte{0}
	m := markerOf(s.order.field)
	var h hits
	for k, b := range blocks {
		if s.ctx.Err() != nil {
			return
		}
		base := (from + k) * blockRows
		present := b.present()
		var valued rowSet
		m.values(b, &present, &h, func(row int, value []byte) {
			valued.add(row)
			p.add(uint32(base+row), v.sortKey(value))
		})
		for row := range b.n {
			if !valued.has(row) {
				p.empty = append(p.empty, uint32(base+row))
			}
		}
	}
}

func (p *part) add(row uint32, key []byte) {
	r := sortRow{head: headOf(key), row: row}
	if len(key) > headBytes {
		tail := key[headBytes:min(len(key), headBytes+longTail)]
		r.tail = uint32(len(p.tails)) | moreBytes
		p.tails = append(p.tails, byte(len(tail)))
		if len(key) > headBytes+longTail {
			p.tails[len(p.tails)-1]++
		}
		p.tails = append(p.tails, tail...)
	}
	p.rows = append(p.rows, r)
}

// headOf returns the first eight bytes of a key as a number that compares as
// they do.
func headOf(key []byte) uint64 {
	if len(key) >= headBytes {
		return binary.BigEndian.Uint64(key)
	}
	var padded [headBytes]byte
	copy(padded[:], key)
	return binary.BigEndian.Uint64(padded[:])
}

// bounds returns the heads between which ranges of about equal size lie, each
// with its lower bound, and the upper one of the last.
func (s *sorting) bounds() []headBound {
	var sample []uint64
	for _, p := range s.parts {
		for i := 0; i < len(p.rows); i += len(p.rows)/256 + 1 {
			sample = append(sample, p.rows[i].head)
		}
	}
	slices.Sort(sample)
	bounds := make([]headBound, len(s.parts)+1)
	for i := range bounds {
		switch at := i * len(sample) / len(s.parts); {
		case i == len(s.parts):
			bounds[i].above = true
		case i > 0 && at < len(sample):
			bounds[i].head = sample[at]
		}
	}
	return bounds
}

// headBound is the lowest head of a range, or above all heads.
type headBound struct {
	head  uint64
	above bool
}

// between returns the rows of all parts, in row order, whose head is at least
// low and below high.
func (s *sorting) between(low, high headBound) []sortRow {
	// Which rows these are no processor can guess, so there is no branch to it.
	n := 0
	for _, p := range s.parts {
		for i := range p.rows {
			n += int(inRange(p.rows[i].head, low, high))
		}
	}
	rows := make([]sortRow, n+1)
	n = 0
	for _, p := range s.parts {
		for i := range p.rows {
			rows[n] = p.rows[i]
			n += int(inRange(p.rows[i].head, low, high))
		}
	}
	return rows[:n]
}

func inRange(head uint64, low, high headBound) uint64 {
	return one(head >= low.head) & (one(high.above) | one(head < high.head))
}

// sameAsBefore is the head of a settled row whose whole key is that of the row
// before. The others have zero.
const sameAsBefore = 1

// settle sorts rows that agree in all the bytes of their keys before their
// heads, which start at depth. It keeps rows that agree in everything in order.
func (s *sorting) settle(rows, scratch []sortRow, depth int) {
	sortHeads(rows, scratch)
	for start, end := 0, 0; start < len(rows); start = end {
		head, more := rows[start].head, rows[start].tail
		for end = start + 1; end < len(rows) && rows[end].head == head; end++ {
			more |= rows[end].tail
		}
		switch run := rows[start:end]; {
		case len(run) == 1:
			run[0].head = 0
		case more&moreBytes == 0:
			for i := range run {
				run[i].head = sameAsBefore
			}
			run[0].head = 0
		default:
			if s.ctx.Err() != nil {
				return
			}
			for i := range run {
				s.advance(&run[i], depth+headBytes)
			}
			s.settle(run, scratch, depth+headBytes)
		}
	}
}

// advance gives r the eight bytes at depth of its key for its head.
func (s *sorting) advance(r *sortRow, depth int) {
	r.head = 0
	if r.tail&moreBytes == 0 {
		return
	}
	var key []byte
	if depth <= longTail {
		tails := s.parts[int(r.row)/blockRows/s.partBlocks].tails[r.tail&^moreBytes:]
		key = tails[1+depth-headBytes : 1+min(int(tails[0]), longTail)]
		r.head = headOf(key)
		if int(tails[0]) <= depth {
			r.tail &^= moreBytes
		}
		return
	}
	key, _ = newValuer(s.order.field, s.order.numeric).of(s.ix, r.row)
	r.head = headOf(key[depth:])
	if len(key) <= depth+headBytes {
		r.tail &^= moreBytes
	}
}

// fewRows are sorted by insertion.
const fewRows = 40

// sortHeads sorts rows by their heads and keeps those that agree in order.
func sortHeads(rows, scratch []sortRow) {
	if len(rows) <= fewRows {
		for i := 1; i < len(rows); i++ {
			r, at := rows[i], i
			for ; at > 0 && rows[at-1].head > r.head; at-- {
				rows[at] = rows[at-1]
			}
			rows[at] = r
		}
		return
	}
	// A radix sort from the last byte to the first, leaving out those in which
	// all heads agree.
	var differ uint64
	for i := range rows {
		differ |= rows[i].head ^ rows[0].head
	}
	from, to := rows, scratch[:len(rows)]
	for shift := bits.TrailingZeros64(differ) &^ 7; differ>>shift != 0; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		var next [256]int
		for i := range from {
			next[from[i].head>>shift&0xff]++
		}
		at := 0
		for i, n := range next {
			next[i] = at
			at += n
		}
		for i := range from {
			digit := from[i].head >> shift & 0xff
			to[next[digit]] = from[i]
			next[digit]++
		}
		from, to = to, from
	}
	if &from[0] != &rows[0] {
		copy(rows, from)
	}
}
