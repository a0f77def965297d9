package core_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

var okta = core.Pusher{Actor: (&core.Token{Prefix: "sct_abcdef", List: 1}).Actor(), Provider: "Okta"}

// user makes a user of names and values in turn: user is the userName, ext the
// externalId, and active "no" says that it is not.
func user(pairs ...string) core.Said {
	doc := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		doc[pairs[i]] = pairs[i+1]
	}
	text, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	s := core.Said{Name: doc["user"], JSON: string(text), Active: doc["active"] != "no"}
	s.Keys.UserName, s.Keys.ExternalID = strings.ToLower(doc["user"]), doc["ext"]
	if doc["mail"] != "" {
		s.Keys.Emails = []string{strings.ToLower(doc["mail"])}
	}
	return s
}

func group(name string, put []string, remove ...string) core.Said {
	s := core.Said{Name: name, JSON: `{"user":"` + name + `"}`, Remove: remove}
	s.Keys.DisplayName = strings.ToLower(name)
	for _, id := range put {
		s.Put = append(s.Put, core.GroupMember{ID: id})
	}
	return s
}

func (w *world) create(s core.Said) core.Resource {
	w.t.Helper()
	r, err := w.CreateResource(ctx, okta, w.list, core.UserResource, s)
	w.must(err)
	return r
}

func (w *world) replace(id string, s core.Said) core.Resource {
	w.t.Helper()
	r, err := w.ReplaceResource(ctx, okta, w.list, core.UserResource, id, w.resource(id).Revision, s)
	w.must(err)
	return r
}

func (w *world) remove(id string) core.Resource {
	w.t.Helper()
	r, err := w.DeleteResource(ctx, okta, w.list, core.UserResource, id, 0)
	w.must(err)
	return r
}

func (w *world) resource(id string) (r core.Resource) {
	w.t.Helper()
	w.must(w.ViewResources(ctx, w.list, func(reader core.ResourceReader) (err error) {
		r, err = reader.Get(core.UserResource, id)
		r.Problem, r.JSON = strings.Clone(r.Problem), strings.Clone(r.JSON)
		return err
	}))
	return r
}

func (w *world) problems() []string {
	w.t.Helper()
	all, err := w.Problems(ctx, w.list, 0)
	w.must(err)
	few, err := w.Problems(ctx, w.list, 1)
	w.must(err)
	if few.Count != len(all.First) || few.Nobody != all.Nobody || len(few.First) != min(1, len(all.First)) || len(few.Refused) != min(1, len(all.Refused)) {
		w.t.Fatalf("some of the problems are %+v, all %+v", few, all)
	}
	var said []string
	for _, p := range all.First {
		if p.Remedy == "" {
			w.t.Fatalf("nothing is said to do about %+v", p)
		}
		said = append(said, p.Name+": "+p.What)
	}
	return said
}

func (w *world) standing() (s roster.Standing) {
	w.t.Helper()
	l, err := w.List(ctx, "staff")
	w.must(err)
	return l.Standing
}

// pushWorld is a world that ends with the test, its list connected.
func pushWorld(t *testing.T) *world {
	w := newPushWorld(t, t.TempDir())
	t.Cleanup(func() {
		w.sound()
		w.close()
	})
	return w
}

