package roster_test

import (
	"testing"

	"muster/tui/terminal"
)

func TestFirst(t *testing.T) {
	w := newWorld(t, 1200)
	app := w.start(terminal.Size(120, 40))
	t.Log("\n" + app.Screen())
	app.Press("/")
	app.Type("mül")
	t.Log("\n" + app.Screen())
	app.Press("enter", "F")
	t.Log("\n" + app.Screen())
	app.Press("esc", "enter")
	t.Log("\n" + app.Screen())
	app.Resize(60, 20)
	t.Log("\n" + app.Screen())
	app.Press("esc")
	t.Log("\n" + app.Screen())
}
