package core

import (
	"cmp"
	"slices"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// These change the mappings of a copy of a list, for ListChange.Make.

// ResetMappings puts a list's mappings back to what its kind of source proposes,
// with the fields that it lacks for them. Whatever attribute feeds the UID goes
// on doing so, if the kind offers it.
func (e *Engine) ResetMappings(l *roster.List) error {
	k, ok := e.kind(l.Connection.Kind)
	if !ok {
		return fault.New(fault.Conflict, "The list %s is not connected, so there is nothing to go back to", l.Slug)
	}
	uid, _ := l.Schema.UID()
	now := func(m mapping.Mapping) bool { return m.On && m.Field == uid.Key }
	at := slices.IndexFunc(l.Mappings, now)
	blank := l.Clone()
	blank.Mappings = nil
	var fields []roster.Field
	var mappings []mapping.Mapping
	for i, choice := range k.UIDs() {
		f, m, err := k.Propose(&blank, choice.Key)
		if err != nil {
			return err
		}
		same := at >= 0 && slices.ContainsFunc(m, func(m mapping.Mapping) bool { return now(m) && m.Attribute == l.Mappings[at].Attribute })
		if i == 0 || same {
			fields, mappings = f, m
		}
	}
	for _, f := range fields {
		if err := addField(&l.Schema, f); err != nil {
			return err
		}
	}
	l.Mappings = mappings
	return nil
}

// addField adds a field unless there is one of that key. It is not the UID.
func addField(s *roster.Schema, f roster.Field) error {
	if _, there := s.ByKey(f.Key); there {
		return nil
	}
	f.UID = false
	return s.Add(f)
}

// CopyMappings gives a list the mappings of another one, and the fields that it
// lacks for them. What feeds the other's UID feeds the list's.
func CopyMappings(to, from *roster.List) error {
	theirs, _ := from.Schema.UID()
	ours, has := to.Schema.UID()
	to.Mappings = nil
	for _, m := range from.Mappings {
		m.Transforms = slices.Clone(m.Transforms)
		f, there := from.Schema.ByKey(m.Field)
		switch {
		case has && m.Field == theirs.Key:
			m.Field = ours.Key
		case has && m.Field == ours.Key:
			continue // here it names people, and something else feeds it
		case there:
			if err := addField(&to.Schema, f); err != nil {
				return err
			}
		}
		to.Mappings = append(to.Mappings, m)
	}
	return nil
}

// PutMapping sets the mapping of an attribute to a field, or adds it. The error
// is a fault for a transform that cannot be used, a field that does not exist or
// one that another mapping feeds already: with m.Fallback it may, and m then
// stands behind it. Exactly one mapping feeds the UID, so what fed it until then
// is turned off, and m cannot stand behind it.
func PutMapping(l *roster.List, m mapping.Mapping) error {
	f, ok := l.Schema.ByKey(m.Field)
	if !ok {
		return fault.New(fault.NotFound, "The list %s has no field %s", l.Slug, m.Field)
	}
	if _, err := mapping.Compile([]mapping.Mapping{{Attribute: m.Attribute, Transforms: m.Transforms, Field: m.Field, Vanished: m.Vanished, On: true}},
		attributesOf([]mapping.Mapping{{Attribute: m.Attribute, Transforms: m.Transforms, On: true}}), labelsOf(l)); err != nil {
		return err
	}
	at := slices.IndexFunc(l.Mappings, func(o mapping.Mapping) bool { return o.Attribute == m.Attribute && o.Field == m.Field })
	if f.UID && m.On {
		if m.Fallback {
			return fault.New(fault.Invalid, "%s is what everybody in %s is known by; nothing may step in for it", f.Label, l.Slug)
		}
		for i, o := range l.Mappings {
			l.Mappings[i].On = o.On && (i == at || o.Field != m.Field)
		}
	}
	for i, o := range l.Mappings {
		if m.On && !m.Fallback && o.On && !o.Fallback && i != at && o.Field == m.Field {
			return fault.New(fault.Conflict, "%s feeds %s already; turn that off, or let %s step in where it is empty", o.Attribute, f.Label, m.Attribute)
		}
	}
	if at >= 0 {
		l.Mappings[at] = m
		return nil
	}
	l.Mappings = append(l.Mappings, m)
	return nil
}

// SwitchMapping turns the mappings of an attribute to a field on or off; an
// empty field is every one of the attribute's. Turning one off unlocks its field
// and keeps the values. The error is a NotFound fault when there is none, or
// PutMapping's.
func SwitchMapping(l *roster.List, attribute, field string, on bool) error {
	found := false
	for _, m := range slices.Clone(l.Mappings) {
		if m.Attribute != attribute || field != "" && m.Field != field {
			continue
		}
		found = true
		if m.On == on {
			continue
		}
		m.On = on
		if err := PutMapping(l, m); err != nil {
			return err
		}
	}
	if !found {
		return fault.New(fault.NotFound, "The list %s has no mapping of %s", l.Slug, cmp.Or(attribute, field))
	}
	return nil
}

// RemoveField takes a field away, and the mappings that feed it. The error is a
// fault for a field that does not exist, and for the UID.
func RemoveField(l *roster.List, key string) error {
	if err := l.Schema.Remove(key); err != nil {
		return err
	}
	l.Mappings = slices.DeleteFunc(slices.Clone(l.Mappings), func(m mapping.Mapping) bool { return m.Field == key })
	return nil
}
