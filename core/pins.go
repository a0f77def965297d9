package core

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Pinned is a pin with the facts that a person knows it by.
type Pinned struct {
	changeset.Pin
	// UID and Name are of whom it is about, as the list has them; of a newcomer
	// as the source said them.
	UID, Name string
	// Now is what the list has in place of what was declined: a value, or the
	// word of a status; nothing of a newcomer and of a link.
	Now string
}

// Pins returns the decisions against a list's source that are in force, by
// UID, then by field.
func (e *Engine) Pins(ctx context.Context, list roster.ListID) (all []Pinned, err error) {
	err = e.view(ctx, func(tx Tx) error {
		all = nil
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		return tx.EachPin(list, func(p changeset.Pin) error {
			known, err := pinnedOf(tx, &l, p)
			all = append(all, known)
			return cmp.Or(err, ctx.Err())
		})
	})
	slices.SortStableFunc(all, func(a, b Pinned) int { return strings.Compare(roster.FoldUID(a.UID), roster.FoldUID(b.UID)) })
	return all, err
}

func pinnedOf(tx Tx, l *roster.List, p changeset.Pin) (Pinned, error) {
	known := Pinned{Pin: p}
	values := p.Values
	if !p.OfNewcomer() {
		who, err := findPerson(tx, l.ID, p.Person)
		if err != nil {
			return known, err
		}
		values = who.Values
		switch p.Field {
		case changeset.Status:
			known.Now = who.Status.String()
		case changeset.Linked:
		default:
			known.Now = values.Get(p.Field)
		}
	}
	known.UID, known.Name = l.UID(values), l.DisplayName(values)
	return known, nil
}

// PinsOf returns the decisions against the source that are in force about one
// person: the one of the status first, then those of fields in the schema's
// order.
func (e *Engine) PinsOf(ctx context.Context, list roster.ListID, person roster.PersonID) (pins []changeset.Pin, err error) {
	err = e.view(ctx, func(tx Tx) error {
		pins = nil
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		about := []roster.FieldID{changeset.Status}
		for _, f := range l.Schema.Fields {
			about = append(about, f.ID)
		}
		for _, f := range about {
			p, ok, err := tx.Pin(list, person, f)
			if err != nil {
				return err
			}
			if ok {
				pins = append(pins, p)
			}
		}
		return nil
	})
	return pins, err
}

// Unpin takes a decision against the source back: its next word is heard again.
// NotFound when it is not in force any more.
func (e *Engine) Unpin(ctx context.Context, actor Actor, list roster.ListID, p changeset.Pin) error {
	if err := e.May(actor, list, Review); err != nil {
		return err
	}
	err := e.store.Update(ctx, func(tx WriteTx) error {
		found, err := dropPin(tx, list, p)
		if err == nil && !found {
			err = fault.New(fault.NotFound, "There is no such decision against the source any more")
		}
		return err
	})
	if err == nil {
		e.news.publish(Notice{List: list})
	}
	return err
}

// dropPin ends a pin if it is still the same.
func dropPin(tx WriteTx, list roster.ListID, p changeset.Pin) (found bool, err error) {
	var now changeset.Pin
	if p.OfNewcomer() {
		now, _, err = tx.Newcomer(list, p.Newcomer)
	} else {
		now, _, err = tx.Pin(list, p.Person, p.Field)
	}
	if err != nil || now != p {
		return false, err
	}
	return true, tx.DeletePin(list, p)
}
