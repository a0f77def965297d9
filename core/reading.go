package core

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// A staged note is given, or deleted: then it hides the one that is current.
const (
	noteGiven   = "+"
	noteDeleted = "-"
)

// stage is the ReadSink of one reading: what is read goes to the store page by
// page, and nowhere else.
type stage struct {
	e        *Engine
	list     roster.ListID
	run      *Run // its Pages, People, Requests and Throttled are counted here
	progress *Progress

	mu    sync.Mutex // one page after the other
	told  sync.Mutex
	until time.Time // until when the source lets it wait
	buf   []byte
}

var errNoAnchor = errors.New("stage record: it has no anchor")

// Page stages records, notes and cursor in one transaction.
func (s *stage) Page(ctx context.Context, p ReadPage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	read := s.run.Reading
	var after Run
	err := s.e.store.Update(ctx, func(tx WriteTx) error {
		s.told.Lock()
		after = *s.run // what is told meanwhile goes with the next page
		s.told.Unlock()
		reading := *read
		after.Reading = &reading
		for i := range p.Records {
			if err := s.record(tx, &p.Records[i]); err != nil {
				return err
			}
		}
		for _, n := range p.Notes {
			value := noteGiven + n.Value
			if n.Delete {
				value = noteDeleted
			}
			if err := tx.PutNote(s.list, s.run.Number, n.Key, value); err != nil {
				return err
			}
		}
		reading.Cursor, reading.Staged = p.Cursor, s.e.now()
		after.Pages++
		after.People += len(p.Records)
		return putRun(tx, s.list, &after)
	})
	if err != nil {
		return err
	}
	*read = *after.Reading
	s.run.Pages, s.run.People = after.Pages, after.People
	s.progress.change(func(step *Step) { step.Pages, step.Done = after.Pages, int64(after.People) })
	return nil
}

// record stages one record, put together with what is staged or kept of the same
// person: the last word on each attribute counts.
func (s *stage) record(tx WriteTx, rec *mapping.Record) error {
	if rec.Anchor == "" {
		return errNoAnchor
	}
	before, known := tx.ReadRecord(s.list, s.run.Number, rec.Anchor)
	if !known && !s.run.Full || !known && rec.Gone {
		before, known = tx.Record(s.list, roster.Link{Connection: s.run.Reading.Connection, Anchor: rec.Anchor})
	}
	if rec.Gone && !known {
		// Of somebody who never was here there is nothing to say, unless the list
		// has tied them to this source by other means.
		if _, tied := tx.ByLink(s.list, roster.Link{Connection: s.run.Reading.Connection, Anchor: rec.Anchor}); !tied {
			return nil
		}
	}
	data, err := s.merge(before, rec)
	if err != nil {
		return err
	}
	return tx.PutReadRecord(s.list, s.run.Number, rec.Anchor, data)
}

// merge puts a record over what was said before.
func (s *stage) merge(before string, rec *mapping.Record) (string, error) {
	names := s.run.Reading.Attributes
	if before == "" || !slices.ContainsFunc(rec.Cells, func(c mapping.Cell) bool { return c.Presence == mapping.Absent }) && len(rec.Cells) == len(names) {
		s.buf = mapping.AppendKept(s.buf[:0], names, rec)
		return string(s.buf), nil
	}
	old, err := mapping.DecodeKept(before)
	if err != nil {
		return "", err
	}
	whole := *rec
	whole.Cells = make([]mapping.Cell, len(names))
	for i := range whole.Cells {
		if whole.Cells[i].Presence = mapping.Absent; i < len(rec.Cells) {
			whole.Cells[i] = rec.Cells[i]
		}
	}
	for _, said := range old.Said {
		if i := slices.Index(names, said.Attribute); i >= 0 && whole.Cells[i].Presence == mapping.Absent {
			whole.Cells[i] = said.Cell
		}
	}
	s.buf = mapping.AppendKept(s.buf[:0], names, &whole)
	return string(s.buf), nil
}

// Note returns a note of this reading, or one that is current.
func (s *stage) Note(ctx context.Context, key string) (value string, ok bool, err error) {
	err = s.e.view(ctx, func(tx Tx) error {
		if staged, is := tx.Note(s.list, s.run.Number, key); is {
			value, ok = strings.CutPrefix(staged, noteGiven)
			return nil
		}
		if !s.run.Full {
			value, ok = tx.Note(s.list, 0, key)
		}
		return nil
	})
	return value, ok, err
}

