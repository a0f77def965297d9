package settings_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/settings"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim = core.LocalUser("kim")

func now() time.Time { return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC) }

// world is a list in which one decision is remembered, and one goes against
// the source.
func world(t *testing.T) (*core.Engine, roster.List) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	must(err)
	t.Cleanup(func() { must(store.Close()) })
	e, err := core.Open(ctx, store, core.Options{Clock: now})
	must(err)
	l := roster.List{Slug: "staff", Name: "Staff", Limits: roster.DefaultLimits()}
	for i, label := range []string{"Number", "Name", "Department"} {
		must(l.Schema.Add(roster.Field{Key: roster.KeyFor(label), Label: label, UID: i == 0}))
	}
	l, err = e.CreateList(ctx, kim, l)
	must(err)
	_, id, err := e.AddPerson(ctx, kim, l.ID, map[roster.FieldID]string{1: "E1", 2: "Ada Stone", 3: "Science"})
	must(err)
	must(e.RememberDecision(ctx, kim, l.ID, core.Remembered{Field: 3, Pair: true, From: "Sci", To: "Science", Decision: changeset.Accept}))
	must(store.Update(ctx, func(tx core.WriteTx) error {
		return tx.PutPin(l.ID, changeset.Pin{Person: id, Field: 3, Declined: "Arts", By: "lee", Changeset: 7})
	}))
	return e, l
}

func run(t *testing.T, e *core.Engine, l roster.List, opts ...terminal.Option) *terminal.App {
	t.Helper()
	m := tui.New(tui.Options{First: func(env *kit.Env) kit.Screen { return settings.New(env, e, kim, &l, nil) }, Now: now})
	t.Cleanup(m.Close)
	return terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

// list is the list as it is now.
func list(t *testing.T, e *core.Engine) roster.List {
	t.Helper()
	l, err := e.List(context.Background(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// reach moves the cursor to the row that begins with a text.
func reach(t *testing.T, app *terminal.App, text string) {
	t.Helper()
	app.Play("home")
	for range 40 {
		for _, line := range app.Lines() {
			if strings.HasPrefix(line, "▌ "+text) {
				return
			}
		}
		app.Play("down")
	}
	t.Fatalf("no row begins with %q:\n%s", text, app.Screen())
}

func wants(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(app.Screen(), text) {
			t.Errorf("%q is not on the screen:\n%s", text, app.Screen())
		}
	}
}

func TestSettingsLookRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			e, l := world(t)
			app := run(t, e, l, terminal.Size(size.width, size.height))
			app.Play("down", "down", "down")
			terminal.Golden(t, fmt.Sprintf("settings-%dx%d", size.width, size.height), app.Screen())
		})
	}
}

func TestApprovalsAndLimitsAreSet(t *testing.T) {
	e, l := world(t)
	app := run(t, e, l, terminal.Size(80, 24))
	reach(t, app, "Sessions")
	app.Play("enter", "down", "enter")
	wants(t, app, "Sessions are applied at once")
	reach(t, app, "Syncs")
	app.Play("enter", "up", "enter")
	wants(t, app, "Syncs wait for a person")
	reach(t, app, "Deactivated share")
	app.Play("enter", "ctrl+u")
	app.Type("101")
	app.Play("enter")
	wants(t, app, "It takes a number from 0, which is no limit, to 100")
	app.Play("ctrl+u")
	app.Type("35")
	app.Play("enter")
	wants(t, app, "more than 35 % of the active people")
	reach(t, app, "Name")
	app.Play("enter", "ctrl+u")
	app.Type("Everybody")
	app.Play("enter")
	now := list(t, e)
	if now.Approval != (roster.Approval{Session: roster.AtOnce, Sync: roster.Wait}) || now.Limits.DeactivatePercent != 35 || now.Name != "Everybody" {
		t.Errorf("set are %+v, %+v and %q", now.Approval, now.Limits, now.Name)
	}
}

func TestDecisionsAreTakenBack(t *testing.T) {
	e, l := world(t)
	app := run(t, e, l, terminal.Size(100, 30))
	app.Play("x")
	wants(t, app, "Go to a decision further down")
	reach(t, app, "Department")
	app.Play("x")
	wants(t, app, "Forget this decision?", "take proposed: Sci to Science")
	app.Play("y")
	wants(t, app, "Forgotten; what it has decided stays", "decide three alike")
	reach(t, app, "E1 Ada Stone")
	app.Play("w")
	wants(t, app, "Why Department of Ada Stone", "pinned: “Arts”", "was declined by lee")
	app.Play("esc", "x")
	wants(t, app, "Listen to the source again?", "Department Science, not Arts")
	app.Play("y")
	wants(t, app, "The source is listened to again", "nothing was decided")
	rules, err := e.Remembered(context.Background(), l.ID)
	if pins, more := e.Pins(context.Background(), l.ID); err != nil || more != nil || len(rules)+len(pins) != 0 {
		t.Errorf("left are %v and %v, %v, %v", rules, pins, err, more)
	}
}
