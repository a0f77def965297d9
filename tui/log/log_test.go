package log_test

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/core"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/scim/provision"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/log"
	"muster/tui/person"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim = core.LocalUser("kim")

var ctx = context.Background()

// world is a store with a list that a provider pushes to.
type world struct {
	*core.Engine
	t      *testing.T
	passed atomic.Int64
	list   roster.List
	token  core.Token
	tell   func(kit.Notice)
	pushed int
}

func (w *world) now() time.Time {
	return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC).Add(time.Duration(w.passed.Load()))
}

func (w *world) move(d time.Duration) { w.passed.Add(int64(d)) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	w.must(err)
	t.Cleanup(func() { w.must(store.Close()) })
	w.Engine, err = core.Open(ctx, store, core.Options{Clock: w.now, Kinds: []core.SourceKind{provision.NewKind()}})
	w.must(err)
	w.list, err = w.CreateList(ctx, kim, roster.List{Slug: "staff", Name: "Staff"})
	w.must(err)
	return w
}

func (w *world) connect() {
	w.t.Helper()
	var err error
	w.list, err = w.Connect(ctx, kim, w.list.ID, "scim", "username")
	w.must(err)
	_, w.token, err = w.NewToken(ctx, kim, w.list.ID, "", time.Time{})
	w.must(err)
}

// push has the provider create or change somebody, and the request be noted.
func (w *world) push(r core.Resource, name, first, last string, active bool) core.Resource {
	w.t.Helper()
	by := core.Pusher{Actor: w.token.Actor(), Provider: "Okta"}
	said := core.Said{Name: name, Active: active, Keys: core.ResourceKeys{UserName: name},
		JSON: fmt.Sprintf(`{"userName":%q,"name":{"givenName":%q,"familyName":%q},"active":%v}`, name, first, last, active)}
	act, method, status := "create", "POST", 201
	var err error
	if r.ID == "" {
		r, err = w.CreateResource(ctx, by, w.list.ID, core.UserResource, said)
	} else {
		act, method, status = "update", "PUT", 200
		if active != r.Active {
			act = map[bool]string{true: "reactivate", false: "deactivate"}[active]
		}
		r, err = w.ReplaceResource(ctx, by, w.list.ID, core.UserResource, r.ID, r.Revision, said)
	}
	w.must(err)
	w.note(core.Request{Method: method, Path: "/scim/v2/staff/Users", Status: status, Token: w.token.Prefix,
		Changes: []core.RequestChange{{ID: r.ID, Name: name, Act: act, Seq: r.Seq}}})
	return r
}

func (w *world) note(r core.Request) {
	w.t.Helper()
	w.pushed++
	r.At, r.Duration, r.List, r.Provider, r.Agent, r.Remote = w.now(), 4*time.Millisecond, w.list.ID, "Okta", "Okta SCIM Client 1.0.0", "203.0.113.7"
	r.RequestID = fmt.Sprintf("req-%04d", w.pushed)
	w.must(w.NoteRequests(ctx, []core.Request{r}))
	w.move(time.Minute)
}

func (w *world) refuse() {
	w.t.Helper()
	w.note(core.Request{Method: "GET", Path: "/scim/v2/staff/Users", Status: 401, Detail: "The token does not open this list"})
}

// day is a day on which a few people came, changed and went.
func (w *world) day() {
	w.connect()
	w.refuse()
	ada := w.push(core.Resource{}, "ada", "Ada", "Example", true)
	bo := w.push(core.Resource{}, "bo", "Bo", "Nobody", true)
	w.move(3 * time.Hour)
	for _, tree := range []string{"Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel"} {
		w.push(core.Resource{}, "chris."+strings.ToLower(tree), "Chris", tree, true)
	}
	w.move(2 * time.Hour)
	ada = w.push(ada, "ada", "Ada", "Sample", true)
	w.push(bo, "bo", "Bo", "Nobody", false)
	w.refuse()
	w.refuse()
	w.push(ada, "ada", "Adah", "Sample", true)
}

