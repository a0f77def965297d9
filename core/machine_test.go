package core_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// machine does at random what people and sources do to a list, and holds the
// engine against the model after every step.
type machine struct {
	*world
	m       *model
	waiting map[changeset.ID]*core.Draft
	drafts  []*core.Draft // some that were applied or proposed, to be applied again
	spent   map[*core.Draft]spent
	rows    map[*core.Draft][]said // of a sync
	kept    map[string]said        // what the source last said, by anchor
	rules   []core.Remembered
}

func TestEngineDoesWhatTheModelDoes(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		run, err := os.MkdirTemp(dir, "run") //nolint:usetesting // a folder a run, gone with it
		if err != nil {
			t.Fatal(err)
		}
		connected := rapid.Bool().Draw(t, "connected")
		k := &machine{world: newWorld(t, run, connected), m: newModel(connected), waiting: make(map[changeset.ID]*core.Draft)}
		k.chunk = rapid.SampledFrom([]int{0, 1, 2}).Draw(t, "chunk")
		k.reopen()
		defer func() { k.must(errors.Join(k.store.Close(), os.RemoveAll(run))) }()
		actions := map[string]func(*rapid.T){
			"import": k.importFile, "apply": k.applyWaiting, "reject": k.reject, "edit": k.edit, "status": k.bulkStatus,
			"field": k.bulkField, "add": k.add, "roll back": k.rollBack, "undo": k.undo, "redo": k.redo,
			"reopen": func(*rapid.T) { k.reopen() }, "again": k.again, "remember": k.remember, "forget": k.forget, "": k.invariant,
		}
		if connected {
			actions["sync"], actions["sync again"] = k.sync, k.sync
		}
		t.Repeat(actions)
		k.takeAllBack()
	})
}

var (
	someUID   = rapid.SampledFrom([]string{"a1", "A1", " a1 ", "b2", "B2", "c3", "d4", "e5", "007", "7"})
	someName  = rapid.SampledFrom([]string{"Ada", "Bo", " Cy ", "Ö. Dé", ""})
	someMail  = rapid.SampledFrom([]string{"a@x.example", "b@x.example", "", "bad", absent})
	someDept  = rapid.SampledFrom([]string{"Art", "Law", "", "bad"})
	anchors   = []string{"x1", "x2", "x3", "x4", "x5"}
	someActor = rapid.SampledFrom([]core.Actor{mara, noor})
)

func (k *machine) importFile(t *rapid.T) {
	var rows []said
	for n := range rapid.IntRange(0, 5).Draw(t, "rows") {
		no := someUID.Draw(t, "no")
		if n == 3 {
			no = ""
		}
		rows = append(rows, row(no, someName.Draw(t, "name"), someDept.Draw(t, "dept")))
	}
	full := rapid.Bool().Draw(t, "full")
	d := k.planImport(full, rows...)
	k.checkPlan(d, full, rows)
	k.settle(t, d)
}

func (k *machine) sync(t *rapid.T) {
	var rows []said
	for _, anchor := range rapid.Permutation(anchors).Draw(t, "anchors")[:rapid.IntRange(0, 5).Draw(t, "records")] {
		r := at(anchor, someUID.Draw(t, "no"), someName.Draw(t, "name"), someMail.Draw(t, "mail"))
		r.gone = rapid.IntRange(0, 5).Draw(t, "gone") == 0
		rows = append(rows, r)
	}
	full := rapid.Bool().Draw(t, "full")
	d := k.planSync(full, rows...)
	k.checkPlan(d, full, rows)
	put(&k.rows, d, rows)
	for i := range d.Items {
		k.decide(t, &d.Items[i])
	}
	k.settle(t, d)
}

// settled: what a sync said is what its source last said.
func (k *machine) settled(d *core.Draft) {
	for _, r := range k.rows[d] {
		put(&k.kept, r.anchor, r)
	}
}

