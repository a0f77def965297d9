package core

import (
	"slices"

	"muster/core/fault"
	"muster/core/roster"
)

// Actor is who does something. What they may do is decided by the engine, each
// time anew (see Engine.May). The zero Actor, and one of which only the name is
// known, is nobody in particular, and may do nothing.
type Actor struct {
	// Name is how the journal has them: a local user's or an administrator's
	// name, a token's prefix, "scheduler".
	Name string
	kind actorKind
	// key is the fingerprint of the key by which an administrator has proven to
	// be who they are.
	key string
	// list is the one that a token opens.
	list roster.ListID
}

type actorKind uint8

const (
	nobody actorKind = iota
	localUser
	administrator
	bearer
	scheduler
)

// LocalUser is a user of the machine who has the store's file in their hands,
// and so is its owner.
func LocalUser(name string) Actor { return Actor{Name: name, kind: localUser} }

// Scheduler is Muster itself, when it does what is due.
func Scheduler() Actor { return Actor{Name: schedulerName, kind: scheduler} }

const schedulerName = "scheduler"

// Actor is whoever shows the token.
func (t *Token) Actor() Actor { return Actor{Name: t.Prefix, kind: bearer, list: t.List} }

// Local reports whether it is a user of the machine that has the store.
func (a Actor) Local() bool { return a.kind == localUser }

// Role is what an administrator may do; each one may also what those before it
// may.
type Role string

// The roles. Viewers look; editors edit people and sessions, and review;
// managers connect sources, edit mappings and schemas, make tokens and set
// lists; owners add administrators, and keep and restore the store.
const (
	NoRole  Role = ""
	Viewer  Role = "viewer"
	Editor  Role = "editor"
	Manager Role = "manager"
	Owner   Role = "owner"
)

// Roles are all of them, the least first.
func Roles() []Role { return []Role{Viewer, Editor, Manager, Owner} }

// ParseRole reads a role, or returns an Invalid fault.
func ParseRole(word string) (Role, error) {
	if slices.Contains(Roles(), Role(word)) {
		return Role(word), nil
	}
	return NoRole, fault.New(fault.Invalid, "There is no role %q; there are viewer, editor, manager and owner", word)
}

// allows reports whether who has the role may do what needs another.
func (r Role) allows(needed Role) bool {
	return slices.Index(Roles(), r) >= slices.Index(Roles(), needed)
}

// a names a role in a sentence: "an editor".
func (r Role) a() string {
	if r == Editor || r == Owner {
		return "an " + string(r)
	}
	return "a " + string(r)
}
