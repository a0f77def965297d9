package notices

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
	"muster/tui/theme"
)

// secret is the dialog that shows the secret of a new webhook, this once.
type secret struct {
	env    *kit.Env
	text   string
	to     string
	copied bool
	warned bool
	top    int
}

// Title implements kit.Dialog.
func (d *secret) Title() string { return "New webhook: copy its secret now, it is not shown again" }

// Typing implements kit.Dialog.
func (d *secret) Typing() bool { return false }

// Bindings implements kit.Dialog.
func (d *secret) Bindings() []kit.Binding {
	return []kit.Binding{
		{ID: "secret.copy", Keys: []string{"y"}, Label: "copy secret", Help: "Copy the secret", Rank: 1},
		{ID: "secret.close", Keys: []string{"enter", "esc"}, Label: "done", Help: "Close; the secret is not shown again", Rank: 2},
		{ID: "secret.up", Keys: []string{"up", "k"}, Label: "up", Help: "Scroll up"},
		{ID: "secret.down", Keys: []string{"down", "j"}, Label: "down", Help: "Scroll down"},
	}
}

// Do implements kit.Dialog.
func (d *secret) Do(id string) kit.Action {
	warned := d.warned
	d.warned = false
	switch id {
	case "secret.copy":
		d.copied = true
		return kit.Copy{Text: d.text, What: "the secret"}
	case "secret.up":
		d.top--
		return nil
	case "secret.down":
		d.top++
		return nil
	}
	if !d.copied && !warned {
		d.warned = true
		return kit.Say{Text: "It is not shown again: y copies it; press again to close", Kind: kit.Caution}
	}
	return kit.Answer{}
}

// Update implements kit.Dialog.
func (d *secret) Update(msg tea.Msg) kit.Action {
	if w, ok := msg.(kit.Wheel); ok {
		d.top += w.Lines
	}
	return nil
}

// View implements kit.Dialog.
func (d *secret) View(width, height int) string {
	width = min(width, 76)
	var lines []string
	say := func(r theme.Role, text string) {
		for _, part := range d.env.Wrap(text, width) {
			lines = append(lines, d.env.Line(width).Add(r, part).String())
		}
	}
	say(theme.Dim, "Address")
	say(theme.Text, d.to)
	say(theme.Dim, "Signing secret")
	say(theme.Strong, d.text)
	lines = append(lines, strings.Repeat(" ", width))
	say(theme.Text, "By it the receiver knows that a notice is from here: the header Muster-Signature is sha256= and the HMAC-SHA-256, "+
		"under this secret, of Muster-Timestamp, a dot, and the body. It is kept sealed. t sends a test.")
	d.top = max(0, min(d.top, len(lines)-height))
	return strings.Join(lines[d.top:min(len(lines), d.top+height)], "\n")
}
