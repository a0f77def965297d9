package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
)

// takeBackUnfinished undoes the changesets whose application a crash cut off:
// nobody was told that they are applied.
func (e *Engine) takeBackUnfinished(ctx context.Context) error {
	var open []Unfinished
	err := e.view(ctx, func(tx Tx) (err error) {
		open, err = tx.Unfinished()
		return err
	})
	if err != nil {
		return err
	}
	for _, u := range open {
		e.log.Warn("Taking back a changeset that was interrupted", "changeset", u.Changeset, "list", u.List)
		if err := e.takeBack(ctx, u); err != nil {
			return fmt.Errorf("take back changeset %d: %w", u.Changeset, err)
		}
	}
	return nil
}

// mend takes back what was begun in a list and could not be taken back then, as
// on a full disk, before anybody enters it.
func (e *Engine) mend(ctx context.Context, list roster.ListID) error {
	e.mu.Lock()
	_, broken := e.broken[list]
	e.mu.Unlock()
	if !broken {
		return nil
	}
	leave, err := e.pass(ctx, list, true)
	if err != nil {
		return err
	}
	defer leave()
	e.mu.Lock()
	open, broken := e.broken[list]
	e.mu.Unlock()
	if !broken {
		return nil // somebody else has done it meanwhile
	}
	if err := e.takeBack(ctx, open); err != nil {
		return fmt.Errorf("take back what was begun: %w", err)
	}
	e.mu.Lock()
	delete(e.broken, list)
	e.mu.Unlock()
	e.log.Info("A changeset that was interrupted is taken back", "changeset", open.Changeset, "list", open.List)
	e.news.publish(Notice{List: list, Version: open.Standing.Version})
	return nil
}

// takeBack restores, from the newest journal row of the version to the first,
// everyone it touched. A row is deleted with the people it tells of, so a
// crash in the middle of this is no different from the first one.
func (e *Engine) takeBack(ctx context.Context, u Unfinished) error {
	most := max(e.chunk/changeset.EntriesPerBlock, 1)
	for {
		left := true
		err := e.store.Update(ctx, func(tx WriteTx) error {
			open, err := tx.Unfinished()
			if !slices.ContainsFunc(open, func(o Unfinished) bool { return o.List == u.List && o.Seq == u.Seq }) {
				left = false // its last transaction has reached the disk after all
				return err
			}
			l, err := tx.List(u.List)
			if err != nil {
				return err
			}
			n, err := takeBackBlocks(tx, &l, u.Seq, most)
			if left = n == most; err != nil || left {
				return err
			}
			if err := tx.PutStanding(u.List, u.Standing); err != nil {
				return err
			}
			return tx.DeleteUnfinished(u.List)
		})
		if err != nil || !left {
			return err
		}
	}
}

// takeBackBlocks takes back at most so many of the version's last rows and
// returns how many it did.
func takeBackBlocks(tx WriteTx, l *roster.List, seq uint64, most int) (int, error) {
	type row struct {
		n       int
		entries []changeset.Entry
	}
	var rows []row
	enough := errors.New("enough")
	total := 0
	err := tx.EachBlock(l.ID, seq-1, func(s uint64, b *changeset.Block) error {
		if s != seq {
			return enough
		}
		rows = append(rows, row{total, b.Entries})
		total++
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return 0, err
	}
	rows = rows[max(0, len(rows)-most):]
	for _, r := range rows {
		for _, entry := range r.entries {
			if err := takeBackEntry(tx, l, seq, entry); err != nil {
				return 0, err
			}
		}
		if err := tx.DeleteBlock(l.ID, seq, r.n); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// takeBackEntry restores one person and their place in the indexes.
func takeBackEntry(tx WriteTx, l *roster.List, seq uint64, entry changeset.Entry) error {
	now, err := findPerson(tx, l.ID, entry.Person)
	if err != nil {
		return err
	}
	old := now
	if entry.Kind == changeset.Create {
		old = roster.Person{ID: now.ID, Status: roster.Withdrawn}
		err = tx.DeletePerson(l.ID, now.ID)
	} else {
		err = restorePerson(tx, l, seq, &old)
	}
	if err != nil {
		return err
	}
	if err := takeBackClaims(tx, l, &now, &old); err != nil {
		return err
	}
	if now.Status != old.Status {
		to := old.Status
		if entry.Kind == changeset.Create {
			to = roster.Active // the index holds no active people
		}
		return tx.PutStatus(l.ID, old.ID, now.Status, to)
	}
	return nil
}

// takeBackClaims restores a person's rows in the indexes.
// Those may be as before, as after, or in between, and what the person took may
// be back with somebody else already.
func takeBackClaims(tx WriteTx, l *roster.List, now, old *roster.Person) error {
	if err := takeBackNames(tx, l, now, old); err != nil {
		return err
	}
	for _, link := range heldLinks(now) {
		if holder, ok := tx.ByLink(l.ID, link); ok && holder == now.ID && !slices.Contains(heldLinks(old), link) {
			if err := tx.DeleteLink(l.ID, link); err != nil {
				return err
			}
		}
	}
	for _, link := range heldLinks(old) {
		if err := tx.PutLink(l.ID, link, old.ID); err != nil {
			return err
		}
	}
	return nil
}

// takeBackNames does so for the UID and unique fields.
func takeBackNames(tx WriteTx, l *roster.List, now, old *roster.Person) error {
	uid, _ := l.Schema.UID()
	had, has := heldValue(uid.ID, now), heldValue(uid.ID, old)
	if holder, ok := tx.ByUID(l.ID, had); had != has && ok && holder == now.ID {
		if err := tx.DeleteUID(l.ID, had); err != nil {
			return err
		}
	}
	if has != "" {
		if err := tx.PutUID(l.ID, has, old.ID); err != nil {
			return err
		}
	}
	for _, f := range l.Schema.Fields {
		if !f.Unique {
			continue
		}
		had, has := heldValue(f.ID, now), heldValue(f.ID, old)
		if holder, ok := tx.ByUnique(l.ID, f.ID, had); had != has && ok && holder == now.ID {
			if err := tx.DeleteUnique(l.ID, f.ID, had); err != nil {
				return err
			}
		}
		if has != "" {
			if err := tx.PutUnique(l.ID, f.ID, has, old.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// restorePerson writes the person as they were before the version seq.
func restorePerson(tx WriteTx, l *roster.List, seq uint64, p *roster.Person) error {
	past, err := tx.Past(l.ID, p.ID)
	if err != nil {
		return err
	}
	if len(past) == 0 || past[len(past)-1].Seq != seq {
		return fmt.Errorf("person %s has no past at %d", p.ID, seq)
	}
	past[len(past)-1].Before.Restore(p)
	p.Changed = p.Created
	if len(past) > 1 {
		p.Changed = past[len(past)-2].Seq
	}
	if err := tx.DeletePast(l.ID, p.ID, seq); err != nil {
		return err
	}
	return tx.PutPerson(l.ID, p)
}
