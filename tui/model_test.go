package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"muster/tui/kit"
	"muster/tui/terminal"
	"muster/tui/theme"
)

// session is a model that is told things directly, without a program.
type session struct {
	*Model
	first *demo
	clock *clock
}

func newSession(t testing.TB, width, height int, change func(*Options)) *session {
	t.Helper()
	s := &session{clock: newClock()}
	o := Options{
		First: func(env *kit.Env) kit.Screen { s.first = newDemo(env, "Staff", 1_204); return s.first },
		Now:   s.clock.Now,
	}
	if change != nil {
		change(&o)
	}
	s.Model = New(o)
	s.Close() // commands that only wait come back at once
	s.first.Update(kit.Shown{First: true})
	s.tell(tea.WindowSizeMsg{Width: width, Height: height})
	return s
}

// tell hands over a message and runs the commands that come of it.
func (s *session) tell(msg tea.Msg) {
	if msg = s.Filter(s.Model, msg); msg == nil {
		return
	}
	_, cmd := s.Update(msg)
	s.finish(cmd)
}

func (s *session) finish(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, c := range batch {
			s.finish(c)
		}
		return
	}
	s.tell(msg)
}

func (s *session) press(keys ...string) {
	for _, key := range keys {
		s.tell(keyPress(key))
	}
}

func keyPress(key string) tea.KeyPressMsg {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown,
		"f1": tea.KeyF1, "tab": tea.KeyTab, "f5": tea.KeyF5, "f6": tea.KeyF6}
	switch code, ok := codes[key]; {
	case ok:
		return tea.KeyPressMsg{Code: code}
	case key == "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if letter, ok := strings.CutPrefix(key, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(letter[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(key)[0], Text: key}
}

func (s *session) text() string { return ansi.Strip(s.View().Content) }

func (s *session) lines() []string { return strings.Split(s.text(), "\n") }

func (s *session) bottom() string {
	lines := s.lines()
	return lines[len(lines)-1]
}

func TestScreensLook(t *testing.T) {
	plain := func(o *Options) { o.Plain = true }
	for _, c := range []struct {
		name          string
		width, height int
		change        func(*Options)
		keys          []string
	}{
		{"roster-60x20", 60, 20, nil, nil},
		{"roster-80x24", 80, 24, nil, nil},
		{"roster-120x40", 120, 40, nil, nil},
		{"roster-plain-80x24", 80, 24, plain, []string{"down", "space"}},
		{"deep-60x20", 60, 20, nil, []string{"down", "enter", "enter", "down", "enter"}},
		{"filter-80x24", 80, 24, nil, []string{"/", "ü"}},
		{"help-80x24", 80, 24, nil, []string{"?"}},
		{"help-60x20", 60, 20, nil, []string{"?"}},
		{"palette-120x40", 120, 40, nil, []string{"ctrl+p", "f", "i"}},
		{"confirm-60x20", 60, 20, nil, []string{"d"}},
		{"confirm-plain-60x20", 60, 20, plain, []string{"d"}},
		{"prompt-80x24", 80, 24, nil, []string{"e", "x"}},
		{"answer-80x24", 80, 24, nil, []string{"x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t, c.width, c.height, c.change)
			s.press(c.keys...)
			terminal.Golden(t, c.name, s.text())
		})
	}
}

func TestEveryFrameIsExactlyTheTerminal(t *testing.T) {
	for _, size := range [][2]int{{40, 8}, {60, 20}, {80, 24}, {120, 40}, {250, 80}} {
		for _, keys := range [][]string{nil, {"?"}, {"d"}, {"x"}, {"/", "zzz"}, {"enter", "enter"}} {
			s := newSession(t, size[0], size[1], func(o *Options) { o.Profile = colorprofile.TrueColor })
			s.press(keys...)
			lines := strings.Split(s.View().Content, "\n")
			if len(lines) != size[1] {
				t.Errorf("%v after %v: %d lines", size, keys, len(lines))
			}
			for _, l := range lines {
				if w := s.env.Width(l); w != size[0] {
					t.Errorf("%v after %v: %q takes %d cells", size, keys, l, w)
				}
			}
		}
	}
}

func TestManyDialogsCostNoMoreThanTheyShow(t *testing.T) {
	s := newSession(t, 80, 24, func(o *Options) { o.Profile = colorprofile.TrueColor })
	line, piece := s.env.Theme.Paint(theme.Accent, strings.Repeat("a", 80)), s.env.Theme.Paint(theme.Dim, strings.Repeat("b", 40))
	for range 40 {
		line = s.inlay(line, piece, 20, 40)
	}
	if len(line) > 300 || s.env.Width(line) != 80 {
		t.Errorf("%d bytes for %d cells", len(line), s.env.Width(line))
	}
}

