package entra_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/sync/entra/graphtest"
)

// The failure list: what has made others deactivate everybody.

func TestAnEmptyFirstPageIsNoEmptyDirectory(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 1500})
	w.server.Plan(graphtest.Fault{On: graphtest.Users, Do: graphtest.Empty()})
	if report := w.mustRead(true); report.People != 1500 || report.Count != 1500 {
		t.Errorf("empty once: %+v", report)
	}
	w.same("looked at once more")
	w.server.Plan(graphtest.Fault{On: graphtest.Users, Times: graphtest.Always, Do: graphtest.Empty()})
	w.sink.begin(true)
	order := w.order
	order.Full = true
	report, err := w.dir.Read(t.Context(), order, w.sink)
	if err != nil || report.People != 0 || report.Count != 1500 {
		t.Errorf("empty always: %+v, %v; the engine must be told that 1,500 were not read", report, err)
	}
}

func TestPagingThatEndsEarlyIsNoEnd(t *testing.T) {
	for _, groups := range []bool{false, true} {
		w := newWorld(t, graphtest.Options{Seed: 1, People: 2500})
		kind := graphtest.Users
		if groups {
			kind = graphtest.Members
			w.order.Groups = []string{w.tenant.AddGroup("All", graphtest.Range{From: 0, To: 2500})}
		}
		w.server.Plan(graphtest.Fault{On: kind, Nth: 2, Do: graphtest.EndEarly()})
		if report := w.mustRead(true); report.People != 2500 || report.Count != 2500 {
			t.Errorf("once: %+v", report)
		}
		w.same("looked at once more")
		w.server.Plan(graphtest.Fault{On: kind, Nth: 1, Times: graphtest.Always, Do: graphtest.EndEarly()})
		w.sink.begin(true)
		order := w.order
		order.Full = true
		report, err := w.dir.Read(t.Context(), order, w.sink)
		if err != nil || report.People != 999 || report.Count != 2500 {
			t.Errorf("always: %+v, %v", report, err)
		}
	}
}

func TestADeltaThatEndsInTheMiddleIsToldAgain(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 900})
	w.mustRead(true)
	for i := range 500 {
		w.tenant.Set(w.tenant.UserID(i), "department", "Archives")
	}
	w.server.Plan(graphtest.Fault{On: graphtest.UsersDelta, Nth: 2, Times: graphtest.Always, Do: graphtest.EndEarly()})
	report := w.mustRead(false) // though the engine would hold it
	if !strings.Contains(report.Unended, "ended in the middle") {
		t.Errorf("report %+v", report)
	}
	w.server.Clear()
	w.mustRead(false)
	w.same("the link was kept")
}

func TestAMissingPermissionIsNotAnEmptyValue(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 300})
	w.mustRead(true)
	w.server.Vanish("department")
	report := w.mustRead(true)
	for _, id := range w.sink.active() {
		if w.sink.people[id].Cells[2].Presence != mapping.Null {
			t.Fatal("a full reading says Null of what it was not given: its fill rate gives it away")
		}
	}
	if report.Unended != "" {
		t.Errorf("a department may be missing: %+v", report)
	}
	w.server.Vanish(accountEnabled)
	if report = w.mustRead(true); !strings.Contains(report.Unended, accountEnabled) {
		t.Errorf("everybody is enabled or not: %+v", report)
	}

	// What is new does not name it, which is to say nothing of it.
	w.server.Vanish()
	w.mustRead(true)
	w.server.Vanish("department")
	w.tenant.Set(w.tenant.UserID(0), "displayName", "Somebody Else")
	w.mustRead(false)
	if w.same("what is new"); w.sink.people[w.tenant.UserID(0)].Cells[2].Text == "" {
		t.Error("a value was cleared because it may not be read")
	}
	w.server.Grant(graphtest.GroupMemberReadAll)
	if _, err := w.read(t.Context(), false); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), graphtest.UserReadAll) {
		t.Errorf("without any permission: %v", err)
	}
}

