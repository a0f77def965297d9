package core

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/roster"
)

// UIDs and anchors belong to one person at a time. Who has which is judged for
// a changeset as a whole, so that people may swap them: every item claims what
// it frees and what it takes, and the indexes are moved when all are known.

// claim is a UID or an anchor that gets or loses its holder. Claims sort by
// name, releases before takings.
type claim struct {
	prefix uint64 // the name's first eight bytes, to sort by
	name   string // the folded UID, or the connection, 0 and the anchor
	person roster.PersonID
	item   int32
	link   bool // of an anchor
	take   bool
}

func (c *claim) compare(other *claim) int {
	switch {
	case c.prefix != other.prefix:
		return cmp.Compare(c.prefix, other.prefix)
	case c.link != other.link:
		return first(other.link)
	case c.name != other.name:
		return strings.Compare(c.name, other.name)
	case c.take != other.take:
		return first(other.take)
	}
	return cmp.Compare(c.item, other.item)
}

func first(is bool) int {
	if is {
		return -1
	}
	return 1
}

func (c *claim) sameName(other *claim) bool { return c.link == other.link && c.name == other.name }

// anchor is the link that the claim is about.
func (c *claim) anchor() roster.Link {
	connection, anchor, _ := strings.Cut(c.name, "\x00")
	return roster.Link{Connection: connection, Anchor: anchor}
}

// claim notes what the n-th item frees and takes.
func (a *application) claim(n int, now, after *roster.Person) {
	if old, next := heldUID(a.uid, now), heldUID(a.uid, after); old != next {
		a.addClaim(n, old, false, false)
		a.addClaim(n, next, false, true)
	}
	old, next := heldLinks(now), heldLinks(after)
	for _, l := range old {
		if !slices.Contains(next, l) {
			a.addClaim(n, l.Connection+"\x00"+l.Anchor, true, false)
		}
	}
	for _, l := range next {
		if !slices.Contains(old, l) {
			a.addClaim(n, l.Connection+"\x00"+l.Anchor, true, true)
		}
	}
}

func (a *application) addClaim(n int, name string, link, take bool) {
	if name == "" {
		return
	}
	var head [8]byte
	copy(head[:], name)
	a.claims = append(a.claims, claim{
		prefix: binary.BigEndian.Uint64(head[:]), name: name, person: a.items[n].Person, item: int32(n), link: link, take: take,
	})
}

// heldUID is the folded UID that a person holds in the index. Someone just
// being created holds none before, and withdrawn people hold none.
func heldUID(uid roster.FieldID, p *roster.Person) string {
	if uid == 0 || p.Status == roster.Withdrawn {
		return ""
	}
	return roster.FoldUID(p.Values.Get(uid))
}

// heldLinks are the links of a person in the index. Withdrawn people keep
// theirs, for the day they are revived, but hold none.
func heldLinks(p *roster.Person) []roster.Link {
	if p.Status == roster.Withdrawn {
		return nil
	}
	return p.Links
}

// settleClaims finds the items whose claims are on what somebody else holds
// once the whole changeset is applied. Leaving one out keeps what it would have
// freed, so it goes on until nothing is left to find.
func (a *application) settleClaims() []Conflict {
	slices.SortFunc(a.claims, func(x, y claim) int { return x.compare(&y) })
	var conflicts []Conflict
	for {
		taken := a.takenClaims()
		if len(taken) == 0 {
			return conflicts
		}
		conflicts = append(conflicts, taken...)
		a.claims = slices.DeleteFunc(a.claims, func(c claim) bool { return a.left[int(c.item)] })
	}
}

func (a *application) takenClaims() []Conflict {
	var conflicts []Conflict
	for i := 0; i < len(a.claims); {
		freed, held := false, false
		var holder roster.PersonID
		j := i
		for ; j < len(a.claims) && a.claims[j].sameName(&a.claims[i]); j++ {
			c := &a.claims[j]
			if !c.take {
				freed = true
				continue
			}
			if !held && !freed {
				holder, held = a.holder(c)
			}
			if held && holder != c.person {
				if !a.left[int(c.item)] {
					conflicts = append(conflicts, a.taken(c, holder))
				}
				a.left[int(c.item)] = true
				continue
			}
			holder, held = c.person, true
		}
		i = j
	}
	return conflicts
}

// holder is who has what c claims before the changeset.
func (a *application) holder(c *claim) (roster.PersonID, bool) {
	switch s := a.list.Standing; {
	case s.Active+s.Inactive+s.Withdrawn == 0:
		return roster.PersonID{}, false
	case c.link:
		return a.tx.ByLink(a.list.ID, c.anchor())
	}
	return a.tx.ByUID(a.list.ID, c.name)
}

func (a *application) taken(c *claim, holder roster.PersonID) Conflict {
	it := &a.items[c.item]
	conflict := Conflict{Item: int(c.item), Person: it.Person, UID: it.UID, Holder: holder}
	p, there, err := a.tx.Person(a.list.ID, holder)
	there = there && err == nil
	who := "somebody else in this changeset"
	if there {
		who = a.list.DisplayName(p.Values)
		if conflict.Advice = advise(&a.list, it, c.link, &p); p.Status != roster.Active {
			who += ", who is " + p.Status.String()
		}
	}
	if c.link {
		conflict.Fields = []roster.FieldID{changeset.Linked}
		conflict.Reason = fmt.Sprintf("What the source calls %s is %s", c.anchor().Anchor, who)
	} else {
		conflict.Fields = []roster.FieldID{a.uid}
		conflict.Reason = fmt.Sprintf("The UID %s belongs to %s", it.UID, who)
	}
	return conflict
}

// advise says what to do about an item that would take what holder has.
func advise(l *roster.List, it *changeset.Item, link bool, holder *roster.Person) string {
	name := l.DisplayName(holder.Values)
	here := "keep or skip it here, or type another"
	switch {
	case it.Kind == changeset.Create:
		here = "keep or skip it here"
	case link:
		return "Keep or skip the tie here; the source has to tell the two apart"
	}
	first := "give " + name + " another UID first"
	if holder.Status == roster.Inactive && it.Kind == changeset.Create {
		first = "reactivate " + name + " instead, or " + first
	}
	return strings.ToUpper(here[:1]) + here[1:] + "; to take it, " + first
}

// writeClaims moves the indexes to what the sorted claims come to.
func (a *application) writeClaims(tx WriteTx, from, to int) error {
	for i := from; i < to; i++ {
		c := &a.claims[i]
		var err error
		switch {
		case c.link && c.take:
			err = tx.PutLink(a.list.ID, c.anchor(), c.person)
		case c.link:
			err = tx.DeleteLink(a.list.ID, c.anchor())
		case c.take:
			err = tx.PutUID(a.list.ID, c.name, c.person)
		default:
			err = tx.DeleteUID(a.list.ID, c.name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
