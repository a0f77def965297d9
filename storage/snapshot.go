package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/fault"
)

// Snapshot is one moment of a store, to be copied while the store is in use.
// Writers go on meanwhile; what they replace stays in the file until the
// snapshot is closed, so it is closed as soon as it has been read.
type Snapshot struct {
	tx    *bolt.Tx
	store *Store
}

// Snapshot takes one. Whoever took it closes it.
func (s *Store) Snapshot() (*Snapshot, error) {
	tx, err := s.db.Begin(false)
	if err != nil {
		return nil, fmt.Errorf("begin snapshot: %w", err)
	}
	return &Snapshot{tx: tx, store: s}, nil
}

// Close lets go of the moment. A second time nothing happens.
func (n *Snapshot) Close() error {
	if n.tx == nil {
		return nil
	}
	err := n.tx.Rollback()
	n.tx = nil
	return err
}

// Size is how many bytes a copy takes.
func (n *Snapshot) Size() int64 { return n.tx.Size() }

// Copy writes the snapshot to a new file, mode 0600, that takes the place of
// whatever is at path once it is complete, verified as Check does, and on disk.
// The snapshot is closed as soon as it has been read. The error is a Damaged
// fault if the copy does not pass: then path is as it was.
func (n *Snapshot) Copy(ctx context.Context, path string, p *core.Progress) (err error) {
	defer func() { err = errors.Join(err, n.Close()) }()
	return beside(path, func(f *os.File) error {
		p.Start(copying, megabytes(n.Size()))
		w := &counted{ctx: ctx, w: f, p: p}
		if _, err := n.tx.WriteTo(w); err != nil {
			return cmp.Or(w.err, err) // bbolt tells of a cause, and hides it
		}
		if err := n.Close(); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return fmt.Errorf("sync copy: %w", err)
		}
		return sound(ctx, f.Name(), path, p)
	}, func(fresh string) error { return os.Rename(fresh, path) })
}

// What is copied is counted in megabytes.
const copying = "Copying megabytes"

func megabytes(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }

// counted writes until ctx ends, and says how far it has come.
type counted struct {
	ctx  context.Context
	w    io.Writer
	p    *core.Progress
	done int64
	err  error // of the last write
}

func (c *counted) Write(b []byte) (n int, err error) {
	if c.err = c.ctx.Err(); c.err != nil {
		return 0, c.err
	}
	n, c.err = c.w.Write(b)
	before := c.done
	if c.done += int64(n); c.done>>20 != before>>20 {
		c.p.Set(c.done >> 20)
	}
	return n, c.err
}

// Sound verifies the store file at path as Check does, and returns a Damaged fault
// of the first problem if it has one.
func Sound(ctx context.Context, path string, p *core.Progress) error {
	return sound(ctx, path, filepath.Base(path), p)
}

// sound verifies the file at path; named is what it is called in the error.
func sound(ctx context.Context, path, named string, p *core.Progress) error {
	found, err := Check(ctx, path, p)
	switch {
	case fault.CodeOf(err) != fault.Internal && err != nil:
		return fault.Wrap(err, fault.CodeOf(err), "%s", strings.ReplaceAll(fault.Sentence(err), path, named))
	case err != nil:
		return err
	case len(found) > 0:
		return fault.New(fault.Damaged, "%s is not sound: %s; muster check tells all of it", named, found[0])
	}
	return nil
}
