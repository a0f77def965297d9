package storage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
)

// A dump is everything that a store keeps as readable JSON Lines: one object a
// row, in the order of the store, so that two dumps of the same are the same
// bytes. Indexes are left out; Load makes them anew. What each kind of row looks
// like is in dump_rows.go; a row of a kind that is not known there, or that
// would not come back to the byte, is written as it is stored.

// DumpVersion is the version of the form that Dump writes and Load reads.
const DumpVersion = 1

// opening is a dump's first line.
type opening struct {
	Muster  string `json:"muster"`
	Version int    `json:"version"`
	Format  uint64 `json:"format"` // of the store that it is of
}

// rawRow is a row as it is stored.
type rawRow struct {
	Kind   string          `json:"kind"`
	Bucket string          `json:"bucket"`
	List   string          `json:"list,omitempty"`
	In     [][]byte        `json:"in,omitempty"` // the buckets within that bucket
	Key    []byte          `json:"key"`
	JSON   json.RawMessage `json:"json,omitempty"`
	Data   []byte          `json:"data,omitempty"`
}

const rawKind = "row"

// rowKind is one kind of row: where it is stored, and how it is read and
// written. Of derived ones there are no rows in a dump.
type rowKind struct {
	name    string
	bucket  []byte // of the store; nil for a list's room
	room    room
	derived bool
	// owner is the list that a row of the store belongs to; nil if to none.
	owner func(d *dumping, k []byte) *dumpContext
	// tell makes of a stored row what is written as JSON.
	tell func(c *dumpContext, k, v []byte) (any, error)
	// store makes the stored row of a line.
	store func(c *dumpContext, line []byte) (k, v []byte, err error)
	// index writes what is found by the row; nil if nothing is.
	index func(t *txn, c *dumpContext, k, v []byte) error
}

// dumpContext is the list that a row belongs to, for the names of its fields. Of
// a row of no list it is the zero one.
type dumpContext struct {
	list  roster.List
	byKey map[string]roster.FieldID
	byID  map[roster.FieldID]string
}

// field is how a dump names a field: by its key, or its number if it is gone.
func (c *dumpContext) field(id roster.FieldID) string {
	if key, ok := c.byID[id]; ok {
		return key
	}
	return "#" + strconv.Itoa(int(id))
}

func (c *dumpContext) fieldID(name string) (roster.FieldID, error) {
	if id, ok := c.byKey[name]; ok {
		return id, nil
	}
	if number, ok := strings.CutPrefix(name, "#"); ok {
		id, err := strconv.ParseUint(number, 10, 16)
		return roster.FieldID(id), err
	}
	return 0, fmt.Errorf("there is no field %q", name)
}

func newDumpContext(l roster.List) *dumpContext {
	c := &dumpContext{list: l, byKey: make(map[string]roster.FieldID), byID: make(map[roster.FieldID]string)}
	for _, f := range l.Schema.Fields {
		c.byKey[f.Key], c.byID[f.ID] = f.ID, f.Key
	}
	return c
}

// Dump writes the snapshot to w. The snapshot is held as long as that takes.
func (n *Snapshot) Dump(ctx context.Context, w io.Writer, p *core.Progress) error {
	d := &dumping{ctx: ctx, t: &txn{tx: n.tx}, w: bufio.NewWriterSize(w, 1<<16), p: p}
	return errors.Join(unbroken(n.store.db.Path(), d.store), d.w.Flush())
}

type dumping struct {
	ctx      context.Context
	t        *txn
	w        *bufio.Writer
	p        *core.Progress
	people   int64 // that were written
	line     bytes.Buffer
	kinds    []rowKind
	lists    map[roster.ListID]*dumpContext
	changes  map[changeset.ID]roster.ListID // of changesets that wait
	sessions map[session.ID]roster.ListID
}

func (d *dumping) store() error {
	if unfinished, err := d.t.Unfinished(); err != nil || len(unfinished) > 0 {
		return errors.Join(err, fault.New(fault.Busy, "A changeset is being applied; try again in a moment"))
	}
	people, err := d.owners()
	if err != nil {
		return err
	}
	d.kinds = rowKinds()
	d.p.Start("Exporting people", people)
	if err := d.write(opening{"dump", DumpVersion, Format}); err != nil {
		return err
	}
	// Lists come first: they name the fields of all others.
	if err := d.bucket(listsBucket, d.t.tx.Bucket(listsBucket)); err != nil {
		return err
	}
	return d.t.tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		if bytes.Equal(name, listsBucket) {
			return nil
		}
		return d.bucket(name, b)
	})
}

