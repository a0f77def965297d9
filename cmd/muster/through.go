package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"muster/core/fault"
	"muster/storage"
	"muster/tui/remote"
)

// errElsewhere ends a command line here: it runs through the process that
// holds the store.
var errElsewhere = errors.New("another process holds the store")

// patience is how long a store that somebody holds is waited for: they may be
// just quitting, or a command that is done soon.
const patience = 3 * time.Second

// take opens the store at path. If another process holds it and serves others,
// the error is errElsewhere and v.through leads there.
func (v *env) take(ctx context.Context, path string, o storage.Options) (*storage.Store, error) {
	o.Wait = 100 * time.Millisecond
	for started := time.Now(); ; {
		if err := v.seek(ctx, path); err != nil {
			return nil, err
		}
		store, err := storage.Open(path, o)
		switch {
		case !fault.Is(err, fault.Busy):
			return store, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case time.Since(started) > patience:
			return nil, fault.Wrap(err, fault.Busy, "Another muster has %s open and takes no commands (a long command, an older muster, or a system without control sockets); wait for it, quit it, or name another store with --db", path)
		}
	}
}

// seek looks for a process that holds the store and serves others. If there is
// one the error is errElsewhere.
func (v *env) seek(ctx context.Context, path string) error {
	client, err := v.holderOf(ctx, path)
	switch {
	case err != nil || client == nil:
		return err
	case v.alone:
		return errors.Join(fault.New(fault.Busy, "Process %d holds %s already; commands run through it", client.Process(), path), client.Close())
	}
	v.through = client
	return errElsewhere
}

// holderOf leads to the process that holds a store and serves others; nil if
// there is none.
func (v *env) holderOf(ctx context.Context, path string) (*remote.Client, error) {
	client, err := remote.Dial(ctx, realPath(path))
	if errors.Is(err, remote.ErrNobody) {
		return nil, nil
	}
	return client, err
}

// elsewhere runs the command line through the process that holds the store.
// ErrNobody is that it has just ended and nothing was done.
func (v *env) elsewhere(ctx context.Context, args []string) (status int, err error) {
	defer func() { err = errors.Join(err, v.through.Close()) }()
	here, err := os.Getwd()
	if err != nil {
		return exitFailed, fmt.Errorf("find working directory: %w", err)
	}
	call := remote.Call{
		Args: args, Dir: here, Environ: v.environ, In: v.in, Out: v.out, Err: v.err,
		Asks: v.asks, Wide: v.wide, Lively: v.lively, Merged: v.merged, Width: v.width,
	}
	if !v.onScreens {
		return v.through.Run(ctx, call)
	}
	screen, restore, err := v.own()
	if err != nil {
		return exitFailed, err
	}
	screen.Profile = v.profile()
	call.Screen = screen
	status, err = v.through.Run(ctx, call)
	if fault.Is(err, fault.Busy) {
		err = fault.Wrap(err, fault.Busy, "The muster that held the store (process %d) has ended, and this with it", v.through.Process())
		err = errors.Join(err, remote.Tidy(v.out))
	}
	return status, errors.Join(err, restore())
}