// remember has a decision be made again by itself.
func (k *machine) remember(t *rapid.T) {
	rule := core.Remembered{
		Field:    rapid.SampledFrom([]roster.FieldID{nameField, mailField, deptField}).Draw(t, "field"),
		Decision: rapid.SampledFrom([]changeset.Decision{changeset.Accept, changeset.Keep}).Draw(t, "decision"),
	}
	if rule.Pair = rapid.Bool().Draw(t, "pair"); rule.Pair {
		rule.From, rule.To = rapid.SampledFrom([]string{"", "Ada", "Bo", "Art", "a@x.example"}).Draw(t, "from"), rapid.SampledFrom([]string{"", "Ada", "Cy", "Law"}).Draw(t, "to")
	} else {
		rule.Origin = rapid.SampledFrom([]changeset.Origin{changeset.Import, changeset.Sync}).Draw(t, "origin")
	}
	k.must(k.RememberDecision(ctx, mara, k.list, rule))
	k.rules = slices.DeleteFunc(k.rules, func(old core.Remembered) bool {
		return old.Field == rule.Field && old.Pair == rule.Pair && old.Origin == rule.Origin && old.From == rule.From && old.To == rule.To
	})
	k.rules = append(k.rules, rule)
}

func (k *machine) forget(t *rapid.T) {
	rules, err := k.Remembered(ctx, k.list)
	k.must(err)
	if len(rules) != len(k.rules) {
		t.Fatalf("remembered are %+v, wanted %+v", rules, k.rules)
	}
	if len(rules) == 0 {
		return
	}
	n := rapid.IntRange(0, len(rules)-1).Draw(t, "rule")
	k.must(k.ForgetDecision(ctx, mara, k.list, rules[n].Number))
	k.rules = slices.Delete(k.rules, n, n+1)
}

// recalled is the decision that is remembered about a change: of its pair of
// values, or else of its field.
func (k *machine) recalled(origin changeset.Origin, c changeset.Change) changeset.Decision {
	decision := changeset.Undecided
	for _, r := range k.rules {
		switch {
		case r.Field != c.Field:
		case r.Pair && r.From == c.Base && r.To == c.Proposed:
			return r.Decision
		case !r.Pair && r.Origin == origin:
			decision = r.Decision
		}
	}
	return decision
}

// decide goes through an item as a reviewer would.
func (k *machine) decide(t *rapid.T, it *changeset.Item) {
	decision := rapid.SampledFrom([]changeset.Decision{
		changeset.Undecided, changeset.Undecided, changeset.Accept, changeset.Keep, changeset.Skip,
	})
	it.Decision = decision.Draw(t, "decision")
	if it.Link != nil && it.Kind != changeset.Create {
		it.Link.Decision = decision.Draw(t, "link")
	}
	for i := range it.Changes {
		c := &it.Changes[i]
		if c.Decision = decision.Draw(t, "field"); c.Field == nameField && c.Decision == changeset.Accept {
			c.Decision, c.Typed = changeset.Typed, "Typed"
		}
	}
}

// checkPlan compares a draft with what the model makes of the same rows.
func (k *machine) checkPlan(d *core.Draft, full bool, rows []said) {
	k.t.Helper()
	items, refused, spent := k.m.plan(d.Head.Origin, full, rows)
	if len(d.Head.Held) > 0 {
		spent.absent = nil // whom it does not name may well be there
	}
	put(&k.spent, d, spent)
	for _, it := range d.Items {
		for _, c := range it.Changes {
			if want := k.recalled(d.Head.Origin, c); c.Decision != want {
				k.t.Fatalf("%+v is to be decided %s, as remembered in %+v", c, want, k.rules)
			}
		}
	}
	if got := itemLines(d.Items); !slices.Equal(got, items) {
		k.t.Fatalf("planned:\n%s\nwanted:\n%s\nrows: %+v", strings.Join(got, "\n"), strings.Join(items, "\n"), rows)
	}
	var got []int
	for _, r := range d.Rejects {
		got = append(got, r.Line)
	}
	if slices.Sort(got); !slices.Equal(got, refused) {
		k.t.Fatalf("refused lines %v, wanted %v: %+v", got, refused, d.Rejects)
	}
	if c := d.Head.Counts; c.Rejects != len(refused) || c.Items() != len(items) || c.Rows != len(rows) {
		k.t.Fatalf("counted %+v of %d rows, %d items and %d rejects", c, len(rows), len(items), len(refused))
	}
	if left := k.m.outcome(d.Items).left; d.Head.Origin == changeset.Sync && len(d.Conflicts) != len(left) {
		k.t.Fatalf("foresaw %v, wanted %v", d.Conflicts, left)
	}
}

