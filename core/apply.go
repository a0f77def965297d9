package core

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// ChunkSize is how many items share a transaction; a changeset of more takes
// several, has its list to itself meanwhile, and is taken back by Open if a
// crash interrupts it.
const ChunkSize = 50_000

// How says how a changeset is to be applied.
type How struct {
	// LeaveConflicts applies the rest when some items conflict. Without it a
	// conflict leaves everything as it is.
	LeaveConflicts bool
	// Progress, when not nil, is told how many items are done.
	Progress *Progress
}

// now is the engine's time as the store keeps it.
func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }

// Apply applies a waiting changeset. One that is applied already is returned
// as it is: twice is the same as once. The error is a Conflict fault when the
// list has moved under it and How does not say to leave those items out.
func (e *Engine) Apply(ctx context.Context, actor Actor, id changeset.ID, how How) (changeset.Changeset, error) {
	d, err := e.Load(ctx, id)
	switch {
	case err != nil:
		return changeset.Changeset{}, err
	case d.Head.Done():
		return d.Head, nil
	case !d.Head.Open():
		return d.Head, fault.New(fault.Conflict, "Changeset %d is %s; it cannot be applied any more", id, d.Head.State)
	}
	return e.apply(ctx, actor, d, how)
}

// ApplyDraft applies a draft without letting it wait. Whether the guard's hold
// stands in the way is for the caller to ask first, with HeldFor.
func (e *Engine) ApplyDraft(ctx context.Context, actor Actor, d *Draft, how How) (changeset.Changeset, error) {
	d.Head.By, d.Head.At = actor.Name, e.now()
	if len(d.Items) == 0 && d.Head.Settings == nil {
		return d.Head, nil
	}
	return e.apply(ctx, actor, d, how)
}

func (e *Engine) apply(ctx context.Context, actor Actor, d *Draft, how How) (changeset.Changeset, error) {
	many := len(d.Items) > ChunkSize
	leave, err := e.enter(ctx, d.Head.List, many)
	if err != nil {
		return d.Head, err
	}
	defer leave()
	how.Progress.Start("Applying", int64(len(d.Items)))
	stamp := applied{by: actor.Name, at: e.now(), how: how}
	var head changeset.Changeset
	if many {
		head, err = e.applyInChunks(ctx, d, stamp)
	} else {
		err = e.store.Update(ctx, func(tx WriteTx) (err error) {
			head, err = applyAtOnce(ctx, tx, d, stamp)
			return err
		})
	}
	if err != nil {
		return d.Head, err
	}
	how.Progress.Set(int64(len(d.Items)))
	e.follow(head.List)
	e.news.publish(Notice{List: head.List, Version: head.Seq})
	return head, nil
}

// applied is who applies, when and how.
type applied struct {
	by  string
	at  time.Time
	how How
}

func applyAtOnce(ctx context.Context, tx WriteTx, d *Draft, by applied) (changeset.Changeset, error) {
	a, err := startApplication(ctx, tx, d, by)
	if err != nil || a.head.Done() {
		return a.head, err
	}
	a.seq = tx.Next()
	if a.head.ID == 0 {
		a.head.ID = changeset.ID(a.seq)
	}
	if err := a.writePeople(tx, 0, len(d.Items)); err != nil {
		return a.head, err
	}
	if err := a.writeUIDs(tx, 0, len(a.claims)); err != nil {
		return a.head, err
	}
	return a.finish(tx, by)
}

// startApplication reads how list and changeset stand now and finds conflicts,
// before anything is written.
func startApplication(ctx context.Context, tx Tx, d *Draft, by applied) (*application, error) {
	a := newApplication(tx, d)
	var err error
	if a.list, err = tx.List(d.Head.List); err != nil {
		return a, err
	}
	a.standing, a.by = a.list.Standing, by.by
	if d.Head.ID != 0 {
		if a.head, err = tx.Changeset(d.Head.ID); err != nil {
			return a, err
		}
		if a.head.Done() {
			return a, nil
		}
		if !a.head.Open() {
			return a, fault.New(fault.Conflict, "Changeset %d is %s; it cannot be applied any more", a.head.ID, a.head.State)
		}
	}
	if a.head.Undoes != 0 {
		undone, err := tx.Changeset(a.head.Undoes)
		if err != nil {
			return a, err
		}
		if undone.UndoneBy != 0 {
			return a, fault.New(fault.Conflict, "Changeset %d is rolled back already", undone.ID)
		}
		a.undone = undone.Origin
	}
	conflicts, err := a.check(ctx)
	if err != nil {
		return a, err
	}
	if len(conflicts) > 0 && !by.how.LeaveConflicts {
		return a, conflictFault(conflicts)
	}
	for _, c := range conflicts {
		a.left[c.Item] = true
	}
	a.head.Counts.Conflicts = len(conflicts)
	return a, nil
}

