// Package duplicates is the screen of people who may be in a list twice: they
// are shown the most alike first, compared side by side, and merged field by
// field into one of them, or said not to be the same. What was said can be
// looked through here, too, and taken back.
package duplicates

import (
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Screen is the table of those who may be the same, or of those who are not.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   roster.List
	flow   *apply.Flow

	table    *kit.Table[roster.PersonID]
	rows     rows
	apart    bool // those who are not the same are shown
	inactive bool // inactive people are compared, too
	progress *core.Progress
	busy     bool // a search is going on
	again    bool // something was changed here while it was
	found    bool // one has come to its end
	wrong    string
	newest   uint64 // the list's newest version there was word of
	width    int

	ctx  context.Context // ends when the screen is left
	stop context.CancelFunc
}

// searched is what a search came to.
type searched struct {
	list  roster.List
	found []core.Duplicate
	apart []apartPair
	err   error
}

// apartPair are two people of whom somebody said that they are not the same.
type apartPair struct {
	core.Dismissal
	a, b roster.Person
}

// told is what became of saying that people are not, or may be, the same.
type told struct {
	pairs int
	apart bool
	err   error
}

type tick struct{}

const tickStep = 100 * time.Millisecond

// New makes the screen of a list.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list roster.List) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, list: list, flow: apply.New(env, e, actor, list.ID)}
	s.table = kit.NewTable(env, nil, kit.Rows[roster.PersonID](&s.rows))
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Duplicates" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	list := s.env.Theme.Paint(theme.Dim, kit.Clean(s.list.Name))
	switch {
	case s.busy:
		return s.env.Theme.Paint(theme.Waiting, "looking") + "   " + list
	case s.found && s.newest > s.list.Standing.Version:
		return s.env.Theme.Paint(theme.Waiting, "the list has changed; r looks again") + "   " + list
	}
	return s.env.Theme.Paint(theme.Text, s.counted()) + "   " + list
}

func (s *Screen) counted() string {
	if s.apart {
		return kit.Many(len(s.rows.apart), "pair is not the same", "pairs are not the same")
	}
	if s.inactive {
		return kit.Many(len(s.rows.found), "to look at", "to look at") + ", inactive people among them"
	}
	return kit.Many(len(s.rows.found), "to look at", "to look at")
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	open := kit.Binding{ID: "duplicates.open", Keys: []string{"enter"}, Label: "compare", Help: "Compare them side by side, and merge them", Group: "Look", Rank: 1}
	not := kit.Binding{ID: "duplicates.dismiss", Keys: []string{"x"}, Label: "not the same", Help: "Say that they are not the same, so that they are not shown again", Group: "Change", Rank: 2}
	turn := kit.Binding{ID: "duplicates.turn", Keys: []string{"tab"}, Label: "not the same ones", Help: "Show those who were said not to be the same, or those who may be", Group: "Look", Rank: 3}
	if s.apart {
		open.Disabled, open.Rank, turn.Label = "These are not the same; x has them looked at again", 0, "may be the same"
		not.Label, not.Help = "look again", "Take back that they are not the same"
	}
	if s.table.At() < 0 {
		open.Disabled, not.Disabled = "Nobody is shown here", "Nobody is shown here"
	}
	inactive := kit.Binding{ID: "duplicates.inactive", Keys: []string{"t"}, Label: "inactive too", Group: "Look", Rank: 5,
		Help: "Compare active people with inactive ones, too, or only with one another"}
	switch {
	case s.apart:
		inactive.Disabled, inactive.Rank = "It is about those who may be the same; tab goes back to them", 0
	case s.inactive:
		inactive.Label = "active only"
	}
	return kit.Needing(core.EditPeople, "Change", append([]kit.Binding{open, not, turn, inactive,
		{ID: "duplicates.search", Keys: []string{"r"}, Label: "look again", Help: "Go through the list again", Group: "Look"},
		{ID: "duplicates.undo", Keys: []string{"z"}, Label: "undo", Help: "Undo your last change of this list", Group: "Change", Rank: 4},
		{ID: "duplicates.redo", Keys: []string{"Z"}, Label: "redo", Help: "Do again what you undid last", Group: "Change"},
		{ID: "duplicates.back", Keys: []string{"esc"}, Label: "back", Help: "Go back", Group: "Look"},
	}, s.table.Bindings()...))
}

// ListID implements kit.Lister.
func (s *Screen) ListID() roster.ListID { return s.list.ID }

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	switch id {
	case "duplicates.open":
		d := s.rows.found[s.table.At()]
		return kit.Push{Screen: newMerge(s, d)}
	case "duplicates.dismiss":
		return s.tellApart(s.rows.people(s.table.At()), !s.apart)
	case "duplicates.turn":
		s.apart = !s.apart
		s.show()
	case "duplicates.search":
		return s.search()
	case "duplicates.inactive":
		s.inactive = !s.inactive
		return s.search()
	case "duplicates.undo":
		return s.flow.Undo()
	case "duplicates.redo":
		return s.flow.Redo()
	case "duplicates.back":
		s.stop()
		return kit.Pop{}
	}
	return nil
}

// tellApart says that people are not the same, or takes it back.
func (s *Screen) tellApart(people []roster.PersonID, apart bool) kit.Action {
	e, ctx, actor, list := s.engine, s.ctx, s.actor, s.list.ID
	return kit.Run{Cmd: func() tea.Msg {
		do := e.Readmit
		if apart {
			do = e.Dismiss
		}
		pairs, err := do(ctx, actor, list, people)
		return told{pairs, apart, err}
	}}
}

