// Package changeset is a set of proposed changes to a list's people and the
// rules by which it meets the roster: the item that carries what it expects to
// find, the three-way merge that makes a moved value a conflict and never an
// overwrite, the inverse that takes an item back, and the guard that holds
// what is out of the ordinary.
//
// It is pure: reading people and writing them is left to package core.
package changeset

import (
	"time"

	"muster/core/roster"
)

// ID numbers a changeset within the store, in the order they were proposed.
type ID uint64

// Origin says which way a changeset came in.
type Origin string

const (
	Import   Origin = "import"
	Sync     Origin = "sync"
	SCIM     Origin = "scim"
	Session  Origin = "session"
	Edit     Origin = "edit"
	Mapping  Origin = "mapping"
	Rollback Origin = "rollback"
)

// State is how far a changeset has come.
type State string

const (
	Pending       State = "pending"
	Applied       State = "applied"
	PartlyApplied State = "partly applied"
	Rejected      State = "rejected"
	RolledBack    State = "rolled back"
	Superseded    State = "superseded"
)

// Changeset is the head of a set of items: where it came from, how it stands
// and what it would do or did. Its items are kept apart from it.
type Changeset struct {
	ID     ID            `json:"id"`
	List   roster.ListID `json:"list"`
	Origin Origin        `json:"origin"`
	State  State         `json:"state"`
	// By proposed it, At that time; Note says from what, as a file's name.
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Note string    `json:"note,omitempty"`
	// Seq is the list's version that applying it made; zero until then.
	Seq       uint64    `json:"seq,omitempty"`
	AppliedBy string    `json:"applied_by,omitempty"`
	AppliedAt time.Time `json:"applied_at,omitzero"`
	Counts    Counts    `json:"counts"`
	// Decided moves on with every decision about its items, made or taken back.
	Decided uint64 `json:"decided,omitempty"`
	// Held is why the guard wants a person to look, empty when it is quiet.
	Held []Hold `json:"held,omitempty"`
	// Undoes is the changeset that this rollback takes back; UndoneBy is the
	// rollback that took this one back.
	Undoes   ID `json:"undoes,omitempty"`
	UndoneBy ID `json:"undone_by,omitempty"`
	// Rest is the changeset that waits with what this one left out when it was
	// applied; RestOf is the one that this is the rest of.
	Rest   ID `json:"rest,omitempty"`
	RestOf ID `json:"rest_of,omitempty"`
	// Reading is the run whose reading becomes current with it, 0 for none.
	Reading uint64 `json:"reading,omitempty"`
	// Settings is the change of the list itself that it carries, if any.
	Settings *SettingsChange `json:"settings,omitempty"`
}

// SettingsChange is the one change of the list itself that a changeset may
// carry; it takes effect with the items and is rolled back with them.
type SettingsChange struct {
	Before roster.List `json:"before"`
	After  roster.List `json:"after"`
}

// Open reports whether the changeset still waits for a person.
func (c *Changeset) Open() bool { return c.State == Pending }

// Done reports whether any of it has been applied.
func (c *Changeset) Done() bool { return c.Seq != 0 }

// Counts are what a changeset would do, or did once applied.
type Counts struct {
	Rows        int `json:"rows"` // records read
	Creates     int `json:"creates"`
	Updates     int `json:"updates"`
	Deactivates int `json:"deactivates"`
	Reactivates int `json:"reactivates"`
	Unchanged   int `json:"unchanged"`
	Rejects     int `json:"rejects"`
	Conflicts   int `json:"conflicts"`
}

// Items is how many people it touches.
func (c Counts) Items() int { return c.Creates + c.Updates + c.Deactivates + c.Reactivates }

// Add counts one item of a kind n times. A withdrawn person counts as
// deactivated and a revived one as created: so a rollback reads like the
// change that it is.
func (c *Counts) Add(k Kind, n int) {
	switch k {
	case Create, Revive:
		c.Creates += n
	case Update:
		c.Updates += n
	case Deactivate, Withdraw:
		c.Deactivates += n
	case Reactivate:
		c.Reactivates += n
	}
}
