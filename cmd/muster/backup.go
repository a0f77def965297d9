package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"muster/cmd/backup"
	"muster/core"
	"muster/core/fault"
	"muster/storage"
	"muster/tui/kit"
)

// backupJSON is a backup that was written.
type backupJSON struct {
	File  string `json:"file"` // empty on standard output
	Bytes int64  `json:"bytes"`
	Lists int    `json:"lists"`
}

func (v *env) backupCommand() *cobra.Command {
	var how backupHow
	c := &cobra.Command{
		Use: "backup [FILE|-]", Short: "Write a verified copy of the whole store, while it is in use", Args: between(0, 1),
		Long: `Write a copy of the whole store as it is at one moment: to a file that only you
may read, with - to standard output, and without either to the folder of the
backups that a muster writes by itself (--backup-every of muster serve; backups
beside the store), of which it keeps so many. The store stays in use meanwhile:
nobody waits for a backup. The copy is verified as muster check does before it
gets its name, and a file that is there already is replaced only then.

--every and --keep set how often a muster that is up writes one into that folder
by itself, and how many of them stay, unless its settings file, a variable or a
flag of its own says so; none is written then. --list shows those in the folder,
--verify one of them as muster check does. Over a network an owner may list,
verify and set; a backup is sent to them with -.

muster restore puts it back. Not in it are the settings file, and the key under
which the credentials of sources are sealed: that lies beside the store, and is
worth a copy of its own, elsewhere.`,
		Example: `muster backup /mnt/backups/muster.db
muster backup - | zstd | ssh vault 'cat > muster.db.zst'
muster backup --list
muster backup --every 24h --keep 14`,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			to := ""
			if len(args) == 1 {
				to = args[0]
			}
			switch {
			case how.asks(c) && to != "":
				return usagef("--list, --verify, --every and --keep are about the backups in the folder, and write none")
			case how.list:
				return v.listBackups(c.Context(), e, how.json)
			case how.verify != "":
				return v.verifyBackup(c.Context(), e, how.verify, how.json)
			case how.asks(c):
				return v.scheduleBackups(c, e, &how)
			case to == "-" && v.wide:
				return usagef("A backup is not for a terminal; send it to a file, or through a pipe")
			case to == "-":
				return v.toOutput(func(path string) error {
					_, _, err := v.backUp(c.Context(), e, path)
					return err
				})
			case to == "":
				return v.backUpToFolder(c.Context(), e, how.json)
			}
			return v.backUpTo(c.Context(), e, to, how.json)
		},
	}
	c.Flags().BoolVar(&how.list, "list", false, "show the backups in the folder, and write none")
	c.Flags().StringVar(&how.verify, "verify", "", "verify the backup of this `NAME` in the folder, or with newest the newest, and write none")
	c.Flags().StringVar(&how.every, "every", "", "have one written by itself every so much `TIME`, as 24h, or never with 0; writes none now")
	c.Flags().StringVar(&how.keep, "keep", "", "keep the `N` newest of those in the folder, or all with 0; writes none now")
	c.Flags().BoolVar(&how.json, "json", false, "also print what was written, is there or is set, as JSON objects")
	return c
}

// backupHow is what is asked of muster backup.
type backupHow struct {
	list, json          bool
	verify, every, keep string
}

// asks reports whether it is about the backups that there are, or will be.
func (how *backupHow) asks(c *cobra.Command) bool {
	return how.list || how.verify != "" || c.Flags().Changed("every") || c.Flags().Changed("keep")
}

// backUpTo writes a backup to the file that the command was given.
func (v *env) backUpTo(ctx context.Context, e *core.Engine, to string, jsonOut bool) error {
	path, err := v.file(to)
	if err != nil {
		return err
	}
	if realPath(path) == realPath(v.kept().Path()) {
		return usagef("%s is the store itself; name another file for its backup", to)
	}
	done := backupJSON{File: to}
	if done.Bytes, done.Lists, err = v.backUp(ctx, e, path); err != nil {
		return err
	}
	v.say("Wrote a verified backup of %s to %s, %s.", kit.Many(done.Lists, "list", "lists"), to, kit.Bytes(done.Bytes))
	if jsonOut {
		return v.json(done)
	}
	return nil
}

