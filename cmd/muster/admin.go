package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/core/key"
	"muster/core/roster"
	"muster/tui/remote"
)

func (v *env) adminCommand() *cobra.Command {
	c := group("admin", "Add, look at, change and remove the administrators who come by SSH",
		v.adminAdd(), v.adminLs(), v.adminSet(), v.adminRm())
	c.Long = `Administrators come by SSH, where muster serve lets them in, each with a key of
their own: ssh -p 2222 HOST opens the screens, and ssh -p 2222 HOST people staff
runs a command. What they do is in the journal under their name. Whoever runs
muster on the machine that has the store is its owner, and is not listed here.

` + roleWords
	return c
}

const roleWords = `Each role may also what those before it may:
  viewer    looks at lists, people, changesets and logs
  editor    edits people and sessions, imports, and decides changesets
  manager   connects sources, edits mappings and schemas, makes tokens and lists
  owner     adds administrators, backs up, and changes what is set for the store

With --list a role is for that list, in place of the one for all lists. Who has
roles in some lists only sees no others.`

// adminJSON is an administrator; lists are by slug.
type adminJSON struct {
	Name  string            `json:"name"`
	Role  string            `json:"role"`
	Lists map[string]string `json:"lists"`
	Keys  []key.Key         `json:"keys"`
	By    string            `json:"by"`
	Added string            `json:"added"`
	Seen  string            `json:"last_seen"` // empty for never
}

// adminFlags are what an administrator is to be.
type adminFlags struct {
	keys, forget []string
	role         string
	lists        []string
	json         bool
}

func (f *adminFlags) add(c *cobra.Command, v *env) {
	c.Flags().StringArrayVar(&f.keys, "key", nil, "the public key in this `FILE` (as id_ed25519.pub), or - for standard input; repeat for more")
	c.Flags().StringVar(&f.role, "role", "", "`ROLE`: viewer, editor, manager or owner")
	c.Flags().StringArrayVar(&f.lists, "list", nil, "the role is for the list with this `SLUG` only; repeat for more")
	c.Flags().BoolVar(&f.json, "json", false, "print the administrator as a JSON object")
	v.completingFlag(c, "role", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return roleNames(), cobra.ShellCompDirectiveNoFileComp
	})
	v.completingFlag(c, "list", v.completing(v.slugs))
}

func roleNames() (names []string) {
	for _, r := range core.Roles() {
		names = append(names, string(r))
	}
	return names
}

func (v *env) adminAdd() *cobra.Command {
	var how adminFlags
	c := &cobra.Command{
		Use: "add NAME --key FILE|- --role ROLE", Short: "Add an administrator, known by an SSH key", Args: exactly(1),
		Long: "Add an administrator, who proves by an SSH key who they are.\n\n" + roleWords,
		Example: `muster admin add kim --key kim.pub --role owner
muster admin add lee --key - --role editor --list staff < lee.pub`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(how.keys) == 0 {
				return usagef("An administrator is known by a key; --key names the file that has the public one")
			}
			if how.role == "" {
				return usagef("Say what %s may do: --role viewer, editor, manager or owner", args[0])
			}
			e, err := v.open(c.Context())
			if err != nil {
				return err
			}
			change, err := v.adminChange(c.Context(), e, &how)
			if err != nil {
				return err
			}
			a := core.Administrator{Name: args[0]}
			if err := change(&a); err != nil {
				return err
			}
			if a, err = e.AddAdministrator(c.Context(), v.actor, a); err != nil {
				return err
			}
			v.say("%s is an administrator now: ssh -p 2222 HOST", a.Name)
			v.sayHostKey()
			return v.showAdmins(c.Context(), e, []core.Administrator{a}, how.json)
		},
	}
	how.add(c, v)
	return c
}

func (v *env) adminSet() *cobra.Command {
	var how adminFlags
	c := &cobra.Command{
		Use: "set NAME", Short: "Change an administrator's role or keys", Args: exactly(1),
		Long: `Change what an administrator may do, or by which keys they are known. It is so
at once, in sessions that are open too.

--role changes the role in all lists, or with --list in that one; none takes it
away there. --key adds a key; --forget-key takes the one away whose fingerprint
(as muster admin ls shows it) begins so.

` + roleWords,
		Example: `muster admin set kim --role manager
muster admin set lee --role viewer --list students
muster admin set lee --key lee-new.pub --forget-key SHA256:4mNj`,
		ValidArgsFunction: v.completing(v.administrators),
		RunE: func(c *cobra.Command, args []string) error {
			if len(how.keys)+len(how.forget) == 0 && how.role == "" {
				return usagef("Say what to change: --role, --key or --forget-key")
			}
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			change, err := v.adminChange(c.Context(), e, &how)
			if err != nil {
				return err
			}
			a, err := e.ChangeAdministrator(c.Context(), v.actor, args[0], change)
			if err != nil {
				return err
			}
			v.say("%s is changed.", a.Name)
			return v.showAdmins(c.Context(), e, []core.Administrator{a}, how.json)
		},
	}
	how.add(c, v)
	c.Flags().StringArrayVar(&how.forget, "forget-key", nil, "take the key away whose `FINGERPRINT` begins so; repeat for more")
	return c
}

