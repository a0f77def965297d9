package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/sync/entra/answer"
)

// reading is one call of Read.
type reading struct {
	d     *Directory
	sink  core.ReadSink
	order core.ReadOrder
	shape *answer.Shape
	web   *web // nil when the scope is the whole directory
	at    cursor
}

// cursor is how far a reading has come, and what it has found that is not in
// the notes. It is staged with every page.
type cursor struct {
	Phase    phase    `json:"phase"`
	Link     string   `json:"link,omitempty"`  // of the phase's next page
	Of       string   `json:"of,omitempty"`    // the group, or the note of the link, that the page is of
	Read     int      `json:"read,omitempty"`  // people in the list
	Count    int      `json:"count,omitempty"` // by the directory, when it was asked
	Again    bool     `json:"again,omitempty"` // the list has been read twice
	Deleted  int      `json:"deleted,omitempty"`
	Listed   int      `json:"listed,omitempty"`   // members of the group so far
	Told     int      `json:"told,omitempty"`     // of how many, -1 while that is not known
	Relisted bool     `json:"relisted,omitempty"` // the group's members have been read twice
	Vanished []string `json:"vanished,omitempty"`
	Unended  string   `json:"unended,omitempty"`
	Blank    int      `json:"blank,omitempty"` // people without what everybody has
}

// phase is one part of a reading. A full reading of the whole directory goes
// through people, deleted and changes; one of groups through all but people;
// and one of what is new through those from edges on, or through changes only.
type phase string

const (
	begin   phase = ""        // the links to what is new, before anything is read
	people  phase = "people"  // everybody
	members phase = "members" // the members of each group
	deleted phase = "deleted" // whom the directory could restore
	edges   phase = "edges"   // what is new about groups
	grow    phase = "grow"    // groups that came into others, or left them
	late    phase = "late"    // the members of those that came
	// deletedLate is deleted once more, after members of groups that came.
	deletedLate phase = "deleted late"
	judge       phase = "judge"   // whoever joined or left a group
	changes     phase = "changes" // what is new about people
	tally       phase = "tally"   // the count
	done        phase = "done"
)

// Read reads everybody in the scope, or what is new. See the package comment.
func (d *Directory) Read(ctx context.Context, order core.ReadOrder, sink core.ReadSink) (core.ReadReport, error) {
	r := &reading{d: d, sink: sink, order: order}
	for i := range r.order.Groups {
		r.order.Groups = slices.Clone(r.order.Groups)
		r.order.Groups[i] = strings.ToLower(r.order.Groups[i])
	}
	if err := r.resume(ctx); err != nil {
		return core.ReadReport{}, err
	}
	for r.at.Phase != done {
		if err := r.step(ctx); err != nil {
			var refused *refusal
			if errors.As(err, &refused) && refused.lost() {
				err = fmt.Errorf("%w: %w", core.ErrReadAnew, err)
			}
			return core.ReadReport{}, explain(err, r.at.Phase.words())
		}
	}
	report := core.ReadReport{People: -1, Count: -1, Vanished: r.at.Vanished, Unended: r.at.Unended}
	if order.Full {
		report.People, report.Count = r.at.Read, r.at.Count
	}
	if r.at.Blank > 0 && report.Unended == "" {
		report.Unended = fmt.Sprintf("%d people came without %s, which everybody has; Muster may not be allowed to read it", r.at.Blank, accountEnabled)
	}
	return report, nil
}

// words say what a phase tries to do, in the sentence of a fault.
func (p phase) words() string {
	switch p {
	case members, late, deletedLate, edges, grow:
		return "read the groups"
	case judge:
		return "read who joined a group"
	}
	return "read the people"
}

// resume finds out where the reading begins, or goes on.
func (r *reading) resume(ctx context.Context) error {
	// The one property that needs a permission of its own is not asked about
	// without it: a reading asks about all that there is, mapped or not.
	var without []string
	if slices.Contains(r.order.Attributes, leaveDate) {
		granted, err := r.d.granted(ctx)
		if err != nil {
			return err
		}
		if !overlap(granted, readLeave) {
			without = append(without, leaveDate)
		}
	}
	r.shape = answer.NewShape(r.order.Attributes, without...)
	if r.order.Cursor != "" {
		if err := json.Unmarshal([]byte(r.order.Cursor), &r.at); err != nil {
			return fmt.Errorf("read cursor: %w", err)
		}
	}
	if len(r.order.Groups) > 0 {
		var err error
		if r.web, err = loadWeb(ctx, r.sink); err != nil {
			return err
		}
	}
	if r.order.Full || r.order.Cursor != "" {
		return nil
	}
	// What is new is told of the properties that the link was made with.
	selected, _, err := r.sink.Note(ctx, noteSelect)
	if err != nil {
		return err
	}
	if selected != strings.Join(tracked(r.shape), ",") {
		return fmt.Errorf("%w: other attributes are asked for", core.ErrReadAnew)
	}
	if r.at.Phase = changes; r.web != nil {
		r.at.Phase = edges
	}
	return nil
}

// step goes through a phase, or to the end of a list of it.
func (r *reading) step(ctx context.Context) error {
	switch r.at.Phase {
	case begin:
		return r.begin(ctx)
	case people:
		return r.people(ctx)
	case members, late:
		return r.members(ctx)
	case deleted, deletedLate:
		return r.deleted(ctx)
	case edges:
		return r.edges(ctx)
	case grow:
		return r.grow(ctx)
	case judge:
		return r.judge(ctx)
	case changes:
		return r.changes(ctx)
	case tally:
		return r.tally(ctx)
	}
	return fmt.Errorf("go on reading: there is no phase %q", r.at.Phase)
}

