package remote

import (
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// Streams are what a command line of a guest reads and writes, and what is
// known of where they lead.
type Streams struct {
	// In is standard input; a guest's terminal gives lines.
	In       io.Reader
	Out, Err io.Writer
	// Environ are the variables that say what the guest's terminal and
	// language are, as KEY=VALUE.
	Environ []string
	// Dir is the folder where the guest's relative file names start. It is
	// empty for a guest on another machine, whose files are not here.
	Dir string
	// From is the network address that the guest comes from, empty on this machine.
	From string
	// Asks says that a person is at In and Err; Wide and Lively that Out and
	// Err are terminals. Width is theirs in cells, 0 if unknown.
	Asks, Wide, Lively bool
	Width              int
	// Terminal is for screens; nil if the guest gave none.
	Terminal *Terminal
}

// Terminal is a guest's whole terminal, for screens.
type Terminal struct {
	// Keys are what is typed, byte by byte. Who reads them leaves In alone.
	Keys          io.Reader
	Width, Height int
	// Resizes are later sizes, the last one only.
	Resizes <-chan tea.WindowSizeMsg
	// Profile is its colours, Unknown if only the environment tells.
	Profile colorprofile.Profile
}

// told reports whether a variable says something about a terminal or a
// language. No other is sent, and no other is taken.
func told(name string) bool {
	switch name {
	case "TERM", "COLORTERM", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "LANG", "LANGUAGE", "TZ",
		"ACCESSIBLE", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "STY", "WT_SESSION", "SSH_TTY", "SSH_CONNECTION":
		return true
	}
	return strings.HasPrefix(name, "LC_")
}
