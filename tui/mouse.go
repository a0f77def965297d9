package tui

import (
	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
)

const wheelLines = 3 // a notch of the wheel scrolls

// box is where a dialog's content is on the screen.
type box struct{ x, y, width, height int }

func (b box) has(x, y int) bool {
	return x >= b.x && x < b.x+b.width && y >= b.y && y < b.y+b.height
}

// mouse sends a mouse message to what is under it, in that one's coordinates.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	mouse := msg.Mouse()
	_, click := msg.(tea.MouseClickMsg)
	if click {
		m.answer.Say = kit.Say{}
	}
	p := m.here()
	top := p.top()
	area := box{0, 1, m.width, m.height - 2}
	if top.number != p.number {
		area = m.box
	}
	switch {
	case click && mouse.Y == m.height-1:
		return m.clickHint(top, mouse.X)
	case !area.has(mouse.X, mouse.Y):
		return nil
	}
	mouse.X, mouse.Y = mouse.X-area.x, mouse.Y-area.y
	return m.carry(top.number, top.face.Update(m.placed(msg, mouse)))
}

// placed makes the message again for a mouse at another place.
func (m *Model) placed(msg tea.MouseMsg, at tea.Mouse) tea.Msg {
	switch msg.(type) {
	case tea.MouseClickMsg:
		return tea.MouseClickMsg(at)
	case tea.MouseReleaseMsg:
		return tea.MouseReleaseMsg(at)
	case tea.MouseMotionMsg:
		return tea.MouseMotionMsg(at)
	}
	down, across := m.flow.turned(at)
	return kit.Wheel{X: at.X, Y: at.Y, Lines: down * wheelLines, Across: across}
}

// clickHint runs the binding of a footer hint, unless it is dangerous.
func (m *Model) clickHint(top layer, x int) tea.Cmd {
	b, ok := kit.HintAt(m.hints, x)
	switch {
	case !ok:
		return nil
	case b.Dangerous:
		return m.say(kit.PressInstead(b))
	}
	return m.invoke(b.ID)
}
