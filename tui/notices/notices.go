// Package notices is the screen of where notices about a list go out to: its
// outlets, webhooks and commands, with the events that each is told of, and what
// became of the last notices. Outlets are added, tried, turned off and removed
// here. A list has none until somebody adds one.
package notices

import (
	"context"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Doors are what the screen asks of the process that sends the notices.
type Doors struct {
	// Deliveries are the last notices about a list, newest first.
	Deliveries func(ctx context.Context, list roster.ListID) ([]Delivery, error)
	// Test tells an outlet that this is a test, and returns once it was taken.
	Test func(ctx context.Context, list string, outlet int) error
}

// Delivery is what became of a notice at one outlet.
type Delivery struct {
	At      time.Time
	Outlet  int
	Event   roster.Event
	Text    string // the notice, a sentence
	Tries   int
	Problem string // why it was not taken in the end; empty if it was
	Waits   bool   // it has not arrived yet, and is tried again
}

// Screen is the outlets of one list.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   roster.List
	doors  Doors

	log   []Delivery
	whole bool // where they go may be shown whole
	table *kit.Table[int]
	wide  int
	busy  bool // reading
	again bool // something changed while it was
	ready bool
	added int        // the number of an outlet that was just added, to go to
	test  kit.Latest // of the test that is on its way
}

// read is what a reading found.
type read struct {
	list  roster.List
	log   []Delivery
	whole bool
	err   error
}

// Answers of dialogs, and what became of changes.
type (
	kindChosen  int // of kinds
	outletTyped struct{ outlet roster.Outlet }
	outletAdded struct {
		outlet roster.Outlet
		secret string
		err    error
	}
	eventsTyped struct {
		number int
		events []roster.Event
	}
	removeIt int
	done     struct {
		text string
		err  error
	}
	tested struct {
		run, number int
		err         error
	}
)

// New makes the screen of a list.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list *roster.List, doors Doors) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, list: *list, doors: doors}
	s.table = kit.NewTable(env, nil, kit.Rows[int](rows{s}))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Notices" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	dim := func(text string) string { return s.env.Theme.Paint(theme.Dim, text) }
	status := dim(kit.Clean(s.list.Name))
	if n := len(s.list.Outlets); s.ready && n > 0 {
		status += "   " + dim(kit.Many(n, "outlet", "outlets"))
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// ListID implements kit.Lister.
func (s *Screen) ListID() roster.ListID { return s.list.ID }

// current is the outlet under the cursor.
func (s *Screen) current() (roster.Outlet, bool) {
	if at := s.table.At(); s.ready && at >= 0 && at < len(s.list.Outlets) {
		return s.list.Outlets[at], true
	}
	return roster.Outlet{}, false
}

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	key := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		b := kit.Binding{ID: "notices." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank}
		if group == "Change" {
			b.Needs = core.SetLists
		}
		return b
	}
	look := key("look", "look", "Show everything about this outlet, and what became of its last notices", "Look", 1, "enter")
	add := key("add", "add", "Have notices about this list go out to a webhook or a command", "Change", 2, "n")
	test := key("test", "test", "Send this outlet a notice that says it is a test", "Change", 3, "t")
	events := key("events", "events", "Choose of which events this outlet is told", "Change", 4, "e")
	off := key("off", "on or off", "Tell this outlet of nothing for now, or tell it again", "Change", 5, "space")
	remove := key("remove", "remove", "Remove this outlet", "Change", 6, "x", "delete")
	remove.Dangerous = true
	copied := key("copy", "copy", "Copy where the notices of this outlet go", "Look", 0, "y")
	o, ok := s.current()
	if !ok {
		for _, b := range []*kit.Binding{&look, &test, &events, &off, &remove, &copied} {
			b.Disabled = "Nothing goes out yet; n adds where notices go to"
			b.Rank = 0
		}
	}
	if ok && len(o.Command) > 0 && !s.actor.Local() {
		events.Disabled = commandsAreLocal
		if o.Off {
			off.Disabled = commandsAreLocal
		}
	}
	if ok && !s.whole {
		copied.Disabled = "Only who may change what is set for the list sees where they go"
	}
	return append([]kit.Binding{look, add, test, events, off, remove, copied}, s.table.Bindings()...)
}

const commandsAreLocal = "A command runs on the machine that has the store; only its local user adds or changes one"

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	o, _ := s.current()
	switch id {
	case "notices.look":
		return kit.Open{Dialog: kit.NewMessage(s.env, sentence(s.called(&o)), s.all(&o))}
	case "notices.add":
		return s.askKind()
	case "notices.test":
		return s.sendTest(&o)
	case "notices.events":
		return s.askEvents(&o)
	case "notices.off":
		return s.turn(&o)
	case "notices.remove":
		text := "Nothing goes out there any more."
		if o.URL != "" {
			text += " Its secret is gone with it: another outlet to the same address gets another."
		}
		q := kit.Question{Title: "Remove " + s.called(&o) + "?", Text: o.To(s.whole) + "\n" + text, Yes: "remove", Dangerous: true}
		return kit.Open{Dialog: kit.NewConfirm(s.env, q, removeIt(o.Number))}
	case "notices.copy":
		return kit.Copy{Text: o.To(true), What: "where outlet " + strconv.Itoa(o.Number) + " goes"}
	}
	return nil
}

