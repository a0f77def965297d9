package changes_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/changes"
	"muster/tui/kit"
	"muster/tui/terminal"
	"muster/tui/theme"
)

// term is a store with a history: a first import, a second one of which a
// person has been edited since it was planned, and a held one.
func term(t *testing.T, c *clock) (*core.Engine, roster.List) {
	t.Helper()
	e := open(t, c.Now)
	l := staff(t, e)
	apply(t, e, plan(t, e, l, "staff-autumn.csv", false, numbered(40, 0)))
	c.pass(90 * time.Minute)
	l = list(t, e)
	propose(t, e, plan(t, e, l, "staff-spring.csv", false, numbered(40, 1)))
	propose(t, e, plan(t, e, l, "half.csv", true, numbered(9, 0)))
	edit(t, e, l, "E00006", "department", "Astronomy")
	c.pass(3 * time.Minute)
	return e, list(t, e)
}

func list(t *testing.T, e *core.Engine) roster.List {
	t.Helper()
	l, err := e.List(context.Background(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func edit(t *testing.T, e *core.Engine, l roster.List, uid, key, value string) {
	t.Helper()
	p, err := e.PersonByUID(context.Background(), l.ID, uid)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := l.Schema.ByKey(key)
	_, err = e.SetFields(context.Background(), kim, l.ID, p.ID, []changeset.Change{{Field: f.ID, Base: p.Values.Get(f.ID), Proposed: value}})
	if err != nil {
		t.Fatal(err)
	}
}

func value(t *testing.T, e *core.Engine, l roster.List, uid, key string) string {
	t.Helper()
	p, err := e.PersonByUID(context.Background(), l.ID, uid)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := l.Schema.ByKey(key)
	return p.Values.Get(f.ID)
}

func wants(t *testing.T, screen string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

// read has a person read the question that is on the screen, which takes time.
func read(app *terminal.App, c *clock) {
	app.WaitIdle()
	c.pass(time.Minute)
}

func TestChangesetsLookRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			c := new(clock)
			e, _ := term(t, c)
			app := run(t, c, e, nil, false, terminal.Size(size.width, size.height))
			golden := func(name string) {
				t.Helper()
				terminal.Golden(t, fmt.Sprintf("%s-%dx%d", name, size.width, size.height), app.Screen())
			}
			golden("all")
			app.Play("enter")
			golden("held")
			app.Play("tab")
			app.Play("esc", "down", "enter")
			golden("conflict")
			app.Play("enter")
			golden("person")
			app.Play("esc", "tab")
			golden("summary")
			app.Play("a")
			golden("refused")
			app.Play("esc", "esc", "end", "up", "enter")
			app.Play("esc", "end", "enter")
			golden("applied")
		})
	}
}

func TestNoChangesetsYet(t *testing.T) {
	c := new(clock)
	e := open(t, c.Now)
	l := staff(t, e)
	app := run(t, c, e, &l, false, terminal.Size(80, 24))
	terminal.Golden(t, "empty-80x24", app.Screen())
	app.Play("enter")
	wants(t, app.Screen(), "There is no changeset yet")
}

func TestPlainHasWordsForSigns(t *testing.T) {
	c := new(clock)
	e, l := term(t, c)
	app := run(t, c, e, &l, true, terminal.Size(80, 24))
	app.Play("down", "enter")
	terminal.Golden(t, "plain-80x24", app.Screen())
}

func TestConflictingPeopleAreLeftOnlyWhenOneSaysSo(t *testing.T) {
	c := new(clock)
	e, l := term(t, c)
	app := run(t, c, e, &l, false, terminal.Size(120, 40))
	app.Play("down", "enter", "a")
	wants(t, app.Screen(), "1 person has changed since; press c to decide each, or l")
	app.Play("l", "a")
	wants(t, app.Screen(), "Apply changeset", "left as they are")
	app.Play("enter")
	wants(t, app.Screen(), "Applied: 13 updated", "1 conflict")
	if got := value(t, e, l, "E00006", "department"); got != "Astronomy" {
		t.Errorf("the edit was overwritten by %s", got)
	}
	if got := value(t, e, l, "E00009", "department"); got != "Science and Technology" {
		t.Errorf("the import was not applied: %s", got)
	}
}

func TestRollbackShowsItsPlanFirst(t *testing.T) {
	c := new(clock)
	e := open(t, c.Now)
	l := staff(t, e)
	apply(t, e, plan(t, e, l, "a.csv", false, numbered(6, 0)))
	apply(t, e, plan(t, e, list(t, e), "b.csv", false, numbered(6, 1)))
	app := run(t, c, e, &l, false, terminal.Size(120, 40))
	app.Play("enter", "b")
	wants(t, app.Screen(), "what rolling back changeset", "Nothing has been done yet", "When planned             List now   Proposed",
		"Science and Technology   the same   Science ")
	if got := value(t, e, l, "E00003", "department"); got != "Science and Technology" {
		t.Errorf("it is rolled back before anybody said so: %s", got)
	}
	app.Play("a")
	wants(t, app.Screen(), "Updates 2 people")
	app.Play("enter")
	wants(t, app.Screen(), "Rolled back, as changeset", "rolled back")
	if got := value(t, e, l, "E00003", "department"); got != "Science" {
		t.Errorf("it is not rolled back: %s", got)
	}
	app.Play("b")
	wants(t, app.Screen(), "It is rolled back already")
}

