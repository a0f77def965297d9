package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"go.uber.org/goleak"

	"muster/core/fault"
	"muster/tui/kit"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) {
	// teatest waits for a signal as long as the process lives.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/charmbracelet/x/exp/teatest/v2.NewTestModel.func2"))
}

func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// broker publishes notices to one session.
type broker struct {
	publish func(kit.Notice)
	ended   bool
}

func (b *broker) subscribe(publish func(kit.Notice)) func() {
	b.publish = publish
	return func() { b.ended = true }
}

func startProgram(t *testing.T, opts ...terminal.Option) (*terminal.App, *demo, *broker) {
	t.Helper()
	var first *demo
	b := &broker{}
	m := New(Options{
		First:     func(env *kit.Env) kit.Screen { first = newDemo(env, "Staff", 1_204); return first },
		Now:       newClock().Now,
		Subscribe: b.subscribe,
	})
	app := terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
	t.Cleanup(m.Close)
	return app, first, b
}

func TestProgramFiltersOpensAndComesBack(t *testing.T) {
	app, _, _ := startProgram(t, terminal.Size(80, 24))
	app.Press("/")
	app.Type("brien")
	if screen := app.Screen(); !strings.Contains(screen, "240 of 1,204") {
		t.Errorf("the screen is\n%s", screen)
	}
	app.Press("enter")
	if screen := app.Screen(); !strings.Contains(screen, "Staff › Person 4") {
		t.Errorf("the screen is\n%s", screen)
	}
	app.Press("esc", "esc")
	if screen := app.Screen(); !strings.Contains(screen, "1,204 of 1,204") {
		t.Errorf("the screen is\n%s", screen)
	}
	app.Press("q")
	app.Final()
}

func TestProgramCopiesToThePersonsOwnClipboard(t *testing.T) {
	app, _, _ := startProgram(t)
	app.Press("y")
	app.WaitIdle()
	if got := app.Clipboard(); got != "E004500" {
		t.Errorf("the clipboard holds %q", got)
	}
}

func TestProgramWaitsForCommandsInsideCommands(t *testing.T) {
	app, _, _ := startProgram(t)
	app.Press("b")
	if screen := app.Screen(); !strings.Contains(screen, "Renamed to three") {
		t.Errorf("the screen is\n%s", screen)
	}
}

func TestProgramShowsAndStopsLongWork(t *testing.T) {
	app, d, _ := startProgram(t)
	app.Press("L", "esc")
	if screen := app.Screen(); !strings.Contains(screen, "Stopped") {
		t.Errorf("the screen is\n%s", screen)
	}
	app.Press("L")
	close(d.gate)
	if screen := app.Screen(); strings.Contains(screen, "Counting") {
		t.Errorf("the screen is\n%s", screen)
	}
}

func TestProgramEndsLongWorkUnderTheHelp(t *testing.T) {
	app, d, _ := startProgram(t)
	app.Press("L", "?")
	app.WaitFor("Help")
	close(d.gate)
	if screen := app.Screen(); strings.Contains(screen, "Help") || strings.Contains(screen, "Counting") {
		t.Errorf("the screen is\n%s", screen)
	}
}

func TestProgramMergesNotices(t *testing.T) {
	app, d, b := startProgram(t)
	app.WaitIdle()
	for v := range uint64(1_000) {
		b.publish(kit.Notice{List: "staff", Version: v + 1})
		b.publish(kit.Notice{List: "students", Version: 2 * v})
	}
	app.WaitFor("students is at version 1998")
	app.Quit()
	if n := len(d.heard); n > 200 {
		t.Errorf("2,000 notices reached the screen as %d", n)
	}
	if last := d.heard[len(d.heard)-1]; last.Version != 1998 {
		t.Errorf("the last notice is %v", last)
	}
}

func TestProgramKnowsALightTerminal(t *testing.T) {
	app, d, _ := startProgram(t, terminal.Colors(terminal.Light()))
	app.WaitIdle()
	if !d.env.Theme.Options().Light {
		t.Error("the theme is dark")
	}
}

func TestProgramFollowsItsWindow(t *testing.T) {
	app, _, _ := startProgram(t)
	app.Resize(60, 20)
	terminal.Golden(t, "resized-60x20", app.Screen())
}

