package core_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
)

// sessionMachine edits sessions at random while the list goes on, and holds
// what a push proposes, and what applying it does, against plain maps.
type sessionMachine struct {
	*world
	sessions map[session.ID]map[roster.PersonID]*copyOf
	applied  []changeset.ID
	added    int
	said     []said // the last words of the source, if there is one
}

// copyOf is the plain model of a session's copy of a person.
type copyOf struct {
	added, created bool // created once it is, or was, in the list
	fields         map[roster.FieldID]*cellOf
}

// cellOf is one field of it.
type cellOf struct {
	text, snapshot string
	base           string       // what the list is expected to have
	fresh, sent    bool         // not proposed yet; ever proposed
	in             changeset.ID // where the last proposal waits, if it does
	first          *string      // what the list had once the rest of that was applied
}

// settle ends the waiting of a proposal: after is what the list has now, if
// that is known.
func (c *cellOf) settle(after *string) {
	if after == nil {
		after = c.first
	}
	if after != nil {
		c.base = *after
	}
	c.in, c.first = 0, nil
}

// everybody are all that the list ever had.
type everybody map[roster.PersonID]roster.Person

func (p everybody) get(id roster.PersonID, f roster.FieldID) string { return p[id].Values.Get(f) }

func (p everybody) has(id roster.PersonID) bool {
	who, ok := p[id]
	return ok && who.Status != roster.Withdrawn
}

func (k *sessionMachine) people() everybody {
	k.t.Helper()
	all := make(everybody)
	k.must(k.store.View(ctx, func(tx core.Tx) error {
		return tx.EachPerson(k.list, func(p *roster.Person) error {
			all[p.ID] = roster.Person{ID: p.ID, Status: p.Status, Values: roster.Values(strings.Clone(string(p.Values)))}
			return nil
		})
	}))
	return all
}

func TestSessionsDoWhatTheModelDoes(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		run, err := os.MkdirTemp(dir, "run") //nolint:usetesting // a folder a run, gone with it
		if err != nil {
			t.Fatal(err)
		}
		connected := rapid.Bool().Draw(t, "connected")
		k := &sessionMachine{world: newWorld(t, run, connected), sessions: make(map[session.ID]map[roster.PersonID]*copyOf)}
		defer func() { k.must(errors.Join(k.store.Close(), os.RemoveAll(run))) }()
		k.apply(k.planImport(true, row("a1", "Ada", "Art"), row("b2", "Bo", "Law"), row("c3", "Cy", "")))
		if connected {
			k.said = []said{at("x1", "a1", "Ada", ""), at("x2", "b2", "Bo", ""), at("x3", "c3", "Cy", "")}
			k.apply(k.planSync(true, k.said...))
		}
		first, version := k.export(), k.version()
		k.create(t)
		t.Repeat(map[string]func(*rapid.T){
			"sync":   k.sync,
			"create": k.create, "edit": k.edit, "edit again": k.edit, "edit once more": k.edit, "add": k.add,
			"push": k.pushOne, "push again": k.pushOne, "decide": k.decide, "apply": k.applyOne, "reject": k.reject,
			"list edit": k.listEdit, "import": k.importFile, "roll back": k.rollBack,
			"reopen": func(*rapid.T) { k.reopen() }, "": k.invariant,
		})
		k.takeAllBack(first, version)
	})
}

func (k *sessionMachine) version() uint64 {
	k.t.Helper()
	l, err := k.List(ctx, "staff")
	k.must(err)
	return l.Standing.Version
}

// takeAllBack rolls back, the newest first, all that came after a version: that
// restores what the list was then to the byte.
func (k *sessionMachine) takeAllBack(first string, version uint64) {
	k.t.Helper()
	heads, err := k.Changesets(ctx, -1, func(c *changeset.Changeset) bool { return c.Seq > version })
	k.must(err)
	slices.SortFunc(heads, func(a, b changeset.Changeset) int { return cmp.Compare(b.Seq, a.Seq) })
	for _, c := range heads {
		now, err := k.Changeset(ctx, c.ID)
		if k.must(err); now.UndoneBy == 0 {
			k.rollback(c.ID)
		}
	}
	if now := k.export(); now != first {
		k.t.Fatalf("with all rolled back the list is\n%swanted\n%s", now, first)
	}
	k.sound()
}

// still fails if work changes the list.
func (k *sessionMachine) still(work func()) {
	k.t.Helper()
	before := k.export()
	work()
	if after := k.export(); after != before {
		k.t.Fatalf("the list changed from\n%sto\n%s", before, after)
	}
}

func (k *sessionMachine) some(t *rapid.T) (session.ID, map[roster.PersonID]*copyOf) {
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(k.sessions))).Draw(t, "session")
	return id, k.sessions[id]
}

