package core

import (
	"context"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Draft is a changeset that has been worked out and is not stored yet: exactly
// what is shown, and exactly what applying it would do.
type Draft struct {
	List    roster.List
	Head    changeset.Changeset
	Items   []changeset.Item
	Rejects []Reject
	// Remarks are what transforms could not handle; the records went ahead.
	Remarks Remarks
	// Records are what the source said; CSV rows are not kept.
	Records []KeptRecord
	// Spent are the pins of which the source says something else now. They end
	// when the draft is proposed or applied.
	Spent []changeset.Pin
	// Conflicts are the items that could not be applied as they are.
	Conflicts []Conflict
	// Blocks stand in the way of a change of the list itself: while there are
	// any, the draft is neither proposed nor applied.
	Blocks []Block
	// Replaces says that the changesets of its origin that wait in its list give
	// way to it, whether it is proposed or applied. A source's do in any case.
	Replaces bool
}

// Field returns a field that the draft is about: of the list, or one that the
// draft adds to it.
func (d *Draft) Field(id roster.FieldID) (roster.Field, bool) {
	f, ok := d.List.Schema.Named(id)
	if !ok && d.Head.Settings != nil {
		f, ok = d.Head.Settings.After.Schema.Named(id)
	}
	return f, ok
}

// Reject is a record that cannot go ahead, and why, as a sentence.
type Reject struct {
	Line    int
	Problem string
}

// Remarks say of records which values a transform could not handle: how many
// there are, and the first of them.
type Remarks struct {
	Count int
	Some  []Remark
}

// Remark is one of them, as a sentence that begins with the field.
type Remark struct {
	Line    int    // 0 for a source without lines
	Anchor  string // empty for a file
	Problem string
}

const maxRemarks = 1000

// NoItem is the place of a conflict about somebody who is not among the items:
// nothing can be decided about it.
const NoItem = -1

// Conflict is an item that meets something else than it expects.
type Conflict struct {
	Item   int // its place among the items, or NoItem
	Person roster.PersonID
	UID    string
	// Fields have moved since; changeset.Status stands for the status.
	Fields []roster.FieldID
	// Reason says it as a sentence.
	Reason string
	// Holder is who has the UID or the anchor that the item would take, if it is
	// about that: then nothing that is decided here gives it away. Advice says as
	// a sentence what to do; it is empty for what can be taken.
	Holder roster.PersonID
	Advice string
}

// HeldFor returns the Held fault of a draft or changeset that the guard holds,
// nil when it is quiet.
func HeldFor(c *changeset.Changeset) error {
	if len(c.Held) == 0 {
		return nil
	}
	reason := c.Held[0].String()
	for _, h := range c.Held[1:] {
		reason += "; " + h.String()
	}
	return fault.New(fault.Held, "Held for review: %s", reason)
}

// blocked is an Invalid fault while something stands in the way of the draft.
func (d *Draft) blocked() error {
	if len(d.Blocks) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "%s", d.Blocks[0].Problem)
}

// Propose stores a draft as a changeset that waits for a person. A draft with
// nothing to do is not stored, and its head is returned without an ID.
func (e *Engine) Propose(ctx context.Context, actor Actor, d *Draft) (changeset.Changeset, error) {
	if err := e.mayDraft(actor, d); err != nil {
		return d.Head, err
	}
	return e.propose(ctx, actor, d)
}

func (e *Engine) propose(ctx context.Context, actor Actor, d *Draft) (changeset.Changeset, error) {
	head := d.Head
	if err := d.blocked(); err != nil {
		return head, err
	}
	if len(d.Items) == 0 && head.Settings == nil {
		return head, e.keepRecords(ctx, d)
	}
	head.State, head.By, head.At = changeset.Pending, actor.Name, e.now()
	leave, err := e.enter(ctx, head.List, false)
	if err != nil {
		return head, err
	}
	defer leave()
	err = e.store.Update(ctx, func(tx WriteTx) error {
		items := d.Items
		if d.Replaces || head.Origin == changeset.Sync {
			made := make(madeDecisions)
			if err := supersede(tx, &head, made); err != nil {
				return err
			}
			items = made.carry(items)
		}
		if err := putWaiting(tx, &head, items); err != nil {
			return err
		}
		if err := dropSpent(tx, head.List, d.Spent); err != nil {
			return err
		}
		if err := noteProposed(tx, &head); err != nil {
			return err
		}
		return stageRecords(tx, head.ID, d.Records)
	})
	if err != nil {
		return head, err
	}
	e.news.publish(Notice{List: head.List, Version: d.List.Standing.Version})
	return head, nil
}

// putWaiting stores a changeset that waits, with its items, and numbers it.
func putWaiting(tx WriteTx, head *changeset.Changeset, items []changeset.Item) error {
	head.ID = changeset.ID(tx.Next())
	for n := range items {
		if err := tx.PutItem(head.ID, n, &items[n]); err != nil {
			return err
		}
	}
	return tx.PutChangeset(head)
}

