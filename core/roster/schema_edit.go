package roster

import (
	"slices"

	"muster/core/fault"
)

// What is done to a schema in these ways is valid by itself. What it means for
// the people of a list, and whether their values allow it, package core works
// out (Engine.PlanChange).

// Edit changes a field: its label, type, options and whatever else it has but
// its ID and key, which never change. UID goes by SetUID. The error is a
// NotFound or an Invalid fault, or change's, and leaves the field as it was.
func (s *Schema) Edit(key string, change func(*Field) error) error {
	i, err := s.place(key)
	if err != nil {
		return err
	}
	f := s.Fields[i]
	f.Options = slices.Clone(f.Options)
	if err := change(&f); err != nil {
		return err
	}
	f.ID, f.Key, f.UID = s.Fields[i].ID, s.Fields[i].Key, s.Fields[i].UID
	if f.Type != Dropdown {
		f.Options = nil
	}
	if err := f.valid(); err != nil {
		return err
	}
	s.Fields[i] = f
	return nil
}

// Move puts a field to a place, counted from 0; the others close up. A place
// beyond the end is the end.
func (s *Schema) Move(key string, to int) error {
	i, err := s.place(key)
	if err != nil {
		return err
	}
	f := s.Fields[i]
	s.Fields = slices.Delete(s.Fields, i, i+1)
	s.Fields = slices.Insert(s.Fields, max(0, min(to, len(s.Fields))), f)
	return nil
}

// Remove takes a field away. The UID is an Invalid fault.
func (s *Schema) Remove(key string) error {
	i, err := s.place(key)
	if err != nil {
		return err
	}
	if f := s.Fields[i]; f.UID {
		return fault.New(fault.Invalid, "%s is the UID, by which everybody is known; make another field the UID first", f.Label)
	}
	s.Fields = slices.Delete(s.Fields, i, i+1)
	return nil
}

// SetUID makes a field the one by which people are known.
func (s *Schema) SetUID(key string) error {
	i, err := s.place(key)
	if err != nil {
		return err
	}
	f := s.Fields[i]
	f.UID = true
	if err := f.valid(); err != nil {
		return err
	}
	for n := range s.Fields {
		s.Fields[n].UID = n == i
	}
	return nil
}

func (s *Schema) place(key string) (int, error) {
	i := slices.IndexFunc(s.Fields, func(f Field) bool { return f.Key == key })
	if i < 0 {
		return 0, fault.New(fault.NotFound, "There is no field %s", key)
	}
	return i, nil
}

// Shown are the fields that are not hidden, in order.
func (s Schema) Shown() []Field {
	return slices.DeleteFunc(slices.Clone(s.Fields), func(f Field) bool { return f.Hidden })
}
