package terminal

import (
	"io"
	"sync"
)

// input is the program's standard input: a queue of bytes that never refuses,
// so that neither the test nor the emulator can be blocked by a busy program.
// Its size is bounded by what one test sends.
type input struct {
	mu     sync.Mutex
	more   sync.Cond
	queue  []byte
	deaf   bool // answers of the terminal are dropped
	closed bool
}

func newInput() *input {
	in := &input{}
	in.more.L = &in.mu
	return in
}

// Read blocks until there is input or the input has ended.
func (in *input) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.queue) == 0 && !in.closed {
		in.more.Wait()
	}
	if len(in.queue) == 0 {
		return 0, io.EOF
	}
	n := copy(p, in.queue)
	in.queue = in.queue[n:]
	return n, nil
}

// send queues what a person typed.
func (in *input) send(sequence string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.queue = append(in.queue, sequence...)
	in.more.Broadcast()
}

// answer queues what the terminal says by itself.
func (in *input) answer(sequence []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.deaf {
		in.queue = append(in.queue, sequence...)
		in.more.Broadcast()
	}
}

// deafen ends the answers: a program that is leaving no longer reads them, and
// Bubble Tea's reader never ends while it holds one that nobody takes.
func (in *input) deafen() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.deaf = true
}

// close ends the input after what is queued.
func (in *input) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.more.Broadcast()
}
