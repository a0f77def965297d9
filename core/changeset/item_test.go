package changeset

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core/roster"
)

func TestMerge(t *testing.T) {
	for _, c := range []struct {
		base, current, proposed string
		take, conflict          bool
	}{
		{"a", "a", "b", true, false},
		{"a", "b", "b", false, false}, // so already
		{"a", "a", "a", false, false},
		{"a", "b", "a", false, false}, // nothing was proposed
		{"a", "c", "b", false, true},
		{"", "c", "b", false, true},
		{"a", "", "b", false, true},
		{"a", "a", "", true, false},
		{"", "", "b", true, false},
	} {
		if take, conflict := Merge(c.base, c.current, c.proposed); take != c.take || conflict != c.conflict {
			t.Errorf("%+v: take %v, conflict %v", c, take, conflict)
		}
	}
}

func values(pairs ...string) (v roster.Values) {
	for i, text := range pairs {
		v = v.With(roster.FieldID(i+1), text)
	}
	return v
}

func TestApply(t *testing.T) {
	active := roster.Person{Created: 1, Values: values("a", "b")}
	inactive, withdrawn, tied := active, active, active
	inactive.Status, withdrawn.Status = roster.Inactive, roster.Withdrawn
	tied.Links = []roster.Link{{Connection: "other", Anchor: "9"}, {Connection: "c", Anchor: "1"}}
	link := func(base, proposed string) *LinkChange {
		return &LinkChange{Connection: "c", Base: base, Proposed: proposed}
	}
	update := func(changes ...Change) Item { return Item{Changes: changes} }
	cases := []struct {
		name    string
		item    Item
		now     roster.Person
		status  roster.Status
		values  roster.Values
		anchor  string
		changed bool
		clashes []roster.FieldID
	}{
		{"a create", Item{Kind: Create, Values: values("x"), Link: link("", "7")}, roster.Person{}, roster.Active, values("x"), "7", true, nil},
		{"a create of somebody inactive", Item{Kind: Create, To: roster.Inactive}, roster.Person{}, roster.Inactive, "", "", true, nil},
		{"a create that was declined", Item{Kind: Create, Decision: Keep, Values: values("x")}, roster.Person{}, roster.Active, "", "", false, nil},
		{"a create done before", Item{Kind: Create, Values: values("x")}, active, roster.Active, values("a", "b"), "", false, nil},
		{"a create taken back since", Item{Kind: Create, Values: values("x")}, withdrawn, roster.Withdrawn, values("a", "b"), "", false, []roster.FieldID{Status}},

		{"an update", update(Change{Field: 2, Base: "b", Proposed: "c"}), active, roster.Active, values("a", "c"), "", true, nil},
		{"an update that clashes in part", update(Change{Field: 1, Base: "a", Proposed: "z"}, Change{Field: 2, Base: "x", Proposed: "c"}), active, roster.Active, values("z", "b"), "", true, []roster.FieldID{2}},
		{"an update of what is so", update(Change{Field: 2, Base: "x", Proposed: "b"}), active, roster.Active, values("a", "b"), "", false, nil},
		{"what is kept and skipped", update(Change{Field: 1, Base: "a", Proposed: "z", Decision: Keep}, Change{Field: 2, Base: "x", Proposed: "z", Decision: Skip}), active, roster.Active, values("a", "b"), "", false, nil},
		{"what is typed", update(Change{Field: 2, Base: "b", Proposed: "z", Decision: Typed, Typed: "t"}), active, roster.Active, values("a", "t"), "", true, nil},
		{"an update of somebody withdrawn", update(Change{Field: 2, Base: "b", Proposed: "c"}), withdrawn, roster.Withdrawn, values("a", "b"), "", false, []roster.FieldID{Status}},

		{"a deactivation", Item{Kind: Deactivate, To: roster.Inactive}, active, roster.Inactive, values("a", "b"), "", true, nil},
		{"a deactivation done before", Item{Kind: Deactivate, To: roster.Inactive}, inactive, roster.Inactive, values("a", "b"), "", false, nil},
		{"a deactivation that was declined, with a field", Item{Kind: Deactivate, To: roster.Inactive, Decision: Keep, Changes: []Change{{Field: 3, Proposed: "c"}}}, active, roster.Active, values("a", "b", "c"), "", true, nil},
		{"a deactivation of somebody withdrawn", Item{Kind: Deactivate, To: roster.Inactive}, withdrawn, roster.Withdrawn, values("a", "b"), "", false, []roster.FieldID{Status}},
		{"a reactivation", Item{Kind: Reactivate, From: roster.Inactive}, inactive, roster.Active, values("a", "b"), "", true, nil},
		{"a reactivation of somebody withdrawn", Item{Kind: Reactivate, From: roster.Inactive}, withdrawn, roster.Withdrawn, values("a", "b"), "", false, []roster.FieldID{Status}},

		{"a withdrawal", Item{Kind: Withdraw, To: roster.Withdrawn, Values: values("a", "b")}, active, roster.Withdrawn, values("a", "b"), "", true, nil},
		{"a withdrawal of somebody changed", Item{Kind: Withdraw, To: roster.Withdrawn, Values: values("a", "", "c")}, active, roster.Active, values("a", "b"), "", false, []roster.FieldID{2, 3}},
		{"a withdrawal of somebody inactive", Item{Kind: Withdraw, To: roster.Withdrawn, Values: values("a", "b")}, inactive, roster.Inactive, values("a", "b"), "", false, []roster.FieldID{Status}},
		{"a revival", Item{Kind: Revive, From: roster.Withdrawn}, withdrawn, roster.Active, values("a", "b"), "", true, nil},
		{"a revival done before", Item{Kind: Revive, From: roster.Withdrawn}, active, roster.Active, values("a", "b"), "", false, nil},

		{"a tie", Item{Link: link("", "7")}, active, roster.Active, values("a", "b"), "7", true, nil},
		{"a tie done before", Item{Link: link("", "1")}, tied, roster.Active, values("a", "b"), "1", false, nil},
		{"a tie to somebody tied", Item{Link: link("", "7")}, tied, roster.Active, values("a", "b"), "1", false, []roster.FieldID{Linked}},
		{"another tie", Item{Link: link("1", "7")}, tied, roster.Active, values("a", "b"), "7", true, nil},
		{"an end of a tie", Item{Link: link("1", "")}, tied, roster.Active, values("a", "b"), "", true, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			links := slices.Clone(c.now.Links)
			out := c.item.Apply(c.now)
			anchor, _ := out.After.LinkTo("c")
			if out.After.Status != c.status || out.After.Values != c.values || anchor != c.anchor || out.Changed != c.changed || !slices.Equal(out.Clashes, c.clashes) {
				t.Errorf("got %+v", out)
			}
			if !slices.Equal(links, c.now.Links) {
				t.Error("the person it was given is changed")
			}
			if other, _ := out.After.LinkTo("other"); len(links) > 0 && other != "9" {
				t.Error("a tie to another source is lost")
			}
		})
	}
}

