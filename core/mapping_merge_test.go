package core

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// mapped is a connected list of a UID and three fields with these mappings, each
// "attribute>field", with "?" behind one that steps in, "-" before one that is
// off and "|upper" behind one with a transform.
func mapped(t interface{ Fatal(...any) }, lines string) roster.List {
	l := roster.List{ID: 1, Slug: "staff", Connection: roster.Connection{ID: "c", Kind: "entra"}}
	for _, f := range []roster.Field{{Key: "no", Label: "No", UID: true}, {Key: "name", Label: "Name"}, {Key: "room", Label: "Room"}, {Key: "mail", Label: "Mail"}} {
		if err := l.Schema.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	l.Standing.Active = 1
	for line := range strings.FieldsSeq(lines) {
		m := mapping.Mapping{On: true}
		if rest, off := strings.CutPrefix(line, "-"); off {
			line, m.On = rest, false
		}
		if rest, upper := strings.CutSuffix(line, "|upper"); upper {
			line, m.Transforms = rest, []mapping.Transform{mapping.Uppercase}
		}
		line, m.Fallback = strings.CutSuffix(line, "?")
		m.Attribute, m.Field, _ = strings.Cut(line, ">")
		l.Mappings = append(l.Mappings, m)
	}
	return l
}

func lined(all []mapping.Mapping) string {
	lines := make([]string, len(all))
	for i, m := range all {
		if !m.On {
			lines[i] = "-"
		}
		lines[i] += m.Attribute + ">" + m.Field
		if m.Fallback {
			lines[i] += "?"
		}
		if len(m.Transforms) > 0 {
			lines[i] += "|upper"
		}
	}
	return strings.Join(lines, " ")
}

func nobodyHas(roster.FieldID) bool { return false }

// Two changes of mappings that wait at the same time meet mapping by mapping.
func TestMappingsAreMergedOneByOne(t *testing.T) {
	for _, c := range []struct {
		name, before, now, after string
		want, clash              string
	}{
		{"of different fields", "n>no a>name", "n>no a>name|upper", "n>no a>name b>room", "n>no a>name|upper b>room", ""},
		{"the same of both", "n>no a>name", "n>no a>name|upper", "n>no a>name|upper", "n>no a>name|upper", ""},
		{"one mapping in two ways", "n>no a>name b>room", "n>no a>name|upper b>room", "n>no -a>name b>room|upper", "n>no a>name|upper b>room|upper", "the mapping of a to Name"},
		{"changed here and taken away there", "n>no a>name", "n>no a>name|upper", "n>no", "n>no a>name|upper", "the mapping of a to Name"},
		{"one steps in, the other changes the first", "n>no a>name", "n>no a>name b>name?", "n>no a>name|upper", "n>no a>name|upper b>name?", ""},
		{"one steps in, the first is taken away", "n>no a>name", "n>no a>name b>name?", "n>no", "n>no b>name?", ""},
		{"both add one that steps in", "n>no a>name", "n>no a>name b>name?", "n>no a>name c>name?", "n>no a>name b>name?", "the order in which mappings feed Name"},
		{"both turn one on without stepping in", "n>no -a>name -b>name", "n>no a>name -b>name", "n>no -a>name b>name", "n>no a>name -b>name", "both a and b would"},
		{"one moves them, the other changes one", "n>no a>name b>name? c>name?", "n>no a>name c>name? b>name?", "n>no a>name b>name?|upper c>name?", "n>no a>name c>name? b>name?|upper", ""},
		{"one moves them, the other adds one", "n>no a>name b>name? c>name?", "n>no a>name b>name? d>name? c>name?", "n>no a>name c>name? b>name?", "n>no a>name c>name? b>name? d>name?", ""},
		{"both move them", "n>no a>name b>name? c>name?", "n>no a>name c>name? b>name?", "n>no b>name? a>name c>name?", "n>no a>name c>name? b>name?", "the order in which mappings feed Name"},
		{"another UID in both", "n>no -m>no -p>no", "-n>no m>no -p>no", "-n>no -m>no p>no", "-n>no m>no -p>no", "what feeds No, by which people are known"},
		{"another UID in one, something else in the other", "n>no -m>no a>name", "-n>no m>no a>name", "n>no -m>no a>name|upper", "-n>no m>no a>name|upper", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := mapped(t, c.now)
			got, clashes, err := mergeSettings(now, &changeset.SettingsChange{Before: mapped(t, c.before), After: mapped(t, c.after)}, nobodyHas)
			if err != nil || lined(got.Mappings) != c.want || len(clashes) > 1 || !strings.Contains(strings.Join(clashes, ""), c.clash) || c.clash == "" && len(clashes) > 0 {
				t.Errorf("merged %s, clashing in %q, %v; want %s and %q", lined(got.Mappings), clashes, err, c.want, c.clash)
			}
			if lined(now.Mappings) != c.now {
				t.Errorf("what was merged into has become %s", lined(now.Mappings))
			}
			if err := checkMappings(&got); err != nil {
				t.Errorf("the list is broken: %v", err)
			}
		})
	}
}

