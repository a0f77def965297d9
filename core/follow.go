package core

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"muster/core/changeset"
	"muster/core/index"
	"muster/core/roster"
)

// follower keeps the one in-memory index of a list up to the journal.
type follower struct {
	busy   chan struct{} // held by whoever builds or catches up
	wanted atomic.Uint64 // the newest version that was asked for
	index  *index.Index  // nil until it has been built

	mu       sync.Mutex
	watchers []*Progress // of those who wait for the build
}

func (e *Engine) follower(list roster.ListID) *follower {
	e.mu.Lock()
	defer e.mu.Unlock()
	f, ok := e.followers[list]
	if !ok {
		f = &follower{busy: make(chan struct{}, 1)}
		e.followers[list] = f
	}
	return f
}

// Index returns the list's in-memory index, which every screen shares. The
// first call builds it, which p tells of; from then on it follows the journal.
func (e *Engine) Index(ctx context.Context, list roster.ListID, p *Progress) (*index.Index, error) {
	if !e.sees(list) {
		return nil, e.May(*e.reader, list, Look)
	}
	f := e.follower(list)
	f.watch(p)
	select {
	case f.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	built := f.index
	var err error
	if built == nil {
		if built, err = e.build(ctx, list, f); err == nil {
			f.index = built
		}
	}
	<-f.busy
	if err == nil {
		err = e.follow(ctx, list, 0)
	}
	return built, err
}

func (f *follower) watch(p *Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p != nil {
		f.watchers = append(f.watchers, p)
	}
}

// tell reports to all who wait how many people have been read.
func (f *follower) tell(read, total int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.watchers {
		if step, ok := p.Step(); !ok || step.Total != int64(total) {
			p.Start("Reading people", int64(total))
		}
		p.Set(int64(read))
	}
}

// batch is how many people are put into an index at once.
const batch = 1024

func (e *Engine) build(ctx context.Context, list roster.ListID, f *follower) (*index.Index, error) {
	leave, err := e.enter(ctx, list, false)
	if err != nil {
		return nil, err
	}
	defer leave()
	x := index.New()
	err = e.view(ctx, func(tx Tx) error {
		l, err := tx.PeekList(list)
		if err != nil {
			return err
		}
		total, read := l.Standing.Active+l.Standing.Inactive, 0
		people := make([]roster.Person, 0, batch)
		err = tx.EachPerson(list, func(p *roster.Person) error {
			if p.Status == roster.Withdrawn {
				return nil
			}
			if people = append(people, *p); len(people) < batch {
				return nil
			}
			x.Put(people...)
			read += len(people)
			people = people[:0]
			f.tell(read, total)
			return ctx.Err()
		})
		x.Put(people...)
		x.SetVersion(l.Standing.Version)
		return err
	})
	f.mu.Lock()
	f.watchers = nil
	f.mu.Unlock()
	return x, err
}

// follow brings a list's index, if anybody uses it, up to the journal. Whoever
// comes while another is at it leaves the rest to them.
func (e *Engine) follow(ctx context.Context, list roster.ListID, version uint64) error {
	e.mu.Lock()
	f, ok := e.followers[list]
	e.mu.Unlock()
	if !ok {
		return nil
	}
	for old := f.wanted.Load(); version > old && !f.wanted.CompareAndSwap(old, version); old = f.wanted.Load() {
	}
	for {
		select {
		case f.busy <- struct{}{}:
		default:
			return nil
		}
		var err error
		reached := f.wanted.Load()
		if f.index != nil && f.index.Version() < reached {
			err = e.catchUp(ctx, list, f.index)
			reached = f.index.Version()
		}
		<-f.busy
		if err != nil || f.wanted.Load() <= reached {
			return err
		}
	}
}

// catchUp re-reads whom the journal names since the index's version.
func (e *Engine) catchUp(ctx context.Context, list roster.ListID, x *index.Index) error {
	over := errors.New("over")
	var version uint64
	err := e.view(ctx, func(tx Tx) error {
		l, err := tx.PeekList(list)
		if err != nil {
			return err
		}
		version = l.Standing.Version
		people := make([]roster.Person, 0, batch)
		err = tx.EachBlock(list, x.Version(), func(seq uint64, b *changeset.Block) error {
			if seq > version {
				return over
			}
			for _, entry := range b.Entries {
				p, err := findPerson(tx, list, entry.Person)
				if err != nil {
					return err
				}
				if people = append(people, p); len(people) == batch {
					x.Put(people...)
					people = people[:0]
				}
			}
			return ctx.Err()
		})
		x.Put(people...)
		return err
	})
	if err != nil && !errors.Is(err, over) {
		return err
	}
	x.SetVersion(version)
	return nil
}
