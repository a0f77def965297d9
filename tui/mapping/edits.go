package mapping

import (
	"slices"

	"muster/core/fault"
	coremapping "muster/core/mapping"
	"muster/core/roster"
)

// How a mapping shares its field with others that feed it.
type sharing uint8

const (
	alone   sharing = iota // the others are turned off
	behind                 // it steps in where the others are empty
	infront                // the others step in where it is empty
)

// clashes are the entries with which an entry that feeds a field would be at
// odds; none when it is plain what the field gets.
func (m *model) clashes(of entry, field string) []entry {
	others := m.feeders(field, of.id)
	at := m.now.index(of.id)
	if at < 0 {
		return others
	}
	before, after := false, true // others stand before it; all after it step in
	for _, o := range others {
		if m.now.index(o.id) < at {
			before = true
		} else {
			after = after && o.m.Fallback
		}
	}
	if of.m.Field == field && (!before || of.m.Fallback) && after {
		return nil
	}
	return others
}

// on turns an entry on with which nothing clashes.
func (m *model) on(id int) error {
	return m.edit(func(s *state) error {
		s.entries[s.index(id)].m.On = true
		return nil
	})
}

// off turns an entry off. Its field keeps what it has.
func (m *model) off(id int) error {
	return m.edit(func(s *state) error {
		e := &s.entries[s.index(id)]
		if m.feedsUID(e) {
			return m.errUID(e)
		}
		e.m.On = false
		return nil
	})
}

// feed has an entry feed a field, or a new entry of an attribute if there is
// none with that id. It returns the entry's id.
func (m *model) feed(id int, attribute, field string, share sharing) (int, error) {
	err := m.edit(func(s *state) error {
		at := s.index(id)
		if at < 0 {
			id = m.next
			m.next++
			s.entries = append(s.entries, entry{id: id, base: -1, m: coremapping.Mapping{Attribute: attribute}})
			at = len(s.entries) - 1
		}
		e := s.entries[at]
		switch {
		case m.feedsUID(&e) && field != e.m.Field:
			return m.errUID(&e)
		case field == m.uid().Key && field != "" && share != alone:
			return fault.New(fault.Invalid, "%s names people, so exactly one attribute feeds it", m.uid().Label)
		}
		return s.share(id, field, share)
	})
	return id, err
}

// share puts an entry where it belongs among those that feed the field.
func (s *state) share(id int, field string, share sharing) error {
	at := s.index(id)
	e := s.entries[at]
	e.m.Field, e.m.On, e.m.Fallback = field, true, false
	first := -1
	for i := range s.entries {
		o := &s.entries[i]
		if o.id == id || !o.m.On || o.m.Field != field {
			continue
		}
		if first < 0 {
			first = i
		}
		switch share {
		case alone:
			o.m.On = false
		case infront:
			o.m.Fallback = true
		case behind:
			e.m.Fallback = true
		}
	}
	s.entries[at] = e
	if first < 0 || share == alone {
		return nil
	}
	s.entries = slices.Delete(s.entries, at, at+1)
	switch {
	case share == infront && first > at:
		first-- // it was taken out before that
		fallthrough
	case share == infront:
		s.entries = slices.Insert(s.entries, first, e)
	default:
		s.entries = append(s.entries, e)
	}
	return nil
}

// name has an attribute feed the UID instead of the one that does.
func (m *model) name(id int, attribute string) (int, error) {
	uid := m.uid()
	if uid.Key == "" {
		return 0, fault.New(fault.Invalid, "The list has no UID yet")
	}
	// A mapping that feeds something else goes on doing so.
	if e, ok := m.entry(id); ok && e.m.Field != uid.Key {
		id = -1
		for _, other := range m.now.entries {
			if other.m.Attribute == attribute && other.m.Field == uid.Key {
				id = other.id
			}
		}
	}
	return m.feed(id, attribute, uid.Key, alone)
}

// transform sets an entry's transforms.
func (m *model) transform(id int, transforms []coremapping.Transform) error {
	return m.edit(func(s *state) error {
		s.entries[s.index(id)].m.Transforms = transforms
		return nil
	})
}

// vanish turns round what becomes of an entry's field when the value vanishes.
func (m *model) vanish(id int) coremapping.Vanished {
	var is coremapping.Vanished
	_ = m.edit(func(s *state) error { // it cannot be refused
		e := &s.entries[s.index(id)]
		if is = coremapping.Keep; e.m.Vanished == coremapping.Keep {
			is = coremapping.Clear
		}
		e.m.Vanished = is
		return nil
	})
	return is
}

// remove takes an entry out.
func (m *model) remove(id int) error {
	return m.edit(func(s *state) error {
		at := s.index(id)
		if m.feedsUID(&s.entries[at]) {
			return m.errUID(&s.entries[at])
		}
		s.entries = slices.Delete(s.entries, at, at+1)
		s.tidy()
		return nil
	})
}

// tidy forgets new fields that nothing is mapped to.
func (s *state) tidy() {
	s.fresh = slices.DeleteFunc(s.fresh, func(f roster.Field) bool {
		return !slices.ContainsFunc(s.entries, func(e entry) bool { return e.m.Field == f.Key })
	})
}

// grow adds a field that saving makes, and has an entry feed it.
func (m *model) grow(id int, attribute string, f roster.Field) (int, error) {
	before := m.now
	m.now.fresh = append(slices.Clone(before.fresh), f)
	if _, err := m.schema(); err != nil {
		m.now = before
		return 0, err
	}
	m.now = before
	err := m.edit(func(s *state) error {
		s.fresh = append(s.fresh, f)
		at := s.index(id)
		if at < 0 {
			id = m.next
			m.next++
			s.entries = append(s.entries, entry{id: id, base: -1, m: coremapping.Mapping{Attribute: attribute}})
			at = len(s.entries) - 1
		}
		e := &s.entries[at]
		if m.feedsUID(e) {
			return m.errUID(e)
		}
		e.m.Field, e.m.On, e.m.Fallback = f.Key, true, false
		s.tidy()
		return nil
	})
	return id, err
}

// replace puts other mappings in place of all, as when they are reset, copied or
// imported, with the fields that they need and the list lacks. What they have in
// common with the saved ones is not a change.
func (m *model) replace(mappings []coremapping.Mapping, fields []roster.Field) error {
	return m.edit(func(s *state) error {
		taken := make(map[int]bool)
		var entries []entry
		for _, is := range mappings {
			e := entry{id: m.next, m: is, base: -1}
			for i, saved := range m.list.Mappings {
				if !taken[i] && saved.Attribute == is.Attribute && saved.Field == is.Field {
					e.base, taken[i] = i, true
					break
				}
			}
			for _, was := range s.entries {
				if e.base >= 0 && was.base == e.base {
					e.id = was.id
				}
			}
			m.next++
			entries = append(entries, e)
		}
		s.entries, s.fresh = entries, nil
		for _, f := range fields {
			if _, has := m.list.Schema.ByKey(f.Key); !has {
				s.fresh = append(s.fresh, f)
			}
		}
		return nil
	})
}
