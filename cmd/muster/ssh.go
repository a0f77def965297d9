package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muster/cmd/config"
	"muster/core"
	"muster/core/fault"
	"muster/tui/remote"
)

// sshFlags are how administrators reach this process over SSH.
type sshFlags struct {
	listen        string
	idle, longest time.Duration
	// usual is where it listens unless it is told; empty for nowhere.
	usual string
}

const (
	sshAddress = "127.0.0.1:2222"
	// sshSessions is how many of them there may be at once.
	sshSessions = 200
)

func (f *sshFlags) add(set *pflag.FlagSet) {
	config.Add(set, config.SSHListen, &f.listen)
	config.Add(set, config.SSHIdle, &f.idle)
	config.Add(set, config.SSHLongest, &f.longest)
}

// startSSH serves administrators over SSH, or does not if it is off. The error is
// of wrong flags, or a Busy fault if the address is taken.
func (v *env) startSSH(ctx context.Context, h *holder, f *sshFlags) error {
	listen := cmp.Or(f.listen, f.usual, "off")
	if listen == "off" {
		return nil
	}
	private, fingerprint, err := remote.HostKey(h.path)
	if err != nil {
		return err
	}
	server, err := remote.New(remote.Options{
		HostKey: private, Known: h.engine.Administrator, Run: h.run, Log: h.log,
		Sessions: sshSessions, Idle: f.idle, Longest: f.longest, Folder: filepath.Dir(h.path),
	})
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		var why error = err
		if op := new(net.OpError); errors.As(err, &op) {
			why = op.Err
		}
		return fault.Wrap(err, fault.Busy, "SSH is off: %s cannot be listened on (%v); --ssh-listen names another address", listen, why)
	}
	h.network = &host{Server: server, at: l.Addr().String(), ended: make(chan error, 1)}
	h.log.Info("SSH", "listen", l.Addr().String(), "host_key", fingerprint)
	go func() { h.network.ended <- server.Serve(l) }()
	return nil
}

// told ends what an actor does here, with a sentence, once they are nobody any
// more.
func (h *holder) whileKnown(ctx context.Context, who core.Actor) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	if who.Local() {
		return ctx, func() { cancel(nil) }
	}
	news := h.engine.Subscribe()
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case <-ctx.Done():
				return
			case <-news.C():
				news.Take()
				if !h.engine.Still(who) {
					cancel(fault.New(fault.Denied, "%s is no administrator any more, so the session has ended", who.Name))
					return
				}
			}
		}
	}()
	return ctx, func() { cancel(nil); <-over; news.Close() }
}

// overNetwork keeps what may only be done on the machine itself from whoever
// comes from elsewhere.
func (v *env) overNetwork(root *cobra.Command) {
	if !v.away {
		return
	}
	for _, name := range []string{"demo", "serve", "restore", "compact", "load", "config"} {
		if c, _, err := root.Find([]string{name}); err == nil && c != root {
			c.RunE = func(c *cobra.Command, _ []string) error {
				return fault.New(fault.Denied, "%s is for the machine that has the store; log in there to run it", c.CommandPath())
			}
			c.Args, c.DisableFlagParsing = cobra.ArbitraryArgs, true
		}
	}
}
