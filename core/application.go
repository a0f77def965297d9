package core

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// application is the work of applying one changeset: it checks every item
// against the list as it is, then writes people, journal and indexes.
type application struct {
	tx      Tx
	list    roster.List
	head    changeset.Changeset
	items   []changeset.Item
	uid     roster.FieldID // 0 while the list has none
	uidThen roster.FieldID // once it is applied
	uniques []unique
	stale   map[int]stale // items that are out of date
	// reindexes says that everybody's place in the indexes is found anew.
	reindexes bool
	empty     bool   // nobody was ever in the list
	by        string // who applies it
	seq       uint64
	standing  roster.Standing
	records   []KeptRecord    // of a draft that was not stored
	left      map[int]bool    // items left out
	claims    []claim         // what becomes of UIDs and anchors, sorted
	pins      []pinning       // what becomes of pins
	spent     []changeset.Pin // of a draft that was not stored
	replaces  bool            // what waits of its origin
	// undoesSource says that it takes back, or puts in force again, what a source
	// said.
	undoesSource bool
	block        changeset.Block // being filled
	blocks       int             // journal rows written
	done         changeset.Counts
}

func newApplication(tx Tx, l roster.List, d *Draft) *application {
	s := l.Standing
	a := &application{
		tx: tx, list: l, head: d.Head, items: d.Items, records: d.Records, spent: d.Spent, replaces: d.Replaces, left: make(map[int]bool),
		standing: s, empty: s.Active+s.Inactive+s.Withdrawn == 0,
	}
	a.findUniques()
	return a
}

// check finds the items that conflict with the list as it is, and notes what
// the others claim. It writes nothing.
func (a *application) check(ctx context.Context) ([]Conflict, error) {
	var conflicts []Conflict
	// What waits of pushes was planned one by one: two may be about one person.
	var pushed map[roster.PersonID]bool
	if a.head.Origin == changeset.SCIM && len(a.items) > 1 {
		pushed = make(map[roster.PersonID]bool, len(a.items))
	}
	a.claims = slices.Grow(a.claims[:0], len(a.items))
	var claimed map[roster.PersonID]bool
	if a.reindexes {
		claimed = make(map[roster.PersonID]bool, len(a.items))
	}
	for n := range a.items {
		it := &a.items[n]
		if n&0xfff == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		now, err := a.person(a.tx, it)
		if err != nil {
			return nil, err
		}
		if pushed[it.Person] {
			a.left[n] = true
			conflicts = append(conflicts, Conflict{
				Item: n, Person: it.Person, UID: it.UID, Fields: []roster.FieldID{changeset.Linked},
				Reason: a.name(it, &now) + " is what two users of the source would be; apply one, then look at the other again",
			})
			continue
		}
		if pushed != nil {
			pushed[it.Person] = true
		}
		if old, is := a.stale[n]; is {
			a.left[n] = true
			conflicts = append(conflicts, a.outdated(&old, &now))
			continue
		}
		out := it.Apply(now)
		if len(out.Clashes) > 0 {
			a.left[n] = true
			conflicts = append(conflicts, a.moved(n, &now, out.Clashes))
			continue
		}
		if out.Changed {
			a.claim(int32(n), &now, &out.After)
			if a.reindexes {
				claimed[now.ID] = true
				if out.After.Status != roster.Withdrawn && out.After.Values.Get(a.uidThen) == "" {
					return nil, a.errNameless(&out.After)
				}
			}
		}
	}
	if a.reindexes {
		if err := a.claimOthers(ctx, claimed); err != nil {
			return nil, err
		}
	}
	taken, err := a.settleClaims()
	return append(conflicts, taken...), err
}

// person reads the person of an item as they are now; of a create that is
// nobody, unless it has been applied before.
func (a *application) person(tx Tx, it *changeset.Item) (roster.Person, error) {
	if it.Kind != changeset.Create {
		return findPerson(tx, a.list.ID, it.Person)
	}
	if a.empty {
		return roster.Person{ID: it.Person}, nil
	}
	p, _, err := tx.Person(a.list.ID, it.Person)
	p.ID = it.Person
	return p, err
}

