package core

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"muster/core/fault"
	"muster/core/key"
	"muster/core/roster"
)

// Administrator is a person who runs this Muster over SSH, known by keys.
type Administrator struct {
	// Name names them, in the journal too. It is theirs for good: one who is
	// removed and added again is the same to "undo my last change".
	Name string    `json:"name"`
	Keys []key.Key `json:"keys"`
	// Role is theirs in every list and for the store itself, but where Lists
	// says otherwise; NoRole is only there.
	Role  Role                   `json:"role,omitempty"`
	Lists map[roster.ListID]Role `json:"lists,omitempty"`
	By    string                 `json:"by"` // who added them
	Added time.Time              `json:"added"`
	// Seen is when each of their keys last came in, by its fingerprint. It is
	// written at most every few minutes.
	Seen map[string]time.Time `json:"seen,omitempty"`
}

// LastSeen is when they last came in, by whatever key; zero for never.
func (a *Administrator) LastSeen() (last time.Time) {
	for _, at := range a.Seen {
		if at.After(last) {
			last = at
		}
	}
	return last
}

// RoleIn is their role in a list, or with 0 for the store itself.
func (a *Administrator) RoleIn(list roster.ListID) Role {
	if r, ok := a.Lists[list]; ok {
		return r
	}
	return a.Role
}

const (
	maxAdministrators    = 1000
	maxAdministratorName = 64 // bytes
	maxKeys              = 20 // of one administrator
	// seenStep is how long a key may go on coming in before that is written again.
	seenStep = 5 * time.Minute
)

// staff are the administrators as they are on disk.
type staff struct {
	mu  sync.Mutex // held from reading to keeping
	now atomic.Pointer[roll]
}

type roll struct{ byKey map[string]*Administrator }

// readStaff reads the administrators anew. If that fails none of them may do
// anything: better than one who was removed.
func (e *Engine) readStaff(ctx context.Context) {
	e.staff.mu.Lock()
	defer e.staff.mu.Unlock()
	now := &roll{byKey: make(map[string]*Administrator)}
	err := e.store.View(context.WithoutCancel(ctx), func(tx Tx) error {
		return tx.EachAdministrator(func(a Administrator) error {
			for _, k := range a.Keys {
				now.byKey[k.Fingerprint] = &a
			}
			return nil
		})
	})
	if err != nil {
		e.log.Error("Cannot read the administrators; they may do nothing", "error", err)
		now = new(roll)
	}
	e.staff.now.Store(now)
}

// Administrator returns who has proven to hold the private half of the key with
// that fingerprint; none if it is no administrator's. It reads nothing from disk.
func (e *Engine) Administrator(fingerprint string) (Actor, bool) {
	a, ok := e.staff.now.Load().byKey[fingerprint]
	if !ok {
		return Actor{}, false
	}
	return Actor{Name: a.Name, kind: administrator, key: fingerprint}, true
}

// SeeAdministrator remembers that an administrator has come in with the key by
// which the actor is known. Of any other actor nothing is remembered.
func (e *Engine) SeeAdministrator(ctx context.Context, actor Actor) error {
	now := e.now()
	a, ok := e.staff.now.Load().byKey[actor.key]
	if actor.kind != administrator || !ok || a.Name != actor.Name || now.Sub(a.Seen[actor.key]) < seenStep {
		return nil
	}
	err := e.store.Update(ctx, func(tx WriteTx) error {
		all, err := administrators(tx)
		i := slices.IndexFunc(all, func(b Administrator) bool { return b.Name == actor.Name })
		if err != nil || i < 0 {
			return err // who was removed meanwhile stays so
		}
		seen := maps.Clone(all[i].Seen)
		if seen == nil {
			seen = make(map[string]time.Time)
		}
		maps.DeleteFunc(seen, func(fingerprint string, _ time.Time) bool {
			return !slices.ContainsFunc(all[i].Keys, func(k key.Key) bool { return k.Fingerprint == fingerprint })
		})
		seen[actor.key] = now
		all[i].Seen = seen
		return tx.PutAdministrator(&all[i])
	})
	if err == nil {
		e.readStaff(ctx)
	}
	return err
}

// Still reports whether the actor is who they were: an administrator who was
// removed, or whose key was, is not.
func (e *Engine) Still(actor Actor) bool {
	if actor.kind != administrator {
		return actor.kind != nobody
	}
	now, ok := e.Administrator(actor.key)
	return ok && now == actor
}

// Role is the actor's role in a list, or with 0 for the store itself.
func (e *Engine) Role(actor Actor, list roster.ListID) Role {
	switch actor.kind {
	case localUser:
		return Owner
	case administrator:
		if a, ok := e.staff.now.Load().byKey[actor.key]; ok && a.Name == actor.Name {
			return a.RoleIn(list)
		}
	}
	return NoRole
}

// Administrators are all of them, by name.
func (e *Engine) Administrators(ctx context.Context, actor Actor) (all []Administrator, err error) {
	if err := e.May(actor, 0, AddAdministrators); err != nil {
		return nil, err
	}
	err = e.view(ctx, func(tx Tx) error {
		all, err = administrators(tx)
		return err
	})
	return all, err
}

func administrators(tx Tx) (all []Administrator, err error) {
	err = tx.EachAdministrator(func(a Administrator) error {
		all = append(all, a)
		return nil
	})
	slices.SortFunc(all, func(a, b Administrator) int { return cmp.Compare(a.Name, b.Name) })
	return all, err
}

