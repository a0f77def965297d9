package storage

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
)

func sessionKey(id session.ID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

func memberKey(id session.ID, person roster.PersonID) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 24), uint64(id)), person[:]...)
}

func (t *txn) Sessions() ([]session.Session, error) {
	var all []session.Session
	err := t.tx.Bucket(sessionsBucket).ForEach(func(_, v []byte) error {
		var s session.Session
		if err := json.Unmarshal(v, &s); err != nil {
			return fmt.Errorf("decode session: %w", err)
		}
		all = append(all, s)
		return nil
	})
	return all, err
}

func (t *txn) Session(id session.ID) (s session.Session, err error) {
	v := t.tx.Bucket(sessionsBucket).Get(sessionKey(id))
	if v == nil {
		return s, fault.New(fault.NotFound, "There is no session %d; muster session ls shows those there are", id)
	}
	if err := json.Unmarshal(v, &s); err != nil {
		return s, fmt.Errorf("decode session %d: %w", id, err)
	}
	return s, nil
}

func (t *txn) Member(id session.ID, person roster.PersonID) (session.Member, bool, error) {
	v := t.tx.Bucket(membersBucket).Get(memberKey(id, person))
	if v == nil {
		return session.Member{}, false, nil
	}
	m, err := session.Decode(person, string(v))
	return m, true, err
}

func (t *txn) EachMember(id session.ID, fn func(m *session.Member) error) error {
	prefix := sessionKey(id)
	c := t.tx.Bucket(membersBucket).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		person, _ := personID(k[len(prefix):])
		m, err := session.Decode(person, string(v))
		if err != nil {
			return err
		}
		if err := fn(&m); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) PutSession(s *session.Session) error {
	return t.putJSON(sessionsBucket, sessionKey(s.ID), s)
}

func (t *txn) PutMember(id session.ID, m *session.Member) error {
	b := t.tx.Bucket(membersBucket)
	if t.bulk {
		b.FillPercent = brim
	}
	t.dirty = true
	return b.Put(memberKey(id, m.Person), session.Append(make([]byte, 0, len(m.Snapshot)+16), m))
}

// sessions checks the sessions, their people and their counts.
func (c *checker) sessions(known map[roster.ListID]bool) error {
	heads := make(map[session.ID]*session.Session)
	rows := c.t.tx.Bucket(sessionsBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		s := new(session.Session)
		if err := json.Unmarshal(v, s); err != nil || !bytes.Equal(k, sessionKey(s.ID)) {
			c.report("The session %x cannot be read", k)
			continue
		}
		heads[s.ID] = s
		if !known[s.List] {
			c.report("Session %d is of list number %d, which does not exist", s.ID, s.List)
		}
	}
	counted := make(map[session.ID]*session.Counts)
	rows = c.t.tx.Bucket(membersBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if len(k) != 24 {
			c.report("There is somebody in a session at %x, where nobody can be", k)
			continue
		}
		id := session.ID(binary.BigEndian.Uint64(k))
		person, _ := personID(k[8:])
		s := heads[id]
		if s == nil {
			c.report("%s is in session %d, which there is not", person, id)
			continue
		}
		m, err := session.Decode(person, lend(v))
		if err != nil {
			c.report("%s cannot be read in session %d", person, id)
			continue
		}
		if counted[id] == nil {
			counted[id] = new(session.Counts)
		}
		counted[id].Count(&m, 1)
		if _, ok, _ := c.t.Person(s.List, person); !ok && !m.Added {
			c.report("%s is in session %d, and there is no such person", person, id)
		}
	}
	for id, s := range heads {
		var there session.Counts
		if counted[id] != nil {
			there = *counted[id]
		}
		if s.Counts != there {
			c.report("Session %d counts %+v, and there are %+v", id, s.Counts, there)
		}
	}
	return c.ctx.Err()
}
