package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Secret is a dialog that shows what is not shown again, as a token. Who closes
// it without having copied that is asked to press again.
type Secret struct {
	Env     *Env
	Heading string // "New token: copy it now"
	Text    string // the secret
	Name    string // what it is called: "token"
	Is      string // what is said to be copied: "the token sct_4f2a…"

	// Beside is what goes with it and Y copies, as an address; empty for nothing.
	Beside, BesideName string

	// Write writes what is shown.
	Write func(p *Page)

	copied, warned bool
	top            int
}

// Title implements Dialog.
func (d *Secret) Title() string { return d.Heading + ", it is not shown again" }

// Typing implements Dialog.
func (d *Secret) Typing() bool { return false }

// Bindings implements Dialog.
func (d *Secret) Bindings() []Binding {
	all := []Binding{{ID: "secret.copy", Keys: []string{"y"}, Label: "copy " + d.Name, Help: "Copy the " + d.Name, Rank: 1}}
	if d.Beside != "" {
		all = append(all, Binding{ID: "secret.beside", Keys: []string{"Y"}, Label: "copy " + d.BesideName, Help: "Copy the " + d.BesideName, Rank: 2})
	}
	return append(all,
		Binding{ID: "secret.close", Keys: []string{"enter", "esc"}, Label: "done", Help: "Close; the " + d.Name + " is not shown again", Rank: 3},
		Binding{ID: "secret.up", Keys: []string{"up", "k"}, Label: "up", Help: "Scroll up"},
		Binding{ID: "secret.down", Keys: []string{"down", "j"}, Label: "down", Help: "Scroll down"})
}

// Do implements Dialog.
func (d *Secret) Do(id string) Action {
	warned := d.warned
	d.warned = false
	switch id {
	case "secret.copy":
		d.copied = true
		return Copy{Text: d.Text, What: d.Is}
	case "secret.beside":
		return Copy{Text: d.Beside, What: "the " + d.BesideName}
	case "secret.up":
		d.top--
		return nil
	case "secret.down":
		d.top++
		return nil
	}
	if !d.copied && !warned {
		d.warned = true
		return Say{Text: "It is not shown again: y copies it; press again to close", Kind: Caution}
	}
	return Answer{}
}

// Update implements Dialog.
func (d *Secret) Update(msg tea.Msg) Action {
	if w, ok := msg.(Wheel); ok {
		d.top += w.Lines
	}
	return nil
}

// View implements Dialog.
func (d *Secret) View(width, height int) string {
	p := d.Env.Page(min(width, 76), 0)
	d.Write(p)
	lines := p.Lines()
	d.top = max(0, min(d.top, len(lines)-height))
	return strings.Join(lines[d.top:min(len(lines), d.top+height)], "\n")
}
