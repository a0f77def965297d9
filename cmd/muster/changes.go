package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

func (v *env) changesCommand() *cobra.Command {
	return group("changes", "Look at changesets, apply and roll them back",
		v.changesLs(), v.changesShow(), v.changesDecide(), v.changesUndo(), v.changesRedo(), v.changesApply(), v.changesReject(), v.changesRollback(), v.changesDiff(),
		v.changesRemembered(), v.changesRemember(), v.changesForget(), v.changesPins(), v.changesUnpin())
}

// countsJSON are the counts that scripts rely on. Held says that the guard
// wants a person to look before it is applied, Reasons why; Fields counts the
// changes of a draft or waiting changeset by field.
type countsJSON struct {
	Changeset   changeset.ID   `json:"changeset"`
	State       string         `json:"state"`
	Rows        int            `json:"rows"`
	Creates     int            `json:"creates"`
	Updates     int            `json:"updates"`
	Deactivates int            `json:"deactivates"`
	Reactivates int            `json:"reactivates"`
	Unchanged   int            `json:"unchanged"`
	Rejects     int            `json:"rejects"`
	Conflicts   int            `json:"conflicts"`
	Held        bool           `json:"held"`
	Reasons     []string       `json:"reasons"`
	Fields      map[string]int `json:"fields,omitempty"`
}

// dryRun is the state of a draft that is only shown.
const dryRun = "dry run"

func headJSON(c *changeset.Changeset) countsJSON {
	reasons := []string{}
	for _, h := range c.Held {
		reasons = append(reasons, h.String())
	}
	held := len(reasons) > 0 && (c.Open() || c.State == dryRun)
	n := c.Counts
	return countsJSON{
		Changeset: c.ID, State: string(c.State), Rows: n.Rows,
		Creates: n.Creates, Updates: n.Updates, Deactivates: n.Deactivates, Reactivates: n.Reactivates,
		Unchanged: n.Unchanged, Rejects: n.Rejects, Conflicts: n.Conflicts,
		Held: held, Reasons: reasons, Fields: make(map[string]int),
	}
}

type changeJSON struct {
	ID     changeset.ID     `json:"id"`
	List   string           `json:"list"`
	Origin changeset.Origin `json:"origin"`
	By     string           `json:"by"`
	At     string           `json:"at"`
	Note   string           `json:"note,omitempty"`
	countsJSON
}

func (v *env) changesLs() *cobra.Command {
	var jsonOut bool
	var most int
	c := &cobra.Command{
		Use: "ls [SLUG]", Short: "Show changesets: those that wait first, then the newest", Args: between(0, 1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			if most < 1 {
				return usagef("--most takes a number from 1 up, not %d", most)
			}
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			slugs := make(map[roster.ListID]string)
			lists, err := e.Lists(c.Context())
			if err != nil {
				return err
			}
			for _, l := range lists {
				slugs[l.ID] = l.Slug
			}
			only := roster.ListID(0)
			if len(args) == 1 {
				_, l, err := v.list(c.Context(), args[0])
				if err != nil {
					return err
				}
				only = l.ID
			}
			all, err := e.Overview(c.Context(), only, most)
			if err != nil {
				return err
			}
			return v.showChanges(all, slugs, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	c.Flags().IntVar(&most, "most", 100, "how many at most")
	return c
}

func (v *env) showChanges(all []changeset.Changeset, slugs map[roster.ListID]string, jsonOut bool) error {
	var rows [][]string
	for i := range all {
		c := &all[i]
		counts := headJSON(c)
		if jsonOut {
			if err := v.json(changeJSON{c.ID, slugs[c.List], c.Origin, c.By, stamp(c.At), c.Note, counts}); err != nil {
				return err
			}
		}
		state := string(c.State)
		if counts.Held {
			state = "held"
		}
		rows = append(rows, []string{strconv.FormatUint(uint64(c.ID), 10), slugs[c.List], origin(c), state, stamp(c.At), c.By, counted(c)})
	}
	switch {
	case jsonOut:
		return nil
	case len(rows) == 0:
		v.say("There are no changesets yet; an import or an edit makes the first.")
		return nil
	}
	return v.table([]string{">ID", "LIST", "ORIGIN", "STATE", "AT", "BY", "WHAT"}, rows)
}

func origin(c *changeset.Changeset) string {
	if c.Note == "" {
		return string(c.Origin)
	}
	return string(c.Origin) + " " + c.Note
}

// counted says in words what a changeset does; of one that changes the list
// itself that comes last.
func counted(c *changeset.Changeset) string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, kit.Count(n)+" "+what)
		}
	}
	n := c.Counts
	add(n.Creates, "to create")
	add(n.Updates, "to update")
	add(n.Deactivates, "to deactivate")
	add(n.Reactivates, "to reactivate")
	add(n.Conflicts, "in conflict")
	add(n.Rejects, "rejected")
	if c.Done() {
		for i := range parts {
			parts[i] = strings.NewReplacer("to create", "created", "to update", "updated", "to deactivate", "deactivated", "to reactivate", "reactivated", "in conflict", "left out").Replace(parts[i])
		}
	}
	if c.Settings != nil {
		parts = append(parts, "the list itself")
	}
	if len(parts) == 0 {
		return "nothing to change"
	}
	return strings.Join(parts, ", ")
}

