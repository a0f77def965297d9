package index

import (
	"context"
	"math/bits"
	"sync"

	"muster/core/roster"
)

// Filled is how many people have a value in each field.
type Filled struct {
	People int // there are, active and inactive ones
	counts []int
}

// Of returns how many people have a value in the field.
func (f Filled) Of(field roster.FieldID) int {
	if int(field) >= len(f.counts) {
		return 0
	}
	return f.counts[field]
}

// Filled counts who has a value in which field. It returns the context's error
// if that ends first.
func (ix *Index) Filled(ctx context.Context) (Filled, error) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	var mu sync.Mutex
	var shares []*Filled // of each core
	err := ix.each(ctx, func() func(int, *block) {
		share := new(Filled)
		mu.Lock()
		shares = append(shares, share)
		mu.Unlock()
		return func(_ int, b *block) {
			for w, word := range b.present() {
				for ; word != 0; word &= word - 1 {
					share.People++
					share.add(b.value(w*64 + bits.TrailingZeros64(word)))
				}
			}
		}
	})
	var all Filled
	for _, share := range shares {
		all.People += share.People
		all.grow(len(share.counts))
		for f, n := range share.counts {
			all.counts[f] += n
		}
	}
	return all, err
}

func (f *Filled) add(v roster.Values) {
	for field := range v.All() {
		f.grow(int(field) + 1)
		f.counts[field]++
	}
}

func (f *Filled) grow(n int) {
	if n > len(f.counts) {
		f.counts = append(f.counts, make([]int, n-len(f.counts))...)
	}
}
