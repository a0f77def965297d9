package roster

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// someValues draws a person's values as a map, and in any order of making.
func someValues(t *rapid.T, label string) map[FieldID]string {
	return rapid.MapOfN(
		rapid.Custom(func(t *rapid.T) FieldID { return FieldID(rapid.IntRange(1, int(maxFieldID)).Draw(t, "field")) }),
		rapid.OneOf(rapid.StringN(1, 20, -1), rapid.Just(strings.Repeat("long", 100))), 0, 8,
	).Draw(t, label)
}

func valuesOf(t *rapid.T, m map[FieldID]string) (v Values) {
	for _, f := range rapid.Permutation(slices.Sorted(maps.Keys(m))).Draw(t, "order") {
		v = v.With(f, m[f])
	}
	return v
}

func TestValuesAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := someValues(t, "values")
		v := valuesOf(t, m)
		if got := maps.Collect(v.All()); !maps.Equal(got, m) || !v.Valid() {
			t.Fatalf("%q holds %v, wanted %v", v, got, m)
		}
		if v != valuesOf(t, m) {
			t.Fatal("the order of making shows")
		}
		f := FieldID(rapid.IntRange(1, int(maxFieldID)).Draw(t, "field"))
		text := rapid.StringN(0, 10, -1).Draw(t, "text")
		with := v.With(f, text)
		if with.Get(f) != text || !with.Valid() {
			t.Fatalf("%q with %d=%q is %q", v, f, text, with)
		}
		for other, old := range m {
			if other != f && with.Get(other) != old {
				t.Fatalf("setting %d changed %d", f, other)
			}
		}
		if back := with.With(f, v.Get(f)); back != v {
			t.Fatalf("%q, there and back, is %q", v, back)
		}
	})
}

func TestSlabKeepsWhatItWasGiven(t *testing.T) {
	var s Slab
	var kept []Values
	buf := make([]byte, 0, 300)
	for i := range 20_000 {
		buf = AppendValue(buf[:0], 1, strings.Repeat("x", 1+i%200))
		kept = append(kept, s.Keep(buf))
	}
	for i, v := range kept {
		if len(v.Get(1)) != 1+i%200 {
			t.Fatalf("the %d-th is %q", i, v)
		}
	}
	if got := s.Text(make([]byte, 2*slabSize)); len(got) != 2*slabSize {
		t.Errorf("a great one has %d bytes", len(got))
	}
}

func FuzzValuesValid(f *testing.F) {
	for _, seed := range []string{"", "\x01\x01a", "\x01\x01a\x02\x01b", "\x02\x01a\x01\x01b", "\x01\x00", "\x01\x81\x00a", "\xff\xff\xff\xff\xff\xff", "\x80\x01\x01a", "\x01\xff\x01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		v := Values(stored)
		if !v.Valid() {
			return
		}
		var again Values
		last := FieldID(0)
		for id, text := range v.All() {
			if id <= last || text == "" || v.Get(id) != text {
				t.Fatalf("%q yields %d=%q after %d", stored, id, text, last)
			}
			last = id
			again = again.With(id, text)
		}
		if again != v {
			t.Fatalf("%q is %q when made anew", stored, again)
		}
	})
}
