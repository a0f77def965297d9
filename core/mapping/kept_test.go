package mapping_test

import (
	"testing"

	"pgregory.net/rapid"

	"muster/core/mapping"
)

// A kept record tells what the source said, what it said to be nothing, and
// leaves out what it said nothing of.
func TestKeptTellsWhatWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "cells")
		attributes := make([]string, n)
		rec := mapping.Record{Gone: rapid.Bool().Draw(t, "gone"), Cells: make([]mapping.Cell, n)}
		if rec.Gone {
			rec.Left = rapid.SampledFrom([]mapping.Left{"", mapping.Deleted, mapping.Disabled}).Draw(t, "left")
		}
		var want []mapping.Said
		for i := range attributes {
			attributes[i] = rapid.String().Draw(t, "attribute")
			c := &rec.Cells[i]
			c.Presence = rapid.SampledFrom([]mapping.Presence{mapping.Given, mapping.Null, mapping.Absent}).Draw(t, "presence")
			if c.Presence == mapping.Given {
				c.Text = rapid.String().Draw(t, "text")
			}
			if c.Presence != mapping.Absent {
				want = append(want, mapping.Said{Attribute: attributes[i], Cell: *c})
			}
		}
		got, err := mapping.DecodeKept(string(mapping.AppendKept(nil, attributes, &rec)))
		if err != nil {
			t.Fatal(err)
		}
		if got.Gone != rec.Gone || got.Left != rec.Left || len(got.Said) != len(want) {
			t.Fatalf("kept %+v of %+v", got, rec)
		}
		for i := range want {
			if got.Said[i] != want[i] {
				t.Errorf("kept %+v, want %+v", got.Said[i], want[i])
			}
		}
	})
}

func FuzzDecodeKept(f *testing.F) {
	f.Add("")
	f.Add(string(mapping.AppendKept(nil, []string{"mail"}, &mapping.Record{Cells: []mapping.Cell{{Text: "kim@example.org"}}})))
	f.Fuzz(func(t *testing.T, stored string) {
		k, err := mapping.DecodeKept(stored)
		if err != nil {
			return
		}
		var attributes []string
		rec := mapping.Record{Gone: k.Gone, Left: k.Left}
		for _, s := range k.Said {
			if s.Cell.Presence == mapping.Absent {
				return // never written
			}
			attributes = append(attributes, s.Attribute)
			rec.Cells = append(rec.Cells, s.Cell)
		}
		if again, err := mapping.DecodeKept(string(mapping.AppendKept(nil, attributes, &rec))); err != nil || len(again.Said) != len(k.Said) {
			t.Errorf("decoded %+v, then %+v, %v", k, again, err)
		}
	})
}
