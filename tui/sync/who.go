package sync

import (
	"context"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/roster"
	"muster/core/scope"
	"muster/tui/kit"
	"muster/tui/theme"
)

// who is the screen that says whom of a directory a list is about. What is
// changed counts once it is saved.
type who struct {
	env       *kit.Env
	engine    *core.Engine
	actor     core.Actor
	list      roster.List
	kind      core.DirectoryKind
	scope     scope.Scope
	protected []roster.PersonID
	names     map[roster.PersonID]string
	groups    []core.DirectoryGroup // of the directory, once they were read
	counts    map[string]int        // of their members, of those that were counted
	page      page
}

type (
	groupChosen   int
	ruleTyped     string
	excludedTyped string
	uidTyped      string
	personFound   struct {
		id   roster.PersonID
		name string
		err  error
	}
	namesRead map[roster.PersonID]string
)

func newScope(env *kit.Env, e *core.Engine, actor core.Actor, list roster.List, kind core.DirectoryKind) *who {
	return &who{
		env: env, engine: e, actor: actor, list: list, kind: kind, page: page{env: env},
		scope: list.Scope.Clone(), protected: slices.Clone(list.Protected), names: make(map[roster.PersonID]string),
		counts: make(map[string]int),
	}
}

// Title implements kit.Screen.
func (s *who) Title() string { return "Who" }

// Status implements kit.Screen.
func (s *who) Status() string {
	if s.Unsaved() != "" {
		return s.env.Theme.Paint(theme.Waiting, "not saved yet") + "   " + s.env.Theme.Paint(theme.Dim, kit.Clean(s.list.Name))
	}
	return s.env.Theme.Paint(theme.Dim, kit.Clean(s.list.Name))
}

// Typing implements kit.Screen.
func (s *who) Typing() bool { return false }

// Unsaved implements kit.Keeper.
func (s *who) Unsaved() string {
	if s.scope.Equal(&s.list.Scope) && slices.Equal(s.protected, s.list.Protected) {
		return ""
	}
	return "What you changed of who is in is not saved"
}

// Bindings implements kit.Screen.
func (s *who) Bindings() []kit.Binding {
	save := kit.Binding{ID: "who.save", Keys: []string{"ctrl+s"}, Label: "save", Help: "Save; the next sync reads everybody, and its changes are reviewed as usual", Group: "Change", Rank: 1}
	if s.Unsaved() == "" {
		save.Disabled, save.Rank = "Nothing is changed", 0
	}
	take := kit.Binding{ID: "who.remove", Keys: []string{"x", "delete"}, Label: "take out", Help: "Take out what the cursor is on", Group: "Change", Rank: 4}
	if !s.removable() {
		take.Disabled, take.Rank = "Go to what is to be taken out", 0
	}
	return append([]kit.Binding{
		save,
		{ID: "who.open", Keys: []string{"enter", "space"}, Label: "add or switch", Help: "Add one more, or switch a rule on or off", Group: "Change", Rank: 2},
		{ID: "who.group", Keys: []string{"n"}, Label: "add a group", Help: "Add a group, found by a part of its name", Group: "Change", Rank: 3},
		take,
	}, moves()...)
}

func (s *who) removable() bool {
	switch s.page.at.kind {
	case groupsOf, excludedOf, protectedOf:
		return true
	case rulesOf:
		return slices.ContainsFunc(s.scope.Rules, func(r scope.Rule) bool { return r.Name == "" && r.String() == s.page.at.what })
	}
	return false
}

// Do implements kit.Screen.
func (s *who) Do(id string) kit.Action {
	if s.page.do(id) {
		return nil
	}
	switch id {
	case "who.save":
		now, protected := s.scope, s.protected
		return save(s.engine, s.actor, s.list.ID, "Saved; d shows who is in and who is out", func(l *roster.List) { l.Scope, l.Protected = now, protected })
	case "who.group":
		return s.askGroup()
	case "who.remove":
		s.remove()
	case "who.open":
		return s.open()
	}
	return nil
}

