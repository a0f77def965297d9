package roster

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/kit"
)

// search is what is looked for, and what was found last.
type search struct {
	text   string // as it was typed
	query  coreroster.Query
	number uint64             // of the last search that was begun
	stop   context.CancelFunc // ends it
	from   time.Time          // when it was begun
	found  *found             // nil until the first one is back
	took   time.Duration
	// Until who was looked for is here, and while the list is being opened, keys
	// wait: they are meant for them, and not for whom the screen still shows.
	pending bool
	after   after // where the cursor is to go then
}

// An after is where the cursor goes when other rows are shown.
type after uint8

const (
	keep after = iota // it stays on the person
	best              // to the best match
	near              // it stays on the person, or goes to the best match
)

// answer is what a search found.
type answer struct {
	number uint64
	found  *found
	after  after
	err    error
}

// find searches as the screen's settings say, ending the search before.
func (s *Screen) find(then after) kit.Action {
	if s.index == nil { // it will be looked for as soon as the list is open
		if then != keep {
			s.search.after = then
		}
		return nil
	}
	if then != keep {
		s.table.EndRange() // among other rows it would be another
	}
	s.search.stop()
	ctx, stop := context.WithCancel(s.ctx)
	s.search.stop = stop
	s.search.number++
	s.search.from = s.env.Now()
	if s.search.pending && then == keep {
		then = s.search.after
	}
	s.search.pending, s.search.after = s.search.pending || then != keep, then
	req := index.Request{Query: s.search.query, Statuses: s.statuses(), Desc: s.saved.Desc}
	req.Sort, _ = s.list.Schema.ByID(s.saved.Sort)
	if s.search.found != nil {
		req.Prev = s.search.found.result
	}
	// Whoever matches loosely is there already when the same is looked for
	// again, or the cursor could lose them for a moment.
	whole := then == keep && s.search.found != nil && s.search.found.result.Loose > 0
	ix, number, want := s.index, s.search.number, max(s.height, leastLoose)
	return kit.Run{Cmd: func() tea.Msg {
		result, err := ix.Search(ctx, req)
		if err == nil && whole {
			result, err = ix.Fuzzy(ctx, req, result, want)
		}
		if err != nil {
			return answer{number: number, err: err}
		}
		return answer{number: number, after: then, found: newFound(ix, req, result)}
	}}
}

// leastLoose is how many rows loose matches fill at least.
const leastLoose = 100

// fill looks for loose matches, if those who were found do not fill the screen.
func (s *Screen) fill(f *found) kit.Action {
	if f.Len() >= s.height || f.result.Loose > 0 || !slices.ContainsFunc(f.query.Terms(), coreroster.Term.CanBeLoose) {
		return nil
	}
	s.search.stop()
	ctx, stop := context.WithCancel(s.ctx)
	s.search.stop = stop
	ix, number, want := s.index, s.search.number, max(s.height, leastLoose)
	return kit.Run{Cmd: func() tea.Msg {
		result, err := ix.Fuzzy(ctx, f.req, f.result, want)
		if err != nil || result == f.result {
			return answer{number: number, err: err}
		}
		return answer{number: number, after: keep, found: newFound(ix, f.req, result)}
	}}
}

// answered shows what was found, if it is not late.
func (s *Screen) answered(a answer) kit.Action {
	switch {
	case a.number != s.search.number:
		return nil
	case a.err != nil:
		s.search.pending = false
		return kit.Fail{Err: a.err}
	case a.found == nil:
		return nil // nobody matches loosely
	}
	s.search.found, s.search.took = a.found, s.env.Now().Sub(s.search.from)
	current, had := s.table.Current()
	s.table.SetRows(a.found)
	s.showOrder()
	if a.after == best || a.after == near && (!had || a.found.IndexOf(current) < 0) {
		s.table.Go(0)
	}
	s.search.pending = false
	return kit.All{s.followed(), s.moved(), s.fill(a.found)}
}

// Waits implements kit.Waiter: what is about whoever was looked for waits until
// they are here.
func (s *Screen) Waits(id string) bool {
	return s.search.pending && s.filter == nil && s.editor == nil && id != "roster.back" && id != "roster.filter"
}

// followed moves the cursor to whom it is to follow.
func (s *Screen) followed() kit.Action {
	if s.follow == (coreroster.PersonID{}) {
		return nil
	}
	row, ok := s.index.Find(s.follow)
	s.follow = coreroster.PersonID{}
	if ok && !s.table.Find(row) {
		return kit.Say{Text: "Added, but not shown by this filter; z undoes it", Kind: kit.Caution}
	}
	return nil
}

// statuses are those that are shown unless the filter says which.
func (s *Screen) statuses() coreroster.StatusSet {
	switch s.saved.Status {
	case "inactive":
		return coreroster.Only(coreroster.Inactive)
	case "all":
		return coreroster.Present
	}
	return coreroster.Only(coreroster.Active)
}

// shownStatuses are the statuses of the people that are shown.
func (s *Screen) shownStatuses() coreroster.StatusSet {
	if set, asked := s.search.query.Statuses(); asked {
		return set
	}
	return s.statuses()
}

// switchStatus shows those who are active, inactive, or all, in turn.
func (s *Screen) switchStatus() kit.Action {
	switch s.saved.Status {
	case "inactive":
		s.saved.Status = "all"
	case "all":
		s.saved.Status = ""
	default:
		s.saved.Status = "inactive"
	}
	s.placeColumns()
	return kit.All{s.find(near), s.remember()}
}

// sort sorts by the current column, or no longer if it did so already.
func (s *Screen) sort(desc bool) kit.Action {
	f, ok := s.field()
	if !ok {
		return nil
	}
	if s.saved.Sort == f.ID && s.saved.Desc == desc {
		s.saved.Sort, s.saved.Desc = 0, false
	} else {
		s.saved.Sort, s.saved.Desc = f.ID, desc
	}
	return kit.All{s.find(near), s.remember()}
}

// sortByTitle sorts by the column whose title was clicked: up, then down, then
// no longer.
func (s *Screen) sortByTitle(column int) kit.Action {
	return s.sort(s.saved.Sort == coreroster.FieldID(column))
}

func (s *Screen) showOrder() {
	order := kit.Ascending
	switch {
	case s.saved.Sort == 0:
		order = kit.Unsorted
	case s.saved.Desc:
		order = kit.Descending
	}
	s.table.Sorted(int(s.saved.Sort), order)
}
