package log

import (
	"strconv"
	"strings"
	"time"

	"muster/core"
	"muster/tui/kit"
	"muster/tui/theme"
)

// details draws all there is to know of an entry.
func (s *Screen) details(e *core.LogEntry, width, height int) []string {
	p := &pane{env: s.env, width: width}
	word, role := did(e)
	head := s.env.Line(width)
	head.Add(theme.Strong, s.env.Cut(titleOf(e), width-s.env.Width(word)-2)).Right(s.env.Theme.Paint(role, word))
	p.lines = append(p.lines, head.String(), s.env.Line(width).Add(theme.Dim, e.At.In(s.env.Now().Location()).Format("2006-01-02 15:04:05")).String())
	p.blank()
	if e.Refused() {
		p.fact("Refused", e.Detail, theme.Removed)
		p.blank()
	}
	for _, m := range e.Fields {
		f, ok := s.list.Schema.Named(m.Field)
		if !ok {
			continue
		}
		text := moved(s.env, f, m)
		if e.Kind == "create" {
			text = m.New
		}
		p.fact(f.Label, text, theme.Text)
	}
	for _, m := range e.Settings {
		p.fact(kit.Clean(m.What), kit.Clean(settingMoved(s.env, m)), theme.Text)
	}
	if len(e.Fields)+len(e.Settings) > 0 {
		p.blank()
	}
	if e.UID != "" {
		p.fact("UID", e.UID, theme.Text)
	}
	p.fact("By", e.Actor, theme.Text)
	p.fact("Origin", strings.TrimSuffix(string(e.Origin)+", "+e.Note, ", "), theme.Text)
	p.fact("Changeset", changesetText(e), theme.Text)
	p.fact("Request", strings.TrimSpace(e.Method+" "+e.Path), theme.Text)
	p.fact("Status", strings.TrimSpace(statusText(e)+" "+e.Type), theme.Text)
	p.fact("Took", millis(e.Duration), theme.Text)
	p.fact("Request id", e.RequestID, theme.Text)
	p.fact("Token", e.Token, theme.Text)
	p.fact("From", e.Remote, theme.Text)
	p.fact("Agent", e.Agent, theme.Text)
	s.top = max(0, min(s.top, len(p.lines)-height))
	lines := p.lines[s.top:min(len(p.lines), s.top+height)]
	for len(lines) < height {
		lines = append(lines, strings.Repeat(" ", width))
	}
	return lines
}

// titleOf is whom an entry is about, or else the request.
func titleOf(e *core.LogEntry) string {
	if who := about(e); who != "" {
		return who
	}
	return strings.TrimSpace(e.Method + " " + e.Path)
}

// A pane is the lines of the details.
type pane struct {
	env   *kit.Env
	width int
	lines []string
}

func (p *pane) blank() { p.lines = append(p.lines, strings.Repeat(" ", p.width)) }

// fact adds a labelled text, over as many lines as it needs; none if it is not
// known.
func (p *pane) fact(label, text string, r theme.Role) {
	const least = 12
	if text == "" {
		return
	}
	cells := max(least, min(p.width/3, p.env.Width(kit.Clean(label))+2))
	for i, part := range p.env.Wrap(text, p.width-cells) {
		l := p.env.Line(p.width)
		if i == 0 {
			l.Fit(theme.Dim, label, cells-1).Gap(1)
		} else {
			l.Gap(cells)
		}
		p.lines = append(p.lines, l.Add(r, part).String())
	}
}

func changesetText(e *core.LogEntry) string {
	if e.Changeset == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(e.Changeset), 10)
}

func statusText(e *core.LogEntry) string {
	if e.Status == 0 {
		return ""
	}
	return strconv.Itoa(e.Status)
}

// millis is how long a request took; nothing if that is not known.
func millis(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Millisecond:
		return strconv.FormatFloat(d.Seconds()*1000, 'f', 1, 64) + " ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return kit.Span(d)
}
