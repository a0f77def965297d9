// Package storage keeps a Muster store in one bbolt file.
//
// Every value is written once: people in the order they were made, with
// indexes that hold keys only; a journal that refers to people; what an entry
// replaced, by person. A single writer goroutine runs all writes and lets
// concurrent ones share a commit, so each is on disk before its caller hears
// of it, and the disk is waited for once for many.
//
// The layout of the file is described in layout.go. The rules of people and
// changesets are package core's; this package only keeps what it is given.
package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"muster/core"
	"muster/core/fault"
)

// Format is the version of the file's layout that this build writes. A file
// of a newer one is refused.
const Format = 3

// Store is an open store file. It is safe for concurrent use.
type Store struct {
	db     *bolt.DB
	writes chan *write
	stop   chan struct{} // closed to end the writer
	ended  chan struct{} // closed when it has ended, or never was
	once   sync.Once

	margin margin

	decoded decoded
}

var _ core.Store = (*Store)(nil)

// Options are how a store is opened.
type Options struct {
	// ReadOnly opens the file without a writer, as check does.
	ReadOnly bool
	// Unsafe leaves out the waiting for the disk: for throw-away stores only.
	Unsafe bool
	// Wait is how long to wait for a process that holds the file; a second by
	// default.
	Wait time.Duration
}

// mmapSize is how much address space the file is given from the start beyond its
// size, so that it seldom has to be mapped anew: that waits for every reader, a
// backup among them.
const mmapSize = 1 << 30

// leastSize is the two pages without which bbolt finds no store in a file.
const leastSize = 2 * 4096

// Open opens the store file at path, making it if there is none. The error is
// a fault of Busy when another process holds it, TooNew when a newer Muster
// wrote it, and Damaged when it is no store.
func Open(path string, opts Options) (*Store, error) {
	wait := opts.Wait
	if wait == 0 {
		wait = time.Second
	}
	mapped := mmapSize
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist) && opts.ReadOnly:
		return nil, fault.New(fault.NotFound, "There is no store at %s", path)
	case err == nil && (info.Size() == 0 && opts.ReadOnly || info.Size() > 0 && info.Size() < leastSize):
		return nil, cannotOpen(path, bolterrors.ErrInvalid)
	case err == nil && info.Size() > 0:
		if err := notCutShort(path, wait); err != nil {
			return nil, err
		}
		mapped += int(info.Size())
	}
	db, file, err := openNamed(path, &bolt.Options{
		Timeout:         wait,
		ReadOnly:        opts.ReadOnly,
		NoSync:          opts.Unsafe,
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: mapped,
	})
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	s := &Store{db: db, margin: margin{file: file}, writes: make(chan *write, maxBatch), stop: make(chan struct{}), ended: make(chan struct{})}
	if err := unbroken(path, func() error { return s.prepare(opts.ReadOnly) }); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if opts.ReadOnly {
		close(s.ended)
	} else {
		go s.writer()
	}
	return s, nil
}

// openNamed opens the file that path names. Who waited for a process that was
// putting another file in its place would have the old one.
func openNamed(path string, o *bolt.Options) (*bolt.DB, *os.File, error) {
	for {
		var opened *os.File
		o.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			f, err = os.OpenFile(name, flag, mode)
			opened = f
			return f, err
		}
		db, err := bolt.Open(path, 0o600, o)
		if err != nil {
			return nil, nil, err
		}
		mine, err := opened.Stat()
		if err != nil {
			return nil, nil, errors.Join(err, db.Close())
		}
		if named, err := os.Stat(path); err == nil && os.SameFile(mine, named) {
			return db, opened, nil
		}
		if err := db.Close(); err != nil {
			return nil, nil, err
		}
	}
}

