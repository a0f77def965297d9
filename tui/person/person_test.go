package person_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"go.uber.org/goleak"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/person"
	"muster/tui/terminal"
	"muster/tui/theme"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim = core.LocalUser("kim")

// world is a store with a list that a directory feeds: it owns first names.
type world struct {
	tb     testing.TB
	engine *core.Engine
	list   roster.List
	mu     sync.Mutex
	now    time.Time
	tell   func(kit.Notice)
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, now: time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC)}
	store, err := storage.Open(filepath.Join(tb.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	w.must(err)
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	w.engine, err = core.Open(context.Background(), store, core.Options{Clock: w.clock})
	w.must(err)
	w.list = roster.List{
		Slug: "staff", Name: "Staff", Connection: roster.Connection{ID: "hq", Kind: "entra"},
		Mappings: []mapping.Mapping{{Attribute: "id", Field: "number", On: true}, {Attribute: "givenName", Field: "first_name", On: true}},
	}
	for _, f := range []roster.Field{
		{Key: "number", Label: "Number", UID: true}, {Key: "first_name"}, {Key: "last_name", Required: true},
		{Key: "site", Type: roster.Dropdown, Options: []string{"North", "South"}}, {Key: "since", Type: roster.Date}, {Key: "notes"},
	} {
		w.must(w.list.Schema.Add(f))
	}
	w.list, err = w.engine.CreateList(context.Background(), kim, w.list)
	w.must(err)
	w.sync("E1", "Ada", "E2", "Bo")
	w.pass(3 * time.Hour)
	w.set("E1", "last_name", "", "Example")
	w.pass(26 * time.Hour)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// sync brings in what the directory says: numbers and first names.
func (w *world) sync(pairs ...string) {
	w.tb.Helper()
	var records []mapping.Record
	for i := 0; i < len(pairs); i += 2 {
		records = append(records, mapping.Record{Line: i/2 + 1, Anchor: "a-" + pairs[i],
			Cells: []mapping.Cell{{Text: pairs[i]}, {Text: pairs[i+1]}, {Text: "Unknown"}}})
	}
	maps := append([]mapping.Mapping{{Attribute: "sn", Field: "last_name", On: true}}, w.list.Mappings...)
	d, err := w.engine.Plan(context.Background(), core.Intake{
		List: w.list.ID, Origin: changeset.Sync, Connection: "hq", Attributes: []string{"id", "givenName", "sn"}, Mappings: maps,
		Records: func(yield func([]mapping.Record, error) bool) { yield(records, nil) },
	})
	w.must(err)
	_, err = w.engine.ApplyDraft(context.Background(), core.LocalUser("the schedule"), d, core.How{})
	w.must(err)
}

func (w *world) person(uid string) roster.Person {
	w.tb.Helper()
	p, err := w.engine.PersonByUID(context.Background(), w.list.ID, uid)
	w.must(err)
	return p
}

func (w *world) value(uid, key string) string {
	f, _ := w.list.Schema.ByKey(key)
	return w.person(uid).Values.Get(f.ID)
}

// set changes a value from base, or from whatever it is.
func (w *world) set(uid, key, base, value string) {
	w.tb.Helper()
	f, _ := w.list.Schema.ByKey(key)
	p := w.person(uid)
	if base == "" {
		base = p.Values.Get(f.ID)
	}
	_, err := w.engine.SetFields(context.Background(), core.LocalUser("robin"), w.list.ID, p.ID,
		[]changeset.Change{{Field: f.ID, Base: base, Proposed: value}})
	w.must(err)
}

func (w *world) start(opts ...terminal.Option) *terminal.App {
	w.tb.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen {
			return person.New(env, w.engine, kim, w.list, w.person("E1").ID)
		},
		Now: w.clock,
		Subscribe: func(tell func(kit.Notice)) func() {
			w.tell = tell
			return func() {}
		},
	})
	w.tb.Cleanup(m.Close)
	return terminal.Start(w.tb, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

func shows(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("the screen lacks %q:\n%s", text, screen)
		}
	}
}

func TestWhatItLooksLike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("E1", "notes", "", "Left-handed; needs a holder that clips on the right. Asked for a new card, because the old one was bent.")
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}} {
		app := w.start(terminal.Size(size[0], size[1]), terminal.Profile(colorprofile.NoTTY))
		app.Play("down")
		terminal.Golden(t, fmt.Sprintf("person-%dx%d", size[0], size[1]), app.Screen())
	}
}

func TestLockedFieldsSayWhichMappingOwnsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("down")
	shows(t, app, "← givenName", "First name is locked: it is mapped from givenName; change it there")
	app.Play("e")
	shows(t, app, "! First name is locked")
}

func TestEditInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("down", "down", "enter", "ctrl+u", "enter")
	shows(t, app, "Last name is empty, and it is required")
	app.Type("Sample")
	app.Play("enter")
	shows(t, app, `Last name of Ada Example is "Sample"`, "just now", "Last name: Example → Sample")
	app.Play("z")
	shows(t, app, `Undone: Last name of E1 is "Example"`, "kim, undoing")
	app.Play("Z")
	shows(t, app, "Done again")
	if got := w.value("E1", "last_name"); got != "Sample" {
		t.Errorf("the last name is %q", got)
	}
}

func TestEditSaysWhoChangedItMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("down", "down", "e", "ctrl+u")
	app.Type("Mine")
	app.WaitIdle()
	w.set("E1", "last_name", "", "Theirs")
	app.Play("enter")
	shows(t, app, "Last name has changed meanwhile", "robin just now", `You typed "Mine"`)
	app.WaitIdle()
	w.pass(time.Second)
	app.Play("y")
	shows(t, app, "Last name: Theirs → Mine")
}

func TestDropdownOffersItsOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("down", "down", "down", "e")
	shows(t, app, "North", "South", "(empty)")
	app.Type("sou")
	app.Play("enter")
	shows(t, app, `is "South"; z undoes it`)
}

func TestDeactivateAndReactivate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("r")
	shows(t, app, "This person is active")
	app.Play("d")
	shows(t, app, "Deactivate Ada Example?")
	app.WaitIdle()
	w.pass(time.Second)
	app.Play("y")
	shows(t, app, "Deactivated Ada Example; z undoes it", "deactivated")
	app.Play("d")
	shows(t, app, "This person is inactive already")
	app.Play("r", "y")
	shows(t, app, "Reactivated Ada Example; z undoes it", "reactivated")
}

func TestNoticesAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("down", "down", "down", "down")
	app.WaitIdle()
	w.set("E1", "notes", "", "seen")
	w.tell(kit.Notice{List: fmt.Sprint(w.list.ID), Version: 99})
	shows(t, app, "Notes: — → seen", "a date like 2006-01-31")
}

func TestCopyAValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("down", "y")
	app.WaitIdle()
	if got := app.Clipboard(); got != "Ada" {
		t.Errorf("the clipboard holds %q", got)
	}
}

func TestAPersonAsOfAMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("E1", "notes", "", "Left-handed")
	all, err := w.engine.Overview(context.Background(), w.list.ID, 2)
	w.must(err)
	app := w.start(terminal.Size(100, 30))
	shows(t, app, "Left-handed")
	app.Play("@")
	shows(t, app, "Show Ada Example as it was")
	app.Type(fmt.Sprint(all[1].ID))
	app.Play("enter")
	shows(t, app, "as it was, read only")
	if strings.Contains(app.Screen(), "Left-handed") {
		t.Errorf("the value of now is shown:\n%s", app.Screen())
	}
	app.Play("@")
	shows(t, app, "This is the person as they were; esc goes back to now")
	app.Play("esc")
	shows(t, app, "Left-handed")
}

func TestLeavingWhatIsTypedAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("down", "down", "e")
	app.Type("x")
	app.Play("ctrl+c")
	shows(t, app, "Leave without saving?", "What you typed is not saved")
}

// A pane reads whoever rests under the cursor, and nobody else.
func TestPaneReadsWhoRests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	env := kit.NewEnv(theme.Options{}, w.clock)
	p := person.NewPane(env, w.engine, w.list)
	run := func(a kit.Action) tea.Msg { return a.(kit.Run).Cmd() }

	first := p.Show(w.person("E1").ID, true)
	p.Update(run(first))
	if view := p.View(40, 20); !strings.Contains(view, "Ada Example") || !strings.Contains(view, "robin") {
		t.Errorf("the pane shows\n%s", view)
	}
	passing := p.Show(w.person("E2").ID, true)
	back := p.Show(w.person("E1").ID, true)
	if msg := run(passing); msg != nil {
		t.Errorf("somebody was read in passing: %v", msg)
	}
	p.Update(run(back))
	if p.Show(w.person("E1").ID, true) != nil {
		t.Error("the same person is read twice")
	}
	if p.Show(roster.PersonID{}, false); strings.TrimSpace(p.View(40, 20)) != "" {
		t.Error("nobody is not shown as nobody")
	}
	p.Close()
}

func TestPaneScrolls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("E1", "notes", "", strings.Repeat("A long story. ", 40))
	p := person.NewPane(kit.NewEnv(theme.Options{}, w.clock), w.engine, w.list)
	p.Update(p.Show(w.person("E1").ID, true).(kit.Run).Cmd())
	if view := p.View(40, 8); !strings.Contains(view, "more lines: J") {
		t.Errorf("the pane does not say that there is more:\n%s", view)
	}
	p.Scroll(1000)
	view := p.View(40, 8)
	if lines := strings.Split(view, "\n"); len(lines) != 8 || !strings.Contains(view, "added") || strings.Contains(view, "more lines") {
		t.Errorf("the end is\n%s", view)
	}
	p.Scroll(-1000)
	if view := p.View(40, 8); !strings.Contains(view, "Ada Example") {
		t.Errorf("the beginning is\n%s", view)
	}
}

// Who was reactivated by hand, though the source says otherwise, is shown as
// such until the source says something else.
func TestAPinnedStatusIsShown(t *testing.T) {
	w := newWorld(t)
	w.gone("E1")
	app := w.start(terminal.Size(100, 24))
	app.Play("r", "y")
	screen := app.Screen()
	for _, text := range []string{"active, pinned", "Pinned: kim made this person active though the source says inactive"} {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
	w.sync("E1", "Ada", "E2", "Bo")
	app.Send(kit.Notice{List: "1"})
	if screen := app.Screen(); strings.Contains(screen, "inned") {
		t.Errorf("the pin outlived the source's next word:\n%s", screen)
	}
}

// gone has the directory say that somebody is no more.
func (w *world) gone(uid string) {
	w.tb.Helper()
	records := []mapping.Record{{Line: 1, Anchor: "a-" + uid, Gone: true, Cells: []mapping.Cell{{Text: uid}, {Text: "Ada"}}}}
	d, err := w.engine.Plan(context.Background(), core.Intake{
		List: w.list.ID, Origin: changeset.Sync, Connection: "hq", Attributes: []string{"id", "givenName"}, Mappings: w.list.Mappings,
		Records: func(yield func([]mapping.Record, error) bool) { yield(records, nil) },
	})
	w.must(err)
	_, err = w.engine.ApplyDraft(context.Background(), core.LocalUser("the schedule"), d, core.How{})
	w.must(err)
}
