package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/scope"
	"muster/core/seal"
)

// syncWorld is a world whose list is connected to a tenant.
func newSyncWorld(t tester, dir string) *world {
	t.Helper()
	key := seal.NewKey()
	w := newWorld(t, dir, false)
	w.close()
	w.dir, w.key = newTenant(), func(bool) (seal.Key, error) { return key, nil }
	w.open()
	w.join(nil)
	return w
}

func (w *world) join(s *scope.Scope) {
	w.t.Helper()
	_, err := w.Join(ctx, mara, w.list, core.Joining{Kind: "tenant", UID: "no", Scope: s, Answers: &core.ConnectAnswers{
		Plain: map[string]string{"tenant": "example"}, Secrets: map[string]string{"secret": "open sesame"},
	}})
	w.must(err)
}

func syncTestWorld(t *testing.T) *world {
	t.Helper()
	w := newSyncWorld(t, t.TempDir())
	t.Cleanup(w.close)
	return w
}

func (w *world) run() core.Run {
	w.t.Helper()
	run, err := w.Sync(ctx, mara, w.list, core.SyncHow{})
	w.must(err)
	return run
}

// crowd puts people from E1 on into the tenant.
func (d *tenant) crowd(n int, groups ...string) {
	for i := 1; i <= n; i++ {
		d.put(fmt.Sprintf("a%d", i), fmt.Sprintf("E%d", i), fmt.Sprintf("Person %d", i), fmt.Sprintf("p%d@example.org", i), groups...)
	}
}

func counted(c changeset.Counts) string {
	return fmt.Sprintf("%d+ %d~ %d- %d^", c.Creates, c.Updates, c.Deactivates, c.Reactivates)
}

func TestSyncFollowsTheDirectory(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(7)
	first := w.run()
	if !first.Full || first.Outcome != core.RunApplied || counted(first.Counts) != "7+ 0~ 0- 0^" || first.Pages != 3 {
		t.Fatalf("the first run: %+v", first)
	}
	if idle := w.run(); idle.Full || idle.Outcome != core.NothingNew {
		t.Fatalf("nothing is new: %+v", idle)
	}
	w.dir.set("a1", "name", "Anna")
	w.dir.set("a2", "enabled", "false")
	w.dir.delete("a3", true)
	w.dir.put("a8", "E8", "Person 8", "p8@example.org")
	delta := w.run()
	if delta.Full || counted(delta.Counts) != "1+ 1~ 2- 0^" {
		t.Fatalf("what is new: %+v", delta)
	}
	if name := w.by("E1").Values.Get(nameField); name != "Anna" {
		t.Errorf("E1 is called %q", name)
	}
	gone := map[string]mapping.Left{"E2": mapping.Disabled, "E3": mapping.SoftDeleted}
	was := w.by("E3").ID
	for uid, left := range gone {
		p := w.by(uid)
		events, err := w.History(ctx, w.list, p.ID)
		w.must(err)
		if p.Status != roster.Inactive || events[0].Left != left {
			t.Errorf("%s is %s, left %q, want %q", uid, p.Status, events[0].Left, left)
		}
	}
	w.dir.delete("a3", false)
	w.dir.set("a2", "enabled", "true")
	if back := w.run(); counted(back.Counts) != "0+ 0~ 0- 2^" || w.by("E3").ID != was {
		t.Errorf("they come back: %+v", back)
	}
	w.sound()
}

