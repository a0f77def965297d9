package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/storage"
)

// run carries out one command line and returns the exit status.
func run(ctx context.Context, args []string, s streams) int {
	v := &env{streams: s, actor: localActor()}
	root := v.root()
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := fang.Execute(ctx, root, fang.WithErrorHandler(func(w io.Writer, _ fang.Styles, err error) { v.complain(w, err) }))
	err = errors.Join(err, v.close())
	return exitStatus(unjoined(err))
}

// unjoined takes a single error out of what errors.Join made of it.
func unjoined(err error) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok && len(many.Unwrap()) == 1 {
		return many.Unwrap()[0]
	}
	return err
}

// complain says an error as a sentence for a person.
func (v *env) complain(w io.Writer, err error) {
	var usage usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(w, "muster: %v\nTry --help for how it is used.\n", err)
	case fault.CodeOf(err) == fault.Internal:
		fmt.Fprintf(w, "muster: %v\n", err)
	default:
		fmt.Fprintf(w, "muster: %s.\n", strings.TrimSuffix(fault.Sentence(err), "."))
	}
}

// env is what a command works with: the streams of whoever called it, who that
// is, and the engine, opened when it is first needed.
type env struct {
	streams
	actor  core.Actor
	db     string
	store  *storage.Store
	engine *core.Engine
}

func localActor() core.Actor {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return core.Actor{Name: u.Username}
	}
	return core.Actor{Name: "local"}
}

// open returns the engine of the store that --db names.
func (v *env) open(ctx context.Context) (*core.Engine, error) {
	if v.engine != nil {
		return v.engine, nil
	}
	path, err := v.path()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The folder of the store cannot be made: %v", err)
	}
	if v.store, err = storage.Open(path, storage.Options{}); err != nil {
		return nil, err
	}
	v.engine, err = core.Open(ctx, v.store, core.Options{})
	return v.engine, err
}

// path is the store's file: --db, else MUSTER_DB, else muster/muster.db under
// the user's data directory (XDG Base Directory Specification).
func (v *env) path() (string, error) {
	if v.db != "" {
		return v.db, nil
	}
	if db := os.Getenv("MUSTER_DB"); db != "" {
		return db, nil
	}
	data := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(data) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fault.Wrap(err, fault.Invalid, "There is no home directory to keep the store in; name one with --db")
		}
		data = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(data, "muster", "muster.db"), nil
}

func (v *env) close() error {
	if v.store == nil {
		return nil
	}
	err := v.store.Close()
	v.store, v.engine = nil, nil
	return err
}

// list returns the engine and the list of a slug.
func (v *env) list(ctx context.Context, slug string) (*core.Engine, roster.List, error) {
	e, err := v.open(ctx)
	if err != nil {
		return nil, roster.List{}, err
	}
	l, err := e.List(ctx, slug)
	return e, l, err
}

// root builds the whole command line.
func (v *env) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "muster",
		Short: "Rosters that stay in step with their directories",
		Long: `Muster keeps an organisation's credentialing rosters in step with the
directories they come from. Without a command it opens the terminal app.

Exit status: 0 done or nothing to do, 1 failed, 2 wrong use, 3 held for review.`,
		Args:    exactly(0),
		Version: "0.1",
	}
	root.PersistentFlags().StringVar(&v.db, "db", "", "the store's `FILE` (default MUSTER_DB, else muster/muster.db in the user's data directory)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	v.app(root)
	for _, c := range []*cobra.Command{
		v.demoCommand(), v.listCommand(), v.importCommand(), v.exportCommand(), v.peopleCommand(), v.personCommand(),
		v.changesCommand(), v.undoCommand(), v.redoCommand(),
	} {
		root.AddCommand(c)
	}
	return root
}

// exactly accepts n arguments; another number is wrong use.
func exactly(n int) cobra.PositionalArgs { return between(n, n) }

// between accepts from least to most arguments; most below zero is no limit.
func between(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s needs more: %s", c.CommandPath(), c.UseLine())
		case most >= 0 && len(args) > most:
			return usagef("%s takes no %q", c.CommandPath(), args[most])
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, RunE: func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef("%s has no command %q", c.CommandPath(), args[0])
		}
		return usagef("%s needs a command; %s --help lists them", c.CommandPath(), c.CommandPath())
	}}
	c.AddCommand(commands...)
	return c
}
