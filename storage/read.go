package storage

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// txn is one bbolt transaction with the methods of core.Tx and core.WriteTx.
type txn struct {
	tx      *bolt.Tx
	decoded *decoded // nil to decode anew
	open    []openRoom
	bulk    bool
	dirty   bool   // something was written since the writer last cleared it
	last    uint64 // the greatest number given out, once known

	// What writes of one batch change again and again is written once, by flush.
	standings map[roster.ListID]roster.Standing
	tallies   map[tally][]byte

	lookups []lookup // in the index of names, good until something is written there
}

// openRoom is a list's bucket that the transaction has looked for.
type openRoom struct {
	place
	bucket *bolt.Bucket // nil when there is none
	cursor *bolt.Cursor // for get
}

// place is a room of a list.
type place struct {
	room room
	list roster.ListID
}

// room returns a list's bucket, nil when it has none of that kind yet.
func (t *txn) room(r room, list roster.ListID) *bolt.Bucket { return t.look(place{r, list}).bucket }

// look finds a room, and remembers it for the rest of the transaction. What it
// returns is good until the next look.
func (t *txn) look(at place) *openRoom {
	for i := range t.open {
		if t.open[i].place == at {
			return &t.open[i]
		}
	}
	if t.open == nil {
		t.open = make([]openRoom, 0, len(rooms()))
	}
	t.open = append(t.open, openRoom{place: at, bucket: t.tx.Bucket(at.room.name(at.list))})
	return &t.open[len(t.open)-1]
}

