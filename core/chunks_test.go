package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

var errOut = errors.New("out of order")

// faulty is a store whose Updates fail from the k-th on, before or after they
// are carried out, until it is mended. It counts them.
type faulty struct {
	core.Store
	calls   int
	from    int    // the first call that fails; 0 for none
	until   int    // the last one; 0 for all
	instead func() // does what a failing call does besides failing
	after   bool   // the call that fails is carried out all the same
}

func (f *faulty) Update(ctx context.Context, fn func(core.WriteTx) error) error {
	f.calls++
	if f.from == 0 || f.calls < f.from || f.until != 0 && f.calls > f.until {
		return f.Store.Update(ctx, fn)
	}
	if f.instead != nil {
		f.instead()
	}
	if f.after {
		return errors.Join(f.Store.Update(context.WithoutCancel(ctx), fn), errOut)
	}
	return errOut
}

// twice is a store that runs everything twice, as a store may that groups
// commits: the first time it takes it back.
type twice struct{ core.Store }

func (s twice) Update(ctx context.Context, fn func(core.WriteTx) error) error {
	again := errors.New("again")
	err := s.Store.Update(ctx, func(tx core.WriteTx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.PutPreference(1, "dirty", nil); err != nil {
			return err
		}
		return again
	})
	if err != nil && !errors.Is(err, again) {
		return err
	}
	return s.Store.Update(ctx, fn)
}

// chunkWorld has a connected list of people in several states, and a chunk size
// that makes large changesets of small ones.
func chunkWorld(t *testing.T) (*world, *faulty) {
	t.Helper()
	w := newTestWorld(t, true)
	f := new(faulty)
	w.chunk = 3
	w.wrap = func(s core.Store) core.Store { f.Store = s; return f }
	w.reopen()
	var rows []said
	for n := range 12 {
		rows = append(rows, at(fmt.Sprintf("x%d", n), fmt.Sprintf("u%d", n), "Somebody", ""))
	}
	head := w.apply(w.planSync(true, rows...))
	w.setStatus(roster.Inactive, "u1", "u2")
	w.rollback(w.apply(w.planSync(false, at("x20", "u20", "Gone", ""), at("x21", "u21", "Gone", ""))).ID)
	if head.Counts.Creates != 12 {
		t.Fatalf("made %+v", head.Counts)
	}
	return w, f
}

// large is a sync that swaps UIDs, creates, updates, deactivates, reactivates,
// takes a withdrawn person's UID, and is decided against in places.
func (w *world) large() *core.Draft {
	w.t.Helper()
	w.rollback(w.setStatus(roster.Inactive, "u3").ID)
	rows := []said{
		at("x0", "u5", "Swapped", ""), at("x5", "u0", "Swapped", ""), at("x1", "u1", "Changed", ""), at("x2", "u2", "Somebody", "a@x.example"),
		at("x3", "u3", "Kept", ""), at("x4", "u4", "Changed", ""), at("x6", "u6b", "Renamed", ""),
		at("x30", "u20", "New", ""), at("x31", "u31", "New", ""), at("x32", "u6", "New", ""),
	}
	d := w.planSync(true, rows...)
	for i := range d.Items {
		for j := range d.Items[i].Changes {
			if d.Items[i].Changes[j].Proposed == "Kept" {
				d.Items[i].Changes[j].Decision = changeset.Keep
			}
		}
	}
	return d
}

