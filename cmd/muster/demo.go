package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"muster/cmd/demo"
	"muster/core"
	"muster/core/fault"
	"muster/storage"
	"muster/sync/runner"
)

func (v *env) demoCommand() *cobra.Command {
	var people int
	var plain bool
	c := &cobra.Command{
		Use: "demo", Short: "Look around in a throw-away store of made-up people", Args: exactly(0),
		Long: `Open the app on a throw-away store: lists of people who do not exist, with a
few months of history and a file that waits for review; one list is read from a
directory that is made up, too, and served from this machine. What you do there
is forgotten when you quit.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if people < 1 || people > 2_000_000 {
				return usagef("--people takes a number from 1 to 2,000,000")
			}
			if err := v.needTerminal(); err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "muster-demo-")
			if err != nil {
				return fault.Wrap(err, fault.Invalid, "There is no room for a throw-away store: %v", err)
			}
			v.log = logBeside(dir) // what went wrong outlives the store
			err = v.demo(c.Context(), filepath.Join(dir, "demo.db"), people, plain)
			return errors.Join(err, v.close(), os.RemoveAll(dir))
		},
	}
	c.Flags().IntVar(&people, "people", 5000, "how many people to make up")
	c.Flags().BoolVar(&plain, "plain", false, "for screen readers: no alternate screen, borders or animation")
	return c
}

// demo fills a store with made-up people and opens the app on it.
func (v *env) demo(ctx context.Context, path string, people int, plain bool) (err error) {
	if v.store, err = storage.Open(path, storage.Options{Unsafe: true}); err != nil {
		return err
	}
	progress := new(core.Progress)
	err = v.watch(ctx, progress.Step, func(ctx context.Context) error {
		return demo.Fill(ctx, v.store, time.Now(), people, progress)
	})
	if err != nil {
		return err
	}
	v.made = true
	if v.engine, err = core.Open(ctx, v.store, core.Options{Kinds: kinds(), Key: keyBeside(path, v.getenv)}); err != nil {
		return err
	}
	end, err := demo.Directory(ctx, v.engine, v.actor, people)
	if err != nil {
		return err
	}
	v.syncs = runner.New(v.engine, runner.Options{Log: v.logs().logger(v.debug)})
	stopSyncs := running(ctx, v.syncs)
	err = v.screens(ctx, v.engine, plain)
	stopSyncs()
	return errors.Join(err, end())
}
