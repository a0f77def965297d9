package core_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// pushModel is what a provider believes: plain resources. Of each it is known
// whether anybody here has had a say since it was written last.
type pushModel struct {
	*world
	t       *rapid.T
	users   map[string]*believed
	groups  map[string]map[string]bool // members by group
	names   map[string]string          // of groups
	people  int
	waiting bool // pushes are approved by hand
	off     bool // the list is disconnected
}

type believed struct {
	said    map[string]string
	touched bool
}

// TestPushesDoWhatTheModelDoes: any sequence of writes, with people interfering,
// leaves the resources as the provider believes them, and the roster consistent
// with them.
func TestPushesDoWhatTheModelDoes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp("", "pushes") //nolint:usetesting // a folder a run, gone with it
		if err != nil {
			rt.Fatal(err)
		}
		w := newPushWorld(rt, dir)
		defer func() {
			w.close()
			if err := os.RemoveAll(dir); err != nil {
				rt.Error(err)
			}
		}()
		m := &pushModel{world: w, t: rt, users: make(map[string]*believed), groups: make(map[string]map[string]bool), names: make(map[string]string)}
		w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
			l.Limits = roster.Limits{Deactivations: 3}
			l.Mappings = append(l.Mappings, l.Mappings[1])
			last := &l.Mappings[len(l.Mappings)-1]
			last.Attribute, last.Field = core.GroupsAttribute, "room"
			return nil
		}))
		rt.Repeat(map[string]func(*rapid.T){
			"create": m.create, "replace": m.replace, "delete": m.delete, "group": m.group, "members": m.members, "ungroup": m.ungroup,
			"edit": m.edit, "reactivate": m.reactivate, "rollback": m.rollback, "approval": m.approval, "decide": m.decide,
			"settle": m.settle, "reconnect": m.reconnect, "reopen": func(*rapid.T) { m.world.reopen() }, "": m.check,
		})
	})
}

func (m *pushModel) draw(t *rapid.T) (map[string]string, core.Said) {
	said := make(map[string]string)
	set := func(key string, from ...string) {
		if text := rapid.SampledFrom(from).Draw(t, key); text != "" {
			said[key] = text
		}
	}
	set("user", "ada", "bo", "cy", "di", "ed")
	set("no", "", "1", "2", "3", "4")
	set("ext", "", "x", "y", "z")
	set("name", "", "A", "B")
	set("dept", "", "Art", "Law", "Physics")
	set("active", "", "", "no")
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(said)) {
		pairs = append(pairs, key, said[key])
	}
	return said, user(pairs...)
}

func (m *pushModel) taken(name, but string) bool {
	for id, b := range m.users {
		if id != but && b.said["user"] == name {
			return true
		}
	}
	return false
}

// pick returns one of the users, empty when there is none.
func (m *pushModel) pick(t *rapid.T) string {
	if len(m.users) == 0 {
		return ""
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(m.users))).Draw(t, "who")
}

// expect holds an error against what the model says.
func (m *pushModel) expect(err error, taken bool) bool {
	switch {
	case m.off:
		if !fault.Is(err, fault.Conflict) {
			m.t.Fatalf("a list that is disconnected gives %v", err)
		}
		return false
	case taken:
		if !errors.Is(err, core.ErrResourceTaken) {
			m.t.Fatalf("a name that is taken gives %v", err)
		}
		return false
	}
	m.must(err)
	return true
}

func (m *pushModel) create(t *rapid.T) {
	said, draft := m.draw(t)
	r, err := m.CreateResource(ctx, okta, m.list, core.UserResource, draft)
	if m.expect(err, m.taken(said["user"], "")) {
		m.users[r.ID] = &believed{said: said}
	}
}

func (m *pushModel) replace(t *rapid.T) {
	id := m.pick(t)
	if id == "" {
		return
	}
	said, draft := m.draw(t)
	r, err := m.ReplaceResource(ctx, okta, m.list, core.UserResource, id, m.resource(id).Revision, draft)
	if !m.expect(err, m.taken(said["user"], id)) {
		return
	}
	if b := m.users[id]; !maps.Equal(b.said, said) {
		m.users[r.ID] = &believed{said: said}
	}
}

