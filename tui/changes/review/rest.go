package review

import (
	"muster/core/changeset"
	"muster/tui/kit"
)

// rest is what is undecided among what is shown, apart in what can be taken at
// one stroke and what cannot.
type rest struct {
	refs []ref
	// Of refs: people who come, come back, or get other values, and how many of
	// those there are.
	creates, returns, updates, values int
	// What is left out: people who leave, new UIDs, and conflicts.
	leaves, uids, clashes int
	decided               int // already
	valued                int // the item that was counted last for its values, from 1
}

func (r *Review) rest() rest {
	var is rest
	for _, each := range r.partsOf(r.want) {
		it := &r.set.Items[each.item]
		if p, _ := it.Part(each.field); p.Decision != changeset.Undecided {
			is.decided++
			continue
		}
		switch {
		case !r.set.risky(it, each):
			is.refs = append(is.refs, each)
			is.count(it, each)
		case r.set.clash(each):
			is.clashes++
		case each.field == r.set.uid:
			is.uids++
		default:
			is.leaves++
		}
	}
	return is
}

// count counts a part that can be taken.
func (is *rest) count(it *changeset.Item, each ref) {
	switch {
	case each.field != changeset.Status:
		is.values++
		if each.item+1 != is.valued {
			is.updates, is.valued = is.updates+1, each.item+1
		}
	case it.Kind == changeset.Reactivate:
		is.returns++
	default:
		is.creates++
	}
}

// askRest asks before everything that is shown is taken, and says what that
// does and what it leaves out.
func (r *Review) askRest() kit.Action {
	is := r.rest()
	left := listed([]counted{{is.leaves, "deactivation", "deactivations"}, {is.uids, "new UID", "new UIDs"}, {is.clashes, "conflict", "conflicts"}})
	switch {
	case len(is.refs) == 0 && left == "":
		return kit.Say{Text: "Everything shown is decided already", Kind: kit.Note}
	case len(is.refs) == 0:
		return kit.Say{Text: "Only " + left + " are left, and those are decided on their own", Kind: kit.Caution}
	}
	text := "Takes what is proposed: " + is.does() + "."
	if is.decided > 0 {
		text += "\nWhat is decided already stays so: " + kit.Many(is.decided, "part", "parts") + "."
	}
	if left != "" {
		text += "\n" + r.env.Theme.Signs().Caution + "Left out, to be decided on their own: " + left + "."
	}
	if !r.want.all() {
		text += "\nIt is about what is shown; esc shows the rest."
	}
	text += "\nNothing is applied yet, and z takes it back."
	return kit.Open{Dialog: kit.NewConfirm(r.env, kit.Question{Title: "Take " + kit.Many(len(is.refs), "proposed change", "proposed changes") + "?",
		Text: text, Yes: "take them"}, takeRest{is})}
}

// does says what taking it comes to.
func (is *rest) does() string {
	text := listed([]counted{{is.creates, "person is created", "people are created"}, {is.returns, "is reactivated", "are reactivated"}})
	if is.values == 0 {
		return text
	}
	if text != "" {
		text += ", and "
	}
	return text + kit.Many(is.values, "value", "values") + " of " + kit.Many(is.updates, "person changes", "people change")
}

// counted is a number of things.
type counted struct {
	n         int
	one, more string
}

// listed joins what there is any of: "2 deactivations and 1 conflict".
func listed(all []counted) string {
	var words []string
	for _, c := range all {
		if c.n > 0 {
			words = append(words, kit.Many(c.n, c.one, c.more))
		}
	}
	return joined(words)
}

func joined(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		text := words[0]
		for _, w := range words[1 : n-1] {
			text += ", " + w
		}
		return text + " and " + words[n-1]
	}
}
