package entra

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/microsoft/kiota-abstractions-go"

	"muster/core"
	"muster/core/mapping"
	"muster/sync/entra/answer"
)

// begin takes the links to what happens from now on, before anything is read:
// what happens meanwhile is told again at the end. Then it finds the groups.
func (r *reading) begin(ctx context.Context) error {
	r.doing("Reading people", 0)
	link, err := r.deltaLink(ctx, askUsersFrom(r.shape))
	if err != nil {
		return err
	}
	notes := []core.Note{{Key: noteSelect, Value: strings.Join(tracked(r.shape), ",")}, {Key: noteUsers, Value: link}}
	if r.web == nil {
		count, err := r.d.count(ctx, r.tell, askCount())
		if err != nil {
			return err
		}
		return r.stage(ctx, cursor{Phase: people, Count: count}, core.ReadPage{Notes: notes})
	}
	r.doing("Reading groups", 0)
	at := cursor{Phase: members}
	var there []string
	for _, id := range r.order.Groups {
		g, err := r.group(ctx, id)
		if isMissing(err) {
			at.Vanished = append(at.Vanished, id)
			continue
		}
		if err != nil {
			return err
		}
		r.web.groups[id] = &node{name: g}
		there = append(there, id)
		count, err := r.d.count(ctx, r.tell, askMemberCount(id))
		if err != nil {
			return err
		}
		at.Count += count // for whoever looks on: some may be in two
	}
	more, err := r.discover(ctx, there)
	if err != nil {
		return err
	}
	return r.stage(ctx, at, core.ReadPage{Notes: append(notes, more...)})
}

// group returns the name of a group whose members may be read.
func (r *reading) group(ctx context.Context, id string) (name string, err error) {
	body, err := r.d.get(ctx, r.tell, askGroup(id))
	if err != nil {
		return "", err
	}
	p := answer.NewScanner(string(body))
	g := readWithin(p)
	if p.Err() != nil {
		return "", p.Err()
	}
	return g.name, r.mayRead(ctx, g)
}

// mayRead refuses a group whose members are hidden from the application: it
// would look as if it had none.
func (r *reading) mayRead(ctx context.Context, g within) error {
	if !g.hidden {
		return nil
	}
	granted, err := r.d.granted(ctx)
	if err == nil && !overlap(granted, readHidden) {
		err = hiddenFault(g.name)
	}
	return err
}

// discover finds all groups within new ones, and takes the links to what
// happens to them, each before its members are asked for.
func (r *reading) discover(ctx context.Context, fresh []string) (notes []core.Note, err error) {
	number, err := r.links(ctx)
	if err != nil {
		return nil, err
	}
	for len(fresh) > 0 {
		slices.Sort(fresh)
		for chunk := range slices.Chunk(fresh, filtered) {
			link, err := r.deltaLink(ctx, askGroupsFrom(chunk))
			if err != nil {
				return nil, err
			}
			number++
			notes = append(notes, core.Note{Key: noteGroups + padded(number), Value: link})
		}
		found, err := r.groupsIn(ctx, fresh)
		if err != nil {
			return nil, err
		}
		var next []string
		for _, f := range found {
			r.web.put(f.outer, f.inner)
			notes = append(notes, withinNote(f.outer, f.inner, false))
			if r.web.groups[f.inner] == nil {
				if err := r.mayRead(ctx, f); err != nil {
					return nil, err
				}
				r.web.groups[f.inner] = &node{name: f.name}
				next = append(next, f.inner)
			}
		}
		for _, id := range fresh {
			notes = append(notes, r.web.note(id))
		}
		fresh = next
	}
	return notes, nil
}

// links is the greatest number of a link about groups.
func (r *reading) links(ctx context.Context) (greatest int, err error) {
	err = eachNote(ctx, r.sink, noteGroups, func(n core.Note) error {
		if number, err := strconv.Atoi(n.Key[len(noteGroups):]); err == nil {
			greatest = max(greatest, number)
		}
		return nil
	})
	return greatest, err
}

func padded(n int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(6-len(s), 0)) + s
}

// within is a group that is in another.
type within struct {
	outer, inner, name string
	hidden             bool // its members are
}

func readWithin(p *answer.Scanner) (g within) {
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		switch p.Key() {
		case "id":
			g.inner = strings.ToLower(p.Text())
		case "displayName":
			g.name = answer.ReadCell(p).Text
		case "visibility":
			g.hidden = answer.ReadCell(p).Text == "HiddenMembership"
		default:
			p.Skip()
		}
	}
	return g
}