func conflictFault(conflicts []Conflict) error {
	if len(conflicts) == 1 {
		return fault.New(fault.Conflict, "%s", conflicts[0].Reason)
	}
	return fault.New(fault.Conflict, "%s, and %d more have changed since this was worked out", conflicts[0].Reason, len(conflicts)-1)
}

// applyInChunks applies a changeset too large for one transaction. The caller
// has the list to itself. Until the last transaction the list is marked
// unfinished, so that a crash anywhere leaves what Open takes back.
func (e *Engine) applyInChunks(ctx context.Context, d *Draft, by applied) (changeset.Changeset, error) {
	var a *application
	err := e.view(ctx, func(tx Tx) (err error) {
		a, err = startApplication(ctx, tx, d, by)
		return err
	})
	if err != nil || a.head.Done() {
		return a.head, err
	}
	open := Unfinished{List: d.Head.List, Standing: a.standing}
	err = e.store.Update(ctx, func(tx WriteTx) error {
		a.seq = tx.Next()
		if a.head.ID == 0 {
			a.head.ID = changeset.ID(a.seq)
		}
		open.Seq, open.Changeset = a.seq, a.head.ID
		return tx.PutUnfinished(open)
	})
	if err != nil {
		return a.head, err
	}
	head, err := e.writeChunks(ctx, a, by)
	if err != nil {
		// What was begun is taken back even if the caller has gone away.
		if back := e.takeBack(context.WithoutCancel(ctx), open); back != nil {
			return head, fmt.Errorf("%w; and take back what was begun: %w", err, back)
		}
	}
	return head, err
}

func (e *Engine) writeChunks(ctx context.Context, a *application, by applied) (head changeset.Changeset, err error) {
	for from := 0; from < len(a.items); from += ChunkSize {
		to := min(from+ChunkSize, len(a.items))
		before := a.mark()
		if err := e.store.Update(ctx, func(tx WriteTx) error {
			a.reset(before)
			tx.Bulk()
			return a.writePeople(tx, from, to)
		}); err != nil {
			return a.head, err
		}
		by.how.Progress.Set(int64(to))
	}
	a.sortClaims()
	for from := 0; from < len(a.claims); from += 2 * ChunkSize {
		if err := e.store.Update(ctx, func(tx WriteTx) error {
			tx.Bulk()
			return a.writeUIDs(tx, from, min(from+2*ChunkSize, len(a.claims)))
		}); err != nil {
			return a.head, err
		}
	}
	err = e.store.Update(ctx, func(tx WriteTx) (err error) {
		if err = tx.DeleteUnfinished(a.list.ID); err != nil {
			return err
		}
		head, err = a.finish(tx, by)
		return err
	})
	return head, err
}

// application is the work of applying one changeset: it checks every item
// against the list as it is, then writes people, journal and indexes.
type application struct {
	tx       Tx
	list     roster.List
	head     changeset.Changeset
	items    []changeset.Item
	uid      roster.FieldID // 0 while the list has none
	seq      uint64
	standing roster.Standing
	left     map[int]bool // items left out
	claims   []claim      // what becomes of UIDs, sorted once all are in
	sorted   bool
	block    changeset.Block // being filled
	blocks   int             // journal rows written
	done     changeset.Counts
	by       string           // who applies it
	undone   changeset.Origin // of the changeset that this one takes back
}

// claim is a UID that gets or loses its holder. Claims sort by UID, releases
// before takings.
type claim struct {
	prefix uint64 // the folded UID's first eight bytes, to sort by
	folded string
	person roster.PersonID
	item   int32
	take   bool
}

func newApplication(tx Tx, d *Draft) *application {
	a := &application{tx: tx, list: d.List, head: d.Head, items: d.Items, left: make(map[int]bool)}
	if f, ok := d.List.Schema.UID(); ok {
		a.uid = f.ID
	}
	return a
}

