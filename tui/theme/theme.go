// Package theme says how Muster looks on one terminal. Screens name roles
// (Dim, Match, Removed), never colours; a Theme turns a role into the escape
// sequence that starts it, made once and kept as a string, so that drawing is
// concatenation. Themes are values without globals: a process may serve a dark
// true-colour terminal, a light one and one without colour side by side.
//
// The rules behind the roles: a person's data has the terminal's own text
// colour and is the brightest thing there; chrome is dim; one accent marks the
// cursor and what is active; green, amber and red mean added, waiting and
// removed and always stand beside a word or a sign, because every screen must
// read the same with colours off.
package theme

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// A Role is what a piece of text is for.
type Role uint8

// The roles. The zero role is a person's data.
const (
	Text    Role = iota // people's data, in the terminal's own colour
	Strong              // a name, a title: text that leads
	Dim                 // chrome, labels, what is unchanged or disabled
	Accent              // the one accent: what is active
	Cursor              // the row that the cursor is on; selected, the sign before it
	Match               // letters that a filter found
	Added               // created, accepted, active again
	Waiting             // pending, held, a conflict
	Removed             // deactivated, refused, rejected
	Header              // column titles and group headings
	Border              // the line between two panes
	Key                 // a key in the footer or the help
	Error               // something went wrong
	roles
)

// Reset ends what Start began.
const Reset = "\x1b[m"

// Signs are the glyphs that stand beside colours, or instead of them.
type Signs struct {
	Cursor   string // one cell, before the row that the cursor is on
	Mark     string // one cell, before a marked row
	Path     string // between the parts of the path
	Rule     string // one cell, between two panes
	Up, Down string // beside the sorted column's title
	Before   string // one cell, beside how many columns are out of view on the left
	Beyond   string // and on the right
	Full     string // one cell of a bar
	Tally    string // one cell of a bar that stands among others
	Rest     string // one cell of a bar's remainder
	Done     string // before a good answer
	Caution  string // before a warning
	Wrong    string // before an error
}

// Options are what is known of a terminal.
type Options struct {
	Light   bool                 // its background is light
	Profile colorprofile.Profile // colours it can show
	Plain   bool                 // a screen reader reads it: words, no drawing
}

// A Theme is how one terminal is drawn on. It does not change; when the
// terminal turns out to be light, it gets another one.
type Theme struct {
	options  Options
	signs    Signs
	start    [roles]string
	selected [roles]string
}

// New makes the theme for a terminal.
func New(o Options) *Theme {
	t := &Theme{options: o, signs: drawn}
	if o.Plain {
		t.signs = words
	}
	styles, row := paletteFor(o)
	for role := range roles {
		t.start[role] = opening(styles[role])
		t.selected[role] = opening(row(styles[role]))
	}
	t.start[Cursor] = t.selected[Text]
	t.selected[Cursor] = t.selected[Accent]
	if styles[Cursor].GetBold() {
		t.selected[Cursor] = opening(styles[Cursor])
	}
	return t
}

// Options returns what the theme was made for.
func (t *Theme) Options() Options { return t.options }

// Plain reports whether a screen reader reads this terminal.
func (t *Theme) Plain() bool { return t.options.Plain }

// Signs returns the glyphs.
func (t *Theme) Signs() Signs { return t.signs }

// Start returns the sequence that begins a run of the role, to be ended by
// Reset; empty if the role needs none, and then no Reset is needed either.
func (t *Theme) Start(r Role) string { return t.start[r] }

// StartSelected is Start for a run on the row that the cursor is on. It is
// never empty but in a terminal that can show nothing.
func (t *Theme) StartSelected(r Role) string { return t.selected[r] }

// Paint draws text, which must be clean and one line, in a role.
func (t *Theme) Paint(r Role, text string) string { return paint(t.start[r], text) }

// PaintSelected is Paint on the row that the cursor is on.
func (t *Theme) PaintSelected(r Role, text string) string { return paint(t.selected[r], text) }

func paint(start, text string) string {
	if start == "" || text == "" {
		return text
	}
	return start + text + Reset
}

// opening returns the sequence with which a style begins.
func opening(s lipgloss.Style) string {
	before, _, _ := strings.Cut(s.Render("x"), "x")
	return before
}