// lend returns bytes of the file as a string, without a copy: it may be used
// only until the transaction's next write or its end.
func lend(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// get returns what stands at a key, nil when nothing does.
func (t *txn) get(r room, list roster.ListID, key []byte) []byte {
	o := t.look(place{r, list})
	if o.bucket == nil {
		return nil
	}
	if o.cursor == nil {
		o.cursor = o.bucket.Cursor()
	}
	k, v := o.cursor.Seek(key)
	if !bytes.Equal(k, key) {
		return nil
	}
	if v == nil { // an empty value, of a row that is there
		v = []byte{}
	}
	return v
}

func (t *txn) Lists() ([]roster.List, error) {
	var lists []roster.List
	err := t.tx.Bucket(listsBucket).ForEach(func(_, v []byte) error {
		l, err := t.list(v)
		lists = append(lists, l.Clone())
		return err
	})
	return lists, err
}

func (t *txn) List(id roster.ListID) (roster.List, error) {
	l, err := t.PeekList(id)
	return l.Clone(), err
}

func (t *txn) PeekList(id roster.ListID) (roster.List, error) {
	v := t.tx.Bucket(listsBucket).Get(listKey(id))
	if v == nil {
		return roster.List{}, fault.New(fault.NotFound, "There is no list number %d", id)
	}
	return t.list(v)
}

func (t *txn) ListBySlug(slug string) (roster.List, error) {
	lists, err := t.Lists()
	if err != nil {
		return roster.List{}, err
	}
	i := slices.IndexFunc(lists, func(l roster.List) bool { return l.Slug == slug })
	if i < 0 {
		return roster.List{}, fault.New(fault.NotFound, "There is no list %q; muster list ls shows those there are", slug)
	}
	return lists[i], nil
}

// list is the stored list v, and how it stands. What it refers to is shared.
func (t *txn) list(v []byte) (roster.List, error) {
	l, err := t.decoded.list(v)
	if err != nil {
		return l, err
	}
	if now, ok := t.standings[l.ID]; ok {
		l.Standing = now
		return l, nil
	}
	d := roster.NewDecoder(string(t.tx.Bucket(standingBucket).Get(listKey(l.ID))))
	l.Standing = roster.Standing{
		Active: int(d.Uvarint()), Inactive: int(d.Uvarint()), Withdrawn: int(d.Uvarint()),
		Version: d.Uvarint(), Changed: time.UnixMilli(int64(d.Uvarint())).UTC(),
	}
	if d.Failed() {
		return l, fmt.Errorf("decode how list %s stands: bytes are missing", l.Slug)
	}
	return l, nil
}

func (t *txn) Person(list roster.ListID, id roster.PersonID) (roster.Person, bool, error) {
	v := t.get(people, list, id[:])
	if v == nil {
		return roster.Person{}, false, nil
	}
	p, err := roster.DecodePerson(id, string(v))
	return p, true, err
}

func personID(v []byte) (id roster.PersonID, ok bool) {
	return id, copy(id[:], v) == len(id)
}

func (t *txn) EachPerson(list roster.ListID, fn func(p *roster.Person) error) error {
	b := t.room(people, list)
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		id, _ := personID(k)
		p, err := roster.DecodePerson(id, lend(v))
		if err != nil {
			return err
		}
		if err := fn(&p); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) Changeset(id changeset.ID) (changeset.Changeset, error) {
	var c changeset.Changeset
	if v := t.tx.Bucket(changesetsBucket).Get(idKey(id)); v != nil {
		if err := json.Unmarshal(v, &c); err != nil {
			return c, fmt.Errorf("decode changeset %d: %w", id, err)
		}
		return c, nil
	}
	key := blockKey(uint64(id), 0)
	found := errors.New("found")
	err := t.eachList(func(list roster.ListID) error {
		v := t.get(journal, list, key)
		if v == nil {
			return nil
		}
		k, err := changeset.DecodeBlock(string(v))
		if err != nil {
			return err
		}
		if k.Head != nil {
			c = *k.Head
			return found
		}
		return nil
	})
	switch {
	case errors.Is(err, found):
		return c, nil
	case err != nil:
		return c, err
	}
	return c, fault.New(fault.NotFound, "There is no changeset %d; muster changes ls shows those there are", id)
}

func (t *txn) eachList(fn func(roster.ListID) error) error {
	return t.tx.Bucket(listsBucket).ForEach(func(k, _ []byte) error {
		return fn(roster.ListID(binary.BigEndian.Uint32(k)))
	})
}

// EachChangeset merges the rows of changesets with the heads in the journals,
// going back in all of them at once.
func (t *txn) EachChangeset(fn func(c *changeset.Changeset) error) error {
	var heads []*headCursor
	err := t.eachList(func(list roster.ListID) error {
		if b := t.room(journal, list); b != nil {
			h := &headCursor{c: b.Cursor()}
			heads = append(heads, h)
			return h.start()
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows := t.tx.Bucket(changesetsBucket).Cursor()
	k, v := rows.Last()
	for {
		next := newest(heads)
		switch {
		case k == nil && next == nil:
			return nil
		case k == nil || next != nil && uint64(next.head.ID) > binary.BigEndian.Uint64(k):
			if err := fn(next.head); err != nil {
				return err
			}
			if err := next.back(); err != nil {
				return err
			}
			continue
		}
		var c changeset.Changeset
		if err := json.Unmarshal(v, &c); err != nil {
			return fmt.Errorf("decode changeset: %w", err)
		}
		if err := fn(&c); err != nil {
			return err
		}
		// A head that has since been rewritten, as rolled back, has a row too.
		if next != nil && next.head.ID == c.ID {
			if err := next.back(); err != nil {
				return err
			}
		}
		k, v = rows.Prev()
	}
}

// newest returns the cursor that stands at the newest head, nil at the end of all.
func newest(heads []*headCursor) *headCursor {
	var found *headCursor
	for _, h := range heads {
		if h.head != nil && (found == nil || h.head.ID > found.head.ID) {
			found = h
		}
	}
	return found
}

// headCursor goes back through a journal from head to head, skipping the rows
// of changesets that have a row of their own.
type headCursor struct {
	c    *bolt.Cursor
	head *changeset.Changeset // nil at the end
}

func (h *headCursor) start() error { return h.settle(h.c.Last()) }

func (h *headCursor) back() error { return h.settle(h.c.Prev()) }

func (h *headCursor) settle(k, v []byte) error {
	for ; k != nil; k, v = h.c.Prev() {
		if n := binary.BigEndian.Uint32(k[8:]); n > 0 {
			// The first row of this version says whether the head is here; the
			// ones between cannot.
			_, v = h.c.Seek(blockKey(binary.BigEndian.Uint64(k), 0))
		}
		b, err := changeset.DecodeBlock(string(v))
		if err != nil {
			return err
		}
		if b.Head != nil {
			h.head = b.Head
			return nil
		}
	}
	h.head = nil
	return nil
}

func (t *txn) EachOpen(fn func(c *changeset.Changeset) error) error {
	return t.tx.Bucket(openBucket).ForEach(func(k, _ []byte) error {
		c, err := t.Changeset(changeset.ID(binary.BigEndian.Uint64(k)))
		if err != nil {
			return err
		}
		return fn(&c)
	})
}

func (t *txn) EachItem(id changeset.ID, fn func(n int, it *changeset.Item) error) error {
	prefix := idKey(id)
	c := t.tx.Bucket(itemsBucket).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		it, err := changeset.DecodeItem(string(v))
		if err != nil {
			return err
		}
		if err := fn(int(binary.BigEndian.Uint32(k[8:])), &it); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) Item(id changeset.ID, n int) (changeset.Item, bool, error) {
	v := t.tx.Bucket(itemsBucket).Get(itemKey(id, n))
	if v == nil {
		return changeset.Item{}, false, nil
	}
	it, err := changeset.DecodeItem(string(v))
	return it, true, err
}

func (t *txn) EachStepBack(id changeset.ID, fn func(n int, s *changeset.Step) error) error {
	prefix := idKey(id)
	c := t.tx.Bucket(stepsBucket).Cursor()
	k, v := c.Seek(itemKey(id, 1<<32-1))
	if k == nil {
		k, v = c.Last()
	} else if !bytes.HasPrefix(k, prefix) {
		k, v = c.Prev()
	}
	for ; bytes.HasPrefix(k, prefix); k, v = c.Prev() {
		s, err := changeset.DecodeStep(string(v))
		if err != nil {
			return fmt.Errorf("decode steps of changeset %d: %w", id, err)
		}
		if err := fn(int(binary.BigEndian.Uint32(k[8:])), &s); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) EachBlock(list roster.ListID, after uint64, fn func(seq uint64, b *changeset.Block) error) error {
	b := t.room(journal, list)
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for k, v := c.Seek(blockKey(after+1, 0)); k != nil; k, v = c.Next() {
		if err := eachBlock(k, v, fn); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) EachBlockBack(list roster.ListID, upTo uint64, fn func(seq uint64, b *changeset.Block) error) error {
	b := t.room(journal, list)
	if b == nil {
		return nil
	}
	c := b.Cursor()
	k, v := c.Seek(blockKey(upTo, 1<<32-1))
	if k == nil {
		k, v = c.Last()
	} else if binary.BigEndian.Uint64(k) > upTo {
		k, v = c.Prev()
	}
	for ; k != nil; k, v = c.Prev() {
		if err := eachBlock(k, v, fn); err != nil {
			return err
		}
	}
	return nil
}

func eachBlock(k, v []byte, fn func(seq uint64, b *changeset.Block) error) error {
	block, err := changeset.DecodeBlock(string(v))
	if err != nil {
		return fmt.Errorf("decode journal at %d: %w", binary.BigEndian.Uint64(k), err)
	}
	return fn(binary.BigEndian.Uint64(k), &block)
}

func (t *txn) Past(list roster.ListID, person roster.PersonID) ([]core.PastRow, error) {
	b := t.room(before, list)
	if b == nil {
		return nil, nil
	}
	var rows []core.PastRow
	c := b.Cursor()
	for k, v := c.Seek(person[:]); bytes.HasPrefix(k, person[:]); k, v = c.Next() {
		was, err := changeset.DecodeBefore(string(v))
		if err != nil {
			return nil, fmt.Errorf("decode past of %s: %w", person, err)
		}
		rows = append(rows, core.PastRow{Seq: binary.BigEndian.Uint64(k[16:]), Before: was})
	}
	return rows, nil
}

func (t *txn) Preference(list roster.ListID, name string) ([]byte, bool) {
	v := t.get(views, list, []byte(name))
	return bytes.Clone(v), v != nil
}

func (t *txn) Unfinished() ([]core.Unfinished, error) {
	var all []core.Unfinished
	err := t.tx.Bucket(unfinishedBucket).ForEach(func(_, v []byte) error {
		var u core.Unfinished
		if err := json.Unmarshal(v, &u); err != nil {
			return fmt.Errorf("decode unfinished changeset: %w", err)
		}
		all = append(all, u)
		return nil
	})
	return all, err
}
