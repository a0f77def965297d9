package sync

import (
	"context"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// join is the screen that connects a list to a directory: how it is reached,
// what can be seen there, and what names a person; or that says anew how it is
// reached, for a list that is connected.
type join struct {
	env     *kit.Env
	engine  *core.Engine
	actor   core.Actor
	list    roster.List
	file    func(name string) (string, error)
	kind    core.DirectoryKind
	page    page
	with    core.ConnectAnswers
	shared  string              // the connection of another list that is used; empty for one of its own
	found   *core.DirectoryTest // nil until it was tried
	wrong   error               // why it does not work
	all     []core.Connection   // that can be shared
	busy    bool
	ticking bool
	signIn  *signInBox
	tries   int
	paths   map[string]string // of files that were read, by option
}

// connectionsRead are the connections that there are.
type connectionsRead struct {
	all []core.Connection
	err error
}

// reachTyped are the answers to how a directory is reached.
type reachTyped struct {
	auth   string // the option with choices that was chosen first
	values []string
	keys   []string
}

// waysChosen is the way of signing in that was chosen.
type waysChosen string

func newJoin(env *kit.Env, e *core.Engine, actor core.Actor, list roster.List, kind core.DirectoryKind, plain map[string]string, file func(string) (string, error)) *join {
	s := &join{env: env, engine: e, actor: actor, list: list, kind: kind, file: file, page: page{env: env}, signIn: new(signInBox), paths: make(map[string]string)}
	s.with = core.ConnectAnswers{Plain: make(map[string]string), Secrets: make(map[string]string)}
	maps.Copy(s.with.Plain, plain)
	return s
}

func (s *join) anew() bool { return s.list.Connected() }

// Title implements kit.Screen.
func (s *join) Title() string { return "Connect" }

// Status implements kit.Screen.
func (s *join) Status() string { return s.env.Theme.Paint(theme.Dim, s.kind.Title()) }

// Typing implements kit.Screen.
func (s *join) Typing() bool { return false }

// Bindings implements kit.Screen.
func (s *join) Bindings() []kit.Binding {
	do := kit.Binding{ID: "join.do", Keys: []string{"enter"}, Label: s.verb(), Help: "Say how it is reached, try it, or connect, whatever is next", Group: "Change", Rank: 1}
	reachIt := kit.Binding{ID: "join.reach", Keys: []string{"e"}, Label: "how it is reached", Help: "Say how the directory is reached", Group: "Change", Rank: 2}
	again := kit.Binding{ID: "join.test", Keys: []string{"t"}, Label: "try again", Help: "Sign in again", Group: "Look", Rank: 3}
	stop := kit.Binding{ID: "join.stop", Keys: []string{"x"}, Label: "stop", Help: "Stop trying it", Group: "Change", Rank: 1, Disabled: "It is not being tried"}
	if s.busy {
		for _, b := range []*kit.Binding{&do, &reachIt, &again} {
			b.Disabled, b.Rank = "It is being tried", 0
		}
		stop.Disabled = ""
		// Who leaves has it stop.
		stop.Keys = append(stop.Keys, "esc")
	} else if s.tries == 0 {
		again.Disabled, again.Rank = "Say first how it is reached", 0
	}
	if !s.busy {
		stop.Rank = 0
	}
	return append([]kit.Binding{do, reachIt, again, stop}, moves()...)
}

func (s *join) verb() string {
	switch {
	case s.found == nil:
		return "go on"
	case s.anew():
		return "keep this"
	}
	return "connect"
}

// Do implements kit.Screen.
func (s *join) Do(id string) kit.Action {
	if s.page.do(id) {
		return nil
	}
	switch id {
	case "join.do":
		if s.found != nil {
			return s.connect()
		}
		if s.page.at.kind == connectKind && s.page.at.what != "" {
			s.shared = s.page.at.what
			return s.try()
		}
		return s.askWay()
	case "join.reach":
		return s.askWay()
	case "join.test":
		return s.try()
	case "join.stop":
		return s.stop()
	}
	return nil
}

func (s *join) stop() kit.Action {
	s.signIn.stop()
	return nil
}

// askWay asks for the way of signing in first: it decides what else is asked.
func (s *join) askWay() kit.Action {
	s.shared = ""
	i := slices.IndexFunc(s.kind.Options(), decides)
	if i < 0 {
		return s.ask("")
	}
	o := s.kind.Options()[i]
	options := make([]kit.Option, len(o.Choices))
	at := 0
	for j, c := range o.Choices {
		options[j] = kit.Option{Label: sentence(c.Label), About: c.About}
		if s.file == nil && s.wantsFile(o.Key, c.Key) {
			options[j].Refused = "the file is read by muster source connect only, where this is a screen of another machine"
		}
		if c.Key == s.with.Plain[o.Key] {
			at = j
		}
	}
	return kit.Open{Dialog: kit.NewChoice(s.env, o.Label, options, at, func(j int) tea.Msg { return waysChosen(o.Choices[j].Key) })}
}

// wantsFile reports whether an answer to an option makes another ask for a file.
func (s *join) wantsFile(option, answer string) bool {
	all := s.kind.Options()
	return slices.ContainsFunc(all, func(o core.ConnectOption) bool {
		return o.File && !o.Optional && o.When == option && o.Asked(all, map[string]string{option: answer})
	})
}

// decides reports whether it is an option that is chosen before the others are
// asked for.
func decides(o core.ConnectOption) bool { return len(o.Choices) > 0 && !o.Optional }

// ask asks for all else.
func (s *join) ask(way string) kit.Action {
	var fields []kit.FormField
	var keys []string
	// What was kept of another way, or of somebody who signed in, is not this one's.
	clear(s.with.Secrets)
	all := s.kind.Options()
	for _, o := range all {
		switch {
		case decides(o):
			s.with.Plain[o.Key] = way
			continue
		case !o.Asked(all, s.with.Plain):
			continue
		}
		f := kit.FormField{Label: o.Label, Value: s.with.Plain[o.Key], Help: o.Help, Hidden: o.Secret && !o.File}
		if o.Example != "" {
			f.Help = strings.TrimPrefix(f.Help+", as "+o.Example, ", as ")
		}
		if o.File {
			f.Value, f.Help = s.paths[o.Key], o.Help+", on this machine"
		}
		for _, c := range o.Choices {
			f.Options = append(f.Options, c.Label)
			if c.Key == f.Value || f.Value == "" {
				f.Value = c.Label
			}
		}
		if !o.Optional {
			f.Check = func(text string) error {
				if strings.TrimSpace(text) == "" {
					return fault.New(fault.Invalid, "It is needed")
				}
				return nil
			}
		}
		fields, keys = append(fields, f), append(keys, o.Key)
	}
	return kit.Open{Dialog: kit.NewForm(s.env, "How "+s.kind.Title()+" is reached", fields, func(v []string) tea.Msg { return reachTyped{way, v, keys} })}
}

// answered keeps the answers, and tries them.
func (s *join) answered(m reachTyped) kit.Action {
	path, secret := "", ""
	all := s.kind.Options()
	for i, key := range m.keys {
		j := slices.IndexFunc(all, func(o core.ConnectOption) bool { return o.Key == key && o.Asked(all, s.with.Plain) })
		o, text := all[j], strings.TrimSpace(m.values[i])
		for _, c := range o.Choices {
			if c.Label == text {
				text = c.Key
			}
		}
		switch {
		case o.File && text != "":
			path, secret = text, key // it counts once it was read
			s.paths[key] = text
		case o.Secret:
			s.with.Secrets[key] = text
		default:
			s.with.Plain[key] = text
		}
	}
	for _, o := range all {
		if !slices.Contains(m.keys, o.Key) && !decides(o) {
			delete(s.with.Plain, o.Key)
		}
	}
	switch {
	case path == "":
		return s.try()
	case s.file == nil:
		return kit.Fail{Err: fault.New(fault.Denied, "Files of the server are not read from here; muster source connect %s %s takes one", s.list.Slug, s.kind.Name())}
	}
	read := s.file
	return kit.Run{Cmd: func() tea.Msg {
		text, err := read(path)
		return fileRead{secret, text, err}
	}}
}

// fileRead is a file that an option asked for.
type fileRead struct {
	key, text string
	err       error
}

// try signs in, and sees what can be seen.
func (s *join) try() kit.Action {
	s.busy, s.found, s.wrong = true, nil, nil
	s.tries++
	e, actor, l, k, with, shared, show := s.engine, s.actor, s.list, s.kind, s.with, s.shared, s.signIn.put
	ctx, end := s.signIn.begin()
	return kit.All{s.tickSoon(), kit.Run{Cmd: func() tea.Msg {
		defer end()
		var d core.Directory
		var err error
		if shared != "" {
			l.Connection = roster.Connection{ID: shared, Kind: k.Name()}
			d, err = e.Dial(ctx, &l, show)
		} else {
			d, err = e.DialAnew(actor, l.ID, k.Name(), with, show)
		}
		if err != nil {
			return tested{err: err}
		}
		return try(ctx, d, attributesOf(&l, k))
	}}}
}

func (s *join) tickSoon() kit.Action {
	if s.ticking {
		return nil
	}
	s.ticking = true
	return kit.Later{After: tickEvery, Msg: tick{}}
}

// connect keeps the connection, and connects the list by what the cursor is on.
func (s *join) connect() kit.Action {
	uid := ""
	if !s.anew() {
		if s.page.at.kind != choice {
			return kit.Say{Text: "Go to what names a person first", Kind: kit.Caution}
		}
		uid = s.page.at.what
	}
	s.busy = true
	e, actor, list := s.engine, s.actor, s.list.ID
	j := core.Joining{Kind: s.kind.Name(), UID: uid, Connection: s.shared}
	if s.shared == "" {
		with := s.with
		j.Answers, j.Connection = &with, s.freeName()
		if s.found != nil {
			j.Own = s.found.Own
		}
	}
	return kit.Run{Cmd: func() tea.Msg {
		l, err := e.Join(context.Background(), actor, list, j)
		return connected{l, err}
	}}
}

// freeName names a connection: as the list has it, or by the kind, or by the
// list if that is another's.
func (s *join) freeName() string {
	if s.anew() {
		return s.list.Connection.ID
	}
	if slices.ContainsFunc(s.all, func(c core.Connection) bool { return c.ID == s.kind.Name() && len(c.Lists) > 0 }) {
		return s.kind.Name() + "-" + s.list.Slug
	}
	return s.kind.Name()
}

// Update implements kit.Screen.
func (s *join) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if !msg.First {
			return nil
		}
		e := s.engine
		return kit.Run{Cmd: func() tea.Msg {
			all, err := e.Connections(context.Background())
			return connectionsRead{all, err}
		}}
	case connectionsRead:
		s.all = slices.DeleteFunc(msg.all, func(c core.Connection) bool { return c.Kind != s.kind.Name() })
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
	case waysChosen:
		return s.ask(string(msg))
	case reachTyped:
		return s.answered(msg)
	case fileRead:
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		s.with.Secrets[msg.key] = msg.text
		return s.try()
	case tick:
		s.ticking = false
		if code := s.signIn.show(s.env, s.stop); code != nil {
			return kit.All{s.tickSoon(), code}
		}
		if s.busy {
			return s.tickSoon()
		}
	case tested:
		s.busy = false
		if fault.Is(msg.err, fault.Cancelled) {
			return kit.All{s.signIn.close(), kit.Say{Text: "Stopped; nothing was kept", Kind: kit.Note}}
		}
		if s.wrong = msg.err; msg.err == nil {
			s.found = &msg.found
			if !s.anew() {
				s.page.at = target{choice, likely(&s.list, s.kind.UIDs())}
			}
		}
		return s.signIn.close()
	case connected:
		s.busy = false
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		if s.anew() {
			return kit.All{kit.Pop{}, kit.Say{Text: "It is reached so from now on", Kind: kit.Done}}
		}
		return kit.All{kit.Pop{}, kit.Say{Text: "Connected; d shows who would come, s says whom the list is about", Kind: kit.Done}}
	case tea.MouseClickMsg:
		s.page.update(msg)
	case kit.Wheel:
		s.page.update(msg)
	}
	return nil
}

