package entra

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/microsoft/kiota-abstractions-go"

	"muster/core"
	"muster/core/mapping"
	"muster/sync/entra/answer"
)

// edges reads what is new about the groups: who and what joined and left.
func (r *reading) edges(ctx context.Context) error {
	r.doing("Reading groups", 0)
	key := r.at.Of
	if key == "" {
		notes, err := r.sink.Notes(ctx, noteGroups, "", 1)
		if err != nil {
			return err
		}
		if len(notes) == 0 {
			at := r.at
			at.Phase = grow
			return r.stage(ctx, at, core.ReadPage{})
		}
		key = notes[0].Key
	}
	link := r.at.Link
	if link == "" {
		var err error
		if link, err = r.note(ctx, key); err != nil {
			return err
		}
	}
	next := func(at cursor) (cursor, error) {
		notes, err := r.sink.Notes(ctx, noteGroups, key, 1)
		if at.Link, at.Of = "", ""; len(notes) > 0 {
			at.Of = notes[0].Key
		} else {
			at.Phase = grow
		}
		return at, err
	}
	err := pages(ctx, r, r.d.follow(link), true, answer.ReadChange, func(s sheet[answer.GroupChange]) (err error) {
		at := r.at
		at.Link, at.Of = s.Next, key
		p := core.ReadPage{}
		for i := range s.items {
			p.Notes = append(p.Notes, r.take(&s.items[i], &at)...)
		}
		if s.Next == "" {
			p.Notes = append(p.Notes, core.Note{Key: key, Value: s.Delta})
			if at, err = next(at); err != nil {
				return err
			}
		}
		return r.stage(ctx, at, p)
	})
	if errors.Is(err, errUnended) {
		at, err := next(r.at)
		if err != nil {
			return err
		}
		at.Unended = "The list of what is new about groups ended in the middle"
		return r.stage(ctx, at, core.ReadPage{})
	}
	return err
}

// take takes over what a delta tells of a group, and returns the notes of it.
func (r *reading) take(c *answer.GroupChange, at *cursor) (notes []core.Note) {
	g := r.web.groups[c.Group]
	if g == nil {
		return nil // one that is in the scope no more
	}
	if c.Removed {
		if slices.Contains(r.order.Groups, c.Group) {
			// Its members stay as they were: whether they are to leave is for
			// somebody to say.
			if name := g.name; !slices.Contains(at.Vanished, name) {
				at.Vanished = append(at.Vanished, name)
			}
			return nil
		}
		for outer, in := range r.web.within {
			if in[c.Group] {
				delete(in, c.Group)
				notes = append(notes, withinNote(outer, c.Group, true))
			}
		}
		return notes
	}
	if c.Name != "" && c.Name != g.name {
		g.name = c.Name
		notes = append(notes, r.web.note(c.Group))
	}
	for _, e := range c.Edges {
		switch {
		case e.Kind == "group" || e.Kind == "" && r.web.groups[e.Member] != nil:
			if e.Gone {
				delete(r.web.within[c.Group], e.Member)
			} else {
				r.web.put(c.Group, e.Member)
			}
			notes = append(notes, withinNote(c.Group, e.Member, e.Gone))
		case e.Kind == "user" || e.Kind == "":
			notes = append(notes, core.Note{Key: memberKey(e.Member, c.Group), Delete: e.Gone}, core.Note{Key: noteTouch + short(e.Member)})
		}
	}
	return notes
}

// grow finds the groups that came into the scope's groups, and those that left.
func (r *reading) grow(ctx context.Context) error {
	reached := r.web.reach(r.order.Groups)
	var came, left []string
	for id := range reached {
		if r.web.groups[id] == nil && !slices.Contains(r.order.Groups, id) {
			came = append(came, id)
		}
	}
	for id := range r.web.groups {
		if !reached[id] {
			left = append(left, id)
		}
	}
	if err := r.drop(ctx, left); err != nil {
		return err
	}
	at := r.at
	at.Phase, at.Link, at.Of = late, "", ""
	var there []string
	for _, id := range came {
		name, err := r.group(ctx, id)
		if isMissing(err) {
			continue // it is to be found later, or its end is told
		}
		if err != nil {
			return err
		}
		r.web.groups[id] = &node{name: name}
		there = append(there, id)
	}
	notes, err := r.discover(ctx, there)
	if err != nil {
		return err
	}
	return r.stage(ctx, at, core.ReadPage{Notes: notes})
}

