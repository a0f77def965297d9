package kit

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core/roster"
)

// A Screen is one full-window place in the app. It is a plain struct behind a
// pointer, not a tea.Model: the root model owns the message loop, asks the
// screen what it can do, tells it what happened and carries out the Action it
// returns. A screen does no I/O in Do, Update or View: work goes into the
// command of a Run.
type Screen interface {
	Dialog
	// Status is how things stand, for the right end of the top line: painted
	// text in parts separated by three blanks, the most important first. When
	// there is no room the last parts are left out.
	Status() string
}

// A Dialog is a question or a report over a screen. It is asked and told
// things as a Screen is, but draws no more than it needs. It ends with an
// Answer; esc ends any dialog that does not bind it.
type Dialog interface {
	// Title is a screen's own part of the path, or a dialog's heading.
	Title() string
	// Bindings are the actions possible here, disabled ones included. It is
	// asked for every key and every frame, so it should not be slow.
	Bindings() []Binding
	// Do runs the binding of that ID. It is called for a key, a footer click,
	// the palette and the help alike, and never for a disabled binding.
	Do(id string) Action
	// Update hears every other message: Shown, the results of its own
	// commands, notices, mouse (relative to its own top left corner), Wheel,
	// paste, keys without a binding, and, while Typing, every key that Edits.
	Update(msg tea.Msg) Action
	// Typing says that a text input has the keys: bindings rest but for those
	// whose key cannot be typed.
	Typing() bool
	// View draws. A screen fills exactly height lines of exactly width cells;
	// a dialog takes what it needs of them, and nothing to stay hidden.
	View(width, height int) string
}

// A Cursorer has a place for the terminal's own cursor: in a text input, and
// in plain mode on the selected row, where a screen reader looks for it.
type Cursorer interface {
	// Cursor returns the place in the last View; not ok hides the cursor.
	Cursor() (x, y int, ok bool)
}

// A Lister is about one list: what its bindings need is asked for that one. Zero
// is no list in particular. Over it, dialogs are about the same.
type Lister interface {
	ListID() roster.ListID
}

// A Keeper may have something that leaving would lose.
type Keeper interface {
	// Unsaved says what would be lost, as a sentence; empty if nothing.
	Unsaved() string
}

// A Progressing screen may have something long going on, which the terminal's own
// bar shows where it has one (OSC 9;4).
type Progressing interface {
	// Progress is how much of how much is done; total is 0 while it is unknown.
	Progress() (done, total int64, going bool)
}

// A Waiter is not always ready for its bindings: what they are about may still
// be on its way.
type Waiter interface {
	// Waits reports whether a binding is to wait. The root runs it, and what was
	// pressed after it, once it no longer is; an error or esc drops them.
	Waits(id string) bool
}

// Shown tells a screen or a dialog that it came to the front.
type Shown struct {
	First bool // it was just opened, and may start loading
}

// Resized tells the screen in front, and the dialogs over it, that the terminal
// has another size: the next View is drawn in it. What is shown only where there
// is room for it may have to be read now.
type Resized struct{ Width, Height int }

// A Notice says that a list changed. A screen that shows the list reads it
// again. Notices are merged, so versions may be skipped.
type Notice struct {
	List    string
	Version uint64
}

// Here is the list of a notice that is about who is here. No screen hears of it:
// the frame around them shows that.
const Here = "here"

// Wheel says how far the mouse wheel was turned since the last one, in lines
// and columns.
type Wheel struct {
	X, Y          int // where the mouse is
	Lines, Across int // down and to the right are positive
}

// A Tone is how an answer on the bottom line is meant.
type Tone uint8

// The tones.
const (
	Note    Tone = iota // for information
	Done                // it worked
	Caution             // it could not be done now, or needs a look
	Wrong               // it failed
)

// An Action is what a screen or dialog asks of the root. Nil asks for nothing.
type Action interface{ action() }

// Push opens a screen over the present one; esc comes back.
type Push struct{ Screen Screen }

// Pop goes back one screen.
type Pop struct{}

// Run has the runtime execute a command off the UI goroutine. What it returns
// reaches the Update of whoever asked, if that is still open.
type Run struct{ Cmd tea.Cmd }

// Later delivers Msg to whoever asked after a while, for what moves by itself.
// Unlike a Run, it leaves the program idle.
type Later struct {
	After time.Duration
	Msg   tea.Msg
}

// Open shows a dialog over the screen. Its answer reaches the Update of
// whoever opened it, as the message that the dialog's own constructor
// documents.
type Open struct{ Dialog Dialog }

// Answer ends the dialog that returns it and hands Msg to whoever opened it;
// nil hands over nothing.
type Answer struct{ Msg tea.Msg }

// Close ends the topmost Progress over the screen that returns it, with what was
// opened over it meanwhile, such as the help; without one, the topmost dialog.
type Close struct{}

// Invoke ends the dialog that returns it and runs a binding of the screen
// beneath, or of the root.
type Invoke struct{ ID string }

// Copy puts text on the clipboard of the person's own terminal (OSC 52).
type Copy struct {
	Text string
	What string // what was copied, for the answer: "3 e-mail addresses"
}

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

func (Push) action()   {}
func (Pop) action()    {}
func (Run) action()    {}
func (Later) action()  {}
func (Open) action()   {}
func (Answer) action() {}
func (Close) action()  {}
func (Invoke) action() {}
func (Copy) action()   {}
func (Say) action()    {}
func (Fail) action()   {}
func (All) action()    {}
func (Quit) action()   {}