func (k *sessionMachine) create(t *rapid.T) {
	if len(k.sessions) == 3 {
		return
	}
	k.still(func() {
		s, err := k.CreateSession(ctx, mara, core.NewSession{List: k.list, Name: "s", Filter: "status:all"})
		if fault.Is(err, fault.NotFound) && len(k.sessions) > 0 {
			return // everybody was taken back
		}
		k.must(err)
		copies := make(map[roster.PersonID]*copyOf)
		now := k.people()
		for _, m := range k.opened(s.ID).Members {
			c := &copyOf{created: true, fields: make(map[roster.FieldID]*cellOf)}
			for _, f := range []roster.FieldID{nameField, deptField} {
				text := now.get(m.Person, f)
				c.fields[f] = &cellOf{text: text, snapshot: text, base: text}
			}
			copies[m.Person] = c
		}
		k.sessions[s.ID] = copies
	})
}

func ordered[V any](m map[roster.PersonID]V) []roster.PersonID {
	return slices.SortedFunc(maps.Keys(m), func(a, b roster.PersonID) int { return slices.Compare(a[:], b[:]) })
}

func (k *sessionMachine) edit(t *rapid.T) {
	id, copies := k.some(t)
	who := rapid.SampledFrom(ordered(copies)).Draw(t, "person")
	f := rapid.SampledFrom([]roster.FieldID{nameField, deptField}).Draw(t, "field")
	text := rapid.SampledFrom([]string{"Art", "Law", ""}).Draw(t, "text")
	c := copies[who].fields[f]
	k.still(func() {
		_, err := k.EditSession(ctx, noor, id, who, []changeset.Change{{Field: f, Base: c.text, Proposed: text}})
		k.must(err)
	})
	if text != c.text {
		c.text = text
		c.fresh = c.sent || copies[who].added || text != c.snapshot
	}
}

func (k *sessionMachine) add(t *rapid.T) {
	id, copies := k.some(t)
	k.added++
	name := rapid.SampledFrom([]string{"Nia", "Oz"}).Draw(t, "name")
	k.still(func() {
		m, err := k.AddToSession(ctx, noor, id, map[roster.FieldID]string{noField: fmt.Sprint("new", k.added), nameField: name})
		k.must(err)
		copies[m.Person] = &copyOf{added: true, fields: map[roster.FieldID]*cellOf{nameField: {text: name, fresh: true}, deptField: {}}}
	})
}

