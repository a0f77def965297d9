package demo_test

import (
	"path/filepath"
	"testing"
	"time"

	"muster/cmd/demo"
	"muster/core"
	"muster/core/changeset"
	"muster/storage"
)

// The demo shows what the app is for: lists of three kinds, people who left, a
// history by several administrators, a changeset that the guard holds, and a
// session with edits to push, one of which will be a conflict.
func TestDemoHasSomethingToShow(t *testing.T) {
	store, err := storage.Open(filepath.Join(t.TempDir(), "demo.db"), storage.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	if err := demo.Fill(t.Context(), store, now, 500, nil); err != nil {
		t.Fatal(err)
	}
	e, err := core.Open(t.Context(), store, core.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lists, err := e.Lists(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(lists) != 3 {
		t.Fatalf("%d lists, want 3", len(lists))
	}
	for _, l := range lists {
		if l.Standing.Active == 0 || l.Standing.Inactive == 0 || l.Standing.Changed.After(now) {
			t.Errorf("%s stands at %+v: nobody active, nobody inactive, or changed in the future", l.Slug, l.Standing)
		}
	}
	waiting, err := e.Overview(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(waiting) != 1 || waiting[0].State != changeset.Pending || len(waiting[0].Held) == 0 {
		t.Errorf("first changeset is %+v, want one that waits and is held", waiting)
	}
	if d, err := e.Load(t.Context(), waiting[0].ID, nil); err != nil || len(d.Conflicts) != 1 {
		t.Errorf("it has conflicts %+v, %v; want one to decide", d.Conflicts, err)
	}
	all, err := e.Sessions(t.Context(), 0)
	if err != nil || len(all) != 1 || all[0].Counts.Edited != 2 || all[0].Counts.Added != 1 || all[0].Counts.Unsent != 3 {
		t.Fatalf("the sessions are %+v, %v", all, err)
	}
	if d, err := e.DraftPush(t.Context(), all[0].ID); err != nil || len(d.Items) != 3 || len(d.Conflicts) != 1 {
		t.Errorf("pushing it would be %+v, %v", d, err)
	}
}
