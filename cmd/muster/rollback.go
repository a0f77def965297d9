package main

import (
	"context"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

func (v *env) changesRollback() *cobra.Command {
	var t taking
	c := &cobra.Command{
		Use: "rollback ID", Short: "Take an applied changeset back", Args: exactly(1),
		Long: `Take an applied changeset back. What has changed since is a conflict, not an
overwrite: nothing is taken back then, unless --skip-conflicts says to leave
those people as they are. A rollback can be rolled back, too.`,
		Example: `muster changes rollback 12 --dry-run
muster changes rollback 12 --yes`,
		ValidArgsFunction: v.completing(v.changesetIDs(func(c *changeset.Changeset) bool { return c.Done() && c.UndoneBy == 0 })),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := changesetID(args[0])
			if err != nil {
				return err
			}
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			d, err := e.Rollback(c.Context(), id)
			if err != nil {
				return err
			}
			return v.takeBack(c.Context(), e, d, t)
		},
	}
	t.flags(c)
	return c
}

// taking is how a changeset is taken back.
type taking struct {
	settling
	dry bool
}

func (t *taking) flags(c *cobra.Command) {
	c.Flags().BoolVar(&t.yes, "yes", false, "take it back without asking")
	c.Flags().BoolVar(&t.dry, "dry-run", false, "show what it would do and write nothing")
	c.Flags().BoolVar(&t.skip, "skip-conflicts", false, "leave people who have changed since as they are")
	c.Flags().BoolVar(&t.json, "json", false, "print the result as a JSON object")
}

func (v *env) takeBack(ctx context.Context, e *core.Engine, d *core.Draft, t taking) error {
	if t.dry {
		return v.showDryRun(d, t.json)
	}
	return v.settle(ctx, e, d, t.settling)
}

// showDryRun shows what a draft would do: with jsonOut its counts, and the
// problems as messages.
func (v *env) showDryRun(d *core.Draft, jsonOut bool) error {
	d.Head.State = dryRun
	if jsonOut {
		v.describeProblems(v.err, d)
		return v.result(d, true)
	}
	v.describe(v.out, d)
	return nil
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
		ValidArgsFunction: v.completing(v.slugs),
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
	t.flags(c)
	return c
}
