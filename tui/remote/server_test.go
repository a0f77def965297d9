package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"go.uber.org/goleak"
	gossh "golang.org/x/crypto/ssh"

	"muster/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a process that serves guests.
type house struct {
	t      *testing.T
	store  string
	server *Server
	served chan error
}

type runner func(ctx context.Context, args []string, s Streams) int

// open serves run on the control socket of a store of its own. When the test
// ends everybody has left.
func openHouse(t *testing.T, run runner, change func(*Options)) *house {
	t.Helper()
	o := Options{
		Actor: core.LocalUser("kim"), Log: slog.New(slog.DiscardHandler),
		Run: func(ctx context.Context, who core.Actor, args []string, s Streams) int {
			if who.Name != "kim" {
				t.Errorf("run by %q", who.Name)
			}
			return run(ctx, args, s)
		},
	}
	if change != nil {
		change(&o)
	}
	server, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, store: filepath.Join(t.TempDir(), "muster.db"), server: server, served: make(chan error, 1)}
	l, err := Listen(t.Context(), h.store)
	if err != nil {
		t.Fatal(err)
	}
	go func() { h.served <- server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := errors.Join(server.Close(ctx), <-h.served); err != nil {
			t.Error(err)
		}
	})
	return h
}

// hangUp ends every connection, as the end of the process would.
func (h *house) hangUp() {
	if err := h.server.ssh.Close(); err != nil {
		h.t.Error(err)
	}
}

// plain connects as any SSH client does.
func (h *house) plain() *gossh.Client {
	h.t.Helper()
	c, err := new(net.Dialer).DialContext(h.t.Context(), "unix", h.store+".sock")
	if err != nil {
		h.t.Fatal(err)
	}
	conn, channels, requests, err := gossh.NewClientConn(c, "", &gossh.ClientConfig{User: "kim", HostKeyCallback: gossh.InsecureIgnoreHostKey()})
	if err != nil {
		h.t.Fatal(err)
	}
	client := gossh.NewClient(conn, channels, requests)
	h.t.Cleanup(func() {
		// It may have hung up on us.
		_ = client.Close()
		_ = client.Wait()
	})
	return client
}

func (h *house) session() *gossh.Session {
	h.t.Helper()
	s, err := h.plain().NewSession()
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func status(t *testing.T, err error) int {
	t.Helper()
	exit := new(gossh.ExitError)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitStatus()
	}
	t.Fatalf("the session ended without a status: %v", err)
	return 0
}

// say writes to a guest, who may be gone.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// echo says what it was given.
func echo(_ context.Context, args []string, s Streams) int {
	in, err := io.ReadAll(s.In)
	say(s.Out, "%q %q\n", args, in)
	say(s.Err, "messages %v %v %v %v %v\n", err, s.Asks, s.Wide, s.Lively, s.Terminal != nil)
	return len(args)
}

func TestACommandHasItsStreamsAndStatus(t *testing.T) {
	s := openHouse(t, echo, nil).session()
	var out, errs bytes.Buffer
	s.Stdin, s.Stdout, s.Stderr = strings.NewReader("one\ntwo\n"), &out, &errs
	if got := status(t, s.Run("people 'my list' --json")); got != 3 {
		t.Errorf("exit status %d", got)
	}
	if out.String() != "[\"people\" \"my list\" \"--json\"] \"one\\ntwo\\n\"\n" {
		t.Errorf("standard output: %s", out.String())
	}
	if errs.String() != "messages <nil> false false false false\n" {
		t.Errorf("standard error: %s", errs.String())
	}
}

