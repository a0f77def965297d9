package core

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/scope"
)

// readBatch is how many staged records are handed to the planner at once, and
// mostExplained of how many who are not named any more the directory is asked
// why: of more somebody has to look at the reading anyway.
const (
	readBatch     = 1024
	mostExplained = 5000
)

// stageAbsent stages, after a full reading, that those have left whom the source
// spoke of before and does not name any more: so their leaving is said, and by
// whom it was meant, like any other.
func (e *Engine) stageAbsent(ctx context.Context, directory Directory, l *roster.List, run *Run) error {
	left := mapping.Deleted
	if len(l.Scope.Groups) > 0 {
		left = mapping.LeftGroup
	}
	read, after, asked := run.Reading, "", 0
	for {
		var gone []KeptRecord
		var last string
		err := e.view(ctx, func(tx Tx) error {
			gone, last = nil, ""
			full := errors.New("enough")
			n := 0
			err := tx.EachRecordAfter(l.ID, read.Connection, after, func(anchor, data string) error {
				last = anchor
				if _, staged := tx.ReadRecord(l.ID, run.Number, anchor); !staged {
					gone = append(gone, KeptRecord{roster.Link{Anchor: anchor}, data})
				}
				if n++; n == readBatch {
					return full
				}
				return ctx.Err()
			})
			if errors.Is(err, full) {
				err = nil
			}
			return err
		})
		if err != nil || last == "" {
			return err
		}
		after = last
		var why map[string]mapping.Left
		if asked += len(gone); asked <= mostExplained {
			if why, err = whyLeft(ctx, directory, gone); err != nil {
				return err
			}
		}
		if err := e.stageGone(ctx, l.ID, run, gone, left, why); err != nil {
			return err
		}
	}
}

// whyLeft asks a directory that can tell why people are not named any more.
func whyLeft(ctx context.Context, directory Directory, gone []KeptRecord) (map[string]mapping.Left, error) {
	explainer, can := directory.(LeaveExplainer)
	if !can {
		return nil, nil
	}
	var anchors []string
	for _, r := range gone {
		kept, err := mapping.DecodeKept(r.Data)
		if err != nil {
			return nil, err
		}
		if !kept.Gone {
			anchors = append(anchors, r.Link.Anchor)
		}
	}
	if len(anchors) == 0 {
		return nil, nil
	}
	return explainer.WhyLeft(ctx, anchors)
}

// stageGone stages that people have left: why says for what, left of the others.
func (e *Engine) stageGone(ctx context.Context, list roster.ListID, run *Run, gone []KeptRecord, left mapping.Left, why map[string]mapping.Left) error {
	if len(gone) == 0 {
		return nil
	}
	sink := &stage{e: e, list: list, run: run}
	return e.store.Update(ctx, func(tx WriteTx) error {
		for _, r := range gone {
			kept, err := mapping.DecodeKept(r.Data)
			if err != nil {
				return err
			}
			rec := mapping.Record{Anchor: r.Link.Anchor, Gone: true, Left: left}
			if known, ok := why[r.Link.Anchor]; ok {
				rec.Left = known
			}
			if kept.Gone {
				rec.Left = kept.Left // it was said before, and why
			}
			data, err := sink.merge(r.Data, &rec)
			if err != nil {
				return err
			}
			if err := tx.PutReadRecord(list, run.Number, rec.Anchor, data); err != nil {
				return err
			}
		}
		return nil
	})
}

// planReading works out what a reading changes.
func (e *Engine) planReading(ctx context.Context, kind DirectoryKind, l *roster.List, run *Run) (*Draft, error) {
	again, err := e.again(ctx, l, run)
	if err != nil {
		return nil, err
	}
	sift := newSifter(kind, &run.Reading.Scope, run.Reading.Attributes)
	in := Intake{
		List: l.ID, Origin: changeset.Sync, Note: kind.Title(), Connection: l.Connection.ID, Attributes: run.Reading.Attributes,
		Mappings: l.Mappings, Full: run.Full, Reading: run, Records: e.readRecords(ctx, l.ID, run, again, sift),
	}
	d, err := e.Plan(ctx, in)
	if err != nil {
		return nil, err
	}
	d.Head.Reading = run.Number
	run.Sifted = sift.done(d)
	run.Counts, run.Held = d.Head.Counts, d.Head.Held
	for i := range d.Rejects[:min(len(d.Rejects), mostRejects)] {
		run.Rejects = append(run.Rejects, d.Rejects[i].Problem)
	}
	return d, nil
}

// again are the anchors of which a reading of what is new need not speak, and
// which are looked at again all the same: those of a changeset that waits though
// its reading is current, because part of it was applied, and those that the
// list could not take before.
func (e *Engine) again(ctx context.Context, l *roster.List, run *Run) (anchors []string, err error) {
	if run.Full {
		return nil, nil // it speaks of everybody
	}
	err = e.view(ctx, func(tx Tx) error {
		state, _, err := syncState(tx, l.ID)
		if err != nil {
			return err
		}
		anchors = slices.Clone(state.Retry)
		return tx.EachOpen(func(c *changeset.Changeset) error {
			if c.List != l.ID || c.Origin != changeset.Sync || c.Reading != 0 {
				return nil
			}
			return tx.EachItem(c.ID, func(_ int, it *changeset.Item) error {
				if it.Link != nil {
					anchors = append(anchors, it.Link.Proposed)
					return nil
				}
				p, ok, err := tx.Person(l.ID, it.Person)
				if anchor, linked := p.LinkTo(l.Connection.ID); ok && linked {
					anchors = append(anchors, anchor)
				}
				return err
			})
		})
	})
	slices.Sort(anchors)
	return slices.Compact(anchors), err
}

