package schema

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core/index"
	"muster/core/roster"
	"muster/tui/kit"
)

// values are how often the values of the field under the cursor occur.
type values struct {
	reading kit.Latest
	id      int // of the line that they are of; 0 for none yet
	people  map[string]int
	found   index.Frequencies
	known   bool
}

// valuesRead is what a count of a field's values came to.
type valuesRead struct {
	run   int
	id    int
	found index.Frequencies
	err   error
}

const (
	// rest is how long the cursor has to stay on a field of a large list before
	// its values are counted.
	rest = 60 * time.Millisecond
	// large is how many people make a list large.
	large = 20_000
	// mostValues is how many values are counted; a dropdown with more options
	// than that is not counted in full.
	mostValues = 1000
)

// look counts the values of the field that the cursor is on, unless it is known.
func (s *Screen) look() kit.Action {
	l := s.current()
	if l == nil || l.id < 0 || l.field.UID {
		s.counts.reading.Stop()
		s.counts.id, s.counts.known = 0, false
		return nil
	}
	if s.counts.id == l.id {
		return nil
	}
	ctx, run := s.counts.reading.Begin()
	s.counts.id, s.counts.known = l.id, false
	engine, list, id, wait := s.engine, s.list.ID, l.id, s.patience(rest)
	return kit.Run{Cmd: func() tea.Msg {
		if !pause(ctx, wait) {
			return nil
		}
		found, err := frequencies(ctx, func() (*index.Index, error) { return engine.Index(ctx, list, nil) }, roster.FieldID(id))
		return valuesRead{run, id, found, err}
	}}
}

// patience is how long work that the next key may make stale is put off: for a
// while in a large list, else not at all.
func (s *Screen) patience(while time.Duration) time.Duration {
	if s.list.Standing.Active+s.list.Standing.Inactive > large {
		return while
	}
	return 0
}

// pause waits, and reports whether the context lasted.
func pause(ctx context.Context, wait time.Duration) bool {
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	return ctx.Err() == nil
}

// frequencies counts a field's values among everybody.
func frequencies(ctx context.Context, open func() (*index.Index, error), field roster.FieldID) (index.Frequencies, error) {
	ix, err := open()
	if err != nil {
		return index.Frequencies{}, err
	}
	everybody, err := ix.Search(ctx, index.Request{})
	if err != nil {
		return index.Frequencies{}, err
	}
	return ix.Frequencies(ctx, field, everybody.Rows, mostValues)
}

func (s *Screen) valuesRead(msg valuesRead) kit.Action {
	switch {
	case !s.counts.reading.Is(msg.run):
		return nil
	case msg.err != nil:
		return failed(msg.err)
	}
	s.counts.found, s.counts.known = msg.found, true
	s.counts.people = make(map[string]int, len(msg.found.Values))
	for _, v := range msg.found.Values {
		s.counts.people[v.Value] = v.Count
	}
	return nil
}

// usedBy is how many people have a value of the field that the cursor is on; not
// ok while that is not known.
func (s *Screen) usedBy(value string) (people int, ok bool) {
	return s.counts.people[value], s.counts.known
}

// mostOptions is how many different values a field may have that become the
// options of a dropdown.
const mostOptions = 200

// asOptions are the values of the field that the cursor is on, to be the options
// of a dropdown; none where they are too many or not known.
func (s *Screen) asOptions(id int) []string {
	found := &s.counts.found
	if s.counts.id != id || !s.counts.known || found.Distinct > mostOptions {
		return nil
	}
	options := make([]string, len(found.Values))
	for i, v := range found.Values {
		options[i] = v.Value
	}
	slices.SortFunc(options, func(a, b string) int { return strings.Compare(roster.Fold(a), roster.Fold(b)) })
	return slices.CompactFunc(options, strings.EqualFold)
}

// stale forgets what was counted: somebody has changed.
func (s *Screen) stale() { s.counts.id = 0 }
