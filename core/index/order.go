package index

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"

	"muster/core/roster"
)

// orders keeps the orders by the fields last sorted by, so that a keystroke in
// a sorted view, or turning it around, sorts nothing.
type orders struct {
	mu   sync.Mutex
	kept []*order // the last used first
}

// keptOrders bounds the memory of orders: each has four bytes a row, eight once
// it was turned around.
const keptOrders = 4

// order is all rows of the index by one field. Its mu serialises those who make
// it; whoever reads the index also holds off those who change it.
type order struct {
	field   roster.FieldID
	numeric bool

	mu      sync.Mutex
	made    bool
	changes uint64   // the index's when it was made
	touched []uint32 // rows changed since

	ascending  []uint32 // those with a value, then the others in their own order
	descending []uint32 // nil until asked for
	valued     int
	same       bitmap // places in ascending whose value is that of the place before
}

// bitmap is a set of numbers from zero on.
type bitmap []uint64

func newBitmap(n int) bitmap        { return make(bitmap, (n+63)/64) }
func (b bitmap) add(i int)          { b[i/64] |= 1 << (i % 64) }
func (b bitmap) has(i int) bool     { return b[i/64]>>(i%64)&1 != 0 }
func (b bitmap) set(i int, to bool) { b[i/64] = b[i/64]&^(1<<(i%64)) | one(to)<<(i%64) }

// order returns all rows as sorted by the field. The caller holds the index,
// and must not change the rows.
func (ix *Index) order(ctx context.Context, f roster.Field, desc bool) ([]uint32, error) {
	o := ix.orders.of(f)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.follow(ctx, ix); err != nil {
		return nil, err
	}
	if !desc {
		return o.ascending, nil
	}
	if o.descending == nil {
		o.turn()
	}
	return o.descending, nil
}

// of returns the field's order, perhaps not made yet, and puts it first.
func (os *orders) of(f roster.Field) *order {
	os.mu.Lock()
	defer os.mu.Unlock()
	numeric := f.Type == roster.Number
	i := slices.IndexFunc(os.kept, func(o *order) bool { return o.field == f.ID && o.numeric == numeric })
	if i < 0 {
		i = min(len(os.kept), keptOrders-1)
		os.kept = append(os.kept[:i], &order{field: f.ID, numeric: numeric})
	}
	o := os.kept[i]
	copy(os.kept[1:], os.kept[:i])
	os.kept[0] = o
	return o
}

// touch tells the orders which rows have changed. The caller holds off all
// readers of the index.
func (os *orders) touch(edits []edit) {
	for _, o := range os.kept {
		for _, e := range edits {
			o.touched = append(o.touched, e.row)
		}
		if o.many(len(o.touched)) {
			o.made, o.touched, o.ascending, o.descending, o.same = false, nil, nil, nil, nil
		}
	}
}

// many reports whether so many changed rows are better sorted anew with all:
// each takes looking at some twenty others, wherever they are.
func (o *order) many(changed int) bool { return changed > 16+len(o.ascending)/256 }

// follow makes the order, or brings it up to date.
func (o *order) follow(ctx context.Context, ix *Index) error {
	if o.made && o.changes == ix.changes {
		return nil
	}
	if added := ix.size() - len(o.ascending); o.made && !o.many(len(o.touched)+added) {
		o.mend(ix)
	} else if err := o.sort(ctx, ix); err != nil {
		return err
	}
	o.made, o.changes, o.touched, o.descending = true, ix.changes, nil, nil
	return nil
}

// turn makes the descending order: the values from the last to the first, but
// the rows of one value, and those without, still ascending.
func (o *order) turn() {
	o.descending = make([]uint32, 0, len(o.ascending))
	for end := o.valued; end > 0; {
		start := end - 1
		for o.same.has(start) {
			start--
		}
		o.descending = append(o.descending, o.ascending[start:end]...)
		end = start
	}
	o.descending = append(o.descending, o.ascending[o.valued:]...)
}

