package core

import (
	"muster/core/changeset"
	"muster/core/roster"
)

// fromSource tells the origins in which a directory speaks.
func fromSource(o changeset.Origin) bool { return o == changeset.Sync || o == changeset.SCIM }

// pinning is what an item does to one pin.
type pinning struct {
	pin  changeset.Pin
	drop bool
}

// pin keeps what an item does against the source, so that the source's next
// word on the same value stays unheard: a word that was declined, and a word
// that somebody else's changeset replaces, as a rollback or a reactivation by
// hand. A pin that the item overrules is dropped. Only linked people have a
// source to go against.
func (a *application) pin(tx Tx, it *changeset.Item, now, after *roster.Person) error {
	if !a.list.Connected() {
		return nil
	}
	was, is := a.anchor(now), a.anchor(after)
	switch {
	case was == "" && is == "":
		return nil
	case fromSource(a.head.Origin):
		return a.pinDecisions(tx, it)
	}
	if err := a.pinMove(tx, it, changeset.Linked, was, is); err != nil {
		return err
	}
	if now.Status == roster.Withdrawn || after.Status == roster.Withdrawn {
		return nil // that the person is not to be there says all
	}
	if err := a.pinMove(tx, it, changeset.Status, now.Status.String(), after.Status.String()); err != nil {
		return err
	}
	for _, c := range it.Changes {
		if f, _ := a.list.Schema.ByID(c.Field); !a.owned(f.Key) {
			continue
		}
		if err := a.pinMove(tx, it, c.Field, now.Values.Get(c.Field), after.Values.Get(c.Field)); err != nil {
			return err
		}
	}
	return nil
}

// anchor is what the list's source calls a person that is there.
func (a *application) anchor(p *roster.Person) string {
	if p.Status == roster.Withdrawn {
		return ""
	}
	anchor, _ := p.LinkTo(a.list.Connection.ID)
	return anchor
}

func (a *application) owned(field string) bool {
	_, ok := a.list.Owner(field)
	return ok
}

// pinDecisions keeps what was decided about each word of the source.
func (a *application) pinDecisions(tx Tx, it *changeset.Item) error {
	if it.Kind == changeset.Create {
		return nil
	}
	if it.From != it.To {
		if err := a.pinDecision(tx, it, changeset.Status, it.Decision, it.To.String()); err != nil {
			return err
		}
	}
	for _, c := range it.Changes {
		if err := a.pinDecision(tx, it, c.Field, c.Decision, c.Proposed); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) pinDecision(tx Tx, it *changeset.Item, f roster.FieldID, d changeset.Decision, proposed string) error {
	switch d {
	case changeset.Skip:
	case changeset.Keep, changeset.Typed:
		a.setPin(it, f, proposed)
	default:
		_, pinned, err := tx.Pin(a.list.ID, it.Person, f)
		if err != nil {
			return err
		}
		if pinned {
			a.dropPin(it, f)
		}
	}
	return nil
}

// pinMove declines the source's word where it is replaced by something else.
// If that is what a pin holds unheard, the source has its way again.
func (a *application) pinMove(tx Tx, it *changeset.Item, f roster.FieldID, was, is string) error {
	if was == is {
		return nil
	}
	pin, pinned, err := tx.Pin(a.list.ID, it.Person, f)
	switch {
	case err != nil:
		return err
	case pinned && pin.Declined == is:
		a.dropPin(it, f)
	case !pinned && (f != changeset.Linked || was != ""):
		a.setPin(it, f, was)
	}
	return nil
}

func (a *application) setPin(it *changeset.Item, f roster.FieldID, declined string) {
	a.pins = append(a.pins, pinning{pin: changeset.Pin{
		Person: it.Person, Field: f, Declined: declined, By: a.by, Changeset: a.head.ID,
	}})
}

func (a *application) dropPin(it *changeset.Item, f roster.FieldID) {
	a.pins = append(a.pins, pinning{pin: changeset.Pin{Person: it.Person, Field: f}, drop: true})
}

// writePins comes last: a changeset that takes several transactions leaves no
// pin behind when it is cut off.
func (a *application) writePins(tx WriteTx) error {
	for i := range a.pins {
		p := &a.pins[i].pin
		var err error
		if a.pins[i].drop {
			err = tx.DeletePin(a.list.ID, p.Person, p.Field)
		} else {
			err = tx.PutPin(a.list.ID, *p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
