package review

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

func someSet(t *rapid.T) *Set {
	s := &Set{List: roster.List{Name: "Staff"}}
	for _, label := range []string{"Number", "Department", "Room"} {
		if err := s.List.Schema.Add(roster.Field{Key: roster.KeyFor(label), Label: label, UID: label == "Number"}); err != nil {
			t.Fatal(err)
		}
	}
	value := rapid.SampledFrom([]string{"", "Law", "Science", "Müller's very long room that fits into no column at all", "音楽", "a\u0301\u202e\x1b[31m"})
	for i := range rapid.IntRange(0, 30).Draw(t, "items") {
		it := changeset.Item{UID: fmt.Sprintf("E%03d", i), Kind: rapid.SampledFrom(kinds[:]).Draw(t, "kind")}
		switch it.Kind {
		case changeset.Create, changeset.Withdraw, changeset.Revive:
			it.Values = it.Values.With(1, it.UID).With(2, value.Draw(t, "value"))
		default:
			for f := roster.FieldID(2); f <= 3; f++ {
				if old, next := value.Draw(t, "old"), value.Draw(t, "new"); old != next {
					it.Changes = append(it.Changes, changeset.Change{Field: f, Base: old, Proposed: next})
				}
			}
		}
		if rapid.IntRange(0, 9).Draw(t, "clash") == 0 {
			s.Conflicts = append(s.Conflicts, core.Conflict{Item: i, Reason: it.UID + " has changed since"})
		}
		s.Items = append(s.Items, it)
	}
	return s.prepare()
}

// What a line of the summary counts is who it opens.
func TestSummaryLinesOpenWhomTheyCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := someSet(t)
		for _, g := range s.groups {
			found := 0
			for n := range s.Items {
				if g.has(n, &s.Items[n]) {
					found++
				}
			}
			if found != g.people {
				t.Errorf("%q counts %d people and opens %d", g.label, g.people, found)
			}
		}
	})
}

// Whatever the size, the values and the view, the part fills its place.
func TestViewFillsItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := kit.NewEnv(theme.Options{Plain: rapid.Bool().Draw(t, "plain")}, time.Now)
		r := New(env, nil)
		s := someSet(t)
		r.Show(s, rapid.Bool().Draw(t, "summary"))
		width, height := rapid.IntRange(20, 200).Draw(t, "width"), rapid.IntRange(3, 60).Draw(t, "height")
		for range rapid.IntRange(0, 8).Draw(t, "keys") {
			bindings := r.Bindings()
			r.Do(rapid.SampledFrom(bindings).Draw(t, "key").ID)
			lines := strings.Split(r.View(width, height), "\n")
			if len(lines) != height {
				t.Fatalf("%d lines instead of %d", len(lines), height)
			}
			for _, l := range lines {
				if got := env.Width(l); got != width {
					t.Fatalf("a line of %d cells instead of %d: %q", got, width, l)
				}
			}
		}
	})
}

func TestQuestionWeighsWhatIsAsked(t *testing.T) {
	env := kit.NewEnv(theme.Options{}, time.Now)
	for name, test := range map[string]struct {
		head  changeset.Changeset
		typed bool
	}{
		"a few updates":      {changeset.Changeset{Counts: changeset.Counts{Updates: 3}}, false},
		"many updates":       {changeset.Changeset{Counts: changeset.Counts{Updates: 3000}}, false},
		"fifty departures":   {changeset.Changeset{Counts: changeset.Counts{Deactivates: 50}}, false},
		"more departures":    {changeset.Changeset{Counts: changeset.Counts{Deactivates: 51}}, true},
		"what the guard saw": {changeset.Changeset{Counts: changeset.Counts{Updates: 3}, Held: []changeset.Hold{{Rule: "updates", Number: 3}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Ask(env, "Apply?", &test.head, false, nil).Typing(); got != test.typed {
				t.Errorf("typed: %v", got)
			}
		})
	}
}

func TestOnlyTheLatestRunCounts(t *testing.T) {
	var l Latest
	first, one := l.Begin()
	_, two := l.Begin()
	if first.Err() == nil || l.Is(one) || !l.Is(two) {
		t.Error("the first run goes on beside the second")
	}
	l.Cancel()
	if !l.Is(two) {
		t.Error("a cancelled run is not awaited")
	}
	l.Stop()
	if l.Is(two) {
		t.Error("a stopped run counts")
	}
}
