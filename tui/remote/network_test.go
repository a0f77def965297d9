package remote

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"muster/core"
	"muster/core/fault"
	"muster/core/key"
)

// villa is a process that serves guests over a network.
type villa struct {
	t       *testing.T
	server  *Server
	at      string
	host    gossh.PublicKey
	mu      sync.Mutex
	members map[string]core.Actor // by the fingerprint of their key
	now     time.Time
}

// clock stands still but when a test moves it.
func (v *villa) clock() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// openVilla serves run on a port of its own. When the test ends everybody has left.
func openVilla(t *testing.T, run runner, change func(*Options)) *villa {
	t.Helper()
	v := &villa{t: t, members: make(map[string]core.Actor), now: time.Date(2024, 9, 1, 8, 0, 0, 0, time.UTC)}
	private, print, err := HostKey(filepath.Join(t.TempDir(), "muster.db"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.ParsePrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if v.host = signer.PublicKey(); key.Fingerprint(v.host) != print {
		t.Fatalf("the host key %s is shown as %s", key.Fingerprint(v.host), print)
	}
	o := Options{
		HostKey: private, Log: slog.New(slog.DiscardHandler), Clock: v.clock,
		Known: func(print string) (core.Actor, bool) {
			v.mu.Lock()
			defer v.mu.Unlock()
			a, ok := v.members[print]
			return a, ok
		},
		Run: func(ctx context.Context, who core.Actor, args []string, s Streams) int {
			if len(args) == 1 && args[0] == "whoami" {
				say(s.Out, "%s", who.Name)
				return 0
			}
			return run(ctx, args, s)
		},
	}
	if change != nil {
		change(&o)
	}
	if v.server, err = New(o); err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v.at = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- v.server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := errors.Join(v.server.Close(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	return v
}

// key makes a key and says whose it is, unless the name is empty.
func (v *villa) key(name string) gossh.Signer {
	v.t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		v.t.Fatal(err)
	}
	s, err := gossh.NewSignerFromKey(private)
	if err != nil {
		v.t.Fatal(err)
	}
	if name != "" {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.members[key.Fingerprint(s.PublicKey())] = core.LocalUser(name)
	}
	return s
}

func (v *villa) dial(auth ...gossh.AuthMethod) (*gossh.Client, error) {
	return gossh.Dial("tcp", v.at, &gossh.ClientConfig{User: "muster", Auth: auth, HostKeyCallback: gossh.FixedHostKey(v.host), Timeout: 20 * time.Second})
}

// enter connects with keys.
func (v *villa) enter(keys ...gossh.Signer) *gossh.Client {
	v.t.Helper()
	c, err := v.dial(gossh.PublicKeys(keys...))
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() {
		// It may have hung up on us.
		_ = c.Close()
		_ = c.Wait()
	})
	return c
}

func (v *villa) session(c *gossh.Client) *gossh.Session {
	v.t.Helper()
	s, err := c.NewSession()
	if err != nil {
		v.t.Fatal(err)
	}
	return s
}

func (v *villa) whoami(c *gossh.Client) string {
	v.t.Helper()
	out, err := v.session(c).Output("whoami")
	if err != nil {
		v.t.Fatal(err)
	}
	return string(out)
}

func TestOnlyAKnownKeyOpens(t *testing.T) {
	v := openVilla(t, echo, nil)
	kim, lee := v.key("kim"), v.key("lee")
	if got := v.whoami(v.enter(kim)); got != "kim" {
		t.Errorf("kim is %q", got)
	}
	if got := v.whoami(v.enter(v.key(""), v.key(""), lee)); got != "lee" {
		t.Errorf("lee, with other keys, is %q", got)
	}
	for name, auth := range map[string][]gossh.AuthMethod{
		"an unknown key": {gossh.PublicKeys(v.key(""))},
		"a password":     {gossh.Password("muster")},
		"questions": {gossh.KeyboardInteractive(func(_, _ string, q []string, _ []bool) ([]string, error) {
			return make([]string, len(q)), nil
		})},
		"nothing": nil,
	} {
		if c, err := v.dial(auth...); err == nil {
			t.Errorf("%s opens", name)
			_ = c.Close()
		}
	}
}

// impostor knows somebody's public key, and signs with another one.
type impostor struct {
	claim gossh.PublicKey
	gossh.Signer
}

func (i impostor) PublicKey() gossh.PublicKey { return i.claim }

// offered is a key of which a client asks whether it would do, and which it then
// does not sign with: it does not know its own key again in the answer.
type offered struct {
	gossh.PublicKey
	asked bool
}

func (o *offered) Marshal() []byte {
	if o.asked {
		return nil
	}
	o.asked = true
	return o.PublicKey.Marshal()
}

// A key that was offered, and found to be known, but never proven to be held is
// not who is there, whatever opens the connection in the end.
func TestAnOfferedKeyIsNobody(t *testing.T) {
	v := openVilla(t, echo, nil)
	kim, mallory := v.key("kim"), v.key("mallory")
	offer := func() gossh.Signer { return impostor{&offered{PublicKey: kim.PublicKey()}, mallory} }
	for name, keys := range map[string][]gossh.Signer{
		"offered":           {offer()},
		"signed by another": {impostor{kim.PublicKey(), mallory}},
		"and an unknown":    {offer(), v.key("")},
	} {
		if c, err := v.dial(gossh.PublicKeys(keys...)); err == nil {
			t.Errorf("kim's public key, %s, opens as %s", name, v.whoami(c))
			_ = c.Close()
		}
	}
	for name, keys := range map[string][]gossh.Signer{
		"before": {offer(), mallory},
		"after":  {mallory, offer()},
		"around": {offer(), v.key(""), offer(), mallory, kim},
	} {
		if got := v.whoami(v.enter(keys...)); got != "mallory" {
			t.Errorf("kim's key offered %s mallory's makes %q of mallory", name, got)
		}
	}
}

func TestAKeyThatIsTakenAwayOpensNothingMore(t *testing.T) {
	v := openVilla(t, echo, nil)
	kim := v.key("kim")
	c := v.enter(kim)
	v.mu.Lock()
	delete(v.members, key.Fingerprint(kim.PublicKey()))
	v.mu.Unlock()
	var errs bytes.Buffer
	s := v.session(c)
	s.Stderr = &errs
	if got := status(t, s.Run("whoami")); got != 1 || !strings.Contains(errs.String(), "no administrator's any more") {
		t.Errorf("exit status %d: %s", got, errs.String())
	}
}

func TestSilenceAndLengthEndASession(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(*Options)
		screen bool
		told   string
	}{
		"silent screens": {func(o *Options) { o.Idle, o.lonely = time.Millisecond, time.Hour }, true, "too long"},
		"long screens":   {func(o *Options) { o.Longest = time.Millisecond }, true, "as long as one may"},
		"long commands":  {func(o *Options) { o.Longest = time.Millisecond }, false, "as long as one may"},
	} {
		v := openVilla(t, func(ctx context.Context, _ []string, s Streams) int {
			<-ctx.Done()
			say(s.Err, "%s", fault.Sentence(context.Cause(ctx)))
			return 5
		}, c.set)
		s := v.session(v.enter(v.key("kim")))
		var out, errs bytes.Buffer
		s.Stdout, s.Stderr = &out, &errs
		if c.screen {
			if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Shell(); err != nil {
			t.Fatal(err)
		}
		if got := status(t, s.Wait()); got != 5 || !strings.Contains(out.String()+errs.String(), c.told) {
			t.Errorf("%s: exit status %d: %s%s", name, got, out.String(), errs.String())
		}
	}
}

// A command that waits for its guest is idle; one that is at work is not.
func TestOnlyWhoWaitsForTheGuestIsIdle(t *testing.T) {
	p := newPulse()
	p.begun = p.begun.Add(-time.Hour)
	if left := p.left(time.Minute); left != time.Minute {
		t.Errorf("a command at work has %v left", left)
	}
	p.waiting.Add(1)
	if left := p.left(time.Minute); left > 0 {
		t.Errorf("a command that has waited for an hour has %v left", left)
	}
	p.beat()
	if left := p.left(time.Minute); left <= 59*time.Second {
		t.Errorf("a command that has just heard of its guest has %v left", left)
	}
}

// A guest that takes nothing any more, and does not hear that it is over either,
// is cut off, and holds nothing.
func TestAGuestThatHangsIsCutOff(t *testing.T) {
	stuck := make(chan struct{}, 1)
	v := openVilla(t, func(_ context.Context, _ []string, s Streams) int {
		line := bytes.Repeat([]byte("x"), 1<<16)
		for {
			if _, err := s.Out.Write(line); err != nil {
				stuck <- struct{}{}
				return 1
			}
		}
	}, func(o *Options) { o.Idle, o.LastWord, o.lonely = 20*time.Millisecond, 5*time.Millisecond, time.Hour })
	s := v.session(v.enter(v.key("kim")))
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("people staff"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	<-stuck
	if err := v.server.Empty(t.Context(), false); err != nil {
		t.Error(err)
	}
}

// hungUp waits until the other side closes a connection.
func hungUp(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("nobody hangs up")
	}
	_ = c.Close() // it is closed
}

func TestWhoIsSilentAtTheDoorIsTurnedAway(t *testing.T) {
	v := openVilla(t, echo, func(o *Options) { o.Handshake = 5 * time.Millisecond })
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", v.at)
	if err != nil {
		t.Fatal(err)
	}
	hungUp(t, c)
	// And who has shown who they are, and then wants nothing.
	v = openVilla(t, echo, func(o *Options) { o.lonely = time.Millisecond })
	client, err := v.dial(gossh.PublicKeys(v.key("kim")))
	if err != nil {
		t.Fatal(err)
	}
	_ = client.Wait() // it returns why: they hung up
}

func TestStrangersAreFew(t *testing.T) {
	v := openVilla(t, echo, nil)
	var there []net.Conn
	for range maxUnprovenFrom + 1 {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", v.at)
		if err != nil {
			t.Fatal(err)
		}
		there = append(there, c)
		if len(there) <= maxUnprovenFrom {
			if _, err := io.ReadFull(c, make([]byte, 4)); err != nil { // it is greeted
				t.Fatal(err)
			}
		}
	}
	hungUp(t, there[maxUnprovenFrom])
	for _, c := range there[:maxUnprovenFrom] {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Who fails again and again is not listened to for a while.
func TestFailuresAreCounted(t *testing.T) {
	o := &Options{Log: slog.New(slog.DiscardHandler), Known: func(string) (core.Actor, bool) { return core.Actor{}, false }}
	o.defaults()
	now := time.Date(2024, 9, 1, 8, 0, 0, 0, time.UTC)
	o.Clock = func() time.Time { return now }
	p := newPorch(o)
	try := func() bool {
		here, there := net.Pipe()
		defer shut(t, there)
		c := p.enter(here)
		if c == nil {
			return false
		}
		_ = c.Close()
		_ = c.Close() // counted once
		return true
	}
	for i := range maxFailures {
		if !try() {
			t.Fatalf("try %d is refused", i)
		}
	}
	if try() {
		t.Error("it is still let in")
	}
	now = now.Add(failuresForgiven)
	if !try() {
		t.Error("it is never let in again")
	}
	if len(p.wires) != 0 || p.guests != 0 {
		t.Errorf("%d connections of %d guests are left", len(p.wires), p.guests)
	}
}

func TestTheHostKeyStays(t *testing.T) {
	store := filepath.Join(t.TempDir(), "muster.db")
	first, print, err := HostKey(store)
	if err != nil {
		t.Fatal(err)
	}
	again, same, err := HostKey(store)
	if err != nil || !bytes.Equal(first, again) || print != same {
		t.Errorf("another start has another key (%v)", err)
	}
	if info, err := os.Stat(store + ".hostkey"); err != nil || info.Mode() != 0o600 {
		t.Errorf("the key is open to others: %v (%v)", info.Mode(), err)
	}
	if err := os.Chmod(store+".hostkey", 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := HostKey(store); !fault.Is(err, fault.Invalid) {
		t.Errorf("a key that others can read: %v", err)
	}
	if err := errors.Join(os.Chmod(store+".hostkey", 0o600), os.WriteFile(store+".hostkey", []byte("no"), fs.ModePerm)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := HostKey(store); !fault.Is(err, fault.Invalid) {
		t.Errorf("no key: %v", err)
	}
	if _, _, err := HostKey(filepath.Join(t.TempDir(), "none", "muster.db")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no folder: %v", err)
	}
}