func TestWhateverIsPressedFramesStayExact(t *testing.T) {
	keys := []string{"enter", "esc", "down", "up", "/", "e", "d", "y", "n", "space", "v", "?", "ctrl+p", "x", "X", "b", "p", "g", "G",
		"l", "h", "ctrl+d", "ctrl+u", "ctrl+l", "tab", "é", "山"}
	rapid.Check(t, func(rt *rapid.T) {
		s := newSession(t, 80, 24, func(o *Options) { o.Plain = rapid.Bool().Draw(rt, "plain") })
		s.first.tame = true
		rt.Repeat(map[string]func(*rapid.T){
			"press":  func(rt *rapid.T) { s.press(rapid.SampledFrom(keys).Draw(rt, "key")) },
			"paste":  func(rt *rapid.T) { s.tell(tea.PasteMsg{Content: rapid.String().Draw(rt, "text")}) },
			"notice": func(*rapid.T) { s.tell(notices{{List: "staff", Version: 1}}) },
			"wait":   func(*rapid.T) { s.clock.pass(time.Second) },
			"resize": func(rt *rapid.T) {
				s.tell(tea.WindowSizeMsg{Width: rapid.IntRange(-1, 200).Draw(rt, "width"), Height: rapid.IntRange(-1, 60).Draw(rt, "height")})
			},
			"mouse": func(rt *rapid.T) {
				x, y := rapid.IntRange(0, 200).Draw(rt, "x"), rapid.IntRange(0, 60).Draw(rt, "y")
				s.tell(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
				s.tell(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelDown})
			},
			"": func(rt *rapid.T) {
				if err := s.Err(); err != nil {
					rt.Fatal(err)
				}
				if s.width < leastWidth || s.height < leastHeight {
					return
				}
				lines := strings.Split(s.View().Content, "\n")
				if len(lines) != s.height {
					rt.Fatalf("%d lines instead of %d", len(lines), s.height)
				}
				for _, l := range lines {
					if w := s.env.Width(l); w != s.width {
						rt.Fatalf("%q takes %d cells instead of %d", l, w, s.width)
					}
				}
			},
		})
	})
}

func TestKeysRunBindings(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.press("down", "j", "enter")
	if got := s.here().screen.Title(); got != "Person 2" {
		t.Errorf("enter opened %q", got)
	}
	s.press("esc")
	if s.here().screen != kit.Screen(s.first) || s.first.shown != 2 {
		t.Errorf("esc did not come back: shown %d times", s.first.shown)
	}
	s.press("p")
	if !strings.Contains(s.bottom(), "! There is no camera") {
		t.Errorf("a disabled key is answered with %q", s.bottom())
	}
	s.press("down")
	if strings.Contains(s.bottom(), "camera") {
		t.Errorf("the answer outlives the next key: %q", s.bottom())
	}
}

func TestTypingKeepsBindingsAtRest(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.press("/", "d", "space", "q", "?")
	if got := s.first.filter.Value(); got != "d q?" {
		t.Errorf("the filter holds %q", got)
	}
	if c := s.View().Cursor; c == nil || c.X != 6 || c.Y != 1 {
		t.Errorf("the cursor is at %v", c)
	}
	s.press("down", "esc")
	if s.first.filter != nil || s.View().Cursor != nil {
		t.Error("esc did not end the filter")
	}
}

func TestAnswersReachWhoAsked(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.press("d", "y")
	if strings.Contains(s.bottom(), "Deactivated") {
		t.Error("a key in flight deactivated somebody")
	}
	s.clock.pass(time.Second)
	s.press("y")
	if !strings.Contains(s.bottom(), "✓ Deactivated person 0") {
		t.Errorf("the bottom line is %q", s.bottom())
	}
	s.press("e", "!", "enter")
	if !strings.Contains(s.bottom(), "Renamed to Anna!") {
		t.Errorf("the bottom line is %q", s.bottom())
	}
}

func TestResultsOfScreensThatWereLeftAreDropped(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.press("enter")
	_, cmd := s.Update(keyPress("X"))
	s.press("esc")
	s.tell(cmd())
	if s.Busy() != 0 || strings.Contains(s.bottom(), "unexpected") {
		t.Errorf("busy %d, bottom line %q", s.Busy(), s.bottom())
	}
}