func TestPanicsEndTheSessionAndAreReported(t *testing.T) {
	for _, key := range []string{"f5", "f6"} {
		t.Run(key, func(t *testing.T) {
			var err error
			var d *demo
			term := terminal.Run(t, func(ctx context.Context, in io.Reader, out io.Writer) error {
				err = Run(ctx, Options{
					First: func(env *kit.Env) kit.Screen { d = newDemo(env, "Staff", 9); return d },
					Width: 80, Height: 24, Environ: []string{"TERM=xterm-256color"},
				}, in, out)
				return nil
			}, terminal.Size(80, 24))
			term.WaitFor("Staff")
			term.Press(key)
			if e := term.Wait(); e != nil {
				t.Fatal(e)
			}
			if !fault.Is(err, fault.Internal) || strings.Contains(fault.Sentence(err), "command") {
				t.Errorf("the session ends with %v", err)
			}
			if told := fmt.Sprint(err); !strings.Contains(told, "panic: in a") || !strings.Contains(told, "demo_test.go") {
				t.Errorf("the error for the log is %q", told)
			}
			if strings.Contains(term.Screen(), "Staff") {
				t.Errorf("the terminal is not restored:\n%s", term.Screen())
			}
		})
	}
}

// A screen whose View panics ends the session too.
type broken struct{ *demo }

func (b broken) View(int, int) string { panic("in a view") }

func TestPanicInAViewEndsTheSession(t *testing.T) {
	var err error
	term := terminal.Run(t, func(ctx context.Context, in io.Reader, out io.Writer) error {
		err = Run(ctx, Options{
			First: func(env *kit.Env) kit.Screen { return broken{newDemo(env, "Staff", 9)} },
			Width: 80, Height: 24,
		}, in, out)
		return nil
	}, terminal.Size(80, 24))
	if e := term.Wait(); e != nil {
		t.Fatal(e)
	}
	if !fault.Is(err, fault.Internal) {
		t.Errorf("the session ends with %v", err)
	}
}

func TestContextEndsTheSession(t *testing.T) {
	b := &broker{}
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	resizes := make(chan tea.WindowSizeMsg)
	term := terminal.Run(t, func(_ context.Context, in io.Reader, out io.Writer) error {
		err = Run(ctx, Options{
			First: func(env *kit.Env) kit.Screen { return newDemo(env, "Staff", 9) }, Subscribe: b.subscribe,
			Width: 80, Height: 24, Resizes: resizes,
		}, in, out)
		return nil
	}, terminal.Size(80, 24))
	term.WaitFor("Staff")
	resizes <- tea.WindowSizeMsg{Width: 30, Height: 5}
	term.WaitFor("Muster needs 40 × 8")
	cancel()
	if e := term.Wait(); e != nil {
		t.Fatal(e)
	}
	if !errors.Is(err, context.Canceled) || !b.ended {
		t.Errorf("the session ends with %v, unsubscribed: %v", err, b.ended)
	}
}

// Whoever types on while their session ends leaves nobody behind who waits to hand
// over the keys (TestMain looks).
func TestKeysAfterTheEnd(t *testing.T) {
	term := terminal.Run(t, func(ctx context.Context, in io.Reader, out io.Writer) error {
		return Run(ctx, Options{
			First: func(env *kit.Env) kit.Screen { return newDemo(env, "Staff", 9) },
			Width: 80, Height: 24, Environ: []string{"TERM=xterm-256color"},
		}, in, out)
	}, terminal.Size(80, 24))
	term.WaitFor("Staff")
	term.Type("\x03" + strings.Repeat("j", 200))
	if err := term.Wait(); err != nil {
		t.Fatal(err)
	}
}

// The bytes that one more row costs over a network, at 160 × 48. The budget is
// 600. Bubble Tea repaints a row that holds a wide character whole whenever it
// draws, so those cost more; here there are none.
func BenchmarkScrolledRowBytes(b *testing.B) {
	m := New(Options{
		First: func(env *kit.Env) kit.Screen {
			d := newDemo(env, "Staff", 5_000)
			d.all = slices.DeleteFunc(d.all, func(n int) bool { return n%5 == 2 })
			d.table.SetRows(d.all)
			return d
		},
		Now: newClock().Now,
	})
	app := terminal.Start(b, m, terminal.Size(160, 48), terminal.Environment("SSH_TTY=/dev/pts/0"),
		terminal.Program(m.ProgramOptions()...))
	b.Cleanup(m.Close)
	for range 60 {
		app.Press("down")
	}
	app.WaitIdle()
	before, rows := app.Bytes(), 0
	for b.Loop() {
		app.Press("down")
		app.WaitIdle()
		rows++
	}
	b.ReportMetric(float64(app.Bytes()-before)/float64(rows), "bytes/row")
}