func cannotOpen(path string, err error) error {
	var system syscall.Errno
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fault.New(fault.Busy, "Another muster has %s open; quit it, or name another store with --db", path)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return fault.Wrap(err, fault.Damaged, "%s is no Muster store, or it is damaged", path)
	case errors.Is(err, fs.ErrPermission) && missing(path):
		return fault.Wrap(err, fault.Denied, "There is no store at %s, and you may not make one there; name another with --db", path)
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Denied, "The store %s is not yours to read and write; name another with --db", path)
	case errors.As(err, &system):
		return fault.Wrap(err, fault.Invalid, "The store %s cannot be opened: %v", path, system)
	}
	return fault.Wrap(err, fault.Internal, "The store %s cannot be opened", path)
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// notCutShort refuses a file that has lost its end, as a copy that broke off:
// the first read of what is missing would end the process.
func notCutShort(path string, wait time.Duration) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: wait})
	if err != nil {
		return cannotOpen(path, err)
	}
	err = db.View(func(tx *bolt.Tx) error {
		info, err := os.Stat(path)
		if err == nil && info.Size() < tx.Size() {
			err = fault.New(fault.Damaged, "%s is cut short: it is %d bytes long and should be %d", path, info.Size(), tx.Size())
		}
		return err
	})
	return errors.Join(err, db.Close())
}

// unbroken runs fn, which reads the file at path. Where a page is not what it
// should be, bbolt panics: that is a Damaged fault.
func unbroken(path string, fn func() error) (err error) {
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		if p := recover(); p != nil {
			err = fault.Wrap(fmt.Errorf("panic: %v\n%s", p, debug.Stack()), fault.Damaged, "%s is damaged: one of its pages is not what it should be", path)
		}
	}()
	return fn()
}

// prepare checks the file's format and makes the buckets of a new one.
func (s *Store) prepare(readOnly bool) error {
	var format uint64
	whole := true
	err := s.db.View(func(tx *bolt.Tx) error {
		for _, name := range storeBuckets() {
			whole = whole && tx.Bucket(name) != nil
		}
		if meta := tx.Bucket(metaBucket); meta != nil {
			if v := meta.Get(formatKey); len(v) == 8 {
				format = binary.BigEndian.Uint64(v)
			}
		}
		if format == 0 {
			if k, _ := tx.Cursor().First(); k != nil || readOnly {
				return fault.New(fault.Damaged, "%s is a bbolt file, but no Muster store", s.db.Path())
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case format > Format:
		return fault.New(fault.TooNew, "%s was written by a newer Muster (format %d; this one knows %d); use that one, or newer", s.db.Path(), format, Format)
	case format != 0 && format < Format:
		return fault.New(fault.TooOld, "%s was written by an older Muster (format %d; this one knows %d); export its lists to CSV with that one, and import them here into a new store", s.db.Path(), format, Format)
	case format == Format && (whole || readOnly):
		return nil
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range storeBuckets() {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return fmt.Errorf("create bucket %s: %w", name, err)
			}
		}
		return tx.Bucket(metaBucket).Put(formatKey, binary.BigEndian.AppendUint64(nil, Format))
	})
	if err != nil || s.db.NoSync {
		return err
	}
	return syncName(s.db.Path())
}

// syncName waits until the name of a new file is on disk, as its contents are.
func syncName(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open directory of the store: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync directory of the store: %w", err)
	}
	return nil
}

// Path returns the file's path.
func (s *Store) Path() string { return s.db.Path() }

