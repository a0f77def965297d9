package roster_test

import (
	"context"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"

	"muster/core"
	"muster/core/changeset"
	"muster/core/madeup"
	"muster/core/mapping"
	coreroster "muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/roster"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim = core.LocalUser("kim")

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a store with a list in it.
type world struct {
	tb     testing.TB
	clock  *clock
	engine *core.Engine
	list   coreroster.List
	write  roster.Exporter
	tell   func(kit.Notice)
	narrow bool // nobody has a wide character in a value
}

func newWorld(tb testing.TB, people int) *world {
	tb.Helper()
	store, err := storage.Open(filepath.Join(tb.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{tb: tb, clock: newClock()}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	if w.engine, err = core.Open(context.Background(), store, core.Options{Clock: w.clock.Now}); err != nil {
		tb.Fatal(err)
	}
	w.list = coreroster.List{Slug: "staff", Name: "Staff"}
	for _, f := range fields() {
		w.must(w.list.Schema.Add(f))
	}
	w.list, err = w.engine.CreateList(context.Background(), kim, w.list)
	w.must(err)
	if people > 0 {
		w.fill(people)
	}
	return w
}

// fields are those of the made-up people, who come in these columns.
func fields() []coreroster.Field {
	return []coreroster.Field{
		{Key: "number", Label: "Number", UID: true}, {Key: "first_name"}, {Key: "last_name", Required: true},
		{Key: "display_name"}, {Key: "email", Label: "E-mail", Type: coreroster.Email}, {Key: "phone"},
		{Key: "department"}, {Key: "job_title"}, {Key: "site", Type: coreroster.Dropdown, Options: sites()},
		{Key: "start_date", Type: coreroster.Date}, {Key: "card_number", Type: coreroster.Number}, {Key: "notes"},
	}
}

// sites are those of the made-up people, as the options of a dropdown.
func sites() []string {
	var all []string
	for row := range (madeup.Roster{People: 2000}).Rows() {
		if site := row[madeup.Site]; site != "" && !slices.Contains(all, site) {
			all = append(all, site)
		}
	}
	slices.Sort(all)
	return all
}

// fill imports made-up people.
func (w *world) fill(people int) {
	w.tb.Helper()
	var names []string
	var maps []mapping.Mapping
	for _, f := range w.list.Schema.Fields {
		names = append(names, f.Key)
		maps = append(maps, mapping.Mapping{Attribute: f.Key, Field: f.Key, On: true})
	}
	d, err := w.engine.Plan(context.Background(), core.Intake{
		List: w.list.ID, Origin: changeset.Import, Note: "staff.csv", Attributes: names, Mappings: maps,
		Records: w.records(people, len(names)),
	})
	w.must(err)
	_, err = w.engine.ApplyDraft(context.Background(), core.LocalUser("robin"), d, core.How{})
	w.must(err)
	w.clock.move(20 * time.Minute)
}

func (w *world) records(people, fields int) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		const size = 4096
		line := 1
		batch := make([]mapping.Record, 0, size)
		for row := range (madeup.Roster{People: people}).Rows() {
			line++
			if all := strings.Join(row, ""); w.narrow && ansi.StringWidth(all) > utf8.RuneCountInString(all) {
				continue
			}
			cells := make([]mapping.Cell, fields)
			for i := range cells {
				cells[i].Text = row[i]
			}
			if batch = append(batch, mapping.Record{Line: line, Cells: cells}); len(batch) == size {
				if !yield(batch, nil) {
					return
				}
				batch = make([]mapping.Record, 0, size)
			}
		}
		yield(batch, nil)
	}
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// model is a terminal session that begins with the list's roster.
func (w *world) model(plain bool) *tui.Model {
	w.tb.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen {
			return roster.New(env, w.engine, kim, w.list, roster.Options{Export: w.write})
		},
		Now: w.clock.Now, Plain: plain,
		Subscribe: func(tell func(kit.Notice)) func() {
			w.tell = tell
			return func() {}
		},
	})
	w.tb.Cleanup(m.Close)
	return m
}

// start opens the roster in a terminal.
func (w *world) start(opts ...terminal.Option) *terminal.App {
	w.tb.Helper()
	m := w.model(false)
	return terminal.Start(w.tb, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

// shows fails unless the screen holds all of the texts.
func shows(t *testing.T, app *terminal.App, texts ...string) string {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("the screen lacks %q:\n%s", text, screen)
		}
	}
	return screen
}

