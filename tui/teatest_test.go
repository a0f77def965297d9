package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/teatest/v2"

	"muster/tui/kit"
	"muster/tui/terminal"
)

// Charm's own harness, too, can drive the program; it looks only at where it
// ends, since what it reads before that are differences between frames.
func TestProgramUnderTeatest(t *testing.T) {
	m := New(Options{
		First: func(env *kit.Env) kit.Screen { return newDemo(env, "Staff", 1_204) },
		Now:   newClock().Now,
		Width: 80, Height: 24,
	})
	defer m.Close()
	program := teatest.NewTestModel(t, m,
		teatest.WithInitialTermSize(80, 24), teatest.WithProgramOptions(m.ProgramOptions()...))
	program.Type("/brien")
	if err := program.Quit(); err != nil {
		t.Fatal(err)
	}
	final, ok := program.FinalModel(t).(*Model)
	if !ok {
		t.Fatal("the final model is not the one that was started")
	}
	view := final.View().Content
	if !strings.Contains(view, "240 of 1,204") {
		t.Errorf("the filter is not on the final view:\n%s", view)
	}
	terminal.Golden(t, "teatest-80x24", ansi.Strip(view))
}