func TestWhatIsHeldIsReadAgain(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(100)
	w.run()
	for i := 1; i <= 40; i++ {
		w.dir.delete(fmt.Sprintf("a%d", i), true)
	}
	held := w.run()
	if held.Outcome != core.Proposed || len(held.Held) != 1 || held.Held[0].Rule != "deactivations" {
		t.Fatalf("40 of 100 leave: %+v", held)
	}
	// The next run says the same again, and what came since; decisions stay.
	d, err := w.Load(ctx, held.Changeset, nil)
	w.must(err)
	n := slices.IndexFunc(d.Items, func(it changeset.Item) bool { return it.UID == "E7" })
	keep, ok := d.Items[n].Choose(n, changeset.Status, changeset.Keep, "", roster.Active.String())
	if !ok {
		t.Fatal("it cannot be kept")
	}
	_, err = w.Decide(ctx, noor, held.Changeset, []changeset.Choice{keep}, nil)
	w.must(err)
	w.dir.set("a50", "name", "Someone")
	again := w.run()
	if again.Outcome != core.Proposed || counted(again.Counts) != "0+ 1~ 40- 0^" {
		t.Fatalf("again: %+v", again)
	}
	runs, err := w.Runs(ctx, w.list, 10)
	w.must(err)
	if runs[1].Outcome != core.Superseded {
		t.Errorf("the run before is %s", runs[1].Outcome)
	}
	head, err := w.Apply(ctx, mara, again.Changeset, core.How{})
	w.must(err)
	if head.Counts.Deactivates != 39 || w.by("E7").Status != roster.Active {
		t.Errorf("applied %+v, E7 is %s", head.Counts, w.by("E7").Status)
	}
	if idle := w.run(); idle.Full || idle.Outcome != core.NothingNew {
		t.Errorf("the links have moved on: %+v", idle)
	}
	w.sound()
}

func TestWhoLeavesTheGroupLeavesTheList(t *testing.T) {
	w := syncTestWorld(t)
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
		l.Scope.Groups = []scope.Group{{ID: "g1", Name: "Staff"}}
		return nil
	}))
	w.dir.crowd(3, "g1")
	w.dir.put("a4", "E4", "Somebody else", "p4@example.org")
	if first := w.run(); counted(first.Counts) != "3+ 0~ 0- 0^" {
		t.Fatalf("the first run: %+v", first.Counts)
	}
	left := func(uid string) string {
		events, err := w.History(ctx, w.list, w.by(uid).ID)
		w.must(err)
		return fmt.Sprintf("%s %s", w.by(uid).Status, events[0].Left)
	}
	w.dir.join("a1", "g2")
	w.dir.join("a4", "g1")
	if w.run(); left("E1") != "inactive left group" || w.by("E4").Status != roster.Active {
		t.Errorf("E1 is %s", left("E1"))
	}
	// A full reading does not name who left meanwhile.
	w.dir.join("a2")
	if _, err := w.Sync(ctx, mara, w.list, core.SyncHow{Full: true}); err != nil || left("E2") != "inactive left group" {
		t.Errorf("E2 is %s, %v", left("E2"), err)
	}
}

func TestAnExpiredLinkLeadsToAFullReading(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(10)
	w.run()
	ids := make(map[string]roster.PersonID)
	for _, uid := range w.uids(roster.Active) {
		ids[uid] = w.by(uid).ID
	}
	w.dir.set("a1", "no", "E100")
	w.dir.delete("a2", true)
	w.dir.oldest = len(w.dir.log)
	run := w.run()
	if !run.Full || !strings.Contains(run.Why, "expired") || counted(run.Counts) != "0+ 1~ 1- 0^" {
		t.Fatalf("after the holidays: %+v", run)
	}
	if w.by("E100").ID != ids["E1"] {
		t.Error("who has another UID now is another person")
	}
	w.sound()
}

func TestAFullReadingIsDueAfterSixDays(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(3)
	w.run()
	w.now = w.now.Add(core.FullAtLeast - time.Hour)
	if w.run().Full {
		t.Error("it is full before six days are over")
	}
	w.now = w.now.Add(time.Hour)
	if !w.run().Full {
		t.Error("it is not full when six days are over")
	}
}

func TestAReadingThatBreaksGoesOnWhereItStopped(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(10)
	broken := errors.New("the connection broke")
	w.dir.trouble = func(page int) error {
		if page == 2 {
			return broken
		}
		return nil
	}
	if _, err := w.Sync(ctx, mara, w.list, core.SyncHow{}); !errors.Is(err, broken) {
		t.Fatalf("it did not break: %v", err)
	}
	if len(w.uids(roster.Active)) > 0 {
		t.Fatal("something is half done")
	}
	w.reopen() // a crash in between changes nothing
	w.dir.trouble = nil
	run := w.run()
	if counted(run.Counts) != "10+ 0~ 0- 0^" || run.Pages != 4 || w.dir.asked[1].Cursor == "" {
		t.Fatalf("it did not go on: %+v", run)
	}
	w.sound()
}

