package core

import (
	"context"
	"fmt"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// A manual edit is a changeset like any other, approved by whoever makes it
// and applied at once.

// SetFields changes fields of one person. Each change's Base is the value the
// actor saw: if it has moved since, nothing is changed and the error is a
// Conflict fault. A locked field is a Locked fault, a bad value an Invalid one.
func (e *Engine) SetFields(ctx context.Context, actor Actor, list roster.ListID, id roster.PersonID, changes []changeset.Change) (changeset.Changeset, error) {
	if err := e.May(actor, list, EditPeople); err != nil {
		return changeset.Changeset{}, err
	}
	d, err := e.editDraft(ctx, list, []roster.PersonID{id}, nil, func(l *roster.List, p *roster.Person, it *changeset.Item) error {
		for _, c := range changes {
			if err := editField(l, p, it, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return changeset.Changeset{}, err
	}
	return e.ApplyDraft(ctx, actor, d, How{})
}

// DraftField works out setting one field of many people to the same value.
// People for whom the field is locked are rejects of the draft.
func (e *Engine) DraftField(ctx context.Context, list roster.ListID, people []roster.PersonID, field roster.FieldID, value string, p *Progress) (*Draft, error) {
	return e.editDraft(ctx, list, people, p, func(l *roster.List, p *roster.Person, it *changeset.Item) error {
		return editField(l, p, it, changeset.Change{Field: field, Base: p.Values.Get(field), Proposed: value})
	})
}

// DraftStatus works out deactivating or reactivating many people.
func (e *Engine) DraftStatus(ctx context.Context, list roster.ListID, people []roster.PersonID, to roster.Status, p *Progress) (*Draft, error) {
	return e.editDraft(ctx, list, people, p, func(_ *roster.List, p *roster.Person, it *changeset.Item) error {
		switch {
		case p.Status == roster.Withdrawn || p.Status == to:
			return nil
		case to == roster.Active:
			it.Kind = changeset.Reactivate
		default:
			it.Kind = changeset.Deactivate
		}
		it.To = to
		return nil
	})
}

// AddPerson creates a person with the given values.
func (e *Engine) AddPerson(ctx context.Context, actor Actor, list roster.ListID, values map[roster.FieldID]string) (changeset.Changeset, roster.PersonID, error) {
	if err := e.May(actor, list, EditPeople); err != nil {
		return changeset.Changeset{}, roster.PersonID{}, err
	}
	var d *Draft
	id := e.ids.Next()
	err := e.view(ctx, func(tx Tx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		if _, ok := l.Schema.UID(); !ok {
			return errNoUID(&l)
		}
		var v roster.Values
		for _, f := range l.Schema.Fields {
			text, err := f.Check(values[f.ID])
			if err != nil {
				return err
			}
			v = v.With(f.ID, text)
		}
		d = &Draft{List: l, Head: changeset.Changeset{List: list, Origin: changeset.Edit, State: changeset.Pending}}
		d.Items = []changeset.Item{{Person: id, Kind: changeset.Create, UID: l.UID(v), Values: v}}
		d.Head.Counts.Creates = 1
		return nil
	})
	if err != nil {
		return changeset.Changeset{}, id, err
	}
	head, err := e.ApplyDraft(ctx, actor, d, How{})
	return head, id, err
}

func errNoUID(l *roster.List) error {
	return fault.New(fault.Invalid, "The list %s has no UID field yet; it takes no people until it has one", l.Slug)
}

// editField adds a manual change to an item, if it changes anything.
func editField(l *roster.List, p *roster.Person, it *changeset.Item, c changeset.Change) error {
	f, ok := l.Schema.ByID(c.Field)
	if !ok {
		return fault.New(fault.NotFound, "The list %s has no such field", l.Slug)
	}
	if p.Status == roster.Withdrawn {
		return fault.New(fault.Conflict, "%s was taken back out of the roster; roll that back first", l.DisplayName(p.Values))
	}
	if m, locked := l.Lock(p, f.Key); locked {
		return fault.New(fault.Locked, "%s belongs to the directory (mapped from %s); change it there, or turn the mapping off", f.Label, m.Attribute)
	}
	var err error
	if c.Proposed, err = f.Check(c.Proposed); err != nil {
		return err
	}
	if c.Proposed == c.Base {
		return nil
	}
	if f.UID {
		it.UID = c.Proposed
	}
	it.Changes = append(it.Changes, c)
	return nil
}

// editDraft makes one item a person. With one person an error of edit is the
// error; with more, it makes that person a reject.
func (e *Engine) editDraft(ctx context.Context, list roster.ListID, people []roster.PersonID, progress *Progress, edit func(*roster.List, *roster.Person, *changeset.Item) error) (*Draft, error) {
	d := new(Draft)
	err := e.view(ctx, func(tx Tx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		*d = Draft{List: l, Head: changeset.Changeset{List: list, Origin: changeset.Edit, State: changeset.Pending}}
		progress.Start("Looking at them", int64(len(people)))
		for n, id := range people {
			if n%looked == 0 {
				if err := ctx.Err(); err != nil {
					return err
				}
				progress.Set(int64(n))
			}
			p, err := findPerson(tx, list, id)
			if err != nil {
				return err
			}
			it := changeset.Item{Person: id, Kind: changeset.Update, From: p.Status, To: p.Status, UID: l.UID(p.Values)}
			if err := edit(&l, &p, &it); err != nil {
				if len(people) == 1 {
					return err
				}
				d.Rejects = append(d.Rejects, Reject{Line: n + 1, Problem: fmt.Sprintf("%s: %s", l.DisplayName(p.Values), fault.Sentence(err))})
				continue
			}
			if len(it.Changes) > 0 || it.From != it.To {
				d.Items = append(d.Items, it)
				d.Head.Counts.Add(it.Kind, 1)
			} else {
				d.Head.Counts.Unchanged++
			}
		}
		d.Head.Counts.Rejects = len(d.Rejects)
		return ctx.Err()
	})
	return d, err
}
