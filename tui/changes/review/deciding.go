package review

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
)

// Answers of questions.
type (
	typedValue struct {
		refs  []ref
		value string
	}
	chosenField struct {
		refs  []ref
		field roster.FieldID
	}
	takeRest struct{ rest }
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

// count is how many items are of a sort.
func (s *Set) count(is sort) int {
	for i := range sorts {
		if sorts[i].is == is {
			return s.counts[i]
		}
	}
	return 0
}

// decide runs one of the keys that decide.
func (r *Review) decide(id string) kit.Action {
	switch id {
	case "decide.undo":
		return r.maker.add(job{turn: undone})
	case "decide.redo":
		return r.maker.add(job{turn: redone})
	case "decide.next":
		return r.goNext(undecided)
	case "decide.conflict":
		return r.goNext(conflicts)
	case "decide.all":
		return r.askRest()
	case "decide.together":
		r.together = !r.together
		text := "Fields are decided one by one"
		if r.together {
			text = "The fields of one group are decided together, as the parts of a name; t to decide one by one"
		}
		return kit.Say{Text: text, Kind: kit.Done}
	case "decide.remember":
		return r.askRemember()
	case "decide.type":
		return r.askValue(r.chosen())
	}
	decision := map[string]changeset.Decision{"decide.accept": changeset.Accept, "decide.keep": changeset.Keep,
		"decide.skip": changeset.Skip, "decide.clear": changeset.Undecided}[id]
	refs := r.chosen()
	refs, left := r.careful(refs, decision)
	if len(refs) == 0 {
		return kit.Say{Text: "There is nothing to decide here", Kind: kit.Caution}
	}
	var then kit.Say
	if left > 0 {
		then = kit.Say{Text: fmt.Sprintf("Decided %s; %s that deactivate, give a new UID or conflict are left to be decided on their own",
			kit.Count(len(refs)), kit.Count(left)), Kind: kit.Caution}
	}
	return kit.All{r.maker.make(r.set, refs, decision, "", then), r.advance()}
}

// chosen are the parts that a decision is about.
func (r *Review) chosen() []ref {
	switch {
	case r.whole:
		n, ok := r.items.Current()
		if fields := r.partsHere(); ok && r.field < len(fields) {
			return r.grouped(n, fields[r.field])
		}
		return nil
	case r.view == byValue:
		group, ok := r.groups.Current()
		if !ok {
			return nil
		}
		want := r.want
		want.only = group
		return r.partsOf(want)
	}
	var refs []ref
	for _, n := range r.items.Chosen() {
		refs = append(refs, r.want.parts(r.set, n)...)
	}
	return refs
}

// partsOf are all parts that are meant.
func (r *Review) partsOf(want choosing) []ref {
	var refs []ref
	for n := range r.set.Items {
		if want.only >= 0 && !slices.Contains(r.set.leaf[r.set.start[n]:r.set.start[n+1]], int32(want.only)) {
			continue
		}
		if (want.sort < 0 || r.set.is[n]&sorts[want.sort].is != 0) && want.filter.Item(&r.set.Items[n], r.set.valuesOf(n)) {
			refs = append(refs, want.parts(r.set, n)...)
		}
	}
	return refs
}

// careful leaves out of a decision to take many what must be taken on its own,
// unless it is about nothing else, or about one person.
func (r *Review) careful(refs []ref, d changeset.Decision) (kept []ref, left int) {
	if d != changeset.Accept || len(refs) == 0 || refs[0].item == refs[len(refs)-1].item {
		return refs, 0
	}
	for _, each := range refs {
		if r.set.risky(&r.set.Items[each.item], each) {
			left++
		} else {
			kept = append(kept, each)
		}
	}
	if len(kept) == 0 {
		return refs, 0
	}
	return kept, left
}

// grouped are a field's part and, if they are decided together, those of the
// fields that belong with it.
func (r *Review) grouped(n int, f roster.FieldID) []ref {
	if !r.together {
		return []ref{{n, f}}
	}
	return r.set.belonging(n, f)
}

// advance goes on once something is decided: to the next undecided field of the
// person, or the next row.
func (r *Review) advance() kit.Action {
	switch {
	case r.view == byValue || r.items.Marked() > 0:
		r.items.Unmark()
		return nil
	case r.whole:
		return r.goNext(undecided)
	}
	r.items.Go(r.items.At() + 1)
	return r.read()
}

// goNext goes to the next undecided part, or the next conflict: of this
// person, then of those that follow, then from the start.
func (r *Review) goNext(is sort) kit.Action {
	if r.view == byValue {
		return r.nextGroup(is)
	}
	if r.whole && r.nextField(r.field+1, is) {
		return nil
	}
	rows := r.items.Rows()
	at := max(0, r.items.At())
	for i := range rows.Len() {
		row := (at + 1 + i) % rows.Len()
		if r.set.is[rows.ID(row)]&is == 0 {
			continue
		}
		r.items.Go(row)
		r.top, r.field = 0, 0
		if r.whole {
			r.nextField(0, is)
		}
		return r.read()
	}
	if !r.want.all() && r.set.count(is) > 0 {
		return kit.Say{Text: "Nothing more here; esc shows everything", Kind: kit.Note}
	}
	return kit.Say{Text: "Nothing more is left to decide; a applies", Kind: kit.Done}
}

// nextField moves to a part of the person that is looked at.
func (r *Review) nextField(from int, is sort) bool {
	n, ok := r.items.Current()
	if !ok {
		return false
	}
	for i, f := range r.partsHere() {
		p, _ := r.set.Items[n].Part(f)
		if i >= from && (is == undecided && p.Decision == changeset.Undecided || is == conflicts && r.set.clash(ref{n, f})) {
			r.field = i
			return true
		}
	}
	return false
}

// nextGroup goes to the next group with something undecided, or opens the
// people of a conflict.
func (r *Review) nextGroup(is sort) kit.Action {
	rows := r.groups.Rows()
	for i := range rows.Len() {
		row := (max(0, r.groups.At()) + 1 + i) % rows.Len()
		g := &r.set.groups[rows.ID(row)]
		if g.undecided > 0 && (is == undecided || g.key.of == ofConflict) {
			r.groups.Go(row)
			if is == conflicts {
				return r.open()
			}
			return nil
		}
	}
	return kit.Say{Text: "Nothing more is left to decide here", Kind: kit.Done}
}

// askValue asks for a value, and before that for the field if it can be several.
func (r *Review) askValue(refs []ref) kit.Action {
	var fields []roster.FieldID
	for _, each := range refs {
		if each.field != changeset.Status && !slices.Contains(fields, each.field) {
			fields = append(fields, each.field)
		}
	}
	switch len(fields) {
	case 0:
		return kit.Say{Text: "There is no value to type here: it is about the person as a whole", Kind: kit.Caution}
	case 1:
		return r.promptValue(refs, fields[0])
	}
	options := make([]kit.Option, len(fields))
	for i, f := range fields {
		options[i] = kit.Option{Label: r.set.label(f)}
	}
	return kit.Open{Dialog: kit.NewChoice(r.env, "Type a value of which field?", options, 0, func(i int) tea.Msg { return chosenField{refs, fields[i]} })}
}

func (r *Review) promptValue(refs []ref, f roster.FieldID) kit.Action {
	field, ok := r.set.List.Schema.ByID(f)
	if !ok {
		return kit.Say{Text: "The list does not have that field any more", Kind: kit.Caution}
	}
	only := slices.DeleteFunc(slices.Clone(refs), func(each ref) bool { return each.field != f })
	value := r.set.Items[only[0].item].Proposed(f)
	if p, _ := r.set.Items[only[0].item].Part(f); p.Decision == changeset.Typed {
		value = p.Typed
	}
	help := "Stored instead of what is proposed"
	if len(only) > 1 {
		help += ", for all " + kit.Count(len(only))
	}
	return kit.Open{Dialog: kit.NewPrompt(r.env, "Another value", kit.FormField{
		Label: field.Label, Value: value, Help: help, Options: field.Options,
		Check: func(value string) error { _, err := field.Check(value); return err },
	}, func(value string) tea.Msg { return typedValue{only, value} })}
}

// answered goes on with the answer to a question.
func (r *Review) answered(msg tea.Msg) kit.Action {
	if r.maker == nil {
		return nil
	}
	switch msg := msg.(type) {
	case typedValue:
		field, _ := r.set.List.Schema.ByID(msg.refs[0].field)
		value, err := field.Check(msg.value)
		if err != nil {
			return kit.Fail{Err: err}
		}
		return kit.All{r.maker.make(r.set, msg.refs, changeset.Typed, value, kit.Say{}), r.advance()}
	case chosenField:
		return r.promptValue(msg.refs, msg.field)
	case chosenRule:
		return kit.Run{Cmd: tea.Cmd(msg)}
	case ruled:
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		r.set.rules = msg.rules
		return kit.Say{Text: msg.said, Kind: kit.Done}
	case takeRest:
		return r.maker.make(r.set, msg.refs, changeset.Accept, "",
			kit.Say{Text: "Took " + kit.Many(len(msg.refs), "proposed change", "proposed changes") + "; z takes it back", Kind: kit.Done})
	}
	return nil
}
