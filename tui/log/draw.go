package log

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// clock is a time of the last day, or the day before that.
func clock(env *kit.Env, at time.Time) string {
	now := env.Now()
	at = at.In(now.Location())
	if now.Sub(at) < 24*time.Hour {
		return at.Format("15:04")
	}
	return at.Format("01-02")
}

// did says in a word what happened, and how that is painted.
func did(e *core.LogEntry) (string, theme.Role) {
	switch e.Kind {
	case "create":
		return "created", theme.Added
	case "update":
		return "updated", theme.Text
	case "deactivate":
		return "deactivated", theme.Removed
	case "reactivate":
		return "reactivated", theme.Added
	case "delete":
		return "deleted", theme.Removed
	case "refused":
		return "refused", theme.Removed
	case "withdraw":
		return "taken back", theme.Removed
	case "revive":
		return "put back", theme.Added
	}
	return e.Kind, theme.Text
}

// by is who did it: the provider, where one seems to be behind the token.
func by(e *core.LogEntry) string { return cmp.Or(e.Provider, e.Actor) }

// about is whom, or what, an entry is about.
func about(e *core.LogEntry) string { return cmp.Or(e.Name, e.UID) }

// what says what changed, or why not.
func what(env *kit.Env, list *roster.List, e *core.LogEntry) string {
	switch {
	case e.Refused():
		return strconv.Itoa(e.Status) + " " + e.Detail
	case len(e.Settings) > 0 && e.Note == "":
		return settings(env, e)
	case e.Kind == "settings":
		return e.Note
	case e.Aside() != "":
		return e.Aside()
	}
	var parts []string
	if e.Left != "" {
		parts = append(parts, string(e.Left))
	}
	for _, m := range e.Fields {
		f, ok := list.Schema.Named(m.Field)
		switch {
		case !ok:
		case e.Kind == "create":
			parts = append(parts, m.New)
		default:
			parts = append(parts, f.Label+" "+moved(env, f, m))
		}
	}
	return strings.Join(parts, ", ")
}

// settings says what changed of the list itself.
func settings(env *kit.Env, e *core.LogEntry) string {
	var parts []string
	for _, m := range e.Settings {
		parts = append(parts, m.What+" "+settingMoved(env, m))
	}
	return strings.Join(parts, ", ")
}

// settingMoved says how a setting moved; of what is in a set, that it came or left.
func settingMoved(env *kit.Env, m changeset.Setting) string {
	switch {
	case m.Old == "":
		return "+ " + m.New
	case m.New == "":
		return "- " + m.Old
	}
	return m.Old + arrow(env) + m.New
}

// moved says how a value moved: from what to what, or which tags came and went.
func moved(env *kit.Env, f roster.Field, m core.Moved) string {
	if f.Type == roster.Tags {
		if text := kit.TagsMoved(env, m.Old, m.New); text != "" {
			return text
		}
	}
	return orNone(env, m.Old) + arrow(env) + orNone(env, m.New)
}

// orNone stands in for an empty value.
func orNone(env *kit.Env, value string) string {
	switch {
	case value != "":
		return value
	case env.Plain():
		return "nothing"
	}
	return "—"
}

func arrow(env *kit.Env) string {
	if env.Plain() {
		return " to "
	}
	return " → "
}
