package main

import (
	"context"
	"io"
	"strconv"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// settling is how a draft is settled: what the flags of a command said.
type settling struct {
	yes, json bool
	// skip leaves items in conflict as they are and applies the rest.
	skip bool
	// decided applies only what is decided of a changeset that waits.
	decided bool
	// first, when not nil, runs before anything of the draft is stored.
	first func(context.Context) error
}

// settle applies a draft, or lets it wait: with yes it is applied when the
// guard is quiet; a person at a terminal is asked; elsewhere it waits, which is
// a Held fault.
func (v *env) settle(ctx context.Context, e *core.Engine, d *core.Draft, s settling) error {
	if len(d.Items) == 0 && d.Head.Settings == nil && d.Head.Undoes == 0 {
		return v.nothing(ctx, d, s)
	}
	s.yes = s.yes || d.List.Approval.AtOnce(string(d.Head.Origin))
	verdict, err := v.judge(ctx, d, s)
	if err != nil {
		return err
	}
	if verdict == forget {
		return fault.New(fault.Cancelled, "Nothing was changed")
	}
	if s.first != nil {
		if err := s.first(ctx); err != nil {
			return err
		}
	}
	if verdict == wait {
		return v.leaveWaiting(ctx, e, d, s.json)
	}
	head, err := v.applyWatched(ctx, func(ctx context.Context, p *core.Progress) (changeset.Changeset, error) {
		return e.ApplyDraft(ctx, v.actor, d, core.How{LeaveConflicts: s.skip, Progress: p})
	})
	if err != nil {
		return withHint(err)
	}
	if err := v.sayOlder(ctx, e, &head); err != nil {
		return err
	}
	return v.receipt(&head, s.json)
}

// nothing settles a draft without items. When that is so because every row has
// a problem, it has failed.
func (v *env) nothing(ctx context.Context, d *core.Draft, s settling) error {
	v.describeProblems(v.err, d)
	if n := d.Head.Counts; n.Rejects > 0 && n.Rejects == n.Rows {
		return fault.New(fault.Invalid, "None of the %s can be taken; nothing was changed", kit.Many(n.Rows, "row", "rows"))
	}
	if s.first != nil {
		if err := s.first(ctx); err != nil {
			return err
		}
	}
	v.say("Nothing to change in %s.", d.List.Name)
	return v.result(d, s.json)
}

// verdict is what is to become of a draft.
type verdict int

const (
	forget verdict = iota
	wait
	apply
)

func (v *env) judge(ctx context.Context, d *core.Draft, s settling) (verdict, error) {
	held := len(d.Head.Held) > 0
	switch {
	case s.yes && !held:
		v.describeProblems(v.err, d)
		return apply, nil
	case s.yes || !v.asks:
		v.describe(v.err, d)
		return wait, nil
	}
	v.describe(v.err, d)
	question := "Apply this?"
	if held {
		question = "The guard holds this for the reason above. Apply it all the same?"
	}
	answer, err := v.ask(ctx, question+" [y = yes, l = leave it waiting, N = forget it]")
	switch answer {
	case "y", "Y", "yes":
		return apply, err
	case "l", "L", "later":
		return wait, err
	}
	return forget, err
}

// leaveWaiting stores the draft as a changeset that waits, and says so by the
// exit status.
func (v *env) leaveWaiting(ctx context.Context, e *core.Engine, d *core.Draft, jsonOut bool) error {
	head, _, err := e.Submit(ctx, v.actor, d)
	if err != nil {
		return err
	}
	waiting := *d
	waiting.Head = head
	if err := v.result(&waiting, jsonOut); err != nil {
		return err
	}
	if err := v.sayOlder(ctx, e, &head); err != nil {
		return err
	}
	return heldFault(&head)
}

// sayOlder tells of files that wait in the same list from before.
func (v *env) sayOlder(ctx context.Context, e *core.Engine, head *changeset.Changeset) error {
	if head.Origin != changeset.Import {
		return nil
	}
	const most = 20
	waiting, err := e.Overview(ctx, head.List, most)
	for i := range waiting {
		c := &waiting[i]
		if !c.Open() || c.Origin != head.Origin || c.ID >= head.ID {
			continue
		}
		v.say("Changeset %d (%s) waits in this list from before; muster changes reject %d forgets it, and import --replace has such give way.", c.ID, origin(c), c.ID)
	}
	return err
}

// heldFault says that a changeset waits, why, and what to do.
func heldFault(c *changeset.Changeset) error {
	why := "waits for review"
	if len(c.Held) > 0 {
		why = "is held: " + c.Held[0].String()
	}
	return fault.New(fault.Held, "Changeset %d %s; muster changes apply %d --yes applies it, muster changes reject %d forgets it", c.ID, why, c.ID, c.ID)
}

// withHint adds to a conflict's sentence what can be done.
func withHint(err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap(err, fault.Conflict, "%s; nothing was changed, and --skip-conflicts does the rest", sentence(err))
	}
	return err
}

