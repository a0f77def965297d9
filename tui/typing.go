package tui

import (
	"context"
	"io"
	"os"
	"sync"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/term"
)

// typing is the input of a program whose terminal is not this process's own.
//
// Bubble Tea's reader waits with a key until the program takes it. One that has
// ended takes none, so of whoever still typed when their session ended that reader
// would stay for ever, and all of the session with it. Here the keys are read for
// the program, and it reads nothing but that they have ended.
type typing struct {
	keys    io.Reader
	program atomic.Pointer[tea.Program] // that takes the keys; nil when it has ended
	ended   chan struct{}
	once    sync.Once
	err     error // why; read after ended
}

// typed is what a program is to read for in.
func typed(in io.Reader) io.Reader {
	if f, ok := in.(term.File); ok && term.IsTerminal(f.Fd()) {
		return in // Bubble Tea sets its modes, and can break off reading it
	}
	return &typing{keys: in, ended: make(chan struct{})}
}

// Read waits for the end of the input or of the program.
func (t *typing) Read([]byte) (int, error) {
	<-t.ended
	return 0, t.err
}

func (t *typing) end(err error) {
	t.once.Do(func() {
		if t.err = err; err == nil {
			t.err = io.EOF
		}
		close(t.ended)
	})
}

// start sends the program what is typed until stop. A read that has begun by then
// ends with the input, and holds nothing but that.
func (t *typing) start(program *tea.Program, environ []string) (stop func()) {
	if environ == nil {
		environ = os.Environ()
	}
	t.program.Store(program)
	ctx, cancel := context.WithCancel(context.Background())
	events := make(chan uv.Event)
	go func() {
		defer close(events)
		t.end(uv.NewTerminalReader(t.keys, uv.Environ(environ).Getenv("TERM")).StreamEvents(ctx, events))
	}()
	go func() {
		for e := range events {
			if p := t.program.Load(); p != nil {
				p.Send(e)
			}
		}
	}()
	return func() {
		cancel()
		t.program.Store(nil)
		t.end(nil)
	}
}
