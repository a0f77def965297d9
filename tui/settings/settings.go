// Package settings is the screen of what is set for a list: which changesets
// wait for a person, when the guard holds one, which decisions are made again
// by themselves, and which go against the source. Everything can be set or
// taken back here.
package settings

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
	"muster/tui/why"
)

// Screen is the settings of one list.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   roster.List
	fields func(l *roster.List) kit.Screen // nil where there is no such screen

	rows    rows
	table   *kit.Table[string]
	loading kit.Latest
	work    kit.Latest
	width   int
}

// read is what is set for the list.
type read struct {
	run   int
	list  roster.List
	rules []core.Remembered
	pins  []core.Pinned
	err   error
}

// Answers of questions.
type (
	nameTyped  string
	wayChosen  struct{ origin, way string }
	limitTyped struct{ key, text string }
	dropIt     struct{ row row }
)

// done is what became of a change.
type done struct {
	run  int
	text string
	err  error
}

// New makes the screen of a list; fields makes the screen of its fields, and may
// be nil.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list *roster.List, fields func(l *roster.List) kit.Screen) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, list: *list, fields: fields}
	s.table = kit.NewTable(env, nil, kit.Rows[string](s.rows))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Settings" }

// Status implements kit.Screen.
func (s *Screen) Status() string { return s.env.Theme.Paint(theme.Dim, kit.Clean(s.list.Name)) }

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// current is the row under the cursor.
func (s *Screen) current() row {
	if at := s.table.At(); at >= 0 {
		return s.rows[at]
	}
	return row{}
}

// ListID implements kit.Lister.
func (s *Screen) ListID() roster.ListID { return s.list.ID }

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	change := kit.Binding{ID: "settings.change", Keys: []string{"enter", "e"}, Label: "change", Help: "Change this setting", Group: "Change", Rank: 1}
	drop := kit.Binding{ID: "settings.drop", Keys: []string{"x"}, Label: "take back",
		Help: "Take back a decision that is remembered, or one against the source", Group: "Change", Rank: 2}
	explain := kit.Binding{ID: "settings.why", Keys: []string{"w"}, Label: "why", Help: "Explain how the value that was decided against the source came to be so",
		Group: "Look", Rank: 3}
	fields := kit.Binding{ID: "settings.fields", Keys: []string{"f"}, Label: "fields", Help: "Look at the fields of this list, add, change and delete them",
		Group: "Look", Rank: 4}
	if s.fields == nil {
		fields.Disabled, fields.Rank = "There is no screen of fields from here", 0
	}
	r := s.current()
	if r.kind != aName && r.kind != aWay && r.kind != aLimit {
		change.Disabled, change.Rank = "Go to a setting; decisions are taken back with x", 0
	}
	if r.kind != aRule && r.kind != aPin {
		drop.Disabled, drop.Rank = "Go to a decision further down", 0
	}
	if r.kind != aPin || r.pin.OfNewcomer() {
		explain.Disabled, explain.Rank = "Go to a decision against the source about somebody in the list", 0
	}
	change.Needs, drop.Needs = core.SetLists, core.Review
	return append([]kit.Binding{change, drop, explain, fields,
		{ID: "settings.back", Keys: []string{"esc"}, Label: "back", Help: "Go back", Group: "Look"}}, s.table.Bindings()...)
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	switch r := s.current(); id {
	case "settings.change":
		return s.ask(r)
	case "settings.drop":
		return s.askDrop(r)
	case "settings.why":
		return kit.Open{Dialog: why.Person(s.env, s.engine, s.list.ID, r.pin.Person, fieldOf(r.pin))}
	case "settings.fields":
		return kit.Push{Screen: s.fields(&s.list)}
	case "settings.back":
		s.loading.Stop()
		return kit.Pop{}
	}
	return nil
}

// ask asks for what a setting is to be.
func (s *Screen) ask(r row) kit.Action {
	switch r.kind {
	case aName:
		return kit.Open{Dialog: kit.NewPrompt(s.env, "Name of the list", kit.FormField{Label: "Name", Value: s.list.Name,
			Help: "What people call it; commands go on calling it " + s.list.Slug, Check: func(text string) error {
				if strings.TrimSpace(text) == "" {
					return fault.New(fault.Invalid, "A list needs a name")
				}
				return nil
			}}, func(text string) tea.Msg { return nameTyped(strings.TrimSpace(text)) })}
	case aWay:
		at := 0
		if s.list.Approval.AtOnce(r.key) {
			at = 1
		}
		ways := []roster.Way{roster.Wait, roster.AtOnce}
		return kit.Open{Dialog: kit.NewChoice(s.env, r.cells[what].Text, []kit.Option{
			{Label: wait, Detail: "nothing changes until then"},
			{Label: atOnce, Detail: "but not what the guard holds, or what meets a conflict"},
		}, at, func(i int) tea.Msg { return wayChosen{r.key, string(ways[i])} })}
	case aLimit:
		return kit.Open{Dialog: kit.NewPrompt(s.env, r.cells[what].Text, kit.FormField{Label: "Limit", Value: strconv.Itoa(*s.list.Limits.Of(r.key)),
			Help: r.about, Check: func(text string) error {
				_, err := number(r.key, text)
				return err
			}}, func(text string) tea.Msg { return limitTyped{r.key, text} })}
	}
	return nil
}