// An item of which only the fields are left is an update in the journal.
func TestWhatIsLeftOfADeclinedKindIsAnUpdate(t *testing.T) {
	it := Item{Kind: Reactivate, From: roster.Inactive, Decision: Skip, Changes: []Change{{Field: 1, Proposed: "x"}}}
	if out := it.Apply(roster.Person{Status: roster.Inactive}); out.Before.Kind != Update || !out.Changed {
		t.Errorf("got %+v", out)
	}
}

func somePerson(t *rapid.T) roster.Person {
	p := roster.Person{ID: roster.PersonID{1}, Created: 1, Status: roster.Status(rapid.IntRange(0, 2).Draw(t, "status"))}
	for f := range roster.FieldID(4) {
		p.Values = p.Values.With(f+1, rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "value"))
	}
	for _, c := range []string{"c", "d"} {
		if anchor := rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "anchor"); anchor != "" {
			p.Links = append(p.Links, roster.Link{Connection: c, Anchor: anchor})
		}
	}
	return p
}

func someItem(t *rapid.T) Item {
	it := Item{Person: roster.PersonID{1}, Kind: Kind(rapid.IntRange(0, int(Revive)).Draw(t, "kind"))}
	switch it.Kind {
	case Update:
		it.From = roster.Status(rapid.IntRange(0, 1).Draw(t, "from"))
		it.To = it.From
	case Deactivate:
		it.To = roster.Inactive
	case Reactivate:
		it.From = roster.Inactive
	case Withdraw:
		it.From, it.To, it.Values = roster.Status(rapid.IntRange(0, 1).Draw(t, "from")), roster.Withdrawn, somePerson(t).Values
		return it
	case Revive:
		it.From, it.To = roster.Withdrawn, roster.Status(rapid.IntRange(0, 1).Draw(t, "to"))
		return it
	case Create:
		it.Values = somePerson(t).Values
		return it
	}
	it.Decision = Decision(rapid.IntRange(0, int(Skip)).Draw(t, "decision"))
	for f := range roster.FieldID(4) {
		if rapid.Bool().Draw(t, "changes") {
			c := Change{Field: f + 1, Base: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "base"), Proposed: rapid.SampledFrom([]string{"", "a", "c"}).Draw(t, "proposed")}
			if c.Decision = Decision(rapid.IntRange(0, int(Typed)).Draw(t, "field decision")); c.Decision == Typed {
				c.Typed = rapid.SampledFrom([]string{"", "b", "t"}).Draw(t, "typed")
			}
			it.Changes = append(it.Changes, c)
		}
	}
	if rapid.Bool().Draw(t, "links") {
		it.Link = &LinkChange{Connection: "c", Base: rapid.SampledFrom([]string{"", "1"}).Draw(t, "was"), Proposed: rapid.SampledFrom([]string{"", "1", "3"}).Draw(t, "is")}
		it.Link.Decision = Decision(rapid.IntRange(0, int(Skip)).Draw(t, "link decision"))
	}
	return it
}

