// Package session is a photo or data session: a snapshot of some people of a
// list that is edited on its own, and how its edits stand to the changesets in
// which they were pushed back. It is pure: reading and writing are left to
// package core.
//
// What a session holds of a person are values by field. A photo will be one
// more field of a kind of its own; a session of kind photo differs from one of
// data only in what it is for.
package session

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"muster/core/changeset"
	"muster/core/roster"
)

// ID numbers a session within the store, from 1 up; never reused.
type ID uint64

// Kind is what a session is for.
type Kind string

const (
	Data  Kind = "data"  // values are gone through and corrected
	Photo Kind = "photo" // people have their photo taken
)

// Status is how far a session has come.
type Status string

const (
	Active   Status = "active"   // it is edited
	Closed   Status = "closed"   // no more edits; what there is can be pushed
	Archived Status = "archived" // kept to be looked at
)

// Session is the head of a session; its members are kept apart from it.
type Session struct {
	ID     ID            `json:"id"`
	List   roster.ListID `json:"list"`
	Name   string        `json:"name"`
	Kind   Kind          `json:"kind"`
	Status Status        `json:"status"`
	// Filter is the query that its people were taken by; empty for all people,
	// or for people who were marked.
	Filter string `json:"filter,omitempty"`
	// Fields are those it holds, the UID among them, in the schema's order.
	Fields []roster.FieldID `json:"fields"`
	// By made it, At that time, of the list as it was at Version.
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Version uint64    `json:"version"`
	Counts  Counts    `json:"counts"`
	// Revision moves on with every change of the session.
	Revision uint64 `json:"revision,omitempty"`
}

// Counts are numbers of a session's people.
type Counts struct {
	People int `json:"people"`
	Edited int `json:"edited"` // of the snapshot, and with another value than there
	Added  int `json:"added"`  // made in the session
	Unsent int `json:"unsent"` // with edits that the next push proposes
	Sent   int `json:"sent"`   // with edits that were pushed
}

// Count adds a member n times.
func (c *Counts) Count(m *Member, n int) {
	c.People += n
	switch {
	case m.Added:
		c.Added += n
	case m.Edited():
		c.Edited += n
	}
	if m.Unsent() {
		c.Unsent += n
	}
	if slices.ContainsFunc(m.Edits, func(e Edit) bool { return e.Sent != 0 }) {
		c.Sent += n
	}
}

// Holds reports whether the session has the field.
func (s *Session) Holds(f roster.FieldID) bool { return slices.Contains(s.Fields, f) }

// Member is the session's copy of one person.
type Member struct {
	Person roster.PersonID
	// Added says that the person was made in the session, and is in the list
	// only once that has been pushed and applied.
	Added bool
	// Snapshot are the list's values of the session's fields when it was made.
	Snapshot roster.Values
	// Edits are the fields that the session changed, in ascending order.
	Edits []Edit
}

// Edit is what a session made of one field.
type Edit struct {
	Field roster.FieldID
	Text  string
	// Base is what the list had when the value was last proposed, or decided
	// about: what the next push expects to find. At first, the snapshot's.
	Base string
	// Sent is the changeset that last proposed the field, 0 when none did.
	Sent changeset.ID
	// Fresh says that Text has not been proposed yet.
	Fresh bool
	By    string // who made it, At that time
	At    time.Time
}

// Edit returns the member's edit of a field.
func (m *Member) Edit(f roster.FieldID) (Edit, bool) {
	for _, e := range m.Edits {
		if e.Field == f {
			return e, true
		}
	}
	return Edit{}, false
}

// Get returns the session's value of a field.
func (m *Member) Get(f roster.FieldID) string {
	if e, ok := m.Edit(f); ok {
		return e.Text
	}
	return m.Snapshot.Get(f)
}

// Values are all of the session's values of the member.
func (m *Member) Values() roster.Values {
	v := m.Snapshot
	for _, e := range m.Edits {
		v = v.With(e.Field, e.Text)
	}
	return v
}

// Set makes the session's value of a field what e says. A value that the
// snapshot has and that was never proposed is no edit.
func (m *Member) Set(e Edit) {
	i := slices.IndexFunc(m.Edits, func(old Edit) bool { return old.Field >= e.Field })
	switch known := i >= 0 && m.Edits[i].Field == e.Field; {
	case known && e.Sent == 0 && !m.Added && e.Text == m.Snapshot.Get(e.Field):
		m.Edits = slices.Delete(m.Edits, i, i+1)
	case known:
		m.Edits[i] = e
	case i < 0:
		m.Edits = append(m.Edits, e)
	default:
		m.Edits = slices.Insert(m.Edits, i, e)
	}
}

// Edited reports whether the session has another value than the snapshot.
func (m *Member) Edited() bool {
	return slices.ContainsFunc(m.Edits, func(e Edit) bool { return e.Text != m.Snapshot.Get(e.Field) })
}

// Unsent reports whether there is something that has not been proposed.
func (m *Member) Unsent() bool {
	return slices.ContainsFunc(m.Edits, func(e Edit) bool { return e.Fresh })
}

const (
	flagAdded = 1 << iota
	flagFresh
)

// Append appends the stored form of a member, which leaves out its person.
func Append(b []byte, m *Member) []byte {
	flags := byte(0)
	if m.Added {
		flags = flagAdded
	}
	b = append(b, flags)
	b = appendText(b, string(m.Snapshot))
	for _, e := range m.Edits {
		flags = 0
		if e.Fresh {
			flags = flagFresh
		}
		b = append(b, flags)
		b = binary.AppendUvarint(b, uint64(e.Field))
		b = appendText(b, e.Text)
		b = appendText(b, e.Base)
		b = binary.AppendUvarint(b, uint64(e.Sent))
		b = appendText(b, e.By)
		b = binary.AppendUvarint(b, uint64(e.At.UnixMilli()))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

var errDamaged = errors.New("decode member of a session: stored bytes are cut short or damaged")

// Decode reads what Append wrote. The member's strings share the memory of
// stored.
func Decode(person roster.PersonID, stored string) (Member, error) {
	d := roster.NewDecoder(stored)
	m := Member{Person: person, Added: d.Bytes(1) == "\x01", Snapshot: roster.Values(d.Text())}
	for last := roster.FieldID(0); d.Rest() != "" && !d.Failed(); {
		e := Edit{Fresh: d.Bytes(1) == "\x02", Field: d.Field(), Text: d.Text(), Base: d.Text(), Sent: changeset.ID(d.Uvarint()), By: d.Text()}
		e.At = time.UnixMilli(int64(d.Uvarint())).UTC()
		if e.Field <= last {
			return m, errDamaged
		}
		last = e.Field
		m.Edits = append(m.Edits, e)
	}
	if d.Failed() || !m.Snapshot.Valid() {
		return m, errDamaged
	}
	return m, nil
}
