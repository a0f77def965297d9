package changeset

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core/roster"
)

func TestAStepIsReadAsItWasWritten(t *testing.T) {
	part := rapid.Custom(func(t *rapid.T) Part {
		p := Part{Decision: Decision(rapid.IntRange(0, int(Typed)).Draw(t, "decision")), Base: rapid.String().Draw(t, "base")}
		p.Typed = rapid.String().Draw(t, "typed")
		return p
	})
	rapid.Check(t, func(t *rapid.T) {
		s := Step{By: rapid.String().Draw(t, "by"), At: time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "at")).UTC(), Undone: rapid.Bool().Draw(t, "undone")}
		for range rapid.IntRange(0, 4).Draw(t, "choices") {
			s.Choices = append(s.Choices, Choice{
				Item: rapid.IntRange(0, 1<<30).Draw(t, "item"), Field: roster.FieldID(rapid.IntRange(0, 1<<16-1).Draw(t, "field")),
				Was: part.Draw(t, "was"), Is: part.Draw(t, "is"),
			})
		}
		stored := string(AppendStep(nil, &s))
		got, err := DecodeStep(stored)
		if err != nil || got.By != s.By || !got.At.Equal(s.At) || got.Undone != s.Undone || !slices.Equal(got.Choices, s.Choices) {
			t.Fatalf("wrote %+v, read %+v, %v", s, got, err)
		}
	})
}

// every kind of item, of which part f is decided.
func TestAPartIsWhatItWasSetTo(t *testing.T) {
	update := Item{Kind: Update, Changes: []Change{{Field: 2, Base: "a", Proposed: "b"}, {Field: 5, Base: "c", Proposed: "d"}}}
	leave := Item{Kind: Deactivate, To: roster.Inactive, Changes: []Change{{Field: 2, Base: "a", Proposed: "b"}}}
	create := Item{Kind: Create, Values: roster.Values("").With(1, "x"), Link: &LinkChange{Connection: "c", Proposed: "1"}}
	tie := Item{Kind: Update, Changes: []Change{{Field: 2, Base: "a", Proposed: "b"}}, Link: &LinkChange{Connection: "c", Proposed: "1"}}
	for _, tt := range []struct {
		name  string
		it    Item
		parts []roster.FieldID
	}{
		{"update", update, []roster.FieldID{2, 5}},
		{"deactivation with changes", leave, []roster.FieldID{Status, 2}},
		{"create", create, []roster.FieldID{Status}},
		{"update with a tie", tie, []roster.FieldID{2, Linked}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.it.Parts(); !slices.Equal(got, tt.parts) {
				t.Fatalf("parts %v, want %v", got, tt.parts)
			}
			for i, f := range tt.parts {
				if !tt.it.Undecided() {
					t.Fatal("decided too early")
				}
				p, _ := tt.it.Part(f)
				p.Decision = Accept
				tt.it.SetPart(f, p)
				if got, ok := tt.it.Part(f); !ok || got != p {
					t.Errorf("part %d is %+v, want %+v", f, got, p)
				}
				if i == len(tt.parts)-1 && tt.it.Undecided() {
					t.Error("still undecided")
				}
			}
			if _, ok := tt.it.Part(77); ok {
				t.Error("it has a part of a field that it does not change")
			}
		})
	}
}

// What is left of an item is what was skipped: applying the item and then its
// rest, accepted, is applying it accepted.
func TestAnItemAndItsRestAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := Item{Kind: Update}
		if rapid.Bool().Draw(t, "leaves") {
			it.Kind, it.To = Deactivate, roster.Inactive
		}
		now := roster.Person{Created: 1}
		for f := roster.FieldID(2); f < 5; f++ {
			now.Values = now.Values.With(f, "old")
			it.Changes = append(it.Changes, Change{Field: f, Base: "old", Proposed: "new"})
		}
		if rapid.Bool().Draw(t, "links") {
			it.Link = &LinkChange{Connection: "c", Proposed: "1"}
		}
		whole := it.Apply(now).After
		it.Changes = slices.Clone(it.Changes)
		for _, f := range it.Parts() {
			p, _ := it.Part(f)
			p.Decision = rapid.SampledFrom([]Decision{Undecided, Accept, Skip}).Draw(t, "decision")
			it.SetPart(f, p)
		}
		decided := it.Decided()
		after := decided.Apply(now).After
		if rest, ok := decided.Rest(); ok {
			if !rest.Undecided() {
				t.Fatal("the rest is decided already")
			}
			after = rest.Apply(after).After
		}
		if after.Values != whole.Values || after.Status != whole.Status || !slices.Equal(after.Links, whole.Links) {
			t.Fatalf("came to %+v, want %+v", after, whole)
		}
	})
}

