package remote

import (
	"context"
	"encoding/binary"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// The bounds of what a guest may send with one session.
const (
	maxCommand   = 128 << 10 // bytes of a command line
	maxVariables = 64
	maxVariable  = 4 << 10 // bytes of one
)

// The requests that are Muster's own.
const (
	callerRequest = "caller@muster" // guest to holder, once, before exec
	readRequest   = "read@muster"   // holder to guest: send so many bytes of standard input
)

// caller is what a guest on the control socket says of itself.
type caller struct {
	Dir                string
	Asks, Wide, Lively bool
	// Merged says that standard output and error are one terminal, so that
	// what goes to one must not overtake what went to the other.
	Merged  bool
	Width   uint32
	Profile uint32
}

// gate stands between a guest's channel and the SSH library, which bounds
// nothing and waits for whoever should read sizes and signals: what could be
// too much is answered here and not passed on.
type gate struct {
	local     bool // the guest is on the control socket
	caller    caller
	called    bool // caller is there
	begun     bool // the command is
	variables int
	resizes   chan tea.WindowSizeMsg
	ctx       context.Context
	cancel    context.CancelCauseFunc
	conn      *gossh.ServerConn
	pulse     *pulse
}

func newGate(ctx context.Context, local bool, conn *gossh.ServerConn) *gate {
	g := &gate{local: local, resizes: make(chan tea.WindowSizeMsg, 1), conn: conn, pulse: newPulse()}
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	return g
}

// guarded is a channel that a guest wants to open, behind its gate.
type guarded struct {
	gossh.NewChannel
	gate     *gate
	accepted func(gossh.Channel)
}

func (c guarded) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	ch, all, err := c.NewChannel.Accept()
	if err != nil {
		return nil, nil, err
	}
	c.accepted(ch)
	passed := make(chan *gossh.Request)
	go func() {
		defer c.gate.cancel(nil)
		defer close(passed)
		for r := range all {
			if c.gate.passes(r) {
				passed <- r
			}
		}
	}()
	return felt{ch, c.gate.pulse}, passed, nil
}

// passes reports whether the library may have a request; others it answers.
func (g *gate) passes(r *gossh.Request) bool {
	ok := false
	switch r.Type {
	case "pty-req":
		return !g.begun
	case "shell", "exec":
		if ok = !g.begun && len(r.Payload) <= maxCommand; ok {
			g.begun = true
			return true
		}
	case "env":
		if ok = g.variable(r.Payload); ok {
			return true
		}
	case callerRequest:
		ok = g.local && !g.begun && gossh.Unmarshal(r.Payload, &g.caller) == nil
		g.called = ok
	case "window-change":
		g.pulse.beat()
		ok = g.resize(r.Payload)
	case "signal":
		// Whichever it is, the guest wants it to end.
		g.cancel(nil)
		ok = true
	}
	if r.WantReply {
		// Of a guest that is gone nobody hears.
		_ = r.Reply(ok, nil)
	}
	return false
}

func (g *gate) variable(payload []byte) bool {
	var v struct{ Name, Value string }
	if g.begun || g.variables == maxVariables || len(payload) > maxVariable || gossh.Unmarshal(payload, &v) != nil {
		return false
	}
	g.variables++
	return told(v.Name) && !strings.ContainsRune(v.Value, 0)
}

// resize keeps the last size for whoever draws.
func (g *gate) resize(payload []byte) bool {
	if len(payload) < 8 {
		return false
	}
	size := tea.WindowSizeMsg{Width: int(binary.BigEndian.Uint32(payload)), Height: int(binary.BigEndian.Uint32(payload[4:]))}
	select {
	case <-g.resizes:
	default:
	}
	g.resizes <- size // there is room: nobody else sends
	return true
}

// session handles session channels as the library does, behind a gate. A
// server that takes no guests any more refuses them before they have begun.
func (s *Server) session(srv *ssh.Server, conn *gossh.ServerConn, channel gossh.NewChannel, ctx ssh.Context) {
	if s.left() {
		// The guest may be gone.
		_ = channel.Reject(gossh.ResourceShortage, "this process is ending")
		return
	}
	g := newGate(ctx, s.options.local(), conn)
	defer g.cancel(nil)
	over, ok := s.porch.session(ctx)
	if !ok {
		_ = channel.Reject(gossh.ResourceShortage, "too many sessions of one connection")
		return
	}
	defer over()
	own := &ssh.Server{PtyHandler: srv.PtyHandler, Handler: func(c ssh.Session) { srv.Handler(session{c, g}) }}
	ended := make(chan struct{})
	defer close(ended)
	ssh.DefaultSessionHandler(own, conn, guarded{channel, g, func(ch gossh.Channel) { s.mind(g, ch, ended) }}, ctx)
}

// session is the library's with the gate that it came through.
type session struct {
	ssh.Session
	gate *gate
}
