package core_test

import (
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// lines are the five sentences, of the day only.
func lines(w *core.Why) string {
	var b strings.Builder
	for _, l := range w.Lines(func(t time.Time) string { return t.Format("2 Jan") }) {
		b.WriteString(l.Step + ": " + l.Text + "\n")
	}
	return b.String()
}

func (w *world) why(uid string, f roster.FieldID) string {
	w.t.Helper()
	why, err := w.Why(ctx, w.list, w.by(uid).ID, f)
	w.must(err)
	return lines(why)
}

// says fails unless each step says what is wanted of it.
func says(t *testing.T, got string, want ...string) {
	t.Helper()
	if want := strings.Join(want, "\n") + "\n"; got != want {
		t.Errorf("it says\n%s\nnot\n%s", got, want)
	}
}

func TestWhyOfFilesAndHands(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("1", "Ada", "Art"), row("2", "Bo", "Law")))
	_, err := w.set("1", roomField, "B 12")
	w.must(err)
	_, err = w.set("1", nameField, "Ada B.")
	w.must(err)
	_, _, err = w.AddPerson(ctx, noor, w.list, map[roster.FieldID]string{noField: "9", nameField: "Ny"})
	w.must(err)
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Imports = importMappings(); return nil }))
	says(t, w.why("1", nameField),
		"read: The import people.csv said “Ada”, 1 Sep by mara (import people.csv, changeset 1)",
		"scope: Active; the list has no source, only files and people change it",
		"match: By the UID “1”, which files know them by",
		"map: name → trim → Name in files; local, anybody may edit it",
		"act: “Ada” → “Ada B.”, 1 Sep by mara (edit, changeset 3)")
	says(t, w.why("1", roomField),
		"read: No source or file said it: typed by mara, 1 Sep (edit, changeset 2)",
		"scope: Active; the list has no source, only files and people change it",
		"match: By the UID “1”, which files know them by",
		"map: Nothing is mapped to it: local, anybody may edit it",
		"act: nothing → “B 12”, 1 Sep by mara (edit, changeset 2)")
	says(t, w.why("9", nameField),
		"read: No source or file said it: typed by noor, 1 Sep (edit, changeset 4)",
		"scope: Active; the list has no source, only files and people change it",
		"match: By hand: noor added them, 1 Sep (edit, changeset 4)",
		"map: name → trim → Name in files; local, anybody may edit it",
		"act: Added as “Ny”, 1 Sep by noor (edit, changeset 4)")
	says(t, w.why("9", roomField),
		"read: No source or file has said anything of it",
		"scope: Active; the list has no source, only files and people change it",
		"match: By hand: noor added them, 1 Sep (edit, changeset 4)",
		"map: Nothing is mapped to it: local, anybody may edit it",
		"act: Nothing was ever done to it; it is empty")
	w.setStatus(roster.Inactive, "2")
	says(t, w.why("2", 0),
		"read: The import people.csv spoke of them last, 1 Sep by mara (import people.csv, changeset 1)",
		"scope: Inactive; the list has no source, only files and people change it",
		"match: By the UID “2”, which files know them by",
		"map: No field belongs to a source",
		"act: Deactivated, 1 Sep by mara (edit, changeset 5)")
	if _, err := w.Why(ctx, w.list, w.by("1").ID, 77); !fault.Is(err, fault.NotFound) {
		t.Errorf("a field that is not there: %v", err)
	}
	if _, err := w.Why(ctx, w.list, roster.PersonID{1}, 0); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody who is not there: %v", err)
	}
}

func TestWhyOfASource(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planImport(false, row("1", "Ada", "Art")))
	w.apply(w.planSync(false, at("x1", "1", "Ada", "a@x.example"), at("x2", "2", "Bo", "")))
	d := w.planSync(false, at("x1", "1", "Adele", "a@x.example"))
	d.Items[0].Changes[0].Decision = changeset.Keep
	w.apply(d)
	says(t, w.why("1", nameField),
		"read: The source (made up) last said “Adele” of name, and had its way 1 Sep by mara (import people.csv, changeset 1)",
		"scope: Active; linked, so what the source (made up) says counts",
		"match: By the anchor x1, tied to them 1 Sep by mara (sync, changeset 2)",
		"map: name → trim → Name; locked: it belongs to the source; pinned: “Adele” was declined by mara, changeset 3",
		"act: Added as “Ada”, 1 Sep by mara (import people.csv, changeset 1)")
	says(t, w.why("2", deptField),
		"read: No source or file has said anything of it",
		"scope: Active; linked, so what the source (made up) says counts",
		"match: By the anchor x2, which made them, 1 Sep by mara (sync, changeset 2)",
		"map: Nothing is mapped to it: local, anybody may edit it",
		"act: Nothing was ever done to it; it is empty")
	w.setStatus(roster.Inactive, "2")
	says(t, w.why("2", 0),
		"read: The source (made up) has a record of them, and had its way 1 Sep by mara (sync, changeset 2)",
		"scope: Inactive; linked, so what the source (made up) says counts; pinned: active was declined by mara, changeset 4",
		"match: By the anchor x2, which made them, 1 Sep by mara (sync, changeset 2)",
		"map: 3 of 5 fields belong to the source: No, Name, Mail",
		"act: Deactivated, 1 Sep by mara (edit, changeset 4)")
}

func TestWhyOfAnItem(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("1", "Ada", "Art")))
	d := w.planImport(false, row("1", "Ada", "Law"), row("5", "Eve", "Art"))
	head, err := w.Propose(ctx, mara, d)
	w.must(err)
	item := func(n int, f roster.FieldID) string {
		why, err := w.WhyItem(ctx, &head, &d.Items[n], f)
		w.must(err)
		return lines(why)
	}
	says(t, item(0, deptField),
		"read: Line 1 of import people.csv says “Law”, read 1 Sep by mara",
		"scope: Active; the list has no source, only files and people change it",
		"match: By the UID “1”, which files know them by",
		"map: Nothing is mapped to it: local, anybody may edit it",
		"act: Changeset 2 would make “Law” of “Art”; nobody has decided yet")
	says(t, item(1, nameField),
		"read: Line 2 of import people.csv says “Eve”, read 1 Sep by mara",
		"scope: Nobody yet; the list has no source, only files and people change it",
		"match: Nobody has this UID or anchor, so they would be new",
		"map: Nothing is mapped to it: local, anybody may edit it",
		"act: Changeset 2 would add them with “Eve”; nobody has decided yet")
	_, err = w.set("1", deptField, "")
	w.must(err)
	if got := item(0, deptField); !strings.Contains(got, "would make “Law” of “Art”, and it is nothing now: a conflict") {
		t.Errorf("it says %s", got)
	}
	if got := item(0, nameField); !strings.Contains(got, "act: Changeset 2 leaves it as it is") {
		t.Errorf("it says %s", got)
	}
}