func TestAGroupThatVanishesEmptiesNothing(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 300})
	a := w.tenant.AddGroup("Staff", graphtest.Range{From: 0, To: 100})
	b := w.tenant.AddGroup("Students", graphtest.Range{From: 50, To: 300})
	w.order.Groups = []string{a, b}
	w.mustRead(true)
	w.tenant.DeleteGroup(a)
	report := w.mustRead(false)
	if !slices.Equal(report.Vanished, []string{"Staff"}) {
		t.Errorf("report %+v", report)
	}
	if n := len(w.sink.active()); n != 300 {
		t.Errorf("%d people are left", n)
	}
	if report = w.mustRead(true); !slices.Equal(report.Vanished, []string{a}) {
		t.Errorf("a full reading: %+v", report)
	}
}

func TestHiddenMembersAreNotNobody(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 30})
	outer := w.tenant.AddGroup("Staff")
	inner := w.tenant.AddGroup("Board", graphtest.Range{From: 0, To: 30})
	w.tenant.Join(outer, inner)
	w.tenant.Hide(inner)
	w.order.Groups = []string{outer}
	if _, err := w.read(t.Context(), true); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), "Board are hidden") {
		t.Errorf("hidden within: %v", err)
	}
	w.sink.drop()
	w.server.Grant(graphtest.UserReadAll, graphtest.GroupMemberReadAll, graphtest.MemberReadHidden)
	w.server.ExpireTokens() // the new permission is in the next one
	w.mustRead(true)
	w.same("with the permission")
}

func TestATokenThatExpiredInTheHolidaysAsksForEverybody(t *testing.T) {
	for _, groups := range []bool{false, true} {
		w := newWorld(t, graphtest.Options{Seed: 1, People: 300})
		if groups {
			w.order.Groups = []string{w.tenant.AddGroup("All", graphtest.Range{From: 0, To: 300})}
		}
		w.mustRead(true)
		w.tenant.Delete(w.tenant.UserID(1))
		w.tenant.Advance(9 * 24 * time.Hour)
		if _, err := w.read(t.Context(), false); !errors.Is(err, core.ErrReadAnew) {
			t.Errorf("after nine days: %v", err)
		}
		w.sink.drop()
		w.mustRead(true)
		w.same("all again")

		w.server.Plan(graphtest.Fault{On: graphtest.UsersDelta, Do: graphtest.Gone()})
		if _, err := w.read(t.Context(), false); !errors.Is(err, core.ErrReadAnew) {
			t.Errorf("410: %v", err)
		}
		w.sink.drop()
		w.server.Clear()
		w.order.Attributes = append(slices.Clone(usual), "jobTitle")
		if _, err := w.read(t.Context(), false); !errors.Is(err, core.ErrReadAnew) {
			t.Errorf("other attributes: %v", err)
		}
	}
}

func TestThrottlingIsHonouredAndTold(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 2500})
	w.server.Plan(
		graphtest.Fault{On: graphtest.Users, Nth: 2, Do: graphtest.Throttle(17 * time.Second)},
		graphtest.Fault{On: graphtest.Users, Nth: 3, Times: 3, Do: graphtest.Unavailable(-1)},
	)
	w.mustRead(true)
	w.same("read")
	if len(w.waited) != 4 || w.waited[0] != 17*time.Second {
		t.Fatalf("waited %v", w.waited)
	}
	for i, d := range w.waited[1:] {
		if base := time.Second << (i + 1); d < base/2 || d > base*3/2 {
			t.Errorf("wait %d without Retry-After was %v", i, d)
		}
	}
	if len(w.sink.waits) != 4 || !strings.Contains(w.sink.waits[0], "is busy: ") {
		t.Errorf("told %q", w.sink.waits)
	}
	w.server.Plan(graphtest.Fault{On: graphtest.Users, Times: graphtest.Always, Do: graphtest.Throttle(time.Second)})
	if _, err := w.read(t.Context(), true); !fault.Is(err, fault.Busy) {
		t.Errorf("throttled for ever: %v", err)
	}
}

