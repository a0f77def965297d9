package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"muster/cmd/backup"
	"muster/cmd/config"
	"muster/cmd/metrics"
	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/runner"
	"muster/tui/kit"
	"muster/tui/remote"
)

// holder is the process that holds the store while it is open to others: it
// runs their command lines, and the services in the background.
type holder struct {
	path   string // of the store, in its real form
	store  *storage.Store
	engine *core.Engine
	logs   *logFile
	log    *slog.Logger

	services   services
	attendance attendance
	scim       *scimServer // nil while it is off
	socket     *host       // for this machine
	network    *host       // over SSH; nil while it is off
	backups    *backup.Keeper
	inForce    []config.InForce // the settings it began with
	sshUsual   string           // where SSH listens unless that is set
	told       *backupFlags     // what of them it was told when it began
	syncs      *runner.Runner   // of schedules, and that screens have begun
	stopSyncs  func()           // stops them at a safe point
	standing   *standing        // for metrics and probes
	requests   metrics.Requests // of identity providers
}

// host is what serves guests of one kind.
type host struct {
	*remote.Server
	at    string     // the address it listens on; empty for the control socket
	ended chan error // of serving them; nil if there is no way in
}

// hosts are those that there are.
func (h *holder) hosts() []*host {
	if h.network == nil {
		return []*host{h.socket}
	}
	return []*host{h.socket, h.network}
}

// hosting opens the store that v holds to others, with its services in the
// background, while do runs.
func (v *env) hosting(ctx context.Context, log *slog.Logger, f *hostFlags, do func(context.Context) error) error {
	h, err := v.host(ctx, log, f)
	if err != nil {
		return err
	}
	v.holder = h
	err = h.bearable("metrics", h.startMetrics(ctx, f.metrics), v.alone)
	if err == nil {
		err = h.bearable("scim", v.startSCIM(ctx, h, &f.scim), v.alone)
	}
	if err == nil {
		err = h.bearable("ssh", v.startSSH(ctx, h, &f.ssh), v.alone)
	}
	h.services.start(ctx, "backup", h.backups.Run)
	h.services.start(ctx, "notices", h.sender().Run)
	if err == nil {
		h.standing.ready.Store(true)
		err = do(ctx)
		h.standing.ready.Store(false)
	}
	err = errors.Join(err, h.close())
	v.holder = nil
	return err
}

// bearable is the error of a service that did not start, unless its address is
// taken and there are screens, which are of use without it.
func (h *holder) bearable(service string, err error, alone bool) error {
	if fault.Is(err, fault.Busy) && !alone {
		h.services.say(service, fault.Sentence(err))
		return nil
	}
	return err
}

// host opens the store that v holds to others.
func (v *env) host(ctx context.Context, log *slog.Logger, f *hostFlags) (*holder, error) {
	h := &holder{path: realPath(v.store.Path()), store: v.store, engine: v.engine, logs: v.logs(), log: log}
	h.inForce, h.sshUsual = f.inForce, f.ssh.usual
	h.backups, h.told = h.keeper(&f.backups), &f.backups
	h.syncs = runner.New(v.engine, runner.Options{Log: log})
	// They end with close, which says so.
	v.syncs, h.stopSyncs = h.syncs, running(context.WithoutCancel(ctx), h.syncs)
	guests, err := remote.New(remote.Options{Actor: v.actor, Run: h.run, Log: log, Folder: filepath.Dir(h.path)})
	if err != nil {
		h.stopSyncs()
		return nil, err
	}
	h.socket = &host{Server: guests}
	l, err := remote.Listen(ctx, h.path)
	if err != nil {
		// Everything works but this.
		log.Warn("Other commands cannot run while this one does", "error", err)
		h.services.say("socket", "Other commands must wait: there is no control socket")
		return h, nil
	}
	h.socket.ended = make(chan error, 1)
	go func() { h.socket.ended <- guests.Serve(l) }()
	return h, nil
}

// running runs syncs until end, which waits until they have stopped. It may be
// called more than once.
func running(ctx context.Context, syncs *runner.Runner) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		syncs.Run(ctx)
	}()
	return func() { cancel(); <-over }
}

// run carries out a guest's command line.
func (h *holder) run(ctx context.Context, who core.Actor, args []string, s remote.Streams) int {
	ctx, over := h.whileKnown(ctx, who)
	defer over()
	if err := h.engine.SeeAdministrator(ctx, who); err != nil {
		h.log.Warn("When an administrator came in is not kept", "who", who.Name, "error", err)
	}
	v := &env{streams: streams{
		in: s.In, out: s.Out, err: s.Err, environ: s.Environ, dir: s.Dir, away: s.Dir == "",
		asks: s.Asks, wide: s.Wide, lively: s.Lively, width: s.Width, terminal: s.Terminal, from: s.From,
	}, actor: who, holder: h, engine: h.engine.As(who), syncs: h.syncs, log: h.logs}
	if v.width <= 0 {
		v.width = 80
	}
	root, completed := v.commandLine(args)
	v.overNetwork(root)
	root.Version = version
	root.SilenceErrors, root.SilenceUsage = true, true
	err := root.ExecuteContext(ctx)
	if cause := context.Cause(ctx); fault.Is(err, fault.Cancelled) && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return v.finish(errors.Join(err, completed()))
}

