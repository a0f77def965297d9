package core_test

import (
	"slices"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
)

func (w *world) newSession(n core.NewSession) session.Session {
	w.t.Helper()
	if n.List = w.list; n.Name == "" {
		n.Name = "autumn"
	}
	s, err := w.CreateSession(ctx, mara, n)
	w.must(err)
	return s
}

func (w *world) opened(id session.ID) *core.OpenedSession {
	w.t.Helper()
	o, err := w.OpenSession(ctx, id)
	w.must(err)
	return o
}

// edit sets a field of the session's copy of somebody, as it is seen.
func (w *world) editSession(id session.ID, uid string, f roster.FieldID, text string) error {
	w.t.Helper()
	m, err := w.opened(id).Member(uid)
	w.must(err)
	_, err = w.EditSession(ctx, noor, id, m.Person, []changeset.Change{{Field: f, Base: m.Get(f), Proposed: text}})
	return err
}

func (w *world) push(id session.ID) changeset.Changeset {
	w.t.Helper()
	head, _, err := w.Push(ctx, noor, id, false)
	w.must(err)
	w.sound()
	return head
}

func (w *world) load(id changeset.ID) *core.Draft {
	w.t.Helper()
	d, err := w.Load(ctx, id, nil)
	w.must(err)
	return d
}

// decideAll makes the same decision about every part of a changeset that waits.
func (w *world) decideAll(id changeset.ID, is changeset.Decision) {
	w.t.Helper()
	d := w.load(id)
	var choices []changeset.Choice
	for n := range d.Items {
		for _, f := range d.Items[n].Parts() {
			was, _ := d.Items[n].Part(f)
			part := was
			part.Decision = is
			for _, c := range d.Conflicts {
				if p, err := w.Person(ctx, w.list, c.Person); c.Item == n && err == nil && slices.Contains(c.Fields, f) {
					part.Base = p.Values.Get(f)
				}
			}
			choices = append(choices, changeset.Choice{Item: n, Field: f, Was: was, Is: part})
		}
	}
	_, err := w.Decide(ctx, mara, id, choices, nil)
	w.must(err)
}

func (w *world) applyWaiting(id changeset.ID) changeset.Changeset {
	w.t.Helper()
	head, err := w.Apply(ctx, mara, id, core.How{OnlyDecided: true, LeaveConflicts: true})
	w.must(err)
	w.sound()
	return head
}

// only returns the only change that a changeset proposes.
func (w *world) only(id changeset.ID) changeset.Change {
	w.t.Helper()
	d := w.load(id)
	if len(d.Items) != 1 || len(d.Items[0].Changes) != 1 {
		w.t.Fatalf("changeset %d proposes %+v", id, d.Items)
	}
	return d.Items[0].Changes[0]
}

func johns(t *testing.T) *world {
	w := newTestWorld(t, false)
	w.apply(w.planImport(true, row("007", "John", "Art"), row("008", "Mary", "Law"), row("009", "Zed", "")))
	return w
}

