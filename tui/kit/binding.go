package kit

import "muster/core"

// A Binding is one key binding as data. A screen lists its bindings; the same
// table feeds the footer, the help, the palette, the README's key table and
// the check of what is allowed, so none of them can disagree.
type Binding struct {
	// ID names the action, "roster.filter". Screens are told of an action by it.
	ID string
	// Keys are the keys that run it, as tea.KeyPressMsg.String writes them.
	Keys []string
	// Label is the one or two words of the footer.
	Label string
	// Help is the sentence of the help screen and the README.
	Help string
	// Group is the heading it stands under in the help: "Move", "Look", "Change".
	Group string
	// Rank orders the footer, 1 first; 0 keeps it out of the footer.
	Rank int
	// Dangerous actions are marked and never run from a single mouse click.
	Dangerous bool
	// Needs is what the person must be allowed to run it; core.Look is nothing
	// but to be here.
	Needs core.Permission
	// Disabled says why it cannot run now, as a sentence; empty when it can.
	Disabled string
}

// Needing has the bindings of a group need a permission.
func Needing(p core.Permission, group string, all []Binding) []Binding {
	for i := range all {
		if all[i].Group == group {
			all[i].Needs = p
		}
	}
	return all
}
