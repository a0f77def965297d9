package notices

import (
	"strings"

	"muster/core/roster"
)

// label names an event in a word or two.
func label(e roster.Event) string {
	switch e {
	case roster.ChangesetHeld:
		return "Changeset held"
	case roster.SyncFailed:
		return "Sync failed"
	case roster.TokenExpires:
		return "Token expires"
	case roster.PushesStopped:
		return "Pushes stopped"
	case roster.TestNotice:
		return "Test"
	}
	return string(e)
}

// about says when an event is.
func about(e roster.Event) string {
	switch e {
	case roster.ChangesetHeld:
		return "the guard holds a changeset until somebody has looked at it"
	case roster.SyncFailed:
		return "a sync of the list's source failed"
	case roster.TokenExpires:
		return "a token expires within two weeks, or three days"
	case roster.PushesStopped:
		return "the list's provider cannot push any more"
	}
	return ""
}

// eventWords names the events that an outlet is told of.
func eventWords(events []roster.Event) string {
	if len(events) == len(roster.Events()) {
		return "everything"
	}
	words := make([]string, len(events))
	for i, e := range events {
		words[i] = strings.ToLower(label(e))
	}
	return strings.Join(words, ", ")
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
