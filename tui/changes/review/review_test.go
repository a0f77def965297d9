package review

import (
	"context"
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
		it := changeset.Item{UID: fmt.Sprintf("E%03d", i), Kind: rapid.SampledFrom([]changeset.Kind{
			changeset.Create, changeset.Revive, changeset.Deactivate, changeset.Withdraw, changeset.Reactivate, changeset.Update}).Draw(t, "kind")}
		switch it.Kind {
		case changeset.Deactivate:
			it.To = roster.Inactive
		case changeset.Reactivate:
			it.From = roster.Inactive
		case changeset.Withdraw:
			it.To = roster.Withdrawn
		case changeset.Revive:
			it.From = roster.Withdrawn
		}
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
			s.Conflicts = append(s.Conflicts, core.Conflict{Item: i, Reason: it.UID + " has changed since", Fields: it.Parts()})
		}
		s.Items = append(s.Items, it)
	}
	for range rapid.IntRange(0, 2).Draw(t, "others") {
		s.Conflicts = append(s.Conflicts, core.Conflict{Item: core.NoItem, UID: "somebody", Reason: "Somebody is not among them"})
	}
	return s.prepare()
}

// What a line of the summary counts is whom it opens, and every part is in one.
func TestSummaryLinesOpenWhomTheyCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := someSet(t)
		parts := 0
		for i := range s.groups {
			want := everything()
			want.only = i
			is := s.match(context.Background(), 0, want)
			if is.err != nil || len(is.items) != s.groups[i].parts {
				t.Errorf("%q counts %d people and opens %d, %v", s.groups[i].label, s.groups[i].parts, len(is.items), is.err)
			}
			for row, n := range is.items {
				if (s.is[n]&harmful != 0) != (row < is.first) {
					t.Errorf("%s is in row %d, with %d that can do harm", s.Items[n].UID, row, is.first)
				}
				if got := (itemRows{set: s, shown: is.items, first: is.first}).IndexOf(n); got != row {
					t.Errorf("%s is in row %d and found in %d", s.Items[n].UID, row, got)
				}
			}
			parts += len(is.items)
		}
		if parts != len(s.leaf) {
			t.Errorf("the lines count %d of %d parts", parts, len(s.leaf))
		}
	})
}

// Whatever is decided, one by one, the counts are those of a set that is read
// with the same decisions.
func TestCountsFollowDecisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := someSet(t)
		for range rapid.IntRange(0, 20).Draw(t, "decisions") {
			if len(s.Items) == 0 {
				return
			}
			n := rapid.IntRange(0, len(s.Items)-1).Draw(t, "item")
			for _, f := range s.Items[n].Parts() {
				if rapid.Bool().Draw(t, "this") {
					s.set(s.choose(ref{n, f}, changeset.Decision(rapid.IntRange(0, 4).Draw(t, "decision")), "typed"))
				}
			}
		}
		again := (&Set{List: s.List, Items: s.Items, Conflicts: s.Conflicts, Head: s.Head}).prepare()
		if s.Unresolved() != again.Unresolved() || s.Unresolved() < len(s.Others()) {
			t.Fatalf("%d are unresolved, read anew %d, and %d are not among the items", s.Unresolved(), again.Unresolved(), len(s.Others()))
		}
		if s.counts != again.counts || s.decided != again.decided {
			t.Fatalf("counted %v and %d decided, and read anew %v and %d", s.counts, s.decided, again.counts, again.decided)
		}
		for i := range s.groups {
			if s.groups[i] != again.groups[i] {
				t.Fatalf("counted %+v, and read anew %+v", s.groups[i], again.groups[i])
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
		if rapid.Bool().Draw(t, "deciding") {
			r.Filtering()
			s.Head.State = changeset.Pending
			r.Decide(core.LocalUser("kim"), &s.Head)
		}
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

// The lines of the summary that a sort shows have parts that it is about.
func TestASortShowsLinesThatItIsAbout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := someSet(t)
		for i := range sorts {
			c := choosing{only: -1, sort: i}
			is := s.match(t.Context(), 1, c)
			for _, g := range is.groups {
				c.only = g
				about := 0
				for _, n := range is.items {
					about += len(c.parts(s, n))
				}
				if about == 0 {
					t.Fatalf("%s shows %q, and means nothing of it", sorts[i].word, s.groups[g].label)
				}
			}
		}
	})
}
