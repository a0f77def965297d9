package storage

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

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
	for _, b := range t.rooms {
		b.FillPercent = brim
	}
}

// writable returns a list's bucket, making it if need be.
func (t *txn) writable(r room, list roster.ListID) (*bolt.Bucket, error) {
	b := t.room(r, list)
	if b == nil {
		var err error
		if b, err = t.tx.CreateBucket(r.name(list)); err != nil {
			return nil, fmt.Errorf("create bucket %c of list %d: %w", r, list, err)
		}
		t.know(r, list, b)
	}
	if t.bulk || r.ascending() {
		b.FillPercent = brim
	}
	return b, nil
}

func (t *txn) put(r room, list roster.ListID, key, value []byte) error {
	b, err := t.writable(r, list)
	if err != nil {
		return err
	}
	t.dirty = true
	return b.Put(key, value)
}

func (t *txn) delete(r room, list roster.ListID, key []byte) error {
	b := t.room(r, list)
	if b == nil {
		return nil
	}
	t.dirty = true
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
	var b []byte
	for _, n := range []uint64{uint64(s.Active), uint64(s.Inactive), uint64(s.Withdrawn), s.Version, uint64(s.Changed.UnixMilli())} {
		b = binary.AppendUvarint(b, n)
	}
	t.dirty = true
	return t.tx.Bucket(standingBucket).Put(listKey(list), b)
}

func (t *txn) PutPerson(list roster.ListID, p *roster.Person) error {
	return t.put(people, list, p.ID[:], roster.AppendPerson(make([]byte, 0, len(p.Values)+16), p))
}

func (t *txn) DeletePerson(list roster.ListID, id roster.PersonID) error {
	return t.delete(people, list, id[:])
}

func (t *txn) PutUID(list roster.ListID, folded string, id roster.PersonID) error {
	return t.put(uids, list, []byte(folded), id[:])
}

func (t *txn) DeleteUID(list roster.ListID, folded string) error {
	return t.delete(uids, list, []byte(folded))
}

func (t *txn) PutUnique(list roster.ListID, f roster.FieldID, folded string, id roster.PersonID) error {
	return t.put(uniques, list, uniqueKey(f, folded), id[:])
}

func (t *txn) DeleteUnique(list roster.ListID, f roster.FieldID, folded string) error {
	return t.delete(uniques, list, uniqueKey(f, folded))
}

func (t *txn) PutLink(list roster.ListID, link roster.Link, id roster.PersonID) error {
	return t.put(anchors, list, anchorKey(link), id[:])
}

func (t *txn) DeleteLink(list roster.ListID, link roster.Link) error {
	return t.delete(anchors, list, anchorKey(link))
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

func (t *txn) PutUnfinished(u core.Unfinished) error {
	return t.putJSON(unfinishedBucket, listKey(u.List), u)
}

func (t *txn) DeleteUnfinished(list roster.ListID) error {
	t.dirty = true
	return t.tx.Bucket(unfinishedBucket).Delete(listKey(list))
}
