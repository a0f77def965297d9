package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Message is a dialog that says something too long for the bottom line.
type Message struct {
	env   *Env
	title string
	text  string
	top   int
}

// NewMessage makes a Message. It has no answer.
func NewMessage(env *Env, title, text string) *Message {
	return &Message{env: env, title: title, text: text}
}

// Title implements Dialog.
func (m *Message) Title() string { return m.title }

// Typing implements Dialog.
func (m *Message) Typing() bool { return false }

// Bindings implements Dialog.
func (m *Message) Bindings() []Binding {
	return []Binding{
		{ID: "message.close", Keys: []string{"enter", "esc", "space"}, Label: "close", Help: "Close", Rank: 1},
		{ID: "message.up", Keys: []string{"up", "k"}, Label: "up", Help: "Scroll up"},
		{ID: "message.down", Keys: []string{"down", "j"}, Label: "down", Help: "Scroll down"},
	}
}

// Do implements Dialog.
func (m *Message) Do(id string) Action {
	switch id {
	case "message.up":
		m.top--
	case "message.down":
		m.top++
	default:
		return Answer{}
	}
	return nil
}

// Update implements Dialog.
func (m *Message) Update(msg tea.Msg) Action {
	if w, ok := msg.(Wheel); ok {
		m.top += w.Lines
	}
	return nil
}

// View implements Dialog.
func (m *Message) View(width, height int) string {
	width = min(width, 72)
	lines := m.env.Wrap(m.text, width)
	m.top = max(0, min(m.top, len(lines)-height))
	lines = lines[m.top:min(len(lines), m.top+height)]
	for i, l := range lines {
		lines[i] = m.env.Fit(l, width)
	}
	return strings.Join(lines, "\n")
}
