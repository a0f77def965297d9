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

// newSchemaWorld is a list without a source and three people in it.
func newSchemaWorld(t *testing.T) *world {
	t.Helper()
	w := newTestWorld(t, false)
	for _, p := range [][5]string{
		{"E1", "Ada", "ada@example.org", "Art", "31.12.2024"},
		{"E2", "Grace", "grace@example.org", "Law", " 2024-06-01"},
		{"E3", "Alan", "", "Art", ""},
	} {
		_, _, err := w.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{noField: p[0], nameField: p[1], mailField: p[2], deptField: p[3], roomField: p[4]})
		w.must(err)
	}
	return w
}

func edit(key string, change func(*roster.Field)) func(*roster.List) error {
	return func(l *roster.List) error {
		return l.Schema.Edit(key, func(f *roster.Field) error { change(f); return nil })
	}
}

// done plans a change, applies it, and checks that rolling it back and forth
// leaves everything as it was, to the byte.
func (w *world) done(c core.ListChange) *core.ListDraft {
	w.t.Helper()
	before := w.whole()
	d := w.plan(c)
	if len(d.Blocks) > 0 {
		w.t.Fatalf("blocked: %+v", d.Blocks)
	}
	head, err := w.ApplyDraft(ctx, mara, &d.Draft, core.How{})
	w.must(err)
	w.sound()
	after := w.whole()
	for n, want := range []string{before, after} {
		back, err := w.Rollback(ctx, head.ID)
		w.must(err)
		head, err = w.ApplyDraft(ctx, mara, back, core.How{})
		w.must(err)
		w.sound()
		if got := w.whole(); got != want {
			w.t.Fatalf("rollback %d leaves\n%s\nwant\n%s", n, got, want)
		}
	}
	return d
}

// blocked plans a change that cannot be made, and returns why.
func (w *world) blocked(c core.ListChange) core.Block {
	w.t.Helper()
	d := w.plan(c)
	if len(d.Blocks) != 1 {
		w.t.Fatalf("the blocks are %+v", d.Blocks)
	}
	if _, err := w.ApplyDraft(ctx, mara, &d.Draft, core.How{}); !fault.Is(err, fault.Invalid) {
		w.t.Fatalf("applying it gives %v", err)
	}
	if _, err := w.Propose(ctx, mara, &d.Draft); !fault.Is(err, fault.Invalid) {
		w.t.Fatalf("proposing it gives %v", err)
	}
	return d.Blocks[0]
}

func TestAFieldGetsAnotherType(t *testing.T) {
	w := newSchemaWorld(t)
	d := w.done(core.ListChange{Make: edit("room", func(f *roster.Field) { f.Type = roster.Date })})
	if f := d.Price.Fields[0]; f.Changes != 2 || !slices.Equal(w.values(roomField), []string{"2024-12-31", "2024-06-01", ""}) {
		t.Errorf("%+v, %q", f, w.values(roomField))
	}
	b := w.blocked(core.ListChange{Make: edit("name", func(f *roster.Field) { f.Type = roster.Number })})
	if b.People != 3 || b.Some[0].Value != "Ada" || !strings.Contains(b.Problem, "3 values do not fit") {
		t.Errorf("the block is %+v", b)
	}
	d = w.done(core.ListChange{Make: edit("name", func(f *roster.Field) { f.Type = roster.Number }), Clear: []string{"name"}})
	if f := d.Price.Fields[0]; f.Lost != 3 || f.Emptied != 3 {
		t.Errorf("the price is %+v", f)
	}
}

func TestDatesAreConvertedAsOneIsTold(t *testing.T) {
	w := newSchemaWorld(t)
	_, err := w.SetFields(ctx, mara, w.list, w.by("E3").ID, []changeset.Change{{Field: roomField, Proposed: "01/02/2024"}})
	w.must(err)
	b := w.blocked(core.ListChange{Make: edit("room", func(f *roster.Field) { f.Type = roster.Date })})
	if b.People != 1 || !strings.Contains(b.Some[0].Problem, "day and month") {
		t.Errorf("the block is %+v", b)
	}
	w.done(core.ListChange{
		Make:    edit("room", func(f *roster.Field) { f.Type = roster.Date }),
		Convert: map[string][]mapping.Transform{"room": {"date(DD/MM/YYYY)"}},
	})
	if got := w.by("E3").Values.Get(roomField); got != "2024-02-01" {
		t.Errorf("the date is %s", got)
	}
}

func TestOptionsAreRenamedWithTheirValues(t *testing.T) {
	w := newSchemaWorld(t)
	var carry mapping.Transform
	rename := func(l *roster.List) (err error) {
		carry, err = core.RenameOption(&l.Schema, "dept", "Art", "Fine Art")
		return err
	}
	scratch := w.theList()
	w.must(rename(new(scratch.Clone())))
	d := w.done(core.ListChange{Make: rename, Convert: map[string][]mapping.Transform{"dept": {carry}}})
	if d.Price.Changed != 2 || !slices.Equal(w.values(deptField), []string{"Fine Art", "Law", "Fine Art"}) {
		t.Errorf("%+v, %q", d.Price, w.values(deptField))
	}
	w.blocked(core.ListChange{Make: edit("dept", func(f *roster.Field) { f.Options = []string{"Law"} })})
}

