package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
)

// mostAhead is how many presses wait; a key that is held down has no end.
const mostAhead = 200

// ahead is what was pressed ahead of what it is about: it waits, in order,
// until the layer in front is ready for it.
type ahead struct {
	of      uint64 // the layer that was in front
	presses []func() tea.Cmd
	dropped bool // while they were being caught up with
}

// waits reports whether a layer is not ready for a binding of its own.
func waits(l layer, b kit.Binding) bool {
	w, ok := l.face.(kit.Waiter)
	return ok && !strings.HasPrefix(b.ID, "root.") && w.Waits(b.ID)
}

// hold keeps a press until the layer in front is ready.
func (m *Model) hold(press func() tea.Cmd) tea.Cmd {
	m.ahead.of = m.here().top().number
	if len(m.ahead.presses) < mostAhead {
		m.ahead.presses = append(m.ahead.presses, press)
	}
	return nil
}

// drop forgets what waits: something came between that it was not meant for.
func (m *Model) drop() { m.ahead.presses, m.ahead.dropped = nil, true }

// catchUp presses what has waited, as far as the layer in front is ready. Each
// press finds what the one before it has led to.
func (m *Model) catchUp() tea.Cmd {
	if len(m.ahead.presses) == 0 {
		return nil
	}
	if m.ahead.of != m.here().top().number {
		m.drop()
		return nil
	}
	waiting := m.ahead.presses
	m.ahead.presses, m.ahead.dropped = nil, false
	var cmds []tea.Cmd
	for i, press := range waiting {
		cmds = append(cmds, press())
		switch {
		case m.ahead.dropped:
			return tea.Batch(cmds...)
		case len(m.ahead.presses) > 0: // it waits on, and so does what follows
			m.ahead.presses = append(m.ahead.presses, waiting[i+1:]...)
			return tea.Batch(cmds...)
		}
	}
	return tea.Batch(cmds...)
}
