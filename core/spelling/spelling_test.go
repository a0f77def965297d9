package spelling_test

import (
	"testing"

	"pgregory.net/rapid"

	"muster/core/spelling"
)

func TestNearest(t *testing.T) {
	known := []string{"lowercase", "uppercase", "titlecase", "trim"}
	for _, c := range []struct {
		word string
		most int
		want int
	}{
		{"lowercase", 0, 0},
		{"lowrcase", 1, 0},
		{"lowrcase", 0, -1},
		{"tirm", 2, 3},
		{"percase", 2, 1},
		{"", 3, -1},
	} {
		if got := spelling.Nearest(c.word, known, c.most); got != c.want {
			t.Errorf("Nearest(%q, most %d) = %d, want %d", c.word, c.most, got, c.want)
		}
	}
}

// A distance is one: nothing only to itself, the same both ways, and never
// longer by a detour.
func TestDistance(t *testing.T) {
	if d := spelling.Distance("größe", "große"); d != 1 {
		t.Errorf("the distance of größe and große is %d, want 1", d)
	}
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abü")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		ab := spelling.Distance(a, b)
		if (ab == 0) != (a == b) || ab != spelling.Distance(b, a) || ab > spelling.Distance(a, c)+spelling.Distance(c, b) {
			t.Fatalf("the distance of %q and %q is %d", a, b, ab)
		}
	})
}
