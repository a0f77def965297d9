package session

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core/changeset"
	"muster/core/roster"
)

func drawMember(t *rapid.T) Member {
	m := Member{Person: roster.PersonID{1, 2, 3}, Added: rapid.Bool().Draw(t, "added")}
	word := rapid.StringMatching(`[a-zé ]{0,9}`)
	for f := range roster.FieldID(5) {
		if rapid.Bool().Draw(t, "in the snapshot") {
			m.Snapshot = m.Snapshot.With(f+1, word.Draw(t, "value"))
		}
		if rapid.Bool().Draw(t, "edited") {
			m.Edits = append(m.Edits, Edit{
				Field: f + 1, Text: word.Draw(t, "text"), Base: word.Draw(t, "base"), By: word.Draw(t, "by"),
				Sent:  changeset.ID(rapid.IntRange(0, 300).Draw(t, "sent")),
				Fresh: rapid.Bool().Draw(t, "fresh"), At: time.UnixMilli(rapid.Int64Range(0, 1<<41).Draw(t, "at")).UTC(),
			})
		}
	}
	return m
}

func TestMemberIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMember(t)
		got, err := Decode(m.Person, string(Append(nil, &m)))
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("wrote %+v, read %+v, %v", m, got, err)
		}
	})
}

func TestCountsComeAndGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Counts
		all := rapid.SliceOf(rapid.Custom(drawMember)).Draw(t, "members")
		for i := range all {
			c.Count(&all[i], 1)
		}
		if c.People != len(all) || c.Edited+c.Added > c.People || c.Unsent > c.People {
			t.Fatalf("%d members count as %+v", len(all), c)
		}
		for i := range all {
			c.Count(&all[i], -1)
		}
		if c != (Counts{}) {
			t.Fatalf("nobody counts as %+v", c)
		}
	})
}

func TestSetKeepsEditsInOrderAndDropsWhatIsNone(t *testing.T) {
	m := Member{Snapshot: roster.Values("").With(1, "007").With(2, "John")}
	m.Set(Edit{Field: 3, Text: "Art", Fresh: true})
	m.Set(Edit{Field: 2, Text: "Johnny", Fresh: true})
	if m.Get(1) != "007" || m.Get(2) != "Johnny" || m.Get(3) != "Art" || !m.Edited() || !m.Unsent() {
		t.Fatalf("%+v", m)
	}
	if m.Edits[0].Field != 2 {
		t.Fatalf("edits do not ascend: %+v", m.Edits)
	}
	if got := m.Values(); got != m.Snapshot.With(2, "Johnny").With(3, "Art") {
		t.Fatalf("values are %q", got)
	}
	m.Set(Edit{Field: 2, Text: "John", Fresh: true})
	if _, ok := m.Edit(2); ok {
		t.Fatal("what the snapshot has is no edit")
	}
	m.Set(Edit{Field: 3, Sent: 7, Fresh: true})
	if _, ok := m.Edit(3); !ok || m.Edited() {
		t.Fatal("what was proposed is to be taken back by the next push")
	}
}

func FuzzDecode(f *testing.F) {
	m := Member{Snapshot: roster.Values("").With(1, "007"), Edits: []Edit{{Field: 2, Text: "x", Fresh: true, By: "mara"}}}
	f.Add(string(Append(nil, &m)))
	f.Fuzz(func(t *testing.T, stored string) {
		m, err := Decode(roster.PersonID{}, stored)
		if err != nil {
			return
		}
		again, err := Decode(m.Person, string(Append(nil, &m)))
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("%+v reads back as %+v, %v", m, again, err)
		}
	})
}
