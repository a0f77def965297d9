package roster

import (
	"iter"
	"math/bits"

	"muster/tui/kit"
)

// marks are marked rows of the index, a bit each: everyone of a million is
// marked before the next frame.
type marks struct {
	words []uint64
	n     int
}

// Has implements kit.Marks.
func (m *marks) Has(row uint32) bool {
	w := int(row / 64)
	return w < len(m.words) && m.words[w]&(1<<(row%64)) != 0
}

// Set implements kit.Marks.
func (m *marks) Set(row uint32, on bool) {
	m.makeRoom(row)
	w, bit := int(row/64), uint64(1)<<(row%64)
	was := m.words[w]
	if on {
		m.words[w] |= bit
	} else {
		m.words[w] &^= bit
	}
	m.n += bits.OnesCount64(m.words[w]) - bits.OnesCount64(was)
}

func (m *marks) makeRoom(row uint32) {
	if need := int(row/64) + 1 - len(m.words); need > 0 {
		m.words = append(m.words, make([]uint64, need)...)
	}
}

// SetAll implements kit.Marks. Who matches loosely is marked one by one only.
func (m *marks) SetAll(rows kit.Rows[uint32], on bool) {
	f, ok := rows.(*found)
	if !ok || len(f.literal()) == 0 {
		return
	}
	m.makeRoom(f.highest)
	// Rows that stand together share a word: it is written once.
	at, mask := uint32(0), uint64(0)
	for _, row := range f.literal() {
		if w := row / 64; w != at {
			m.write(at, mask, on)
			at, mask = w, 0
		}
		mask |= 1 << (row % 64)
	}
	m.write(at, mask, on)
	m.n = 0
	for _, word := range m.words {
		m.n += bits.OnesCount64(word)
	}
}

func (m *marks) write(w uint32, mask uint64, on bool) {
	if on {
		m.words[w] |= mask
	} else {
		m.words[w] &^= mask
	}
}

// Len implements kit.Marks.
func (m *marks) Len() int { return m.n }

// All implements kit.Marks.
func (m *marks) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i, word := range m.words {
			for ; word != 0; word &= word - 1 {
				if !yield(uint32(i*64 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}

// Clear implements kit.Marks.
func (m *marks) Clear() {
	clear(m.words)
	m.n = 0
}
