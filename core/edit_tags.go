package core

import (
	"context"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// DraftTags works out adding tags to a field of many people and taking others
// away; what else each of them has in it stays. People for whom the field is
// locked are rejects of the draft. A field that holds no tags is an Invalid
// fault.
func (e *Engine) DraftTags(ctx context.Context, list roster.ListID, people []roster.PersonID, field roster.FieldID, add, remove []string, p *Progress) (*Draft, error) {
	return e.editDraft(ctx, list, people, p, func(l *roster.List, p *roster.Person, it *changeset.Item) error {
		if f, ok := l.Schema.ByID(field); ok && f.Type != roster.Tags {
			return fault.New(fault.Invalid, "%s holds no tags; it is a %s", f.Label, f.Type)
		}
		has := p.Values.Get(field)
		return editField(l, p, it, changeset.Change{Field: field, Base: has, Proposed: roster.EditTags(has, add, remove)})
	})
}
