package core_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/madeup"
	"muster/core/mapping"
	"muster/core/roster"
)

// pupils makes a list of people who have a date of birth, each written as
// first|last|birth|mail|phone|form; the UID is their place from 1.
func pupils(w *world, rows ...string) roster.List {
	w.t.Helper()
	l := roster.List{Slug: "pupils"}
	keys := []string{"first_name", "last_name", "date_of_birth", "email", "phone", "form"}
	w.must(l.Schema.Add(roster.Field{Key: "no", UID: true}))
	for _, k := range keys {
		w.must(l.Schema.Add(roster.Field{Key: k}))
	}
	l, err := w.CreateList(ctx, mara, l)
	w.must(err)
	for i, r := range rows {
		values := map[roster.FieldID]string{1: fmt.Sprint(i + 1)}
		for n, cell := range strings.Split(r, "|") {
			values[roster.FieldID(n+2)] = cell
		}
		_, _, err := w.AddPerson(ctx, mara, l.ID, values)
		w.must(err)
	}
	return l
}

// alike writes duplicates down: UIDs, the score, and the first pair's reasons.
func (w *world) alike(l *roster.List) string {
	w.t.Helper()
	found, err := w.Duplicates(ctx, l.ID, false, nil)
	w.must(err)
	var told []string
	for _, d := range found {
		var uids, why []string
		for _, p := range d.People {
			uids = append(uids, l.UID(p.Values))
		}
		for _, r := range d.Pairs[0].Reasons {
			why = append(why, r.Text(l))
		}
		told = append(told, fmt.Sprintf("%s: %d, %s", strings.Join(uids, " "), d.Score, strings.Join(why, ", ")))
	}
	return strings.Join(told, "\n")
}

func TestPeopleWhoMayBeTheSame(t *testing.T) {
	for _, c := range []struct {
		name, a, b, want string
	}{
		{"nothing alike", "Ada|Kirk|2010-01-02|a@x.example|1|7a", "Bo|Lund|2011-05-06|b@x.example|2|7b", ""},
		{"the same address in other letters", "Ada|Kirk|2010-01-02|Ada@x.example|1|7a", "Ada|Kirk|2010-01-02|ADA@X.example|2|7a",
			"1 2: 99, same Email, same name, same Date of birth, same Form"},
		{"an address that a family shares", "Ada|Kirk||a@x.example||", "Bo|Lund||a@x.example||", "1 2: 40, same Email, other names"},
		{"a family's address and other dates", "Ada|Kirk|2010-01-02|a@x.example||", "Bo|Lund|2011-01-02|a@x.example||", ""},
		{"name and date of birth", "Zoë|Müller|2010-01-02|||", "zoe|MULLER|2010-01-02|||", "1 2: 85, same name, same Date of birth"},
		{"the same name alone", "Ada|Kirk||a@x.example|1|7a", "Ada|Kirk||b@x.example|2|7b", ""},
		{"the same name in the same form", "Ada|Kirk||||7a", "Ada|Kirk||||7a", "1 2: 70, same name, same Form"},
		{"the same name, born on another day", "Ada|Kirk|2010-01-02|||7a", "Ada|Kirk|2012-03-04|||7a", ""},
		{"names swapped", "Kirk|Ada|2010-01-02|||", "Ada|Kirk|2010-01-02|||", "1 2: 80, first and last name swapped, same Date of birth"},
		{"a slip", "Johanna|Lindqvist||||", "Johnana|Lindqvist||||", ""},
		{"a slip and the same telephone", "Johanna|Lindqvist|||555|", "Johnana|Lindqvist|||555|", "1 2: 55, nearly the same name, same Phone"},
		{"two slips in long names, swapped", "Johanna|Lindqvist|2010-01-02|||", "Lindkvist|Johana|2010-01-02|||", "1 2: 70, nearly the same name, same Date of birth"},
		{"a slip in a short name", "Bo|Li|2010-01-02|||", "Bo|Lo|2010-01-02|||", ""},
		{"a name more", "Ana|Costa|2010-01-02|||", "Ana Maria|Costa|2010-01-02|||", "1 2: 70, one has a name more, same Date of birth"},
		{"an initial", "A.|Costa|||555|", "Ana|Costa|||555|", "1 2: 55, one has a name more, same Phone"},
		{"marks in names", "Mary-Ann|O'Brien|2010-01-02|||", "Mary Ann|O’Brien|2010-01-02|||", "1 2: 85, same name, same Date of birth"},
		{"no names", "||2010-01-02||555|", "||2010-01-02||555|", ""},
		{"no names, one address", "|||a@x.example||", "|||a@x.example||", "1 2: 55, same Email"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTestWorld(t, false)
			l := pupils(w, c.a, c.b)
			if got := w.alike(&l); got != c.want {
				t.Errorf("it finds\n%s\nnot\n%s", got, c.want)
			}
		})
	}
}