func anchorsOf(p roster.Person) map[string]string {
	links := make(map[string]string)
	for _, l := range p.Links {
		links[l.Connection] = l.Anchor
	}
	return links
}

// What Apply does, Restore takes back; the inverse does it under the rules, and
// the inverse of the inverse does it again. Applying twice is the same as once.
func TestInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it, now := someItem(t), somePerson(t)
		if it.Kind == Create {
			now = roster.Person{ID: now.ID}
		}
		out := it.Apply(now)
		if len(out.Clashes) > 0 {
			return
		}
		if !out.Changed {
			if !reflect.DeepEqual(out.After, now) {
				t.Fatalf("%+v changes nothing of %+v, and makes %+v of them", it, now, out.After)
			}
			return
		}
		after := out.After
		after.Created = 1
		if again := it.Apply(after); again.Changed || len(again.Clashes) > 0 {
			t.Fatalf("%+v applied twice: %+v", it, again)
		}
		back := Inverse(&out.Before, &after)
		undone := back.Apply(after)
		if len(undone.Clashes) > 0 || !undone.Changed {
			t.Fatalf("the inverse %+v of %+v does not take back %+v: %+v", back, it, after, undone)
		}
		if it.Kind == Create {
			if undone.After.Status != roster.Withdrawn || undone.After.Values != it.Values {
				t.Fatalf("a create is taken back to %+v", undone.After)
			}
		} else {
			if !reflect.DeepEqual(anchorsOf(undone.After), anchorsOf(now)) || undone.After.Values != now.Values || undone.After.Status != now.Status {
				t.Fatalf("%+v on %+v is taken back to %+v", it, now, undone.After)
			}
			restored := after
			out.Before.Restore(&restored)
			if !reflect.DeepEqual(anchorsOf(restored), anchorsOf(now)) || restored.Values != now.Values || restored.Status != now.Status {
				t.Fatalf("%+v on %+v is restored to %+v", it, now, restored)
			}
		}
		again := Inverse(&undone.Before, &undone.After)
		if redone := again.Apply(undone.After); len(redone.Clashes) > 0 || redone.After.Values != after.Values || redone.After.Status != after.Status || !reflect.DeepEqual(anchorsOf(redone.After), anchorsOf(after)) {
			t.Fatalf("%+v, there, back and there again, is %+v", after, redone.After)
		}
	})
}

