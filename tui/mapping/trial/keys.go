package trial

import (
	"strings"

	"muster/tui/kit"
)

// Bindings are the keys by which one looks about in the preview.
func (p *Pane) Bindings() []kit.Binding {
	key := func(id, keys, label, help string, rank int) kit.Binding {
		b := kit.Binding{ID: "trial." + id, Keys: strings.Fields(keys), Label: label, Help: help, Group: "Look", Rank: rank}
		b.Disabled = p.refused(b.ID)
		return b
	}
	w := &p.words
	return []kit.Binding{
		key("next", "right l", "next "+w.One, "Show the next "+w.One, 5),
		key("previous", "left h", w.Before, "Show the "+w.Before, 0),
		key("empty", "1", "next empty", "Show the next "+w.One+" that gets nothing", 0),
		key("changed", "2", "next changed", "Show the next "+w.One+" whose value the transforms change", 0),
		key("invalid", "3", "next invalid", "Show the next "+w.One+" whose value the field or a transform refuses", 0),
		key("long", "4", "next too long", "Show the next "+w.One+" whose value is too long", 0),
		key("anybody", "0", w.All, "Show "+w.All+" again", 0),
		key("values", "F", "count", "Count the values", 6),
	}
}

// refused says why a binding cannot run now.
func (p *Pane) refused(id string) string {
	switch id {
	case "trial.next", "trial.previous":
		if len(p.List()) < 2 {
			return p.words.No + " else to show"
		}
	case "trial.empty", "trial.changed", "trial.invalid", "trial.long":
		kind, what := kindOf(id)
		switch {
		case len(p.outcomes(kind).Some) > 0:
		case p.partial && p.wrong == nil:
			return sentence(p.words.All) + " is still being gone through"
		default:
			return p.words.No + " whose value is " + what
		}
	case "trial.values":
		if p.partial {
			return "They are still being counted"
		}
	}
	return ""
}

func kindOf(id string) (outcome, string) {
	switch id {
	case "trial.empty":
		return empty, "empty"
	case "trial.changed":
		return changed, "changed by the transforms"
	case "trial.invalid":
		return invalid, "refused"
	}
	return tooLong, "too long"
}

// Do does what a binding of the pane says, and reports whether it is one. label
// is what people call the attribute.
func (p *Pane) Do(id, label string) (action kit.Action, mine bool) {
	switch id {
	case "trial.next":
		p.step(1)
	case "trial.previous":
		p.step(-1)
	case "trial.empty", "trial.changed", "trial.invalid", "trial.long":
		kind, _ := kindOf(id)
		p.seek(kind)
	case "trial.anybody":
		p.kind, p.at = anybody, 0
	case "trial.values":
		return kit.Open{Dialog: newValues(p.env, label, &p.words, p.sample)}, true
	default:
		return nil, false
	}
	return nil, true
}

// Scroll moves what is in view of the pane by so many lines.
func (p *Pane) Scroll(by int) { p.top = max(0, p.top+by) }

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
