package kit

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"muster/tui/theme"
)

// pick is one line of a picker.
type pick struct {
	lead    string // before the label: a key
	label   string
	detail  string // after the label, quieter
	group   string // heading over it while nothing is filtered
	refused string // why it cannot be chosen; empty when it can
}

// A picker is a filter line over a list of picks: what Choice, the palette and
// the help have in common.
type picker struct {
	env     *Env
	picks   []pick
	found   []int // indexes of picks that match the filter
	at      int   // of found
	input   *Input
	lead    int // width of the leads
	label   int // width of the labels
	top     int // first line in view
	lines   []int
	inputAt int
}

func newPicker(env *Env, picks []pick, at int) *picker {
	p := &picker{env: env, picks: picks, input: NewInput(env, "")}
	for _, pick := range picks {
		p.lead = max(p.lead, env.Width(Clean(pick.lead)))
		p.label = max(p.label, env.Width(Clean(pick.label)))
	}
	p.filter()
	p.at = max(0, min(at, len(picks)-1))
	return p
}

// current returns the index of the pick that the cursor is on.
func (p *picker) current() (int, bool) {
	if p.at >= len(p.found) {
		return 0, false
	}
	return p.found[p.at], true
}

func (p *picker) filter() {
	p.found, p.at, p.top = p.found[:0], 0, 0
	terms := strings.Fields(fold(p.input.Value()))
	const kinds = 4
	var byKind [kinds][]int
	for i, pick := range p.picks {
		if kind, ok := rate(fold(pick.label), fold(pick.label+" "+pick.detail+" "+pick.group), terms); ok {
			byKind[kind] = append(byKind[kind], i)
		}
	}
	for _, found := range byKind {
		p.found = append(p.found, found...)
	}
}

// rate tells how well all terms are found: 0 where words of the label begin,
// 1 inside the label, 2 elsewhere, 3 as letters with gaps.
func rate(label, all string, terms []string) (kind int, ok bool) {
	for _, term := range terms {
		k := 3
		switch i := strings.Index(label, term); {
		case i == 0 || strings.Contains(label, " "+term):
			k = 0
		case i > 0:
			k = 1
		case strings.Contains(all, term):
			k = 2
		case !scattered(label, term):
			return 0, false
		}
		kind = max(kind, k)
	}
	return kind, true
}

// scattered reports whether term's letters are in s in this order.
func scattered(s, term string) bool {
	for _, r := range term {
		i := strings.IndexRune(s, r)
		if i < 0 {
			return false
		}
		s = s[i+len(string(r)):]
	}
	return true
}

func fold(s string) string { return strings.Map(unicode.ToLower, s) }

// do moves the cursor, and reports whether the ID was a move.
func (p *picker) do(id string, page int) bool {
	switch id {
	case "pick.up":
		p.at--
	case "pick.down":
		p.at++
	case "pick.page up":
		p.at -= page
	case "pick.page down":
		p.at += page
	default:
		return false
	}
	p.at = max(0, min(p.at, len(p.found)-1))
	return true
}

func pickBindings(enter string) []Binding {
	return []Binding{
		{ID: "pick.choose", Keys: []string{"enter"}, Label: enter, Help: "Take what the cursor is on", Rank: 1},
		{ID: "pick.up", Keys: []string{"up", "ctrl+p"}, Label: "up", Help: "Go up"},
		{ID: "pick.down", Keys: []string{"down", "ctrl+n"}, Label: "down", Help: "Go down"},
		{ID: "pick.page up", Keys: []string{"pgup"}, Label: "page up", Help: "Go up a page"},
		{ID: "pick.page down", Keys: []string{"pgdown"}, Label: "page down", Help: "Go down a page"},
		{ID: "pick.cancel", Keys: []string{"esc"}, Label: "back", Help: "Close without choosing", Rank: 2},
	}
}

// update takes keys, paste and mouse, and reports whether a line was clicked.
func (p *picker) update(msg tea.Msg) (chosen bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		if p.input.Update(msg) {
			p.filter()
		}
	case Wheel:
		p.at = max(0, min(p.at+msg.Lines, len(p.found)-1))
	case tea.MouseClickMsg:
		if i := msg.Y - 2; msg.Button == tea.MouseLeft && i >= 0 && i < len(p.lines) && p.lines[i] >= 0 {
			p.at = p.lines[i]
			return true
		}
	}
	return false
}

// view draws the filter line, a blank one and as many picks as fit.
func (p *picker) view(width, height int) string {
	prompt := "/ "
	if p.env.Plain() {
		prompt = "Filter: "
	}
	p.inputAt = len(prompt)
	lines := []string{
		p.env.Line(width).Add(theme.Dim, prompt).Painted(p.input.View(width - len(prompt))).String(),
		strings.Repeat(" ", width),
	}
	body := p.body()
	room := max(1, height-len(lines))
	for i, item := range body {
		if item == p.at && len(p.found) > 0 {
			p.top = max(p.top, i-room+1)
			p.top = min(p.top, max(0, i-1)) // with its heading
		}
	}
	p.top = max(0, min(p.top, len(body)-room))
	p.lines = body[p.top:min(len(body), p.top+room)]
	for i, item := range p.lines {
		if item >= 0 {
			lines = append(lines, p.line(item, width))
		} else {
			lines = append(lines, p.env.Line(width).Add(theme.Header, p.heading(p.top+i, body)).String())
		}
	}
	if len(p.found) == 0 {
		lines = append(lines, p.env.Line(width).Gap(2).Add(theme.Dim, "Nothing matches").String())
	}
	return strings.Join(lines, "\n")
}

// body returns which of found stands on each line; -1 is a heading.
func (p *picker) body() []int {
	var body []int
	group := ""
	for i, f := range p.found {
		if g := p.picks[f].group; g != group && p.input.Value() == "" {
			group = g
			body = append(body, -1)
		}
		body = append(body, i)
	}
	return body
}

// heading returns the group that a heading line stands over.
func (p *picker) heading(line int, body []int) string {
	return p.picks[p.found[body[line+1]]].group
}

func (p *picker) line(item, width int) string {
	pick := p.picks[p.found[item]]
	line := p.env.Line(width)
	here := item == p.at
	add := func(r theme.Role, text string, cells int) {
		text = p.env.Fit(text, min(cells, line.Left()))
		if here {
			line.Painted(p.env.Theme.PaintSelected(r, text))
		} else {
			line.Painted(p.env.Theme.Paint(r, text))
		}
	}
	if here {
		add(theme.Cursor, p.env.Theme.Signs().Cursor, 1)
		add(theme.Text, "", 1)
	} else {
		add(theme.Text, "  ", 2)
	}
	label, lead, detail := theme.Text, theme.Key, theme.Dim
	text := pick.detail
	if pick.refused != "" {
		label, lead, text = theme.Dim, theme.Dim, "("+pick.refused+")"
	}
	if p.lead > 0 {
		add(lead, pick.lead, p.lead)
		add(theme.Text, "", 2)
	}
	if text == "" {
		add(label, pick.label, line.Left())
		return line.String()
	}
	add(label, pick.label, min(p.label, max(12, line.Left()/2)))
	add(theme.Text, "", 2)
	add(detail, text, line.Left())
	return line.String()
}

func (p *picker) cursor() (x, y int, ok bool) { return p.inputAt + p.input.Column(), 0, true }
