package sessions_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/core/session"
	"muster/storage"
	"muster/tui"
	"muster/tui/changes"
	"muster/tui/kit"
	rosterscreen "muster/tui/roster"
	"muster/tui/sessions"
	"muster/tui/terminal"
)

var kim, lee = core.LocalUser("kim"), core.LocalUser("lee")

var ctx = context.Background()

// The fields of the list.
const (
	uidField roster.FieldID = iota + 1
	firstField
	lastField
	deptField
)

// clock is a clock that only moves when it is told to.
type clock struct{ passed atomic.Int64 }

func (c *clock) Now() time.Time {
	return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

// world is a store with a list of six people.
type world struct {
	*core.Engine
	t     *testing.T
	clock clock
	list  roster.List
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	w.must(err)
	t.Cleanup(func() { w.must(store.Close()) })
	w.Engine, err = core.Open(ctx, store, core.Options{Clock: w.clock.Now})
	w.must(err)
	l := roster.List{Slug: "staff", Name: "Staff"}
	for _, f := range []roster.Field{
		{Key: "number", Label: "Number", UID: true}, {Key: "first_name", Label: "First name"}, {Key: "last_name", Label: "Last name"},
		{Key: "department", Label: "Department", Type: roster.Dropdown, Options: []string{"Art", "Law"}},
	} {
		w.must(l.Schema.Add(f))
	}
	w.list, err = w.CreateList(ctx, kim, l)
	w.must(err)
	for i, name := range []string{"John Doe", "Mary Roe", "Zoë Müller", "Ana María Ruiz", "Bo Li", "Kim Larsen"} {
		first, last, _ := strings.Cut(name, " ")
		_, _, err := w.AddPerson(ctx, kim, w.list.ID, map[roster.FieldID]string{
			uidField: fmt.Sprintf("00%d", i+1), firstField: first, lastField: last, deptField: []string{"Art", "Law"}[i%2],
		})
		w.must(err)
	}
	w.clock.passed.Add(int64(time.Hour))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// set changes a first name in the list.
func (w *world) set(uid, name string) {
	w.t.Helper()
	p, err := w.PersonByUID(ctx, w.list.ID, uid)
	w.must(err)
	_, err = w.SetFields(ctx, lee, w.list.ID, p.ID, []changeset.Change{{Field: firstField, Base: p.Values.Get(firstField), Proposed: name}})
	w.must(err)
}

func (w *world) first(uid string) string {
	w.t.Helper()
	p, err := w.PersonByUID(ctx, w.list.ID, uid)
	w.must(err)
	return p.Values.Get(firstField)
}

// photos is a session in which somebody was edited and somebody added, while
// the list went on.
func (w *world) photos() session.Session {
	w.t.Helper()
	s, err := w.CreateSession(ctx, kim, core.NewSession{List: w.list.ID, Name: "Autumn photos", Kind: session.Photo, Filter: "dep:art"})
	w.must(err)
	o, err := w.OpenSession(ctx, s.ID)
	w.must(err)
	m, err := o.Member("001")
	w.must(err)
	_, err = w.EditSession(ctx, lee, s.ID, m.Person, []changeset.Change{{Field: firstField, Base: "John", Proposed: "Johnny"}})
	w.must(err)
	_, err = w.AddToSession(ctx, lee, s.ID, map[roster.FieldID]string{uidField: "100", firstField: "Nia", lastField: "Fox", deptField: "Art"})
	w.must(err)
	w.set("001", "Jonathan")
	w.clock.passed.Add(int64(5 * time.Minute))
	return s
}

type start func(*kit.Env) kit.Screen

func (w *world) doors(env *kit.Env) sessions.Doors {
	return sessions.Doors{
		Changes:   func(l *roster.List) kit.Screen { return changes.New(env, w.Engine, kim, l, nil) },
		Changeset: func(head changeset.Changeset) kit.Screen { return changes.One(env, w.Engine, kim, head, nil) },
	}
}

func (w *world) sessions(list *roster.List) start {
	return func(env *kit.Env) kit.Screen { return sessions.New(env, w.Engine, kim, list, w.doors(env)) }
}

func (w *world) roster(env *kit.Env) kit.Screen {
	return rosterscreen.New(env, w.Engine, kim, w.list, rosterscreen.Options{
		Sessions: func(l *roster.List) kit.Screen { return sessions.New(env, w.Engine, kim, l, w.doors(env)) },
		Session: func(l *roster.List, filter string, n int, ids func() []roster.PersonID) kit.Screen {
			return sessions.NewFrom(env, w.Engine, kim, l, w.doors(env), sessions.People{Filter: filter, Count: n, IDs: ids})
		},
	})
}

func (w *world) run(first start, plain bool, opts ...terminal.Option) *terminal.App {
	w.t.Helper()
	m := tui.New(tui.Options{First: first, Plain: plain, Now: w.clock.Now})
	w.t.Cleanup(m.Close)
	app := terminal.Start(w.t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
	app.WaitIdle()
	return app
}

// play presses keys; what begins with = is typed.
func play(app *terminal.App, keys ...string) {
	for _, key := range keys {
		if text, ok := strings.CutPrefix(key, "="); ok {
			app.Type(text)
		} else {
			app.Press(key)
		}
		app.WaitIdle()
	}
}

func wants(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

func TestSessionsLookRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			w := newWorld(t)
			sized := terminal.Size(size.width, size.height)
			golden := func(name string, app *terminal.App) {
				t.Helper()
				terminal.Golden(t, fmt.Sprintf("%s-%dx%d", name, size.width, size.height), app.Screen())
			}
			app := w.run(w.sessions(&w.list), false, sized)
			golden("empty", app)
			play(app, "n")
			golden("new", app)
			golden("empty-all", w.run(w.sessions(nil), false, sized))
			w.photos()
			app = w.run(w.sessions(&w.list), false, sized)
			golden("sessions", app)
			play(app, "enter", "right")
			golden("session", app)
			play(app, "e")
			golden("edit", app)
			play(app, "esc", "p")
			golden("push", app)
			play(app, "y")
			golden("pushed", app)
		})
	}
}

