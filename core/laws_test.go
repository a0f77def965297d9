package core_test

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

func wantFault(t *testing.T, err error, code fault.Code, part string) {
	t.Helper()
	if !fault.Is(err, code) || !strings.Contains(fault.Sentence(err), part) {
		t.Errorf("got %v, wanted a fault %q that says %q", err, code, part)
	}
}

func TestTwoPeopleSwapTheirUIDsInOneChangeset(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", "")))
	ada, bo := w.by("a1"), w.by("b2")
	head := w.apply(w.planSync(true, at("x1", "b2", "Ada", ""), at("x2", "a1", "Bo", "")))
	if w.by("b2").ID != ada.ID || w.by("a1").ID != bo.ID || head.Counts.Updates != 2 {
		t.Errorf("after the swap a1 is %v and b2 is %v; %+v", w.by("a1"), w.by("b2"), head.Counts)
	}
	w.rollback(head.ID)
	if w.by("a1").ID != ada.ID || w.by("b2").ID != bo.ID {
		t.Error("rolling back the swap does not swap back")
	}
	w.sound()
}

func TestAUIDThatStaysWithSomebodyIsAConflict(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("a1", "Ada", ""), row("b2", "Bo", "")))
	before := w.dump()
	_, err := w.set("b2", noField, " A1")
	wantFault(t, err, fault.Conflict, "belongs to")
	_, _, err = w.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{noField: "B2"})
	wantFault(t, err, fault.Conflict, "The UID B2 belongs to Bo")
	if w.dump() != before {
		t.Error("a refused edit left something behind")
	}
}

func TestAConflictIsNeverAnOverwrite(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("a1", "Ada", "Art"), row("b2", "Bo", "Art")))
	head, err := w.Propose(ctx, mara, w.planImport(false, row("a1", "Ada", "Law"), row("b2", "Bo", "Law")))
	w.must(err)
	if _, err := w.set("a1", deptField, ""); err != nil {
		t.Fatal(err)
	}
	d, err := w.Load(ctx, head.ID, nil)
	if w.must(err); len(d.Conflicts) != 1 || !strings.Contains(d.Conflicts[0].Reason, `Dept is "" now`) {
		t.Errorf("foresaw %+v", d.Conflicts)
	}
	_, err = w.Apply(ctx, mara, head.ID, core.How{})
	wantFault(t, err, fault.Conflict, "has changed since")
	head, err = w.Apply(ctx, mara, head.ID, core.How{LeaveConflicts: true})
	if w.must(err); head.State != changeset.PartlyApplied || head.Counts.Conflicts != 1 || head.Counts.Updates != 1 {
		t.Errorf("applied %+v", head)
	}
	if got := w.by("a1").Values.Get(deptField); got != "" {
		t.Errorf("the edit was overwritten with %q", got)
	}
	if got := w.by("b2").Values.Get(deptField); got != "Law" {
		t.Errorf("what did not conflict is %q", got)
	}
	// What somebody made so meanwhile is no conflict.
	again, err := w.Propose(ctx, mara, w.planImport(false, row("a1", "Ada", "Art")))
	w.must(err)
	if _, err := w.set("a1", deptField, "Art"); err != nil {
		t.Fatal(err)
	}
	again, err = w.Apply(ctx, mara, again.ID, core.How{})
	if w.must(err); again.Counts.Items() != 0 {
		t.Errorf("applied again what is so already: %+v", again.Counts)
	}
	// That touched nobody; it is taken back all the same, and once.
	w.rollback(again.ID)
	_, err = w.Rollback(ctx, again.ID)
	wantFault(t, err, fault.Conflict, "rolled back already")
	w.sound()
}