func (v *env) applyWatched(ctx context.Context, apply func(context.Context, *core.Progress) (changeset.Changeset, error)) (head changeset.Changeset, err error) {
	p := new(core.Progress)
	err = v.watch(ctx, p.Step, func(ctx context.Context) error {
		head, err = apply(ctx, p)
		return err
	})
	return head, err
}

// result prints a draft's or waiting changeset's counts for scripts.
func (v *env) result(d *core.Draft, jsonOut bool) error {
	if !jsonOut {
		return nil
	}
	counts := headJSON(&d.Head)
	for _, s := range changeset.Summarize(d.Items, 0) {
		if f, ok := d.Field(s.Field); ok {
			counts.Fields[f.Key] = s.Changes
		}
	}
	return v.json(counts)
}

// receipt says what was done and how to take it back.
func (v *env) receipt(c *changeset.Changeset, jsonOut bool) error {
	if c.Done() {
		v.say("Changeset %d %s: %s. muster changes rollback %d takes it back.", c.ID, c.State, counted(c), c.ID)
		if c.Rest != 0 {
			v.say("What was left out waits as changeset %d.", c.Rest)
		}
	}
	return v.result(&core.Draft{Head: *c}, jsonOut)
}

// describe writes what a draft would do: counts, fields, transitions, rejects,
// conflicts and what the guard holds.
func (v *env) describe(w io.Writer, d *core.Draft) {
	tell(w, "%s: %s", d.List.Name, counted(&d.Head))
	if n := d.Head.Counts; n.Unchanged > 0 {
		tell(w, "  %s unchanged", kit.Count(n.Unchanged))
	}
	if d.Head.Settings != nil {
		for _, m := range d.Head.Settings.Moves(v.whoIs(d.List)) {
			if m.Part != "fields" && m.Part != "mappings" && m.Part != "source" { // which are told otherwise
				tell(w, "  %s", settingWords(m))
			}
		}
	}
	const fields, transitions = 12, 3
	summary := changeset.Summarize(d.Items, transitions)
	for i, s := range summary {
		if i == fields {
			tell(w, "  … and %s", kit.Many(len(summary)-fields, "more field", "more fields"))
			break
		}
		f, _ := d.Field(s.Field)
		describeField(w, f.Label, &s)
	}
	v.describeProblems(w, d)
}

// whoIs names people of a list by their UID.
func (v *env) whoIs(l roster.List) func(roster.PersonID) string {
	return func(id roster.PersonID) string {
		p, err := v.engine.Person(context.Background(), l.ID, id)
		if err != nil {
			return id.String() // somebody who is not there has no other name
		}
		return l.UID(p.Values)
	}
}

// describeField tells of one field's changes, and of the transitions that
// several people make.
func describeField(w io.Writer, label string, s *changeset.FieldSummary) {
	tell(w, "  %s: %s", label, kit.Many(s.Changes, "change", "changes"))
	alone := s.Others
	for _, t := range s.Transitions {
		if t.People == 1 {
			alone++
			continue
		}
		tell(w, "    %s → %s  × %s", shown(t.From), shown(t.To), kit.Count(t.People))
	}
	if alone > 0 && alone < s.Changes {
		tell(w, "    %s", kit.Many(alone, "other", "others"))
	}
}

func (v *env) describeProblems(w io.Writer, d *core.Draft) {
	const most = 10
	for i, r := range d.Rejects {
		if i == most {
			tell(w, "  … and %s more rejected", kit.Count(len(d.Rejects)-most))
			break
		}
		tell(w, "  row %d: %s", r.Line, r.Problem)
	}
	for i, r := range d.Remarks.Some {
		if i == most {
			tell(w, "  … and %s more notes", kit.Count(d.Remarks.Count-most))
			break
		}
		who := r.Anchor
		if r.Line > 0 {
			who = "row " + strconv.Itoa(r.Line)
		}
		tell(w, "  note on %s: %s", who, r.Problem)
	}
	for i, c := range d.Conflicts {
		if i == most {
			tell(w, "  … and %s more in conflict", kit.Count(len(d.Conflicts)-most))
			break
		}
		tell(w, "  conflict: %s", c.Reason)
		if c.Advice != "" {
			tell(w, "    %s", c.Advice)
		}
	}
	for _, h := range d.Head.Held {
		tell(w, "  held: %s", h)
	}
}
