package core_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// deciding is a part of the changeset in question.
type deciding struct {
	item  int
	field roster.FieldID
}

// madeStep is a step as the model of decisions knows it.
type madeStep struct {
	choices []changeset.Choice
	undone  bool
}

// decisions is the plain model: what every part is, and who did what.
type decisions struct {
	parts map[deciding]changeset.Part
	steps map[string][]*madeStep
}

// make makes choices and returns how many are missed.
func (m *decisions) make(choices []changeset.Choice) (made []changeset.Choice, missed int) {
	for _, c := range choices {
		at := deciding{c.Item, c.Field}
		switch now := m.parts[at]; {
		case now != c.Was:
			missed++
		case now != c.Is:
			m.parts[at] = c.Is
			made = append(made, c)
		}
	}
	return made, missed
}

func (m *decisions) decide(actor string, choices []changeset.Choice) (made, missed int) {
	step := new(madeStep)
	step.choices, missed = m.make(choices)
	if len(step.choices) > 0 {
		kept := slices.DeleteFunc(m.steps[actor], func(s *madeStep) bool { return s.undone })
		m.steps[actor] = append(kept, step)
	}
	return len(step.choices), missed
}

// undo takes the actor's newest step in force back; redo makes the one again
// that was taken back last. They return nil when there is none.
func (m *decisions) turn(actor string, redo bool) (step *madeStep, made, missed int) {
	for _, s := range m.steps[actor] {
		if s.undone == redo && (!redo || step == nil) {
			step = s
		}
	}
	if step == nil {
		return nil, 0, 0
	}
	choices := slices.Clone(step.choices)
	if !redo {
		for i, c := range choices {
			choices[i].Was, choices[i].Is = c.Is, c.Was
		}
	}
	step.undone = !step.undone
	turned, missed := m.make(choices)
	return step, len(turned), missed
}

// Two reviewers decide, undo and redo as they like, also on what they have
// not seen yet and over restarts: every part is what a plain model says.
func TestTwoReviewersDecideAsTheModelDoes(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		run, err := os.MkdirTemp(dir, "run") //nolint:usetesting // a folder a run, gone with it
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, run, false)
		defer func() { w.must(errors.Join(w.store.Close(), os.RemoveAll(run))) }()
		w.apply(w.planImport(false, row("a1", "Ada", "Art"), row("b2", "Bo", "Art"), row("c3", "Cy", "Art")))
		head, err := w.Propose(ctx, mara, w.planImport(true, row("a1", "Ada L", "Law"), row("b2", "Bo B", ""), row("d4", "Di", "Law")))
		w.must(err)
		m := &decisions{parts: make(map[deciding]changeset.Part), steps: make(map[string][]*madeStep)}
		w.eachPart(head.ID, func(at deciding, p changeset.Part) { m.parts[at] = p })
		all := slices.SortedFunc(maps.Keys(m.parts), func(a, b deciding) int { return 1000*(a.item-b.item) + int(a.field) - int(b.field) })
		seen := map[string]map[deciding]changeset.Part{"mara": maps.Clone(m.parts), "noor": maps.Clone(m.parts)}
		steps := map[string]func(*rapid.T){
			"look": func(t *rapid.T) { seen[someActor.Draw(t, "actor").Name] = maps.Clone(m.parts) },
			"decide": func(t *rapid.T) {
				actor := someActor.Draw(t, "actor")
				var choices []changeset.Choice
				for _, at := range rapid.Permutation(all).Draw(t, "parts")[:rapid.IntRange(1, len(all)).Draw(t, "many")] {
					is := seen[actor.Name][at]
					is.Decision, is.Typed = changeset.Decision(rapid.IntRange(0, 3).Draw(t, "decision")), ""
					if at.field == nameField && is.Decision == changeset.Keep {
						is.Decision, is.Typed = changeset.Typed, "Typed"
					}
					choices = append(choices, changeset.Choice{Item: at.item, Field: at.field, Was: seen[actor.Name][at], Is: is})
				}
				out, err := w.Decide(ctx, actor, head.ID, choices, nil)
				w.must(err)
				made, missed := m.decide(actor.Name, choices)
				if out.Made != made || len(out.Missed) != missed {
					t.Fatalf("made %d and missed %d, wanted %d and %d", out.Made, len(out.Missed), made, missed)
				}
				for _, miss := range out.Missed {
					if miss.Was != m.parts[deciding{miss.Item, miss.Field}] {
						t.Fatalf("was told that %+v", miss)
					}
				}
				if (out.From != out.To) != (made > 0) {
					t.Fatalf("made %d, and went from %d to %d", made, out.From, out.To)
				}
			},
			"undo":   func(t *rapid.T) { turn(t, w, m, head.ID, someActor.Draw(t, "actor"), false) },
			"redo":   func(t *rapid.T) { turn(t, w, m, head.ID, someActor.Draw(t, "actor"), true) },
			"reopen": func(*rapid.T) { w.reopen() },
			"": func(t *rapid.T) {
				w.eachPart(head.ID, func(at deciding, p changeset.Part) {
					if p != m.parts[at] {
						t.Fatalf("part %v is %+v, wanted %+v", at, p, m.parts[at])
					}
				})
			},
		}
		t.Repeat(steps)
		w.checkOnlyDecided(t, head.ID)
	})
}