func TestErrorsAreSentences(t *testing.T) {
	var log strings.Builder
	s := newSession(t, 120, 24, func(o *Options) { o.Log, o.LogAt = logTo(&log), func() string { return "muster.log" } })
	s.press("x")
	if !strings.Contains(s.bottom(), "✗ Entra owns First name") {
		t.Errorf("a fault is told as %q", s.bottom())
	}
	s.press("X")
	if strings.Contains(s.text(), "leaf") || !strings.Contains(s.bottom(), "unexpected went wrong; muster.log has the details") {
		t.Errorf("a surprise is told as %q", s.bottom())
	}
	if !strings.Contains(log.String(), "page 7 is not a leaf") {
		t.Errorf("the log has %q", log.String())
	}
}

func TestAnswersTooLongForTheLineAreDialogs(t *testing.T) {
	s := newSession(t, 50, 20, func(o *Options) { o.LogAt = func() string { return "muster.log" } })
	s.press("X")
	if len(s.here().dialogs) != 1 || !strings.Contains(s.text(), "the details") {
		t.Errorf("the screen is\n%s", s.text())
	}
	s.press("enter")
	if len(s.here().dialogs) != 0 {
		t.Error("enter does not close it")
	}
}

func TestAnswersExpire(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.press("p")
	first := s.answer.number
	s.press("p")
	s.tell(expired(first))
	if !strings.Contains(s.bottom(), "camera") {
		t.Error("an answer went with the one before it")
	}
	s.tell(expired(s.answer.number))
	if strings.Contains(s.bottom(), "camera") {
		t.Error("the answer stays")
	}
}

func TestPaletteAndHelpRunWhatIsBeneath(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.press("ctrl+p", "o", "p", "e", "n", "enter")
	if len(s.places) != 2 {
		t.Errorf("the palette did not open the person:\n%s", s.text())
	}
	s.press("?", "g", "o", "space", "b", "a", "c", "k", "enter")
	if len(s.places) != 1 {
		t.Errorf("the help did not go back:\n%s", s.text())
	}
}

func TestQuitOnlyFromTheFirstScreen(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.press("enter")
	if _, cmd := s.Update(keyPress("q")); s.answer.Text == "" || cmd == nil {
		t.Error("q on a deeper screen says nothing")
	}
	for _, keys := range [][]string{{"ctrl+c"}, {"esc", "q"}} {
		s.press(keys[:len(keys)-1]...)
		_, cmd := s.Update(keyPress(keys[len(keys)-1]))
		if cmd == nil {
			t.Fatalf("%v does nothing", keys)
		}
		if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%v does not quit", keys)
		}
	}
}

func TestQuitAsksAboutWhatIsUnsaved(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.press("e", "x", "ctrl+c")
	if !strings.Contains(s.text(), "Leave without saving?") {
		t.Fatalf("the screen is\n%s", s.text())
	}
	s.press("n")
	if len(s.here().dialogs) != 1 {
		t.Error("no does not go back to the form")
	}
	s.press("ctrl+c")
	s.clock.pass(time.Second)
	if _, cmd := s.Update(keyPress("y")); cmd == nil {
		t.Error("yes does not quit")
	} else if _, ok := cmd().(tea.QuitMsg); !ok {
		t.Error("yes does not quit")
	}
}

func TestClicksOnTheFooterRunWhatIsSafe(t *testing.T) {
	s := newSession(t, 120, 24, nil)
	s.View()
	click := func(label string) {
		x := len([]rune(s.bottom()[:strings.Index(s.bottom(), label)]))
		s.tell(tea.MouseClickMsg{X: x, Y: 23, Button: tea.MouseLeft})
	}
	click("deactivate")
	if len(s.here().dialogs) != 0 || !strings.Contains(s.bottom(), "Press d to deactivate") {
		t.Errorf("a click on a dangerous hint: %q", s.bottom())
	}
	click("enter open")
	if len(s.places) != 2 {
		t.Error("a click on a hint does nothing")
	}
}

func TestMouseIsRelativeToWhatItIsOver(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.View()
	s.tell(tea.MouseClickMsg{X: 20, Y: 5, Button: tea.MouseLeft})
	s.first.table.View(80, 21)
	if got := s.first.table.At(); got != 3 && got != 2 {
		t.Errorf("the cursor is on row %d", got)
	}
	s.press("?")
	lines := s.lines()
	for y, l := range lines {
		if before, _, found := strings.Cut(l, "Show only who matches"); found {
			s.tell(tea.MouseClickMsg{X: len([]rune(before)), Y: y, Button: tea.MouseLeft})
			break
		}
	}
	if s.first.filter == nil {
		t.Error("a click in the help does not run what it is on")
	}
}

