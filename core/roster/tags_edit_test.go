package roster

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTagsAreAddedAndTakenAway(t *testing.T) {
	for _, c := range []struct {
		value       string
		add, remove []string
		want        string
	}{
		{"", []string{"staff"}, nil, "staff"},
		{"arts, staff", []string{"Law", "b, c"}, []string{"STAFF"}, `arts, "b, c", Law`},
		{"staff", []string{"Staff"}, nil, "staff"},
		{"staff", nil, []string{"staff"}, ""},
	} {
		if got := EditTags(c.value, c.add, c.remove); got != c.want {
			t.Errorf("%q with %q and without %q is %q, want %q", c.value, c.add, c.remove, got, c.want)
		}
	}
}

// What DiffTags tells of two sets makes the one of the other.
func TestWhatDiffersMakesTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.Custom(func(t *rapid.T) string {
			return JoinTags(rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "B", "c d", `e"f`, "g,h", "é"})).Draw(t, "tags"))
		})
		old, next := set.Draw(t, "old"), set.Draw(t, "next")
		added, removed := DiffTags(old, next)
		got, want := SplitTags(EditTags(old, added, removed)), SplitTags(next)
		if !slices.EqualFunc(got, want, func(a, b string) bool { return hasTag([]string{a}, b) }) {
			t.Fatalf("%q with %q and without %q is %q, want %q", old, added, removed, got, want)
		}
	})
}
