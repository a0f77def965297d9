package main

import (
	"context"
	"fmt"
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
		v.changesLs(), v.changesShow(), v.changesApply(), v.changesReject(), v.changesRollback())
}

// countsJSON are the counts that scripts rely on.
type countsJSON struct {
	Changeset   changeset.ID `json:"changeset"`
	State       string       `json:"state"`
	Rows        int          `json:"rows"`
	Creates     int          `json:"creates"`
	Updates     int          `json:"updates"`
	Deactivates int          `json:"deactivates"`
	Reactivates int          `json:"reactivates"`
	Unchanged   int          `json:"unchanged"`
	Rejects     int          `json:"rejects"`
	Conflicts   int          `json:"conflicts"`
	Held        []string     `json:"held"`
}

func headJSON(c *changeset.Changeset) countsJSON {
	n := c.Counts
	held := []string{}
	for _, h := range c.Held {
		held = append(held, h.String())
	}
	return countsJSON{c.ID, string(c.State), n.Rows, n.Creates, n.Updates, n.Deactivates, n.Reactivates, n.Unchanged, n.Rejects, n.Conflicts, held}
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
		RunE: func(c *cobra.Command, args []string) error {
			e, err := v.open(c.Context())
			if err != nil {
				return err
			}
			lists, err := e.Lists(c.Context())
			if err != nil {
				return err
			}
			slugs := make(map[roster.ListID]string)
			for _, l := range lists {
				slugs[l.ID] = l.Slug
			}
			only := roster.ListID(0)
			if len(args) == 1 {
				l, err := e.List(c.Context(), args[0])
				if err != nil {
					return err
				}
				only = l.ID
			}
			all, err := e.Overview(c.Context(), only, most)
			if err != nil {
				return err
			}
			var rows [][]string
			for i := range all {
				cs := &all[i]
				if jsonOut {
					if err := v.json(changeJSON{cs.ID, slugs[cs.List], cs.Origin, cs.By, stamp(cs.At), cs.Note, headJSON(cs)}); err != nil {
						return err
					}
				}
				state := string(cs.State)
				if cs.Open() && len(cs.Held) > 0 {
					state = "held"
				}
				rows = append(rows, []string{strconv.Itoa(int(cs.ID)), slugs[cs.List], origin(cs), state, stamp(cs.At), cs.By, counted(cs)})
			}
			switch {
			case jsonOut:
				return nil
			case len(rows) == 0:
				v.say("There are no changesets yet; an import or an edit makes the first.")
				return nil
			}
			return v.table([]string{">ID", "LIST", "ORIGIN", "STATE", "AT", "BY", "WHAT"}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	c.Flags().IntVar(&most, "most", 100, "how many at most")
	return c
}

func origin(c *changeset.Changeset) string {
	if c.Note == "" {
		return string(c.Origin)
	}
	return string(c.Origin) + " " + c.Note
}

// counted says in words what a changeset does.
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
	if len(parts) == 0 {
		return "nothing to change"
	}
	return strings.Join(parts, ", ")
}

func changesetID(word string) (changeset.ID, error) {
	id, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return 0, usagef("%q is not the number of a changeset", word)
	}
	return changeset.ID(id), nil
}

