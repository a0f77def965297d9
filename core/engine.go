package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Clock tells the time; tests bring their own.
type Clock func() time.Time

// Engine is the use cases over one store. It is safe for concurrent use, and
// many screens and commands share one.
type Engine struct {
	*shared
	reader *Actor // who sees what is read; nil for the process itself
}

// shared is what all see of an engine have in common (see Engine.As).
type shared struct {
	store  Store
	chunk  int // items in a transaction
	clock  Clock
	ids    *roster.IDs
	log    *slog.Logger
	news   broker
	kinds  []SourceKind
	key    KeySource
	syncs  syncs
	doors  doors
	staff  staff
	recent recent
	plans  pushPlans

	mu        sync.Mutex
	gates     map[roster.ListID]*semaphore.Weighted
	followers map[roster.ListID]*follower
	windows   map[roster.ListID]*window
	broken    map[roster.ListID]Unfinished // that could not be taken back yet
}

// Options are what an engine needs of the world.
type Options struct {
	Clock     Clock        // time.Now by default
	Log       *slog.Logger // discarded by default
	ChunkSize int          // ChunkSize by default
	Kinds     []SourceKind // of sources that lists can be connected to
	Key       KeySource    // that seals credentials; none by default: none can be kept
}

// Open returns the engine of a store, after taking back whatever a crash left
// half applied. The engine does not close the store.
func Open(ctx context.Context, store Store, opts Options) (*Engine, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.ChunkSize == 0 {
		opts.ChunkSize = ChunkSize
	}
	if opts.Key == nil {
		opts.Key = noKey
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{shared: &shared{
		store: store, chunk: opts.ChunkSize, clock: opts.Clock, ids: roster.NewIDs(opts.Clock), log: opts.Log, kinds: opts.Kinds, key: opts.Key,
		gates:     make(map[roster.ListID]*semaphore.Weighted),
		followers: make(map[roster.ListID]*follower),
		windows:   make(map[roster.ListID]*window),
	}}
	if err := e.takeBackUnfinished(ctx); err != nil {
		return nil, fmt.Errorf("take back what a crash interrupted: %w", err)
	}
	e.readDoors(ctx)
	e.readStaff(ctx)
	return e, nil
}

// Now is the engine's time.
func (e *Engine) Now() time.Time { return e.clock() }

// everyone is the weight of a gate: an exclusive holder takes all of it.
const everyone = 1 << 30

// gate returns the list's gate. Ordinary writes pass it together; a changeset
// that takes several transactions has it alone, and so do readers who must
// not see half of one.
func (e *Engine) gate(list roster.ListID) *semaphore.Weighted {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, ok := e.gates[list]
	if !ok {
		g = semaphore.NewWeighted(everyone)
		e.gates[list] = g
	}
	return g
}

// enter passes the list's gate, alone or together with others.
func (e *Engine) enter(ctx context.Context, list roster.ListID, alone bool) (leave func(), err error) {
	if err := e.mend(ctx, list); err != nil {
		return nil, err
	}
	return e.pass(ctx, list, alone)
}

// pass is enter for a list that is whole.
func (e *Engine) pass(ctx context.Context, list roster.ListID, alone bool) (leave func(), err error) {
	weight := int64(1)
	if alone {
		weight = everyone
	}
	g := e.gate(list)
	if err := g.Acquire(ctx, weight); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fault.New(fault.Busy, "A large changeset is being applied to this list; try again in a moment")
		}
		return nil, err
	}
	return func() { g.Release(weight) }, nil
}

// Lists returns every list, in the order they were made.
func (e *Engine) Lists(ctx context.Context) (lists []roster.List, err error) {
	err = e.view(ctx, func(tx Tx) error {
		lists, err = tx.Lists()
		return err
	})
	return lists, err
}

// List returns the list of that slug, or a NotFound fault.
func (e *Engine) List(ctx context.Context, slug string) (l roster.List, err error) {
	err = e.view(ctx, func(tx Tx) error {
		l, err = tx.ListBySlug(slug)
		return err
	})
	return l, err
}

// CreateList makes a list without people. Its ID is given here; a slug that is
// taken is a Conflict fault.
func (e *Engine) CreateList(ctx context.Context, actor Actor, l roster.List) (roster.List, error) {
	if err := e.May(actor, 0, MakeLists); err != nil {
		return l, err
	}
	if err := roster.CheckSlug(l.Slug); err != nil {
		return l, err
	}
	if l.Name == "" {
		l.Name = roster.LabelFor(l.Slug)
	}
	if l.Limits == (roster.Limits{}) {
		l.Limits = roster.DefaultLimits()
	}
	l.Created = e.clock().UTC().Truncate(time.Millisecond)
	l.Standing = roster.Standing{Changed: l.Created}
	err := e.store.Update(ctx, func(tx WriteTx) error {
		lists, err := tx.Lists()
		if err != nil {
			return err
		}
		l.ID = 1
		for _, other := range lists {
			if other.Slug == l.Slug {
				return fault.New(fault.Conflict, "There is a list %s already", l.Slug)
			}
			l.ID = max(l.ID, other.ID+1)
		}
		if err := tx.PutStanding(l.ID, l.Standing); err != nil {
			return err
		}
		return tx.PutList(&l)
	})
	if err == nil {
		e.news.publish(Notice{List: l.ID})
	}
	return l, err
}

