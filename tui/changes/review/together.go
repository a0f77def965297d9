package review

import (
	"slices"
	"strings"

	"muster/core/mapping"
	"muster/core/roster"
)

// Fields that are one thing in parts, a person's name or an address, can be
// decided together. Which they are follows from the list's schema: a field is a
// part of a name or of an address when every word of its label, or of its key,
// or the attribute that feeds it, is one that such parts are called by. Home
// and work addresses are two things.

// belongs is what a field is a part of: "name", "address", "address home", or
// nothing.
func belongs(l *roster.List, f roster.Field) string {
	if f.UID {
		return ""
	}
	for _, text := range []string{f.Label, f.Key} {
		if whole := partOf(words(text)); whole != "" {
			return whole
		}
	}
	for _, mappings := range [][]mapping.Mapping{l.Mappings, l.Imports} {
		for _, m := range mappings {
			if m.On && m.Field == f.Key {
				return partOf(words(m.Attribute))
			}
		}
	}
	return ""
}

// partOf is what something that is called by these words is a part of.
func partOf(words []string) string {
	named, placed, kind := len(words) > 0, len(words) > 0, ""
	telling := false // a word that says which part it is
	for _, w := range words {
		if slices.Contains(kindsOfAddress(), w) {
			kind = " " + w
			continue
		}
		named = named && slices.Contains(nameWords(), w)
		placed = placed && slices.Contains(addressWords(), w)
		telling = telling || w != "line" && w != "number" && w != "1" && w != "2" && w != "3"
	}
	switch {
	case !telling:
	case named && kind == "":
		return "name"
	case placed:
		return "address" + kind
	}
	return ""
}

// words are the words of a label, a key or an attribute, in lower case:
// "givenName" is two.
func words(text string) []string {
	var b strings.Builder
	small := false
	for _, r := range text {
		switch lower := strings.ToLower(string(r)); {
		case lower != string(r):
			if small {
				b.WriteByte(' ')
			}
			b.WriteString(lower)
			small = false
		case strings.ContainsRune(" _-.[]()\"'/,:", r):
			b.WriteByte(' ')
			small = false
		default:
			b.WriteRune(r)
			small = true
		}
	}
	return slices.DeleteFunc(strings.Fields(b.String()), func(w string) bool {
		return w == "addresses" || w == "type" || w == "eq" || w == "value"
	})
}

func nameWords() []string {
	return []string{"name", "names", "first", "given", "fore", "forename", "middle", "last", "family", "sur", "surname", "display", "full",
		"preferred", "legal", "maiden", "known", "as", "nick", "nickname", "initials", "prefix", "suffix", "honorific", "formatted"}
}

func addressWords() []string {
	return []string{"address", "street", "road", "house", "flat", "number", "line", "1", "2", "3", "city", "town", "locality", "post", "postal", "code",
		"postcode", "zip", "state", "region", "county", "province", "country"}
}

func kindsOfAddress() []string {
	return []string{"home", "work", "office", "term", "private", "mailing", "billing"}
}

// belonging are the parts of an item that belong together with a field, that
// one first.
func (s *Set) belonging(n int, f roster.FieldID) []ref {
	refs := []ref{{n, f}}
	field, _ := s.List.Schema.ByID(f)
	whole := belongs(&s.List, field)
	if whole == "" {
		return refs
	}
	for _, other := range s.Items[n].Parts() {
		if o, ok := s.List.Schema.ByID(other); ok && other != f && belongs(&s.List, o) == whole {
			refs = append(refs, ref{n, other})
		}
	}
	return refs
}
