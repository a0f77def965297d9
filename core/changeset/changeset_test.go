package changeset

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"muster/core/roster"
)

func TestCountsReadLikeTheChange(t *testing.T) {
	var c Counts
	for k := Update; k <= Revive; k++ {
		c.Add(k, 1)
	}
	if want := (Counts{Creates: 2, Updates: 1, Deactivates: 2, Reactivates: 1}); c != want || c.Items() != 6 {
		t.Errorf("got %+v", c)
	}
}

func TestGuard(t *testing.T) {
	limits := roster.Limits{DeactivatePercent: 20, UpdatePercent: 50, MinPeople: 10, EmptiedPercent: 10}
	cases := []struct {
		name    string
		limits  roster.Limits
		active  int
		counts  Counts
		emptied []Emptied
		want    []string // parts of what holds it
	}{
		{"nothing", limits, 100, Counts{}, nil, nil},
		{"just the share", limits, 100, Counts{Deactivates: 20, Updates: 50}, nil, nil},
		{"one more", limits, 100, Counts{Deactivates: 21, Updates: 51}, nil, []string{"21 deactivations of 100 active people; at most 20", "51 updates in a list of 100 active people; at most 50"}},
		{"a great share of few", limits, 12, Counts{Deactivates: 9}, nil, nil},
		{"from the smallest number on", limits, 12, Counts{Deactivates: 10}, nil, []string{"10 deactivations of 12"}},
		{"creates are free", limits, 0, Counts{Creates: 1000}, nil, nil},
		{"a number", roster.Limits{Deactivations: 5, Updates: 3}, 1000, Counts{Deactivates: 6, Updates: 3}, nil, []string{"6 deactivations; at most 5"}},
		{"a number before a share", roster.Limits{Deactivations: 5, DeactivatePercent: 1}, 1000, Counts{Deactivates: 600}, nil, []string{"600 deactivations; at most 5"}},
		{"switched off", roster.Limits{}, 10, Counts{Deactivates: 10, Updates: 10}, []Emptied{{"Mail", 10, 10}}, nil},
		{"a field emptied", limits, 1000, Counts{Updates: 11}, []Emptied{{"Mail", 11, 100}, {"Room", 10, 100}}, []string{"Mail would be emptied for 11 of the 100 people who have one; at most 10"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			held := Guard(c.limits, c.active, c.counts, c.emptied)
			if len(held) != len(c.want) {
				t.Fatalf("held by %v", held)
			}
			for i, h := range held {
				if !strings.Contains(h.String(), c.want[i]) {
					t.Errorf("said %q, wanted %q", h, c.want[i])
				}
			}
		})
	}
	for rule, want := range map[string]string{"empty": "nobody that can be read", "nameless": "no readable UID"} {
		if said := (Hold{Rule: rule, Number: 3}).String(); !strings.Contains(said, want) {
			t.Errorf("%s: %q", rule, said)
		}
	}
}

// Of how many people a sentence speaks, and how many it names, agree.
func TestAHoldSaysWhatItCounts(t *testing.T) {
	for _, c := range []struct {
		hold Hold
		want string
	}{
		{Hold{Rule: "updates", Number: 2170, Limit: 1905, Of: 2117}, "2,170 updates in a list of 2,117 active people; at most 1,905 pass unseen"},
		{Hold{Rule: "deactivations", Number: 31, Limit: 8, Of: 40}, "31 deactivations of 40 active people; at most 8 pass unseen"},
		{Hold{Rule: "deactivations", Number: 1, Of: 3}, "1 deactivation of 3 active people; at most 0 pass unseen"},
		{Hold{Rule: "updates", Number: 12, Limit: 10}, "12 updates; at most 10 pass unseen"},
		{Hold{Rule: "emptied", Field: "Mail", Number: 1, Of: 1}, "Mail would be emptied for 1 of the 1 person who has one; at most 0 pass unseen"},
		{Hold{Rule: "nameless", Number: 1}, "1 record has no readable UID, so whoever it is would be taken for absent"},
		{Hold{Rule: "empty", Number: 1}, "the source holds nobody that can be read, and 1 person would be deactivated for being absent"},
		{Hold{Rule: "unended", Number: 1200, Field: "the token has expired"}, "the reading did not end properly after 1,200 people: the token has expired"},
		{Hold{Rule: "count", Number: 1, Of: 12}, "1 person was read, and the directory itself counts 12"},
		{Hold{Rule: "fewer", Number: 90, Of: 120, Limit: 108}, "90 people were read, and 120 the last time; at least 108 pass unseen"},
	} {
		if said := c.hold.String(); said != c.want {
			t.Errorf("said %q, wanted %q", said, c.want)
		}
	}
}