func TestHeldChangesetWantsItsNumberTyped(t *testing.T) {
	c := new(clock)
	e, l := term(t, c)
	app := run(t, c, e, &l, false, terminal.Size(80, 24))
	app.Play("enter")
	app.WaitIdle()
	app.Play("a")
	wants(t, app.Screen(), "The guard holds it: 31 deactivations", "Type 31 to apply")
	read(app, c)
	app.Play("3", "enter")
	wants(t, app.Screen(), "Type 31 to apply")
	app.Play("1", "enter")
	wants(t, app.Screen(), "Applied: 31 deactivated")
}

func TestRejectedChangesetStaysInTheHistory(t *testing.T) {
	c := new(clock)
	e, l := term(t, c)
	app := run(t, c, e, &l, false, terminal.Size(80, 24))
	app.Play("enter", "x")
	read(app, c)
	app.Play("y")
	wants(t, app.Screen(), "Rejected; nothing was changed")
	app.Play("esc")
	wants(t, app.Screen(), "rejected", "1 waits for you")
}

func TestGroupOfTheSummaryOpensItsPeople(t *testing.T) {
	c := new(clock)
	e, l := term(t, c)
	app := run(t, c, e, &l, false, terminal.Size(120, 40))
	app.Play("down", "enter", "tab")
	wants(t, app.Screen(), "[By value]", "Science → Science and Technology")
	app.Play("end", "enter")
	wants(t, app.Screen(), "[People 13 of 14: Department Science → Science and Technology]")
	app.Play("esc")
	wants(t, app.Screen(), "[By value]")
}

func TestMouseOpensAndTurnsViews(t *testing.T) {
	c := new(clock)
	e, l := term(t, c)
	app := run(t, c, e, &l, false, terminal.Size(120, 40))
	app.WaitIdle()
	app.Click(20, 3)
	app.Click(20, 3)
	wants(t, app.Screen(), "staff-spring.csv", "[People 14]")
	row := slices.IndexFunc(app.Lines(), func(l string) bool { return strings.Contains(l, "By value") })
	app.Click(3, row)
	wants(t, app.Screen(), "[By value]")
}

func TestSomebodyFasterIsSeen(t *testing.T) {
	c := new(clock)
	e, l := term(t, c)
	app := run(t, c, e, &l, false, terminal.Size(80, 24))
	app.Play("enter")
	app.WaitIdle()
	open, err := e.Overview(context.Background(), l.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Reject(context.Background(), core.LocalUser("lee"), open[0].ID); err != nil {
		t.Fatal(err)
	}
	app.Play("a")
	read(app, c)
	app.Type("31")
	app.Play("enter")
	wants(t, app.Screen(), "rejected", "cannot be applied any more")
}

// Opening a very large changeset shows that it takes a while, and can be stopped.
func TestALongReadingIsShownAndCanBeStopped(t *testing.T) {
	c := new(clock)
	e := open(t, c.Now)
	head := propose(t, e, plan(t, e, staff(t, e), "a.csv", false, numbered(30, 0)))
	screen := changes.One(kit.NewEnv(theme.Options{}, c.Now), e, kim, head, nil)
	begun := screen.Update(kit.Shown{First: true}).(kit.All)
	command, later := begun[0].(kit.Run).Cmd, begun[1].(kit.Later)
	progress := screen.Update(later.Msg).(kit.Open).Dialog
	if got := progress.Title(); got != "Opening changeset 1" {
		t.Errorf("the dialog is called %q", got)
	}
	command() // reads it; the screen does not know yet
	c.pass(time.Second)
	progress.Update(progress.Update(kit.Shown{First: true}).(kit.Later).Msg)
	if view := progress.View(60, 10); !strings.Contains(view, "Reading") || !strings.Contains(view, "30 people") {
		t.Errorf("how far it is, is not shown:\n%s", view)
	}
	progress.Do("progress.stop")
	ended := screen.Update(command()).(kit.All)
	if len(ended) != 2 || ended[0] != (kit.Close{}) || ended[1] != (kit.Pop{}) {
		t.Errorf("stopped, the screen says %#v", ended)
	}
}

// How filters are written is told while one is typed, and an example can be
// taken from there.
func TestHowToFilterIsTold(t *testing.T) {
	c := new(clock)
	e, _ := term(t, c)
	app := run(t, c, e, nil, false, terminal.Size(100, 30))
	app.Play("enter", "/")
	wants(t, app.Screen(), "f2 how to filter")
	app.Play("f2")
	wants(t, app.Screen(), "kind:deactivate", "where a value would become this")
	app.Type("nobody has")
	app.Play("enter")
	wants(t, app.Screen(), "/ decision:undecided")
}
