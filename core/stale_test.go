package core_test

import (
	"slices"
	"strings"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// waitingCapitals has names in capitals wait, while the directory says something else of
// people.
func (w *world) waitingCapitals(meanwhile ...said) changeset.Changeset {
	w.t.Helper()
	d := w.plan(core.ListChange{Note: "names in capitals", Make: mapTo("name", "name", mapping.Trim, mapping.Uppercase)})
	head, err := w.Propose(ctx, mara, &d.Draft)
	w.must(err)
	w.sync(meanwhile...)
	return head
}

// What the source has said of people while a changed mapping waits is a conflict
// when it is looked at, and the same one when it is applied; applying the rest
// leaves them waiting as they are now.
func TestAMappingThatWaitsShowsWhatTheSourceHasSaidMeanwhile(t *testing.T) {
	w := newMappedWorld(t)
	head := w.waitingCapitals(
		at("a", "E1", " Ada Lovelace", "ada@example.org"), at("b", "E2", "Grace Hopper", "grace@example.org"),
		at("c", "E3", "Alan Turing", ""), at("d", "E4", "Mary Jackson", ""),
	)
	p := new(core.Progress)
	d, err := w.Load(ctx, head.ID, p)
	w.must(err)
	if how, ok := p.Step(); !ok || how.Doing != "Comparing with what the source says now" || how.Done != 4 || how.Total != 4 {
		t.Errorf("how far the comparison is, is told as %+v", how)
	}
	if len(d.Items) != 3 || len(d.Conflicts) != 2 || d.Head.Counts.Conflicts != 2 {
		t.Fatalf("%d items, and the conflicts %+v", len(d.Items), d.Conflicts)
	}
	old, other := d.Conflicts[0], d.Conflicts[1]
	if old.Item != 0 || !slices.Equal(old.Fields, d.Items[0].Parts()) || !strings.Contains(old.Reason, `Name would be "ADA LOVELACE" now`) || old.Advice == "" {
		t.Errorf("of whom it has said something else: %+v", old)
	}
	if other.Item != core.NoItem || other.UID != "E4" || !strings.Contains(other.Reason, `Name would be "MARY JACKSON" now`) || other.Advice == "" {
		t.Errorf("of whom it has said something first: %+v", other)
	}
	if got := d.Items[0].Changes[0].Proposed; got != "ADA BYRON" {
		t.Errorf("what waits has become %q", got)
	}
	_, err = w.Apply(ctx, mara, head.ID, core.How{})
	wantFault(t, err, fault.Conflict, old.Reason)

	done, err := w.Apply(ctx, mara, head.ID, core.How{LeaveConflicts: true})
	w.must(err)
	rest, err := w.Load(ctx, done.Rest, nil)
	w.must(err)
	if len(rest.Items) != 2 || len(rest.Conflicts) != 0 {
		t.Fatalf("what is left out waits as %+v, with %+v", rest.Items, rest.Conflicts)
	}
	_, err = w.Apply(ctx, mara, done.Rest, core.How{})
	w.must(err)
	if got := w.values(nameField); !slices.Equal(got, []string{"ADA LOVELACE", "GRACE HOPPER", "ALAN TURING", "MARY JACKSON"}) {
		t.Errorf("names are %q", got)
	}
	w.reopen()
}

// Whoever keeps the list's value has decided: it is no conflict then.
func TestAStaleItemCanBeKeptAsTheListHasIt(t *testing.T) {
	w := newMappedWorld(t)
	head := w.waitingCapitals(at("a", "E1", "ADA BYRON", "ada@example.org"), at("b", "E2", "Grace Hopper", "grace@example.org"), at("c", "E3", "Alan Turing", ""))
	d, err := w.Load(ctx, head.ID, nil)
	w.must(err)
	if len(d.Conflicts) != 0 {
		t.Errorf("the source now says what waits, and that conflicts: %+v", d.Conflicts)
	}
	w.sync(at("a", "E1", "Ada Noel", "ada@example.org"), at("b", "E2", "Grace Hopper", "grace@example.org"), at("c", "E3", "Alan Turing", ""))
	d, err = w.Load(ctx, head.ID, nil)
	w.must(err)
	if len(d.Conflicts) != 1 {
		t.Fatalf("the conflicts are %+v", d.Conflicts)
	}
	keep := changeset.Part{Base: d.Items[0].Changes[0].Base, Decision: changeset.Keep}
	was, _ := d.Items[0].Part(nameField)
	_, err = w.Decide(ctx, mara, head.ID, []changeset.Choice{{Item: 0, Field: nameField, Was: was, Is: keep}}, nil)
	w.must(err)
	d, err = w.Load(ctx, head.ID, nil)
	w.must(err)
	if len(d.Conflicts) != 0 {
		t.Errorf("kept, and still %+v", d.Conflicts)
	}
	_, err = w.Apply(ctx, mara, head.ID, core.How{})
	w.must(err)
	if got := w.values(nameField); got[0] != "Ada Noel" || got[1] != "GRACE HOPPER" {
		t.Errorf("names are %q", got)
	}
	w.reopen()
}

// The guard holds a mapping that changes too many people, and not one that only
// fills a field it adds itself: nobody had anything there to lose.
func TestTheGuardLetsAMappingFillAFieldThatItAdds(t *testing.T) {
	w := newMappedWorld(t)
	w.settings(func(l *roster.List) { l.Limits.Updates = 1 })
	adds := func(l *roster.List) error {
		if err := l.Schema.Add(roster.Field{Key: "handle", Label: "Handle"}); err != nil {
			return err
		}
		return mapTo("mail", "handle", "before(@)")(l)
	}
	for _, c := range []struct {
		name string
		make func(*roster.List) error
		held bool
	}{
		{"fills a field that it adds", adds, false},
		{"fills a field that is there", mapTo("mail", "room"), true},
		{"changes a field that is there", mapTo("name", "name", mapping.Trim, mapping.Uppercase), true},
		{"fills one that it adds, and changes another", func(l *roster.List) error {
			if err := adds(l); err != nil {
				return err
			}
			return mapTo("name", "name", mapping.Trim, mapping.Uppercase)(l)
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := w.plan(core.ListChange{Make: c.make})
			if len(d.Items) < 2 || len(d.Head.Held) > 0 != c.held {
				t.Errorf("%d people, held by %+v", len(d.Items), d.Head.Held)
			}
		})
	}
}

// Two changes of mappings wait at the same time: both come into force where they
// are about different ones, and of one and the same the first stands, in its
// values, too.
func TestTwoMappingChangesThatWaitClashOnlyInWhatBothChange(t *testing.T) {
	w := newMappedWorld(t)
	propose := func(change func(*roster.List) error) changeset.ID {
		d := w.plan(core.ListChange{Make: change})
		head, err := w.Propose(ctx, mara, &d.Draft)
		w.must(err)
		return head.ID
	}
	names, rooms := propose(mapTo("name", "name", mapping.Trim, mapping.Uppercase)), propose(mapTo("mail", "room", "before(@)"))
	also := propose(mapTo("name", "name", mapping.Trim, mapping.Lowercase))
	for _, id := range []changeset.ID{names, rooms} {
		_, err := w.Apply(ctx, mara, id, core.How{})
		w.must(err)
	}
	if got, rooms := w.values(nameField), w.values(roomField); got[0] != "ADA BYRON" || rooms[0] != "ada" {
		t.Errorf("names are %q, rooms %q", got, rooms)
	}
	before := w.whole()
	_, err := w.Apply(ctx, mara, also, core.How{})
	wantFault(t, err, fault.Conflict, "have changed since: the mapping of name to Name")
	_, err = w.Apply(ctx, mara, also, core.How{LeaveConflicts: true})
	w.must(err)
	if after := w.whole(); after != before {
		t.Errorf("what clashes leaves\n%s\nwant\n%s", after, before)
	}
	w.reopen()
}
