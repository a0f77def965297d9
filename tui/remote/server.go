package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"charm.land/ssh"
	"charm.land/wish/v2"
	"github.com/charmbracelet/colorprofile"

	"muster/core"
	"muster/core/fault"
)

// Options are how guests are served.
type Options struct {
	// Actor is who the guests are who come by the control socket: then their
	// files are this machine's, and what they say of themselves is believed.
	// Without it they come over a network, each by a key of their own.
	Actor core.Actor
	// HostKey is the private key, in PEM, by which guests know this server; one
	// for the life of the process if it is empty.
	HostKey []byte
	// Known returns who holds the private half of the key with a fingerprint.
	Known func(fingerprint string) (core.Actor, bool)
	// Run carries out a command line, the empty one being the screens, and
	// returns its exit status. It ends soon after ctx does, of which the cause
	// is a fault if it is not the guest's own doing.
	Run func(ctx context.Context, who core.Actor, args []string, s Streams) (status int)
	// Sessions bounds how many run at once; 64 by default. Of one guest over a
	// network there is half of that.
	Sessions int
	// Idle is how long a session may wait for its guest, and Longest how long it
	// may last; 0 is for ever.
	Idle, Longest time.Duration
	lonely        time.Duration // how long a connection may be without a session; Idle but in tests
	// Handshake is how long a guest may take to show who they are; 10 seconds by
	// default.
	Handshake time.Duration
	// LastWord is how long a session that is ended may take to say so; 5 seconds
	// by default.
	LastWord time.Duration
	// Folder is where what commands say is kept that guests have not taken yet; the
	// temporary folder by default.
	Folder string
	keeps  keeping
	// Clock tells the time; time.Now by default.
	Clock core.Clock
	// Log takes what guests are not told.
	Log *slog.Logger
}

func (o *Options) local() bool { return o.Known == nil }

func (o *Options) defaults() {
	o.Sessions = cmp.Or(o.Sessions, 64)
	o.lonely = cmp.Or(o.lonely, o.Idle)
	o.Handshake = cmp.Or(o.Handshake, 10*time.Second)
	o.LastWord = cmp.Or(o.LastWord, 5*time.Second)
	o.keeps.defaults()
	if o.Clock == nil {
		o.Clock = time.Now
	}
}

// Guest is somebody who is being served.
type Guest struct {
	Who   core.Actor
	Args  []string
	Since time.Time
	// Screens says that it is a terminal session, not a command.
	Screens bool
	// From is the network address it comes from; empty on this machine.
	From string
}

// Server serves guests. Close it when done.
type Server struct {
	options Options
	ssh     *ssh.Server
	porch   *porch
	attic   *attic

	mu      sync.Mutex
	guests  map[*guest]struct{}
	changed chan struct{} // closed and replaced when a guest leaves
	leaving bool          // no further ones are taken
	doors   []*door
	closed  bool // the doors are
}

type guest struct {
	Guest
	say func(text string)
	end context.CancelCauseFunc
}

// errEnded is why the command of a guest is cancelled when the server closes.
var errEnded = fault.New(fault.Busy, "The muster that holds the store has ended, and this with it")

// New returns a server; Serve starts it.
func New(o Options) (*Server, error) {
	o.defaults()
	s := &Server{options: o, guests: make(map[*guest]struct{}), changed: make(chan struct{})}
	s.porch, s.attic = newPorch(&s.options), &attic{folder: o.Folder, bounds: o.keeps}
	host := o.HostKey
	if len(host) == 0 {
		var err error
		if host, err = newHostKey(); err != nil {
			return nil, err
		}
	}
	var err error
	s.ssh, err = wish.NewServer(wish.WithHostKeyPEM(host), ssh.EmulatePty(), wish.WithMiddleware(s.serve, s.caught))
	if err != nil {
		return nil, fmt.Errorf("make SSH server: %w", err)
	}
	s.ssh.Version = "Muster"
	s.ssh.HandshakeTimeout = o.Handshake
	s.ssh.ChannelHandlers = map[string]ssh.ChannelHandler{"session": s.session}
	s.ssh.ConnCallback, s.ssh.ConnectionCloseCallback = s.porch.open, s.porch.over
	if !o.local() {
		s.ssh.ServerConfigCallback = s.authentication
	}
	return s, nil
}

