package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"muster/cmd/config"
	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/runner"
	"muster/tui/remote"
)

const version = "0.1"

// run carries out one command line and returns the exit status. If another
// process holds the store, it is run through that one; if that ends before
// anything was begun, it is tried again for a while.
func run(ctx context.Context, args []string, s streams) int {
	for deadline := time.Now().Add(patience); ; {
		status, err := attempt(ctx, args, s)
		switch {
		case !errors.Is(err, remote.ErrNobody):
			return status
		case time.Now().After(deadline):
			s.say("muster: The muster that holds the store is ending; try again in a moment.")
			return exitFailed
		}
		select {
		case <-ctx.Done():
			return exitFailed
		case <-time.After(step):
		}
	}
}

// step is the time between two attempts.
const step = 50 * time.Millisecond

// attempt is run, once. The error is ErrNobody if the other process ended before
// anything was begun; nothing has been said of it then.
func attempt(ctx context.Context, args []string, s streams) (int, error) {
	v := &env{streams: s, actor: localActor()}
	root, completed := v.commandLine(args)
	err := fang.Execute(ctx, root, fang.WithVersion(version), fang.WithoutManpage(),
		fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {})) // finish says it
	if v.through == nil {
		return v.finish(errors.Join(err, completed())), nil
	}
	status, err := v.elsewhere(ctx, args)
	switch {
	case err == nil:
		return status, nil
	case errors.Is(err, remote.ErrNobody):
		return exitFailed, errors.Join(err, v.close())
	}
	return v.finish(err), nil
}

// commandLine makes the commands for one command line. What they propose to
// complete it is held back until the end: it may turn out that another process
// knows.
func (v *env) commandLine(args []string) (root *cobra.Command, completed func() error) {
	v.completes = completes(args)
	root = v.root()
	root.SetArgs(append([]string{}, args...)) // nil would be the process's own
	root.SetIn(v.in)
	root.SetOut(v.out)
	root.SetErr(v.err)
	if !v.completes {
		return root, func() error { return nil }
	}
	var words bytes.Buffer
	root.SetOut(&words)
	return root, func() error {
		_, err := v.out.Write(words.Bytes())
		return err
	}
}

// finish ends a command line: it lets go of what was opened, says the error,
// and returns the exit status.
func (v *env) finish(err error) int {
	if err = explained(errors.Join(err, v.close())); err != nil {
		v.complain(err)
	}
	return exitStatus(err)
}

// env is what a command works with: the streams of whoever called it, who that
// is, and the engine, opened when it is first needed.
type env struct {
	streams
	actor  core.Actor
	db     string
	debug  bool
	store  *storage.Store
	engine *core.Engine
	// holder is what opened the store to others: this command, or the process
	// that runs it for a guest.
	holder *holder
	// syncs runs those that screens begin; nil in a command of its own.
	syncs *runner.Runner
	// through leads to the process that holds the store, if another one does;
	// alone says that this must not be.
	through *remote.Client
	alone   bool
	// onScreens says that the command opens the screens, completes that it asks
	// how a command line is completed.
	onScreens, completes bool
	// made says that the store is of made-up people, and thrown away.
	made bool
	log  *logFile // once it is known where
	// config names the settings file, settled is what it says, once it was read.
	config  string
	settled *config.File
	// scratch is a folder that goes when the command ends.
	scratch string
}

func localActor() core.Actor {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return core.LocalUser(u.Username)
	}
	return core.LocalUser("local")
}

// open returns the engine of the store that --db names, making the store if
// there is none.
func (v *env) open(ctx context.Context) (*core.Engine, error) {
	path, err := v.path()
	if err != nil || v.engine != nil {
		return v.engine, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unwritable(err, filepath.Dir(path))
	}
	if v.store, err = v.take(ctx, path, storage.Options{}); err != nil {
		return nil, err
	}
	v.engine, err = core.Open(ctx, v.store, core.Options{Log: v.logs().logger(v.debug), Kinds: kinds(), Key: keyBeside(path, v.getenv)})
	return v.engine, err
}

// existing is open for commands that have nothing to do in a new store: a
// mistyped --db must not leave a file behind.
func (v *env) existing(ctx context.Context) (*core.Engine, error) {
	path, err := v.path()
	if err != nil {
		return nil, err
	}
	if v.engine == nil && missing(path) {
		return nil, fault.New(fault.NotFound, "There is no store at %s yet; muster import SLUG FILE --create makes it, --db or MUSTER_DB name another", path)
	}
	return v.open(ctx)
}

// logs is the log, beside the store that --db names unless it is known to be
// elsewhere.
func (v *env) logs() *logFile {
	if v.log == nil {
		v.log = new(logFile)
		if path, err := v.path(); err == nil {
			v.log = logBeside(path)
		}
	}
	return v.log
}

// logAt is where a person can read the log; whoever is elsewhere cannot.
func (v *env) logAt() string {
	at := v.logs().at()
	if at != "" && v.away {
		at = "the log of the server"
	}
	return at
}

