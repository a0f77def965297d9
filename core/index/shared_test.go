package index

import (
	"slices"
	"testing"

	"muster/core/roster"
)

// Those who show everybody share one list, until anybody changes.
func TestEverybodyIsShared(t *testing.T) {
	ix := New()
	search := func() *Result {
		t.Helper()
		r, err := ix.Search(t.Context(), Request{Statuses: roster.Only(roster.Active)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	one := roster.Person{ID: roster.PersonID{1}, Status: roster.Active}
	ix.Put(one)
	first, second := search(), search()
	if first == second || &first.Rows[0] != &second.Rows[0] {
		t.Error("two searches for everybody have a list each")
	}
	ix.Put(roster.Person{ID: roster.PersonID{2}, Status: roster.Active})
	if now := search(); !slices.Equal(now.Rows, []uint32{0, 1}) || !slices.Equal(first.Rows, []uint32{0}) {
		t.Errorf("somebody new makes %v of %v", now.Rows, first.Rows)
	}
	one.Status = roster.Inactive
	ix.Put(one)
	if now := search(); !slices.Equal(now.Rows, []uint32{1}) || now.Inactive != 1 {
		t.Errorf("somebody inactive leaves %v, %d inactive", now.Rows, now.Inactive)
	}
}
