package core

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/index"
	"muster/core/roster"
)

// The list as it was is not kept: it is the list as it is, with what each
// person's newer entries replaced put back. Whoever has not changed since costs
// one comparison.

// A Moment is a state that a list was in.
type Moment struct {
	// Version is the list's version then; 0 is the empty list before the first.
	Version uint64
	// Last is the changeset that made the version; its ID is 0 when none did.
	Last changeset.Changeset
}

// Moment finds the state of a list that a person means by a text: a day, as
// 2006-01-31, which means the end of that day in zone; a day and a time, as
// "2006-01-31 15:04", in zone, too; a time as RFC 3339 has it; "now"; or the
// number of a changeset, which means right after it was applied. A number that
// is no changeset's is a version of the list. Anything else is an Invalid
// fault.
func (e *Engine) Moment(ctx context.Context, list roster.ListID, text string, zone *time.Location) (m Moment, err error) {
	number, numeric := strconv.ParseUint(text, 10, 64)
	at, err := parseTime(text, zone)
	if err != nil && numeric != nil && text != "now" {
		return m, err
	}
	err = e.view(ctx, func(tx Tx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		version := l.Standing.Version
		switch {
		case text == "now":
		case numeric == nil:
			version, err = numbered(tx, &l, number)
		default:
			version, err = versionAt(ctx, tx, &l, at)
		}
		if err != nil {
			return err
		}
		m, err = moment(tx, list, version)
		return err
	})
	return m, err
}

// parseTime reads a day or a time. A day ends with its last millisecond, the
// unit in which the journal tells the time.
func parseTime(text string, zone *time.Location) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Millisecond), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "%q is no moment; write a day like 2006-01-31, a time like 2006-01-31T15:04:05Z, or the number of a changeset", text)
}

// numbered is the version that a number means.
func numbered(tx Tx, l *roster.List, number uint64) (uint64, error) {
	c, err := tx.Changeset(changeset.ID(number))
	switch {
	case err == nil && c.List == l.ID && !c.Done():
		return 0, fault.New(fault.Invalid, "Changeset %d is %s; only an applied one left the list in a state", c.ID, c.State)
	case err == nil && c.List == l.ID:
		return c.Seq, nil
	case err != nil && !fault.Is(err, fault.NotFound):
		return 0, err
	case number > l.Standing.Version:
		return 0, fault.New(fault.Invalid, "The list %s is at version %d; it has not come to %d", l.Slug, l.Standing.Version, number)
	}
	return number, nil
}

// versionAt is the list's version at a time: the journal is halved until what
// was applied by then and what was not meet. Changesets of the same list are
// applied one after the other, so their times ascend with their versions,
// unless the clock was set back meanwhile.
func versionAt(ctx context.Context, tx Tx, l *roster.List, at time.Time) (uint64, error) {
	low, high := uint64(0), l.Standing.Version // applied by then, and the last that may be
	for low < high {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		middle := low + (high-low+1)/2
		m, err := moment(tx, l.ID, middle)
		switch {
		case err != nil:
			return 0, err
		case m.Version > low && m.Last.AppliedAt.After(at):
			high = m.Version - 1
		default:
			low = middle
		}
	}
	m, err := moment(tx, l.ID, low)
	return m.Version, err
}

// moment is the state that a list was in from the last version up to and with
// the given one.
func moment(tx Tx, list roster.ListID, version uint64) (m Moment, err error) {
	found := errors.New("found")
	err = tx.EachBlockBack(list, version, func(seq uint64, b *changeset.Block) (err error) {
		m.Version = seq
		if m.Last, err = headOf(tx, b); err != nil {
			return err
		}
		return found
	})
	if errors.Is(err, found) {
		err = nil
	}
	return m, err
}

// headOf is the head of the changeset that a journal row belongs to.
func headOf(tx Tx, b *changeset.Block) (changeset.Changeset, error) {
	if b.Head != nil {
		return *b.Head, nil
	}
	return tx.Changeset(b.Changeset)
}

// wind takes a person back to how they were at a version. It reports false
// when they were not in the list: not made yet, or withdrawn.
func wind(tx Tx, list roster.ListID, p *roster.Person, version uint64) (there bool, err error) {
	switch {
	case p.Created > version:
		return false, nil
	case p.Changed > version:
		past, err := tx.Past(list, p.ID)
		if err != nil {
			return false, err
		}
		p.Changed = p.Created
		for i, row := range slices.Backward(past) {
			if row.Seq <= version {
				p.Changed = row.Seq
				break
			}
			past[i].Before.Restore(p)
		}
	}
	return p.Status != roster.Withdrawn, nil
}

// PersonAt returns a person as they were at a version, or a NotFound fault if
// they were not in the list.
func (e *Engine) PersonAt(ctx context.Context, list roster.ListID, id roster.PersonID, version uint64) (p roster.Person, err error) {
	err = e.view(ctx, func(tx Tx) error {
		if p, err = findPerson(tx, list, id); err != nil {
			return err
		}
		there, err := wind(tx, list, &p, version)
		if err == nil && !there {
			err = fault.New(fault.NotFound, "This person was not in the list then")
		}
		return err
	})
	return p, err
}

// EachPersonAt calls fn for everyone who was in the list at a version but the
// withdrawn, as they were, in the order they were made. p is fn's until it
// returns. From the list's present version on it is EachPerson.
func (e *Engine) EachPersonAt(ctx context.Context, list roster.ListID, version uint64, fn func(p *roster.Person) error) error {
	return e.eachEver(ctx, list, nil, func(tx Tx, p *roster.Person) error {
		there, err := wind(tx, list, p, version)
		if err != nil || !there {
			return err
		}
		return fn(p)
	})
}

// eachEver calls fn for everyone who ever was in the list, at one moment.
func (e *Engine) eachEver(ctx context.Context, list roster.ListID, p *Progress, fn func(Tx, *roster.Person) error) error {
	leave, err := e.enter(ctx, list, false)
	if err != nil {
		return err
	}
	defer leave()
	return e.view(ctx, func(tx Tx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		s := l.Standing
		p.Start("Reading people", int64(s.Active+s.Inactive+s.Withdrawn))
		read := int64(0)
		return tx.EachPerson(list, func(who *roster.Person) error {
			if read++; read%batch == 0 {
				p.Set(read)
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			return fn(tx, who)
		})
	})
}

// IndexAt makes an index of the list as it was at a version. Nothing follows
// the journal here: it is whoever asked's alone, and stays as it was.
func (e *Engine) IndexAt(ctx context.Context, list roster.ListID, version uint64, p *Progress) (*index.Index, error) {
	x := index.New()
	people := make([]roster.Person, 0, batch)
	err := e.eachEver(ctx, list, p, func(tx Tx, who *roster.Person) error {
		there, err := wind(tx, list, who, version)
		if err != nil || !there {
			return err
		}
		if people = append(people, *who); len(people) == batch {
			x.Put(people...)
			people = people[:0]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	x.Put(people...)
	x.SetVersion(version)
	return x, nil
}