func TestThePushesOfOnePerson(t *testing.T) {
	w := pushWorld(t)
	made := w.create(user("user", "Mara", "no", "E1", "name", "Mara M", "ext", "x1"))
	p := w.by("E1")
	if made.Seq == 0 || made.Revision != 1 || p.Status != roster.Active || !slices.Equal(p.Links, []roster.Link{{Connection: "scim", Anchor: "x1"}}) {
		t.Fatalf("made %+v and %+v", made, p)
	}
	all, err := w.Overview(ctx, w.list, 1)
	w.must(err)
	if c := all[0]; c.Origin != changeset.SCIM || c.AppliedBy != "sct_abcdef" || c.Note != "Okta" || c.Seq != made.Seq {
		t.Errorf("the changeset is %+v", c)
	}
	version := w.standing().Version
	if r := w.replace(made.ID, user("user", "Mara", "no", "E1", "name", "Mara M", "ext", "x1")); r.Revision != 1 || r.Seq != 0 {
		t.Errorf("what changes nothing makes %+v", r)
	}
	if r := w.replace(made.ID, user("user", "Mara", "no", "E1", "name", "Mara M", "ext", "x1", "hobby", "chess")); r.Revision != 2 || r.Seq != 0 {
		t.Errorf("what is not mapped makes %+v", r)
	}
	if now := w.standing().Version; now != version {
		t.Errorf("what changes nobody made version %d of %d", now, version)
	}
	w.replace(made.ID, user("user", "mara2", "no", "E1", "name", "Mara N", "ext", "x1"))
	if got := w.by("E1").Values.Get(nameField); got != "Mara N" {
		t.Errorf("her name is %q", got)
	}
	w.replace(made.ID, user("user", "mara2", "no", "E1", "name", "Mara N", "ext", "x1", "active", "no"))
	if got := w.by("E1").Status; got != roster.Inactive {
		t.Errorf("she is %s", got)
	}
	w.replace(made.ID, user("user", "mara2", "no", "E1", "name", "Mara N", "ext", "x1"))
	w.remove(made.ID)
	if got := w.by("E1"); got.Status != roster.Inactive || got.ID != p.ID {
		t.Errorf("deleted, she is %+v", got)
	}
	for _, err := range []error{
		w.ViewResources(ctx, w.list, func(r core.ResourceReader) error { _, err := r.Get(core.UserResource, made.ID); return err }),
		func() error { _, err := w.DeleteResource(ctx, okta, w.list, core.UserResource, made.ID, 0); return err }(),
		func() error {
			_, err := w.ReplaceResource(ctx, okta, w.list, core.UserResource, made.ID, 6, user("user", "x"))
			return err
		}(),
	} {
		if !errors.Is(err, core.ErrResourceNotFound) {
			t.Errorf("what was deleted gives %v", err)
		}
	}
	again := w.create(user("user", "somebody", "no", "E1", "name", "Mara O", "ext", "x1"))
	if got := w.by("E1"); again.ID <= made.ID || got.ID != p.ID || got.Status != roster.Active || got.Values.Get(nameField) != "Mara O" {
		t.Errorf("the same externalId gives %+v and %+v", again, got)
	}
	events, err := w.History(ctx, w.list, p.ID)
	w.must(err)
	var kinds []string
	for _, ev := range slices.Backward(events) {
		kinds = append(kinds, ev.Kind.String())
	}
	if got := strings.Join(kinds, " "); got != "create update deactivate reactivate deactivate reactivate" {
		t.Errorf("her history is %s", got)
	}
}

func TestNamesAndRevisionsArePreconditions(t *testing.T) {
	w := pushWorld(t)
	a := w.create(user("user", "Ada", "no", "1"))
	if _, err := w.CreateResource(ctx, okta, w.list, core.UserResource, user("user", "ADA", "no", "2")); !errors.Is(err, core.ErrResourceTaken) {
		t.Errorf("the name of another gives %v", err)
	}
	b := w.create(user("user", "Bo", "no", "2"))
	if _, err := w.ReplaceResource(ctx, okta, w.list, core.UserResource, b.ID, 1, user("user", "ada", "no", "2")); !errors.Is(err, core.ErrResourceTaken) {
		t.Errorf("the name of another gives %v", err)
	}
	if _, err := w.ReplaceResource(ctx, okta, w.list, core.UserResource, a.ID, 7, user("user", "Ada", "no", "3")); !errors.Is(err, core.ErrResourceStale) {
		t.Errorf("another revision gives %v", err)
	}
	if _, err := w.DeleteResource(ctx, okta, w.list, core.UserResource, a.ID, 7); !errors.Is(err, core.ErrResourceStale) {
		t.Errorf("another revision gives %v", err)
	}
	w.must(w.Disconnect(ctx, mara, w.list))
	if _, err := w.CreateResource(ctx, okta, w.list, core.UserResource, user("user", "Cy", "no", "3")); !fault.Is(err, fault.Conflict) {
		t.Errorf("a list without source gives %v", err)
	}
}

