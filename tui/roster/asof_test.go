package roster_test

import (
	"fmt"
	"testing"
	"time"

	"muster/tui/kit"
	"muster/tui/terminal"
)

// aWeek is a list in which something happens a day.
func aWeek(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 0)
	w.add("A1", "Ada", "Kirk")
	w.add("B2", "Bo", "Lund")
	w.clock.move(24 * time.Hour) // 3 March
	w.set(kim, "A1", "last_name", "Kirkwood")
	w.clock.move(24 * time.Hour)
	w.deactivate("B2")
	w.add("C3", "Cy", "Moss")
	w.clock.move(24 * time.Hour)
	return w
}

func TestTheListAsItWas(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			w := aWeek(t)
			app := w.start(terminal.Size(size.width, size.height))
			app.Play("@")
			app.WaitIdle()
			terminal.Golden(t, fmt.Sprintf("as-of-asked-%dx%d", size.width, size.height), app.Screen())
			app.Type("2026-03-03")
			app.Play("enter")
			app.WaitIdle()
			terminal.Golden(t, fmt.Sprintf("as-of-%dx%d", size.width, size.height), app.Screen())
		})
	}
}

func TestThePastIsLookedAtAndNotChanged(t *testing.T) {
	w := aWeek(t)
	app := w.start(terminal.Size(120, 40))
	app.Play("@")
	app.WaitIdle()
	app.Type("1")
	app.Play("enter")
	shows(t, app, "as of 1", "as it was, read only", "after changeset 1 of 2 Mar 2026 09:40", "Ada", "Kirk")
	lacks(t, app, "Bo", "Cy", "Kirkwood")
	for _, key := range []string{"e", "E", "d", "n", "z", "@", "w"} {
		app.Play(key)
		shows(t, app, "This is the list as it was; esc returns to now")
	}
	// The details are those of then, and what has happened since is not told.
	app.Play("enter")
	shows(t, app, "as it was, read only", "Kirk", "added, with")
	lacks(t, app, "Kirkwood")
	app.Play("e")
	shows(t, app, "This is the person as they were")
	// What changes now does not reach the past, and the present has it.
	app.Play("esc")
	w.set(kim, "A1", "first_name", "Adeline")
	w.tell(kit.Notice{List: fmt.Sprint(w.list.ID), Version: 99})
	app.WaitIdle()
	lacks(t, app, "Adeline")
	app.Play("esc")
	shows(t, app, "Adeline", "Kirkwood", "Cy")
	lacks(t, app, "as it was")
}

func TestThePastIsFilteredAndItsMomentsAreChecked(t *testing.T) {
	w := aWeek(t)
	app := w.start(terminal.Size(120, 40))
	app.Play("@")
	app.WaitIdle()
	app.Type("2026-03-03 10:00")
	app.Play("enter", "/")
	app.WaitIdle()
	app.Type("kirkw")
	app.Play("enter")
	shows(t, app, "1 of 2 active", "Kirkwood")
	app.Play("esc")
	shows(t, app, "2 active", "Lund")
	app.Play("esc", "@")
	app.WaitIdle()
	app.Type("someday")
	app.Play("enter")
	shows(t, app, `"someday" is no moment`)
	app.Play("@")
	app.WaitIdle()
	app.Type("2020-01-01")
	app.Play("enter")
	shows(t, app, "before the first changeset", "Nobody was in this list then")
	lacks(t, app, "add a person")
}
