package schema_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/schema"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim, robin = core.LocalUser("kim"), core.LocalUser("robin")

// world is a store with a list, and a clock that is moved by hand.
type world struct {
	tb     testing.TB
	engine *core.Engine
	slug   string
	doors  schema.Doors
	passed atomic.Int64
	tell   func(kit.Notice)
}

func (w *world) now() time.Time {
	return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC).Add(time.Duration(w.passed.Load()))
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// staffFields are the fields of the list that most tests are about.
func staffFields() []roster.Field {
	return []roster.Field{
		{Key: "number", Label: "Number", UID: true},
		{Key: "first_name", Label: "First name", Required: true},
		{Key: "last_name", Label: "Last name", Required: true},
		{Key: "email", Label: "E-mail", Type: roster.Email},
		{Key: "department", Label: "Department", Type: roster.Dropdown, Options: []string{"Sci", "Law", "Arts"}},
		{Key: "year", Label: "Year"},
		{Key: "fax", Label: "Fax"},
	}
}

// staffRow is what one of them has, by n.
func staffRow(n int) []string {
	year := fmt.Sprint(2000 + n%5)
	if n%10 == 3 {
		year = "n/a"
	}
	fax := ""
	if n%4 == 0 {
		fax = fmt.Sprintf("020 %04d", n/8)
	}
	return []string{
		fmt.Sprintf("E%03d", n), []string{"Ada", "Bo", "Chloé", "Dima"}[n%4], []string{"Stone", "Reed", "Ward"}[n%3],
		fmt.Sprintf("p%d@example.org", n), []string{"Sci", "Law", "Arts"}[n%3], year, fax,
	}
}

// newWorld makes a list of fields with n people, whose rows row makes.
func newWorld(tb testing.TB, fields []roster.Field, n int, row func(int) []string) *world {
	tb.Helper()
	w := &world{tb: tb, slug: "staff"}
	store, err := storage.Open(filepath.Join(tb.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	w.must(err)
	tb.Cleanup(func() { w.must(store.Close()) })
	w.engine, err = core.Open(context.Background(), store, core.Options{Clock: w.now})
	w.must(err)
	l := roster.List{Slug: w.slug, Name: "Staff", Limits: roster.DefaultLimits()}
	for _, f := range fields {
		w.must(l.Schema.Add(f))
	}
	l, err = w.engine.CreateList(context.Background(), kim, l)
	w.must(err)
	if n > 0 {
		in := core.Intake{List: l.ID, Origin: changeset.Import, Note: "staff.csv"}
		for _, f := range fields {
			in.Attributes = append(in.Attributes, f.Key)
			in.Mappings = append(in.Mappings, mapping.Mapping{Attribute: f.Key, Field: f.Key, On: true})
		}
		records := make([]mapping.Record, n)
		for i := range records {
			records[i].Line = i + 2
			for _, text := range row(i) {
				records[i].Cells = append(records[i].Cells, mapping.Cell{Text: text})
			}
		}
		in.Records = func(yield func([]mapping.Record, error) bool) { yield(records, nil) }
		d, err := w.engine.Plan(context.Background(), in)
		w.must(err)
		_, err = w.engine.ApplyDraft(context.Background(), robin, d, core.How{})
		w.must(err)
	}
	return w
}

// staff is the world of most tests.
func staff(tb testing.TB) *world { tb.Helper(); return newWorld(tb, staffFields(), 40, staffRow) }

func (w *world) list() roster.List {
	w.tb.Helper()
	l, err := w.engine.List(context.Background(), w.slug)
	w.must(err)
	return l
}

// field is a field as it is now.
func (w *world) field(key string) roster.Field {
	w.tb.Helper()
	l := w.list()
	f, ok := l.Schema.ByKey(key)
	if !ok {
		w.tb.Fatalf("there is no field %s", key)
	}
	return f
}

// values are how many people have which value of a field.
func (w *world) values(key string) map[string]int {
	w.tb.Helper()
	l, out := w.list(), make(map[string]int)
	f, _ := l.Schema.ByKey(key)
	w.must(w.engine.EachPerson(context.Background(), l.ID, func(p *roster.Person) error {
		out[p.Values.Get(f.ID)]++
		return nil
	}))
	return out
}

// start runs the screen.
func (w *world) start(opts ...terminal.Option) *terminal.App { return w.startAs(kim, false, opts...) }

func (w *world) startAs(actor core.Actor, plain bool, opts ...terminal.Option) *terminal.App {
	w.tb.Helper()
	l := w.list()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return schema.New(env, w.engine, actor, &l, w.doors) },
		Plain: plain, Now: w.now,
		Subscribe: func(tell func(kit.Notice)) func() {
			w.tell = tell
			return func() {}
		},
	})
	w.tb.Cleanup(m.Close)
	return terminal.Start(w.tb, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

// reach moves the cursor to a field.
func reach(t *testing.T, app *terminal.App, label string) {
	t.Helper()
	app.Play("home")
	for range 40 {
		for _, line := range app.Lines() {
			if fields := strings.TrimLeft(strings.TrimPrefix(line, "▌"), " ~+−"); strings.HasPrefix(line, "▌") && strings.HasPrefix(fields, label) {
				return
			}
		}
		app.Play("down")
	}
	t.Fatalf("no field is called %q:\n%s", label, app.Screen())
}

func shows(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

func lacks(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			t.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}

// pass lets the moment go by in which a dangerous question is deaf.
func (w *world) pass() { w.passed.Add(int64(time.Second)) }