// Who comes back is the same person if nothing says that it is somebody else.
func TestWhoComesBack(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after core.Said
		same          bool
		problem       string
	}{
		{"same externalId, all else different", user("user", "ada", "no", "1", "ext", "x"), user("user", "al", "no", "9", "ext", "x"), true, ""},
		{"same userName, neither has an externalId", user("user", "ada", "no", "1"), user("user", "Ada", "no", "9"), true, ""},
		{"same userName, an externalId comes later", user("user", "ada", "no", "1"), user("user", "ada", "no", "9", "ext", "x"), true, ""},
		{"same userName, the externalId is missing now", user("user", "ada", "no", "1", "ext", "x"), user("user", "ada", "no", "9"), true, ""},
		{"same userName, another externalId", user("user", "ada", "no", "1", "ext", "x"), user("user", "ada", "no", "9", "ext", "y"), false, ""},
		{"same UID, no externalIds", user("user", "ada", "no", "1"), user("user", "al", "no", "1"), true, ""},
		{"same UID, another externalId", user("user", "ada", "no", "1", "ext", "x"), user("user", "al", "no", "1", "ext", "y"), false, "must not inherit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := pushWorld(t)
			first := w.create(c.before)
			p := w.by("1")
			w.remove(first.ID)
			second := w.create(c.after)
			if now, err := w.Person(ctx, w.list, p.ID); err != nil || (now.Status == roster.Active) != c.same {
				t.Errorf("the first is %s, %v", now.Status, err)
			}
			if got := w.resource(second.ID).Problem; !strings.Contains(got, c.problem) || (got == "") != (c.problem == "") {
				t.Errorf("the problem is %q", got)
			}
			if s := w.standing(); c.same && s.Active+s.Inactive != 1 {
				t.Errorf("there are %+v", s)
			}
		})
	}
}

// Whom the list has already is taken over by the UID, unless the source knows
// them as somebody else.
func TestWhoIsInTheListAlready(t *testing.T) {
	w := pushWorld(t)
	_, id, err := w.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{noField: "7", nameField: "Old", roomField: "12"})
	w.must(err)
	made := w.create(user("user", "ada", "no", " 7 ", "name", "Ada", "ext", "x"))
	p := w.by("7")
	if p.ID != id || p.Values.Get(nameField) != "Ada" || p.Values.Get(roomField) != "12" || made.Seq == 0 {
		t.Errorf("she is %+v", p)
	}
	other := w.create(user("user", "al", "no", "7", "ext", "y"))
	if got := w.problems(); len(got) != 1 || !strings.Contains(got[0], "must not inherit an old one's card") {
		t.Errorf("a recycled UID: %q", got)
	}
	if s := w.standing(); s.Active != 1 || other.Seq != 0 {
		t.Errorf("there are %+v", s)
	}
	// The UID is corrected at the provider.
	w.replace(other.ID, user("user", "al", "no", "8", "ext", "y"))
	if got := w.problems(); len(got) != 0 || w.by("8").Values.Get(noField) != "8" {
		t.Errorf("corrected, there is %q", got)
	}
}

