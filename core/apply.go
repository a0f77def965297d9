package core

import (
	"context"
	"fmt"
	"slices"
	"time"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// ChunkSize is how many items share a transaction unless Options say otherwise;
// a changeset of more takes several, has its list to itself meanwhile, and is
// taken back by Open if a crash interrupts it.
const ChunkSize = 50_000

// How says how a changeset is to be applied.
type How struct {
	// LeaveConflicts applies the rest when some items conflict. Without it a
	// conflict leaves everything as it is.
	LeaveConflicts bool
	// OnlyDecided leaves out what nobody has decided. What is left out of a
	// stored changeset, and what was skipped, waits in a changeset of its own.
	// What AwaitsReview is left out in any case.
	OnlyDecided bool
	// Progress, when not nil, is told how many items are done.
	Progress *Progress
}

// now is the engine's time as the store keeps it.
func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }

// Apply applies a waiting changeset. One that is applied already is returned
// as it is: twice is the same as once. The error is a Conflict fault when the
// list has moved under it and How does not say to leave those items out.
func (e *Engine) Apply(ctx context.Context, actor Actor, id changeset.ID, how How) (changeset.Changeset, error) {
	d, err := e.stored(ctx, id)
	if err != nil {
		return changeset.Changeset{}, err
	}
	if err := e.mayHead(actor, &d.Head, Review); err != nil {
		return d.Head, err
	}
	return e.applyStored(ctx, actor, d, how)
}

func (e *Engine) applyStored(ctx context.Context, actor Actor, d *Draft, how How) (changeset.Changeset, error) {
	switch {
	case d.Head.Done():
		return d.Head, nil
	case !d.Head.Open():
		return d.Head, errClosed(&d.Head)
	}
	return e.apply(ctx, actor, d, how)
}

// stored reads a changeset that waits with its items.
func (e *Engine) stored(ctx context.Context, id changeset.ID) (*Draft, error) {
	d := new(Draft)
	err := e.view(ctx, func(tx Tx) (err error) {
		if d.Head, err = tx.Changeset(id); err != nil || !d.Head.Open() {
			return err
		}
		d.Items, err = storedItems(tx, &d.Head)
		return err
	})
	return d, err
}

func storedItems(tx Tx, head *changeset.Changeset) ([]changeset.Item, error) {
	items := make([]changeset.Item, 0, head.Counts.Items())
	err := tx.EachItem(head.ID, func(_ int, it *changeset.Item) error {
		items = append(items, *it)
		return nil
	})
	return items, err
}

// ApplyDraft applies a draft without letting it wait. Whether the guard's hold
// stands in the way is for the caller to ask first, with HeldFor.
func (e *Engine) ApplyDraft(ctx context.Context, actor Actor, d *Draft, how How) (changeset.Changeset, error) {
	if err := e.mayDraft(actor, d); err != nil {
		return d.Head, err
	}
	return e.applyDraft(ctx, actor, d, how)
}

func (e *Engine) applyDraft(ctx context.Context, actor Actor, d *Draft, how How) (changeset.Changeset, error) {
	if err := d.blocked(); err != nil {
		return d.Head, err
	}
	d.Head.By, d.Head.At = actor.Name, e.now()
	if len(d.Items) == 0 && d.Head.Settings == nil && d.Head.Undoes == 0 {
		return d.Head, e.keepRecords(ctx, d)
	}
	return e.apply(ctx, actor, d, how)
}

func (e *Engine) apply(ctx context.Context, actor Actor, d *Draft, how How) (changeset.Changeset, error) {
	many := len(d.Items) > e.chunk
	leave, err := e.enter(ctx, d.Head.List, many || d.Head.Settings != nil)
	if err != nil {
		return d.Head, err
	}
	defer leave()
	how.Progress.Start("Applying", int64(len(d.Items)))
	stamp := applied{by: actor.Name, at: e.now(), how: how}
	if err = e.view(ctx, func(tx Tx) (err error) {
		stamp.stale, err = e.findStale(ctx, tx, d, how.Progress)
		return err
	}); err != nil {
		return d.Head, err
	}
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
	e.settled(ctx, &head)
	return head, nil
}

// settled lets everybody know of a changeset that is on disk. That it is, is so
// whatever becomes of the index: what fails here is only that screens see it
// later.
func (e *Engine) settled(ctx context.Context, head *changeset.Changeset) {
	if head.Settings != nil {
		e.readDoors(ctx)
	}
	if err := e.follow(context.WithoutCancel(ctx), head.List, head.Seq); err != nil {
		e.log.Error("Cannot bring the index up to the journal", "list", head.List, "error", err)
	}
	e.news.publish(Notice{List: head.List, Version: head.Seq})
}

