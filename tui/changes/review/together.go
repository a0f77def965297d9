package review

import "muster/core/roster"

// belonging are the parts of an item that belong together with a field, by the
// groups of the list's fields, that one first.
func (s *Set) belonging(n int, f roster.FieldID) []ref {
	refs := []ref{{n, f}}
	field, _ := s.List.Schema.ByID(f)
	group := s.List.GroupOf(field)
	if group == "" {
		return refs
	}
	for _, other := range s.Items[n].Parts() {
		if o, ok := s.List.Schema.ByID(other); ok && other != f && s.List.GroupOf(o) == group {
			refs = append(refs, ref{n, other})
		}
	}
	return refs
}
