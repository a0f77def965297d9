package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"unicode/utf8"

	gossh "golang.org/x/crypto/ssh"
)

// asked is standard input of which a guest sends what is asked for.
type asked struct {
	mu      sync.Mutex
	channel gossh.Channel
}

// A guest answers with one packet, so that each question has one answer.
const maxAsked = 16 << 10

func (a *asked) Read(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	p = p[:min(len(p), maxAsked)]
	if _, err := a.channel.SendRequest(readRequest, false, gossh.Marshal(struct{ Bytes uint32 }{uint32(len(p))})); err != nil {
		return 0, err
	}
	return a.channel.Read(p)
}

// patient reads until ctx ends, whether or not r has anything by then. What r
// still reads after that is lost; its goroutine ends with the session.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	type result struct {
		read []byte
		err  error
	}
	results := make(chan result, 1)
	go func() {
		own := make([]byte, min(len(b), maxAsked)) // b is the caller's again when ctx ends
		n, err := p.r.Read(own)
		results <- result{own[:n], err}
	}()
	select {
	case got := <-results:
		return copy(b, got.read), got.err
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
}

// typed makes lines of what is typed at a terminal that sends every key: it
// shows them, takes back what is deleted, and cancels on ctrl+c. It reads no
// byte before it is asked for a line.
type typed struct {
	keys   io.Reader
	echo   io.Writer
	cancel func()
	line   []byte
	ready  []byte // whole lines
	ended  bool
}

// maxLine bounds a line; further keys are not taken.
const maxLine = 4 << 10

func (t *typed) Read(p []byte) (int, error) {
	for key := make([]byte, 1); len(t.ready) == 0; {
		if t.ended {
			return 0, io.EOF
		}
		switch n, err := t.keys.Read(key); {
		case n == 1:
			if err := t.press(key[0]); err != nil {
				return 0, err
			}
		case errors.Is(err, io.EOF):
			t.ready, t.line, t.ended = t.line, nil, true
		case err != nil:
			return 0, err
		}
	}
	n := copy(p, t.ready)
	t.ready = t.ready[n:]
	return n, nil
}

func (t *typed) press(key byte) (err error) {
	show := func(text string) { _, err = io.WriteString(t.echo, text) }
	switch key {
	case '\r', '\n':
		t.ready, t.line = append(t.line, '\n'), nil
		show("\r\n")
	case 0x03: // ctrl+c
		t.cancel()
		t.ended = true
		show("^C\r\n")
	case 0x04: // ctrl+d
		t.ended = len(t.line) == 0
	case 0x7f, '\b':
		if _, size := utf8.DecodeLastRune(t.line); size > 0 {
			t.line = t.line[:len(t.line)-size]
			show("\b \b")
		}
	case 0x15: // ctrl+u
		show(string(bytes.Repeat([]byte("\b \b"), utf8.RuneCount(t.line))))
		t.line = t.line[:0]
	default:
		if key >= ' ' && len(t.line) < maxLine {
			t.line = append(t.line, key)
			_, err = t.echo.Write([]byte{key})
		}
	}
	return err
}
