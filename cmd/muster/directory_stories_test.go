package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/madeup"
	"muster/core/roster"
	"muster/core/seal"
	"muster/storage"
	"muster/sync/entra/graphtest"
	"muster/tui/terminal"
)

// directed is a list that is read from a stand-in for Microsoft Entra ID, on a
// clock that only moves when it is told to.
type directed struct {
	*core.Engine
	t      *testing.T
	now    time.Time
	list   roster.List
	tenant *graphtest.Tenant
}

func newDirected(t *testing.T, people int) *directed {
	t.Helper()
	p := &directed{t: t, now: today().Add(-15 * time.Hour)}
	p.tenant = graphtest.New(graphtest.Options{Kind: madeup.Staff, Seed: 3, People: people})
	p.tenant.AddGroup("All staff", graphtest.Range{From: 0, To: people})
	server, err := graphtest.Serve(p.tenant)
	p.must(err)
	t.Cleanup(func() { p.must(server.Close()) })
	store, err := storage.Open(filepath.Join(t.TempDir(), "directed.db"), storage.Options{Unsafe: true})
	p.must(err)
	t.Cleanup(func() { p.must(store.Close()) })
	key := seal.NewKey()
	p.Engine, err = core.Open(t.Context(), store, core.Options{
		Clock: func() time.Time { return p.now }, Kinds: kinds(), Key: func(bool) (seal.Key, error) { return key, nil },
	})
	p.must(err)
	sam := core.LocalUser("sam")
	list, err := p.CreateList(t.Context(), sam, roster.List{Slug: "campus", Name: "Campus", Limits: roster.Limits{Deactivations: 25}})
	p.must(err)
	p.list, err = p.Join(t.Context(), sam, list.ID, core.Joining{Kind: "entra", UID: "employee_id", Answers: &core.ConnectAnswers{
		Plain:   map[string]string{"tenant": p.tenant.ID(), "client": graphtest.ClientID, "auth": "secret", "base-url": server.URL},
		Secrets: map[string]string{"secret": graphtest.Secret},
	}})
	p.must(err)
	return p
}

func (p *directed) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// pause is the time between two readings.
const pause = 90 * time.Minute

// read has the directory be read with the key for it, a while later.
func (p *directed) read(app *terminal.App, until string) {
	p.t.Helper()
	p.now = p.now.Add(pause)
	app.Play("r")
	app.WaitFor(until)
	app.WaitIdle()
}

// people are who is in the list, by UID.
func (p *directed) people() map[string]roster.PersonID {
	p.t.Helper()
	who := make(map[string]roster.PersonID)
	p.must(p.EachPerson(p.t.Context(), p.list.ID, func(one *roster.Person) error {
		who[strings.Clone(p.list.UID(one.Values))] = one.ID
		return nil
	}))
	return who
}

// TestDirectoryStories follow a directory for a day: what is new, then a token
// that has expired, so that everybody is read anew and reviewed, and nobody
// becomes another person by it.
func TestDirectoryStories(t *testing.T) {
	p := newDirected(t, 300)
	app := story{size: [2]int{140, 36}}.start(t, p.Engine)
	app.Play("P")
	p.read(app, "all  300 created")
	for round := range 6 {
		news := 1 + round*round%7
		for n := range news {
			p.tenant.Set(p.tenant.UserID(20*round+n), "department", "Archaeology")
		}
		if round == 3 {
			p.tenant.SoftDelete(p.tenant.UserID(200))
		}
		p.read(app, fmt.Sprintf("%s       new  %d updated", p.now.Add(pause).Format("15:04"), news))
	}
	drawStory(t, "sync", app)
	before := p.people()

	p.tenant.Forget()
	for n := range 40 {
		p.tenant.SoftDelete(p.tenant.UserID(n))
	}
	p.read(app, "Held: ")
	drawStory(t, "sync-held", app)
	runs, err := p.Runs(t.Context(), p.list.ID, 1)
	p.must(err)
	if run := runs[0]; !run.Full || run.Outcome != core.Proposed || run.Why != "What is new could not be told any more, as after a token has expired" || run.Counts.Deactivates != 40 {
		t.Fatalf("the run is %+v", run)
	}
	if !maps.Equal(before, p.people()) || p.active() != len(before)-1 {
		t.Error("something was changed before somebody had looked")
	}
	app.Play("a")
	app.WaitFor("Type 40 to apply")
	app.Type("40")
	app.Play("enter")
	app.WaitFor("Applied")
	app.WaitIdle()
	if !maps.Equal(before, p.people()) || p.active() != len(before)-41 {
		t.Errorf("%d of %d are active, or somebody is somebody else", p.active(), len(before))
	}
	// From there on only what is new is read again, and who comes back is who
	// they were.
	p.tenant.Restore(p.tenant.UserID(5))
	app.Play("esc")
	p.read(app, "1 reactivated")
	runs, err = p.Runs(t.Context(), p.list.ID, 1)
	p.must(err)
	if after := p.people(); !maps.Equal(before, after) {
		t.Errorf("%d people were %d, and somebody is somebody else", len(after), len(before))
	}
	if runs[0].Full || p.active() != len(before)-40 {
		t.Errorf("the next run is %+v, with %d active", runs[0], p.active())
	}
}

// active is how many people of the list are.
func (p *directed) active() int {
	p.t.Helper()
	l, err := p.List(p.t.Context(), p.list.Slug)
	p.must(err)
	return l.Standing.Active
}