// Close ends the writer after the writes that were accepted, and closes the
// file. Later writes are refused.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.stop) })
	<-s.ended
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// View runs fn on one moment of the store.
func (s *Store) View(ctx context.Context, fn func(core.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.View(func(tx *bolt.Tx) error { return fn(&txn{tx: tx, decoded: &s.decoded}) })
}

// maxBatch is how many writes share a commit at most: enough for the clients
// there are, few enough that the first is not kept waiting.
const maxBatch = 256

// write is one caller's Update on its way through the writer.
type write struct {
	ctx  context.Context
	fn   func(core.WriteTx) error
	done chan error
}

var (
	errClosed   = fault.New(fault.Busy, "The store is being closed")
	errReadOnly = fault.New(fault.Denied, "The store is open for reading only")
)

// Update runs fn in the writer and returns once its commit is on disk.
func (s *Store) Update(ctx context.Context, fn func(core.WriteTx) error) error {
	if s.db.IsReadOnly() {
		return errReadOnly
	}
	w := &write{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case <-s.stop:
		return errClosed
	default:
	}
	select {
	case s.writes <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop:
		return errClosed
	}
	select {
	case err := <-w.done:
		return err
	case <-s.ended:
	}
	// The writer may have taken it last, or ended before it was queued.
	select {
	case err := <-w.done:
		return err
	default:
		return errClosed
	}
}

// writer owns every write transaction.
func (s *Store) writer() {
	defer close(s.ended)
	batch := make([]*write, 0, maxBatch)
	for {
		batch = batch[:0]
		select {
		case w := <-s.writes:
			batch = append(batch, w)
		case <-s.stop:
			s.drain()
			return
		}
		s.commit(batch)
	}
}

// drain answers the writes that were queued when the store closed.
func (s *Store) drain() {
	for {
		select {
		case w := <-s.writes:
			s.commit([]*write{w})
		default:
			return
		}
	}
}

// commit runs a batch in one transaction and answers each of its callers when
// that is on disk, those that changed nothing, too: what they were refused for
// may be the work of another in the batch. A write that fails after it has
// changed something takes the transaction with it; the others run again without
// it.
func (s *Store) commit(batch []*write) {
	for len(batch) > 0 {
		tx, err := s.db.Begin(true)
		if err != nil {
			answer(batch, nil, fmt.Errorf("begin write: %w", err))
			return
		}
		s.margin.keep(tx)
		t := &txn{tx: tx, decoded: &s.decoded}
		var refused []error // of each in the batch
		wrote := false
		for len(refused) < len(batch) {
			w := batch[len(refused)]
			t.dirty = false
			if err = w.ctx.Err(); err == nil {
				err = run(t, w.fn)
			}
			if err != nil && t.dirty {
				break
			}
			refused, wrote = append(refused, err), wrote || t.dirty
			if len(refused) == len(batch) {
				batch = s.more(batch)
			}
		}
		if failed := len(refused); failed < len(batch) {
			batch[failed].done <- errors.Join(err, tx.Rollback())
			batch = slices.Delete(batch, failed, failed+1)
			continue
		}
		if wrote {
			if err = t.end(); err != nil {
				err = s.notCommitted(err)
			}
		} else {
			err = tx.Rollback()
		}
		answer(batch, refused, err)
		return
	}
}

// end commits a transaction, or undoes it if that cannot be.
func (t *txn) end() error {
	if err := t.flush(); err != nil {
		return errors.Join(fmt.Errorf("write: %w", err), t.tx.Rollback())
	}
	return t.tx.Commit() // the error is notCommitted's to tell
}

// more adds the writes that came meanwhile: those that come while others run
// share their commit.
func (s *Store) more(batch []*write) []*write {
	// Whoever is about to write may do so first: while there is other work to
	// do, a commit that is shared by more is time saved for all.
	if len(s.writes) == 0 {
		runtime.Gosched()
	}
	for len(batch) < maxBatch {
		select {
		case w := <-s.writes:
			batch = append(batch, w)
			continue
		default:
		}
		break
	}
	return batch
}

// answer tells each caller what became of its write: refused may say so of each,
// else all hear err.
func answer(batch []*write, refused []error, err error) {
	for i, w := range batch {
		if i < len(refused) && refused[i] != nil {
			w.done <- refused[i]
		} else {
			w.done <- err
		}
	}
}

// run calls fn; a panic becomes an error of that write, not the end of all.
func run(t *txn, fn func(core.WriteTx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.dirty = true
			err = fmt.Errorf("panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(t)
}
