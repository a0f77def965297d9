package core_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/key"
	"muster/core/roster"
	"muster/core/session"
)

// A use case that takes an actor: the least role that may, and whether it is the
// scheduler's and a token's as well.
type useCase struct {
	least     core.Role
	scheduler bool
	bearer    bool
	do        func(a core.Actor) error
}

// useCases are all that take an actor, by name. Each is done to something that is
// there, so that only the permission can deny it.
func (w *world) useCases() map[string]useCase {
	other := w.makeList("other", true)
	edit := w.pending()
	sync := func() *core.Draft { return w.planSync(false, at("at-1", "1", "Ann", "ann@example.org")) }
	imported := func() *core.Draft { return w.planImport(false, row("1", "Anne", "")) }
	s, err := w.CreateSession(ctx, mara, core.NewSession{List: w.list, Name: "photos"})
	w.must(err)
	ann := w.by("1").ID
	result := func(_ any, err error) error { return err }
	results := func(_, _ any, err error) error { return err }
	pushes := func(a core.Actor) core.Pusher { return core.Pusher{Actor: a} }
	editor, manager, owner := core.Editor, core.Manager, core.Owner
	people := func(least core.Role, do func(a core.Actor) error) useCase { return useCase{least: least, do: do} }
	return map[string]useCase{
		"Apply":          people(editor, func(a core.Actor) error { return result(w.Apply(ctx, a, edit, core.How{})) }),
		"ApplyDraft":     people(editor, func(a core.Actor) error { return result(w.ApplyDraft(ctx, a, imported(), core.How{})) }),
		"Submit":         people(editor, func(a core.Actor) error { return results(w.Submit(ctx, a, imported())) }),
		"Propose":        people(editor, func(a core.Actor) error { return result(w.Propose(ctx, a, imported())) }),
		"Submit a sync":  {least: editor, scheduler: true, do: func(a core.Actor) error { return results(w.Submit(ctx, a, sync())) }},
		"Reject":         people(editor, func(a core.Actor) error { return result(w.Reject(ctx, a, edit)) }),
		"Decide":         people(editor, func(a core.Actor) error { return result(w.Decide(ctx, a, edit, nil, nil)) }),
		"UndoDecision":   people(editor, func(a core.Actor) error { return results(w.UndoDecision(ctx, a, edit, nil)) }),
		"RedoDecision":   people(editor, func(a core.Actor) error { return results(w.RedoDecision(ctx, a, edit, nil)) }),
		"Dismiss":        people(editor, func(a core.Actor) error { return result(w.Dismiss(ctx, a, w.list, []roster.PersonID{ann})) }),
		"Readmit":        people(editor, func(a core.Actor) error { return result(w.Readmit(ctx, a, w.list, []roster.PersonID{ann})) }),
		"SetFields":      people(editor, func(a core.Actor) error { return result(w.SetFields(ctx, a, w.list, ann, nil)) }),
		"AddPerson":      people(editor, func(a core.Actor) error { return results(w.AddPerson(ctx, a, w.list, nil)) }),
		"Unpin":          people(editor, func(a core.Actor) error { return w.Unpin(ctx, a, w.list, changeset.Pin{}) }),
		"Undoable":       people(editor, func(a core.Actor) error { return results(w.Undoable(ctx, a, w.list)) }),
		"Redoable":       people(editor, func(a core.Actor) error { return results(w.Redoable(ctx, a, w.list)) }),
		"CreateSession":  people(editor, func(a core.Actor) error { return result(w.CreateSession(ctx, a, core.NewSession{List: w.list})) }),
		"EditSession":    people(editor, func(a core.Actor) error { return result(w.EditSession(ctx, a, s.ID, ann, nil)) }),
		"AddToSession":   people(editor, func(a core.Actor) error { return result(w.AddToSession(ctx, a, s.ID, nil)) }),
		"Push":           people(editor, func(a core.Actor) error { return results(w.Push(ctx, a, s.ID, false)) }),
		"ForgetDecision": people(editor, func(a core.Actor) error { return w.ForgetDecision(ctx, a, w.list, 9) }),
		"RememberDecision": people(editor, func(a core.Actor) error {
			return w.RememberDecision(ctx, a, w.list, core.Remembered{Field: noField})
		}),
		"SetSessionStatus": people(editor, func(a core.Actor) error { return result(w.SetSessionStatus(ctx, a, s.ID, session.Active)) }),
		"SettleProblems":   {least: editor, scheduler: true, do: func(a core.Actor) error { return result(w.SettleProblems(ctx, a, w.list)) }},

		"Preference": people(core.Viewer, func(a core.Actor) error { return result(w.Preference(ctx, a, w.list, "roster")) }),
		"Prefer":     people(core.Viewer, func(a core.Actor) error { return w.Prefer(ctx, a, w.list, "roster", nil) }),

		"Sync":     {least: editor, scheduler: true, do: func(a core.Actor) error { return result(w.Sync(ctx, a, w.list, core.SyncHow{})) }},
		"PlanSync": {least: editor, scheduler: true, do: func(a core.Actor) error { return results(w.PlanSync(ctx, a, w.list, core.SyncHow{})) }},
		"BeginSync": {least: editor, scheduler: true, do: func(a core.Actor) error {
			_, work, err := w.BeginSync(ctx, a, w.list, core.SyncHow{})
			if err == nil {
				work()
			}
			return err
		}},
		"StopSync": {least: editor, scheduler: true, do: func(a core.Actor) error { return w.StopSync(a, w.list) }},

		"Join":         people(manager, func(a core.Actor) error { return result(w.Join(ctx, a, other, core.Joining{Kind: "none"})) }),
		"DialAnew":     people(manager, func(a core.Actor) error { return result(w.DialAnew(a, other, "none", core.ConnectAnswers{}, nil)) }),
		"Connect":      people(manager, func(a core.Actor) error { return result(w.Connect(ctx, a, other, "scim", "no")) }),
		"Disconnect":   people(manager, func(a core.Actor) error { return w.Disconnect(ctx, a, other) }),
		"NewToken":     people(manager, func(a core.Actor) error { return results(w.NewToken(ctx, a, w.list, "", w.now.Add(-time.Hour))) }),
		"RevokeToken":  people(manager, func(a core.Actor) error { return w.RevokeToken(ctx, a, w.list, "none") }),
		"CreateList":   people(manager, func(a core.Actor) error { return result(w.CreateList(ctx, a, roster.List{Slug: "staff"})) }),
		"PreferForAll": people(manager, func(a core.Actor) error { return w.PreferForAll(ctx, a, w.list, "roster", nil) }),
		"AddOutlet":    people(manager, func(a core.Actor) error { return results(w.AddOutlet(ctx, a, w.list, roster.Outlet{})) }),
		"ChangeOutlet": people(manager, func(a core.Actor) error { return result(w.ChangeOutlet(ctx, a, w.list, 9, nil)) }),
		"RemoveOutlet": people(manager, func(a core.Actor) error { return w.RemoveOutlet(ctx, a, w.list, 9) }),
		"ChangeList": people(manager, func(a core.Actor) error {
			return w.ChangeList(ctx, a, w.list, func(*roster.List) error { return nil })
		}),

		"PutSetting":          people(owner, func(a core.Actor) error { return w.PutSetting(ctx, a, "none", "") }),
		"AtRest":              {least: owner, scheduler: true, do: func(a core.Actor) error { return w.AtRest(ctx, a, func() error { return nil }) }},
		"BackupNotes":         {least: owner, scheduler: true, do: func(a core.Actor) error { return result(w.BackupNotes(ctx, a)) }},
		"NoteBackup":          {least: owner, scheduler: true, do: func(a core.Actor) error { return w.NoteBackup(ctx, a, core.BackupNote{Name: "x"}) }},
		"Administrators":      people(owner, func(a core.Actor) error { return result(w.Administrators(ctx, a)) }),
		"AddAdministrator":    people(owner, func(a core.Actor) error { return result(w.AddAdministrator(ctx, a, core.Administrator{Name: "new"})) }),
		"ChangeAdministrator": people(owner, func(a core.Actor) error { return result(w.ChangeAdministrator(ctx, a, "none", nil)) }),
		"RemoveAdministrator": people(owner, func(a core.Actor) error { return w.RemoveAdministrator(ctx, a, "none") }),

		"CreateResource": {bearer: true, do: func(a core.Actor) error {
			return result(w.CreateResource(ctx, pushes(a), w.list, core.UserResource, user("user", "x")))
		}},
		"ReplaceResource": {bearer: true, do: func(a core.Actor) error {
			return result(w.ReplaceResource(ctx, pushes(a), w.list, core.UserResource, "none", 0, user("user", "x")))
		}},
		"DeleteResource": {bearer: true, do: func(a core.Actor) error {
			return result(w.DeleteResource(ctx, pushes(a), w.list, core.UserResource, "none", 0))
		}},
	}
}

