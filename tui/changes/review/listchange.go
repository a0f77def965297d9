package review

import (
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
)

// aboutFields reports whether a changeset changes the list's fields, and leaves
// its mappings alone.
func aboutFields(s *changeset.SettingsChange) bool {
	return s != nil && slices.EqualFunc(s.Before.Mappings, s.After.Mappings, mapping.Mapping.Equal) &&
		!slices.EqualFunc(s.Before.Schema.Fields, s.After.Schema.Fields, roster.Field.Equal)
}

// listWords says how a changeset changes the list itself, as a sentence; empty
// when it is told otherwise.
func listWords(s *changeset.SettingsChange) string {
	const most = 6 // parts that are told
	parts := fieldWords(&s.Before.Schema, &s.After.Schema)
	if n := movedMappings(s.Before.Mappings, s.After.Mappings); n > 0 {
		parts = append(parts, kit.Many(n, "mapping changes", "mappings change"))
	}
	parts = append(parts, settingWords(s)...)
	if len(parts) > most {
		parts = append(parts[:most-1], "and more")
	}
	if len(parts) == 0 {
		return ""
	}
	return "The list: " + strings.Join(parts, "; ") + "."
}

// settingWords says how the list's settings differ.
func settingWords(s *changeset.SettingsChange) (parts []string) {
	for _, m := range s.Moves(func(roster.PersonID) string { return "somebody" }) {
		switch {
		case m.Part == "fields" || m.Part == "mappings" || m.Part == "source":
		case m.Part == "protected people":
			was, is := len(s.Before.Protected), len(s.After.Protected)
			if text := kit.Many(is, "person is", "people are") + " protected in place of " + kit.Count(was); !slices.Contains(parts, text) {
				parts = append(parts, text)
			}
		case m.Old == "":
			parts = append(parts, m.What+" + "+m.New)
		case m.New == "":
			parts = append(parts, m.What+" - "+m.Old)
		default:
			parts = append(parts, m.What+" from "+m.Old+" to "+m.New)
		}
	}
	return parts
}

// fieldWords says how the fields differ.
func fieldWords(before, after *roster.Schema) []string {
	var parts []string
	if was, had := before.UID(); had {
		if is, has := after.UID(); has && was.ID != is.ID {
			parts = append(parts, is.Label+" becomes the UID in place of "+was.Label)
		}
	}
	for _, f := range after.Fields {
		was, had := before.ByID(f.ID)
		if !had {
			parts = append(parts, f.Label+" is new, "+string(f.Type))
			continue
		}
		if words := oneField(was, f); len(words) > 0 {
			parts = append(parts, was.Label+" "+strings.Join(words, ", "))
		}
	}
	for _, f := range before.Fields {
		if _, stays := after.ByID(f.ID); !stays {
			parts = append(parts, f.Label+" is deleted")
		}
	}
	if len(parts) == 0 && !slices.EqualFunc(before.Fields, after.Fields, func(a, b roster.Field) bool { return a.ID == b.ID }) {
		parts = append(parts, "the fields come in another order")
	}
	return parts
}

// oneField says how a field that stays differs; which is the UID is told apart.
func oneField(was, is roster.Field) []string {
	var words []string
	if was.Label != is.Label {
		words = append(words, "is called "+is.Label)
	}
	if was.Type != is.Type {
		words = append(words, "holds "+string(is.Type)+" in place of "+string(was.Type))
	}
	for _, flag := range []struct {
		was, is  bool
		yes, not string
	}{
		{was.Required, is.Required, "is required", "is not required any more"},
		{was.Unique, is.Unique, "is unique", "is not unique any more"},
		{was.Hidden, is.Hidden, "is hidden", "is shown again"},
	} {
		switch {
		case flag.is && !flag.was:
			words = append(words, flag.yes)
		case flag.was && !flag.is:
			words = append(words, flag.not)
		}
	}
	if was.Type == is.Type && !slices.Equal(was.Options, is.Options) {
		words = append(words, "has other options")
	}
	if was.Group != is.Group {
		words = append(words, "is decided with others")
	}
	return words
}

// movedMappings counts the mappings that one list has and the other has not.
func movedMappings(before, after []mapping.Mapping) int {
	n := 0
	for _, pair := range [][2][]mapping.Mapping{{before, after}, {after, before}} {
		for _, m := range pair[0] {
			if !slices.ContainsFunc(pair[1], func(o mapping.Mapping) bool { return m.Equal(o) }) {
				n++
			}
		}
	}
	return (n + 1) / 2
}
