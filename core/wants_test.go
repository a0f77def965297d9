package core_test

import (
	"strings"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// choice decides a part of an item as it is stored.
func (w *world) choice(id changeset.ID, n int, f roster.FieldID, d changeset.Decision, typed string) error {
	w.t.Helper()
	loaded, err := w.Load(ctx, id, nil)
	w.must(err)
	it := &loaded.Items[n]
	p, err := w.Person(ctx, w.list, it.Person)
	if it.Kind != changeset.Create {
		w.must(err)
	}
	now := p.Values.Get(f)
	if f == changeset.Linked {
		now, _ = p.LinkTo(directory)
	}
	c, ok := it.Choose(n, f, d, typed, now)
	if !ok {
		w.t.Fatalf("item %d has no part %d", n, f)
	}
	_, err = w.Decide(ctx, mara, id, []changeset.Choice{c}, nil)
	return err
}

func TestAUIDThatSomebodyKeepsCannotBeTaken(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", ""), at("x3", "c3", "Cy", "")))
	w.apply(w.planImport(false, row("d4", "Di", "")))
	// Ada is to get Di's UID, and Bo and Cy swap theirs.
	head, err := w.Propose(ctx, mara, w.planSync(false, at("x1", "d4", "Ada", ""), at("x2", "c3", "Bo", ""), at("x3", "b2", "Cy", "")))
	w.must(err)
	d, err := w.Load(ctx, head.ID, nil)
	if w.must(err); len(d.Conflicts) != 1 || d.Conflicts[0].Holder != w.by("d4").ID || !strings.Contains(d.Conflicts[0].Advice, "give Di another UID first") {
		t.Fatalf("foresaw %+v", d.Conflicts)
	}
	wantFault(t, w.choice(head.ID, 0, noField, changeset.Accept, ""), fault.Conflict, "The UID d4 belongs to Di, and cannot be taken. Keep or skip it here, or type another; to take it, give Di another UID first")
	wantFault(t, w.choice(head.ID, 0, noField, changeset.Typed, "D4"), fault.Conflict, "belongs to Di")
	w.must(w.choice(head.ID, 1, noField, changeset.Accept, ""))
	// Cy keeps c3: then it is not Bo's to take any more.
	w.must(w.choice(head.ID, 2, noField, changeset.Keep, ""))
	w.must(w.choice(head.ID, 1, noField, changeset.Undecided, ""))
	wantFault(t, w.choice(head.ID, 1, noField, changeset.Accept, ""), fault.Conflict, "belongs to Cy")
	w.must(w.choice(head.ID, 2, noField, changeset.Accept, ""))
	w.must(w.choice(head.ID, 1, noField, changeset.Accept, ""))
	// With another UID for Di, Ada can have hers.
	_, err = w.set("d4", noField, "d5")
	w.must(err)
	w.must(w.choice(head.ID, 0, noField, changeset.Accept, ""))
	_, err = w.Apply(ctx, mara, head.ID, core.How{})
	if w.must(err); w.by("d4").Values.Get(nameField) != "Ada" || w.by("b2").Values.Get(nameField) != "Cy" || w.by("c3").Values.Get(nameField) != "Bo" {
		t.Error("the UIDs are not where they belong")
	}
	w.sound()
}

func TestANewcomerCannotTakeTheUIDOfSomebodyInTheList(t *testing.T) {
	w := newTestWorld(t, true)
	head, err := w.Propose(ctx, mara, w.planSync(true, at("x1", "a1", "Ada", "")))
	w.must(err)
	_, _, err = w.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{noField: "A1", nameField: "Anna"})
	w.must(err)
	w.setStatus(roster.Inactive, "a1")
	wantFault(t, w.choice(head.ID, 0, changeset.Status, changeset.Accept, ""), fault.Conflict, "Keep or skip it here; to take it, reactivate Anna instead")
	w.must(w.choice(head.ID, 0, changeset.Status, changeset.Keep, ""))
	_, err = w.Apply(ctx, mara, head.ID, core.How{})
	w.must(err)
}

// A tie to the source is decided like anything else.
func TestALinkIsDecided(t *testing.T) {
	tie := func(p roster.Person, from, to string) changeset.Item {
		return changeset.Item{Person: p.ID, UID: p.Values.Get(noField), From: p.Status, To: p.Status, Link: &changeset.LinkChange{Connection: directory, Base: from, Proposed: to}}
	}
	for _, tt := range []struct {
		decision changeset.Decision
		anchor   string
		pins     int
	}{{changeset.Accept, "x3", 0}, {changeset.Keep, "x9", 1}} {
		t.Run(tt.decision.String(), func(t *testing.T) {
			w := newTestWorld(t, true)
			w.apply(w.planSync(true, at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", "")))
			d := w.planSync(false)
			d.Items = []changeset.Item{tie(w.by("a1"), "x1", "x3")}
			head, err := w.Propose(ctx, mara, d)
			w.must(err)
			d.Head.Origin, d.Items = changeset.Edit, []changeset.Item{tie(w.by("a1"), "x1", "x9")}
			w.apply(d)
			drop := w.pins()
			for _, p := range drop {
				w.must(w.Unpin(ctx, mara, w.list, p))
			}
			loaded, err := w.Load(ctx, head.ID, nil)
			if w.must(err); len(loaded.Conflicts) != 1 {
				t.Fatalf("foresaw %+v", loaded.Conflicts)
			}
			w.must(w.choice(head.ID, 0, changeset.Linked, tt.decision, ""))
			head, err = w.Apply(ctx, mara, head.ID, core.How{})
			if w.must(err); head.Rest != 0 || head.State != changeset.Applied {
				t.Errorf("applied %+v", head)
			}
			if anchor, _ := w.by("a1").LinkTo(directory); anchor != tt.anchor || len(w.pins()) != tt.pins {
				t.Errorf("the source calls Ada %q, with pins %+v", anchor, w.pins())
			}
		})
	}
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", "")))
	d := w.planSync(false)
	d.Items = []changeset.Item{tie(w.by("a1"), "x1", "x2")}
	head, err := w.Propose(ctx, mara, d)
	w.must(err)
	wantFault(t, w.choice(head.ID, 0, changeset.Linked, changeset.Accept, ""), fault.Conflict, "The identifier x2 at the source belongs to Bo")
	w.must(w.choice(head.ID, 0, changeset.Linked, changeset.Keep, ""))
	_, err = w.Apply(ctx, mara, head.ID, core.How{})
	w.must(err)
}
