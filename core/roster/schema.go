package roster

import (
	"slices"
	"strings"
	"unicode"

	"muster/core/fault"
)

// Schema is a list's fields in the order they are shown. At most one is the
// UID; a list takes no people until one is.
type Schema struct {
	Fields []Field `json:"fields"`
	// Next is the FieldID that the next added field gets; it only grows.
	Next FieldID `json:"next"`
	// Removed are fields that were taken away, so that what is told of earlier
	// times can name them.
	Removed []Field `json:"removed,omitempty"`
}

// Add appends a field, giving it its ID, and its label where it has none. It
// refuses a bad or taken key, an unknown type, options that repeat, and a
// second UID.
func (s *Schema) Add(f Field) error {
	if f.Label == "" {
		f.Label = LabelFor(f.Key)
	}
	if f.Type == "" {
		f.Type = Text
	}
	switch _, taken := s.ByKey(f.Key); {
	case f.Key == "" || f.Key != KeyFor(f.Key):
		return fault.New(fault.Invalid, "%q is not a field key; use lower-case letters, digits and _", f.Key)
	case taken:
		return fault.New(fault.Invalid, "There is a field %s already", f.Key)
	case len(s.Fields) >= MaxFields, s.Next > maxFieldID:
		return fault.New(fault.Invalid, "A list has room for 1,000 fields")
	}
	if err := f.valid(); err != nil {
		return err
	}
	if uid, has := s.UID(); f.UID && has {
		return fault.New(fault.Invalid, "%s is the UID already, and a list has exactly one", uid.Label)
	}
	s.Next = max(s.Next, 1)
	f.ID = s.Next
	s.Next++
	s.Fields = append(s.Fields, f)
	return nil
}

// MaxFields is how many fields a list has room for.
const MaxFields = 1000

// valid refuses a label, a type or options that no field can have.
func (f Field) valid() error {
	switch {
	case !slices.Contains(Types(), f.Type):
		return fault.New(fault.Invalid, "%q is not a field type; choose %s", f.Type, typesInWords())
	case strings.TrimSpace(f.Label) == "":
		return fault.New(fault.Invalid, "The field %s needs a label", f.Key)
	case len(f.Label) > 200:
		return fault.New(fault.Invalid, "The label of %s is too long; at most 200 bytes fit", f.Key)
	case !clean(f.Label):
		return fault.New(fault.Invalid, "The label of %s holds control characters", f.Key)
	case len(f.Group) > 200, !clean(f.Group):
		return fault.New(fault.Invalid, "The group of %s is too long or holds control characters", f.Key)
	case f.UID && f.Type == Tags:
		return fault.New(fault.Invalid, "%s holds tags, which cannot name a person", f.Label)
	}
	return f.checkOptions()
}

// typesInWords lists the types for a sentence.
func typesInWords() string {
	var words []string
	for _, t := range Types() {
		words = append(words, string(t))
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// UID returns the field that names a person, if there is one yet.
func (s Schema) UID() (Field, bool) {
	for _, f := range s.Fields {
		if f.UID {
			return f, true
		}
	}
	return Field{}, false
}

// ByKey returns the field with the key.
func (s Schema) ByKey(key string) (Field, bool) {
	for _, f := range s.Fields {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// ByID returns the field with the ID.
func (s Schema) ByID(id FieldID) (Field, bool) {
	for _, f := range s.Fields {
		if f.ID == id {
			return f, true
		}
	}
	return Field{}, false
}

// Named returns the field with the ID, even if it was taken away since: it is for
// telling of what was.
func (s Schema) Named(id FieldID) (Field, bool) {
	if f, ok := s.ByID(id); ok {
		return f, true
	}
	for _, f := range s.Removed {
		if f.ID == id {
			return f, true
		}
	}
	return Field{}, false
}

// Find returns the field a person means by a word: its key, its label in any
// case, or the only one whose key or label starts with it.
func (s Schema) Find(word string) (Field, bool) {
	if f, ok := s.ByKey(word); ok {
		return f, true
	}
	var starts []Field
	for _, f := range s.Fields {
		if strings.EqualFold(f.Label, word) {
			return f, true
		}
		if hasPrefixFold(f.Key, word) || hasPrefixFold(f.Label, word) {
			starts = append(starts, f)
		}
	}
	if word != "" && len(starts) == 1 {
		return starts[0], true
	}
	return Field{}, false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// KeyFor makes a field key from a column header: lower case, with every run of
// other characters turned into one underscore.
func KeyFor(header string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(header) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			b.WriteRune(r)
			gap = false
		} else {
			gap = true
		}
	}
	return b.String()
}

// LabelFor makes a label from a key: "first_name" becomes "First name".
func LabelFor(key string) string {
	words := []rune(strings.ReplaceAll(key, "_", " "))
	if len(words) > 0 {
		words[0] = unicode.ToUpper(words[0])
	}
	return string(words)
}
