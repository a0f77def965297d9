package kit

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/tui/theme"
)

const (
	progressDelay = 500 * time.Millisecond // shorter waits show nothing
	progressStep  = 100 * time.Millisecond
	plainStep     = 3 * time.Second // a screen reader says each change
)

// Work is how far something long has come.
type Work struct {
	What  string // what is being done now: "Checking rows"
	Done  int64
	Total int64  // 0 if it is not known
	Unit  string // what is counted: "people", "rows"
}

// Progress is a dialog over something that takes time: how far, how fast, how
// long still, and how to stop it. It asks for its numbers; it is not sent
// them. The screen that does the work closes it with Close.
type Progress struct {
	env     *Env
	title   string
	look    func() Work
	stop    func()
	since   time.Time
	now     Work
	begun   time.Time // when what is being done now began
	stopped bool
}

type progressTick struct{}

// NewProgress makes a Progress. It calls look, which must be quick and safe
// while the work goes on, ten times a second, and stop, usually the cancel
// function of the work's context, at most once. It has no answer: what the
// work returned, stopped or not, comes from its own command.
func NewProgress(env *Env, title string, look func() Work, stop func()) *Progress {
	return &Progress{env: env, title: title, look: look, stop: stop, since: env.Now(), begun: env.Now(), now: look()}
}

// Title implements Dialog.
func (p *Progress) Title() string { return p.title }

// Typing implements Dialog.
func (p *Progress) Typing() bool { return false }

// Bindings implements Dialog.
func (p *Progress) Bindings() []Binding {
	stop := Binding{ID: "progress.stop", Keys: []string{"esc", "ctrl+c"}, Label: "stop", Help: "Stop", Rank: 1}
	if p.stopped {
		stop.Disabled = "It is stopping"
	}
	return []Binding{stop}
}

// Do implements Dialog.
func (p *Progress) Do(string) Action {
	p.stopped = true
	p.stop()
	return nil
}

// Update implements Dialog.
func (p *Progress) Update(msg tea.Msg) Action {
	switch msg := msg.(type) {
	case Shown:
		if msg.First {
			return Later{p.step(), progressTick{}}
		}
	case progressTick:
		was := p.now.What
		if p.now = p.look(); p.now.What != was {
			p.begun = p.env.Now()
		}
		return Later{p.step(), progressTick{}}
	}
	return nil
}

func (p *Progress) step() time.Duration {
	if p.env.Plain() {
		return plainStep
	}
	return progressStep
}

// View implements Dialog. It stays hidden for the first half second.
func (p *Progress) View(width, _ int) string {
	spent := p.env.Now().Sub(p.since)
	if spent < progressDelay && !p.stopped {
		return ""
	}
	width = min(width, 60)
	what := p.now.What
	if p.stopped {
		what = "Stopping"
	}
	lines := []string{
		p.env.Line(width).Add(theme.Text, what).String(),
		p.env.Line(width).Add(theme.Dim, p.now.Numbers(p.env.Now().Sub(p.begun))).String(),
	}
	if p.now.Total > 0 && !p.env.Plain() {
		share := float64(p.now.Done) / float64(p.now.Total)
		lines = append(lines, p.env.Theme.Paint(theme.Accent, Bar(p.env, share, width)))
	}
	lines = append(lines, "", DrawHints(p.env, Hints(p.env, p.Bindings(), Binding{}, Binding{}, width), width))
	return strings.Join(lines, "\n")
}

// Numbers writes how far work has come after a time: "2,391 of 11,900 people,
// 1,180 a second, 8 s left"; of what is not counted, only the time: "for 3 s".
func (w Work) Numbers(spent time.Duration) string {
	if w.Done == 0 && w.Total == 0 {
		return "for " + Span(spent)
	}
	parts := Count(w.Done)
	if w.Total > 0 {
		parts += " of " + Count(w.Total)
	}
	if w.Unit != "" {
		parts += " " + w.Unit
	}
	rate := float64(w.Done) / max(0.001, spent.Seconds())
	if rate >= 1 {
		parts += ", " + Count(int64(rate)) + " a second"
	}
	if left := w.Total - w.Done; left > 0 && w.Done > 0 && spent > time.Second {
		parts += ", " + Span(time.Duration(float64(left)/rate*float64(time.Second))) + " left"
	}
	return parts
}
