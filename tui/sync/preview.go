package sync

import (
	"context"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/tui/kit"
	"muster/tui/theme"
)

// preview is what a dry run has found: who is in, who is out and why, and what
// would change. It can be brought in as it is, or forgotten.
type preview struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	doors  Doors
	draft  *core.Draft
	run    core.Run
	page   page
	busy   bool
}

// changesetRead is a changeset that is to be shown.
type changesetRead struct {
	head changeset.Changeset
	err  error
}

// broughtIn is what became of bringing a preview in.
type broughtIn struct {
	head changeset.Changeset
	err  error
}

func newPreview(env *kit.Env, e *core.Engine, actor core.Actor, d *core.Draft, run core.Run, doors Doors) *preview {
	return &preview{env: env, engine: e, actor: actor, doors: doors, draft: d, run: run, page: page{env: env}}
}

// Title implements kit.Screen.
func (s *preview) Title() string { return "Dry run" }

// Status implements kit.Screen.
func (s *preview) Status() string {
	return s.env.Theme.Paint(theme.Waiting, "nothing was changed") + "   " + s.env.Theme.Paint(theme.Dim, kit.Clean(s.draft.List.Name))
}

// Typing implements kit.Screen.
func (s *preview) Typing() bool { return false }

// Bindings implements kit.Screen.
func (s *preview) Bindings() []kit.Binding {
	apply := kit.Binding{ID: "preview.apply", Keys: []string{"a"}, Label: "bring in", Help: "Bring in exactly this, for review where the list wants one", Group: "Change", Rank: 1}
	switch {
	case s.busy:
		apply.Disabled = "It is being brought in"
	case len(s.draft.Items) == 0:
		apply.Disabled = "There is nothing to change"
	}
	return append([]kit.Binding{
		apply,
		{ID: "preview.open", Keys: []string{"enter"}, Label: "names", Help: "Show who they are", Group: "Look", Rank: 2},
		{ID: "preview.back", Keys: []string{"esc"}, Label: "forget it", Help: "Go back; what was read is let go of", Group: "Change", Rank: 3},
	}, moves()...)
}

// Do implements kit.Screen.
func (s *preview) Do(id string) kit.Action {
	if s.page.do(id) {
		return nil
	}
	e, actor, d := s.engine, s.actor, s.draft
	switch id {
	case "preview.open":
		return s.names()
	case "preview.apply":
		s.busy = true
		return kit.Run{Cmd: func() tea.Msg {
			head, _, err := e.Submit(context.Background(), actor, d)
			return broughtIn{head, err}
		}}
	case "preview.back":
		return kit.All{kit.Pop{}, kit.Run{Cmd: func() tea.Msg {
			if err := e.Forget(context.Background(), d); err != nil {
				return broughtIn{err: err}
			}
			return nil
		}}}
	}
	return nil
}

// names lists who is kept out for the reason under the cursor.
func (s *preview) names() kit.Action {
	i, err := strconv.Atoi(s.page.at.what)
	if s.page.at.kind != reasonOf || err != nil || i >= len(s.run.Sifted.Out) {
		return nil
	}
	o := &s.run.Sifted.Out[i]
	options := make([]kit.Option, len(o.Some))
	for j, name := range o.Some {
		options[j] = kit.Option{Label: name}
	}
	title := kit.Count(o.People) + " out: " + o.Why
	if len(o.Some) < o.People {
		title += ", the first " + kit.Count(len(o.Some))
	}
	return kit.Open{Dialog: kit.NewChoice(s.env, title, options, 0, func(int) tea.Msg { return nil })}
}

// Update implements kit.Screen.
func (s *preview) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case broughtIn:
		s.busy = false
		switch {
		case msg.err != nil:
			return kit.Fail{Err: msg.err}
		case msg.head.Open():
			return kit.All{kit.Pop{}, kit.Push{Screen: s.doors.Changeset(msg.head)}}
		}
		return kit.All{kit.Pop{}, kit.Say{Text: "Brought in; z on the roster takes it back", Kind: kit.Done}}
	case tea.MouseClickMsg:
		if s.page.update(msg) {
			return s.names()
		}
	case kit.Wheel:
		s.page.update(msg)
	}
	return nil
}

// View implements kit.Screen.
func (s *preview) View(width, height int) string {
	s.page.set(s.lines(width))
	return kit.Block(s.page.view(width, height), width, height)
}

// Cursor implements kit.Cursorer.
func (s *preview) Cursor() (x, y int, ok bool) { return 0, s.page.drawn, s.env.Plain() }

func (s *preview) lines(width int) []line {
	b := &builder{env: s.env, width: width}
	b.blank()
	r, n := &s.run, s.draft.Head.Counts
	what := "What is new was read"
	if r.Full {
		what = "Everybody was read"
	}
	b.say(theme.Strong, what+", and nothing was changed. This is what bringing it in would do:")
	b.blank()
	b.fact("In", kit.Many(r.Sifted.In, "person", "people")+" in the scope", theme.Text)
	for _, f := range []struct {
		n    int
		what string
		role theme.Role
	}{{n.Creates, "Create", theme.Added}, {n.Updates, "Update", theme.Text}, {n.Deactivates, "Deactivate", theme.Removed}, {n.Reactivates, "Reactivate", theme.Added}, {n.Unchanged, "Unchanged", theme.Dim}} {
		if f.n == 0 {
			continue
		}
		text := kit.Count(f.n)
		if f.what == "Deactivate" {
			text += "  " + leftText(r.Sifted.Left)
		}
		b.fact(f.what, text, f.role)
	}
	for _, h := range s.draft.Head.Held {
		b.fact("Held", s.env.Theme.Signs().Caution+sentence(h.String()), theme.Waiting)
	}
	if n.Conflicts > 0 {
		b.fact("Conflicts", kit.Many(n.Conflicts, "person waits", "people wait")+" for a decision, the others do not", theme.Waiting)
	}
	b.blank()
	s.out(b)
	s.notTaken(b)
	return b.lines
}

// out tells who is kept out, by why.
func (s *preview) out(b *builder) {
	if len(s.run.Sifted.Out) == 0 {
		b.say(theme.Dim, "Nobody who was read is kept out.")
		b.blank()
		return
	}
	b.head("Out")
	for i := range s.run.Sifted.Out {
		o := &s.run.Sifted.Out[i]
		b.add(target{reasonOf, strconv.Itoa(i)}, func(l *kit.Line, here bool) {
			role := theme.Text
			if here {
				role = theme.Accent
			}
			l.Fit(theme.Strong, kit.Count(o.People), 8).Add(role, o.Why)
			for j, name := range o.Some {
				if j > 0 && l.Left() < s.env.Width(name)+3 {
					break
				}
				l.Gap(2).Add(theme.Dim, name)
			}
		})
	}
	b.blank()
}

// notTaken tells of records that the list cannot take.
func (s *preview) notTaken(b *builder) {
	const most = 20
	if len(s.draft.Rejects) == 0 {
		return
	}
	b.head("Not taken: " + kit.Count(len(s.draft.Rejects)))
	for i, r := range s.draft.Rejects {
		if i == most {
			b.say(theme.Dim, "and "+kit.Count(len(s.draft.Rejects)-most)+" more")
			break
		}
		b.say(theme.Waiting, r.Problem)
	}
}
