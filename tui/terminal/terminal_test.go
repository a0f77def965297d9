package terminal_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"

	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A diary is a model that writes down every key and mouse event it hears.
type diary struct {
	width, height int
	heard         []string
	busy          int
	work          func() // what the key ! does in a command
	dark          bool
}

type worked struct{}

func (d *diary) Init() tea.Cmd { return d.run(tea.RequestBackgroundColor) }

func (d *diary) Busy() int { return d.busy }

func (d *diary) run(cmd tea.Cmd) tea.Cmd {
	d.busy++
	return tea.Sequence(cmd, func() tea.Msg { return worked{} })
}

func (d *diary) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case worked:
		d.busy--
	case tea.WindowSizeMsg:
		d.width, d.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		d.dark = msg.IsDark()
	case tea.KeyPressMsg:
		d.heard = append(d.heard, msg.String())
		return d, d.press(msg.String())
	case tea.PasteMsg:
		d.heard = append(d.heard, "paste:"+msg.Content)
	case tea.MouseClickMsg:
		d.heard = append(d.heard, fmt.Sprintf("click:%v,%v", msg.X, msg.Y))
	case tea.MouseWheelMsg:
		d.heard = append(d.heard, "wheel:"+msg.Button.String())
	case string:
		d.heard = append(d.heard, msg)
	}
	return d, nil
}

func (d *diary) press(key string) tea.Cmd {
	say := func(text string) tea.Cmd { return func() tea.Msg { return text } }
	switch key {
	case "!":
		return d.run(func() tea.Msg { d.work(); return "worked" })
	case "&":
		return d.run(tea.Batch(say("one"), tea.Sequence(say("two"), say("three"))))
	case "ctrl+y":
		return d.run(tea.SetClipboard(strings.Join(d.heard, " ")))
	case "Q":
		return tea.Quit
	}
	return nil
}

func (d *diary) View() tea.View {
	last := d.heard[max(0, len(d.heard)-3):]
	ground := map[bool]string{true: "dark", false: "light"}[d.dark]
	view := tea.NewView(fmt.Sprintf("%dx%d %s\nheard %d: %s", d.width, d.height, ground, len(d.heard), strings.Join(last, " ")))
	view.AltScreen = true
	view.MouseMode = tea.MouseModeCellMotion
	view.WindowTitle = "diary"
	return view
}

// keys are the names that tea gives to keys; a legacy terminal can send the
// first line of them only.
var (
	legacyKeys = strings.Fields("a Z ? + space enter tab shift+tab backspace esc up down left right home end pgup pgdown insert delete " +
		"f1 f2 f3 f4 f5 f12 ctrl+p ctrl+a ctrl+z ctrl+space alt+x alt+enter ctrl+up shift+down alt+left ctrl+shift+right shift+home ctrl+delete ctrl+f5 é ß 漢")
	modernKeys = strings.Fields("ctrl+i ctrl+m ctrl+[ shift+enter ctrl+enter alt+esc ctrl+shift+p ctrl++ ctrl+alt+x ctrl+backspace shift+f1 ctrl+f3")
)

func TestKeysArriveByTheirNames(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		opts []terminal.Option
	}{
		{"modern", append(legacyKeys, modernKeys...), nil},
		{"legacy", legacyKeys, []terminal.Option{terminal.Legacy()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := terminal.Start(t, &diary{}, c.opts...)
				app.Press(c.keys...)
				heard := app.Quit().(*diary).heard
				if got, want := strings.Join(heard, " "), strings.Join(c.keys, " "); got != want {
					t.Errorf("heard\n%s, want\n%s", got, want)
				}
			})
		})
	}
}