// View implements kit.Screen.
func (s *join) View(width, height int) string {
	s.page.set(s.lines(width))
	return kit.Block(s.page.view(width, height), width, height)
}

// Cursor implements kit.Cursorer.
func (s *join) Cursor() (x, y int, ok bool) { return 0, s.page.drawn, s.env.Plain() }

func (s *join) lines(width int) []line {
	b := &builder{env: s.env, width: width}
	signs := s.env.Theme.Signs()
	b.blank()
	switch {
	case s.busy:
		b.say(theme.Strong, "Signing in to "+s.kind.Title()+"…")
	case s.found != nil:
		b.say(theme.Added, signs.Done+"The connection works")
		for part := range strings.SplitSeq(tellTest(s.found), "\n") {
			b.indented(s.env.Width(signs.Done), theme.Text, part)
		}
		b.blank()
		if s.anew() {
			b.say(theme.Text, "Enter keeps this; nothing else changes.")
			return b.lines
		}
		s.identifiers(b)
	case s.wrong != nil:
		b.say(theme.Removed, signs.Wrong+s.env.Explain(s.wrong))
		b.say(theme.Text, "e says anew how it is reached, t tries again. Nothing was kept yet.")
	default:
		s.begin(b)
	}
	return b.lines
}

// begin says what is needed.
func (s *join) begin(b *builder) {
	b.say(theme.Strong, s.kind.Title()+" is read, by an app registration of yours.")
	b.blank()
	b.head("What it takes, once")
	for i, step := range []string{
		"In the Microsoft Entra admin centre: App registrations, New registration. Note the tenant ID and the client ID.",
		"API permissions, Microsoft Graph, Application permissions: User.Read.All and GroupMember.Read.All; then Grant admin consent.",
		"Certificates & secrets: a client secret, or a certificate. Where Muster runs in Azure, its managed identity will do. Where somebody signs in by a code: the same permissions as Delegated ones, and under Authentication, Allow public client flows.",
	} {
		b.numbered(i+1, step)
	}
	b.blank()
	b.choice(target{connectKind, ""}, "Say how it is reached", "", "The secret is sealed under a key outside the store, and never shown again.")
	for _, c := range s.all {
		if len(c.Lists) > 0 && !s.anew() {
			b.choice(target{connectKind, c.ID}, "Share "+c.ID, "", "The connection of "+strings.Join(c.Lists, ", ")+".")
		}
	}
}

// identifiers asks what names a person, and says what connecting does.
func (s *join) identifiers(b *builder) {
	uid, has := s.list.Schema.UID()
	question := "What names a person, here and there? Choose what stays the same."
	if has {
		question = "What does the directory call this list's UID, " + uid.Label + "?"
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
	if s.page.at.kind == choice {
		c := connect{env: s.env, list: s.list, kind: s.kind, page: s.page}
		c.preview(b)
	}
}
