package tui

import (
	"strings"

	"muster/tui/kit"
	"muster/tui/theme"
)

// body draws the screen with its dialogs over it. To a screen reader a dialog
// is all there is.
func (m *Model) body(p *place) string {
	width, height := m.width, m.height-2
	if m.env.Plain() && len(p.dialogs) > 0 {
		return m.sheet(p.top().face, width, height)
	}
	body := p.screen.View(width, height)
	for _, l := range p.dialogs {
		body = m.over(body, l.face, width, height)
	}
	return body
}

// sheet draws a dialog on the whole body.
func (m *Model) sheet(d kit.Dialog, width, height int) string {
	m.box = box{0, 2, width, height - 1}
	lines := append([]string{m.env.Line(width).Add(theme.Strong, d.Title()).String()},
		strings.Split(d.View(width, height-1), "\n")...)
	for i, l := range lines {
		lines[i] = m.env.FitPainted(l, width)
	}
	return kit.Block(lines, width, height)
}

// over draws a dialog, framed, over the middle of a body.
func (m *Model) over(body string, d kit.Dialog, width, height int) string {
	view := d.View(width-4, height-2)
	if view == "" {
		return body
	}
	lines := strings.Split(view, "\n")
	lines = lines[:min(len(lines), height-2)]
	inner := m.env.Width(kit.Clean(d.Title())) + 2
	for _, l := range lines {
		inner = max(inner, m.env.Width(l))
	}
	if inner = min(inner, width-4); inner > width-12 {
		inner = width - 4 // rather than leave a strip too narrow to read
	}
	x, y := (width-inner-4)/2, max(0, (height-len(lines)-2)/3)
	m.box = box{x + 2, y + 2, inner, len(lines)}
	under := strings.Split(body, "\n")
	for i, framed := range m.frame(d.Title(), lines, inner) {
		if y+i < len(under) {
			under[y+i] = m.inlay(under[y+i], framed, x, inner+4)
		}
	}
	return strings.Join(under, "\n")
}

// frame draws a border around lines, the title in it.
func (m *Model) frame(title string, lines []string, inner int) []string {
	edge := func(s string) string { return m.env.Theme.Paint(theme.Border, s) }
	title = m.env.Cut(title, inner-2)
	framed := make([]string, 0, len(lines)+2)
	framed = append(framed, edge("┌ ")+m.env.Theme.Paint(theme.Strong, title)+
		edge(" "+strings.Repeat("─", inner-m.env.Width(title))+"┐"))
	for _, l := range lines {
		framed = append(framed, edge("│")+" "+m.env.FitPainted(l, inner)+" "+edge("│"))
	}
	return append(framed, edge("└"+strings.Repeat("─", inner+2)+"┘"))
}

// inlay replaces width cells of a line from x on. A wide character that the
// edge cuts through becomes a blank.
func (m *Model) inlay(line, piece string, x, width int) string {
	head := m.env.Widths.Truncate(line, x, "")
	tail := m.env.Widths.TruncateLeft(line, x+width, "")
	if m.env.Width(tail) > m.width-x-width {
		tail = m.env.Widths.TruncateLeft(line, x+width+1, "")
	}
	// What is cut off leaves its colours behind, and would double them with
	// each dialog over another.
	head, tail = withoutLast(head), withoutFirst(tail)
	var b strings.Builder
	b.WriteString(head)
	b.WriteString(theme.Reset)
	b.WriteString(strings.Repeat(" ", max(0, x-m.env.Width(head))))
	b.WriteString(piece)
	b.WriteString(strings.Repeat(" ", max(0, m.width-x-width-m.env.Width(tail))))
	b.WriteString(tail)
	return b.String()
}

// withoutLast drops the colours after a line's last cell.
func withoutLast(line string) string {
	for {
		at := strings.LastIndex(line, "\x1b[")
		if at < 0 || colours(line[at:]) != len(line)-at {
			return line
		}
		line = line[:at]
	}
}

// withoutFirst drops the colours before a line's first cell that end before it.
func withoutFirst(line string) string {
	return line[max(0, strings.LastIndex(line[:colours(line)], theme.Reset)):]
}

// colours is the length of the colour sequences that a text begins with.
func colours(text string) int {
	n := 0
	for strings.HasPrefix(text[n:], "\x1b[") {
		end := strings.TrimLeft(text[n+2:], "0123456789;:")
		if !strings.HasPrefix(end, "m") {
			break
		}
		n = len(text) - len(end) + 1
	}
	return n
}
