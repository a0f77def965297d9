package sync

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
	"muster/tui/theme"
)

// A page is lines under headings, some of which the cursor stops at. The
// cursor belongs to what a line is about, so it stays there when lines come
// and go.
type page struct {
	env   *kit.Env
	lines []line
	at    target // what the cursor is on
	top   int    // first line in the last View
	high  int    // lines in the last View
	drawn int    // line of the cursor in the last View
}

// A target is what a line is about: nothing, or the what-th of a kind.
type target struct {
	kind kind
	what string
}

type kind uint8

const (
	nothing kind = iota
	connectKind
	choice
	baseURL
	reach
	mappings
	held
	newToken
	token
	problem
	guide
	trouble
	logDoor
	entry
	groupsOf
	rulesOf
	scheduled
	runOf
	addGroup
	addRule
	excludedOf
	addExcluded
	protectedOf
	addProtected
	reasonOf
)

// A line is one line of a page. The mark before it is the page's.
type line struct {
	of   target
	draw func(l *kit.Line, here bool)
}

// set replaces the lines. If what the cursor was on is gone, it goes to what
// stands in its place.
func (p *page) set(lines []line) {
	before := p.index()
	p.lines = lines
	if p.index() >= 0 {
		return
	}
	p.at = target{}
	p.settle(max(0, before))
}

// settle puts the cursor on the first line from there on that it stops at, or
// else on the last before.
func (p *page) settle(from int) {
	for _, l := range p.lines[min(from, len(p.lines)):] {
		if l.of.kind != nothing {
			p.at = l.of
			return
		}
	}
	for i := min(from, len(p.lines)) - 1; i >= 0; i-- {
		if p.lines[i].of.kind != nothing {
			p.at = p.lines[i].of
			return
		}
	}
}

// index is the first line of what the cursor is on, or -1.
func (p *page) index() int {
	for i, l := range p.lines {
		if l.of == p.at && l.of.kind != nothing {
			return i
		}
	}
	return -1
}

// step moves the cursor by so many stops.
func (p *page) step(by int) {
	i := p.index()
	for by != 0 && i >= 0 {
		d := 1
		if by < 0 {
			d = -1
		}
		next := i + d
		for next >= 0 && next < len(p.lines) && (p.lines[next].of.kind == nothing || p.lines[next].of == p.at) {
			next += d
		}
		if next < 0 || next >= len(p.lines) {
			break
		}
		i, p.at = next, p.lines[next].of
		by -= d
	}
	if by < 0 {
		p.top = 0 // what stands above the first stop is seen, too
	}
}

// last reports whether the cursor stops nowhere below.
func (p *page) last() bool {
	for _, l := range slices.Backward(p.lines) {
		if l.of.kind != nothing {
			return l.of == p.at
		}
	}
	return true
}

// stops is how many stops a screen is.
func (p *page) stops() int { return max(1, p.high/2) }

func moves() []kit.Binding {
	move := func(id, help string, keys ...string) kit.Binding {
		return kit.Binding{ID: "page." + id, Keys: keys, Label: id, Help: help, Group: "Move"}
	}
	return []kit.Binding{
		move("up", "Go up", "up", "k"),
		move("down", "Go down", "down", "j"),
		move("page up", "Go up a screen", "pgup", "ctrl+u"),
		move("page down", "Go down a screen", "pgdown", "ctrl+d"),
		move("first", "Go to the top", "home", "g"),
		move("last", "Go to the end", "end", "G"),
	}
}

// do runs one of the page's own bindings, and reports whether it was one.
func (p *page) do(id string) bool {
	switch id {
	case "page.up":
		p.step(-1)
	case "page.down":
		p.step(1)
	case "page.page up":
		p.step(-p.stops())
	case "page.page down":
		p.step(p.stops())
	case "page.first":
		p.step(-len(p.lines))
	case "page.last":
		p.step(len(p.lines))
	default:
		return false
	}
	return true
}

// update takes the mouse, and reports whether what the cursor is on was clicked
// again.
func (p *page) update(msg tea.Msg) (chosen bool) {
	switch msg := msg.(type) {
	case kit.Wheel:
		p.top += msg.Lines
	case tea.MouseClickMsg:
		i := p.top + msg.Y
		if msg.Button != tea.MouseLeft || i < 0 || i >= len(p.lines) || p.lines[i].of.kind == nothing {
			return false
		}
		chosen = p.lines[i].of == p.at
		p.at = p.lines[i].of
	}
	return chosen
}

// view draws as many lines as there is room for, those of the cursor among
// them.
func (p *page) view(width, height int) []string {
	p.high = height
	first := max(0, p.index())
	last := first
	for last+1 < len(p.lines) && p.lines[last+1].of == p.at && p.at.kind != nothing {
		last++
	}
	if p.last() {
		last = len(p.lines) - 1 // what stands below is seen, too, if there is room
	}
	p.top = min(max(p.top, last-height+1), first, max(0, len(p.lines)-height))
	for head := first - 1; head >= 0 && head >= first-1 && p.top == first; head-- {
		p.top = head // with its heading
	}
	p.top = max(0, p.top)
	p.drawn = first - p.top
	out := make([]string, 0, height)
	for _, l := range p.lines[p.top:min(len(p.lines), p.top+height)] {
		out = append(out, p.drawLine(l, width))
	}
	for len(out) < height {
		out = append(out, strings.Repeat(" ", width))
	}
	return out
}

func (p *page) drawLine(l line, width int) string {
	drawn := p.env.Line(width)
	here := l.of.kind != nothing && l.of == p.at
	if here {
		drawn.Add(theme.Accent, p.env.Theme.Signs().Cursor).Gap(1)
	} else {
		drawn.Gap(2)
	}
	if l.draw != nil {
		l.draw(drawn, here)
	}
	return drawn.String()
}
