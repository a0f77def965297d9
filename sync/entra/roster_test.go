package entra_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/entra/graphtest"
)

// active are the anchors of the people who are active in the list, in order,
// and inactive those of the others.
func (o *office) people(t tester) (active, inactive []string) {
	t.Helper()
	err := o.EachPerson(context.Background(), o.list, func(p *roster.Person) error {
		anchor, _ := p.LinkTo("entra")
		if p.Status == roster.Active {
			active = append(active, anchor)
		} else {
			inactive = append(inactive, anchor)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(active)
	slices.Sort(inactive)
	return active, inactive
}

// wanted are those of the scope's people whom the usual rules let in.
func (o *office) wanted(groups []string) []string {
	ids := o.tenant.UserIDs()
	if len(groups) > 0 {
		ids = nil
		for _, g := range groups {
			ids = append(ids, o.tenant.Members(g)...)
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool {
		is := func(attribute string) bool { return o.tenant.Value(id, attribute) != nil }
		return o.tenant.Value(id, accountEnabled) != true || o.tenant.Value(id, "userType") == "Guest" ||
			!is("givenName") && !is("surname") && !is("employeeId")
	})
}

func TestAFullReadingSaysWhyEachHasLeft(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 3, People: 60})
	g := w.tenant.AddGroup("Card holders", graphtest.Range{From: 0, To: 60})
	o := openOffice(t, w.server, w.wait, true, []string{g})
	o.sync(t)
	left, soft, gone, off := w.tenant.UserID(1), w.tenant.UserID(2), w.tenant.UserID(3), w.tenant.UserID(4)
	w.tenant.Leave(g, left)
	w.tenant.SoftDelete(soft)
	w.tenant.Delete(gone)
	w.tenant.Enable(off, false)
	w.tenant.Forget()
	run := o.sync(t)
	want := map[mapping.Left]int{mapping.LeftGroup: 1, mapping.SoftDeleted: 1, mapping.Deleted: 1, mapping.Disabled: 1}
	if !run.Full || !maps.Equal(run.Sifted.Left, want) {
		t.Errorf("left %v, want %v (%+v)", run.Sifted.Left, want, run)
	}
}

// TestAnyHistoryEndsWithTheRoster is TestAnyHistoryEndsWithTheTenant with the
// engine on a store: whatever happens, in the end the roster has those whom the
// tenant has in the scope; and never does a fault deactivate anybody whom it has.
func TestAnyHistoryEndsWithTheRoster(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		quirks := graphtest.Quirks{}
		if rapid.Bool().Draw(rt, "odd") {
			quirks = graphtest.Odd()
		}
		w := newWorld(rt, graphtest.Options{Seed: uint64(rapid.IntRange(1, 5).Draw(rt, "seed")), People: 40, Mixed: true, Quirks: quirks})
		w.server.PageSize = rapid.SampledFrom([]int{3, 200}).Draw(rt, "page size")
		h := &history{world: w, users: w.tenant.UserIDs()}
		for i := range 4 {
			h.groups = append(h.groups, w.tenant.AddGroup(string(rune('A'+i)), graphtest.Range{From: 8 * i, To: 8*i + 12}))
		}
		var groups []string
		if rapid.Bool().Draw(rt, "groups") {
			groups = h.groups[:rapid.IntRange(1, 2).Draw(rt, "of the scope")]
		}
		o := openOffice(rt, w.server, w.wait, true, groups)
		for range rapid.IntRange(1, 8).Draw(rt, "rounds") {
			for range rapid.IntRange(0, 6).Draw(rt, "changes") {
				h.change(rt)
			}
			spoilt := false
			switch rapid.IntRange(0, 5).Draw(rt, "and then") {
			case 0:
				w.tenant.Lag(rapid.IntRange(1, 5).Draw(rt, "lag"))
			case 1:
				w.tenant.Settle()
			case 2:
				w.tenant.Forget()
			case 3:
				w.server.ExpireTokens()
			default:
				h.spoil(rt)
				spoilt = true
			}
			before, _ := o.people(rt)
			run, err := o.Sync(rt.Context(), bench, o.list, core.SyncHow{Full: rapid.IntRange(0, 3).Draw(rt, "full") == 0})
			if err == nil && run.Outcome == core.Proposed && !spoilt && rapid.Bool().Draw(rt, "applied") {
				if _, err := o.Apply(rt.Context(), bench, run.Changeset, core.How{}); err != nil {
					rt.Fatal(err)
				}
			}
			_, inactive := o.people(rt)
			wanted := o.wanted(groups)
			for _, id := range before {
				if slices.Contains(inactive, id) && slices.Contains(wanted, id) {
					rt.Fatalf("%s was deactivated, and is there (%+v)", id, run)
				}
			}
			w.server.Clear()
		}
		w.tenant.Settle()
		for _, full := range []bool{false, rapid.Bool().Draw(rt, "full in the end")} {
			run, err := o.Sync(rt.Context(), bench, o.list, core.SyncHow{Full: full})
			if err != nil {
				rt.Fatal(err)
			}
			if run.Outcome == core.Proposed {
				if _, err := o.Apply(rt.Context(), bench, run.Changeset, core.How{}); err != nil {
					rt.Fatal(err)
				}
			}
		}
		active, inactive := o.people(rt)
		if want := o.wanted(groups); !slices.Equal(active, want) {
			rt.Fatalf("in the end %d people, want %d%s", len(active), len(want), difference(active, want))
		}
		all := slices.Sorted(slices.Values(slices.Concat(active, inactive)))
		if len(slices.Compact(all)) != len(active)+len(inactive) {
			rt.Fatal("somebody is there twice")
		}
	})
}
