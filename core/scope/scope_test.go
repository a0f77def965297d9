package scope_test

import (
	"testing"

	"pgregory.net/rapid"

	"muster/core/mapping"
	"muster/core/scope"
)

func cells(said map[string]string) func(string) mapping.Cell {
	return func(name string) mapping.Cell {
		if text, ok := said[name]; ok {
			return mapping.Cell{Text: text}
		}
		return mapping.Cell{Presence: mapping.Null}
	}
}

func TestJudge(t *testing.T) {
	anna := cells(map[string]string{"mail": "Anna@Staff.Example.org", "department": "Science", "enabled": "true"})
	for _, tt := range []struct {
		rule string
		in   bool
	}{
		{"department is science|arts", true},
		{"!department is science", false},
		{"department contains cie", true},
		{"department starts sci", true},
		{"department ends sci", false},
		{"mail domain example.org", true},
		{"mail domain @staff.example.org", true},
		{"mail domain ample.org", false},
		{"mail|otherMail given", true},
		{"title given", false},
		{"!title given", true},
		{"title|department is science", true},
	} {
		r, err := scope.Parse(tt.rule)
		if err != nil {
			t.Fatalf("%q: %v", tt.rule, err)
		}
		s := scope.Scope{Rules: []scope.Rule{r}}
		v := s.Judge(&mapping.Record{Anchor: "a1"}, anna, nil)
		if v.In != tt.in {
			t.Errorf("%q: in is %t", tt.rule, v.In)
		}
		if !v.In && (v.Left != mapping.OutOfScope || v.Rule != "not: "+tt.rule) {
			t.Errorf("%q: kept out for %q by %q", tt.rule, v.Left, v.Rule)
		}
	}
}

func TestWhyBegunWithTheDirectory(t *testing.T) {
	s := scope.Scope{
		Rules:    []scope.Rule{{Name: "enabled", Attributes: []string{"enabled"}, Test: scope.Is, Values: []string{"true"}, Left: mapping.Disabled}},
		Excluded: []string{"BREAKGLASS@example.org", "a9"},
	}
	names := []string{"mail"}
	for _, tt := range []struct {
		rec  mapping.Record
		said map[string]string
		left mapping.Left
	}{
		{mapping.Record{Anchor: "a1"}, map[string]string{"enabled": "true"}, ""},
		{mapping.Record{Anchor: "a1"}, map[string]string{"enabled": "false"}, mapping.Disabled},
		{mapping.Record{Anchor: "a1"}, nil, mapping.Disabled},
		{mapping.Record{Anchor: "a9"}, map[string]string{"enabled": "true"}, mapping.OutOfScope},
		{mapping.Record{Anchor: "a2"}, map[string]string{"enabled": "true", "mail": "breakglass@example.org"}, mapping.OutOfScope},
		{mapping.Record{Anchor: "a9", Gone: true, Left: mapping.Deleted}, nil, mapping.Deleted},
	} {
		if v := s.Judge(&tt.rec, cells(tt.said), names); v.Left != tt.left || v.In != (tt.left == "") {
			t.Errorf("%+v: %+v, want %q", tt, v, tt.left)
		}
	}
}

func TestRulesAreReadAsTheyAreWritten(t *testing.T) {
	word := rapid.StringMatching(`[a-zA-Z0-9@._]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		r := scope.Rule{
			Attributes: rapid.SliceOfNDistinct(word, 1, 3, rapid.ID).Draw(t, "attributes"),
			Test:       rapid.SampledFrom(scope.Tests()).Draw(t, "test"),
			Not:        rapid.Bool().Draw(t, "not"),
		}
		if r.Test != scope.Given {
			r.Values = rapid.SliceOfNDistinct(word, 1, 3, rapid.ID).Draw(t, "values")
		}
		again, err := scope.Parse(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q became %q: %v", r.String(), again.String(), err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a is b", "!a|b given", "a", "", "! ", "a domain @x|y", "a given x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := scope.Parse(text)
		if err != nil {
			return
		}
		if again, err := scope.Parse(r.String()); err != nil || again.String() != r.String() {
			t.Errorf("%q became %q, then %q: %v", text, r.String(), again.String(), err)
		}
	})
}
