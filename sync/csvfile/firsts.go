package csvfile

// firsts is a set of hashes that remembers the row in which each came first:
// twelve bytes a place, at most three quarters of them taken. With 64 bits, two
// different values of a million are taken for the same once in 37 million
// files.
type firsts struct {
	hashes []uint64 // 0 is free
	rows   []uint32
	taken  int
}

// add puts the hash into the set. If it is there already, add returns the row
// it came with.
func (s *firsts) add(hash uint64, row int) (first int, again bool) {
	if s.taken*4 >= len(s.hashes)*3 {
		s.grow()
	}
	hash = max(hash, 1)
	i := s.find(hash)
	if s.hashes[i] == hash {
		return int(s.rows[i]), true
	}
	s.hashes[i], s.rows[i] = hash, uint32(row)
	s.taken++
	return 0, false
}

// find returns the place of the hash, or the free one where it belongs.
func (s *firsts) find(hash uint64) int {
	mask := uint64(len(s.hashes) - 1)
	i := hash & mask
	for s.hashes[i] != 0 && s.hashes[i] != hash {
		i = (i + 1) & mask
	}
	return int(i)
}

func (s *firsts) grow() {
	old := *s
	size := max(1024, 2*len(old.hashes))
	s.hashes, s.rows = make([]uint64, size), make([]uint32, size)
	for j, hash := range old.hashes {
		if hash != 0 {
			i := s.find(hash)
			s.hashes[i], s.rows[i] = hash, old.rows[j]
		}
	}
}
