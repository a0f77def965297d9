// Package demo fills a store with made-up lists as an organisation's would be
// after a few months: people who came, changed and left, edits by several
// administrators, and a changeset that the guard holds.
package demo

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/madeup"
	"muster/core/mapping"
	"muster/core/roster"
)

// Fill makes the demo's lists of about the given number of people in an empty
// store. All of it happened before now; the same arguments make the same
// people and the same history. Progress, if it is not nil, is told how many
// people have come of it so far.
func Fill(ctx context.Context, store core.Store, now time.Time, people int, progress *core.Progress) error {
	f := &filler{ctx: ctx, now: now.AddDate(0, 0, -90), progress: progress}
	e, err := core.Open(ctx, store, core.Options{Clock: func() time.Time { return f.now }})
	if err != nil {
		return fmt.Errorf("open the demo's store: %w", err)
	}
	f.e = e
	people = max(people, 3)
	lists := []past{
		newPast("students", "Students", madeup.Students, people*70/100),
		newPast("staff", "Staff", madeup.Staff, people*24/100),
		newPast("contractors", "Contractors", madeup.Contractors, people-people*70/100-people*24/100),
	}
	for _, l := range lists {
		f.rows += l.spring.Len() + l.summer.Len() + l.autumn.Len()
	}
	f.people = people
	progress.Start("Making up people", int64(people))
	for _, l := range lists {
		f.now = now.AddDate(0, 0, -90)
		if err := f.fill(l); err != nil {
			return fmt.Errorf("fill the list %s: %w", l.slug, err)
		}
	}
	return nil
}

type filler struct {
	ctx context.Context
	e   *core.Engine
	now time.Time

	progress             *core.Progress
	people, rows, passed int // of all files, how many rows there are and have passed
}

// past is a list and the files that came for it.
type past struct {
	slug, name             string
	spring, summer, autumn madeup.Roster // nobody: no such file
}

func newPast(slug, name string, kind madeup.Kind, people int) past {
	p := past{slug: slug, name: name, spring: madeup.Roster{Kind: kind, Seed: 7, People: max(people, 1)}}
	p.summer = p.spring
	p.summer.Next = madeup.Term{Gone: 1 + people/40, Changed: people / 12, New: people / 30}
	if kind == madeup.Students {
		p.autumn = p.spring
		p.autumn.Next = madeup.Term{Gone: people / 3, Changed: people / 9, New: people / 8}
	}
	return p
}

// fill gives one list its past: a first import, edits by hand, a term's
// changes, and for the students a file that waits, and a session.
func (f *filler) fill(p past) error {
	l, maps, err := newList(p.slug, p.name, p.spring)
	if err != nil {
		return err
	}
	if l, err = f.e.CreateList(f.ctx, core.LocalUser("alex"), l); err != nil {
		return err
	}
	if err := f.bring(l.ID, maps, p.spring, p.slug+"-spring.csv", "alex"); err != nil {
		return err
	}
	f.pass(27 * 24 * time.Hour)
	if err := f.edit(l.ID); err != nil {
		return err
	}
	f.pass(40 * 24 * time.Hour)
	if err := f.bring(l.ID, maps, p.summer, p.slug+"-summer.csv", "kim"); err != nil {
		return err
	}
	if p.autumn.Len() == 0 {
		return nil
	}
	f.pass(22*24*time.Hour + 5*time.Hour)
	d, err := f.plan(l.ID, maps, p.autumn, p.slug+"-autumn.csv")
	if err != nil {
		return err
	}
	if _, err = f.e.Propose(f.ctx, core.LocalUser("kim"), d); err != nil {
		return err
	}
	f.pass(50 * time.Minute)
	if err := f.meanwhile(d); err != nil {
		return err
	}
	f.pass(2 * time.Hour)
	return f.photos(&l)
}

// meanwhile has somebody change a person by hand whom a waiting changeset
// would change, too: a conflict to be decided.
func (f *filler) meanwhile(d *core.Draft) error {
	for i := range d.Items {
		it := &d.Items[i]
		if it.Kind != changeset.Update || len(it.Changes) == 0 {
			continue
		}
		c := it.Changes[0]
		if field, _ := d.List.Schema.ByID(c.Field); field.Type != roster.Text || field.UID {
			continue
		}
		_, err := f.e.SetFields(f.ctx, core.LocalUser("alex"), d.Head.List, it.Person,
			[]changeset.Change{{Field: c.Field, Base: c.Base, Proposed: c.Proposed + " (by hand)"}})
		return err
	}
	return nil
}

func (f *filler) pass(d time.Duration) { f.now = f.now.Add(d) }

