package remote

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"muster/core/fault"
)

// Why sessions of guests end that are not ended by them.
var (
	errIdle    = fault.New(fault.Busy, "Nothing came from you for too long, so the session has ended; what was saved is saved")
	errLongest = fault.New(fault.Busy, "The session has lasted for as long as one may; begin another one")
)

// pulse is when a session last heard of its guest. A command hears of them when
// they send something or take something, screens when they send something: a
// screen that draws itself anew says nothing of who is in front of it.
type pulse struct {
	begun   time.Time
	last    atomic.Int64 // after begun
	waiting atomic.Int32 // reads and writes that wait for the guest
	screens atomic.Bool
}

func newPulse() *pulse { return &pulse{begun: time.Now()} }

func (p *pulse) beat() { p.last.Store(int64(time.Since(p.begun))) }

// left is how long the guest may still be silent. A command that is at work and
// waits for nobody is not idle.
func (p *pulse) left(idle time.Duration) time.Duration {
	if p.waiting.Load() == 0 && !p.screens.Load() {
		return idle
	}
	return time.Duration(p.last.Load()) + idle - time.Since(p.begun)
}

// felt is a channel by which a pulse is felt.
type felt struct {
	gossh.Channel
	pulse *pulse
}

func (f felt) Read(b []byte) (int, error) { return f.pulse.read(f.Channel, b) }

func (f felt) Write(b []byte) (int, error) { return f.pulse.write(f.Channel, b) }

func (f felt) Stderr() io.ReadWriter { return feltErr{f.Channel.Stderr(), f.pulse} }

type feltErr struct {
	io.ReadWriter
	pulse *pulse
}

func (f feltErr) Write(b []byte) (int, error) { return f.pulse.write(f.ReadWriter, b) }

func (p *pulse) read(r io.Reader, b []byte) (n int, err error) {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	if n, err = r.Read(b); n > 0 {
		p.beat()
	}
	return n, err
}

func (p *pulse) write(w io.Writer, b []byte) (n int, err error) {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	if n, err = w.Write(b); n > 0 && !p.screens.Load() {
		p.beat()
	}
	return n, err
}

// mind ends a session whose guest is silent, or that lasts too long. One that
// has been told to end, by whomever, and does not, as when the guest takes
// nothing any more, is cut off: first its channel, then the connection.
func (s *Server) mind(g *gate, channel gossh.Channel, ended <-chan struct{}) {
	o := &s.options
	g.pulse.beat()
	go func() {
		idle, longest := newTimer(o.Idle), newTimer(o.Longest)
		defer idle.Stop()
		defer longest.Stop()
		for {
			select {
			case <-ended:
				return
			case <-idle.C:
				if left := g.pulse.left(o.Idle); left > 0 {
					idle.Reset(left)
				} else {
					g.cancel(errIdle)
				}
			case <-longest.C:
				g.cancel(errLongest)
			case <-g.ctx.Done():
				s.cut(g, channel, ended)
				return
			}
		}
	}()
}

// newTimer is a timer that never ends if there is no limit.
func newTimer(d time.Duration) *time.Timer {
	t := time.NewTimer(max(d, time.Second))
	if d == 0 {
		t.Stop()
	} else {
		t.Reset(d)
	}
	return t
}

func (s *Server) cut(g *gate, channel gossh.Channel, ended <-chan struct{}) {
	within := func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), s.options.LastWord)
		defer cancel()
		select {
		case <-ended:
			return true
		case <-ctx.Done():
			return false
		}
	}
	if within() {
		return
	}
	closing := make(chan struct{})
	go func() {
		defer close(closing)
		_ = channel.Close() // it may be closed, or not get through
	}()
	if !within() {
		_ = g.conn.Close()
	}
	<-closing
}