// owners reads which list everything is of, and returns how many people there
// are.
func (d *dumping) owners() (people int64, err error) {
	d.lists, d.changes, d.sessions = make(map[roster.ListID]*dumpContext), make(map[changeset.ID]roster.ListID), make(map[session.ID]roster.ListID)
	lists, err := d.t.Lists()
	if err != nil {
		return 0, err
	}
	for _, l := range lists {
		d.lists[l.ID] = newDumpContext(l)
		people += int64(l.Standing.Active + l.Standing.Inactive + l.Standing.Withdrawn)
	}
	sessions, err := d.t.Sessions()
	for _, s := range sessions {
		d.sessions[s.ID] = s.List
	}
	return people, errors.Join(err, d.t.EachOpen(func(c *changeset.Changeset) error {
		d.changes[c.ID] = c.List
		return nil
	}))
}

// bucket writes the rows of a bucket.
func (d *dumping) bucket(name []byte, b *bolt.Bucket) error {
	var of *dumpContext
	if len(name) == 5 {
		of = d.lists[roster.ListID(binary.BigEndian.Uint32(name[1:]))]
	}
	i := slices.IndexFunc(d.kinds, func(kind rowKind) bool {
		return of == nil && bytes.Equal(kind.bucket, name) || of != nil && kind.bucket == nil && kind.room == room(name[0])
	})
	if i < 0 {
		return d.raws(name, of, nil, b)
	}
	kind := &d.kinds[i]
	if kind.derived {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		if told, err := d.told(kind, of, k, v); err != nil || told {
			return err
		}
		return d.raw(name, of, nil, k, v)
	})
}

// raws writes the rows of a bucket, and of those in it, as they are stored.
func (d *dumping) raws(name []byte, of *dumpContext, in [][]byte, b *bolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			return d.raws(name, of, append(slices.Clip(in), k), b.Bucket(k))
		}
		return d.raw(name, of, in, k, v)
	})
}

// told writes a row of a kind, if it would come back as it is.
func (d *dumping) told(kind *rowKind, c *dumpContext, k, v []byte) (bool, error) {
	if kind.owner != nil {
		c = kind.owner(d, k)
	}
	if c == nil {
		c = new(dumpContext)
	}
	row, err := kind.tell(c, k, v)
	if err != nil || d.encode(row) != nil {
		return false, nil //nolint:nilerr // it is written as it is stored
	}
	key, value, err := kind.store(c, d.line.Bytes())
	if err != nil || !bytes.Equal(key, k) || !bytes.Equal(value, v) {
		return false, nil //nolint:nilerr // it is written as it is stored
	}
	if kind.room == people && kind.bucket == nil {
		d.people++
		d.p.Set(d.people)
	}
	return true, d.flush()
}

// raw writes a row as it is stored.
func (d *dumping) raw(bucket []byte, of *dumpContext, in [][]byte, k, v []byte) error {
	row := rawRow{Kind: rawKind, Bucket: string(bucket), In: in, Key: k, Data: v}
	if of != nil {
		row.Bucket, row.List = string(bucket[:1]), of.list.Slug
	}
	// JSON is only written as such if it comes back as it was.
	var same bytes.Buffer
	if json.Compact(&same, v) == nil && bytes.Equal(same.Bytes(), v) {
		row.JSON, row.Data = v, nil
	}
	return d.write(row)
}

func (d *dumping) write(row any) error {
	if err := d.encode(row); err != nil {
		return fmt.Errorf("encode a row: %w", err)
	}
	return d.flush()
}

func (d *dumping) encode(row any) error {
	d.line.Reset()
	enc := json.NewEncoder(&d.line)
	enc.SetEscapeHTML(false)
	return enc.Encode(row)
}

func (d *dumping) flush() error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	_, err := d.w.Write(d.line.Bytes())
	return err
}
