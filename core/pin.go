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
// hand. What a changed mapping makes of what the source said is its word, too. A pin that the item overrules is dropped. Only linked people have a
// source to go against, and those whom the taken back changeset is about.
func (a *application) pin(tx Tx, it *changeset.Item, now, after *roster.Person) error {
	if !a.list.Connected() {
		return nil
	}
	was, is := a.anchor(now), a.anchor(after)
	switch linked := was != "" || is != ""; {
	case fromSource(a.head.Origin), a.head.Origin == changeset.Mapping, a.head.Settings != nil:
		return a.pinDecisions(tx, it)
	case !linked && !a.undoesSource, now.Status == after.Status && now.Status == roster.Withdrawn:
		return nil
	case !linked && after.Status == roster.Withdrawn:
		a.pinNewcomer(changeset.Pin{Newcomer: a.unlinked(now), Values: now.Values, Declined: now.Status.String()})
	case !linked && now.Status == roster.Withdrawn:
		a.pins = append(a.pins, pinning{pin: changeset.Pin{Newcomer: a.unlinked(after)}, drop: true})
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
		if !a.owned(c.Field) {
			continue
		}
		if err := a.pinMove(tx, it, c.Field, now.Values.Get(c.Field), after.Values.Get(c.Field)); err != nil {
			return err
		}
	}
	return nil
}

// unlinked names somebody whom the source knows by the UID only.
func (a *application) unlinked(p *roster.Person) roster.Link {
	return newcomerName(nil, a.list.UID(p.Values))
}

// newcomerName is by what a source knows somebody who is not in the list.
func newcomerName(link *changeset.LinkChange, uid string) roster.Link {
	if link != nil {
		return roster.Link{Connection: link.Connection, Anchor: link.Proposed}
	}
	return roster.Link{Anchor: roster.FoldUID(uid)}
}

// anchor is what the list's source calls a person that is there.
func (a *application) anchor(p *roster.Person) string {
	if p.Status == roster.Withdrawn {
		return ""
	}
	anchor, _ := p.LinkTo(a.list.Connection.ID)
	return anchor
}

// owned reports whether the list's source owns a field once the changeset is
// applied.
func (a *application) owned(field roster.FieldID) bool {
	l := &a.list
	if a.head.Settings != nil {
		l = &a.head.Settings.After
	}
	f, _ := l.Schema.ByID(field)
	_, ok := l.Owner(f.Key)
	return ok
}

// pinDecisions keeps what was decided about each word of the source.
func (a *application) pinDecisions(tx Tx, it *changeset.Item) error {
	if it.Kind == changeset.Create {
		if it.Decision == changeset.Keep {
			a.pinCreate(it)
		}
		return nil
	}
	if it.From != it.To {
		if err := a.pinDecision(tx, it, changeset.Status, it.Decision, it.To.String()); err != nil {
			return err
		}
	}
	for _, c := range it.Changes {
		if !fromSource(a.head.Origin) && !a.owned(c.Field) {
			continue // of a local field the source says nothing
		}
		if err := a.pinDecision(tx, it, c.Field, c.Decision, c.Proposed); err != nil {
			return err
		}
	}
	if it.Link != nil {
		return a.pinDecision(tx, it, changeset.Linked, it.Link.Decision, it.Link.Proposed)
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

// decline keeps every word of the source in an item of a changeset that is
// rejected, but those that were skipped for later.
func (a *application) decline(it *changeset.Item) {
	if it.Kind == changeset.Create {
		if it.Decision != changeset.Skip {
			a.pinCreate(it)
		}
		return
	}
	if it.Link != nil && it.Link.Decision != changeset.Skip {
		a.setPin(it, changeset.Linked, it.Link.Proposed)
	}
	if it.From != it.To && it.Decision != changeset.Skip {
		a.setPin(it, changeset.Status, it.To.String())
	}
	for _, c := range it.Changes {
		if c.Decision != changeset.Skip {
			a.setPin(it, c.Field, c.Proposed)
		}
	}
}

func (a *application) pinCreate(it *changeset.Item) {
	a.pinNewcomer(changeset.Pin{Newcomer: newcomerName(it.Link, it.UID), Values: it.Values, Declined: it.To.String()})
}

func (a *application) pinNewcomer(p changeset.Pin) {
	p.By, p.Changeset = a.by, a.head.ID
	a.pins = append(a.pins, pinning{pin: p})
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
	if err := dropSpent(tx, a.list.ID, a.spent); err != nil {
		return err
	}
	for i := range a.pins {
		var err error
		if a.pins[i].drop {
			err = tx.DeletePin(a.list.ID, a.pins[i].pin)
		} else {
			err = tx.PutPin(a.list.ID, a.pins[i].pin)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dropSpent ends the pins of which the source has said something else since, as
// far as they are still those.
func dropSpent(tx WriteTx, list roster.ListID, spent []changeset.Pin) error {
	for _, p := range spent {
		if _, err := dropPin(tx, list, p); err != nil {
			return err
		}
	}
	return nil
}
