package index

import "math/bits"

// rowSet is a set of a block's rows.
type rowSet [blockRows / 64]uint64

func (s *rowSet) add(row int)      { s[row/64] |= 1 << (row % 64) }
func (s *rowSet) has(row int) bool { return s[row/64]>>(row%64)&1 != 0 }

func (s *rowSet) remove(row int) { s[row/64] &^= 1 << (row % 64) }

func (s *rowSet) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

func (s *rowSet) count() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s *rowSet) union(t *rowSet) (u rowSet) {
	for i := range s {
		u[i] = s[i] | t[i]
	}
	return u
}

func (s *rowSet) intersect(t *rowSet) {
	for i := range s {
		s[i] &= t[i]
	}
}

func (s *rowSet) subtract(t *rowSet) {
	for i := range s {
		s[i] &^= t[i]
	}
}

// run returns the first stretch of rows in the set that starts at from or
// later, without its end. There is none when start is blockRows.
func (s *rowSet) run(from int) (start, end int) {
	start = s.find(from, 0)
	return start, s.find(start, ^uint64(0))
}

// find returns the first row from from on that is in the set, or, with all
// bits flipped, that is not.
func (s *rowSet) find(from int, flip uint64) int {
	if from >= blockRows {
		return blockRows
	}
	i := from / 64
	w := (s[i] ^ flip) >> (from % 64) << (from % 64)
	for w == 0 {
		if i++; i == len(s) {
			return blockRows
		}
		w = s[i] ^ flip
	}
	return i*64 + bits.TrailingZeros64(w)
}