// Whichever transaction fails, and whether or not it reached the disk: the
// store is as before, or the changeset is applied.
func TestAChunkedChangesetIsAppliedOrNot(t *testing.T) {
	works := []struct {
		name  string
		draft func(w *world) *core.Draft
	}{
		{"at once", func(w *world) *core.Draft { return w.large() }},
		{"after waiting", func(w *world) *core.Draft {
			head, err := w.Propose(ctx, mara, w.large())
			w.must(err)
			d, err := w.Load(ctx, head.ID, nil)
			w.must(err)
			return d
		}},
		{"rolled back", func(w *world) *core.Draft {
			head := w.apply(w.large())
			d, err := w.Rollback(ctx, head.ID)
			w.must(err)
			return d
		}},
	}
	kinds := []struct {
		name string
		set  func(f *faulty, cancel func())
	}{
		{"one fails", func(f *faulty, _ func()) { f.until = f.from }},
		{"all fail from there", func(*faulty, func()) {}},
		{"all are done and fail", func(f *faulty, _ func()) { f.after = true }},
		{"the caller goes away", func(f *faulty, cancel func()) { f.until, f.instead = f.from, cancel }},
		{"it fails, and the second of the taking back", func(f *faulty, _ func()) {
			f.until = f.from
			f.instead = func() { f.from, f.until, f.instead = f.from+2, f.from+2, nil }
		}},
	}
	for _, work := range works {
		for _, kind := range kinds {
			t.Run(work.name+", "+kind.name, func(t *testing.T) {
				applied := false
				for k := 1; !applied; k++ {
					w, f := chunkWorld(t)
					d := work.draft(w)
					before := w.dump()
					ctx, cancel := context.WithCancel(ctx)
					f.calls, f.from = 0, k
					kind.set(f, cancel)
					head, err := w.ApplyDraft(ctx, mara, d, core.How{})
					cancel()
					if failed := f.calls >= k; failed != (err != nil) {
						t.Fatalf("with call %d of %d failing: %v", k, f.calls, err)
					}
					f.from = 0
					w.close()
					w.open()
					w.sound()
					switch after := w.dump(); {
					case after == before:
					case err == nil && head.Done(), f.after:
						w.wholly(d)
					default:
						t.Fatalf("with call %d failing the store was\n%s\nand is\n%s", k, before, after)
					}
					applied = err == nil
				}
			})
		}
	}
}

// wholly checks that all of a draft is applied.
func (w *world) wholly(d *core.Draft) {
	w.t.Helper()
	for i := range d.Items {
		p, err := w.Person(ctx, w.list, d.Items[i].Person)
		w.must(err)
		if out := d.Items[i].Apply(p); len(out.Clashes) > 0 || out.Changed {
			w.t.Fatalf("item %+v is not applied: %+v", d.Items[i], p)
		}
	}
	open, err := w.Changesets(ctx, -1, func(c *changeset.Changeset) bool { return c.Open() })
	if w.must(err); len(open) > 0 {
		w.t.Fatalf("still open: %+v", open)
	}
}

// While what was begun could be neither finished nor taken back, the list takes
// no other write; other lists do. As soon as it can be, it is taken back.
func TestAnInterruptedListTakesNoWrites(t *testing.T) {
	w, f := chunkWorld(t)
	other := w.makeList("other", false)
	d := w.large()
	before := w.export()
	f.calls, f.from = 0, 3
	if _, err := w.ApplyDraft(ctx, mara, d, core.How{}); !errors.Is(err, errOut) {
		t.Fatal(err)
	}
	add := func(list roster.ListID, no string) error {
		_, _, err := w.AddPerson(ctx, mara, list, map[roster.FieldID]string{noField: no})
		return err
	}
	f.calls, f.from = 0, 1
	if err := add(w.list, "n1"); !errors.Is(err, errOut) {
		t.Errorf("the interrupted list says %v", err)
	}
	f.calls, f.from = 0, 0
	w.must(add(other, "n1"))
	if w.export() != before {
		t.Error("what was begun was not taken back")
	}
	w.must(add(w.list, "n1"))
	w.reopen()
}

// In chunks or at once, once or run again: the same comes of it.
func TestChunksComeToTheSame(t *testing.T) {
	var want string
	for _, c := range []struct {
		chunk int
		wrap  func(core.Store) core.Store
	}{{0, nil}, {1, nil}, {3, nil}, {1000, nil}, {0, func(s core.Store) core.Store { return twice{s} }}, {3, func(s core.Store) core.Store { return twice{s} }}} {
		w, _ := chunkWorld(t)
		w.chunk, w.wrap = c.chunk, c.wrap
		w.reopen()
		waits, err := w.Propose(ctx, mara, w.planImport(false, row("u4", "", "Art")))
		w.must(err)
		head := w.apply(w.large())
		got := fmt.Sprintf("%+v\n", head.Counts)
		w.must(w.EachPerson(ctx, w.list, func(p *roster.Person) error {
			got += fmt.Sprintf("%s %s %v\n", p.Status, text(p.Values), p.Links)
			return nil
		}))
		if _, err := w.Apply(ctx, mara, waits.ID, core.How{}); err != nil {
			t.Error(err)
		}
		if waits.ID == head.ID {
			t.Error("two changesets have one number")
		}
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("in chunks of %d it comes to\n%swanted\n%s", c.chunk, got, want)
		}
		w.reopen()
	}
}
