package schema

import (
	"context"
	"testing"
	"time"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// An edit of which it was stopped to work out what it means is taken back: it
// would stand there without a price.
func TestAnEditThatIsStoppedIsTakenBack(t *testing.T) {
	list := roster.List{Slug: "staff", Name: "Staff"}
	for _, f := range []roster.Field{{Key: "number", UID: true}, {Key: "year"}} {
		if err := list.Schema.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	s := New(kit.NewEnv(theme.Options{}, time.Now), new(core.Engine), core.LocalUser("kim"), &list, Doors{})
	s.Update(typeChosen{id: 2, t: roster.Number})
	if s.count() != 1 || !s.Waits("schema.add") {
		t.Fatalf("%d edits, busy: %v", s.count(), s.flow.Busy())
	}
	run := 0
	for !s.pricing.Is(run) {
		run++
	}
	s.planned(planned{run: run, edits: s.edits, why: edited, err: context.Canceled})
	if s.count() != 0 || s.sheet.lines[1].field.Type != roster.Text {
		t.Errorf("the edit stands: %+v", s.sheet.lines[1])
	}
}
