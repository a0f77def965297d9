package schema

import (
	"slices"
	"strings"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
)

// listChange is what is to be done to the list: the sheet's edits, all of them
// together. It holds for the fields that the sheet was read from, and no others.
func (s *sheet) listChange() core.ListChange {
	before, lines := s.before, slices.Clone(s.lines)
	c := core.ListChange{Note: s.note(), Convert: make(map[string][]mapping.Transform), Make: func(l *roster.List) error {
		if !slices.EqualFunc(before, l.Schema.Fields, roster.Field.Equal) {
			return errMoved
		}
		return makeFields(l, lines)
	}}
	for _, l := range lines {
		if l.gone {
			continue
		}
		if len(l.renamed) > 0 {
			pairs := make([][2]string, len(l.renamed))
			for i, r := range l.renamed {
				pairs[i] = [2]string{r.from, r.to}
			}
			c.Convert[l.field.Key] = []mapping.Transform{mapping.MapMany(pairs...)}
		}
		if l.written != "" {
			c.Convert[l.field.Key] = append(c.Convert[l.field.Key], mapping.Transform("date("+l.written+")"))
		}
		if l.clear {
			c.Clear = append(c.Clear, l.field.Key)
		}
	}
	return c
}

// errMoved says that the fields are not those that were edited any more.
var errMoved = fault.New(fault.Conflict, "The fields of the list have changed meanwhile; look at them again before you save")

// makeFields gives a list the fields of lines, and takes the mappings away of
// those that go.
func makeFields(l *roster.List, lines []line) error {
	for i := range lines {
		if err := makeField(&l.Schema, &lines[i]); err != nil {
			return err
		}
	}
	lines = slices.Clone(lines)
	stay := lines[:0]
	for _, each := range lines {
		if !each.gone {
			stay = append(stay, each)
			continue
		}
		if err := l.Schema.Remove(each.field.Key); err != nil {
			return err
		}
		fed := func(m mapping.Mapping) bool { return m.Field == each.field.Key }
		l.Mappings, l.Imports = slices.DeleteFunc(l.Mappings, fed), slices.DeleteFunc(l.Imports, fed)
	}
	for place, each := range stay {
		if l.Schema.Fields[place].Key == each.field.Key {
			continue
		}
		if err := l.Schema.Move(each.field.Key, place); err != nil {
			return err
		}
	}
	return nil
}

// makeField adds or changes a field that stays, and makes it the UID.
func makeField(s *roster.Schema, each *line) error {
	f := each.field
	f.Options = slices.Clone(f.Options)
	has, known := s.ByKey(f.Key)
	switch {
	case each.gone, known && has.Equal(f):
		return nil
	case each.id < 0:
		f.UID = false
		if err := s.Add(f); err != nil {
			return err
		}
	default:
		if err := s.Edit(f.Key, func(is *roster.Field) error {
			*is = f
			return nil
		}); err != nil {
			return err
		}
	}
	if each.field.UID && !has.UID {
		return s.SetUID(f.Key)
	}
	return nil
}

// note says in a few words what the edits are, for the changeset.
func (s *sheet) note() string {
	var added, changed, gone []string
	for i := range s.lines {
		l := &s.lines[i]
		switch {
		case l.gone:
			gone = append(gone, l.field.Label)
		case l.id < 0:
			added = append(added, l.field.Label)
		case s.edited(l):
			changed = append(changed, l.field.Label)
		}
	}
	var parts []string
	say := func(verb string, labels []string) {
		if len(labels) > 0 {
			parts = append(parts, verb+" "+some(labels, 3))
		}
	}
	say("deleted", gone)
	say("changed", changed)
	say("added", added)
	if len(parts) == 0 {
		return "fields in another order"
	}
	return "fields: " + strings.Join(parts, "; ")
}

// some names the first few of many.
func some(all []string, most int) string {
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:most], ", ") + " and " + kit.Count(len(all)-most) + " more"
}