func (v *env) changesShow() *cobra.Command {
	var jsonOut, items bool
	c := &cobra.Command{
		Use: "show ID", Short: "Show what a changeset would do, or did", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := changesetID(args[0])
			if err != nil {
				return err
			}
			e, err := v.open(c.Context())
			if err != nil {
				return err
			}
			d, err := e.Load(c.Context(), id)
			if err != nil {
				return err
			}
			if jsonOut {
				if err := v.json(headJSON(&d.Head)); err != nil || !items {
					return err
				}
				return v.showItems(c.Context(), e, d, true)
			}
			v.say("Changeset %d: %s of %s, %s by %s at %s", d.Head.ID, origin(&d.Head), d.List.Name, d.Head.State, d.Head.By, stamp(d.Head.At))
			v.describe(d)
			return v.showItems(c.Context(), e, d, false)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object; with --items one more a line for each item")
	c.Flags().BoolVar(&items, "items", false, "with --json: the items too")
	return c
}

type itemJSON struct {
	UID       string               `json:"uid"`
	Kind      string               `json:"kind"`
	Line      uint32               `json:"line,omitempty"`
	Fields    map[string][2]string `json:"fields"`
	Conflicts []string             `json:"conflicts,omitempty"`
}

// showItems prints the items: of a changeset that waits as they stand, of an
// applied one as the journal tells them.
func (v *env) showItems(ctx context.Context, e *core.Engine, d *core.Draft, jsonOut bool) error {
	var rows [][]string
	print := func(kind, uid string, line uint32, fields []core.Moved, conflict string) error {
		if jsonOut {
			it := itemJSON{UID: uid, Kind: kind, Line: line, Fields: make(map[string][2]string)}
			for _, m := range fields {
				f, _ := d.List.Schema.ByID(m.Field)
				it.Fields[f.Key] = [2]string{m.Old, m.New}
			}
			if conflict != "" {
				it.Conflicts = []string{conflict}
			}
			return v.json(it)
		}
		what := eventFields(&d.List, &core.Event{Fields: fields})
		if kind == changeset.Create.String() {
			what = ""
		}
		if conflict != "" {
			what = strings.TrimPrefix(what+"  ", "  ") + "CONFLICT: " + conflict
		}
		rows = append(rows, []string{kind, uid, what})
		return nil
	}
	if d.Head.Done() {
		var failed error
		err := e.ItemsOf(ctx, &d.Head, func(ev core.Event) bool {
			failed = print(ev.Kind.String(), ev.UID, 0, ev.Fields, "")
			return failed == nil
		})
		if err != nil || failed != nil {
			return fmt.Errorf("show items: %w", firstOf(err, failed))
		}
	}
	conflicts := make(map[int]string)
	for _, c := range d.Conflicts {
		conflicts[c.Item] = c.Reason
	}
	for n := range d.Items {
		it := &d.Items[n]
		var fields []core.Moved
		for f, text := range it.Values.All() {
			fields = append(fields, core.Moved{Field: f, New: text})
		}
		for _, ch := range it.Changes {
			fields = append(fields, core.Moved{Field: ch.Field, Old: ch.Base, New: ch.Value()})
		}
		if err := print(it.Kind.String(), it.UID, it.Line, fields, conflicts[n]); err != nil {
			return err
		}
	}
	if jsonOut || len(rows) == 0 {
		return nil
	}
	return v.table([]string{"KIND", "UID", "FIELDS"}, rows)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *env) changesApply() *cobra.Command {
	var yes, rest, jsonOut bool
	c := &cobra.Command{
		Use: "apply ID", Short: "Apply a changeset that waits", Args: exactly(1),
		Long: `Apply a changeset that waits. With --yes this is also the approval of one
that the guard holds. If people have changed since it was worked out, nothing
is applied, unless --skip-conflicts says to leave those people as they are.`,
		RunE: func(c *cobra.Command, args []string) error {
			id, err := changesetID(args[0])
			if err != nil {
				return err
			}
			e, err := v.open(c.Context())
			if err != nil {
				return err
			}
			d, err := e.Load(c.Context(), id)
			if err != nil {
				return err
			}
			if d.Head.Done() {
				v.say("Changeset %d is %s already.", id, d.Head.State)
				return v.result(&d.Head, jsonOut)
			}
			v.describe(d)
			if !yes {
				if err := v.agree(c.Context(), &d.Head, "Apply it?"); err != nil {
					return err
				}
			}
			head, err := v.applyWatched(c.Context(), func(ctx context.Context, p *core.Progress) (changeset.Changeset, error) {
				return e.Apply(ctx, v.actor, id, core.How{LeaveConflicts: rest, Progress: p})
			})
			if err != nil {
				return withHint(err, "--skip-conflicts applies the rest")
			}
			return v.receipt(&head, jsonOut)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "apply without asking, approving what the guard holds")
	c.Flags().BoolVar(&rest, "skip-conflicts", false, "leave people who have changed since as they are")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the result as a JSON object")
	return c
}

// withHint adds to a conflict's sentence what can be done.
func withHint(err error, hint string) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap(err, fault.Conflict, "%s; %s", fault.Sentence(err), hint)
	}
	return err
}