func TestStoppingLeavesNothingHalfDone(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(10)
	before := w.export()
	w.dir.trouble = func(page int) error {
		if page == 1 {
			return w.StopSync(mara, w.list)
		}
		return nil
	}
	_, err := w.Sync(ctx, mara, w.list, core.SyncHow{})
	if !fault.Is(err, fault.Cancelled) {
		t.Fatalf("stopped: %v", err)
	}
	if w.export() != before {
		t.Error("it left something")
	}
	runs, err := w.Runs(ctx, w.list, 1)
	w.must(err)
	if runs[0].Outcome != core.Stopped || w.Syncing(w.list) != nil {
		t.Errorf("the run is %s", runs[0].Outcome)
	}
}

// The failures that have cost others their people, each by itself.
func TestUnhealthyReadingsAreHeld(t *testing.T) {
	for _, tt := range []struct {
		name string
		rule string
		harm func(w *world)
	}{
		{"the first page is empty and nothing follows", "empty", func(w *world) { w.dir.order = nil }},
		{"the paging ends before its time", "unended", func(w *world) { w.dir.order, w.dir.unended = w.dir.order[:95], "the last page had no link" }},
		{"the directory counts more than it names", "count", func(w *world) { w.dir.order, w.dir.count = w.dir.order[:95], 100 }},
		{"half the people are missing", "fewer", func(w *world) { w.dir.order = w.dir.order[:50] }},
		{"values vanish with a permission", "filled", func(w *world) { w.dir.blind = map[string]bool{"mail": true} }},
		{"the group is deleted", "group", func(w *world) { w.dir.gone = []string{"g1"} }},
		{"a filter is wrong", "empty", func(w *world) {
			r, err := scope.Parse("mail domain nowhere.example")
			w.must(err)
			w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Scope.Rules = append(l.Scope.Rules, r); return nil }))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := syncTestWorld(t)
			w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
				l.Scope.Groups = []scope.Group{{ID: "g1", Name: "Staff"}}
				return nil
			}))
			w.dir.page = 40
			w.dir.crowd(100, "g1")
			w.run()
			before := w.export()
			tt.harm(w)
			run, err := w.Sync(ctx, mara, w.list, core.SyncHow{Full: true})
			w.must(err)
			if run.Outcome != core.Proposed || !slices.ContainsFunc(run.Held, func(h changeset.Hold) bool { return h.Rule == tt.rule }) {
				t.Fatalf("it is not held for being %s: %s %v", tt.rule, run.Outcome, run.Held)
			}
			if w.export() != before {
				t.Error("somebody was touched")
			}
			state, _, err := w.SyncState(ctx, w.list)
			w.must(err)
			// To reject it is not to believe it.
			_, err = w.Reject(ctx, mara, run.Changeset)
			w.must(err)
			after, _, err := w.SyncState(ctx, w.list)
			w.must(err)
			if after.Run != state.Run || len(w.pins()) > 0 {
				t.Errorf("a reading that nobody trusts is current: run %d, pins %v", after.Run, w.pins())
			}
			w.sound()
		})
	}
}

// A reading that cannot be trusted does not become current either when it
// changes nobody.
func TestAnUnhealthyReadingThatChangesNobody(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(100)
	w.run()
	w.dir.count = 140
	run, err := w.Sync(ctx, mara, w.list, core.SyncHow{Full: true})
	w.must(err)
	state, _, err := w.SyncState(ctx, w.list)
	w.must(err)
	if run.Outcome != core.Distrusted || len(run.Held) != 1 || state.Run == run.Number {
		t.Errorf("it is %s, held for %v; current is %d of %d", run.Outcome, run.Held, state.Run, run.Number)
	}
}

