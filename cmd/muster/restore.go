package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	var replace, jsonOut bool
	c := &cobra.Command{
		Use: "restore FILE|-", Short: "Put a backup in the place of the store, and keep the old one", Args: exactly(1),
		Long: `Put a backup in the place of the store, after it has been copied there and
verified. A store that is there already is replaced only with --replace, or
when you say yes to it on a terminal, and is kept beside the new one under
another name. Nothing else may use the store meanwhile.

What happened after the backup was made is not in it: tokens that were revoked
since then are good again, and providers and sources must tell anew what they
told since. The credentials of sources and the secrets of webhooks are sealed
under a key that lies beside the store, or is in MUSTER_KEY, and is in no backup:
those that the key here does not open are named, and are given again.`,
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
			return v.restored(c.Context(), path, keep, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print what was restored, and which credentials are to be given again, as a JSON object")
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
	err = lookInto(ctx, path, func(tx core.Tx) error {
		lists, err = tx.Lists()
		return err
	})
	return lists, err
}

// lookInto looks into the store at path, which is not in use.
func lookInto(ctx context.Context, path string, fn func(core.Tx) error) error {
	s, err := storage.Open(path, storage.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(s.View(ctx, fn), s.Close())
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

// restoredJSON is what was restored.
type restoredJSON struct {
	Store       string           `json:"store"`
	Kept        string           `json:"kept,omitempty"` // the store that was there
	Lists       int              `json:"lists"`
	People      int              `json:"people"`
	Pushed      []string         `json:"pushed"` // lists whose tokens and providers are to be looked at
	Credentials []credentialJSON `json:"credentials"`
}

// credentialJSON is a credential that is to be given again.
type credentialJSON struct {
	Connection string       `json:"connection,omitempty"`
	Outlet     int          `json:"outlet,omitempty"`
	URL        string       `json:"url,omitempty"`
	Lists      []string     `json:"lists"`
	Why        core.LostWhy `json:"why"`
	Do         string       `json:"do"`
}

// restored says what was done, and what there is to do.
func (v *env) restored(ctx context.Context, path, keep string, jsonOut bool) error {
	v.say("%s is restored, with %s.", path, contents(path))
	if keep != "" {
		v.say("The store that was there is kept as %s.", keep)
	}
	var lists []roster.List
	var lost []core.LostCredential
	var noKey string
	err := lookInto(ctx, path, func(tx core.Tx) (err error) {
		if lists, err = tx.Lists(); err != nil {
			return err
		}
		lost, noKey, err = core.LostCredentials(tx, keyBeside(path, v.getenv))
		return err
	})
	if err != nil {
		return err
	}
	done := restoredJSON{Store: path, Kept: keep, Lists: len(lists), People: peopleIn(lists), Pushed: []string{}, Credentials: []credentialJSON{}}
	for _, l := range lists {
		if l.Connection.Kind == string(changeset.SCIM) {
			done.Pushed = append(done.Pushed, l.Slug)
			v.say("%s: tokens that were revoked after the backup was made are good again (muster token ls %s); have the provider push everybody anew.", l.Slug, l.Slug)
		}
	}
	if len(lost) > 0 {
		v.say("%s. Put back the one that they were sealed under, as %s.key or in %s; it is in no backup. Or give them again:", whyLost(lost, noKey), path, keyEnv)
	}
	for i := range lost {
		c := &lost[i]
		v.say("  %s: %s", nameLost(c), giveAgain(c))
		done.Credentials = append(done.Credentials, credentialJSON{c.Connection, c.Outlet, c.URL, some(c.Lists), c.Why, giveAgain(c)})
	}
	if !jsonOut {
		return nil
	}
	return v.json(done)
}

// whyLost says why credentials cannot be opened, without the full stop.
func whyLost(lost []core.LostCredential, noKey string) string {
	text := kit.Many(len(lost), "credential cannot", "credentials cannot") + " be opened"
	switch {
	case noKey != "":
		return text + ": " + strings.ToLower(noKey[:1]) + noKey[1:]
	case slices.ContainsFunc(lost, func(c core.LostCredential) bool { return c.Why == core.OtherKey }):
		return text + ": the key that is here is another"
	}
	return text + ", though the key is here: what is sealed is damaged"
}

func nameLost(c *core.LostCredential) string {
	if c.Outlet > 0 {
		return fmt.Sprintf("the secret of webhook %d of %s, to %s", c.Outlet, c.Lists[0], c.URL)
	}
	if len(c.Lists) == 0 {
		return "the connection " + c.Connection + ", which no list uses"
	}
	return "the connection " + c.Connection + ", of " + strings.Join(c.Lists, ", ")
}

// giveAgain is the command line by which a credential is given again.
func giveAgain(c *core.LostCredential) string {
	switch {
	case c.Outlet > 0:
		return fmt.Sprintf("muster notify rm %s %d, then muster notify add %s --webhook %s", c.Lists[0], c.Outlet, c.Lists[0], c.URL)
	case len(c.Lists) == 0:
		return "nothing to do"
	}
	return "muster source connect " + c.Lists[0] + " " + c.Kind
}
