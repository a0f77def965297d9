//go:build linux || darwin

package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"muster/core/fault"
)

// maxPath is how long the path of a socket may be: 103 bytes and a zero on
// macOS, a little more on Linux.
const maxPath = 103

// place is where a control socket may be.
type place struct {
	path string
	// private is the folder that is made for sockets, if it is one of ours.
	private string
}

// places are where the control socket of a store may be, the best first.
func places(store, runtime, temp string) []place {
	sum := sha256.Sum256([]byte(store))
	name := hex.EncodeToString(sum[:8]) + ".sock"
	all := []place{{path: store + ".sock"}}
	if filepath.IsAbs(runtime) {
		dir := filepath.Join(runtime, "muster")
		all = append(all, place{filepath.Join(dir, name), dir})
	}
	dir := filepath.Join(temp, "muster-"+strconv.Itoa(os.Getuid()))
	all = append(all, place{filepath.Join(dir, name), dir})
	short := all[:0]
	for _, p := range all {
		if len(p.path) <= maxPath {
			short = append(short, p)
		}
	}
	return short
}

func listenAt(ctx context.Context, p place) (net.Listener, error) {
	if p.private != "" {
		if err := makePrivate(p.private); err != nil {
			return nil, err
		}
	}
	if err := clearAway(p.path); err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", p.path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(p.path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return own{l.(*net.UnixListener)}, nil
}

// makePrivate makes a folder for nobody else, or makes sure that it is one:
// in the temporary folder anybody may have made it.
func makePrivate(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || info.Mode().Perm()&0o077 != 0 || int(owner.Uid) != os.Getuid() {
		return fmt.Errorf("use %s for sockets: it is open to others", dir)
	}
	return nil
}

// own is a listener that takes connections of its own user only.
type own struct{ *net.UnixListener }

func (l own) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if p, err := peerOf(c); err == nil && p.allowed(os.Getuid()) {
			return c, nil
		}
		// Nobody is told why.
		_ = c.Close()
	}
}

func dialAt(ctx context.Context, path string, patience time.Duration) (*Client, error) {
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTSOCK), errors.Is(err, syscall.ENOTDIR):
		return nil, ErrNobody
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.Wrap(err, fault.Denied, "Another user's muster holds the store; only that user can run commands through it")
	case err != nil:
		return nil, fmt.Errorf("connect to the muster that holds the store: %w", err)
	}
	p, err := peerOf(c.(*net.UnixConn))
	if err != nil {
		return nil, errors.Join(ErrNobody, err, c.Close())
	}
	if !p.allowed(os.Getuid()) {
		return nil, errors.Join(fault.New(fault.Denied, "Another user's muster holds the store; only that user can run commands through it"), c.Close())
	}
	client, err := newClient(c, p.pid, patience)
	if errors.Is(err, errGone) {
		err = errors.Join(ErrNobody, err)
	}
	return client, err
}

// clearAway removes a socket that its process left behind, and nothing else.
func clearAway(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return &fs.PathError{Op: "listen", Path: path, Err: fs.ErrExist}
	}
	return os.Remove(path)
}
