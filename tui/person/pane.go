package person

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// rest is how long a cursor has to stay on somebody before they are read: who
// runs through a list does not want everyone.
const rest = 60 * time.Millisecond

// Pane is the details of whoever a screen's cursor is on: every field with its
// owner, the status, and the history. It reads them by itself and keeps
// showing the last person until the next one is there. Its messages reach it
// through the screen's Update.
type Pane struct {
	env    *kit.Env
	engine *core.Engine
	slug   string
	then   *uint64 // the version as of which people are shown; nil is now

	want   roster.PersonID
	wanted bool
	stop   context.CancelFunc // of the reading under way
	facts  *facts             // nil until somebody is read
	wrong  string             // why there is nobody to show

	top   int
	lines []string // of the last View
	drawn drawn
}

// drawn is what the lines of a pane depend on.
type drawn struct {
	width  int
	minute time.Time
	theme  *theme.Theme
	facts  *facts
	wrong  string
}

// NewPane makes a pane for people of a list.
func NewPane(env *kit.Env, e *core.Engine, list roster.List) *Pane {
	return &Pane{env: env, engine: e, slug: list.Slug, stop: func() {}}
}

// AsOf has the pane show people as they were at a version.
func (p *Pane) AsOf(version uint64) { p.then = &version }

// Show has the pane show a person, or nobody if there is none.
func (p *Pane) Show(id roster.PersonID, ok bool) kit.Action {
	if ok == p.wanted && id == p.want {
		return nil
	}
	wait := rest
	if !p.wanted {
		wait = 0
	}
	p.want, p.wanted = id, ok
	if !ok {
		p.stop()
		p.facts, p.wrong, p.top = nil, "", 0
		return nil
	}
	return p.read(wait)
}

// Reload reads the person again, who has changed.
func (p *Pane) Reload() kit.Action {
	if !p.wanted {
		return nil
	}
	return p.read(0)
}

// Close ends the reading under way.
func (p *Pane) Close() {
	p.stop()
	p.wanted = false
}

func (p *Pane) read(wait time.Duration) kit.Action {
	p.stop()
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	return kit.Run{Cmd: reading(ctx, p.engine, p.slug, p.want, p.then, wait)}
}

// Update looks at a message that the screen got, and reports whether it was
// the pane's.
func (p *Pane) Update(msg tea.Msg) (mine bool) {
	l, mine := msg.(loaded)
	if !mine || !p.wanted || l.of != p.want {
		return mine
	}
	if p.facts == nil || p.facts.person.ID != l.of {
		p.top = 0
	}
	p.facts, p.wrong = &l.facts, ""
	if l.err != nil {
		p.facts, p.wrong = nil, p.env.Explain(l.err)
	}
	return true
}

// Person returns the person that is shown as they were read last.
func (p *Pane) Person() (roster.Person, bool) {
	if p.facts == nil {
		return roster.Person{}, false
	}
	return p.facts.person, true
}

// Scroll moves what is shown by lines.
func (p *Pane) Scroll(by int) { p.top += by }

// View draws the pane into exactly width by height cells.
func (p *Pane) View(width, height int) string {
	now := drawn{width, p.env.Now().Truncate(time.Minute), p.env.Theme, p.facts, p.wrong}
	if now != p.drawn {
		p.drawn, p.lines = now, p.draw(width)
	}
	p.top = max(0, min(p.top, len(p.lines)-height))
	lines := p.lines[p.top:]
	if len(lines) > height {
		lines = slices.Clone(lines[:height])
		more := kit.Many(len(p.lines)-p.top-height+1, "more line", "more lines")
		lines[height-1] = p.env.Line(width).Add(theme.Dim, more+": J").String()
	}
	return kit.Block(lines, width, height)
}

func (p *Pane) draw(width int) []string {
	if p.facts == nil {
		return []string{p.env.Line(width).Add(theme.Dim, p.wrong).String()}
	}
	f := p.facts
	status := Status(p.env, f.person.Status)
	name := p.env.Line(width)
	name.Painted(p.env.Theme.Paint(theme.Strong, p.env.Cut(f.name(), width-p.env.Width(status)-2))).Right(status)
	lines := []string{name.String()}
	for _, text := range []string{f.pinned(p.env, changeset.Status), f.problem} {
		for _, part := range p.env.Wrap(text, width) {
			lines = append(lines, p.env.Line(width).Add(theme.Waiting, part).String())
		}
	}
	lines = append(lines, strings.Repeat(" ", width))
	lines = append(lines, p.fields(width)...)
	lines = append(lines, strings.Repeat(" ", width), p.env.Line(width).Add(theme.Header, "History").String())
	return append(lines, p.past(width)...)
}

// fields draws a line for each field, and more for a value that is long.
func (p *Pane) fields(width int) []string {
	f := p.facts
	label := 0
	fields, hidden := f.fields()
	for _, field := range fields {
		label = max(label, p.env.Width(kit.Clean(field.Label)))
	}
	label = min(label, width/3)
	var lines []string
	for _, field := range fields {
		value := f.person.Values.Get(field.ID)
		role := theme.Text
		if value == "" {
			role = theme.Dim
		}
		owner := f.owner(p.env, field)
		room := max(8, width-label-2)
		parts := p.env.Wrap(orNone(p.env, value), room)
		for i, part := range parts {
			line := p.env.Line(width)
			if i == 0 {
				line.Fit(theme.Dim, field.Label, label)
			} else {
				line.Gap(label)
			}
			line.Gap(2).Add(role, part)
			if i == len(parts)-1 && owner != "" {
				line = p.signed(&lines, line, label, owner, width)
			}
			lines = append(lines, line.String())
		}
	}
	if text := unseen(hidden); text != "" {
		lines = append(lines, p.env.Line(width).Gap(label+2).Add(theme.Dim, text).String())
	}
	return lines
}

// signed puts a field's owner behind its value, or on a line of its own.
func (p *Pane) signed(lines *[]string, line *kit.Line, label int, owner string, width int) *kit.Line {
	if line.Left() < p.env.Width(kit.Clean(owner))+2 {
		*lines = append(*lines, line.String())
		line = p.env.Line(width).Gap(label)
	}
	return line.Gap(2).Add(theme.Dim, owner)
}

// past draws the history: when and who on one line, what on the next.
func (p *Pane) past(width int) []string {
	var lines []string
	for _, e := range history(&p.facts.list, p.facts.events) {
		if e.who != "" {
			lines = append(lines, p.env.Line(width).Add(theme.Dim, kit.Ago(p.env.Now(), e.at)+"  ").Add(theme.Text, e.who).String())
		}
		if !e.moved {
			lines = append(lines, p.env.Line(width).Gap(2).Add(theme.Text, e.what).String())
			continue
		}
		for i, part := range p.env.Wrap(e.text(p.env), width-4) {
			line := p.env.Line(width).Gap(2)
			if rest, ok := strings.CutPrefix(part, e.what+":"); ok && i == 0 {
				line.Add(theme.Dim, e.what+":")
				part = rest
			} else if i > 0 {
				line.Gap(2)
			}
			lines = append(lines, line.Add(theme.Text, part).String())
		}
	}
	return lines
}