func TestRollingEverythingBackRestoresTheExport(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(true, row("a1", "Ada", "Art"), row("007", "Bo", ""), row("7", "Cy", "Law")))
	w.setStatus(roster.Inactive, "7")
	before := w.export()
	head := w.apply(w.planImport(true, row("A1", "Ada B.", ""), row("7", "Cy", "Art"), row("d4", "Di", "")))
	if c := head.Counts; c.Creates != 1 || c.Updates != 1 || c.Deactivates != 1 || c.Reactivates != 1 {
		t.Errorf("counted %+v", c)
	}
	after := w.export()
	di := w.by("d4").ID
	back := w.rollback(head.ID)
	if got := w.export(); got != before {
		t.Errorf("got\n%swanted\n%s", got, before)
	}
	// Who was made by it is withdrawn: in no count or listing, found by ID only,
	// the UID free, the history kept.
	l, err := w.List(ctx, "staff")
	if w.must(err); l.Standing.Withdrawn != 1 || l.Standing.Active != 2 || l.Standing.Inactive != 1 {
		t.Errorf("counted %+v", l.Standing)
	}
	if p, err := w.Person(ctx, w.list, di); err != nil || p.Status != roster.Withdrawn {
		t.Errorf("found %+v, %v", p, err)
	}
	_, err = w.PersonByUID(ctx, w.list, "d4")
	wantFault(t, err, fault.NotFound, "d4")
	_, err = w.SetFields(ctx, mara, w.list, di, []changeset.Change{{Field: roomField, Proposed: "1"}})
	wantFault(t, err, fault.Conflict, "taken back out")
	// Rolling the rollback back revives the same people.
	w.rollback(back.ID)
	if got := w.export(); got != after {
		t.Errorf("got\n%swanted\n%s", got, after)
	}
	if events, err := w.History(ctx, w.list, di); err != nil || len(events) != 3 || w.by("d4").ID != di {
		t.Errorf("history %+v, %v", events, err)
	}
	w.sound()
}

func TestARollbackThatTheListHasMovedUnderConflicts(t *testing.T) {
	w := newTestWorld(t, false)
	made := w.apply(w.planImport(false, row("a1", "Ada", "Art"), row("b2", "Bo", "")))
	edit, err := w.set("a1", deptField, "Law")
	w.must(err)
	d, err := w.Rollback(ctx, made.ID)
	if w.must(err); len(d.Conflicts) != 1 || !slices.Contains(d.Conflicts[0].Fields, deptField) {
		t.Fatalf("foresaw %+v", d.Conflicts)
	}
	_, err = w.ApplyDraft(ctx, mara, d, core.How{})
	wantFault(t, err, fault.Conflict, `Dept is "Law" now`)
	w.rollback(edit.ID)
	w.rollback(made.ID)
	if left := w.export(); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

func TestADraftIsAppliedOnceHoweverOften(t *testing.T) {
	w := newTestWorld(t, false)
	d := w.planImport(false, row("a1", "Ada", "Art"))
	first, err := w.Propose(ctx, mara, d)
	w.must(err)
	second, err := w.Propose(ctx, mara, d)
	w.must(err)
	_, err = w.Apply(ctx, mara, first.ID, core.How{})
	w.must(err)
	second, err = w.Apply(ctx, mara, second.ID, core.How{})
	if w.must(err); second.Counts.Items() != 0 {
		t.Errorf("made twice: %+v", second.Counts)
	}
	if _, err := w.set("a1", noField, "z9"); err != nil {
		t.Fatal(err)
	}
	if again := w.apply(d); again.Counts.Items() != 0 || w.by("z9").Values.Get(nameField) != "Ada" {
		t.Errorf("made once more: %+v", again.Counts)
	}
	w.sound()
}

// A pin is a decision against the source: it holds until the source says
// something else.
func TestWhatWasDeclinedDoesNotComeBack(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", "a@x.example"), at("x2", "b2", "Bo", "b@x.example")))
	d := w.planSync(true, at("x1", "a1", "Adalbert", "a@x.example"))
	if len(d.Items) != 2 {
		t.Fatalf("planned %v", itemLines(d.Items))
	}
	for i := range d.Items {
		it := &d.Items[i]
		it.Decision = changeset.Keep
		for j := range it.Changes {
			it.Changes[j].Decision = changeset.Keep
		}
	}
	if head := w.apply(d); head.Counts.Items() != 0 || len(w.pins()) != 2 {
		t.Errorf("applied %+v and pinned %+v", head.Counts, w.pins())
	}
	if d := w.planSync(true, at("x1", "a1", "Adalbert", "a@x.example")); len(d.Items) != 0 {
		t.Errorf("what was declined came back: %v", itemLines(d.Items))
	}
	d = w.planSync(true, at("x1", "a1", "Adele", "a@x.example"))
	if got := itemLines(d.Items); len(got) != 1 || !strings.Contains(got[0], `2="Ada" to "Adele"`) {
		t.Errorf("the source's new word is %v", got)
	}
	w.apply(d)
	if pins := w.pins(); len(pins) != 1 || pins[0].Field != changeset.Status {
		t.Errorf("the pin outlives what it declined: %+v", pins)
	}
}

// However rollbacks are rolled back, each changeset knows what took it back.
func TestChainsOfRollbacksKnowEachOther(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		run, err := os.MkdirTemp(dir, "run") //nolint:usetesting // a folder a run, gone with it
		if err != nil {
			rt.Fatal(err)
		}
		w := newWorld(rt, run, false)
		defer func() { w.must(errors.Join(w.store.Close(), os.RemoveAll(run))) }()
		w.apply(w.planImport(false, row("1", "Ann", "Art"), row("2", "Bo", "Art")))
		head, err := w.set("1", deptField, "Law")
		w.must(err)
		all := []changeset.ID{head.ID}
		for range rapid.IntRange(1, 14).Draw(rt, "rollbacks") {
			d, err := w.Rollback(ctx, rapid.SampledFrom(all).Draw(rt, "of"))
			if fault.Is(err, fault.Conflict) {
				continue
			}
			w.must(err)
			head, err := w.ApplyDraft(ctx, mara, d, core.How{})
			if fault.Is(err, fault.Conflict) {
				continue
			}
			w.must(err)
			all = append(all, head.ID)
		}
		w.sound()
	})
}

