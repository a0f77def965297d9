package core

import (
	"errors"
	"reflect"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// mergeSettings is the change of a list itself under the rule of every change:
// what has moved to something else since is never overwritten, but told among
// the clashes, and what the change is not about stays. A field that the change
// would take away stays where used says that somebody has a value in it, and so
// does the UID while there are people. It is an Invalid fault that people would
// be without one, and a Conflict that there would be two, or that not exactly one
// mapping would feed it. The clashes are a few words each, for a sentence.
func mergeSettings(now roster.List, s *changeset.SettingsChange, used func(roster.FieldID) bool) (after roster.List, clashes []string, err error) {
	unmoved := sameOwn(&now, &s.Before)
	for _, part := range []struct {
		what               string
		now, before, after any
		take               func()
	}{
		{"name", now.Name, s.Before.Name, s.After.Name, func() { now.Name = s.After.Name }},
		{"source", now.Connection, s.Before.Connection, s.After.Connection, func() { now.Connection = s.After.Connection }},
		{"scope", now.Scope, s.Before.Scope, s.After.Scope, func() { now.Scope = s.After.Scope }},
		{"schedule", now.Schedule, s.Before.Schedule, s.After.Schedule, func() { now.Schedule = s.After.Schedule }},
		{"protected people", now.Protected, s.Before.Protected, s.After.Protected, func() { now.Protected = s.After.Protected }},
		{"limits", now.Limits, s.Before.Limits, s.After.Limits, func() { now.Limits = s.After.Limits }},
		{"approval", now.Approval, s.Before.Approval, s.After.Approval, func() { now.Approval = s.After.Approval }},
		{"notices", now.Outlets, s.Before.Outlets, s.After.Outlets, func() { now.Outlets = s.After.Outlets }},
	} {
		take, conflict := mergeAny(part.before, part.now, part.after)
		if conflict {
			clashes = append(clashes, part.what)
		}
		if take {
			part.take()
		}
	}
	// How the last file was read is only offered for the next one.
	if take, _ := mergeAny(s.Before.Imports, now.Imports, s.After.Imports); take {
		now.Imports = s.After.Imports
	}
	was := now
	fields, err := mergeSchema(&now, s, used)
	mappings, fed := mergeMappings(&was, &s.Before, &s.After, &now)
	if unmoved {
		mappings, fed = s.After.Mappings, nil
	}
	now.Mappings = mappings
	if err == nil && feedsOfUID(&now) != 1 && feedsOfUID(&s.After) == 1 {
		uid, _ := now.Schema.UID()
		err = fault.New(fault.Conflict, "What feeds %s, by which everybody in %s is known, has changed since", uid.Label, now.Slug)
	}
	return now, slices.Concat(clashes, fields, fed), err
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

// mergeSchema merges the fields, one by one, and returns the labels of those
// that clash.
func mergeSchema(now *roster.List, s *changeset.SettingsChange, used func(roster.FieldID) bool) (clashes []string, err error) {
	now.Schema.Next = max(now.Schema.Next, s.After.Schema.Next)
	was := now.Schema
	defer func() { now.Schema.Removed = removed(&was, now.Schema.Fields) }()
	fed := fedSince(now, &s.Before, &s.After)
	for _, f := range fed {
		clashes = append(clashes, f.Label)
	}
	uid, had := now.Schema.UID()
	people := now.Standing.Active+now.Standing.Inactive+now.Standing.Withdrawn > 0
	if take, _ := mergeAny(s.Before.Schema.Fields, now.Schema.Fields, s.After.Schema.Fields); take && !people && len(fed) == 0 {
		now.Schema.Fields = s.After.Schema.Fields
		return nil, nil
	}
	fields := slices.Clone(now.Schema.Fields)
	for _, f := range s.After.Schema.Fields {
		i := slices.IndexFunc(fields, func(has roster.Field) bool { return has.ID == f.ID })
		before, had := s.Before.Schema.ByID(f.ID)
		_, taken := now.Schema.ByKey(f.Key)
		switch {
		case i < 0 && had: // somebody has taken it away since
		case i < 0 && taken:
			clashes = append(clashes, f.Label)
		case i < 0:
			fields = append(fields, f)
		default:
			take, conflict := mergeAny(before, fields[i], f)
			if take {
				fields[i] = f
			}
			if conflict {
				clashes = append(clashes, f.Label)
			}
		}
	}
	fields = slices.DeleteFunc(fields, func(f roster.Field) bool {
		_, before := s.Before.Schema.ByID(f.ID)
		_, after := s.After.Schema.ByID(f.ID)
		feeds := slices.ContainsFunc(fed, func(fed roster.Field) bool { return fed.ID == f.ID })
		return before && !after && !feeds && !(people && f.UID) && !used(f.ID)
	})
	if slices.Equal(order(now.Schema.Fields), order(s.Before.Schema.Fields)) {
		arrange(fields, order(s.After.Schema.Fields))
	}
	now.Schema.Fields = fields
	uids := 0
	for _, f := range fields {
		if f.UID {
			uids++
		}
	}
	switch {
	case uids > 1:
		err = fault.New(fault.Conflict, "Another field of %s has become the UID since", now.Slug)
	case people && had && uids == 0:
		err = fault.New(fault.Invalid, "%s is the UID by which everybody in %s is known; it cannot be taken away", uid.Label, now.Slug)
	}
	return clashes, err
}

// removed are the fields that a schema has had and that are not among these.
func removed(was *roster.Schema, fields []roster.Field) (gone []roster.Field) {
	for _, f := range slices.Concat(was.Removed, was.Fields) {
		is := func(other roster.Field) bool { return other.ID == f.ID }
		if !slices.ContainsFunc(fields, is) && !slices.ContainsFunc(gone, is) {
			gone = append(gone, f)
		}
	}
	return gone
}

// order is how fields follow each other.
func order(fields []roster.Field) []roster.FieldID {
	ids := make([]roster.FieldID, len(fields))
	for i, f := range fields {
		ids[i] = f.ID
	}
	return ids
}

// arrange puts fields in an order; those that it does not name come last.
func arrange(fields []roster.Field, order []roster.FieldID) {
	place := func(f roster.Field) int {
		if i := slices.Index(order, f.ID); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(fields, func(a, b roster.Field) int { return place(a) - place(b) })
}

// usedIn reports whether anybody in the list has a value in a field.
func usedIn(tx Tx, list roster.ListID, f roster.FieldID) (used bool, err error) {
	found := errors.New("found")
	err = tx.EachPerson(list, func(p *roster.Person) error {
		if p.Status != roster.Withdrawn && p.Values.Get(f) != "" {
			return found
		}
		return nil
	})
	if errors.Is(err, found) {
		return true, nil
	}
	return false, err
}