// drop forgets groups that are in no group of the scope any more. Whoever was
// in one of them is judged. It looks at every membership, which it has to only
// when a group leaves another.
func (r *reading) drop(ctx context.Context, left []string) error {
	if len(left) == 0 {
		return nil
	}
	out := map[string]bool{}
	for _, id := range left {
		out[short(id)] = true
	}
	after := noteMember
	for {
		notes, err := r.sink.Notes(ctx, noteMember, after, some)
		if err != nil {
			return err
		}
		var p core.ReadPage
		for _, n := range notes {
			who, group, _ := strings.Cut(n.Key[len(noteMember):], "/")
			if out[group] {
				p.Notes = append(p.Notes, core.Note{Key: n.Key, Delete: true}, core.Note{Key: noteTouch + who})
			}
		}
		if len(p.Notes) > 0 {
			if err := r.stage(ctx, r.at, p); err != nil {
				return err
			}
		}
		if len(notes) < some {
			break
		}
		after = notes[len(notes)-1].Key
	}
	var p core.ReadPage
	for _, id := range left {
		p.Notes = append(p.Notes, core.Note{Key: noteGroup + short(id), Delete: true})
		for in := range r.web.within[id] {
			p.Notes = append(p.Notes, withinNote(id, in, true))
		}
		delete(r.web.groups, id)
		delete(r.web.within, id)
	}
	return r.stage(ctx, r.at, p)
}

// judged is how many people are judged at once: as many as four batches fetch.
const judged = 4 * batched

// judge looks at everybody whose groups have changed: whoever is in none has
// left, and of the others all is fetched, for the groups tell ids only.
func (r *reading) judge(ctx context.Context) error {
	r.doing("Reading who joined", 0)
	after := noteTouch
	for {
		notes, err := r.sink.Notes(ctx, noteTouch, after, judged)
		if err != nil {
			return err
		}
		at := r.at
		if len(notes) < judged {
			at.Phase, at.Link, at.Of = changes, "", ""
		}
		p, err := r.verdicts(ctx, notes)
		if err != nil {
			return err
		}
		if err := r.stage(ctx, at, p); err != nil || len(notes) < judged {
			return err
		}
		after = notes[len(notes)-1].Key
	}
}

func (r *reading) verdicts(ctx context.Context, notes []core.Note) (p core.ReadPage, err error) {
	var joined []string
	for _, n := range notes {
		id := long(n.Key[len(noteTouch):])
		in, err := r.inScope(ctx, id)
		if err != nil {
			return p, err
		}
		if in {
			joined = append(joined, id)
			continue
		}
		p.Records = append(p.Records, gone(id, mapping.LeftGroup))
		p.Notes = append(p.Notes, core.Note{Key: n.Key, Delete: true})
	}
	found, err := r.fetch(ctx, joined)
	if err != nil {
		return p, err
	}
	for _, id := range joined {
		who, ok := found[id]
		if !ok {
			continue // the directory does not show them yet; they stay to be judged
		}
		p.Records = append(p.Records, who)
		p.Notes = append(p.Notes, core.Note{Key: noteTouch + short(id), Delete: true})
	}
	return p, nil
}

// fetch fetches people by their ids, in batches side by side. Whoever can only
// be restored has left; whom the directory does not know is left out.
func (r *reading) fetch(ctx context.Context, ids []string) (map[string]mapping.Record, error) {
	query := "?$select=" + strings.Join(r.shape.Selected, ",")
	if r.shape.Manager {
		query += "&$expand=" + url.QueryEscape(expanded(r.shape)[0])
	}
	answers, err := r.d.askEach(ctx, r.tell, ids, "/users/", query)
	if err != nil {
		return nil, err
	}
	found := map[string]mapping.Record{}
	var missing []string
	room := answer.Cells{Width: len(r.shape.Attributes)}
	for _, id := range ids {
		switch a := answers[id]; a.Status {
		case 200:
			s := answer.NewScanner(a.Body)
			found[id] = r.shape.ReadPerson(s, mapping.Null, room.Take()).Record
			if s.Err() != nil {
				return nil, s.Err()
			}
		case 404:
			missing = append(missing, id)
		default:
			return nil, readRefusal(a.Status, []byte(a.Body))
		}
	}
	if answers, err = r.d.askEach(ctx, r.tell, missing, "/directory/deletedItems/", ""); err != nil {
		return nil, err
	}
	for _, id := range missing {
		if answers[id].Status == 200 {
			found[id] = gone(id, mapping.SoftDeleted)
		}
	}
	return found, nil
}