// settle applies a draft, or has it wait.
func (k *machine) settle(t *rapid.T, d *core.Draft) {
	k.drafts = append(k.drafts, d)
	if rapid.Bool().Draw(t, "at once") {
		k.applyDraft(t, d)
		return
	}
	head, err := k.Propose(ctx, someActor.Draw(t, "actor"), d)
	k.must(err)
	k.m.spend(k.spent[d])
	if head.ID == 0 {
		k.settled(d)
		return
	}
	if d.Head.Origin == changeset.Sync {
		rows := k.rows[d]
		d = k.supersede(d)
		put(&k.rows, d, rows)
	}
	k.waiting[head.ID] = d
}

// supersede ends the syncs that wait, and returns the draft with what was
// decided about the same values of the same people.
func (k *machine) supersede(d *core.Draft) *core.Draft {
	type about struct {
		who            string
		field          roster.FieldID
		base, proposed string
	}
	key := func(it *changeset.Item, f roster.FieldID, p changeset.Part) about {
		if it.Kind == changeset.Create {
			return about{"uid " + fold(it.UID), f, "", text(it.Values)}
		}
		return about{it.Person.String(), f, p.Base, it.Proposed(f)}
	}
	made := make(map[about]changeset.Part)
	for _, id := range slices.Sorted(maps.Keys(k.waiting)) {
		if k.waiting[id].Head.Origin != changeset.Sync {
			continue
		}
		for _, it := range k.waiting[id].Items {
			for _, f := range it.Parts() {
				if p, _ := it.Part(f); p.Decision != changeset.Undecided {
					made[key(&it, f, p)] = p
				}
			}
		}
		delete(k.waiting, id)
	}
	next := *d
	next.Items = slices.Clone(d.Items)
	for n := range next.Items {
		it := &next.Items[n]
		it.Changes = slices.Clone(it.Changes)
		for _, f := range it.Parts() {
			now, _ := it.Part(f)
			if p, ok := made[key(it, f, now)]; ok {
				it.SetPart(f, p)
			}
		}
	}
	return &next
}

func (k *machine) applyDraft(t *rapid.T, d *core.Draft) {
	actor := someActor.Draw(t, "actor")
	k.applied(t, actor, d, func(how core.How) (changeset.Changeset, error) { return k.ApplyDraft(ctx, actor, d, how) })
}

