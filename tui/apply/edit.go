package apply

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// An Edit is one value that was typed for one person.
type Edit struct {
	Person roster.PersonID
	Name   string // what to call the person
	Field  roster.Field
	Base   string // the value that was seen
	Value  string // the value that was typed
}

// saved is what became of an edit. When the value had moved, now, by and at say
// to what, who did it and when.
type saved struct {
	edit  Edit
	head  changeset.Changeset
	err   error
	moved bool
	now   string
	by    string
	at    time.Time
}

// overwrite is the answer that what was typed counts all the same.
type overwrite struct{ edit Edit }

// Save stores an edit. If the value is not what was seen any more, it says who
// changed it to what, and asks.
func (f *Flow) Save(edit Edit) kit.Action {
	if edit.Value == edit.Base {
		return nil
	}
	return kit.Run{Cmd: func() tea.Msg {
		ctx := context.Background()
		head, err := f.engine.SetFields(ctx, f.actor, f.list, edit.Person,
			[]changeset.Change{{Field: edit.Field.ID, Base: edit.Base, Proposed: edit.Value}})
		out := saved{edit: edit, head: head, err: err}
		if fault.Is(err, fault.Conflict) {
			f.clash(ctx, &out)
		}
		return out
	}}
}

// clash finds out whether the value moved, to what and by whom.
func (f *Flow) clash(ctx context.Context, s *saved) {
	p, err := f.engine.Person(ctx, f.list, s.edit.Person)
	if err != nil {
		return // what SetFields said stands
	}
	s.now = p.Values.Get(s.edit.Field.ID)
	s.moved = s.now != s.edit.Base && p.Status != roster.Withdrawn
	events, err := f.engine.History(ctx, f.list, s.edit.Person)
	if err != nil {
		return
	}
	for _, e := range events {
		for _, moved := range e.Fields {
			if moved.Field == s.edit.Field.ID {
				s.by, s.at = e.By, e.At
				return
			}
		}
	}
}

func (f *Flow) saved(s saved) kit.Action {
	label := s.edit.Field.Label
	switch {
	case s.moved:
		s.edit.Base, s.now = s.now, s.edit.Base
		q := kit.Question{
			Title: label + " has changed meanwhile", Yes: "take mine", Dangerous: true,
			Text: fmt.Sprintf("%s of %s was %s when you began, and is %s now (%s %s). You typed %s.",
				label, s.edit.Name, shown(s.now), shown(s.edit.Base), s.by, f.ago(s.at), shown(s.edit.Value)),
		}
		return kit.Open{Dialog: kit.NewConfirm(f.env, q, overwrite{s.edit})}
	case s.err != nil:
		return kit.Fail{Err: s.err}
	case !s.head.Done():
		return kit.Say{Text: "Nothing changed: it is so already"}
	}
	return kit.All{tell(Applied{Head: s.head}),
		kit.Say{Text: fmt.Sprintf("%s of %s is %s; z undoes it", label, s.edit.Name, shown(s.edit.Value)), Kind: kit.Done}}
}

// added is what became of a new person.
type added struct {
	values map[roster.FieldID]string
	name   string
	head   changeset.Changeset
	id     roster.PersonID
	err    error
}

// Add creates a person. When that is refused, the screen gets a Refused, so
// that nothing that was typed is lost.
func (f *Flow) Add(name string, values map[roster.FieldID]string) kit.Action {
	return kit.Run{Cmd: func() tea.Msg {
		head, id, err := f.engine.AddPerson(context.Background(), f.actor, f.list, values)
		return added{values, name, head, id, err}
	}}
}

func (f *Flow) added(a added) kit.Action {
	if a.err != nil {
		return tell(Refused{a.values, a.err})
	}
	return kit.All{tell(Applied{Head: a.head, Person: a.id}),
		kit.Say{Text: "Added " + a.name + "; z undoes it", Kind: kit.Done}}
}
