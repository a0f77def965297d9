package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"muster/core/roster"
)

// What a reading stages has a bucket of its own in readings, so that all of it
// goes at once when the reading is over: list 4, run 8 → a bucket of two, the
// records by anchor and the notes by key.
var (
	readRecords = []byte("records")
	readNotes   = []byte("notes")
)

func (t *txn) Connection(id string) []byte { return t.tx.Bucket(connectionsBucket).Get([]byte(id)) }

func (t *txn) EachConnection(fn func(id string, data []byte) error) error {
	return t.tx.Bucket(connectionsBucket).ForEach(func(k, v []byte) error { return fn(string(k), v) })
}

func (t *txn) PutConnection(id string, data []byte) error {
	t.dirty = true
	return t.tx.Bucket(connectionsBucket).Put([]byte(id), data)
}

func (t *txn) DeleteConnection(id string) error {
	t.dirty = true
	return t.tx.Bucket(connectionsBucket).Delete([]byte(id))
}

func (t *txn) SyncState(list roster.ListID) []byte {
	return t.tx.Bucket(syncsBucket).Get(listKey(list))
}

func (t *txn) PutSyncState(list roster.ListID, data []byte) error {
	t.dirty = true
	return t.tx.Bucket(syncsBucket).Put(listKey(list), data)
}

func runKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func (t *txn) RunRange(list roster.ListID) (first, last uint64) {
	b := t.room(runs, list)
	if b == nil {
		return 0, 0
	}
	c := b.Cursor()
	if k, _ := c.First(); len(k) == 8 {
		first = binary.BigEndian.Uint64(k)
	}
	if k, _ := c.Last(); len(k) == 8 {
		last = binary.BigEndian.Uint64(k)
	}
	return first, last
}

func (t *txn) Run(list roster.ListID, n uint64) []byte { return t.get(runs, list, runKey(n)) }

func (t *txn) PutRun(list roster.ListID, n uint64, data []byte) error {
	return t.put(runs, list, runKey(n), data)
}

func (t *txn) DeleteRun(list roster.ListID, n uint64) error { return t.delete(runs, list, runKey(n)) }

func readingKey(list roster.ListID, reading uint64) []byte {
	return binary.BigEndian.AppendUint64(listKey(list), reading)
}

// staged returns a bucket of a reading, nil if it has none.
func (t *txn) staged(list roster.ListID, reading uint64, name []byte) *bolt.Bucket {
	b := t.tx.Bucket(readingsBucket).Bucket(readingKey(list, reading))
	if b == nil {
		return nil
	}
	return b.Bucket(name)
}

// stage returns it to be written to.
func (t *txn) stage(list roster.ListID, reading uint64, name []byte) (*bolt.Bucket, error) {
	t.dirty = true
	b, err := t.tx.Bucket(readingsBucket).CreateBucketIfNotExists(readingKey(list, reading))
	if err != nil {
		return nil, fmt.Errorf("create bucket of a reading: %w", err)
	}
	b, err = b.CreateBucketIfNotExists(name)
	if err != nil {
		return nil, fmt.Errorf("create %s of a reading: %w", name, err)
	}
	return b, nil
}

// noted is the bucket of a reading's notes, or of those that are current.
func (t *txn) noted(list roster.ListID, reading uint64) *bolt.Bucket {
	if reading == 0 {
		return t.room(notes, list)
	}
	return t.staged(list, reading, readNotes)
}

func (t *txn) Note(list roster.ListID, reading uint64, key string) (string, bool) {
	b := t.noted(list, reading)
	if b == nil {
		return "", false
	}
	v := b.Get([]byte(key))
	return string(v), v != nil
}

func (t *txn) EachNote(list roster.ListID, reading uint64, prefix, after string, fn func(key, value string) error) error {
	return eachAfter(t.noted(list, reading), prefix, after, func(k, v []byte) error { return fn(string(k), string(v)) })
}

// eachAfter calls fn for the rows whose keys start with prefix and come after a
// key.
func eachAfter(b *bolt.Bucket, prefix, after string, fn func(k, v []byte) error) error {
	if b == nil {
		return nil
	}
	c := b.Cursor()
	k, v := c.Seek([]byte(max(prefix, after)))
	if after != "" && string(k) == after {
		k, v = c.Next()
	}
	for ; k != nil && strings.HasPrefix(string(k), prefix); k, v = c.Next() {
		if err := fn(k, v); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) PutNote(list roster.ListID, reading uint64, key, value string) error {
	if reading == 0 {
		return t.put(notes, list, []byte(key), []byte(value))
	}
	b, err := t.stage(list, reading, readNotes)
	if err != nil {
		return err
	}
	return b.Put([]byte(key), []byte(value))
}

func (t *txn) DeleteNote(list roster.ListID, reading uint64, key string) error {
	if reading == 0 {
		return t.delete(notes, list, []byte(key))
	}
	b, err := t.stage(list, reading, readNotes)
	if err != nil {
		return err
	}
	return b.Delete([]byte(key))
}

func (t *txn) ClearNotes(list roster.ListID) error {
	t.dirty = true
	t.open = slices.DeleteFunc(t.open, func(o openRoom) bool { return o.place == place{notes, list} })
	if err := t.tx.DeleteBucket(notes.name(list)); err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
		return fmt.Errorf("delete notes: %w", err)
	}
	return nil
}

func (t *txn) ReadRecord(list roster.ListID, reading uint64, anchor string) (string, bool) {
	b := t.staged(list, reading, readRecords)
	if b == nil {
		return "", false
	}
	v := b.Get([]byte(anchor))
	return string(v), v != nil
}

func (t *txn) EachReadRecord(list roster.ListID, reading uint64, after string, fn func(anchor, data string) error) error {
	return eachAfter(t.staged(list, reading, readRecords), "", after, func(k, v []byte) error { return fn(string(k), string(v)) })
}

func (t *txn) EachRecordAfter(list roster.ListID, connection, after string, fn func(anchor, data string) error) error {
	prefix := string(anchorKey(roster.Link{Connection: connection}))
	if after != "" {
		after = prefix + after
	}
	return eachAfter(t.room(said, list), prefix, after, func(k, v []byte) error { return fn(string(k[len(prefix):]), string(v)) })
}

func (t *txn) PutReadRecord(list roster.ListID, reading uint64, anchor, data string) error {
	b, err := t.stage(list, reading, readRecords)
	if err != nil {
		return err
	}
	return b.Put([]byte(anchor), []byte(data))
}

func (t *txn) Readings(list roster.ListID) ([]uint64, error) {
	var all []uint64
	prefix := listKey(list)
	c := t.tx.Bucket(readingsBucket).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		all = append(all, binary.BigEndian.Uint64(k[len(prefix):]))
	}
	return all, nil
}

func (t *txn) DeleteReading(list roster.ListID, reading uint64) error {
	t.dirty = true
	err := t.tx.Bucket(readingsBucket).DeleteBucket(readingKey(list, reading))
	if err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
		return fmt.Errorf("delete a reading: %w", err)
	}
	return nil
}
