package sync

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// connect is the screen that asks what names a person at the source, and shows
// what connecting will do before it is done.
type connect struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   roster.List
	kind   core.SourceKind
	page   page
	busy   bool
}

// connected is what became of connecting.
type connected struct {
	list roster.List
	err  error
}

func newConnect(env *kit.Env, e *core.Engine, actor core.Actor, list roster.List, kind core.SourceKind) *connect {
	s := &connect{env: env, engine: e, actor: actor, list: list, kind: kind, page: page{env: env}}
	s.page.at = target{choice, likely(&list, kind.UIDs())}
	return s
}

// likely is the choice that fits what the list has for a UID.
func likely(l *roster.List, choices []core.UIDChoice) string {
	uid, ok := l.Schema.UID()
	if ok {
		for _, c := range choices {
			if uid.Key == c.Key || uid.Type == roster.Email && c.Key == "email" || strings.Contains(uid.Key, "user") && c.Key == "username" {
				return c.Key
			}
		}
	}
	return choices[0].Key
}

// Title implements kit.Screen.
func (s *connect) Title() string { return "Connect" }

// Status implements kit.Screen.
func (s *connect) Status() string { return s.env.Theme.Paint(theme.Dim, s.kind.Title()) }

// Typing implements kit.Screen.
func (s *connect) Typing() bool { return false }

// Bindings implements kit.Screen.
func (s *connect) Bindings() []kit.Binding {
	do := kit.Binding{ID: "connect.do", Keys: []string{"enter"}, Label: "connect", Help: "Connect the list, with what the cursor is on as the identifier", Group: "Change", Rank: 1}
	if s.busy {
		do.Disabled = "It is being connected"
	} else if _, _, err := s.kind.Propose(&s.list, s.page.at.what); err != nil {
		do.Disabled = s.env.Explain(err)
	}
	return append([]kit.Binding{do}, moves()...)
}

// Do implements kit.Screen.
func (s *connect) Do(id string) kit.Action {
	if s.page.do(id) || id != "connect.do" {
		return nil
	}
	s.busy = true
	e, actor, list, kind, uid := s.engine, s.actor, s.list.ID, s.kind.Name(), s.page.at.what
	return kit.Run{Cmd: func() tea.Msg {
		l, err := e.Connect(context.Background(), actor, list, kind, uid)
		return connected{l, err}
	}}
}

// Update implements kit.Screen.
func (s *connect) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case connected:
		s.busy = false
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		return kit.All{kit.Pop{}, kit.Say{Text: "Connected; n makes the token for your provider", Kind: kit.Done}}
	case tea.MouseClickMsg:
		s.page.update(msg) // a second click does not connect: there is something to read
	case kit.Wheel:
		s.page.update(msg)
	}
	return nil
}

// View implements kit.Screen.
func (s *connect) View(width, height int) string {
	s.page.set(s.lines(width))
	return kit.Block(s.page.view(width, height), width, height)
}

// Cursor implements kit.Cursorer.
func (s *connect) Cursor() (x, y int, ok bool) { return 0, s.page.drawn, s.env.Plain() }

func (s *connect) lines(width int) []line {
	b := builder{env: s.env, width: width}
	b.blank()
	uid, has := s.list.Schema.UID()
	question := "What names a person, here and at your provider? Choose what stays the same."
	if has {
		question = "What does your provider call this list's UID, " + uid.Label + "?"
	}
	b.say(theme.Strong, question)
	b.blank()
	for _, c := range s.kind.UIDs() {
		at := target{choice, c.Key}
		advice := ""
		if s.page.at == at {
			advice = sentence(c.For)
		}
		b.choice(at, c.Label, "as "+c.Example, advice)
	}
	b.blank()
	s.preview(&b)
	return b.lines
}

// preview says what connecting will do.
func (s *connect) preview(b *builder) {
	b.head("What connecting does")
	fields, maps, err := s.kind.Propose(&s.list, s.page.at.what)
	if err != nil {
		b.fact("Nothing", s.env.Explain(err), theme.Removed)
		return
	}
	uid, has := s.list.Schema.UID()
	if !has {
		i := slices.IndexFunc(fields, func(f roster.Field) bool { return f.UID })
		uid = fields[i]
	}
	on := slices.DeleteFunc(slices.Clone(maps), func(m mapping.Mapping) bool { return !m.On })
	i := slices.IndexFunc(on, func(m mapping.Mapping) bool { return m.Field == uid.Key })
	name := attributeLabel(s.kind, on[i].Attribute)
	if name != uid.Label {
		name += " there is " + uid.Label + " here"
	}
	b.fact("UID", name, theme.Text)
	if n := s.list.Standing.Active + s.list.Standing.Inactive; n > 0 {
		b.fact("People", "All "+kit.Count(n)+" stay. Who has the same "+uid.Label+" there is taken to be the same person", theme.Text)
	}
	if len(fields) > 0 {
		b.fact("New fields", strings.Join(labels(fields), ", "), theme.Text)
	}
	b.fact("Locked", kit.Many(len(on), "field", "fields")+" that the provider feeds, for people who come from it; the rest stays yours", theme.Text)
	b.fact("Way back", "Disconnecting unlocks them; nobody is lost", theme.Dim)
}

func labels(fields []roster.Field) []string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.Label
	}
	return all
}

// attributeLabel is what people call an attribute.
func attributeLabel(kind core.SourceKind, name string) string { return attribute(kind, name).Label }

// attribute is the attribute of that name; what the kind does not name by
// itself is called by its name.
func attribute(kind core.SourceKind, name string) core.SourceAttribute {
	for _, a := range kind.Attributes() {
		if a.Name == name {
			return a
		}
	}
	return core.SourceAttribute{Name: name, Label: name}
}