// askOnly take an actor to tell of it, and do nothing but keep when they came.
var askOnly = []string{"As", "May", "Role", "Still", "SeeAdministrator"}

// pending has somebody's import wait.
func (w *world) pending() changeset.ID {
	w.t.Helper()
	head, err := w.Propose(ctx, mara, w.planImport(false, row("1", "Anna", "")))
	w.must(err)
	return head.ID
}

// staffed has administrators of every role, by the fingerprint of their keys.
func (w *world) staffed(list roster.ListID) map[core.Role]core.Actor {
	w.t.Helper()
	all := make(map[core.Role]core.Actor)
	for _, role := range core.Roles() {
		a := core.Administrator{Name: "the-" + string(role), Role: role, Keys: []key.Key{{Fingerprint: "SHA256:" + string(role)}}}
		if list != 0 && role != core.Owner {
			a.Role, a.Lists = core.NoRole, map[roster.ListID]core.Role{list: role}
		}
		_, err := w.AddAdministrator(ctx, mara, a)
		w.must(err)
		actor, ok := w.Administrator("SHA256:" + string(role))
		if !ok {
			w.t.Fatalf("the %s is not known by the key", role)
		}
		all[role] = actor
	}
	return all
}

// TestEveryUseCaseAsksWhoMay goes through every use case that takes an actor, for
// every kind of actor and every role.
func TestEveryUseCaseAsksWhoMay(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planImport(false, row("1", "Ann", "")))
	actors := w.staffed(0)
	token := core.Token{Prefix: "sct_other1", List: w.list}
	elsewhere := core.Token{Prefix: "sct_other2", List: w.list + 1}
	cases := w.useCases()
	takers := takeActor()
	for name := range takers {
		if _, ok := cases[name]; !ok {
			t.Errorf("%s takes an actor, and nothing here says who may", name)
		}
	}
	for name, c := range cases {
		if first, _, _ := strings.Cut(name, " "); !takers[first] {
			t.Errorf("%s takes no actor any more", name)
		}
		check := func(who string, a core.Actor, may bool) {
			t.Helper()
			err := c.do(a)
			if fault.Is(err, fault.Denied) == may {
				t.Errorf("%s: %s: %v", name, who, err)
			}
			if !may && c.least != "" && actors[core.Viewer] == a && !strings.Contains(fault.Sentence(err), "it takes a"+map[bool]string{true: "n"}[c.least != core.Manager]+" "+string(c.least)+" ") {
				t.Errorf("%s: the sentence names no role that may: %s", name, fault.Sentence(err))
			}
		}
		check("nobody", core.Actor{}, false)
		check("a name alone", core.Actor{Name: "mara"}, false)
		may := false
		for _, role := range core.Roles() {
			may = may || role == c.least
			check("the "+string(role), actors[role], may)
		}
		check("the scheduler", core.Scheduler(), c.scheduler)
		check("a token", token.Actor(), c.bearer)
		check("a token of another list", elsewhere.Actor(), false)
		check("a local user", mara, !c.bearer)
	}
}