func TestExternalIDsComeLateAndChange(t *testing.T) {
	w := pushWorld(t)
	a := w.create(user("user", "ada", "no", "1"))
	p := w.by("1")
	anchor := func() string { at, _ := w.by("1").LinkTo("scim"); return at }
	if anchor() != a.ID {
		t.Fatalf("the anchor is %q", anchor())
	}
	for _, ext := range []string{"x", "y", ""} {
		w.replace(a.ID, user("user", "ada", "no", "1", "ext", ext))
		want := ext
		if want == "" {
			want = a.ID
		}
		if anchor() != want || w.by("1").ID != p.ID {
			t.Errorf("with the externalId %q the anchor is %q", ext, anchor())
		}
	}
	// The same externalId twice: the first has it.
	b := w.create(user("user", "bo", "no", "2", "ext", "z"))
	c := w.create(user("user", "cy", "no", "3", "ext", "z"))
	if b, _ := w.by("2").LinkTo("scim"); b != "z" {
		t.Errorf("the first is %q", b)
	}
	if at, _ := w.by("3").LinkTo("scim"); at != c.ID {
		t.Errorf("the second is %q", at)
	}
	w.remove(b.ID)
	w.replace(c.ID, user("user", "cy", "no", "3", "ext", "z", "name", "Cy"))
	if w.by("3").Values.Get(nameField) != "Cy" || w.by("2").Status != roster.Inactive {
		t.Error("the second became the first")
	}
}

// What the list cannot take never fails the push; it is a problem, and settled
// when it can be.
func TestWhatTheListCannotTake(t *testing.T) {
	w := pushWorld(t)
	a := w.create(user("user", "ada", "name", "Ada"))
	if got := w.problems(); len(got) != 1 || got[0] != "ada: No is empty, and every person needs one" {
		t.Errorf("without UID: %q", got)
	}
	if s := w.standing(); s.Active != 0 || a.Revision != 1 {
		t.Errorf("there are %+v", s)
	}
	w.replace(a.ID, user("user", "ada", "no", "1", "name", "Ada", "dept", "Physics"))
	p := w.by("1")
	if got := w.problems(); len(got) != 1 || !strings.Contains(got[0], "not one of its options") || p.Values.Get(deptField) != "" {
		t.Errorf("with a value that is none: %q, %+v", got, p)
	}
	w.replace(a.ID, user("user", "ada", "name", "Ida", "dept", "Art"))
	if got := w.problems(); len(got) != 1 || w.by("1").Values.Get(nameField) != "Ida" || w.by("1").Values.Get(deptField) != "Art" {
		t.Errorf("with the UID gone: %q", got)
	}
	// The field takes the value from now on.
	w.replace(a.ID, user("user", "ada", "no", "1", "name", "Ida", "dept", "Physics"))
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
		l.Schema.Fields[3].Options = append(l.Schema.Fields[3].Options, "Physics")
		return nil
	}))
	n, err := w.SettleProblems(ctx, mara, w.list)
	w.must(err)
	if got := w.by("1").Values.Get(deptField); n != 1 || got != "Physics" || len(w.problems()) != 0 {
		t.Errorf("settled %d, dept %q, left %q", n, got, w.problems())
	}
	if n, err = w.SettleProblems(ctx, mara, w.list); n != 0 || err != nil {
		t.Errorf("settled again: %d, %v", n, err)
	}
}

// A mapping that cannot be used loses nothing.
func TestMappingsThatCannotBeUsed(t *testing.T) {
	w := pushWorld(t)
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Mappings[0].On = false; return nil }))
	w.create(user("user", "ada", "no", "1", "name", "Ada"))
	if got := w.problems(); len(got) != 1 || !strings.Contains(got[0], "No column feeds No") {
		t.Errorf("got %q", got)
	}
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Mappings[0].On = true; return nil }))
	n, err := w.SettleProblems(ctx, mara, w.list)
	if w.must(err); n != 1 || w.by("1").Values.Get(nameField) != "Ada" {
		t.Errorf("settled %d", n)
	}
}

