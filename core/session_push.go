package core

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
)

// A push proposes what a session has that it did not propose before. Every edit
// remembers the changeset that last proposed its field. That changeset, and
// what was left out of it and waits in its rest, tells what the field's new
// value is to be compared with:
//
//   - Where the old value waits, it is declined there: the session's newer word
//     takes its place. If the two are the same, there is nothing to propose.
//   - Where it was decided, whatever way, the base is what the list had right
//     after that: the deciding person saw it, and only what moved since is a
//     conflict.
//   - Where it was rejected, the base is what it was before.

// DraftPush works out what a push would propose now.
func (e *Engine) DraftPush(ctx context.Context, id session.ID) (d *Draft, err error) {
	err = e.view(ctx, func(tx Tx) error {
		p, err := newPush(ctx, tx, id)
		if err == nil {
			d = p.draft
		}
		return err
	})
	return d, err
}

// Push proposes what the session has edited since the last push, as a changeset
// that waits for a person; with apply, or where its list's Approval says so, and
// if the guard is quiet, what is decided beforehand is applied at once, and the
// rest waits. With nothing to propose, the head has no ID.
func (e *Engine) Push(ctx context.Context, actor Actor, id session.ID, apply bool) (head changeset.Changeset, atOnce bool, err error) {
	s, err := e.Session(ctx, id)
	if err == nil {
		err = e.May(actor, s.List, EditSessions)
	}
	if err != nil {
		return head, false, err
	}
	leave, err := e.enter(ctx, s.List, false)
	if err != nil {
		return head, false, err
	}
	// Working it out may take long where many were edited, and is done beside the
	// other writers; only if something has moved since is it done once more.
	var planned *push
	err = e.view(ctx, func(tx Tx) error {
		planned, err = newPush(ctx, tx, id)
		return err
	})
	if err != nil {
		leave()
		return head, false, err
	}
	err = e.store.Update(ctx, func(tx WriteTx) error {
		p := planned
		if planned = nil; p == nil || !p.still(tx) { // writing changes what was planned
			if p, err = newPush(ctx, tx, id); err != nil {
				return err
			}
		}
		head = p.draft.Head
		head.By, head.At = actor.Name, e.now()
		atOnce = (apply || p.draft.List.Approval.AtOnce(string(head.Origin))) && len(head.Held) == 0 && anyDecided(p.draft)
		if len(p.draft.Items) > 0 {
			if err := putWaiting(tx, &head, p.draft.Items); err != nil {
				return err
			}
		}
		return p.write(tx, head)
	})
	leave()
	if err != nil {
		return head, false, err
	}
	e.news.publish(Notice{List: s.List})
	if head.ID == 0 || !atOnce {
		return head, false, nil
	}
	return e.applyDecided(ctx, actor, head)
}

// push is the work of one push.
type push struct {
	tx      Tx
	session session.Session
	draft   *Draft
	// members are those with something fresh, as they are once it is proposed,
	// before them as they were.
	before, members []session.Member
	// waiting are the items of changesets in which the session waits already.
	waiting map[changeset.ID]map[roster.PersonID]waitingItem
	chains  map[changeset.ID]chain
	seen    []changeset.Changeset // of the chains
	// replaced are the waiting parts that give way to newer ones.
	replaced map[changeset.ID][]changeset.Choice
	emptied  map[roster.FieldID]int
}

// waitingItem is an item of a changeset that waits, with its number.
type waitingItem struct {
	n    int
	item changeset.Item
}

// still reports whether what the push was worked out from is as it was: the
// session, the list's settings, and what became of earlier pushes. People may
// have moved; every item carries what it expects of them.
func (p *push) still(tx Tx) bool {
	s, err := tx.Session(p.session.ID)
	if err != nil || s.Revision != p.session.Revision || s.Status != p.session.Status {
		return false
	}
	l, err := tx.List(s.List)
	l.Standing = p.draft.List.Standing
	if err != nil || !reflect.DeepEqual(l, p.draft.List) {
		return false
	}
	for _, was := range p.seen {
		if now, err := tx.Changeset(was.ID); err != nil || now.State != was.State || now.Decided != was.Decided {
			return false
		}
	}
	return true
}

// chain is what became of a changeset: the versions in which it, and what was
// left out of it, were applied, and what of it waits.
type chain struct {
	versions []uint64
	open     changeset.ID
}

