package remote

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"charm.land/ssh"
)

// The bounds of who has not shown yet who they are.
const (
	maxUnproven      = 32 // connections at once
	maxUnprovenFrom  = 8  // of them from one address
	maxFailures      = 20 // of one address, until
	failuresForgiven = time.Minute
	maxSources       = 4096 // addresses that are remembered
)

// porch is where connections stand before and between their sessions. It bounds
// how many there are, how many may not have shown who they are, and how often an
// address may fail to; and it hangs up on who stands there for too long.
type porch struct {
	options *Options
	mu      sync.Mutex
	wires   map[*wire]struct{}
	sources map[netip.Prefix]*source
	guests  int           // of the wires, those who have shown who they are
	served  int           // connections that the library has not done with
	done    chan struct{} // closed and replaced when it has with one
	closed  bool
}

// wire is one connection.
type wire struct {
	net.Conn
	porch    *porch
	from     netip.Prefix
	closed   bool
	proven   bool
	sessions int
	been     bool        // there was one
	waits    *time.Timer // hangs up while there is no session; nil for never
}

// source is an address from which somebody is not let in, or not yet.
type source struct {
	unproven int
	failures int
	since    time.Time // of the first failure
}

type wireKey struct{}

func newPorch(o *Options) *porch {
	return &porch{options: o, wires: make(map[*wire]struct{}), sources: make(map[netip.Prefix]*source), done: make(chan struct{})}
}

// open takes a connection in for the library, or returns nil to have it closed at
// once.
func (p *porch) open(ctx ssh.Context, c net.Conn) net.Conn {
	w := p.enter(c)
	if w == nil {
		return nil
	}
	ctx.SetValue(wireKey{}, w)
	return w
}

func (p *porch) enter(c net.Conn) *wire {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &wire{Conn: c, porch: p, proven: p.options.local(), from: sourceOf(c)}
	// Some are on their way in or out.
	if p.closed || p.guests >= 2*p.options.Sessions || !w.proven && !p.admits(w.from) {
		return nil
	}
	if w.proven {
		p.guests++
	} else {
		p.sources[w.from].unproven++
	}
	if w.proven {
		p.wait(w)
	}
	p.wires[w] = struct{}{}
	p.served++
	return w
}

// over says that the library has done with a connection.
func (p *porch) over(net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.served--
	close(p.done)
	p.done = make(chan struct{})
}

// close hangs up on everybody, those too who have not shown yet who they are, and
// waits until the library has done with them, but no longer than ctx. Who has had a
// session may have to read the end of it, and then hangs up by themselves; they have
// a moment for that.
func (p *porch) close(ctx context.Context) error {
	p.hangUp(false)
	goodbye, cancel := context.WithTimeout(ctx, p.options.LastWord/5)
	defer cancel()
	if p.empty(goodbye) == nil {
		return nil
	}
	p.hangUp(true)
	return p.empty(ctx)
}

// hangUp lets nobody come any more, and hangs up on all, or on those who had no
// session.
func (p *porch) hangUp(all bool) {
	p.mu.Lock()
	p.closed = true
	wires := slices.Collect(maps.Keys(p.wires))
	if !all {
		wires = slices.DeleteFunc(wires, func(w *wire) bool { return w.been })
	}
	p.mu.Unlock()
	for _, w := range wires {
		_ = w.Close() // they may have hung up
	}
}

// empty waits until the library has done with all connections.
func (p *porch) empty(ctx context.Context) error {
	for {
		p.mu.Lock()
		served, done := p.served, p.done
		p.mu.Unlock()
		if served == 0 {
			return nil
		}
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// admits reports whether one more from an address may try, and remembers the
// address.
func (p *porch) admits(from netip.Prefix) bool {
	now := p.options.Clock()
	s := p.sources[from]
	if s == nil {
		if len(p.sources) >= maxSources {
			p.forget(now)
		}
		if len(p.sources) >= maxSources {
			return false
		}
		s = new(source)
		p.sources[from] = s
	}
	if now.Sub(s.since) >= failuresForgiven {
		s.failures = 0
	}
	return len(p.wires)-p.guests < maxUnproven && s.unproven < maxUnprovenFrom && s.failures < maxFailures
}

// forget drops the addresses of which there is nothing to remember.
func (p *porch) forget(now time.Time) {
	for from, s := range p.sources {
		if s.unproven == 0 && (s.failures == 0 || now.Sub(s.since) >= failuresForgiven) {
			delete(p.sources, from)
		}
	}
}

// proven says that a connection has shown who it is.
func (p *porch) proven(ctx ssh.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w, ok := ctx.Value(wireKey{}).(*wire); ok && !w.proven {
		w.proven = true
		p.guests++
		s := p.sources[w.from]
		s.unproven--
		s.failures = 0
		p.wait(w)
	}
}

// wait hangs up on a connection that stays without a session.
func (p *porch) wait(w *wire) {
	if p.options.lonely > 0 && w.sessions == 0 {
		w.waits = time.AfterFunc(p.options.lonely, func() { _ = w.Close() }) // it may be closed
	}
}

// maxChannels bounds the sessions of one connection.
const maxChannels = 16

// session says that a session of a connection has begun, until it is over. It
// may not if there are too many.
func (p *porch) session(ctx ssh.Context) (over func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, ok := ctx.Value(wireKey{}).(*wire)
	if !ok || w.sessions == maxChannels {
		return nil, false
	}
	w.sessions++
	w.been = true
	if w.waits != nil {
		w.waits.Stop()
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if w.sessions--; w.sessions == 0 && w.waits != nil && !w.closed {
			w.waits.Reset(p.options.lonely)
		}
	}, true
}

// Close closes the connection, which then stands here no more.
func (w *wire) Close() error {
	w.porch.left(w)
	return w.Conn.Close()
}

func (p *porch) left(w *wire) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.closed {
		return
	}
	w.closed = true
	delete(p.wires, w)
	if w.waits != nil {
		w.waits.Stop()
	}
	if w.proven {
		p.guests--
		return
	}
	now := p.options.Clock()
	s := p.sources[w.from]
	s.unproven--
	if s.failures == 0 {
		s.since = now
	}
	s.failures++
	p.options.Log.Info("SSH: somebody did not show who they are", "from", w.RemoteAddr().String())
}

// sourceOf is whose address a connection has: all of a network of IPv6, which is
// one person's (RFC 6177).
func sourceOf(c net.Conn) netip.Prefix {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Prefix{}
	}
	addr, bits := at.Addr().Unmap(), 64
	if addr.Is4() {
		bits = 32
	}
	prefix, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