func TestWhatIsNewMayNotEmptyAField(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(100)
	w.run()
	w.dir.blind = map[string]bool{"mail": true}
	for i := 1; i <= 8; i++ {
		w.dir.set(fmt.Sprintf("a%d", i), "name", "Another")
	}
	run := w.run()
	if run.Full || run.Outcome != core.Proposed || run.Held[0].Rule != "vanishing" || run.Held[0].Number != 8 || run.Held[0].Of != 8 {
		t.Fatalf("eight lose their address: %s %v", run.Outcome, run.Held)
	}
}

func TestOnlyLinkedPeopleDepart(t *testing.T) {
	w := syncTestWorld(t)
	_, _, err := w.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{noField: "M1", nameField: "By hand"})
	w.must(err)
	_, _, err = w.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{noField: "e2", nameField: "Also by hand", roomField: "12"})
	w.must(err)
	was := w.by("E2").ID
	w.dir.crowd(3)
	run := w.run()
	if counted(run.Counts) != "2+ 1~ 0- 0^" {
		t.Fatalf("the first run: %+v", run.Counts)
	}
	linked := w.by("E2")
	if anchor, _ := linked.LinkTo("tenant"); linked.ID != was || anchor != "a2" || linked.Values.Get(roomField) != "12" {
		t.Errorf("E2 is not linked: %+v", linked)
	}
	w.dir.delete("a2", true)
	run, err = w.Sync(ctx, mara, w.list, core.SyncHow{Full: true})
	w.must(err)
	if counted(run.Counts) != "0+ 0~ 1- 0^" || w.by("M1").Status != roster.Active {
		t.Errorf("who leaves: %+v, M1 is %s", run.Counts, w.by("M1").Status)
	}
}

func TestProtectedPeopleStay(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(3)
	w.run()
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
		l.Protected = append(l.Protected, w.by("E2").ID)
		return nil
	}))
	w.dir.delete("a2", true)
	for _, full := range []bool{false, true} {
		run, err := w.Sync(ctx, mara, w.list, core.SyncHow{Full: full})
		w.must(err)
		if run.Counts.Deactivates > 0 || w.by("E2").Status != roster.Active {
			t.Fatalf("full %t: %+v", full, run.Counts)
		}
	}
	// Protected no more, they leave though there is nothing new to say.
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Protected = nil; return nil }))
	if run := w.run(); run.Full || counted(run.Counts) != "0+ 0~ 1- 0^" {
		t.Errorf("protected no more: %+v", run)
	}
}

// A newcomer has the UID of somebody who has left: nobody inherits a card.
func TestARecycledUIDWaits(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(10)
	w.run()
	old := w.by("E2").ID
	w.dir.delete("a2", true)
	w.run()
	w.dir.put("b2", "E2", "Another Person", "b2@example.org")
	w.dir.set("a3", "name", "Third")
	run := w.run()
	if w.by("E2").ID != old || w.by("E2").Status != roster.Inactive || w.by("E3").Values.Get(nameField) != "Third" {
		t.Fatal("it was taken, or kept the others back")
	}
	head, err := w.Changeset(ctx, run.Changeset)
	w.must(err)
	if head.Rest == 0 {
		t.Fatalf("nothing waits: %+v", head)
	}
	// It is not forgotten by the next run, which has nothing new to say of it.
	run = w.run()
	d, err := w.Load(ctx, run.Changeset, nil)
	w.must(err)
	if len(d.Items) != 1 || len(d.Conflicts) != 1 || d.Conflicts[0].Holder != old {
		t.Fatalf("what waits: %+v, %+v", d.Items, d.Conflicts)
	}
	if c := d.Conflicts[0]; !strings.Contains(c.Reason, "whom the source knows by another identifier; a newcomer must not inherit") || !strings.Contains(c.Advice, "Keep or skip it here") {
		t.Errorf("it says %+v", c)
	}
	// Who says that it is to be has to say what becomes of the other first.
	done, err := w.Apply(ctx, mara, run.Changeset, core.How{LeaveConflicts: true})
	if err == nil && done.Counts.Creates > 0 || w.by("E2").ID != old {
		t.Errorf("it was taken by approving it: %+v, %v", done, err)
	}
	_, err = w.set("E2", noField, "E2-old")
	if err == nil {
		t.Fatal("a field that the source owns was edited")
	}
}

