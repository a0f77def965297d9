package core_test

import (
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// Changing a mapping is held to these laws, with random records, mappings and
// transforms: replaying what is kept equals having had the mapping from the
// start; what is local is not touched; a rollback leaves everything as it was;
// and who owns a field is the same wherever one asks.

// someSteps are transforms, some of which do nothing, or have trouble.
func someSteps() *rapid.Generator[[]mapping.Transform] {
	return rapid.SliceOfN(rapid.SampledFrom([]mapping.Transform{
		"copy", "trim", "uppercase", "lowercase", "titlecase", "collapse", "prefix(E-)", "before(@)", "after(b, last)", `replace(a, "")`,
		"first(mail)", `join("{} {no}")`, "map(Ada=Art, *=Law)", "extract(\"b(.)\")", "pad(4)",
	}), 0, 3)
}

// someMappingsTo are random mappings that can be used together: the UID is fed
// from no, and of the other fields each by some attribute, or several in turn.
func someMappingsTo(t *rapid.T, label string) []mapping.Mapping {
	all := []mapping.Mapping{{Attribute: "no", Field: "no", On: true}}
	for _, field := range []string{"name", "mail", "dept", "room"} {
		for n := range rapid.IntRange(0, 2).Draw(t, label+" mappings of "+field) {
			m := mapping.Mapping{
				Attribute: rapid.SampledFrom([]string{"no", "name", "mail"}).Draw(t, "attribute"), Field: field,
				On: rapid.IntRange(0, 3).Draw(t, "on") > 0, Fallback: n > 0, Transforms: someSteps().Draw(t, "steps"),
				Vanished: rapid.SampledFrom([]mapping.Vanished{mapping.Clear, mapping.Keep}).Draw(t, "vanished"),
			}
			if !slices.ContainsFunc(all, func(o mapping.Mapping) bool { return o.Field == m.Field && o.Attribute == m.Attribute }) {
				all = append(all, m)
			}
		}
	}
	return all
}

// somebody is a user with some attributes; of the others the source says
// nothing.
func somebody(t *rapid.T, n int) map[string]string {
	no := fmt.Sprintf("E%d", n)
	one := map[string]string{"user": no, "no": no}
	text := rapid.SampledFrom([]string{"", "", "Ada", "bob@example.org", " Cy  b ", "ada", "Art", "law"})
	for _, attribute := range []string{"name", "mail"} {
		if value := text.Draw(t, attribute); value != "" {
			one[attribute] = value
		}
	}
	return one
}

func cellsOf(one map[string]string, names []string) []mapping.Cell {
	cells := make([]mapping.Cell, len(names))
	for i, name := range names {
		if value, ok := one[name]; ok {
			cells[i].Text = value
		} else {
			cells[i].Presence = mapping.Null
		}
	}
	return cells
}

func setMappings(all []mapping.Mapping) func(*roster.List) error {
	return func(l *roster.List) error {
		l.Mappings = slices.Clone(all)
		return nil
	}
}

// newReplayWorld is a list with these mappings to which the people are pushed.
func newReplayWorld(t *rapid.T, dir string, mappings []mapping.Mapping, people []map[string]string) *world {
	run, err := os.MkdirTemp(dir, "run")
	if err != nil {
		t.Fatal(err)
	}
	w := newPushWorld(t, run)
	w.must(w.ChangeList(ctx, mara, w.list, setMappings(mappings)))
	for _, one := range people {
		var pairs []string
		for _, key := range slices.Sorted(maps.Keys(one)) {
			pairs = append(pairs, key, one[key])
		}
		w.create(user(pairs...))
	}
	return w
}

// expected is what a field of somebody has to be after mappings have changed:
// what they make of what the source said, where they say something and the field
// takes it; else what it was.
func expected(t *rapid.T, l *roster.List, f roster.Field, before, after []mapping.Mapping, one map[string]string, was string) (value string, told bool) {
	to := func(all []mapping.Mapping) (some []mapping.Mapping) {
		for _, m := range all {
			if m.On && m.Field == f.Key {
				some = append(some, m)
			}
		}
		return some
	}
	if len(to(after)) == 0 || slices.EqualFunc(to(before), to(after), mapping.Mapping.Equal) {
		return was, false
	}
	names := []string{"no", "name", "mail"}
	feeds, err := mapping.Compile(to(after), names, func(key string) string { return key })
	if err != nil {
		t.Fatal(err)
	}
	out := feeds[0].Of(cellsOf(one, names))
	checked, err := f.Check(out.Text)
	if !out.Known || err != nil {
		return was, false
	}
	return checked, true
}

func TestAReplayIsAsIfTheMappingHadBeenThereFromTheStart(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		before, after := someMappingsTo(t, "old"), someMappingsTo(t, "new")
		var people []map[string]string
		for n := range rapid.IntRange(1, 5).Draw(t, "people") {
			people = append(people, somebody(t, n))
		}
		w := newReplayWorld(t, dir, before, people)
		defer w.close()
		l := w.theList()
		for _, f := range l.Schema.Fields { // what is local is edited
			if _, owned := l.Owner(f.Key); !owned && f.Key != "dept" && f.Key != "mail" {
				_, err := w.set("E0", f.ID, "local")
				w.must(err)
			}
		}
		was, people0 := w.whole(), make([]roster.Values, len(people))
		for n := range people {
			people0[n] = w.by(fmt.Sprintf("E%d", n)).Values
		}
		d := w.plan(core.ListChange{Make: setMappings(after)})
		if d.Nothing() {
			return
		}
		head, err := w.ApplyDraft(ctx, mara, &d.Draft, core.How{})
		w.must(err)
		w.agree(t)

		other := newReplayWorld(t, dir, after, people)
		defer other.close()
		for n, one := range people {
			uid := fmt.Sprintf("E%d", n)
			is, start := w.by(uid), other.by(uid)
			for _, f := range l.Schema.Fields {
				want, told := expected(t, &l, f, before, after, one, people0[n].Get(f.ID))
				if got := is.Values.Get(f.ID); got != want {
					t.Fatalf("%s of %s is %q, want %q", f.Key, uid, got, want)
				}
				if got := start.Values.Get(f.ID); told && got != want {
					t.Fatalf("%s of %s is %q, and is %q where the mapping was there from the start", f.Key, uid, want, got)
				}
			}
		}
		back, err := w.Rollback(ctx, head.ID)
		w.must(err)
		_, err = w.ApplyDraft(ctx, mara, back, core.How{})
		w.must(err)
		if got := w.whole(); got != was {
			t.Fatalf("the rollback leaves\n%s\nwant\n%s", got, was)
		}
		if pins := w.pins(); len(pins) > 0 {
			t.Fatalf("it leaves pins: %+v", pins)
		}
		w.sound()
	})
}

