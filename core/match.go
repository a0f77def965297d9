package core

import (
	"context"
	"fmt"
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
)

// fewRows is how many times more people than rows there must be for looking
// the rows up one by one to be cheaper than going through all people.
const fewRows = 20

// match finds whom each row is about and what it changes of them. Rows that
// match nobody become creates.
func (pl *planner) match(ctx context.Context, tx Tx) error {
	if err := pl.readPins(tx); err != nil {
		return err
	}
	people := pl.list.Standing.Active + pl.list.Standing.Inactive
	pl.items = slices.Grow(pl.items, max(len(pl.rows)-people, 0))
	var err error
	if pl.in.Full || people < fewRows*len(pl.rows) {
		err = pl.matchAll(ctx, tx)
	} else {
		err = pl.matchEach(ctx, tx)
	}
	if err != nil {
		return err
	}
	for n := range pl.rows {
		if pl.rows[n].state == waiting {
			pl.create(&pl.rows[n])
		}
	}
	if pl.in.Reading != nil && !pl.in.Full {
		pl.filled = pl.health.touched // what is new is compared with whom it is about
		return nil
	}
	for _, n := range pl.emptied {
		if n >= max(pl.list.Limits.MinPeople, 1) {
			return pl.countFilled(ctx, tx)
		}
	}
	return nil
}

// matchAll goes through the people in order, looking each up among the rows.
func (pl *planner) matchAll(ctx context.Context, tx Tx) error {
	uid := pl.feeds[pl.uid].field.ID
	seen := 0
	return tx.EachPerson(pl.list.ID, func(p *roster.Person) error {
		if seen++; seen&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if p.Status == roster.Withdrawn {
			return nil
		}
		anchor, linked := pl.anchorOf(p)
		if linked {
			if n, ok := pl.byLink[anchor]; ok {
				// A row with a problem still shows that its person is there.
				if r := &pl.rows[n]; r.state == waiting {
					pl.change(r, p)
				}
				return nil
			}
		}
		if n, ok := pl.byUID[roster.FoldUID(p.Values.Get(uid))]; ok && pl.matchUID(tx, &pl.rows[n], p, linked) {
			return nil
		}
		if pl.in.Full && pl.canDepart(linked) {
			pl.depart(p)
		}
		return nil
	})
}

// anchorOf is what the source of this intake calls p.
func (pl *planner) anchorOf(p *roster.Person) (anchor string, linked bool) {
	if pl.byLink == nil {
		return "", false
	}
	return p.LinkTo(pl.in.Connection)
}

// matchUID settles a row that has the UID of p, unless it is about somebody
// else. It reports whether the row speaks of p, so that p has not departed.
func (pl *planner) matchUID(tx Tx, r *row, p *roster.Person, linked bool) bool {
	if r.twice {
		return true // one of the rows may well be about p
	}
	if r.anchor != "" && pl.byLink != nil {
		if _, known := tx.ByLink(pl.list.ID, pl.link(r)); known {
			return false
		}
	}
	switch {
	case r.state == refused:
		return true
	case !pl.admits(r, p, linked):
		return false
	}
	pl.change(r, p)
	return true
}

// admits reports whether a row that has the UID of p may be about p, and refuses
// the row if not: linked says that the source knows p otherwise.
func (pl *planner) admits(r *row, p *roster.Person, linked bool) bool {
	if linked && r.anchor != "" && pl.in.Reading != nil {
		return false // a create that meets a conflict, which waits for a person
	}
	if linked && r.anchor != "" {
		pl.reject(r, fmt.Sprintf("The UID %s belongs to %s, whom the source knows by another identifier; a new person must not inherit an old one's card", pl.uidOf(r), pl.list.DisplayName(p.Values)))
		return false
	}
	return true
}

func (pl *planner) link(r *row) roster.Link {
	return roster.Link{Connection: pl.in.Connection, Anchor: r.anchor}
}

// canDepart: an import compares itself with everybody, a source only with the
// people linked to it.
func (pl *planner) canDepart(linked bool) bool { return linked || pl.in.Connection == "" }

// matchEach looks each row up in the indexes: for few rows in a large list.
func (pl *planner) matchEach(ctx context.Context, tx Tx) error {
	for n := range pl.rows {
		r := &pl.rows[n]
		if r.state != waiting {
			continue
		}
		id, byAnchor := roster.PersonID{}, false
		if r.anchor != "" && pl.byLink != nil {
			id, byAnchor = tx.ByLink(pl.list.ID, pl.link(r))
		}
		if !byAnchor {
			var ok bool
			if id, ok = tx.ByUID(pl.list.ID, r.uid); !ok || r.uid == "" {
				continue
			}
		}
		p, err := findPerson(tx, pl.list.ID, id)
		if err != nil {
			return err
		}
		if byAnchor {
			pl.change(r, &p)
			continue
		}
		anchor, linked := pl.anchorOf(&p)
		if _, another := pl.byLink[anchor]; linked && another {
			continue // that row speaks of p, and this one has the UID that p had
		}
		pl.matchUID(tx, r, &p, linked)
	}
	slices.SortFunc(pl.items, func(a, b changeset.Item) int { return slices.Compare(a.Person[:], b.Person[:]) })
	return ctx.Err()
}

