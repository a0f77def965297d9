package kit

import (
	"iter"
	"maps"
)

// Marks are what is marked in a table, shown or not. A table keeps them in a
// map; a screen of very many rows may bring something quicker.
type Marks[K comparable] interface {
	Has(id K) bool
	Set(id K, on bool)
	// SetAll marks or unmarks what all rows are about.
	SetAll(rows Rows[K], on bool)
	// Len returns how many are marked.
	Len() int
	// All yields what is marked, in any order.
	All() iter.Seq[K]
	Clear()
}

// marked are Marks in a map.
type marked[K comparable] map[K]struct{}

func (m marked[K]) Has(id K) bool {
	_, ok := m[id]
	return ok
}

func (m marked[K]) Set(id K, on bool) {
	if on {
		m[id] = struct{}{}
	} else {
		delete(m, id)
	}
}

func (m marked[K]) SetAll(rows Rows[K], on bool) {
	for row := range rows.Len() {
		m.Set(rows.ID(row), on)
	}
}

func (m marked[K]) Len() int         { return len(m) }
func (m marked[K]) All() iter.Seq[K] { return maps.Keys(m) }
func (m marked[K]) Clear()           { clear(m) }