// adminChange reads what the flags make of an administrator.
func (v *env) adminChange(ctx context.Context, e *core.Engine, how *adminFlags) (func(*core.Administrator) error, error) {
	role := core.NoRole
	if how.role != "none" && how.role != "" {
		var err error
		if role, err = core.ParseRole(how.role); err != nil {
			return nil, usageError{err}
		}
	}
	if how.role == "" && len(how.lists) > 0 {
		return nil, usagef("--list says where --role holds; give that, too")
	}
	var keys []key.Key
	for _, name := range how.keys {
		k, err := v.publicKey(name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	var lists []roster.ListID
	for _, slug := range how.lists {
		l, err := e.List(ctx, slug)
		if err != nil {
			return nil, err
		}
		lists = append(lists, l.ID)
	}
	return func(a *core.Administrator) error {
		if how.role != "" && len(lists) == 0 {
			a.Role = role
		}
		for _, id := range lists {
			if a.Lists == nil {
				a.Lists = make(map[roster.ListID]core.Role)
			}
			if a.Lists[id] = role; role == core.NoRole {
				delete(a.Lists, id)
			}
		}
		for _, start := range how.forget {
			left := slices.DeleteFunc(slices.Clone(a.Keys), func(k key.Key) bool { return strings.HasPrefix(k.Fingerprint, start) })
			if start == "" || len(left) != len(a.Keys)-1 {
				return fault.New(fault.NotFound, "%s has not one key whose fingerprint begins with %q; muster admin ls shows them", a.Name, start)
			}
			a.Keys = left
		}
		a.Keys = append(a.Keys, keys...)
		return nil
	}, nil
}

// publicKey reads a key from a file, or standard input.
func (v *env) publicKey(name string) (key.Key, error) {
	const most = 1 << 20
	if name == "-" {
		text, err := io.ReadAll(io.LimitReader(v.in, most))
		if err != nil {
			return key.Key{}, fmt.Errorf("read the key: %w", err)
		}
		return key.Parse(text)
	}
	path, err := v.file(name)
	if err != nil {
		return key.Key{}, err
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return key.Key{}, fault.Wrap(err, fault.NotFound, "There is no file %s", name)
	case err != nil:
		return key.Key{}, fault.Wrap(err, fault.Invalid, "%s cannot be read: %v", name, cause(err))
	}
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err = errors.Join(err, f.Close()); err != nil {
		return key.Key{}, fault.Wrap(err, fault.Invalid, "%s cannot be read: %v", name, cause(err))
	}
	return key.Parse(text)
}

func (v *env) adminLs() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "ls", Short: "Show the administrators, their roles and keys", Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			all, err := e.Administrators(c.Context(), v.actor)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				v.say("There are no administrators: only who has the store's file is its owner. muster admin add NAME --key FILE --role ROLE adds one.")
			}
			v.sayHostKey()
			return v.showAdmins(c.Context(), e, all, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

func (v *env) adminRm() *cobra.Command {
	var jsonOut, yes bool
	c := &cobra.Command{
		Use: "rm NAME", Short: "Remove an administrator, at once", Args: exactly(1),
		Long: `Remove an administrator. Their key opens nothing from now on, and their sessions
end. What they did stays in the journal under their name. On a terminal this
asks first.`,
		ValidArgsFunction: v.completing(v.administrators),
		RunE: func(c *cobra.Command, args []string) error {
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			if v.asks && !yes {
				if sure, err := v.confirm(c.Context(), "Remove "+args[0]+", and end their sessions?"); err != nil || !sure {
					v.say("Nothing was changed.")
					return err
				}
			}
			if err := e.RemoveAdministrator(c.Context(), v.actor, args[0]); err != nil {
				return err
			}
			v.say("%s is no administrator any more.", args[0])
			if jsonOut {
				return v.json(struct {
					Removed string `json:"removed"`
				}{args[0]})
			}
			return nil
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print who was removed as a JSON object")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// sayHostKey tells by which key this store's server is known, so that a client
// can be told that it is the right one.
func (v *env) sayHostKey() {
	path, err := v.path()
	if err != nil {
		return
	}
	if _, print, err := remote.HostKey(realPath(path)); err == nil {
		v.say("The server's own key, which a client asks about the first time, is %s.", print)
	}
}

func (v *env) showAdmins(ctx context.Context, e *core.Engine, all []core.Administrator, jsonOut bool) error {
	lists, err := e.Lists(ctx)
	if err != nil {
		return err
	}
	slugs := make(map[roster.ListID]string)
	for i := range lists {
		slugs[lists[i].ID] = lists[i].Slug
	}
	var rows [][]string
	for _, a := range all {
		named, seen := make(map[string]string), ""
		if at := a.LastSeen(); !at.IsZero() {
			seen = stamp(at)
		}
		for id, role := range a.Lists {
			named[slugs[id]] = string(role)
		}
		if jsonOut {
			if err := v.json(adminJSON{a.Name, string(a.Role), named, a.Keys, a.By, stamp(a.Added), seen}); err != nil {
				return err
			}
			continue
		}
		var within []string
		for _, slug := range slices.Sorted(maps.Keys(named)) {
			within = append(within, slug+": "+named[slug])
		}
		for i, k := range a.Keys {
			row := []string{a.Name, cmp.Or(string(a.Role), "none"), strings.Join(within, ", "), k.Fingerprint, k.Comment, stamp(a.Added), a.By, cmp.Or(seen, "never")}
			if i > 0 {
				row[0], row[1], row[2], row[5], row[6], row[7] = "", "", "", "", "", ""
			}
			rows = append(rows, row)
		}
	}
	if jsonOut || len(rows) == 0 {
		return nil
	}
	return v.table([]string{"NAME", "ROLE", "IN LISTS", "KEY", "COMMENT", "ADDED", "BY", "SEEN"}, rows)
}

// administrators proposes their names.
func (v *env) administrators(ctx context.Context, e *core.Engine) ([]string, error) {
	all, err := e.Administrators(ctx, v.actor)
	var names []string
	for _, a := range all {
		names = append(names, a.Name+"\t"+string(a.Role))
	}
	return names, err
}