// applied applies through apply and has the model do the same.
func (k *machine) applied(t *rapid.T, actor core.Actor, d *core.Draft, apply func(core.How) (changeset.Changeset, error)) {
	how := core.How{LeaveConflicts: rapid.Bool().Draw(t, "leave conflicts"), OnlyDecided: rapid.IntRange(0, 3).Draw(t, "only decided") == 0}
	items := d.Items
	if how.OnlyDecided {
		items = onlyDecided(items)
	}
	before, out := k.m.people, k.m.outcome(items)
	late := d.Head.Undoes != 0 && !k.m.inForce(k.m.deed(d.Head.Undoes))
	head, err := apply(how)
	switch {
	case late || len(out.left) > 0 && !how.LeaveConflicts:
		if !fault.Is(err, fault.Conflict) {
			t.Fatalf("applied what conflicts: %v, %v", out.left, err)
		}
		return
	case err != nil:
		t.Fatalf("apply: %v", err)
	case len(d.Items) == 0 && d.Head.Undoes == 0:
		k.m.spend(k.spent[d])
		k.settled(d)
		return // there was nothing to do
	}
	k.settled(d)
	deed := &deed{id: head.ID, actor: actor.Name, origin: head.Origin, undoes: head.Undoes, spent: k.spent[d]}
	k.m.apply(deed, items, out)
	deed.partly = deed.partly || head.Rest != 0
	delete(k.waiting, head.ID)
	if head.Counts.Conflicts != len(out.left) || head.Counts.Items() != len(deed.is) || (head.State == changeset.PartlyApplied) != deed.partly {
		t.Fatalf("applied %+v, wanted %d changed and %d left out of %v", head, len(deed.is), len(out.left), before)
	}
	if head.Rest == 0 {
		return
	}
	// What was left out of a stored changeset, or skipped, waits in one of its own.
	waits := len(out.left)
	for n, it := range items {
		if _, skipped := it.Rest(); skipped && !out.left[n] {
			waits++
		}
	}
	rest, err := k.Load(ctx, head.Rest, nil)
	if k.must(err); len(rest.Items) != waits {
		t.Fatalf("%d items wait as the rest of %d, wanted %d", len(rest.Items), head.ID, waits)
	}
	k.waiting[head.Rest] = rest
}

// onlyDecided are the items with what nobody has decided skipped.
func onlyDecided(items []changeset.Item) []changeset.Item {
	items = slices.Clone(items)
	skip := func(d *changeset.Decision) {
		if *d == changeset.Undecided {
			*d = changeset.Skip
		}
	}
	for n := range items {
		it := &items[n]
		if it.Kind == changeset.Create || it.From != it.To {
			skip(&it.Decision)
		}
		it.Changes = slices.Clone(it.Changes)
		for i := range it.Changes {
			skip(&it.Changes[i].Decision)
		}
		if it.Link != nil && it.Kind != changeset.Create {
			link := *it.Link
			skip(&link.Decision)
			it.Link = &link
		}
	}
	return items
}

