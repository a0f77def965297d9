package core

import (
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// worker works it out for one person after the other.
type worker struct {
	*replay
	tally *tally
	slab  roster.Slab
	cells []mapping.Cell
	// singles are those of the present batch.
	singles []single
}

func (w *worker) people(batch []heardPerson) []changeset.Item {
	var items []changeset.Item
	for i := range batch {
		if it, ok := w.person(&batch[i]); ok {
			items = append(items, it)
		}
	}
	w.compare()
	return items
}

// names notes what a person would have in the fields that are to be unique.
func (w *worker) names(p *roster.Person, changes []changeset.Change) {
	for i := range w.single {
		f := &w.single[i]
		value := roster.FoldUID(after(p, changes, f.ID))
		switch {
		case value != "":
			w.singles = append(w.singles, single{i, value, p.ID})
		case f.UID:
			b := w.tally.block(f)
			b.Nameless++
			b.People++
			b.Some = keepSome(b.Some, w.example(p, "", f.Label+" is empty, and everybody needs one to be known by"))
		}
	}
}

// compare finds out who has what somebody else has, too.
func (w *worker) compare() {
	if len(w.singles) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.singles {
		other, taken := w.has[s.field][s.value]
		if !taken {
			w.has[s.field][strings.Clone(s.value)] = s.who
			continue
		}
		b := w.tally.block(&w.single[s.field])
		b.Twice++
		b.People++
		if len(w.twice) < someExamples {
			w.replay.twice = append(w.replay.twice, twice{s.field, strings.Clone(s.value), other, s.who})
		}
	}
	w.singles = w.singles[:0]
}

// person makes the item of one person, if they change.
func (w *worker) person(h *heardPerson) (changeset.Item, bool) {
	p := &h.person
	var changes []changeset.Change
	for i := range w.recasts {
		w.recast(&w.recasts[i], p, &changes)
	}
	if h.linked {
		w.tally.linked++
		if err := w.heard.read(h.said, &w.cells); err != nil {
			w.tally.unheard++
		} else {
			for i := range w.feeds {
				w.feed(&w.feeds[i], p, &changes)
			}
		}
	}
	w.count(p, changes)
	w.names(p, changes)
	if len(changes) == 0 {
		return changeset.Item{}, false
	}
	slices.SortFunc(changes, func(a, b changeset.Change) int { return int(a.Field) - int(b.Field) })
	it := changeset.Item{Person: p.ID, Kind: changeset.Update, From: p.Status, To: p.Status, Changes: changes}
	uid, _ := w.after.Schema.UID()
	it.UID = w.own(after(p, changes, uid.ID))
	return it, true
}

// own copies text that is lent. What one worker keeps shares few allocations.
func (w *worker) own(text string) string { return w.slab.Text([]byte(text)) }

// after is what the changes make of a value.
func after(p *roster.Person, changes []changeset.Change, f roster.FieldID) string {
	for _, c := range changes {
		if c.Field == f {
			return c.Proposed
		}
	}
	return p.Values.Get(f)
}

// set notes what a field is to have; what it has already is no change.
func (w *worker) set(p *roster.Person, changes *[]changeset.Change, f roster.FieldID, value string) {
	*changes = slices.DeleteFunc(*changes, func(c changeset.Change) bool { return c.Field == f })
	if old := p.Values.Get(f); old != value {
		*changes = append(*changes, changeset.Change{Field: f, Base: w.own(old), Proposed: w.own(value)})
	}
}

// recast makes a value fit the field as it would be.
func (w *worker) recast(c *recast, p *roster.Person, changes *[]changeset.Change) {
	old := p.Values.Get(c.was.ID)
	if old == "" {
		return
	}
	if c.removed {
		w.set(p, changes, c.was.ID, "")
		w.tally.field(&c.was).Lost++
		return
	}
	value := old
	if len(c.through) > 0 {
		out := c.through[0].Of([]mapping.Cell{{Text: old}})
		value = out.Text
		if out.Trouble != "" {
			f := w.tally.field(&c.is)
			f.Troubled++
			f.TroubledSome = keepSome(f.TroubledSome, w.example(p, old, c.is.Label+" "+out.Trouble))
		}
	}
	value, err := c.is.Convert(c.was.Type, value)
	switch {
	case err == nil:
	case c.clear && !c.is.UID:
		w.tally.field(&c.is).Lost++
		value = ""
	default:
		b := w.tally.block(&c.is)
		b.People++
		b.Some = keepSome(b.Some, w.example(p, old, fault.Sentence(err)))
		return
	}
	w.set(p, changes, c.is.ID, value)
}

// feed gives a field what the source says of it.
func (w *worker) feed(f *feed, p *roster.Person, changes *[]changeset.Change) {
	out := f.from.Of(w.cells)
	if out.Trouble != "" {
		t := w.tally.field(&f.field)
		t.Troubled++
		t.TroubledSome = keepSome(t.TroubledSome, w.example(p, f.from.Raw(w.cells), f.field.Label+" "+out.Trouble))
	}
	if !out.Known {
		return
	}
	value, err := f.field.Check(out.Text)
	if err != nil {
		t := w.tally.field(&f.field)
		t.Invalid++
		t.InvalidSome = keepSome(t.InvalidSome, w.example(p, out.Text, fault.Sentence(err)))
		return
	}
	for _, pin := range w.pins[p.ID] {
		if pin.Field != f.field.ID {
			continue
		}
		if pin.Declined == value {
			return
		}
		w.tally.spent = append(w.tally.spent, pin)
	}
	w.set(p, changes, f.field.ID, value)
}

// count counts what the changes of one person come to.
func (w *worker) count(p *roster.Person, changes []changeset.Change) {
	if p.Status == roster.Active {
		for i := range w.required {
			if f := &w.required[i]; after(p, changes, f.ID) == "" {
				w.tally.field(f).Missing++
			}
		}
		for i := range w.feeds {
			if f := &w.feeds[i].field; p.Values.Get(f.ID) != "" {
				w.tally.field(f).had++
			}
		}
	}
	for _, c := range changes {
		if c.Base != "" && c.Proposed != "" {
			continue
		}
		f, stays := w.after.Schema.ByID(c.Field)
		if !stays {
			f, _ = w.before.Schema.ByID(c.Field)
		}
		if c.Proposed == "" {
			w.tally.field(&f).Emptied++
		} else {
			w.tally.field(&f).Filled++
		}
	}
}

func (w *worker) example(p *roster.Person, value, problem string) Example {
	return Example{
		Person: p.ID, UID: strings.Clone(w.before.UID(p.Values)), Name: strings.Clone(w.before.DisplayName(p.Values)),
		Value: strings.Clone(value), Problem: problem,
	}
}

// single is what one person has in a field that is to be unique.
type single struct {
	field int
	value string // folded, lent
	who   roster.PersonID
}