func TestATerminalWithoutACommandGetsScreens(t *testing.T) {
	sizes := make(chan tea.WindowSizeMsg)
	h := openHouse(t, func(ctx context.Context, args []string, s Streams) int {
		if len(args) > 0 || s.Terminal == nil {
			t.Errorf("args %q, terminal %v", args, s.Terminal)
			return 1
		}
		sizes <- tea.WindowSizeMsg{Width: s.Terminal.Width, Height: s.Terminal.Height}
		sizes <- <-s.Terminal.Resizes
		key := make([]byte, 1)
		if _, err := io.ReadFull(s.Terminal.Keys, key); err != nil || key[0] != 'q' {
			t.Errorf("key %q (%v)", key, err)
		}
		say(s.Out, "%s\n", strings.Join(s.Environ, " "))
		return 7
	}, nil)
	s := h.session()
	var out bytes.Buffer
	s.Stdout = &out
	keys, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	// A name that says nothing of the terminal is not taken.
	for name, ok := range map[string]bool{"NO_COLOR": true, "LC_ALL": true, "LD_PRELOAD": false, "MUSTER_DB": false} {
		if err := s.Setenv(name, "1"); (err == nil) != ok {
			t.Errorf("set %s: %v", name, err)
		}
	}
	// Sizes that come before anybody wants them are no trouble.
	if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := s.WindowChange(24, 80+i); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.WindowChange(50, 132); err != nil {
		t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	if got := <-sizes; got.Width != 80 || got.Height != 24 {
		t.Errorf("the first size is %v", got)
	}
	if got := <-sizes; got.Width != 132 || got.Height != 50 {
		t.Errorf("the last size is %v", got)
	}
	if _, err := keys.Write([]byte("q")); err != nil {
		t.Fatal(err)
	}
	if got := status(t, s.Wait()); got != 7 {
		t.Errorf("exit status %d", got)
	}
	for _, want := range []string{"NO_COLOR=1", "LC_ALL=1", "TERM=xterm\r\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in %q", want, out.String())
		}
	}
}

func TestACommandAtATerminalAsksAPerson(t *testing.T) {
	h := openHouse(t, func(_ context.Context, _ []string, s Streams) int {
		say(s.Err, "Apply this? ")
		answer := make([]byte, 10)
		n, err := s.In.Read(answer)
		say(s.Out, "%q %v %v\n", answer[:n], err, s.Asks && s.Wide && s.Lively)
		return 0
	}, nil)
	s := h.session()
	var out bytes.Buffer
	s.Stdin, s.Stdout = strings.NewReader("x\x7fy\r"), &out
	if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if got := status(t, s.Run("changes apply 2")); got != 0 {
		t.Errorf("exit status %d", got)
	}
	if got := out.String(); got != "Apply this? x\b \by\r\n\"y\\n\" <nil> true\r\n" {
		t.Errorf("the terminal shows %q", got)
	}
}

// waiting runs until it is cancelled, and says so.
func waiting(begun chan<- struct{}) runner {
	return func(ctx context.Context, _ []string, s Streams) int {
		begun <- struct{}{}
		<-ctx.Done()
		say(s.Err, "stopped\n")
		return 5
	}
}

