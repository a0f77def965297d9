// Package mapping is the mapping editor: which attribute of a list's source
// feeds which field, through which transforms, and what that makes of real
// people before anything is saved.
//
// The mappings are edited in a model that does no I/O (model, edits); what an
// edit would change is worked out in the background while one goes on, and is
// out of date with the next edit (pricing). The line under the cursor is tried
// with people of the list: with a few at once, with everybody as soon as they
// have been gone through (people). Saving shows its price as the review of
// a changeset, which is then applied or waits (saving); nothing is changed
// before. How a transform is picked and a field is chosen is package feed's,
// and what is shown of people package trial's; the import of a file shares both.
package mapping

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/mapping/trial"
	"muster/tui/theme"
)

// Doors make the screens that open from here, and reach the world outside.
type Doors struct {
	// Changeset shows one changeset, and Changes those of a list.
	Changeset func(head changeset.Changeset) kit.Screen
	Changes   func(l *roster.List) kit.Screen
	Person    func(l roster.List, id roster.PersonID) kit.Screen
	// Source shows what keeps the list current, where it is connected.
	Source func(l *roster.List) kit.Screen
	// Export writes a list's mappings to a new file, and Import puts those of a
	// file in place of a list's; nil where there are no files. They are called in
	// commands.
	Export func(ctx context.Context, path string, l *roster.List) error
	Import func(ctx context.Context, path string, l *roster.List) error
}

// Screen is the mapping editor of one list.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	doors  Doors
	flow   *apply.Flow
	list   roster.List // as it was read last
	goal   string      // the field whose mapping the cursor begins on

	model   *model                 // nil until the list is read
	known   []core.SourceAttribute // that the source has
	lines   *lines
	table   *kit.Table[lineID]
	people  *trial.Pane
	hand    []trial.One   // people at hand, with their attributes
	asked   []string      // those attributes
	sources core.Surveyor // nil until the list is read
	price   price
	filter  *kit.Input // has the keys while it is not nil
	query   string
	counts  map[string]int // people by attribute
	of      int            // of how many
	theirs  *roster.List   // what somebody else saved while there is something unsaved here
	waiting *changeset.Changeset
	over    bool // the pane is over the table
	drawn   drawn

	loading, surveying, work kit.Latest
	busy, again              bool      // a reading goes on; another one is due
	seen                     uint64    // the version that the people were read at
	looked                   time.Time // when everybody was gone through last
	through                  uint64    // the version at which that was
	due                      bool      // that is done again by itself
	settled                  bool      // what is read next is what was saved here
}

// drawn is what the last View was like.
type drawn struct {
	width, height int
	above         int // lines over the table
	paneAt        int // where the pane begins, 0 if it is not beside the table
	left          int // columns of the table
	table         int // lines of the table
}

// read is what a reading found.
type read struct {
	run     int
	list    roster.List
	known   []core.SourceAttribute
	few     []trial.One
	names   []string
	waiting *changeset.Changeset
	err     error
}

// New makes the mapping editor of a list. The cursor begins on the mapping that
// feeds the field of that key, if there is one.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list *roster.List, field string, doors Doors) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, list: *list, goal: field, doors: doors, flow: apply.New(env, e, actor, list.ID), people: trial.New(env, people())}
	s.table = kit.NewTable(env, nil, kit.Rows[lineID](newLines(env, &model{}, nil, "")))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Mapping" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	paint := s.env.Theme.Paint
	name := paint(theme.Dim, kit.Clean(s.list.Name))
	if s.model == nil {
		return name
	}
	on := 0
	for _, e := range s.model.now.entries {
		if e.m.On {
			on++
		}
	}
	status := paint(theme.Dim, kit.Count(on)+" on of "+kit.Many(len(s.model.attributes), "attribute", "attributes")) + "   " + name
	if text, role := s.price.words(s.model.unsaved()); text != "" {
		return paint(role, text) + "   " + status
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return s.filter != nil }

// Unsaved implements kit.Keeper.
func (s *Screen) Unsaved() string {
	if s.model == nil || s.model.unsaved() == 0 {
		return ""
	}
	return kit.Many(s.model.unsaved(), "changed line of the mapping is", "changed lines of the mapping are") + " not saved."
}