// search goes through the list, or notes that it is to be gone through again.
func (s *Screen) search() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again, s.wrong, s.progress = true, false, "", new(core.Progress)
	e, ctx, slug, inactive, progress := s.engine, s.ctx, s.list.Slug, s.inactive, s.progress
	return kit.All{
		kit.Run{Cmd: func() tea.Msg { return search(ctx, e, slug, inactive, progress) }},
		kit.Later{After: tickStep, Msg: tick{}},
	}
}

func search(ctx context.Context, e *core.Engine, slug string, inactive bool, p *core.Progress) (out searched) {
	if out.list, out.err = e.List(ctx, slug); out.err != nil {
		return out
	}
	if out.found, out.err = e.Duplicates(ctx, out.list.ID, inactive, p); out.err != nil {
		return out
	}
	var pairs []core.Dismissal
	if pairs, out.err = e.Dismissals(ctx, out.list.ID); out.err != nil {
		return out
	}
	for _, d := range pairs {
		pair := apartPair{Dismissal: d}
		if pair.a, out.err = e.Person(ctx, out.list.ID, d.A); out.err != nil {
			return out
		}
		if pair.b, out.err = e.Person(ctx, out.list.ID, d.B); out.err != nil {
			return out
		}
		out.apart = append(out.apart, pair)
	}
	return out
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	if action, mine := s.flow.Update(msg); mine {
		return action
	}
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First || s.again {
			return s.search()
		}
	case kit.Notice:
		if msg.List == strconv.FormatUint(uint64(s.list.ID), 10) {
			s.newest = max(s.newest, msg.Version)
		}
	case apply.Applied:
		return s.search()
	case searched:
		return s.take(msg)
	case told:
		return s.told(msg)
	case tick:
		if s.busy {
			return kit.Later{After: tickStep, Msg: tick{}}
		}
	default:
		if s.table.Update(msg).Kind == kit.Chose && !s.apart {
			return s.Do("duplicates.open")
		}
	}
	return nil
}

func (s *Screen) take(msg searched) kit.Action {
	s.busy = false
	if msg.err != nil {
		if fault.Is(msg.err, fault.Cancelled) {
			return nil
		}
		s.wrong = s.env.Explain(msg.err)
		return kit.Fail{Err: msg.err}
	}
	s.list, s.found = msg.list, true
	s.rows.list, s.rows.found, s.rows.apart = &s.list, msg.found, msg.apart
	s.show()
	if s.again {
		return s.search()
	}
	return nil
}

// show has the table show what it is asked for.
func (s *Screen) show() {
	s.rows.showApart, s.rows.now = s.apart, s.env.Now()
	s.width = 0
	s.table.SetRows(&s.rows)
}

func (s *Screen) told(t told) kit.Action {
	if t.err != nil {
		return kit.Fail{Err: t.err}
	}
	text := "They are looked at again"
	if t.apart {
		text = "They are not the same; tab shows them, and x there takes it back"
	}
	return kit.All{s.search(), kit.Say{Text: text, Kind: kit.Done}}
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if s.table.Rows().Len() == 0 {
		return kit.Block(s.nobody(width), width, height)
	}
	if width != s.width {
		s.width = width
		s.table.SetColumns(s.rows.columns(s.env, width))
	}
	below := s.reasons(width)
	lines := strings.Split(s.table.View(width, max(2, height-len(below))), "\n")
	return kit.Block(append(lines, below...), width, height)
}

// nobody says why nobody is shown.
func (s *Screen) nobody(width int) []string {
	say := func(role theme.Role, text string) string {
		return s.env.FitPainted(s.env.Line(width).Gap(2).Add(role, s.env.Cut(text, width-4)).String(), width)
	}
	step, begun := s.progress.Step()
	switch {
	case s.wrong != "":
		return []string{"", say(theme.Error, s.wrong)}
	case s.busy && begun && step.Total > 0:
		share := float64(step.Done) / float64(step.Total)
		text := step.Doing + " " + kit.Count(step.Done) + " of " + kit.Count(step.Total)
		if s.env.Plain() {
			return []string{"", say(theme.Text, text)}
		}
		bar := s.env.Line(width).Gap(2).Painted(s.env.Theme.Paint(theme.Accent, kit.Bar(s.env, share, min(60, width-4)))).String()
		return []string{"", say(theme.Text, text), s.env.FitPainted(bar, width)}
	case !s.found:
		return []string{"", say(theme.Dim, "Going through the list…")}
	case s.apart:
		return []string{"", say(theme.Strong, "Nobody said of two people that they are not the same"), "", say(theme.Text, "tab goes back")}
	}
	whose := "of everybody who is active; t looks at those who are inactive, too."
	if s.inactive {
		whose = "of everybody, active or not."
	}
	return []string{"", say(theme.Strong, "Nobody seems to be here twice"), "",
		say(theme.Dim, "Looked at were e-mail addresses, names, dates of birth and other telling values"), say(theme.Dim, whose)}
}

// reasons says below the table why those under the cursor are shown.
func (s *Screen) reasons(width int) []string {
	i := s.table.At()
	if i < 0 || s.apart {
		return nil
	}
	d := &s.rows.found[i]
	lines := []string{s.env.Line(width).String()}
	for _, p := range d.Pairs[:min(len(d.Pairs), 4)] {
		line := s.env.Line(width).Gap(2).Add(theme.Strong, strconv.Itoa(p.Score)).Gap(2)
		if len(d.People) > 2 {
			line.Add(theme.Dim, s.env.Cut(s.rows.uid(d, p.A)+" and "+s.rows.uid(d, p.B), width/3)).Gap(2)
		}
		lines = append(lines, line.Add(theme.Text, s.env.Cut(s.rows.why(&p), line.Left())).String())
	}
	return lines
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	if s.env.Plain() {
		return s.table.Cursor()
	}
	return 0, 0, false
}
