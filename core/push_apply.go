package core

import (
	"context"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
)

// What of a push is not to be applied at once waits in the list's one open
// changeset of pushes: everything if the list's Approval says so, and the
// deactivations above what the guard lets pass in an hour. The resource remembers
// its item there. What is pushed later makes that item another, or nothing if
// the source takes it back first.

// carryOut applies what works mean for the list, or lets it wait, and stores
// their resources. It returns the changeset that was applied, if any.
func (r *pushRoad) carryOut(tx WriteTx, works []work) (changeset.Changeset, error) {
	d := &Draft{List: r.list, Head: changeset.Changeset{
		List: r.list.ID, Origin: changeset.SCIM, State: changeset.Pending, Note: r.by.Provider, By: r.by.Actor.Name, At: r.e.now(),
	}}
	r.works = works
	for i := range works {
		it, err := r.hold(tx, &works[i])
		if err != nil {
			return d.Head, err
		}
		if it != nil {
			d.Items = append(d.Items, *it)
			d.Head.Counts.Add(it.Kind, 1)
		}
		d.Spent = append(d.Spent, works[i].spent...)
	}
	head, err := r.apply(tx, d)
	if fault.Is(err, fault.Conflict) {
		for i := range works {
			works[i].trouble(fault.Sentence(err), remedyTaken)
		}
		err = nil
	}
	if err != nil {
		return head, err
	}
	for i := range works {
		if err := r.store(tx, &works[i]); err != nil {
			return head, err
		}
	}
	return head, nil
}

func (r *pushRoad) apply(tx WriteTx, d *Draft) (changeset.Changeset, error) {
	if len(d.Items) == 0 {
		return changeset.Changeset{}, dropSpent(tx, r.list.ID, d.Spent)
	}
	slices.SortFunc(d.Items, func(a, b changeset.Item) int { return slices.Compare(a.Person[:], b.Person[:]) })
	// A push is seldom cancelled, and never in the middle.
	return applyAtOnce(context.Background(), tx, d, applied{by: d.Head.By, at: d.Head.At})
}

// store stores the resource of a work, unless that has changed nothing of it.
func (r *pushRoad) store(tx WriteTx, w *work) error {
	if was := w.was; w.quiet && was != nil && was.Problem == w.now.Problem && was.Remedy == w.now.Remedy && was.Anchor == w.now.Anchor &&
		was.Person == w.now.Person && was.Held == w.now.Held && was.Item == w.now.Item {
		return nil
	}
	return tx.PutResource(r.list.ID, w.now, w.was)
}

// hold lets wait what of a work is to, and returns what is to be applied.
func (r *pushRoad) hold(tx WriteTx, w *work) (*changeset.Item, error) {
	s := w.now
	if w.grave != nil && s.Held == 0 {
		s.Held, s.Item = w.grave.Held, w.grave.Item
	}
	if s.Held != 0 {
		head, err := tx.Changeset(s.Held)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err != nil || !head.Open() {
			s.Held, s.Item = 0, 0
		}
	}
	if s.Held != 0 {
		// An item that waits is known by its person; one of another's is not ours.
		old, ok, err := tx.Item(s.Held, s.Item)
		if err != nil {
			return nil, err
		}
		if !ok || old.Person != w.heldFor() {
			s.Held, s.Item = 0, 0
		}
	}
	it := w.item
	switch {
	case it == nil:
		return nil, r.withdraw(tx, s)
	case !r.list.Approval.AtOnce(string(changeset.SCIM)):
		return nil, r.wait(tx, s, *it, nil)
	case it.Kind != changeset.Deactivate:
		return it, r.withdraw(tx, s)
	}
	held, err := r.guard(tx)
	if err != nil || len(held) == 0 && s.Held == 0 {
		r.leaving++
		return it, err
	}
	leave := changeset.Item{Person: it.Person, Kind: changeset.Deactivate, From: it.From, To: it.To, UID: it.UID}
	if err := r.wait(tx, s, leave, held); err != nil {
		return nil, err
	}
	if len(it.Changes) == 0 && it.Link == nil {
		return nil, nil
	}
	rest := *it
	rest.Kind, rest.To = changeset.Update, it.From
	return &rest, nil
}

// waiting returns the list's open changeset of pushes.
func (r *pushRoad) waiting(tx Tx) (head changeset.Changeset, ok bool, err error) {
	err = tx.EachOpen(func(c *changeset.Changeset) error {
		if c.List == r.list.ID && c.Origin == changeset.SCIM {
			head, ok = *c, true
		}
		return nil
	})
	return head, ok, err
}

