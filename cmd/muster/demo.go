package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"muster/cmd/demo"
	"muster/core"
	"muster/core/fault"
	"muster/storage"
)

func (v *env) demoCommand() *cobra.Command {
	var people int
	var plain bool
	c := &cobra.Command{
		Use: "demo", Short: "Look around in a throw-away store of made-up people", Args: exactly(0),
		Long: `Open the app on a throw-away store: three lists of people who do not exist,
with a few months of history and a file that waits for review. What you do
there is forgotten when you quit.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if people < 1 || people > 2_000_000 {
				return usagef("--people takes a number from 1 to 2,000,000")
			}
			dir, err := os.MkdirTemp("", "muster-demo-")
			if err != nil {
				return fault.Wrap(err, fault.Invalid, "There is no room for a throw-away store: %v", err)
			}
			defer os.RemoveAll(dir)
			if v.store, err = storage.Open(filepath.Join(dir, "demo.db"), storage.Options{Unsafe: true}); err != nil {
				return err
			}
			if people > 50_000 {
				v.say("Making up %s people …", number(people))
			}
			if err := demo.Fill(c.Context(), v.store, time.Now(), people); err != nil {
				return err
			}
			if v.engine, err = core.Open(c.Context(), v.store, core.Options{}); err != nil {
				return err
			}
			return v.screens(c.Context(), v.engine, plain)
		},
	}
	c.Flags().IntVar(&people, "people", 5000, "how many people to make up")
	c.Flags().BoolVar(&plain, "plain", false, "for screen readers: no alternate screen, borders or animation")
	return c
}