// Waits implements kit.Waiter: nothing can be done until the list is there.
func (s *Screen) Waits(string) bool { return s.busy && s.model == nil }

// load reads the list and a few of its people, or notes that it is to be done
// again.
func (s *Screen) load() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	ctx, run := s.loading.Begin()
	e, slug, version, known := s.engine, s.list.Slug, s.seen, s.hand
	names := slices.Clone(s.asked)
	return kit.Run{Cmd: func() tea.Msg {
		out := read{run: run}
		if out.list, out.err = e.List(ctx, slug); out.err != nil {
			return out
		}
		if out.known, out.err = e.Attributes(ctx, &out.list); out.err != nil {
			return out
		}
		out.waiting, out.err = waiting(ctx, e, out.list.ID)
		if out.few, out.names = known, names; out.err == nil && (known == nil || out.list.Standing.Version != version) {
			out.names = namesOf(out.known, &out.list, names)
			out.few, out.err = readFew(ctx, e, &out.list, out.names)
		}
		return out
	}}
}

// waiting finds the changed mappings that wait for somebody, if any do.
func waiting(ctx context.Context, e *core.Engine, list roster.ListID) (*changeset.Changeset, error) {
	found, err := e.Changesets(ctx, 1, func(c *changeset.Changeset) bool {
		return c.List == list && c.Open() && c.Origin == changeset.Mapping
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// namesOf are the attributes of which the few are asked.
func namesOf(attributes []core.SourceAttribute, l *roster.List, names []string) []string {
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	add := func(name string) {
		if !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	for _, a := range attributes {
		add(a.Name)
	}
	for _, m := range l.Mappings {
		for _, name := range m.Attributes() {
			add(name)
		}
	}
	return names
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	if action, mine := s.flow.Update(msg); mine {
		return action
	}
	if action, mine := s.people.Update(msg); mine {
		return action
	}
	switch msg := msg.(type) {
	case kit.Shown:
		return s.load()
	case kit.Notice:
		if msg.List == "" || msg.List == strconv.FormatUint(uint64(s.list.ID), 10) {
			return s.load()
		}
	case apply.Applied:
		return s.load()
	case read:
		return s.take(msg)
	case surveyed:
		return s.counted(msg)
	case overdue:
		s.due = false
		return kit.All{s.recount(s.behind()), s.moved()}
	case priced:
		s.price.take(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		if s.filter != nil && s.filter.Update(msg) {
			s.query = s.filter.Value()
			return s.relist(lineID{})
		}
	case kit.Wheel, tea.MouseClickMsg:
		return s.mouse(msg)
	default:
		return s.answered(msg)
	}
	return nil
}

// take takes what was read.
func (s *Screen) take(msg read) kit.Action {
	if !s.loading.Is(msg.run) {
		return nil
	}
	s.busy = false
	if msg.err != nil {
		if fault.Is(msg.err, fault.Cancelled) {
			return nil
		}
		return kit.Fail{Err: msg.err}
	}
	first := s.model == nil
	other := first || !sameSetup(&s.list, &msg.list)
	s.list, s.waiting, s.seen = msg.list, msg.waiting, msg.list.Standing.Version
	s.hand, s.asked = msg.few, msg.names
	s.people.Hand(msg.few, msg.names)
	s.known = msg.known
	actions := kit.All{s.adopt(first)}
	if s.again {
		actions = append(actions, s.load())
	}
	return append(actions, s.recount(other), s.moved())
}

// adopt shows the list as it is now. What is being edited is never lost, nor put
// over what somebody else has saved.
func (s *Screen) adopt(first bool) kit.Action {
	switch {
	case first:
		s.model = newModel(s.list, s.known, nil)
	case s.settled || s.model.unsaved() == 0:
		attributes, next := s.model.attributes, s.model.next
		same := sameSetup(&s.model.list, &s.list)
		s.settled, s.theirs = false, nil
		if same && s.model.unsaved() == 0 {
			s.model.list = s.list
			return nil
		}
		s.model = newModel(s.list, attributes, nil)
		s.model.next += next
		s.price.drop()
	case sameSetup(&s.model.list, &s.list):
		s.theirs, s.model.list = nil, s.list
		return nil
	case slices.EqualFunc(s.model.list.Mappings, s.list.Mappings, coremapping.Mapping.Equal) && s.model.list.Connection == s.list.Connection:
		s.theirs = nil
		s.model.rebase(s.list) // only the fields have changed
		return s.edited(lineID{})
	default:
		theirs := s.list
		s.theirs = &theirs
		return nil
	}
	at, _ := s.table.Current()
	place := s.place(at)
	action := s.relist(lineID{})
	s.back(place, first)
	return action
}

// sameSetup reports whether two states of a list have the same mappings and
// fields.
func sameSetup(a, b *roster.List) bool {
	return slices.EqualFunc(a.Mappings, b.Mappings, coremapping.Mapping.Equal) && reflect.DeepEqual(a.Schema.Fields, b.Schema.Fields) &&
		a.Connection == b.Connection
}

// place is what the cursor is on, by what outlives the line.
type place struct{ attribute, field string }

func (s *Screen) place(id lineID) place {
	if i, ok := s.shown().at[id]; ok {
		one := s.shown().all[i]
		return place{one.attribute.Name, one.entry.m.Field}
	}
	return place{}
}

// shown are the lines in the table; none before the list is read.
func (s *Screen) shown() *lines {
	if s.lines == nil {
		s.lines = newLines(s.env, &model{}, nil, "")
	}
	return s.lines
}

// back puts the cursor back where it was, or where it begins.
func (s *Screen) back(p place, first bool) {
	if first {
		if id, ok := s.lines.first("", s.goal); ok && s.goal != "" {
			s.table.Find(id)
			return
		}
	}
	for i := range s.lines.all {
		if one := &s.lines.all[i]; p.attribute != "" && one.attribute.Name == p.attribute && one.entry.m.Field == p.field {
			s.table.Find(one.id)
			return
		}
	}
	if id, ok := s.lines.first(p.attribute, ""); ok {
		s.table.Find(id)
		return
	}
	s.pass(1)
}

// relist shows the model again. The cursor goes to a line, if one is given, and
// stays where it is otherwise.
func (s *Screen) relist(to lineID) kit.Action {
	s.lines = newLines(s.env, s.model, s.counts, s.query)
	s.table.SetRows(s.lines)
	s.drawn.width = 0
	if to != (lineID{}) {
		s.table.Find(to)
	}
	s.pass(1)
	return s.moved()
}

// pass takes the cursor past headings.
func (s *Screen) pass(by int) {
	for range 2 {
		for at := s.table.At(); at >= 0 && at < s.lines.Len() && s.lines.all[at].heading(); at += by {
			s.table.Go(at + by)
			if s.table.At() != at+by {
				break
			}
		}
		by = -by
	}
}

// current is the line under the cursor.
func (s *Screen) current() (line, bool) {
	at := s.table.At()
	if s.model == nil || at < 0 || at >= s.shown().Len() || s.lines.all[at].heading() {
		return line{}, false
	}
	return s.lines.all[at], true
}

// moved has the line under the cursor be tried.
func (s *Screen) moved() kit.Action {
	one, ok := s.current()
	if !ok || !s.list.Connected() {
		return nil
	}
	m, f := s.tried(&one)
	return s.people.Show(m, f)
}

// tried is the mapping of a line and the field that it feeds, as they would be.
func (s *Screen) tried(one *line) (coremapping.Mapping, roster.Field) {
	if !one.mapped {
		return coremapping.Mapping{Attribute: one.attribute.Name}, roster.Field{}
	}
	f, _, known := s.model.field(one.entry.m.Field)
	if !known {
		f = roster.Field{}
	}
	return coremapping.Mapping{Attribute: one.entry.m.Attribute, Transforms: one.entry.m.Transforms, Field: f.Key}, f
}

// edited shows what an edit made, and works out its price.
func (s *Screen) edited(to lineID) kit.Action { return kit.All{s.relist(to), s.reprice()} }

// leave goes back, ending what goes on.
func (s *Screen) leave() kit.Action {
	for _, w := range []*kit.Latest{&s.loading, &s.surveying, &s.work, &s.price.run} {
		w.Stop()
	}
	s.people.Stop()
	return kit.Pop{}
}

// patience is how long after the last edit its price is worked out.
const patience = 150 * time.Millisecond