func TestManyWhoAreAlikeAreOneGroupAndTheMostAlikeComeFirst(t *testing.T) {
	w := newTestWorld(t, false)
	l := pupils(w,
		"Ada|Kirk||a@x.example||", "Bo|Lund|2010-01-02|||", "Adda|Kirke||a@x.example||", "Bo|Lund|2010-01-02|||", "Ada|Kirk||a@x.example||")
	if got, want := w.alike(&l), "1 3 5: 95, same Email, same name\n2 4: 85, same name, same Date of birth"; got != want {
		t.Errorf("it finds\n%s\nnot\n%s", got, want)
	}
	// Nine who share an address share a mailbox.
	l = func() roster.List {
		w := newTestWorld(t, false)
		var rows []string
		for i := range 9 {
			rows = append(rows, fmt.Sprintf("First%c|Last%c||office@x.example||", 'a'+i, 'k'+i))
		}
		l := pupils(w, rows...)
		if got := w.alike(&l); got != "" {
			t.Errorf("of a department's mailbox it makes\n%s", got)
		}
		return l
	}()
}

func TestWhoIsNotTheSameStaysApart(t *testing.T) {
	w := newTestWorld(t, false)
	l := pupils(w, "Ada|Kirk|2010-01-02|||", "Ada|Kirk|2010-01-02|||", "Ada|Kirk|2010-01-02|||")
	ids := func(uids ...string) (ids []roster.PersonID) {
		for _, uid := range uids {
			p, err := w.PersonByUID(ctx, l.ID, uid)
			w.must(err)
			ids = append(ids, p.ID)
		}
		return ids
	}
	dismiss := func(want int, uids ...string) {
		t.Helper()
		if n, err := w.Dismiss(ctx, noor, l.ID, ids(uids...)); err != nil || n != want {
			t.Fatalf("%d pairs are news (%v), not %d", n, err, want)
		}
	}
	dismiss(1, "3", "1")
	dismiss(0, "1", "3")
	w.reopen()
	if got := w.alike(&l); !strings.HasPrefix(got, "1 2: 85") || !strings.Contains(got, "\n2 3: 85") || strings.Contains(got, "1 2 3") {
		t.Errorf("it finds\n%s", got)
	}
	dismiss(2, "1", "2", "3")
	if got := w.alike(&l); got != "" {
		t.Errorf("it finds\n%s", got)
	}
	all, err := w.Dismissals(ctx, l.ID)
	if w.must(err); len(all) != 3 || all[0].By != "noor" || all[0].At.IsZero() || all[0].A != ids("1")[0] || all[0].B != ids("2")[0] {
		t.Errorf("remembered is %+v", all)
	}
	if n, err := w.Readmit(ctx, mara, l.ID, ids("2", "1")); err != nil || n != 1 {
		t.Errorf("taken back are %d (%v)", n, err)
	}
	if got := w.alike(&l); !strings.HasPrefix(got, "1 2: 85") {
		t.Errorf("it finds\n%s", got)
	}
	if _, err := w.Dismiss(ctx, mara, l.ID, ids("1")); !fault.Is(err, fault.Invalid) {
		t.Errorf("one person alone: %v", err)
	}
	if _, err := w.Dismiss(ctx, mara, l.ID, append(ids("1"), roster.PersonID{9})); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody who is not there: %v", err)
	}
	w.reopen()
}

func TestMergeIsOneChangesetThatCanBeTakenBack(t *testing.T) {
	w := newTestWorld(t, false)
	l := pupils(w, "Ada|Kirk|2010-01-02|||7a", "Adda|Kirk|2010-01-02|a@x.example|1|7a", "Ada|Kirke|2010-01-02|old@x.example|2|")
	var people []roster.Person
	for _, uid := range []string{"1", "2", "3"} {
		p, err := w.PersonByUID(ctx, l.ID, uid)
		w.must(err)
		people = append(people, p)
	}
	w.list = l.ID
	before := w.export()
	chosen := core.FillIn(&l, &people[0], people[1:])
	if want := []changeset.Change{{Field: 5, Proposed: "a@x.example"}, {Field: 6, Proposed: "1"}}; !slices.Equal(chosen, want) {
		t.Fatalf("it fills in %+v", chosen)
	}
	chosen = append(chosen, changeset.Change{Field: 3, Base: "Kirk", Proposed: "Kirke"})
	d, err := w.DraftMerge(ctx, l.ID, people[0].ID, []roster.PersonID{people[1].ID, people[2].ID}, chosen)
	w.must(err)
	head := w.apply(d)
	if c := head.Counts; c.Updates != 1 || c.Deactivates != 2 || head.Origin != changeset.Edit || head.Note != "merge into 1" {
		t.Errorf("the changeset is %+v", head)
	}
	after, err := w.PersonByUID(ctx, l.ID, "1")
	w.must(err)
	if got := text(after.Values); after.ID != people[0].ID || got != `1="1" 2="Ada" 3="Kirke" 4="2010-01-02" 5="a@x.example" 6="1" 7="7a"` {
		t.Errorf("who stays is %s", got)
	}
	if got := w.uids(roster.Inactive); !slices.Equal(got, []string{"2", "3"}) {
		t.Errorf("inactive are %v", got)
	}
	if got := w.alike(&l); got != "" {
		t.Errorf("once merged, they are still found:\n%s", got)
	}
	back, _, err := w.Undoable(ctx, mara, l.ID)
	w.must(err)
	w.apply(back)
	if got := w.export(); got != before {
		t.Errorf("taken back, they are\n%s\nand were\n%s", got, before)
	}
	w.sound()
}