func TestASignalCancels(t *testing.T) {
	begun := make(chan struct{})
	s := openHouse(t, waiting(begun), nil).session()
	var errs bytes.Buffer
	s.Stderr = &errs
	if err := s.Start("import staff -"); err != nil {
		t.Fatal(err)
	}
	<-begun
	for range 100 { // however often it is sent, until the session is over
		if err := s.Signal(gossh.SIGINT); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	if got := status(t, s.Wait()); got != 5 || errs.String() != "stopped\n" {
		t.Errorf("exit status %d, %q", got, errs.String())
	}
}

func TestWhoHangsUpLeavesNothingBehind(t *testing.T) {
	begun := make(chan struct{})
	h := openHouse(t, waiting(begun), nil)
	client := h.plain()
	s, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("a"); err != nil {
		t.Fatal(err)
	}
	<-begun
	// The session, but not the connection.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.server.Empty(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	// The connection.
	s, err = client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("b"); err != nil {
		t.Fatal(err)
	}
	<-begun
	if guests := h.server.Guests(); len(guests) != 1 || guests[0].Screens || guests[0].Args[0] != "b" {
		t.Errorf("the guests are %v", guests)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.server.Empty(t.Context(), false); err != nil {
		t.Fatal(err)
	}
}

func TestThereIsRoomForSoMany(t *testing.T) {
	begun := make(chan struct{})
	h := openHouse(t, waiting(begun), func(o *Options) { o.Sessions = 2 })
	var running []*gossh.Session
	for range 2 {
		s := h.session()
		running = append(running, s)
		if err := s.Start("a"); err != nil {
			t.Fatal(err)
		}
		<-begun
	}
	s := h.session()
	var errs bytes.Buffer
	s.Stderr = &errs
	if got := status(t, s.Run("a")); got != 1 || !strings.Contains(errs.String(), "2 sessions and commands run already") {
		t.Errorf("exit status %d: %s", got, errs.String())
	}
	// Connections are bounded, too, whatever they do.
	h.plain()
	c, err := new(net.Dialer).DialContext(t.Context(), "unix", h.store+".sock")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("one connection too many reads %d bytes (%v)", n, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range running {
		if err := s.Signal(gossh.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if got := status(t, s.Wait()); got != 5 {
			t.Errorf("exit status %d", got)
		}
	}
}

func TestWhatAGuestMayNotDo(t *testing.T) {
	v := openVilla(t, echo, nil)
	client := v.enter(v.key("kim"))
	for _, kind := range []string{"direct-tcpip", "direct-streamlocal@openssh.com", "x11", "auth-agent@openssh.com"} {
		if _, _, err := client.OpenChannel(kind, nil); err == nil {
			t.Errorf("a channel %s was opened", kind)
		}
	}
	for _, kind := range []string{"tcpip-forward", "streamlocal-forward@openssh.com"} {
		if ok, _, err := client.SendRequest(kind, true, nil); ok || err != nil {
			t.Errorf("%s was granted (%v)", kind, err)
		}
	}
	s, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for kind, payload := range map[string]any{
		"subsystem":                  struct{ Name string }{"sftp"},
		"auth-agent-req@openssh.com": struct{ Nothing string }{},
		"x11-req":                    struct{ Nothing string }{},
		"break":                      struct{ Length uint32 }{},
		"exec":                       struct{ Command string }{strings.Repeat("a", maxCommand)},
		"env":                        struct{ Name, Value string }{"LANG", strings.Repeat("a", maxVariable)},
		// Only who is on this machine is believed.
		callerRequest: caller{Dir: "/"},
	} {
		if ok, err := s.SendRequest(kind, true, gossh.Marshal(payload)); ok || err != nil {
			t.Errorf("%s was granted (%v)", kind, err)
		}
	}
	for i := range 2 * maxVariables {
		err := s.Setenv(fmt.Sprintf("LC_%d", i), "1")
		if (err == nil) != (i < maxVariables) {
			t.Fatalf("variable %d: %v", i, err)
		}
	}
	var errs bytes.Buffer
	s.Stderr = &errs
	if got := status(t, s.Run("people 'staff")); got != wrongUse || !strings.Contains(errs.String(), "without its end") {
		t.Errorf("exit status %d: %s", got, errs.String())
	}
	if ok, err := s.SendRequest("exec", true, gossh.Marshal(struct{ Command string }{"again"})); ok {
		t.Errorf("a session ran two commands (%v)", err)
	}
}

func TestAPanicEndsOneSession(t *testing.T) {
	var log lockedBuffer
	h := openHouse(t, func(context.Context, []string, Streams) int { panic("secret") }, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	for range 2 {
		s := h.session()
		var errs bytes.Buffer
		s.Stderr = &errs
		if got := status(t, s.Run("a")); got != 1 || errs.String() != "muster: Something unexpected went wrong.\n" {
			t.Errorf("exit status %d: %s", got, errs.String())
		}
	}
	if !strings.Contains(log.String(), "secret") {
		t.Error("the log does not say why")
	}
}

func TestAServerThatWasClosedFirstServesNobody(t *testing.T) {
	server, err := New(Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listen(t.Context(), filepath.Join(t.TempDir(), "muster.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(l); err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestWhenItEndsCommandsAreToldAndThenStopped(t *testing.T) {
	begun := make(chan struct{})
	h := openHouse(t, waiting(begun), func(o *Options) { o.LastWord = time.Second })
	s := h.session()
	var errs bytes.Buffer
	s.Stderr = &errs
	if err := s.Start("a"); err != nil {
		t.Fatal(err)
	}
	<-begun
	h.server.Tell("This is the end.")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.server.Empty(gone, true); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
	// Whoever is on the way in is not taken, and knows that nothing was begun.
	client, err := Dial(t.Context(), h.store)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Run(t.Context(), Call{Args: []string{"b"}}); !errors.Is(err, ErrNobody) {
		t.Errorf("a latecomer: %v", err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := status(t, s.Wait()); got != 5 {
		t.Errorf("exit status %d", got)
	}
	if errs.String() != "This is the end.\nstopped\n" {
		t.Errorf("told: %q", errs.String())
	}
}

// lockedBuffer may be written to while it is read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