// The example of the product page.
func TestSessionJohnJohnnyJonathan(t *testing.T) {
	for _, decision := range []changeset.Decision{changeset.Accept, changeset.Keep, changeset.Skip} {
		t.Run(decision.String(), func(t *testing.T) {
			w := johns(t)
			s := w.newSession(core.NewSession{Filter: "dept:Art", Fields: []roster.FieldID{nameField}})
			w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
			if name := w.by("007").Values.Get(nameField); name != "John" {
				t.Fatalf("the session's edit reached the list: %q", name)
			}
			_, err := w.set("007", nameField, "Jonathan")
			w.must(err)
			head := w.push(s.ID)
			d := w.load(head.ID)
			if head.State != changeset.Pending || head.Origin != changeset.Session || len(d.Conflicts) != 1 {
				t.Fatalf("pushed as %+v, conflicts %+v", head, d.Conflicts)
			}
			if c := w.only(head.ID); c != (changeset.Change{Field: nameField, Base: "John", Proposed: "Johnny"}) {
				t.Fatalf("proposes %+v", c)
			}
			// Nobody has decided, so nothing is stored.
			done := w.applyWaiting(head.ID)
			if name := w.by("007").Values.Get(nameField); name != "Jonathan" || done.Rest == 0 {
				t.Fatalf("without a decision the list has %q: %+v", name, done)
			}
			w.decideAll(done.Rest, decision)
			w.applyWaiting(done.Rest)
			want := map[changeset.Decision]string{changeset.Accept: "Johnny", changeset.Keep: "Jonathan", changeset.Skip: "Jonathan"}[decision]
			if name := w.by("007").Values.Get(nameField); name != want {
				t.Fatalf("the list has %q, wanted %q", name, want)
			}
			if again := w.push(s.ID); again.ID != 0 {
				t.Fatalf("what was decided is proposed again: %+v", again)
			}
		})
	}
}

func TestPushProposesOnlyTheDifference(t *testing.T) {
	w := johns(t)
	s := w.newSession(core.NewSession{})
	w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
	first := w.push(s.ID)
	if again := w.push(s.ID); again.ID != 0 {
		t.Fatalf("pushed twice: %+v", again)
	}
	w.must(w.editSession(s.ID, "008", nameField, "Maria"))
	second := w.push(s.ID)
	if c := w.only(second.ID); c.Proposed != "Maria" || c.Decision != changeset.Accept {
		t.Fatalf("the second push proposes %+v", c)
	}
	if got := w.opened(s.ID).Counts; got != (session.Counts{People: 3, Edited: 2, Sent: 2}) {
		t.Fatalf("counts %+v", got)
	}
	w.applyWaiting(first.ID)
	w.applyWaiting(second.ID)
	// What was applied is the base of what comes after.
	w.must(w.editSession(s.ID, "007", nameField, "Jon"))
	third := w.push(s.ID)
	if c := w.only(third.ID); c.Base != "Johnny" || c.Proposed != "Jon" || len(w.load(third.ID).Conflicts) != 0 {
		t.Fatalf("the third push proposes %+v", c)
	}
}

func TestANewerWordTakesThePlaceOfOneThatWaits(t *testing.T) {
	w := johns(t)
	s := w.newSession(core.NewSession{})
	w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
	w.must(w.editSession(s.ID, "008", nameField, "Maria"))
	first := w.push(s.ID)
	w.must(w.editSession(s.ID, "007", nameField, "Jon"))
	second := w.push(s.ID)
	if c := w.only(second.ID); c.Base != "John" || c.Proposed != "Jon" {
		t.Fatalf("the second push proposes %+v", c)
	}
	w.applyWaiting(first.ID)
	if name := w.by("007").Values.Get(nameField); name != "John" {
		t.Fatalf("the older word was applied: %q", name)
	}
	w.applyWaiting(second.ID)
	if jon, maria := w.by("007").Values.Get(nameField), w.by("008").Values.Get(nameField); jon != "Jon" || maria != "Maria" {
		t.Fatalf("the list has %q and %q", jon, maria)
	}
	// One that is taken back altogether leaves nothing to review.
	w.must(w.editSession(s.ID, "009", nameField, "Zoe"))
	third := w.push(s.ID)
	w.must(w.editSession(s.ID, "009", nameField, "Zed"))
	if none := w.push(s.ID); none.ID != 0 {
		t.Fatalf("pushed %+v", none)
	}
	if head, err := w.Changeset(ctx, third.ID); err != nil || head.State != changeset.Superseded {
		t.Fatalf("%+v, %v", head, err)
	}
}