// grace is how long guests may take to end when they are asked to, and then
// when they are made to.
const grace = 5 * time.Second

// close ends the syncs, the services and the guests: those who run commands are
// told, and have a moment to finish.
func (h *holder) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	h.services.say("holder", "The muster that holds the store is ending")
	for _, host := range h.hosts() {
		host.Tell(fmt.Sprintf("The muster that holds the store is ending; this command has %.0f seconds left.", grace.Seconds()))
	}
	if syncs := h.syncing(ctx); syncs != "" {
		h.log.Info("Syncs stop at a safe point; the next run goes on from there", "lists", syncs)
	}
	var stopping sync.WaitGroup
	stopping.Go(h.stopSyncs)
	if err := h.empty(ctx, true); err != nil {
		h.log.Info("Guests are made to leave", "guests", whoIsHere(h.guests()))
	}
	stopping.Wait()
	hard, stop := context.WithTimeout(context.Background(), grace)
	defer stop()
	var err error
	for _, host := range h.hosts() {
		err = errors.Join(err, host.Close(hard))
		if host.ended != nil {
			err = errors.Join(err, <-host.ended)
		}
	}
	h.services.stop()
	return err
}

// empty waits until all guests have left. With leave, whoever comes from now on
// is refused.
func (h *holder) empty(ctx context.Context, leave bool) error {
	var all errgroup.Group
	for _, host := range h.hosts() {
		all.Go(func() error { return host.Empty(ctx, leave) })
	}
	return all.Wait()
}

// guests are who is being served, the longest there first.
func (h *holder) guests() (all []remote.Guest) {
	for _, host := range h.hosts() {
		all = append(all, host.Guests()...)
	}
	slices.SortStableFunc(all, func(a, b remote.Guest) int { return a.Since.Compare(b.Since) })
	return all
}

// whoIsHere counts guests in words.
func whoIsHere(guests []remote.Guest) string {
	var screens, commands int
	for _, g := range guests {
		if g.Screens {
			screens++
		} else {
			commands++
		}
	}
	var words []string
	if screens > 0 {
		words = append(words, kit.Many(screens, "terminal session", "terminal sessions"))
	}
	if commands > 0 {
		words = append(words, kit.Many(commands, "command", "commands"))
	}
	return strings.Join(words, " and ")
}

// syncing names the lists that are being synced; empty for none.
func (h *holder) syncing(ctx context.Context) string {
	var names []string
	for _, s := range h.engine.Syncs() {
		name := "a list that is gone"
		if lists, err := h.engine.Lists(ctx); err == nil {
			if i := slices.IndexFunc(lists, func(l roster.List) bool { return l.ID == s.List }); i >= 0 {
				name = lists[i].Name
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// farewell is asked of whoever quits the app while others work through it, or a
// sync runs.
func (v *env) farewell(ctx context.Context) error {
	h := v.holder
	guests, syncs := h.guests(), h.syncing(ctx)
	switch {
	case len(guests) == 0 && syncs == "":
		return nil
	case ctx.Err() != nil:
		return ctx.Err() // there is nobody to ask
	}
	question := "Stay without a screen until they leave? No ends them"
	if len(guests) > 0 {
		v.say("Others work through this muster: %s.", whoIsHere(guests))
	}
	if syncs != "" {
		v.say("A sync is running, of %s. Quitting stops it at a safe point, and the next run goes on from there.", syncs)
		if question = "Stay without a screen until it is over? No stops it"; len(guests) > 0 {
			question = "Stay without a screen until all of it is over? No ends it"
		}
	}
	stay, err := v.confirm(ctx, question)
	if err != nil || !stay {
		if len(guests) > 0 {
			v.say("They have %.0f seconds to finish.", grace.Seconds())
		}
		return err
	}
	v.say("Waiting; ctrl+c ends this.")
	// Ended by ctrl+c is ended as well.
	_ = h.empty(ctx, false)
	for _, s := range h.engine.Syncs() {
		select {
		case <-s.Done():
		case <-ctx.Done():
		}
	}
	return nil
}

// realPath is the one name of a file, there or not yet.
func realPath(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(full)); err == nil {
		return filepath.Join(dir, filepath.Base(full))
	}
	return full
}