// check finds the items that conflict with the list as it is. It writes
// nothing but the claims on UIDs, judged for the changeset as a whole.
func (a *application) check(ctx context.Context) ([]Conflict, error) {
	var conflicts []Conflict
	a.claims = slices.Grow(a.claims[:0], len(a.items))
	for n := range a.items {
		it := &a.items[n]
		if n&0xfff == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		now, err := a.person(a.tx, it)
		if err != nil {
			return nil, err
		}
		out := it.Apply(now)
		if len(out.Clashes) > 0 {
			a.left[n] = true
			conflicts = append(conflicts, a.moved(n, &now, out.Clashes))
			continue
		}
		a.claim(n, &now, &out.After)
	}
	a.sortClaims()
	taken := a.takenUIDs()
	for len(taken) > 0 {
		conflicts = append(conflicts, taken...)
		a.claims = slices.DeleteFunc(a.claims, func(c claim) bool { return a.left[int(c.item)] })
		taken = a.takenUIDs()
	}
	return conflicts, nil
}

// person reads the person of an item as they are now; of a create, nobody.
func (a *application) person(tx Tx, it *changeset.Item) (roster.Person, error) {
	if it.Kind == changeset.Create {
		return roster.Person{ID: it.Person}, nil
	}
	return findPerson(tx, a.list.ID, it.Person)
}

