// Package sync is the screen of a list's source: connecting it, how the
// connection does, the address and the tokens that a provider needs, what it
// pushed last, what could not be taken and what to do about that, how each
// provider is set up, and what to look at when something is wrong.
//
// It is one page from top to bottom, in the order in which it is needed; enter
// opens, copies or does whatever the cursor is on. In a wide terminal the
// requests run beside it.
package sync

import (
	"context"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/address"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/sync/advice"
	"muster/tui/theme"
)

// Doors make the screens that open from here, and tell of the world outside.
type Doors struct {
	Person func(l roster.List, id roster.PersonID) kit.Screen
	Log    func(l *roster.List) kit.Screen
	// Mapping shows which attribute feeds which field.
	Mapping func(l *roster.List, field string) kit.Screen
	// Changes shows the changesets of a list.
	Changes func(l *roster.List) kit.Screen
	// Changeset shows one changeset.
	Changeset func(head changeset.Changeset) kit.Screen
	// Sync begins a sync that goes on whatever becomes of the screen. It is called
	// in commands.
	Sync func(actor core.Actor, list roster.ListID, how core.SyncHow) (*core.Syncing, error)
	// Serving tells how this process serves the provider. It is called in
	// commands.
	Serving func() advice.Serving
	// File reads a small file of this machine, as a certificate; nil where
	// files are not the person's own. It is called in commands.
	File func(name string) (string, error)
}

// Screen is the page of one list's source.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   roster.List // as it was read last
	doors  Doors

	facts   *advice.Facts // nil until they were read
	page    page
	built   built // what the page was made of
	offered askedOf
	follow  target // where the cursor goes once it is there
	run     int    // the number of the latest reading
	busy    bool   // it is going on
	again   bool   // something changed while it was
}

// built is what the lines of a page depend on.
type built struct {
	facts  *advice.Facts
	width  int
	minute time.Time
	theme  *theme.Theme
}

// read is what a reading found.
type read struct {
	run   int
	facts *advice.Facts
	err   error
}

// New makes the screen of a list's source.
func New(env *kit.Env, e *core.Engine, actor core.Actor, list roster.List, doors Doors) kit.Screen {
	if reads(e, list.Connection.Kind) {
		return newDirectory(env, e, actor, list, doors)
	}
	return &Screen{env: env, engine: e, actor: actor, list: list, doors: doors, page: page{env: env}, offered: make(askedOf)}
}

// reads reports whether a kind of source is a directory.
func reads(e *core.Engine, kind string) bool {
	return slices.ContainsFunc(e.Kinds(), func(k core.SourceKind) bool {
		_, ok := k.(core.DirectoryKind)
		return ok && k.Name() == kind
	})
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Provider" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	paint := s.env.Theme.Paint
	name := paint(theme.Dim, kit.Clean(s.list.Name))
	if s.facts == nil || s.facts.Kind == nil {
		return name
	}
	standing := s.facts.Standing()
	status := paint(stateRole(standing.State), string(standing.State))
	if n := s.facts.Problems.Count; n > 0 {
		status += "   " + paint(theme.Waiting, kit.Many(n, "problem", "problems"))
	}
	return status + "   " + paint(theme.Dim, kit.Count(s.facts.Provisioned)+" provisioned") + "   " + name
}

func stateRole(s advice.State) theme.Role {
	switch s {
	case advice.Healthy:
		return theme.Added
	case advice.Failing:
		return theme.Removed
	}
	return theme.Waiting
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// Waits implements kit.Waiter: nothing can be done until the facts are there.
func (s *Screen) Waits(string) bool { return s.busy && s.facts == nil }

// connected reports whether the list has a source that is known here.
func (s *Screen) connected() bool { return s.facts != nil && s.facts.Kind != nil }

// ListID implements kit.Lister.
func (s *Screen) ListID() roster.ListID { return s.list.ID }

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	key := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "sync." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank}
	}
	b := []kit.Binding{
		key("open", s.verb(), "Open, copy or do what the cursor is on", "Look", 1, "enter"),
		key("token", "new token", "Make a token for the provider", "Change", 2, "n"),
		key("copy", "copy", "Copy the base URL", "Look", 3, "y"),
		key("rotate", "rotate", "Make the token that replaces this one, and revoke this one once that is in use", "Change", 4, "R"),
		key("revoke", "revoke", "Revoke this token", "Change", 5, "x"),
		key("address", "address", "Say under which address providers see this Muster", "Change", 8, "e"),
		key("mapping", "mapping", "Say which attribute feeds which field, and how", "Change", 9, "m"),
		key("log", "log", "Look at the provisioning log", "Look", 6, "L"),
		key("changes", "changesets", "Look at the changesets of this list", "Look", 7, "c"),
		key("disconnect", "disconnect", "Disconnect the list from its source", "Change", 9, "X"),
	}
	b[4].Dangerous, b[9].Dangerous = true, true
	kit.Needing(core.MakeTokens, "Change", b)
	b[5].Needs, b[6].Needs, b[9].Needs = core.SetStore, core.Look, core.ConnectSources
	switch s.page.at.kind {
	case connectKind:
		b[0].Needs = core.ConnectSources
	case newToken:
		b[0].Needs = core.MakeTokens
	}
	s.refuse(b)
	return append(b, moves()...)
}

