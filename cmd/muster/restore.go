package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/storage"
	"muster/tui/kit"
)

func (v *env) restoreCommand() *cobra.Command {
	var replace bool
	c := &cobra.Command{
		Use: "restore FILE|-", Short: "Put a backup in the place of the store, and keep the old one", Args: exactly(1),
		Long: `Put a backup in the place of the store, after it has been copied there and
verified. A store that is there already is replaced only with --replace, or
when you say yes to it on a terminal, and is kept beside the new one under
another name. Nothing else may use the store meanwhile.

What happened after the backup was made is not in it: tokens that were revoked
since then are good again, and providers and sources must tell anew what they
told since. The credentials of sources are sealed under a key that lies beside
the store and is in no backup; without that key they are entered again.`,
		Example: `muster restore /mnt/backups/muster-20260302T040000Z.db --replace
zstd -dc muster.db.zst | muster restore - --db new.db`,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := v.path()
			if err != nil {
				return err
			}
			path = realPath(path)
			if err := v.mustBeFree(c.Context(), path, "replaced"); err != nil {
				return err
			}
			there := !missing(path)
			if there && !replace {
				if err := v.mayReplace(c.Context(), path, args[0]); err != nil {
					return err
				}
			}
			keep := ""
			if there {
				keep = keptAs(path, time.Now())
			}
			if err := v.putBack(c.Context(), args[0], path, keep); err != nil {
				return err
			}
			return v.restored(c.Context(), path, keep)
		},
	}
	c.Flags().BoolVar(&replace, "replace", false, "replace the store that is there, which is kept under another name")
	return c
}

// keptAs is the name under which a store is kept that is replaced.
func keptAs(path string, now time.Time) string {
	name := strings.TrimSuffix(path, ".db") + ".replaced-" + now.UTC().Format("20060102T150405Z")
	kept := name + ".db"
	for n := 2; !missing(kept); n++ {
		kept = fmt.Sprintf("%s-%d.db", name, n)
	}
	return kept
}

// mayReplace asks whether the store at path may be replaced.
func (v *env) mayReplace(ctx context.Context, path, by string) error {
	if !v.asks || by == "-" {
		return fault.New(fault.Conflict, "There is a store at %s already; --replace puts the backup in its place and keeps it under another name, --db names another file for the backup", path)
	}
	v.say("There is a store at %s, with %s.", path, contents(path))
	yes, err := v.confirm(ctx, "Put the backup in its place? It is kept under another name")
	if err == nil && !yes {
		err = fault.New(fault.Cancelled, "Nothing was changed")
	}
	return err
}

// contents tells in words what is in the store at path.
func contents(path string) string {
	lists, err := listsIn(context.Background(), path)
	if err != nil {
		return "what cannot be read"
	}
	return kit.Many(len(lists), "list", "lists") + " of " + kit.Many(peopleIn(lists), "person", "people")
}

// listsIn are the lists of the store at path, which is not in use.
func listsIn(ctx context.Context, path string) (lists []roster.List, err error) {
	s, err := storage.Open(path, storage.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	err = s.View(ctx, func(tx core.Tx) error {
		lists, err = tx.Lists()
		return err
	})
	return lists, errors.Join(err, s.Close())
}

func peopleIn(lists []roster.List) (n int) {
	for _, l := range lists {
		n += l.Standing.Active + l.Standing.Inactive
	}
	return n
}

// putBack copies the backup to path.
func (v *env) putBack(ctx context.Context, from, path, keep string) (err error) {
	r, bytes, done, err := v.reading(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	p := new(core.Progress)
	return v.watch(ctx, p.Step, func(ctx context.Context) error { return storage.Restore(ctx, r, bytes, path, keep, p) })
}

// restored says what was done, and what there is to do.
func (v *env) restored(ctx context.Context, path, keep string) error {
	v.say("%s is restored, with %s.", path, contents(path))
	if keep != "" {
		v.say("The store that was there is kept as %s.", keep)
	}
	lists, err := listsIn(ctx, path)
	sealed := false
	for _, l := range lists {
		pushed := l.Connection.Kind == string(changeset.SCIM)
		sealed = sealed || l.Connected() && !pushed
		if pushed {
			v.say("%s: tokens that were revoked after the backup was made are good again (muster token ls %s); have the provider push everybody anew.", l.Slug, l.Slug)
		}
	}
	if _, missing := keyBeside(path, v.getenv)(false); sealed && missing != nil {
		v.say("The credentials of sources are sealed under a key that is in no backup: put it back as %s.key or in %s, or enter them again.", path, keyEnv)
	}
	return err
}
