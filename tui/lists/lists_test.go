package lists_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/lists"
	"muster/tui/terminal"
)

var kim = core.LocalUser("kim")

// clock is a clock that only moves when it is told to.
type clock struct{ passed atomic.Int64 }

func (c *clock) Now() time.Time {
	return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

func open(t *testing.T, c *clock) *core.Engine {
	t.Helper()
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	e, err := core.Open(context.Background(), store, core.Options{Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// fill makes a list of n people.
func fill(t *testing.T, e *core.Engine, slug, name string, n int) roster.List {
	t.Helper()
	l := roster.List{Slug: slug, Name: name}
	for i, label := range []string{"Number", "First name", "Last name"} {
		if err := l.Schema.Add(roster.Field{Key: roster.KeyFor(label), Label: label, UID: i == 0}); err != nil {
			t.Fatal(err)
		}
	}
	l, err := e.CreateList(context.Background(), kim, l)
	if err != nil {
		t.Fatal(err)
	}
	if n > 0 {
		if _, err := e.ApplyDraft(context.Background(), kim, plan(t, e, l, slug+"-autumn.csv", "Reed", n), core.How{}); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func plan(t *testing.T, e *core.Engine, l roster.List, note, last string, n int) *core.Draft {
	t.Helper()
	in := core.Intake{List: l.ID, Origin: changeset.Import, Note: note, Attributes: []string{"number", "first_name", "last_name"}, Records: records(n, last)}
	for _, a := range in.Attributes {
		in.Mappings = append(in.Mappings, mapping.Mapping{Attribute: a, Field: a, On: true})
	}
	d, err := e.Plan(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func records(n int, last string) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		all := make([]mapping.Record, n)
		for i := range all {
			all[i] = mapping.Record{Line: i + 2, Cells: []mapping.Cell{{Text: fmt.Sprintf("E%05d", i)}, {Text: "Ada"}, {Text: last}}}
		}
		yield(all, nil)
	}
}

// school is a store of three lists, in one of which a changeset waits.
func school(t *testing.T, c *clock) *core.Engine {
	t.Helper()
	e := open(t, c)
	staff := fill(t, e, "staff", "Staff", 1204)
	fill(t, e, "students-2026", "Students of the Faculty of Arts and Humanities", 5000)
	fill(t, e, "visitors", "Visitors", 0)
	c.passed.Add(int64(26 * time.Hour))
	if _, err := e.Propose(context.Background(), kim, plan(t, e, staff, "staff-spring.csv", "Ward", 300)); err != nil {
		t.Fatal(err)
	}
	c.passed.Add(int64(12 * time.Minute))
	return e
}

// room is what a door opens onto.
type room struct{ title string }

func (r room) Title() string                 { return r.title }
func (r room) Status() string                { return "" }
func (r room) Typing() bool                  { return false }
func (r room) Bindings() []kit.Binding       { return nil }
func (r room) Do(string) kit.Action          { return nil }
func (r room) Update(tea.Msg) kit.Action     { return nil }
func (r room) View(width, height int) string { return kit.Block(nil, width, height) }

func called(kind string, l *roster.List) kit.Screen {
	if l == nil {
		return room{kind + " of no list"}
	}
	return room{kind + " of " + l.Slug}
}

func run(t *testing.T, c *clock, e *core.Engine, plain bool, opts ...terminal.Option) *terminal.App {
	t.Helper()
	doors := lists.Doors{
		Roster:   func(l roster.List) kit.Screen { return called("roster", &l) },
		Import:   func(l *roster.List) kit.Screen { return called("import", l) },
		Changes:  func(l *roster.List) kit.Screen { return called("changes", l) },
		Sessions: func(l *roster.List) kit.Screen { return called("sessions", l) },
		Schema:   func(l *roster.List) kit.Screen { return called("fields", l) },
	}
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return lists.New(env, e, kim, doors) },
		Plain: plain, Now: c.Now,
	})
	t.Cleanup(m.Close)
	return terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

func wants(t *testing.T, screen string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

func TestListsLookRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			c := new(clock)
			golden := func(name string, app *terminal.App) {
				t.Helper()
				terminal.Golden(t, fmt.Sprintf("%s-%dx%d", name, size.width, size.height), app.Screen())
			}
			empty := run(t, c, open(t, c), false, terminal.Size(size.width, size.height))
			golden("empty", empty)
			empty.Play("n")
			golden("name", empty)
			empty.Type("Summer school")
			empty.Play("enter")
			golden("builder", empty)
			empty.Play("n")
			golden("field", empty)
			golden("lists", run(t, c, school(t, c), false, terminal.Size(size.width, size.height)))
		})
	}
}

func TestPlainIsInWords(t *testing.T) {
	c := new(clock)
	terminal.Golden(t, "plain-80x24", run(t, c, school(t, c), true, terminal.Size(80, 24)).Screen())
	terminal.Golden(t, "plain-empty-80x24", run(t, c, open(t, c), true, terminal.Size(80, 24)).Screen())
}

func TestEveryDoorOpens(t *testing.T) {
	c := new(clock)
	e := school(t, c)
	for keys, says := range map[string]string{
		"enter": "roster of staff", "i": "import of staff", "I": "import of no list", "c": "changes of staff", "C": "changes of no list",
		"s": "sessions of staff", "S": "sessions of no list", "f": "fields of staff",
	} {
		app := run(t, c, e, false, terminal.Size(80, 24))
		app.Play(keys)
		wants(t, app.Screen(), says)
	}
}

func TestKeysWaitForTheLists(t *testing.T) {
	c := new(clock)
	app := run(t, c, school(t, c), false, terminal.Size(80, 24))
	app.Type("j\r") // before anything is on the screen
	wants(t, app.Screen(), "roster of students-2026")
}

func TestEmptyStoreRunsWhatTheCursorIsOn(t *testing.T) {
	c := new(clock)
	e := open(t, c)
	app := run(t, c, e, false, terminal.Size(80, 24))
	app.Play("enter")
	wants(t, app.Screen(), "import of no list")
	app.Play("esc", "down", "down", "enter")
	wants(t, app.Screen(), "muster demo", "thrown away")
	app.Play("enter", "up", "enter")
	wants(t, app.Screen(), "New list")
	app = run(t, c, e, false, terminal.Size(80, 24))
	app.WaitIdle()
	app.Click(10, 6)
	wants(t, app.Screen(), "import of no list")
}

func TestListIsMadeByHand(t *testing.T) {
	c := new(clock)
	e := school(t, c)
	app := run(t, c, e, false, terminal.Size(80, 24))
	app.Play("n")
	app.Type("Staff")
	app.Play("enter")
	wants(t, app.Screen(), "called staff-2 in commands")
	app.Play("end", "x", "n")
	app.Type("Building")
	app.Play("tab")
	app.Type("dropdown")
	app.Play("enter", "tab")
	app.Type("North, South")
	app.Play("tab", "right", "enter", "ctrl+s")
	wants(t, app.Screen(), "Made the list Staff", "Number (UID), First name, Last name, Building")
	l, err := e.List(context.Background(), "staff-2")
	if err != nil {
		t.Fatal(err)
	}
	f, ok := l.Schema.ByKey("building")
	if !ok || f.Type != roster.Dropdown || !f.Required || len(f.Options) != 2 {
		t.Errorf("the field is %+v", f)
	}
	app.Play("enter")
	wants(t, app.Screen(), "roster of staff-2")
}

func TestListIsNotMadeHalf(t *testing.T) {
	c := new(clock)
	e := open(t, c)
	app := run(t, c, e, false, terminal.Size(80, 24))
	app.Play("n")
	wants(t, app.Screen(), "What is the new list called?", "First its name, then its fields")
	app.Play("esc")
	wants(t, app.Screen(), "The list has no name yet; r gives it one")
	app.Play("ctrl+s") // asks first
	wants(t, app.Screen(), "What is the new list called?")
	app.Play("esc", "r")
	app.Type("Staff")
	app.Play("tab")
	app.Type("A b")
	app.Play("enter")
	wants(t, app.Screen(), "cannot name a list")
	app.Play("enter", "ctrl+u", "enter", "home", "x", "ctrl+s")
	wants(t, app.Screen(), "Press u on the field that tells people apart")
	app.Play("esc")
	wants(t, app.Screen(), "The list has not been made yet")
	app.Play("esc", "u", "ctrl+s")
	wants(t, app.Screen(), "Made the list Staff")
}

func TestListIsMadeOnceItHasAName(t *testing.T) {
	c := new(clock)
	app := run(t, c, open(t, c), false, terminal.Size(80, 24))
	app.Play("n", "esc", "ctrl+s")
	app.Type("Guests")
	app.Play("enter")
	wants(t, app.Screen(), "Made the list Guests")
}

func TestChangesElsewhereShow(t *testing.T) {
	c := new(clock)
	e := school(t, c)
	app := run(t, c, e, false, terminal.Size(80, 24))
	app.WaitIdle()
	fill(t, e, "alumni", "Alumni", 12)
	app.Play("C", "esc")
	wants(t, app.Screen(), "Alumni", "4 lists")
}
