package schema

import (
	"fmt"
	"slices"
	"strings"

	"muster/core/fault"
	"muster/core/roster"
)

// A sheet is a list's fields while they are edited: as they were read, as they
// are to be, and the edits between, each of which can be taken back. A field
// that is to be deleted stays in its place until that is saved.
type sheet struct {
	before []roster.Field
	at     map[int]int // where a field is among them, by its ID
	lines  []line
	past   []edit // newest last
	future []edit // what was taken back, the first to come again last
	fresh  int    // how many fields were added, taken back or not
}

// line is one field of a sheet.
type line struct {
	// id is the FieldID, or for a field that is new a number below 0.
	id    int
	field roster.Field
	gone  bool // it is to be deleted
	// renamed are options that are renamed with the values of people, from the
	// name that was read to the one it has now.
	renamed []renaming
	// written is how the texts are written that become dates, as D/M/YYYY; empty
	// where that can be told from each.
	written string
	// clear says that values which the field does not take any more are emptied.
	clear bool
}

// renaming is an option's old and new name.
type renaming struct{ from, to string }

// edit is what was there before an edit, and what the edit was, as a person
// says it: "Year is a number".
type edit struct {
	lines []line
	what  string
}

// newSheet is the sheet of fields nobody has edited yet.
func newSheet(fields []roster.Field) sheet {
	s := sheet{before: fields, at: make(map[int]int, len(fields)), lines: make([]line, len(fields))}
	for i, f := range fields {
		s.at[int(f.ID)] = i
		s.lines[i] = line{id: int(f.ID), field: f}
	}
	return s
}

// change makes an edit: do changes the lines, which are its own.
func (s *sheet) change(what string, do func(lines []line) []line) {
	old := s.lines
	s.lines = do(slices.Clone(old))
	s.past = append(s.past, edit{old, what})
	s.future = nil
}

// set makes an edit of one line.
func (s *sheet) set(i int, what string, do func(l *line)) {
	s.change(what, func(lines []line) []line {
		l := &lines[i]
		l.field.Options, l.renamed = slices.Clone(l.field.Options), slices.Clone(l.renamed)
		do(l)
		return lines
	})
}

// add makes the edit that adds a field, and returns its line.
func (s *sheet) add(f roster.Field) int {
	s.fresh++
	id := -s.fresh
	s.change("the new field "+f.Label, func(lines []line) []line { return append(lines, line{id: id, field: f}) })
	return len(s.lines) - 1
}

// move makes the edit that puts a line elsewhere; not ok where there is no such
// place.
func (s *sheet) move(from, to int) bool {
	if to < 0 || to >= len(s.lines) {
		return false
	}
	s.change("the place of "+s.lines[from].field.Label, func(lines []line) []line {
		moved := lines[from]
		return slices.Insert(slices.Delete(lines, from, from+1), to, moved)
	})
	return true
}

// undo takes the last edit back, and says which it was; not ok when there is
// none.
func (s *sheet) undo() (what string, ok bool) {
	if len(s.past) == 0 {
		return "", false
	}
	last := s.past[len(s.past)-1]
	s.past = s.past[:len(s.past)-1]
	s.future = append(s.future, edit{s.lines, last.what})
	s.lines = last.lines
	return last.what, true
}

// redo makes the edit again that was taken back last.
func (s *sheet) redo() (what string, ok bool) {
	if len(s.future) == 0 {
		return "", false
	}
	last := s.future[len(s.future)-1]
	s.future = s.future[:len(s.future)-1]
	s.past = append(s.past, edit{s.lines, last.what})
	s.lines = last.lines
	return last.what, true
}

// index returns where the line of an id is, or -1.
func (s *sheet) index(id int) int {
	return slices.IndexFunc(s.lines, func(l line) bool { return l.id == id })
}

// was returns the field of a line as it was read; not ok if the line is new.
func (s *sheet) was(l *line) (roster.Field, bool) {
	i, ok := s.at[l.id]
	if !ok {
		return roster.Field{}, false
	}
	return s.before[i], true
}

// fields are the fields as they are to be, those that are new without an ID.
func (s *sheet) fields() []roster.Field {
	fields := make([]roster.Field, 0, len(s.lines))
	for _, l := range s.lines {
		if !l.gone {
			fields = append(fields, l.field)
		}
	}
	return fields
}

// key makes the key of a new field of its label, which no field has yet, nor had
// when the sheet was read.
func (s *sheet) key(label string) string {
	base := roster.KeyFor(label)
	if base == "" {
		base = "field"
	}
	key := base
	for n := 2; s.taken(key); n++ {
		key = fmt.Sprintf("%s_%d", base, n)
	}
	return key
}