// backUpToFolder writes a backup where a muster writes them by itself.
func (v *env) backUpToFolder(ctx context.Context, e *core.Engine, jsonOut bool) error {
	if v.away {
		return fault.New(fault.Denied, noBackupAway)
	}
	keeper, _, err := v.keeper()
	if err != nil {
		return err
	}
	lists, err := e.Lists(ctx)
	if err != nil {
		return err
	}
	var f backup.File
	p := new(core.Progress)
	err = v.watch(ctx, p.Step, func(ctx context.Context) error {
		f, err = keeper.BackUp(ctx, v.actor, p)
		return err
	})
	if err != nil {
		return err
	}
	v.say("Wrote a verified backup of %s to %s, %s.", kit.Many(len(lists), "list", "lists"), f.Path, kit.Bytes(f.Bytes))
	if jsonOut {
		return v.json(backupJSON{f.Path, f.Bytes, len(lists)})
	}
	return nil
}

// kept is the store, opened here or held by the process that runs this.
func (v *env) kept() *storage.Store {
	if v.guest() {
		return v.holder.store
	}
	return v.store
}

// backUp writes a backup to path, and shows how far it has come.
func (v *env) backUp(ctx context.Context, e *core.Engine, path string) (bytes int64, lists int, err error) {
	all, err := e.Lists(ctx)
	if err != nil {
		return 0, 0, err
	}
	p := new(core.Progress)
	err = v.watch(ctx, p.Step, func(ctx context.Context) error { return backUp(ctx, e, v.actor, v.kept(), path, p) })
	if err != nil {
		return 0, 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, fmt.Errorf("look at the backup: %w", err)
	}
	return info.Size(), len(all), nil
}

// backUp writes a copy of the store to path.
func backUp(ctx context.Context, e *core.Engine, actor core.Actor, store *storage.Store, path string, p *core.Progress) error {
	moment, err := snapshot(ctx, e, actor, store)
	if err != nil {
		return err
	}
	return errors.Join(moment.Copy(ctx, path, p), moment.Close())
}

// snapshot is a moment of the store at which no changeset is half applied.
func snapshot(ctx context.Context, e *core.Engine, actor core.Actor, store *storage.Store) (moment *storage.Snapshot, err error) {
	err = e.AtRest(ctx, actor, func() error {
		moment, err = store.Snapshot()
		return err
	})
	return moment, err
}

// toOutput has write fill a file beside the store first, and sends that to
// standard output: whoever reads there may be slow, and a moment of the store is
// not to be held that long.
func (v *env) toOutput(write func(path string) error) error {
	home := filepath.Dir(v.kept().Path())
	dir, err := os.MkdirTemp(home, ".muster-output-")
	if err != nil {
		return unwritable(err, home)
	}
	path := filepath.Join(dir, "output")
	err = write(path)
	if err == nil {
		err = v.send(path)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

func (v *env) send(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read what was written: %w", err)
	}
	if _, err = io.Copy(v.out, f); err != nil {
		err = fmt.Errorf("write to standard output: %w", err)
	}
	return errors.Join(err, f.Close())
}

func (v *env) compactCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "compact [FILE]", Short: "Write a store anew without the room that it no longer needs", Args: between(0, 1),
		Long: `Write a store, by default the one in use, anew without the room that it no longer
needs, as after a large import that was rolled back. What was written is
verified before it takes the old file's place. A store never needs this: room
that is free in it is used again.`,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := v.path()
			if len(args) == 1 {
				path, err = v.file(args[0])
			}
			if err != nil {
				return err
			}
			if err := v.mustBeFree(c.Context(), path, "compacted"); err != nil {
				return err
			}
			var was, is int64
			p := new(core.Progress)
			err = v.watch(c.Context(), p.Step, func(ctx context.Context) error {
				was, is, err = storage.Compact(ctx, realPath(path), p)
				return err
			})
			if err != nil {
				return err
			}
			v.say("%s has %s, and had %s.", path, kit.Bytes(is), kit.Bytes(was))
			return nil
		},
	}
	return c
}

// mustBeFree refuses to touch a store's file while a process holds it; done is
// what was to be done to it.
func (v *env) mustBeFree(ctx context.Context, path, done string) error {
	process := 0
	if v.guest() && realPath(path) == v.holder.path {
		process = os.Getpid()
	} else if client, err := v.holderOf(ctx, path); err != nil {
		return err
	} else if client != nil {
		process = client.Process()
		if err := client.Close(); err != nil {
			return err
		}
	}
	if process == 0 {
		return nil
	}
	return fault.New(fault.Busy, "%s is in use by process %d, and is %s only while nobody uses it: quit that muster, or stop its service (systemctl stop muster), and run this again",
		cmp.Or(path, "The store"), process, done)
}