// groupsIn finds the groups that are in these themselves, twenty at a time.
func (r *reading) groupsIn(ctx context.Context, outer []string) ([]within, error) {
	var found []within
	for chunk := range slices.Chunk(outer, batched) {
		asked := make([]inner, len(chunk))
		for i, id := range chunk {
			asked[i] = inner{strconv.Itoa(i), "/groups/" + url.PathEscape(id) + "/members/microsoft.graph.group?$select=id,displayName,visibility&$count=true&$top=" + strconv.Itoa(most)}
		}
		answers, err := r.d.batch(ctx, r.tell, asked)
		if err != nil {
			return nil, err
		}
		for i, id := range chunk {
			take := func(p *answer.Scanner) {
				g := readWithin(p)
				g.outer = id
				found = append(found, g)
			}
			a := answers[strconv.Itoa(i)]
			if a.Status == 404 {
				continue // it went meanwhile: the links tell of it
			}
			if a.Status != 200 {
				return nil, readRefusal(a.Status, []byte(a.Body))
			}
			read, err := answer.ReadPage(a.Body, take)
			if err == nil && read.Next != "" {
				err = r.d.each(ctx, r.tell, r.d.follow(read.Next), take)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// people reads everybody.
func (r *reading) people(ctx context.Context) error {
	r.doing("Reading people", r.at.Count)
	enabled := slices.Index(r.shape.Attributes, accountEnabled)
	err := pages(ctx, r, r.start(askUsers(r.shape)), false, r.peopleOf(mapping.Null), func(s sheet[answer.Person]) error {
		at := r.at
		at.Link = s.Next
		var p core.ReadPage
		for i := range s.items {
			p.Records = append(p.Records, s.items[i].Record)
			at.Read++
			if enabled >= 0 && s.items[i].Cells[enabled].Presence != mapping.Given {
				at.Blank++
			}
		}
		if s.Next == "" {
			count, err := r.d.count(ctx, r.tell, askCount())
			if err != nil {
				return err
			}
			at.checkCount(count)
		}
		return r.stage(ctx, at, p)
	})
	return err
}

// checkCount ends the list: by the counts of before and after, or by another
// look at it when it is not what they say.
func (at *cursor) checkCount(now int) {
	low, high := min(at.Count, now), max(at.Count, now)
	switch at.Phase = deleted; {
	case low <= at.Read && at.Read <= high:
		at.Count = at.Read // what came or went meanwhile is told by the links
	case !at.Again:
		*at = cursor{Phase: people, Count: now, Again: true}
	default:
		at.Count = now
	}
}

// members reads the members of the groups of which that has not been done.
func (r *reading) members(ctx context.Context) error {
	unread := r.web.unread()
	if len(unread) == 0 {
		at := r.at
		at.Link, at.Of = "", ""
		if at.Phase = deleted; r.at.Phase == late {
			at.Phase = judge
		}
		if r.at.Phase == late && r.at.Of != "" {
			at.Phase, at.Deleted = deletedLate, 0
		}
		return r.stage(ctx, at, core.ReadPage{})
	}
	id := unread[0]
	if slices.Contains(unread, r.at.Of) {
		id = r.at.Of
	} else {
		r.at.Link = ""
	}
	if r.at.Link == "" {
		r.at.Listed, r.at.Told = 0, -1
	}
	r.doing("Reading members of "+r.web.groups[id].name, r.at.Count)
	enabled := slices.Index(r.shape.Attributes, accountEnabled)
	err := pages(ctx, r, r.start(askMembers(id, r.shape)), false, r.peopleOf(mapping.Null), func(s sheet[answer.Person]) error {
		at := r.at
		at.Link, at.Of = s.Next, id
		at.Told = max(at.Told, s.Count)
		at.Listed += len(s.items)
		var p core.ReadPage
		for i := range s.items {
			who := &s.items[i]
			if who.Kind != "user" {
				continue
			}
			p.Records = append(p.Records, who.Record)
			p.Notes = append(p.Notes, core.Note{Key: memberKey(who.Anchor, id)})
			if enabled >= 0 && who.Cells[enabled].Presence != mapping.Given {
				at.Blank++
			}
		}
		if s.Next == "" && at.listed(r.web.groups[id].name) {
			r.web.groups[id].read = true
			p.Notes = append(p.Notes, r.web.note(id))
		}
		return r.stage(ctx, at, p)
	})
	if isMissing(err) { // it went meanwhile
		at := r.at
		if slices.Contains(r.order.Groups, id) {
			at.Vanished = append(at.Vanished, r.web.groups[id].name)
		}
		r.web.groups[id].read = true
		return r.stage(ctx, at, core.ReadPage{Notes: []core.Note{r.web.note(id)}})
	}
	return err
}

// listed ends the list of a group's members: by the count that came with it, or
// by another look at it when it is not what that says. A full reading counts
// everybody in the end; of a group that came into another only this tells.
func (at *cursor) listed(group string) bool {
	if at.Told < 0 || at.Told == at.Listed {
		at.Relisted = false
		return true
	}
	if !at.Relisted {
		at.Relisted = true
		return false
	}
	at.Relisted = false
	if at.Phase == late {
		at.Unended = fmt.Sprintf("Of the group %s %d members were read, and the directory counts %d", group, at.Listed, at.Told)
	}
	return true
}

// deleted reads whom the directory could restore: lists of groups may still
// name them (issue 14708), and they have left for another reason than those who
// are in no group any more.
func (r *reading) deleted(ctx context.Context) error {
	what := ask(abstractions.GET, "directory/deletedItems/microsoft.graph.user?$select=id&$top="+strconv.Itoa(most), nil)
	last := func(at cursor) cursor {
		at.Link, at.Of = "", ""
		switch {
		case r.web == nil:
			at.Phase = changes
		case at.Phase == deletedLate:
			at.Phase = judge
		default:
			at.Phase = edges
		}
		return at
	}
	err := pages(ctx, r, r.start(what), false, r.peopleOf(mapping.Null), func(s sheet[answer.Person]) error {
		at := r.at
		at.Link = s.Next
		var p core.ReadPage
		for i := range s.items {
			id := s.items[i].Anchor
			p.Records = append(p.Records, gone(id, mapping.SoftDeleted))
			in, err := r.inScope(ctx, id)
			if err != nil {
				return err
			}
			if in {
				at.Deleted++
			}
			if r.web != nil {
				p.Notes = append(p.Notes, core.Note{Key: noteDeleted + short(id)})
			}
		}
		if s.Next == "" {
			at = last(at)
		}
		return r.stage(ctx, at, p)
	})
	if isDenied(err) && r.web == nil {
		// Then only the reason is less exact: the list of everybody names none of them.
		return r.stage(ctx, last(r.at), core.ReadPage{})
	}
	return err
}

// inScope says whether somebody is in a group of the scope.
func (r *reading) inScope(ctx context.Context, id string) (bool, error) {
	if r.web == nil {
		return false, nil
	}
	notes, err := r.sink.Notes(ctx, noteMember+short(id)+"/", "", 1)
	return len(notes) > 0, err
}

// tally counts who is in the scope's groups, and compares it with what the
// directory itself counts for each of them.
func (r *reading) tally(ctx context.Context) error {
	r.doing("Counting", 0)
	reach := map[string]map[string]bool{}
	own := map[string]int{}
	for _, id := range r.order.Groups {
		if r.web.groups[id] != nil {
			reach[id] = r.web.reach([]string{id})
		}
	}
	at := r.at
	at.Phase, at.Read = done, 0
	var user string
	var groups []string
	end := func() { // of the user's memberships
		if user == "" {
			return
		}
		at.Read++
		for id, reached := range reach {
			if slices.ContainsFunc(groups, func(g string) bool { return reached[g] }) {
				own[id]++
			}
		}
	}
	err := eachNote(ctx, r.sink, noteMember, func(n core.Note) error {
		who, group := splitKey(n.Key)
		if who != user {
			end()
			user, groups = who, groups[:0]
		}
		groups = append(groups, group)
		return nil
	})
	if err != nil {
		return err
	}
	end()
	at.Count = at.Read
	for id := range reach {
		count, err := r.d.count(ctx, r.tell, askMemberCount(id))
		if isMissing(err) {
			continue // it went just now; the next reading tells
		}
		if err != nil {
			return err
		}
		// Whoever can be restored keeps the memberships, and is counted or not.
		if count > own[id] || count < own[id]-at.Deleted {
			at.Count += count - own[id]
		}
	}
	if at.Count != at.Read && !at.Again {
		// Another look at every group: the notes that are right stay.
		at.Again, at.Phase, at.Deleted = true, members, 0
		var p core.ReadPage
		for _, g := range r.web.groups {
			g.read = false
		}
		for id := range r.web.groups {
			p.Notes = append(p.Notes, r.web.note(id))
		}
		return r.stage(ctx, at, p)
	}
	return r.stage(ctx, at, core.ReadPage{})
}