func TestTextPasteAndMouseArrive(t *testing.T) {
	app := terminal.Start(t, &diary{})
	app.Type("mü\n")
	app.Paste("a\tb")
	app.Click(3, 7)
	app.Wheel(0, 0, 2)
	app.Wheel(0, 0, -1)
	want := "m ü enter paste:a\tb click:3,7 wheel:wheeldown wheel:wheeldown wheel:wheelup"
	if got := strings.Join(app.Quit().(*diary).heard, " "); got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestScreenHasExactlyTheSizeOfTheTerminal(t *testing.T) {
	app := terminal.Start(t, &diary{}, terminal.Size(60, 20))
	terminal.Golden(t, "small", app.Screen())
	for _, size := range [][2]int{{200, 50}, {30, 5}, {60, 20}} {
		app.Resize(size[0], size[1])
		lines := app.Lines()
		if want := fmt.Sprintf("%dx%d", size[0], size[1]); !strings.HasPrefix(lines[0], want) {
			t.Errorf("first line is %q, want %s", lines[0], want)
		}
		if len(lines) != size[1] {
			t.Errorf("%d lines, want %d", len(lines), size[1])
		}
		for _, line := range lines {
			if ansi.StringWidth(line) != size[0] {
				t.Errorf("line is %d cells wide, want %d: %q", ansi.StringWidth(line), size[0], line)
			}
		}
	}
}

// A page shows fixed text.
type page string

func (p page) Init() tea.Cmd                       { return nil }
func (p page) Busy() int                           { return 0 }
func (p page) Update(tea.Msg) (tea.Model, tea.Cmd) { return p, nil }
func (p page) View() tea.View                      { return tea.NewView(string(p)) }

func TestWideAndCombiningCharactersKeepTheirCells(t *testing.T) {
	for _, text := range []string{"漢字|", "e\u0301a\u0308|", "👩‍👩‍👧|", "ｆ|", "한글|", "🇺🇳|"} {
		app := terminal.Start(t, page(text), terminal.Size(20, 3))
		line := app.Lines()[0]
		if strings.TrimRight(line, " ") != text || ansi.StringWidth(line) != 20 {
			t.Errorf("%q is shown as %q", text, line)
		}
		snapshot := app.Snapshot()
		if bar := snapshot.At(ansi.StringWidth(text)-1, 0).Content; bar != "|" {
			t.Errorf("%q: %q stands where the bar should", text, bar)
		}
	}
}

func TestIdleWaitsForCommands(t *testing.T) {
	release := make(chan struct{})
	app := terminal.Start(t, &diary{work: func() { <-release }})
	app.Press("x", "!")
	if screen := app.WaitFor("heard 2: x !"); strings.Contains(screen, "worked") {
		t.Errorf("the work is done before its time:\n%s", screen)
	}
	close(release)
	if screen := app.Screen(); !strings.Contains(screen, "heard 3: x ! worked") {
		t.Errorf("idle before the work was done:\n%s", screen)
	}
	app.Press("&")
	if lines := app.Lines(); !strings.Contains(lines[1], "heard 7:") || !strings.Contains(lines[1], "three") {
		t.Errorf("idle before the batch was done: %s", lines[1])
	}
}

func TestIdleIsReliable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := terminal.Start(t, &diary{work: func() {}})
		for n := range 50 {
			app.Press("!")
			if want := fmt.Sprintf("heard %d: ", 2*n+2); !strings.Contains(app.Screen(), want) {
				t.Fatalf("%s is not on the screen:\n%s", want, app.Screen())
			}
			app.Press("ctrl+y")
			app.WaitIdle()
			if !strings.HasSuffix(app.Clipboard(), "ctrl+y") {
				t.Fatalf("copied %q", app.Clipboard())
			}
			app.Send(tea.KeyPressMsg{Code: 'x', Text: "x"})
			app.Send("undone")
			app.Quit()
			app = terminal.Start(t, &diary{work: func() {}, heard: make([]string, 2*n+2)})
		}
	})
}

func TestTerminalAnswersQuestions(t *testing.T) {
	for want, palette := range map[string]terminal.Palette{"dark": terminal.Dark(), "light": terminal.Light()} {
		app := terminal.Start(t, &diary{}, terminal.Colors(palette))
		if line := app.Lines()[0]; !strings.Contains(line, want) {
			t.Errorf("on a %s ground: %s", want, line)
		}
	}
}

