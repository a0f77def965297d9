package core

import (
	"context"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
)

// As returns the engine as an actor sees it: lists in which they have no role
// are not there, nor what is about them. What they may change is asked of the
// Actor of each use case.
func (e *Engine) As(actor Actor) *Engine { return &Engine{shared: e.shared, reader: &actor} }

// sees reports whether the one who reads may look at a list.
func (e *Engine) sees(list roster.ListID) bool {
	return e.reader == nil || e.May(*e.reader, list, Look) == nil
}

// view runs fn on one moment of the store, of which it sees what the reader may.
func (e *Engine) view(ctx context.Context, fn func(Tx) error) error {
	if e.reader == nil || e.reader.kind == localUser {
		return e.store.View(ctx, fn)
	}
	return e.store.View(ctx, func(tx Tx) error { return fn(seen{tx, e}) })
}

// seen is a moment of the store without the lists that the reader may not look
// at. Whatever is read of a list is found by the list, a changeset or a session.
type seen struct {
	Tx
	by *Engine
}

func (s seen) Lists() ([]roster.List, error) {
	all, err := s.Tx.Lists()
	theirs := all[:0]
	for i := range all {
		if s.by.sees(all[i].ID) {
			theirs = append(theirs, all[i])
		}
	}
	return theirs, err
}

func (s seen) List(id roster.ListID) (roster.List, error) {
	l, err := s.Tx.List(id)
	if err == nil && !s.by.sees(id) {
		return roster.List{}, s.unseen("this list")
	}
	return l, err
}

func (s seen) ListBySlug(slug string) (roster.List, error) {
	l, err := s.Tx.ListBySlug(slug)
	if err == nil && !s.by.sees(l.ID) {
		return roster.List{}, s.unseen("the list " + slug)
	}
	return l, err
}

// unseen is the fault of what the reader may not look at.
func (s seen) unseen(what string) error {
	name := s.by.reader.Name
	return fault.New(fault.Denied, "%s has no role in %s; an owner can change that (muster admin set %s)", name, what, name)
}

func (s seen) Changeset(id changeset.ID) (changeset.Changeset, error) {
	c, err := s.Tx.Changeset(id)
	if err == nil && !s.by.sees(c.List) {
		return changeset.Changeset{}, s.unseen("the list of that changeset")
	}
	return c, err
}

func (s seen) EachChangeset(fn func(*changeset.Changeset) error) error {
	return s.Tx.EachChangeset(s.theirs(fn))
}

func (s seen) EachOpen(fn func(*changeset.Changeset) error) error {
	return s.Tx.EachOpen(s.theirs(fn))
}

func (s seen) theirs(fn func(*changeset.Changeset) error) func(*changeset.Changeset) error {
	return func(c *changeset.Changeset) error {
		if !s.by.sees(c.List) {
			return nil
		}
		return fn(c)
	}
}

func (s seen) Sessions() ([]session.Session, error) {
	all, err := s.Tx.Sessions()
	theirs := all[:0]
	for i := range all {
		if s.by.sees(all[i].List) {
			theirs = append(theirs, all[i])
		}
	}
	return theirs, err
}

func (s seen) Session(id session.ID) (session.Session, error) {
	one, err := s.Tx.Session(id)
	if err == nil && !s.by.sees(one.List) {
		return session.Session{}, s.unseen("the list of that session")
	}
	return one, err
}

func (s seen) EachToken(fn func(StoredToken) error) error {
	return s.Tx.EachToken(func(t StoredToken) error {
		if !s.by.sees(t.List) {
			return nil
		}
		return fn(t)
	})
}

func (s seen) SyncState(list roster.ListID) []byte {
	if !s.by.sees(list) {
		return nil
	}
	return s.Tx.SyncState(list)
}

func (s seen) RunRange(list roster.ListID) (first, last uint64) {
	if !s.by.sees(list) {
		return 0, 0
	}
	return s.Tx.RunRange(list)
}