// mend takes the rows touched and added out of the order and puts them where
// they belong now.
func (o *order) mend(ix *Index) {
	size := ix.size()
	changed := newBitmap(size)
	moved := o.touched
	for row := len(o.ascending); row < size; row++ {
		moved = append(moved, uint32(row))
	}
	slices.Sort(moved)
	moved = slices.Compact(moved)
	for _, row := range moved {
		changed.add(int(row))
	}
	kept := o.without(changed)
	v := newValuer(o.field, o.numeric)
	var places []place
	var empty []uint32
	for _, row := range moved {
		if value, ok := v.of(ix, row); ok {
			places = append(places, kept.place(ix, v, row, slices.Clone(value)))
		} else {
			empty = append(empty, row)
		}
	}
	slices.SortFunc(places, comparePlaces)
	o.ascending, o.same = make([]uint32, 0, size), newBitmap(size)
	o.insert(ix, v, kept, places)
	o.valued = len(o.ascending)
	o.ascending = appendMerged(o.ascending, kept.ascending[kept.valued:], empty)
}

// without returns the order without some rows.
func (o *order) without(rows bitmap) *order {
	kept := &order{ascending: make([]uint32, 0, len(o.ascending)), same: newBitmap(len(o.ascending))}
	group, last := 0, -1
	for i, row := range o.ascending {
		if i < o.valued && !o.same.has(i) {
			group++
		}
		if rows.has(int(row)) {
			continue
		}
		if i < o.valued {
			kept.same.set(kept.valued, group == last)
			last = group
			kept.valued++
		}
		kept.ascending = append(kept.ascending, row)
	}
	return kept
}

// place is where a row goes: before the row at a place of an order.
type place struct {
	before int
	value  []byte
	row    uint32
}

func comparePlaces(a, b place) int {
	return cmp.Or(a.before-b.before, bytes.Compare(a.value, b.value), cmp.Compare(a.row, b.row))
}

// place finds where a row that is not in the order goes.
func (o *order) place(ix *Index, v *valuer, row uint32, value []byte) place {
	before, _ := slices.BinarySearchFunc(o.ascending[:o.valued], row, func(other, row uint32) int {
		theirs, _ := v.of(ix, other)
		return cmp.Or(bytes.Compare(theirs, value), cmp.Compare(other, row))
	})
	return place{before, value, row}
}

// insert appends the valued rows of kept and the places, in order, to o.
func (o *order) insert(ix *Index, v *valuer, kept *order, places []place) {
	add := func(row uint32, same bool) {
		o.same.set(len(o.ascending), same)
		o.ascending = append(o.ascending, row)
	}
	// sameAsLast compares a value with that of the row added last.
	sameAsLast := func(value []byte) bool {
		if len(o.ascending) == 0 {
			return false
		}
		last, _ := v.of(ix, o.ascending[len(o.ascending)-1])
		return bytes.Equal(last, value)
	}
	for i := 0; i <= kept.valued; i++ {
		inserted := false
		for len(places) > 0 && places[0].before == i {
			add(places[0].row, sameAsLast(places[0].value))
			places, inserted = places[1:], true
		}
		switch {
		case i == kept.valued:
		case inserted:
			value, _ := v.of(ix, kept.ascending[i])
			add(kept.ascending[i], sameAsLast(slices.Clone(value)))
		default:
			add(kept.ascending[i], kept.same.has(i))
		}
	}
}

// appendMerged appends two ascending lists as one.
func appendMerged(dst, a, b []uint32) []uint32 {
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			dst, a = append(dst, a[0]), a[1:]
		} else {
			dst, b = append(dst, b[0]), b[1:]
		}
	}
	return append(append(dst, a...), b...)
}

// valuer finds the bytes by which a row sorts.
type valuer struct {
	marker  []byte
	numeric bool
	key     []byte
}

func newValuer(f roster.FieldID, numeric bool) *valuer {
	return &valuer{marker: appendMarker(nil, f), numeric: numeric}
}

// of returns the bytes, which are good until the next call or change of the
// index; ok is false when the row has no value.
func (v *valuer) of(ix *Index, row uint32) (value []byte, ok bool) {
	b, i := ix.blocks[row/blockRows], row%blockRows
	text := b.text[b.at[i]:b.at[i+1]]
	at := bytes.Index(text, v.marker)
	if at < 0 {
		return nil, false
	}
	text = text[at+len(v.marker):]
	end := 0
	for text[end] >= lowestText {
		end++
	}
	return v.sortKey(text[:end]), true
}

// sortKey returns the bytes by which a folded value sorts.
func (v *valuer) sortKey(value []byte) []byte {
	if !v.numeric {
		return value
	}
	v.key = roster.AppendNumberKey(v.key[:0], value)
	return v.key
}