func TestMergesThatCannotBe(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(false, at("x1", "1", "Ada", "a@x.example"), at("x2", "2", "Ada", "")))
	_, _, err := w.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{noField: "3", nameField: "Ada"})
	w.must(err)
	one, two, three := w.by("1").ID, w.by("2").ID, w.by("3").ID
	merge := func(survivor roster.PersonID, others []roster.PersonID, c ...changeset.Change) error {
		_, err := w.DraftMerge(ctx, w.list, survivor, others, c)
		return err
	}
	some := []roster.PersonID{two}
	for _, c := range []struct {
		name string
		err  error
		want fault.Code
	}{
		{"into nobody", merge(one, nil), fault.Invalid},
		{"into oneself", merge(one, []roster.PersonID{two, one}), fault.Invalid},
		{"another UID", merge(three, some, changeset.Change{Field: noField, Base: "3", Proposed: "2"}), fault.Invalid},
		{"a locked field", merge(one, some, changeset.Change{Field: nameField, Base: "Ada", Proposed: "Adda"}), fault.Locked},
		{"a bad value", merge(three, some, changeset.Change{Field: mailField, Proposed: "nobody"}), fault.Invalid},
		{"somebody who is not there", merge(one, []roster.PersonID{{7}}), fault.NotFound},
		{"a local field", merge(one, some, changeset.Change{Field: roomField, Proposed: "B 12"}), ""},
	} {
		if got := fault.CodeOf(c.err); got != c.want {
			t.Errorf("%s: %v, not %q", c.name, c.err, c.want)
		}
	}
	w.setStatus(roster.Inactive, "3")
	if err := merge(three, some); !fault.Is(err, fault.Conflict) {
		t.Errorf("into somebody inactive: %v", err)
	}
	// Somebody else's edit is not overwritten.
	d, err := w.DraftMerge(ctx, w.list, one, some, []changeset.Change{{Field: roomField, Proposed: "B 12"}})
	w.must(err)
	_, err = w.set("1", roomField, "C 3")
	w.must(err)
	if _, err := w.ApplyDraft(ctx, mara, d, core.How{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("over an edit: %v", err)
	}
}

// BenchmarkDuplicates looks for people who may be the same among 100,000.
func BenchmarkDuplicates(b *testing.B) {
	e := open(b)
	l := roster.List{Slug: "staff"}
	keys := []string{"number", "first_name", "last_name", "display_name", "email", "phone", "department", "job_title", "site", "start_date", "card_number", "notes"}
	var maps []mapping.Mapping
	for i, k := range keys {
		if err := l.Schema.Add(roster.Field{Key: k, UID: i == 0}); err != nil {
			b.Fatal(err)
		}
		maps = append(maps, mapping.Mapping{Attribute: k, Field: k, On: true})
	}
	l, err := e.CreateList(ctx, mara, l)
	if err != nil {
		b.Fatal(err)
	}
	const people = 100_000
	records := func(yield func([]mapping.Record, error) bool) {
		line := 0
		for row := range (madeup.Roster{People: people}).Rows() {
			line++
			cells := make([]mapping.Cell, len(keys))
			for i := range keys {
				cells[i].Text = row[i]
			}
			if !yield([]mapping.Record{{Line: line, Cells: cells}}, nil) {
				return
			}
		}
	}
	d, err := e.Plan(ctx, core.Intake{List: l.ID, Origin: changeset.Import, Attributes: keys, Mappings: maps, Records: records})
	_, err2 := e.ApplyDraft(ctx, mara, d, core.How{})
	if err := errors.Join(err, err2); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	found := 0
	for b.Loop() {
		all, err := e.Duplicates(ctx, l.ID, false, nil)
		if err != nil {
			b.Fatal(err)
		}
		found = len(all)
	}
	b.ReportMetric(float64(found), "found")
}