func TestAFieldIsRemovedAndComesBackWithItsValues(t *testing.T) {
	w := newSchemaWorld(t)
	d := w.done(core.ListChange{Make: func(l *roster.List) error { return l.Schema.Remove("mail") }})
	if f := d.Price.Fields[0]; f.Lost != 2 || len(d.Price.Removed) != 1 {
		t.Errorf("the price is %+v", d.Price)
	}
	if f, ok := w.theList().Schema.Named(mailField); !ok || f.Label != "Mail" {
		t.Errorf("the removed field is called %+v", f)
	}
	if _, err := w.PlanChange(ctx, w.list, core.ListChange{Make: func(l *roster.List) error { return l.Schema.Remove("no") }}); !fault.Is(err, fault.Invalid) {
		t.Errorf("removing the UID gives %v", err)
	}
}

func TestFieldsAreMovedRenamedAddedAndHidden(t *testing.T) {
	w := newSchemaWorld(t)
	d := w.done(core.ListChange{Make: func(l *roster.List) error {
		if err := l.Schema.Move("room", 0); err != nil {
			return err
		}
		if err := l.Schema.Add(roster.Field{Key: "groups", Type: roster.Tags}); err != nil {
			return err
		}
		return l.Schema.Edit("mail", func(f *roster.Field) error {
			f.Label, f.Hidden, f.Required, f.Group = "Mailbox", true, true, "contact"
			return nil
		})
	}})
	if len(d.Items) != 0 || len(d.Price.Added) != 1 || d.Price.Fields[0].Missing != 1 {
		t.Errorf("the price is %+v", d.Price)
	}
	l := w.theList()
	if keys := l.Schema.Fields; keys[0].Key != "room" || keys[5].Key != "groups" || len(l.Schema.Shown()) != 5 {
		t.Errorf("the fields are %+v", keys)
	}
}

// Another field becomes the UID when it names everybody, and the index with it.
func TestAnotherFieldBecomesTheUID(t *testing.T) {
	w := newSchemaWorld(t)
	b := w.blocked(core.ListChange{Make: func(l *roster.List) error { return l.Schema.SetUID("mail") }})
	if b.Nameless != 1 {
		t.Errorf("the block is %+v", b)
	}
	if b = w.blocked(core.ListChange{Make: func(l *roster.List) error { return l.Schema.SetUID("dept") }}); b.Twice != 1 || b.Some[0].Name == "" {
		t.Errorf("the block is %+v", b)
	}
	d := w.done(core.ListChange{Make: func(l *roster.List) error { return l.Schema.SetUID("name") }})
	if len(d.Head.Held) != 1 || d.Head.Held[0].Rule != "uid" {
		t.Errorf("held for %+v", d.Head.Held)
	}
	if p := w.by("ada"); p.Values.Get(noField) != "E1" {
		t.Errorf("ada is %+v", p)
	}
	if _, err := w.PersonByUID(ctx, w.list, "E1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("E1 is found: %v", err)
	}
	w.reopen()
}

// What a field holds that is unique is one person's, on every road.
func TestAUniqueFieldIsUniqueOnEveryRoad(t *testing.T) {
	w := newSchemaWorld(t)
	if b := w.blocked(core.ListChange{Make: edit("dept", func(f *roster.Field) { f.Unique = true })}); b.Twice != 1 {
		t.Errorf("the block is %+v", b)
	}
	w.done(core.ListChange{Make: edit("mail", func(f *roster.Field) { f.Unique = true })})
	set := func(no, from, to string) error {
		_, err := w.SetFields(ctx, mara, w.list, w.by(no).ID, []changeset.Change{{Field: mailField, Base: from, Proposed: to}})
		return err
	}
	if err := set("E3", "", "ADA@example.org"); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), "Ada") {
		t.Errorf("taking Ada's address gives %v", err)
	}
	if _, _, err := w.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{noField: "E4", deptField: "Art", mailField: "grace@example.org"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a new person with Grace's address gives %v", err)
	}
	im := importMappings()
	im[2] = mapping.Mapping{Attribute: "dept", Field: "mail", On: true}
	file, err := w.Plan(ctx, core.Intake{
		List: w.list, Origin: changeset.Import, Attributes: []string{"no", "name", "dept"}, Mappings: im,
		Records: records([]said{row("E5", "Eve", "grace@example.org"), row("E6", "Bob", "bob@example.org"), row("E7", "Rob", "Bob@example.org")}),
	})
	w.must(err)
	if len(file.Conflicts) != 2 {
		t.Errorf("the file conflicts in %+v", file.Conflicts)
	}
	w.must(set("E3", "", "alan@example.org"))
	w.must(set("E1", "ada@example.org", "countess@example.org"))
	w.must(set("E3", "alan@example.org", "ada@example.org"))
	w.reopen()
}

// A push is never refused for it: the value is left out, and told.
func TestAPushLeavesOutWhatSomebodyElseHas(t *testing.T) {
	w := newPushWorld(t, t.TempDir())
	t.Cleanup(w.close)
	w.done(core.ListChange{Make: edit("room", func(f *roster.Field) { f.Unique = true })})
	w.done(core.ListChange{Make: mapTo("dept", "room", mapping.Copy)})
	push := func(no string) core.Resource {
		return w.create(user("user", no, "no", no, "dept", "Art"))
	}
	if r := push("E1"); r.Problem != "" {
		t.Errorf("the first has the problem %q", r.Problem)
	}
	if r := push("E2"); !strings.Contains(r.Problem, "Room Art belongs to E1") {
		t.Errorf("the second has the problem %q", r.Problem)
	}
	w.sound()
}