// Two, or more, swap their UIDs: the last push lets all of them have theirs.
func TestSwappedUIDs(t *testing.T) {
	w := pushWorld(t)
	var made []core.Resource
	for _, no := range []string{"1", "2", "3"} {
		made = append(made, w.create(user("user", "u"+no, "no", no, "ext", "x"+no)))
	}
	for i, no := range []string{"2", "3"} {
		w.replace(made[i].ID, user("user", "u"+string(rune('1'+i)), "no", no, "ext", "x"+string(rune('1'+i))))
	}
	if got := w.problems(); len(got) != 2 || !strings.Contains(got[0], "No 2 belongs to 2") {
		t.Errorf("half way: %q", got)
	}
	w.replace(made[2].ID, user("user", "u3", "no", "1", "ext", "x3"))
	if got := w.problems(); len(got) != 0 {
		t.Errorf("in the end: %q", got)
	}
	for i, no := range []string{"2", "3", "1"} {
		if anchor, _ := w.by(no).LinkTo("scim"); anchor != "x"+string(rune('1'+i)) {
			t.Errorf("%s is %s", no, anchor)
		}
	}
	// One gives way to another who waits.
	d := w.create(user("user", "u4", "no", "1", "ext", "x4"))
	w.replace(made[2].ID, user("user", "u3", "no", "9", "ext", "x3"))
	n, err := w.SettleProblems(ctx, mara, w.list)
	if w.must(err); n != 1 || w.resource(d.ID).Problem != "" || len(w.problems()) != 0 {
		t.Errorf("settled %d, left %q", n, w.problems())
	}
}

// Who is reactivated by hand stays so until the source speaks of them again.
func TestReactivatedByHand(t *testing.T) {
	w := pushWorld(t)
	a := w.create(user("user", "ada", "no", "1"))
	w.replace(a.ID, user("user", "ada", "no", "1", "active", "no"))
	w.setStatus(roster.Active, "1")
	if len(w.pins()) != 1 {
		t.Fatalf("the pins are %+v", w.pins())
	}
	if _, err := w.SettleProblems(ctx, mara, w.list); err != nil || w.by("1").Status != roster.Active {
		t.Errorf("settling deactivates: %v", err)
	}
	w.replace(a.ID, user("user", "ada", "no", "1", "active", "no", "name", "Ada"))
	if w.by("1").Status != roster.Inactive || len(w.pins()) != 0 {
		t.Errorf("the source spoke, and they are %s with %+v", w.by("1").Status, w.pins())
	}
}

// What was taken back stays so, and is a problem that says why.
func TestTakenBack(t *testing.T) {
	w := pushWorld(t)
	a := w.create(user("user", "ada", "no", "1", "ext", "x"))
	all, err := w.Overview(ctx, w.list, 1)
	w.must(err)
	back := w.rollback(all[0].ID)
	w.replace(a.ID, user("user", "ada", "no", "1", "ext", "x", "name", "Ada"))
	if got := w.problems(); len(got) != 1 || !strings.Contains(got[0], "taken back out of the roster by mara") {
		t.Errorf("got %q", got)
	}
	w.remove(a.ID)
	b := w.create(user("user", "ada", "no", "1", "ext", "x", "name", "Ada"))
	if got := w.problems(); len(got) != 1 || w.standing().Active != 0 {
		t.Errorf("deleted and pushed again: %q", got)
	}
	w.rollback(back.ID)
	n, err := w.SettleProblems(ctx, mara, w.list)
	if w.must(err); n != 1 || w.by("1").Values.Get(nameField) != "Ada" || w.resource(b.ID).Problem != "" {
		t.Errorf("settled %d, left %q", n, w.problems())
	}
}