func (w *world) start(plain bool, opts ...terminal.Option) *terminal.App {
	w.t.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen {
			return log.New(env, w.Engine, w.list, log.Doors{
				Person: func(l roster.List, id roster.PersonID) kit.Screen { return person.New(env, w.Engine, kim, l, id) },
				Source: func(*roster.List) kit.Screen { return nil },
			})
		},
		Plain: plain, Now: w.now, Subscribe: func(tell func(kit.Notice)) func() { w.tell = tell; return func() {} },
	})
	w.t.Cleanup(m.Close)
	app := terminal.Start(w.t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
	app.WaitIdle()
	return app
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

func golden(t *testing.T, name string, app *terminal.App) {
	t.Helper()
	terminal.Golden(t, name, regexp.MustCompile(`sct_[A-Za-z0-9_-]{6}`).ReplaceAllString(app.Screen(), "sct_a1b2c3"))
}

func TestTheLogLooksRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			show := func(name string, app *terminal.App) {
				t.Helper()
				golden(t, fmt.Sprintf("%s-%dx%d", name, size.width, size.height), app)
			}
			w := newWorld(t)
			show("empty", w.start(false, terminal.Size(size.width, size.height)))
			w.day()
			app := w.start(false, terminal.Size(size.width, size.height))
			show("log", app)
			app.Play("down", "p")
			show("refused", app)
			app.Play("esc", "t", "t")
			show("only-refused", app)
		})
	}
	w := newWorld(t)
	w.day()
	golden(t, "plain-80x24", w.start(true, terminal.Size(80, 24)))
}

func TestEntriesOpenThePersonAndSayWhatChanged(t *testing.T) {
	w := newWorld(t)
	w.day()
	app := w.start(false, terminal.Size(120, 40))
	wants(t, app, "updated", "Ada → Adah", "PUT /scim/v2/staff/Users", "200", "req-0014", "203.0.113.7", "3 refused in a day")
	app.Play("y")
	wants(t, app, "Copied the request id req-0014")
	app.Play("enter")
	wants(t, app, "Adah Sample", "Log ›", "History")
	app.Play("esc", "down", "enter")
	wants(t, app, "Nobody in the list belongs to this request")
	wants(t, app, "401", "The token does not open this list")
}

func TestTheLogIsFilteredAndFollowed(t *testing.T) {
	w := newWorld(t)
	w.day()
	app := w.start(false, terminal.Size(100, 30))
	app.Play("/")
	app.Type("chris cedar")
	app.Play("enter")
	screen := wants(t, app, "1 entry", "Chris Cedar")
	if strings.Contains(screen, "Chris Elm") {
		t.Errorf("it is not filtered:\n%s", screen)
	}
	app.Play("esc")
	wants(t, app, "Chris Elm")
	app.Play("t")
	wants(t, app, "only provider's")
	// Who looks at the newest sees what comes in; who looks at something keeps it.
	w.push(core.Resource{}, "new1", "New", "Comer", true)
	w.tell(kit.Notice{List: fmt.Sprint(w.list.ID), Version: 99})
	screen = wants(t, app, "New Comer")
	if !strings.Contains(line(screen, "New Comer"), "▌") {
		t.Errorf("the cursor is not on the newest:\n%s", screen)
	}
	app.Play("down")
	w.push(core.Resource{}, "new2", "Later", "Comer", true)
	w.tell(kit.Notice{List: fmt.Sprint(w.list.ID), Version: 100})
	screen = wants(t, app, "Later Comer")
	if !strings.Contains(line(screen, "Adah"), "▌") {
		t.Errorf("the cursor has moved:\n%s", screen)
	}
	app.Play("/")
	app.Type("nothing of the kind")
	wants(t, app, "Nothing in the log matches")
}

// line is the line of a screen that has a text.
func line(screen, text string) string {
	for l := range strings.Lines(screen) {
		if strings.Contains(l, text) {
			return l
		}
	}
	return ""
}
