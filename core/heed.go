package core

import (
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
)

// What a plan heeds of what was decided against its source. A pin keeps the word
// that was declined unheard for as long as the source repeats it; with the
// first other word it is spent, also where that agrees with the list, so that
// the declined one is heard if the source comes back to it.

// readPins reads what was decided against the source, if it is one that speaks.
func (pl *planner) readPins(tx Tx) error {
	if !fromSource(pl.in.Origin) {
		return nil
	}
	pl.pins, pl.unwanted = make(map[roster.PersonID][]changeset.Pin), make(map[string]bool)
	pl.newcomers = make(map[roster.Link]changeset.Pin)
	return tx.EachPin(pl.list.ID, func(p changeset.Pin) error {
		if p.OfNewcomer() {
			pl.newcomers[p.Newcomer] = p
			return nil
		}
		pl.pins[p.Person] = append(pl.pins[p.Person], p)
		if p.Field == changeset.Linked {
			who, err := findPerson(tx, pl.list.ID, p.Person)
			if err != nil {
				return err
			}
			pl.unwanted[p.Declined] = pl.unwanted[p.Declined] || who.Status == roster.Withdrawn
		}
		return nil
	})
}

// declined reports whether a pin keeps this word of the source unheard.
func (pl *planner) declined(p *roster.Person, f roster.FieldID, value string) bool {
	return slices.ContainsFunc(pl.pins[p.ID], func(pin changeset.Pin) bool { return pin.Field == f && pin.Declined == value })
}

// spend finds the pins of p of which the row says something else.
func (pl *planner) spend(r *row, p *roster.Person) {
	for _, pin := range pl.pins[p.ID] {
		word := r.values.Get(pin.Field)
		switch {
		case pin.Field == changeset.Linked:
			continue
		case pin.Field == changeset.Status:
			word = r.status().String()
		case !slices.Contains(pl.fed, pin.Field), slices.Contains(r.partial, pin.Field):
			continue
		}
		if word != pin.Declined {
			pl.spent = append(pl.spent, pin)
		}
	}
	pl.spendNewcomer(r) // who is in the list after all
}

// spendNewcomer ends the pin of whom the row is about, if there is one.
func (pl *planner) spendNewcomer(r *row) {
	if pin, ok := pl.newcomers[pl.newcomer(r)]; ok {
		pl.spent = append(pl.spent, pin)
	}
}

// status is what the row says of the person as a whole.
func (r *row) status() roster.Status {
	if r.gone {
		return roster.Inactive
	}
	return roster.Active
}

// newcomer is by what the source knows whom the row is about.
func (pl *planner) newcomer(r *row) roster.Link {
	if r.anchor != "" && pl.byLink != nil {
		return pl.link(r)
	}
	return roster.Link{Anchor: r.uid}
}

// unwelcome reports whether the row says of somebody who was declined what it
// said then. That they have left is nothing to say of them.
func (pl *planner) unwelcome(r *row) bool {
	pin, ok := pl.newcomers[pl.newcomer(r)]
	if !ok {
		return false
	}
	same := r.gone || pin.Declined == roster.Active.String()
	for _, f := range pl.fed {
		same = same && (slices.Contains(r.partial, f) || r.values.Get(f) == pin.Values.Get(f))
	}
	return same
}
