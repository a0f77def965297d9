package storage

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

func (t *txn) Record(list roster.ListID, link roster.Link) (string, bool) {
	v := t.get(said, list, anchorKey(link))
	return string(v), v != nil
}

func (t *txn) PutRecord(list roster.ListID, r core.KeptRecord) error {
	return t.put(said, list, anchorKey(r.Link), []byte(r.Data))
}

func (t *txn) EachStaged(id changeset.ID, fn func(r core.KeptRecord) error) error {
	prefix := idKey(id)
	c := t.tx.Bucket(stagedBucket).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		link, data, ok := stagedRecord(v)
		if !ok {
			return fmt.Errorf("decode staged record of changeset %d: it has no anchor", id)
		}
		if err := fn(core.KeptRecord{Link: link, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// stagedRecord takes apart what StageRecord wrote.
func stagedRecord(v []byte) (link roster.Link, data string, ok bool) {
	connection, rest, _ := strings.Cut(string(v), "\x00")
	anchor, data, ok := strings.Cut(rest, "\x00")
	return roster.Link{Connection: connection, Anchor: anchor}, data, ok
}

func (t *txn) StageRecord(id changeset.ID, n int, r core.KeptRecord) error {
	t.dirty = true
	v := append(anchorKey(r.Link), 0)
	return t.tx.Bucket(stagedBucket).Put(itemKey(id, n), append(v, r.Data...))
}

func (t *txn) DeleteStaged(id changeset.ID) error {
	t.dirty = true
	return t.deletePrefix(stagedBucket, idKey(id))
}

// deletePrefix deletes the rows of a bucket whose keys start with prefix.
func (t *txn) deletePrefix(bucket, prefix []byte) error {
	b := t.tx.Bucket(bucket)
	// A cursor that looks for the next row would walk over all pages that are
	// empty by then: every key is gathered first.
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range slices.Backward(keys) {
		if err := b.Delete(k); err != nil {
			return fmt.Errorf("delete from %s: %w", bucket, err)
		}
	}
	return nil
}
