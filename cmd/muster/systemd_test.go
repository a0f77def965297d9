package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// listened is a service manager's socket.
func listened(t *testing.T) (path string, heard func() string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return path, func() string {
		t.Helper()
		b := make([]byte, 256)
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestManagerIsTold(t *testing.T) {
	path, heard := listened(t)
	env := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "20000", "WATCHDOG_PID": "7"}
	m := managerOf(func(name string) string { return env[name] }, 7)
	if err := m.tell(t.Context(), "READY=1", "STATUS=Serves"); err != nil {
		t.Fatal(err)
	}
	if got := heard(); got != "READY=1\nSTATUS=Serves" {
		t.Errorf("it hears %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	asked := 0
	go func() {
		defer close(over)
		m.watchdog(ctx, slog.New(slog.DiscardHandler), func(context.Context) error {
			if asked++; asked == 2 {
				return errors.New("not well")
			}
			return nil
		})
	}()
	for range 2 {
		if got := heard(); got != "WATCHDOG=1" {
			t.Errorf("it hears %q", got)
		}
	}
	cancel()
	<-over
	if asked < 3 {
		t.Errorf("who is not well is said to be: %d", asked)
	}
}

func TestManagerOf(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want manager
	}{
		{nil, manager{}},
		{map[string]string{"WATCHDOG_USEC": "5"}, manager{}},
		{map[string]string{"NOTIFY_SOCKET": "relative"}, manager{}},
		{map[string]string{"NOTIFY_SOCKET": "@abstract"}, manager{socket: "@abstract"}},
		{map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "1000000"}, manager{"/run/n", time.Second}},
		{map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "8"}, manager{socket: "/run/n"}},
		{map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "soon"}, manager{socket: "/run/n"}},
	} {
		if got := managerOf(func(name string) string { return c.env[name] }, 7); got != c.want {
			t.Errorf("%v: %+v, wanted %+v", c.env, got, c.want)
		}
	}
	// Nobody is told nothing, and somebody who has gone is an error.
	if err := (manager{}).tell(t.Context(), "READY=1"); err != nil {
		t.Error(err)
	}
	if err := (manager{socket: filepath.Join(t.TempDir(), "gone")}).tell(t.Context(), "READY=1"); err == nil {
		t.Error("telling somebody who has gone is no error")
	}
}