// anyWaiting picks a waiting changeset; 0 when there is none.
func (k *machine) anyWaiting(t *rapid.T) (changeset.ID, *core.Draft) {
	if len(k.waiting) == 0 {
		return 0, nil
	}
	ids := make([]changeset.ID, 0, len(k.waiting))
	for id := range k.waiting {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	id := rapid.SampledFrom(ids).Draw(t, "waiting")
	return id, k.waiting[id]
}

func (k *machine) applyWaiting(t *rapid.T) {
	id, d := k.anyWaiting(t)
	if id == 0 {
		return
	}
	loaded, err := k.Load(ctx, id, nil)
	k.must(err)
	if got, want := itemLines(loaded.Items), itemLines(d.Items); !slices.Equal(got, want) {
		t.Fatalf("stored\n%v\nand loaded\n%v", want, got)
	}
	if left := k.m.outcome(d.Items).left; len(left) != len(loaded.Conflicts) {
		t.Fatalf("foresaw %v, wanted %v", loaded.Conflicts, left)
	}
	actor := someActor.Draw(t, "actor")
	k.applied(t, actor, d, func(how core.How) (changeset.Changeset, error) { return k.Apply(ctx, actor, id, how) })
	if _, still := k.waiting[id]; !still {
		once := k.dump()
		_, err := k.Apply(ctx, actor, id, core.How{})
		if k.must(err); k.dump() != once {
			t.Fatalf("applying %d twice is not the same as once", id)
		}
	}
}

func (k *machine) reject(t *rapid.T) {
	id, d := k.anyWaiting(t)
	if id == 0 {
		return
	}
	_, err := k.Reject(ctx, mara, id)
	k.must(err)
	if d.Head.Origin == changeset.Sync && !slices.ContainsFunc(d.Head.Held, changeset.Hold.Distrusts) {
		k.m.reject(id, d.Items)
	}
	k.settled(d)
	delete(k.waiting, id)
	if _, err := k.Apply(ctx, mara, id, core.How{}); !fault.Is(err, fault.Conflict) {
		t.Fatalf("applied a rejected changeset: %v", err)
	}
}

// again applies a draft once more that was applied or proposed before.
func (k *machine) again(t *rapid.T) {
	if len(k.drafts) == 0 {
		return
	}
	before := k.drafts[rapid.IntRange(0, len(k.drafts)-1).Draw(t, "draft")]
	d := *before
	put(&k.spent, &d, k.spent[before])
	put(&k.rows, &d, k.rows[before])
	k.applyDraft(t, &d)
}

func (k *machine) edit(t *rapid.T) {
	if len(k.m.people) == 0 {
		return
	}
	id := k.m.ids()[rapid.IntRange(0, len(k.m.people)-1).Draw(t, "person")]
	p := k.m.people[id]
	c := changeset.Change{Field: rapid.SampledFrom([]roster.FieldID{noField, nameField, mailField, deptField, roomField}).Draw(t, "field")}
	c.Base = p.values[c.Field]
	if rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
		c.Base = "something else"
	}
	switch c.Field {
	case noField:
		c.Proposed = someUID.Draw(t, "no")
	case mailField:
		c.Proposed = rapid.SampledFrom([]string{"a@x.example", "bad", ""}).Draw(t, "mail")
	case deptField:
		c.Proposed = someDept.Draw(t, "dept")
	default:
		c.Proposed = someName.Draw(t, "text")
	}
	actor := someActor.Draw(t, "actor")
	head, err := k.SetFields(ctx, actor, k.list, id, []changeset.Change{c})
	items := []changeset.Item{{Person: id, From: p.status, To: p.status, Changes: []changeset.Change{c}}}
	out := k.m.outcome(items)
	want := fault.Code("")
	switch {
	case p.status == roster.Withdrawn:
		want = fault.Conflict
	case k.m.connected && p.anchor != "" && owned(c.Field):
		want = fault.Locked
	case c.Proposed == "bad":
		want = fault.Invalid
	case c.Proposed != c.Base && len(out.left) > 0:
		want = fault.Conflict
	}
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("edit of %v by %+v: %v, wanted %q", p, c, err, want)
	}
	if want == "" && c.Proposed != c.Base {
		k.m.apply(&deed{id: head.ID, actor: actor.Name, origin: changeset.Edit}, items, out)
	}
}

func (k *machine) several(t *rapid.T) []roster.PersonID {
	if len(k.m.people) == 0 {
		return nil
	}
	ids := k.m.ids()
	var some []roster.PersonID
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(ids)-1), 1, -1, rapid.ID[int]).Draw(t, "people") {
		some = append(some, ids[n])
	}
	return some
}

func (k *machine) bulkStatus(t *rapid.T) {
	d, err := k.DraftStatus(ctx, k.list, k.several(t), rapid.SampledFrom([]roster.Status{roster.Active, roster.Inactive}).Draw(t, "status"), nil)
	k.must(err)
	k.settle(t, d)
}

func (k *machine) bulkField(t *rapid.T) {
	field := rapid.SampledFrom([]roster.FieldID{nameField, roomField}).Draw(t, "field")
	ids := k.several(t)
	d, err := k.DraftField(ctx, k.list, ids, field, someName.Draw(t, "text"), nil)
	if len(ids) == 1 && err != nil {
		return
	}
	k.must(err)
	k.settle(t, d)
}

