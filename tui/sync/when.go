package sync

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/roster"
	"muster/core/schedule"
	"muster/tui/kit"
)

// scheduleTyped is a schedule that somebody typed, and saved what became of a
// change of the list.
type scheduleTyped struct{ schedule schedule.Schedule }

type saved struct {
	what string
	err  error
}

// askSchedule asks when the list is synced by itself.
func (s *directory) askSchedule() kit.Action {
	now := s.list.Schedule
	zone := now.Zone
	if zone == "" && !now.Set() && !now.Paused {
		zone = localZone(s.env.Now())
	}
	plain := now
	plain.Zone = ""
	var freezes []string
	for _, f := range now.Freezes {
		freezes = append(freezes, f.String())
	}
	fields := []kit.FormField{
		{Label: "When", Value: plain.String(), Help: "every 30m, every 2h on mon-fri, at 06:30, 18:00, or never", Check: func(text string) error {
			_, err := schedule.Parse(text)
			return err
		}},
		{Label: "Time zone", Value: zone, Help: "as Europe/Berlin; empty for UTC", Check: func(text string) error { return schedule.CheckZone(text) }},
		{Label: "Not on", Value: strings.Join(freezes, "; "), Help: "school holidays, as 2026-12-21..2027-01-03=Winter; more after a ;", Check: func(text string) error {
			_, err := parseFreezes(text)
			return err
		}},
		{Label: "Paused", Value: map[bool]string{true: "yes", false: "no"}[now.Paused], Options: []string{"no", "yes"}, Help: "keeps it, and runs nothing"},
	}
	return kit.Open{Dialog: kit.NewForm(s.env, "When "+s.list.Name+" is synced by itself", fields, func(v []string) tea.Msg {
		next, err := schedule.Parse(v[0])
		if err == nil && next.Zone == "" {
			next.Zone = strings.TrimSpace(v[1])
		}
		next.Freezes, _ = parseFreezes(v[2])
		next.Paused = v[3] == "yes"
		if err != nil || next.Every == 0 && len(next.At) == 0 {
			next.Zone = ""
		}
		return scheduleTyped{next}
	})}
}

// localZone is the time zone of this machine, if it has a name.
func localZone(now time.Time) string {
	if name := now.Location().String(); name != "Local" && schedule.CheckZone(name) == nil {
		return name
	}
	return ""
}

func parseFreezes(text string) ([]schedule.Freeze, error) {
	var all []schedule.Freeze
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		f, err := schedule.ParseFreeze(part)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b schedule.Freeze) int { return strings.Compare(a.From, b.From) })
	return all, nil
}

func (s *directory) setSchedule(m scheduleTyped) kit.Action {
	return save(s.engine, s.actor, s.list.ID, "The schedule is set", func(l *roster.List) { l.Schedule = m.schedule })
}

// save stores a change of a list's settings; the answer is a saved.
func save(e *core.Engine, actor core.Actor, list roster.ListID, what string, change func(*roster.List)) kit.Action {
	return kit.Run{Cmd: func() tea.Msg {
		return saved{what, e.ChangeList(context.Background(), actor, list, func(l *roster.List) error {
			change(l)
			return nil
		})}
	}}
}

func (s *directory) saved(m saved) kit.Action {
	if m.err != nil {
		return kit.Fail{Err: m.err}
	}
	return kit.All{s.read(), kit.Say{Text: m.what, Kind: kit.Done}}
}

// tested is what trying a connection found.
type tested struct {
	found core.DirectoryTest
	err   error
}

// test signs in, and shows what can be seen.
func (s *directory) test() kit.Action {
	e, l, k, show := s.engine, s.list, s.standing.Kind, s.signIn.put
	ctx, end := s.signIn.begin()
	s.testing = true
	return kit.All{s.tickSoon(), kit.Say{Text: "Signing in…", Kind: kit.Note}, kit.Run{Cmd: func() tea.Msg {
		defer end()
		d, err := e.Dial(ctx, &l, show)
		if err != nil {
			return tested{err: err}
		}
		return try(ctx, d, attributesOf(&l, k))
	}}}
}

// try tries an open directory, and closes it.
func try(ctx context.Context, d core.Directory, attributes []string) tested {
	found, err := d.Test(ctx, attributes)
	return tested{found, errors.Join(err, d.Close())}
}

// attributesOf are the attributes that are mapped, or may be.
func attributesOf(l *roster.List, k core.DirectoryKind) []string {
	mappings := l.Mappings
	if len(mappings) == 0 {
		if _, proposed, err := k.Propose(l, k.UIDs()[0].Key); err == nil {
			mappings = proposed
		}
	}
	var names []string
	for _, m := range mappings {
		if m.On {
			names = append(names, m.Attributes()...)
		}
	}
	return names
}

func (s *directory) tested(m tested) kit.Action {
	s.testing = false
	if m.err != nil {
		return kit.All{s.signIn.close(), kit.Fail{Err: m.err}}
	}
	return kit.All{s.signIn.close(), kit.Open{Dialog: kit.NewMessage(s.env, "The connection works", tellTest(&m.found))}}
}

// tellTest says what a connection can see.
func tellTest(t *core.DirectoryTest) string {
	text := "Signed in"
	if t.Name != "" {
		text += " to " + t.Name
	}
	count := func(n int, one, many string) string {
		if n < 0 {
			return many + " that it may not count"
		}
		return kit.Many(n, one, many)
	}
	text += ": " + count(t.Users, "user", "users") + ", " + count(t.Groups, "group", "groups") + "."
	for _, part := range []struct {
		what  string
		names []string
	}{{"Granted", t.Granted}, {"Missing", t.Missing}, {"Cannot be read", t.Unreadable}} {
		if len(part.names) > 0 {
			text += "\n" + part.what + ": " + strings.Join(part.names, ", ") + "."
		}
	}
	for _, advice := range t.Advice {
		text += "\n\n" + strings.TrimRight(advice, ".") + "."
	}
	return text
}