// Notes returns those of this reading over those that are current.
func (s *stage) Notes(ctx context.Context, prefix, after string, most int) (found []Note, err error) {
	err = s.e.view(ctx, func(tx Tx) error {
		found = nil
		for len(found) < most {
			staged, err := someNotes(tx, s.list, s.run.Number, prefix, after, most)
			if err != nil {
				return err
			}
			var current []Note
			if !s.run.Full {
				if current, err = someNotes(tx, s.list, 0, prefix, after, most); err != nil {
					return err
				}
			}
			if len(staged)+len(current) == 0 {
				return nil
			}
			var some []Note
			some, after = overlay(staged, current, most)
			found = append(found, some...)
		}
		found = found[:min(most, len(found))]
		return nil
	})
	return found, err
}

func someNotes(tx Tx, list roster.ListID, reading uint64, prefix, after string, most int) (some []Note, err error) {
	enough := errors.New("enough")
	err = tx.EachNote(list, reading, prefix, after, func(key, value string) error {
		if some = append(some, Note{Key: key, Value: value}); len(some) == most {
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return some, err
}

// overlay merges staged notes over current ones, as far as both are known, and
// returns how far that is.
func overlay(staged, current []Note, most int) (merged []Note, upTo string) {
	last := func(notes []Note) string {
		if len(notes) < most {
			return "" // all there are
		}
		return notes[len(notes)-1].Key
	}
	limit := last(staged)
	if other := last(current); limit == "" || other != "" && other < limit {
		limit = other
	}
	for len(staged)+len(current) > 0 {
		var next Note
		switch {
		case len(staged) == 0 || len(current) > 0 && current[0].Key < staged[0].Key:
			next, current = current[0], current[1:]
		default:
			if len(current) > 0 && current[0].Key == staged[0].Key {
				current = current[1:]
			}
			text, given := strings.CutPrefix(staged[0].Value, noteGiven)
			next, staged = Note{Key: staged[0].Key, Value: text, Delete: !given}, staged[1:]
		}
		if limit != "" && next.Key > limit {
			break
		}
		if upTo = next.Key; !next.Delete {
			merged = append(merged, next)
		}
	}
	return merged, upTo
}

// Tell passes on how it goes.
func (s *stage) Tell(t ReadTelling) {
	s.told.Lock()
	now := s.e.clock()
	s.run.Requests += t.Requests
	if wait := t.Throttled; wait.After(s.until) {
		from := now
		if s.until.After(now) {
			from = s.until
		}
		s.run.Throttled += max(wait.Sub(from), 0)
		s.until = wait
	}
	requests := s.run.Requests
	s.told.Unlock()
	if t.Doing != "" {
		if step, ok := s.progress.Step(); !ok || step.Doing != t.Doing {
			pages := step.Pages
			s.progress.Start(t.Doing, int64(t.Expected))
			s.progress.change(func(step *Step) { step.Pages = pages })
		}
	}
	s.progress.change(func(step *Step) {
		step.Requests = requests
		if t.Expected > 0 {
			step.Total = int64(t.Expected)
		}
		step.Until, step.Why = t.Throttled, t.Why
	})
}

// staleAfter is how long an interrupted reading may be gone on with.
const staleAfter = time.Hour

// resumable finds the reading that a run like want left behind when it was cut
// off, and drops those that nothing refers to any more.
func resumable(tx WriteTx, list roster.ListID, want *Run, now time.Time) (found *Run, err error) {
	numbers, err := tx.Readings(list)
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	waiting := make(map[uint64]bool)
	if err := tx.EachOpen(func(c *changeset.Changeset) error {
		waiting[c.Reading] = waiting[c.Reading] || c.List == list
		return nil
	}); err != nil {
		return nil, err
	}
	for _, n := range slices.Backward(numbers) {
		if waiting[n] {
			continue
		}
		r, ok, err := readRun(tx, list, n)
		if err != nil {
			return nil, err
		}
		if ok && found == nil && r.goesOnAs(want, now) {
			found = &r
			continue
		}
		if err := tx.DeleteReading(list, n); err != nil {
			return nil, err
		}
		if ok && r.Reading != nil {
			if r.Reading = nil; r.Outcome == Running || r.Outcome == Planned {
				r.Outcome, r.Problem, r.Cut = Stopped, "Muster ended before it was done", true
			}
			if err := putRun(tx, list, &r); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// goesOnAs reports whether what the run has read so far will do for want.
func (r *Run) goesOnAs(want *Run, now time.Time) bool {
	was, is := r.Reading, want.Reading
	return was != nil && !was.Whole && was.Cursor != "" && r.Full == want.Full && now.Sub(was.Staged) < staleAfter &&
		(r.Outcome == Running || r.Outcome == Failed || r.Outcome == Stopped) &&
		was.Connection == is.Connection && slices.Equal(was.Attributes, is.Attributes) && slices.Equal(was.Scope.GroupIDs(), is.Scope.GroupIDs())
}