// ChangeList makes of a list's own settings what change makes of them, as a
// changeset that is applied at once: the journal tells who changed what, and it
// can be taken back. Its people, slug and standing are not for it to touch, nor
// once there are people which field is the UID and which are unique: that is an
// Invalid fault. PlanChange changes those. How the last file was read, which is
// only offered for the next one, is changed without an entry.
func (e *Engine) ChangeList(ctx context.Context, actor Actor, id roster.ListID, change func(*roster.List) error) error {
	if err := e.May(actor, id, SetLists); err != nil {
		return err
	}
	_, err := e.changeSettings(ctx, actor, id, "", func(_ WriteTx, l *roster.List) error {
		before := l.Clone()
		if err := change(l); err != nil {
			return err
		}
		l.ID, l.Slug, l.Standing = before.ID, before.Slug, before.Standing
		if people(&before) > 0 {
			return sameNames(&before, l)
		}
		return nil
	})
	return err
}

// sameNames refuses that people would be known by another field, or that another
// field is unique: that is more than a setting.
func sameNames(before, after *roster.List) error {
	uid, _ := before.Schema.UID()
	if now, _ := after.Schema.UID(); now.ID != uid.ID {
		return fault.New(fault.Invalid, "%s is the UID by which everybody in %s is known; another one takes a change of the schema, which shows first what it means", uid.Label, before.Slug)
	}
	for _, f := range after.Schema.Fields {
		if was, had := before.Schema.ByID(f.ID); had && f.Unique != was.Unique {
			return fault.New(fault.Invalid, "That no two people have the same %s takes a change of the schema, which looks first whether it is so", f.Label)
		}
	}
	return nil
}

// Person returns one person, or a NotFound fault. Withdrawn people are found
// by their ID only.
func (e *Engine) Person(ctx context.Context, list roster.ListID, id roster.PersonID) (p roster.Person, err error) {
	err = e.view(ctx, func(tx Tx) error {
		p, err = findPerson(tx, list, id)
		return err
	})
	return p, err
}

func findPerson(tx Tx, list roster.ListID, id roster.PersonID) (roster.Person, error) {
	p, ok, err := tx.Person(list, id)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "There is no person %s in this list", id)
	}
	return p, err
}

// PersonByUID returns who holds the UID, or a NotFound fault.
func (e *Engine) PersonByUID(ctx context.Context, list roster.ListID, uid string) (p roster.Person, err error) {
	err = e.view(ctx, func(tx Tx) error {
		id, ok := tx.ByUID(list, roster.FoldUID(uid))
		if !ok {
			return fault.New(fault.NotFound, "Nobody in this list has the UID %q", uid)
		}
		p, err = findPerson(tx, list, id)
		return err
	})
	return p, err
}

// EachPerson calls fn for everyone in the list but the withdrawn, in the order
// they were made, at one moment. p is fn's until it returns.
func (e *Engine) EachPerson(ctx context.Context, list roster.ListID, fn func(p *roster.Person) error) error {
	if !e.sees(list) {
		return e.May(*e.reader, list, Look)
	}
	leave, err := e.enter(ctx, list, false)
	if err != nil {
		return err
	}
	defer leave()
	return e.view(ctx, func(tx Tx) error {
		return tx.EachPerson(list, func(p *roster.Person) error {
			if p.Status == roster.Withdrawn {
				return nil
			}
			return fn(p)
		})
	})
}

// Changeset returns a changeset's head, or a NotFound fault.
func (e *Engine) Changeset(ctx context.Context, id changeset.ID) (c changeset.Changeset, err error) {
	err = e.view(ctx, func(tx Tx) error {
		c, err = tx.Changeset(id)
		return err
	})
	return c, err
}

// Changesets returns the newest changesets that keep accepts, at most most.
func (e *Engine) Changesets(ctx context.Context, most int, keep func(*changeset.Changeset) bool) (found []changeset.Changeset, err error) {
	enough := errors.New("enough")
	err = e.view(ctx, func(tx Tx) error {
		found = nil
		return tx.EachChangeset(func(c *changeset.Changeset) error {
			if keep == nil || keep(c) {
				found = append(found, *c)
			}
			if len(found) == most {
				return enough
			}
			return ctx.Err()
		})
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return found, err
}

// Overview returns the changesets that wait, then the newest others, at most
// most in all, of one list or, with 0, of every list.
func (e *Engine) Overview(ctx context.Context, list roster.ListID, most int) ([]changeset.Changeset, error) {
	var all []changeset.Changeset
	err := e.view(ctx, func(tx Tx) error {
		all = nil
		return tx.EachOpen(func(c *changeset.Changeset) error {
			if list == 0 || c.List == list {
				all = append(all, *c)
			}
			return ctx.Err()
		})
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	if len(all) >= most {
		return all[:most], nil
	}
	rest, err := e.Changesets(ctx, most-len(all), func(c *changeset.Changeset) bool {
		return !c.Open() && (list == 0 || c.List == list)
	})
	return append(all, rest...), err
}
