package core

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// replay works out what a change of a list means for its people. One goroutine
// reads them, with what their source last said, and others work it out.
type replay struct {
	before, after roster.List
	change        ListChange
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
	r := &replay{before: before, after: after, change: c}
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

// heardPerson is one person, and what the source said of them.
type heardPerson struct {
	person roster.Person
	linked bool
	said   saidOf
}

// batchOf is how many people a worker gets at once.
const batchOf = 1024

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
	r.change.Progress.Start("Working out what it means", int64(total.people))
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

// worker works it out for one person after the other.
type worker struct {
	*replay
	tally *tally
	slab  roster.Slab
	cells []mapping.Cell
	// singles are those of the present batch.
	singles []single
}

func (w *worker) people(batch []heardPerson) []changeset.Item {
	var items []changeset.Item
	for i := range batch {
		if it, ok := w.person(&batch[i]); ok {
			items = append(items, it)
		}
	}
	w.compare()
	return items
}

// single is what one person has in a field that is to be unique.
type single struct {
	field int
	value string // folded, lent
	who   roster.PersonID
}

// names notes what a person would have in the fields that are to be unique.
func (w *worker) names(p *roster.Person, changes []changeset.Change) {
	for i := range w.single {
		f := &w.single[i]
		value := roster.FoldUID(after(p, changes, f.ID))
		switch {
		case value != "":
			w.singles = append(w.singles, single{i, value, p.ID})
		case f.UID:
			b := w.tally.block(f)
			b.Nameless++
			b.People++
			b.Some = keepSome(b.Some, w.example(p, "", f.Label+" is empty, and everybody needs one to be known by"))
		}
	}
}

// compare finds out who has what somebody else has, too.
func (w *worker) compare() {
	if len(w.singles) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.singles {
		other, taken := w.has[s.field][s.value]
		if !taken {
			w.has[s.field][strings.Clone(s.value)] = s.who
			continue
		}
		b := w.tally.block(&w.single[s.field])
		b.Twice++
		b.People++
		if len(w.twice) < someExamples {
			w.replay.twice = append(w.replay.twice, twice{s.field, strings.Clone(s.value), other, s.who})
		}
	}
	w.singles = w.singles[:0]
}

// person makes the item of one person, if they change.
func (w *worker) person(h *heardPerson) (changeset.Item, bool) {
	p := &h.person
	var changes []changeset.Change
	for i := range w.recasts {
		w.recast(&w.recasts[i], p, &changes)
	}
	if h.linked {
		w.tally.linked++
		if err := w.heard.read(h.said, &w.cells); err != nil {
			w.tally.unheard++
		} else {
			for i := range w.feeds {
				w.feed(&w.feeds[i], p, &changes)
			}
		}
	}
	w.count(p, changes)
	w.names(p, changes)
	if len(changes) == 0 {
		return changeset.Item{}, false
	}
	slices.SortFunc(changes, func(a, b changeset.Change) int { return int(a.Field) - int(b.Field) })
	it := changeset.Item{Person: p.ID, Kind: changeset.Update, From: p.Status, To: p.Status, Changes: changes}
	uid, _ := w.after.Schema.UID()
	it.UID = w.own(after(p, changes, uid.ID))
	return it, true
}

// own copies text that is lent. What one worker keeps shares few allocations.
func (w *worker) own(text string) string { return w.slab.Text([]byte(text)) }

// after is what the changes make of a value.
func after(p *roster.Person, changes []changeset.Change, f roster.FieldID) string {
	for _, c := range changes {
		if c.Field == f {
			return c.Proposed
		}
	}
	return p.Values.Get(f)
}

// set notes what a field is to have; what it has already is no change.
func (w *worker) set(p *roster.Person, changes *[]changeset.Change, f roster.FieldID, value string) {
	*changes = slices.DeleteFunc(*changes, func(c changeset.Change) bool { return c.Field == f })
	if old := p.Values.Get(f); old != value {
		*changes = append(*changes, changeset.Change{Field: f, Base: w.own(old), Proposed: w.own(value)})
	}
}

// recast makes a value fit the field as it would be.
func (w *worker) recast(c *recast, p *roster.Person, changes *[]changeset.Change) {
	old := p.Values.Get(c.was.ID)
	if old == "" {
		return
	}
	if c.removed {
		w.set(p, changes, c.was.ID, "")
		w.tally.field(&c.was).Lost++
		return
	}
	value := old
	if len(c.through) > 0 {
		out := c.through[0].Of([]mapping.Cell{{Text: old}})
		value = out.Text
		if out.Trouble != "" {
			f := w.tally.field(&c.is)
			f.Troubled++
			f.TroubledSome = keepSome(f.TroubledSome, w.example(p, old, c.is.Label+" "+out.Trouble))
		}
	}
	value, err := c.is.Convert(c.was.Type, value)
	switch {
	case err == nil:
	case c.clear && !c.is.UID:
		w.tally.field(&c.is).Lost++
		value = ""
	default:
		b := w.tally.block(&c.is)
		b.People++
		b.Some = keepSome(b.Some, w.example(p, old, fault.Sentence(err)))
		return
	}
	w.set(p, changes, c.is.ID, value)
}

// feed gives a field what the source says of it.
func (w *worker) feed(f *feed, p *roster.Person, changes *[]changeset.Change) {
	out := f.from.Of(w.cells)
	if out.Trouble != "" {
		t := w.tally.field(&f.field)
		t.Troubled++
		t.TroubledSome = keepSome(t.TroubledSome, w.example(p, f.from.Raw(w.cells), f.field.Label+" "+out.Trouble))
	}
	if !out.Known {
		return
	}
	value, err := f.field.Check(out.Text)
	if err != nil {
		t := w.tally.field(&f.field)
		t.Invalid++
		t.InvalidSome = keepSome(t.InvalidSome, w.example(p, out.Text, fault.Sentence(err)))
		return
	}
	for _, pin := range w.pins[p.ID] {
		if pin.Field != f.field.ID {
			continue
		}
		if pin.Declined == value {
			return
		}
		w.tally.spent = append(w.tally.spent, pin)
	}
	w.set(p, changes, f.field.ID, value)
}

// count counts what the changes of one person come to.
func (w *worker) count(p *roster.Person, changes []changeset.Change) {
	if p.Status == roster.Active {
		for i := range w.required {
			if f := &w.required[i]; after(p, changes, f.ID) == "" {
				w.tally.field(f).Missing++
			}
		}
		for i := range w.feeds {
			if f := &w.feeds[i].field; p.Values.Get(f.ID) != "" {
				w.tally.field(f).had++
			}
		}
	}
	for _, c := range changes {
		if c.Base != "" && c.Proposed != "" {
			continue
		}
		f, stays := w.after.Schema.ByID(c.Field)
		if !stays {
			f, _ = w.before.Schema.ByID(c.Field)
		}
		if c.Proposed == "" {
			w.tally.field(&f).Emptied++
		} else {
			w.tally.field(&f).Filled++
		}
	}
}

func (w *worker) example(p *roster.Person, value, problem string) Example {
	return Example{
		Person: p.ID, UID: strings.Clone(w.before.UID(p.Values)), Name: strings.Clone(w.before.DisplayName(p.Values)),
		Value: strings.Clone(value), Problem: problem,
	}
}

// heard reads what a list's source last said of its people.
type heard struct {
	e          *Engine
	connection string
	kind       PushKind // of a source that pushes, else nil
	names      []string // the attributes that are asked for, in order
	groups     bool
	whole      bool // everything is asked for
}

// saidOf is what is kept of one person: a record, or a resource and the names
// of its groups. Nothing is kept where text is empty.
type saidOf struct {
	text   string
	groups []string
}

// hearing prepares to read the attributes of that name.
func (e *Engine) hearing(l *roster.List, names []string) (heard, error) {
	h := heard{e: e, connection: l.Connection.ID, names: names, groups: slices.Contains(names, GroupsAttribute)}
	if takesPushes(l) {
		var ok bool
		if h.kind, ok = e.pushKind(l.Connection.Kind); !ok {
			return h, fault.New(fault.Conflict, "This Muster knows nothing of %s, to which the list %s is connected", l.Connection.Kind, l.Slug)
		}
	}
	return h, nil
}

// spread has everybody who is not withdrawn worked on by as many workers as there
// are processors, in numbered batches, and returns how many those were. For each
// worker begin returns what works on a batch, and what ends its work.
func (h *heard) spread(ctx context.Context, tx Tx, list roster.ListID, p *Progress, begin func() (work func(n int, batch []heardPerson), end func())) (batches int, err error) {
	type job struct {
		n     int
		batch []heardPerson
	}
	jobs := make(chan job, 4)
	var workers sync.WaitGroup
	for range max(runtime.GOMAXPROCS(0), 1) {
		work, end := begin()
		workers.Go(func() {
			defer end()
			for j := range jobs {
				work(j.n, j.batch)
			}
		})
	}
	err = h.each(ctx, tx, list, func(batch []heardPerson, done int) error {
		select {
		case jobs <- job{batches, batch}:
			batches++
			p.Set(int64(done))
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(jobs)
	workers.Wait()
	return batches, err
}

// each calls fn with everybody who is not withdrawn, in their order. The
// strings are lent until the transaction ends, the batch is fn's to keep.
func (h *heard) each(ctx context.Context, tx Tx, list roster.ListID, fn func(batch []heardPerson, done int) error) error {
	batch := make([]heardPerson, 0, batchOf)
	done := 0
	err := tx.EachPerson(list, func(p *roster.Person) error {
		if p.Status == roster.Withdrawn {
			return nil
		}
		one := heardPerson{person: *p}
		if anchor, linked := p.LinkTo(h.connection); linked && h.connection != "" {
			one.linked = true
			var err error
			if one.said, err = h.said(tx, list, anchor); err != nil {
				return err
			}
		}
		batch = append(batch, one)
		if done++; len(batch) < batchOf {
			return nil
		}
		full := batch
		batch = make([]heardPerson, 0, batchOf)
		if err := ctx.Err(); err != nil {
			return err
		}
		return fn(full, done)
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return fn(batch, done)
}

// said finds what is kept of whom the source calls so.
func (h *heard) said(tx Tx, list roster.ListID, anchor string) (saidOf, error) {
	if len(h.names) == 0 && !h.whole {
		return saidOf{}, nil
	}
	if h.kind == nil {
		data, _ := tx.Record(list, roster.Link{Connection: h.connection, Anchor: anchor})
		return saidOf{text: data}, nil
	}
	s, ok, err := byAnchor(tx, list, anchor)
	if err != nil || !ok || s.Deleted {
		return saidOf{}, err
	}
	said := saidOf{text: s.JSON}
	if h.groups {
		groups, err := groupsOf(tx, list, s.ID)
		if err != nil {
			return said, err
		}
		for i := range groups {
			said.groups = append(said.groups, groups[i].Name)
		}
	}
	return said, nil
}

// read puts what was said into cells, in the order of the names. The error says
// that nothing is kept, or that it cannot be read.
func (h *heard) read(said saidOf, cells *[]mapping.Cell) error {
	*cells = (*cells)[:0]
	if said.text == "" {
		return fault.New(fault.NotFound, "The source has said nothing")
	}
	if h.kind != nil {
		cell, _, err := h.kind.Read(said.text, said.groups)
		if err != nil {
			return err
		}
		for _, name := range h.names {
			*cells = append(*cells, cell(name))
		}
		return nil
	}
	kept, err := mapping.DecodeKept(said.text)
	if err != nil {
		return fmt.Errorf("read what was kept: %w", err)
	}
	for _, name := range h.names {
		*cells = append(*cells, kept.Cell(name))
	}
	return nil
}

// all is everything that was said.
func (h *heard) all(said saidOf) (mapping.Kept, error) {
	if said.text == "" {
		return mapping.Kept{}, fault.New(fault.NotFound, "The source has said nothing")
	}
	if h.kind == nil {
		return mapping.DecodeKept(said.text)
	}
	return everything(h.kind, said.text, said.groups)
}

// attributeLister is a PushKind whose resources may have attributes that it
// does not know by itself, as those of extensions.
type attributeLister interface {
	// List returns the names of everything in a resource that may be mapped.
	List(resource string) ([]string, error)
}

// everything is all that a resource says, as a record.
func everything(kind PushKind, resource string, groups []string) (kept mapping.Kept, err error) {
	cell, active, err := kind.Read(resource, groups)
	if err != nil {
		return kept, err
	}
	kept.Gone = !active
	known := kind.Attributes()
	for _, a := range known {
		if c := cell(a.Name); c.Presence != mapping.Absent {
			kept.Said = append(kept.Said, mapping.Said{Attribute: a.Name, Cell: c})
		}
	}
	more, ok := kind.(attributeLister)
	if !ok {
		return kept, nil
	}
	names, err := more.List(resource)
	for _, name := range names {
		if slices.ContainsFunc(known, func(a SourceAttribute) bool { return a.Name == name }) {
			continue
		}
		if c := cell(name); c.Presence == mapping.Given {
			kept.Said = append(kept.Said, mapping.Said{Attribute: name, Cell: c})
		}
	}
	return kept, err
}
