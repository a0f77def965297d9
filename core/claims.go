package core

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// UIDs, anchors and the values of unique fields belong to one person at a time.
// Who has which is judged for a changeset as a whole, so that people may swap
// them: every item claims what it frees and what it takes, and the indexes are
// moved when all are known. Where the changeset makes another field the UID, or
// a field unique, everybody claims anew.

// claim is a name that gets or loses its holder. Claims sort by index and name,
// releases before takings.
type claim struct {
	prefix uint64 // the name's first eight bytes, to sort by
	name   string // the folded value, or the anchor, 0 and the connection: in the order of the store
	person roster.PersonID
	item   int32          // nobody's is nobodys
	index  roster.FieldID // uidIndex, changeset.Linked, or a unique field
	take   bool
}

const (
	// uidIndex is the index of UIDs; no field has its number.
	uidIndex roster.FieldID = 0
	// nobodys is the item of a claim of somebody whom no item is about.
	nobodys int32 = NoItem
)

func (c *claim) compare(other *claim) int {
	switch {
	case c.prefix != other.prefix:
		return cmp.Compare(c.prefix, other.prefix)
	case c.index != other.index:
		return cmp.Compare(c.index, other.index)
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

func (c *claim) sameName(other *claim) bool { return c.index == other.index && c.name == other.name }

// link reports whether the claim is on an anchor.
func (c *claim) link() bool { return c.index == changeset.Linked }

// anchor is the link that the claim is about.
func (c *claim) anchor() roster.Link {
	at := strings.LastIndexByte(c.name, 0)
	return roster.Link{Connection: c.name[at+1:], Anchor: c.name[:at]}
}

// claim notes what the n-th item frees and takes.
func (a *application) claim(n int32, now, after *roster.Person) {
	old, next := heldValue(a.uid, now), heldValue(a.uidThen, after)
	if old != next || a.uid != a.uidThen {
		a.addClaim(n, uidIndex, now.ID, old, false)
		a.addClaim(n, uidIndex, now.ID, next, true)
	}
	for _, u := range a.uniques {
		old, next = "", ""
		if u.now {
			old = heldValue(u.field, now)
		}
		if u.then {
			next = heldValue(u.field, after)
		}
		if old != next {
			a.addClaim(n, u.field, now.ID, old, false)
			a.addClaim(n, u.field, now.ID, next, true)
		}
	}
	had, has := heldLinks(now), heldLinks(after)
	for _, l := range had {
		if !slices.Contains(has, l) {
			a.addClaim(n, changeset.Linked, now.ID, l.Anchor+"\x00"+l.Connection, false)
		}
	}
	for _, l := range has {
		if !slices.Contains(had, l) {
			a.addClaim(n, changeset.Linked, now.ID, l.Anchor+"\x00"+l.Connection, true)
		}
	}
}

func (a *application) addClaim(n int32, index roster.FieldID, person roster.PersonID, name string, take bool) {
	if name == "" {
		return
	}
	var head [8]byte
	copy(head[:], name)
	a.claims = append(a.claims, claim{
		prefix: binary.BigEndian.Uint64(head[:]), name: name, person: person, item: n, index: index, take: take,
	})
}

// unique is a field that is unique before the changeset, or after it.
type unique struct {
	field     roster.FieldID
	now, then bool
}

// findUniques finds out which indexes there are, and whether the changeset
// makes another index of one.
func (a *application) findUniques() {
	then := a.list
	if s := a.head.Settings; s != nil {
		then, _, _ = mergeSettings(a.list, s, func(roster.FieldID) bool { return true })
	}
	uid, _ := a.list.Schema.UID()
	is, _ := then.Schema.UID()
	a.uid, a.uidThen = uid.ID, is.ID
	a.reindexes = !a.empty && a.uid != a.uidThen
	a.uniques = nil
	for _, f := range a.list.Schema.Fields {
		if f.Unique {
			a.uniques = append(a.uniques, unique{field: f.ID, now: true})
		}
	}
	for _, f := range then.Schema.Fields {
		i := slices.IndexFunc(a.uniques, func(u unique) bool { return u.field == f.ID })
		switch {
		case !f.Unique:
		case i < 0:
			a.uniques = append(a.uniques, unique{field: f.ID, then: true})
		default:
			a.uniques[i].then = true
		}
	}
	for _, u := range a.uniques {
		a.reindexes = a.reindexes || !a.empty && u.now != u.then
	}
}

// claimOthers has everybody claim anew whom no item is about; claimed are those
// who have.
func (a *application) claimOthers(ctx context.Context, claimed map[roster.PersonID]bool) error {
	n := 0
	return a.tx.EachPerson(a.list.ID, func(p *roster.Person) error {
		if n++; n&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if claimed[p.ID] {
			return nil
		}
		if p.Status != roster.Withdrawn && p.Values.Get(a.uidThen) == "" {
			return a.errNameless(p)
		}
		a.claim(nobodys, p, p)
		return nil
	})
}

// errNameless says who would be without a UID.
func (a *application) errNameless(p *roster.Person) error {
	f, _ := a.list.Schema.ByID(a.uidThen)
	return fault.New(fault.Invalid, "%s has no %s, and cannot be known by it", a.list.DisplayName(p.Values), f.Label)
}

// heldValue is the folded value of the UID or a unique field that a person holds
// in its index. Someone just being created holds none before, and withdrawn
// people hold none.
func heldValue(f roster.FieldID, p *roster.Person) string {
	if f == 0 || p.Status == roster.Withdrawn {
		return ""
	}
	return roster.FoldUID(p.Values.Get(f))
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
// freed, so it goes on until nothing is left to find. While indexes are made
// anew nothing can be left out: then the error names the first.
func (a *application) settleClaims() ([]Conflict, error) {
	slices.SortFunc(a.claims, func(x, y claim) int { return x.compare(&y) })
	var conflicts []Conflict
	for {
		taken := a.takenClaims()
		if len(taken) == 0 {
			return conflicts, nil
		}
		if a.reindexes {
			return taken, fault.New(fault.Conflict, "%s", taken[0].Reason)
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
				if c.item != nobodys {
					a.left[int(c.item)] = true
				}
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
	case c.link():
		return a.tx.ByLink(a.list.ID, c.anchor())
	case c.index == uidIndex && a.uid == a.uidThen:
		return a.tx.ByUID(a.list.ID, c.name)
	case c.index == uidIndex: // everybody claims theirs anew
		return roster.PersonID{}, false
	}
	return a.tx.ByUnique(a.list.ID, c.index, c.name)
}

func (a *application) taken(c *claim, holder roster.PersonID) Conflict {
	conflict := Conflict{Item: int(c.item), Person: c.person, Holder: holder}
	it := &changeset.Item{Person: c.person}
	if c.item != nobodys {
		it = &a.items[c.item]
		conflict.UID = it.UID
	}
	p, there, err := a.tx.Person(a.list.ID, holder)
	there = there && err == nil
	who := "somebody else in this changeset"
	if there {
		who = a.list.DisplayName(p.Values)
		if conflict.Advice = advise(&a.list, it, c.link(), &p); p.Status != roster.Active {
			who += ", who is " + p.Status.String()
		}
	}
	if c.link() {
		conflict.Fields = []roster.FieldID{changeset.Linked}
		conflict.Reason = fmt.Sprintf("What the source calls %s is %s", c.anchor().Anchor, who)
		return conflict
	}
	id := c.index
	if id == uidIndex {
		id = a.uidThen
	}
	conflict.Fields = []roster.FieldID{id}
	switch f, _ := a.list.Schema.ByID(id); {
	case c.index != uidIndex:
		conflict.Reason = fmt.Sprintf("%s %s belongs to %s, and no two may have the same", f.Label, c.name, who)
		conflict.Advice = "Keep or skip it here, or type another value"
	case c.item == nobodys:
		conflict.Reason = fmt.Sprintf("%s %s belongs to two people, one of them %s", f.Label, c.name, who)
	case there && recycled(it, &p):
		conflict.Reason = fmt.Sprintf("The UID %s belongs to %s, whom the source knows by another identifier; a newcomer must not inherit an old one's card", it.UID, who)
	default:
		conflict.Reason = fmt.Sprintf("The UID %s belongs to %s", it.UID, who)
	}
	return conflict
}

// recycled reports whether an item is about a newcomer to whom a source gives the
// UID of somebody whom it knows, or knew, by another anchor. That is nobody's to
// decide but a person's: the item waits by itself, whatever is approved
// beforehand, and keeps nobody else back.
func recycled(it *changeset.Item, holder *roster.Person) bool {
	if it.Kind != changeset.Create || it.Link == nil {
		return false
	}
	anchor, linked := holder.LinkTo(it.Link.Connection)
	return linked && anchor != it.Link.Proposed
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
		case c.link() && c.take:
			err = tx.PutLink(a.list.ID, c.anchor(), c.person)
		case c.link():
			err = tx.DeleteLink(a.list.ID, c.anchor())
		case c.index == uidIndex && c.take:
			err = tx.PutUID(a.list.ID, c.name, c.person)
		case c.index == uidIndex:
			err = tx.DeleteUID(a.list.ID, c.name)
		case c.take:
			err = tx.PutUnique(a.list.ID, c.index, c.name, c.person)
		default:
			err = tx.DeleteUnique(a.list.ID, c.index, c.name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
