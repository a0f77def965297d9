package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/tui/kit"
)

const (
	answerStays = 6 * time.Second
	// copyLimit is how much text fits the escape sequence that terminals agree
	// to take, 74,994 bytes in base 64.
	copyLimit = 74_994 / 4 * 3
)

// carry carries out the action that a layer asked for.
func (m *Model) carry(from uint64, action kit.Action) tea.Cmd {
	switch a := action.(type) {
	case kit.All:
		cmds := make([]tea.Cmd, len(a))
		for i, each := range a {
			cmds[i] = m.carry(from, each)
		}
		return tea.Batch(cmds...)
	case kit.Run:
		return m.run(from, a.Cmd)
	case kit.Later:
		return m.later(a.After, late{from, a.Msg})
	case kit.Push:
		p := &place{layer: m.layer(a.Screen), screen: a.Screen}
		m.places = append(m.places, p)
		return m.shown(p.layer, true)
	case kit.Pop:
		return m.pop(from)
	case kit.Open:
		return m.open(from, a.Dialog)
	case kit.Answer:
		return m.answered(from, a.Msg)
	case kit.Close:
		return m.closeOver(from)
	case kit.Invoke:
		return tea.Batch(m.answered(from, nil), m.invoke(a.ID))
	case kit.Copy:
		return m.copy(a)
	case kit.Say:
		return m.say(a)
	case kit.Fail:
		return m.sayError(a.Err)
	case kit.Quit:
		return tea.Quit
	}
	return nil
}

func (m *Model) shown(l layer, first bool) tea.Cmd {
	return m.carry(l.number, l.face.Update(kit.Shown{First: first}))
}

// at returns which place a layer belongs to, or -1.
func (m *Model) at(number uint64) int {
	for i, p := range m.places {
		if p.number == number || p.dialog(number) >= 0 {
			return i
		}
	}
	return -1
}

// pop leaves the place of a layer and all above it. The first one stays.
func (m *Model) pop(from uint64) tea.Cmd {
	i := m.at(from)
	if i < 1 {
		return nil
	}
	m.places = m.places[:i]
	return m.shown(m.here().layer, false)
}

// open shows a dialog over the place of the layer that asks for it.
func (m *Model) open(from uint64, d kit.Dialog) tea.Cmd {
	i := m.at(from)
	if i < 0 {
		return nil
	}
	l := m.layer(d)
	m.places[i].dialogs = append(m.places[i].dialogs, l)
	return m.shown(l, true)
}

// answered ends a dialog and hands its answer to what is beneath.
func (m *Model) answered(from uint64, msg tea.Msg) tea.Cmd {
	i := m.at(from)
	if i < 0 {
		return nil
	}
	p := m.places[i]
	d := p.dialog(from)
	if d < 0 {
		return nil
	}
	p.dialogs = p.dialogs[:d]
	switch msg := msg.(type) {
	case nil:
		return nil
	case left:
		if msg.quit {
			return tea.Quit
		}
		return m.pop(p.number)
	}
	beneath := p.top()
	return m.carry(beneath.number, beneath.face.Update(msg))
}

// closeOver ends the dialog that asks, or over a screen the topmost progress
// with whatever lies over that, or else the topmost dialog.
func (m *Model) closeOver(from uint64) tea.Cmd {
	i := m.at(from)
	if i < 0 {
		return nil
	}
	p := m.places[i]
	last := p.dialog(from)
	for n := len(p.dialogs) - 1; last < 0 && n >= 0; n-- {
		if _, ok := p.dialogs[n].face.(*kit.Progress); ok {
			last = n
		}
	}
	if last < 0 {
		last = len(p.dialogs) - 1
	}
	p.dialogs = p.dialogs[:max(0, last)]
	return nil
}

func (m *Model) copy(c kit.Copy) tea.Cmd {
	if len(c.Text) > copyLimit {
		return m.say(kit.Say{Text: c.What + " is too much for the terminal's clipboard; export it instead", Kind: kit.Caution})
	}
	here := m.here().number
	return tea.Batch(m.run(here, tea.SetClipboard(c.Text)), m.say(kit.Say{Text: "Copied " + c.What, Kind: kit.Done}))
}

// answer is what the bottom line says of the last action.
type answer struct {
	kit.Say
	number int // of answers so far
}

// expired says that the answer of that number has been there long enough.
type expired int

// say puts an answer on the bottom line. What does not fit is a dialog; an
// error stays until the next key.
func (m *Model) say(s kit.Say) tea.Cmd {
	if s.Text == "" {
		return nil
	}
	m.answer = answer{s, m.answer.number + 1}
	if m.width > 0 && m.env.Width(m.answerText()) > m.width {
		m.answer.Say = kit.Say{}
		return m.open(m.here().number, kit.NewMessage(m.env, toneTitle(s.Kind), s.Text))
	}
	if s.Kind == kit.Wrong || m.env.Plain() {
		return nil
	}
	return m.later(answerStays, expired(m.answer.number))
}

func toneTitle(t kit.Tone) string {
	switch t {
	case kit.Wrong:
		return "This did not work"
	case kit.Caution:
		return "Please note"
	}
	return "Done"
}

// sayError says an error's sentence and logs the rest of it.
func (m *Model) sayError(err error) tea.Cmd {
	m.drop()
	kind := kit.Wrong
	if fault.Is(err, fault.Cancelled) {
		kind = kit.Note
	}
	return m.say(kit.Say{Text: m.explain(err), Kind: kind})
}

// explain makes an error a sentence. The insides of one that a person cannot do
// anything about go to the log, and the sentence says where that is.
func (m *Model) explain(err error) string {
	if err == nil {
		return ""
	}
	err = m.options.Explain(err)
	code, sentence := fault.CodeOf(err), fault.Sentence(err)
	if code != fault.Internal && code != fault.Damaged {
		m.log.Debug("Action refused", "code", string(code), "error", err)
		return sentence
	}
	m.log.Error("Action failed", "code", string(code), "error", err)
	if at := m.options.LogAt(); at != "" {
		sentence += "; " + at + " has the details"
	}
	return sentence
}