// tell tells how it goes.
func (r *reading) tell(t core.ReadTelling) { r.sink.Tell(t) }

func (r *reading) doing(what string, expected int) {
	r.sink.Tell(core.ReadTelling{Doing: what, Expected: max(expected, 0)})
}

// stage puts a page on disk, with the place at which the reading goes on.
func (r *reading) stage(ctx context.Context, at cursor, p core.ReadPage) error {
	b, err := json.Marshal(at)
	if err != nil {
		return fmt.Errorf("write cursor: %w", err)
	}
	p.Cursor = string(b)
	if err := r.sink.Page(ctx, p); err != nil {
		return fmt.Errorf("stage what was read: %w", err)
	}
	r.at = at
	return nil
}

// sheet is one page as it was read.
type sheet[T any] struct {
	answer.Page
	items []T
	err   error
}

// errUnended says that a page of a delta led nowhere.
var errUnended = errors.New("read changes: the last page has no link to the next round")

// together is how many pages are staged at once, if so many wait.
const together = 4

// pages reads pages one after the other, while those before are staged. Where
// staging takes longer than reading, what waits is staged at once; no more than
// nine pages are in memory. rounds says that they must end with the link to the
// next round, as those of a delta do.
func pages[T any](ctx context.Context, r *reading, what builders, rounds bool, item func(p *answer.Scanner) T, stage func(sheet[T]) error) error {
	ctx, stop := context.WithCancel(ctx)
	sheets := make(chan sheet[T], together)
	go func() {
		defer close(sheets)
		readSheets(ctx, r, what, rounds, item, sheets)
	}()
	defer func() {
		stop()
		for range sheets { // until the reader has ended
		}
	}()
	for s := range sheets {
		failed := s.gather(sheets)
		if len(s.items) > 0 || failed == nil {
			if err := stage(s); err != nil {
				return err
			}
		}
		if failed != nil {
			return failed
		}
	}
	return ctx.Err()
}

// readSheets reads pages until there is none, or one that failed.
func readSheets[T any](ctx context.Context, r *reading, what builders, rounds bool, item func(p *answer.Scanner) T, to chan<- sheet[T]) {
	for try := 1; what != nil; {
		s := readSheet(ctx, r, what, item)
		if s.err == nil && rounds && s.Next == "" && s.Delta == "" {
			if try++; try <= 3 { // a page that was cut short may be whole now
				continue
			}
			s = sheet[T]{err: errUnended}
		}
		try = 1
		select {
		case to <- s:
		case <-ctx.Done():
			return
		}
		if what = nil; s.err == nil && s.Next != "" {
			what = r.d.follow(s.Next)
		}
	}
}

// gather puts the pages that wait already together with the first. Of a page
// that failed it takes the error only, so that those before need not be read
// again.
func (s *sheet[T]) gather(sheets <-chan sheet[T]) error {
	for n := 1; s.err == nil && n < together && len(sheets) > 0; n++ {
		more := <-sheets
		if more.err != nil {
			return more.err
		}
		more.Count = max(more.Count, s.Count) // which the first page tells
		s.Page = more.Page
		s.items = append(s.items, more.items...)
	}
	return s.err
}

func readSheet[T any](ctx context.Context, r *reading, what builders, item func(p *answer.Scanner) T) (s sheet[T]) {
	body, err := r.d.get(ctx, r.tell, what)
	if err != nil {
		s.err = err
		return s
	}
	s.Page, s.err = answer.ReadPage(string(body), func(p *answer.Scanner) { s.items = append(s.items, item(p)) })
	if s.err != nil {
		return sheet[T]{err: s.err} // and not half a page
	}
	return s
}

// peopleOf reads the objects of a page as people.
func (r *reading) peopleOf(missing mapping.Presence) func(p *answer.Scanner) answer.Person {
	room := answer.Cells{Width: len(r.shape.Attributes)}
	return func(p *answer.Scanner) answer.Person { return r.shape.ReadPerson(p, missing, room.Take()) }
}

// start is the request of the cursor's page, or the first one.
func (r *reading) start(first builders) builders {
	if r.at.Link != "" {
		return r.d.follow(r.at.Link)
	}
	return first
}

// note returns a link that was noted.
func (r *reading) note(ctx context.Context, key string) (string, error) {
	link, ok, err := r.sink.Note(ctx, key)
	if err == nil && !ok {
		err = fmt.Errorf("%w: no link was kept", core.ErrReadAnew)
	}
	return link, err
}

// gone is the record of somebody who has left.
func gone(id string, why mapping.Left) mapping.Record {
	return mapping.Record{Anchor: id, Gone: true, Left: why}
}

// deltaLink asks for the link to what happens from now on.
func (r *reading) deltaLink(ctx context.Context, what builders) (string, error) {
	for try := 1; ; try++ {
		s := readSheet(ctx, r, what, func(p *answer.Scanner) struct{} { p.Skip(); return struct{}{} })
		switch {
		case s.err != nil:
			return "", s.err
		case s.Delta != "":
			return s.Delta, nil
		case s.Next != "":
			what = r.d.follow(s.Next)
		case try == patience:
			return "", errUnended
		}
	}
}

func hiddenFault(name string) error {
	return fault.New(fault.Denied, "The members of the group %s are hidden; ask the tenant's administrator to grant Muster's application Member.Read.Hidden, or leave the group out of the scope", name)
}
