package csvfile

// firsts is a set of hashes that remembers the row in which each came first:
// sixteen bytes a place, at most three quarters of them taken. With 64 bits,
// two different values of a million are taken for the same once in 37 million
// files.
type firsts struct {
	places []first // as many as a power of two
	taken  int
}

type first struct {
	hash uint64 // 0 is free
	row  int
}

// add puts the hash into the set. If it is there already, add returns the row
// it came with.
func (s *firsts) add(hash uint64, row int) (earlier int, again bool) {
	if s.taken*4 >= len(s.places)*3 {
		s.resize(max(1024, 2*len(s.places)))
	}
	hash = max(hash, 1)
	place := s.find(hash)
	if place.hash == hash {
		return place.row, true
	}
	*place = first{hash, row}
	s.taken++
	return 0, false
}

// reserve makes room for n hashes, so that the set need not grow on the way.
func (s *firsts) reserve(n int) {
	size := 1024
	for size*3 <= n*4 {
		size *= 2
	}
	if size > len(s.places) {
		s.resize(size)
	}
}

// find returns the place of the hash, or the free one where it belongs.
func (s *firsts) find(hash uint64) *first {
	mask := uint64(len(s.places) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if place := &s.places[i]; place.hash == hash || place.hash == 0 {
			return place
		}
	}
}

func (s *firsts) resize(size int) {
	old := s.places
	s.places = make([]first, size)
	for _, f := range old {
		if f.hash != 0 {
			*s.find(f.hash) = f
		}
	}
}
