// Package mapping says how what a source tells of a person becomes values of
// fields: an attribute, passed through transforms, feeds a field.
//
// A Transform is a line of text, its name and parameters, and nothing else is
// stored or shown of it. It is parsed strictly when it is written, compiled
// once for a plan (Compile), and then cannot fail: a value that it cannot
// handle is passed on as its help says, and the Outcome tells why. No transform
// makes something of nothing, but for those that look elsewhere for it (join,
// first) and a map that names the empty value.
//
// A Record is what a source said about one person; its cells stand in the
// order of the source's attributes, so a road of a million records looks names
// up once, not once a record.
package mapping

import "slices"

// Mapping feeds one attribute, through transforms in order, to one field. Its
// transforms may name more attributes, to be joined with the first or to step
// in where it is empty. A mapping that is off is kept for the day it is turned
// on again.
type Mapping struct {
	Attribute  string      `json:"attribute"`
	Transforms []Transform `json:"transforms,omitempty"`
	Field      string      `json:"field"` // the field's key
	On         bool        `json:"on"`
	// Fallback says that the mapping feeds its field only where the enabled
	// mappings to that field that stand before it come out empty. Without it, a
	// second enabled mapping to a field is refused.
	Fallback bool `json:"fallback,omitempty"`
	// Vanished is what becomes of the field when the value vanishes at the
	// source. Of several mappings to one field the first decides.
	Vanished Vanished `json:"vanished,omitempty"`
	// Dates is the form in which a file's column writes its dates, if somebody had
	// to tell; it answers for the next file that does not tell itself.
	Dates string `json:"dates,omitempty"`
}

// Vanished is what becomes of a field when the source, which had a value for
// it, has none any more: it says that the attribute is null or empty, or leaves
// it out of a full record, which its reader then gives as Null. What a partial
// record leaves out is Absent: nothing was said of it, and the field is left
// alone whatever the setting.
type Vanished string

const (
	Clear Vanished = ""     // the field is emptied too
	Keep  Vanished = "keep" // the field keeps the last value that the source gave
)

// Attributes are all that the mapping reads, each once: its own first, then
// those that its transforms name. Transforms that do not parse name none.
func (m Mapping) Attributes() []string {
	all := []string{m.Attribute}
	for _, t := range m.Transforms {
		_, err := t.compile(func(name string) (int, error) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
			return 0, nil
		})
		if err != nil {
			continue // said when it is written, and when it is compiled
		}
	}
	return all
}

// Uses reports whether a transform of that name is among the mapping's.
func (m Mapping) Uses(name string) bool {
	return slices.ContainsFunc(m.Transforms, func(t Transform) bool { return t.Name() == name })
}

// Equal reports whether two mappings do the same.
func (m Mapping) Equal(other Mapping) bool {
	return m.Attribute == other.Attribute && m.Field == other.Field && m.On == other.On && m.Fallback == other.Fallback &&
		m.Vanished == other.Vanished && slices.Equal(m.Transforms, other.Transforms)
}

// Presence tells apart the three ways in which a source says nothing.
type Presence uint8

const (
	Given  Presence = iota // there is a value; it may be the empty text
	Null                   // the source says: no value
	Absent                 // the source says nothing of this attribute
)

// Cell is one attribute's value in a Record.
type Cell struct {
	Text     string
	Presence Presence
}

// Left is why somebody has left a source's scope.
type Left string

// The reasons.
const (
	LeftGroup   Left = "left group"   // is in none of the groups any more
	OutOfScope  Left = "out of scope" // a rule keeps them out, or the list is about others now
	Disabled    Left = "disabled"     // the account is
	SoftDeleted Left = "soft-deleted" // and can be restored there
	Deleted     Left = "deleted"      // for good
	NotNamed    Left = "not named"    // by a read of everybody, which says no more
)

// Record is what a source said about one person.
type Record struct {
	// Line is the record's number in the source, from 1, for messages. A CSV
	// file's header has none.
	Line int
	// Anchor is the source's immutable identifier of the person; CSV has none.
	Anchor string
	// Gone says that the source holds the person inactive or removed; Left says
	// why, where the source tells.
	Gone bool
	Left Left
	// Cells stand in the order of the source's attributes.
	Cells []Cell
	// Problem is why the source could not read the record whole, as a
	// sentence; empty when it could.
	Problem string
}