func TestTheNextSyncDoesNotUndoARollback(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planImport(false, row("a1", "Ada", ""), row("c3", "Cy", "")))
	w.apply(w.planSync(true, at("x2", "b2", "Bo", "b@x.example")))
	before := w.export()
	// Ada is found by her UID and tied, Bo changes, Di is new.
	rows := []said{at("x1", "a1", "Ada A.", "a@x.example"), at("x2", "b2", "Bob", ""), at("x4", "d4", "Di", "")}
	head := w.apply(w.planSync(true, rows...))
	if c := head.Counts; c.Creates != 1 || c.Updates != 2 {
		t.Fatalf("counted %+v", c)
	}
	back := w.rollback(head.ID)
	if w.export() != before || len(w.by("a1").Links) != 0 {
		t.Errorf("rolled back to\n%swanted\n%s", w.export(), before)
	}
	if d := w.planSync(true, rows...); len(d.Items) != 0 {
		t.Errorf("the same sync brings back %v", itemLines(d.Items))
	}
	if d := w.planSync(false, rows[2]); len(d.Items) != 0 {
		t.Errorf("a part of it brings back %v", itemLines(d.Items))
	}
	// Taking the rollback back is a decision for the source again.
	w.rollback(back.ID)
	if d := w.planSync(true, rows...); len(d.Items) != 0 || len(w.pins()) != 0 {
		t.Errorf("planned %v with pins %+v", itemLines(d.Items), w.pins())
	}
	w.sound()
}

func TestAStatusSetByHandSurvivesTheNextSync(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", "")))
	w.apply(w.planSync(true, at("x1", "a1", "Ada", "")))
	w.setStatus(roster.Active, "b2")   // who has left the source
	w.setStatus(roster.Inactive, "a1") // who has not
	if d := w.planSync(true, at("x1", "a1", "Ada", "")); len(d.Items) != 0 {
		t.Errorf("the sync undoes what was done by hand: %v", itemLines(d.Items))
	}
	w.setStatus(roster.Inactive, "b2")
	w.setStatus(roster.Active, "a1")
	if pins := w.pins(); len(pins) != 0 {
		t.Errorf("list and source agree, and there still are pins: %+v", pins)
	}
}

func TestLockedFieldsRefuseEditsAndNameTheMapping(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", "a@x.example")))
	w.apply(w.planImport(false, row("b2", "Bo", ""), row("a1", "Adalbert", "Law")))
	_, err := w.set("a1", mailField, "other@x.example")
	wantFault(t, err, fault.Locked, "mapped from mail")
	ada := w.by("a1")
	if ada.Values.Get(nameField) != "Ada" || ada.Values.Get(deptField) != "Law" {
		t.Errorf("an import made %s of a linked person", text(ada.Values))
	}
	if _, err := w.set("b2", mailField, "b@x.example"); err != nil {
		t.Errorf("nobody else owns it, and yet: %v", err)
	}
	d, err := w.DraftField(ctx, w.list, []roster.PersonID{ada.ID, w.by("b2").ID}, nameField, "Same", nil)
	if w.must(err); len(d.Items) != 1 || len(d.Rejects) != 1 {
		t.Errorf("drafted %v, rejected %+v", itemLines(d.Items), d.Rejects)
	}
	// Disconnecting unlocks.
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Connection = roster.Connection{}; return nil }))
	if _, err := w.set("a1", mailField, "other@x.example"); err != nil {
		t.Error(err)
	}
}

