package demo

import (
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/core/session"
)

// photos is a day of photos that is still going on: people were corrected on
// the session's copy, one of them in the list, too, and somebody was added.
// None of it is pushed yet.
func (f *filler) photos(l *roster.List) error {
	sam := core.LocalUser("sam")
	head, err := f.e.CreateSession(f.ctx, sam, core.NewSession{List: l.ID, Name: "Autumn photos", Kind: session.Photo, Filter: "faculty:law"})
	if err != nil {
		return err
	}
	o, err := f.e.OpenSession(f.ctx, head.ID)
	if err != nil || len(o.Members) < 3 {
		return err
	}
	first, _ := l.Schema.ByKey("first_name")
	notes, _ := l.Schema.ByKey("notes")
	edit := func(n int, field roster.Field, text string) error {
		f.pass(2 * time.Minute)
		_, err := f.e.EditSession(f.ctx, sam, head.ID, o.Members[n].Person,
			[]changeset.Change{{Field: field.ID, Base: o.Members[n].Get(field.ID), Proposed: text}})
		return err
	}
	name := o.Members[0].Get(first.ID)
	if err := edit(0, first, name+" Lou"); err != nil {
		return err
	}
	if err := edit(1, notes, "Photo to be taken again: eyes closed"); err != nil {
		return err
	}
	f.pass(time.Minute)
	uid, _ := l.Schema.UID()
	last, _ := l.Schema.ByKey("last_name")
	if _, err := f.e.AddToSession(f.ctx, sam, head.ID, map[roster.FieldID]string{uid.ID: "GUEST-1", first.ID: "Ottilie", last.ID: "Zweig"}); err != nil {
		return err
	}
	f.pass(10 * time.Minute)
	_, err = f.e.SetFields(f.ctx, core.LocalUser("alex"), l.ID, o.Members[0].Person,
		[]changeset.Change{{Field: first.ID, Base: name, Proposed: name + "-Louise"}})
	return err
}
