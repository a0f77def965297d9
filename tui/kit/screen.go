package kit

import tea "charm.land/bubbletea/v2"

// A Screen is one full-window place in the app. It is a plain struct, not a
// tea.Model: the root model owns the message loop, asks the screen what it can
// do, tells it what happened and carries out the Action it returns. A screen
// does no I/O in Do, Update or View: work goes into the command of a Run.
type Screen interface {
	// Title is this screen's own part of the path on the top line.
	Title() string
	// Status is how things stand, for the right end of the top line.
	Status() string
	// Bindings are the actions possible here, disabled ones included.
	Bindings() []Binding
	// Do runs the binding of that ID. It is called for a key, a footer click,
	// the palette and the help alike, and never for a disabled binding.
	Do(id string) Action
	// Update hears every other message: results of commands, notices, mouse,
	// paste, and, while Typing, every key.
	Update(msg tea.Msg) Action
	// Typing says that a text input has the keys: bindings rest but for those
	// whose key cannot be typed.
	Typing() bool
	// View draws exactly height lines of exactly width cells.
	View(width, height int) string
}

// An Action is what a screen or dialog asks of the root. Nil asks for nothing.
type Action interface{ action() }

// Push opens a screen over the present one; esc comes back.
type Push struct{ Screen Screen }

// Pop goes back one screen.
type Pop struct{}

// Run has the runtime execute a command off the UI goroutine.
type Run struct{ Cmd tea.Cmd }

// Open shows a dialog over the screen. Its answer reaches the screen's Update
// as the message that the dialog's own constructor documents.
type Open struct{ Dialog Dialog }

// Say answers the last action on the bottom line.
type Say struct {
	Text string
	Kind Tone
}

// Fail shows an error as the sentence that fault.Sentence makes of it.
type Fail struct{ Err error }

// All carries out several actions in order.
type All []Action

// Quit ends this terminal session.
type Quit struct{}

func (Push) action() {}
func (Pop) action()  {}
func (Run) action()  {}
func (Open) action() {}
func (Say) action()  {}
func (Fail) action() {}
func (All) action()  {}
func (Quit) action() {}
