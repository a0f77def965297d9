//go:build linux || darwin

package remote

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/core/fault"
)

func TestOnlyTheSameUserIsAllowed(t *testing.T) {
	for _, c := range []struct {
		peer, own int
		ok        bool
	}{{1000, 1000, true}, {1001, 1000, false}, {0, 1000, false}, {1000, 0, false}, {0, 0, true}} {
		if got := (peer{uid: c.peer}).allowed(c.own); got != c.ok {
			t.Errorf("user %d at user %d's socket: %v", c.peer, c.own, got)
		}
	}
}

func TestTheKernelTellsWhoIsThere(t *testing.T) {
	l, err := Listen(t.Context(), filepath.Join(t.TempDir(), "muster.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, l)
	c, err := new(net.Dialer).DialContext(t.Context(), "unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, c)
	if p, err := peerOf(c.(*net.UnixConn)); err != nil || p.uid != os.Getuid() || p.pid != os.Getpid() {
		t.Errorf("it is %+v (%v)", p, err)
	}
	if info, err := os.Stat(l.Addr().String()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is open to others: %v (%v)", info.Mode(), err)
	}
}

func shut(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// abandon leaves a socket behind, as a process does that is killed.
func abandon(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestASocketLeftBehindIsReplaced(t *testing.T) {
	store := filepath.Join(t.TempDir(), "muster.db")
	abandon(t, store+".sock")
	if _, err := Dial(t.Context(), store); !errors.Is(err, ErrNobody) {
		t.Errorf("somebody answers: %v", err)
	}
	l, err := Listen(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	if l.Addr().String() != store+".sock" {
		t.Errorf("the socket is at %s", l.Addr())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(store + ".sock"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket outlives its listener: %v", err)
	}
}

// What is no socket is somebody's, and stays.
func TestAFileInTheSocketsPlaceStays(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	store := filepath.Join(t.TempDir(), "muster.db")
	if err := os.WriteFile(store+".sock", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Listen(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, l)
	if !strings.HasPrefix(l.Addr().String(), os.Getenv("XDG_RUNTIME_DIR")) {
		t.Errorf("the socket is at %s", l.Addr())
	}
	if b, err := os.ReadFile(store + ".sock"); err != nil || string(b) != "mine" {
		t.Errorf("the file now holds %q (%v)", b, err)
	}
}

// A path may be longer than a socket's.
func TestALongPathHasAShortName(t *testing.T) {
	runtime := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", runtime)
	for _, temp := range []bool{false, true} {
		if temp {
			t.Setenv("XDG_RUNTIME_DIR", "")
			t.Setenv("TMPDIR", runtime)
		}
		store := filepath.Join("/", strings.Repeat("long/", 30), "muster.db")
		l, err := Listen(t.Context(), store)
		if err != nil {
			t.Fatal(err)
		}
		if dir, err := os.Stat(filepath.Dir(l.Addr().String())); err != nil || dir.Mode().Perm() != 0o700 {
			t.Errorf("the folder is open to others: %v (%v)", dir.Mode(), err)
		}
		ended := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil {
				err = c.Close()
			}
			ended <- err
		}()
		// It is found; and who ends at once is nobody.
		if _, err := Dial(t.Context(), store); !errors.Is(err, ErrNobody) {
			t.Errorf("dial: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("the socket was not found: %v", err)
		}
		if _, err := Dial(t.Context(), strings.Replace(store, "long", "other", 1)); !errors.Is(err, ErrNobody) {
			t.Errorf("another store's: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFolderThatOthersCanOpenIsNotUsed(t *testing.T) {
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(open, link); err != nil {
		t.Fatal(err)
	}
	if err := makePrivate(link); err == nil {
		t.Error("a link was taken")
	}
	if err := os.Chmod(open, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := makePrivate(open); err == nil {
		t.Error("an open folder was taken")
	}
}

// A process that is stopped keeps its socket and answers nobody.
func TestAProcessThatHangsIsNamed(t *testing.T) {
	store := filepath.Join(t.TempDir(), "muster.db")
	l, err := Listen(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := dialWithin(ctx, store, 1); !fault.Is(err, fault.Busy) || !strings.Contains(fault.Sentence(err), "does not answer") {
		t.Errorf("dial: %v", err)
	}
}
