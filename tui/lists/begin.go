package lists

import (
	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
	"muster/tui/theme"
)

// What one can begin with.
const (
	beginImport = iota
	beginNew
	beginDemo
)

// beginning is what an empty store shows: what to do next.
type beginning struct {
	env *kit.Env
	at  int // the choice that the cursor is on
	top int // line of the first choice in the last View
}

var choices = [...]struct{ title, text string }{
	beginImport: {"Import a CSV file", "Makes a list of it. You see all before it is written."},
	beginNew:    {"Make an empty list", "You name its fields; people come later."},
	beginDemo:   {"Look at the demo", "Made-up people to try it all on: muster demo"},
}

func choosing() []kit.Binding {
	return []kit.Binding{
		{ID: "begin.up", Keys: []string{"up", "k"}, Label: "up", Help: "Go to the choice above", Group: "Begin"},
		{ID: "begin.down", Keys: []string{"down", "j"}, Label: "down", Help: "Go to the choice below", Group: "Begin"},
	}
}

func (b *beginning) do(id string) bool {
	switch id {
	case "begin.up":
		b.at = max(0, b.at-1)
	case "begin.down":
		b.at = min(len(choices)-1, b.at+1)
	default:
		return false
	}
	return true
}

// each is how many lines a choice takes, the blank one after it included.
const each = 3

// click moves to the choice under the mouse, and reports a second click there.
func (b *beginning) click(msg tea.MouseClickMsg) (chosen bool) {
	i := (msg.Y - b.top) / each
	if msg.Button != tea.MouseLeft || msg.Y < b.top || i >= len(choices) {
		return false
	}
	chosen = i == b.at
	b.at = i
	return chosen
}

func (b *beginning) view(width, height int) string {
	env := b.env
	lines := []string{env.Line(width).String()}
	for _, text := range []string{
		"Muster keeps rosters: lists of the people who get an ID card, in step with where they come from.",
		"There is no list yet. How would you like to begin?",
	} {
		for _, l := range env.Wrap(text, width-4) {
			lines = append(lines, env.Line(width).Gap(2).Add(theme.Text, l).String())
		}
	}
	lines = append(lines, env.Line(width).String())
	b.top = len(lines)
	for i, c := range choices {
		title := env.Line(width)
		if i == b.at {
			title.Add(theme.Accent, env.Theme.Signs().Cursor).Gap(1).Add(theme.Accent, c.title)
		} else {
			title.Gap(2).Add(theme.Strong, c.title)
		}
		lines = append(lines, title.String(), env.Line(width).Gap(4).Add(theme.Dim, c.text).String(), env.Line(width).String())
	}
	return kit.Block(lines, width, height)
}

func (b *beginning) cursor() (x, y int, ok bool) { return 0, b.top + b.at*each, true }
