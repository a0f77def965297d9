package entra_test

import (
	"testing"

	"muster/core/mapping"
	"muster/sync/entra/graphtest"
)

func TestTheWholeDirectory(t *testing.T) {
	for _, quirks := range []graphtest.Quirks{{}, graphtest.Odd()} {
		w := newWorld(t, graphtest.Options{Seed: 5, People: 2300, Mixed: true, Quirks: quirks})
		w.tenant.SoftDelete(w.tenant.UserID(7))
		report := w.mustRead(true)
		w.same("first")
		if report.People != 2299 || report.Count != 2299 || report.Unended != "" {
			t.Errorf("report %+v", report)
		}
		if w.sink.biggest > 4*999 {
			t.Errorf("a page of %d people was staged", w.sink.biggest)
		}
		a, b, c, d := w.tenant.UserID(100), w.tenant.UserID(101), w.tenant.UserID(102), w.tenant.UserID(103)
		w.tenant.Set(a, "department", "Archives")
		w.tenant.Set(b, "department", nil)
		w.tenant.SoftDelete(c)
		w.tenant.Delete(d)
		w.tenant.Restore(w.tenant.UserID(7))
		w.tenant.AddUser(map[string]any{"displayName": "Newly Come"})
		before := w.server.Requests(graphtest.Any)
		w.mustRead(false)
		w.same("then what is new")
		if asked := w.server.Requests(graphtest.Any) - before; asked > 1 {
			t.Errorf("six changes took %d requests", asked)
		}
		if w.left(c) != mapping.SoftDeleted || w.left(d) != mapping.Deleted {
			t.Errorf("left as %q and %q", w.left(c), w.left(d))
		}
		w.tenant.Restore(c)
		w.mustRead(false)
		w.same("restored")
		w.mustRead(true)
		w.same("all again")
	}
}

func TestGroupsWithinGroups(t *testing.T) {
	for _, quirks := range []graphtest.Quirks{{}, graphtest.Odd()} {
		w := newWorld(t, graphtest.Options{Seed: 6, People: 3000, Mixed: true, Quirks: quirks})
		tn := w.tenant
		outer := tn.AddGroup("Card holders", graphtest.Range{From: 0, To: 1200})
		inner := tn.AddGroup("Science", graphtest.Range{From: 1100, To: 1500})
		deep := tn.AddGroup("Physics", graphtest.Range{From: 1490, To: 1600})
		apart := tn.AddGroup("Contractors", graphtest.Range{From: 2000, To: 2100})
		tn.Join(outer, inner, tn.AddDevice())
		tn.Join(inner, deep)
		tn.Join(deep, outer)
		tn.SoftDelete(tn.UserID(50))
		w.order.Groups = []string{outer}
		report := w.mustRead(true)
		w.same("first")
		if report.Count != report.People || report.Unended != "" || len(report.Vanished) > 0 {
			t.Errorf("report %+v", report)
		}

		left, joined, gone, soft := tn.UserID(3), tn.UserID(2500), tn.UserID(4), tn.UserID(5)
		tn.Leave(outer, left)
		tn.Leave(outer, tn.UserID(1150)) // who is in the inner one still
		tn.Join(deep, joined)
		tn.Delete(gone)
		tn.SoftDelete(soft)
		tn.Restore(tn.UserID(50)) // who was deleted before anything was read
		tn.Join(inner, apart)     // a group with its people
		tn.Set(tn.UserID(6), "department", "Archives")
		tn.Set(tn.UserID(2900), "department", "Archives") // who is in none
		w.mustRead(false)
		w.same("then what is new")
		if w.left(left) != mapping.LeftGroup || w.left(gone) != mapping.Deleted || w.left(soft) != mapping.SoftDeleted {
			t.Errorf("left as %q, %q, %q", w.left(left), w.left(gone), w.left(soft))
		}

		tn.Leave(outer, inner) // and with it all that is within
		tn.Restore(soft)
		w.mustRead(false)
		w.same("a group has left")
		tn.Join(outer, inner)
		w.mustRead(false)
		w.same("and come back")
		tn.Leave(deep, tn.UserID(1595))
		tn.DeleteGroup(apart)
		w.mustRead(false)
		w.same("one is deleted")
		report = w.mustRead(true)
		w.same("all again")
		if report.Count != report.People {
			t.Errorf("report %+v", report)
		}
	}
}
