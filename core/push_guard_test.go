package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// crowd pushes n users, named and numbered from 1.
func (w *world) crowd(n int) (made []core.Resource) {
	w.t.Helper()
	for i := range n {
		made = append(made, w.create(someone(i+1)))
	}
	return made
}

func someone(n int, more ...string) core.Said {
	no := fmt.Sprint(n)
	return user(append([]string{"user", "user" + no, "no", no, "name", "User " + no, "ext", "x" + no}, more...)...)
}

// waiting returns the list's changesets that wait, with their items.
func (w *world) waiting() (all []*core.Draft) {
	w.t.Helper()
	heads, err := w.Overview(ctx, w.list, 100)
	w.must(err)
	for _, head := range heads {
		if head.Open() {
			d, err := w.Load(ctx, head.ID, nil)
			w.must(err)
			all = append(all, d)
		}
	}
	return all
}

// A provider gone mad empties no roster: what is above the limit waits in one
// changeset, and everything else flows.
func TestTheGuardLooksBackAnHour(t *testing.T) {
	w := pushWorld(t)
	made := w.crowd(40)
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
		l.Limits = roster.Limits{DeactivatePercent: 25, MinPeople: 5}
		return nil
	}))
	for i := range 30 {
		if i == 12 {
			w.reopen() // the journal knows how many they were
		}
		said := someone(i+1, "active", "no")
		if i >= 20 {
			said = someone(i+1, "active", "no", "mail", "moved@x.example")
		}
		if r := w.replace(made[i].ID, said); r.Active {
			t.Fatalf("the provider is told %+v", r)
		}
	}
	if s := w.standing(); s.Active != 30 || s.Inactive != 10 {
		t.Errorf("there are %+v", s)
	}
	waits := w.waiting()
	if len(waits) != 1 || waits[0].Head.Origin != changeset.SCIM || waits[0].Head.Counts.Deactivates != 20 || len(waits[0].Items) != 20 {
		t.Fatalf("%d wait, %+v", len(waits), waits[0].Head)
	}
	if held := waits[0].Head.Held; len(held) != 1 || held[0].String() != "30 deactivations of 40 active people; at most 10 pass unseen" {
		t.Errorf("held is %v", held)
	}
	if w.by("25").Values.Get(mailField) != "moved@x.example" {
		t.Error("what is no deactivation waits, too")
	}
	w.create(someone(41))
	w.remove(made[39].ID)
	if s := w.standing(); s.Active != 31 || w.by("40").Status != roster.Active {
		t.Errorf("with one more and one deleted there are %+v", s)
	}

	// The provider takes some of it back: they wait no more.
	for i := 20; i < 25; i++ {
		w.replace(made[i].ID, someone(i+1))
	}
	waits = w.waiting()
	if waits[0].Head.Counts.Deactivates != 16 || waits[0].Head.Counts.Items() != 16 || len(waits[0].Items) != 16 {
		t.Errorf("after some came back: %+v", waits[0].Head.Counts)
	}
	w.create(user("user", "user40", "no", "40", "name", "User 40", "ext", "x40"))
	if waits = w.waiting(); waits[0].Head.Counts.Deactivates != 15 {
		t.Errorf("after the deleted one came back: %+v", waits[0].Head.Counts)
	}
	// What waits is approved, and is no reason to hold what follows.
	_, err := w.Apply(ctx, mara, waits[0].Head.ID, core.How{})
	w.must(err)
	if s := w.standing(); s.Active != 16 || s.Inactive != 25 {
		t.Errorf("approved, there are %+v", s)
	}
	w.now = w.now.Add(2 * time.Hour)
	w.replace(made[30].ID, someone(31, "active", "no"))
	if w.by("31").Status != roster.Inactive || len(w.waiting()) != 0 {
		t.Error("an hour later one more is held")
	}
}

// The last item that is taken back closes what waits.
func TestWhatWaitsIsTakenBackWhole(t *testing.T) {
	w := pushWorld(t)
	made := w.crowd(3)
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Limits = roster.Limits{Deactivations: 1}; return nil }))
	for i := range 3 {
		w.replace(made[i].ID, someone(i+1, "active", "no"))
	}
	if w.standing().Active != 2 || len(w.waiting()) != 1 {
		t.Fatalf("there are %+v", w.standing())
	}
	w.replace(made[1].ID, someone(2))
	w.replace(made[2].ID, someone(3))
	if len(w.waiting()) != 0 || w.standing().Active != 2 {
		t.Errorf("%d wait", len(w.waiting()))
	}
}

// Where a list has everything approved, each resource has one item that waits,
// which later pushes make another.
func TestApprovalOfPushes(t *testing.T) {
	w := pushWorld(t)
	a := w.create(someone(1))
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Approval.SCIM = roster.Wait; return nil }))
	w.replace(a.ID, someone(1, "mail", "a@x.example"))
	b := w.create(someone(2))
	w.replace(b.ID, someone(2, "mail", "b@x.example"))
	w.replace(a.ID, someone(1, "mail", "c@x.example"))
	waits := w.waiting()
	if len(waits) != 1 || len(waits[0].Items) != 2 || waits[0].Head.Counts.Creates != 1 || waits[0].Head.Counts.Updates != 1 {
		t.Fatalf("%d wait: %+v", len(waits), waits[0].Head.Counts)
	}
	if got := w.standing(); got.Active != 1 || len(w.problems()) != 0 {
		t.Errorf("there are %+v, and %q", got, w.problems())
	}
	if !strings.Contains(string(waits[0].Items[1].Values), "b@x.example") || waits[0].Items[0].Changes[0].Proposed != "c@x.example" {
		t.Errorf("the items are %+v", waits[0].Items)
	}
	_, err := w.Apply(ctx, mara, waits[0].Head.ID, core.How{})
	w.must(err)
	if w.by("1").Values.Get(mailField) != "c@x.example" || w.by("2").Values.Get(mailField) != "b@x.example" {
		t.Error("approved, they are not as proposed")
	}
	// From now on pushes are about the person that was approved.
	w.replace(b.ID, someone(2, "mail", "d@x.example"))
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Approval.SCIM = roster.AtOnce; return nil }))
	w.replace(b.ID, someone(2, "mail", "e@x.example"))
	if w.by("2").Values.Get(mailField) != "e@x.example" || len(w.waiting()) != 0 || w.standing().Active != 2 {
		t.Errorf("%d wait", len(w.waiting()))
	}
}

// What is rejected is declined as of any source, until it speaks of them again.
func TestWhatWaitsIsRejected(t *testing.T) {
	w := pushWorld(t)
	made := w.crowd(3)
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Limits = roster.Limits{Deactivations: 1}; return nil }))
	for i := range 3 {
		w.replace(made[i].ID, someone(i+1, "active", "no"))
	}
	_, err := w.Reject(ctx, mara, w.waiting()[0].Head.ID)
	w.must(err)
	if _, err := w.SettleProblems(ctx, mara, w.list); err != nil || w.standing().Active != 2 || len(w.pins()) != 2 {
		t.Errorf("rejected, there are %+v and %+v, %v", w.standing(), w.pins(), err)
	}
	w.now = w.now.Add(2 * time.Hour)
	w.replace(made[1].ID, someone(2, "active", "no", "mail", "x@x.example"))
	if w.by("2").Status != roster.Inactive || len(w.pins()) != 1 {
		t.Errorf("the source spoke again, and they are %s with %+v", w.by("2").Status, w.pins())
	}
}
