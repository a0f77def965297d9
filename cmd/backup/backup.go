// Package backup keeps verified backups of a store in a folder: one every so
// often, and the newest so many of them. It knows its own by their names, and
// touches no other file. When the next one is due follows from the newest that
// is there, so a Muster that was down catches up at once, and one that starts
// again and again does not write more of them.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/core"
	"muster/core/fault"
)

// Keeper keeps the backups of one store. It is safe for concurrent use.
type Keeper struct {
	Options
	mu      sync.Mutex // held while one is written
	state   sync.Mutex
	trouble string
}

// Options are what a Keeper needs.
type Options struct {
	Folder string
	Every  time.Duration // 0 for never by itself
	Keep   int           // 0 for all
	// Write writes a verified backup to path, whole or not at all.
	Write func(ctx context.Context, path string, p *core.Progress) error
	// Sweep removes what writes that were cut off have left.
	Sweep func(folder, prefix string) error
	Now   core.Clock
	// Wait returns true after a while, and false when ctx ends first.
	Wait func(ctx context.Context, d time.Duration) bool
	Log  *slog.Logger
	// Told hears what troubles the backups, and that nothing does any more with
	// an empty text.
	Told func(trouble string)
}

// New makes a Keeper.
func New(o Options) *Keeper {
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Keeper{Options: o}
}

func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// File is one backup.
type File struct {
	Path  string
	At    time.Time // when it was begun
	Bytes int64
}

// The name of a backup, around the moment of which it is.
const (
	prefix = "muster-"
	layout = "20060102T150405Z"
	suffix = ".db"
)

// Files are the backups there are, newest first.
func (k *Keeper) Files() ([]File, error) {
	all, err := os.ReadDir(k.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Denied, "The folder of the backups, %s, cannot be read", k.Folder)
	}
	var files []File
	for _, entry := range all {
		name, isDB := strings.CutSuffix(entry.Name(), suffix)
		name, isOurs := strings.CutPrefix(name, prefix)
		at, err := time.Parse(layout, name)
		if !isDB || !isOurs || err != nil {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // it has just gone
		}
		files = append(files, File{filepath.Join(k.Folder, entry.Name()), at, info.Size()})
	}
	slices.SortFunc(files, func(a, b File) int { return b.At.Compare(a.At) })
	return files, nil
}

// BackUp writes one now, and removes those that are too many. The error is a
// Busy fault while another is being written.
func (k *Keeper) BackUp(ctx context.Context, p *core.Progress) (File, error) {
	if !k.mu.TryLock() {
		return File{}, fault.New(fault.Busy, "A backup is being written already")
	}
	defer k.mu.Unlock()
	f := File{At: k.Now().UTC().Truncate(time.Second)}
	f.Path = filepath.Join(k.Folder, prefix+f.At.Format(layout)+suffix)
	if err := os.MkdirAll(k.Folder, 0o700); err != nil {
		return f, fault.Wrap(err, fault.Denied, "The folder of the backups, %s, cannot be made", k.Folder)
	}
	if err := k.Write(ctx, f.Path, p); err != nil {
		return f, err
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return f, fmt.Errorf("look at the backup: %w", err)
	}
	f.Bytes = info.Size()
	return f, k.prune()
}

// prune removes the oldest beyond those that are kept.
func (k *Keeper) prune() error {
	files, err := k.Files()
	if err != nil || k.Keep <= 0 {
		return err
	}
	for _, f := range files[min(k.Keep, len(files)):] {
		if gone := os.Remove(f.Path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, fault.Wrap(gone, fault.Denied, "The old backup %s cannot be removed", f.Path))
		}
	}
	return err
}

// Next is when the next is written by itself, zero for never.
func (k *Keeper) Next() time.Time {
	if k.Every <= 0 {
		return time.Time{}
	}
	files, err := k.Files()
	if err != nil || len(files) == 0 {
		return k.Now()
	}
	return files[0].At.Add(k.Every)
}

const (
	// look is how often a Keeper looks whether one is due: a machine that slept
	// does not notice otherwise.
	look = time.Minute
	// again is how long after a failure it is tried again, at most.
	again = 15 * time.Minute
)

// Run writes backups when they are due, until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	if k.Every <= 0 {
		return nil
	}
	if err := k.Sweep(k.Folder, prefix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.Log.Warn("What was left of old backups cannot be removed", "folder", k.Folder, "error", err)
	}
	var failed time.Time
	for {
		due := k.Next()
		if !failed.IsZero() {
			due = later(due, failed.Add(min(again, k.Every)))
		}
		now := k.Now()
		if !due.After(now) {
			failed = k.due(ctx, now)
			continue
		}
		if !k.Wait(ctx, min(look, due.Sub(now))) {
			return nil
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// due writes the backup that is due, and returns when that failed; zero if it
// did not.
func (k *Keeper) due(ctx context.Context, now time.Time) (failed time.Time) {
	f, err := k.BackUp(ctx, nil)
	if ctx.Err() != nil {
		return now
	}
	trouble := ""
	if err != nil {
		trouble = "The backup failed: " + fault.Sentence(err)
		k.Log.Error("The backup failed", "folder", k.Folder, "error", err)
		failed = now
	} else {
		k.Log.Info("Backed up", "file", f.Path, "bytes", f.Bytes)
	}
	k.state.Lock()
	k.trouble = trouble
	k.state.Unlock()
	if k.Told != nil {
		k.Told(trouble)
	}
	return failed
}

// Trouble is why the last backup that was due failed; empty if it did not.
func (k *Keeper) Trouble() string {
	k.state.Lock()
	defer k.state.Unlock()
	return k.trouble
}