func TestGroupsAreAnAttribute(t *testing.T) {
	w := pushWorld(t)
	a, b := w.create(user("user", "ada", "no", "1")), w.create(user("user", "bo", "no", "2"))
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
		l.Mappings = append(l.Mappings, syncMappings()[1])
		l.Mappings[4].Attribute, l.Mappings[4].Field = core.GroupsAttribute, "room"
		return nil
	}))
	room := func(no string) string { return w.by(no).Values.Get(roomField) }
	put := func(s core.Said) core.Resource {
		t.Helper()
		g, err := w.CreateResource(ctx, okta, w.list, core.GroupResource, s)
		w.must(err)
		return g
	}
	library := put(group("Library", []string{a.ID, "nobody", b.ID}))
	version := w.standing().Version
	if room("1") != "Library" || room("2") != "Library" || library.Seq != version {
		t.Fatalf("they are in %q and %q", room("1"), room("2"))
	}
	staff := put(group("All staff", []string{a.ID}))
	if room("1") != "All staff, Library" || room("2") != "Library" {
		t.Errorf("they are in %q and %q", room("1"), room("2"))
	}
	if _, err := w.CreateResource(ctx, okta, w.list, core.GroupResource, group("LIBRARY", nil)); !errors.Is(err, core.ErrResourceTaken) {
		t.Errorf("the name of another group gives %v", err)
	}
	library, err := w.ReplaceResource(ctx, okta, w.list, core.GroupResource, library.ID, 1, group("Books", nil, b.ID))
	w.must(err)
	if room("1") != "All staff, Books" || room("2") != "" {
		t.Errorf("renamed, they are in %q and %q", room("1"), room("2"))
	}
	w.must(w.ViewResources(ctx, w.list, func(r core.ResourceReader) error {
		refs, err := r.GroupsOf(a.ID)
		if len(refs) != 2 || refs[0].Name != "Books" || refs[1] != (core.GroupRef{ID: staff.ID, Name: "All staff"}) {
			t.Errorf("the groups are %+v", refs)
		}
		return err
	}))
	w.remove(a.ID)
	w.must(w.ViewResources(ctx, w.list, func(r core.ResourceReader) error {
		g, err := r.Get(core.GroupResource, staff.ID)
		if _, member, _ := r.Member(staff.ID, a.ID); member || g.Revision != 2 {
			t.Errorf("who was deleted is a member still, or the group is at %d", g.Revision)
		}
		return err
	}))
	_, err = w.DeleteResource(ctx, okta, w.list, core.GroupResource, library.ID, 0)
	w.must(err)
}

// Disconnected and connected again, the same people are picked up.
func TestReconnecting(t *testing.T) {
	w := pushWorld(t)
	a := w.create(user("user", "ada", "no", "1", "ext", "x"))
	id := w.by("1").ID
	w.must(w.Disconnect(ctx, mara, w.list))
	_, err := w.set("1", nameField, "Local")
	w.must(err)
	w.reopen()
	_, err = w.Connect(ctx, mara, w.list, "scim", "no")
	w.must(err)
	w.replace(a.ID, user("user", "ada", "no", "1", "ext", "x", "name", "Ada"))
	if p := w.by("1"); p.ID != id || p.Values.Get(nameField) != "Ada" || w.standing().Active != 1 {
		t.Errorf("she is %+v", p)
	}
}

// Edited while the list was disconnected, people are as the source says again
// once it has said it again, whether or not that is news to their resources.
func TestSayingItAgainAfterReconnecting(t *testing.T) {
	w := pushWorld(t)
	ada, bo := user("user", "ada", "no", "1", "name", "Ada"), user("user", "bo", "no", "2")
	a, b := w.create(ada), w.create(bo)
	w.must(w.Disconnect(ctx, mara, w.list))
	if _, err := w.ReplaceResource(ctx, okta, w.list, core.UserResource, a.ID, 1, ada); !errors.Is(err, core.ErrNoPushes) {
		t.Errorf("a disconnected list: %v", err)
	}
	_, err := w.set("1", nameField, "Local")
	w.must(err)
	w.setStatus(roster.Inactive, "2")
	_, err = w.Connect(ctx, mara, w.list, "scim", "no")
	w.must(err)
	for _, c := range []struct {
		id    string
		said  core.Said
		apart bool
	}{{a.ID, ada, true}, {b.ID, bo, true}, {a.ID, ada, false}, {b.ID, bo, false}} {
		if got := w.apart(c.id); got != c.apart {
			t.Errorf("%s is apart: %v", c.said.Name, got)
		}
		was := w.resource(c.id)
		if r := w.replace(c.id, c.said); r.Revision != was.Revision || (r.Seq != 0) != c.apart || !r.Modified.Equal(was.Modified) {
			t.Errorf("%s said again: %+v, was %+v", c.said.Name, r, was)
		}
	}
	if p := w.by("1"); p.Values.Get(nameField) != "Ada" || w.by("2").Status != roster.Active {
		t.Errorf("they are %+v and %+v", p, w.by("2"))
	}
}

