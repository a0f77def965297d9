package sync_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/scim/provision"
	"muster/tui"
	"muster/tui/changes"
	"muster/tui/kit"
	"muster/tui/lists"
	"muster/tui/log"
	"muster/tui/mapping"
	"muster/tui/person"
	rosterscreen "muster/tui/roster"
	"muster/tui/sync"
	"muster/tui/sync/advice"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim = core.LocalUser("kim")

var ctx = context.Background()

// clock is a clock that only moves when it is told to.
type clock struct{ passed atomic.Int64 }

func (c *clock) Now() time.Time {
	return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

func (c *clock) move(d time.Duration) { c.passed.Add(int64(d)) }

// world is a store with a list of a few people, who came by hand.
type world struct {
	*core.Engine
	t       testing.TB
	store   *storage.Store
	clock   clock
	list    roster.List
	serving advice.Serving
	going   gosync.WaitGroup                  // syncs
	file    func(name string) (string, error) // reads a file of this machine
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, serving: advice.Serving{Local: "http://127.0.0.1:8642"}}
	var err error
	w.store, err = storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	w.must(err)
	t.Cleanup(func() { w.going.Wait(); w.must(w.store.Close()) })
	w.reopened()
	l := roster.List{Slug: "staff", Name: "Staff"}
	for _, f := range []roster.Field{
		{Key: "number", Label: "Number", UID: true}, {Key: "first_name", Label: "First name"}, {Key: "last_name", Label: "Last name"},
		{Key: "card", Label: "Card"},
	} {
		w.must(l.Schema.Add(f))
	}
	w.list, err = w.CreateList(ctx, kim, l)
	w.must(err)
	for i, name := range []string{"John Doe", "Mary Roe", "Zoë Müller"} {
		first, last, _ := strings.Cut(name, " ")
		_, _, err := w.AddPerson(ctx, kim, w.list.ID, map[roster.FieldID]string{1: fmt.Sprintf("E%03d", i+1), 2: first, 3: last})
		w.must(err)
	}
	w.clock.move(time.Hour)
	return w
}

// reopened is the world as it is after a restart.
func (w *world) reopened() *world {
	w.t.Helper()
	var err error
	w.Engine, err = core.Open(ctx, w.store, core.Options{Clock: w.clock.Now, Kinds: []core.SourceKind{provision.NewKind()}})
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// public says under which address providers see it.
func (w *world) public() {
	w.t.Helper()
	w.must(w.PutSetting(ctx, kim, core.SettingPublicURL, "https://roster.example.org"))
}

func (w *world) connect() {
	w.t.Helper()
	var err error
	w.list, err = w.Connect(ctx, kim, w.list.ID, "scim", "employee_number")
	w.must(err)
}

func (w *world) token(label string) core.Token {
	w.t.Helper()
	_, t, err := w.NewToken(ctx, kim, w.list.ID, label, time.Time{})
	w.must(err)
	w.clock.move(time.Minute)
	return t
}

// app is the whole program on the world: the lists, with their doors.
func (w *world) app(opts ...terminal.Option) *terminal.App { return w.start(false, w.lists, opts...) }

// page is the screen of the list's source.
func (w *world) page(opts ...terminal.Option) *terminal.App {
	return w.start(false, func(env *kit.Env) kit.Screen { return w.source(env, w.list) }, opts...)
}

func (w *world) source(env *kit.Env, l roster.List) kit.Screen {
	return sync.New(env, w.Engine, kim, l, sync.Doors{
		Mapping: func(l *roster.List, field string) kit.Screen {
			return mapping.New(env, w.Engine, kim, l, field, mapping.Doors{})
		},
		Person:  w.person(env),
		Log:     func(l *roster.List) kit.Screen { return log.New(env, w.Engine, *l, log.Doors{Person: w.person(env)}) },
		Changes: func(l *roster.List) kit.Screen { return changes.New(env, w.Engine, kim, l, nil) },
		Changeset: func(head changeset.Changeset) kit.Screen {
			return changes.One(env, w.Engine, kim, head, nil)
		},
		Serving: func() advice.Serving { return w.serving },
		Sync: func(actor core.Actor, list roster.ListID, how core.SyncHow) (*core.Syncing, error) {
			s, work, err := w.BeginSync(w.t.Context(), actor, list, how)
			if err == nil {
				w.going.Go(work)
			}
			return s, err
		},
		File: w.file,
	})
}

func (w *world) person(env *kit.Env) func(roster.List, roster.PersonID) kit.Screen {
	return func(l roster.List, id roster.PersonID) kit.Screen { return person.New(env, w.Engine, kim, l, id) }
}

func (w *world) lists(env *kit.Env) kit.Screen {
	return lists.New(env, w.Engine, kim, lists.Doors{
		Source: func(l *roster.List) kit.Screen { return w.source(env, *l) },
		Log: func(l *roster.List) kit.Screen {
			return log.New(env, w.Engine, *l, log.Doors{Person: w.person(env), Source: func(l *roster.List) kit.Screen { return w.source(env, *l) }})
		},
		Roster: func(l roster.List) kit.Screen {
			return rosterscreen.New(env, w.Engine, kim, l, rosterscreen.Options{
				Source: func(l *roster.List) kit.Screen { return w.source(env, *l) },
			})
		},
	})
}

func (w *world) start(plain bool, first func(*kit.Env) kit.Screen, opts ...terminal.Option) *terminal.App {
	w.t.Helper()
	m := tui.New(tui.Options{First: first, Plain: plain, Now: w.clock.Now, Subscribe: w.subscribe})
	w.t.Cleanup(m.Close)
	app := terminal.Start(w.t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
	app.WaitIdle()
	return app
}

// subscribe passes the engine's notices on.
func (w *world) subscribe(tell func(kit.Notice)) (end func()) {
	news, over, done := w.Subscribe(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			case <-news.C():
				for _, n := range news.Take() {
					tell(kit.Notice{List: strconv.FormatUint(uint64(n.List), 10), Version: n.Version})
				}
			}
		}
	}()
	return func() {
		news.Close()
		close(over)
		<-done
	}
}

// play presses keys; what begins with = is typed.
func play(app *terminal.App, keys ...string) {
	for _, key := range keys {
		if text, ok := strings.CutPrefix(key, "="); ok {
			app.WaitIdle()
			app.Type(text)
			app.WaitIdle()
		} else {
			app.Play(key)
		}
	}
}

func wants(t *testing.T, app *terminal.App, texts ...string) string {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
	return screen
}

func hash(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

// push has the provider tell of somebody, with a token.
func (w *world) push(t core.Token, userName, number, first, last string) core.Resource {
	w.t.Helper()
	r, err := w.CreateResource(ctx, core.Pusher{Actor: t.Actor(), Provider: "Okta"}, w.list.ID, core.UserResource,
		said(userName, number, first, last, true))
	w.must(err)
	return r
}

func said(userName, number, first, last string, active bool) core.Said {
	extension := ""
	if number != "" {
		extension = fmt.Sprintf(`,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":%q}`, number)
	}
	return core.Said{
		Name: userName, Active: active, Keys: core.ResourceKeys{UserName: userName, ExternalID: "00u" + userName},
		JSON: fmt.Sprintf(`{"userName":%q,"externalId":%q,"name":{"givenName":%q,"familyName":%q},"active":%v%s}`,
			userName, "00u"+userName, first, last, active, extension),
	}
}
