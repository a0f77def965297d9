package core

import (
	"fmt"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// pushRoad is what one transaction needs to know of a list to plan what its users
// mean for its people.
type pushRoad struct {
	e       *Engine
	list    roster.List
	kind    PushKind
	by      Pusher
	pl      *planner // nil when the mappings cannot be used; why says it
	why     string
	names   []string // the attributes that feed something
	groups  bool     // the names of groups are one of them
	works   []work   // being carried out
	leaving int      // whom this transaction deactivates
	// moving are people who give up their UIDs in this changeset.
	moving map[roster.PersonID]bool
}

// user is one user to be planned.
type user struct {
	now, was *StoredResource // was is nil when it is new
	grave    *StoredResource // the deleted one that it was before
	cells    reading
	// quiet: the source did not speak of the user itself, so that decisions
	// about it stay.
	quiet bool
}

// work is what a user means for the list.
type work struct {
	user
	item  *changeset.Item // nil when nothing changes
	spent []changeset.Pin
	// blockedBy has the UID that the user should have.
	blockedBy roster.PersonID
	blocked   bool
}

// heldFor is who the item is about that waits for the user, if one does.
func (w *work) heldFor() roster.PersonID {
	switch {
	case w.was != nil:
		return w.was.Person
	case w.grave != nil:
		return w.grave.Person
	}
	return roster.PersonID{}
}

// reading is what a resource says.
type reading struct {
	cell   func(attribute string) mapping.Cell
	active bool
}

func (e *Engine) newRoad(l roster.List) (*pushRoad, error) {
	r := &pushRoad{e: e, list: l}
	var ok bool
	if r.kind, ok = e.pushKind(l.Connection.Kind); !ok {
		return nil, fault.New(fault.Conflict, "This Muster knows nothing of %s, to which the list %s is connected", l.Connection.Kind, l.Slug)
	}
	made := e.plans.of(&l)
	r.why, r.names, r.groups = made.why, made.names, made.groups
	if made.why != "" {
		return r, nil
	}
	in := Intake{List: l.ID, Origin: changeset.SCIM, Connection: l.Connection.ID, Mappings: l.Mappings, Attributes: made.names}
	pl := plannerOf(e, l, in, made.plan)
	pl.one, pl.slab.Size = true, 1
	pl.pins, pl.newcomers = make(map[roster.PersonID][]changeset.Pin), make(map[roster.Link]changeset.Pin)
	r.pl = pl
	return r, nil
}

// trouble notes what is wrong with a user and what can be done.
func (w *work) trouble(what, remedy string) {
	w.now.Problem = join(w.now.Problem, what)
	if w.now.Remedy == "" {
		w.now.Remedy = remedy
	}
}

// What can be done about problems.
const (
	remedyMapping  = "Correct the mappings of the list"
	remedyUID      = "Give the user one at the provider, or choose another attribute for the UID"
	remedyTaken    = "Correct the UID of one of the two; the other follows by itself"
	remedyUnique   = "Correct the value of one of the two at the provider"
	remedyRecycled = "If it is the same person, delete the old user at the provider; if not, give the new one a UID that was never used"
	remedyValue    = "Correct the value at the provider, or let the field take it"
	remedyUntied   = "Take back the decision about the link, and push the user again"
	remedyDeclined = "Take back that decision, and push the user again"
	remedyGone     = "Roll that back to have the person again"
)

// plan works out what a user means for the list.
func (r *pushRoad) plan(tx Tx, u user) (work, error) {
	w := work{user: u}
	u.now.Problem, u.now.Remedy = "", ""
	person, known, err := r.person(tx, &w)
	if err != nil {
		return w, err
	}
	if r.pl == nil {
		w.trouble(r.why, remedyMapping)
		return w, nil
	}
	pl := r.pl
	pl.items, pl.rejects, pl.spent = nil, nil, nil
	n, err := r.row(tx, &w)
	if err != nil {
		return w, err
	}
	uid := pl.feeds[pl.uid].field
	if known {
		if err := r.keepUID(tx, &w, n, &person); err != nil {
			return w, err
		}
	} else if n.uid != "" {
		if known, err = r.byUID(tx, &w, n, &person); err != nil {
			return w, err
		}
	}
	if err := r.keepUnique(tx, &w, n, &person, known); err != nil {
		return w, err
	}
	switch {
	case len(pl.rejects) > 0:
		w.trouble(pl.rejects[0].Problem, remedyRecycled)
		return w, nil
	case known:
		if err := r.readPins(tx, &w, &person); err != nil {
			return w, err
		}
		pl.change(n, &person)
	case n.uid == "":
		if u.now.Problem == "" {
			w.trouble(fmt.Sprintf("%s is empty, and every person needs one", uid.Label), remedyUID)
		}
		return w, nil
	default:
		gone, err := r.takenBack(tx, &w)
		if err != nil || gone {
			return w, err
		}
		if err := r.readNewcomer(tx, n); err != nil {
			return w, err
		}
		pl.create(n)
	}
	r.result(&w, &person, known)
	return w, nil
}

// result takes over what the planner made of the row.
func (r *pushRoad) result(w *work, person *roster.Person, known bool) {
	w.spent = r.pl.spent
	if known {
		w.now.Person = person.ID
	}
	if len(r.pl.items) == 0 {
		if !known {
			w.trouble("Somebody declined to have this person in the list", remedyDeclined)
			return
		}
		if anchor, _ := person.LinkTo(r.list.Connection.ID); anchor != w.now.Anchor {
			w.trouble(fmt.Sprintf("%s is not to be tied to the source: somebody decided that", r.list.DisplayName(person.Values)), remedyUntied)
			w.now.Person = roster.PersonID{}
		}
		return
	}
	w.item = &r.pl.items[0]
	if w.item.Kind == changeset.Create {
		w.now.Person = w.item.Person
	}
}

// row makes the planner's row of what a user says. What the list refuses of it
// is left out.
func (r *pushRoad) row(tx Tx, w *work) (*row, error) {
	said := w.cells
	if said.cell == nil || r.groups {
		var names []string
		if r.groups {
			groups, err := groupsOf(tx, r.list.ID, w.now.ID)
			if err != nil {
				return nil, err
			}
			for i := range groups {
				names = append(names, groups[i].Name)
			}
			slices.Sort(names)
		}
		var err error
		if said.cell, said.active, err = r.kind.Read(w.now.JSON, names); err != nil {
			return nil, err
		}
	}
	rec := mapping.Record{Anchor: w.now.Anchor, Gone: !said.active, Cells: make([]mapping.Cell, len(r.names))}
	for i, name := range r.names {
		rec.Cells[i] = said.cell(name)
	}
	n := &row{anchor: rec.Anchor, gone: rec.Gone}
	values, problem := r.pl.evaluate(make([]byte, 0, 512), &rec, n)
	n.values = roster.Values(values)
	for _, field := range r.pl.missing {
		problem = join(problem, field+" is required, and nothing feeds it")
	}
	for _, remark := range r.pl.remarks.Some {
		problem = join(problem, remark.Problem)
	}
	r.pl.remarks = Remarks{}
	if problem != "" {
		remedy := remedyValue
		if n.uid == "" {
			remedy = remedyUID
		}
		w.trouble(problem, remedy)
	}
	return n, nil
}

// person finds whom the source meant by this user so far, and settles by what
// anchor they are known from now on: the externalId, if that is nobody else's,
// else the user's own ID.
func (r *pushRoad) person(tx Tx, w *work) (p roster.Person, known bool, err error) {
	s := w.now
	find := func(anchor string) error {
		if known || anchor == "" {
			return nil
		}
		id, ok := tx.ByLink(r.list.ID, r.link(anchor))
		if ok {
			p, err = findPerson(tx, r.list.ID, id)
			known = err == nil
		}
		return err
	}
	if w.was != nil {
		err = find(w.was.Anchor)
	} else if w.grave != nil {
		err = find(w.grave.Anchor)
	}
	if err != nil {
		return p, false, err
	}
	s.Anchor = s.ID
	if external := s.Keys.ExternalID; external != "" {
		free, err := r.freeAnchor(tx, s, external)
		if err != nil {
			return p, false, err
		}
		holder, held := tx.ByLink(r.list.ID, r.link(external))
		if free && (!held || !known || holder == p.ID) {
			s.Anchor = external
		}
	}
	err = find(s.Anchor)
	return p, known, err
}

func (r *pushRoad) link(anchor string) roster.Link {
	return roster.Link{Connection: r.list.Connection.ID, Anchor: anchor}
}

// freeAnchor reports whether no other live user has the anchor: an externalId
// may be there twice (RFC 7643 section 3.1), and the first has it.
func (r *pushRoad) freeAnchor(tx Tx, s *StoredResource, anchor string) (bool, error) {
	for hit, err := range tx.FindResources(r.list.ID, UserResource, anchor) {
		if err != nil {
			return false, err
		}
		if hit.Deleted || hit.Number == s.Number || hit.Keys&ByExternalID == 0 {
			continue
		}
		other, ok, err := tx.Resource(r.list.ID, UserResource, hit.Number)
		if err != nil || ok && other.Anchor == anchor {
			return false, err
		}
	}
	return true, nil
}

// keepUID leaves a person whom the source knows with the UID they have when
// somebody else has the one that they should have.
func (r *pushRoad) keepUID(tx Tx, w *work, n *row, p *roster.Person) error {
	if n.uid == "" {
		return nil
	}
	holder, ok := tx.ByUID(r.list.ID, n.uid)
	if !ok || holder == p.ID || r.moving[holder] {
		return nil
	}
	other, err := findPerson(tx, r.list.ID, holder)
	if err != nil {
		return err
	}
	uid := r.pl.feeds[r.pl.uid].field
	w.trouble(fmt.Sprintf("%s %s belongs to %s", uid.Label, r.pl.uidOf(n), r.list.DisplayName(other.Values)), remedyTaken)
	w.blocked, w.blockedBy = true, holder
	n.partial = append(n.partial, uid.ID)
	n.values, n.uid = n.values.With(uid.ID, ""), ""
	return nil
}

// keepUnique leaves a person without what somebody else has in a field in which
// no two may have the same.
func (r *pushRoad) keepUnique(tx Tx, w *work, n *row, p *roster.Person, known bool) error {
	for i := range r.pl.feeds {
		f := &r.pl.feeds[i].field
		value := n.values.Get(f.ID)
		if !f.Unique || f.UID || value == "" {
			continue
		}
		holder, taken := tx.ByUnique(r.list.ID, f.ID, roster.FoldUID(value))
		if !taken || known && holder == p.ID {
			continue
		}
		other, err := findPerson(tx, r.list.ID, holder)
		if err != nil {
			return err
		}
		w.trouble(fmt.Sprintf("%s %s belongs to %s, and no two may have the same", f.Label, value, r.list.DisplayName(other.Values)), remedyUnique)
		n.partial = append(n.partial, f.ID)
		n.values = n.values.With(f.ID, "")
	}
	return nil
}

// byUID finds the person who has the UID of a user that is nobody yet. One whom
// the source knows otherwise is another person: a new jsmith must not inherit
// the old one's card. Unless the user that they were is gone, and nothing says
// that it was somebody else.
func (r *pushRoad) byUID(tx Tx, w *work, n *row, p *roster.Person) (known bool, err error) {
	id, ok := tx.ByUID(r.list.ID, n.uid)
	if !ok || r.moving[id] {
		return false, nil
	}
	if *p, err = findPerson(tx, r.list.ID, id); err != nil {
		return false, err
	}
	anchor, linked := p.LinkTo(r.list.Connection.ID)
	if linked {
		former, there, err := byAnchor(tx, r.list.ID, anchor)
		if err != nil {
			return false, err
		}
		linked = there && (!former.Deleted || !mayBeSame(&former, w.now))
		if there && former.Deleted && !linked && w.grave == nil && w.was == nil {
			w.grave = &former
		}
	}
	if linked {
		w.blocked, w.blockedBy = true, id
	}
	return r.pl.admits(n, p, linked), nil
}

// takenBack reports whether the person that the user was has been taken back
// out of the roster, and that is not undone.
func (r *pushRoad) takenBack(tx Tx, w *work) (bool, error) {
	if w.now.Person == (roster.PersonID{}) {
		return false, nil
	}
	p, ok, err := tx.Person(r.list.ID, w.now.Person)
	if err != nil || !ok || p.Status != roster.Withdrawn {
		return false, err
	}
	pin, pinned, err := tx.Pin(r.list.ID, p.ID, changeset.Linked)
	if err != nil || !pinned {
		return false, err
	}
	w.trouble(fmt.Sprintf("%s was taken back out of the roster by %s", r.list.DisplayName(p.Values), pin.By), remedyGone)
	return true, nil
}

// readPins reads what was decided about a person. That they are there after all
// lasts until the source speaks of them again.
func (r *pushRoad) readPins(tx Tx, w *work, p *roster.Person) error {
	pl := r.pl
	clear(pl.pins)
	var all []changeset.Pin
	found, err := tx.PinsOf(r.list.ID, p.ID)
	if err != nil {
		return err
	}
	for _, pin := range found {
		switch f := pin.Field; {
		case f == changeset.Status && !w.quiet:
			pl.spent = append(pl.spent, pin)
		case f == changeset.Status, f == changeset.Linked, slices.Contains(pl.fed, f):
			all = append(all, pin)
		}
	}
	if len(all) > 0 {
		pl.pins[p.ID] = all
	}
	return nil
}

func (r *pushRoad) readNewcomer(tx Tx, n *row) error {
	clear(r.pl.newcomers)
	name := r.pl.newcomer(n)
	pin, ok, err := tx.Newcomer(r.list.ID, name)
	if ok {
		r.pl.newcomers[name] = pin
	}
	return err
}

// departure works out what it means that a user was deleted.
func (r *pushRoad) departure(tx Tx, grave, was *StoredResource) (work, error) {
	w := work{user: user{now: grave, was: was}}
	id, ok := tx.ByLink(r.list.ID, r.link(was.Anchor))
	if !ok {
		return w, nil
	}
	p, err := findPerson(tx, r.list.ID, id)
	if err != nil {
		return w, err
	}
	grave.Person = p.ID
	pin, pinned, err := tx.Pin(r.list.ID, p.ID, changeset.Status)
	if err != nil {
		return w, err
	}
	if pinned {
		w.spent = append(w.spent, pin)
	}
	if p.Status == roster.Active {
		w.item = &changeset.Item{Person: p.ID, Kind: changeset.Deactivate, From: p.Status, To: roster.Inactive, UID: r.list.UID(p.Values)}
	}
	return w, nil
}

// mostSwaps is how many people pass their UIDs on at once.
const mostSwaps = 32

// work works out what a user means for the list, and with it others who wait
// for each other's UIDs: when two swap theirs each comes when the other still
// has it, so the second settles both.
func (r *pushRoad) work(tx Tx, u user) ([]work, error) {
	first, err := r.plan(tx, u)
	if err != nil || !first.blocked || first.item != nil && first.item.Kind == changeset.Create {
		return []work{first}, err
	}
	chain, ok, err := r.chain(tx, &first)
	if err != nil || !ok {
		return []work{first}, err
	}
	defer func() { r.moving = nil }()
	r.moving = make(map[roster.PersonID]bool)
	r.moving[first.now.Person] = true
	for i := range chain {
		r.moving[chain[i].was.Person] = true
	}
	works := make([]work, 0, len(chain)+1)
	for _, u := range append([]user{u}, chain...) {
		w, err := r.plan(tx, u)
		if err != nil {
			return nil, err
		}
		works = append(works, w)
	}
	if slices.ContainsFunc(works, func(w work) bool { return w.blocked }) {
		r.moving = nil
		first, err = r.plan(tx, u)
		return []work{first}, err
	}
	return works, nil
}

// chain follows from a blocked user who has the UID, and who has that one's,
// until somebody can have theirs: ok says that everybody can then.
func (r *pushRoad) chain(tx Tx, first *work) (chain []user, ok bool, err error) {
	start := first.now.Person
	for at := first; at.blocked && len(chain) < mostSwaps; {
		holder, err := findPerson(tx, r.list.ID, at.blockedBy)
		if err != nil {
			return nil, false, err
		}
		if start != (roster.PersonID{}) && holder.ID == start {
			return chain, true, nil
		}
		anchor, linked := holder.LinkTo(r.list.Connection.ID)
		if !linked {
			return nil, false, nil
		}
		s, there, err := byAnchor(tx, r.list.ID, anchor)
		if err != nil || !there || s.Deleted || s.Problem == "" {
			return nil, false, err
		}
		if slices.ContainsFunc(chain, func(u user) bool { return u.now.Number == s.Number }) {
			return nil, false, nil
		}
		now := s
		next, err := r.plan(tx, user{now: &now, was: &s, quiet: true})
		if err != nil {
			return nil, false, err
		}
		s.Person = holder.ID
		chain = append(chain, user{now: &now, was: &s, quiet: true})
		if !next.blocked {
			// The last one moves on to a UID that nobody has.
			return chain, next.item != nil && r.moves(next.item), nil
		}
		at = &next
	}
	return nil, false, nil
}

// moves reports whether an item gives its person another UID.
func (r *pushRoad) moves(it *changeset.Item) bool {
	uid := r.pl.feeds[r.pl.uid].field.ID
	return slices.ContainsFunc(it.Changes, func(c changeset.Change) bool { return c.Field == uid })
}
