package changes

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/tui/changes/review"
	"muster/tui/kit"
)

// readWhole is the changeset with its items, as it was read.
type readWhole struct {
	run  int
	made int // decisions here when it began
	set  *review.Set
	err  error
}

// slow is sent when a first reading has been going on for a while.
type slow struct{}

// lookedAt is the changeset's head, read again.
type lookedAt struct {
	run  int
	head changeset.Changeset
	err  error
}

// load reads the changeset with its items.
func (o *one) load() kit.Action {
	ctx, run := o.loading.Begin()
	o.reading = true
	o.how = new(core.Progress)
	engine, draft, id, made, how := o.engine, o.draft, o.head.ID, o.body.Made(), o.how
	if o.body.Saving() {
		made = -1
	}
	return kit.Run{Cmd: func() tea.Msg {
		if draft != nil {
			return readWhole{run, made, review.OfDraft(draft), nil}
		}
		set, err := review.Load(ctx, engine, id, how)
		return readWhole{run, made, set, err}
	}}
}

// patience is how long a first reading goes on before it is shown that it does.
const patience = 300 * time.Millisecond

// soon has watch look whether the reading that has begun still goes on.
func (o *one) soon() kit.Action {
	if o.draft != nil {
		return nil
	}
	return kit.Later{After: patience, Msg: slow{}}
}

// watch shows that a first reading goes on, how far it is where that is known,
// and stops it.
func (o *one) watch() kit.Action {
	if o.set != nil || !o.reading {
		return nil
	}
	o.slowly = true
	return kit.Open{Dialog: review.Watch(o.env, "Opening changeset "+id(o.head.ID), o.how, "people", o.loading.Cancel)}
}

func reading(people int) string {
	return "Reading " + kit.Many(people, "person", "people") + "…"
}

// look reads the head again, to see whether something has become of it.
func (o *one) look() kit.Action {
	if o.draft != nil {
		return nil
	}
	ctx, run := o.looking.Begin()
	engine, id := o.engine, o.head.ID
	return kit.Run{Cmd: func() tea.Msg {
		head, err := engine.Changeset(ctx, id)
		return lookedAt{run, head, err}
	}}
}

func (o *one) take(msg readWhole) kit.Action {
	if !o.loading.Is(msg.run) {
		return nil
	}
	o.reading = false
	switch {
	case o.set == nil && fault.Is(msg.err, fault.Cancelled):
		return kit.Pop{}
	case msg.err != nil:
		return kit.Fail{Err: msg.err}
	}
	if o.set != nil && msg.made != o.body.Made() && msg.set.Head.Open() {
		return o.load() // somebody has gone on deciding here meanwhile
	}
	first, was := o.set == nil, o.head.State
	o.set, o.head, o.version = msg.set, msg.set.Head, max(o.version, msg.set.List.Standing.Version)
	if o.draft == nil {
		o.body.Decide(o.actor, &o.head)
	}
	if !first && was == o.head.State && o.head.Open() {
		return o.body.Renew(o.set)
	}
	return o.body.Show(o.set, o.draft == nil && o.head.Open() && len(o.set.Items) > many)
}

// many is from how many people on a changeset that waits is first shown by
// value: nobody reads that many one by one.
const many = 100

// compare reads everything again if something has become of the changeset that
// is not shown.
func (o *one) compare(msg lookedAt) kit.Action {
	if !o.looking.Is(msg.run) || msg.err != nil {
		return nil
	}
	if msg.head.State != o.head.State || msg.head.UndoneBy != o.head.UndoneBy || o.body.Behind(msg.head.Decided) {
		return o.load()
	}
	return nil
}
