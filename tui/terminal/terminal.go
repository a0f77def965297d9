// Package terminal is a terminal in memory. Whole-program tests, benchmarks
// and pictures start a program in it, press keys as a person would, wait until
// the program is idle and look at the screen.
//
//	app := terminal.Start(t, model, terminal.Size(120, 40))
//	app.Press("/")
//	app.Type("müller")
//	terminal.Golden(t, "filtered", app.Screen())
//
// [Start] runs a Bubble Tea model, which says when it is busy, so nothing ever
// sleeps or guesses. [Run] runs any function of an input and an output, such
// as a command or an SSH session; there is only WaitFor and the function's end
// to wait for.
//
// The terminal answers what programs ask of one (colours, modes, the kitty
// keyboard) and sends keys as a modern terminal does; see [Legacy]. It waits
// on nothing but channels and the clock, so it may be used inside a
// testing/synctest bubble, where frames and deadlines take no time at all.
package terminal

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// A Terminal shows the output of one program and sends it input. Its methods
// belong to the test's goroutine; the first wait that takes longer than the
// deadline fails the test with what was waited for and the screen.
type Terminal struct {
	tb      testing.TB
	options options
	input   *input
	drained chan struct{} // closed when the emulator's last answer was passed on

	done chan struct{} // closed when the program has ended
	err  error         // why; read after done

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced whenever anything below changes
	emulator  *vt.Emulator
	clusters  clusters
	written   int   // bytes of output, our own marks not counted
	marks     int   // marks that have come out; see App.draw
	kitty     []int // the stack of keyboard flags
	hidden    bool  // the cursor
	title     string
	clipboard string
}

// Run starts a function that reads keys from stdin and writes to the screen.
// When the test ends its context is cancelled and its stdin ends; it must then
// return.
func Run(tb testing.TB, program func(ctx context.Context, stdin io.Reader, stdout io.Writer) error, opts ...Option) *Terminal {
	tb.Helper()
	t := open(tb, opts)
	t.start(func(ctx context.Context) error { return program(ctx, t.input, t) })
	return t
}

func open(tb testing.TB, opts []Option) *Terminal {
	t := &Terminal{
		tb:      tb,
		options: newOptions(opts),
		input:   newInput(),
		drained: make(chan struct{}),
		done:    make(chan struct{}),
		changed: make(chan struct{}),
	}
	t.emulator = vt.NewEmulator(t.options.width, t.options.height)
	t.emulator.SetDefaultForegroundColor(t.options.palette.Foreground)
	t.emulator.SetDefaultBackgroundColor(t.options.palette.Background)
	t.emulator.SetDefaultCursorColor(t.options.palette.Cursor)
	t.emulator.SetCallbacks(vt.Callbacks{
		Title:            func(title string) { t.title = title },
		CursorVisibility: func(visible bool) { t.hidden = !visible },
	})
	t.emulator.RegisterOscHandler(52, t.setClipboard)
	t.emulator.RegisterOscHandler(markCommand, func([]byte) bool { t.marks++; return true })
	t.answerModes()
	if !t.options.legacy {
		t.answerKeyboard()
	}
	go t.drain()
	// A program whose output is not a device writes a bare line feed for a
	// new line, as it would through a pseudo-terminal that adds the return.
	if _, err := t.emulator.WriteString(ansi.SetModeLineFeedNewLine); err != nil {
		tb.Fatalf("prepare terminal: %v", err)
	}
	return t
}

// start runs the program and makes the test end it.
func (t *Terminal) start(program func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(t.done)
		t.err = program(ctx)
	}()
	t.tb.Cleanup(func() {
		t.input.deafen()
		cancel()
		t.input.close()
		t.await("the program to end with its test", true, func() bool { return false })
		if err := t.emulator.InputPipe().(io.Closer).Close(); err != nil {
			t.tb.Errorf("close terminal: %v", err)
		}
		<-t.drained
	})
}

// drain passes the emulator's answers on to the program, as its input.
func (t *Terminal) drain() {
	defer close(t.drained)
	buffer := make([]byte, 4096)
	for {
		n, err := t.emulator.Read(buffer)
		t.input.answer(buffer[:n])
		if err != nil {
			return
		}
	}
}

// Write takes the program's output. When it returns, the screen shows it and
// whatever it asked of the terminal is answered: the answers wait in the input.
func (t *Terminal) Write(output []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.marks
	if _, err := t.emulator.Write(t.clusters.fold(output)); err != nil {
		return 0, err
	}
	t.written += len(output) - (t.marks-before)*len(mark)
	t.settle()
	t.notify()
	return len(output), nil
}

// settle waits until all answers of the emulator are in the input: a write of
// nothing meets the next read of drain, which comes after its last answer.
func (t *Terminal) settle() {
	if _, err := t.emulator.InputPipe().Write(nil); err != nil {
		t.tb.Errorf("settle terminal: %v", err)
	}
}

