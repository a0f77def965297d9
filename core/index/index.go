// Package index is the one in-memory index that a list has in a process: it
// follows the journal and answers every screen's and command's searches, so
// that they hold only row numbers.
//
// A row is a person's place in the index. It is given once and stays theirs
// while the process lives, through changes and even a withdrawal; rows ascend
// as people are put. Rows live in blocks of 1024. A block holds their values
// as they are stored and, apart from these, the same values folded, each
// behind a marker of its field, in row order and without gaps: what a search
// reads is one stretch of bytes from the first row to the last.
//
// An Index is safe for concurrent use. Searches share it; a writer waits for
// those under way, and lets others in between blocks, so a large changeset may
// be seen half applied until SetVersion says that all of it is there.
package index

import (
	"slices"
	"sync"

	"muster/core/roster"
)

// Index holds the people of one list. Make it with New.
type Index struct {
	writer sync.Mutex // serialises writers, so that mu is held only to change
	edit   []byte     // the writer's scratch

	mu      sync.RWMutex
	blocks  []*block
	rows    idTable
	count   [roster.Withdrawn + 1]int
	version uint64
	changes uint64 // counts changes of any row; what is derived from rows carries it

	orders orders
	all    sync.Map // the last plain Result by StatusSet; see Index.everybody
}

// New returns an empty index at version 0.
func New() *Index { return &Index{} }

// Entry is what a row holds.
type Entry struct {
	ID     roster.PersonID
	Status roster.Status
	Values roster.Values
}

// Put brings people into the index as they are now: those it does not know get
// the next rows, the others are replaced. Withdrawn people leave it, and come
// back to their row if they are revived. Of a person who is given twice the
// last counts. Nothing that people share memory with is kept.
//
// People are best put many at a time: a block is rewritten once for all of its
// rows that change.
func (ix *Index) Put(people ...roster.Person) {
	ix.writer.Lock()
	defer ix.writer.Unlock()
	var edits []edit
	for chunk := range slices.Chunk(people, blockRows) {
		edits = ix.add(chunk, edits)
	}
	// A person's last edit comes last, and counts.
	slices.SortStableFunc(edits, func(a, b edit) int { return int(a.row) - int(b.row) })
	for len(edits) > 0 {
		in, n := edits[0].row/blockRows, 1
		for n < len(edits) && edits[n].row/blockRows == in {
			n++
		}
		ix.change(ix.blocks[in], edits[:n])
		edits = edits[n:]
	}
}

// edit is a row's new content.
type edit struct {
	row    uint32
	person *roster.Person
}

// add appends those people who have no row yet and collects the others.
func (ix *Index) add(people []roster.Person, edits []edit) []edit {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for i := range people {
		p := &people[i]
		if row, ok := ix.rows.find(p.ID, ix.blocks); ok {
			edits = append(edits, edit{row, p})
			continue
		}
		if p.Status == roster.Withdrawn {
			continue
		}
		if n := len(ix.blocks); n == 0 || ix.blocks[n-1].n == blockRows {
			ix.blocks = append(ix.blocks, newBlock(ix.blocks))
		}
		last := len(ix.blocks) - 1
		row := uint32(last*blockRows + ix.blocks[last].n)
		ix.blocks[last].add(p)
		ix.rows.add(row, ix.blocks)
		ix.count[p.Status]++
		ix.changes++
	}
	return edits
}

// change applies the edits of one block.
func (ix *Index) change(b *block, edits []edit) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for i, e := range edits {
		if i+1 < len(edits) && edits[i+1].row == e.row {
			continue
		}
		ix.count[b.status(int(e.row%blockRows))]--
		ix.count[e.person.Status]++
	}
	ix.edit = b.replace(edits, ix.edit)
	ix.changes++
	ix.orders.touch(edits)
}

// size returns how many rows there are.
func (ix *Index) size() int {
	if len(ix.blocks) == 0 {
		return 0
	}
	return (len(ix.blocks)-1)*blockRows + ix.blocks[len(ix.blocks)-1].n
}

// SetVersion says that the index holds the list as it is at a version of the
// journal.
func (ix *Index) SetVersion(version uint64) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.version = version
}

// Version returns what SetVersion said last.
func (ix *Index) Version() uint64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.version
}

// Count returns how many people have one of the statuses. Withdrawn people are
// not in the index.
func (ix *Index) Count(statuses roster.StatusSet) int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	n := 0
	for _, s := range []roster.Status{roster.Active, roster.Inactive} {
		if statuses.Has(s) {
			n += ix.count[s]
		}
	}
	return n
}

// Row returns what the row holds. It allocates nothing. The values stay as they
// are when the row changes, and keep the memory of a block: what is wanted for
// long is better copied. ok is false for a row that never was. A withdrawn
// person's row has no values.
func (ix *Index) Row(row uint32) (e Entry, ok bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if int(row/blockRows) >= len(ix.blocks) {
		return Entry{}, false
	}
	b, i := ix.blocks[row/blockRows], int(row%blockRows)
	if i >= b.n {
		return Entry{}, false
	}
	return Entry{ID: b.ids[i], Status: b.status(i), Values: b.value(i)}, true
}

// Find returns the person's row. ok is false for people the index does not
// know and for withdrawn ones.
func (ix *Index) Find(id roster.PersonID) (row uint32, ok bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	row, ok = ix.rows.find(id, ix.blocks)
	return row, ok && ix.blocks[row/blockRows].status(int(row%blockRows)) != roster.Withdrawn
}