// Serve serves the guests who come by l until Close, and then returns nil. It
// closes l.
func (s *Server) Serve(l net.Listener) error {
	d := &door{Listener: l}
	s.mu.Lock()
	s.doors = append(s.doors, d)
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return d.Close()
	}
	err := s.ssh.Serve(d)
	if errors.Is(err, ssh.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serve guests: %w", err)
}

// door is a listener that may be closed twice: by the library, and by us for
// those that the library has not begun to serve.
type door struct {
	net.Listener
	once sync.Once
	err  error
}

func (d *door) Close() error {
	d.once.Do(func() { d.err = d.Listener.Close() })
	return d.err
}

func (s *Server) closeDoors() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, d := range s.doors {
		err = errors.Join(err, d.Close())
	}
	return err
}

// Guests are who is being served, the longest there first.
func (s *Server) Guests() []Guest {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Guest, 0, len(s.guests))
	for g := range s.guests {
		all = append(all, g.Guest)
	}
	slices.SortFunc(all, func(a, b Guest) int { return a.Since.Compare(b.Since) })
	return all
}

// Tell writes a sentence to the standard error of everybody's commands; over
// screens nothing is written.
func (s *Server) Tell(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for g := range s.guests {
		g.say(text)
	}
}

// Empty waits until nobody is left. With leave, whoever comes from now on is
// refused.
func (s *Server) Empty(ctx context.Context, leave bool) error {
	for {
		s.mu.Lock()
		s.leaving = s.leaving || leave
		left, changed := len(s.guests), s.changed
		s.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close ends every session, and waits until they have said so, but no longer
// than ctx. Why is the cause of their contexts, a Busy fault.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.leaving = true
	for g := range s.guests {
		g.end(errEnded)
	}
	s.mu.Unlock()
	err := s.Empty(ctx, true)
	return errors.Join(err, s.closeDoors(), s.porch.close(ctx), s.ssh.Close())
}

func (s *Server) left() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaving
}

// enter takes a guest in, unless there are too many; leave lets them out.
func (s *Server) enter(g *guest) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.leaving:
		return nil, fault.New(fault.Busy, "The muster that holds the store is ending; try again in a moment")
	case len(s.guests) == s.options.Sessions:
		return nil, fault.New(fault.Busy, "%d sessions and commands run already; try again when one has ended", s.options.Sessions)
	case !s.options.local() && s.sessionsOf(g.Who) >= max(1, s.options.Sessions/2):
		return nil, fault.New(fault.Busy, "%s has %d sessions and commands already; try again when one has ended", g.Who.Name, s.sessionsOf(g.Who))
	}
	s.guests[g] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.guests, g)
		close(s.changed)
		s.changed = make(chan struct{})
	}, nil
}

func (s *Server) sessionsOf(who core.Actor) (n int) {
	for g := range s.guests {
		if g.Who.Name == who.Name {
			n++
		}
	}
	return n
}

// caught ends a session that panicked with a sentence, and keeps the rest.
func (s *Server) caught(next ssh.Handler) ssh.Handler {
	return func(c ssh.Session) {
		defer func() {
			if p := recover(); p != nil {
				s.options.Log.Error("Session ended by a panic", "panic", p, "stack", string(debug.Stack()))
				refuse(c, errors.New("panic"), 1)
			}
		}()
		next(c)
	}
}

// refuse ends a session with a sentence.
func refuse(c ssh.Session, err error, status int) {
	// The guest may be gone.
	_, _ = io.WriteString(c.Stderr(), "muster: "+fault.Sentence(err)+".\n")
	_ = c.Exit(status)
}

const wrongUse = 2 // the exit status