func TestWheelIsThinnedOutWithoutLosingLines(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.View()
	for range 10 {
		s.tell(tea.MouseWheelMsg{X: 10, Y: 10, Button: tea.MouseWheelDown})
		s.clock.pass(2 * time.Millisecond)
	}
	s.clock.pass(mouseStep)
	s.tell(tea.MouseWheelMsg{X: 10, Y: 10, Button: tea.MouseWheelDown})
	if got := s.first.table.At(); got < 11*wheelLines {
		t.Errorf("11 notches moved the cursor to row %d", got)
	}
}

func TestSizesAreMadeSane(t *testing.T) {
	for _, c := range []struct{ in, want tea.WindowSizeMsg }{
		{tea.WindowSizeMsg{}, tea.WindowSizeMsg{Width: 80, Height: 24}},
		{tea.WindowSizeMsg{Width: -1, Height: 5}, tea.WindowSizeMsg{Width: 80, Height: 24}},
		{tea.WindowSizeMsg{Width: 29_000, Height: 29_000}, tea.WindowSizeMsg{Width: 1000, Height: 500}},
		{tea.WindowSizeMsg{Width: 100, Height: 30}, tea.WindowSizeMsg{Width: 100, Height: 30}},
	} {
		if got := sane(c.in); got != c.want {
			t.Errorf("%v becomes %v, want %v", c.in, got, c.want)
		}
	}
}

func TestTooSmallATerminalIsToldWhatIsNeeded(t *testing.T) {
	s := newSession(t, 39, 8, nil)
	if got := s.text(); got != "Muster needs 40 × 8, this is 39 × 8" {
		t.Errorf("the screen is %q", got)
	}
	s = newSession(t, 2, 1, nil)
	if w := s.env.Width(s.text()); w > 2 {
		t.Errorf("the screen is %d wide", w)
	}
}

func TestPlainSessionsAreForScreenReaders(t *testing.T) {
	s := newSession(t, 80, 24, func(o *Options) { o.Plain = true })
	s.press("down")
	v := s.View()
	if v.AltScreen || v.MouseMode != tea.MouseModeNone {
		t.Error("it takes the alternate screen or the mouse")
	}
	if v.Cursor == nil || v.Cursor.Y != 4 {
		t.Errorf("the cursor is at %v, not on the selected row", v.Cursor)
	}
	if text := s.text(); strings.ContainsAny(text, "▌│─┌█░✓") {
		t.Errorf("it draws:\n%s", text)
	}
}

func TestHostileTitlesAreCleaned(t *testing.T) {
	s := newSession(t, 80, 24, nil)
	s.first.title = "\x1b]0;owned\x07\u202eevil"
	v := s.View()
	if strings.Contains(v.Content, "\x1b]") || strings.Contains(v.WindowTitle, "\x1b") || strings.Contains(v.Content, "\u202e") {
		t.Errorf("a title gets through: %q", v.WindowTitle)
	}
}

func TestGuestsCannotSuspend(t *testing.T) {
	s := newSession(t, 120, 40, func(o *Options) { o.Guest = true })
	if s.Filter(s.Model, tea.SuspendMsg{}) != nil {
		t.Error("the filter lets it through")
	}
	s.press("?")
	if strings.Contains(s.text(), "ctrl+z") {
		t.Error("the help offers it")
	}
}

func TestTroubleIsAboveEveryScreen(t *testing.T) {
	trouble := "SCIM is off: \x1bport 8642 is taken"
	s := newSession(t, 120, 24, func(o *Options) { o.Trouble = func() string { return trouble } })
	for _, key := range []string{"/", "esc", "enter"} {
		s.press(key)
		if top, _, _ := strings.Cut(s.text(), "\n"); !strings.Contains(top, "SCIM is off: ") || strings.Contains(top, "\x1b") {
			t.Errorf("after %s the top line is %q", key, top)
		}
	}
	trouble = ""
	s.Update(kit.Notice{})
	if strings.Contains(s.text(), "SCIM") {
		t.Errorf("it is still there:\n%s", s.text())
	}
}

func TestFooterShowsOnlyWhatCanBePressedWhileTyping(t *testing.T) {
	s := newSession(t, 120, 24, nil)
	s.press("/")
	if got := s.bottom(); strings.Contains(got, "e edit") || !strings.Contains(got, "enter open") || !strings.Contains(got, "f1 help") {
		t.Errorf("the bottom line is %q", got)
	}
}

// One frame of the whole model: a key, its Update and the View.
func BenchmarkFrame(b *testing.B) {
	s := newSession(b, 250, 80, func(o *Options) { o.Profile = colorprofile.TrueColor })
	s.Update(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	b.ReportAllocs()
	for b.Loop() {
		s.Update(keyPress("down"))
		s.View()
	}
}
