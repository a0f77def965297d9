package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	coremapping "muster/core/mapping"
	"muster/core/roster"
)

// aList has a UID that is fed, some fields, and some mappings.
func aList() roster.List {
	l := roster.List{Slug: "staff", Name: "Staff", Connection: roster.Connection{ID: "scim", Kind: "scim"}}
	for _, f := range []roster.Field{{Key: "number", UID: true}, {Key: "name"}, {Key: "title"}, {Key: "phone"}} {
		if err := l.Schema.Add(f); err != nil {
			panic(err)
		}
	}
	for attribute, field := range map[string]string{"employeeNumber": "number", "displayName": "name", "title": "title"} {
		l.Mappings = append(l.Mappings, coremapping.Mapping{Attribute: attribute, Field: field, On: true})
	}
	slices.SortFunc(l.Mappings, func(a, b coremapping.Mapping) int { return len(a.Attribute) - len(b.Attribute) })
	return l
}

func attributesOf() []core.SourceAttribute {
	return []core.SourceAttribute{
		{Name: "displayName", Label: "Display name", Group: "Name"}, {Name: "nickName", Label: "Nickname", Group: "Name"},
		{Name: "title", Label: "Job title", Group: "Work"}, {Name: "employeeNumber", Label: "Number", Group: "Work"},
		{Name: "mobile", Label: "Mobile", Group: "Contact"},
	}
}

// edit makes one edit as the screen does, after asking what it would ask.
func edit(t *rapid.T, m *model) {
	one := func() entry { return m.now.entries[rapid.IntRange(0, len(m.now.entries)-1).Draw(t, "entry")] }
	attribute := rapid.SampledFrom(attributesOf()).Draw(t, "attribute").Name
	field := rapid.SampledFrom([]string{"number", "name", "title", "phone"}).Draw(t, "field")
	share := rapid.SampledFrom([]sharing{alone, behind, infront}).Draw(t, "share")
	switch rapid.IntRange(0, 10).Draw(t, "edit") {
	case 0:
		_ = m.off(one().id) // refused for the UID
	case 1:
		e := one()
		_ = m.remove(e.id)
	case 2, 3:
		e := one()
		if len(m.clashes(e, field)) == 0 {
			share = alone
		}
		_, _ = m.feed(e.id, e.m.Attribute, field, share)
	case 4:
		if len(m.feeders(field, 0)) == 0 {
			share = alone
		}
		_, _ = m.feed(0, attribute, field, share)
	case 5:
		_, _ = m.name(0, attribute)
	case 6:
		_ = m.transform(one().id, []coremapping.Transform{"trim"})
	case 7:
		_, _ = m.grow(0, attribute, roster.Field{Key: fmt.Sprintf("new_%d", m.next), Label: "New", Type: roster.Text})
	case 10:
		if e := one(); len(m.clashes(e, e.m.Field)) == 0 && !(e.m.Field == m.uid().Key && len(m.feeders(e.m.Field, e.id)) > 0) {
			_ = m.on(e.id)
		}
	case 8:
		m.undo()
	case 9:
		m.redo()
	}
}

// Whatever is pressed, what would be saved can be saved: exactly one mapping
// feeds the UID, and several feed a field only in an order that says which
// counts. Undoing everything leads back to what is saved.
func TestWhateverIsEditedCanBeSaved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(aList(), attributesOf(), nil)
		for range rapid.IntRange(1, 25).Draw(t, "edits") {
			edit(t, m)
			check(t, m)
		}
		for m.undo() {
			check(t, m)
		}
		if n := m.unsaved(); n != 0 || !sameFeeds(m.mappings(), m.list.Mappings) {
			t.Fatalf("%d lines are unsaved after everything is undone: %v", n, m.mappings())
		}
	})
}

func check(t *rapid.T, m *model) {
	uid := 0
	var names []string
	for _, e := range m.now.entries {
		if m.feedsUID(&e) {
			uid++
		}
		names = append(names, e.m.Attribute)
		if _, _, ok := m.field(e.m.Field); !ok {
			t.Fatalf("%v feeds a field that is not there", e.m)
		}
	}
	if uid != 1 {
		t.Fatalf("%d mappings feed the UID: %v", uid, m.mappings())
	}
	if _, err := coremapping.Compile(m.mappings(), names, m.fieldLabel); err != nil {
		t.Fatalf("%v cannot be saved: %v", m.mappings(), err)
	}
	if _, err := m.schema(); err != nil {
		t.Fatalf("the fields cannot be saved: %v", err)
	}
	if m.unsaved() == 0 && !sameFeeds(m.mappings(), m.list.Mappings) {
		t.Fatalf("nothing is unsaved, but %v is not %v", m.mappings(), m.list.Mappings)
	}
}

// sameFeeds reports whether two sets of mappings do the same: the order counts
// only among those that feed one field.
func sameFeeds(a, b []coremapping.Mapping) bool {
	sorted := func(all []coremapping.Mapping, on bool) []coremapping.Mapping {
		all = slices.DeleteFunc(slices.Clone(all), func(m coremapping.Mapping) bool { return m.On != on })
		slices.SortStableFunc(all, func(a, b coremapping.Mapping) int {
			if on {
				return strings.Compare(a.Field, b.Field)
			}
			return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Attribute, b.Attribute), len(a.Transforms)-len(b.Transforms))
		})
		return all
	}
	return slices.EqualFunc(sorted(a, true), sorted(b, true), coremapping.Mapping.Equal) && slices.EqualFunc(sorted(a, false), sorted(b, false), coremapping.Mapping.Equal)
}

// Edits on what somebody else saved are the edits, and all else is as it was
// saved.
func TestRebaseKeepsBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(aList(), attributesOf(), nil)
		for range rapid.IntRange(0, 8).Draw(t, "edits") {
			edit(t, m)
		}
		edited := slices.Clone(m.now.entries)
		theirs := aList()
		at := rapid.IntRange(0, len(theirs.Mappings)-1).Draw(t, "theirs")
		theirs.Mappings[at].Transforms = []coremapping.Transform{"collapse"}
		base := m.list.Mappings
		m.rebase(theirs)
		for _, e := range edited {
			if e.base >= 0 && e.m.Equal(base[e.base]) {
				continue // not edited
			}
			if !slices.ContainsFunc(m.now.entries, func(now entry) bool { return now.m.Equal(e.m) }) {
				t.Fatalf("the edit %v is gone: %v", e.m, m.mappings())
			}
		}
		touched := !slices.ContainsFunc(edited, func(e entry) bool { return e.base == at && e.m.Equal(base[at]) })
		if theirs := theirs.Mappings[at]; !touched && !slices.ContainsFunc(m.now.entries, func(e entry) bool { return e.m.Equal(theirs) }) {
			t.Fatalf("what was saved is gone: %v", m.mappings())
		}
	})
}

func TestTheFilterFinds(t *testing.T) {
	m := newModel(aList(), attributesOf(), []string{"urn:example:cards:2.0:User:badgeColour"})
	if err := m.transform(m.now.entries[0].id, []coremapping.Transform{"uppercase"}); err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string]int{
		"": 6, "name": 2, "NICK": 1, "badge colour": 1, "cards:2.0": 1, "title on": 1, "free": 3, "unsaved": 1, "upper": 1, "contact": 1, "nothing": 0,
	} {
		if got := newLines(nil, m, nil, filter).found; got != want {
			t.Errorf("%q finds %d attributes, want %d", filter, got, want)
		}
	}
}