// verb is what enter does to what the cursor is on.
func (s *Screen) verb() string {
	switch s.page.at.kind {
	case connectKind:
		return "connect"
	case baseURL:
		return "copy"
	case newToken:
		return "make a token"
	}
	return "open"
}

// refuse says why bindings cannot run now.
func (s *Screen) refuse(all []kit.Binding) {
	_, onToken := s.token()
	for i := range all {
		b := &all[i]
		switch {
		case s.facts == nil:
			b.Disabled = "It is still being read"
		case b.ID == "sync.open" || b.ID == "sync.changes" || b.ID == "sync.log":
		case !s.connected():
			b.Disabled, b.Rank = "The list is not connected yet", 0
		case b.ID == "sync.rotate" || b.ID == "sync.revoke":
			switch {
			case s.page.at.kind != token:
				b.Disabled, b.Rank = "Go to a token first", 0
			case !onToken:
				b.Disabled = "This token opens nothing any more"
			}
		}
	}
}

// token returns the token that the cursor is on, if it works.
func (s *Screen) token() (core.Token, bool) {
	if s.page.at.kind != token || s.facts == nil {
		return core.Token{}, false
	}
	t, ok := s.facts.Token(s.page.at.what)
	return t, ok && t.Good(s.facts.Now)
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.page.do(id) {
		return nil
	}
	t, _ := s.token()
	switch id {
	case "sync.open":
		return s.open()
	case "sync.token":
		return s.askToken(nil)
	case "sync.copy":
		return s.copyBase()
	case "sync.rotate":
		return s.askToken(&t)
	case "sync.revoke":
		return s.askRevoke(&t)
	case "sync.address":
		return s.askAddress()
	case "sync.mapping":
		return kit.Push{Screen: s.doors.Mapping(&s.list, "")}
	case "sync.log":
		return kit.Push{Screen: s.doors.Log(&s.list)}
	case "sync.changes":
		return kit.Push{Screen: s.doors.Changes(&s.list)}
	case "sync.disconnect":
		return s.askDisconnect()
	}
	return nil
}

func (s *Screen) copyBase() kit.Action {
	return kit.Copy{Text: s.facts.Address.Base(s.list.Slug), What: "the base URL"}
}

// open does what is nearest at hand with what the cursor is on.
func (s *Screen) open() kit.Action {
	what := s.page.at.what
	switch s.page.at.kind {
	case connectKind:
		for _, k := range s.engine.Kinds() {
			if d, ok := k.(core.DirectoryKind); ok && k.Name() == what {
				return kit.Push{Screen: newJoin(s.env, s.engine, s.actor, s.list, d, nil, s.doors.File)}
			}
			if k.Name() == what {
				return kit.Push{Screen: newConnect(s.env, s.engine, s.actor, s.list, k)}
			}
		}
	case baseURL:
		return s.copyBase()
	case reach:
		return s.explainReach()
	case mappings:
		return kit.Push{Screen: s.doors.Mapping(&s.list, "")}
	case newToken:
		return s.askToken(nil)
	case token:
		return s.showToken()
	case problem:
		return s.openProblem()
	case logDoor:
		return kit.Push{Screen: s.doors.Log(&s.list)}
	case held:
		if len(s.facts.Waiting) == 1 {
			return kit.Push{Screen: s.doors.Changeset(s.facts.Waiting[0])}
		}
		return kit.Push{Screen: s.doors.Changes(&s.list)}
	case guide:
		return s.openGuide(what)
	case trouble:
		return s.showCheck(what)
	}
	return nil
}

// read reads the facts, or notes that they are to be read again.
func (s *Screen) read() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	s.run++
	e, slug, run, serving := s.engine, s.list.Slug, s.run, s.doors.Serving
	return kit.Run{Cmd: func() tea.Msg {
		f, err := advice.Look(context.Background(), e, slug, serving(), problemsShown)
		return read{run, f, err}
	}}
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		return s.read()
	case kit.Notice:
		if msg.List == "" || msg.List == strconv.FormatUint(uint64(s.list.ID), 10) {
			return s.read()
		}
	case read:
		return s.take(msg)
	case tokenAsked:
		return s.makeToken(msg)
	case tokenMade:
		return s.tokenMade(msg)
	case revoke:
		return s.revoke(msg)
	case revoked:
		return s.revoked(msg)
	case addressTyped:
		return s.setAddress(string(msg))
	case addressSet:
		return s.addressSet(msg)
	case mappingsWanted:
		return kit.Push{Screen: s.doors.Mapping(&s.list, "")}
	case disconnect:
		return s.disconnect()
	case disconnected:
		return s.disconnected(msg)
	case tea.MouseClickMsg:
		if s.page.update(msg) {
			return s.open()
		}
	case kit.Wheel:
		s.page.update(msg)
	}
	return nil
}

