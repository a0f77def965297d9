package changeset

import (
	"testing"

	"muster/core/roster"
)

func filterSchema(t testing.TB) roster.Schema {
	t.Helper()
	var s roster.Schema
	for i, label := range []string{"Number", "First name", "Department", "Kind"} {
		if err := s.Add(roster.Field{Key: roster.KeyFor(label), Label: label, UID: i == 0}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestFilterIsAboutOnePart(t *testing.T) {
	schema := filterSchema(t)
	now := roster.Values("").With(1, "E1").With(2, "Anna").With(3, "Science")
	it := Item{Kind: Deactivate, To: roster.Inactive, Changes: []Change{
		{Field: 2, Base: "Anna", Proposed: "ANNA", Decision: Accept},
		{Field: 3, Base: "Science", Proposed: "", Decision: Typed, Typed: "Fine Arts"},
	}}
	for _, tt := range []struct {
		filter string
		item   bool
		parts  []bool // the person, first name, department
	}{
		{"", true, []bool{true, true, true}},
		{"kind:deac", true, []bool{true, true, true}},
		{"!kind:deac", false, nil},
		{"kind:up", false, nil},
		{"anna", true, []bool{true, true, true}},
		{`"fine arts"`, true, []bool{true, true, true}},
		{"bob", false, nil},
		{"status:inactive", true, []bool{true, true, true}},
		{"status:withdrawn", false, nil},
		{"field:dep", true, []bool{false, false, true}},
		{"!field:dep", true, []bool{true, true, false}},
		{"field:status", true, []bool{true, false, false}},
		{"from:sci", true, []bool{false, false, true}},
		{`to:"fine a"`, true, []bool{false, false, true}},
		{"from:anna field:dep", true, []bool{false, false, false}},
		{"to:", true, []bool{false, false, false}},
		{"decision:undecided", true, []bool{true, false, false}},
		{"decision:decided", true, []bool{false, true, true}},
		{"decision:typed", true, []bool{false, false, true}},
		{"!decision:typed", true, []bool{true, true, false}},
		{"only:case", true, []bool{false, true, false}},
		{"only:real", true, []bool{false, false, true}},
		{"conflict:yes", true, []bool{false, false, true}},
		{"conflict:no", true, []bool{true, true, false}},
	} {
		f, err := ParseFilterStrict(tt.filter, schema)
		if err != nil {
			t.Errorf("%q: %v", tt.filter, err)
			continue
		}
		if got := f.Item(&it, now); got != tt.item {
			t.Errorf("%q: the item is %t", tt.filter, got)
		}
		for i, field := range []roster.FieldID{Status, 2, 3} {
			if tt.item && f.Part(&it, field, field == 3) != tt.parts[i] {
				t.Errorf("%q: part %d is %t", tt.filter, field, !tt.parts[i])
			}
		}
	}
}

func TestFilterRefusesWhatMeansNothing(t *testing.T) {
	schema := filterSchema(t)
	for _, text := range []string{"kind:explode", "decision:maybe", "conflict:perhaps", "only:me", "field:nothing", "nothing:x", `"open`} {
		if _, err := ParseFilterStrict(text, schema); err == nil {
			t.Errorf("%q means something", text)
		}
	}
	if _, err := ParseFilterStrict(`"kind:x"`, schema); err != nil {
		t.Errorf("what is in quotes is text: %v", err)
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, text := range []string{`kind:up field:dep from:"a b" !to:x conflict: decision:u only:c status:all anna`, `"`, "!", "kind:", "field:"} {
		f.Add(text)
	}
	schema := filterSchema(f)
	it := Item{Changes: []Change{{Field: 2, Base: "a", Proposed: "b"}}}
	f.Fuzz(func(t *testing.T, text string) {
		filter := ParseFilter(text, schema)
		filter.Item(&it, "")
		filter.Part(&it, 2, true)
		if strict, err := ParseFilterStrict(text, schema); err == nil && strict.Item(&it, "") != filter.Item(&it, "") {
			t.Errorf("%q means one thing typed and another given", text)
		}
	})
}
