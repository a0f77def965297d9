package core_test

import (
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// What a source said is kept whole beside the person, unmapped attributes too;
// it is the source's last word once its changeset is settled, not before.
func TestRecordsAreKeptOnceTheirChangesetIsSettled(t *testing.T) {
	e, me := open(t), core.LocalUser("kim")
	l, maps, names := wide(t, e, 2)
	names = append(names, "shoe")
	link := roster.Link{Connection: "dir", Anchor: "a-1"}
	say := func(name, shoe string) *core.Draft {
		t.Helper()
		d, err := e.Plan(t.Context(), core.Intake{
			List: l.ID, Origin: changeset.Sync, Connection: "dir", Attributes: names, Mappings: maps,
			Records: again([][]mapping.Record{{{Line: 1, Anchor: "a-1", Cells: []mapping.Cell{{Text: "E1"}, {Text: name}, {Text: shoe}}}}}),
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	expect := func(want string) {
		t.Helper()
		got := "unheard"
		kept, err := e.Record(t.Context(), l.ID, link)
		switch {
		case err == nil:
			got = kept.Said[2].Cell.Text
		case !fault.Is(err, fault.NotFound):
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("the source last said %q, want %q", got, want)
		}
	}
	apply := func(d *core.Draft) {
		t.Helper()
		if _, err := e.ApplyDraft(t.Context(), me, d, core.How{}); err != nil {
			t.Fatal(err)
		}
	}
	propose := func(d *core.Draft) changeset.ID {
		t.Helper()
		head, err := e.Propose(t.Context(), me, d)
		if err != nil {
			t.Fatal(err)
		}
		return head.ID
	}
	d := say("Ada", "41")
	expect("unheard")
	apply(d)
	expect("41")
	apply(say("Ada", "42")) // nothing that is mapped has changed
	expect("42")
	waiting := propose(say("Grace", "43"))
	expect("42")
	if _, err := e.Reject(t.Context(), me, waiting); err != nil {
		t.Fatal(err)
	}
	expect("43")
	waiting = propose(say("Grace", "44"))
	if _, err := e.Apply(t.Context(), me, waiting, core.How{}); err != nil {
		t.Fatal(err)
	}
	expect("44")
}