func TestItemsSurviveStorage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := someItem(t)
		it.Line, it.UID = rapid.Uint32().Draw(t, "line"), rapid.String().Draw(t, "uid")
		got, err := DecodeItem(string(AppendItem(nil, &it)))
		if err != nil || !reflect.DeepEqual(got, it) {
			t.Fatalf("stored %+v, read %+v, %v", it, got, err)
		}
		out := it.Apply(somePerson(t))
		before, err := DecodeBefore(string(AppendBefore(nil, &out.Before)))
		if len(out.Before.Links) == 0 {
			out.Before.Links = nil // no links, or none at all: the same
		}
		if err != nil || !reflect.DeepEqual(before, out.Before) {
			t.Fatalf("stored %+v, read %+v, %v", out.Before, before, err)
		}
	})
}

func FuzzDecodeItem(f *testing.F) {
	whole := string(AppendItem(nil, &Item{
		Kind: Deactivate, To: roster.Inactive, Line: 300, UID: "u", Values: values("a"), Link: &LinkChange{"c", "1", "2", Keep},
		Changes: []Change{{1, "a", "b", Accept, ""}, {2, "", "c", Typed, "d"}},
	}))
	for i := range len(whole) + 1 {
		f.Add(whole[:i])
	}
	f.Fuzz(func(t *testing.T, stored string) {
		it, err := DecodeItem(stored)
		if err != nil {
			return
		}
		again, err := DecodeItem(string(AppendItem(nil, &it)))
		if err != nil || !reflect.DeepEqual(again, it) {
			t.Fatalf("%q is %+v, and stored anew %+v, %v", stored, it, again, err)
		}
		it.Apply(roster.Person{Created: 1, Values: values("a", "b")})
		_, _ = it.Kind.String(), it.Decision.String()
	})
}

func FuzzDecodeStep(f *testing.F) {
	whole := string(AppendStep(nil, &Step{By: "mara", At: time.UnixMilli(5), Undone: true, Choices: []Choice{
		{Item: 300, Field: 2, Was: Part{Base: "b"}, Is: Part{Decision: Typed, Typed: "t", Base: "b"}}, {Was: Part{Base: "active"}, Is: Part{Decision: Keep, Base: "active"}},
	}}))
	for i := range len(whole) + 1 {
		f.Add(whole[:i])
	}
	f.Fuzz(func(t *testing.T, stored string) {
		s, err := DecodeStep(stored)
		if err != nil {
			return
		}
		again, err := DecodeStep(string(AppendStep(nil, &s)))
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("%q is %+v, and stored anew %+v, %v", stored, s, again, err)
		}
	})
}

func FuzzDecodeBefore(f *testing.F) {
	whole := string(AppendBefore(nil, &Before{Kind: Revive, Status: roster.Withdrawn, Relinked: true, Links: []roster.Link{{Connection: "c", Anchor: "1"}}, Values: []Was{{1, "a"}, {300, ""}}}))
	for i := range len(whole) + 1 {
		f.Add(whole[:i])
	}
	f.Fuzz(func(t *testing.T, stored string) {
		w, err := DecodeBefore(stored)
		if err != nil {
			return
		}
		again, err := DecodeBefore(string(AppendBefore(nil, &w)))
		if err != nil || !reflect.DeepEqual(again, w) {
			t.Fatalf("%q is %+v, and stored anew %+v, %v", stored, w, again, err)
		}
		p := roster.Person{Values: values("a", "b")}
		w.Restore(&p)
		if !p.Values.Valid() {
			t.Fatalf("%+v restores %q", w, p.Values)
		}
		Inverse(&w, &p)
	})
}
