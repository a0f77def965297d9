package mapping_test

import (
	"muster/core/mapping"
)

// same names a field by its key.
func same(field string) string { return field }

// of returns what a transform makes of a value.
func of(t interface{ Errorf(string, ...any) }, step mapping.Transform, value string, with ...mapping.Said) mapping.Outcome {
	attributes, cells := []string{"in"}, []mapping.Cell{{Text: value}}
	for _, said := range with {
		attributes, cells = append(attributes, said.Attribute), append(cells, said.Cell)
	}
	feeds, err := mapping.Compile([]mapping.Mapping{{Attribute: "in", Transforms: []mapping.Transform{step}, Field: "out", On: true}}, attributes, same)
	if err != nil {
		t.Errorf("%s: %v", step, err)
		return mapping.Outcome{}
	}
	return feeds[0].Of(cells)
}