// notify wakes await. The caller holds mu.
func (t *Terminal) notify() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// await blocks until ok, which it asks under mu whenever something changed. The
// end of the program fails the test unless that ends the wait well too.
func (t *Terminal) await(what string, ending bool, ok func() bool) {
	t.tb.Helper()
	deadline := time.NewTimer(t.options.deadline)
	defer deadline.Stop()
	for {
		t.mu.Lock()
		met, changed := ok(), t.changed
		t.mu.Unlock()
		if met {
			return
		}
		select {
		case <-changed:
		case <-t.done:
			t.mu.Lock()
			met = ok()
			t.mu.Unlock()
			if !met && !ending {
				t.tb.Fatalf("the program ended (error: %v) while waiting for %s; the screen:\n%s", t.err, what, t.screen())
			}
			return
		case <-deadline.C:
			t.tb.Fatalf("waited %v for %s; the screen:\n%s", t.options.deadline, what, t.screen())
		}
	}
}

// WaitFor waits until the screen shows text, which may not span lines, and
// returns that screen. It is the last resort, for what a program shows while it
// is busy and for programs that cannot say whether they are.
func (t *Terminal) WaitFor(text string) string {
	t.tb.Helper()
	var screen string
	t.await("the text "+text, false, func() bool {
		screen = strings.Join(t.lines(), "\n")
		return strings.Contains(screen, text)
	})
	return screen
}

// Wait waits until the program has ended by itself and returns its error.
func (t *Terminal) Wait() error {
	t.tb.Helper()
	t.await("the program to end", true, func() bool { return false })
	return t.err
}

// Screen returns the text of the screen, a line for each row. Every line is
// exactly as many cells wide as the terminal: blanks at its end are kept.
func (t *Terminal) Screen() string { return t.screen() }

// Lines returns the rows of Screen.
func (t *Terminal) Lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lines()
}

func (t *Terminal) screen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines(), "\n")
}

func (t *Terminal) lines() []string {
	lines := make([]string, t.emulator.Height())
	for y := range lines {
		var line strings.Builder
		for x := 0; x < t.emulator.Width(); {
			cell := t.emulator.CellAt(x, y)
			if cell == nil || cell.Content == "" {
				line.WriteByte(' ')
				x++
				continue
			}
			line.WriteString(t.clusters.unfold(cell.Content))
			x += max(cell.Width, 1)
		}
		lines[y] = line.String()
	}
	return lines
}

// Bytes returns how many bytes the program has written so far.
func (t *Terminal) Bytes() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.written
}

// Clipboard returns what the program last copied (OSC 52).
func (t *Terminal) Clipboard() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clipboard
}

func (t *Terminal) setClipboard(data []byte) bool {
	fields := bytes.SplitN(data, []byte(";"), 3)
	if len(fields) < 3 {
		return false
	}
	text, err := base64.StdEncoding.DecodeString(string(fields[2]))
	if err != nil {
		return false // a request to read the clipboard; refused, as most terminals do
	}
	t.clipboard = string(text)
	return true
}

// Press sends keys, named as tea.KeyPressMsg.String names them: "a", "A", "?",
// "space", "enter", "ctrl+p", "shift+tab", "alt+up", "f1".
func (t *Terminal) Press(keys ...string) {
	t.tb.Helper()
	for _, key := range keys {
		t.input.send(t.sequence(key))
	}
}

// sequence returns the bytes of a key as the program has asked for keys.
func (t *Terminal) sequence(key string) string {
	t.tb.Helper()
	t.mu.Lock()
	kitty := len(t.kitty) > 0 && t.kitty[len(t.kitty)-1] != 0
	t.mu.Unlock()
	sequence, err := encode(key, kitty)
	if err != nil {
		t.tb.Fatalf("press %s: %v", key, err)
	}
	return sequence
}

// Type sends text as if typed, a line feed as enter.
func (t *Terminal) Type(text string) {
	t.input.send(strings.ReplaceAll(text, "\n", "\r"))
}

// Paste sends text as a paste, bracketed if the program asked for that.
func (t *Terminal) Paste(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.emulator.Paste(text)
	t.settle()
}

// Click presses and releases the left mouse button over a cell; 0, 0 is the
// top left. A program that did not ask for the mouse hears nothing of it.
func (t *Terminal) Click(x, y int) {
	t.mouse(uv.MouseClickEvent{X: x, Y: y, Button: uv.MouseLeft}, uv.MouseReleaseEvent{X: x, Y: y, Button: uv.MouseLeft})
}

// Wheel turns the mouse wheel over a cell, down by a positive number of
// notches, up by a negative one.
func (t *Terminal) Wheel(x, y, notches int) {
	button := uv.MouseWheelDown
	if notches < 0 {
		button, notches = uv.MouseWheelUp, -notches
	}
	for range notches {
		t.mouse(uv.MouseWheelEvent{X: x, Y: y, Button: button})
	}
}

func (t *Terminal) mouse(events ...uv.MouseEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, event := range events {
		t.emulator.SendMouse(event)
	}
	t.settle()
}

// Resize changes the size in cells. The program is not told: over SSH the
// session does that, and App.Resize does.
func (t *Terminal) Resize(width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.emulator.Resize(width, height)
	t.settle()
	t.notify()
}
