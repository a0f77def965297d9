package core

import (
	"context"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// Why explains how a person, or one field of theirs, came to be as it is, or
// what a proposed change would make of it: what was read, whether the person
// is in scope, how they were matched, what mapped the value, and what was done.
// Lines says it in words.
type Why struct {
	List   roster.List
	Person roster.Person // nobody, with an ID only, for a proposed create
	Field  roster.Field  // its ID is 0 when it is about the person as a whole
	Value  string        // in Field

	Read  WhyRead
	Scope WhyScope
	Match WhyMatch
	Map   WhyMap
	Act   WhyAct
	// Proposed is the change that is explained, nil when it is the present.
	Proposed *WhyProposed
}

// WhyRead is what a source or a file last said.
type WhyRead struct {
	// Kept says that the source's last record of the person is at hand; Said is
	// what it says of the attribute that feeds the field, absent if nothing.
	Kept bool
	Said mapping.Cell
	// Heard is the last entry by which a source or a file had its way; nil if
	// there is none.
	Heard *Event
	// Made is the entry that made the person; nil for a proposed create.
	Made *Event
}

// WhyScope is whether what the source says counts for the person.
type WhyScope struct {
	Connected bool   // the list has a source
	Anchor    string // what the source calls the person; empty when not linked
	// Pin is a decision against the source about the status or the link.
	Pin *changeset.Pin
}

// WhyMatch is how the source or the file was tied to the person.
type WhyMatch struct {
	// Linked is the entry that tied the person to the source; nil if none did.
	Linked *Event
	// ByUID says that a file found the person by the UID.
	ByUID bool
}

// WhyMap is what feeds the field, or for a person as a whole which are fed.
type WhyMap struct {
	Owner  *mapping.Mapping // by which the source owns the field
	Import *mapping.Mapping // by which the last file fed it
	Off    bool             // there is a mapping, which is turned off
	Locked bool             // against edits, for this person
	Pin    *changeset.Pin   // a word of the source's that was declined
	// Fed are the fields that the source owns, and Pinned those with a pin.
	Fed, Pinned []roster.Field
}

// WhyAct is what was done last.
type WhyAct struct {
	// Last is the entry; nil when nothing ever was.
	Last *Event
	// Old and New are the field's values.
	Old, New string
}

// WhyProposed is the change that an item proposes.
type WhyProposed struct {
	Head     changeset.Changeset
	Line     uint32 // of the file, 0 if it came from none
	Kind     changeset.Kind
	Base     string
	Value    string
	Decision changeset.Decision
	// Touches says that the item changes the field at all.
	Touches bool
}

// Why explains a person, or with a field that one. NotFound when there is no
// such person or field.
func (e *Engine) Why(ctx context.Context, list roster.ListID, id roster.PersonID, field roster.FieldID) (w *Why, err error) {
	err = e.view(ctx, func(tx Tx) error {
		w, err = e.why(tx, list, id, field)
		return err
	})
	return w, err
}

// WhyItem explains what an item of a changeset proposes, whether it is stored
// or has only been worked out.
func (e *Engine) WhyItem(ctx context.Context, head *changeset.Changeset, it *changeset.Item, field roster.FieldID) (w *Why, err error) {
	err = e.view(ctx, func(tx Tx) error {
		w, err = e.why(tx, head.List, it.Person, field)
		if it.Kind == changeset.Create && fault.Is(err, fault.NotFound) {
			w, err = whyNobody(tx, head.List, it.Person, field)
		}
		if err != nil {
			return err
		}
		w.Proposed = proposed(head, it, w.Field.ID)
		if it.Link != nil && w.Scope.Anchor == "" {
			w.Scope.Anchor = it.Link.Proposed
		}
		return nil
	})
	return w, err
}

func proposed(head *changeset.Changeset, it *changeset.Item, field roster.FieldID) *WhyProposed {
	p := &WhyProposed{Head: *head, Line: it.Line, Kind: it.Kind, Decision: it.Decision, Touches: true}
	if field == 0 {
		return p
	}
	if it.Kind == changeset.Create {
		p.Value = it.Values.Get(field)
		return p
	}
	i := slices.IndexFunc(it.Changes, func(c changeset.Change) bool { return c.Field == field })
	if p.Touches = i >= 0; p.Touches {
		c := it.Changes[i]
		p.Base, p.Value, p.Decision = c.Base, c.Value(), c.Decision
	}
	return p
}

func whyOf(tx Tx, list roster.ListID, field roster.FieldID) (*Why, error) {
	w := new(Why)
	var err error
	if w.List, err = tx.List(list); err != nil || field == 0 {
		return w, err
	}
	var ok bool
	if w.Field, ok = w.List.Schema.ByID(field); !ok {
		err = fault.New(fault.NotFound, "The list %s has no such field", w.List.Slug)
	}
	return w, err
}

// whyNobody explains somebody who is only proposed.
func whyNobody(tx Tx, list roster.ListID, id roster.PersonID, field roster.FieldID) (*Why, error) {
	w, err := whyOf(tx, list, field)
	w.Person.ID = id
	w.Scope.Connected = w.List.Connected()
	w.mapped()
	return w, err
}

func (e *Engine) why(tx Tx, list roster.ListID, id roster.PersonID, field roster.FieldID) (*Why, error) {
	w, err := whyOf(tx, list, field)
	if err != nil {
		return nil, err
	}
	if w.Person, err = findPerson(tx, list, id); err != nil {
		return nil, err
	}
	w.Value = w.Person.Values.Get(field)
	events, err := historyOf(tx, &w.List, w.Person)
	if err != nil {
		return nil, err
	}
	w.mapped()
	w.acted(events)
	w.heard(events)
	if err := w.scoped(tx); err != nil {
		return nil, err
	}
	if err := w.recorded(e, tx); err != nil {
		return nil, err
	}
	return w, w.matched(tx, events)
}

// heard finds the last words of sources and files among the person's entries.
func (w *Why) heard(events []Event) {
	for i := range events {
		ev := &events[i]
		if ev.Kind == changeset.Create {
			w.Read.Made = ev
		}
		spoke := fromSource(ev.Origin) || ev.Origin == changeset.Import || ev.Origin == changeset.Mapping
		if w.Read.Heard == nil && spoke && w.concerns(ev) {
			w.Read.Heard = ev
		}
		w.Match.ByUID = w.Match.ByUID || ev.Origin == changeset.Import
	}
}

// concerns reports whether an entry is about what is asked for.
func (w *Why) concerns(ev *Event) bool {
	return w.Field.ID == 0 || slices.ContainsFunc(ev.Fields, func(m Moved) bool { return m.Field == w.Field.ID })
}

func (w *Why) acted(events []Event) {
	i := slices.IndexFunc(events, func(ev Event) bool { return w.concerns(&ev) })
	if i < 0 {
		return
	}
	w.Act.Last = &events[i]
	for _, m := range events[i].Fields {
		if m.Field == w.Field.ID {
			w.Act.Old, w.Act.New = m.Old, m.New
		}
	}
}

// scoped finds what ties the person to the source, and what was decided
// against it.
func (w *Why) scoped(tx Tx) error {
	w.Scope.Connected = w.List.Connected()
	w.Scope.Anchor, _ = w.Person.LinkTo(w.List.Connection.ID)
	pin := func(f roster.FieldID, to **changeset.Pin) error {
		p, ok, err := tx.Pin(w.List.ID, w.Person.ID, f)
		if ok {
			*to = &p
		}
		return err
	}
	for _, f := range []roster.FieldID{changeset.Linked, changeset.Status} {
		if err := pin(f, &w.Scope.Pin); err != nil {
			return err
		}
	}
	if w.Field.ID != 0 {
		return pin(w.Field.ID, &w.Map.Pin)
	}
	for _, f := range w.List.Schema.Fields {
		var of *changeset.Pin
		if err := pin(f.ID, &of); err != nil {
			return err
		}
		if of != nil {
			w.Map.Pinned = append(w.Map.Pinned, f)
		}
	}
	return nil
}

// mapped finds what feeds the field, or which fields are fed.
func (w *Why) mapped() {
	if w.Field.ID == 0 {
		for _, f := range w.List.Schema.Fields {
			if _, owned := w.List.Owner(f.Key); owned {
				w.Map.Fed = append(w.Map.Fed, f)
			}
		}
		return
	}
	if m, owned := w.List.Owner(w.Field.Key); owned {
		w.Map.Owner = &m
	}
	_, w.Map.Locked = w.List.Lock(&w.Person, w.Field.Key)
	of := func(all []mapping.Mapping) *mapping.Mapping {
		if i := slices.IndexFunc(all, func(m mapping.Mapping) bool { return m.Field == w.Field.Key }); i >= 0 {
			return &all[i]
		}
		return nil
	}
	if m := of(w.List.Imports); m != nil && m.On {
		w.Map.Import = m
	}
	w.Map.Off = w.Map.Owner == nil && w.List.Connected() && of(w.List.Mappings) != nil
}

// recorded reads what the source's kept record says.
func (w *Why) recorded(e *Engine, tx Tx) error {
	if w.Scope.Anchor == "" {
		return nil
	}
	kept, ok, err := e.record(tx, w.List.ID, roster.Link{Connection: w.List.Connection.ID, Anchor: w.Scope.Anchor})
	if err != nil || !ok {
		return err
	}
	w.Read.Kept, w.Read.Said = true, mapping.Cell{Presence: mapping.Absent}
	if w.Map.Owner == nil {
		return nil
	}
	for _, said := range kept.Said {
		if said.Attribute == w.Map.Owner.Attribute {
			w.Read.Said = said.Cell
		}
	}
	return nil
}

// matched finds the entry that tied the person to the source.
func (w *Why) matched(tx Tx, events []Event) error {
	if w.Scope.Anchor == "" {
		return nil
	}
	past, err := tx.Past(w.List.ID, w.Person.ID)
	if err != nil {
		return err
	}
	at := w.Person.Created
	for _, row := range slices.Backward(past) {
		before := roster.Person{Links: row.Before.Links}
		anchor, _ := before.LinkTo(w.List.Connection.ID)
		if row.Before.Relinked && anchor != w.Scope.Anchor {
			at = row.Seq
			break
		}
	}
	if i := slices.IndexFunc(events, func(ev Event) bool { return ev.Seq == at }); i >= 0 {
		w.Match.Linked = &events[i]
	}
	return nil
}