func TestBlocksSurviveStorage(t *testing.T) {
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, k := range []Block{
		{Changeset: 1},
		{Changeset: 1 << 60, Entries: []Entry{{roster.PersonID{1}, Create}, {roster.PersonID{2}, Revive}}},
		{Changeset: 5, Head: &Changeset{ID: 5, Seq: 5, State: Applied, At: at, AppliedAt: at, Held: []Hold{{Rule: "updates"}}}, Entries: []Entry{{roster.PersonID{3}, Update}}},
	} {
		stored, err := AppendBlock(nil, &k)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeBlock(string(stored))
		if k.Entries == nil {
			k.Entries = []Entry{}
		}
		if err != nil || !reflect.DeepEqual(got, k) {
			t.Errorf("stored %+v, read %+v, %v", k, got, err)
		}
	}
}

// A head in the journal is kept whole: no field of it is forgotten.
func TestHeadsInTheJournalAreWhole(t *testing.T) {
	at := time.Date(2024, 1, 2, 3, 4, 5, 6e6, time.UTC)
	head := Changeset{
		ID: 7, List: 2, Origin: SCIM, State: Applied, By: "sct_a1", At: at, Note: "okta", Seq: 7, AppliedBy: "mara", AppliedAt: at.Add(time.Hour),
		Counts:  Counts{Rows: 1, Creates: 2, Updates: 3, Deactivates: 4, Reactivates: 5, Unchanged: 6, Rejects: 7, Conflicts: 8},
		Decided: 9, Held: []Hold{{Rule: "updates"}}, Undoes: 1, UndoneBy: 11, Rest: 12, RestOf: 3, Reading: 4,
		Settings: &SettingsChange{After: roster.List{ID: 2, Slug: "staff"}},
	}
	for _, of := range []reflect.Value{reflect.ValueOf(head), reflect.ValueOf(head.Counts)} {
		for i := range of.NumField() {
			if of.Field(i).IsZero() {
				t.Errorf("%s.%s is not looked at here", of.Type(), of.Type().Field(i).Name)
			}
		}
	}
	stored, err := AppendBlock(nil, &Block{Changeset: 7, Head: &head})
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeBlock(string(stored))
	if err != nil || !reflect.DeepEqual(*got.Head, head) {
		t.Errorf("stored %+v, read %+v, %v", head, got.Head, err)
	}
	for n := range stored {
		if k, err := DecodeBlock(string(stored[:n])); err == nil && k.Head != nil && k.Head.Settings != nil {
			t.Errorf("%d bytes of %d pass for the whole", n, len(stored))
		}
	}
}

func FuzzDecodeBlock(f *testing.F) {
	whole, err := AppendBlock(nil, &Block{Changeset: 300, Head: &Changeset{ID: 300, Seq: 300}, Entries: []Entry{{roster.PersonID{1}, Create}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, cut := range []int{0, 1, 2, 3, 10, len(whole) - 17, len(whole) - 1, len(whole)} {
		f.Add(string(whole[:cut]))
	}
	f.Add("\x05\x00" + strings.Repeat("\xff", 17))
	f.Fuzz(func(t *testing.T, stored string) {
		k, err := DecodeBlock(stored)
		if err != nil {
			return
		}
		for _, e := range k.Entries {
			_ = e.Kind.String()
		}
		anew, err := AppendBlock(nil, &k)
		if err != nil {
			return // a time in the head that JSON reads and does not write
		}
		again, err := DecodeBlock(string(anew))
		if err != nil || !reflect.DeepEqual(again, k) {
			t.Fatalf("%q is %+v, and stored anew %+v, %v", stored, k, again, err)
		}
	})
}

func TestSummarize(t *testing.T) {
	var items []Item
	for i := range 6 {
		to := "b"
		if i > 3 {
			to = string(rune('c' + i))
		}
		items = append(items, Item{Changes: []Change{{Field: 2, Base: "a", Proposed: to}}})
	}
	items = append(items, Item{Changes: []Change{{Field: 1, Proposed: "x"}}}, Item{Kind: Create})
	got := Summarize(items, 1)
	want := []FieldSummary{
		{Field: 2, Changes: 6, Transitions: []Transition{{"a", "b", 4}}, Others: 2},
		{Field: 1, Changes: 1, Transitions: []Transition{{"", "x", 1}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}
