package core

import (
	"context"
	"slices"
	"sync"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// replay works out what a change of a list means for its people. One goroutine
// reads them, with what their source last said, and others work it out.
type replay struct {
	before, after roster.List
	change        ListChange
	doing         string // while it goes on
	heard         heard
	feeds         []feed   // of the fields that are fed otherwise than before
	recasts       []recast // of the fields whose definition changes
	pins          map[roster.PersonID][]changeset.Pin
	// required are fields that only now are.
	required []roster.Field
	// single are fields that only now are unique, or the UID: no two people may
	// have the same in them, and of the UID everybody needs one.
	single []roster.Field
	mu     sync.Mutex
	has    []map[string]roster.PersonID // of each of them, who has a value
	twice  []twice
}

// twice is a value that two people have in a field that is to be unique.
type twice struct {
	field      int // its place among the single ones
	value      string
	one, other roster.PersonID
}

// recast is a field whose values are made to fit another definition of it.
type recast struct {
	was, is roster.Field
	removed bool
	clear   bool
	through []mapping.Feed // one, or none
}

func (e *Engine) newReplay(before, after roster.List, c ListChange) (*replay, error) {
	r := &replay{before: before, after: after, change: c, doing: "Working out what it means"}
	if err := r.findRecasts(); err != nil {
		return nil, err
	}
	for _, is := range after.Schema.Fields {
		if was, had := before.Schema.ByID(is.ID); had && (is.UID && !was.UID || is.Unique && !was.Unique && !is.UID) {
			r.single, r.has = append(r.single, is), append(r.has, make(map[string]roster.PersonID))
		}
	}
	if !after.Connected() {
		return r, nil
	}
	var on []mapping.Mapping
	for _, m := range after.Mappings {
		is, _ := after.Schema.ByKey(m.Field)
		was, had := before.Schema.ByID(is.ID)
		if m.On && (!had || !sameValues(was, is) || !sameFeeds(before.Mappings, after.Mappings, m.Field)) {
			on = append(on, m)
		}
	}
	names := attributesOf(on)
	compiled, err := mapping.Compile(on, names, labelsOf(&after))
	if err != nil {
		return nil, err
	}
	for _, from := range compiled {
		f, _ := after.Schema.ByKey(from.Field)
		r.feeds = append(r.feeds, feed{f, from})
	}
	slices.SortFunc(r.feeds, func(a, b feed) int { return int(a.field.ID) - int(b.field.ID) })
	r.heard, err = e.hearing(&after, names)
	return r, err
}

// sameValues reports whether the same values are valid in both fields.
func sameValues(a, b roster.Field) bool {
	return a.Type == b.Type && a.Required == b.Required && a.UID == b.UID && slices.Equal(a.Options, b.Options)
}

func (r *replay) findRecasts() error {
	for _, was := range r.before.Schema.Fields {
		is, stays := r.after.Schema.ByID(was.ID)
		steps := r.change.Convert[was.Key]
		if stays && sameValues(was, is) && len(steps) == 0 {
			continue
		}
		if stays && is.Required && !was.Required {
			r.required = append(r.required, is)
		}
		c := recast{was: was, is: is, removed: !stays, clear: slices.Contains(r.change.Clear, was.Key)}
		if len(steps) > 0 {
			var err error
			self := []mapping.Mapping{{Attribute: was.Label, Field: was.Key, On: true, Transforms: steps}}
			if c.through, err = mapping.Compile(self, []string{was.Label}, labelsOf(&r.before)); err != nil {
				return err
			}
		}
		r.recasts = append(r.recasts, c)
	}
	return nil
}

// idle reports whether nothing of the change is about people's values.
func (r *replay) idle() bool { return len(r.feeds)+len(r.recasts)+len(r.single) == 0 }

// run goes through all people. The items come in the order of the people.
func (r *replay) run(ctx context.Context, tx Tx) ([]changeset.Item, *tally, error) {
	total := newTally()
	total.people = r.before.Standing.Active + r.before.Standing.Inactive
	if r.idle() {
		return nil, total, nil
	}
	if err := r.readPins(tx); err != nil {
		return nil, nil, err
	}
	r.change.Progress.Start(r.doing, int64(total.people))
	var mu sync.Mutex
	items := make(map[int][]changeset.Item)
	batches, err := r.heard.spread(ctx, tx, r.before.ID, r.change.Progress, func() (func(int, []heardPerson), func()) {
		w := worker{replay: r, tally: newTally()}
		work := func(n int, batch []heardPerson) {
			found := w.people(batch)
			mu.Lock()
			defer mu.Unlock()
			items[n] = found
		}
		return work, func() {
			mu.Lock()
			defer mu.Unlock()
			total.add(w.tally)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	n := 0
	for _, found := range items {
		n += len(found)
	}
	all := make([]changeset.Item, 0, n)
	for i := range batches {
		all = append(all, items[i]...)
		delete(items, i)
	}
	return all, total, ctx.Err()
}

func (r *replay) readPins(tx Tx) error {
	r.pins = make(map[roster.PersonID][]changeset.Pin)
	if len(r.feeds) == 0 {
		return nil
	}
	return tx.EachPin(r.before.ID, func(p changeset.Pin) error {
		if !p.OfNewcomer() && slices.ContainsFunc(r.feeds, func(f feed) bool { return f.field.ID == p.Field }) {
			r.pins[p.Person] = append(r.pins[p.Person], p)
		}
		return nil
	})
}
