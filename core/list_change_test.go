package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// newMappedWorld is a connected list with three people, of whom the directory
// has said no, name and mail.
func newMappedWorld(t *testing.T) *world {
	t.Helper()
	w := newTestWorld(t, true)
	w.sync(
		at("a", "E1", " Ada Byron", "ada@example.org"),
		at("b", "E2", "Grace Hopper", "grace@example.org"),
		at("c", "E3", "Alan Turing", ""),
	)
	return w
}

// sync has the directory say something, and takes it over.
func (w *world) sync(rows ...said) {
	w.t.Helper()
	d, err := w.Plan(ctx, core.Intake{
		List: w.list, Origin: changeset.Sync, Connection: directory, Attributes: []string{"no", "name", "mail"},
		Mappings: w.theList().Mappings, Records: records(rows),
	})
	w.must(err)
	_, err = w.ApplyDraft(ctx, mara, d, core.How{})
	w.must(err)
}

func (w *world) theList() roster.List {
	w.t.Helper()
	l, err := w.List(ctx, "staff")
	w.must(err)
	return l
}

func (w *world) plan(c core.ListChange) *core.ListDraft {
	w.t.Helper()
	d, err := w.PlanChange(ctx, w.list, c)
	w.must(err)
	return d
}

func mapTo(attribute, field string, steps ...mapping.Transform) func(*roster.List) error {
	return func(l *roster.List) error {
		return core.PutMapping(l, mapping.Mapping{Attribute: attribute, Field: field, On: true, Transforms: steps})
	}
}

// export is everything that a list has of its people, and its schema.
func (w *world) whole() string {
	w.t.Helper()
	l := w.theList()
	var b strings.Builder
	for _, f := range l.Schema.Fields {
		fmt.Fprintf(&b, "%+v\n", f)
	}
	fmt.Fprintf(&b, "%+v\n", l.Mappings)
	w.must(w.EachPerson(ctx, w.list, func(p *roster.Person) error {
		fmt.Fprint(&b, p.ID, p.Status)
		for _, f := range l.Schema.Fields {
			fmt.Fprintf(&b, "\t%s", p.Values.Get(f.ID))
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}

func (w *world) values(f roster.FieldID) (all []string) {
	w.t.Helper()
	w.must(w.EachPerson(ctx, w.list, func(p *roster.Person) error {
		all = append(all, strings.Clone(p.Values.Get(f)))
		return nil
	}))
	return all
}

// A mapping's change is worked out from what is kept: the price first, then the
// same thing done, then taken back to the byte.
func TestAMappingChangeIsPricedAppliedAndRolledBack(t *testing.T) {
	w := newMappedWorld(t)
	before := w.whole()
	d := w.plan(core.ListChange{Note: "names in capitals", Make: mapTo("name", "name", mapping.Trim, mapping.Uppercase)})
	if got := d.Price; got.Changed != 3 || got.Linked != 3 || got.Unheard != 0 || len(got.Fields) != 1 || got.Fields[0].Changes != 3 {
		t.Errorf("the price is %+v", got)
	}
	if w.whole() != before {
		t.Error("working it out changed something")
	}
	head, err := w.ApplyDraft(ctx, mara, &d.Draft, core.How{})
	w.must(err)
	if got := w.values(nameField); !slices.Equal(got, []string{"ADA BYRON", "GRACE HOPPER", "ALAN TURING"}) {
		t.Errorf("names are %q", got)
	}
	if m, _ := new(w.theList()).Owner("name"); !m.Uses("uppercase") {
		t.Errorf("the mapping is %+v", m)
	}
	back, err := w.Rollback(ctx, head.ID)
	w.must(err)
	_, err = w.ApplyDraft(ctx, mara, back, core.How{})
	w.must(err)
	if after := w.whole(); after != before {
		t.Errorf("the rollback leaves\n%s\nwant\n%s", after, before)
	}
	if pins, err := w.Pins(ctx, w.list); err != nil || len(pins) > 0 {
		t.Errorf("pins %+v, %v", pins, err)
	}
	w.reopen()
}

func TestMappingAnotherFieldLocksIt(t *testing.T) {
	w := newMappedWorld(t)
	d := w.plan(core.ListChange{Make: mapTo("mail", "room", "before(@)")})
	if l := d.Price.Locks; len(l) != 1 || l[0].Key != "room" {
		t.Errorf("locks %+v", l)
	}
	if f := d.Price.Fields[0]; f.Changes != 2 || f.Filled != 2 {
		t.Errorf("the field's price is %+v", f)
	}
	_, err := w.ApplyDraft(ctx, mara, &d.Draft, core.How{})
	w.must(err)
	d = w.plan(core.ListChange{Make: func(l *roster.List) error { return core.SwitchMapping(l, "mail", "room", false) }})
	if len(d.Items) != 0 || len(d.Price.Unlocks) != 1 || d.Nothing() {
		t.Errorf("turning it off is %+v", d.Price)
	}
	_, err = w.ApplyDraft(ctx, mara, &d.Draft, core.How{})
	w.must(err)
	if got := w.values(roomField); !slices.Equal(got, []string{"ada", "grace", ""}) {
		t.Errorf("rooms are %q", got)
	}
}

func TestMappingsThatCannotBe(t *testing.T) {
	w := newMappedWorld(t)
	for name, c := range map[string]struct {
		make func(*roster.List) error
		says string
	}{
		"two to one field": {mapTo("mail", "name"), "feeds Name already"},
		"the UID off":      {func(l *roster.List) error { return core.SwitchMapping(l, "no", "", false) }, "Nothing feeds No"},
		"two to the UID": {func(l *roster.List) error {
			l.Mappings = append(l.Mappings, mapping.Mapping{Attribute: "mail", Field: "no", On: true, Fallback: true})
			return nil
		}, "exactly one"},
		"a bad parameter":    {mapTo("mail", "room", "pad(0)"), "pad"},
		"no such field":      {mapTo("mail", "shoe"), "no field"},
		"a transform of air": {mapTo("mail", "room", "rot13"), "not a transform"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.PlanChange(ctx, w.list, core.ListChange{Make: c.make})
			if err == nil || !strings.Contains(fault.Sentence(err), c.says) {
				t.Errorf("the error is %v, want something of %q", err, c.says)
			}
		})
	}
}

func TestASampleSaysWhatAMappingMakesOfEverybody(t *testing.T) {
	w := newMappedWorld(t)
	s, err := w.Surveyor(w.list).Sample(ctx, core.Sampling{
		Mapping: mapping.Mapping{Attribute: "mail", Transforms: []mapping.Transform{"before(@)", mapping.Uppercase}},
		Field:   roster.Field{Key: "dept", Label: "Dept", Type: roster.Dropdown, Options: []string{"ADA"}},
	})
	w.must(err)
	if s.People != 3 || s.Given != 2 || s.Empty.People != 1 || s.Changed.People != 2 || s.Invalid.People != 1 || s.Distinct != 2 {
		t.Errorf("the sample is %+v", s)
	}
	if one := s.Invalid.Some[0]; one.Value != "GRACE" || one.Said.Text != "grace@example.org" || len(one.Steps) != 2 || one.Steps[0].Text != "grace" {
		t.Errorf("the invalid one is %+v", one)
	}
	found, err := w.Surveyor(w.list).Attributes(ctx, nil)
	w.must(err)
	if found.People != 3 || len(found.Attributes) != 3 || found.Attributes[2].Name != "mail" || found.Attributes[2].People != 2 {
		t.Errorf("attributes are %+v", found)
	}
}
