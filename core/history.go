package core

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// Event is one entry of the journal with its facts filled in: what a person's
// history and the log show.
type Event struct {
	Seq       uint64
	At        time.Time
	By        string
	Changeset changeset.ID
	Origin    changeset.Origin
	Note      string
	Person    roster.PersonID
	UID       string // as the entry left it
	Kind      changeset.Kind
	Left      mapping.Left // of a deactivation, why, if the source told
	Fields    []Moved
}

// Moved is one field's old and new value.
type Moved struct {
	Field    roster.FieldID
	Old, New string
}

// History returns what happened to a person, newest first.
func (e *Engine) History(ctx context.Context, list roster.ListID, id roster.PersonID) (events []Event, err error) {
	err = e.view(ctx, func(tx Tx) error {
		events = nil
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		p, err := findPerson(tx, list, id)
		if err != nil {
			return err
		}
		events, err = historyOf(tx, &l, p)
		return err
	})
	return events, err
}

// historyOf returns what happened to p, newest first.
func historyOf(tx Tx, l *roster.List, p roster.Person) ([]Event, error) {
	past, err := tx.Past(l.ID, p.ID)
	if err != nil {
		return nil, err
	}
	events := make([]Event, 0, len(past)+1)
	for _, row := range slices.Backward(past) {
		ev, err := event(tx, l, row.Seq, &p, &row.Before)
		if err != nil {
			return nil, err
		}
		events = append(events, ev)
		row.Before.Restore(&p)
	}
	ev, err := event(tx, l, p.Created, &p, &changeset.Before{Kind: changeset.Create})
	return append(events, ev), err
}

// event fills in the facts of an entry that left p and replaced before.
func event(tx Tx, l *roster.List, seq uint64, p *roster.Person, before *changeset.Before) (Event, error) {
	ev := Event{Seq: seq, Person: p.ID, UID: l.UID(p.Values), Kind: before.Kind, Left: before.Left}
	first := errors.New("first")
	err := tx.EachBlock(l.ID, seq-1, func(_ uint64, b *changeset.Block) error {
		ev.Changeset = b.Changeset
		return first
	})
	if err != nil && !errors.Is(err, first) {
		return ev, err
	}
	c, err := tx.Changeset(ev.Changeset)
	if err != nil {
		return ev, err
	}
	ev.At, ev.By, ev.Origin, ev.Note = c.AppliedAt, c.AppliedBy, c.Origin, c.Note
	ev.Fields = moved(p, before)
	return ev, nil
}

func moved(p *roster.Person, before *changeset.Before) []Moved {
	var fields []Moved
	if before.Kind == changeset.Create {
		for f, text := range p.Values.All() {
			fields = append(fields, Moved{Field: f, New: text})
		}
	}
	for _, was := range before.Values {
		fields = append(fields, Moved{Field: was.Field, Old: was.Text, New: p.Values.Get(was.Field)})
	}
	return fields
}

// Events calls fn for the list's journal entries, newest first, until it
// returns false.
func (e *Engine) Events(ctx context.Context, list roster.ListID, fn func(Event) bool) error {
	return e.walk(ctx, list, 0, fn)
}

// ItemsOf calls fn for what an applied changeset did, until it returns false.
func (e *Engine) ItemsOf(ctx context.Context, c *changeset.Changeset, fn func(Event) bool) error {
	if !c.Done() {
		return nil
	}
	return e.walk(ctx, c.List, c.Seq, fn)
}

// walk goes back through a list's journal, or through one version of it.
func (e *Engine) walk(ctx context.Context, list roster.ListID, only uint64, fn func(Event) bool) error {
	end := errors.New("end")
	err := e.view(ctx, func(tx Tx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		from := l.Standing.Version
		if only != 0 {
			from = only
		}
		var head changeset.Changeset
		return tx.EachBlockBack(list, from, func(seq uint64, b *changeset.Block) error {
			if only != 0 && seq != only {
				return end
			}
			if head.ID != b.Changeset {
				if head, err = tx.Changeset(b.Changeset); err != nil {
					return err
				}
			}
			for _, entry := range slices.Backward(b.Entries) {
				after, before, err := at(tx, list, entry, seq)
				if err != nil {
					return err
				}
				ev := Event{
					Seq: seq, At: head.AppliedAt, By: head.AppliedBy, Changeset: head.ID, Origin: head.Origin, Note: head.Note,
					Person: entry.Person, UID: l.UID(after.Values), Kind: entry.Kind, Fields: moved(&after, &before),
				}
				if !fn(ev) {
					return end
				}
			}
			return ctx.Err()
		})
	})
	if errors.Is(err, end) {
		return nil
	}
	return err
}