func turn(t *rapid.T, w *world, m *decisions, id changeset.ID, actor core.Actor, redo bool) {
	call := w.UndoDecision
	if redo {
		call = w.RedoDecision
	}
	_, out, err := call(ctx, actor, id, nil)
	step, made, missed := m.turn(actor.Name, redo)
	switch {
	case step == nil:
		if !fault.Is(err, fault.NotFound) {
			t.Fatalf("turned a step that is not there: %v", err)
		}
	case err != nil:
		t.Fatal(err)
	case out.Made != made || len(out.Missed) != missed:
		t.Fatalf("turned %d and missed %d, wanted %d and %d", out.Made, len(out.Missed), made, missed)
	}
}

func (w *world) eachPart(id changeset.ID, fn func(deciding, changeset.Part)) {
	d, err := w.Load(ctx, id, nil)
	w.must(err)
	for n := range d.Items {
		for _, f := range d.Items[n].Parts() {
			p, _ := d.Items[n].Part(f)
			fn(deciding{n, f}, p)
		}
	}
}

// checkOnlyDecided applies what is decided: that is stored, the rest waits.
func (w *world) checkOnlyDecided(t *rapid.T, id changeset.ID) {
	d, err := w.Load(ctx, id, nil)
	w.must(err)
	before := make(map[roster.PersonID]roster.Person)
	w.must(w.EachPerson(ctx, w.list, func(p *roster.Person) error { before[p.ID] = *p; return nil }))
	head, err := w.Apply(ctx, mara, id, core.How{OnlyDecided: true})
	w.must(err)
	var waits []string
	for n := range d.Items {
		it := &d.Items[n]
		p, err := w.Person(ctx, w.list, it.Person)
		if made := it.Kind != changeset.Create || it.Decision == changeset.Accept; made != (err == nil) {
			t.Fatalf("%s of %s: %v", it.Decision, it.UID, err)
		}
		for _, f := range it.Parts() {
			part, _ := it.Part(f)
			switch part.Decision {
			case changeset.Undecided, changeset.Skip:
				waits = append(waits, fmt.Sprintf("%s %d %s", it.UID, f, changeset.Undecided))
			}
			if it.Kind == changeset.Create {
				continue
			}
			now, want := p.Values.Get(f), before[p.ID].Values.Get(f)
			if f == changeset.Status {
				now, want = p.Status.String(), before[p.ID].Status.String()
			}
			switch part.Decision {
			case changeset.Accept:
				want = it.Proposed(f)
			case changeset.Typed:
				want = part.Typed
			}
			if now != want {
				t.Fatalf("%s field %d, %+v, is %q, wanted %q", it.UID, f, part, now, want)
			}
		}
	}
	var rest []string
	if head.Rest != 0 {
		left, err := w.Load(ctx, head.Rest, nil)
		w.must(err)
		for n := range left.Items {
			for _, f := range left.Items[n].Parts() {
				p, _ := left.Items[n].Part(f)
				rest = append(rest, fmt.Sprintf("%s %d %s", left.Items[n].UID, f, p.Decision))
			}
		}
		if left.Head.RestOf != id || len(left.Conflicts) > 0 {
			t.Fatalf("the rest is of %d, with conflicts %v", left.Head.RestOf, left.Conflicts)
		}
	}
	if !slices.Equal(rest, waits) {
		t.Fatalf("the rest is\n%v\nwanted\n%v", rest, waits)
	}
	w.sound()
}

