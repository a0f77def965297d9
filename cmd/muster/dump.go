package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/storage"
	"muster/tui/kit"
)

func (v *env) dumpCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "dump FILE|-", Short: "Write everything that the store keeps as JSON Lines, to be read and loaded elsewhere", Args: exactly(1),
		Long: `Write everything that the store keeps as readable JSON Lines, one object a row:
lists, people, journal, changesets, resources, sessions, pins, tokens as their
hashes. It is of one moment, as a backup is, and in the same order each time.
muster load makes a store of it, as one that is newer or elsewhere.`,
		Example: `muster dump - | zstd > muster.jsonl.zst
muster dump - | jq -c 'select(.kind == "person" and .status == "inactive") | .values'`,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			if args[0] == "-" {
				return v.toOutput(func(path string) error { return v.dump(c.Context(), e, path) })
			}
			path, err := v.file(args[0])
			if err != nil {
				return err
			}
			if err := v.dump(c.Context(), e, path); err != nil {
				return err
			}
			v.say("Wrote everything to %s.", args[0])
			return nil
		},
	}
	return c
}

// dump writes everything to a file, and shows how far it has come.
func (v *env) dump(ctx context.Context, e *core.Engine, path string) error {
	moment, err := snapshot(ctx, e, v.actor, v.kept())
	if err != nil {
		return err
	}
	p := new(core.Progress)
	err = v.watch(ctx, p.Step, func(ctx context.Context) error {
		return replaceFile(path, func(w io.Writer) error { return moment.Dump(ctx, w, p) })
	})
	return errors.Join(err, moment.Close())
}

func (v *env) loadCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "load FILE|-", Short: "Make a store of what muster dump wrote", Args: exactly(1),
		Long: `Make a store of what muster dump wrote: the one that --db names, which is not
there yet, or has nothing in it. All of it is verified before the store gets its
name, so there is all of it or nothing.`,
		Example: `muster load muster.jsonl --db new.db`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			path, err := v.path()
			if err != nil {
				return err
			}
			path = realPath(path)
			if err := v.mustBeFree(c.Context(), path, "loaded"); err != nil {
				return err
			}
			r, bytes, done, err := v.reading(args[0])
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			p := new(core.Progress)
			err = v.watch(c.Context(), p.Step, func(ctx context.Context) error { return storage.Load(ctx, r, bytes, path, p) })
			if err != nil {
				return err
			}
			lists, err := listsIn(c.Context(), path)
			v.say("Made %s, with %s of %s.", path, kit.Many(len(lists), "list", "lists"), kit.Many(peopleIn(lists), "person", "people"))
			return err
		},
	}
	return c
}

// reading opens a file that a command was given, or standard input for -, and
// tells how many bytes it has, 0 if that is not known.
func (v *env) reading(name string) (r io.Reader, bytes int64, done func() error, err error) {
	if name == "-" {
		return v.in, 0, func() error { return nil }, nil
	}
	path, err := v.file(name)
	if err != nil {
		return nil, 0, nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, nil, fault.Wrap(err, fault.NotFound, "%s cannot be read: %v", name, cause(err))
	}
	if info, err := f.Stat(); err == nil {
		bytes = info.Size()
	}
	return f, bytes, f.Close, nil
}