func newPush(ctx context.Context, tx Tx, id session.ID) (*push, error) {
	s, err := tx.Session(id)
	if err != nil {
		return nil, err
	}
	if s.Status == session.Archived {
		return nil, fault.New(fault.Conflict, "The session %s is archived; reopen it to push it", s.Name)
	}
	l, err := tx.List(s.List)
	if err != nil {
		return nil, err
	}
	p := &push{
		tx: tx, session: s, waiting: make(map[changeset.ID]map[roster.PersonID]waitingItem), chains: make(map[changeset.ID]chain),
		replaced: make(map[changeset.ID][]changeset.Choice), emptied: make(map[roster.FieldID]int),
		draft: &Draft{List: l, Head: changeset.Changeset{
			List: l.ID, Origin: changeset.Session, State: changeset.Pending, Note: fmt.Sprintf("%s (%d)", s.Name, s.ID),
		}},
	}
	err = tx.EachMember(id, func(m *session.Member) error {
		if !m.Unsent() {
			return ctx.Err()
		}
		p.before = append(p.before, session.Member{Person: m.Person, Added: m.Added, Snapshot: m.Snapshot, Edits: slices.Clone(m.Edits)})
		if err := p.member(m); err != nil {
			return err
		}
		p.members = append(p.members, *m)
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return p, p.finish(ctx)
}

// finish judges the items together.
func (p *push) finish(ctx context.Context) (err error) {
	d := p.draft
	for n := range d.Items {
		d.Head.Counts.Add(d.Items[n].Kind, 1)
	}
	d.Head.Counts.Rows, d.Head.Counts.Rejects = len(p.members), len(d.Rejects)
	d.Head.Counts.Unchanged = len(p.members) - len(d.Items) - len(d.Rejects)
	if d.Conflicts, err = newApplication(p.tx, d.List, d).check(ctx); err != nil {
		return err
	}
	d.Head.Counts.Conflicts = len(d.Conflicts)
	if err := recall(ctx, p.tx, d); err != nil {
		return err
	}
	emptied, err := p.emptiedFields(ctx)
	if err != nil {
		return err
	}
	d.Head.Held = changeset.Guard(d.List.Limits, d.List.Standing.Active, d.Head.Counts, emptied)
	decideBeforehand(d)
	return nil
}

// member works out what is to be proposed of one member, and marks it sent: the
// changeset that a fresh edit names afterwards is the one about to be made.
func (p *push) member(m *session.Member) error {
	l := &p.draft.List
	now, there, err := p.tx.Person(l.ID, m.Person)
	switch {
	case err != nil:
		return err
	case !there && m.Added:
		return p.create(m)
	case !there || now.Status == roster.Withdrawn:
		p.draft.Rejects = append(p.draft.Rejects, Reject{Line: len(p.before), Problem: fmt.Sprintf("%s is not in the list any more", l.DisplayName(m.Values()))})
		return nil
	}
	it := changeset.Item{Person: m.Person, Kind: changeset.Update, From: now.Status, To: now.Status, UID: l.UID(now.Values)}
	for i := range m.Edits {
		edit := &m.Edits[i]
		if !edit.Fresh {
			continue
		}
		waits, err := p.settle(edit, &now)
		if err != nil {
			return err
		}
		edit.Fresh = false
		f, known := l.Schema.ByID(edit.Field)
		if waits || !known || edit.Text == edit.Base {
			continue
		}
		edit.Sent = 0
		it.Changes = append(it.Changes, changeset.Change{Field: edit.Field, Base: edit.Base, Proposed: edit.Text})
		if f.UID {
			it.UID = edit.Text
		}
		if edit.Text == "" {
			p.emptied[edit.Field]++
		}
	}
	if len(it.Changes) > 0 {
		p.draft.Items = append(p.draft.Items, it)
	}
	return nil
}

// settle brings a fresh edit's base up to what became of the last changeset
// that proposed its field. It reports whether the same value waits in it.
func (p *push) settle(edit *session.Edit, now *roster.Person) (waits bool, err error) {
	if edit.Sent == 0 {
		return false, nil
	}
	c, err := p.chain(edit.Sent)
	if err != nil {
		return false, err
	}
	if w, ok := p.waiting[c.open][now.ID]; ok {
		if part, ok := w.item.Part(edit.Field); ok {
			for _, change := range w.item.Changes {
				if change.Field == edit.Field && change.Proposed == edit.Text && !part.Decision.Declines() {
					return true, nil
				}
			}
			p.replace(c.open, w, edit.Field, part)
			return false, nil
		}
	}
	if len(c.versions) == 0 {
		return false, nil
	}
	edit.Base, err = p.decidedBase(now, edit.Field, c.versions)
	return false, err
}

// replace has a waiting part give way.
func (p *push) replace(id changeset.ID, w waitingItem, f roster.FieldID, was changeset.Part) {
	is := was
	is.Decision, is.Typed = changeset.Keep, ""
	if was != is {
		p.replaced[id] = append(p.replaced[id], changeset.Choice{Item: w.n, Field: f, Was: was, Is: is})
	}
}

// decidedBase is what the list had in a field right after it was decided about:
// at the last of the versions that changed it, else at the first.
func (p *push) decidedBase(now *roster.Person, f roster.FieldID, versions []uint64) (string, error) {
	past, err := p.tx.Past(p.draft.List.ID, now.ID)
	if err != nil {
		return "", err
	}
	at := versions[0]
	if slices.Contains(versions, now.Created) {
		at = now.Created
	}
	for _, row := range past {
		if slices.Contains(versions, row.Seq) && slices.ContainsFunc(row.Before.Values, func(w changeset.Was) bool { return w.Field == f }) {
			at = row.Seq
		}
	}
	if now.Created > at {
		return "", nil // created since, by another push
	}
	value := now.Values.Get(f)
	for _, row := range slices.Backward(past) {
		if row.Seq <= at {
			break
		}
		for _, was := range row.Before.Values {
			if was.Field == f {
				value = was.Text
			}
		}
	}
	return value, nil
}

// create proposes somebody who was added in the session. One who waits already
// gives way.
func (p *push) create(m *session.Member) error {
	l := &p.draft.List
	for i := range m.Edits {
		edit := &m.Edits[i]
		if edit.Sent != 0 {
			c, err := p.chain(edit.Sent)
			if err != nil {
				return err
			}
			if w, ok := p.waiting[c.open][m.Person]; ok && !slices.ContainsFunc(p.replaced[c.open], func(r changeset.Choice) bool { return r.Item == w.n }) {
				part, _ := w.item.Part(changeset.Status)
				p.replace(c.open, w, changeset.Status, part)
			}
		}
		edit.Sent, edit.Fresh, edit.Base = 0, false, ""
	}
	v := m.Values()
	p.draft.Items = append(p.draft.Items, changeset.Item{Person: m.Person, Kind: changeset.Create, UID: l.UID(v), Values: v})
	return nil
}

// chain finds out what became of a changeset.
func (p *push) chain(id changeset.ID) (chain, error) {
	if c, known := p.chains[id]; known {
		return c, nil
	}
	var c chain
	for next := id; next != 0; {
		head, err := p.tx.Changeset(next)
		if err != nil {
			return c, err
		}
		next = head.Rest
		p.seen = append(p.seen, head)
		if head.Done() {
			c.versions = append(c.versions, head.Seq)
		}
		if head.Open() {
			c.open = head.ID
		}
	}
	p.chains[id] = c
	if c.open == 0 || p.waiting[c.open] != nil {
		return c, nil
	}
	items := make(map[roster.PersonID]waitingItem)
	p.waiting[c.open] = items
	return c, p.tx.EachItem(c.open, func(n int, it *changeset.Item) error {
		items[it.Person] = waitingItem{n, *it}
		return nil
	})
}

// emptiedFields counts, for the guard, who would lose a value and who has one.
func (p *push) emptiedFields(ctx context.Context) ([]changeset.Emptied, error) {
	l := &p.draft.List
	var emptied []changeset.Emptied
	for _, f := range l.Schema.Fields {
		if n := p.emptied[f.ID]; n >= max(l.Limits.MinPeople, 1) {
			emptied = append(emptied, changeset.Emptied{Field: f.Label, People: n})
		}
	}
	if len(emptied) == 0 {
		return nil, nil
	}
	err := p.tx.EachPerson(l.ID, func(who *roster.Person) error {
		if who.Status != roster.Active {
			return nil
		}
		for i := range emptied {
			if f, ok := l.Schema.Find(emptied[i].Field); ok && who.Values.Get(f.ID) != "" {
				emptied[i].Of++
			}
		}
		return ctx.Err()
	})
	return emptied, err
}

// write stores that the members were sent in the changeset, and has what it
// replaces give way.
func (p *push) write(tx WriteTx, head changeset.Changeset) error {
	for i := range p.members {
		m := &p.members[i]
		for j := range m.Edits {
			if edit := &m.Edits[j]; edit.Sent == 0 && !edit.Fresh {
				edit.Sent = head.ID
			}
		}
		p.session.Counts.Count(&p.before[i], -1)
		p.session.Counts.Count(m, 1)
		if err := tx.PutMember(p.session.ID, m); err != nil {
			return err
		}
	}
	for id, choices := range p.replaced {
		if err := p.giveWay(tx, id, choices, head); err != nil {
			return err
		}
	}
	p.session.Revision++
	return tx.PutSession(&p.session)
}

// giveWay declines the parts that newer ones replace; a changeset of which
// nothing is left is superseded.
func (p *push) giveWay(tx WriteTx, id changeset.ID, choices []changeset.Choice, by changeset.Changeset) error {
	items := make(map[int]*changeset.Item)
	left := 0
	for _, w := range p.waiting[id] {
		items[w.n] = &w.item
	}
	for _, c := range choices {
		items[c.Item].SetPart(c.Field, c.Is)
	}
	for _, it := range items {
		for _, f := range it.Parts() {
			if part, _ := it.Part(f); part.Decision != changeset.Keep {
				left++
			}
		}
	}
	old, err := tx.Changeset(id)
	if err != nil {
		return err
	}
	if left == 0 {
		old.State = changeset.Superseded
		if err := tx.DeleteItems(id); err != nil {
			return err
		}
		return tx.PutChangeset(&old)
	}
	for _, c := range choices {
		if err := tx.PutItem(id, c.Item, items[c.Item]); err != nil {
			return err
		}
	}
	old.Decided++
	if err := tx.PutChangeset(&old); err != nil {
		return err
	}
	next, err := dropUndone(tx, id, by.By)
	if err != nil {
		return err
	}
	return tx.PutStep(id, next, &changeset.Step{By: by.By, At: by.At, Choices: choices})
}