// john is John at the snapshot, whom a changeset wants to call Johnny, and who
// has become Jonathan meanwhile.
func john(t *testing.T) (w *world, id changeset.ID, n int, it changeset.Item) {
	t.Helper()
	w = newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "s1", "John", "j@x.example"), at("x2", "s2", "Mary", "m@x.example")))
	session := &core.Draft{Head: changeset.Changeset{List: w.list, Origin: changeset.Session, Note: "Term 1", Counts: changeset.Counts{Updates: 2}}}
	for uid, name := range map[string]string{"s1": "Johnny", "s2": "Marie"} {
		p := w.by(uid)
		session.Items = append(session.Items, changeset.Item{Person: p.ID, UID: uid, Changes: []changeset.Change{
			{Field: nameField, Base: p.Values.Get(nameField), Proposed: name}}})
	}
	head, err := w.Propose(ctx, mara, session)
	w.must(err)
	w.apply(w.planSync(true, at("x1", "s1", "Jonathan", "j@x.example"), at("x2", "s2", "Mary", "m@x.example")))
	d, err := w.Load(ctx, head.ID, nil)
	w.must(err)
	if len(d.Conflicts) != 1 || !slices.Equal(d.Conflicts[0].Fields, []roster.FieldID{nameField}) {
		t.Fatalf("the conflict is %+v", d.Conflicts)
	}
	n = d.Conflicts[0].Item
	return w, head.ID, n, d.Items[n]
}

// The example of the product page: three values, and what comes of each
// decision; one against the directory outlives its next word.
func TestJohnJohnnyJonathan(t *testing.T) {
	for _, tt := range []struct {
		decision changeset.Decision
		typed    string
		want     string
		pinned   bool
	}{
		{changeset.Accept, "", "Johnny", true},
		{changeset.Keep, "", "Jonathan", false},
		{changeset.Skip, "", "Jonathan", false},
		{changeset.Typed, "Jon", "Jon", true},
	} {
		t.Run(tt.decision.String(), func(t *testing.T) {
			w, id, n, it := john(t)
			if _, err := w.Apply(ctx, mara, id, core.How{}); !fault.Is(err, fault.Conflict) {
				t.Fatalf("a conflict was applied without a decision: %v", err)
			}
			c, _ := it.Choose(n, nameField, tt.decision, tt.typed, "Jonathan")
			if _, err := w.Decide(ctx, mara, id, []changeset.Choice{c}, nil); err != nil {
				t.Fatal(err)
			}
			w.reopen()
			head, err := w.Apply(ctx, mara, id, core.How{})
			w.must(err)
			if got := w.by("s1").Values.Get(nameField); got != tt.want {
				t.Errorf("the name is %q, want %q", got, tt.want)
			}
			if got := w.by("s2").Values.Get(nameField); got != "Marie" {
				t.Errorf("the other person is %q", got)
			}
			if waits := head.Rest != 0; waits != (tt.decision == changeset.Skip) {
				t.Errorf("rest %d after %s", head.Rest, tt.decision)
			}
			pinned := slices.ContainsFunc(w.pins(), func(p changeset.Pin) bool { return p.Field == nameField && p.Declined == "Jonathan" })
			if pinned != tt.pinned {
				t.Errorf("pins %+v", w.pins())
			}
			again := w.planSync(true, at("x1", "s1", "Jonathan", "j@x.example"), at("x2", "s2", "Mary", "m@x.example"))
			if len(again.Items) > 0 {
				t.Errorf("the next sync proposes %+v", again.Items)
			}
		})
	}
}