// readRecords hands out what a reading has staged, and what is kept of the
// anchors that are looked at again.
func (e *Engine) readRecords(ctx context.Context, list roster.ListID, run *Run, again []string, sift *sifter) iter.Seq2[[]mapping.Record, error] {
	line := 0
	return func(yield func([]mapping.Record, error) bool) {
		for after := ""; ; {
			batch := make([]mapping.Record, 0, readBatch)
			err := e.view(ctx, func(tx Tx) error {
				batch = batch[:0]
				full := errors.New("enough")
				err := tx.EachReadRecord(list, run.Number, after, func(anchor, data string) error {
					rec, err := sift.record(anchor, data)
					if batch = append(batch, rec); err == nil && len(batch) == readBatch {
						err = full
					}
					return err
				})
				if errors.Is(err, full) {
					err = nil
				}
				return err
			})
			for i := range batch {
				line++
				batch[i].Line = line
				sift.judge(&batch[i])
			}
			if len(batch) == 0 && err == nil {
				break
			}
			if !yield(batch, err) || err != nil {
				return
			}
			after = batch[len(batch)-1].Anchor
		}
		rest, err := e.keptAgain(ctx, list, run, again, sift)
		for i := range rest {
			line++
			rest[i].Line = line
			sift.judge(&rest[i])
		}
		if len(rest) > 0 || err != nil {
			yield(rest, err)
		}
	}
}

func (e *Engine) keptAgain(ctx context.Context, list roster.ListID, run *Run, again []string, sift *sifter) (batch []mapping.Record, err error) {
	err = e.view(ctx, func(tx Tx) error {
		batch = nil
		for _, anchor := range again {
			if _, staged := tx.ReadRecord(list, run.Number, anchor); staged {
				continue
			}
			data, ok := tx.Record(list, roster.Link{Connection: run.Reading.Connection, Anchor: anchor})
			if !ok {
				continue
			}
			rec, err := sift.record(anchor, data)
			if err != nil {
				return err
			}
			batch = append(batch, rec)
		}
		return nil
	})
	return batch, err
}

// sifter makes records of what is staged, and says who of them is in the scope.
type sifter struct {
	scope *scope.Scope
	names []string // by which people are named
	index map[string]int
	out   map[string]*Out
	in    int
}

func newSifter(kind DirectoryKind, s *scope.Scope, attributes []string) *sifter {
	f := &sifter{scope: s, names: kind.Names(), index: make(map[string]int, len(attributes)), out: make(map[string]*Out)}
	for i, name := range attributes {
		f.index[name] = i
	}
	return f
}

// record decodes what is staged of somebody.
func (f *sifter) record(anchor, data string) (mapping.Record, error) {
	kept, err := mapping.DecodeKept(data)
	if err != nil {
		return mapping.Record{}, err
	}
	rec := mapping.Record{Anchor: anchor, Gone: kept.Gone, Left: kept.Left, Cells: make([]mapping.Cell, len(f.index))}
	for i := range rec.Cells {
		rec.Cells[i].Presence = mapping.Absent
	}
	for _, said := range kept.Said {
		if i, ok := f.index[said.Attribute]; ok {
			rec.Cells[i] = said.Cell
		}
	}
	return rec, nil
}

// judge has who is not in the scope be gone.
func (f *sifter) judge(rec *mapping.Record) {
	cell := func(name string) mapping.Cell {
		if i, ok := f.index[name]; ok {
			return rec.Cells[i]
		}
		return mapping.Cell{Presence: mapping.Absent}
	}
	if rec.Gone {
		return // the directory says so itself
	}
	v := f.scope.Judge(rec, cell, f.names)
	if v.In {
		f.in++
		return
	}
	rec.Gone, rec.Left = true, v.Left
	o := f.out[v.Rule]
	if o == nil {
		o = &Out{Why: v.Rule, Left: v.Left}
		f.out[v.Rule] = o
	}
	if o.People++; len(o.Some) < mostOut {
		o.Some = append(o.Some, strings.Clone(f.called(rec.Anchor, cell)))
	}
}

// called is what to call somebody in messages.
func (f *sifter) called(anchor string, cell func(string) mapping.Cell) string {
	for _, name := range f.names {
		if text := cell(name).Text; text != "" {
			return text
		}
	}
	return anchor
}

// done tells who was in, who out, and who of the list would leave for it.
func (f *sifter) done(d *Draft) Sifted {
	s := Sifted{In: f.in}
	for _, o := range f.out {
		s.Out = append(s.Out, *o)
	}
	slices.SortFunc(s.Out, func(a, b Out) int {
		if a.People != b.People {
			return b.People - a.People
		}
		return strings.Compare(a.Why, b.Why)
	})
	for i := range d.Items {
		if it := &d.Items[i]; it.Kind == changeset.Deactivate {
			if s.Left == nil {
				s.Left = make(map[mapping.Left]int)
			}
			s.Left[it.Left]++
		}
	}
	return s
}
