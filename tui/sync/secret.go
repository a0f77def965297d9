package sync

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/address"
	"muster/tui/kit"
	"muster/tui/theme"
)

// secret is the dialog that shows a new token, this once, with the base URL
// that goes with it.
type secret struct {
	env     *kit.Env
	address address.Address
	slug    string
	text    string
	token   core.Token
	old     string // the prefix of the token that it is to replace
	copied  bool
	warned  bool
	top     int
}

// Title implements kit.Dialog.
func (d *secret) Title() string { return "New token: copy it now, it is not shown again" }

// Typing implements kit.Dialog.
func (d *secret) Typing() bool { return false }

// Bindings implements kit.Dialog.
func (d *secret) Bindings() []kit.Binding {
	return []kit.Binding{
		{ID: "secret.copy", Keys: []string{"y"}, Label: "copy token", Help: "Copy the token", Rank: 1},
		{ID: "secret.base", Keys: []string{"Y"}, Label: "copy base URL", Help: "Copy the SCIM base URL", Rank: 2},
		{ID: "secret.close", Keys: []string{"enter", "esc"}, Label: "done", Help: "Close; the token is not shown again", Rank: 3},
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
		return kit.Copy{Text: d.text, What: "the token " + d.token.Prefix + "…"}
	case "secret.base":
		return kit.Copy{Text: d.address.Base(d.slug), What: "the base URL"}
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
	blank := func() { lines = append(lines, strings.Repeat(" ", width)) }
	say(theme.Dim, "Bearer token")
	say(theme.Strong, d.text)
	say(theme.Dim, "SCIM base URL")
	say(theme.Strong, d.address.Base(d.slug))
	blank()
	if d.old != "" {
		say(theme.Text, "Paste it over the old one. "+d.old+"… works until you revoke it; once this one is seen in use, you are asked.")
	} else {
		say(theme.Text, "Paste both into your provider; the setup guides say where.")
	}
	if why := d.address.Unreachable(); why != "" {
		blank()
		say(theme.Waiting, d.env.Theme.Signs().Caution+why+". The page says how to let it in.")
	}
	d.top = max(0, min(d.top, len(lines)-height))
	return strings.Join(lines[d.top:min(len(lines), d.top+height)], "\n")
}
