package main

import (
	"context"
	"strings"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
)

// directoryJSON is how a list that is read from a directory does.
type directoryJSON struct {
	List       string            `json:"list"`
	Source     string            `json:"source"`
	State      core.SyncWord     `json:"state"`
	Why        string            `json:"why"`
	Do         string            `json:"do,omitempty"`
	Connection string            `json:"connection"`
	Settings   map[string]string `json:"settings"`
	Sealed     []string          `json:"sealed"` // the settings that are kept sealed
	SharedWith []string          `json:"shared_with"`
	UID        string            `json:"uid"`
	Scope      scopeJSON         `json:"scope"`
	scheduleJSON
	Now      *nowJSON      `json:"now"` // null when nothing runs
	Last     *runJSON      `json:"last"`
	Mappings []mappingJSON `json:"mappings"`
}

// nowJSON is how far a sync that runs has come.
type nowJSON struct {
	By       string `json:"by"`
	Since    string `json:"since"`
	DryRun   bool   `json:"dry_run"`
	Doing    string `json:"doing"`
	Done     int64  `json:"done"` // people, if it reads
	Total    int64  `json:"total"`
	Requests int    `json:"requests"`
}

func nowAsJSON(s *core.Syncing) *nowJSON {
	if s == nil {
		return nil
	}
	step, _ := s.Progress.Step()
	return &nowJSON{s.By, stamp(s.Since), s.Dry, step.Doing, step.Done, step.Total, step.Requests}
}

// describeNow says how far a sync that runs has come.
func describeNow(s *core.Syncing) string {
	n := nowAsJSON(s)
	text := n.Doing
	if n.Done > 0 || n.Total > 0 {
		text += ": " + kit.Count(int(n.Done))
		if n.Total > 0 {
			text += " of " + kit.Count(int(n.Total))
		}
	}
	return text + ", begun by " + n.By
}

func (v *env) showDirectory(ctx context.Context, e *core.Engine, l *roster.List, jsonOut bool) error {
	const runs = 50
	s, err := e.SyncStanding(ctx, l.ID, runs)
	if err != nil {
		return err
	}
	if jsonOut {
		j, err := v.directoryAsJSON(ctx, e, &s)
		if err != nil {
			return err
		}
		return v.json(j)
	}
	word, why, do := s.Word()
	uid, _ := s.List.Schema.UID()
	tell(v.out, "%s: %s, %s", s.List.Name, s.Kind.Title(), word)
	tell(v.out, "  %s.", why)
	if do != "" {
		tell(v.out, "  %s.", do)
	}
	all := s.Kind.Options()
	for _, o := range all {
		if text := s.Connection.Plain[o.Key]; text != "" && o.Asked(all, s.Connection.Plain) {
			for _, choice := range o.Choices {
				if choice.Key == text {
					text = choice.Label
				}
			}
			tell(v.out, "  %-12s %s", o.Label, text)
		}
	}
	if n := len(s.Connection.Lists); n > 1 {
		tell(v.out, "  Connection   %s, of %s", s.Connection.ID, strings.Join(s.Connection.Lists, ", "))
	}
	tell(v.out, "  UID          %s", uid.Label)
	if s.Now != nil {
		tell(v.out, "  Now          %s", describeNow(s.Now))
	}
	if r := s.Last(); r != nil {
		tell(v.out, "  Last         %s: %s", stamp(r.Last), describeRun(r))
	}
	if err := v.describeScope(ctx, e, &s.List, false); err != nil {
		return err
	}
	return v.describeSchedule(ctx, e, &s.List, false)
}

// describeRun says what came of a run in a line.
func describeRun(r *core.Run) string {
	text := string(r.Outcome)
	n := r.Counts
	for _, part := range []struct {
		n    int
		what string
	}{{n.Creates, "created"}, {n.Updates, "updated"}, {n.Deactivates, "deactivated"}, {n.Reactivates, "reactivated"}, {n.Unchanged, "unchanged"}} {
		if part.n > 0 {
			text += ", " + kit.Count(part.n) + " " + part.what
		}
	}
	if r.Problem != "" {
		text += ": " + r.Problem
	}
	return text
}

func (v *env) directoryAsJSON(ctx context.Context, e *core.Engine, s *core.SyncStanding) (j directoryJSON, err error) {
	l := &s.List
	uid, _ := l.Schema.UID()
	j = directoryJSON{
		List: l.Slug, Source: l.Connection.Kind, Connection: l.Connection.ID, Settings: s.Connection.Plain,
		Sealed: some(s.Connection.Secrets), SharedWith: []string{}, UID: uid.Key, Mappings: mappingsAsJSON(l),
	}
	j.State, j.Why, j.Do = s.Word()
	if j.Settings == nil {
		j.Settings = make(map[string]string)
	}
	for _, slug := range s.Connection.Lists {
		if slug != l.Slug {
			j.SharedWith = append(j.SharedWith, slug)
		}
	}
	if j.Scope, err = v.scopeOf(ctx, e, l); err != nil {
		return j, err
	}
	j.Now = nowAsJSON(s.Now)
	if r := s.Last(); r != nil {
		last := runAsJSON(countsOf(r), r)
		j.Last = &last
	}
	j.scheduleJSON, err = scheduleOf(ctx, e, l)
	return j, err
}

func (v *env) disconnectDirectory(ctx context.Context, e *core.Engine, l *roster.List, yes, jsonOut bool) error {
	k, _ := directoryKind(l.Connection.Kind)
	if err := v.sure(ctx, yes, "Disconnect "+l.Name+" from "+k.Title()+"? Its credentials are forgotten if no other list needs them; everybody stays."); err != nil {
		return err
	}
	if err := e.Disconnect(ctx, v.actor, l.ID); err != nil {
		return err
	}
	v.say("Disconnected %s: %s stay, every field can be edited.", l.Slug, kit.Many(l.Standing.Active+l.Standing.Inactive, "person", "people"))
	if !jsonOut {
		return nil
	}
	return v.showSource(ctx, l.Slug, true)
}