func (k *machine) add(t *rapid.T) {
	actor := someActor.Draw(t, "actor")
	p := one{made: true}
	p.values[noField], p.values[nameField] = someUID.Draw(t, "no"), "Added"
	head, id, err := k.AddPerson(ctx, actor, k.list, map[roster.FieldID]string{noField: p.uid(), nameField: "Added"})
	taken := slices.ContainsFunc(k.m.ids(), func(id roster.PersonID) bool {
		return k.m.people[id].present() && fold(k.m.people[id].uid()) == fold(p.uid())
	})
	if taken != fault.Is(err, fault.Conflict) {
		t.Fatalf("add %v: %v", p, err)
	}
	if taken {
		return
	}
	k.must(err)
	items := []changeset.Item{{Person: id, Kind: changeset.Create, Values: roster.Values("").With(noField, p.uid()).With(nameField, "Added")}}
	k.m.apply(&deed{id: head.ID, actor: actor.Name, origin: changeset.Edit}, items, k.m.outcome(items))
}

func (k *machine) rollBack(t *rapid.T) {
	if len(k.m.log) == 0 {
		return
	}
	d := k.m.log[rapid.IntRange(0, len(k.m.log)-1).Draw(t, "changeset")]
	draft, err := k.Rollback(ctx, d.id)
	if !k.m.inForce(d) {
		if !fault.Is(err, fault.Conflict) {
			t.Fatalf("rolled back twice: %v", err)
		}
		return
	}
	k.must(err)
	k.checkInverse(draft, d)
	k.settle(t, draft)
}

