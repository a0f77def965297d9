package index

import (
	"cmp"
	"context"
	"hash/maphash"
	"math/bits"
	"runtime"
	"slices"
	"strings"

	"muster/core/roster"
)

// Frequencies are how often a field's values occur among some people.
type Frequencies struct {
	// Values are the most frequent ones, exactly as they are stored, the most
	// frequent first and those of one frequency in the order of their bytes.
	Values []Frequency
	// Distinct is how many values there are, listed or not; Empty is how many
	// people have none.
	Distinct, Empty int
}

// Frequency is one value and how many people have it.
type Frequency struct {
	Value string
	Count int
}

// Frequencies counts the field's values among the rows and lists at most so
// many; when the last of these are as frequent as others, those of the first
// rows are listed. It returns the context's error if that ends first.
func (ix *Index) Frequencies(ctx context.Context, field roster.FieldID, rows []uint32, most int) (Frequencies, error) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	hashes, err := ix.hashes(ctx, field, ix.among(rows))
	if err != nil {
		return Frequencies{}, err
	}
	// Each core counts the values whose hashes are its share.
	cores := runtime.GOMAXPROCS(0)
	counts := make([]valueCounts, cores)
	if err := spread(ctx, cores, func() func(int) {
		return func(share int) {
			counts[share].count(hashes, share, cores)
		}
	}); err != nil {
		return Frequencies{}, err
	}
	f := Frequencies{Empty: len(rows)}
	best := top[valueSlot]{most: most, compare: func(a, b valueSlot) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.row, b.row))
	}}
	for _, c := range counts {
		f.Distinct += c.used
		for _, slot := range c.slots {
			if slot.count > 0 {
				f.Empty -= int(slot.count)
				best.add(slot)
			}
		}
	}
	for _, slot := range best.best() {
		// What the caller keeps must not keep blocks.
		value := ix.blocks[slot.row/blockRows].value(int(slot.row % blockRows)).Get(field)
		f.Values = append(f.Values, Frequency{strings.Clone(value), int(slot.count)})
	}
	slices.SortStableFunc(f.Values, func(a, b Frequency) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value))
	})
	return f, nil
}

// among returns the rows by block, without those there are not.
func (ix *Index) among(rows []uint32) []rowSet {
	sets := make([]rowSet, len(ix.blocks))
	for _, row := range rows {
		if int(row/blockRows) < len(sets) {
			sets[row/blockRows].add(int(row % blockRows))
		}
	}
	return sets
}

// hashes returns, by row, a hash of the field's value, which is never zero, or
// zero for rows that are not wanted or have no value.
func (ix *Index) hashes(ctx context.Context, field roster.FieldID, wanted []rowSet) ([]uint64, error) {
	seed := maphash.MakeSeed()
	hashes := make([]uint64, len(ix.blocks)*blockRows)
	err := ix.each(ctx, func() func(int, *block) {
		return func(in int, b *block) {
			for w, word := range wanted[in] {
				for ; word != 0; word &= word - 1 {
					row := w*64 + bits.TrailingZeros64(word)
					if value := b.value(row).Get(field); value != "" {
						hashes[in*blockRows+row] = maphash.String(seed, value) | 1
					}
				}
			}
		}
	})
	return hashes, err
}

// valueCounts counts values. It is a hash table with open addressing.
type valueCounts struct {
	slots []valueSlot // a power of two, at most half full
	used  int
}

// valueSlot is one value, that of a row, the first to have it. A free one
// counts nothing.
type valueSlot struct {
	hash       uint64
	row, count uint32
}

// count counts the values of one share of the hashes.
func (c *valueCounts) count(hashes []uint64, share, shares int) {
	for row, hash := range hashes {
		if of, _ := bits.Mul64(hash, uint64(shares)); hash == 0 || of != uint64(share) {
			continue
		}
		if 2*(c.used+1) > len(c.slots) {
			c.grow()
		}
		slot := c.find(hash)
		if slot.count == 0 {
			*slot = valueSlot{hash: hash, row: uint32(row)}
			c.used++
		}
		slot.count++
	}
}

// find returns the slot of the value with the hash, or the free one for it. That
// two of a million values have one hash of 63 bits happens once in ten million
// lists, and would show one value too few.
func (c *valueCounts) find(hash uint64) *valueSlot {
	for i := hash >> 1; ; i++ {
		if slot := &c.slots[i&uint64(len(c.slots)-1)]; slot.count == 0 || slot.hash == hash {
			return slot
		}
	}
}

func (c *valueCounts) grow() {
	old := c.slots
	c.slots = make([]valueSlot, max(1024, 2*len(old)))
	for _, slot := range old {
		if slot.count > 0 {
			*c.find(slot.hash) = slot
		}
	}
}