// What is decided stays decided when the list moves: only what it touched
// comes back as a conflict.
func TestOnlyWhatMovedComesBack(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("a1", "Ada", "Art"), row("b2", "Bo", "Art")))
	head, err := w.Propose(ctx, mara, w.planImport(false, row("a1", "Ada L", "Law"), row("b2", "Bo B", "Law")))
	w.must(err)
	var choices []changeset.Choice
	d, err := w.Load(ctx, head.ID, nil)
	w.must(err)
	for n := range d.Items {
		for _, f := range d.Items[n].Parts() {
			p, _ := w.Person(ctx, w.list, d.Items[n].Person)
			c, _ := d.Items[n].Choose(n, f, changeset.Accept, "", p.Values.Get(f))
			choices = append(choices, c)
		}
	}
	_, err = w.Decide(ctx, mara, head.ID, choices, nil)
	w.must(err)
	_, err = w.set("b2", deptField, "")
	w.must(err)
	d, err = w.Load(ctx, head.ID, nil)
	w.must(err)
	if len(d.Conflicts) != 1 || !slices.Equal(d.Conflicts[0].Fields, []roster.FieldID{deptField}) {
		t.Fatalf("conflicts %+v", d.Conflicts)
	}
	head, err = w.Apply(ctx, mara, head.ID, core.How{OnlyDecided: true, LeaveConflicts: true})
	w.must(err)
	rest, err := w.Load(ctx, head.Rest, nil)
	w.must(err)
	for _, c := range rest.Items[0].Changes {
		if c.Decision != changeset.Accept {
			t.Errorf("what was decided about field %d is %s in the rest", c.Field, c.Decision)
		}
	}
}

// Whoever is too late is told who was faster.
func TestTheSlowerReviewerIsToldWhoDecided(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("a1", "Ada", "Art")))
	head, err := w.Propose(ctx, mara, w.planImport(false, row("a1", "Ada", "Law")))
	w.must(err)
	undecided := changeset.Part{Base: "Art"}
	say := func(actor core.Actor, d changeset.Decision) core.Decided {
		out, err := w.Decide(ctx, actor, head.ID, []changeset.Choice{{Field: deptField, Was: undecided, Is: changeset.Part{Decision: d, Base: "Art"}}}, nil)
		w.must(err)
		return out
	}
	if out := say(noor, changeset.Keep); out.Made != 1 || len(out.Missed) != 0 || out.To != out.From+1 {
		t.Fatalf("noor: %+v", out)
	}
	out := say(mara, changeset.Accept)
	if out.Made != 0 || len(out.Missed) != 1 || out.Missed[0].By != "noor" || out.Missed[0].Was.Decision != changeset.Keep || out.Missed[0].At.IsZero() {
		t.Fatalf("mara: %+v", out)
	}
}

