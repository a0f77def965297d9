package index

import (
	"bytes"
	"encoding/binary"

	"muster/core/roster"
)

// idTable finds the row of a PersonID. It is a hash table of row numbers only,
// with open addressing; the IDs themselves are in the blocks.
type idTable struct {
	slots []uint32 // row + 1, zero is free; a power of two, at most half full
	used  int
	max   roster.PersonID // no ID in the table is greater; new people's mostly are
}

// slot is where the search for an ID starts.
func (t *idTable) slot(id roster.PersonID) int {
	const odd1, odd2 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	h := binary.LittleEndian.Uint64(id[8:])*odd1 ^ binary.LittleEndian.Uint64(id[:8])
	h = (h ^ h>>32) * odd2
	return int(h>>32) & (len(t.slots) - 1)
}

func (t *idTable) find(id roster.PersonID, blocks []*block) (row uint32, ok bool) {
	if t.used == 0 || bytes.Compare(id[:], t.max[:]) > 0 {
		return 0, false
	}
	for i := t.slot(id); t.slots[i] != 0; i = (i + 1) & (len(t.slots) - 1) {
		if row := t.slots[i] - 1; blocks[row/blockRows].ids[row%blockRows] == id {
			return row, true
		}
	}
	return 0, false
}

// add enters the last row of blocks, whose ID the table does not hold.
func (t *idTable) add(row uint32, blocks []*block) {
	if 2*(t.used+1) > len(t.slots) {
		t.slots = make([]uint32, max(blockRows, 2*len(t.slots)))
		for r := range row {
			t.place(r, blocks)
		}
	}
	t.place(row, blocks)
	t.used++
	if id := &blocks[row/blockRows].ids[row%blockRows]; bytes.Compare(id[:], t.max[:]) > 0 {
		t.max = *id
	}
}

func (t *idTable) place(row uint32, blocks []*block) {
	i := t.slot(blocks[row/blockRows].ids[row%blockRows])
	for t.slots[i] != 0 {
		i = (i + 1) & (len(t.slots) - 1)
	}
	t.slots[i] = row + 1
}
