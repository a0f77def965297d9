package core

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"muster/core/changeset"
	"muster/core/roster"
)

// windowSpan is how far back the guard looks at the deactivations of a source
// that pushes one person at a time.
const windowSpan = time.Hour

// window knows when people of a list were deactivated by pushes lately. The
// journal says it; here it is remembered up to a version that is on disk.
type window struct {
	list roster.ListID
	mu   sync.Mutex
	upTo uint64
	read bool
	gone []departed // oldest first
}

// departed is how many a version deactivated.
type departed struct {
	at     time.Time
	people int
}

func (e *Engine) window(list roster.ListID) *window {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, ok := e.windows[list]
	if !ok {
		w = &window{list: list}
		e.windows[list] = w
	}
	return w
}

// catchUp reads what is on disk of the journal since last time. What another
// transaction has only written so far could yet be undone.
func (w *window) catchUp(ctx context.Context, e *Engine) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	since := e.now().Add(-windowSpan)
	w.gone = slices.DeleteFunc(w.gone, func(d departed) bool { return !d.at.After(since) })
	return e.view(ctx, func(tx Tx) error {
		l, err := tx.PeekList(w.list)
		if err != nil {
			return err
		}
		if w.read {
			found, err := departures(tx, w.list, w.upTo)
			w.gone, w.upTo = append(w.gone, found...), l.Standing.Version
			return err
		}
		from, err := lastBefore(tx, &l, since)
		if err != nil {
			return err
		}
		found, err := departures(tx, w.list, from)
		w.gone, w.upTo, w.read = found, l.Standing.Version, err == nil
		return err
	})
}

// lastBefore returns the last version that is older than a time.
func lastBefore(tx Tx, l *roster.List, since time.Time) (version uint64, err error) {
	found := errors.New("found")
	var head changeset.Changeset
	err = tx.EachBlockBack(l.ID, math.MaxUint64, func(seq uint64, b *changeset.Block) error {
		if b.Changeset == head.ID {
			return nil
		}
		if head, err = tx.Changeset(b.Changeset); err != nil {
			return err
		}
		if !head.AppliedAt.After(since) {
			version = seq
			return found
		}
		return nil
	})
	if errors.Is(err, found) {
		err = nil
	}
	return version, err
}

// departures returns whom pushes have deactivated since a version. What a
// person has approved does not count.
func departures(tx Tx, list roster.ListID, after uint64) (gone []departed, err error) {
	var head changeset.Changeset
	err = tx.EachBlock(list, after, func(_ uint64, b *changeset.Block) error {
		people := 0
		for _, entry := range b.Entries {
			if entry.Kind == changeset.Deactivate {
				people++
			}
		}
		if people == 0 {
			return nil
		}
		if b.Head != nil {
			head = *b.Head
		} else if head.ID != b.Changeset {
			if head, err = tx.Changeset(b.Changeset); err != nil {
				return err
			}
		}
		if head.Origin == changeset.SCIM && head.By == head.AppliedBy {
			gone = append(gone, departed{head.AppliedAt, people})
		}
		return nil
	})
	return gone, err
}

// count is how many people pushes have deactivated in the span before now, those
// included that only this transaction knows of.
func (w *window) count(tx Tx, list roster.ListID, now time.Time) (n int, err error) {
	w.mu.Lock()
	upTo, gone := w.upTo, w.gone
	w.mu.Unlock()
	lately, err := departures(tx, list, upTo)
	if err != nil {
		return 0, err
	}
	for _, all := range [][]departed{gone, lately} {
		for _, d := range all {
			if d.at.After(now.Add(-windowSpan)) {
				n += d.people
			}
		}
	}
	return n, nil
}
