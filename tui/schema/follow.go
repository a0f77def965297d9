package schema

import (
	"slices"

	"muster/core/roster"
)

// follow brings the sheet onto the list as it is now. Edits of fields that
// nobody else has touched are kept, and so is the order where the fields are the
// same; what is not kept is said, a sentence each.
func (f *fields) follow(now roster.List) (said []string) {
	same := slices.EqualFunc(f.sheet.before, now.Schema.Fields, roster.Field.Equal)
	f.list = now
	f.reread()
	if same {
		return nil
	}
	old := f.sheet
	f.sheet = newSheet(now.Schema.Fields)
	if old.unsaved() > 0 {
		said = f.sheet.carry(&old)
	}
	f.sheet.fresh, f.sheet.past, f.sheet.future = old.fresh, nil, nil
	f.edited()
	return said
}

// carry makes the edits of an older sheet again.
func (s *sheet) carry(old *sheet) (said []string) {
	kept := 0
	for i := range old.lines {
		l := old.lines[i]
		was, had := old.was(&l)
		at := s.index(l.id)
		switch {
		case !had:
			if s.taken(l.field.Key) {
				l.field.Key = s.key(l.field.Label)
			}
			if l.field.UID {
				l.field.UID = false
				said = append(said, l.field.Label+" is not the UID now; u makes it that again.")
			}
			s.lines = append(s.lines, l)
			kept++
		case !l.gone && len(old.differs(&l)) == 0:
		case at < 0 && l.gone:
		case at < 0:
			said = append(said, was.Label+" has been deleted; your edit of it is gone.")
		case !was.Equal(s.lines[at].field):
			said = append(said, was.Label+" has been changed; your edit of it is gone, and it is shown as it is now.")
		case was.UID != l.field.UID:
			said = append(said, "Which field is the UID is shown as it is now; your edit of "+l.field.Label+" is gone.")
		default:
			s.lines[at] = l
			kept++
		}
	}
	said = append(said, s.reorder(old)...)
	if kept > 0 {
		said = append(said, "Your other edits are still here, unsaved.")
	}
	return said
}

// reorder puts the lines in the order of an older sheet, if that was edited and
// holds the same fields.
func (s *sheet) reorder(old *sheet) (said []string) {
	place := make(map[int]int, len(old.lines))
	sorted, last := true, -1
	for i := range old.lines {
		place[old.lines[i].id] = i
		if at, had := old.at[old.lines[i].id]; had {
			sorted, last = sorted && at > last, at
		}
	}
	if sorted {
		return nil
	}
	for i := range s.lines {
		if _, known := place[s.lines[i].id]; !known {
			return []string{"Fields were added; the order is shown as it is now, without your moves."}
		}
	}
	slices.SortStableFunc(s.lines, func(a, b line) int { return place[a.id] - place[b.id] })
	return nil
}
