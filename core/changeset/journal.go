package changeset

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

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
		if head, err = appendHead(make([]byte, 0, 128), k.Head); err != nil {
			return nil, fmt.Errorf("encode changeset head: %w", err)
		}
	}
	b = appendText(b, string(head))
	for _, e := range k.Entries {
		b = append(b, byte(e.Kind))
		b = append(b, e.Person[:]...)
	}
	return b, nil
}

// seldom is what few heads in the journal have.
type seldom struct {
	Held     []Hold          `json:"held,omitempty"`
	Settings *SettingsChange `json:"settings,omitempty"`
	Reading  uint64          `json:"reading,omitempty"`
}

// appendHead appends the stored form of a head that stands in the journal: each
// push writes one, and JSON took longer than all else of its row. Times are kept
// to the millisecond.
func appendHead(b []byte, c *Changeset) ([]byte, error) {
	for _, n := range []uint64{uint64(c.ID), uint64(c.List), uint64(c.At.UnixMilli()), c.Seq, uint64(c.AppliedAt.UnixMilli())} {
		b = binary.AppendUvarint(b, n)
	}
	for _, s := range []string{string(c.Origin), string(c.State), c.By, c.Note, c.AppliedBy} {
		b = appendText(b, s)
	}
	for _, n := range c.Counts.all() {
		b = binary.AppendUvarint(b, uint64(*n))
	}
	for _, n := range []uint64{c.Decided, uint64(c.Undoes), uint64(c.UndoneBy), uint64(c.Rest), uint64(c.RestOf)} {
		b = binary.AppendUvarint(b, n)
	}
	if len(c.Held) == 0 && c.Settings == nil && c.Reading == 0 {
		return b, nil
	}
	rest, err := json.Marshal(seldom{c.Held, c.Settings, c.Reading})
	return append(b, rest...), err
}

func decodeHead(stored string) (*Changeset, error) {
	d := roster.NewDecoder(stored)
	at := func() time.Time { return time.UnixMilli(int64(d.Uvarint())).UTC() }
	c := &Changeset{ID: ID(d.Uvarint()), List: roster.ListID(d.Uvarint()), At: at(), Seq: d.Uvarint(), AppliedAt: at()}
	c.Origin, c.State, c.By, c.Note, c.AppliedBy = Origin(d.Text()), State(d.Text()), d.Text(), d.Text(), d.Text()
	for _, n := range c.Counts.all() {
		*n = int(d.Uvarint())
	}
	c.Decided, c.Undoes, c.UndoneBy, c.Rest, c.RestOf = d.Uvarint(), ID(d.Uvarint()), ID(d.Uvarint()), ID(d.Uvarint()), ID(d.Uvarint())
	rest := d.Rest()
	if d.Failed() {
		return nil, errDamaged
	}
	if rest == "" {
		return c, nil
	}
	var more seldom
	if err := json.Unmarshal([]byte(rest), &more); err != nil {
		return nil, fmt.Errorf("decode changeset head: %w", err)
	}
	if len(more.Held) > 0 {
		c.Held = more.Held
	}
	c.Settings, c.Reading = more.Settings, more.Reading
	return c, nil
}

// all are the counts in the order in which they are stored.
func (c *Counts) all() [8]*int {
	return [...]*int{&c.Rows, &c.Creates, &c.Updates, &c.Deactivates, &c.Reactivates, &c.Unchanged, &c.Rejects, &c.Conflicts}
}

// DecodeBlock reads what AppendBlock wrote.
func DecodeBlock(stored string) (Block, error) {
	d := roster.NewDecoder(stored)
	k := Block{Changeset: ID(d.Uvarint())}
	if head := d.Text(); head != "" {
		var err error
		if k.Head, err = decodeHead(head); err != nil {
			return k, err
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
