package core

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
)

// NewSession says what a session is to be made of.
type NewSession struct {
	List roster.ListID
	Name string
	Kind session.Kind // data by default
	// Fields are those that the session holds; none means all. The UID is
	// always among them.
	Fields []roster.FieldID
	// Filter is the query that takes the people: the active ones who match,
	// unless it says otherwise by status:.
	Filter string
	// People, when not nil, are who is taken instead; Filter is then only kept.
	People []roster.PersonID
}

// CreateSession takes a snapshot of people of a list, to be edited on its own.
// Nobody to take is a NotFound fault.
func (e *Engine) CreateSession(ctx context.Context, actor Actor, n NewSession) (session.Session, error) {
	if err := e.May(actor, n.List, EditSessions); err != nil {
		return session.Session{}, err
	}
	s := session.Session{
		List: n.List, Name: strings.TrimSpace(n.Name), Kind: n.Kind, Status: session.Active, Filter: strings.TrimSpace(n.Filter),
		By: actor.Name, At: e.now(),
	}
	switch {
	case s.Name == "":
		return s, fault.New(fault.Invalid, "A session needs a name")
	case len(s.Name) > 200:
		return s, fault.New(fault.Invalid, "The name of a session has at most 200 bytes")
	case s.Kind == "":
		s.Kind = session.Data
	case s.Kind != session.Data && s.Kind != session.Photo:
		return s, fault.New(fault.Invalid, "There is no kind of session %q; there are data and photo", string(s.Kind))
	}
	leave, err := e.enter(ctx, n.List, false)
	if err != nil {
		return s, err
	}
	defer leave()
	var members []session.Member
	err = e.view(ctx, func(tx Tx) (err error) {
		members, err = snapshot(ctx, tx, &s, &n)
		return err
	})
	if err != nil {
		return s, err
	}
	err = e.store.Update(ctx, func(tx WriteTx) error {
		all, err := tx.Sessions()
		if err != nil {
			return err
		}
		s.ID = 1
		for _, other := range all {
			s.ID = max(s.ID, other.ID+1)
		}
		tx.Bulk()
		s.Counts = session.Counts{}
		for i := range members {
			s.Counts.Count(&members[i], 1)
			if err := tx.PutMember(s.ID, &members[i]); err != nil {
				return err
			}
		}
		return tx.PutSession(&s)
	})
	if err == nil {
		e.news.publish(Notice{List: s.List})
	}
	return s, err
}

// snapshot reads the people of a new session, and fills in its fields.
func snapshot(ctx context.Context, tx Tx, s *session.Session, n *NewSession) ([]session.Member, error) {
	l, err := tx.List(s.List)
	if err != nil {
		return nil, err
	}
	uid, ok := l.Schema.UID()
	if !ok {
		return nil, errNoUID(&l)
	}
	s.Version, s.Fields = l.Standing.Version, nil
	for _, f := range l.Schema.Fields {
		if f.ID == uid.ID || len(n.Fields) == 0 || slices.Contains(n.Fields, f.ID) {
			s.Fields = append(s.Fields, f.ID)
		}
	}
	var members []session.Member
	var slab roster.Slab
	var buf []byte
	take := func(p *roster.Person) error {
		buf = buf[:0]
		for f, text := range p.Values.All() {
			if s.Holds(f) {
				buf = roster.AppendValue(buf, f, text)
			}
		}
		members = append(members, session.Member{Person: p.ID, Snapshot: slab.Keep(buf)})
		return ctx.Err()
	}
	if n.People != nil {
		err = eachOf(tx, s.List, n.People, take)
	} else {
		err = eachMatch(tx, &l, s.Filter, take)
	}
	if err == nil && len(members) == 0 {
		err = fault.New(fault.NotFound, "There is nobody to take into the session: nobody in %s matches %q", l.Slug, s.Filter)
	}
	return members, err
}