// supersede closes the open changesets that a new one replaces.
// What was decided about it is gathered in made.
func supersede(tx WriteTx, head *changeset.Changeset, made madeDecisions) error {
	var old []changeset.Changeset
	err := tx.EachOpen(func(c *changeset.Changeset) error {
		if c.List == head.List && c.Origin == head.Origin && c.ID != head.ID {
			old = append(old, *c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range old {
		old[i].State = changeset.Superseded
		if err := tx.EachItem(old[i].ID, func(_ int, it *changeset.Item) error {
			made.gather(it)
			return nil
		}); err != nil {
			return err
		}
		if err := tx.DeleteItems(old[i].ID); err != nil {
			return err
		}
		if err := tx.DeleteStaged(old[i].ID); err != nil {
			return err
		}
		if err := dropReading(tx, head.List, old[i].Reading, Superseded); err != nil {
			return err
		}
		if err := tx.PutChangeset(&old[i]); err != nil {
			return err
		}
	}
	return nil
}

// Load returns a waiting changeset with its items, as a draft, with the
// conflicts that it would meet now. p, which may be nil, tells how far it is: a
// changed mapping is compared with what the source says of everybody.
func (e *Engine) Load(ctx context.Context, id changeset.ID, p *Progress) (*Draft, error) {
	d := new(Draft)
	err := e.view(ctx, func(tx Tx) (err error) {
		if d.Head, err = tx.Changeset(id); err != nil {
			return err
		}
		if d.List, err = tx.List(d.Head.List); err != nil {
			return err
		}
		d.Items = make([]changeset.Item, 0, d.Head.Counts.Items())
		p.Start("Reading", int64(d.Head.Counts.Items()))
		if err = tx.EachItem(id, func(n int, it *changeset.Item) error {
			d.Items = append(d.Items, *it)
			if n%batchOf == 0 {
				p.Set(int64(n))
			}
			return ctx.Err()
		}); err != nil || !d.Head.Open() {
			return err
		}
		old, err := e.findStale(ctx, tx, d, p)
		if err != nil {
			return err
		}
		a := newApplication(tx, d.List, d)
		a.outdate(old)
		d.Conflicts, err = a.check(ctx)
		d.Head.Counts.Conflicts = len(d.Conflicts)
		return err
	})
	return d, err
}

// Reject closes a waiting changeset without applying it. Whatever a source says
// in it is declined, and pinned, but what was skipped for later; a read that the
// guard does not trust is no word of the source's, and declines nothing.
func (e *Engine) Reject(ctx context.Context, actor Actor, id changeset.ID) (changeset.Changeset, error) {
	head, err := e.Changeset(ctx, id)
	if err == nil {
		err = e.May(actor, head.List, ToSettle(&head))
	}
	if err != nil {
		return head, err
	}
	leave, err := e.enter(ctx, head.List, false)
	if err != nil {
		return head, err
	}
	defer leave()
	err = e.store.Update(ctx, func(tx WriteTx) (err error) {
		if head, err = tx.Changeset(id); err != nil {
			return err
		}
		if !head.Open() {
			return fault.New(fault.Conflict, "Changeset %d is %s already; only one that waits can be rejected", id, head.State)
		}
		head.State, head.AppliedBy, head.AppliedAt = changeset.Rejected, actor.Name, e.now()
		if err := declineAll(tx, &head); err != nil {
			return err
		}
		if err := tx.DeleteItems(id); err != nil {
			return err
		}
		if err := settleRejected(tx, &head); err != nil {
			return err
		}
		return tx.PutChangeset(&head)
	})
	if err == nil {
		e.news.publish(Notice{List: head.List})
	}
	return head, err
}

// declineAll pins what a source says in a changeset that is rejected.
func declineAll(tx WriteTx, head *changeset.Changeset) error {
	l, err := tx.List(head.List)
	if err != nil || !l.Connected() || !fromSource(head.Origin) || distrusted(head) {
		return err
	}
	a := newApplication(tx, l, &Draft{Head: *head})
	a.by = head.AppliedBy
	if err := tx.EachItem(head.ID, func(_ int, it *changeset.Item) error {
		a.decline(it)
		return nil
	}); err != nil {
		return err
	}
	return a.writePins(tx)
}

// Waiting counts the changesets that wait for a person, by list.
func (e *Engine) Waiting(ctx context.Context) (map[roster.ListID]int, error) {
	waiting := make(map[roster.ListID]int)
	err := e.view(ctx, func(tx Tx) error {
		clear(waiting)
		return tx.EachOpen(func(c *changeset.Changeset) error {
			waiting[c.List]++
			return nil
		})
	})
	return waiting, err
}