func TestSnapshotTellsMoreThanText(t *testing.T) {
	app := terminal.Start(t, &diary{})
	s := app.Snapshot()
	if s.Width != 120 || s.Height != 40 || !s.AltScreen || s.CursorVisible || s.Title != "diary" {
		t.Errorf("snapshot of the diary: %dx%d, alternate screen %v, cursor %v, title %q", s.Width, s.Height, s.AltScreen, s.CursorVisible, s.Title)
	}
	if s := terminal.Start(t, page("x")).Snapshot(); s.AltScreen {
		t.Error("a page uses the alternate screen")
	}
}

func TestBytesCountsWhatTheProgramWrites(t *testing.T) {
	app := terminal.Start(t, &diary{}, terminal.Environment("SSH_TTY=/dev/pts/1"))
	app.WaitIdle()
	before := app.Bytes()
	app.WaitIdle()
	if after := app.Bytes(); after != before {
		t.Errorf("waiting wrote %d bytes", after-before)
	}
	app.Press("x")
	app.WaitIdle()
	if n := app.Bytes() - before; n < 3 || n > 60 {
		t.Errorf("one more word took %d bytes", n)
	}
}

func TestProgramMayEndItself(t *testing.T) {
	app := terminal.Start(t, &diary{})
	app.Press("a", "Q")
	if heard := app.Final().(*diary).heard; len(heard) != 2 {
		t.Errorf("heard %v", heard)
	}
	if s := app.Terminal.Snapshot(); s.AltScreen || !s.CursorVisible {
		t.Error("the program left the terminal as it was using it")
	}
}

func TestRunCommand(t *testing.T) {
	refused := errors.New("refused")
	command := func(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
		if _, err := fmt.Fprint(stdout, "Name?\n> "); err != nil {
			return err
		}
		name, err := bufio.NewReader(stdin).ReadString('\r')
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, "hello %s\n", name); err != nil {
			return err
		}
		return refused
	}
	run := terminal.Run(t, command, terminal.Size(20, 4))
	run.WaitFor("> ")
	run.Type("ada\n")
	if err := run.Wait(); !errors.Is(err, refused) {
		t.Errorf("ended with %v", err)
	}
	want := "Name?               \n> hello ada         \n                    \n                    "
	if got := run.Screen(); got != want {
		t.Errorf("screen:\n%s\nwant:\n%s", got, want)
	}
	if run.Bytes() != len("Name?\n> hello ada\r\n") {
		t.Errorf("%d bytes", run.Bytes())
	}
	terminal.Run(t, command) // is ended with the test by the end of its input
}

// A judge stands in for a test that is expected to fail.
type judge struct {
	testing.TB
	verdict string
}

func (j *judge) Helper() {}

func (j *judge) Errorf(format string, args ...any) { j.verdict = fmt.Sprintf(format, args...) }

func (j *judge) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func TestWaitingInVainFailsWithTheScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		app := terminal.Start(&judge{TB: t}, &diary{work: func() { <-hold }})
		app.Press("!")
		for what, wait := range map[string]func(){
			"the text nonsense":    func() { app.WaitFor("nonsense") },
			"the model to be idle": app.WaitIdle,
		} {
			verdict := caught(wait)
			if !strings.Contains(verdict, "waited 20s for "+what) || !strings.Contains(verdict, "heard 1: !") {
				t.Errorf("failed with %q", verdict)
			}
		}
		close(hold)
		app.Quit()
		if verdict := caught(app.WaitIdle); !strings.Contains(verdict, "the program ended") {
			t.Errorf("failed with %q", verdict)
		}
	})
}

// caught returns what f panicked with.
func caught(f func()) (verdict string) {
	defer func() { verdict = fmt.Sprint(recover()) }()
	f()
	return ""
}

func setUpdate(t *testing.T, value string) {
	update := flag.Lookup("update").Value
	before := update.String()
	if err := update.Set(value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := update.Set(before); err != nil {
			t.Error(err)
		}
	})
}

func TestGoldenShowsTheDifference(t *testing.T) {
	setUpdate(t, "false")
	j := &judge{TB: t}
	terminal.Golden(j, "small", "60x20 dark\nheard")
	for _, want := range []string{"testdata/small.golden differs", "+60x20 dark⏎", "-60x20 dark      "} {
		if !strings.Contains(j.verdict, want) {
			t.Errorf("%q is not in the verdict:\n%s", want, j.verdict)
		}
	}
}
