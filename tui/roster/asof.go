package roster

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/kit"
	"muster/tui/person"
	"muster/tui/theme"
)

// The list as it was is another screen of the same kind over an index of its
// own, which nothing changes: it can be filtered, sorted, counted and exported,
// and not edited.

// past is the state that a screen shows instead of the present.
type past struct {
	core.Moment
	asked string // as it was typed
}

// asOfTyped is the moment that was typed, and asOfFound what it means.
type (
	asOfTyped string
	asOfFound struct {
		then past
		err  error
	}
)

// askMoment asks when.
func (s *Screen) askMoment() kit.Action {
	return person.AskMoment(s.env, s.list.Name, func(text string) tea.Msg { return asOfTyped(text) })
}

// findMoment finds what was typed.
func (s *Screen) findMoment(text string) kit.Action {
	id, zone := s.list.ID, s.env.Now().Location()
	return kit.Run{Cmd: func() tea.Msg {
		m, err := s.engine.Moment(s.ctx, id, text, zone)
		return asOfFound{past{m, text}, err}
	}}
}

func (s *Screen) showMoment(f asOfFound) kit.Action {
	if f.err != nil {
		return kit.Fail{Err: f.err}
	}
	screen := New(s.env, s.engine, s.actor, s.list, s.options)
	screen.then = &f.then
	screen.pane.AsOf(f.then.Version)
	return kit.Push{Screen: screen}
}

// readIndex gets the index of the present, or makes that of the past.
func (s *Screen) readIndex(id coreroster.ListID, p *core.Progress) (*index.Index, error) {
	if s.then != nil {
		return s.engine.IndexAt(s.ctx, id, s.then.Version, p)
	}
	return s.engine.Index(s.ctx, id, p)
}

// pastStatus is the Status of a screen of the past.
func (s *Screen) pastStatus() string {
	paint := s.env.Theme.Paint
	state := "before the first changeset"
	if s.then.Version > 0 {
		at := s.then.Last.AppliedAt.In(s.env.Now().Location())
		state = "after changeset " + strconv.FormatUint(uint64(s.then.Last.ID), 10) + " of " + at.Format("2 Jan 2006 15:04")
	}
	return paint(theme.Waiting, "as it was, read only") + "   " + paint(theme.Dim, state)
}

// ofNow reports whether a binding is about the present.
func ofNow(id string) bool {
	switch id {
	case "roster.edit", "roster.set", "roster.deactivate", "roster.reactivate", "roster.add", "roster.import",
		"roster.undo", "roster.redo", "roster.why", "roster.duplicates", "roster.as of":
		return true
	}
	return false
}

const ofThePast = "This is the list as it was; esc returns to now"
