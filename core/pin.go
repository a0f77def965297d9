package core

import (
	"muster/core/changeset"
	"muster/core/roster"
)

// fromSource tells the origins in which a directory speaks.
func fromSource(o changeset.Origin) bool { return o == changeset.Sync || o == changeset.SCIM }

// pin keeps the decisions of an item that go against the source, so that its
// next word on the same value stays unheard, and drops those that the item
// itself overrules. Only linked people have a source to go against.
func (a *application) pin(tx WriteTx, it *changeset.Item, now *roster.Person) error {
	if !a.list.Connected() || it.Kind == changeset.Create {
		return nil
	}
	if _, linked := now.LinkTo(a.list.Connection.ID); !linked {
		return nil
	}
	if it.From != it.To {
		against := it.Decision == changeset.Keep && fromSource(a.head.Origin)
		back := fromSource(a.undone) || a.head.Origin == changeset.Edit && it.Kind == changeset.Reactivate
		switch {
		case against:
			if err := a.putPin(tx, it, changeset.Status, it.To.String()); err != nil {
				return err
			}
		case back:
			if err := a.putPin(tx, it, changeset.Status, it.From.String()); err != nil {
				return err
			}
		default:
			if err := tx.DeletePin(a.list.ID, it.Person, changeset.Status); err != nil {
				return err
			}
		}
	}
	for _, c := range it.Changes {
		if err := a.pinChange(tx, it, c); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) pinChange(tx WriteTx, it *changeset.Item, c changeset.Change) error {
	switch {
	case fromSource(a.head.Origin) && (c.Decision == changeset.Keep || c.Decision == changeset.Typed):
		return a.putPin(tx, it, c.Field, c.Proposed)
	case fromSource(a.undone):
		return a.putPin(tx, it, c.Field, c.Base)
	case c.Decision == changeset.Skip:
		return nil
	}
	return tx.DeletePin(a.list.ID, it.Person, c.Field)
}

func (a *application) putPin(tx WriteTx, it *changeset.Item, f roster.FieldID, declined string) error {
	return tx.PutPin(a.list.ID, changeset.Pin{
		Person: it.Person, Field: f, Declined: declined, By: a.by, Changeset: a.head.ID,
	})
}