func TestDryRunLeavesNothing(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(5)
	w.dir.set("a5", "enabled", "false")
	before := w.export()
	d, run, err := w.PlanSync(ctx, mara, w.list, core.SyncHow{Dry: true})
	w.must(err)
	if len(d.Items) != 4 || run.Sifted.In != 4 || len(run.Sifted.Out) != 1 || run.Sifted.Out[0].Left != mapping.Disabled || run.Sifted.Out[0].Some[0] != "p5@example.org" {
		t.Fatalf("who is in and who is out: %+v", run.Sifted)
	}
	w.must(w.Forget(ctx, d))
	if w.export() != before {
		t.Error("it left something")
	}
	if _, known, err := w.SyncState(ctx, w.list); known || err != nil {
		t.Error("it is current")
	}
}

func TestCredentialsAreSealed(t *testing.T) {
	w := syncTestWorld(t)
	all, err := w.Connections(ctx)
	w.must(err)
	if len(all) != 1 || all[0].Plain["tenant"] != "example" || !slices.Equal(all[0].Secrets, []string{"secret"}) || !slices.Equal(all[0].Lists, []string{"staff"}) {
		t.Fatalf("connections: %+v", all)
	}
	w.must(w.store.View(ctx, func(tx core.Tx) error {
		if strings.Contains(string(tx.Connection("tenant")), "sesame") {
			t.Error("the secret can be read")
		}
		return nil
	}))
	// Without the key nothing is read, and it says why.
	w.close()
	w.key = func(bool) (seal.Key, error) { return seal.Key{}, fault.New(fault.NotFound, "There is no key file") }
	w.open()
	if _, err := w.Sync(ctx, mara, w.list, core.SyncHow{}); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), "There is no key file") {
		t.Errorf("without the key: %v", err)
	}
	w.close()
	other := seal.NewKey()
	w.key = func(bool) (seal.Key, error) { return other, nil }
	w.open()
	if _, err := w.Sync(ctx, mara, w.list, core.SyncHow{}); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), "another key") {
		t.Errorf("with another key: %v", err)
	}
	// Entered anew they are sealed under the key that is here.
	_, err = w.Join(ctx, mara, w.list, core.Joining{Kind: "tenant", Answers: &core.ConnectAnswers{
		Plain: map[string]string{"tenant": "example"}, Secrets: map[string]string{"secret": "open sesame"},
	}})
	w.must(err)
	w.run()
}

func TestListsShareAConnection(t *testing.T) {
	w := syncTestWorld(t)
	other := w.makeList("students", false)
	_, err := w.Join(ctx, mara, other, core.Joining{Kind: "tenant", UID: "no"})
	w.must(err)
	w.dir.crowd(3)
	_, err = w.Sync(ctx, mara, other, core.SyncHow{})
	w.must(err)
	w.must(w.Disconnect(ctx, mara, w.list))
	if all, _ := w.Connections(ctx); len(all) != 1 {
		t.Fatal("the connection is gone though a list needs it")
	}
	_, err = w.Sync(ctx, mara, other, core.SyncHow{})
	w.must(err)
	w.must(w.Disconnect(ctx, mara, other))
	if all, _ := w.Connections(ctx); len(all) > 0 {
		t.Fatal("credentials stay though nobody needs them")
	}
}

func TestDisconnectedAndConnectedAgainTheSamePeopleArePickedUp(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(3)
	w.run()
	was := w.by("E1").ID
	w.must(w.Disconnect(ctx, mara, w.list))
	w.dir.set("a1", "no", "E9")
	w.join(nil)
	if run := w.run(); !run.Full || counted(run.Counts) != "0+ 1~ 0- 0^" || w.by("E9").ID != was {
		t.Errorf("connected again: %+v", run)
	}
}

func TestOneSyncAtATime(t *testing.T) {
	w := syncTestWorld(t)
	w.dir.crowd(1)
	var second error
	w.dir.trouble = func(int) error {
		_, second = w.Sync(context.Background(), noor, w.list, core.SyncHow{})
		return nil
	}
	w.run()
	if !fault.Is(second, fault.Busy) {
		t.Errorf("a second one: %v", second)
	}
}
