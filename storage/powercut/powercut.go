// Package powercut cuts the power of a program, for tests of the store. Killing
// a process proves little: the kernel keeps what it wrote, so even a store that
// never syncs survives. Here everything written since the last sync may be lost,
// whole or by the sector, in any order.
//
// [Trace] runs a child once and logs each write, truncation and sync of its
// store file and everything it says on standard output. From that log, [Log.Cut]
// tells for any moment what the disk might hold after a power cut just then, and
// what the child had said by then: one run yields thousands of cuts. With [Main]
// and [Child] a test binary is its own child.
//
// The model of the disk: what had been written when an fsync or fdatasync began
// is there for good once that has returned without error. Of any later write
// each sector of 512 bytes may be there or not; so may later changes of size.
// Nothing else makes data durable; in particular not the end of the process. A
// new file's name is durable with the file's first sync, as file systems with a
// journal have it.
//
// [Full] is for the other thing that happens to disks: no room is left, for a
// test that has a process [Alone].
package powercut

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
)

// sector is how many bytes a disk writes at once: all or nothing.
const sector = 512

// A Log is what a child did to its store file and what it said, in order.
type Log struct {
	before  []byte // the file before the child ran; nil if there was none
	changes []change
	syncs   []span
	said    []saying
	events  int
}

// A span is when something was going on: the numbers of the events of its
// beginning and its end.
type span struct{ begin, end int }

// unfinished is the end of what has not ended.
const unfinished = math.MaxInt

// A change is a write of data at an offset, or without data a change of size
// to the offset.
type change struct {
	span
	offset   int64
	data     []byte
	truncate bool
}

type saying struct {
	event int
	text  []byte
}

// Events returns how many moments there are to cut the power at, from 0, before
// anything was done, to Events() itself, after everything was.
func (l *Log) Events() int { return l.events }

// Cut returns what the disk may hold if the power fails after the first n
// events, and what the child had said by then, a slice for each of its writes
// to standard output. The seed chooses among the many images that are possible.
// The image is nil if there is no file.
func (l *Log) Cut(n int, seed uint64) (image []byte, said [][]byte) {
	for _, s := range l.said {
		if s.event < n {
			said = append(said, s.text)
		}
	}
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	fate := fates[random.IntN(len(fates))]
	synced := l.synced(n)
	image = slices.Clone(l.before)
	if image == nil && synced >= 0 {
		image = []byte{}
	}
	for _, c := range l.changes {
		switch {
		case c.end < synced:
			image = c.apply(image, always)
		case c.begin < n:
			image = c.apply(image, fate(random))
		}
	}
	return image, said
}

// Restore makes of the file at path what Cut returns as the image, and returns
// what had been said. Stores are mostly room for more: blocks of zeros are left
// out, so that restoring hundreds of images takes little time and disk.
func (l *Log) Restore(path string, n int, seed uint64) (said [][]byte, err error) {
	image, said := l.Cut(n, seed)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("restore store: %w", err)
	}
	if image == nil {
		return said, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("restore store: %w", err)
	}
	err = file.Truncate(int64(len(image)))
	blank := make([]byte, 8*sector)
	for at := 0; at < len(image) && err == nil; at += len(blank) {
		if block := image[at:min(at+len(blank), len(image))]; !bytes.Equal(block, blank[:len(block)]) {
			_, err = file.WriteAt(block, int64(at))
		}
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("restore store: %w", err)
	}
	return said, nil
}

// synced returns the event before which all changes had to end to be durable
// after the first n events, -1 if nothing was synced.
func (l *Log) synced(n int) int {
	last := -1
	for _, s := range l.syncs {
		if s.end < n {
			last = max(last, s.begin)
		}
	}
	return last
}

// A fate decides for one change whether each of its sectors reaches the disk.
type fate func(*rand.Rand) func() bool

// fates are the ways in which changes that were not synced go: all are lost,
// all are kept, each is lost or kept, and each is torn.
var fates = [...]fate{
	func(*rand.Rand) func() bool { return never },
	func(*rand.Rand) func() bool { return always },
	func(r *rand.Rand) func() bool {
		if r.IntN(2) == 0 {
			return never
		}
		return always
	},
	func(r *rand.Rand) func() bool { return func() bool { return r.IntN(2) == 0 } },
}

func always() bool { return true }
func never() bool  { return false }

// apply makes the sectors of a change that are kept, or its change of size.
func (c *change) apply(image []byte, keep func() bool) []byte {
	if c.truncate {
		if keep() {
			image = resize(image, c.offset)
		}
		return image
	}
	end := c.offset + int64(len(c.data))
	for at := c.offset; at < end; {
		next := min(at-at%sector+sector, end)
		if keep() {
			image = resize(image, max(next, int64(len(image))))
			copy(image[at:next], c.data[at-c.offset:])
		}
		at = next
	}
	return image
}

// resize cuts an image off, or extends it by zeros.
func resize(image []byte, size int64) []byte {
	if grow := size - int64(len(image)); grow > 0 {
		return append(image, make([]byte, grow)...)
	}
	return image[:size]
}
