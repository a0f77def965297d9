package mapping

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/tui/kit"
)

// fresh is how long what everybody has is good enough, whoever is pushed
// meanwhile: a provider that pushes all the time is not gone through all the
// time. How old the counts are is said until they are counted again.
const fresh = 30 * time.Second

// overdue has everybody be gone through again.
type overdue struct{}

// surveyed is what was found of the attributes.
type surveyed struct {
	run    int
	survey core.AttributeSurvey
	err    error
}

// survey counts who has which attribute, and finds those that only records show.
func (s *Screen) survey() kit.Action {
	ctx, run := s.surveying.Begin()
	surveyor := s.sources
	return kit.Run{Cmd: func() tea.Msg {
		found, err := surveyor.Attributes(ctx, nil)
		return surveyed{run, found, err}
	}}
}

// counted takes what was found of the attributes.
func (s *Screen) counted(msg surveyed) kit.Action {
	if !s.surveying.Is(msg.run) || msg.err != nil || s.model == nil {
		return nil // they are only more to see
	}
	s.counts, s.of = make(map[string]int, len(msg.survey.Attributes)), msg.survey.People
	var fresh []string
	for _, a := range msg.survey.Attributes {
		if !a.Unread {
			s.counts[a.Name] = a.People
		}
		if _, known := s.model.at[a.Name]; !known {
			fresh = append(fresh, a.Name)
		}
	}
	if len(fresh) == 0 {
		s.lines.counts = s.counts
		return nil
	}
	s.model.know(append(slices.Clip(s.model.attributes), s.known...), fresh)
	s.seen = 0 // the few are to be asked of the new ones, too
	s.hand, s.asked = nil, s.names()
	s.people.Hand(nil, s.asked)
	return kit.All{s.relist(lineID{}), s.load()}
}

// behind reports whether people have changed since everybody was gone through.
func (s *Screen) behind() bool {
	return s.list.Connected() && s.through != s.list.Standing.Version
}

// recount has everybody be gone through at once, or where people have changed
// meanwhile once that is due.
func (s *Screen) recount(now bool) kit.Action {
	since := s.env.Now().Sub(s.looked)
	switch {
	case !s.list.Connected() || !now && !s.behind():
		return nil
	case !now && since < fresh:
		if s.due {
			return nil
		}
		s.due = true
		return kit.Later{After: fresh - since, Msg: overdue{}}
	}
	s.looked, s.through = s.env.Now(), s.list.Standing.Version
	s.sources = s.engine.Surveyor(s.list.ID)
	s.people.Ask(s.sources)
	return s.survey()
}

// age says how old the counts are where people have changed since.
func (s *Screen) age() string {
	if !s.behind() {
		return ""
	}
	if since := s.env.Now().Sub(s.looked); since >= time.Second {
		return "counted " + kit.Span(since.Truncate(time.Second)) + " ago"
	}
	return "counted just now"
}