// agree asks a person whether to go on; where nobody can be asked, what is to
// be applied stays as it is and counts as held.
func (v *env) agree(ctx context.Context, c *changeset.Changeset, question string) error {
	if !v.asks {
		return fault.New(fault.Held, "Changeset %d waits; muster changes apply %d --yes applies it", c.ID, c.ID)
	}
	yes, err := v.confirm(ctx, question)
	if err == nil && !yes {
		err = fault.New(fault.Held, "Left as it is")
	}
	return err
}

func (v *env) applyWatched(ctx context.Context, apply func(context.Context, *core.Progress) (changeset.Changeset, error)) (head changeset.Changeset, err error) {
	p := new(core.Progress)
	err = v.watch(ctx, p, func(ctx context.Context) error {
		head, err = apply(ctx, p)
		return err
	})
	return head, err
}

func (v *env) changesReject() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "reject ID", Short: "Close a changeset that waits, without applying it", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := changesetID(args[0])
			if err != nil {
				return err
			}
			e, err := v.open(c.Context())
			if err != nil {
				return err
			}
			head, err := e.Reject(c.Context(), v.actor, id)
			if err != nil {
				return err
			}
			v.say("Rejected changeset %d; nothing was changed.", id)
			return v.result(&head, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the result as a JSON object")
	return c
}

func (v *env) changesRollback() *cobra.Command {
	var yes, dry, rest, jsonOut bool
	c := &cobra.Command{
		Use: "rollback ID", Short: "Take an applied changeset back", Args: exactly(1),
		Long: `Take an applied changeset back. What has changed since is a conflict, not an
overwrite. A rollback can be rolled back, too.`,
		RunE: func(c *cobra.Command, args []string) error {
			id, err := changesetID(args[0])
			if err != nil {
				return err
			}
			e, err := v.open(c.Context())
			if err != nil {
				return err
			}
			d, err := e.Rollback(c.Context(), id)
			if err != nil {
				return err
			}
			return v.takeBack(c.Context(), e, d, taking{yes: yes, dry: dry, rest: rest, json: jsonOut})
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "take it back without asking")
	c.Flags().BoolVar(&dry, "dry-run", false, "only show what it would do")
	c.Flags().BoolVar(&rest, "skip-conflicts", false, "leave people who have changed since as they are")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the result as a JSON object")
	return c
}

// taking is how a changeset is taken back.
type taking struct{ yes, dry, rest, json bool }

func (v *env) takeBack(ctx context.Context, e *core.Engine, d *core.Draft, t taking) error {
	v.describe(d)
	if t.dry {
		return v.result(&d.Head, t.json)
	}
	if !t.yes {
		if !v.asks {
			return v.leaveWaiting(ctx, e, d, t.json)
		}
		if err := v.agree(ctx, &d.Head, "Take it back?"); err != nil {
			return err
		}
	}
	head, err := v.applyWatched(ctx, func(ctx context.Context, p *core.Progress) (changeset.Changeset, error) {
		return e.ApplyDraft(ctx, v.actor, d, core.How{LeaveConflicts: t.rest, Progress: p})
	})
	if err != nil {
		return withHint(err, "--skip-conflicts takes the rest back")
	}
	return v.receipt(&head, t.json)
}

func (v *env) undoCommand() *cobra.Command {
	return v.undoing("undo SLUG", "Take back your own last change to a list", (*core.Engine).Undoable)
}

func (v *env) redoCommand() *cobra.Command {
	return v.undoing("redo SLUG", "Put back what you last undid in a list", (*core.Engine).Redoable)
}

func (v *env) undoing(use, short string, find func(*core.Engine, context.Context, core.Actor, roster.ListID) (*core.Draft, changeset.Changeset, error)) *cobra.Command {
	var t taking
	c := &cobra.Command{
		Use: use, Short: short, Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			d, own, err := find(e, c.Context(), v.actor, l.ID)
			if err != nil {
				return err
			}
			v.say("Your changeset %d: %s, %s", own.ID, origin(&own), counted(&own))
			return v.takeBack(c.Context(), e, d, t)
		},
	}
	c.Flags().BoolVar(&t.yes, "yes", false, "without asking")
	c.Flags().BoolVar(&t.dry, "dry-run", false, "only show what it would do")
	c.Flags().BoolVar(&t.rest, "skip-conflicts", false, "leave people who have changed since as they are")
	c.Flags().BoolVar(&t.json, "json", false, "print the result as a JSON object")
	return c
}