func (s *Screen) take(msg read) kit.Action {
	if msg.run != s.run {
		return nil
	}
	s.busy = false
	if msg.err != nil {
		if fault.Is(msg.err, fault.Cancelled) {
			return nil
		}
		return kit.Fail{Err: msg.err}
	}
	s.facts, s.list = msg.facts, msg.facts.List
	if reads(s.engine, s.list.Connection.Kind) {
		return kit.All{kit.Pop{}, kit.Push{Screen: newDirectory(s.env, s.engine, s.actor, s.list, s.doors)}}
	}
	if s.follow.kind != nothing {
		s.page.at, s.follow = s.follow, target{}
	}
	if s.again {
		return s.read()
	}
	return s.offer()
}

// addressTyped is a public address that somebody typed, and addressSet what
// became of it.
type addressTyped string

type addressSet struct {
	text string
	err  error
}

func (s *Screen) askAddress() kit.Action {
	field := kit.FormField{Label: "Address", Value: s.facts.Address.Public, Help: "as https://roster.example.org, for all lists; empty if none",
		Check: func(text string) error {
			if text == "" {
				return nil
			}
			_, err := address.Parse(text)
			return err
		}}
	return kit.Open{Dialog: kit.NewPrompt(s.env, "The address under which providers see this Muster", field, func(text string) tea.Msg { return addressTyped(text) })}
}

func (s *Screen) setAddress(text string) kit.Action {
	e, actor := s.engine, s.actor
	return kit.Run{Cmd: func() tea.Msg {
		return addressSet{text, e.PutSetting(context.Background(), actor, address.Setting, text)}
	}}
}

func (s *Screen) addressSet(m addressSet) kit.Action {
	if m.err != nil {
		return kit.Fail{Err: m.err}
	}
	s.follow = target{baseURL, ""}
	return kit.All{s.read(), kit.Say{Text: "The base URL and the guides have the new address", Kind: kit.Done}}
}

// disconnect is the answer yes to disconnecting, and disconnected what became
// of it.
type disconnect struct{}

type disconnected struct{ err error }

func (s *Screen) askDisconnect() kit.Action {
	good := len(s.facts.Good())
	text := "The provider gets 401 from now on"
	if good > 0 {
		text = kit.Many(good, "token is", "tokens are") + " revoked at once, and the provider gets 401 from then on"
	}
	text += ". Everybody stays: " + kit.Many(s.list.Standing.Active, "person", "people") + " active, nothing is deleted. " +
		"The fields that it fed can be edited again. Connect again later, and the same people are picked up."
	q := kit.Question{Title: "Disconnect " + s.list.Name + "?", Text: text, Yes: "disconnect", Dangerous: true}
	return kit.Open{Dialog: kit.NewConfirm(s.env, q, disconnect{})}
}

func (s *Screen) disconnect() kit.Action {
	e, actor, list := s.engine, s.actor, s.list.ID
	return kit.Run{Cmd: func() tea.Msg { return disconnected{e.Disconnect(context.Background(), actor, list)} }}
}

func (s *Screen) disconnected(m disconnected) kit.Action {
	if m.err != nil {
		return kit.Fail{Err: m.err}
	}
	return kit.All{s.read(), kit.Say{Text: s.list.Name + " is disconnected; everybody stays, and every field can be edited", Kind: kit.Done}}
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if s.facts == nil {
		return kit.Block([]string{s.env.Line(width).Gap(2).Add(theme.Dim, "Reading…").String()}, width, height)
	}
	left, right := width, 0
	if width >= besideFrom && s.connected() {
		right = max(narrowestPane, width*2/5)
		left -= right + separator
	}
	if now := (built{s.facts, left, s.env.Now().Truncate(time.Minute), s.env.Theme}); now != s.built {
		s.built = now
		s.page.set(s.lines(left, right == 0))
	}
	if right == 0 {
		return kit.Block(s.page.view(width, height), width, height)
	}
	page, pane := s.page.view(left, height), s.requests(right, height)
	rule := " " + s.env.Theme.Paint(theme.Border, s.env.Theme.Signs().Rule) + " "
	for i := range page {
		page[i] += rule + pane[i]
	}
	return kit.Block(page, width, height)
}

const (
	besideFrom    = 110 // columns from which the requests run beside the page
	narrowestPane = 40
	separator     = 3 // cells between page and pane
)

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	return 0, s.page.drawn, s.env.Plain() && s.facts != nil
}
