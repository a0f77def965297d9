package roster

import (
	"slices"
	"strings"

	"muster/core/mapping"
)

// GroupOf returns the word that names the fields which are decided together
// with one in a review, itself among them; empty if it is decided alone. It is
// the field's own Group; where none is set, the parts of a person's name are
// one group, and so are those of an address, by what they are called: every
// word of the label, or of the key, or the attribute that feeds it, is one that
// such parts are called by. Home and work addresses are two things. The UID is
// always decided alone.
func (l *List) GroupOf(f Field) string {
	switch {
	case f.UID || f.Group == NoGroup:
		return ""
	case f.Group != "":
		return f.Group
	}
	return l.DefaultGroup(f)
}

// DefaultGroup is what GroupOf returns where no group is set.
func (l *List) DefaultGroup(f Field) string {
	if f.UID {
		return ""
	}
	for _, text := range []string{f.Label, f.Key} {
		if whole := partOf(partWords(text)); whole != "" {
			return whole
		}
	}
	for _, mappings := range [][]mapping.Mapping{l.Mappings, l.Imports} {
		for _, m := range mappings {
			if m.On && m.Field == f.Key {
				return partOf(partWords(m.Attribute))
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

// partWords are the words of a label, a key or an attribute, in lower case:
// "givenName" is two.
func partWords(text string) []string {
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