// Edited away and back while it waits, declined, it is proposed once more; while
// nobody has declined it, it waits already.
func TestEditedAwayAndBack(t *testing.T) {
	for _, declined := range []bool{false, true} {
		w := johns(t)
		s := w.newSession(core.NewSession{})
		w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
		head := w.push(s.ID)
		if declined {
			w.decideAll(head.ID, changeset.Keep)
		}
		w.must(w.editSession(s.ID, "007", nameField, "Jon"))
		w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
		if again := w.push(s.ID); (again.ID != 0) != declined {
			t.Errorf("declined %v: pushed %+v", declined, again)
		}
	}
}

func TestWhatWasDeclinedIsProposedOnlyWhenEditedAgain(t *testing.T) {
	for _, way := range []string{"keep", "reject"} {
		t.Run(way, func(t *testing.T) {
			w := johns(t)
			s := w.newSession(core.NewSession{})
			w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
			head := w.push(s.ID)
			if way == "reject" {
				_, err := w.Reject(ctx, mara, head.ID)
				w.must(err)
			} else {
				w.decideAll(head.ID, changeset.Keep)
				w.applyWaiting(head.ID)
			}
			if again := w.push(s.ID); again.ID != 0 {
				t.Fatalf("proposed again: %+v", again)
			}
			w.must(w.editSession(s.ID, "007", nameField, "Jon"))
			if c := w.only(w.push(s.ID).ID); c.Base != "John" || c.Proposed != "Jon" {
				t.Fatalf("proposes %+v", c)
			}
		})
	}
}

func TestPeopleAddedInASessionNeedReview(t *testing.T) {
	w := johns(t)
	s := w.newSession(core.NewSession{Fields: []roster.FieldID{nameField}})
	add := func(uid, name string) error {
		_, err := w.AddToSession(ctx, noor, s.ID, map[roster.FieldID]string{noField: uid, nameField: name})
		return err
	}
	w.must(add("100", "Nia"))
	for _, taken := range []string{"100", "007", ""} {
		if err := add(taken, "X"); err == nil {
			t.Fatalf("the UID %q was taken twice", taken)
		}
	}
	w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
	head := w.push(s.ID)
	done := w.applyWaiting(head.ID)
	if got := w.uids(roster.Active); !slices.Equal(got, []string{"007", "008", "009"}) || done.Rest == 0 || w.by("007").Values.Get(nameField) != "Johnny" {
		t.Fatalf("people %v, %+v", got, done)
	}
	// Edited while the creation waits: the person is proposed as they are now.
	w.must(w.editSession(s.ID, "100", nameField, "Mia"))
	head = w.push(s.ID)
	w.decideAll(head.ID, changeset.Accept)
	w.applyWaiting(head.ID)
	if name := w.by("100").Values.Get(nameField); name != "Mia" {
		t.Fatalf("created as %q", name)
	}
	if rest, err := w.Changeset(ctx, done.Rest); err != nil || rest.State != changeset.Superseded {
		t.Fatalf("%+v, %v", rest, err)
	}
	// Now they are in the list, and an edit is an update.
	w.must(w.editSession(s.ID, "100", nameField, "Mio"))
	if c := w.only(w.push(s.ID).ID); c.Base != "Mia" || c.Proposed != "Mio" {
		t.Fatalf("proposes %+v", c)
	}
}

// In a session fields of the source may be changed; choosing that in a review
// is a pin, so the next sync neither undoes it nor proposes the same again.
func TestASessionAgainstTheSourceMakesAPin(t *testing.T) {
	w := newTestWorld(t, true)
	says := []said{at("x1", "007", "John", "j@x.example"), at("x2", "008", "Mary", "m@x.example")}
	w.apply(w.planSync(true, says...))
	s := w.newSession(core.NewSession{})
	w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
	w.applyWaiting(w.push(s.ID).ID)
	pins := w.pins()
	if len(pins) != 1 || pins[0].Field != nameField || pins[0].Declined != "John" || pins[0].By != mara.Name {
		t.Fatalf("pins %+v", pins)
	}
	for _, full := range []bool{true, false, true} {
		if d := w.planSync(full, says...); len(d.Items) != 0 {
			t.Fatalf("the source proposes the same again: %+v", d.Items)
		}
	}
	// Until it says something else.
	says[0] = at("x1", "007", "Jonathan", "j@x.example")
	if d := w.planSync(true, says...); len(d.Items) != 1 {
		t.Fatalf("what is new at the source is not heard: %+v", d.Items)
	}
	// The list's value kept in a conflict is the source's own: no pin.
	w.must(w.editSession(s.ID, "008", nameField, "Maria"))
	says[1] = at("x2", "008", "Marie", "m@x.example")
	w.apply(w.planSync(true, says...))
	head := w.push(s.ID)
	w.decideAll(head.ID, changeset.Keep)
	w.applyWaiting(head.ID)
	if w.by("008").Values.Get(nameField) != "Marie" || len(w.pins()) != 0 {
		t.Fatalf("pins %+v", w.pins())
	}
}