// path is the store's file: --db, else MUSTER_DB, else what the settings file
// says, else muster/muster.db under the user's data directory (XDG Base Directory Specification). A guest's is
// the one that is held.
func (v *env) path() (string, error) {
	if v.guest() {
		return v.heldPath()
	}
	if db := cmp.Or(v.db, v.getenv("MUSTER_DB")); db != "" {
		return db, nil
	}
	switch f, err := v.settingsFile(); {
	case err != nil:
		return "", err
	case f != nil:
		if named, ok := f.Values(config.Store); ok {
			return f.Beside(named[0]), nil
		}
	}
	data := v.getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(data) {
		home := v.getenv("HOME")
		if home == "" {
			return "", fault.New(fault.Invalid, "There is no home directory to keep the store in; name a file with --db or MUSTER_DB")
		}
		data = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(data, "muster", "muster.db"), nil
}

// guest says that this is run for another process, which does not hold the
// store itself.
func (v *env) guest() bool { return v.holder != nil && v.store == nil }

func (v *env) heldPath() (string, error) {
	if v.db == "" {
		return v.holder.path, nil
	}
	db, err := v.file(v.db)
	if err == nil && realPath(db) != v.holder.path {
		err = fault.New(fault.Invalid, "--db names another store than the one that is held here, %s", v.holder.path)
	}
	return v.holder.path, err
}

// getenv looks up a variable of whoever called the command.
func (v *env) getenv(name string) string {
	for _, pair := range v.environ {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// close lets go of what was opened here; a holder's store is not a guest's to
// close.
func (v *env) close() (err error) {
	if v.store != nil {
		err = v.store.Close()
		v.store, v.engine = nil, nil
	}
	if v.scratch != "" {
		err = errors.Join(err, os.RemoveAll(v.scratch))
	}
	return err
}

// list returns the engine and the list of a slug.
func (v *env) list(ctx context.Context, slug string) (*core.Engine, roster.List, error) {
	e, err := v.existing(ctx)
	if err != nil {
		return nil, roster.List{}, err
	}
	l, err := e.List(ctx, slug)
	return e, l, err
}

// The groups of the help.
const (
	groupLook   = "look"
	groupChange = "change"
	groupKeep   = "keep"
)

// root builds the whole command line.
func (v *env) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "muster",
		Short: "Rosters that stay in step with their directories",
		Long: `Muster keeps an organisation's credentialing rosters (the people who get a
card) in step with the directories they come from. Without a command it opens
the terminal app; every screen's work can be done by a command, too.

A list is named by its slug, a person by the UID. Results go to standard
output, with --json as one JSON object a line; messages go to standard error.
A change asks first on a terminal. Elsewhere it waits for review, unless --yes
is given and the guard is quiet. What was applied can be rolled back.

Exit status: 0 done, or nothing to do; 1 failed; 2 wrong use; 3 held for review.`,
		Example: `# make a list from a file, then bring in next term's
muster import staff people.csv --create --uid 'Employee number'
muster import staff next-term.csv --deactivate-missing --dry-run
muster import staff next-term.csv --deactivate-missing --yes
# look, and take back
muster people staff --filter 'dep:sci status:all' --csv
muster changes ls staff
muster changes rollback 2`,
		Args: func(c *cobra.Command, args []string) error { return noCommand(c, args) },
	}
	root.PersistentFlags().StringVar(&v.db, "db", "", "the store's `FILE` (default: MUSTER_DB, else muster/muster.db in the user's data directory)")
	root.PersistentFlags().StringVar(&v.config, "config", "", "the settings `FILE` (default: MUSTER_CONFIG, else muster/config.toml in the user's configuration directory)")
	root.PersistentFlags().BoolVar(&v.debug, "debug", false, "also write to standard error where an error came from")
	root.SetFlagErrorFunc(misread)
	root.AddGroup(&cobra.Group{ID: groupLook, Title: "look"}, &cobra.Group{ID: groupChange, Title: "change"}, &cobra.Group{ID: groupKeep, Title: "keep"})
	root.SetHelpCommandGroupID(groupKeep)
	root.SetCompletionCommandGroupID(groupKeep)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	v.app(root)
	add(groupLook, v.demoCommand(), v.listCommand(), v.peopleCommand(), v.exportCommand(), v.logCommand())
	add(groupChange, v.importCommand(), v.syncCommand(), v.personCommand(), v.sessionCommand(), v.changesCommand(), v.duplicatesCommand(), v.sourceCommand(), v.mappingCommand(), v.schemaCommand(), v.tokenCommand(), v.undoCommand(), v.redoCommand())
	add(groupKeep, v.serveCommand(), v.adminCommand(), v.backupCommand(), v.restoreCommand(), v.dumpCommand(), v.loadCommand(), v.checkCommand(), v.compactCommand(), v.manCommand())
	add(groupKeep, v.configCommand(), v.notifyCommand())
	unquoteFlags(root)
	return root
}

// exactly accepts n arguments; another number is wrong use.
func exactly(n int) cobra.PositionalArgs { return between(n, n) }

// between accepts from least to most arguments; most below zero is no limit.
func between(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("Something is missing; it is used like this: %s", strings.TrimSuffix(c.UseLine(), " [flags]"))
		case most >= 0 && len(args) > most:
			return usagef("%q is one argument too many; it is used like this: %s", args[most], strings.TrimSuffix(c.UseLine(), " [flags]"))
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, RunE: func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return noCommand(c, args)
		}
		return usagef("%s needs one of its commands: %s", c.CommandPath(), commandNames(c))
	}}
	c.AddCommand(commands...)
	return c
}

func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef("%s has no command %q; did you mean %s?", c.CommandPath(), args[0], near[0])
	}
	return usagef("%s has no command %q; there are %s", c.CommandPath(), args[0], commandNames(c))
}

func commandNames(c *cobra.Command) string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return strings.Join(names, ", ")
}
