package why_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/person"
	"muster/tui/terminal"
	"muster/tui/theme"
	"muster/tui/why"
)

var (
	kim = core.LocalUser("kim")
	now = time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC)
)

// ada makes a list with somebody who was added and edited.
func ada(t *testing.T) (*core.Engine, roster.List, roster.PersonID) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	must(err)
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx := context.Background()
	e, err := core.Open(ctx, store, core.Options{Clock: func() time.Time { return now.Add(-time.Hour) }})
	must(err)
	l := roster.List{Slug: "staff", Name: "Staff"}
	must(l.Schema.Add(roster.Field{Key: "number", UID: true}))
	must(l.Schema.Add(roster.Field{Key: "first_name"}))
	must(l.Schema.Add(roster.Field{Key: "last_name"}))
	l, err = e.CreateList(ctx, kim, l)
	must(err)
	_, id, err := e.AddPerson(ctx, kim, l.ID, map[roster.FieldID]string{1: "E7", 2: "Ada", 3: "Kirk"})
	must(err)
	_, err = e.SetFields(ctx, core.LocalUser("lee"), l.ID, id, []changeset.Change{{Field: 2, Base: "Ada", Proposed: "Adeline"}})
	must(err)
	return e, l, id
}

// start opens the person's screen.
func start(t *testing.T, e *core.Engine, l roster.List, id roster.PersonID, opts ...terminal.Option) *terminal.App {
	t.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return person.New(env, e, kim, l, id) },
		Now:   func() time.Time { return now },
	})
	t.Cleanup(m.Close)
	return terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

func TestWhyIsAskedOfAValue(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			e, l, id := ada(t)
			app := start(t, e, l, id, terminal.Size(size.width, size.height))
			app.WaitIdle()
			app.Press("down")
			app.WaitIdle()
			app.Press("w")
			app.WaitIdle()
			terminal.Golden(t, fmt.Sprintf("value-%dx%d", size.width, size.height), app.Screen())
			app.Press("w")
			app.WaitIdle()
			if strings.Contains(app.Screen(), "scope") {
				t.Errorf("it is not closed:\n%s", app.Screen())
			}
		})
	}
}

func TestWhyOfAnItemIsSaid(t *testing.T) {
	e, l, id := ada(t)
	head := changeset.Changeset{List: l.ID, Origin: changeset.Import, Note: "term.csv", State: changeset.Pending}
	it := changeset.Item{Person: id, Line: 3, UID: "E7", Changes: []changeset.Change{{Field: 3, Base: "Kirk", Proposed: "Kirke"}}}
	d := why.Item(kit.NewEnv(theme.Options{}, func() time.Time { return now }), e, &head, &it, 3)
	run, ok := d.Update(kit.Shown{First: true}).(kit.Run)
	if !ok {
		t.Fatal("nothing is read")
	}
	d.Update(run.Cmd())
	if got := d.View(80, 20); !strings.Contains(got, "Line 3 of import term.csv says “Kirke”") || d.Title() != "Why Last name of Adeline Kirk" {
		t.Errorf("%s:\n%s", d.Title(), got)
	}
	d = why.Person(kit.NewEnv(theme.Options{}, func() time.Time { return now }), e, l.ID, roster.PersonID{1}, 0)
	d.Update(d.Update(kit.Shown{First: true}).(kit.Run).Cmd())
	if got := d.View(80, 20); !strings.Contains(got, "There is no person") {
		t.Errorf("of nobody it says\n%s", got)
	}
}
