package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// listen returns the command that waits for the next notices. One is always
// running; it ends when the model is closed, and is not counted as work.
func (m *Model) listen() tea.Cmd {
	p := m.notices
	return func() tea.Msg {
		for {
			select {
			case <-m.leave:
				return nil
			case <-p.wake:
			}
			if f := m.failure.Load(); f != nil {
				return *f
			}
			if !m.wait(time.Until(p.last.Add(noticeStep))) {
				return nil
			}
			if all := p.take(); len(all) > 0 {
				p.last = time.Now()
				return all
			}
		}
	}
}

// later returns the command that delivers a message after a while. It ends
// with the session and is not counted as work.
func (m *Model) later(after time.Duration, msg tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !m.wait(after) {
			return nil
		}
		return msg
	}
}

// wait waits, but not beyond the end of the session.
func (m *Model) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-m.leave:
		return false
	case <-timer.C:
		return true
	}
}