// An anchor says who somebody is, whatever their UID says.
func TestAnAnchorIsStrongerThanAUID(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planImport(false, row("a1", "Ada", "")))
	w.apply(w.planSync(true, at("x2", "b2", "Bo", "")))
	// Ada, who is older and not tied, has the UID that Bo's record now has.
	d := w.planSync(true, at("x2", "a1", "Bo", ""))
	if len(d.Items) != 1 || d.Items[0].Person != w.by("b2").ID || len(d.Conflicts) != 1 {
		t.Errorf("planned %v with conflicts %+v", itemLines(d.Items), d.Conflicts)
	}
	// A new anchor with Bo's UID is a recycled UID.
	d = w.planSync(false, at("x9", "b2", "Bea", ""))
	if len(d.Items) != 0 || len(d.Rejects) != 1 || !strings.Contains(d.Rejects[0].Problem, "must not inherit") {
		t.Errorf("planned %v, rejected %+v", itemLines(d.Items), d.Rejects)
	}
}

// Two people may trade anchors, too: who had which is judged at the end.
func TestAnchorsMoveLikeUIDs(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", "")))
	ada, bo := w.by("a1"), w.by("b2")
	tie := func(p roster.Person, from, to string) changeset.Item {
		return changeset.Item{Person: p.ID, From: p.Status, To: p.Status, Link: &changeset.LinkChange{Connection: directory, Base: from, Proposed: to}}
	}
	d := w.planSync(false)
	d.Items = []changeset.Item{tie(ada, "x1", "x2"), tie(bo, "x2", "x1")}
	head := w.apply(d)
	if anchor, _ := w.by("a1").LinkTo(directory); anchor != "x2" {
		t.Errorf("Ada is %q now", anchor)
	}
	w.sound()
	w.rollback(head.ID)
	w.sound()
	d.Head.ID, d.Items = 0, []changeset.Item{tie(ada, "x1", "x2")}
	_, err := w.ApplyDraft(ctx, mara, d, core.How{})
	wantFault(t, err, fault.Conflict, "What the source calls x2 is Bo")
}

func TestPlanFindsEveryProblemFirst(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", "a@x.example"), at("x2", "b2", "Bo", "b@x.example")))
	before := w.dump()
	cases := []struct {
		name    string
		draft   *core.Draft
		items   int
		rejects []string
		held    string
	}{
		{"an empty UID", w.planImport(false, row("", "X", ""), row("  ", "Y", "")), 0,
			[]string{"No is empty", "No is empty"}, ""},
		{"two of one UID", w.planImport(false, row("c3", "X", ""), row(" C3", "Y", ""), row("c3", "Z", "")), 0,
			[]string{"also on line 2", "also on line 1", "also on line 1"}, ""},
		{"all that is wrong with a row", w.planImport(false, row("", "X", "Mars")), 0, []string{"No is empty, and every person needs one; Dept \"Mars\" is not one"}, ""},
		{"a bad value of somebody known by anchor", w.planSync(true, at("x1", "a1", "Ada", "bad"), at("x2", "b2", "Bo", "b@x.example")), 0,
			[]string{`"bad" is not an e-mail address`}, ""},
		{"no UID, but an anchor", w.planSync(true, at("x1", "", "Ada", ""), at("x2", "b2", "Bo", "b@x.example")), 0, []string{"No is empty"}, ""},
		{"no UID and no anchor", w.planSync(true, at("", "", "Ada", ""), at("x2", "b2", "Bo", "b@x.example")), 1, []string{"No is empty"}, "no readable UID"},
		{"nobody at all", w.planSync(true), 2, nil, "nobody that can be read"},
		{"the last word of a source that repeats itself", w.planSync(false, at("x1", "a1", "A", "a@x.example"), at("x1", "a1", "B", "a@x.example")), 1, nil, ""},
		{"somebody new of whom too little is said", w.planSync(false, at("x7", absent, "G", "")), 0, []string{"the source says nothing of it"}, ""},
		{"the end of somebody unknown", w.planSync(false, said{anchor: "x7", cells: [3]string{absent, absent, absent}, gone: true}), 0, nil, ""},
		{"the end of somebody known by anchor only", w.planSync(false, said{anchor: "x1", cells: [3]string{absent, absent, absent}, gone: true}), 1, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if len(c.draft.Items) != c.items || len(c.draft.Rejects) != len(c.rejects) {
				t.Fatalf("planned %v, rejected %+v", itemLines(c.draft.Items), c.draft.Rejects)
			}
			for i, want := range c.rejects {
				if got := c.draft.Rejects[i].Problem; !strings.Contains(got, want) {
					t.Errorf("said %q, wanted %q", got, want)
				}
			}
			switch err := core.HeldFor(&c.draft.Head); {
			case c.held == "" && err != nil:
				t.Error(err)
			case c.held != "":
				wantFault(t, err, fault.Held, c.held)
			}
		})
	}
	if w.dump() != before {
		t.Error("planning wrote something")
	}
}