// change makes the item by which p becomes what the row says, if it differs.
func (pl *planner) change(r *row, p *roster.Person) {
	r.state = matched
	if pl.in.Reading != nil {
		pl.touch(p)
	}
	it := changeset.Item{Person: p.ID, Kind: changeset.Update, From: p.Status, To: p.Status, Line: uint32(r.line)}
	if !pl.move(&it, r, p) {
		pl.counts.Unchanged++
		return
	}
	if it.UID = pl.uidOf(r); it.UID == "" {
		it.UID = pl.slab.Text([]byte(pl.list.UID(p.Values)))
	}
	pl.counts.Add(it.Kind, 1)
	pl.items = append(pl.items, it)
}

// move fills in what the row changes of p, and reports whether that is anything.
func (pl *planner) move(it *changeset.Item, r *row, p *roster.Person) bool {
	if anchor, _ := pl.anchorOf(p); pl.byLink != nil && r.anchor != "" && anchor != r.anchor {
		if pl.declined(p, changeset.Linked, r.anchor) {
			return false
		}
		it.Link = &changeset.LinkChange{Connection: pl.in.Connection, Base: anchor, Proposed: r.anchor}
	}
	pl.spend(r, p)
	switch {
	case r.gone && p.Status == roster.Active && pl.protects(p):
	case r.gone && p.Status == roster.Active:
		it.Kind, it.To, it.Left = changeset.Deactivate, roster.Inactive, r.left
	case !r.gone && p.Status == roster.Inactive:
		it.Kind, it.To = changeset.Reactivate, roster.Active
	}
	if it.From != it.To && pl.declined(p, changeset.Status, it.To.String()) {
		it.Kind, it.To, it.Left = changeset.Update, it.From, ""
	}
	if r.values != p.Values {
		it.Changes = pl.diff(r, p)
	}
	return len(it.Changes) > 0 || it.From != it.To || it.Link != nil
}

// diff compares the fed fields only; what the mappings do not feed is local
// and nobody's business here.
func (pl *planner) diff(r *row, p *roster.Person) []changeset.Change {
	var changes []changeset.Change
	for i := range pl.feeds {
		f := &pl.feeds[i].field
		old, proposed := p.Values.Get(f.ID), r.values.Get(f.ID)
		if old == proposed || slices.Contains(r.partial, f.ID) || pl.declined(p, f.ID, proposed) {
			continue
		}
		if !fromSource(pl.in.Origin) {
			if _, locked := pl.list.Lock(p, f.Key); locked {
				continue
			}
		}
		if proposed == "" {
			pl.emptied[f.ID]++
		}
		// p's strings are lent, and end with the reading.
		changes = append(changes, changeset.Change{Field: f.ID, Base: pl.slab.Text([]byte(old)), Proposed: proposed})
	}
	return changes
}

// depart proposes that somebody whom a full read does not name is inactive.
func (pl *planner) depart(p *roster.Person) {
	for _, pin := range pl.pins[p.ID] {
		if pin.Field == changeset.Status && pin.Declined != roster.Inactive.String() {
			pl.absent = append(pl.absent, pin)
		}
	}
	if p.Status != roster.Active || pl.declined(p, changeset.Status, roster.Inactive.String()) || pl.protects(p) {
		return
	}
	uid := pl.slab.Text([]byte(pl.list.UID(p.Values)))
	pl.items = append(pl.items, changeset.Item{Person: p.ID, Kind: changeset.Deactivate, From: p.Status, To: roster.Inactive, UID: uid, Left: pl.absentee()})
	pl.counts.Deactivates++
}

func (pl *planner) create(r *row) {
	switch {
	case pl.in.Reading != nil && r.gone: // nobody of this list
		return
	case r.anchor != "" && pl.unwanted[r.anchor], pl.unwelcome(r), r.gone && r.uid == "": // the end of somebody who never was here
		pl.counts.Unchanged++
		return
	case len(pl.missing) > 0 && !pl.one:
		pl.reject(r, fmt.Sprintf("%s is required, and no column feeds it", pl.missing[0]))
		return
	}
	for _, id := range r.partial {
		if f, _ := pl.list.Schema.ByID(id); f.UID || f.Required && !pl.one {
			pl.reject(r, fmt.Sprintf("%s is required, and the source says nothing of it", f.Label))
			return
		}
	}
	it := changeset.Item{Person: pl.e.ids.Next(), Kind: changeset.Create, Line: uint32(r.line), UID: pl.uidOf(r), Values: r.values}
	if r.gone {
		it.To = roster.Inactive
	}
	if r.anchor != "" && pl.byLink != nil {
		it.Link = &changeset.LinkChange{Connection: pl.in.Connection, Proposed: r.anchor}
	}
	pl.spendNewcomer(r)
	pl.counts.Creates++
	pl.items = append(pl.items, it)
}

// countFilled counts, for the guard, who has a value in each field now.
func (pl *planner) countFilled(ctx context.Context, tx Tx) error {
	pl.filled = make(map[roster.FieldID]int)
	return tx.EachPerson(pl.list.ID, func(p *roster.Person) error {
		if p.Status != roster.Active {
			return nil
		}
		for f := range p.Values.All() {
			pl.filled[f]++
		}
		return ctx.Err()
	})
}
