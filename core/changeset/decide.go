package changeset

import (
	"encoding/binary"
	"slices"
	"time"

	"muster/core/roster"
)

// Part is what there is to decide of an item: one field, with Status what it
// does to the person as a whole, or with Linked what the source calls them.
type Part struct {
	Decision Decision
	Typed    string // the value of a Typed decision
	// Base is what the item expects to find. Deciding a conflict moves it to
	// what the list has now: then the decision is made knowing that.
	Base string
}

// Part returns a part of the item; ok is false when it has none of that field.
// The base of the Status is the word of the status that the item expects.
func (it *Item) Part(f roster.FieldID) (p Part, ok bool) {
	if f == Status {
		return Part{Decision: it.Decision, Base: it.From.String()}, it.whole()
	}
	if f == Linked && it.links() {
		return Part{Decision: it.Link.Decision, Base: it.Link.Base}, true
	}
	for _, c := range it.Changes {
		if c.Field == f {
			return Part{c.Decision, c.Typed, c.Base}, true
		}
	}
	return Part{}, false
}

// whole reports whether the item does something to the person as a whole.
func (it *Item) whole() bool { return it.Kind == Create || it.From != it.To }

// links reports whether the item ties a known person to the source, or unties.
func (it *Item) links() bool { return it.Link != nil && it.Kind != Create }

// Parts are the fields of the item's parts, Status first and Linked last.
func (it *Item) Parts() []roster.FieldID {
	var fields []roster.FieldID
	if it.whole() {
		fields = append(fields, Status)
	}
	for _, c := range it.Changes {
		fields = append(fields, c.Field)
	}
	if it.links() {
		fields = append(fields, Linked)
	}
	return fields
}

// SetPart changes a part that Part found.
func (it *Item) SetPart(f roster.FieldID, p Part) {
	if f == Status {
		it.Decision = p.Decision
		for _, s := range []roster.Status{roster.Active, roster.Inactive, roster.Withdrawn} {
			if s.String() == p.Base {
				it.From = s
			}
		}
		return
	}
	if f == Linked {
		link := *it.Link // items that were copied share it
		link.Decision, link.Base, it.Link = p.Decision, p.Base, &link
		return
	}
	for i := range it.Changes {
		if c := &it.Changes[i]; c.Field == f {
			c.Decision, c.Typed, c.Base = p.Decision, p.Typed, p.Base
		}
	}
}

// Undecided reports whether any part of the item still waits for a decision.
func (it *Item) Undecided() bool {
	if it.whole() && it.Decision == Undecided || it.links() && it.Link.Decision == Undecided {
		return true
	}
	for _, c := range it.Changes {
		if c.Decision == Undecided {
			return true
		}
	}
	return false
}

// Decided is the item with what is undecided skipped, so that Apply leaves it.
func (it Item) Decided() Item {
	if it.whole() && it.Decision == Undecided {
		it.Decision = Skip
	}
	it.Changes = slices.Clone(it.Changes)
	for i := range it.Changes {
		if it.Changes[i].Decision == Undecided {
			it.Changes[i].Decision = Skip
		}
	}
	if it.links() && it.Link.Decision == Undecided {
		it.SetPart(Linked, Part{Decision: Skip, Base: it.Link.Base})
	}
	return it
}

// Reopened is the item with what was skipped undecided again, and everything
// else as it was decided.
func (it Item) Reopened() Item {
	if it.Decision == Skip {
		it.Decision = Undecided
	}
	it.Changes = slices.Clone(it.Changes)
	for i := range it.Changes {
		if c := &it.Changes[i]; c.Decision == Skip {
			c.Decision = Undecided
		}
	}
	if it.links() && it.Link.Decision == Skip {
		it.SetPart(Linked, Part{Base: it.Link.Base})
	}
	return it
}

// StillHeld is what holds the rest of a changeset that was held: the limits are
// judged anew, and a source that could not be trusted still cannot.
func StillHeld(held []Hold, l roster.Limits, active int, rest Counts) []Hold {
	var still []Hold
	for _, h := range held {
		if h.Rule != "deactivations" && h.Rule != "updates" && rest.Deactivates+rest.Updates > 0 {
			still = append(still, h)
		}
	}
	return append(still, Guard(l, active, rest, nil)...)
}