func TestSessionsInTheSmallestAndTheGreatestTerminal(t *testing.T) {
	w := newWorld(t)
	w.photos()
	for _, size := range []struct{ width, height int }{{60, 20}, {250, 80}} {
		app := w.run(w.sessions(nil), false, terminal.Size(size.width, size.height))
		wants(t, app, "Autumn photos")
		play(app, "enter", "right")
		wants(t, app, "Johnny", "Jonathan", "new, to push")
	}
	plain := w.run(w.sessions(nil), true, terminal.Size(80, 24))
	play(plain, "enter")
	terminal.Golden(t, "plain-80x24", plain.Screen())
}

// The example of the product page, with the keys that a person presses: the
// first name is John at the snapshot, Johnny in the session, and Jonathan in the
// list meanwhile. The review has all three ways out.
func TestJohnJohnnyOrJonathan(t *testing.T) {
	for _, tt := range []struct {
		key, name, state string
		waits            bool
	}{
		{"1", "Johnny", "decided in", false},
		{"2", "Jonathan", "decided in", false},
		{"s", "Jonathan", "waits in", true},
	} {
		t.Run(tt.key, func(t *testing.T) {
			w := newWorld(t)
			app := w.run(w.roster, false, terminal.Size(100, 30))
			play(app, "/", "=dep:art", "enter", "s")
			wants(t, app, "New session", "dep:art")
			play(app, "=Autumn photos", "enter")
			wants(t, app, "Autumn photos holds 3 people", "taken by dep:art", "John")
			play(app, "c")
			wants(t, app, "No changeset of this session waits; C shows those of the list")
			play(app, "right", "e", "ctrl+u", "=Johnny", "enter")
			wants(t, app, "is edited in the session", "snapshot  John", "session   Johnny", "list now  John", "1 to push")
			if name := w.first("001"); name != "John" {
				t.Fatalf("the edit reached the list: %q", name)
			}
			w.set("001", "Jonathan")
			play(app, "p")
			wants(t, app, "Push 1 person?", "1 to update, 1 in conflict", `"John"`, `"Jonathan"`, `"Johnny"`)
			play(app, "y")
			wants(t, app, "waits for review; c opens it", "waits in")
			if name := w.first("001"); name != "Jonathan" {
				t.Fatalf("pushing overwrote the list: %q", name)
			}
			play(app, "c", "c", "enter")
			wants(t, app, "At snapshot   List now   Proposed   Decision", "John          Jonathan   Johnny     conflict")
			play(app, tt.key)
			if tt.waits {
				play(app, "esc", "a")
				wants(t, app, "there is nothing to apply")
				play(app, "esc")
			} else {
				play(app, "a")
				w.clock.passed.Add(int64(time.Minute))
				play(app, "enter", "esc")
			}
			wants(t, app, tt.state)
			if name := w.first("001"); name != tt.name {
				t.Errorf("the first name is %q\n%s", name, app.Screen())
			}
		})
	}
}

func TestSessionOfMarkedPeopleAndSomebodyAdded(t *testing.T) {
	w := newWorld(t)
	app := w.run(w.roster, false, terminal.Size(100, 30))
	play(app, "space", "space", "s")
	wants(t, app, "2 people who are marked")
	play(app, "=Two of them", "enter")
	wants(t, app, "2 of 2 people")
	play(app, "n", "=001", "tab", "=Other", "enter")
	wants(t, app, "The UID 001 belongs to John Doe", "Add a person in the session")
	play(app, "ctrl+u", "=200", "enter")
	wants(t, app, "Other is added in the session", "3 of 3 people", "new, to push")
	play(app, "t")
	wants(t, app, "1 of 3 people, only edited")
	play(app, "t", "/", "=mary", "enter")
	wants(t, app, "1 of 3 people")
	play(app, "esc", "x")
	wants(t, app, "Two of them is closed", "were not pushed")
	play(app, "e")
	wants(t, app, "The session is closed; x opens it again")
	play(app, "x", "A")
	wants(t, app, "archived")
	play(app, "esc")
	wants(t, app, "archived", "Two of them")
	// S on the roster shows them.
	play(app, "esc", "S")
	wants(t, app, "Two of them")
}

func TestAValueIsCheckedInTheSession(t *testing.T) {
	w := newWorld(t)
	w.photos()
	app := w.run(w.sessions(nil), false, terminal.Size(100, 30))
	play(app, "enter", "e", "ctrl+u", "enter")
	wants(t, app, "Number is empty, and every person needs one")
	play(app, "esc", "right", "right", "right", "e")
	wants(t, app, "Department of", "Law")
	play(app, "down", "enter")
	wants(t, app, "session   Law")
}