func TestABrokenConnectionGoesOnAtItsPage(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 4500})
	w.server.Plan(graphtest.Fault{On: graphtest.Users, Nth: 3, Do: graphtest.Cut()},
		graphtest.Fault{On: graphtest.Users, Nth: 5, Do: graphtest.Garbage()})
	w.mustRead(true)
	w.same("read")
	if asked := w.server.Requests(graphtest.Users); asked != 5+2 {
		t.Errorf("five pages took %d requests", asked)
	}

	// The disk is full after three pages: the reading goes on there.
	w.sink.failAt = w.sink.pages + 4
	if _, err := w.read(t.Context(), true); err == nil {
		t.Fatal("the disk was not full")
	}
	before := w.server.Requests(graphtest.Users)
	w.mustRead(true)
	w.same("gone on")
	if asked := w.server.Requests(graphtest.Users) - before; asked > 4 { // three, and one that was under way when the disk was full
		t.Errorf("what was left took %d requests", asked)
	}
}

func TestAReadingIsStoppedAtAnyRequest(t *testing.T) {
	for stop := 1; stop < 14; stop++ {
		w := newWorld(t, graphtest.Options{Seed: 1, People: 2500})
		w.order.Groups = []string{w.tenant.AddGroup("All", graphtest.Range{From: 0, To: 2500})}
		ctx, cancel := context.WithCancel(t.Context())
		w.server.Plan(graphtest.Fault{Nth: stop, Do: graphtest.Then(cancel)})
		if _, err := w.read(ctx, true); err == nil {
			continue // it was over by then
		} else if !errors.Is(err, context.Canceled) {
			t.Errorf("stopped at request %d: %v", stop, err)
		}
		w.server.Clear()
		if len(w.sink.people) != 0 || len(w.sink.notes) != 0 {
			t.Errorf("stopped at request %d, something is current", stop)
		}
		w.mustRead(true)
		w.same("gone on")
	}
}

func TestACountThatLagsIsLookedAtTwice(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 300})
	w.order.Groups = []string{w.tenant.AddGroup("All", graphtest.Range{From: 0, To: 300})}
	w.server.Plan(graphtest.Fault{On: graphtest.Count, Nth: 2, Do: graphtest.Skew(5)})
	if report := w.mustRead(true); report.People != 300 || report.Count != 300 {
		t.Errorf("once: %+v", report)
	}
	w.server.Plan(graphtest.Fault{On: graphtest.Count, Times: graphtest.Always, Do: graphtest.Skew(5)})
	if report := w.mustRead(true); report.People != 300 || report.Count != 305 {
		t.Errorf("always: %+v", report)
	}
}

func TestALinkThatLeadsElsewhereIsNotFollowed(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 300})
	w.mustRead(true)
	w.sink.notes["link/users"] = "https://elsewhere.example/v1.0/users/delta?$deltatoken=x"
	if _, err := w.read(t.Context(), false); err == nil || !strings.Contains(err.Error(), "elsewhere.example") {
		t.Errorf("the access token went elsewhere: %v", err)
	}
}

func TestWhoCannotBeFoundYetIsLookedForAgain(t *testing.T) {
	w := newWorld(t, graphtest.Options{Seed: 1, People: 300})
	g := w.tenant.AddGroup("All", graphtest.Range{From: 0, To: 200})
	w.order.Groups = []string{g}
	w.mustRead(true)
	w.tenant.Join(g, w.tenant.UserID(250))
	w.server.Plan(graphtest.Fault{On: graphtest.User, Do: graphtest.Refuse(404, "Request_ResourceNotFound", "")})
	w.mustRead(false)
	if slices.Contains(w.sink.active(), w.tenant.UserID(250)) {
		t.Error("who was not found was found")
	}
	w.mustRead(false)
	w.same("the next time")
}

const accountEnabled = "accountEnabled"