// Rest is the item with what was skipped when the rest of it was applied, to be
// decided anew; ok is false when nothing was.
func (it Item) Rest() (rest Item, ok bool) {
	switch {
	case it.Kind == Create:
		it.Decision, ok = Undecided, it.Decision == Skip
		return it, ok
	case it.whole() && it.Decision == Skip:
		it.Decision, ok = Undecided, true
	case it.whole() && it.Decision == Keep:
		it.Kind, it.To = Update, it.From
	default:
		it.Kind, it.From = Update, it.To
	}
	changes := it.Changes
	if it.Changes = nil; it.links() && it.Link.Decision == Skip {
		it.SetPart(Linked, Part{Base: it.Link.Base})
		ok = true
	} else {
		it.Link = nil
	}
	for _, c := range changes {
		if c.Decision == Skip {
			c.Decision, c.Typed = Undecided, ""
			it.Changes = append(it.Changes, c)
		}
	}
	return it, ok || len(it.Changes) > 0
}

// Choice is a decision about one part: what the part was when it was looked
// at, and what it is to be. If it has become something else meanwhile, the
// choice is not made.
type Choice struct {
	Item    int
	Field   roster.FieldID
	Was, Is Part
}

// Choose returns the choice that decides a part of the item, which is the n-th
// of its changeset, and whether there is such a part. Now is what the list has
// at present: a decision about a conflict is made knowing it. Taking back a
// decision, with Undecided, leaves that as it is.
func (it *Item) Choose(n int, f roster.FieldID, d Decision, typed, now string) (Choice, bool) {
	was, ok := it.Part(f)
	is := Part{Decision: d, Base: was.Base}
	if d == Typed {
		is.Typed = typed
	}
	proposed := it.Proposed(f)
	if _, conflict := Merge(was.Base, now, proposed); conflict && d != Undecided && d != Skip && it.Kind != Create {
		is.Base = now
	}
	return Choice{Item: n, Field: f, Was: was, Is: is}, ok
}

// Proposed is what the item proposes for a part: a value, the word of a status,
// or the anchor of a link.
func (it *Item) Proposed(f roster.FieldID) string {
	switch {
	case f == Status:
		return it.To.String()
	case f == Linked && it.links():
		return it.Link.Proposed
	}
	for _, c := range it.Changes {
		if c.Field == f {
			return c.Proposed
		}
	}
	return ""
}

// Step is the choices that somebody made at one stroke, and can take back so.
type Step struct {
	By      string
	At      time.Time
	Choices []Choice
	Undone  bool
}

// AppendStep appends the stored form of a step.
func AppendStep(b []byte, s *Step) []byte {
	undone := byte(0)
	if s.Undone {
		undone = 1
	}
	b = append(b, undone)
	b = appendText(b, s.By)
	b = binary.AppendUvarint(b, uint64(s.At.UnixMilli()))
	for _, c := range s.Choices {
		b = binary.AppendUvarint(b, uint64(c.Item))
		b = binary.AppendUvarint(b, uint64(c.Field))
		b = appendPart(b, c.Was)
		b = appendPart(b, c.Is)
	}
	return b
}

func appendPart(b []byte, p Part) []byte {
	b = append(b, byte(p.Decision))
	b = appendText(b, p.Typed)
	return appendText(b, p.Base)
}

// DecodeStep reads what AppendStep wrote. Its strings share the memory of
// stored.
func DecodeStep(stored string) (Step, error) {
	d := roster.NewDecoder(stored)
	undone := d.Bytes(1)
	s := Step{Undone: undone == "\x01", By: d.Text(), At: time.UnixMilli(int64(d.Uvarint())).UTC()}
	for d.Rest() != "" && !d.Failed() {
		s.Choices = append(s.Choices, Choice{int(d.Uvarint()), roster.FieldID(d.Uvarint()), decodePart(d), decodePart(d)})
	}
	if d.Failed() {
		return s, errDamaged
	}
	return s, nil
}

func decodePart(d *roster.Decoder) Part {
	var p Part
	if mark := d.Bytes(1); mark != "" && Decision(mark[0]) <= Typed {
		p.Decision = Decision(mark[0])
	}
	p.Typed, p.Base = d.Text(), d.Text()
	return p
}