func (s *sheet) taken(key string) bool {
	return slices.ContainsFunc(s.lines, func(l line) bool { return l.field.Key == key })
}

// check refuses a label that could not be told from that of another field, and
// says why as a sentence.
func (s *sheet) check(id int, label string) error {
	label = strings.TrimSpace(label)
	if label == "" {
		return fault.New(fault.Invalid, "A field needs a label")
	}
	for _, l := range s.lines {
		if l.id != id && !l.gone && strings.EqualFold(l.field.Label, label) {
			return fault.New(fault.Invalid, "There is a field %s already", l.field.Label)
		}
	}
	return nil
}

// unsaved counts the fields that are not as they were read, and one more if
// those that stay are in another order.
func (s *sheet) unsaved() int {
	n, moved := 0, false
	last := -1
	for i := range s.lines {
		l := &s.lines[i]
		was, had := s.at[l.id]
		switch {
		case !had:
			if !l.gone {
				n++
			}
			continue
		case l.gone || s.edited(l):
			n++
		}
		moved = moved || was < last
		last = was
	}
	if moved {
		n++
	}
	return n
}

// edited reports whether a line that was read is to be otherwise. That it is the
// UID no more another line's edit tells.
func (s *sheet) edited(l *line) bool {
	was, had := s.was(l)
	if !had || l.field.UID && !was.UID || len(l.renamed) > 0 || l.written != "" || l.clear {
		return had
	}
	was.UID = l.field.UID
	return !was.Equal(l.field)
}

// hidden counts the fields that are hidden.
func (s *sheet) hidden() int {
	n := 0
	for i := range s.lines {
		if s.lines[i].field.Hidden {
			n++
		}
	}
	return n
}

// differs says in a few words each how a line differs from what was read.
func (s *sheet) differs(l *line) []string {
	was, ok := s.was(l)
	if !ok {
		return []string{"new"}
	}
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	now := l.field
	if was.Label != now.Label {
		say("called %s, was %s", now.Label, was.Label)
	}
	if was.Type != now.Type {
		say("%s, was %s", now.Type, was.Type)
	}
	for _, flag := range []struct {
		was, is  bool
		yes, not string
	}{
		{was.UID, now.UID, "the UID", "not the UID any more"},
		{was.Required, now.Required, "required", "not required any more"},
		{was.Unique, now.Unique, "unique", "not unique any more"},
		{was.Hidden, now.Hidden, "hidden", "shown again"},
	} {
		switch {
		case flag.is && !flag.was:
			say("%s", flag.yes)
		case flag.was && !flag.is:
			say("%s", flag.not)
		}
	}
	if was.Group != now.Group {
		say("decided %s", decidedWith(now.Group))
	}
	all = append(all, optionsDiffer(was, l)...)
	if l.written != "" {
		say("dates are read as %s", l.written)
	}
	if l.clear {
		say("values that do not fit are emptied")
	}
	return all
}

func decidedWith(group string) string {
	switch group {
	case "":
		return "with others as its name says"
	case roster.NoGroup:
		return "alone"
	}
	return "with the group " + group
}

// optionsDiffer says how a line's options differ from those that were read.
func optionsDiffer(was roster.Field, l *line) []string {
	var all []string
	if was.Type != roster.Dropdown {
		if n := len(l.field.Options); n > 0 {
			all = append(all, fmt.Sprintf("%d options", n))
		}
		return all
	}
	for _, r := range l.renamed {
		all = append(all, "option "+r.from+" becomes "+r.to)
	}
	old := func(option string) bool { return slices.Contains(was.Options, option) }
	added, removed := 0, 0
	for _, o := range l.field.Options {
		if !old(o) && !slices.ContainsFunc(l.renamed, func(r renaming) bool { return r.to == o }) {
			added++
		}
	}
	for _, o := range was.Options {
		if !slices.Contains(l.field.Options, o) && !slices.ContainsFunc(l.renamed, func(r renaming) bool { return r.from == o }) {
			removed++
		}
	}
	if added > 0 {
		all = append(all, fmt.Sprintf("%d more options", added))
	}
	if removed > 0 {
		all = append(all, fmt.Sprintf("%d options fewer", removed))
	}
	if len(all) == 0 && !slices.Equal(was.Options, l.field.Options) {
		all = append(all, "options in another order")
	}
	return all
}
