package duplicates_test

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
	"muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/duplicates"
	"muster/tui/kit"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	kim = core.LocalUser("kim")
	ctx = context.Background()
)

// clock stands still until it is moved.
type clock struct{ passed atomic.Int64 }

func (c *clock) Now() time.Time {
	return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

// world is a store with a list of people, some of whom are there twice.
type world struct {
	t     *testing.T
	clock clock
	e     *core.Engine
	list  roster.List
}

func newWorld(t *testing.T, rows ...string) *world {
	t.Helper()
	w := &world{t: t}
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	w.must(err)
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.e, err = core.Open(ctx, store, core.Options{Clock: w.clock.Now})
	w.must(err)
	l := roster.List{Slug: "pupils", Name: "Pupils"}
	for i, label := range []string{"Number", "First name", "Last name", "Date of birth", "Email", "Phone", "Form"} {
		w.must(l.Schema.Add(roster.Field{Key: roster.KeyFor(label), Label: label, UID: i == 0}))
	}
	w.list, err = w.e.CreateList(ctx, kim, l)
	w.must(err)
	for i, r := range rows {
		values := map[roster.FieldID]string{1: fmt.Sprintf("P%d", i+1)}
		for n, cell := range strings.Split(r, "|") {
			values[roster.FieldID(n+2)] = cell
		}
		_, _, err := w.e.AddPerson(ctx, kim, w.list.ID, values)
		w.must(err)
	}
	return w
}

// twice is a list in which three are one, and two another.
func twice(t *testing.T) *world {
	return newWorld(t,
		"Ada|Kirk|2010-01-02|ada@x.example||7a",
		"Bo|Lund|2011-05-06|bo@x.example|555 02|7a",
		"Adda|Kirk|2010-01-02|ADA@x.example|555 01|",
		"Boo|Lund||boo@x.example|555 02|7b",
		"Ada|Kirke|2010-01-02|ada@x.example|555 09|7c",
		"Cy|Moss|2012-07-08|cy@x.example|555 05|7b")
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start(plain bool, opts ...terminal.Option) *terminal.App {
	w.t.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return duplicates.New(env, w.e, kim, w.list) },
		Plain: plain, Now: w.clock.Now,
	})
	w.t.Cleanup(m.Close)
	return terminal.Start(w.t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

// agree reads a question and says yes.
func (w *world) agree(app *terminal.App) {
	app.WaitIdle()
	w.clock.passed.Add(int64(time.Minute))
	app.Play("y")
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

func (w *world) person(uid string) roster.Person {
	w.t.Helper()
	p, err := w.e.PersonByUID(ctx, w.list.ID, uid)
	w.must(err)
	return p
}

func (w *world) value(uid string, f roster.FieldID) string { return w.person(uid).Values.Get(f) }

func TestWhatItLooksLike(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			w := twice(t)
			app := w.start(false, terminal.Size(size.width, size.height))
			golden := func(name string) {
				t.Helper()
				app.WaitIdle()
				terminal.Golden(t, fmt.Sprintf("%s-%dx%d", name, size.width, size.height), app.Screen())
			}
			golden("list")
			app.Play("enter", "down", "down", "right")
			golden("compare")
			app.Play("enter", "right", "o", "=")
			golden("chosen")
			app.Play("m")
			golden("question")
			app.Play("n", "esc", "x", "tab")
			golden("apart")
		})
	}
}

func TestPlainHasWordsForSigns(t *testing.T) {
	w := twice(t)
	app := w.start(true, terminal.Size(80, 24))
	app.Play("enter")
	terminal.Golden(t, "plain-80x24", app.Screen())
}

func TestThreeAreMergedFieldByFieldAndItIsTakenBack(t *testing.T) {
	w := twice(t)
	app := w.start(false, terminal.Size(120, 40))
	// P3 stays, with the first name of P1 and the form of P5.
	app.Play("enter", "right", "s", "left", "down", "enter", "right", "right", "down", "down", "down", "down", "down", "enter", "m")
	shows(t, app, "Merge into P3?", "Adda Kirk gets First name, Form of the others. 2 people")
	w.agree(app)
	shows(t, app, "Merged into Adda Kirk", "1 to look at")
	if got := [...]string{w.value("P3", 2), w.value("P3", 3), w.value("P3", 6), w.value("P3", 7)}; got != [...]string{"Ada", "Kirk", "555 01", "7c"} {
		t.Errorf("P3 has %q", got)
	}
	if w.person("P1").Status != roster.Inactive || w.person("P5").Status != roster.Inactive {
		t.Error("the others are still active")
	}
	app.Play("z")
	shows(t, app, "Undone", "2 to look at")
	if w.value("P3", 2) != "Adda" || w.person("P1").Status != roster.Active {
		t.Error("it is not taken back")
	}
}