// number reads the number of a limit.
func number(key, text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if most := roster.MostOf(key); err != nil || n < 0 || n > most {
		return 0, fault.New(fault.Invalid, "It takes a number from 0, which is no limit, to %s", kit.Count(most))
	}
	return n, nil
}

func (s *Screen) askDrop(r row) kit.Action {
	q := kit.Question{Title: "Forget this decision?", Yes: "forget",
		Text: r.cells[what].Text + ": " + r.cells[value].Text + ".\nFrom now on it is decided by hand again; what it has decided stays."}
	if r.kind == aPin {
		q = kit.Question{Title: "Listen to the source again?", Yes: "listen",
			Text: r.cells[what].Text + ": " + r.cells[value].Text + ".\nNothing changes now. The next sync proposes what the source says, which may be the same again."}
	}
	return kit.Open{Dialog: kit.NewConfirm(s.env, q, dropIt{r})}
}

// change changes the list's settings in a command.
func (s *Screen) change(text string, change func(*roster.List)) kit.Action {
	return s.do(text, func(ctx context.Context) error {
		return s.engine.ChangeList(ctx, s.actor, s.list.ID, func(l *roster.List) error {
			change(l)
			return nil
		})
	})
}

func (s *Screen) do(text string, work func(context.Context) error) kit.Action {
	ctx, run := s.work.Begin()
	return kit.Run{Cmd: func() tea.Msg { return done{run, text, work(context.WithoutCancel(ctx))} }}
}

// drop takes back what a row decides.
func (s *Screen) drop(r row) kit.Action {
	if r.kind == aPin {
		return s.do("The source is listened to again", func(ctx context.Context) error { return s.engine.Unpin(ctx, s.actor, s.list.ID, r.pin.Pin) })
	}
	return s.do("Forgotten; what it has decided stays", func(ctx context.Context) error {
		return s.engine.ForgetDecision(ctx, s.actor, s.list.ID, r.rule.Number)
	})
}

// load reads what is set.
func (s *Screen) load() kit.Action {
	ctx, run := s.loading.Begin()
	engine, slug := s.engine, s.list.Slug
	return kit.Run{Cmd: func() tea.Msg {
		out := read{run: run}
		if out.list, out.err = engine.List(ctx, slug); out.err != nil {
			return out
		}
		if out.rules, out.err = engine.Remembered(ctx, out.list.ID); out.err != nil {
			return out
		}
		out.pins, out.err = engine.Pins(ctx, out.list.ID)
		return out
	}}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		return s.load()
	case kit.Notice:
		if msg.List == strconv.FormatUint(uint64(s.list.ID), 10) {
			return s.load()
		}
	case read:
		return s.take(msg)
	case done:
		switch {
		case !s.work.Is(msg.run):
			return nil
		case msg.err != nil:
			return kit.All{kit.Fail{Err: msg.err}, s.load()}
		}
		return kit.All{kit.Say{Text: msg.text, Kind: kit.Done}, s.load()}
	case nameTyped:
		return s.change("The list is called "+string(msg), func(l *roster.List) { l.Name = string(msg) })
	case wayChosen:
		text, _ := originWords(msg.origin)
		if msg.way == string(roster.AtOnce) {
			text += " " + atOnce
		} else {
			text += " " + wait
		}
		return s.change(text, func(l *roster.List) { *l.Approval.Of(msg.origin) = roster.Way(msg.way) })
	case limitTyped:
		n, err := number(msg.key, msg.text)
		if err != nil {
			return kit.Fail{Err: err}
		}
		return s.change(wordsOf(msg.key).label+": "+says(msg.key, n), func(l *roster.List) { *l.Limits.Of(msg.key) = n })
	case dropIt:
		return s.drop(msg.row)
	default:
		if s.table.Update(msg).Kind == kit.Chose {
			return s.ask(s.current())
		}
	}
	return nil
}

func (s *Screen) take(msg read) kit.Action {
	if !s.loading.Is(msg.run) {
		return nil
	}
	if msg.err != nil {
		if fault.Is(msg.err, fault.Cancelled) {
			return nil
		}
		return kit.Fail{Err: msg.err}
	}
	s.list = msg.list
	s.rows = rowsOf(s.env, &msg)
	s.width = 0
	s.table.SetRows(s.rows)
	return nil
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if width != s.width {
		s.width = width
		s.table.SetColumns(columns(s.env, s.rows, width))
	}
	var below []string
	for _, l := range s.env.Wrap(s.current().about, width-4) {
		below = append(below, s.env.Line(width).Gap(2).Add(theme.Dim, l).String())
	}
	const aboutLines = 2
	if height < 3*aboutLines {
		return s.table.View(width, height)
	}
	lines := strings.Split(s.table.View(width, height-aboutLines-1), "\n")
	return kit.Block(append(append(lines, s.env.Line(width).String()), below...), width, height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	x, y, ok = s.table.Cursor()
	return x, y, ok && s.env.Plain()
}
