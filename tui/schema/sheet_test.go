package schema

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/core/roster"
)

// someList has up to a dozen fields, the first of which is the UID.
func someList(t *rapid.T) roster.List {
	l := roster.List{Slug: "staff", Name: "Staff"}
	for i := range rapid.IntRange(1, 12).Draw(t, "fields") {
		f := roster.Field{Key: fmt.Sprintf("f%d", i), Label: fmt.Sprintf("Field %d", i), UID: i == 0, Type: rapid.SampledFrom(roster.Types()).Draw(t, "type")}
		if f.UID {
			f.Type = roster.Text
		}
		if f.Type == roster.Dropdown {
			f.Options = []string{"a", "b"}
		}
		if err := l.Schema.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// someEdit makes one edit of the fields.
func someEdit(t *rapid.T, f *fields) {
	at := rapid.IntRange(0, len(f.sheet.lines)-1).Draw(t, "at")
	l := &f.sheet.lines[at]
	switch edit := rapid.IntRange(0, 6).Draw(t, "edit"); {
	case edit == 0:
		f.typed(fieldTyped{0, roster.Field{Label: rapid.SampledFrom([]string{"Locker", "Field 1", "音", "Badge no."}).Draw(t, "label"), Type: roster.Text}})
	case l.gone:
		f.remove(at)
	case edit == 1 && !l.field.UID:
		f.remove(at)
	case edit == 2:
		f.moved(at, rapid.IntRange(0, len(f.sheet.lines)-1).Draw(t, "to"))
	case edit == 3 && !l.field.UID:
		f.hide(at)
	case edit == 4:
		f.update(typeChosen{l.id, rapid.SampledFrom([]roster.Type{roster.Text, roster.Email}).Draw(t, "to type")})
	case edit == 5 && l.field.Type != roster.Tags:
		f.setUID(at)
	default:
		changed := l.field
		changed.Label, changed.Group = "New "+changed.Label, "badge"
		f.typed(fieldTyped{l.id, changed})
	}
}

// What is saved is what was on the screen, whatever was edited; and what was
// edited is taken back edit by edit, until nothing is unsaved.
func TestEditsMakeTheFieldsAndAreTakenBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := someList(t)
		f := newFields(nil, l.Clone(), true)
		for range rapid.IntRange(0, 12).Draw(t, "edits") {
			someEdit(t, f)
		}
		after := l.Clone()
		if err := f.sheet.listChange().Make(&after); err != nil {
			t.Fatal(err)
		}
		same := func(is, want roster.Field) bool {
			if want.ID == 0 {
				want.ID = is.ID
			}
			return is.Equal(want)
		}
		if want := f.sheet.fields(); !slices.EqualFunc(after.Schema.Fields, want, same) {
			t.Fatalf("the fields are\n%+v, want\n%+v", after.Schema.Fields, want)
		}
		if n := f.sheet.unsaved(); (n == 0) != slices.EqualFunc(after.Schema.Fields, l.Schema.Fields, roster.Field.Equal) {
			t.Fatalf("%d edits are unsaved, and the fields were\n%+v and are\n%+v", n, l.Schema.Fields, after.Schema.Fields)
		}
		for ok := true; ok; {
			_, ok = f.undo()
		}
		if n := f.sheet.unsaved(); n != 0 {
			t.Fatalf("%d edits are unsaved after all were taken back", n)
		}
	})
}

// Whoever else changes the fields meanwhile, their edits stand, and so do those
// of one's own that are about other fields.
func TestWhatSomebodyElseChangesStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := someList(t)
		mine, theirs := newFields(nil, l.Clone(), true), newFields(nil, l.Clone(), true)
		for range rapid.IntRange(1, 6).Draw(t, "mine") {
			someEdit(t, mine)
		}
		for range rapid.IntRange(1, 6).Draw(t, "theirs") {
			someEdit(t, theirs)
		}
		now := l.Clone()
		if err := theirs.sheet.listChange().Make(&now); err != nil {
			t.Fatal(err)
		}
		mine.follow(now)
		after := now.Clone()
		if err := mine.sheet.listChange().Make(&after); err != nil {
			t.Fatal(err)
		}
		for _, f := range now.Schema.Fields {
			was, had := l.Schema.ByID(f.ID)
			is, stays := after.Schema.ByID(f.ID)
			if !had || !was.Equal(f) {
				if is.UID = f.UID; !stays || !is.Equal(f) {
					t.Fatalf("their %+v became %+v", f, is)
				}
			}
		}
		if uid, _ := after.Schema.UID(); uid.ID == 0 {
			t.Fatal("there is no UID any more")
		}
	})
}
