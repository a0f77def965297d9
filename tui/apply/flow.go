// Package apply is how a screen changes the roster: it works out what would be
// done, asks with exact numbers, applies it while showing how far it is, says
// what happened and how to take it back, and takes it back. Every change is one
// changeset; nothing here knows how a screen looks.
//
// A screen keeps a Flow, returns what its methods return, and lets it look at
// each message first:
//
//	if action, mine := s.flow.Update(msg); mine {
//		return action
//	}
//
// When something was applied, the screen's own Update also gets an Applied.
package apply

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
)

// Flow is one screen's road from a wish to the journal. Its methods belong to
// the screen's goroutine.
type Flow struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   roster.ListID
}

// New makes the flow of a screen that shows a list.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list roster.ListID) *Flow {
	return &Flow{env: env, engine: e, actor: actor, list: list}
}

// An Applied tells the screen that a changeset of its own was applied: what it
// shows has changed.
type Applied struct {
	Head changeset.Changeset
	// Person is who was created, if it was one person by Add.
	Person roster.PersonID
}

// Refused tells the screen that what was typed for a new person could not be
// stored. Values are what was typed, by field.
type Refused struct {
	Values map[roster.FieldID]string
	Err    error
}

// A deed is what the flow was asked to do, in the words of its questions.
type deed struct {
	kind  kind
	field roster.Field
	value string
	// asked is how many people it was asked for.
	asked int
	// undone is the changeset that an undo or redo takes back, and detail what
	// that means when it is a single value.
	undone changeset.Changeset
	detail string
	// watched deeds show how far they are.
	watched bool
}

// watchedAbove is the number of people above which a deed can take so long
// that one wants to see how far it is.
const watchedAbove = 500

// kind tells deeds apart.
type kind uint8

const (
	setField kind = iota
	deactivate
	reactivate
	undo
	redo
)

// drafted is what would be done.
type drafted struct {
	deed  deed
	draft *core.Draft
	err   error
}

// agreed is the answer yes to what would be done.
type agreed drafted

// finished is what was done.
type finished struct {
	deed deed
	head changeset.Changeset
	err  error
}

// People are those whom a change is for.
type People struct {
	Count int
	// IDs returns who they are. It is called in a command: they may be many.
	IDs func() []roster.PersonID
}

// One is a single person.
func One(id roster.PersonID) People {
	return People{1, func() []roster.PersonID { return []roster.PersonID{id} }}
}

// SetField sets a field of people to a value, after asking when they are many.
func (f *Flow) SetField(people People, field roster.Field, value string) kit.Action {
	return f.draft(deed{kind: setField, field: field, value: value, asked: people.Count},
		func(ctx context.Context) (*core.Draft, error) {
			return f.engine.DraftField(ctx, f.list, people.IDs(), field.ID, value)
		})
}

// SetStatus deactivates or reactivates people, after asking.
func (f *Flow) SetStatus(people People, to roster.Status) kit.Action {
	d := deed{kind: deactivate, asked: people.Count}
	if to == roster.Active {
		d.kind = reactivate
	}
	return f.draft(d, func(ctx context.Context) (*core.Draft, error) {
		return f.engine.DraftStatus(ctx, f.list, people.IDs(), to)
	})
}

// Undo takes back the actor's last changeset of the list, asking first when it
// is large or meets conflicts.
func (f *Flow) Undo() kit.Action { return f.back(undo, f.engine.Undoable) }

// Redo puts back what the actor undid last.
func (f *Flow) Redo() kit.Action { return f.back(redo, f.engine.Redoable) }

type finder = func(context.Context, core.Actor, roster.ListID) (*core.Draft, changeset.Changeset, error)

func (f *Flow) back(k kind, find finder) kit.Action {
	return kit.Run{Cmd: func() tea.Msg {
		d, undone, err := find(context.Background(), f.actor, f.list)
		out := drafted{deed: deed{kind: k, undone: undone}, draft: d, err: err}
		if d != nil {
			out.deed.asked = len(d.Items)
		}
		return out
	}}
}

// draft works out a deed, showing that it goes on when people are many.
func (f *Flow) draft(d deed, work func(context.Context) (*core.Draft, error)) kit.Action {
	d.watched = d.asked > watchedAbove
	ctx, cancel := context.WithCancel(context.Background())
	run := kit.Run{Cmd: func() tea.Msg {
		defer cancel()
		draft, err := work(ctx)
		return drafted{d, draft, err}
	}}
	return f.watch(d, run, cancel, func() kit.Work { return kit.Work{What: "Looking at " + people(d.asked)} })
}

// watch runs a deed's command with a dialog over it that shows how far it is
// and stops it, if it may take long.
func (f *Flow) watch(d deed, run kit.Action, stop func(), look func() kit.Work) kit.Action {
	if !d.watched {
		return run
	}
	return kit.All{kit.Open{Dialog: kit.NewProgress(f.env, d.title(), look, stop)}, run}
}

// unwatch ends what watch opened.
func (d deed) unwatch(then ...kit.Action) kit.Action {
	if d.watched {
		then = append([]kit.Action{kit.Close{}}, then...)
	}
	return kit.All(then)
}

// Update looks at a message that the screen got, and reports whether it was
// the flow's.
func (f *Flow) Update(msg tea.Msg) (action kit.Action, mine bool) {
	switch msg := msg.(type) {
	case drafted:
		return msg.deed.unwatch(f.ask(msg)), true
	case agreed:
		return f.apply(msg), true
	case finished:
		return f.done(msg), true
	case saved:
		return f.saved(msg), true
	case overwrite:
		return f.Save(msg.edit), true
	case added:
		return f.added(msg), true
	}
	return nil, false
}

// apply applies a draft that was agreed to.
func (f *Flow) apply(a agreed) kit.Action {
	a.deed.watched = len(a.draft.Items) > watchedAbove
	ctx, cancel := context.WithCancel(context.Background())
	progress := new(core.Progress)
	how := core.How{Progress: progress, LeaveConflicts: len(a.draft.Conflicts) > 0}
	run := kit.Run{Cmd: func() tea.Msg {
		defer cancel()
		head, err := f.engine.ApplyDraft(ctx, f.actor, a.draft, how)
		return finished{a.deed, head, err}
	}}
	return f.watch(a.deed, run, cancel, func() kit.Work {
		step, _ := progress.Step()
		return kit.Work{What: step.Doing, Done: step.Done, Total: step.Total, Unit: "people"}
	})
}

func (f *Flow) done(d finished) kit.Action {
	if d.err != nil {
		return d.deed.unwatch(kit.Fail{Err: d.err})
	}
	return d.deed.unwatch(tell(Applied{Head: d.head}), kit.Say{Text: d.deed.past(d.head), Kind: kit.Done})
}

// tell hands the screen a message.
func tell(msg tea.Msg) kit.Action { return kit.Run{Cmd: func() tea.Msg { return msg }} }

// ago tells when a changeset was applied.
func (f *Flow) ago(t time.Time) string { return kit.Ago(f.env.Now(), t) }