func TestWhoIsLeftOutStaysActive(t *testing.T) {
	w := twice(t)
	app := w.start(false, terminal.Size(120, 40))
	app.Play("enter", "right", "o", "m")
	shows(t, app, "Ada Kirk gets Phone of the others. 1 person becomes inactive")
	w.agree(app)
	if w.person("P3").Status != roster.Active || w.person("P5").Status != roster.Inactive || w.value("P1", 6) != "555 09" {
		t.Errorf("P3 is %s, P5 %s, and P1 has %q", w.person("P3").Status, w.person("P5").Status, w.value("P1", 6))
	}
}

func TestAValueOfNobodyCanBeTyped(t *testing.T) {
	w := twice(t)
	app := w.start(false, terminal.Size(120, 40))
	app.Play("enter", "e")
	shows(t, app, "Who stays keeps the Number")
	app.Play("down", "down", "e", "ctrl+u")
	app.Type("Kirkegaard")
	app.Play("enter", "m")
	terminal.Golden(t, "typed-120x40", app.Screen())
	shows(t, app, "Ada Kirk gets Phone of the others, and Last name as typed.")
	w.agree(app)
	if got := [...]string{w.value("P1", 3), w.value("P1", 6)}; got != [...]string{"Kirkegaard", "555 01"} {
		t.Errorf("P1 has %q", got)
	}
}

func TestInactivePeopleAreComparedIfAskedFor(t *testing.T) {
	w := twice(t)
	d, err := w.e.DraftStatus(ctx, w.list.ID, []roster.PersonID{w.person("P2").ID, w.person("P6").ID}, roster.Inactive, nil)
	w.must(err)
	_, err = w.e.ApplyDraft(ctx, kim, d, core.How{})
	w.must(err)
	app := w.start(false, terminal.Size(120, 40))
	shows(t, app, "1 to look at")
	app.Play("t")
	shows(t, app, "2 to look at, inactive people among them", "Bo Lund / Boo Lund")
	app.Play("end", "enter", "left")
	shows(t, app, "is inactive", "stays")
	app.Play("s")
	shows(t, app, "Only somebody active can stay")
	app.Play("m")
	shows(t, app, "Boo Lund gets Date of birth of the others.", "inactive already and keep everything")
	w.agree(app)
	if got := w.value("P4", 4); got != "2011-05-06" {
		t.Errorf("P4 was born on %q", got)
	}
}

func TestSomebodyElsesEditIsNotOverwritten(t *testing.T) {
	w := twice(t)
	app := w.start(false, terminal.Size(120, 40))
	app.Play("enter", "down", "down", "right", "right", "enter")
	p := w.person("P1")
	_, err := w.e.SetFields(ctx, core.LocalUser("lee"), w.list.ID, p.ID, []changeset.Change{{Field: 3, Base: "Kirk", Proposed: "Kirkwood"}})
	w.must(err)
	app.Play("m")
	w.agree(app)
	shows(t, app, "has changed since: Last name is")
	if w.value("P1", 3) != "Kirkwood" || w.person("P3").Status != roster.Active {
		t.Error("the edit was overwritten, or half of the merge was done")
	}
}

func TestNotTheSameIsRememberedAndTakenBack(t *testing.T) {
	w := twice(t)
	app := w.start(false, terminal.Size(120, 40))
	app.Play("end", "x")
	shows(t, app, "They are not the same", "1 to look at")
	app.Play("tab")
	shows(t, app, "Bo Lund / Boo Lund", "P2, P4", "kim", "1 pair is not the same")
	app.Play("x")
	shows(t, app, "They are looked at again", "Nobody said of two people")
	app.Play("tab")
	shows(t, app, "2 to look at")
	app.Play("enter", "x")
	shows(t, app, "They are not the same", "1 to look at")
	all, err := w.e.Dismissals(ctx, w.list.ID)
	if w.must(err); len(all) != 3 {
		t.Errorf("of three people, %d pairs are not the same", len(all))
	}
}

func TestNobodyIsThereTwice(t *testing.T) {
	w := newWorld(t, "Ada|Kirk|2010-01-02|ada@x.example||7a")
	app := w.start(false, terminal.Size(80, 24))
	app.WaitIdle()
	shows(t, app, "Nobody seems to be here twice")
	app.Play("enter")
	shows(t, app, "Nobody is shown here")
}

func TestWhyIsAskedOfAValue(t *testing.T) {
	w := twice(t)
	app := w.start(false, terminal.Size(120, 40))
	app.Play("enter", "down", "right", "w")
	shows(t, app, "Why First name of Adda Kirk", "typed by kim")
}