// What was decided against the source is no reason to follow it again.
func TestSayingItAgainAfterADecision(t *testing.T) {
	w := pushWorld(t)
	said := user("user", "ada", "no", "1", "name", "Ada")
	a := w.create(user("user", "ada", "no", "1", "name", "Old"))
	r := w.replace(a.ID, said)
	all, err := w.Overview(ctx, w.list, 1)
	w.must(err)
	w.rollback(all[0].ID)
	if w.by("1").Values.Get(nameField) != "Old" || w.apart(a.ID) {
		t.Fatalf("taken back, she is %+v", w.by("1"))
	}
	if again := w.replace(a.ID, said); again.Seq != 0 || again.Revision != r.Revision || w.by("1").Values.Get(nameField) != "Old" {
		t.Errorf("said again: %+v, she is %+v", again, w.by("1"))
	}
	w.setStatus(roster.Inactive, "1")
	if w.apart(a.ID) {
		t.Error("a pin is no reason")
	}
}

func (w *world) apart(id string) (apart bool) {
	w.t.Helper()
	w.must(w.ViewResources(ctx, w.list, func(r core.ResourceReader) (err error) {
		apart, err = r.Apart(id)
		return err
	}))
	return apart
}

// What the source last said of somebody is the resource.
func TestRecordsOfWhatWasPushed(t *testing.T) {
	w := pushWorld(t)
	w.create(user("user", "ada", "no", "1", "name", "Ada", "ext", "x"))
	kept, err := w.Record(ctx, w.list, roster.Link{Connection: "scim", Anchor: "x"})
	w.must(err)
	said := make(map[string]string)
	for _, s := range kept.Said {
		said[s.Attribute] = s.Cell.Text
	}
	if said["name"] != "Ada" || said["user"] != "ada" || kept.Gone {
		t.Errorf("kept is %+v", kept)
	}
	why, err := w.Why(ctx, w.list, w.by("1").ID, nameField)
	w.must(err)
	if !why.Read.Kept || why.Read.Said.Text != "Ada" || why.Scope.Anchor != "x" || why.Match.Linked == nil {
		t.Errorf("why: %+v", why.Read)
	}
	if _, err := w.Record(ctx, w.list, roster.Link{Connection: "scim", Anchor: "y"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody's anchor gives %v", err)
	}
}

// A deleted user whose externalId a live one has got since is nobody's past.
func TestATombstoneIsNotTwoPeople(t *testing.T) {
	w := pushWorld(t)
	a, b := w.create(user("user", "ada", "no", "1", "ext", "y")), w.create(user("user", "bo", "no", "2", "ext", "x"))
	all, err := w.Overview(ctx, w.list, 10)
	w.must(err)
	w.rollback(all[1].ID) // Ada was never here
	w.remove(a.ID)
	w.replace(b.ID, user("user", "bo", "no", "2", "ext", "y"))
	c := w.create(user("user", "cy", "no", "3", "ext", "y"))
	if w.by("2").ID == w.by("3").ID || w.resource(c.ID).Problem != "" || w.standing().Active != 2 {
		t.Errorf("there are %+v, and %q", w.standing(), w.problems())
	}
}