// serve runs a session's command line.
func (s *Server) serve(ssh.Handler) ssh.Handler {
	return func(c ssh.Session) {
		g := c.(session).gate
		// After that nothing is waited for but the guest.
		defer g.pulse.waiting.Add(1)
		args, err := words(c.RawCommand())
		if err != nil {
			refuse(c, err, wrongUse)
			return
		}
		actor, from, err := s.who(g)
		if err != nil {
			refuse(c, err, 1)
			return
		}
		streams := s.streams(c, g)
		streams.From = from
		who := &guest{Guest: Guest{Who: actor, Args: args, Since: s.options.Clock(), From: from}, say: func(string) {}, end: g.cancel}
		// On the control socket only screens come with a terminal.
		who.Screens = streams.Terminal != nil && (g.called || len(args) == 0 || strings.HasPrefix(args[0], "-"))
		g.pulse.screens.Store(who.Screens)
		leave, err := s.enter(who)
		if err != nil {
			refuse(c, err, 1)
			return
		}
		defer leave()
		if !s.options.local() {
			log := s.options.Log.With("who", actor.Name, "from", from, "screens", who.Screens)
			log.Info("SSH session begins")
			defer func() {
				log.Info("SSH session ends", "took", s.options.Clock().Sub(who.Since).Round(time.Second).String())
			}()
		}
		if who.Screens {
			// The guest may be gone.
			_ = c.Exit(s.options.Run(g.ctx, actor, args, streams))
			return
		}
		status, err := s.command(g.ctx, who, streams)
		if err != nil && status == 0 {
			refuse(c, err, 1)
			return
		}
		_ = c.Exit(status)
	}
}

// command runs a command, and waits until its guest has taken what it said. The
// error says why not.
func (s *Server) command(ctx context.Context, who *guest, streams Streams) (status int, err error) {
	ctx, finish := s.spool(ctx, who, &streams)
	defer func() { err = finish() }()
	return s.options.Run(ctx, who.Who, who.Args, streams), nil
}

// spool puts spools between a command and its guest. finish waits until the guest
// has taken what is in them. The command's own context ends with ctx, once there is
// room for what it says to that.
func (s *Server) spool(ctx context.Context, who *guest, streams *Streams) (own context.Context, finish func() error) {
	out := newSpool(streams.Out, s.attic)
	errs := out
	if streams.Err != streams.Out {
		errs = newSpool(streams.Err, s.attic)
	}
	streams.Out, streams.Err = out, errs
	if t, ok := streams.In.(*typed); ok {
		t.echo = out
	}
	s.mu.Lock()
	who.say = func(text string) { errs.tell(text + "\n") }
	s.mu.Unlock()
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		out.cancel()
		errs.cancel()
		cancel(context.Cause(ctx))
	})
	return own, func() error {
		defer cancel(nil)
		defer stop()
		err := out.finish()
		if errs != out {
			err = errors.Join(err, errs.finish())
		}
		return err
	}
}

func (s *Server) streams(c ssh.Session, g *gate) Streams {
	out := Streams{In: c, Out: c, Err: c.Stderr(), Environ: c.Environ()}
	if g.called {
		out.Dir, out.Width = g.caller.Dir, int(min(g.caller.Width, 4096))
		out.Asks, out.Wide, out.Lively = g.caller.Asks, g.caller.Wide, g.caller.Lively
		out.In = &asked{channel: c}
		if g.caller.Merged {
			out.Err = out.Out
		}
	}
	pty, _, ok := c.Pty()
	if !ok {
		out.In = patient{g.ctx, out.In}
		return out
	}
	out.Asks, out.Wide, out.Lively, out.Width = true, true, true, pty.Window.Width
	out.Err = out.Out
	out.In = &typed{keys: patient{g.ctx, c}, echo: c, cancel: func() { g.cancel(nil) }}
	if !slices.ContainsFunc(out.Environ, func(v string) bool { return strings.HasPrefix(v, "TERM=") }) {
		out.Environ = append(out.Environ, "TERM="+pty.Term)
	}
	out.Terminal = &Terminal{
		Keys: c, Width: pty.Window.Width, Height: pty.Window.Height, Resizes: g.resizes,
		Profile: colorprofile.Profile(g.caller.Profile),
	}
	return out
}
