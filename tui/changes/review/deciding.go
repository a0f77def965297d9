package review

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

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