func TestSessionRefuses(t *testing.T) {
	w := johns(t)
	s := w.newSession(core.NewSession{Fields: []roster.FieldID{nameField, mailField}})
	for _, c := range []struct {
		what  string
		code  fault.Code
		doing error
	}{
		{"a bad value", fault.Invalid, w.editSession(s.ID, "007", mailField, "bad")},
		{"a field that it does not hold", fault.Invalid, w.editSession(s.ID, "007", roomField, "4")},
	} {
		if !fault.Is(c.doing, c.code) {
			t.Errorf("%s: %v", c.what, c.doing)
		}
	}
	m, err := w.opened(s.ID).Member("007")
	w.must(err)
	w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
	if _, err := w.EditSession(ctx, mara, s.ID, m.Person, []changeset.Change{{Field: nameField, Base: "John", Proposed: "Jack"}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("an edit over somebody else's: %v", err)
	}
	_, err = w.SetSessionStatus(ctx, mara, s.ID, session.Closed)
	w.must(err)
	if err := w.editSession(s.ID, "007", nameField, "Jack"); !fault.Is(err, fault.Conflict) {
		t.Errorf("an edit of a closed session: %v", err)
	}
	if head := w.push(s.ID); head.ID == 0 {
		t.Error("a closed session cannot be pushed")
	}
	if _, err := w.CreateSession(ctx, mara, core.NewSession{List: w.list, Name: "x", Filter: "nobody"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a session of nobody: %v", err)
	}
}

func TestSeveralSessionsOfOneList(t *testing.T) {
	w := johns(t)
	one, two := w.newSession(core.NewSession{Name: "one"}), w.newSession(core.NewSession{Name: "two"})
	w.must(w.editSession(one.ID, "007", nameField, "Johnny"))
	w.must(w.editSession(two.ID, "007", nameField, "Jack"))
	first, second := w.push(one.ID), w.push(two.ID)
	w.applyWaiting(first.ID)
	d := w.load(second.ID)
	if len(d.Conflicts) != 1 {
		t.Fatalf("the second session overwrites the first: %+v", d.Items)
	}
	all, err := w.Sessions(ctx, w.list)
	w.must(err)
	if len(all) != 2 || all[0].ID != two.ID {
		t.Fatalf("sessions %+v", all)
	}
}

func TestApprovalCanBeSetTheOtherWay(t *testing.T) {
	w := johns(t)
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Approval.Session = roster.AtOnce; return nil }))
	s := w.newSession(core.NewSession{})
	w.must(w.editSession(s.ID, "007", nameField, "Johnny"))
	w.must(w.editSession(s.ID, "008", nameField, "Maria"))
	_, err := w.set("008", nameField, "Marie")
	w.must(err)
	head, atOnce, err := w.Push(ctx, noor, s.ID, false)
	w.must(err)
	if !atOnce || w.by("007").Values.Get(nameField) != "Johnny" || w.by("008").Values.Get(nameField) != "Marie" || head.Rest == 0 {
		t.Fatalf("at once %v: %+v", atOnce, head)
	}

	submit := func(d *core.Draft) (changeset.Changeset, bool) {
		head, atOnce, err := w.Submit(ctx, mara, d)
		w.must(err)
		w.sound()
		return head, atOnce
	}
	if head, atOnce := submit(w.planImport(false, row("007", "Jon", "Art"))); atOnce || !head.Open() || w.only(head.ID).Decision != changeset.Accept {
		t.Fatalf("an import is applied by itself: %+v", head)
	}
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Approval.Import = roster.AtOnce; return nil }))
	if head, atOnce := submit(w.planImport(false, row("007", "Jon", "Art"))); !atOnce || head.State != changeset.Applied {
		t.Fatalf("an import waits: %+v", head)
	}
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
		l.Limits.Updates, l.Connection, l.Mappings = 1, roster.Connection{ID: directory, Kind: "made up"}, syncMappings()
		return nil
	}))
	if head, atOnce := submit(w.planSync(false, at("x1", "007", "Jo", ""), at("x2", "008", "Mo", ""))); atOnce || len(head.Held) == 0 {
		t.Fatalf("what the guard holds is applied: %+v", head)
	}
	held := w.opened(s.ID) // the store is sound beside it
	if held.Counts.People != 3 {
		t.Fatalf("%+v", held.Counts)
	}
	if head, atOnce := submit(w.planSync(false, at("x1", "007", "Jo", ""))); !atOnce || !head.Done() {
		t.Fatalf("a quiet sync waits: %+v", head)
	}
	if open, err := w.Overview(ctx, w.list, 9); err != nil || slices.ContainsFunc(open, func(c changeset.Changeset) bool { return c.Open() && c.Origin == changeset.Sync }) {
		t.Fatalf("an older sync still waits: %v", err)
	}
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Approval.Sync = roster.Wait; return nil }))
	if head, atOnce := submit(w.planSync(false, at("x1", "007", "Joe", ""))); atOnce || !head.Open() {
		t.Fatalf("a sync is applied though it is to wait: %+v", head)
	}
}

