package review

import (
	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
)

// A view is one of the ways to look at a set.
type view uint8

const (
	byValue view = iota
	people
	rejects
)

// Review is a part of a screen that shows a Set, and decides about it if it is
// told to. Its screen hands it the bindings it does not know, and the messages
// and clicks that are not its own.
type Review struct {
	env    *kit.Env
	engine *core.Engine
	set    *Set
	maker  *decider // nil where there is nothing to decide
	filter *filterLine

	view     view
	want     choosing // what is shown
	whole    bool     // the item under the cursor has all the room
	field    int      // the part of it that the cursor is on
	together bool     // fields that belong together are decided together
	equal    bool     // fields that stay as they are are shown, too
	top      int      // first line of it
	groups   *kit.Table[int]
	items    *kit.Table[int]
	reject   *kit.Table[int]
	width    int // that the columns were made for

	reading kit.Latest // the person under the cursor
	naming  kit.Latest // all people
	finding kit.Latest // what is meant by the filter
	now     *roster.Person
	past    []core.Event
	height  int
	tight   bool  // in the last View there was no room for what filters
	tabs    []tab // in the last View
	chips   []tab
}

// New makes a Review that shows nothing yet.
func New(env *kit.Env, engine *core.Engine) *Review {
	r := &Review{env: env, engine: engine, want: everything(), set: new(Set)}
	r.groups = kit.NewTable(env, groupColumns(false), kit.Rows[int](groupRows{env: env, set: r.set}))
	r.items = kit.NewTable(env, nil, kit.Rows[int](itemRows{env: env, set: r.set}))
	r.reject = kit.NewTable(env, rejectColumns(), kit.Rows[int](rejectRows{r.set}))
	r.groups.Empty, r.items.Empty = "Nothing to change", "Nobody"
	return r
}

// Filtering gives the part a filter line.
func (r *Review) Filtering() { r.filter = &filterLine{input: kit.NewInput(r.env, "")} }

// Decide has decisions be made about the stored changeset that is shown, or
// with a head that does not wait, no more.
func (r *Review) Decide(actor core.Actor, head *changeset.Changeset) {
	if !head.Open() {
		r.maker, r.items.Marking = nil, false
		return
	}
	if r.maker == nil {
		r.maker = &decider{env: r.env, engine: r.engine, actor: actor, id: head.ID}
	}
	r.maker.known = head.Decided
	r.items.Marking = true
}

// Show shows a set, by value or person by person.
func (r *Review) Show(set *Set, summary bool) kit.Action {
	r.set, r.whole, r.now, r.past = set, false, nil, nil
	r.view = people
	if summary {
		r.view = byValue
	}
	r.want = everything()
	r.layout()
	r.reject.SetRows(rejectRows{set})
	r.items.Unmark()
	action := r.choose()
	r.items.Go(0)
	return kit.All{action, r.read(), r.readPeople()}
}

// Renew shows the same changeset as it is now, and keeps the place.
func (r *Review) Renew(set *Set) kit.Action {
	old := r.set
	if len(set.Items) != len(old.Items) {
		return r.Show(set, r.view == byValue)
	}
	if r.want.only >= 0 {
		key := old.groups[r.want.only].key
		r.want.only = -1
		for i := range set.groups {
			if set.groups[i].key == key {
				r.want.only = i
			}
		}
	}
	set.people = old.people
	for n := range set.clashes {
		set.recount(n)
	}
	r.set = set
	r.reject.SetRows(rejectRows{set})
	return kit.All{r.choose(), r.read(), r.readPeople()}
}

// Close ends what is still being read, and saves what is not saved yet.
func (r *Review) Close() kit.Action {
	r.reading.Stop()
	r.naming.Stop()
	r.finding.Stop()
	if r.maker == nil {
		return nil
	}
	return r.maker.flush()
}

// Saving reports whether decisions are not on disk yet.
func (r *Review) Saving() bool { return r.maker != nil && r.maker.going }

// Made counts the decisions made here. What was read of the changeset before
// one of them, or while one was being saved, does not show it.
func (r *Review) Made() int {
	if r.maker == nil {
		return 0
	}
	return r.maker.jobs
}

// Behind reports whether somebody else has decided something that is not shown,
// given the changeset's present Decided.
func (r *Review) Behind(decided uint64) bool {
	return r.maker != nil && !r.maker.going && decided != r.maker.known
}

// Deep reports whether esc goes back inside the part, not from its screen.
func (r *Review) Deep() bool {
	return r.whole || r.view != rejects && !r.want.all() || r.Typing()
}

// Typing reports whether the filter line has the keys.
func (r *Review) Typing() bool { return r.filter != nil && r.filter.open }

// table returns the table that is looked at.
func (r *Review) table() *kit.Table[int] {
	switch r.view {
	case byValue:
		return r.groups
	case rejects:
		return r.reject
	}
	return r.items
}

// Update takes the results of the part's own commands and the mouse, whose
// place is relative to the part's top left corner.
func (r *Review) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case person:
		if r.reading.Is(msg.run) && msg.err == nil {
			r.now, r.past = msg.now, msg.past
		}
	case peopleRead:
		return r.tookPeople(msg)
	case found:
		return r.found(msg)
	case saved:
		if r.maker != nil && r.maker.work.Is(msg.run) {
			action, stale := r.maker.take(msg, r.set)
			if stale {
				return kit.All{action, kit.Run{Cmd: func() tea.Msg { return Stale{} }}}
			}
			return action
		}
	case typedValue, chosenField, takeRest, chosenRule, ruled:
		return r.answered(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		if r.Typing() && r.filter.input.Update(msg) {
			return r.setFilter(r.filter.input.Value())
		}
	case kit.Wheel:
		if r.whole {
			r.top += msg.Lines
			return nil
		}
		msg.Y -= r.above()
		return r.mouse(msg)
	case tea.MouseClickMsg:
		return r.click(msg)
	}
	return nil
}

// Stale tells the screen that somebody else has decided something: the
// changeset is to be read again.
type Stale struct{}

// Whole reports whether one person has all the room.
func (r *Review) Whole() bool { return r.whole }
