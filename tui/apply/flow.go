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
//
// How weighty a question is follows one rule, Weigh, here and wherever else
// something is applied: the review and the import ask by Ask.
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
	work   work
	queue  []kind // undos and redos that were asked for meanwhile
}

// work is the command under way, one at a time.
type work struct {
	number int // of all so far
	going  bool
	shown  bool // a dialog shows it
	title  string
	look   func() kit.Work
	stop   func()
}

// overdue says that the work of that number has been going on for a while.
type overdue int

// soon is how long work goes on before keys are kept from what is beneath.
const soon = 100 * time.Millisecond

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
	// added and removed are tags.
	added, removed []string
	// asked is how many people it was asked for, and who the one is called.
	asked int
	who   string
	// undone is the changeset that an undo or redo takes back, and detail what
	// that means when it is a single value.
	undone changeset.Changeset
	detail string
}

// kind tells deeds apart.
type kind uint8

const (
	setField kind = iota
	setTags
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
	// Who is what the one is called, where they are one.
	Who string
	// IDs returns who they are. It is called in a command: they may be many.
	IDs func() []roster.PersonID
}

// One is a single person, who is called who.
func One(id roster.PersonID, who string) People {
	return People{1, who, func() []roster.PersonID { return []roster.PersonID{id} }}
}

// SetField sets a field of people to a value, after asking when they are many.
func (f *Flow) SetField(people People, field roster.Field, value string) kit.Action {
	return f.draft(deed{kind: setField, field: field, value: value, asked: people.Count, who: people.Who},
		func(ctx context.Context, p *core.Progress) (*core.Draft, error) {
			return f.engine.DraftField(ctx, f.list, people.IDs(), field.ID, value, p)
		})
}

// SetTags adds tags to a field of people and takes others away, after asking
// when they are many.
func (f *Flow) SetTags(people People, field roster.Field, add, remove []string) kit.Action {
	return f.draft(deed{kind: setTags, field: field, added: add, removed: remove, asked: people.Count, who: people.Who},
		func(ctx context.Context, p *core.Progress) (*core.Draft, error) {
			return f.engine.DraftTags(ctx, f.list, people.IDs(), field.ID, add, remove, p)
		})
}

// SetStatus deactivates or reactivates people, after asking.
func (f *Flow) SetStatus(people People, to roster.Status) kit.Action {
	d := deed{kind: deactivate, asked: people.Count, who: people.Who}
	if to == roster.Active {
		d.kind = reactivate
	}
	return f.draft(d, func(ctx context.Context, p *core.Progress) (*core.Draft, error) {
		return f.engine.DraftStatus(ctx, f.list, people.IDs(), to, p)
	})
}

// Undo takes back the actor's last changeset of the list, asking first when it
// is large or meets conflicts.
func (f *Flow) Undo() kit.Action { return f.back(undo) }

// Redo puts back what the actor undid last.
func (f *Flow) Redo() kit.Action { return f.back(redo) }

// back works out an undo or redo, or remembers it until the one before is done.
func (f *Flow) back(k kind) kit.Action {
	if f.work.going {
		f.queue = append(f.queue, k)
		return nil
	}
	find := f.engine.Undoable
	if k == redo {
		find = f.engine.Redoable
	}
	d := deed{kind: k}
	look := func() kit.Work { return kit.Work{What: "Looking at what was done"} }
	return f.run(d.title(), look, func(ctx context.Context) tea.Msg {
		draft, undone, err := find(ctx, f.actor, f.list)
		d.undone = undone
		if draft != nil {
			d.asked = len(draft.Items)
		}
		return drafted{d, draft, err}
	})
}

// draft works out a deed.
func (f *Flow) draft(d deed, work func(context.Context, *core.Progress) (*core.Draft, error)) kit.Action {
	progress := new(core.Progress)
	look := func() kit.Work {
		step, _ := progress.Step()
		return kit.Work{What: "Looking at " + people(d.asked), Done: step.Done, Total: step.Total, Unit: "people"}
	}
	return f.run(d.title(), look, func(ctx context.Context) tea.Msg {
		draft, err := work(ctx, progress)
		return drafted{d, draft, err}
	})
}