// called is what an outlet is called.
func (s *Screen) called(o *roster.Outlet) string {
	kind := "webhook"
	if o.URL == "" {
		kind = "command"
	}
	return "outlet " + strconv.Itoa(o.Number) + ", a " + kind
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		return s.load()
	case kit.Notice:
		if msg.List == strconv.FormatUint(uint64(s.list.ID), 10) || msg.List == "0" || msg.List == "" {
			return s.load()
		}
	case read:
		return s.take(msg)
	case kindChosen:
		return s.askOutlet(msg)
	case outletTyped:
		e, actor, list := s.engine, s.actor, s.list.ID
		return kit.Run{Cmd: func() tea.Msg {
			o, secret, err := e.AddOutlet(context.Background(), actor, list, msg.outlet)
			return outletAdded{o, secret, err}
		}}
	case outletAdded:
		return s.outletAdded(msg)
	case eventsTyped:
		return s.change(msg.number, "Outlet "+strconv.Itoa(msg.number)+" is told of "+eventWords(msg.events), func(o *roster.Outlet) { o.Events = msg.events })
	case removeIt:
		e, actor, list := s.engine, s.actor, s.list.ID
		return kit.Run{Cmd: func() tea.Msg {
			return done{"Nothing goes out to outlet " + strconv.Itoa(int(msg)) + " any more", e.RemoveOutlet(context.Background(), actor, list, int(msg))}
		}}
	case done:
		if msg.err != nil {
			return kit.All{kit.Fail{Err: msg.err}, s.load()}
		}
		return kit.All{kit.Say{Text: msg.text, Kind: kit.Done}, s.load()}
	case tested:
		return s.tested(msg)
	default:
		if s.table.Update(msg).Kind == kit.Chose {
			if _, ok := s.current(); ok {
				return s.Do("notices.look")
			}
		}
	}
	return nil
}

// change changes an outlet in a command.
func (s *Screen) change(number int, text string, change func(*roster.Outlet)) kit.Action {
	e, actor, list := s.engine, s.actor, s.list.ID
	return kit.Run{Cmd: func() tea.Msg {
		_, err := e.ChangeOutlet(context.Background(), actor, list, number, change)
		return done{text, err}
	}}
}

// turn turns an outlet off, or on again.
func (s *Screen) turn(o *roster.Outlet) kit.Action {
	off := !o.Off
	text := "Outlet " + strconv.Itoa(o.Number) + " is told of nothing for now"
	if !off {
		text = "Outlet " + strconv.Itoa(o.Number) + " is told again, of what comes from now on"
	}
	return s.change(o.Number, text, func(o *roster.Outlet) { o.Off = off })
}

// sendTest tells an outlet that this is a test.
func (s *Screen) sendTest(o *roster.Outlet) kit.Action {
	ctx, run := s.test.Begin()
	test, slug, number := s.doors.Test, s.list.Slug, o.Number
	look := func() kit.Work { return kit.Work{What: "Waiting for the answer of outlet " + strconv.Itoa(number)} }
	return kit.All{
		kit.Open{Dialog: kit.NewProgress(s.env, "Test", look, s.test.Cancel)},
		kit.Run{Cmd: func() tea.Msg { return tested{run, number, test(ctx, slug, number)} }},
	}
}

func (s *Screen) tested(msg tested) kit.Action {
	if !s.test.Is(msg.run) {
		return nil
	}
	s.test.Stop()
	if msg.err != nil {
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}, s.load()}
	}
	return kit.All{kit.Close{}, kit.Say{Text: "Outlet " + strconv.Itoa(msg.number) + " has taken the test", Kind: kit.Done}, s.load()}
}

// load reads the outlets and what became of the last notices, or notes that it is
// to be done again.
func (s *Screen) load() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	e, actor, slug, deliveries := s.engine, s.actor, s.list.Slug, s.doors.Deliveries
	return kit.Run{Cmd: func() tea.Msg {
		ctx := context.Background() // it is quick, and there is always a next one
		var out read
		if out.list, out.err = e.List(ctx, slug); out.err != nil {
			return out
		}
		out.whole = e.May(actor, out.list.ID, core.SetLists) == nil
		out.log, out.err = deliveries(ctx, out.list.ID)
		return out
	}}
}

func (s *Screen) take(msg read) kit.Action {
	s.busy = false
	if msg.err != nil {
		s.list.Outlets, s.log, s.ready = nil, nil, false
		s.table.Empty = s.env.Explain(msg.err)
		s.table.SetRows(rows{s})
		return kit.Fail{Err: msg.err}
	}
	s.list, s.log, s.whole, s.ready, s.wide = msg.list, msg.log, msg.whole, true, 0
	s.table.SetRows(rows{s})
	if s.added != 0 && s.table.Find(s.added) {
		s.added = 0
	}
	if s.again {
		return s.load()
	}
	return nil
}

// of are the last deliveries to an outlet, newest first.
func (s *Screen) of(number int) []Delivery {
	return slices.DeleteFunc(slices.Clone(s.log), func(d Delivery) bool { return d.Outlet != number })
}
