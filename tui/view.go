package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
	"muster/tui/theme"
)

// Below this there is no room to draw anything useful.
const leastWidth, leastHeight = 40, 8

// View implements tea.Model.
func (m *Model) View() (v tea.View) {
	defer func() {
		if r := recover(); r != nil {
			m.fail(r)
		}
	}()
	v.AltScreen = !m.env.Plain()
	if !m.env.Plain() && !m.quiet {
		v.MouseMode = tea.MouseModeCellMotion
	}
	switch {
	case m.width == 0:
		return v
	case m.width < leastWidth || m.height < leastHeight:
		v.SetContent(m.env.Cut(fmt.Sprintf("Muster needs %d × %d, this is %d × %d",
			leastWidth, leastHeight, m.width, m.height), m.width))
		return v
	}
	p := m.here()
	m.box = box{}
	body := m.body(p)
	v.WindowTitle = kit.Clean("Muster: " + p.screen.Title())
	v.SetContent(m.topLine(p) + "\n" + body + "\n" + m.bottomLine(p))
	v.Cursor = m.cursor(p)
	v.ProgressBar = progressBar(p.screen)
	return v
}

// progressBar is what the terminal's own bar shows of a screen.
func progressBar(s kit.Screen) *tea.ProgressBar {
	p, ok := s.(kit.Progressing)
	if !ok {
		return nil
	}
	done, total, going := p.Progress()
	switch {
	case !going:
		return nil
	case total <= 0:
		return tea.NewProgressBar(tea.ProgressBarIndeterminate, 0)
	}
	return tea.NewProgressBar(tea.ProgressBarDefault, int(100*min(done, total)/total))
}

// topLine draws the path on the left and how things stand on the right, of
// which the last parts go first when there is no room.
func (m *Model) topLine(p *place) string {
	status := []string{m.trouble(), m.with(), p.screen.Status()}
	status = slices.DeleteFunc(status, func(s string) bool { return s == "" })
	status = strings.Split(strings.Join(status, "   "), "   ")
	title := m.env.Width(kit.Clean(p.screen.Title()))
	right := strings.Join(status, "   ")
	for len(status) > 1 && title+3+m.env.Width(right) > m.width {
		status = status[:len(status)-1]
		right = strings.Join(status, "   ")
	}
	right = m.env.CutPainted(right, max(0, m.width-min(title, m.width/2)-3))
	room := m.width
	if w := m.env.Width(right); w > 0 {
		room -= w + 3
	}
	return m.env.Line(m.width).Painted(m.path(p, room)).Right(right).String()
}

// trouble draws what is wrong behind every screen.
func (m *Model) trouble() string {
	if m.options.Trouble == nil {
		return ""
	}
	text := m.options.Trouble()
	if text == "" {
		return ""
	}
	return m.env.Theme.Paint(theme.Waiting, m.env.Theme.Signs().Caution+kit.Clean(text))
}

// path draws the titles from the first screen to the last. When there is no
// room the first ones go.
func (m *Model) path(p *place, room int) string {
	separator := m.env.Theme.Signs().Path
	last := m.env.Cut(p.screen.Title(), room)
	used := m.env.Width(last)
	before := ""
	for i := len(m.places) - 2; i >= 0; i-- {
		part := kit.Clean(m.places[i].screen.Title()) + separator
		if used+m.env.Width(part) > room || (i > 0 && used+m.env.Width(part)+2 > room) {
			if used+1+m.env.Width(separator) <= room {
				before = "…" + separator + before
			}
			break
		}
		before = part + before
		used += m.env.Width(part)
	}
	return m.env.Theme.Paint(theme.Dim, before) + m.env.Theme.Paint(theme.Strong, last)
}

// bottomLine draws what can be pressed here and the answer to the last action.
func (m *Model) bottomLine(p *place) string {
	top := p.top()
	help, _ := kit.ByID(m.bindings(), "root.help")
	bindings := m.allowed(top)
	if top.face.Typing() {
		bindings, help = kit.WhileTyping(bindings), kit.WhileTyping([]kit.Binding{help})[0]
	}
	out := m.wayOut(bindings)
	text, room := m.answerText(), m.width
	if w := m.env.Width(text); w > 0 {
		room -= w + 3
	}
	m.hints = kit.Hints(m.env, bindings, out, help, room)
	line := m.env.Line(m.width).Painted(kit.DrawHints(m.env, m.hints, max(0, room)))
	if text == "" {
		return line.String()
	}
	role := theme.Text
	switch m.answer.Kind {
	case kit.Done:
		role = theme.Added
	case kit.Caution:
		role = theme.Waiting
	case kit.Wrong:
		role = theme.Error
	}
	return line.Gap(m.width-max(0, room)-m.env.Width(text)).Add(role, text).String()
}

// wayOut returns what leads away from what is in front: its own esc, else going
// back, or from the first screen quitting. None is needed where esc is another
// name of a key that is shown anyway.
func (m *Model) wayOut(bindings []kit.Binding) kit.Binding {
	if own, ok := kit.Find(bindings, "esc"); ok {
		if own.Rank > 0 && own.Keys[0] != "esc" {
			return kit.Binding{}
		}
		return own
	}
	id := "root.back"
	if p := m.here(); len(m.places) == 1 && len(p.dialogs) == 0 {
		id = "root.quit"
	}
	out, _ := kit.ByID(m.bindings(), id)
	return out
}

// answerText returns the answer with the sign or word of its tone.
func (m *Model) answerText() string {
	if m.answer.Text == "" {
		return ""
	}
	signs, text := m.env.Theme.Signs(), kit.Clean(m.answer.Text)
	switch m.answer.Kind {
	case kit.Done:
		return signs.Done + text
	case kit.Caution:
		return signs.Caution + text
	case kit.Wrong:
		return signs.Wrong + text
	}
	return text
}

// cursor places the terminal's own cursor: in an input, and for a screen
// reader on the selected row.
func (m *Model) cursor(p *place) *tea.Cursor {
	top := p.top()
	c, ok := top.face.(kit.Cursorer)
	if !ok || (!top.face.Typing() && !m.env.Plain()) {
		return nil
	}
	x, y, ok := c.Cursor()
	if !ok {
		return nil
	}
	area := box{0, 1, m.width, m.height - 2}
	if top.number != p.number {
		area = m.box
	}
	if !area.has(area.x+x, area.y+y) {
		return nil
	}
	return tea.NewCursor(area.x+x, area.y+y)
}