func (a *application) moved(n int, now *roster.Person, fields []roster.FieldID) Conflict {
	it := &a.items[n]
	c := Conflict{Item: n, Person: it.Person, UID: it.UID, Fields: fields}
	what := make([]string, len(fields))
	for i, id := range fields {
		switch f, _ := a.list.Schema.ByID(id); id {
		case changeset.Status:
			what[i] = fmt.Sprintf("they are %s now", now.Status)
		case changeset.Linked:
			what[i] = "the source knows them by another identifier now"
		default:
			what[i] = fmt.Sprintf("%s is %q now", f.Label, now.Values.Get(id))
		}
	}
	c.Reason = fmt.Sprintf("%s has changed since: %s", a.name(it, now), strings.Join(what, ", "))
	return c
}

func (a *application) name(it *changeset.Item, now *roster.Person) string {
	if name := a.list.DisplayName(now.Values); name != "" {
		return name
	}
	return it.UID
}

// mark is how far writing people has come, so that a transaction can run again.
type mark struct {
	standing roster.Standing
	blocks   int
	pins     int
	done     changeset.Counts
}

func (a *application) mark() mark { return mark{a.standing, a.blocks, len(a.pins), a.done} }

func (a *application) reset(m mark) {
	a.standing, a.blocks, a.pins, a.done = m.standing, m.blocks, a.pins[:m.pins], m.done
	a.block.Entries = a.block.Entries[:0]
}

// writePeople writes the people of the items from up to to, what they replace,
// and the journal rows that tell of them.
func (a *application) writePeople(tx WriteTx, from, to int) error {
	for n := from; n < to; n++ {
		if a.left[n] {
			continue
		}
		it := &a.items[n]
		now, err := a.person(tx, it)
		if err != nil {
			return err
		}
		out := it.Apply(now)
		if err := a.pin(tx, it, &now, &out.After); err != nil {
			return err
		}
		if !out.Changed {
			continue
		}
		if err := a.writePerson(tx, it, &now, &out); err != nil {
			return err
		}
		if a.block.Entries = append(a.block.Entries, changeset.Entry{Person: it.Person, Kind: out.Before.Kind}); len(a.block.Entries) == changeset.EntriesPerBlock {
			if err := a.flush(tx); err != nil {
				return err
			}
		}
		a.done.Add(out.Before.Kind, 1)
	}
	// A changeset of one item keeps its only row for the head.
	if len(a.items) == 1 {
		return nil
	}
	return a.flush(tx)
}

func (a *application) writePerson(tx WriteTx, it *changeset.Item, now *roster.Person, out *changeset.Outcome) error {
	list, p := a.list.ID, &out.After
	p.Changed = a.seq
	if it.Kind == changeset.Create {
		p.Created = a.seq
	} else {
		a.standing.Count(now.Status, -1)
		if err := tx.PutPast(list, p.ID, a.seq, &out.Before); err != nil {
			return err
		}
	}
	a.standing.Count(p.Status, 1)
	if err := tx.PutPerson(list, p); err != nil {
		return err
	}
	if now.Status == p.Status {
		return nil
	}
	return tx.PutStatus(list, p.ID, now.Status, p.Status)
}

// flush writes the journal row that is being filled.
func (a *application) flush(tx WriteTx) error {
	if len(a.block.Entries) == 0 {
		return nil
	}
	a.block.Changeset = a.head.ID
	err := tx.PutBlock(a.list.ID, a.seq, a.blocks, &a.block)
	a.blocks++
	a.block.Entries = a.block.Entries[:0]
	return err
}

// finish writes the changeset's head and how the list stands after it.
func (a *application) finish(tx WriteTx, by applied) (changeset.Changeset, error) {
	stored := a.head.ID != changeset.ID(a.seq)
	a.head.State, a.head.Seq, a.head.AppliedBy, a.head.AppliedAt = changeset.Applied, a.seq, by.by, by.at
	if len(a.left) > 0 {
		a.head.State = changeset.PartlyApplied
	}
	kept := a.head.Counts
	a.head.Counts = a.done
	a.head.Counts.Rows, a.head.Counts.Unchanged, a.head.Counts.Rejects = kept.Rows, kept.Unchanged, kept.Rejects
	a.head.Counts.Conflicts = len(a.left)
	a.standing.Version, a.standing.Changed = a.seq, by.at
	if err := a.applySettings(tx); err != nil {
		return a.head, err
	}
	if err := tx.PutStanding(a.list.ID, a.standing); err != nil {
		return a.head, err
	}
	if err := settleUndone(tx, &a.head); err != nil {
		return a.head, err
	}
	if err := a.writePins(tx); err != nil {
		return a.head, err
	}
	if err := a.settleRecords(tx); err != nil {
		return a.head, err
	}
	if a.replaces {
		if err := supersede(tx, &a.head, make(madeDecisions)); err != nil {
			return a.head, err
		}
	}
	if stored {
		if err := tx.DeleteItems(a.head.ID); err != nil {
			return a.head, err
		}
		if err := a.writeRest(tx); err != nil {
			return a.head, err
		}
	}
	if len(a.items) == 1 && !stored {
		a.block.Changeset, a.block.Head = a.head.ID, &a.head
		return a.head, tx.PutBlock(a.list.ID, a.seq, 0, &a.block)
	}
	// Even a changeset that touched nobody has its row: the version is in it.
	if a.blocks == 0 && len(a.block.Entries) == 0 {
		if err := tx.PutBlock(a.list.ID, a.seq, 0, &changeset.Block{Changeset: a.head.ID}); err != nil {
			return a.head, err
		}
	}
	if err := a.flush(tx); err != nil {
		return a.head, err
	}
	return a.head, tx.PutChangeset(&a.head)
}

