package kit

import (
	"path/filepath"
	"time"

	"github.com/charmbracelet/x/ansi"

	"muster/core/fault"
	"muster/tui/theme"
)

// An Env is what screens, dialogs and tables share with the root of their
// terminal: how it looks, how wide its characters are, what time it is. There
// is one for each terminal; only the root changes it, between messages.
type Env struct {
	// Theme is how to draw. Look it up when drawing: it is replaced when the
	// terminal tells its background.
	Theme *theme.Theme
	// Now is the clock, in the zone to show times in.
	Now func() time.Time
	// Widths is how this terminal counts cells: by code point, or by grapheme
	// once it said so. What is drawn must be measured the same way.
	Widths ansi.Method
	// Remote says that the terminal is not this machine's: nothing may suspend
	// the process or touch the machine's own clipboard.
	Remote bool
	// Dir is where the person's relative file names start; empty is the
	// process's own folder. See Path.
	Dir string
	// Explain makes an error a sentence for a person and keeps its insides in
	// the log. Screens that draw an error use it; others return a Fail.
	Explain func(error) string
}

// NewEnv makes the Env of one terminal.
func NewEnv(look theme.Options, now func() time.Time) *Env {
	return &Env{Theme: theme.New(look), Now: now, Explain: fault.Sentence}
}

// Path is where a file is that the person named.
func (e *Env) Path(name string) string {
	if e.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.Dir, name)
}

// Plain reports whether a screen reader reads this terminal: no drawing, no
// animation, and words where others have colours.
func (e *Env) Plain() bool { return e.Theme.Plain() }
