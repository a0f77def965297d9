package changes

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/tui/apply"
	"muster/tui/changes/review"
	"muster/tui/kit"
)

// planned is a rollback that has been worked out.
type planned struct {
	run   int
	draft *core.Draft
	err   error
}

// settled is the changeset after it was applied, rejected or rolled back.
type settled struct {
	run  int
	head changeset.Changeset
	err  error
}

// kept is a rollback that waits now, to be decided part by part.
type kept struct {
	run  int
	head changeset.Changeset
	err  error
}

// Answers of questions.
type (
	applyIt  struct{}
	rejectIt struct{}
	whatOf   int // what of a changeset is to be applied
)

// What can be applied of a changeset of which something is decided.
const (
	onlyDecided whatOf = iota
	allOfIt
)

// askWhat asks what is to be applied, if that can be several things, and then
// whether it is.
func (o *one) askWhat() kit.Action {
	o.decided = false
	t := o.set.Tally(true)
	if n := len(o.set.Items); n > 0 && t.Decided == n && t.Waits == n {
		return kit.Say{Text: "All of it is skipped, to be decided later: there is nothing to apply. x rejects it", Kind: kit.Caution}
	}
	if parts, of := o.set.Decided(); o.draft != nil || parts == 0 || parts == of && o.set.Unresolved() == 0 {
		return o.ask()
	}
	rest := o.set.Tally(false)
	decided := kit.Option{Label: "What is decided: " + kit.Many(t.Counts.Items(), "person", "people"),
		Detail: kit.Count(t.Waits) + " wait in a changeset of their own"}
	if t.Counts.Items() == 0 {
		decided.Refused = "Nothing is taken yet"
	}
	all := kit.Option{Label: "All that is not declined: " + kit.Many(rest.Counts.Items(), "person", "people"), Detail: kit.Count(rest.Undecided) + " of them undecided"}
	if n := o.set.Unresolved(); n > 0 && !o.leave {
		all.Refused = kit.Many(n, "conflict is", "conflicts are") + " undecided; c goes to the next, l leaves those people as they are"
	}
	return kit.Open{Dialog: kit.NewChoice(o.env, "Apply what of it?", []kit.Option{decided, all}, 0, func(i int) tea.Msg { return whatOf(i) })}
}

func (o *one) ask() kit.Action {
	head := o.set.Head
	head.Counts = o.set.Tally(o.decided).Counts
	if o.decided {
		head.Held = changeset.StillHeld(head.Held, o.set.List.Limits, o.set.List.Standing.Active, head.Counts)
	}
	return kit.Open{Dialog: apply.Ask(o.env, o.question(), &head, o.leave || o.decided, applyIt{})}
}

func (o *one) question() string {
	if o.draft != nil {
		return "Roll back changeset " + id(o.head.Undoes) + "?"
	}
	return "Apply changeset " + id(o.head.ID) + " to " + o.set.List.Name + "?"
}

// apply applies the changeset or the rollback.
func (o *one) apply() kit.Action {
	how := core.How{LeaveConflicts: o.leave || o.decided, OnlyDecided: o.decided, Progress: new(core.Progress)}
	return o.do("Applying", how.Progress, func(ctx context.Context) (changeset.Changeset, error) {
		if o.draft != nil {
			return o.engine.ApplyDraft(ctx, o.actor, o.draft, how)
		}
		return o.engine.Apply(ctx, o.actor, o.head.ID, how)
	})
}

func (o *one) reject() kit.Action {
	return o.do("Rejecting", nil, func(ctx context.Context) (changeset.Changeset, error) {
		return o.engine.Reject(ctx, o.actor, o.head.ID)
	})
}

// do has a command do work under a dialog that shows how far it is.
func (o *one) do(title string, p *core.Progress, work func(context.Context) (changeset.Changeset, error)) kit.Action {
	ctx, run := o.work.Begin()
	cmd := func() tea.Msg {
		head, err := work(ctx)
		return settled{run, head, err}
	}
	return kit.All{kit.Open{Dialog: review.Watch(o.env, title, p, "people", o.work.Cancel)}, kit.Run{Cmd: cmd}}
}

// settle answers what was done.
func (o *one) settle(msg settled) kit.Action {
	if !o.work.Is(msg.run) {
		return nil
	}
	switch {
	case fault.Is(msg.err, fault.Conflict) && o.draft == nil:
		// Somebody was faster: show what has become of it.
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}, o.load()}
	case msg.err != nil:
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	case o.draft != nil:
		return kit.All{kit.Close{}, kit.Pop{}, kit.Say{Text: "Rolled back, as changeset " + id(msg.head.ID), Kind: kit.Done}}
	case msg.head.State == changeset.Rejected:
		return kit.All{kit.Close{}, kit.Say{Text: "Rejected; nothing was changed", Kind: kit.Done}, o.load()}
	}
	return kit.All{kit.Close{}, kit.Say{Text: "Applied: " + review.Words(review.Parts(&msg.head)), Kind: kit.Done}, o.load()}
}

// plan works out the rollback.
func (o *one) plan() kit.Action {
	ctx, run := o.work.Begin()
	engine, id := o.engine, o.head.ID
	cmd := func() tea.Msg {
		d, err := engine.Rollback(ctx, id)
		return planned{run, d, err}
	}
	waiting := kit.NewProgress(o.env, "Working out the rollback", func() kit.Work {
		return kit.Work{What: "Comparing with the list as it is now"}
	}, o.work.Cancel)
	return kit.All{kit.Open{Dialog: waiting}, kit.Run{Cmd: cmd}}
}

// show opens the rollback that has been worked out.
func (o *one) show(msg planned) kit.Action {
	if !o.work.Is(msg.run) {
		return nil
	}
	if msg.err != nil {
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	}
	return kit.All{kit.Close{}, kit.Push{Screen: newRollback(o.env, o.engine, o.actor, msg.draft, o.export)}}
}

// keep lets a rollback wait, to be decided part by part.
func (o *one) keep() kit.Action {
	ctx, run := o.work.Begin()
	engine, actor, d := o.engine, o.actor, o.draft
	return kit.Run{Cmd: func() tea.Msg {
		head, err := engine.Propose(ctx, actor, d)
		return kept{run, head, err}
	}}
}

// showKept shows the rollback that waits in place of the one that was worked
// out.
func (o *one) showKept(msg kept) kit.Action {
	switch {
	case !o.work.Is(msg.run):
		return nil
	case msg.err != nil:
		return kit.Fail{Err: msg.err}
	}
	return kit.All{kit.Pop{}, kit.Push{Screen: newOne(o.env, o.engine, o.actor, msg.head, o.export)}}
}
