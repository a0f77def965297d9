package review

import (
	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// person is somebody as the list has them now, and what happened to them.
type person struct {
	run  int
	now  *roster.Person
	past []core.Event
	err  error
}

// peopleRead is all people of a set.
type peopleRead struct {
	run    int
	people []someone
	err    error
}

// read reads the person under the cursor as they are now.
func (r *Review) read() kit.Action {
	r.now, r.past = nil, nil
	n, ok := r.items.Current()
	if !ok || n >= len(r.set.Items) || r.set.Items[n].Kind == changeset.Create {
		r.reading.Stop()
		return nil
	}
	ctx, run := r.reading.Begin()
	engine, list, id := r.engine, r.set.List.ID, r.set.Items[n].Person
	return kit.Run{Cmd: func() tea.Msg {
		p, err := engine.Person(ctx, list, id)
		if err != nil {
			return person{run: run, err: err}
		}
		past, err := engine.History(ctx, list, id)
		return person{run, &p, past, err}
	}}
}

// readPeople reads all people as the list has them.
func (r *Review) readPeople() kit.Action {
	ctx, run := r.naming.Begin()
	set, engine := r.set, r.engine
	return kit.Run{Cmd: func() tea.Msg {
		all, err := readPeople(ctx, engine, set)
		return peopleRead{run, all, err}
	}}
}

func (r *Review) tookPeople(msg peopleRead) kit.Action {
	if !r.naming.Is(msg.run) {
		return nil
	}
	if msg.err != nil {
		if fault.Is(msg.err, fault.Cancelled) {
			return nil
		}
		return kit.Fail{Err: msg.err}
	}
	r.set.know(msg.people)
	if !r.want.filter.Everything() {
		return r.choose()
	}
	return nil
}

// choose shows the items that are meant. What a filter means is found out in a
// command.
func (r *Review) choose() kit.Action {
	ctx, run := r.finding.Begin()
	set, want := r.set, r.want
	if want.filter.Everything() {
		return r.found(set.match(ctx, run, want))
	}
	return kit.Run{Cmd: func() tea.Msg { return set.match(ctx, run, want) }}
}

func (r *Review) found(msg found) kit.Action {
	if !r.finding.Is(msg.run) || msg.err != nil {
		return nil
	}
	rows := itemRows{env: r.env, set: r.set, shown: msg.items, first: msg.first}
	if r.want.only >= 0 {
		rows.field = r.set.groups[r.want.only].key.field
	}
	before, held := r.items.Current()
	r.items.SetRows(rows)
	if r.want.only < 0 {
		r.groups.SetRows(groupRows{r.env, r.set, msg.groups})
	}
	if after, ok := r.items.Current(); held && ok && after == before {
		return nil
	}
	r.field, r.top = 0, 0
	return r.read()
}

// setFilter shows what a text asks for.
func (r *Review) setFilter(text string) kit.Action {
	r.want.text, r.want.filter = text, changeset.ParseFilter(text, r.set.List.Schema)
	if text == "" {
		r.filter.input.Set("")
	}
	return r.choose()
}
