package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"muster/core/collector"
)

func (v *env) serveCommand() *cobra.Command {
	var scim scimFlags
	ssh := sshFlags{usual: sshAddress}
	c := &cobra.Command{
		Use: "serve", Short: "Hold the store without a screen, for SCIM and for other commands", Args: exactly(0),
		Long: `Hold the store without a screen: identity providers push by SCIM, and every
other muster on this machine, the screens too, works through this one by its
control socket beside the store. What happens is told on standard error.

ctrl+c or SIGTERM ends it: requests and commands have a few seconds to finish,
terminal sessions are told.`,
		Example: `muster serve --scim-listen 127.0.0.1:8642`,
		RunE: func(c *cobra.Command, _ []string) error {
			v.alone = true
			if _, err := v.open(c.Context()); err != nil {
				return err
			}
			if v.guest() {
				return usagef("serve is for the process that holds the store, and this one does already")
			}
			collector.Pace()
			log := slog.New(slog.NewTextHandler(io.MultiWriter(v.err, v.logs()), nil))
			return v.hosting(c.Context(), log, &scim, &ssh, func(ctx context.Context) error {
				log.Info("Ready", "store", v.holder.path)
				<-ctx.Done()
				log.Info("Ending")
				return nil
			})
		},
	}
	scim.add(c)
	ssh.add(c)
	return c
}