// takeActor are the methods of the engine that take an Actor or a Pusher.
func takeActor() map[string]bool {
	takers := make(map[string]bool)
	for m := range reflect.TypeFor[*core.Engine]().Methods() {
		for in := 1; in < m.Type.NumIn(); in++ {
			if p := m.Type.In(in); p == reflect.TypeFor[core.Actor]() || p == reflect.TypeFor[core.Pusher]() {
				takers[m.Name] = true
			}
		}
	}
	for _, name := range askOnly {
		delete(takers, name)
	}
	return takers
}

// A role may be of one list: the others are not there, and what is of the whole
// store is not theirs.
func TestARoleInOneList(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("1", "Ann", "")))
	hidden := w.makeList("hidden", false)
	staff := w.list
	w.list = hidden
	other, err := w.Propose(ctx, mara, w.planImport(false, row("7", "Zoe", "")))
	w.must(err)
	w.list = staff
	w.pending()
	kept, err := w.CreateSession(ctx, mara, core.NewSession{List: w.list, Name: "photos"})
	w.must(err)
	manager := w.staffed(w.list)[core.Manager]
	seen := w.As(manager)

	lists, err := seen.Lists(ctx)
	if w.must(err); len(lists) != 1 || lists[0].Slug != "staff" {
		t.Errorf("a manager of staff sees %v", lists)
	}
	for what, err := range map[string]error{
		"list":      second(seen.List(ctx, "hidden")),
		"changeset": second(seen.Changeset(ctx, other.ID)),
		"load":      second(seen.Load(ctx, other.ID, nil)),
		"index":     second(seen.Index(ctx, hidden, nil)),
		"people":    seen.EachPerson(ctx, hidden, func(*roster.Person) error { return nil }),
		"make":      second(w.CreateList(ctx, manager, roster.List{Slug: "mine"})),
		"change":    w.ChangeList(ctx, manager, hidden, func(*roster.List) error { return nil }),
		"apply":     second(w.Apply(ctx, manager, other.ID, core.How{})),
	} {
		if !fault.Is(err, fault.Denied) {
			t.Errorf("%s of a list of no concern: %v", what, err)
		}
	}
	if waiting, err := seen.Overview(ctx, 0, 10); err != nil || len(waiting) != 2 || waiting[0].List != w.list || waiting[1].List != w.list {
		t.Errorf("the changesets are %v (%v)", waiting, err)
	}
	if s, err := seen.Session(ctx, kept.ID); err != nil || s.Name != "photos" {
		t.Errorf("the session is %v (%v)", s, err)
	}
	w.must(w.ChangeList(ctx, manager, w.list, func(l *roster.List) error { l.Name = "Everybody"; return nil }))
}

