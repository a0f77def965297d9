package storage

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// brim is how full pages are made whose keys arrive in order.
const brim = 0.95

func (t *txn) Next() uint64 {
	if t.last == 0 {
		if k, _ := t.tx.Bucket(changesetsBucket).Cursor().Last(); k != nil {
			t.last = binary.BigEndian.Uint64(k)
		}
		c := t.tx.Bucket(listsBucket).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			if b := t.room(journal, roster.ListID(binary.BigEndian.Uint32(k))); b != nil {
				if j, _ := b.Cursor().Last(); j != nil {
					t.last = max(t.last, binary.BigEndian.Uint64(j))
				}
			}
		}
		u := t.tx.Bucket(unfinishedBucket).Cursor()
		for k, v := u.First(); k != nil; k, v = u.Next() {
			var open core.Unfinished
			if json.Unmarshal(v, &open) == nil {
				t.last = max(t.last, open.Seq)
			}
		}
	}
	t.last++
	return t.last
}

func (t *txn) Bulk() {
	t.bulk = true
	for _, o := range t.open {
		if o.bucket != nil {
			o.bucket.FillPercent = brim
		}
	}
}

// writable returns a list's bucket, making it if need be.
func (t *txn) writable(r room, list roster.ListID) (*bolt.Bucket, error) {
	o := t.look(place{r, list})
	if o.bucket == nil {
		b, err := t.tx.CreateBucket(r.name(list))
		if err != nil {
			return nil, fmt.Errorf("create bucket %c of list %d: %w", r, list, err)
		}
		o.bucket = b
	}
	if t.bulk || r.ascending() {
		o.bucket.FillPercent = brim
	}
	return o.bucket, nil
}

func (t *txn) put(r room, list roster.ListID, key, value []byte) error {
	b, err := t.writable(r, list)
	if err != nil {
		return err
	}
	t.wrote(r)
	return b.Put(key, value)
}

// wrote notes that something is written to a room.
func (t *txn) wrote(r room) {
	t.dirty = true
	if r == names {
		t.lookups = t.lookups[:0]
	}
}

func (t *txn) delete(r room, list roster.ListID, key []byte) error {
	b := t.room(r, list)
	if b == nil {
		return nil
	}
	t.wrote(r)
	return b.Delete(key)
}

func (t *txn) putJSON(bucket, key []byte, value any) error {
	v, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s: %w", bucket, err)
	}
	t.dirty = true
	return t.tx.Bucket(bucket).Put(key, v)
}

func (t *txn) PutList(l *roster.List) error { return t.putJSON(listsBucket, listKey(l.ID), l) }

func (t *txn) PutStanding(list roster.ListID, s roster.Standing) error {
	if t.standings == nil {
		t.standings = make(map[roster.ListID]roster.Standing)
	}
	s.Changed = s.Changed.UTC().Truncate(time.Millisecond)
	t.standings[list], t.dirty = s, true
	return nil
}

// flush writes what was put off until all writes of a batch have run.
func (t *txn) flush() error {
	for list, s := range t.standings {
		var b []byte
		for _, n := range []uint64{uint64(s.Active), uint64(s.Inactive), uint64(s.Withdrawn), s.Version, uint64(s.Changed.UnixMilli())} {
			b = binary.AppendUvarint(b, n)
		}
		if err := t.tx.Bucket(standingBucket).Put(listKey(list), b); err != nil {
			return err
		}
	}
	clear(t.standings)
	return t.putTallies()
}

func (t *txn) PutPerson(list roster.ListID, p *roster.Person) error {
	return t.put(people, list, p.ID[:], roster.AppendPerson(make([]byte, 0, len(p.Values)+16), p))
}

func (t *txn) DeletePerson(list roster.ListID, id roster.PersonID) error {
	return t.delete(people, list, id[:])
}

func (t *txn) PutStatus(list roster.ListID, id roster.PersonID, from, to roster.Status) error {
	if from != roster.Active {
		if err := t.delete(status, list, statusKey(from, id)); err != nil {
			return err
		}
	}
	if to == roster.Active {
		return nil
	}
	return t.put(status, list, statusKey(to, id), nil)
}

func (t *txn) PutPast(list roster.ListID, id roster.PersonID, seq uint64, b *changeset.Before) error {
	return t.put(before, list, pastKey(id, seq), changeset.AppendBefore(nil, b))
}

func (t *txn) DeletePast(list roster.ListID, id roster.PersonID, seq uint64) error {
	return t.delete(before, list, pastKey(id, seq))
}

func (t *txn) PutBlock(list roster.ListID, seq uint64, n int, b *changeset.Block) error {
	v, err := changeset.AppendBlock(nil, b)
	if err != nil {
		return err
	}
	return t.put(journal, list, blockKey(seq, n), v)
}

func (t *txn) DeleteBlock(list roster.ListID, seq uint64, n int) error {
	return t.delete(journal, list, blockKey(seq, n))
}

func (t *txn) PutChangeset(c *changeset.Changeset) error {
	if err := t.putJSON(changesetsBucket, idKey(c.ID), c); err != nil {
		return err
	}
	if c.Open() {
		return t.tx.Bucket(openBucket).Put(idKey(c.ID), nil)
	}
	return t.tx.Bucket(openBucket).Delete(idKey(c.ID))
}

func (t *txn) PutItem(id changeset.ID, n int, it *changeset.Item) error {
	b := t.tx.Bucket(itemsBucket)
	b.FillPercent = brim
	t.dirty = true
	return b.Put(itemKey(id, n), changeset.AppendItem(nil, it))
}

func (t *txn) DeleteItem(id changeset.ID, n int) error {
	t.dirty = true
	return t.tx.Bucket(itemsBucket).Delete(itemKey(id, n))
}

func (t *txn) DeleteItems(id changeset.ID) error {
	t.dirty = true
	for _, bucket := range [][]byte{itemsBucket, stepsBucket} {
		if err := t.deletePrefix(bucket, idKey(id)); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) PutStep(id changeset.ID, n int, s *changeset.Step) error {
	t.dirty = true
	return t.tx.Bucket(stepsBucket).Put(itemKey(id, n), changeset.AppendStep(nil, s))
}

func (t *txn) DeleteStep(id changeset.ID, n int) error {
	t.dirty = true
	return t.tx.Bucket(stepsBucket).Delete(itemKey(id, n))
}

func (t *txn) PutPreference(list roster.ListID, name string, value []byte) error {
	return t.put(views, list, []byte(name), value)
}

func (t *txn) DeletePreferences(list roster.ListID, prefix string) error {
	b := t.room(views, list)
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for k, _ := c.Seek([]byte(prefix)); bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Seek([]byte(prefix)) {
		t.wrote(views)
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) PutUnfinished(u core.Unfinished) error {
	return t.putJSON(unfinishedBucket, listKey(u.List), u)
}

func (t *txn) DeleteUnfinished(list roster.ListID) error {
	t.dirty = true
	return t.tx.Bucket(unfinishedBucket).Delete(listKey(list))
}
