package core_test

import (
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
)

// What a mapping says of vanished values, of fallbacks and of values that it
// cannot handle comes true in the plan.
func TestPlanDoesAsItsMappingsSay(t *testing.T) {
	w := newTestWorld(t, false)
	maps := func(vanished mapping.Vanished) []mapping.Mapping {
		return []mapping.Mapping{
			{Attribute: "no", Field: "no", On: true},
			{Attribute: "name", Field: "name", On: true, Transforms: []mapping.Transform{"titlecase"}},
			{Attribute: "a", Field: "room", On: true, Vanished: vanished, Transforms: []mapping.Transform{"date(DD.MM.YYYY)"}},
			{Attribute: "name", Field: "room", On: true, Fallback: true, Transforms: []mapping.Transform{`extract("\d+")`}},
		}
	}
	plan := func(vanished mapping.Vanished, rows ...said) *core.Draft {
		d, err := w.Plan(ctx, core.Intake{
			List: w.list, Origin: changeset.Import, Attributes: []string{"no", "name", "a"}, Mappings: maps(vanished), Records: records(rows),
		})
		w.must(err)
		return d
	}
	d := plan(mapping.Clear, row("1", "ANN O'DEE", "31.01.2026"), row("2", "BO 12", ""), row("3", "Cy 7", "soon"))
	if n := d.Head.Counts; n.Creates != 3 || n.Rejects != 0 {
		t.Fatalf("it would be %+v", n)
	}
	schema := d.List.Schema
	name, _ := schema.ByKey("name")
	room, _ := schema.ByKey("room")
	for i, want := range [][2]string{{"Ann O'Dee", "2026-01-31"}, {"Bo 12", "12"}, {"Cy 7", "soon"}} {
		if v := d.Items[i].Values; v.Get(name.ID) != want[0] || v.Get(room.ID) != want[1] {
			t.Errorf("row %d makes %s, %s, want %v", i+1, v.Get(name.ID), v.Get(room.ID), want)
		}
	}
	const problem = `Room "soon" is not a date like DD.MM.YYYY, so it stays as it is`
	if r := d.Remarks; r.Count != 1 || r.Some[0] != (core.Remark{Line: 3, Problem: problem}) {
		t.Errorf("it says %+v", r)
	}
	if _, err := w.ApplyDraft(ctx, mara, d, core.How{}); err != nil {
		t.Fatal(err)
	}
	gone := row("1", "", "")
	if d := plan(mapping.Keep, gone); len(d.Items) != 1 || len(d.Items[0].Changes) != 1 || d.Items[0].Changes[0].Field != name.ID {
		t.Errorf("with the last room kept it would be %+v", d.Items)
	}
	if d := plan(mapping.Clear, gone); len(d.Items) != 1 || len(d.Items[0].Changes) != 2 {
		t.Errorf("with the room cleared it would be %+v", d.Items)
	}
	if d := plan(mapping.Clear, row("1", absent, absent)); len(d.Items) != 0 {
		t.Errorf("of what nothing was said it would be %+v", d.Items)
	}
}