// Whom a session adds is looked at first, however the changeset is applied.
func TestNewcomersOfASessionWaitForTheirOwnDecision(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("a1", "Ada", "")))
	s, err := w.CreateSession(ctx, mara, core.NewSession{List: w.list, Name: "S"})
	w.must(err)
	_, err = w.AddToSession(ctx, mara, s.ID, map[roster.FieldID]string{noField: "n1", nameField: "Nia"})
	w.must(err)
	_, err = w.EditSession(ctx, mara, s.ID, w.by("a1").ID, []changeset.Change{{Field: nameField, Base: "Ada", Proposed: "Adele"}})
	w.must(err)
	head, _, err := w.Push(ctx, mara, s.ID, false)
	w.must(err)
	head, err = w.Apply(ctx, mara, head.ID, core.How{})
	if w.must(err); head.State != changeset.PartlyApplied || head.Rest == 0 || w.by("a1").Values.Get(nameField) != "Adele" {
		t.Fatalf("applied %+v", head)
	}
	_, err = w.Apply(ctx, mara, head.Rest, core.How{})
	wantFault(t, err, fault.Held, "looked at first")
	w.must(w.choice(head.Rest, 0, changeset.Status, changeset.Accept, ""))
	_, err = w.Apply(ctx, mara, head.Rest, core.How{})
	if w.must(err); w.by("n1").Values.Get(nameField) != "Nia" {
		t.Error("who was accepted is not created")
	}
	// A list may leave it to the session.
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Approval.Session = roster.AtOnce; return nil }))
	_, err = w.AddToSession(ctx, mara, s.ID, map[roster.FieldID]string{noField: "n2", nameField: "Oz"})
	w.must(err)
	if head, atOnce, err := w.Push(ctx, mara, s.ID, false); err != nil || !atOnce || head.Rest != 0 {
		t.Errorf("pushed %+v, %v, %v", head, atOnce, err)
	}
}