func (a *application) moved(n int, now *roster.Person, fields []roster.FieldID) Conflict {
	it := &a.items[n]
	c := Conflict{Item: n, Person: it.Person, UID: it.UID, Fields: fields}
	what := make([]string, len(fields))
	for i, id := range fields {
		if id == changeset.Status {
			what[i] = fmt.Sprintf("they are %s now", now.Status)
			continue
		}
		f, _ := a.list.Schema.ByID(id)
		what[i] = fmt.Sprintf("%s is %q now", f.Label, now.Values.Get(id))
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

// claim notes which UID the item frees and which it takes.
func (a *application) claim(n int, now, after *roster.Person) {
	old, next := a.held(now), a.held(after)
	if old == next {
		return
	}
	if old != "" {
		a.claims = append(a.claims, newClaim(old, now.ID, n, false))
	}
	if next != "" {
		a.claims = append(a.claims, newClaim(next, after.ID, n, true))
	}
}

func newClaim(folded string, person roster.PersonID, item int, take bool) claim {
	var head [8]byte
	copy(head[:], folded)
	return claim{prefix: binary.BigEndian.Uint64(head[:]), folded: folded, person: person, item: int32(item), take: take}
}

// held is the folded UID that a person holds in the index. Someone just being
// created holds none before, and withdrawn people hold none.
func (a *application) held(p *roster.Person) string {
	if a.uid == 0 || p.Status == roster.Withdrawn {
		return ""
	}
	return roster.FoldUID(p.Values.Get(a.uid))
}

func (a *application) sortClaims() {
	if a.sorted {
		return
	}
	slices.SortFunc(a.claims, func(x, y claim) int {
		if x.prefix != y.prefix {
			return cmp.Compare(x.prefix, y.prefix)
		}
		if c := strings.Compare(x.folded, y.folded); c != 0 {
			return c
		}
		if x.take != y.take {
			if y.take {
				return -1
			}
			return 1
		}
		return cmp.Compare(x.item, y.item)
	})
	a.sorted = true
}

// takenUIDs finds the claims on UIDs that somebody else holds once the whole
// changeset is applied, and leaves their items out.
func (a *application) takenUIDs() []Conflict {
	var conflicts []Conflict
	empty := a.list.Standing.Active+a.list.Standing.Inactive == 0
	for i := 0; i < len(a.claims); {
		j, freed := i, false
		var holder roster.PersonID
		var held bool
		for ; j < len(a.claims) && a.claims[j].folded == a.claims[i].folded; j++ {
			c := &a.claims[j]
			if !c.take {
				freed = true
				continue
			}
			if !held && !empty && !freed {
				holder, held = a.tx.ByUID(a.list.ID, c.folded)
			}
			if held && holder != c.person {
				a.left[int(c.item)] = true
				conflicts = append(conflicts, a.taken(int(c.item), holder))
				continue
			}
			holder, held = c.person, true
		}
		i = j
	}
	return conflicts
}

func (a *application) taken(n int, holder roster.PersonID) Conflict {
	it := &a.items[n]
	who := "somebody else in this changeset"
	if p, ok, err := a.tx.Person(a.list.ID, holder); err == nil && ok {
		who = a.list.DisplayName(p.Values)
		if p.Status == roster.Inactive {
			who += ", who is inactive"
		}
	}
	return Conflict{
		Item: n, Person: it.Person, UID: it.UID, Fields: []roster.FieldID{a.uid},
		Reason: fmt.Sprintf("The UID %s belongs to %s", it.UID, who),
	}
}

// progress of writing people, so that a transaction can run again.
type mark struct {
	standing roster.Standing
	blocks   int
	done     changeset.Counts
}

func (a *application) mark() mark {
	return mark{a.standing, a.blocks, a.done}
}

func (a *application) reset(m mark) {
	a.standing, a.blocks, a.done = m.standing, m.blocks, m.done
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
		if err := a.pin(tx, it, &now); err != nil {
			return err
		}
		if !out.Changed {
			continue
		}
		if err := a.writePerson(tx, it, &now, &out); err != nil {
			return err
		}
		if a.block.Entries = append(a.block.Entries, changeset.Entry{Person: it.Person, Kind: it.Kind}); len(a.block.Entries) == changeset.EntriesPerBlock {
			if err := a.flush(tx); err != nil {
				return err
			}
		}
		a.done.Add(it.Kind, 1)
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
		out.Before.Kind = it.Kind
		if err := tx.PutPast(list, p.ID, a.seq, &out.Before); err != nil {
			return err
		}
	}
	a.standing.Count(p.Status, 1)
	if err := tx.PutPerson(list, p); err != nil {
		return err
	}
	if now.Status != p.Status {
		if err := tx.PutStatus(list, p.ID, now.Status, p.Status); err != nil {
			return err
		}
	}
	if it.Link == nil {
		return nil
	}
	return relink(tx, list, p.ID, now.Links, p.Links)
}

// relink moves the anchor index from a person's old links to the new ones.
func relink(tx WriteTx, list roster.ListID, id roster.PersonID, old, links []roster.Link) error {
	for _, l := range old {
		if !slices.Contains(links, l) {
			if err := tx.DeleteLink(list, l); err != nil {
				return err
			}
		}
	}
	for _, l := range links {
		if !slices.Contains(old, l) {
			if err := tx.PutLink(list, l, id); err != nil {
				return err
			}
		}
	}
	return nil
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

// writeUIDs moves the UID index to what the sorted claims come to.
func (a *application) writeUIDs(tx WriteTx, from, to int) error {
	a.sortClaims()
	for i := from; i < to; i++ {
		c := &a.claims[i]
		if a.left[int(c.item)] {
			continue
		}
		if c.take {
			if err := tx.PutUID(a.list.ID, c.folded, c.person); err != nil {
				return err
			}
			continue
		}
		if err := tx.DeleteUID(a.list.ID, c.folded); err != nil {
			return err
		}
	}
	return nil
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
	if stored {
		if err := tx.DeleteItems(a.head.ID); err != nil {
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

// applySettings puts the list's own change in force, if the changeset has one.
func (a *application) applySettings(tx WriteTx) error {
	s := a.head.Settings
	if s == nil {
		return nil
	}
	after := s.After
	after.ID, after.Slug = a.list.ID, a.list.Slug
	return tx.PutList(&after)
}

// settleUndone notes at the changeset that a rollback takes back that it is
// rolled back, or, when a rollback itself is taken back, that it is in force.
func settleUndone(tx WriteTx, head *changeset.Changeset) error {
	if head.Undoes == 0 {
		return nil
	}
	undone, err := tx.Changeset(head.Undoes)
	if err != nil {
		return err
	}
	undone.State, undone.UndoneBy = changeset.RolledBack, head.ID
	if err := tx.PutChangeset(&undone); err != nil {
		return err
	}
	if undone.Undoes == 0 {
		return nil
	}
	again, err := tx.Changeset(undone.Undoes)
	if err != nil {
		return err
	}
	again.State, again.UndoneBy = changeset.Applied, 0
	return tx.PutChangeset(&again)
}
