package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/collector"
)

func (v *env) serveCommand() *cobra.Command {
	f := hostFlags{ssh: sshFlags{usual: sshAddress}}
	c := &cobra.Command{
		Use: "serve", Short: "Hold the store without a screen, for SCIM and for other commands", Args: exactly(0),
		Long: `Hold the store without a screen: identity providers push by SCIM, and every
other muster on this machine, the screens too, works through this one by its
control socket beside the store. What happens is told on standard error, as
text or as JSON, and in a log file beside the store. A service manager that wants
to know is told when it is ready, and that all is well (sd_notify).

ctrl+c or SIGTERM ends it: requests and commands have a few seconds to finish,
terminal sessions are told, and syncs stop at a safe point, from which the next
run goes on.`,
		Example: `muster serve --scim-listen 127.0.0.1:8642`,
		RunE: func(c *cobra.Command, _ []string) error {
			v.alone = true
			if err := v.fill(&f); err != nil {
				return err
			}
			if _, err := v.open(c.Context()); err != nil {
				return err
			}
			if v.guest() {
				return usagef("serve is for the process that holds the store, and this one does already")
			}
			collector.Pace()
			log := v.serviceLog(&f)
			return v.hosting(c.Context(), log, &f, func(ctx context.Context) error { return v.serve(ctx, log) })
		},
	}
	f.add(c)
	f.addLog(c.Flags())
	return c
}

// serve tells that it is ready, and waits until it is to end.
func (v *env) serve(ctx context.Context, log *slog.Logger) error {
	m := managerOf(v.getenv, os.Getpid())
	told := func(state ...string) {
		// It may be asked to end already, and tells that, too.
		if err := m.tell(context.WithoutCancel(ctx), state...); err != nil {
			log.Warn("The service manager does not listen", "error", err)
		}
	}
	log.Info("Ready", "store", v.holder.path)
	told("READY=1", "STATUS=Serves "+v.holder.path)
	m.watchdog(ctx, log, v.holder.well)
	<-ctx.Done()
	log.Info("Ending")
	told("STOPPING=1", "STATUS=Lets requests and commands finish")
	return nil
}

// well says whether reads and writes get through.
func (h *holder) well(ctx context.Context) error {
	if err := h.store.View(ctx, func(core.Tx) error { return nil }); err != nil {
		return err
	}
	// It writes nothing, and waits in the line in which writes do.
	return h.store.Update(ctx, func(core.WriteTx) error { return nil })
}

// serviceLog is the log of a muster that serves: on standard error in the form
// that was asked for, and in the file beside the store, which people read.
func (v *env) serviceLog(f *hostFlags) *slog.Logger {
	o := &slog.HandlerOptions{Level: f.level()}
	var handler slog.Handler = slog.NewTextHandler(v.err, o)
	if f.logFormat == "json" {
		handler = slog.NewJSONHandler(v.err, o)
	}
	return slog.New(slog.NewMultiHandler(handler, slog.NewTextHandler(v.logs(), o)))
}

// level is below what nothing is logged.
func (f *hostFlags) level() (l slog.Level) {
	if l.UnmarshalText([]byte(f.logLevel)) != nil {
		return slog.LevelInfo // which a setting that was checked does not come to
	}
	return l
}
