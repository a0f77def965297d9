package core_test

import (
	"errors"
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

// What a person declined does not come back until the source's value changes,
// through any number of deltas, full reads and restarts, whether or not the
// source has anchors; and then it does.
func TestNothingDeclinedComesBack(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		run, err := os.MkdirTemp(dir, "run") //nolint:usetesting // a folder a run, gone with it
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, run, true)
		defer func() { w.must(errors.Join(w.store.Close(), os.RemoveAll(run))) }()
		anchored := rapid.Bool().Draw(t, "anchored")
		said := func(label string) []said {
			return someRecords(t, label, anchored)
		}
		if before := said("before"); len(before) > 0 {
			w.apply(w.planSync(rapid.Bool().Draw(t, "all"), before...))
		}
		export := w.export()
		rows := said("declined")
		d := w.planSync(true, rows...)
		w.declineAll(t, d)
		if now := w.export(); now != export {
			t.Fatalf("declining made\n%s of\n%s", now, export)
		}
		for range rapid.IntRange(1, 4).Draw(t, "reads") {
			full := rapid.Bool().Draw(t, "full")
			part := rows
			if !full && len(rows) > 0 {
				part = rows[:rapid.IntRange(1, len(rows)).Draw(t, "part")]
			}
			if again := w.planSync(full, part...); len(again.Items) > 0 {
				t.Fatalf("what was declined came back: %v, of %v", itemLines(again.Items), itemLines(d.Items))
			} else if _, atOnce, err := w.Submit(ctx, mara, again); err != nil || atOnce {
				t.Fatalf("submitted nothing: %v, %v", atOnce, err)
			}
			if rapid.Bool().Draw(t, "restart") {
				w.reopen()
			}
		}
		w.speakAnew(t, rows)
	})
}

// someRecords are of up to five people; those without anchors are known by UID.
func someRecords(t *rapid.T, label string, anchored bool) []said {
	var rows []said
	for n, no := range []string{"a1", "b2", "c3", "d4", "e5"} {
		if !rapid.Bool().Draw(t, label) {
			continue
		}
		r := at(anchors[n], no, rapid.SampledFrom([]string{"Ada", "Bo"}).Draw(t, "name"), rapid.SampledFrom([]string{"", "a@x.example"}).Draw(t, "mail"))
		if !anchored {
			r.anchor = ""
		}
		r.gone = rapid.IntRange(0, 4).Draw(t, "gone") == 0
		rows = append(rows, r)
	}
	return rows
}

// declineAll keeps the list as it is, part by part or with a rejection.
func (w *world) declineAll(t *rapid.T, d *core.Draft) {
	if rapid.Bool().Draw(t, "reject") && len(d.Items) > 0 && len(d.Head.Held) == 0 {
		head, err := w.Propose(ctx, mara, d)
		w.must(err)
		_, err = w.Reject(ctx, mara, head.ID)
		w.must(err)
		return
	}
	for n := range d.Items {
		for _, f := range d.Items[n].Parts() {
			p, _ := d.Items[n].Part(f)
			p.Decision = changeset.Keep
			d.Items[n].SetPart(f, p)
		}
	}
	w.apply(d)
}

// speakAnew has the source say something else of somebody, then return to what
// was declined: both are heard.
func (w *world) speakAnew(t *rapid.T, rows []said) {
	if len(rows) == 0 {
		return
	}
	n := rapid.IntRange(0, len(rows)-1).Draw(t, "who")
	other := rows[n]
	other.cells[1] = "Cy"
	was, err := w.PersonByUID(ctx, w.list, other.cells[0])
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	heard := w.planSync(false, other)
	if gone := err != nil && other.gone; len(heard.Items) != 1 && !gone {
		t.Fatalf("the source's new word on %v is unheard", was)
	}
	if _, err := w.Propose(ctx, mara, heard); err != nil {
		t.Fatal(err)
	}
	back := w.planSync(false, rows[n])
	changes := err != nil && !other.gone || err == nil && was.Values.Get(nameField) != rows[n].cells[1]
	if changes && len(back.Items) != 1 {
		t.Fatalf("the source has come back to %v, and that is unheard", rows[n])
	}
}