func (k *machine) checkInverse(draft *core.Draft, d *deed) {
	k.t.Helper()
	if got, want := itemLines(draft.Items), d.inverse(); !slices.Equal(got, want) {
		k.t.Fatalf("rolling back %d proposes\n%s\nwanted\n%s", d.id, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if left := k.m.outcome(draft.Items).left; len(left) != len(draft.Conflicts) {
		k.t.Fatalf("foresaw %v, wanted %v", draft.Conflicts, left)
	}
}

func (k *machine) undo(t *rapid.T) { k.stepBack(t, k.Undoable, k.m.undoable) }

func (k *machine) redo(t *rapid.T) { k.stepBack(t, k.Redoable, k.m.redoable) }

func (k *machine) stepBack(t *rapid.T, find func(context.Context, core.Actor, roster.ListID) (*core.Draft, changeset.Changeset, error), want func(string) *deed) {
	actor := someActor.Draw(t, "actor")
	draft, found, err := find(ctx, actor, k.list)
	d := want(actor.Name)
	if d == nil {
		if !fault.Is(err, fault.NotFound) {
			t.Fatalf("found %v to step back to: %v", found.ID, err)
		}
		return
	}
	if k.must(err); found.ID != d.id {
		t.Fatalf("stepped back to %d, wanted %d", found.ID, d.id)
	}
	k.checkInverse(draft, d)
	k.applied(t, actor, draft, func(how core.How) (changeset.Changeset, error) { return k.ApplyDraft(ctx, actor, draft, how) })
}

// invariant holds after every step.
func (k *machine) invariant(t *rapid.T) {
	k.sound()
	k.checkPeople()
	k.checkHistory()
	k.checkChangesets()
	k.checkKept()
	if got, want := k.pinLines(), k.m.pinLines(); !slices.Equal(got, want) {
		t.Fatalf("pinned\n%s\nwanted\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// checkKept compares what the source last said of everybody.
func (k *machine) checkKept() {
	k.t.Helper()
	found := 0
	k.must(k.store.View(ctx, func(tx core.Tx) error {
		found = 0
		return tx.EachRecordAfter(k.list, directory, "", func(string, string) error { found++; return nil })
	}))
	if found != len(k.kept) {
		k.t.Fatalf("%d records are kept, wanted %d", found, len(k.kept))
	}
	for anchor, want := range k.kept {
		got, err := k.Record(ctx, k.list, roster.Link{Connection: directory, Anchor: anchor})
		k.must(err)
		cells := [3]string{absent, absent, absent}
		for _, s := range got.Said {
			cells[slices.Index([]string{"no", "name", "mail"}, s.Attribute)] = s.Cell.Text
		}
		if cells != want.cells || got.Gone != want.gone {
			k.t.Fatalf("of %s is kept %+v, wanted %+v", anchor, got, want)
		}
	}
}

func (k *machine) pinLines() []string {
	held := newModel(true)
	for _, p := range k.pins() {
		if !p.OfNewcomer() {
			held.pins[pinned{p.Person, p.Field}] = pin{p.Declined, p.Changeset}
			continue
		}
		name := p.Newcomer.Anchor
		if p.Newcomer.Connection == "" {
			name = "uid " + name
		}
		who := one{status: roster.Inactive}
		if p.Declined == roster.Active.String() {
			who.status = roster.Active
		}
		for f, value := range p.Values.All() {
			who.values[f] = value
		}
		held.newcomers[name] = newcomer{who, p.Changeset}
	}
	return held.pinLines()
}

// checkPeople compares everybody, the counts and the UIDs with the model.
func (k *machine) checkPeople() {
	k.t.Helper()
	listed := make(map[roster.PersonID]bool)
	holders := make(map[string]roster.PersonID)
	k.must(k.EachPerson(ctx, k.list, func(p *roster.Person) error {
		if listed[p.ID] = true; p.Status == roster.Withdrawn {
			k.t.Fatalf("%s is withdrawn, and listed", p.ID)
		}
		uid := roster.FoldUID(p.Values.Get(noField))
		if other, taken := holders[uid]; taken {
			k.t.Fatalf("%s and %s both have the UID %q", p.ID, other, uid)
		}
		holders[uid] = p.ID
		return nil
	}))
	for id, want := range k.m.people {
		if !want.made {
			continue
		}
		p, err := k.Person(ctx, k.list, id)
		k.must(err)
		if got := known(&p); got != want || listed[id] != want.present() {
			k.t.Fatalf("%s is %+v, wanted %+v; listed: %v", id, got, want, listed[id])
		}
		if want.present() {
			if holder := k.by(want.uid()); holder.ID != id {
				k.t.Fatalf("the UID %q leads to %s, wanted %s", want.uid(), holder.ID, id)
			}
		}
	}
	if present := k.m.count(roster.Active) + k.m.count(roster.Inactive); len(listed) != present {
		k.t.Fatalf("%d people are listed, wanted %d", len(listed), present)
	}
	l, err := k.List(ctx, "staff")
	k.must(err)
	if s := l.Standing; s.Active != k.m.count(roster.Active) || s.Inactive != k.m.count(roster.Inactive) || s.Withdrawn != k.m.count(roster.Withdrawn) {
		k.t.Fatalf("the list counts %+v", s)
	}
}

func known(p *roster.Person) one {
	got := one{made: true, status: p.Status}
	for f, value := range p.Values.All() {
		got.values[f] = value
	}
	got.anchor, _ = p.LinkTo(directory)
	return got
}

// checkHistory goes back through everybody's past and forward through the
// journal: both must pass through every state that the model has seen.
func (k *machine) checkHistory() {
	k.t.Helper()
	for id := range k.m.people {
		var states []one // newest first, from the present to nobody
		for _, d := range slices.Backward(k.m.log) {
			if is, touched := d.is[id]; touched {
				states = append(states, is)
			}
		}
		if len(states) == 0 {
			continue
		}
		p, err := k.Person(ctx, k.list, id)
		k.must(err)
		var past []core.PastRow
		k.must(k.store.View(ctx, func(tx core.Tx) error {
			past, err = tx.Past(k.list, id)
			return err
		}))
		if len(past) != len(states)-1 {
			k.t.Fatalf("%s has %d pasts and had %d states", id, len(past), len(states))
		}
		for i, row := range slices.Backward(past) {
			row.Before.Restore(&p)
			if want := states[len(past)-i]; known(&p) != want {
				k.t.Fatalf("%s was %+v, wanted %+v", id, known(&p), want)
			}
		}
	}
	k.checkEvents()
}

// checkEvents replays the journal forward, from nothing to the present values.
func (k *machine) checkEvents() {
	k.t.Helper()
	var events []core.Event
	k.must(k.Events(ctx, k.list, func(ev core.Event) bool { events = append(events, ev); return true }))
	values := make(map[roster.PersonID][6]string)
	told := make(map[roster.PersonID]int)
	for _, ev := range slices.Backward(events) {
		v := values[ev.Person]
		for _, f := range ev.Fields {
			if v[f.Field] != f.Old {
				k.t.Fatalf("at version %d, %s had %q, and the journal says %q", ev.Seq, ev.Person, v[f.Field], f.Old)
			}
			v[f.Field] = f.New
		}
		values[ev.Person] = v
		if told[ev.Person]++; ev.UID != v[noField] {
			k.t.Fatalf("at version %d the journal calls %s %q, wanted %q", ev.Seq, ev.Person, ev.UID, v[noField])
		}
	}
	for id, p := range k.m.people {
		if values[id] != p.values {
			k.t.Fatalf("the journal makes %q of %s, wanted %q", values[id], id, p.values)
		}
		if !p.made {
			continue
		}
		history, err := k.History(ctx, k.list, id)
		k.must(err)
		if len(history) != told[id] || history[len(history)-1].Kind != changeset.Create {
			k.t.Fatalf("%s has a history of %d events, wanted %d", id, len(history), told[id])
		}
	}
}

// checkChangesets compares the heads with the model's log.
func (k *machine) checkChangesets() {
	k.t.Helper()
	heads, err := k.Changesets(ctx, -1, nil)
	k.must(err)
	open := 0
	for i := range heads {
		h := &heads[i]
		if i > 0 && heads[i-1].ID <= h.ID {
			k.t.Fatalf("changeset %d is listed after %d", h.ID, heads[i-1].ID)
		}
		if h.Open() {
			open++
		}
		d := k.m.deed(h.ID)
		if h.Done() != (d != nil) {
			k.t.Fatalf("changeset %+v, wanted %v", h, d)
		}
		if d != nil && (h.UndoneBy != d.undoneBy || h.State != d.state()) {
			k.t.Fatalf("changeset %+v, wanted %s and rolled back by %d", h, d.state(), d.undoneBy)
		}
	}
	if open != len(k.waiting) {
		k.t.Fatalf("%d changesets wait, wanted %d", open, len(k.waiting))
	}
}

func (d *deed) state() changeset.State {
	switch {
	case d.undoneBy != 0:
		return changeset.RolledBack
	case d.partly:
		return changeset.PartlyApplied
	}
	return changeset.Applied
}

// takeAllBack rolls back all that is in force, the newest first: nothing may
// conflict, every state before is reached again, and in the end nobody is left.
func (k *machine) takeAllBack() {
	k.t.Helper()
	for i, d := range slices.Backward(slices.Clone(k.m.log)) {
		if !k.m.inForce(d) {
			k.t.Fatalf("changeset %d is rolled back by %d, which is out of force", d.id, d.undoneBy)
		}
		draft, err := k.Rollback(ctx, d.id)
		k.must(err)
		head := k.apply(draft)
		k.m.apply(&deed{id: head.ID, actor: mara.Name, origin: head.Origin, undoes: d.id}, draft.Items, k.m.outcome(draft.Items))
		before := make(map[roster.PersonID]one)
		for _, earlier := range k.m.log[:i] {
			maps.Copy(before, earlier.is)
		}
		if got, want := k.export(), exported(before); got != want {
			k.t.Fatalf("after rolling back %d the list is\n%s\nwanted\n%s", d.id, got, want)
		}
	}
	k.sound()
	if left := k.export(); left != "" {
		k.t.Fatalf("with all rolled back there still are\n%s", left)
	}
}

func exported(people map[roster.PersonID]one) string {
	m := model{people: people}
	var b strings.Builder
	for _, id := range m.ids() {
		if p := people[id]; p.present() {
			fmt.Fprintf(&b, "%s %s %s\n", id, p.status, p.text())
		}
	}
	return b.String()
}