func TestDecidingAConflictIsKnowingIt(t *testing.T) {
	it := Item{Kind: Update, Changes: []Change{{Field: 2, Base: "John", Proposed: "Johnny"}}}
	now := roster.Person{Created: 1, Values: roster.Values("").With(2, "Jonathan")}
	if out := it.Apply(now); len(out.Clashes) != 1 {
		t.Fatal("it is no conflict")
	}
	for _, tt := range []struct {
		decision Decision
		typed    string
		want     string
	}{{Accept, "", "Johnny"}, {Keep, "", "Jonathan"}, {Skip, "", "Jonathan"}, {Typed, "Jon", "Jon"}} {
		one := it
		one.Changes = slices.Clone(it.Changes)
		c, _ := one.Choose(0, 2, tt.decision, tt.typed, "Jonathan")
		one.SetPart(2, c.Is)
		out := one.Apply(now)
		if got := out.After.Values.Get(2); got != tt.want || len(out.Clashes) > 0 {
			t.Errorf("%s stores %q with clashes %v, want %q", tt.decision, got, out.Clashes, tt.want)
		}
		// Should the list move once more, it is a conflict once more.
		moved := now
		moved.Values = moved.Values.With(2, "Jack")
		if out := one.Apply(moved); !tt.decision.Declines() && len(out.Clashes) != 1 || out.After.Values.Get(2) != "Jack" {
			t.Errorf("%s overwrites what moved since it was decided", tt.decision)
		}
	}
}

// The rule that every value is merged by is the one of git: a line that only
// one side changed is that side's, and one that both changed, not alike, is a
// conflict.
func TestMergeIsGits(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	value := rapid.SampledFrom([]string{"", "John", "Johnny", "Jonathan", "音楽"})
	// One run of git for many triples: each has a line of its own between lines
	// that never change, so that no change touches another.
	type triple struct{ base, current, proposed string }
	rapid.Check(t, func(rt *rapid.T) {
		var triples []triple
		var files [3]strings.Builder // current, base, proposed
		for i := range rapid.IntRange(1, 12).Draw(rt, "triples") {
			one := triple{value.Draw(rt, "base"), value.Draw(rt, "now"), value.Draw(rt, "proposed")}
			triples = append(triples, one)
			for f, text := range []string{one.current, one.base, one.proposed} {
				files[f].WriteString(strings.Repeat("between\n", 8) + string(rune('a'+i)) + "\n" + "value " + text + "\n")
			}
		}
		var paths []string
		for f, name := range []string{"current", "base", "proposed"} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(files[f].String()), 0o600); err != nil {
				rt.Fatal(err)
			}
			paths = append(paths, path)
		}
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), git, append([]string{"merge-file", "-p"}, paths...)...)
		cmd.Stdout = &out
		_ = cmd.Run() // its status is the number of conflicts
		blocks := strings.Split(out.String(), strings.Repeat("between\n", 8))[1:]
		if len(blocks) != len(triples) {
			rt.Fatalf("git made %d of %d values:\n%s", len(blocks), len(triples), out.String())
		}
		for i, one := range triples {
			take, conflict := Merge(one.base, one.current, one.proposed)
			result := one.current
			if take {
				result = one.proposed
			}
			gitConflict := strings.Contains(blocks[i], "<<<<<<<")
			if conflict != gitConflict {
				rt.Fatalf("%+v: conflict %t, and git says %t", one, conflict, gitConflict)
			}
			if want := string(rune('a'+i)) + "\nvalue " + result + "\n"; !conflict && blocks[i] != want {
				rt.Fatalf("%+v: merged to %q, and git to %q", one, want, blocks[i])
			}
		}
	})
}
