package roster

import (
	"slices"
	"strings"
	"time"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/schedule"
	"muster/core/scope"
)

// ListID numbers a list within the store; never reused.
type ListID uint32

// List is a master list: its schema, its source and how the two meet. Its
// people are kept apart from it.
type List struct {
	ID      ListID    `json:"id"`
	Slug    string    `json:"slug"` // [a-z0-9-]+, names it in commands and URLs
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Schema  Schema    `json:"schema"`
	// Connection is what the list is connected to, none by default.
	Connection Connection `json:"connection,omitzero"`
	// Mappings are those of the connected source.
	Mappings []mapping.Mapping `json:"mappings,omitempty"`
	// Scope is whom of a directory it is about.
	Scope scope.Scope `json:"scope,omitzero"`
	// Schedule is when it is synced with a directory.
	Schedule schedule.Schedule `json:"schedule,omitzero"`
	// Protected are people whom no sync deactivates.
	Protected []PersonID `json:"protected,omitempty"`
	// Imports are the mappings of the last import, offered for the next file.
	Imports []mapping.Mapping `json:"imports,omitempty"`
	// Limits are the guard's.
	Limits Limits `json:"limits"`
	// Approval says which changesets wait for a person.
	Approval Approval `json:"approval,omitzero"`
	// Outlets are where notices about the list go out to.
	Outlets []Outlet `json:"outlets,omitempty"`
	// Standing is how the list stands; it moves with every changeset.
	Standing Standing `json:"-"`
}

// Connection names a list's source.
type Connection struct {
	ID   string `json:"id"`   // names the connection in links
	Kind string `json:"kind"` // "scim", "entra", …
}

// Standing is a list's counts and its version, written with every changeset.
type Standing struct {
	Active, Inactive, Withdrawn int
	// Version is the sequence number of the last changeset applied to the list.
	Version uint64
	Changed time.Time
}

// Count adds n people of a status.
func (s *Standing) Count(status Status, n int) {
	switch status {
	case Active:
		s.Active += n
	case Inactive:
		s.Inactive += n
	case Withdrawn:
		s.Withdrawn += n
	}
}

// Limits are when the guard holds a changeset for review. A zero switches one
// limit off.
type Limits struct {
	// Deactivations and Updates hold a changeset that has more of them.
	Deactivations int `json:"deactivations"`
	Updates       int `json:"updates"`
	// DeactivatePercent and UpdatePercent hold one that would deactivate or
	// update a greater share of the active people, once it touches MinPeople.
	DeactivatePercent int `json:"deactivate_percent"`
	UpdatePercent     int `json:"update_percent"`
	MinPeople         int `json:"min_people"`
	// EmptiedPercent holds one that would empty a field for a greater share of
	// the people who have a value in it, once it empties MinPeople.
	EmptiedPercent int `json:"emptied_percent"`
}

// DefaultLimits hold what a term's ordinary changes stay below: a school's
// leavers are a fifth, and no field empties for a tenth of the people by
// itself. Updates alone lose nothing, so only nearly-all of them hold.
func DefaultLimits() Limits {
	return Limits{DeactivatePercent: 20, UpdatePercent: 90, MinPeople: 25, EmptiedPercent: 10}
}

// CheckSlug refuses what cannot name a list.
func CheckSlug(slug string) error {
	ok := slug != "" && len(slug) <= 64 && slug[0] != '-' && slug[len(slug)-1] != '-'
	for i := 0; ok && i < len(slug); i++ {
		c := slug[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-'
	}
	if !ok {
		return fault.New(fault.Invalid, "%s cannot name a list; use lower-case letters, digits and -, at most 64", quote(slug))
	}
	return nil
}

// Clone returns a copy that shares nothing that can be changed with l.
func (l *List) Clone() List {
	c := *l
	c.Schema.Fields, c.Schema.Removed = slices.Clone(l.Schema.Fields), slices.Clone(l.Schema.Removed)
	c.Outlets = slices.Clone(l.Outlets)
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		f.Options = slices.Clone(f.Options)
	}
	c.Scope, c.Schedule, c.Protected = l.Scope.Clone(), l.Schedule.Clone(), slices.Clone(l.Protected)
	c.Mappings, c.Imports = slices.Clone(l.Mappings), slices.Clone(l.Imports)
	for _, all := range [][]mapping.Mapping{c.Mappings, c.Imports} {
		for i := range all {
			all[i].Transforms = slices.Clone(all[i].Transforms)
		}
	}
	return c
}

// Connected reports whether a source feeds the list.
func (l *List) Connected() bool { return l.Connection.Kind != "" }

// Owner returns the enabled mapping by which the list's source owns the field,
// if it does. Only people linked to the source are locked by it.
func (l *List) Owner(field string) (mapping.Mapping, bool) {
	if !l.Connected() {
		return mapping.Mapping{}, false
	}
	i := slices.IndexFunc(l.Mappings, func(m mapping.Mapping) bool { return m.On && m.Field == field })
	if i < 0 {
		return mapping.Mapping{}, false
	}
	return l.Mappings[i], true
}

// Lock returns the mapping that locks the person's field against manual edits,
// if one does.
func (l *List) Lock(p *Person, field string) (mapping.Mapping, bool) {
	if _, linked := p.LinkTo(l.Connection.ID); !linked {
		return mapping.Mapping{}, false
	}
	return l.Owner(field)
}

// UID returns a person's UID value, or nothing while the list has no UID field.
func (l *List) UID(v Values) string {
	f, ok := l.Schema.UID()
	if !ok {
		return ""
	}
	return v.Get(f.ID)
}

// DisplayName returns what to call a person: their display or full name, else
// the name parts, else the UID.
func (l *List) DisplayName(v Values) string {
	for _, key := range []string{"display_name", "full_name", "name"} {
		if f, ok := l.Schema.ByKey(key); ok && v.Get(f.ID) != "" {
			return v.Get(f.ID)
		}
	}
	var parts []string
	for _, keys := range [][]string{{"first_name", "given_name", "forename"}, {"last_name", "surname", "family_name"}} {
		for _, key := range keys {
			if f, ok := l.Schema.ByKey(key); ok && v.Get(f.ID) != "" {
				parts = append(parts, v.Get(f.ID))
				break
			}
		}
	}
	if len(parts) > 0 {
		return strings.Join(parts, " ")
	}
	return l.UID(v)
}
