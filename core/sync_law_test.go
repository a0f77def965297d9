package core_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/core/scope"
)

// Whatever happens in a directory, and in whatever pattern of full readings,
// readings of what is new, faults, crashes and decisions it is read: in the end
// the list is the directory in scope. Nobody is lost, nobody is there twice,
// nobody becomes somebody else, and nobody is deactivated by a fault.
func TestTheListBecomesTheDirectory(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		run, err := os.MkdirTemp(dir, "run") //nolint:usetesting // a folder a run, gone with it
		if err != nil {
			rt.Fatal(err)
		}
		w := newSyncWorld(rt, run)
		defer w.close()
		w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
			l.Scope.Groups = []scope.Group{{ID: "g1", Name: "Staff"}}
			l.Limits = roster.Limits{DeactivatePercent: 50, MinPeople: 4}
			return nil
		}))
		m := &syncMachine{t: rt, w: w, ids: make(map[string]roster.PersonID)}
		for range rapid.IntRange(5, 30).Draw(rt, "steps") {
			m.step()
			m.nobodyTwice()
		}
		m.settle()
	})
}

type syncMachine struct {
	t   *rapid.T
	w   *world
	ids map[string]roster.PersonID // who each anchor is
}

func (m *syncMachine) step() {
	d, t := m.w.dir, m.t
	anchor := func() string { return fmt.Sprintf("a%d", rapid.IntRange(1, 12).Draw(t, "who")) }
	known := func() string {
		a := anchor()
		if d.people[a] == nil {
			d.put(a, "E"+a[1:], "Person "+a, a+"@example.org", "g1")
		}
		return a
	}
	switch rapid.SampledFrom([]string{"join", "leave", "rename", "delete", "restore", "disable", "enable", "sync", "sync", "full", "fault", "expire", "crash", "decide"}).Draw(t, "what") {
	case "join":
		d.join(known(), "g1")
	case "leave":
		d.join(known())
	case "rename":
		d.set(known(), "name", rapid.SampledFrom([]string{"Ann", "Bob", "Cy"}).Draw(t, "name"))
	case "delete":
		d.delete(known(), true)
	case "restore":
		d.delete(known(), false)
	case "disable":
		d.set(known(), "enabled", "false")
	case "enable":
		d.set(known(), "enabled", "true")
	case "sync":
		m.sync(false)
	case "full":
		m.sync(true)
	case "fault":
		m.fault()
	case "expire":
		d.oldest = len(d.log)
	case "crash":
		m.w.reopen()
	case "decide":
		m.decide()
	}
}

func (m *syncMachine) sync(full bool) {
	_, err := m.w.Sync(ctx, mara, m.w.list, core.SyncHow{Full: full})
	m.w.must(err)
	m.sameAsEver()
}

var errFault = errors.New("the connection broke")

// fault breaks a reading at some page: nobody is touched.
func (m *syncMachine) fault() {
	before := m.w.export()
	at := rapid.IntRange(0, 3).Draw(m.t, "page")
	m.w.dir.trouble = func(page int) error {
		if page >= at {
			return errFault
		}
		return nil
	}
	_, err := m.w.Sync(ctx, mara, m.w.list, core.SyncHow{Full: rapid.Bool().Draw(m.t, "full")})
	m.w.dir.trouble = nil
	if errors.Is(err, errFault) && m.w.export() != before {
		m.t.Fatalf("a reading that broke has changed somebody")
	}
}

// decide applies what waits.
func (m *syncMachine) decide() {
	open, err := m.w.Overview(ctx, m.w.list, 20)
	m.w.must(err)
	for _, c := range open {
		if c.Open() && c.Origin == changeset.Sync {
			_, err := m.w.Apply(ctx, mara, c.ID, core.How{LeaveConflicts: true})
			m.w.must(err)
		}
	}
	m.sameAsEver()
}

// sameAsEver checks that an anchor is the person whom it was.
func (m *syncMachine) sameAsEver() {
	m.w.must(m.w.EachPerson(ctx, m.w.list, func(p *roster.Person) error {
		if anchor, ok := p.LinkTo("tenant"); ok {
			anchor = strings.Clone(anchor)
			if was, known := m.ids[anchor]; known && was != p.ID {
				m.t.Fatalf("%s was %s, and is %s", anchor, was, p.ID)
			}
			m.ids[anchor] = p.ID
		}
		return nil
	}))
}

func (m *syncMachine) nobodyTwice() {
	seen := make(map[string]bool)
	m.w.must(m.w.EachPerson(ctx, m.w.list, func(p *roster.Person) error {
		uid := roster.FoldUID(strings.Clone(p.Values.Get(noField)))
		if seen[uid] {
			m.t.Fatalf("%s is there twice", uid)
		}
		seen[uid] = true
		return nil
	}))
}

// settle reads what is new until nothing is, applying what is held: the list is
// the directory in scope then. A full reading afterwards finds nothing to do.
func (m *syncMachine) settle() {
	for range 3 {
		m.sync(false)
		m.decide()
	}
	var want []string
	for _, anchor := range m.w.dir.order {
		p := m.w.dir.people[anchor]
		if !p.deleted && slices.Contains(p.groups, "g1") && p.cells["enabled"] == "true" {
			want = append(want, p.cells["no"]+" "+p.cells["name"])
		}
	}
	var got []string
	m.w.must(m.w.EachPerson(ctx, m.w.list, func(p *roster.Person) error {
		if p.Status == roster.Active {
			got = append(got, strings.Clone(p.Values.Get(noField)+" "+p.Values.Get(nameField)))
		}
		return nil
	}))
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		m.t.Fatalf("the list has\n%s\nthe directory\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	run, err := m.w.Sync(ctx, mara, m.w.list, core.SyncHow{Full: true})
	m.w.must(err)
	if n := run.Counts.Items(); n > 0 {
		m.t.Fatalf("a full reading finds %d more to do: %+v", n, run)
	}
	m.w.sound()
}
