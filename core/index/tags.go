package index

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"muster/core/roster"
)

// TagFrequencies is Frequencies for a field of tags: it counts single tags, and
// how many people have each. Tags that differ by case only are one, told as the
// most frequent of them is written.
func (ix *Index) TagFrequencies(ctx context.Context, field roster.FieldID, rows []uint32, most int) (Frequencies, error) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	wanted := ix.among(rows)
	// Many people have the same set: each set is taken apart once.
	var mu sync.Mutex
	sets, filled := make(map[string]int), 0
	err := ix.each(ctx, func() func(int, *block) {
		return func(in int, b *block) {
			here, n := make(map[string]int), 0
			for w, word := range wanted[in] {
				for ; word != 0; word &= word - 1 {
					if value := b.value(w*64 + bits.TrailingZeros64(word)).Get(field); value != "" {
						here[value]++
						n++
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			filled += n
			for value, count := range here {
				sets[value] += count
			}
		}
	})
	if err != nil {
		return Frequencies{}, err
	}
	written := make(map[string]int)
	for value, count := range sets {
		for _, tag := range roster.SplitTags(value) {
			written[strings.Clone(tag)] += count // what the caller keeps must not keep blocks
		}
	}
	f := Frequencies{Values: sameTags(written), Empty: len(rows) - filled}
	f.Distinct = len(f.Values)
	f.Values = f.Values[:min(most, len(f.Values))]
	return f, ctx.Err()
}

// sameTags makes one of the tags that differ by case only.
func sameTags(written map[string]int) []Frequency {
	all := make([]Frequency, 0, len(written))
	for tag, count := range written {
		all = append(all, Frequency{tag, count})
	}
	order := func(a, b Frequency) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) }
	slices.SortFunc(all, order)
	place := make(map[string]int, len(all))
	same := all[:0]
	for _, f := range all {
		folded := strings.ToLower(f.Value)
		if at, known := place[folded]; known {
			same[at].Count += f.Count
			continue
		}
		place[folded] = len(same)
		same = append(same, f)
	}
	slices.SortFunc(same, order)
	return same
}
