package kit

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/tui/theme"
)

// grace is how long a dangerous question is deaf to its yes after it opened: a
// key that was on its way to the screen beneath must not answer it.
const grace = 425 * time.Millisecond

// TypedAbove is the number of people above which yes is typed, not pressed.
const TypedAbove = 50

// A Question is what a Confirm asks.
type Question struct {
	Title string // "Deactivate 38 people?"
	Text  string // what it means, and whether it can be undone
	Yes   string // the verb that does it: "deactivate"
	// Dangerous questions need their own key, not enter, and a moment to read.
	Dangerous bool
	// Word must be typed to say yes, if it is not empty: the number of people
	// when they are more than TypedAbove.
	Word string
}

// Confirm is a dialog that asks before something is done.
type Confirm struct {
	env   *Env
	q     Question
	yes   tea.Msg
	since time.Time
	input *Input
	at    int // line of the input or the hints in the last View
	left  int // column of the input in the last View
	hints []Hint
}

// NewConfirm makes a Confirm. Its answer is the message yes, or none.
func NewConfirm(env *Env, q Question, yes tea.Msg) *Confirm {
	return &Confirm{env: env, q: q, yes: yes, since: env.Now(), input: NewInput(env, "")}
}

// Title implements Dialog.
func (c *Confirm) Title() string { return c.q.Title }

// Typing implements Dialog.
func (c *Confirm) Typing() bool { return c.q.Word != "" }

// Bindings implements Dialog.
func (c *Confirm) Bindings() []Binding {
	yes := Binding{ID: "confirm.yes", Keys: []string{"y", "enter"}, Label: c.q.Yes, Help: "Do it", Rank: 1,
		Dangerous: c.q.Dangerous}
	no := Binding{ID: "confirm.no", Keys: []string{"n", "esc"}, Label: "leave it", Help: "Leave it as it is", Rank: 2}
	switch {
	case c.q.Word != "":
		yes.Keys, no.Keys = []string{"enter"}, []string{"esc"}
		if c.input.Value() != c.q.Word {
			yes.Disabled = "Type " + c.q.Word + " to " + c.q.Yes
		}
	case c.q.Dangerous:
		yes.Keys = []string{"y"}
	}
	return []Binding{yes, no}
}

// Do implements Dialog.
func (c *Confirm) Do(id string) Action {
	if id != "confirm.yes" {
		return Answer{}
	}
	if c.deaf() {
		return Say{"That came before it could be read; press " + c.Bindings()[0].Keys[0] + " again to " + c.q.Yes, Caution}
	}
	return Answer{c.yes}
}

// deaf reports whether a yes that comes in now was pressed before the question
// could be read. A word that has to be typed is no accident.
func (c *Confirm) deaf() bool {
	return c.q.Dangerous && c.q.Word == "" && c.env.Now().Sub(c.since) < grace
}

// Update implements Dialog.
func (c *Confirm) Update(msg tea.Msg) Action {
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		return c.click(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		if c.Typing() {
			c.input.Update(msg)
		}
	}
	return nil
}

func (c *Confirm) click(msg tea.MouseClickMsg) Action {
	b, ok := HintAt(c.hints, msg.X)
	switch {
	case !ok || msg.Y != c.at || msg.Button != tea.MouseLeft:
		return nil
	case b.Dangerous:
		return PressInstead(b)
	}
	return c.Do(b.ID)
}

// View implements Dialog.
func (c *Confirm) View(width, _ int) string {
	width = min(width, 60)
	var lines []string
	for _, l := range c.env.Wrap(c.q.Text, width) {
		lines = append(lines, c.env.Fit(l, width))
	}
	if c.q.Text != "" {
		lines = append(lines, strings.Repeat(" ", width))
	}
	if c.q.Word == "" {
		c.at, c.hints = len(lines), Hints(c.env, c.Bindings(), Binding{}, Binding{}, width)
		lines = append(lines, DrawHints(c.env, c.hints, width))
		return strings.Join(lines, "\n")
	}
	line := c.env.Line(width).Add(theme.Dim, "Type ").Add(theme.Strong, c.q.Word).
		Add(theme.Dim, " to "+c.q.Yes+": ")
	c.at, c.left = len(lines), width-line.Left()
	lines = append(lines, line.Painted(c.input.View(line.Left())).String())
	return strings.Join(lines, "\n")
}

// Cursor implements Cursorer.
func (c *Confirm) Cursor() (x, y int, ok bool) {
	return c.left + c.input.Column(), c.at, c.Typing()
}
