package core

import (
	"context"
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
)

// SyncStanding is how the syncs of a list do, at one moment: what a screen or a
// command shows.
type SyncStanding struct {
	List       roster.List
	Kind       DirectoryKind
	Connection Connection // its ID is empty when it is not kept any more
	State      SyncState
	Read       bool // something has been read
	Runs       []Run
	Due        Due
	Scheduled  bool
	Now        *Syncing             // nil when nothing runs
	Waiting    *changeset.Changeset // of a sync, nil when nothing waits
}

// SyncStanding reads it, with the last so many runs.
func (e *Engine) SyncStanding(ctx context.Context, list roster.ListID, runs int) (s SyncStanding, err error) {
	if s.List, err = e.listOf(ctx, Intake{List: list}); err != nil {
		return s, err
	}
	var ok bool
	if s.Kind, ok = e.directoryKind(s.List.Connection.Kind); !ok {
		return s, errNoDirectory(&s.List)
	}
	all, err := e.Connections(ctx)
	if err != nil {
		return s, err
	}
	if i := slices.IndexFunc(all, func(c Connection) bool { return c.ID == s.List.Connection.ID }); i >= 0 {
		s.Connection = all[i]
	}
	if s.State, s.Read, err = e.SyncState(ctx, list); err != nil {
		return s, err
	}
	if s.Runs, err = e.Runs(ctx, list, runs); err != nil {
		return s, err
	}
	if s.Due, s.Scheduled, err = e.DueOf(ctx, &s.List); err != nil {
		return s, err
	}
	s.Now = e.Syncing(list)
	open, err := e.Overview(ctx, list, len(s.Runs)+1)
	for i := range open {
		if open[i].Open() && open[i].Origin == changeset.Sync {
			s.Waiting = &open[i]
			break
		}
	}
	return s, err
}

// Last is the last run that is over and was no dry run, nil before the first.
func (s *SyncStanding) Last() *Run {
	for i := range s.Runs {
		if r := &s.Runs[i]; r.Outcome != DryRun && r.Outcome != Running && r.Outcome != Planned {
			return r
		}
	}
	return nil
}

// SyncWord is how a list's syncs do, in a word.
type SyncWord string

// The words, the first that fits.
const (
	SyncRunning   SyncWord = "running"
	SyncHeld      SyncWord = "held"
	SyncWaits     SyncWord = "waits for review"
	SyncFailing   SyncWord = "failing"
	SyncUntrusted SyncWord = "not trusted"
	SyncNotRead   SyncWord = "not read yet"
	SyncUpToDate  SyncWord = "up to date"
)

// Word says how it does, why, and what to do, if anything; both are sentences
// without the full stop.
func (s *SyncStanding) Word() (word SyncWord, why, do string) {
	last := s.Last()
	switch {
	case s.Now != nil:
		return SyncRunning, "It is being read, begun by " + s.Now.By, ""
	case s.Waiting != nil && len(s.Waiting.Held) > 0:
		return SyncHeld, sentence(s.Waiting.Held[0].String()), "Look at the changeset, then apply or reject it"
	case s.Waiting != nil:
		return SyncWaits, "A changeset waits for somebody", "Look at the changeset, then apply or reject it"
	case s.Connection.ID == "":
		return SyncFailing, "How the directory is reached is not kept any more", "Connect the list anew"
	case last != nil && (last.Outcome == Failed || last.Outcome == Stopped && !s.Read):
		return SyncFailing, last.Problem, "Try again; if it fails again, test the connection"
	case last != nil && last.Outcome == Distrusted:
		return SyncUntrusted, sentence(last.Held[0].String()), "Read everybody again; if it stays so, look at the directory"
	case !s.Read:
		return SyncNotRead, "Nobody has been read yet", "Look who would come with a dry run, then run it"
	}
	return SyncUpToDate, "What the directory said last is in the list", ""
}

// sentence begins with a capital.
func sentence(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}