func TestADeclinedNewcomerStaysOut(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", "")))
	rows := []said{at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", "b@x.example")}
	d := w.planSync(true, rows...)
	d.Items[0].Decision = changeset.Keep
	w.apply(d)
	pins, err := w.Pins(ctx, w.list)
	if w.must(err); len(pins) != 1 || pins[0].UID != "b2" || pins[0].Name != "Bo" || pins[0].By != mara.Name {
		t.Fatalf("pinned %+v", pins)
	}
	if d := w.planSync(false, at("x2", "b2", "Bo", absent)); len(d.Items) != 0 {
		t.Errorf("a delta that says less brings back %v", itemLines(d.Items))
	}
	if d := w.planSync(false, at("x2", "b2", "Bob", "b@x.example")); len(d.Items) != 1 {
		t.Error("the source's new word of Bo is unheard")
	}
	// Whoever takes the pin away hears the source again.
	w.must(w.Unpin(ctx, mara, w.list, pins[0].Pin))
	wantFault(t, w.Unpin(ctx, mara, w.list, pins[0].Pin), fault.NotFound, "no such decision")
	if d := w.planSync(true, rows...); len(d.Items) != 1 {
		t.Errorf("the pin is gone, and planned are %v", itemLines(d.Items))
	}
}

func TestARejectedSyncDoesNotComeBack(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", "")))
	rows := []said{at("x1", "a1", "Adele", ""), at("x3", "c3", "Cy", "")}
	reject := func(d *core.Draft) {
		t.Helper()
		head, err := w.Propose(ctx, mara, d)
		w.must(err)
		_, err = w.Reject(ctx, noor, head.ID)
		w.must(err)
	}
	reject(w.planSync(true, rows...))
	if d := w.planSync(true, rows...); len(d.Items) != 0 || len(w.pins()) != 3 {
		t.Errorf("came back: %v with pins %+v", itemLines(d.Items), w.pins())
	}
	// A read that is not to be trusted is no word of the source's.
	bad := w.planSync(true)
	if len(bad.Items) != 1 || len(bad.Head.Held) == 0 {
		t.Fatalf("planned %v, held by %v", itemLines(bad.Items), bad.Head.Held)
	}
	reject(bad)
	if d := w.planSync(true); len(d.Items) != 1 {
		t.Errorf("rejecting a bad read declined %v", w.pins())
	}
}

// Who is in the list after all is no newcomer any more.
func TestAPinEndsWithWhatItDeclines(t *testing.T) {
	w := newTestWorld(t, true)
	d := w.planSync(false, at("x2", "b2", "Bo", ""))
	d.Items[0].Decision = changeset.Keep
	w.apply(d)
	w.apply(w.planImport(false, row("b2", "Bo", "")))
	w.apply(w.planSync(false, at("x2", "b2", "Bo", "")))
	if pins := w.pins(); len(pins) != 0 {
		t.Errorf("pinned %+v", pins)
	}
	w.setStatus(roster.Inactive, "b2")
	if pins := w.pins(); len(pins) != 1 || pins[0].Declined != "active" {
		t.Fatalf("pinned %+v", pins)
	}
	// The source loses Bo, and finds him again.
	w.apply(w.planSync(true, at("x1", "a1", "Ada", "")))
	if d := w.planSync(true, at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", "")); len(d.Items) != 1 || !strings.Contains(itemLines(d.Items)[0], "inactive to active") {
		t.Errorf("planned %v", itemLines(d.Items))
	}
}

func TestARollbackOfASourceWithoutAnchorsIsNotUndone(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planImport(false, row("a1", "Ada", "")))
	before := w.export()
	rows := []said{at("", "a1", "Adele", ""), at("", "b2", "Bo", "")}
	head := w.apply(w.planSync(false, rows...))
	back := w.rollback(head.ID)
	if w.export() != before || len(w.pins()) != 2 {
		t.Errorf("rolled back to\n%s with pins %+v", w.export(), w.pins())
	}
	if d := w.planSync(true, rows...); len(d.Items) != 0 {
		t.Errorf("the same sync brings back %v", itemLines(d.Items))
	}
	w.rollback(back.ID)
	if pins := w.pins(); len(pins) != 0 || !slices.Equal(w.uids(roster.Active), []string{"a1", "b2"}) {
		t.Errorf("pinned %+v, with %v", pins, w.uids(roster.Active))
	}
}
