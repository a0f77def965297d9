package main

import (
	"context"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/tui/kit"
)

// settle applies a draft, or lets it wait: with yes it is applied when the
// guard is quiet; a person at a terminal is asked; elsewhere it waits.
func (v *env) settle(ctx context.Context, e *core.Engine, d *core.Draft, yes, jsonOut bool) error {
	v.describe(d)
	if len(d.Items) == 0 && d.Head.Settings == nil {
		return v.result(&d.Head, jsonOut)
	}
	switch held := len(d.Head.Held) > 0; {
	case yes && !held:
	case !yes && v.asks:
		question := "Apply this?"
		if held {
			question = "The guard holds this. Apply it all the same?"
		}
		ok, err := v.confirm(ctx, question)
		if err != nil {
			return err
		}
		if !ok {
			return v.leaveWaiting(ctx, e, d, jsonOut)
		}
	default:
		return v.leaveWaiting(ctx, e, d, jsonOut)
	}
	head, err := v.applyWatched(ctx, func(ctx context.Context, p *core.Progress) (changeset.Changeset, error) {
		return e.ApplyDraft(ctx, v.actor, d, core.How{Progress: p})
	})
	if err != nil {
		return err
	}
	return v.receipt(&head, jsonOut)
}

// leaveWaiting stores the draft as a changeset that waits, and says so by the
// exit status.
func (v *env) leaveWaiting(ctx context.Context, e *core.Engine, d *core.Draft, jsonOut bool) error {
	head, err := e.Propose(ctx, v.actor, d)
	if err != nil {
		return err
	}
	if err := v.result(&head, jsonOut); err != nil {
		return err
	}
	return fault.New(fault.Held, "Changeset %d waits for review: muster changes show %d, then apply or reject it", head.ID, head.ID)
}

// result prints a changeset's counts for scripts.
func (v *env) result(c *changeset.Changeset, jsonOut bool) error {
	if !jsonOut {
		return nil
	}
	return v.json(headJSON(c))
}

// receipt says what was done and how to take it back.
func (v *env) receipt(c *changeset.Changeset, jsonOut bool) error {
	if c.Done() {
		v.say("Changeset %d %s: %s. muster changes rollback %d takes it back.", c.ID, c.State, counted(c), c.ID)
	}
	return v.result(c, jsonOut)
}

// describe says what a draft would do: counts, fields, transitions, rejects,
// conflicts and what the guard holds.
func (v *env) describe(d *core.Draft) {
	v.say("%s: %s", d.List.Name, counted(&d.Head))
	if n := d.Head.Counts; n.Unchanged > 0 {
		v.say("  %s unchanged", kit.Count(n.Unchanged))
	}
	const fields, transitions = 8, 3
	summary := changeset.Summarize(d.Items, transitions)
	for i, s := range summary {
		if i == fields {
			v.say("  … and %d more fields", len(summary)-fields)
			break
		}
		f, _ := d.List.Schema.ByID(s.Field)
		v.say("  %s: %s", f.Label, kit.Many(s.Changes, "change", "changes"))
		for _, t := range s.Transitions {
			if t.People > 1 {
				v.say("    %s → %s  × %s", kit.Clean(shown(t.From)), kit.Clean(shown(t.To)), kit.Count(t.People))
			}
		}
	}
	v.describeProblems(d)
}

func (v *env) describeProblems(d *core.Draft) {
	const most = 10
	for i, r := range d.Rejects {
		if i == most {
			v.say("  … and %s more rejected", kit.Count(len(d.Rejects)-most))
			break
		}
		v.say("  line %d: %s", r.Line, kit.Clean(r.Problem))
	}
	for i, c := range d.Conflicts {
		if i == most {
			v.say("  … and %s more in conflict", kit.Count(len(d.Conflicts)-most))
			break
		}
		v.say("  conflict: %s", kit.Clean(c.Reason))
	}
	for _, h := range d.Head.Held {
		v.say("  HELD: %s", h)
	}
}
