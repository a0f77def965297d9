package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// The drawn signs are all of unambiguous width one.
var drawn = Signs{
	Cursor: "▌", Mark: "✓", Path: " › ", Rule: "│", Up: "↑", Down: "↓", Before: "‹", Beyond: "›", Full: "█", Tally: "━", Rest: "░",
	Done: "✓ ", Caution: "! ", Wrong: "✗ ",
}

// The signs for a screen reader are spoken, so they are words where they
// carry meaning and ASCII where they only point.
var words = Signs{
	Cursor: ">", Mark: "*", Path: " > ", Rule: " ", Up: "asc", Down: "desc", Before: "<", Beyond: ">", Full: "#", Tally: "#", Rest: ".",
	Done: "Done: ", Caution: "Note: ", Wrong: "Error: ",
}

// hues are the few colours there are.
type hues struct {
	dim, accent, added, waiting, removed, border color.Color
	row                                          color.Color // background of the cursor's row; nil for reverse video
}

// Contrast against black and white: data has the terminal's own, dim is at
// least 4.5:1, so that quiet is never unreadable.
func huesFor(o Options) hues {
	switch {
	case o.Profile == colorprofile.ANSI:
		// The sixteen belong to the person's own scheme, which has its reasons.
		return hues{
			dim: lipgloss.BrightBlack, accent: lipgloss.Cyan, added: lipgloss.Green,
			waiting: lipgloss.Yellow, removed: lipgloss.Red, border: lipgloss.BrightBlack,
		}
	case o.Light:
		return hues{
			dim: lipgloss.Color("#6b6f76"), accent: lipgloss.Color("#0b62b8"), added: lipgloss.Color("#1a7f37"),
			waiting: lipgloss.Color("#8a5a00"), removed: lipgloss.Color("#b3261e"), border: lipgloss.Color("#b8bcc2"),
			row: lipgloss.Color("#dbe7f5"),
		}
	}
	return hues{
		dim: lipgloss.Color("#8b919a"), accent: lipgloss.Color("#6cb6ff"), added: lipgloss.Color("#6bc46d"),
		waiting: lipgloss.Color("#d9a13b"), removed: lipgloss.Color("#f47067"), border: lipgloss.Color("#4a5059"),
		row: lipgloss.Color("#243447"),
	}
}

// paletteFor returns the style of each role, and what makes of a style the
// same on the cursor's row. Where that reverses, the style of Cursor is for the
// sign before the row, which would vanish if reversed.
func paletteFor(o Options) (styles [roles]lipgloss.Style, row func(lipgloss.Style) lipgloss.Style) {
	none := lipgloss.NewStyle()
	bold := none.Bold(true)
	if o.Profile < colorprofile.ANSI {
		styles = [roles]lipgloss.Style{
			Text: none, Strong: bold, Dim: none.Faint(true), Accent: bold, Match: bold.Underline(true),
			Added: bold, Waiting: bold, Removed: bold, Header: none.Underline(true), Border: none.Faint(true),
			Key: bold, Error: bold, Cursor: bold,
		}
		return styles, func(s lipgloss.Style) lipgloss.Style { return s.Faint(false).Bold(true).Reverse(true) }
	}
	h := huesFor(o)
	styles = [roles]lipgloss.Style{
		Text: none, Strong: bold, Dim: none.Foreground(h.dim), Accent: none.Foreground(h.accent),
		Match: none.Foreground(h.accent).Underline(true), Added: none.Foreground(h.added),
		Waiting: none.Foreground(h.waiting), Removed: none.Foreground(h.removed), Header: none.Foreground(h.dim),
		Border: none.Foreground(h.border), Key: none.Foreground(h.accent), Error: none.Foreground(h.removed).Bold(true),
	}
	if h.row == nil {
		styles[Cursor] = none.Foreground(h.accent).Bold(true)
		return styles, func(s lipgloss.Style) lipgloss.Style {
			return s.UnsetForeground().Bold(true).Reverse(true)
		}
	}
	return styles, func(s lipgloss.Style) lipgloss.Style { return s.Bold(true).Background(h.row) }
}
