// Package mapping says how what a source tells of a person becomes values of
// fields: an attribute, passed through transforms, feeds a field.
//
// A Record is what a source said about one person; its cells stand in the
// order of the source's attributes, so a road of a million records looks names
// up once, not once a record.
package mapping

import (
	"slices"
	"strings"

	"muster/core/fault"
)

// Transform is a step from an attribute's value to a field's.
type Transform string

const (
	Copy      Transform = "copy"
	Trim      Transform = "trim"
	Lowercase Transform = "lowercase"
	Uppercase Transform = "uppercase"
)

// Transforms are all transforms, in the order a person is offered them.
func Transforms() []Transform { return []Transform{Copy, Trim, Lowercase, Uppercase} }

// Apply returns the value after the step.
func (t Transform) Apply(value string) string {
	switch t {
	case Trim:
		return strings.TrimSpace(value)
	case Lowercase:
		return strings.ToLower(value)
	case Uppercase:
		return strings.ToUpper(value)
	}
	return value
}

// ParseTransform returns the transform of that name; the error is a fault that
// names the ones there are.
func ParseTransform(name string) (Transform, error) {
	if t := Transform(strings.ToLower(name)); slices.Contains(Transforms(), t) {
		return t, nil
	}
	return "", fault.New(fault.Invalid, "%q is not a transform; choose copy, trim, lowercase or uppercase", name)
}

// Mapping feeds one attribute, through transforms in order, to one field. A
// mapping that is off is kept for the day it is turned on again.
type Mapping struct {
	Attribute  string      `json:"attribute"`
	Transforms []Transform `json:"transforms,omitempty"`
	Field      string      `json:"field"` // the field's key
	On         bool        `json:"on"`
}

// Apply passes a value through the mapping's transforms.
func (m Mapping) Apply(value string) string {
	for _, t := range m.Transforms {
		value = t.Apply(value)
	}
	return value
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

// Record is what a source said about one person.
type Record struct {
	// Line is the record's number in the source, from 1, for messages. A CSV
	// file's header has none.
	Line int
	// Anchor is the source's immutable identifier of the person; CSV has none.
	Anchor string
	// Gone says that the source holds the person inactive or removed.
	Gone bool
	// Cells stand in the order of the source's attributes.
	Cells []Cell
	// Problem is why the source could not read the record whole, as a
	// sentence; empty when it could.
	Problem string
}