// eachOf calls fn for the people named, each once, in the order they were made.
func eachOf(tx Tx, list roster.ListID, people []roster.PersonID, fn func(*roster.Person) error) error {
	people = slices.Clone(people)
	slices.SortFunc(people, func(a, b roster.PersonID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(people) {
		p, err := findPerson(tx, list, id)
		if err != nil {
			return err
		}
		if p.Status == roster.Withdrawn {
			continue
		}
		if err := fn(&p); err != nil {
			return err
		}
	}
	return nil
}

// eachMatch calls fn for the people that a filter means.
func eachMatch(tx Tx, l *roster.List, filter string, fn func(*roster.Person) error) error {
	q, err := roster.ParseStrict(filter, l.Schema)
	if err != nil {
		return err
	}
	statuses, asked := q.Statuses()
	if !asked {
		statuses = roster.Only(roster.Active)
	}
	return tx.EachPerson(l.ID, func(p *roster.Person) error {
		if p.Status == roster.Withdrawn || !statuses.Has(p.Status) || q.Match(p.Values) == roster.NoMatch {
			return nil
		}
		return fn(p)
	})
}

// Sessions returns the sessions of a list, or with 0 of every list: active ones
// first, then closed, then archived, each the newest first.
func (e *Engine) Sessions(ctx context.Context, list roster.ListID) (all []session.Session, err error) {
	err = e.view(ctx, func(tx Tx) error {
		all, err = tx.Sessions()
		return err
	})
	all = slices.DeleteFunc(all, func(s session.Session) bool { return list != 0 && s.List != list })
	order := []session.Status{session.Active, session.Closed, session.Archived}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b session.Session) int {
		return slices.Index(order, a.Status) - slices.Index(order, b.Status)
	})
	return all, err
}

// Session returns a session, or a NotFound fault.
func (e *Engine) Session(ctx context.Context, id session.ID) (s session.Session, err error) {
	err = e.view(ctx, func(tx Tx) error {
		s, err = tx.Session(id)
		return err
	})
	return s, err
}

// OpenedSession is a session with its people and what became of what it pushed,
// at one moment.
type OpenedSession struct {
	session.Session
	List    roster.List
	Members []session.Member
	// Sent are the changesets in which it was pushed, by ID, for as long as an
	// edit names them.
	Sent map[changeset.ID]changeset.Changeset
	// Now are those with edits as the list has them; who was added and is not in
	// it is left out.
	Now map[roster.PersonID]roster.Person
}

// Became says what became of an edit, for a person to read.
func (o *OpenedSession) Became(edit session.Edit) string {
	switch c := o.Sent[edit.Sent]; {
	case edit.Fresh:
		return "to push"
	case edit.Sent == 0:
		return "as it was"
	case c.Open():
		return fmt.Sprintf("waits in %d", c.ID)
	case c.Done() && c.UndoneBy == 0:
		return fmt.Sprintf("decided in %d", c.ID)
	default:
		return fmt.Sprintf("%s in %d", c.State, c.ID)
	}
}