// wait puts an item of a resource among those that wait, in place of the one
// that does already.
func (r *pushRoad) wait(tx WriteTx, s *StoredResource, it changeset.Item, held []changeset.Hold) error {
	var head changeset.Changeset
	var err error
	if s.Held != 0 {
		if head, err = tx.Changeset(s.Held); err != nil {
			return err
		}
		old, _, err := tx.Item(s.Held, s.Item)
		if err != nil {
			return err
		}
		if old.Kind == changeset.Create && it.Kind == changeset.Create {
			it.Person, s.Person = old.Person, old.Person
		}
		if sameProposal(old, it) {
			return nil
		}
		head.Counts.Add(old.Kind, -1)
		head.Decided++
	} else {
		var open bool
		if head, open, err = r.waiting(tx); err != nil {
			return err
		}
		if !open {
			head = changeset.Changeset{
				ID: changeset.ID(tx.Next()), List: r.list.ID, Origin: changeset.SCIM, State: changeset.Pending,
				Note: r.by.Provider, By: r.by.Actor.Name, At: r.e.now(),
			}
		}
		s.Held, s.Item = head.ID, head.Counts.Items()
	}
	head.Counts.Add(it.Kind, 1)
	if len(held) > 0 {
		held[0].Number += head.Counts.Deactivates - 1
		head.Held = held
	}
	if err := tx.PutItem(head.ID, s.Item, &it); err != nil {
		return err
	}
	return tx.PutChangeset(&head)
}

// sameProposal reports whether an item that waits proposes what another does,
// whatever was decided of it.
func sameProposal(old, it changeset.Item) bool {
	if old.Kind != it.Kind || old.From != it.From || old.To != it.To || old.Values != it.Values || (old.Link == nil) != (it.Link == nil) ||
		old.Link != nil && *old.Link != *it.Link {
		return false
	}
	return slices.EqualFunc(old.Changes, it.Changes, func(a, b changeset.Change) bool {
		return a.Field == b.Field && a.Base == b.Base && a.Proposed == b.Proposed
	})
}

// withdraw takes the item of a resource out of those that wait: the last one
// moves to its place. When there is none left their changeset is closed.
func (r *pushRoad) withdraw(tx WriteTx, s *StoredResource) error {
	if s.Held == 0 {
		return nil
	}
	id, n := s.Held, s.Item
	s.Held, s.Item = 0, 0
	head, err := tx.Changeset(id)
	if err != nil {
		return err
	}
	old, ok, err := tx.Item(id, n)
	if err != nil || !ok {
		return err
	}
	last := head.Counts.Items() - 1
	if n != last {
		if err := r.moveItem(tx, id, last, n); err != nil {
			return err
		}
	}
	head.Counts.Add(old.Kind, -1)
	head.Decided++
	if last == 0 {
		head.State = changeset.Superseded
		if err := tx.DeleteItems(id); err != nil {
			return err
		}
		return tx.PutChangeset(&head)
	}
	if err := dropSteps(tx, id); err != nil {
		return err
	}
	if err := tx.DeleteItem(id, last); err != nil {
		return err
	}
	return tx.PutChangeset(&head)
}

// moveItem gives an item that waits another place, and tells its resource.
func (r *pushRoad) moveItem(tx WriteTx, id changeset.ID, from, to int) error {
	it, ok, err := tx.Item(id, from)
	if err != nil || !ok {
		return err
	}
	if err := tx.PutItem(id, to, &it); err != nil {
		return err
	}
	anchor := ""
	if it.Link != nil {
		anchor = it.Link.Proposed
	} else if p, ok, err := tx.Person(r.list.ID, it.Person); err != nil {
		return err
	} else if ok {
		anchor, _ = p.LinkTo(r.list.Connection.ID)
	}
	owner, ok, err := byAnchor(tx, r.list.ID, anchor)
	if err != nil || !ok || owner.Held != id || owner.Item != from {
		return err
	}
	for i := range r.works {
		if now := r.works[i].now; now.Kind == owner.Kind && now.Number == owner.Number {
			now.Item = to
		}
	}
	was := owner
	owner.Item = to
	return tx.PutResource(r.list.ID, &owner, &was)
}

// dropSteps forgets the steps in which a changeset was decided: they name items
// by places that are others' now. What was decided stays with the items.
func dropSteps(tx WriteTx, id changeset.ID) error {
	var steps []int
	if err := tx.EachStepBack(id, func(n int, _ *changeset.Step) error {
		steps = append(steps, n)
		return nil
	}); err != nil {
		return err
	}
	for _, n := range steps {
		if err := tx.DeleteStep(id, n); err != nil {
			return err
		}
	}
	return nil
}

// guard says why a push may not deactivate one more person now, nothing if it
// may.
func (r *pushRoad) guard(tx Tx) ([]changeset.Hold, error) {
	gone, err := r.e.window(r.list.ID).count(tx, r.list.ID, r.e.now())
	if err != nil {
		return nil, err
	}
	gone += r.leaving
	return changeset.Guard(r.list.Limits, r.list.Standing.Active+gone, changeset.Counts{Deactivates: gone + 1}, nil), nil
}
