package changeset

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"muster/core/roster"
)

// Entry is one applied item in the journal. It refers: the values it replaced
// are kept by person as a Before, and what it left is what the person, or the
// next Before, has.
type Entry struct {
	Person roster.PersonID
	Kind   Kind
}

// EntriesPerBlock is how many entries of one changeset share a journal row:
// two rows fill a page of the store.
const EntriesPerBlock = 110

// Block is one row of the journal: up to EntriesPerBlock entries of one
// changeset. A changeset of a single item that was applied at once has no row
// of its own among the changesets: its head stands here.
type Block struct {
	Changeset ID
	Head      *Changeset // nil unless the head stands here
	Entries   []Entry
}

// AppendBlock appends the stored form of a journal row.
func AppendBlock(b []byte, k *Block) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(k.Changeset))
	head := []byte(nil)
	if k.Head != nil {
		var err error
		if head, err = json.Marshal(k.Head); err != nil {
			return nil, fmt.Errorf("encode changeset head: %w", err)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(head)))
	b = append(b, head...)
	for _, e := range k.Entries {
		b = append(b, byte(e.Kind))
		b = append(b, e.Person[:]...)
	}
	return b, nil
}

// DecodeBlock reads what AppendBlock wrote.
func DecodeBlock(stored string) (Block, error) {
	d := roster.NewDecoder(stored)
	k := Block{Changeset: ID(d.Uvarint())}
	if head := d.Text(); head != "" {
		k.Head = new(Changeset)
		if err := json.Unmarshal([]byte(head), k.Head); err != nil {
			return k, fmt.Errorf("decode changeset head: %w", err)
		}
	}
	rest := d.Rest()
	const size = 1 + len(roster.PersonID{})
	if d.Failed() || len(rest)%size != 0 {
		return k, errDamaged
	}
	k.Entries = make([]Entry, len(rest)/size)
	for i := range k.Entries {
		e := rest[i*size : (i+1)*size]
		if k.Entries[i].Kind = Kind(e[0]); k.Entries[i].Kind > Revive {
			return k, errDamaged
		}
		copy(k.Entries[i].Person[:], e[1:])
	}
	return k, nil
}