// lacks fails if the screen holds any of the texts.
func lacks(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			t.Errorf("the screen has %q:\n%s", text, screen)
		}
	}
}

// field returns the list's field of a key.
func (w *world) field(key string) coreroster.Field {
	w.tb.Helper()
	f, ok := w.list.Schema.ByKey(key)
	if !ok {
		w.tb.Fatalf("there is no field %s", key)
	}
	return f
}

// person returns who holds a UID.
func (w *world) person(uid string) coreroster.Person {
	w.tb.Helper()
	p, err := w.engine.PersonByUID(context.Background(), w.list.ID, uid)
	w.must(err)
	return p
}

func (w *world) value(uid, key string) string {
	w.tb.Helper()
	return w.person(uid).Values.Get(w.field(key).ID)
}

// set changes a value behind the screen's back.
func (w *world) set(actor core.Actor, uid, key, value string) {
	w.tb.Helper()
	p, f := w.person(uid), w.field(key)
	_, err := w.engine.SetFields(context.Background(), actor, w.list.ID, p.ID,
		[]changeset.Change{{Field: f.ID, Base: p.Values.Get(f.ID), Proposed: value}})
	w.must(err)
}

func (w *world) add(uid, first, last string) { w.addAs(kim, uid, first, last) }

func (w *world) addAs(actor core.Actor, uid, first, last string) {
	w.tb.Helper()
	_, _, err := w.engine.AddPerson(context.Background(), actor, w.list.ID, map[coreroster.FieldID]string{
		w.field("number").ID: uid, w.field("first_name").ID: first, w.field("last_name").ID: last,
	})
	w.must(err)
}

func (w *world) deactivate(uids ...string) {
	w.tb.Helper()
	var ids []coreroster.PersonID
	for _, uid := range uids {
		ids = append(ids, w.person(uid).ID)
	}
	d, err := w.engine.DraftStatus(context.Background(), w.list.ID, ids, coreroster.Inactive, nil)
	w.must(err)
	_, err = w.engine.ApplyDraft(context.Background(), core.LocalUser("robin"), d, core.How{})
	w.must(err)
}

// count counts the active people whose values are so.
func (w *world) count(is func(coreroster.Values) bool) (n int) {
	w.tb.Helper()
	w.must(w.engine.EachPerson(context.Background(), w.list.ID, func(p *coreroster.Person) error {
		if p.Status == coreroster.Active && is(p.Values) {
			n++
		}
		return nil
	}))
	return n
}

// commonest returns the value that most people have in a field.
func (w *world) commonest(f coreroster.FieldID) string {
	counts := map[string]int{}
	w.count(func(v coreroster.Values) bool { counts[v.Get(f)]++; return false })
	best := ""
	for value, n := range counts {
		if n > counts[best] || n == counts[best] && value < best {
			best = value
		}
	}
	return best
}

// last returns the newest changeset.
func (w *world) last() changeset.Changeset {
	w.tb.Helper()
	heads, err := w.engine.Changesets(context.Background(), 1, nil)
	w.must(err)
	return heads[0]
}

// forget makes the list look as it does to somebody new.
func (w *world) forget() {
	w.tb.Helper()
	w.must(w.engine.Prefer(context.Background(), kim, w.list.ID, "roster", nil))
}

// goTo makes a field's column the current one.
func (w *world) goTo(app *terminal.App, key string) {
	w.tb.Helper()
	app.WaitIdle()
	for range slices.IndexFunc(w.list.Schema.Fields, func(f coreroster.Field) bool { return f.Key == key }) {
		app.Press("right")
	}
	app.WaitIdle()
}

// cursorAt returns the line that the cursor is on, and cursorLine what it says
// of the table.
func cursorAt(app *terminal.App) int {
	return slices.IndexFunc(app.Lines(), func(line string) bool { return strings.HasPrefix(line, "▌") })
}

func cursorLine(app *terminal.App) string {
	at := cursorAt(app)
	if at < 0 {
		return ""
	}
	line, _, _ := strings.Cut(app.Lines()[at], "│")
	return line
}

// header returns the titles of the columns.
func header(app *terminal.App) string { return app.Lines()[2] }
