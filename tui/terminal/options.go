package terminal

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// An Option changes how a terminal is set up. Without any it is 120×40, dark,
// of 24-bit colour, up to date, and waits 20 seconds at most.
type Option func(*options)

type options struct {
	width, height int
	deadline      time.Duration
	environment   []string
	profile       colorprofile.Profile
	palette       Palette
	legacy        bool
	program       []tea.ProgramOption
}

func newOptions(opts []Option) options {
	o := options{
		width: 120, height: 40,
		deadline:    20 * time.Second,
		environment: []string{"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"},
		profile:     colorprofile.TrueColor,
		palette:     Dark(),
	}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// Size sets the size in cells.
func Size(width, height int) Option {
	return func(o *options) { o.width, o.height = width, height }
}

// Deadline sets the longest that any one wait may take.
func Deadline(d time.Duration) Option {
	return func(o *options) { o.deadline = d }
}

// Environment adds KEY=VALUE pairs to the fixed environment that a model is
// told; with SSH_TTY set, say, Bubble Tea asks fewer questions.
func Environment(pairs ...string) Option {
	return func(o *options) { o.environment = append(o.environment, pairs...) }
}

// Profile sets what colours a model may use.
func Profile(p colorprofile.Profile) Option {
	return func(o *options) { o.profile = p }
}

// Colors sets the palette: what the terminal answers to a question about its
// background, and what pictures are drawn with.
func Colors(p Palette) Option {
	return func(o *options) { o.palette = p }
}

// Legacy makes it an old terminal, which does not know the kitty keyboard: esc
// is a lone escape byte, ctrl+i is tab, and shift+enter is just enter.
func Legacy() Option {
	return func(o *options) { o.legacy = true }
}

// Program passes further options to the Bubble Tea program of a model.
func Program(opts ...tea.ProgramOption) Option {
	return func(o *options) { o.program = append(o.program, opts...) }
}