func changesetID(word string) (changeset.ID, error) {
	id, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return 0, usagef("%q is not the number of a changeset; muster changes ls shows them", word)
	}
	return changeset.ID(id), nil
}

func (v *env) changesShow() *cobra.Command {
	var jsonOut, items bool
	c := &cobra.Command{
		Use: "show ID", Short: "Show what a changeset would do, or did", Args: exactly(1),
		Example: `muster changes show 12 --items
muster changes show 12 --json --items | jq -c 'select(.kind == "deactivate")'`,
		ValidArgsFunction: v.completing(v.changesetIDs(nil)),
		RunE: func(c *cobra.Command, args []string) error {
			e, d, err := v.changeset(c.Context(), args[0])
			if err != nil {
				return err
			}
			if jsonOut {
				err = v.result(d, true)
			} else {
				v.describeChangeset(d)
			}
			if err != nil || !items {
				return err
			}
			return v.showItems(c.Context(), e, d, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the counts as a JSON object; with --items one more a line for each person")
	c.Flags().BoolVar(&items, "items", false, "show each person's change, too")
	return c
}

// changeset loads the changeset of an argument.
func (v *env) changeset(ctx context.Context, word string) (*core.Engine, *core.Draft, error) {
	id, err := changesetID(word)
	if err != nil {
		return nil, nil, err
	}
	e, err := v.existing(ctx)
	if err != nil {
		return nil, nil, err
	}
	var d *core.Draft
	p := new(core.Progress)
	err = v.watch(ctx, p.Step, func(ctx context.Context) (err error) {
		d, err = e.Load(ctx, id, p)
		return err
	})
	return e, d, err
}

func (v *env) describeChangeset(d *core.Draft) {
	c := &d.Head
	tell(v.out, "Changeset %d: %s of %s, by %s at %s", c.ID, origin(c), d.List.Slug, c.By, stamp(c.At))
	switch {
	case c.Done():
		tell(v.out, "  %s by %s at %s", c.State, c.AppliedBy, stamp(c.AppliedAt))
	case c.Open():
		tell(v.out, "  waits; muster changes apply %d or muster changes reject %d settles it", c.ID, c.ID)
	default:
		tell(v.out, "  %s", c.State)
	}
	if c.UndoneBy != 0 {
		tell(v.out, "  taken back by changeset %d", c.UndoneBy)
	}
	v.describe(v.out, d)
}

func (v *env) changesApply() *cobra.Command {
	var how settling
	c := &cobra.Command{
		Use: "apply ID", Short: "Apply a changeset that waits", Args: exactly(1),
		Long: `Apply a changeset that waits. With --yes this is also the approval of one
that the guard holds. If people have changed since it was worked out, nothing
is applied, unless --skip-conflicts says to leave those people as they are.

People whom a session adds wait until somebody has accepted them, unless the
list says otherwise (muster list set SLUG --approve session=apply). What was left
out without being asked for waits in a changeset of its own, and the exit status
is 3.`,
		ValidArgsFunction: v.completing(v.changesetIDs((*changeset.Changeset).Open)),
		RunE: func(c *cobra.Command, args []string) error {
			e, d, err := v.changeset(c.Context(), args[0])
			if err != nil {
				return err
			}
			return v.applyWaiting(c.Context(), e, d, how)
		},
	}
	c.Flags().BoolVar(&how.yes, "yes", false, "apply without asking, approving what the guard holds")
	c.Flags().BoolVar(&how.decided, "decided", false, "apply only what is decided; the rest waits in a changeset of its own")
	c.Flags().BoolVar(&how.skip, "skip-conflicts", false, "leave people who have changed since as they are")
	c.Flags().BoolVar(&how.json, "json", false, "print the result as a JSON object")
	return c
}

func (v *env) applyWaiting(ctx context.Context, e *core.Engine, d *core.Draft, how settling) error {
	id := d.Head.ID
	switch {
	case d.Head.Open() && how.decided && !anyDecided(d.Items):
		return fault.New(fault.Conflict, "Nothing of changeset %d is decided yet; muster changes decide %d decides", id, id)
	case d.Head.Done():
		v.say("Changeset %d is %s already.", id, d.Head.State)
		return v.result(d, how.json)
	case d.Head.Open() && how.yes:
		v.describeProblems(v.err, d)
	case d.Head.Open():
		v.describe(v.err, d)
		if !v.asks {
			return heldFault(&d.Head)
		}
		if yes, err := v.confirm(ctx, "Apply it?"); err != nil || !yes {
			return firstOf(err, heldFault(&d.Head))
		}
	}
	head, err := v.applyWatched(ctx, func(ctx context.Context, p *core.Progress) (changeset.Changeset, error) {
		return e.Apply(ctx, v.actor, id, core.How{LeaveConflicts: how.skip, OnlyDecided: how.decided, Progress: p})
	})
	if err != nil && d.Head.Open() {
		return withHint(err)
	}
	if err != nil {
		return err
	}
	if err := v.receipt(&head, how.json); err != nil || head.Rest == 0 || how.decided || how.skip {
		return err
	}
	return restFault(&head)
}

// restFault says that what was left out needs a decision.
func restFault(head *changeset.Changeset) error {
	return fault.New(fault.Held, "What needs a decision waits in changeset %d; muster changes show %d --items shows it, muster changes decide %d decides", head.Rest, head.Rest, head.Rest)
}

// anyDecided reports whether any part is accepted, kept or typed.
func anyDecided(items []changeset.Item) bool {
	return slices.ContainsFunc(items, func(it changeset.Item) bool {
		return slices.ContainsFunc(it.Parts(), func(f roster.FieldID) bool {
			p, _ := it.Part(f)
			return p.Decision != changeset.Undecided && p.Decision != changeset.Skip
		})
	})
}

func (v *env) changesReject() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "reject ID", Short: "Close a changeset that waits, without applying it", Args: exactly(1),
		Long: `Close a changeset that waits, without applying it. What a list's source says in
it is declined: it stays so, through any number of syncs, until the source says
something else or muster changes unpin takes the decision away. What was skipped
for later is not, nor is anything of a read that the guard does not trust.`,
		ValidArgsFunction: v.completing(v.changesetIDs((*changeset.Changeset).Open)),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := changesetID(args[0])
			if err != nil {
				return err
			}
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			head, err := e.Reject(c.Context(), v.actor, id)
			if err != nil {
				return err
			}
			v.say("Rejected changeset %d; nothing was changed.", id)
			if head.Origin == changeset.Sync || head.Origin == changeset.SCIM {
				v.say("What the source said in it stays declined until it says something else; muster changes pins shows that.")
			}
			return v.result(&core.Draft{Head: head}, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the result as a JSON object")
	return c
}