// A field that one change takes away and the other feeds is a clash either way.
func TestAFieldIsNotTakenAwayFromWhatFeedsIt(t *testing.T) {
	whole, fed := mapped(t, "n>no"), mapped(t, "n>no a>room")
	without := mapped(t, "n>no")
	if err := RemoveField(&without, "room"); err != nil {
		t.Fatal(err)
	}
	got, clashes, err := mergeSettings(fed, &changeset.SettingsChange{Before: whole, After: without}, nobodyHas)
	if _, stays := got.Schema.ByKey("room"); err != nil || !stays || !slices.Equal(clashes, []string{"Room"}) || lined(got.Mappings) != "n>no a>room" || checkMappings(&got) != nil {
		t.Errorf("fed first: %s, clashing in %q, %v", lined(got.Mappings), clashes, err)
	}
	got, clashes, err = mergeSettings(without, &changeset.SettingsChange{Before: whole, After: fed}, nobodyHas)
	if err != nil || lined(got.Mappings) != "n>no" || len(clashes) != 1 || !strings.HasPrefix(clashes[0], "Room, which is gone") || checkMappings(&got) != nil {
		t.Errorf("taken away first: %s, clashing in %q, %v", lined(got.Mappings), clashes, err)
	}
}

// What would leave the UID without the one mapping that feeds it is refused.
func TestAUIDIsNotMergedIntoOneThatNothingFeeds(t *testing.T) {
	before, other := mapped(t, "n>no m>mail"), mapped(t, "n>no m>mail")
	if err := other.Schema.SetUID("mail"); err != nil {
		t.Fatal(err)
	}
	_, _, err := mergeSettings(mapped(t, "n>no -m>mail"), &changeset.SettingsChange{Before: before, After: other}, nobodyHas)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), "What feeds Mail") {
		t.Errorf("the error is %v", err)
	}
}

// changedMappings is a list after a random change of its mappings that can be.
func changedMappings(t *rapid.T, name string, l roster.List) roster.List {
	after := l.Clone()
	for n := range rapid.IntRange(0, 4).Draw(t, name) {
		try := after.Clone()
		at := rapid.IntRange(0, len(try.Mappings)).Draw(t, fmt.Sprint(name, n))
		if at == len(try.Mappings) {
			m := mapping.Mapping{On: true, Attribute: rapid.SampledFrom([]string{"a", "b", "c", "d", "n"}).Draw(t, "attribute"),
				Field: rapid.SampledFrom([]string{"no", "name", "room", "mail"}).Draw(t, "field"), Fallback: rapid.Bool().Draw(t, "steps in")}
			if placeOf(try.Mappings, m.Attribute, m.Field) < 0 {
				try.Mappings = slices.Insert(try.Mappings, rapid.IntRange(0, at).Draw(t, "place"), m)
			}
		} else {
			switch m := &try.Mappings[at]; rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				m.On = !m.On
			case 1:
				m.Fallback = !m.Fallback
			case 2:
				m.Transforms = []mapping.Transform{mapping.Uppercase}
			case 3:
				try.Mappings = slices.Delete(try.Mappings, at, at+1)
			case 4:
				to := rapid.IntRange(0, len(try.Mappings)-1).Draw(t, "to")
				try.Mappings[at], try.Mappings[to] = try.Mappings[to], try.Mappings[at]
			}
		}
		if checkMappings(&try) == nil {
			after = try
		}
	}
	return after
}

// In whatever order two changes of mappings come they make the same of the list,
// unless they clash; nothing that one of them has done is overwritten by the
// other, and the list can be used in any case.
func TestTheMergeOfMappingsCommutesAndOverwritesNothing(t *testing.T) {
	keys := []string{"no", "name", "room", "mail"}
	rapid.Check(t, func(t *rapid.T) {
		before := changedMappings(t, "before", mapped(t, "n>no a>name b>name? c>room -d>mail"))
		one, other := changedMappings(t, "one", before), changedMappings(t, "other", before)
		ab, clashes, err := mergeSettings(one, &changeset.SettingsChange{Before: before, After: other}, nobodyHas)
		ba, back, err2 := mergeSettings(other, &changeset.SettingsChange{Before: before, After: one}, nobodyHas)
		if err != nil || err2 != nil || len(clashes) != len(back) {
			t.Fatalf("%q, %v one way, %q, %v the other", clashes, err, back, err2)
		}
		for _, l := range []*roster.List{&ab, &ba} {
			if err := checkMappings(l); err != nil {
				t.Fatalf("broken: %s: %v", lined(l.Mappings), err)
			}
		}
		for _, key := range keys {
			was, a, b := feeders(before.Mappings, key), feeders(one.Mappings, key), feeders(other.Mappings, key)
			x, y := feeders(ab.Mappings, key), feeders(ba.Mappings, key)
			switch {
			case len(clashes) == 0 && !sameMappings(x, y):
				t.Fatalf("%s: %s one way, %s the other", key, lined(x), lined(y))
			case sameMappings(b, was) && !sameMappings(x, a), sameMappings(a, was) && !sameMappings(x, b):
				t.Fatalf("%s was %s, one made %s, the other %s, merged %s", key, lined(was), lined(a), lined(b), lined(x))
			}
			for _, m := range a {
				changed := !sameMappings(alone(was, &m), []mapping.Mapping{m})
				if changed && !sameMappings(alone(x, &m), []mapping.Mapping{m}) {
					t.Fatalf("%s was %s, one made %s, the other overwrites it with %s", key, lined(was), lined(a), lined(x))
				}
			}
		}
	})
}