func (m *pushModel) delete(t *rapid.T) {
	id := m.pick(t)
	if id == "" {
		return
	}
	_, err := m.DeleteResource(ctx, okta, m.list, core.UserResource, id, 0)
	if !m.expect(err, false) {
		return
	}
	delete(m.users, id)
	for _, members := range m.groups {
		delete(members, id)
	}
	if _, err := m.DeleteResource(ctx, okta, m.list, core.UserResource, id, 0); !errors.Is(err, core.ErrResourceNotFound) {
		m.t.Fatalf("deleted twice: %v", err)
	}
}

func (m *pushModel) group(t *rapid.T) {
	name := rapid.SampledFrom([]string{"red", "green"}).Draw(t, "name")
	_, taken := m.groupOf(name)
	r, err := m.CreateResource(ctx, okta, m.list, core.GroupResource, group(name, nil))
	if m.expect(err, taken) {
		m.groups[r.ID], m.names[r.ID] = make(map[string]bool), name
	}
}

func (m *pushModel) groupOf(name string) (string, bool) {
	for id, n := range m.names {
		if n == name {
			return id, true
		}
	}
	return "", false
}

func (m *pushModel) members(t *rapid.T) {
	id, who := "", m.pick(t)
	if len(m.groups) > 0 {
		id = rapid.SampledFrom(slices.Sorted(maps.Keys(m.groups))).Draw(t, "group")
	}
	if id == "" || who == "" {
		return
	}
	said := group(m.names[id], nil)
	if m.groups[id][who] {
		said.Remove = []string{who}
	} else {
		said.Put = []core.GroupMember{{ID: who}}
	}
	var was core.Resource
	m.must(m.ViewResources(ctx, m.list, func(r core.ResourceReader) (err error) { was, err = r.Get(core.GroupResource, id); return err }))
	_, err := m.ReplaceResource(ctx, okta, m.list, core.GroupResource, id, was.Revision, said)
	if m.expect(err, false) {
		if m.groups[id][who] = !m.groups[id][who]; !m.groups[id][who] {
			delete(m.groups[id], who)
		}
	}
}

func (m *pushModel) ungroup(t *rapid.T) {
	if len(m.groups) == 0 {
		return
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(m.groups))).Draw(t, "group")
	_, err := m.DeleteResource(ctx, okta, m.list, core.GroupResource, id, 0)
	if m.expect(err, false) {
		delete(m.groups, id)
		delete(m.names, id)
	}
}

// touch notes that somebody here had a say about everybody.
func (m *pushModel) touch() {
	for _, b := range m.users {
		b.touched = true
	}
}

func (m *pushModel) edit(t *rapid.T) {
	no := rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(t, "no")
	if p, err := m.PersonByUID(ctx, m.list, no); err == nil {
		f := rapid.SampledFrom([]roster.FieldID{noField, nameField, mailField}).Draw(t, "field")
		value := map[roster.FieldID]string{noField: "9" + no, nameField: "Local", mailField: "l@x.example"}[f]
		_, err := m.SetFields(ctx, mara, m.list, p.ID, []changeset.Change{{Field: f, Base: p.Values.Get(f), Proposed: value}})
		_, linked := p.LinkTo("scim")
		if linked && !m.off && !fault.Is(err, fault.Locked) {
			m.t.Fatalf("an owned field is edited: %v", err)
		}
		m.touch()
	}
}

func (m *pushModel) reactivate(t *rapid.T) {
	no := rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(t, "no")
	if p, err := m.PersonByUID(ctx, m.list, no); err == nil && p.Status == roster.Inactive {
		m.setStatus(roster.Active, no)
		m.touch()
	}
}

func (m *pushModel) rollback(t *rapid.T) {
	all, err := m.Changesets(ctx, 20, func(c *changeset.Changeset) bool {
		return c.Done() && c.Settings == nil && c.UndoneBy == 0 && c.Undoes == 0
	})
	m.must(err)
	if len(all) == 0 {
		return
	}
	d, err := m.Rollback(ctx, rapid.SampledFrom(all).Draw(t, "changeset").ID)
	if err == nil {
		_, err = m.ApplyDraft(ctx, mara, d, core.How{LeaveConflicts: true})
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		m.must(err)
	}
	m.touch()
}

func (m *pushModel) approval(*rapid.T) {
	m.waiting = !m.waiting
	m.must(m.ChangeList(ctx, mara, m.list, func(l *roster.List) error {
		l.Approval.SCIM = roster.AtOnce
		if m.waiting {
			l.Approval.SCIM = roster.Wait
		}
		return nil
	}))
	m.touch()
}

