package mapping_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"go.uber.org/goleak"

	"muster/core"
	"muster/core/changeset"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/scim/provision"
	"muster/tui"
	"muster/tui/changes"
	"muster/tui/kit"
	"muster/tui/mapping"
	"muster/tui/person"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim, sam = core.LocalUser("kim"), core.LocalUser("sam")

var ctx = context.Background()

// clock is a clock that only moves when it is told to.
type clock struct{ passed atomic.Int64 }

func (c *clock) Now() time.Time {
	return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

func (c *clock) move(d time.Duration) { c.passed.Add(int64(d)) }

// world is a store with a list to which a provider has pushed people.
type world struct {
	*core.Engine
	t     testing.TB
	clock clock
	list  roster.List
	token core.Token
	files map[string]roster.List // that were exported
}

func newWorld(t testing.TB) *world {
	t.Helper()
	if t, ok := t.(*testing.T); ok {
		t.Parallel() // mostly it waits
	}
	w := &world{t: t, files: make(map[string]roster.List)}
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	w.must(err)
	t.Cleanup(func() { w.must(store.Close()) })
	w.Engine, err = core.Open(ctx, store, core.Options{Clock: w.clock.Now, Kinds: []core.SourceKind{provision.NewKind()}})
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// connected makes the list and connects it.
func (w *world) connected() *world {
	w.t.Helper()
	list, err := w.CreateList(ctx, sam, roster.List{Slug: "staff", Name: "Staff"})
	w.must(err)
	w.list, err = w.Connect(ctx, sam, list.ID, "scim", "employee_number")
	w.must(err)
	_, w.token, err = w.NewToken(ctx, sam, w.list.ID, "Okta", time.Time{})
	w.must(err)
	w.clock.move(time.Minute)
	return w
}

// peopled has the provider push so many people.
func (w *world) peopled(n int) *world {
	w.t.Helper()
	for i := range n {
		w.push(i, strings.Fields("Lecturer Technician Librarian Porter")[i%4])
	}
	w.clock.move(time.Minute)
	w.reread()
	return w
}

func (w *world) reread() {
	w.t.Helper()
	var err error
	w.list, err = w.List(ctx, "staff")
	w.must(err)
}

// push has the provider tell of the i-th person. Every fifth has no title,
// every seventh a department with too many blanks.
func (w *world) push(i int, title string) core.Resource {
	w.t.Helper()
	first := strings.Fields("Ada Bo Clara Dario Elsa Felix Greta Hugo Ines")[i%9]
	last := strings.Fields("Abbot Brandt Castle Dorsey Eklund Farrow Greer Hallow Ivers Jessop Kramer")[i%11]
	name, department := fmt.Sprintf("%s.%s%d", strings.ToLower(first), strings.ToLower(last), i), "Science"
	if i%7 == 0 {
		department = "  Science  and Law "
	}
	said := ""
	if i%5 != 0 {
		said = fmt.Sprintf(`"title":%q,`, title)
	}
	phone := "(202) 555-01" + fmt.Sprintf("%02d", i%100)
	if i%6 == 5 {
		phone = "ask at the desk"
	}
	r, err := w.CreateResource(ctx, core.Pusher{Actor: w.token.Actor(), Provider: "Okta"}, w.list.ID, core.UserResource, core.Said{
		Name: name, Active: true, Keys: core.ResourceKeys{UserName: name, ExternalID: "00u" + name},
		JSON: fmt.Sprintf(`{"userName":%q,"externalId":%q,"name":{"givenName":%q,"familyName":%q},%s"active":true,`+
			`"emails":[{"type":"work","value":%q}],"phoneNumbers":[{"type":"work","value":%q}],`+
			`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"E%05d","department":%q},`+
			`"urn:ietf:params:scim:schemas:extension:cards:2.0:User":{"badgeColour":"blue"}}`,
			name, "00u"+name, first, last, said, name+"@example.org", phone, i+1, department),
	})
	w.must(err)
	return r
}

// doors are those of the editor.
func (w *world) doors(env *kit.Env) mapping.Doors {
	return mapping.Doors{
		Changeset: func(head changeset.Changeset) kit.Screen { return changes.One(env, w.Engine, kim, head, nil) },
		Changes:   func(l *roster.List) kit.Screen { return changes.New(env, w.Engine, kim, l, nil) },
		Person:    func(l roster.List, id roster.PersonID) kit.Screen { return person.New(env, w.Engine, kim, l, id) },
		Source:    func(*roster.List) kit.Screen { return &door{title: "Provider"} },
		Export: func(_ context.Context, path string, l *roster.List) error {
			w.files[path] = l.Clone()
			return nil
		},
		Import: func(_ context.Context, path string, l *roster.List) error {
			from := w.files[path]
			return core.CopyMappings(l, &from)
		},
	}
}

func (w *world) start(plain bool, field string, opts ...terminal.Option) *terminal.App {
	w.t.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen {
			return &door{title: "Lists", open: func() kit.Screen { return mapping.New(env, w.Engine, kim, &w.list, field, w.doors(env)) }}
		},
		Plain: plain, Now: w.clock.Now, Subscribe: w.subscribe,
	})
	w.t.Cleanup(m.Close)
	app := terminal.Start(w.t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
	app.Play("m")
	return app
}

// app is the program on the mapping editor.
func (w *world) app(opts ...terminal.Option) *terminal.App {
	w.t.Helper()
	return w.start(false, "", opts...)
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

// find puts the cursor on the line that a text finds.
func find(app *terminal.App, text string) { play(app, "/", "="+text, "enter", "g") }

func wants(t testing.TB, app *terminal.App, texts ...string) string {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
	return screen
}

func without(t testing.TB, app *terminal.App, texts ...string) {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			t.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}

// value is what somebody has in a field.
func (w *world) value(uid, key string) string {
	w.t.Helper()
	w.reread()
	p, err := w.PersonByUID(ctx, w.list.ID, uid)
	w.must(err)
	f, ok := w.list.Schema.ByKey(key)
	if !ok {
		return "(no such field)"
	}
	return p.Values.Get(f.ID)
}

// mapped is the list's mapping of an attribute to a field.
func (w *world) mapped(attribute, field string) (coremapping.Mapping, bool) {
	w.t.Helper()
	w.reread()
	for _, m := range w.list.Mappings {
		if m.Attribute == attribute && m.Field == field {
			return m, true
		}
	}
	return coremapping.Mapping{}, false
}

// door is the screen from which the editor is opened.
type door struct {
	title string
	open  func() kit.Screen
}

func (d *door) Title() string                 { return d.title }
func (d *door) Status() string                { return "" }
func (d *door) Typing() bool                  { return false }
func (d *door) Update(tea.Msg) kit.Action     { return nil }
func (d *door) Do(string) kit.Action          { return kit.Push{Screen: d.open()} }
func (d *door) View(width, height int) string { return kit.Block(nil, width, height) }
func (d *door) Bindings() []kit.Binding {
	return []kit.Binding{{ID: "door.map", Keys: []string{"m"}, Label: "mapping", Rank: 1}}
}