// agree checks that whoever is asked says the same of who owns the fields of
// somebody: the list, an edit of one and of many, the explanation, the import.
func (w *world) agree(t *rapid.T) {
	l, p := w.theList(), w.by("E0")
	for _, f := range l.Schema.Fields {
		if f.UID {
			continue
		}
		_, locked := l.Lock(&p, f.Key)
		value := map[bool]string{true: "x@example.org", false: "else"}[f.Type == roster.Email]
		if f.Type == roster.Dropdown {
			value = "Law"
		}
		if p.Values.Get(f.ID) == value {
			continue
		}
		why, err := w.Why(ctx, w.list, p.ID, f.ID)
		w.must(err)
		many, err := w.DraftField(ctx, w.list, []roster.PersonID{p.ID, w.by("E0").ID}, f.ID, value, nil)
		w.must(err)
		file, err := w.Plan(ctx, core.Intake{
			List: w.list, Origin: changeset.Import, Attributes: []string{"no", f.Key}, Records: records2("E0", value),
			Mappings: []mapping.Mapping{{Attribute: "no", Field: "no", On: true}, {Attribute: f.Key, Field: f.Key, On: true}},
		})
		w.must(err)
		_, owner := l.Owner(f.Key)
		if why.Map.Locked != locked || (len(many.Rejects) > 0) != locked || (len(file.Items) == 0) != locked || owner != locked {
			t.Fatalf("%s is locked: %v; why says %v, many %+v, the file %+v, the list %v", f.Key, locked, why.Map.Locked, many.Rejects, file.Items, owner)
		}
		_, err = w.SetFields(ctx, mara, w.list, p.ID, []changeset.Change{{Field: f.ID, Base: p.Values.Get(f.ID), Proposed: value}})
		if fault.Is(err, fault.Locked) != locked {
			t.Fatalf("%s is locked: %v, and editing it gives %v", f.Key, locked, err)
		}
		if err == nil {
			d, _, err := w.Undoable(ctx, mara, w.list)
			w.must(err)
			_, err = w.ApplyDraft(ctx, mara, d, core.How{})
			w.must(err)
		}
	}
}

func records2(cells ...string) iter.Seq2[[]mapping.Record, error] {
	rec := mapping.Record{Line: 1}
	for _, text := range cells {
		rec.Cells = append(rec.Cells, mapping.Cell{Text: text})
	}
	return again([][]mapping.Record{{rec}})
}