// run runs a command. When it takes a while, a dialog shows how far it is and
// stops it.
func (f *Flow) run(title string, look func() kit.Work, do func(context.Context) tea.Msg) kit.Action {
	if f.work.going {
		return kit.Say{Text: "The change before is still being worked out", Kind: kit.Caution}
	}
	ctx, stop := context.WithCancel(context.Background())
	f.work = work{number: f.work.number + 1, going: true, title: title, look: look, stop: stop}
	return kit.All{
		kit.Run{Cmd: func() tea.Msg { return do(ctx) }},
		kit.Later{After: soon, Msg: overdue(f.work.number)},
	}
}

// watch shows the work that takes a while.
func (f *Flow) watch(o overdue) kit.Action {
	if int(o) != f.work.number || !f.work.going {
		return nil
	}
	f.work.shown = true
	return kit.Open{Dialog: kit.NewProgress(f.env, f.work.title, f.work.look, f.work.stop)}
}

// over ends the work, and the dialog that shows it.
func (f *Flow) over() kit.Action {
	f.work.stop()
	shown := f.work.shown
	f.work.going, f.work.shown = false, false
	if shown {
		return kit.Close{}
	}
	return nil
}

// Work runs a command of the screen's own on the flow's road: one at a time,
// with a dialog that shows how far it is, and stops it, when it takes a while.
// What the command returns reaches the screen's Update.
func (f *Flow) Work(title string, look func() kit.Work, do func(context.Context) tea.Msg) kit.Action {
	return f.run(title, look, func(ctx context.Context) tea.Msg { return worked{do(ctx)} })
}

// worked is what a command of the screen's own came to.
type worked struct{ msg tea.Msg }

// Busy reports whether work is going on.
func (f *Flow) Busy() bool { return f.work.going }

// next does the undo or redo that was asked for meanwhile.
func (f *Flow) next() kit.Action {
	if len(f.queue) == 0 || f.work.going {
		return nil
	}
	k := f.queue[0]
	f.queue = f.queue[1:]
	return f.back(k)
}

// Update looks at a message that the screen got, and reports whether it was
// the flow's.
func (f *Flow) Update(msg tea.Msg) (action kit.Action, mine bool) {
	switch msg := msg.(type) {
	case drafted:
		return kit.All{f.over(), f.ask(msg)}, true
	case agreed:
		return f.apply(msg), true
	case finished:
		return kit.All{f.over(), f.done(msg)}, true
	case worked:
		return kit.All{f.over(), tell(msg.msg)}, true
	case overdue:
		return f.watch(msg), true
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
	progress := new(core.Progress)
	how := core.How{Progress: progress, LeaveConflicts: len(a.draft.Conflicts) > 0}
	look := func() kit.Work {
		step, _ := progress.Step()
		return kit.Work{What: step.Doing, Done: step.Done, Total: step.Total, Unit: "people"}
	}
	return f.run(a.deed.title(), look, func(ctx context.Context) tea.Msg {
		head, err := f.engine.ApplyDraft(ctx, f.actor, a.draft, how)
		return finished{a.deed, head, err}
	})
}

func (f *Flow) done(d finished) kit.Action {
	if d.err != nil {
		f.queue = nil
		return kit.Fail{Err: d.err}
	}
	return kit.All{tell(Applied{Head: d.head}), kit.Say{Text: d.deed.past(d.head), Kind: kit.Done}, f.next()}
}

// tell hands the screen a message.
func tell(msg tea.Msg) kit.Action { return kit.Run{Cmd: func() tea.Msg { return msg }} }

// ago tells when a changeset was applied.
func (f *Flow) ago(t time.Time) string { return kit.Ago(f.env.Now(), t) }
