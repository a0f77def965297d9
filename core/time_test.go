package core_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// was is the list as it was at a version: what an export would have said.
func (w *world) was(version uint64) string {
	w.t.Helper()
	var b strings.Builder
	w.must(w.EachPersonAt(ctx, w.list, version, func(p *roster.Person) error {
		fmt.Fprintf(&b, "%s %s %s\n", p.ID, p.Status, text(p.Values))
		return nil
	}))
	return b.String()
}

// standing is a person who is in the list, for diffs to be applied to.
type standing struct {
	status roster.Status
	values roster.Values
}

func (w *world) statesAt(version uint64) map[roster.PersonID]standing {
	w.t.Helper()
	all := make(map[roster.PersonID]standing)
	w.must(w.EachPersonAt(ctx, w.list, version, func(p *roster.Person) error {
		all[p.ID] = standing{p.Status, roster.Values(strings.Clone(string(p.Values)))}
		return nil
	}))
	return all
}

func (w *world) version() uint64 {
	w.t.Helper()
	l, err := w.List(ctx, "staff")
	w.must(err)
	return l.Standing.Version
}

// The list as of any version is what it was then, whatever has been imported,
// edited, synced and rolled back since; the index of it holds the same people;
// a time finds the version that was in force; and what is different between two
// versions, done to the one, gives the other.
func TestTheListAsItWasIsWhatItWas(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		run, err := os.MkdirTemp(dir, "run") //nolint:usetesting // a folder a run, gone with it
		if err != nil {
			t.Fatal(err)
		}
		connected := rapid.Bool().Draw(t, "connected")
		k := &machine{world: newWorld(t, run, connected), m: newModel(connected), waiting: make(map[changeset.ID]*core.Draft)}
		k.chunk = rapid.SampledFrom([]int{0, 2}).Draw(t, "chunk")
		k.reopen()
		defer func() { k.must(errors.Join(k.store.Close(), os.RemoveAll(run))) }()
		exports, ends := map[uint64]string{0: ""}, make(map[uint64]time.Time)
		actions := map[string]func(*rapid.T){
			"import": k.importFile, "apply": k.applyWaiting, "edit": k.edit, "status": k.bulkStatus, "add": k.add,
			"roll back": k.rollBack, "undo": k.undo,
			"": func(*rapid.T) { exports[k.version()], ends[k.version()] = k.export(), k.now },
		}
		if connected {
			actions["sync"] = k.sync
		}
		t.Repeat(actions)
		versions := slices.Sorted(maps.Keys(exports))
		for _, v := range versions {
			if got := k.was(v); got != exports[v] {
				t.Fatalf("at version %d the list was\n%s\nand is said to have been\n%s", v, exports[v], got)
			}
			k.checkIndex(v)
			if end, ok := ends[v]; ok {
				m, err := k.Moment(ctx, k.list, end.Format(time.RFC3339), time.UTC)
				if k.must(err); m.Version != v {
					t.Fatalf("at %s the list was at %d, not %d", end, v, m.Version)
				}
			}
		}
		for range 8 {
			k.checkDiff(rapid.SampledFrom(versions).Draw(t, "from"), rapid.SampledFrom(versions).Draw(t, "to"))
		}
	})
}

func (k *machine) checkIndex(version uint64) {
	k.t.Helper()
	x, err := k.IndexAt(ctx, k.list, version, nil)
	k.must(err)
	states := k.statesAt(version)
	if n := x.Count(roster.Present); n != len(states) || x.Version() != version {
		k.t.Fatalf("the index of version %d is of version %d and holds %d people, not %d", version, x.Version(), n, len(states))
	}
	for id, s := range states {
		row, ok := x.Find(id)
		if e, _ := x.Row(row); !ok || e.Values != s.values || e.Status != s.status {
			k.t.Fatalf("the index of version %d has %+v for %+v", version, e, s)
		}
	}
}

func (k *machine) checkDiff(from, to uint64) {
	k.t.Helper()
	people := k.statesAt(from)
	k.must(k.Diff(ctx, k.list, from, to, func(_ *roster.List, d *core.Difference) error {
		p, there := people[d.Person]
		if !there {
			p.status = roster.Withdrawn
		}
		if p.status != d.Was {
			k.t.Fatalf("%s was %s, not %s", d.Person, p.status, d.Was)
		}
		for _, m := range d.Fields {
			if p.values.Get(m.Field) != m.Old {
				k.t.Fatalf("%d of %s was %q, not %q", m.Field, d.Person, p.values.Get(m.Field), m.Old)
			}
			p.values = p.values.With(m.Field, strings.Clone(m.New))
		}
		p.status = d.Is
		people[d.Person] = p
		if d.Is == roster.Withdrawn {
			delete(people, d.Person)
		}
		return nil
	}))
	if want := k.statesAt(to); !maps.Equal(people, want) {
		k.t.Fatalf("from %d to %d the list became %v, not %v", from, to, people, want)
	}
}

