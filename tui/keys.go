package tui

import (
	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// left is the answer of the question whether to leave what is unsaved.
type left struct{ quit bool }

// Bindings returns the keys that work on every screen, those of this moment
// that cannot say why. They are part of the README's key table too.
func (m *Model) bindings() []kit.Binding {
	b := Bindings()
	for i := range b {
		switch {
		case b[i].ID == "root.quit" && len(m.places) > 1:
			b[i].Disabled = "q quits from the first screen; esc goes back"
		case b[i].ID == "root.back" && len(m.places) == 1 && len(m.here().dialogs) == 0:
			b[i].Disabled = "This is the first screen; q quits"
		case b[i].ID == "root.who" && len(m.others()) == 0:
			b[i].Disabled = "Nobody else is here"
		case b[i].ID == "root.suspend" && m.options.Guest:
			b[i].Disabled = "A session of another process cannot suspend Muster"
		}
	}
	return b
}

// Bindings returns the keys that work on every screen.
func Bindings() []kit.Binding {
	everywhere := func(id, label, help string, keys ...string) kit.Binding {
		return kit.Binding{ID: "root." + id, Keys: keys, Label: label, Help: help, Group: "Everywhere"}
	}
	return []kit.Binding{
		everywhere("help", "help", "Show all keys; type to find one, enter runs it", "?", "f1"),
		everywhere("palette", "palette", "Find an action by its name and run it", "ctrl+p"),
		everywhere("back", "back", "Go back", "esc"),
		everywhere("quit", "quit", "Quit, from the first screen", "q"),
		everywhere("leave", "quit", "Quit from anywhere", "ctrl+c"),
		everywhere("who", "who is here", "Show who else is here, since when and at which list", "alt+w"),
		everywhere("redraw", "redraw", "Draw the screen again", "ctrl+l"),
		everywhere("mouse", "mouse", "Leave the mouse to the terminal, to select text, or take it back", "alt+m"),
		everywhere("suspend", "suspend", "Go back to the shell for a while", "ctrl+z"),
	}
}

// key sends a key where it belongs: to a text input that has the keys, to the
// binding of the layer in front, to one that works everywhere, or, unbound,
// to the layer. It waits behind those that wait; esc and ctrl+c drop them.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	top, key, again := m.here().top(), msg.String(), func() tea.Cmd { return m.key(msg) }
	switch {
	case key == "esc", key == "ctrl+c":
		m.drop()
	case len(m.ahead.presses) > 0:
		return m.hold(again)
	}
	m.answer.Say = kit.Say{}
	if !top.face.Typing() || !kit.Edits(msg) {
		if b, ok := kit.Find(m.allowed(top), key); ok {
			return m.press(top, b, again)
		}
		if b, ok := kit.Find(m.bindings(), key); ok && !m.hidden(b) {
			return m.press(top, b, again)
		}
	}
	return m.carry(top.number, top.face.Update(msg))
}

// hidden reports whether a binding is not for this session at all.
func (m *Model) hidden(b kit.Binding) bool { return b.ID == "root.suspend" && m.options.Guest }

// press runs a binding, or says why it cannot run; if it has to wait, what
// presses it again is kept.
func (m *Model) press(top layer, b kit.Binding, again func() tea.Cmd) tea.Cmd {
	if waits(top, b) {
		return m.hold(again)
	}
	if b.Disabled != "" {
		m.drop() // what follows was meant for what it would have led to
		return m.say(kit.Say{Text: b.Disabled, Kind: kit.Caution})
	}
	if cmd, ok := m.do(b.ID); ok {
		return cmd
	}
	return m.carry(top.number, top.face.Do(b.ID))
}

// invoke runs a binding that the palette or the help chose.
func (m *Model) invoke(id string) tea.Cmd {
	top := m.here().top()
	if b, ok := kit.ByID(m.all(top), id); ok {
		return m.press(top, b, func() tea.Cmd { return m.invoke(id) })
	}
	return nil
}

// allowed returns the bindings of a layer; those that the person may not run say
// so.
func (m *Model) allowed(l layer) []kit.Binding {
	all := l.face.Bindings()
	if m.options.May == nil {
		return all
	}
	list := m.about(l)
	for i := range all {
		if all[i].Needs == core.Look {
			continue
		}
		if err := m.options.May(list, all[i].Needs); err != nil {
			all[i].Disabled, all[i].Rank = fault.Sentence(err), 0
		}
	}
	return all
}

// about is the list that a layer is about, or the screen under it.
func (m *Model) about(l layer) roster.ListID {
	if of, ok := l.face.(kit.Lister); ok {
		return of.ListID()
	}
	if i := m.at(l.number); i >= 0 {
		if of, ok := m.places[i].face.(kit.Lister); ok {
			return of.ListID()
		}
	}
	return 0
}

// all returns the bindings of a layer and those that work everywhere.
func (m *Model) all(l layer) []kit.Binding {
	all := append([]kit.Binding(nil), m.allowed(l)...)
	for _, b := range m.bindings() {
		if !m.hidden(b) {
			all = append(all, b)
		}
	}
	return all
}

// do runs the bindings of the root itself.
func (m *Model) do(id string) (tea.Cmd, bool) {
	top := m.here().top()
	switch id {
	case "root.help":
		return m.open(top.number, kit.NewHelp(m.env, m.all(top))), true
	case "root.palette":
		return m.open(top.number, kit.NewPalette(m.env, m.all(top))), true
	case "root.back":
		return m.back(), true
	case "root.quit", "root.leave":
		return m.quit(), true
	case "root.who":
		return m.open(top.number, kit.NewMessage(m.env, "Who else is here", m.company())), true
	case "root.redraw":
		return tea.ClearScreen, true
	case "root.mouse":
		m.quiet = !m.quiet
		if m.quiet {
			return m.say(kit.Say{Text: "The mouse selects text now; alt+m takes it back"}), true
		}
		return m.say(kit.Say{Text: "The mouse is Muster's again"}), true
	case "root.suspend":
		return tea.Suspend, true
	}
	return nil, false
}

// back ends the dialog in front or leaves the screen, asking if something
// would be lost.
func (m *Model) back() tea.Cmd {
	p := m.here()
	if top := p.top(); top.number != p.number {
		return m.answered(top.number, nil)
	}
	if why := unsaved(p.face); why != "" {
		return m.ask(why, left{})
	}
	return m.pop(p.number)
}

// quit ends the session, asking if something would be lost.
func (m *Model) quit() tea.Cmd {
	for _, p := range m.places {
		for _, l := range append([]layer{p.layer}, p.dialogs...) {
			if why := unsaved(l.face); why != "" {
				return m.ask(why, left{quit: true})
			}
		}
	}
	return tea.Quit
}

func (m *Model) ask(why string, then left) tea.Cmd {
	q := kit.Question{Title: "Leave without saving?", Text: why, Yes: "leave", Dangerous: true}
	return m.open(m.here().top().number, kit.NewConfirm(m.env, q, then))
}

func unsaved(face kit.Dialog) string {
	if k, ok := face.(kit.Keeper); ok {
		return k.Unsaved()
	}
	return ""
}