// OpenSession returns a session with everything in it.
func (e *Engine) OpenSession(ctx context.Context, id session.ID) (*OpenedSession, error) {
	o := new(OpenedSession)
	err := e.view(ctx, func(tx Tx) (err error) {
		*o = OpenedSession{Sent: make(map[changeset.ID]changeset.Changeset), Now: make(map[roster.PersonID]roster.Person)}
		if o.Session, err = tx.Session(id); err != nil {
			return err
		}
		if o.List, err = tx.List(o.Session.List); err != nil {
			return err
		}
		o.Members = make([]session.Member, 0, o.Counts.People)
		return tx.EachMember(id, func(m *session.Member) error {
			o.Members = append(o.Members, *m)
			if len(m.Edits) > 0 {
				p, there, err := tx.Person(o.List.ID, m.Person)
				if err != nil {
					return err
				}
				if there {
					o.Now[m.Person] = p
				}
			}
			for _, edit := range m.Edits {
				if _, known := o.Sent[edit.Sent]; edit.Sent == 0 || known {
					continue
				}
				if o.Sent[edit.Sent], err = tx.Changeset(edit.Sent); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	})
	return o, err
}

// Member returns the session's copy of a person, or a NotFound fault.
func (o *OpenedSession) Member(uid string) (*session.Member, error) {
	folded := roster.FoldUID(uid)
	for i := range o.Members {
		if roster.FoldUID(o.List.UID(o.Members[i].Values())) == folded {
			return &o.Members[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "Nobody in the session %s has the UID %q", o.Name, uid)
}

// EditSession changes fields of the session's copy of a person. The list knows
// nothing of it until it is pushed and applied, so fields that the source owns
// may be changed, too. Each change's Base is the session's value that the actor
// saw: if it has moved since, nothing is changed and the error is a Conflict
// fault. A bad value is an Invalid fault.
func (e *Engine) EditSession(ctx context.Context, actor Actor, id session.ID, person roster.PersonID, changes []changeset.Change) (m session.Member, err error) {
	err = e.changeSession(ctx, actor, id, func(tx WriteTx, s *session.Session, l *roster.List) error {
		if err := editable(s); err != nil {
			return err
		}
		var ok bool
		if m, ok, err = tx.Member(id, person); err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound, "That person is not in the session %s", s.Name)
		}
		s.Counts.Count(&m, -1)
		for _, c := range changes {
			if err := e.editMember(actor, s, l, &m, c); err != nil {
				return err
			}
		}
		s.Counts.Count(&m, 1)
		return tx.PutMember(id, &m)
	})
	return m, err
}

func (e *Engine) editMember(actor Actor, s *session.Session, l *roster.List, m *session.Member, c changeset.Change) error {
	f, ok := l.Schema.ByID(c.Field)
	if !ok || !s.Holds(c.Field) && !m.Added {
		return fault.New(fault.Invalid, "The session %s does not hold %s", s.Name, f.Label)
	}
	text, err := f.Check(c.Proposed)
	if err != nil {
		return err
	}
	switch now := m.Get(c.Field); {
	case now != c.Base:
		return fault.New(fault.Conflict, "%s is %q in the session now; somebody else has edited it", f.Label, now)
	case now == text:
		return nil
	}
	edit, known := m.Edit(c.Field)
	if !known {
		edit = session.Edit{Field: c.Field, Base: m.Snapshot.Get(c.Field)}
	}
	edit.Text, edit.Fresh, edit.By, edit.At = text, true, actor.Name, e.now()
	m.Set(edit)
	return nil
}

// AddToSession adds a person who is not in the list. They come into it when
// they were pushed and applied. A UID that somebody has, in the list or the
// session, is a Conflict fault.
func (e *Engine) AddToSession(ctx context.Context, actor Actor, id session.ID, values map[roster.FieldID]string) (m session.Member, err error) {
	person := e.ids.Next()
	err = e.changeSession(ctx, actor, id, func(tx WriteTx, s *session.Session, l *roster.List) error {
		if err := editable(s); err != nil {
			return err
		}
		m = session.Member{Person: person, Added: true}
		for _, f := range l.Schema.Fields {
			text, err := f.Check(values[f.ID])
			if err != nil {
				return err
			}
			if text != "" {
				m.Set(session.Edit{Field: f.ID, Text: text, Fresh: true, By: actor.Name, At: e.now()})
			}
		}
		if err := newUID(tx, s, l, l.UID(m.Values())); err != nil {
			return err
		}
		s.Counts.Count(&m, 1)
		return tx.PutMember(id, &m)
	})
	return m, err
}

// newUID refuses a UID that somebody in the list or the session has.
func newUID(tx Tx, s *session.Session, l *roster.List, uid string) error {
	folded := roster.FoldUID(uid)
	if holder, taken := tx.ByUID(l.ID, folded); taken {
		p, err := findPerson(tx, l.ID, holder)
		if err != nil {
			return err
		}
		return fault.New(fault.Conflict, "The UID %s belongs to %s, who is in the list %s already", uid, l.DisplayName(p.Values), l.Slug)
	}
	return tx.EachMember(s.ID, func(m *session.Member) error {
		if v := m.Values(); roster.FoldUID(l.UID(v)) == folded {
			return fault.New(fault.Conflict, "The UID %s belongs to %s, who is in the session already", uid, l.DisplayName(v))
		}
		return nil
	})
}

// SetSessionStatus closes a session, archives it, or makes it active again.
func (e *Engine) SetSessionStatus(ctx context.Context, actor Actor, id session.ID, to session.Status) (now session.Session, err error) {
	err = e.changeSession(ctx, actor, id, func(_ WriteTx, s *session.Session, _ *roster.List) error {
		s.Status = to
		now = *s
		return nil
	})
	return now, err
}

func editable(s *session.Session) error {
	if s.Status == session.Active {
		return nil
	}
	return fault.New(fault.Conflict, "The session %s is %s; reopen it to change it", s.Name, s.Status)
}

// changeSession runs change on a session, and stores what it makes of its head.
func (e *Engine) changeSession(ctx context.Context, actor Actor, id session.ID, change func(WriteTx, *session.Session, *roster.List) error) error {
	var list roster.ListID
	err := e.store.Update(ctx, func(tx WriteTx) error {
		s, err := tx.Session(id)
		if err != nil {
			return err
		}
		if err := e.May(actor, s.List, EditSessions); err != nil {
			return err
		}
		l, err := tx.List(s.List)
		if err != nil {
			return err
		}
		list = l.ID
		if err := change(tx, &s, &l); err != nil {
			return err
		}
		s.Revision++
		return tx.PutSession(&s)
	})
	if err == nil {
		e.news.publish(Notice{List: list})
	}
	return err
}
