package remote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"muster/core/fault"
)

// keeping bounds what is kept of what commands say and guests have not taken yet.
type keeping struct {
	memory int   // bytes of one stream that are kept in memory
	disk   int64 // bytes of all guests that are kept on disk
	// patience is how long one command waits for its guest in all before what it
	// says goes to disk, and endurance how long beyond that when there is no room.
	patience, endurance time.Duration
}

func (k *keeping) defaults() {
	if *k == (keeping{}) {
		*k = keeping{memory: 1 << 20, disk: 1 << 30, patience: time.Second, endurance: time.Minute}
	}
}

var (
	errSlow    = fault.New(fault.Busy, "You take what this command says too slowly, and there was no more room to keep the rest for you; ask for less of it, or send it to a file on your side")
	errDropped = fault.New(fault.Cancelled, "The rest of what this command had to say was dropped")
)

// attic is the room on disk for what guests have not taken yet.
type attic struct {
	folder string
	bounds keeping
	mu     sync.Mutex
	used   int64
}

func (a *attic) take(bytes int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.used+int64(bytes) > a.bounds.disk {
		return false
	}
	a.used += int64(bytes)
	return true
}

func (a *attic) give(bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used -= bytes
}

// spool stands between a command and a guest who may take what it says slowly or
// not at all: the command may be looking at a moment of the store, or stand in the
// way of others who want to change a list, and must not do so for as long as a
// guest likes. What the guest has not taken is kept in memory and then on disk.
type spool struct {
	guest io.Writer
	attic *attic
	ended chan struct{} // of sending

	mu       sync.Mutex
	moved    chan struct{} // closed and replaced when something comes or goes
	memory   bytes.Buffer
	file     *os.File // what comes after memory, from from to to; nil until needed
	from, to int64
	waited   time.Duration
	over     bool  // no more comes
	lost     bool  // some of it was dropped
	err      error // no more is taken
}

func newSpool(guest io.Writer, a *attic) *spool {
	s := &spool{guest: guest, attic: a, ended: make(chan struct{}), moved: make(chan struct{})}
	go s.send()
	return s
}

func (s *spool) move() {
	close(s.moved)
	s.moved = make(chan struct{})
}

// Write keeps all of p, or fails when the guest is gone or too slow.
func (s *spool) Write(p []byte) (int, error) {
	for {
		n, until, moved, err := s.keep(p)
		if n == len(p) || err != nil {
			return n, err
		}
		began, timer := time.Now(), time.NewTimer(until)
		select {
		case <-moved:
		case <-timer.C:
		}
		timer.Stop()
		s.mu.Lock()
		s.waited += time.Since(began)
		s.mu.Unlock()
	}
}

// keep keeps p if there is room for it. Else it says how long to wait for that at
// most, and what tells that there may be some.
func (s *spool) keep(p []byte) (n int, until time.Duration, moved <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bounds := &s.attic.bounds
	stored := s.to > s.from
	switch {
	case s.err != nil:
		return 0, 0, nil, s.err
	case !stored && (s.memory.Len() == 0 || s.memory.Len()+len(p) <= bounds.memory):
		s.memory.Write(p)
	case (stored || s.waited >= bounds.patience) && s.store(p):
	case s.waited < bounds.patience:
		return 0, bounds.patience - s.waited, s.moved, nil
	case s.waited < bounds.patience+bounds.endurance:
		return 0, bounds.patience + bounds.endurance - s.waited, s.moved, nil
	default:
		s.fail(errSlow)
		return 0, 0, nil, s.err
	}
	s.move()
	return len(p), 0, nil, nil
}

// store keeps p on disk, if that has room.
func (s *spool) store(p []byte) bool {
	if !s.attic.take(len(p)) {
		return false
	}
	if s.file == nil {
		f, err := os.CreateTemp(s.attic.folder, ".muster-output-*")
		if err != nil {
			s.attic.give(int64(len(p)))
			return false
		}
		// Where a file that is open keeps its name it is removed in the end.
		_ = os.Remove(f.Name())
		s.file = f
	}
	if _, err := s.file.WriteAt(p, s.to); err != nil {
		s.attic.give(int64(len(p)))
		return false // a full disk: the guest is waited for
	}
	s.to += int64(len(p))
	return true
}

// tell keeps a sentence without waiting for anybody, or drops it.
func (s *spool) tell(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && s.to == s.from && s.memory.Len() < s.attic.bounds.memory {
		s.memory.WriteString(text)
		s.move()
	}
}

// fail has nothing more be kept.
func (s *spool) fail(err error) {
	if s.err == nil {
		s.err = err
	}
	s.drop()
}

// drop forgets what has not been sent.
func (s *spool) drop() {
	s.memory.Reset()
	s.empty()
	s.move()
}

// empty empties the file.
func (s *spool) empty() {
	if s.to > 0 {
		_ = s.file.Truncate(0) // else the next that is kept overwrites it
		s.attic.give(s.to)
		s.from, s.to = 0, 0
		s.move()
	}
}

// cancel drops what is kept on disk: who had the command cancelled does not wait for
// so much. What the command says to that is still sent.
func (s *spool) cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to > s.from {
		s.lost = true
		s.empty()
	}
}

// piece is how much is sent at once.
const piece = 64 << 10

func (s *spool) send() {
	defer close(s.ended)
	buffer := make([]byte, piece)
	for {
		n := s.next(buffer)
		if n == 0 {
			return
		}
		if _, err := s.guest.Write(buffer[:n]); err != nil {
			s.mu.Lock()
			s.fail(fmt.Errorf("write to the guest: %w", err))
			s.mu.Unlock()
			return
		}
	}
}

// next waits for what is to be sent, and returns how much that is; 0 at the end.
func (s *spool) next(buffer []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.memory.Len() > 0:
			n, _ := s.memory.Read(buffer) // which cannot fail
			s.move()
			return n
		case s.to > s.from:
			n, err := s.file.ReadAt(buffer[:min(int64(len(buffer)), s.to-s.from)], s.from)
			if s.from += int64(n); s.from == s.to {
				s.empty() // there is room again
			}
			if err == nil || n > 0 && errors.Is(err, io.EOF) {
				s.move()
				return n
			}
			s.fail(fmt.Errorf("read what was kept for the guest: %w", err))
		case s.over || s.err != nil:
			return 0
		}
		moved := s.moved
		s.mu.Unlock()
		<-moved
		s.mu.Lock()
	}
}

// finish waits until the guest has taken everything, or is gone. The error says
// why not everything was taken.
func (s *spool) finish() error {
	s.mu.Lock()
	s.over = true
	s.move()
	s.mu.Unlock()
	<-s.ended
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	if s.file != nil {
		// It was emptied, and has no name but where that could not be taken away.
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	}
	if s.err == nil && s.lost {
		return errDropped
	}
	return s.err
}
