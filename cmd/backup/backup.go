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
	mu       sync.Mutex // held while one is written
	checking sync.Mutex // held while one is verified
	state    sync.Mutex
	trouble  string
}

// Plan is how often a backup is written by itself, and how many are kept.
type Plan struct {
	Every time.Duration // 0 for never
	Keep  int           // 0 for all
}

// Options are what a Keeper needs.
type Options struct {
	Folder string
	// Plan is what is so now; it may change while the Keeper runs.
	Plan func() Plan
	// Write writes a verified backup to path, whole or not at all, for somebody.
	Write func(ctx context.Context, by core.Actor, path string, p *core.Progress) error
	// Check verifies the backup at path. What is wrong with it is a Damaged fault.
	Check func(ctx context.Context, path string, p *core.Progress) error
	// Note keeps what came of writing or verifying one.
	Note func(ctx context.Context, by core.Actor, n core.BackupNote) error
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
	Name  string
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
		files = append(files, File{entry.Name(), filepath.Join(k.Folder, entry.Name()), at, info.Size()})
	}
	slices.SortFunc(files, func(a, b File) int { return b.At.Compare(a.At) })
	return files, nil
}

// BackUp writes one now for somebody, and removes those that are too many. The
// error is a Busy fault while another is being written.
func (k *Keeper) BackUp(ctx context.Context, by core.Actor, p *core.Progress) (File, error) {
	if !k.mu.TryLock() {
		return File{}, fault.New(fault.Busy, "A backup is being written already")
	}
	defer k.mu.Unlock()
	f := File{At: k.Now().UTC().Truncate(time.Second)}
	f.Name = prefix + f.At.Format(layout) + suffix
	f.Path = filepath.Join(k.Folder, f.Name)
	if err := os.MkdirAll(k.Folder, 0o700); err != nil {
		return f, fault.Wrap(err, fault.Denied, "The folder of the backups, %s, cannot be made", k.Folder)
	}
	if err := k.Write(ctx, by, f.Path, p); err != nil {
		return f, err
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return f, fmt.Errorf("look at the backup: %w", err)
	}
	f.Bytes = info.Size()
	k.note(ctx, by, core.BackupNote{Name: f.Name, By: by.Name, Verified: k.Now().UTC().Truncate(time.Second)})
	return f, k.prune()
}

// note keeps what is known of a backup. One that is there without it is a backup
// all the same.
func (k *Keeper) note(ctx context.Context, by core.Actor, n core.BackupNote) {
	if err := k.Note(context.WithoutCancel(ctx), by, n); err != nil {
		k.Log.Warn("What is known of a backup is not kept", "file", n.Name, "error", err)
	}
}

// Verify verifies a backup that is there, by its name, for somebody. The error is
// a Damaged fault if it is not sound, NotFound if there is none of that name, and
// Busy while another is being verified.
func (k *Keeper) Verify(ctx context.Context, by core.Actor, name string, p *core.Progress) error {
	files, err := k.Files()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return fault.New(fault.NotFound, "There is no backup %s any more", name)
	}
	if !k.checking.TryLock() {
		return fault.New(fault.Busy, "A backup is being verified already")
	}
	defer k.checking.Unlock()
	err = k.Check(ctx, files[i].Path, p)
	if err != nil && !fault.Is(err, fault.Damaged) {
		return err
	}
	n := core.BackupNote{Name: name, Verified: k.Now().UTC().Truncate(time.Second)}
	if err != nil {
		n.Problem = fault.Sentence(err)
	}
	k.note(ctx, by, n)
	return err
}

// prune removes the oldest beyond those that are kept.
func (k *Keeper) prune() error {
	files, err := k.Files()
	keep := k.Plan().Keep
	if err != nil || keep <= 0 {
		return err
	}
	for _, f := range files[min(keep, len(files)):] {
		if gone := os.Remove(f.Path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, fault.Wrap(gone, fault.Denied, "The old backup %s cannot be removed", f.Path))
		}
	}
	return err
}

// Next is when the next is written by itself, zero for never.
func (k *Keeper) Next() time.Time { return k.next(k.Plan().Every) }

func (k *Keeper) next(every time.Duration) time.Time {
	if every <= 0 {
		return time.Time{}
	}
	files, err := k.Files()
	if err != nil || len(files) == 0 {
		return k.Now()
	}
	return files[0].At.Add(every)
}

const (
	// look is how often a Keeper looks whether one is due: a machine that slept
	// does not notice otherwise, nor does a Keeper that another plan was made.
	look = time.Minute
	// again is how long after a failure it is tried again, at most.
	again = 15 * time.Minute
)

// Run writes backups when they are due, until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	if err := k.Sweep(k.Folder, prefix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.Log.Warn("What was left of old backups cannot be removed", "folder", k.Folder, "error", err)
	}
	var failed time.Time
	for {
		every, pause := k.Plan().Every, look
		if every > 0 {
			due, now := k.next(every), k.Now() // in this order: what is due at once is not after now
			if !failed.IsZero() {
				due = later(due, failed.Add(min(again, every)))
			}
			if !due.After(now) {
				failed = k.due(ctx, now)
				continue
			}
			pause = min(look, due.Sub(now))
		} else if k.Trouble() != "" {
			k.say("") // none is due any more
		}
		if !k.Wait(ctx, pause) {
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
	f, err := k.BackUp(ctx, core.Scheduler(), nil)
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
	k.say(trouble)
	return failed
}

func (k *Keeper) say(trouble string) {
	k.state.Lock()
	k.trouble = trouble
	k.state.Unlock()
	if k.Told != nil {
		k.Told(trouble)
	}
}

// Trouble is why the last backup that was due failed; empty if it did not.
func (k *Keeper) Trouble() string {
	k.state.Lock()
	defer k.state.Unlock()
	return k.trouble
}