func (m *pushModel) decide(t *rapid.T) {
	for _, d := range m.world.waiting() {
		if rapid.Bool().Draw(t, "apply") {
			_, err := m.Apply(ctx, mara, d.Head.ID, core.How{LeaveConflicts: true})
			m.must(err)
		} else {
			_, err := m.Reject(ctx, mara, d.Head.ID)
			m.must(err)
		}
	}
	m.touch()
}

func (m *pushModel) settle(*rapid.T) {
	_, err := m.SettleProblems(ctx, mara, m.list)
	m.must(err)
}

func (m *pushModel) reconnect(*rapid.T) {
	if m.off {
		m.must(m.ChangeList(ctx, mara, m.list, func(l *roster.List) error {
			l.Connection = roster.Connection{ID: "scim", Kind: "scim"}
			return nil
		}))
	} else {
		m.must(m.Disconnect(ctx, mara, m.list))
	}
	m.off = !m.off
	m.touch()
}

func (m *pushModel) check(*rapid.T) {
	m.sound()
	held := make(map[roster.PersonID]bool)
	waits := m.world.waiting()
	if len(waits) > 1 {
		m.t.Fatalf("%d changesets wait", len(waits))
	}
	for _, d := range waits {
		for _, it := range d.Items {
			held[it.Person] = true
		}
	}
	people := 0
	m.must(m.EachPerson(ctx, m.list, func(*roster.Person) error { people++; return nil }))
	s := m.standing()
	if people = s.Active + s.Inactive + s.Withdrawn; people < m.people {
		m.t.Fatalf("of %d people %d are left", m.people, people)
	}
	m.people = people
	persons := make(map[roster.PersonID]string)
	m.must(m.ViewResources(ctx, m.list, func(r core.ResourceReader) error {
		if n, err := r.Count(core.UserResource); err != nil || n != len(m.users) {
			return fmt.Errorf("%d users are counted of %d, %w", n, len(m.users), err)
		}
		for id, b := range m.users {
			if err := m.compare(r, id, b, held, persons); err != nil {
				return err
			}
		}
		for id, members := range m.groups {
			n := 0
			for member, err := range r.Members(id) {
				if n++; err != nil || !members[member.ID] {
					return fmt.Errorf("%s is a member of %s, %w", member.ID, id, err)
				}
			}
			if n != len(members) {
				return fmt.Errorf("%s has %d members of %d", id, n, len(members))
			}
		}
		return nil
	}))
}

func (m *pushModel) compare(r core.ResourceReader, id string, b *believed, held map[roster.PersonID]bool, persons map[roster.PersonID]string) error {
	got, err := r.Get(core.UserResource, id)
	if err != nil {
		return err
	}
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(b.said)) {
		pairs = append(pairs, key, b.said[key])
	}
	if want := user(pairs...).JSON; got.JSON != want || got.Active != (b.said["active"] != "no") {
		return fmt.Errorf("%s is %s and should be %s", id, got.JSON, want)
	}
	same, err := r.Find(core.UserResource, core.ByUserName, b.said["user"])
	if err != nil || len(same) != 1 || same[0].ID != id {
		return fmt.Errorf("%s finds %+v, %w", b.said["user"], same, err)
	}
	person, ok := r.Person(&got)
	if other, twice := persons[person]; ok && twice {
		return fmt.Errorf("%s and %s are one person", id, other)
	}
	if persons[person] = id; b.touched || m.waiting || held[person] {
		return nil
	}
	if !ok {
		if got.Problem == "" && len(held) == 0 {
			return fmt.Errorf("%s has neither person nor problem", id)
		}
		return nil
	}
	p, err := m.Person(ctx, m.list, person)
	if err != nil || got.Problem != "" {
		return err
	}
	for f, key := range map[roster.FieldID]string{noField: "no", nameField: "name", deptField: "dept"} {
		declined := slices.ContainsFunc(m.pins(), func(pin changeset.Pin) bool {
			return pin.Person == p.ID && pin.Field == f && pin.Declined == b.said[key]
		})
		if p.Values.Get(f) != b.said[key] && !declined {
			return fmt.Errorf("%s says %s is %q, and %s has %q", id, key, b.said[key], p.ID, p.Values.Get(f))
		}
	}
	if (p.Status == roster.Active) != got.Active {
		return fmt.Errorf("%s is active: %t, and %s is %s", id, got.Active, p.ID, p.Status)
	}
	return nil
}
