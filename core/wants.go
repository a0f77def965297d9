package core

import (
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// wants are what choices would take of people who have it, by whom.
type wants map[roster.PersonID]want

// want is a UID or an anchor that somebody is to get, by an item.
type want struct {
	item changeset.Item
	link bool
	name string
}

// note finds out whether a choice would take what somebody else has.
func (w *wants) note(tx Tx, l *roster.List, it *changeset.Item, c *changeset.Choice) {
	if c.Is.Decision != changeset.Accept && c.Is.Decision != changeset.Typed {
		return
	}
	uid, _ := l.Schema.UID()
	anew := want{link: c.Field == changeset.Linked, name: it.Proposed(c.Field)}
	var holder roster.PersonID
	var held bool
	switch {
	case c.Field == uid.ID, c.Field == changeset.Status && it.Kind == changeset.Create:
		if anew.name = it.UID; c.Is.Decision == changeset.Typed {
			anew.name = c.Is.Typed
		}
		holder, held = tx.ByUID(l.ID, roster.FoldUID(anew.name))
	case anew.link:
		holder, held = tx.ByLink(l.ID, roster.Link{Connection: it.Link.Connection, Anchor: anew.name})
	}
	if !held || holder == it.Person {
		return
	}
	if *w == nil {
		*w = make(wants)
	}
	anew.item = *it
	(*w)[holder] = anew
}

// check refuses to take what somebody keeps. Who gives it up in the same
// changeset, by an item that is not declined, does not.
func (w wants) check(tx Tx, l *roster.List, id changeset.ID) error {
	if len(w) == 0 {
		return nil
	}
	uid, _ := l.Schema.UID()
	if err := tx.EachItem(id, func(_ int, it *changeset.Item) error {
		wanted, ok := w[it.Person]
		f := uid.ID
		if wanted.link {
			f = changeset.Linked
		}
		if part, gives := it.Part(f); ok && (gives && !part.Decision.Declines() || it.To == roster.Withdrawn && !it.Decision.Declines()) {
			delete(w, it.Person)
		}
		return nil
	}); err != nil {
		return err
	}
	for holder, wanted := range w {
		p, err := findPerson(tx, l.ID, holder)
		if err != nil {
			return err
		}
		what := "UID " + wanted.name
		if wanted.link {
			what = "identifier " + wanted.name + " at the source"
		}
		return fault.New(fault.Conflict, "The %s belongs to %s, and cannot be taken. %s", what, l.DisplayName(p.Values), advise(l, &wanted.item, wanted.link, &p))
	}
	return nil
}
