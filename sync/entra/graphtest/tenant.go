package graphtest

import (
	"slices"
	"sync"
	"time"

	"muster/core/madeup"
)

// Options say which directory a Tenant starts as.
type Options struct {
	Seed   uint64
	People int // made-up users that are there at the start
	Kind   madeup.Kind
	// Mixed puts the others among the people that a directory has: of a hundred
	// users 3 are guests, 4 disabled, 1 a room and 1 a shared mailbox.
	Mixed bool
	// Extensions are the directory extensions that the tenant has, as
	// "extension_0123456789abcdef0123456789abcdef_cardNumber".
	Extensions []string
	Quirks     Quirks
}

// Quirks are oddities of Graph that one client has seen and another not.
type Quirks struct {
	// Reordered puts the objects of a delta page into no order, and Repeated
	// gives some of them again on the next page.
	Reordered, Repeated bool
	// RemovedFirst lists in the first round of a delta what was removed before
	// it began (delta-query-users; of members: issue 17513).
	RemovedFirst bool
	// DeletedListed leaves soft-deleted users in the members of groups.
	DeletedListed bool
	// DeletesSilent keeps a permanent delete of a user from the delta of the
	// groups that it was in (issue 14708).
	DeletesSilent bool
	// RestoresSilent keeps a restored user from a delta with $select
	// (microsoft-graph-docs-contrib, issue 6555).
	RestoresSilent bool
}

// Odd has all Quirks but RestoresSilent, which no delta can make good.
func Odd() Quirks {
	return Quirks{Reordered: true, Repeated: true, RemovedFirst: true, DeletedListed: true, DeletesSilent: true}
}

// state is whether a user is there.
type state uint8

const (
	live    state = iota
	deleted       // for thirty days it can be restored
	gone
)

// account is what was changed of a user by script.
type account struct {
	state  state
	values map[string]any // by attribute; nil was cleared
}

// Tenant is a directory. Its methods name users, groups and other objects by
// their ids, and panic at one that never was: that is a mistake in the script.
type Tenant struct {
	opts   Options
	roster madeup.Roster

	mu       sync.RWMutex
	users    int // that ever were
	missing  int // of them, that are deleted or gone
	accounts map[int]*account
	groups   []*team
	devices  int
	log      []event
	hidden   int           // of the log's end, from deltas
	ahead    time.Duration // of the clock
	epoch    int
}

// New makes a tenant.
func New(o Options) *Tenant {
	return &Tenant{
		opts:     o,
		roster:   madeup.Roster{Kind: o.Kind, Seed: o.Seed, People: o.People},
		users:    o.People,
		accounts: map[int]*account{},
	}
}

// ID is the tenant's own id.
func (t *Tenant) ID() string { return t.id(ref{other, 1}) }

// UserID returns the id of the nth user who ever was, counting from 0: first
// the made-up people in the order of their numbers, then those who were added.
func (t *Tenant) UserID(n int) string { return t.id(ref{user, n}) }

// Len is how many users there are.
func (t *Tenant) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.users - t.missing
}

// UserIDs returns the ids of all users who are there.
func (t *Tenant) UserIDs() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	ids := make([]string, 0, t.users-t.missing)
	for n := t.nextLive(0); n >= 0; n = t.nextLive(n + 1) {
		ids = append(ids, t.id(ref{user, n}))
	}
	return ids
}

// Value returns what a user has for an attribute, nil for nothing: a string, a
// bool or a []string. Nested ones have a dot, as in
// "onPremisesExtensionAttributes.extensionAttribute1".
func (t *Tenant) Value(id, attribute string) any {
	t.mu.RLock()
	defer t.mu.RUnlock()
	p := t.person(t.mustUser(id))
	v, _ := p.value(attribute)
	return v
}

// Is reports whether the user with the id is there, deleted but restorable, or
// neither.
func (t *Tenant) Is(id string) (there, restorable bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, ok := t.object(id)
	if !ok || r.class != user || r.n >= t.users {
		return false, false
	}
	s := t.stateOf(r.n)
	return s == live, s == deleted
}

func (t *Tenant) stateOf(n int) state {
	if a := t.accounts[n]; a != nil {
		return a.state
	}
	return live
}

// nextLive returns the first user from n on who is there, or -1.
func (t *Tenant) nextLive(n int) int {
	for ; n < t.users; n++ {
		if t.stateOf(n) == live {
			return n
		}
	}
	return -1
}

// mustUser returns the number of a user who ever was.
func (t *Tenant) mustUser(id string) int {
	r, ok := t.object(id)
	if !ok || r.class != user || r.n >= t.users {
		panic("graphtest: the tenant never had a user " + id)
	}
	return r.n
}

func (t *Tenant) account(n int) *account {
	a := t.accounts[n]
	if a == nil {
		a = &account{}
		t.accounts[n] = a
	}
	return a
}

// now is the tenant's time.
func (t *Tenant) now() time.Time { return time.Now().Add(t.ahead) }

// Advance lets time pass for the tenant: tokens of deltas live for seven days.
func (t *Tenant) Advance(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ahead += d
}

// Forget makes the tenant forget the state behind every token that it has
// issued: its deltas must be begun anew.
func (t *Tenant) Forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.epoch++
}

// Lag keeps the last n changes from deltas until Settle, as replication does.
// Lists and single objects show them at once.
func (t *Tenant) Lag(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hidden = min(n, len(t.log))
}

// Settle ends a Lag.
func (t *Tenant) Settle() { t.Lag(0) }

// visible is the end of what deltas see of the log.
func (t *Tenant) visible() int { return len(t.log) - t.hidden }

// event is one change, for the deltas.
type event struct {
	of     ref
	what   string // the attribute; see below
	member ref    // of what == membership
}

const (
	existence  = "" // it was added, deleted or restored
	restored   = "restored"
	membership = "members"
)

// changed says whether an attribute that the event changed is among those
// selected.
func (e *event) changed(selected []string) bool {
	if e.what == existence || e.what == restored {
		return true
	}
	return slices.Contains(selected, top(e.what))
}