// AddAdministrator adds one with a key at least and a role. A name or a key that
// somebody has is a Conflict fault.
func (e *Engine) AddAdministrator(ctx context.Context, actor Actor, a Administrator) (Administrator, error) {
	if err := CheckAdministratorName(a.Name); err != nil {
		return a, err
	}
	a.By, a.Added = actor.Name, e.now()
	err := e.changeStaff(ctx, actor, func(tx WriteTx, all []Administrator) (Administrator, error) {
		switch {
		case slices.ContainsFunc(all, func(b Administrator) bool { return strings.EqualFold(a.Name, b.Name) }):
			return a, fault.New(fault.Conflict, "There is an administrator %s already; change that one with muster admin set %s", a.Name, a.Name)
		case len(all) >= maxAdministrators:
			return a, fault.New(fault.Invalid, "There are %d administrators already; remove one first", len(all))
		}
		return a, checkAdministrator(tx, &a, all)
	})
	return a, err
}

// ChangeAdministrator stores what change makes of an administrator's keys and
// roles. What they may do is what they may from then on, in open sessions too.
func (e *Engine) ChangeAdministrator(ctx context.Context, actor Actor, name string, change func(*Administrator) error) (a Administrator, err error) {
	err = e.changeStaff(ctx, actor, func(tx WriteTx, all []Administrator) (Administrator, error) {
		i := slices.IndexFunc(all, func(b Administrator) bool { return b.Name == name })
		if i < 0 {
			return a, errNoAdministrator(name)
		}
		a = all[i]
		a.Keys, a.Lists = slices.Clone(a.Keys), maps.Clone(a.Lists)
		if err := change(&a); err != nil {
			return a, err
		}
		a.Name = name
		return a, checkAdministrator(tx, &a, all)
	})
	return a, err
}

// RemoveAdministrator ends an administrator's rights, at once. What they did
// stays in the journal under their name; their preferences go.
func (e *Engine) RemoveAdministrator(ctx context.Context, actor Actor, name string) error {
	if err := e.May(actor, 0, AddAdministrators); err != nil {
		return err
	}
	return e.storeStaff(ctx, func(tx WriteTx) error {
		all, err := administrators(tx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(b Administrator) bool { return b.Name == name }) {
			return errNoAdministrator(name)
		}
		if err := forgetPreferences(tx, name); err != nil {
			return err
		}
		return tx.DeleteAdministrator(name)
	})
}

func errNoAdministrator(name string) error {
	return fault.New(fault.NotFound, "There is no administrator %s; muster admin ls has their names", name)
}

func (e *Engine) changeStaff(ctx context.Context, actor Actor, change func(WriteTx, []Administrator) (Administrator, error)) error {
	if err := e.May(actor, 0, AddAdministrators); err != nil {
		return err
	}
	return e.storeStaff(ctx, func(tx WriteTx) error {
		all, err := administrators(tx)
		if err != nil {
			return err
		}
		a, err := change(tx, all)
		if err != nil {
			return err
		}
		return tx.PutAdministrator(&a)
	})
}

func (e *Engine) storeStaff(ctx context.Context, write func(WriteTx) error) error {
	err := e.store.Update(ctx, write)
	if err == nil {
		e.readStaff(ctx)
		e.news.publish(Notice{})
	}
	return err
}

// CheckAdministratorName refuses, with an Invalid fault, what cannot be an
// administrator's name: it can be told apart in the journal, typed in a command
// and is no other kind of actor's name.
func CheckAdministratorName(name string) error {
	plain := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-@", r) }
	switch {
	case name == "" || len(name) > maxAdministratorName || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) || strings.HasPrefix(name, "-"):
		return fault.New(fault.Invalid, "An administrator's name has letters, digits and . _ - @, and at most %d bytes", maxAdministratorName)
	case name == schedulerName || strings.HasPrefix(name, secretStart):
		return fault.New(fault.Invalid, "%s is what the journal calls something else; choose another name", name)
	}
	return nil
}

func checkAdministrator(tx Tx, a *Administrator, all []Administrator) error {
	switch {
	case len(a.Keys) == 0:
		return fault.New(fault.Invalid, "An administrator is known by a key, so %s needs one; --key names it", a.Name)
	case len(a.Keys) > maxKeys:
		return fault.New(fault.Invalid, "An administrator has at most %d keys", maxKeys)
	case a.Role == NoRole && len(a.Lists) == 0:
		return fault.New(fault.Invalid, "%s needs a role: viewer, editor, manager or owner; muster admin rm %s removes them", a.Name, a.Name)
	}
	for i, k := range a.Keys {
		if k.Fingerprint == "" || slices.ContainsFunc(a.Keys[:i], func(o key.Key) bool { return o.Fingerprint == k.Fingerprint }) {
			return fault.New(fault.Invalid, "%s has that key already", a.Name)
		}
		for _, other := range all {
			if other.Name != a.Name && slices.ContainsFunc(other.Keys, func(o key.Key) bool { return o.Fingerprint == k.Fingerprint }) {
				return fault.New(fault.Conflict, "That key is %s's; a key tells one person from all others", other.Name)
			}
		}
	}
	for list, role := range a.Lists {
		if _, err := tx.List(list); err != nil {
			return err
		}
		if role == Owner {
			return fault.New(fault.Invalid, "An owner is one of the whole store; in a list there are viewer, editor and manager")
		}
		if _, err := ParseRole(string(role)); err != nil {
			return err
		}
	}
	if a.Role != NoRole {
		_, err := ParseRole(string(a.Role))
		return err
	}
	return nil
}