func (s *who) open() kit.Action {
	prompt := func(title, help string, check func(string) error, then func(string) tea.Msg) kit.Action {
		return kit.Open{Dialog: kit.NewPrompt(s.env, title, kit.FormField{Label: title, Help: help, Check: check}, then)}
	}
	switch s.page.at.kind {
	case addGroup:
		return s.askGroup()
	case rulesOf:
		s.toggle(s.page.at.what)
	case addRule:
		return prompt("Rule", "as: department is Science|Arts, or !mail domain old.example", func(text string) error {
			_, err := scope.Parse(text)
			return err
		}, func(text string) tea.Msg { return ruleTyped(text) })
	case addExcluded:
		return prompt("Leave out", "the user principal name, address, number or object ID", nil, func(text string) tea.Msg { return excludedTyped(text) })
	case addProtected:
		return prompt("Protect", "the UID of somebody in the list", nil, func(text string) tea.Msg { return uidTyped(text) })
	}
	return nil
}

// toggle switches a rule that the directory offers on or off.
func (s *who) toggle(text string) {
	is := func(r scope.Rule) bool { return r.String() == text }
	if i := slices.IndexFunc(s.scope.Rules, is); i >= 0 {
		if s.scope.Rules[i].Name != "" {
			s.scope.Rules = slices.Delete(s.scope.Rules, i, i+1)
		}
		return
	}
	offered, _ := s.kind.Rules()
	if i := slices.IndexFunc(offered, is); i >= 0 {
		s.scope.Rules = append(s.scope.Rules, offered[i])
	}
}

func (s *who) remove() {
	what := s.page.at.what
	switch s.page.at.kind {
	case groupsOf:
		s.scope.Groups = slices.DeleteFunc(s.scope.Groups, func(g scope.Group) bool { return g.ID == what })
	case excludedOf:
		s.scope.Excluded = slices.DeleteFunc(s.scope.Excluded, func(who string) bool { return who == what })
	case protectedOf:
		s.protected = slices.DeleteFunc(s.protected, func(id roster.PersonID) bool { return id.String() == what })
	case rulesOf:
		s.scope.Rules = slices.DeleteFunc(s.scope.Rules, func(r scope.Rule) bool { return r.Name == "" && r.String() == what })
	}
}

// Update implements kit.Screen.
func (s *who) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if len(s.protected) > 0 && msg.First {
			return s.readNames()
		}
	case namesRead:
		s.names = msg
	case groupsRead:
		if msg.err != nil {
			return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
		}
		s.groups = msg.groups
		return kit.All{kit.Close{}, s.askGroup()}
	case groupChosen:
		g := s.groups[msg]
		s.scope.Groups = append(s.scope.Groups, scope.Group{ID: g.ID, Name: g.Name})
		s.page.at = target{groupsOf, g.ID}
	case ruleTyped:
		if r, err := scope.Parse(string(msg)); err == nil && !slices.ContainsFunc(s.scope.Rules, func(has scope.Rule) bool { return has.String() == r.String() }) {
			s.scope.Rules = append(s.scope.Rules, r)
			s.page.at = target{rulesOf, r.String()}
		}
	case excludedTyped:
		if text := strings.TrimSpace(string(msg)); text != "" && !slices.Contains(s.scope.Excluded, text) {
			s.scope.Excluded = append(s.scope.Excluded, text)
			s.page.at = target{excludedOf, text}
		}
	case uidTyped:
		e, list, uid := s.engine, s.list, string(msg)
		return kit.Run{Cmd: func() tea.Msg {
			p, err := e.PersonByUID(context.Background(), list.ID, uid)
			return personFound{p.ID, list.DisplayName(p.Values), err}
		}}
	case personFound:
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		if s.names[msg.id] = msg.name; !slices.Contains(s.protected, msg.id) {
			s.protected = append(s.protected, msg.id)
		}
		s.page.at = target{protectedOf, msg.id.String()}
	case saved:
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		s.list.Scope, s.list.Protected = s.scope.Clone(), slices.Clone(s.protected)
		return kit.All{kit.Pop{}, kit.Say{Text: msg.what, Kind: kit.Done}}
	case tea.MouseClickMsg:
		if s.page.update(msg) {
			return s.open()
		}
	case kit.Wheel:
		s.page.update(msg)
	}
	return nil
}

