package core

import (
	"reflect"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// mergeSettings is the change of a list itself under the rule of every change:
// what has moved to something else since is a Conflict fault, never overwritten,
// and what the change is not about stays. While there are people a field that
// the change would take away stays, for they may have values in it.
func mergeSettings(now roster.List, s *changeset.SettingsChange) (roster.List, error) {
	for _, part := range []struct {
		what               string
		now, before, after any
		take               func()
	}{
		{"name has", now.Name, s.Before.Name, s.After.Name, func() { now.Name = s.After.Name }},
		{"source has", now.Connection, s.Before.Connection, s.After.Connection, func() { now.Connection = s.After.Connection }},
		{"mappings have", now.Mappings, s.Before.Mappings, s.After.Mappings, func() { now.Mappings = s.After.Mappings }},
		{"mappings of files have", now.Imports, s.Before.Imports, s.After.Imports, func() { now.Imports = s.After.Imports }},
		{"limits have", now.Limits, s.Before.Limits, s.After.Limits, func() { now.Limits = s.After.Limits }},
		{"approval has", now.Approval, s.Before.Approval, s.After.Approval, func() { now.Approval = s.After.Approval }},
	} {
		take, conflict := mergeAny(part.before, part.now, part.after)
		if conflict {
			return now, fault.New(fault.Conflict, "The list's %s changed since", part.what)
		}
		if take {
			part.take()
		}
	}
	return mergeSchema(now, s)
}

// mergeAny is changeset.Merge for whatever can be compared.
func mergeAny(base, current, proposed any) (take, conflict bool) {
	switch {
	case reflect.DeepEqual(current, proposed), reflect.DeepEqual(proposed, base):
		return false, false
	case reflect.DeepEqual(current, base):
		return true, false
	}
	return false, true
}

func mergeSchema(now roster.List, s *changeset.SettingsChange) (roster.List, error) {
	next := max(now.Schema.Next, s.After.Schema.Next)
	people := now.Standing.Active+now.Standing.Inactive+now.Standing.Withdrawn > 0
	if take, _ := mergeAny(s.Before.Schema.Fields, now.Schema.Fields, s.After.Schema.Fields); take && !people {
		now.Schema.Fields, now.Schema.Next = s.After.Schema.Fields, next
		return now, nil
	}
	uid, _ := now.Schema.UID()
	fields := slices.Clone(now.Schema.Fields)
	for _, f := range s.After.Schema.Fields {
		i := slices.IndexFunc(fields, func(has roster.Field) bool { return has.ID == f.ID })
		if i < 0 {
			if _, taken := now.Schema.ByKey(f.Key); taken {
				return now, fault.New(fault.Conflict, "The list has got another field %s since", f.Key)
			}
			fields = append(fields, f)
			continue
		}
		before, _ := s.Before.Schema.ByID(f.ID)
		take, conflict := mergeAny(before, fields[i], f)
		if conflict {
			return now, fault.New(fault.Conflict, "The field %s has changed since", fields[i].Label)
		}
		if take {
			fields[i] = f
		}
	}
	now.Schema.Fields, now.Schema.Next = fields, next
	if is, _ := now.Schema.UID(); people && is.ID != uid.ID {
		return now, fault.New(fault.Invalid, "%s is the UID by which everybody in %s is known; it cannot be another field any more", uid.Label, now.Slug)
	}
	return now, nil
}