// open are the changesets of sessions that wait, oldest first.
func (k *sessionMachine) open() []changeset.ID {
	k.t.Helper()
	all, err := k.Overview(ctx, k.list, 1000)
	k.must(err)
	var ids []changeset.ID
	for _, c := range all {
		if c.Open() && c.Origin == changeset.Session {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// waits returns the value that a changeset proposes for a field of a person, if
// nobody has declined it.
func (k *sessionMachine) waits(id changeset.ID, who roster.PersonID, f roster.FieldID) (string, bool) {
	k.t.Helper()
	for _, it := range k.load(id).Items {
		for _, c := range it.Changes {
			if it.Person == who && c.Field == f && !c.Decision.Declines() {
				return c.Proposed, true
			}
		}
	}
	return "", false
}

// pushOne pushes a session: exactly what is new is proposed, and twice is once.
func (k *sessionMachine) pushOne(t *rapid.T) {
	id, copies := k.some(t)
	now := k.people()
	var want []string
	sent := make(map[*cellOf]bool)
	for who, c := range copies {
		switch {
		case !c.created:
			want = append(want, k.wantCreate(who, c, sent)...)
		case now.has(who):
			want = append(want, k.wantUpdate(who, c, sent)...)
		}
	}
	var head changeset.Changeset
	k.still(func() {
		head = k.push(id)
		if again := k.push(id); again.ID != 0 {
			k.t.Fatalf("pushed twice: %+v", again)
		}
	})
	var got []string
	if head.ID != 0 {
		for _, it := range k.load(head.ID).Items {
			if it.Kind == changeset.Create {
				got = append(got, fmt.Sprintf("%s create %q %q", it.Person, it.Values.Get(nameField), it.Values.Get(deptField)))
			}
			for _, c := range it.Changes {
				got = append(got, fmt.Sprintf("%s %d %q → %q", it.Person, c.Field, c.Base, c.Proposed))
			}
		}
	}
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		k.t.Fatalf("session %d proposed\n%s\nwanted\n%s", id, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for c := range sent {
		c.in, c.sent, c.first = head.ID, true, nil
	}
	// What newer words have left nothing of does not wait any more.
	left := k.open()
	for _, c := range copies {
		for _, cell := range c.fields {
			if cell.in != 0 && !slices.Contains(left, cell.in) {
				cell.settle(nil)
			}
		}
	}
}

func (k *sessionMachine) wantCreate(who roster.PersonID, c *copyOf, sent map[*cellOf]bool) []string {
	name, dept := c.fields[nameField], c.fields[deptField]
	if !name.fresh && !dept.fresh {
		return nil
	}
	for _, cell := range c.fields {
		if cell.fresh || cell.sent {
			sent[cell] = true
		}
		cell.fresh, cell.base = false, ""
	}
	return []string{fmt.Sprintf("%s create %q %q", who, name.text, dept.text)}
}

func (k *sessionMachine) wantUpdate(who roster.PersonID, c *copyOf, sent map[*cellOf]bool) (want []string) {
	for f, cell := range c.fields {
		if !cell.fresh {
			continue
		}
		cell.fresh = false
		if cell.in != 0 {
			if text, ok := k.waits(cell.in, who, f); ok && text == cell.text {
				continue
			}
		}
		if cell.text != cell.base {
			sent[cell] = true
			want = append(want, fmt.Sprintf("%s %d %q → %q", who, f, cell.base, cell.text))
		}
	}
	return want
}

// someOpen draws a changeset of a session that waits.
func (k *sessionMachine) someOpen(t *rapid.T) changeset.ID {
	all := k.open()
	if len(all) == 0 {
		return 0
	}
	return rapid.SampledFrom(all).Draw(t, "changeset")
}

// decide goes through a changeset as a reviewer would, who may have seen what
// the list has now.
func (k *sessionMachine) decide(t *rapid.T) {
	id := k.someOpen(t)
	if id == 0 {
		return
	}
	now := k.people()
	var choices []changeset.Choice
	for n, it := range k.load(id).Items {
		for _, f := range it.Parts() {
			was, _ := it.Part(f)
			is := was
			is.Decision = rapid.SampledFrom([]changeset.Decision{changeset.Accept, changeset.Accept, changeset.Keep, changeset.Skip, changeset.Typed}).Draw(t, "decision")
			switch {
			case f == changeset.Status && is.Decision == changeset.Typed:
				is.Decision = changeset.Undecided
			case is.Decision == changeset.Typed:
				is.Typed = "Art"
			}
			if f != changeset.Status && rapid.Bool().Draw(t, "seen") {
				is.Base = now.get(it.Person, f)
			}
			choices = append(choices, changeset.Choice{Item: n, Field: f, Was: was, Is: is})
		}
	}
	k.still(func() {
		_, err := k.Decide(ctx, mara, id, choices, nil)
		k.must(err)
	})
}

// applyOne applies what is decided of a changeset: it does what the three-way
// rule says of each value, and nothing else.
func (k *sessionMachine) applyOne(t *rapid.T) {
	id := k.someOpen(t)
	if id == 0 {
		return
	}
	before := k.people()
	want := make(map[roster.PersonID]roster.Values)
	for who, p := range before {
		want[who] = p.Values
	}
	for _, it := range k.load(id).Items {
		if v, ok := applied(&it, before); ok {
			want[it.Person] = v
		}
	}
	head := k.applyWaiting(id)
	k.applied = append(k.applied, head.ID)
	after := k.people()
	for who, v := range want {
		if after[who].Values != v {
			k.t.Fatalf("%s has %s, wanted %s", who, text(after[who].Values), text(v))
		}
	}
	if len(after) != len(want) {
		k.t.Fatalf("there are %d people, wanted %d", len(after), len(want))
	}
	k.settled(head, before, after)
}

// applied is what the decided parts of an item make of its person; not ok when
// that is nothing.
func applied(it *changeset.Item, before everybody) (roster.Values, bool) {
	if it.Kind == changeset.Create {
		// Who was created by another push meanwhile is not created again.
		_, ever := before[it.Person]
		return it.Values, it.Decision == changeset.Accept && !ever
	}
	if !before.has(it.Person) {
		return "", false
	}
	v := before[it.Person].Values
	for _, c := range it.Changes {
		now := before.get(it.Person, c.Field)
		switch {
		case c.Decision == changeset.Accept || c.Decision == changeset.Typed:
		default:
			continue
		}
		if now != c.Base && now != c.Value() && c.Value() != c.Base {
			return "", false // the whole person waits for a decision
		}
		if now == c.Base {
			v = v.With(c.Field, c.Value())
		}
	}
	return v, true
}

// settled tells the model what was decided about, and what waits on.
func (k *sessionMachine) settled(head changeset.Changeset, before, after everybody) {
	type part struct {
		who   roster.PersonID
		field roster.FieldID
	}
	rest := make(map[part]bool)
	if head.Rest != 0 {
		for _, it := range k.load(head.Rest).Items {
			for _, f := range it.Parts() {
				rest[part{it.Person, f}] = true
			}
		}
	}
	for _, copies := range k.sessions {
		for who, c := range copies {
			_, there := after[who]
			for f, cell := range c.fields {
				if cell.in != head.ID {
					continue
				}
				is := after.get(who, f)
				switch {
				case rest[part{who, f}] || !c.created && rest[part{who, changeset.Status}]:
					cell.in = head.Rest
					if cell.first == nil {
						cell.first = &is
					}
				case cell.first != nil && is == before.get(who, f):
					cell.settle(nil)
				default:
					cell.settle(&is)
				}
			}
			c.created = c.created || there
		}
	}
}

func (k *sessionMachine) reject(t *rapid.T) {
	id := k.someOpen(t)
	if id == 0 {
		return
	}
	k.still(func() {
		_, err := k.Reject(ctx, mara, id)
		k.must(err)
	})
	for _, copies := range k.sessions {
		for _, c := range copies {
			for _, cell := range c.fields {
				if cell.in == id {
					cell.settle(nil)
				}
			}
		}
	}
}

// sync has the source say something else of somebody.
func (k *sessionMachine) sync(t *rapid.T) {
	if k.said == nil {
		return
	}
	n := rapid.IntRange(0, len(k.said)-1).Draw(t, "who")
	k.said[n].cells[1] = rapid.SampledFrom([]string{"Art", "Law", "Ada"}).Draw(t, "name")
	if head := k.apply(k.planSync(false, k.said[n])); head.Done() {
		k.applied = append(k.applied, head.ID)
	}
}

func (k *sessionMachine) listEdit(t *rapid.T) {
	now := k.people()
	who := rapid.SampledFrom(ordered(now)).Draw(t, "person")
	f := rapid.SampledFrom([]roster.FieldID{nameField, deptField}).Draw(t, "field")
	if !now.has(who) {
		return
	}
	text := rapid.SampledFrom([]string{"Art", "Law", ""}).Draw(t, "text")
	_, err := k.SetFields(ctx, mara, k.list, who, []changeset.Change{{Field: f, Base: now.get(who, f), Proposed: text}})
	if locked := k.said != nil && f == nameField && slices.Contains([]string{"a1", "b2", "c3"}, now.get(who, noField)); locked {
		if !fault.Is(err, fault.Locked) {
			t.Fatalf("edited what the source owns: %v", err)
		}
		return
	}
	k.must(err)
}

func (k *sessionMachine) importFile(t *rapid.T) {
	d := k.planImport(false, row(rapid.SampledFrom([]string{"a1", "b2", "d4"}).Draw(t, "no"), rapid.SampledFrom([]string{"Art", "Law"}).Draw(t, "name"), "Law"))
	if head := k.apply(d); head.Done() {
		k.applied = append(k.applied, head.ID)
	}
}

func (k *sessionMachine) rollBack(t *rapid.T) {
	if len(k.applied) == 0 {
		return
	}
	d, err := k.Rollback(ctx, rapid.SampledFrom(k.applied).Draw(t, "changeset"))
	if fault.Is(err, fault.Conflict) {
		return // it is rolled back already
	}
	k.must(err)
	head, err := k.ApplyDraft(ctx, mara, d, core.How{LeaveConflicts: true})
	k.must(err)
	k.applied = append(k.applied, head.ID)
}

// invariant: the sessions hold what the model says, the store is sound, and the
// source is heard once: whatever was decided or taken back since, what it has
// said before changes nothing when it says it again.
func (k *sessionMachine) invariant(t *rapid.T) {
	if k.said != nil {
		full := rapid.Bool().Draw(t, "full")
		if d := k.planSync(full, k.said...); len(d.Items) != 0 {
			k.t.Fatalf("the source repeats itself, and that comes to %v, with pins %+v", itemLines(d.Items), k.pins())
		}
	}
	for id, copies := range k.sessions {
		o := k.opened(id)
		if len(o.Members) != len(copies) || o.Counts.People != len(copies) {
			k.t.Fatalf("session %d has %d people, wanted %d", id, len(o.Members), len(copies))
		}
		for i := range o.Members {
			m := &o.Members[i]
			fresh := false
			for f, cell := range copies[m.Person].fields {
				if fresh = fresh || cell.fresh; m.Get(f) != cell.text || m.Snapshot.Get(f) != cell.snapshot {
					k.t.Fatalf("session %d has %q for %d of %s, wanted %q", id, m.Get(f), f, m.Person, cell.text)
				}
			}
			if m.Unsent() != fresh {
				k.t.Fatalf("session %d: %s is unsent %v, wanted %v", id, m.Person, m.Unsent(), fresh)
			}
		}
	}
	k.sound()
}