// writeRest lets what was left out wait in a changeset of its own.
func (a *application) writeRest(tx WriteTx) error {
	var rest []changeset.Item
	for n := range a.items {
		if a.left[n] {
			if it := a.items[n].Reopened(); len(it.Parts()) > 0 {
				rest = append(rest, it)
			}
		} else if it, ok := a.items[n].Rest(); ok {
			rest = append(rest, it)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	head := a.head
	head.ID, head.Seq, head.RestOf = changeset.ID(tx.Next()), 0, a.head.ID
	head.State, head.AppliedBy, head.AppliedAt = changeset.Pending, "", time.Time{}
	head.Counts, head.Settings, head.Undoes, head.Reading = changeset.Counts{}, nil, 0, 0
	for n := range rest {
		head.Counts.Add(rest[n].Kind, 1)
		if err := tx.PutItem(head.ID, n, &rest[n]); err != nil {
			return err
		}
	}
	head.Held = changeset.StillHeld(a.head.Held, a.list.Limits, a.standing.Active, head.Counts)
	a.head.State, a.head.Rest = changeset.PartlyApplied, head.ID
	return tx.PutChangeset(&head)
}

// checkSettings refuses what a change of the list itself would overwrite,
// unless that is to be left as it is.
func (a *application) checkSettings(leave bool) error {
	s := a.head.Settings
	if s == nil || leave {
		return nil
	}
	_, clashes, err := mergeSettings(a.list, s, func(roster.FieldID) bool { return true })
	if err == nil && len(clashes) > 0 {
		err = fault.New(fault.Conflict, "In the settings of the list %s have changed since: %s", a.list.Slug, strings.Join(clashes, ", "))
	}
	return err
}

// applySettings puts the list's own change in force, if the changeset has one.
func (a *application) applySettings(tx WriteTx) error {
	s := a.head.Settings
	if s == nil {
		return nil
	}
	var failed error
	after, _, err := mergeSettings(a.list, s, func(f roster.FieldID) bool {
		used, err := usedIn(tx, a.list.ID, f)
		failed = cmp.Or(failed, err)
		return used
	})
	if err := cmp.Or(err, failed); err != nil {
		return err
	}
	if a.list.Connected() && after.Connection != a.list.Connection {
		if err := revokeAll(tx, a.list.ID, a.head.AppliedAt); err != nil {
			return err
		}
		if err := leaveDirectory(tx, &a.list); err != nil {
			return err
		}
	}
	return tx.PutList(&after)
}

// settleUndone notes at the changeset that a rollback takes back that it is
// rolled back. When that is a rollback itself, what it had taken back is in
// force again, and so on.
func settleUndone(tx WriteTx, head *changeset.Changeset) error {
	inForce := true
	for by := *head; by.Undoes != 0; inForce = !inForce {
		c, err := tx.Changeset(by.Undoes)
		if err != nil {
			return err
		}
		switch {
		case inForce:
			c.State, c.UndoneBy = changeset.RolledBack, by.ID
		case c.Counts.Conflicts > 0, c.Rest != 0:
			c.State, c.UndoneBy = changeset.PartlyApplied, 0
		default:
			c.State, c.UndoneBy = changeset.Applied, 0
		}
		if err := tx.PutChangeset(&c); err != nil {
			return err
		}
		by = c
	}
	return nil
}
