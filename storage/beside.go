package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"muster/core"
	"muster/core/fault"
)

// A file that takes the place of another is written beside it, verified, and on
// disk before it is named: nobody ever finds half of one.

// partial ends the names of files that are being written. One that is there
// while nobody writes was cut off.
const partial = ".partial"

// beside has write fill a new file beside path, mode 0600, and then place put it
// where it belongs. Of one that failed nothing is left.
func beside(path string, write func(f *os.File) error, place func(fresh string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*"+partial)
	if err != nil {
		return cannotWrite(err, path)
	}
	err = errors.Join(write(f), f.Close())
	if err == nil {
		err = place(f.Name())
	}
	if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if err != nil {
		return cannotWrite(err, path)
	}
	return syncName(path)
}

// cannotWrite says why a file could not be written, if the system did not let it.
func cannotWrite(err error, path string) error {
	system, isSystem := errors.AsType[*fs.PathError](err)
	switch {
	case fault.CodeOf(err) != fault.Internal:
		return err
	case noRoom(err):
		return fault.Wrap(err, fault.Full, "There is no room left on the disk for %s; make some, and try again", path)
	case isSystem:
		return fault.Wrap(err, fault.Invalid, "%s cannot be written: %v", path, system.Err)
	}
	return fmt.Errorf("write %s: %w", path, err)
}

// Sweep removes what writes that were cut off have left in a folder, of files
// whose names begin like that. Nobody may be writing there.
func Sweep(dir, prefix string) error {
	all, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for what was cut off: %w", err)
	}
	for _, entry := range all {
		if name := entry.Name(); strings.HasPrefix(name, "."+prefix) && strings.HasSuffix(name, partial) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	return err
}

// hold keeps the store at path from being opened for writing, until release. The
// error is a Busy fault while another process has it open. A file that is no
// store can be held as well: nobody else can open it either.
func hold(path string) (release func(), err error) {
	switch db, held := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: 100 * time.Millisecond}); {
	case errors.Is(held, bolterrors.ErrTimeout):
		return nil, fault.New(fault.Busy, "Another process has %s open; end it first", path)
	case held == nil:
		release = func() { _ = db.Close() } // it was only read
	default:
		release = func() {}
	}
	return release, nil
}

// swap names the file fresh path. What is there already is kept under the name
// keep, unless that is empty. There is a store at path all the while.
func swap(fresh, path, keep string) error {
	if missing(path) {
		// A rename would overwrite what somebody makes there meanwhile.
		err := os.Link(fresh, path)
		switch {
		case errors.Is(err, fs.ErrExist):
			return fault.New(fault.Conflict, "Somebody has just made a store at %s", path)
		case err == nil:
			return nil
		}
		return os.Rename(fresh, path)
	}
	if keep != "" {
		if err := os.Link(path, keep); err != nil {
			// Not every file system gives a file two names.
			if err := os.Rename(path, keep); err != nil {
				return fmt.Errorf("keep the old store: %w", err)
			}
		}
	}
	return os.Rename(fresh, path)
}

// Compact writes the store at path anew, without the pages that nothing is on
// any more, and verifies it as Check does. It returns how many bytes the file
// had and has. The error is a Busy fault while another process has it open.
func Compact(ctx context.Context, path string, p *core.Progress) (was, is int64, err error) {
	s, err := Open(path, Options{ReadOnly: true, Wait: 100 * time.Millisecond})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = beside(path, func(f *os.File) error {
		return errors.Join(rewrite(ctx, s, f.Name(), p), sound(ctx, f.Name(), path, p))
	}, func(fresh string) error {
		before, err := os.Stat(path)
		if err != nil {
			return err
		}
		after, err := os.Stat(fresh)
		if err != nil {
			return err
		}
		was, is = before.Size(), after.Size()
		return os.Rename(fresh, path)
	})
	return was, is, err
}

// rewrite copies every row of a store into the empty file at path.
func rewrite(ctx context.Context, s *Store, path string, p *core.Progress) error {
	to, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return fmt.Errorf("open new file: %w", err)
	}
	err = s.db.View(func(from *bolt.Tx) error {
		p.Start(copying, megabytes(from.Size()))
		w := &rewriting{ctx: ctx, to: to, p: p}
		err := from.ForEach(w.bucket)
		return errors.Join(err, w.end(err))
	})
	if err == nil {
		err = to.Sync()
	}
	return errors.Join(err, to.Close())
}

// mostAtOnce is how many bytes a rewriting commits at once.
const mostAtOnce = 64 << 20

type rewriting struct {
	ctx  context.Context
	to   *bolt.DB
	tx   *bolt.Tx // nil before the first row
	size int64    // of what tx has
	done int64
	p    *core.Progress
}

func (w *rewriting) bucket(name []byte, b *bolt.Bucket) error { return w.nested([][]byte{name}, b) }

// nested copies a bucket and those in it; path leads there.
func (w *rewriting) nested(path [][]byte, b *bolt.Bucket) error {
	if err := w.begin(); err != nil {
		return err
	}
	into, err := bucketAt(w.tx, path)
	if err != nil {
		return err
	}
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			return w.nested(append(slices.Clip(path), k), b.Bucket(k))
		}
		if w.size > mostAtOnce {
			if err := errors.Join(w.ctx.Err(), w.end(nil), w.begin()); err != nil {
				return err
			}
		}
		if into.Tx() != w.tx {
			if into, err = bucketAt(w.tx, path); err != nil {
				return err
			}
		}
		w.size += int64(len(k) + len(v))
		return into.Put(k, v)
	})
}

// bucketAt returns the bucket to which a path leads, making it if need be, to be
// filled in order.
func bucketAt(tx *bolt.Tx, path [][]byte) (*bolt.Bucket, error) {
	b, err := tx.CreateBucketIfNotExists(path[0])
	for _, name := range path[1:] {
		if err == nil {
			b, err = b.CreateBucketIfNotExists(name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("make bucket %q: %w", path, err)
	}
	b.FillPercent = brim
	return b, nil
}

func (w *rewriting) begin() (err error) {
	if w.tx == nil {
		w.tx, err = w.to.Begin(true)
	}
	return err
}

// end commits what there is, or drops it after an error.
func (w *rewriting) end(failed error) error {
	tx := w.tx
	if tx == nil {
		return nil
	}
	w.done += w.size
	w.tx, w.size = nil, 0
	w.p.Set(w.done >> 20)
	if failed != nil {
		return tx.Rollback()
	}
	return tx.Commit()
}