func second[T any](_ T, err error) error { return err }

// Whoever is removed, or whose role changes, may do so at once.
func TestAdministratorsChange(t *testing.T) {
	w := newTestWorld(t, false)
	kim := core.Administrator{Name: "kim", Role: core.Editor, Keys: []key.Key{{Fingerprint: "SHA256:a"}, {Fingerprint: "SHA256:b"}}}
	_, err := w.AddAdministrator(ctx, mara, kim)
	w.must(err)
	a, _ := w.Administrator("SHA256:a")
	b, _ := w.Administrator("SHA256:b")
	w.reopen()
	may := func(who core.Actor, p core.Permission) bool { return w.May(who, w.list, p) == nil }
	if !may(a, core.EditPeople) || !may(b, core.EditPeople) || may(a, core.SetLists) {
		t.Error("an editor may not do what editors may")
	}
	change := func(fn func(*core.Administrator)) {
		t.Helper()
		_, err := w.ChangeAdministrator(ctx, mara, "kim", func(a *core.Administrator) error { fn(a); return nil })
		w.must(err)
	}
	change(func(a *core.Administrator) {
		a.Keys, a.Lists = a.Keys[:1], map[roster.ListID]core.Role{w.list: core.Viewer}
	})
	if may(a, core.EditPeople) || !w.Still(a) || w.Still(b) || w.Role(a, 0) != core.Editor || w.Role(a, w.list) != core.Viewer || w.Role(b, 0) != core.NoRole {
		t.Error("a role in a list, or the loss of a key, changes nothing")
	}
	for name, bad := range map[string]core.Administrator{
		"a name that is taken":  {Name: "KIM", Role: core.Viewer, Keys: []key.Key{{Fingerprint: "SHA256:c"}}},
		"a key that is taken":   {Name: "lee", Role: core.Viewer, Keys: kim.Keys[:1]},
		"no key":                {Name: "lee", Role: core.Viewer},
		"no role":               {Name: "lee", Keys: []key.Key{{Fingerprint: "SHA256:c"}}},
		"an unknown role":       {Name: "lee", Role: "king", Keys: []key.Key{{Fingerprint: "SHA256:c"}}},
		"an owner of a list":    {Name: "lee", Lists: map[roster.ListID]core.Role{w.list: core.Owner}, Keys: []key.Key{{Fingerprint: "SHA256:c"}}},
		"a list there is not":   {Name: "lee", Lists: map[roster.ListID]core.Role{99: core.Viewer}, Keys: []key.Key{{Fingerprint: "SHA256:c"}}},
		"a name like a token's": {Name: "sct_abcdef", Role: core.Viewer, Keys: []key.Key{{Fingerprint: "SHA256:c"}}},
		"the scheduler's name":  {Name: "scheduler", Role: core.Viewer, Keys: []key.Key{{Fingerprint: "SHA256:c"}}},
		"a name with a blank":   {Name: "l e e", Role: core.Viewer, Keys: []key.Key{{Fingerprint: "SHA256:c"}}},
	} {
		if _, err := w.AddAdministrator(ctx, mara, bad); err == nil || fault.Is(err, fault.Denied) || fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.must(w.RemoveAdministrator(ctx, mara, "kim"))
	if _, ok := w.Administrator("SHA256:a"); ok || w.Still(a) || may(a, core.Look) {
		t.Error("who was removed may still do something")
	}
	if all, err := w.Administrators(ctx, mara); err != nil || len(all) != 0 {
		t.Errorf("there are %v (%v)", all, err)
	}
}

// When an administrator last came in, and with which key, is kept; of others
// nothing is, nor of those who were removed meanwhile.
func TestAdministratorsAreSeen(t *testing.T) {
	w := newTestWorld(t, false)
	_, err := w.AddAdministrator(ctx, mara, core.Administrator{Name: "kim", Role: core.Editor, Keys: []key.Key{{Fingerprint: "SHA256:a"}, {Fingerprint: "SHA256:b"}}})
	w.must(err)
	a, _ := w.Administrator("SHA256:a")
	kim := func() core.Administrator {
		t.Helper()
		w.reopen()
		all, err := w.Administrators(ctx, mara)
		w.must(err)
		if len(all) != 1 {
			t.Fatalf("there are %v", all)
		}
		return all[0]
	}
	if never := kim(); !never.LastSeen().IsZero() {
		t.Errorf("before they came they were seen %v", never.Seen)
	}
	first := w.now.Truncate(time.Minute)
	minute := func(at time.Time) time.Time { return at.Truncate(time.Minute) } // the clock ticks when it is asked
	w.must(w.SeeAdministrator(ctx, a))
	w.now = first.Add(time.Minute)
	w.must(w.SeeAdministrator(ctx, a)) // too soon to be worth a write
	w.must(w.SeeAdministrator(ctx, mara))
	if once := kim(); !minute(once.LastSeen()).Equal(first) || len(once.Seen) != 1 {
		t.Errorf("they were seen %v, and came at %v", once.Seen, first)
	}
	w.now = first.Add(time.Hour)
	b, _ := w.Administrator("SHA256:b")
	w.must(w.SeeAdministrator(ctx, b))
	if twice := kim(); !minute(twice.LastSeen()).Equal(first.Add(time.Hour)) || !minute(twice.Seen["SHA256:a"]).Equal(first) || w.Role(a, 0) != core.Editor {
		t.Errorf("they were seen %v", twice.Seen)
	}
	w.must(w.RemoveAdministrator(ctx, mara, "kim"))
	w.now = w.now.Add(time.Hour)
	w.must(w.SeeAdministrator(ctx, b))
	if all, err := w.Administrators(ctx, mara); err != nil || len(all) != 0 {
		t.Errorf("who was removed is back: %v (%v)", all, err)
	}
}

// What changes the list itself takes more than what changes its people.
func TestAChangeOfTheListTakesAManager(t *testing.T) {
	w := newPushWorld(t, t.TempDir())
	defer func() { w.close() }()
	actors := w.staffed(0)
	w.must(w.Disconnect(ctx, mara, w.list))
	all, err := w.Changesets(ctx, 1, nil)
	w.must(err)
	for _, role := range []core.Role{core.Editor, core.Manager} {
		d, err := w.Rollback(ctx, all[0].ID)
		w.must(err)
		if _, err := w.ApplyDraft(ctx, actors[role], d, core.How{}); fault.Is(err, fault.Denied) != (role == core.Editor) {
			t.Errorf("connecting again by a rollback, as %s: %v", role, err)
		}
	}
}
