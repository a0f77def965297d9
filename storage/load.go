package storage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
)

// mostLoaded is how many bytes are committed at once. Names come in no order, and
// bbolt splits a page only when it commits: what goes into one that has grown
// large moves half of it.
const mostLoaded = 2 << 20

// mostLine bounds a line of a dump.
const mostLine = 64 << 20

// Load makes the store at path of what Dump wrote, once all of it is on disk
// and verified as Check does. size is how many bytes r has, 0 if that is not
// known. A store that is there already must have nothing in it, or it is a
// Conflict fault; what is no dump is an Invalid one.
func Load(ctx context.Context, r io.Reader, size int64, path string, p *core.Progress) error {
	release, err := hold(path)
	if err != nil {
		return err
	}
	defer release()
	if err := empty(ctx, path); err != nil {
		return err
	}
	return beside(path, func(f *os.File) error {
		if err := fill(ctx, r, size, f.Name(), p); err != nil {
			return err
		}
		return sound(ctx, f.Name(), "What was read", p)
	}, func(fresh string) error { return swap(fresh, path, "") })
}

// empty refuses a store that has anything in it.
func empty(ctx context.Context, path string) error {
	if missing(path) {
		return nil
	}
	s, err := Open(path, Options{ReadOnly: true, Wait: 100 * time.Millisecond})
	if err != nil {
		return err
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			if k, _ := b.Cursor().First(); k != nil && !bytes.Equal(name, metaBucket) {
				return fault.New(fault.Conflict, "The store %s is in use already: it has %s; a dump is read into an empty one, and --db names another file", path, name)
			}
			return ctx.Err()
		})
	})
	return errors.Join(err, s.Close())
}

// fill makes a store in the empty file at path.
func fill(ctx context.Context, r io.Reader, size int64, path string, p *core.Progress) error {
	s, err := Open(path, Options{Unsafe: true})
	if err != nil {
		return err
	}
	l := &loading{
		rewriting: rewriting{ctx: ctx, to: s.db, p: p},
		lists:     make(map[string]*dumpContext),
		kinds:     make(map[string]*rowKind),
	}
	for _, kind := range rowKinds() {
		if !kind.derived {
			l.kinds[kind.name] = &kind
		}
	}
	p.Start("Reading megabytes", megabytes(size))
	err = l.lines(r)
	err = l.commit(err)
	if err == nil {
		err = s.db.Sync()
	}
	return errors.Join(err, s.Close())
}

type loading struct {
	rewriting
	t     *txn
	lists map[string]*dumpContext // by slug
	kinds map[string]*rowKind
}

func (l *loading) lines(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), mostLine)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		err := l.ctx.Err()
		switch {
		case err != nil:
		case n == 1:
			err = opened(line)
		case len(bytes.TrimSpace(line)) > 0:
			err = l.row(line)
		}
		if err != nil {
			return inLine(n, err)
		}
		l.size += int64(len(line)) + 1
		if n%1024 == 0 {
			l.p.Set((l.done + l.size) >> 20)
		}
	}
	if err := lines.Err(); err != nil {
		return inLine(n+1, err)
	}
	if n == 0 {
		return fault.New(fault.Invalid, "That is no dump of a Muster store: it is empty")
	}
	return nil
}

func inLine(n int, err error) error {
	if fault.CodeOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "Line %d cannot be read: %v", n, err)
}

func opened(line []byte) error {
	var o opening
	if err := json.Unmarshal(line, &o); err != nil || o.Muster != "dump" {
		return fault.New(fault.Invalid, "That is no dump of a Muster store: its first line does not say so")
	}
	if o.Version > DumpVersion || o.Format > Format {
		return fault.New(fault.TooNew, "That dump was written by a newer Muster (version %d of format %d; this one knows %d of %d); use that one, or newer", o.Version, o.Format, DumpVersion, Format)
	}
	return nil
}

// row stores one row and what is found by it.
func (l *loading) row(line []byte) error {
	var head struct{ Kind, List string }
	if err := json.Unmarshal(line, &head); err != nil {
		return err
	}
	c := new(dumpContext)
	if head.List != "" {
		of, ok := l.lists[head.List]
		if !ok {
			return fmt.Errorf("there is no list %q", head.List)
		}
		c = of
	}
	if err := l.begun(); err != nil {
		return err
	}
	if head.Kind == rawKind {
		return l.raw(c, line)
	}
	kind, ok := l.kinds[head.Kind]
	if !ok {
		return fmt.Errorf("there is no kind of row %q", head.Kind)
	}
	k, v, err := kind.store(c, line)
	if err != nil {
		return err
	}
	name := kind.bucket
	if name == nil {
		name = kind.room.name(c.list.ID)
	}
	if err := l.put([][]byte{name}, k, v); err != nil || kind.index == nil {
		return err
	}
	return kind.index(l.t, c, k, v)
}

func (l *loading) raw(c *dumpContext, line []byte) error {
	var r rawRow
	if err := json.Unmarshal(line, &r); err != nil {
		return err
	}
	name, v := []byte(r.Bucket), r.Data
	if r.List != "" && len(r.Bucket) == 1 {
		name = room(r.Bucket[0]).name(c.list.ID)
	}
	if r.JSON != nil {
		v = r.JSON
	}
	return l.put(append([][]byte{name}, r.In...), r.Key, v)
}

// know makes a list known to the rows that follow.
func (l *loading) know(v []byte) error {
	var list roster.List
	if err := json.Unmarshal(v, &list); err != nil {
		return err
	}
	l.lists[list.Slug] = newDumpContext(list)
	return nil
}

// commit writes what there is to disk, or drops it after an error.
func (l *loading) commit(failed error) error {
	if failed == nil && l.t != nil {
		failed = l.t.flush()
	}
	l.t = nil
	return errors.Join(failed, l.end(failed))
}

// begun has a transaction that is not too large yet.
func (l *loading) begun() error {
	if l.size > mostLoaded {
		if err := l.commit(nil); err != nil {
			return err
		}
	}
	if err := l.begin(); err != nil {
		return err
	}
	if l.t == nil {
		l.t = &txn{tx: l.tx, bulk: true}
	}
	return nil
}

func (l *loading) put(path [][]byte, k, v []byte) error {
	b, err := bucketAt(l.tx, path)
	if err != nil {
		return err
	}
	if err := b.Put(k, bytes.Clone(v)); err != nil || !bytes.Equal(path[0], listsBucket) {
		return err
	}
	return l.know(v)
}
