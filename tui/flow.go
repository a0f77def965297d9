package tui

import (
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

const (
	mouseStep = 16 * time.Millisecond // between wheel or motion messages
	maxWidth  = 1000
	maxHeight = 500
	// What to assume of a terminal that says it has no size.
	someWidth, someHeight = 80, 24
)

// flow thins out a flood of mouse messages without losing how far the wheel
// went.
type flow struct {
	now          func() time.Time
	last         time.Time // that one was let through
	down, across int       // what was held back
}

// pass reports whether a wheel or motion message is due.
func (f *flow) pass(msg tea.MouseMsg) bool {
	now := f.now()
	if since := now.Sub(f.last); since >= 0 && since < mouseStep {
		if _, wheel := msg.(tea.MouseWheelMsg); wheel {
			down, across := notch(msg.Mouse())
			f.down += down
			f.across += across
		}
		return false
	}
	f.last = now
	return true
}

// turned returns how far the wheel went with this notch and those held back.
func (f *flow) turned(mouse tea.Mouse) (down, across int) {
	down, across = notch(mouse)
	down, across = down+f.down, across+f.across
	f.down, f.across = 0, 0
	return down, across
}

func notch(mouse tea.Mouse) (down, across int) {
	switch mouse.Button {
	case tea.MouseWheelUp:
		down = -1
	case tea.MouseWheelDown:
		down = 1
	case tea.MouseWheelLeft:
		across = -1
	case tea.MouseWheelRight:
		across = 1
	}
	if mouse.Mod.Contains(tea.ModShift) && across == 0 {
		return 0, down
	}
	return down, across
}

// Filter looks at each message before the runtime does: it thins out the
// mouse, makes window sizes sane, keeps a remote session from suspending the
// process, and unwraps what commands have to say to the runtime itself.
func (m *Model) Filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return sane(msg)
	case tea.MouseWheelMsg:
		if !m.flow.pass(msg) {
			return nil
		}
	case tea.MouseMotionMsg:
		if !m.flow.pass(msg) {
			return nil
		}
	case tea.SuspendMsg:
		if m.options.Guest {
			return nil
		}
	case done:
		if fromRuntime(msg.msg) {
			m.work.settle()
			return msg.msg
		}
	}
	return msg
}

// fromRuntime reports whether a message is of Bubble Tea itself, such as the
// one that sets the clipboard.
func fromRuntime(msg tea.Msg) bool {
	return msg != nil && reflect.TypeOf(msg).PkgPath() == reflect.TypeFor[tea.QuitMsg]().PkgPath()
}

// sane clamps what a terminal says of its size: over a network it may say
// nothing, or anything.
func sane(size tea.WindowSizeMsg) tea.WindowSizeMsg {
	if size.Width <= 0 || size.Height <= 0 {
		return tea.WindowSizeMsg{Width: someWidth, Height: someHeight}
	}
	return tea.WindowSizeMsg{Width: min(size.Width, maxWidth), Height: min(size.Height, maxHeight)}
}

// measure counts cells as the runtime does once the terminal says that it
// keeps graphemes together.
func (m *Model) measure(report tea.ModeReportMsg) {
	if report.Mode == ansi.ModeUnicodeCore &&
		(report.Value == ansi.ModeReset || report.Value == ansi.ModeSet || report.Value == ansi.ModePermanentlySet) {
		m.env.Widths = ansi.GraphemeWidth
	}
}
