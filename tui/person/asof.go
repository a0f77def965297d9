package person

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/tui/kit"
)

// AskMoment asks as of when something is to be shown. Its answer is what then
// makes of what was typed, which is for Engine.Moment to read.
func AskMoment(env *kit.Env, what string, then func(text string) tea.Msg) kit.Action {
	return kit.Open{Dialog: kit.NewPrompt(env, "Show "+what+" as it was", kit.FormField{
		Label: "When", Help: "2026-01-31 (its end), 2026-01-31 15:04, or a changeset's number",
	}, func(value string) tea.Msg { return then(strings.TrimSpace(value)) })}
}

// momentTyped is the moment that was typed, and momentFound what it means.
type (
	momentTyped string
	momentFound struct {
		moment core.Moment
		err    error
	}
)

func (s *Screen) findMoment(text string) kit.Action {
	engine, list, zone := s.engine, s.list, s.env.Now().Location()
	return kit.Run{Cmd: func() tea.Msg {
		m, err := engine.Moment(context.Background(), list, text, zone)
		return momentFound{m, err}
	}}
}

func (s *Screen) showMoment(f momentFound) kit.Action {
	if f.err != nil {
		return kit.Fail{Err: f.err}
	}
	return kit.Push{Screen: NewAsOf(s.env, s.engine, s.actor, s.facts.list, s.id, f.moment.Version)}
}
