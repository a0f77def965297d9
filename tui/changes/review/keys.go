package review

import (
	"slices"
	"strings"

	"muster/core"
	"muster/tui/kit"
)

// Bindings are the keys of the part: its screen appends them to its own.
func (r *Review) Bindings() []kit.Binding {
	if r.Typing() {
		return append([]kit.Binding{
			{ID: "review.filtered", Keys: []string{"enter"}, Label: "done", Help: "Leave the filter as it is", Group: "Look", Rank: 1},
			{ID: "review.back", Keys: []string{"esc"}, Label: "everything", Help: "Clear the filter", Group: "Look", Rank: 2},
			{ID: "review.syntax", Keys: []string{"f2"}, Label: "how to filter", Help: "Show how filters are written", Group: "Look", Rank: 3},
		}, syntax()...)
	}
	next := kit.Binding{ID: "review.next", Keys: []string{"tab"}, Label: "other view",
		Help: "Look at the summary by value, at each person, or at the rejected rows", Group: "Look", Rank: 8}
	back := kit.Binding{ID: "review.back", Keys: []string{"esc"}, Label: "back", Help: "Back to the whole table", Group: "Look", Rank: 9}
	open := kit.Binding{ID: "review.open", Keys: []string{"enter"}, Label: "look", Help: "Show the people of this line, or this person whole",
		Group: "Look", Rank: 5}
	var bindings []kit.Binding
	if r.maker != nil && r.view != rejects {
		bindings = r.decisions()
	}
	explain := kit.Binding{ID: "review.why", Keys: []string{"w"}, Label: "why",
		Help: "Explain where this field, or this person, comes from, and what is done about it", Group: "Look", Rank: 6}
	if r.whole {
		bindings = append(append(bindings, explain, back, next), r.scrolling()...)
		return bindings
	}
	if r.view != people {
		explain.Disabled, explain.Rank = "Go to a person first: enter opens the people of a line", 0
	}
	bindings = append(bindings, open, next, explain)
	if r.Deep() {
		bindings = append(bindings, back)
	}
	if r.filter != nil {
		bindings = append(bindings, looking()...)
	}
	if r.maker != nil && r.view == people {
		bindings = append(bindings, quiet(r.items.MarkBindings())...)
	}
	return append(bindings, r.moving()...)
}

// quiet keeps bindings out of the footer.
func quiet(bindings []kit.Binding) []kit.Binding {
	for i := range bindings {
		bindings[i].Rank = 0
	}
	return bindings
}

// moving are the table's own keys. Where there are kinds to go through, the
// keys that go sideways do that.
func (r *Review) moving() []kit.Binding {
	bindings := r.table().Bindings()
	if r.filter == nil {
		return bindings
	}
	return slices.DeleteFunc(slices.Clone(bindings), func(b kit.Binding) bool { return b.ID == "table.left" || b.ID == "table.right" })
}

func looking() []kit.Binding {
	return []kit.Binding{
		{ID: "review.kind", Keys: []string{"right", "]"}, Label: "next kind",
			Help: "Show only the next kind of change, as those that deactivate, and after the last all", Group: "Look", Rank: 10},
		{ID: "review.kind before", Keys: []string{"left", "["}, Label: "kind before", Help: "Show only the kind of change before", Group: "Look"},
		{ID: "review.filter", Keys: []string{"/"}, Label: "filter",
			Help: "Filter people by what they have or would have, and by kind: field: from: to: conflict: decision: only:", Group: "Look", Rank: 11},
	}
}

func (r *Review) scrolling() []kit.Binding {
	move := func(id, help string, keys ...string) kit.Binding {
		return kit.Binding{ID: "review." + id, Keys: keys, Label: id, Help: help, Group: "Move"}
	}
	following := move("next person", "Go to the next person", "right", "]")
	before := move("previous person", "Go to the person before", "left", "[")
	following.Rank = 7
	equal := kit.Binding{ID: "review.equal", Keys: []string{"="}, Label: "all fields", Help: "Show also the fields that stay as they are, or hide them",
		Group: "Look", Rank: 10}
	return []kit.Binding{
		following, before, equal,
		move("up", "Go up a field", "up", "k"), move("down", "Go down a field", "down", "j"),
		move("page up", "Scroll up a page", "pgup"), move("page down", "Scroll down a page", "pgdown"),
	}
}

// decisions are the keys that decide.
func (r *Review) decisions() []kit.Binding {
	decide := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "decide." + id, Keys: keys, Label: label, Help: help, Group: "Decide", Rank: rank}
	}
	about := "for what the cursor is on: a field, a person or those marked, or a whole group"
	next := decide("next", "next undecided", "Go to the next that nobody has decided", 6, "n")
	conflict := decide("conflict", "next conflict", "Go to the next conflict that nobody has decided", 1, "c")
	undo := decide("undo", "undo", "Take back your last decision", 0, "z")
	if r.set.count(undecided) == 0 {
		next.Disabled, next.Rank = "Everything is decided; a applies it", 0
	}
	if r.set.count(conflicts) == 0 {
		conflict.Disabled, conflict.Rank = "No conflict is left", 0
	}
	if r.whole && conflict.Disabled == "" {
		conflict.Rank = 5 // this one first
	}
	if r.maker.jobs > 0 {
		undo.Rank = 5
	}
	together := decide("together", "together", "Decide the fields of one group, as name parts or an address, at one stroke, or one by one", 0, "t")
	b := []kit.Binding{
		decide("accept", "take proposed", "Take what is proposed, "+about, 2, "1"),
		decide("keep", "keep list's", "Keep what the list has, "+about, 3, "2"),
		decide("skip", "skip", "Leave it for later, "+about, 4, "s", "3"),
		decide("type", "type a value", "Type another value, "+about, 5, "e", "4"),
		next, conflict,
		undo,
		decide("redo", "redo", "Make the decision again that you took back last", 0, "Z"),
		decide("clear", "undecided", "Make it undecided again, "+about, 0, "u"),
		decide("all", "take all", "Take everything shown that is undecided, but no deactivations, new UIDs and conflicts", 9, "A"),
		together,
		decide("remember", "remember", "Have what you decide again and again be decided so from now on, or forget that", 0, "R"),
	}
	kit.Needing(core.Review, "Decide", b)
	b[4].Needs, b[5].Needs = core.Look, core.Look
	return b
}

// Do runs one of the part's bindings and reports whether it was one.
func (r *Review) Do(id string) (kit.Action, bool) {
	if strings.HasPrefix(id, "decide.") {
		return r.decide(id), true
	}
	if !strings.HasPrefix(id, "review.") {
		if !r.table().Do(id) {
			return nil, false
		}
		return r.moved(), true
	}
	if example, ok := strings.CutPrefix(id, syntaxID); ok {
		r.filter.input.Set(strings.TrimSpace(r.want.text + " " + example))
		return r.setFilter(r.filter.input.Value()), true
	}
	switch id {
	case "review.syntax":
		return kit.Open{Dialog: kit.NewHelp(r.env, syntax())}, true
	case "review.next":
		r.turn()
	case "review.open":
		return r.open(), true
	case "review.back":
		return r.back(), true
	case "review.next person":
		return r.step(1), true
	case "review.previous person":
		return r.step(-1), true
	case "review.kind":
		return r.turnSort(1), true
	case "review.kind before":
		return r.turnSort(-1), true
	case "review.filter":
		r.filter.open = true
	case "review.filtered":
		r.filter.open = false
	case "review.equal":
		r.equal = !r.equal
	case "review.why":
		return r.why(), true
	default:
		r.scroll(strings.TrimPrefix(id, "review."))
	}
	return nil, true
}