// applied is who applies, when and how.
type applied struct {
	by    string
	at    time.Time
	how   How
	stale []stale
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
	if err := a.writePeople(tx, 0, len(a.items)); err != nil {
		return a.head, err
	}
	if err := a.writeClaims(tx, 0, len(a.claims)); err != nil {
		return a.head, err
	}
	by.how.Progress.Start(toDisk, 0)
	return a.finish(tx, by)
}

// toDisk is the step that ends every changeset.
const toDisk = "Writing to disk"

// startApplication reads how list and changeset stand now and finds conflicts,
// before anything is written.
func startApplication(ctx context.Context, tx Tx, d *Draft, by applied) (*application, error) {
	l, err := tx.PeekList(d.Head.List)
	if d.Head.ID != 0 || d.Head.Settings != nil {
		l = l.Clone() // the list itself may be changed
	}
	a := newApplication(tx, l, d)
	a.by = by.by
	if err != nil {
		return a, err
	}
	if err := notInterrupted(tx, &l); err != nil {
		return a, err
	}
	if d.Head.ID != 0 {
		if a.head, err = tx.Changeset(d.Head.ID); err != nil || a.head.Done() {
			return a, err
		}
		if !a.head.Open() {
			return a, errClosed(&a.head)
		}
		if a.head.Decided != d.Head.Decided {
			// Somebody has decided something since the draft was read.
			if a.items, err = storedItems(tx, &a.head); err != nil {
				return a, err
			}
		}
	}
	if err := a.takesBack(tx); err != nil {
		return a, err
	}
	if by.how.OnlyDecided {
		decided := make([]changeset.Item, len(a.items))
		for n := range a.items {
			decided[n] = a.items[n].Decided()
		}
		a.items = decided
	} else if d.Head.ID != 0 {
		if err := a.reviewed(); err != nil {
			return a, err
		}
	}
	a.outdate(by.stale)
	if err := a.checkSettings(by.how.LeaveConflicts); err != nil {
		return a, err
	}
	conflicts, err := a.check(ctx)
	if err != nil {
		return a, err
	}
	if len(conflicts) > 0 && !by.how.LeaveConflicts {
		return a, conflictFault(conflicts)
	}
	return a, nil
}

// takesBack finds out what a rollback takes back, which must be in force.
func (a *application) takesBack(tx Tx) error {
	if a.head.Undoes == 0 {
		return nil
	}
	undone, err := tx.Changeset(a.head.Undoes)
	if err != nil {
		return err
	}
	if err := inForce(tx, &undone); err != nil {
		return err
	}
	a.undoesSource, err = saidBySource(tx, undone)
	return err
}

// notInterrupted refuses a list in which a changeset was begun that could
// neither be finished nor taken back, as on a full disk: the journal must not
// go on over it.
func notInterrupted(tx Tx, l *roster.List) error {
	open, err := tx.Unfinished()
	if slices.ContainsFunc(open, func(u Unfinished) bool { return u.List == l.ID }) {
		return fault.New(fault.Busy, "A changeset of the list %s was interrupted; start Muster anew, so that it is taken back", l.Slug)
	}
	return err
}

func errClosed(c *changeset.Changeset) error {
	return fault.New(fault.Conflict, "Changeset %d is %s; it cannot be applied any more", c.ID, c.State)
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
		if a.head.ID = d.Head.ID; a.head.ID == 0 {
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
			e.mu.Lock()
			if e.broken == nil {
				e.broken = make(map[roster.ListID]Unfinished)
			}
			e.broken[open.List] = open
			e.mu.Unlock()
			return head, fmt.Errorf("%w; and take back what was begun: %w", err, back)
		}
	}
	return head, err
}

func (e *Engine) writeChunks(ctx context.Context, a *application, by applied) (head changeset.Changeset, err error) {
	for from := 0; from < len(a.items); from += e.chunk {
		to := min(from+e.chunk, len(a.items))
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
	by.how.Progress.Start("Writing the index to disk", int64(len(a.claims)))
	for from := 0; from < len(a.claims) && !a.reindexes; from += 2 * e.chunk {
		to := min(from+2*e.chunk, len(a.claims))
		if err := e.store.Update(ctx, func(tx WriteTx) error {
			tx.Bulk()
			return a.writeClaims(tx, from, to)
		}); err != nil {
			return a.head, err
		}
		by.how.Progress.Set(int64(to))
	}
	by.how.Progress.Start(toDisk, 0)
	err = e.store.Update(ctx, func(tx WriteTx) (err error) {
		if err = tx.DeleteUnfinished(a.list.ID); err != nil {
			return err
		}
		if a.reindexes { // all at once: what is cut off is taken back person by person
			if err = a.writeClaims(tx, 0, len(a.claims)); err != nil {
				return err
			}
		}
		head, err = a.finish(tx, by)
		return err
	})
	return head, err
}