// changes reads what is new about people.
func (r *reading) changes(ctx context.Context) error {
	r.doing("Reading changes", 0)
	link := r.at.Link
	if link == "" {
		var err error
		if link, err = r.note(ctx, noteUsers); err != nil {
			return err
		}
	}
	last := func(at cursor) cursor {
		if at.Phase, at.Link = done, ""; r.order.Full && r.web != nil {
			at.Phase = tally
		}
		return at
	}
	err := pages(ctx, r, r.d.follow(link), true, r.peopleOf(mapping.Absent), func(s sheet[answer.Person]) error {
		at := r.at
		at.Link = s.Next
		p, err := r.news(ctx, s.items, &at)
		if err != nil {
			return err
		}
		if s.Next == "" {
			p.Notes = append(p.Notes, core.Note{Key: noteUsers, Value: s.Delta})
			at = last(at)
		}
		return r.stage(ctx, at, p)
	})
	if errors.Is(err, errUnended) {
		at := last(r.at)
		at.Unended = "The list of what is new about people ended in the middle"
		return r.stage(ctx, at, core.ReadPage{})
	}
	return err
}

// news is what a page of a delta of users comes to. The feed is about the whole
// directory; of people who are in none of the scope's groups nothing is taken.
func (r *reading) news(ctx context.Context, items []answer.Person, at *cursor) (p core.ReadPage, err error) {
	for i := range items {
		who := &items[i]
		in := r.web == nil
		if !in {
			if in, err = r.inScope(ctx, who.Anchor); err != nil {
				return p, err
			}
		}
		switch {
		case who.Removed == answer.Deleted:
			// One who left by the groups alone was deleted, then.
			p.Records = append(p.Records, gone(who.Anchor, mapping.Deleted))
			more, err := r.forget(ctx, who.Anchor)
			if err != nil {
				return p, err
			}
			p.Notes = append(p.Notes, more...)
		case who.Removed == answer.Changed:
			p.Records = append(p.Records, gone(who.Anchor, mapping.SoftDeleted))
			if in && r.web != nil {
				at.Deleted++ // the memberships stay, for the day of a return
			}
		case in:
			p.Records = append(p.Records, who.Record)
		default:
			if err := r.back(ctx, who.Anchor, &p); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// back looks at somebody who is in no group, as far as the groups have told: if
// they could be restored when the groups were read, and have been, they are in
// their groups again.
func (r *reading) back(ctx context.Context, id string, p *core.ReadPage) error {
	key := noteDeleted + short(id)
	if _, was, err := r.sink.Note(ctx, key); err != nil || !was {
		return err
	}
	var in []core.Note
	path := "users/" + url.PathEscape(id) + "/memberOf/microsoft.graph.group?$select=id&$top=999"
	err := r.d.each(ctx, r.tell, ask(abstractions.GET, path, nil), func(s *answer.Scanner) {
		if g := readWithin(s); r.web.groups[g.inner] != nil {
			in = append(in, core.Note{Key: memberKey(id, g.inner)})
		}
	})
	if isMissing(err) {
		return nil // deleted again; that is told as well
	}
	if err != nil {
		return err
	}
	p.Notes = append(append(p.Notes, in...), core.Note{Key: key, Delete: true})
	if len(in) == 0 {
		return nil
	}
	found, err := r.fetch(ctx, []string{id})
	if who, ok := found[id]; ok {
		p.Records = append(p.Records, who)
	}
	return err
}

// forget deletes the memberships of somebody who was deleted: the delta of
// groups may not tell of it (issue 14708).
func (r *reading) forget(ctx context.Context, id string) (notes []core.Note, err error) {
	if r.web == nil {
		return nil, nil
	}
	err = eachNote(ctx, r.sink, noteMember+short(id)+"/", func(n core.Note) error {
		notes = append(notes, core.Note{Key: n.Key, Delete: true})
		return nil
	})
	return append(notes, core.Note{Key: noteTouch + short(id), Delete: true}), err
}