func TestATypedValueIsChecked(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("a1", "Ada", "Art")))
	head, err := w.Propose(ctx, mara, w.planImport(false, row("a1", "Ada", "Law")))
	w.must(err)
	is := func(typed string) []changeset.Choice {
		return []changeset.Choice{{Field: deptField, Was: changeset.Part{Base: "Art"}, Is: changeset.Part{Decision: changeset.Typed, Typed: typed, Base: "Art"}}}
	}
	_, err = w.Decide(ctx, mara, head.ID, is("Alchemy"), nil)
	wantFault(t, err, fault.Invalid, "not one of its options")
	_, err = w.Decide(ctx, mara, head.ID, is("law"), nil)
	w.must(err)
	w.eachPart(head.ID, func(_ deciding, p changeset.Part) {
		if p.Typed != "Law" {
			t.Errorf("stored %+v", p)
		}
	})
	_, err = w.Decide(ctx, mara, head.ID, []changeset.Choice{{Item: 7}}, nil)
	wantFault(t, err, fault.NotFound, "no item 7")
	_, err = w.Decide(ctx, mara, head.ID, []changeset.Choice{{Field: roomField}}, nil)
	wantFault(t, err, fault.NotFound, "does not change that field")
	_, err = w.Reject(ctx, mara, head.ID)
	w.must(err)
	_, err = w.Decide(ctx, mara, head.ID, is(""), nil)
	wantFault(t, err, fault.Conflict, "nothing to decide")
}

// What somebody decides while another has the changeset before them is
// applied, not what they saw.
func TestWhatIsAppliedIsWhatIsDecided(t *testing.T) {
	for _, chunk := range []int{0, 1} {
		w := newWorld(t, t.TempDir(), false)
		w.close()
		w.chunk = chunk
		w.open()
		w.apply(w.planImport(false, row("a1", "Ada", "Art"), row("b2", "Bo", "Art")))
		head, err := w.Propose(ctx, mara, w.planImport(false, row("a1", "Ada", "Law"), row("b2", "Bo", "Law")))
		w.must(err)
		_, err = w.Decide(ctx, noor, head.ID, []changeset.Choice{{Field: deptField, Was: changeset.Part{Base: "Art"}, Is: changeset.Part{Decision: changeset.Keep, Base: "Art"}}}, nil)
		w.must(err)
		_, err = w.Apply(ctx, mara, head.ID, core.How{})
		w.must(err)
		if a, b := w.by("a1").Values.Get(deptField), w.by("b2").Values.Get(deptField); a != "Art" || b != "Law" {
			t.Errorf("in transactions of %d: %s and %s", chunk, a, b)
		}
		w.sound()
		w.close()
	}
}

// The next sync supersedes the one that waits, and keeps what was decided about
// whatever it proposes as before.
func TestTheNextSyncKeepsWhatWasDecided(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "s1", "Ann", "a@x.example"), at("x2", "s2", "Bo", "b@x.example"), at("x3", "s3", "Cy", "c@x.example")))
	said := func(bo string) *core.Draft {
		return w.planSync(true, at("x1", "s1", "Anna", "a@x.example"), at("x2", "s2", bo, "b@x.example"), at("x4", "s4", "Di", "d@x.example"))
	}
	head, err := w.Propose(ctx, mara, said("Bob"))
	w.must(err)
	d, err := w.Load(ctx, head.ID, nil)
	w.must(err)
	var choices []changeset.Choice
	for n := range d.Items {
		for _, f := range d.Items[n].Parts() {
			p, _ := d.Items[n].Part(f)
			c, _ := d.Items[n].Choose(n, f, changeset.Keep, "", p.Base)
			choices = append(choices, c)
		}
	}
	_, err = w.Decide(ctx, noor, head.ID, choices, nil)
	w.must(err)
	head, err = w.Propose(ctx, mara, said("Bobby"))
	w.must(err)
	if d, err = w.Load(ctx, head.ID, nil); err != nil || len(d.Items) != 4 {
		t.Fatalf("%d items, %v", len(d.Items), err)
	}
	for n := range d.Items {
		for _, f := range d.Items[n].Parts() {
			want := changeset.Keep
			if d.Items[n].UID == "s2" {
				want = changeset.Undecided
			}
			if p, _ := d.Items[n].Part(f); p.Decision != want {
				t.Errorf("field %d of %s is %s, want %s", f, d.Items[n].UID, p.Decision, want)
			}
		}
	}
}
