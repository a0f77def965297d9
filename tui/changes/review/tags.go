package review

import (
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// A change of tags is told by the tags that come and those that go, not by the
// two sets.

// findTags notes which fields hold tags.
func (s *Set) findTags() {
	s.tags = s.tags[:0]
	for _, f := range s.List.Schema.Fields {
		if f.Type == roster.Tags {
			s.tags = append(s.tags, f.ID)
		}
	}
}

func (s *Set) holdsTags(f roster.FieldID) bool { return slices.Contains(s.tags, f) }

// transition is what a part has in common with others: its values; of mail that
// only moves to another domain, the domains; of tags, those that go and those
// that come.
func (s *Set) transition(c changeset.Change) (from, to string) {
	if s.holdsTags(c.Field) {
		added, removed := roster.DiffTags(c.Base, c.Proposed)
		return strings.Join(removed, ", "), strings.Join(added, ", ")
	}
	name, old, ok := strings.Cut(c.Base, "@")
	same, domain, also := strings.Cut(c.Proposed, "@")
	if ok && also && name == same && name != "" {
		return "@" + old, "@" + domain
	}
	return c.Base, c.Proposed
}

// tagLine draws below a row of tags which of them come and go.
func (d *detail) tagLine(r *row, indent int) {
	if !r.part || !d.set.holdsTags(r.field) || r.v.same {
		return
	}
	added, removed := roster.DiffTags(r.v.old, r.v.next)
	for _, part := range []struct {
		tags []string
		role theme.Role
		text string
	}{{added, theme.Added, kit.TagWords(d.env, strings.Join(added, ", "), "")}, {removed, theme.Removed, kit.TagWords(d.env, "", strings.Join(removed, ", "))}} {
		for _, text := range d.env.Wrap(part.text, max(8, d.width-indent)) {
			if text != "" {
				d.lines = append(d.lines, d.env.Line(d.width).Gap(indent).Add(part.role, text).String())
			}
		}
	}
}
