package core

import (
	"cmp"
	"context"
	"slices"

	"muster/core/roster"
)

// Difference is what became of one person between two states of a list.
type Difference struct {
	Person roster.PersonID
	UID    string // as the later state has it, or the earlier one of who is not in the later
	// Was and Is are the person's status in either; Withdrawn stands for not
	// being in the list.
	Was, Is roster.Status
	// Fields are the values that are not the same, in ascending order. Of
	// somebody who was not in the list, or is not, they are all there are.
	Fields []Moved
}

// What says in a word what became of the person: came, left, returned, taken
// back or changed.
func (d *Difference) What() string {
	switch {
	case d.Was == roster.Withdrawn:
		return "came"
	case d.Is == roster.Withdrawn:
		return "taken back"
	case d.Was == d.Is:
		return "changed"
	case d.Is == roster.Active:
		return "returned"
	}
	return "left"
}

// Diff calls fn for everyone who was not the same at two versions of a list,
// in the order they were made. The second version may be before the first.
// Strings of d are fn's until it returns.
func (e *Engine) Diff(ctx context.Context, list roster.ListID, from, to uint64, fn func(l *roster.List, d *Difference) error) error {
	var l roster.List
	return e.eachEver(ctx, list, nil, func(tx Tx, p *roster.Person) error {
		if l.ID == 0 {
			var err error
			if l, err = tx.List(list); err != nil {
				return err
			}
		}
		if p.Changed <= min(from, to) {
			return nil
		}
		later, err := stateAt(tx, list, p, to)
		if err != nil {
			return err
		}
		earlier, err := stateAt(tx, list, p, from)
		if err != nil {
			return err
		}
		if d, differs := difference(&l, &earlier, &later); differs {
			return fn(&l, &d)
		}
		return nil
	})
}

// stateAt is the person as they were at a version; who was not in the list is
// withdrawn and has no values.
func stateAt(tx Tx, list roster.ListID, p *roster.Person, version uint64) (roster.Person, error) {
	then := *p
	there, err := wind(tx, list, &then, version)
	if !there {
		then.Status, then.Values = roster.Withdrawn, ""
	}
	return then, err
}

func difference(l *roster.List, was, is *roster.Person) (d Difference, differs bool) {
	d = Difference{Person: was.ID, UID: l.UID(is.Values), Was: was.Status, Is: is.Status}
	if is.Status == roster.Withdrawn {
		d.UID = l.UID(was.Values)
	}
	d.Fields = movedBetween(was.Values, is.Values)
	return d, d.Was != d.Is || len(d.Fields) > 0
}

// movedBetween returns what differs, in ascending order of fields.
func movedBetween(was, is roster.Values) []Moved {
	if was == is {
		return nil
	}
	var fields []Moved
	for f, text := range was.All() {
		if now := is.Get(f); now != text {
			fields = append(fields, Moved{Field: f, Old: text, New: now})
		}
	}
	for f, text := range is.All() {
		if was.Get(f) == "" {
			fields = append(fields, Moved{Field: f, New: text})
		}
	}
	slices.SortFunc(fields, func(a, b Moved) int { return cmp.Compare(a.Field, b.Field) })
	return fields
}