func newList(slug, name string, people madeup.Roster) (roster.List, []mapping.Mapping, error) {
	l := roster.List{Slug: slug, Name: name, Limits: roster.DefaultLimits()}
	var maps []mapping.Mapping
	for i, header := range people.Header() {
		field := roster.Field{Key: roster.KeyFor(header), Label: header, UID: i == madeup.Number}
		switch i {
		case madeup.Email:
			field.Type = roster.Email
		case madeup.Site:
			field.Type = roster.Dropdown
			for row := range people.Rows() {
				if !slices.Contains(field.Options, row[i]) && row[i] != "" {
					field.Options = append(field.Options, row[i])
				}
			}
		case madeup.StartDate:
			field.Type = roster.Date
		}
		if err := l.Schema.Add(field); err != nil {
			return l, nil, err
		}
		// What the card office keeps itself is in no file.
		if i != madeup.CardNumber && i != madeup.Notes {
			maps = append(maps, mapping.Mapping{Attribute: header, Transforms: []mapping.Transform{mapping.Trim}, Field: field.Key, On: true})
		}
	}
	l.Imports = maps
	return l, maps, nil
}

func (f *filler) plan(list roster.ListID, maps []mapping.Mapping, people madeup.Roster, note string) (*core.Draft, error) {
	return f.e.Plan(f.ctx, core.Intake{
		List: list, Origin: changeset.Import, Note: note, Attributes: people.Header(), Mappings: maps,
		Records: f.records(people), Full: true,
	})
}

func (f *filler) bring(list roster.ListID, maps []mapping.Mapping, people madeup.Roster, note, by string) error {
	d, err := f.plan(list, maps, people, note)
	if err != nil {
		return err
	}
	_, err = f.e.ApplyDraft(f.ctx, core.LocalUser(by), d, core.How{})
	return err
}

// edit is what administrators do in between: cards handed out, notes taken, a
// few people deactivated, one change taken back.
func (f *filler) edit(list roster.ListID) error {
	var some []roster.Person
	err := f.e.EachPerson(f.ctx, list, func(p *roster.Person) error {
		if len(some) < 40 {
			some = append(some, roster.Person{ID: p.ID, Values: roster.Values([]byte(p.Values))})
		}
		return nil
	})
	if err != nil {
		return err
	}
	l, err := f.listByID(list)
	if err != nil {
		return err
	}
	card, _ := l.Schema.ByKey("card_number")
	notes, _ := l.Schema.ByKey("notes")
	words := []string{"Left-handed", "Card reissued", "Prefers to be called by the nickname", "Visits on Thursdays", "Wheelchair access to lab 3 🦽"}
	for i, p := range some {
		f.pass(11 * time.Minute)
		by := core.LocalUser([]string{"alex", "kim", "sam"}[i%3])
		changes := []changeset.Change{{Field: card.ID, Base: p.Values.Get(card.ID), Proposed: fmt.Sprintf("04A2%02X9BC%03X", i, i*37)}}
		if i%4 == 0 {
			changes = append(changes, changeset.Change{Field: notes.ID, Base: p.Values.Get(notes.ID), Proposed: words[i/4%len(words)]})
		}
		if _, err := f.e.SetFields(f.ctx, by, list, p.ID, changes); err != nil {
			return err
		}
	}
	if len(some) < 6 {
		return nil
	}
	f.pass(time.Hour)
	d, err := f.e.DraftStatus(f.ctx, list, []roster.PersonID{some[3].ID, some[4].ID, some[5].ID}, roster.Inactive, nil)
	if err != nil {
		return err
	}
	head, err := f.e.ApplyDraft(f.ctx, core.LocalUser("sam"), d, core.How{})
	if err != nil {
		return err
	}
	f.pass(3 * time.Minute)
	if d, err = f.e.Rollback(f.ctx, head.ID); err != nil {
		return err
	}
	_, err = f.e.ApplyDraft(f.ctx, core.LocalUser("sam"), d, core.How{})
	return err
}

func (f *filler) listByID(id roster.ListID) (roster.List, error) {
	lists, err := f.e.Lists(f.ctx)
	if err != nil {
		return roster.List{}, err
	}
	i := slices.IndexFunc(lists, func(l roster.List) bool { return l.ID == id })
	return lists[i], nil
}

// records are the rows of a file, counted as they pass.
func (f *filler) records(people madeup.Roster) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		const size = 1024
		batch := make([]mapping.Record, 0, size)
		line := 1
		for row := range people.Rows() {
			line++
			cells := make([]mapping.Cell, len(row))
			for i, text := range row {
				cells[i].Text = text
			}
			if batch = append(batch, mapping.Record{Line: line, Cells: cells}); len(batch) == size {
				if !yield(batch, nil) {
					return
				}
				f.passed += size
				f.progress.Set(int64(f.people) * int64(f.passed) / int64(f.rows))
				batch = make([]mapping.Record, 0, size)
			}
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}