func TestPlanRefusesWhatCannotBeRead(t *testing.T) {
	w := newTestWorld(t, false)
	in := core.Intake{List: w.list, Origin: changeset.Import, Attributes: []string{"no", "name", "dept"}, Mappings: importMappings(), Records: records(nil)}
	broken := errors.New("the disk is gone")
	on := func(attribute, field string) mapping.Mapping {
		return mapping.Mapping{Attribute: attribute, Field: field, On: true}
	}
	cases := []struct {
		name   string
		change func(*core.Intake)
		want   string
	}{
		{"no such list", func(in *core.Intake) { in.List = 9 }, "no list number 9"},
		{"no UID", func(in *core.Intake) { in.Mappings = []mapping.Mapping{on("name", "name")} }, "No column feeds No"},
		{"no such attribute", func(in *core.Intake) { in.Mappings = []mapping.Mapping{on("nr", "no")} }, `has no "nr"`},
		{"no such field", func(in *core.Intake) { in.Mappings = []mapping.Mapping{on("no", "number")} }, "no such field"},
		{"two for one field", func(in *core.Intake) { in.Mappings = append(in.Mappings, on("dept", "name")) }, "Two mappings feed Name"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := in
			c.change(&in)
			_, err := w.Plan(ctx, in)
			if !strings.Contains(fault.Sentence(err), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	in.Records = iter.Seq2[[]mapping.Record, error](func(yield func([]mapping.Record, error) bool) { yield(nil, broken) })
	if _, err := w.Plan(ctx, in); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestTheUIDFieldStaysWhatItIs(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("a1", "Ada", "")))
	err := w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
		l.Slug = "other"
		for i := range l.Schema.Fields {
			l.Schema.Fields[i].UID = l.Schema.Fields[i].Key == "name"
		}
		return nil
	})
	wantFault(t, err, fault.Invalid, "No is the UID")
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Slug, l.Name = "other", "People"; return nil }))
	if l, err := w.List(ctx, "staff"); err != nil || l.Name != "People" {
		t.Errorf("got %+v, %v", l, err)
	}
}

// What a sync's next run replaces is closed, and only that.
func TestASourceHasOneOpenChangeset(t *testing.T) {
	w := newTestWorld(t, true)
	var heads []changeset.Changeset
	for n := range 3 {
		head, err := w.Propose(ctx, mara, w.planSync(true, at("x1", fmt.Sprint(n), "Ada", "")))
		w.must(err)
		heads = append(heads, head)
	}
	file, err := w.Propose(ctx, mara, w.planImport(false, row("b2", "Bo", "")))
	w.must(err)
	open, err := w.Changesets(ctx, -1, func(c *changeset.Changeset) bool { return c.Open() })
	if w.must(err); len(open) != 2 || open[0].ID != file.ID || open[1].ID != heads[2].ID {
		t.Errorf("open are %+v", open)
	}
	_, err = w.Apply(ctx, mara, heads[0].ID, core.How{})
	wantFault(t, err, fault.Conflict, "superseded")
	w.sound()
}