func (s *who) readNames() kit.Action {
	e, list, ids := s.engine, s.list, slices.Clone(s.protected)
	return kit.Run{Cmd: func() tea.Msg {
		names := make(namesRead)
		for _, id := range ids {
			p, err := e.Person(context.Background(), list.ID, id)
			if names[id] = list.DisplayName(p.Values); err != nil {
				names[id] = id.String()
			}
		}
		return names
	}}
}

// View implements kit.Screen.
func (s *who) View(width, height int) string {
	s.page.set(s.lines(width))
	return kit.Block(s.page.view(width, height), width, height)
}

// Cursor implements kit.Cursorer.
func (s *who) Cursor() (x, y int, ok bool) { return 0, s.page.drawn, s.env.Plain() }

func (s *who) lines(width int) []line {
	b := &builder{env: s.env, width: width}
	item := func(t target, role theme.Role, text, more string) {
		b.add(t, func(l *kit.Line, here bool) {
			if here {
				role = theme.Accent
			}
			l.Add(role, text)
			if more != "" {
				l.Gap(2).Add(theme.Dim, more)
			}
		})
	}
	b.blank()
	b.head("Members of")
	for _, g := range s.scope.Groups {
		more := "and of the groups within"
		if n, counted := s.counts[g.ID]; counted {
			more += ", " + kit.Many(n, "person", "people") + " together"
		}
		item(target{groupsOf, g.ID}, theme.Text, g.Name, more)
	}
	if len(s.scope.Groups) == 0 {
		b.say(theme.Text, "The whole directory")
	}
	item(target{addGroup, ""}, theme.Dim, "+ a group", "found by a part of its name")
	b.blank()
	b.head("Only who meets all of")
	s.ruleLines(b)
	item(target{addRule, ""}, theme.Dim, "+ a rule", "on any attribute, as: department is Science|Arts")
	b.blank()
	b.head("Never")
	for _, name := range s.scope.Excluded {
		item(target{excludedOf, name}, theme.Text, name, "is left out")
	}
	item(target{addExcluded, ""}, theme.Dim, "+ somebody to leave out", "whatever else holds")
	b.blank()
	b.head("Protected")
	for _, id := range s.protected {
		name := s.names[id]
		if name == "" {
			name = id.String()
		}
		item(target{protectedOf, id.String()}, theme.Text, name, "no sync deactivates them")
	}
	item(target{addProtected, ""}, theme.Dim, "+ somebody to protect", "who stays active, whatever the directory says")
	return b.lines
}

// ruleLines draws the rules that are offered, on or off, and those that somebody
// made.
func (s *who) ruleLines(b *builder) {
	offered, _ := s.kind.Rules()
	on := func(text string) bool {
		return slices.ContainsFunc(s.scope.Rules, func(r scope.Rule) bool { return r.String() == text })
	}
	draw := func(text, words string, is, fixed bool) {
		b.add(target{rulesOf, text}, func(l *kit.Line, here bool) {
			role, word := theme.Text, "on"
			switch {
			case fixed:
				word = ""
			case !is:
				role, word = theme.Dim, "off"
			}
			if here {
				role = theme.Accent
			}
			l.Fit(theme.Dim, word, 4).Add(role, words)
		})
	}
	for _, r := range offered {
		draw(r.String(), "No "+r.Out, on(r.String()), false)
	}
	for i := range s.scope.Rules {
		if r := &s.scope.Rules[i]; r.Name == "" {
			draw(r.String(), r.String(), true, true)
		}
	}
}

// ruleTexts are the rules of a scope in words.
func ruleTexts(sc *scope.Scope) []string {
	var texts []string
	for i := range sc.Rules {
		r := &sc.Rules[i]
		if r.Out != "" {
			texts = append(texts, "no "+r.Out)
		} else {
			texts = append(texts, r.String())
		}
	}
	if n := len(sc.Excluded); n > 0 {
		texts = append(texts, strconv.Itoa(n)+" left out by name")
	}
	return texts
}