func TestDiffSaysWhatBecameOfPeople(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("1", "Ada", "Art"), row("2", "Bo", "Law"), row("3", "Cy", "Law")))
	w.setStatus(roster.Inactive, "3")
	first := w.version()
	_, err := w.set("1", nameField, "Ada B.")
	w.must(err)
	w.setStatus(roster.Inactive, "2")
	w.setStatus(roster.Active, "3")
	late := w.apply(w.planImport(false, row("4", "Di", "Art")))
	second := w.version()
	w.rollback(late.ID)
	tell := func(from, to uint64) string {
		var told []string
		w.must(w.Diff(ctx, w.list, from, to, func(_ *roster.List, d *core.Difference) error {
			told = append(told, fmt.Sprint(d.UID, " ", d.What(), " ", d.Fields))
			return nil
		}))
		return strings.Join(told, "\n")
	}
	for _, c := range []struct {
		from, to uint64
		want     string
	}{
		{first, first, ""},
		{first, second, "1 changed [{2 Ada Ada B.}]\n2 left []\n3 returned []\n4 came [{1  4} {2  Di} {4  Art}]"},
		{second, first, "1 changed [{2 Ada B. Ada}]\n2 returned []\n3 left []\n4 taken back [{1 4 } {2 Di } {4 Art }]"},
		{second, w.version(), "4 taken back [{1 4 } {2 Di } {4 Art }]"},
		{0, first, "1 came [{1  1} {2  Ada} {4  Art}]\n2 came [{1  2} {2  Bo} {4  Law}]\n3 came [{1  3} {2  Cy} {4  Law}]"},
	} {
		if got := tell(c.from, c.to); got != c.want {
			t.Errorf("from %d to %d:\n%s\nnot:\n%s", c.from, c.to, got, c.want)
		}
	}
}

func TestMomentsAreDaysTimesAndChangesets(t *testing.T) {
	w := newTestWorld(t, false)
	day := func(d, h int) time.Time { return time.Date(2024, 9, d, h, 0, 0, 0, time.UTC) }
	w.now = day(2, 9)
	one := w.apply(w.planImport(false, row("1", "Ada", "Art")))
	waiting, err := w.Propose(ctx, mara, w.planImport(false, row("1", "Ada", "Law")))
	w.must(err)
	w.now = day(4, 23)
	two := w.apply(w.planImport(false, row("2", "Bo", "Art")))
	w.now = day(5, 9)
	three, err := w.Apply(ctx, mara, waiting.ID, core.How{})
	w.must(err)
	w.now = day(9, 9)
	never, err := w.Propose(ctx, mara, w.planImport(false, row("9", "Nil", "Art")))
	w.must(err)
	north := time.FixedZone("north", 2*60*60)
	for _, c := range []struct {
		text string
		zone *time.Location
		want uint64
		code fault.Code
	}{
		{"2024-09-01", time.UTC, 0, ""},
		{"2024-09-02", time.UTC, one.Seq, ""},
		{"2024-09-03", time.UTC, one.Seq, ""},
		{"2024-09-04", time.UTC, two.Seq, ""},
		{"2024-09-04", north, one.Seq, ""}, // where the day is over two hours before
		{"2024-09-05 08:00", time.UTC, two.Seq, ""},
		{"2024-09-05T11:59", north, three.Seq, ""},
		{"2024-09-05T11:59:00+02:00", time.UTC, three.Seq, ""},
		{"2999-01-01", time.UTC, three.Seq, ""},
		{"now", time.UTC, three.Seq, ""},
		{"0", time.UTC, 0, ""},
		{fmt.Sprint(one.ID), time.UTC, one.Seq, ""},
		{fmt.Sprint(waiting.ID), time.UTC, three.Seq, ""}, // which waited in between
		{fmt.Sprint(three.Seq), time.UTC, three.Seq, ""},
		{fmt.Sprint(never.ID), time.UTC, 0, fault.Invalid},
		{"999", time.UTC, 0, fault.Invalid},
		{"yesterday", time.UTC, 0, fault.Invalid},
		{"2024-09-31", time.UTC, 0, fault.Invalid},
		{"", time.UTC, 0, fault.Invalid},
	} {
		m, err := w.Moment(ctx, w.list, c.text, c.zone)
		if m.Version != c.want || fault.CodeOf(err) != c.code {
			t.Errorf("%q is %d (%v), not %d", c.text, m.Version, err, c.want)
		}
		if err == nil && m.Version != m.Last.Seq {
			t.Errorf("%q is version %d, made by %+v", c.text, m.Version, m.Last)
		}
	}
}

// BenchmarkAsOf reads 100,000 people of 20 fields as they are and as they were,
// when one in a hundred and when everybody has changed since.
func BenchmarkAsOf(b *testing.B) {
	const n, fields = 100_000, 20
	e := open(b)
	l, maps, names := wide(b, e, fields)
	var versions []uint64
	for _, changed := range []int{0, 100, 1} {
		d, err := e.Plan(ctx, core.Intake{List: l.ID, Origin: changeset.Import, Attributes: names, Mappings: maps, Records: people(n, fields, changed)})
		if err != nil {
			b.Fatal(err)
		}
		head, err := e.ApplyDraft(ctx, mara, d, core.How{})
		if err != nil {
			b.Fatal(err)
		}
		versions = append(versions, head.Seq)
	}
	for _, c := range []struct {
		name    string
		version uint64
	}{{"now", versions[2]}, {"all-changed-since", versions[1]}, {"then", versions[0]}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				seen := 0
				if err := e.EachPersonAt(ctx, l.ID, c.version, func(*roster.Person) error { seen++; return nil }); err != nil || seen != n {
					b.Fatal(seen, err)
				}
			}
		})
	}
}
