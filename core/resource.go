package core

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"strings"
	"time"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// ResourceKind tells users from groups.
type ResourceKind uint8

// The kinds of resources.
const (
	UserResource ResourceKind = iota
	GroupResource
)

// What a resource cannot be written for.
var (
	// ErrResourceNotFound: there is no such resource, or it was deleted.
	ErrResourceNotFound = fault.New(fault.NotFound, "There is no such resource")
	// ErrResourceStale: the resource has another revision than was expected.
	ErrResourceStale = fault.New(fault.Conflict, "The resource was changed meanwhile")
	// ErrNoPushes: the list is not connected to a source that pushes, any more.
	ErrNoPushes = fault.New(fault.Conflict, "The list is not connected to a source that pushes")
	// ErrResourceTaken: another live resource of the kind has the name.
	ErrResourceTaken = fault.New(fault.Conflict, "The name is taken")
)

// Resource is what a source that pushes said of one user or group, kept whole.
// It has an id of its own, and a user may be without a person.
type Resource struct {
	Kind     ResourceKind
	ID       string // opaque to the source, as a UUID; never reused
	Revision uint64 // from 1, greater after each write
	Created  time.Time
	Modified time.Time
	Active   bool // of a user
	// Name is what people call it: a user's userName, a group's displayName.
	Name string
	// Anchor is what ties a user to a person: its externalId, or its ID.
	Anchor string
	// Problem is why a user has no person, or which of its values the list
	// refuses, as sentences; empty when there is none.
	Problem string
	// Remedy is what to do about the Problem.
	Remedy string
	// JSON is what Said.JSON was.
	JSON string
	// Seq is the version of the list that this write made, 0 if it made none.
	// Only what a write returns has it.
	Seq uint64
}

// ResourceKeys are what a resource is found by, as they are compared.
type ResourceKeys struct {
	UserName    string // of a user
	ExternalID  string
	Emails      []string // of a user, without doubles
	DisplayName string   // of a group
}

// ResourceKey is one of them.
type ResourceKey uint8

// The keys. They can be joined to a mask.
const (
	ByUserName ResourceKey = 1 << iota
	ByExternalID
	ByEmail
	ByDisplayName
)

// Said is a resource to be written.
type Said struct {
	Name   string
	JSON   string
	Keys   ResourceKeys
	Active bool
	// Unknown: the user is new if no other has the externalId either; else it is
	// ErrResourceTaken, as for a name.
	Unknown bool
	// Cell is what SourceKind.Read would make of JSON, but for the attribute of
	// groups, for who has read it anyway; nil to have it read.
	Cell func(attribute string) mapping.Cell
	// Put become members of the group, or are described anew; Remove are
	// members and shall be no more.
	Put    []GroupMember
	Remove []string
}

// GroupMember is one member of a group. It need not exist: providers push
// groups ahead of people.
type GroupMember struct {
	ID      string // the member's resource
	Type    string // as the source said
	Display string
	Group   bool // the member is a group
}

// GroupRef names a group.
type GroupRef struct{ ID, Name string }

// StoredResource is a resource with all that is kept of it. One that was
// deleted has no JSON and no name any more: it is kept for its person's sake.
type StoredResource struct {
	Resource
	Number  uint64 // from 1, in the order they were made; never reused
	Random  uint64 // the part of the ID that cannot be guessed
	Deleted bool
	Keys    ResourceKeys
	// Person is who the user was when it was last written, nobody if zero. Whom
	// the list ties to it now its Anchor says.
	Person roster.PersonID
	// Held is the changeset that waits with what this resource would change,
	// Item its place there; 0 when nothing waits.
	Held changeset.ID
	Item int
}

// ResourceID writes an ID: a UUID of version 8 (RFC 9562 section 5.8) that
// begins with the number, so that IDs sort as they were made.
func ResourceID(number, random uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], number>>12<<16|0x8000|number&0xfff)
	binary.BigEndian.PutUint64(b[8:], random|1<<63)
	return roster.PersonID(b).String()
}

// maskRandom leaves of a number what an ID has room for.
func maskRandom(x uint64) uint64 { return x & (1<<62 - 1) }

// ParseResourceID takes apart what ResourceID wrote.
func ParseResourceID(id string) (number, random uint64, ok bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return 0, 0, false
	}
	var b [16]byte
	if _, err := hex.Decode(b[:], []byte(id[:8]+id[9:13]+id[14:18]+id[19:23]+id[24:])); err != nil {
		return 0, 0, false
	}
	high, low := binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
	number, random = high>>16<<12|high&0xfff, maskRandom(low)
	// Only one way of writing it is the ID, or one would pass for several.
	return number, random, ResourceID(number, random) == id
}

// ResourceReader reads one moment of a list's resources. Deleted ones are
// nowhere in it. What it returns is lent until the View ends.
type ResourceReader struct {
	e    *Engine
	tx   Tx
	list roster.ListID
}

// ViewResources runs fn on one moment of a list's resources.
func (e *Engine) ViewResources(ctx context.Context, list roster.ListID, fn func(ResourceReader) error) error {
	return e.view(ctx, func(tx Tx) error { return fn(ResourceReader{e, tx, list}) })
}

// Get returns a resource, or ErrResourceNotFound.
func (r ResourceReader) Get(kind ResourceKind, id string) (Resource, error) {
	s, err := liveResource(r.tx, r.list, kind, id)
	return s.Resource, err
}

// liveResource finds a resource by its ID.
func liveResource(tx Tx, list roster.ListID, kind ResourceKind, id string) (StoredResource, error) {
	number, random, ok := ParseResourceID(id)
	if !ok {
		return StoredResource{}, ErrResourceNotFound
	}
	s, ok, err := tx.Resource(list, kind, number)
	if err == nil && (!ok || s.Deleted || s.Random != random) {
		return StoredResource{}, ErrResourceNotFound
	}
	return s, err
}

// Find returns the resources that have the text under the key, in the order of
// Scan.
func (r ResourceReader) Find(kind ResourceKind, key ResourceKey, text string) ([]Resource, error) {
	found, err := findResources(r.tx, r.list, kind, key, text, false)
	all := make([]Resource, len(found))
	for i := range found {
		all[i] = found[i].Resource
	}
	return all, err
}

// findResources returns the live or the deleted resources that have the text
// under the key, oldest first.
func findResources(tx Tx, list roster.ListID, kind ResourceKind, key ResourceKey, text string, deleted bool) (found []StoredResource, err error) {
	if text == "" {
		return nil, nil
	}
	for hit, err := range tx.FindResources(list, kind, text) {
		if err != nil {
			return nil, err
		}
		if hit.Keys&key == 0 || hit.Deleted != deleted {
			continue
		}
		s, ok, err := tx.Resource(list, kind, hit.Number)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, s)
		}
	}
	return found, nil
}

// ResourceHit is a resource that has a text for a key, or for several.
type ResourceHit struct {
	Number  uint64
	Keys    ResourceKey // joined
	Deleted bool
}

// Count is how many there are.
func (r ResourceReader) Count(kind ResourceKind) (int, error) {
	return r.tx.CountResources(r.list, kind)
}

// Scan returns the resources in the order they were made, beginning after the
// ID after (or with the first, if that is none), and then passing over skip of
// them, which takes no time to speak of.
func (r ResourceReader) Scan(kind ResourceKind, after string, skip int) iter.Seq2[Resource, error] {
	number, _, _ := ParseResourceID(after)
	return func(yield func(Resource, error) bool) {
		for s, err := range r.tx.Resources(r.list, kind, number, skip) {
			if !yield(s.Resource, err) {
				return
			}
		}
	}
}

// Member returns one member of a group; ok is false if it is none.
func (r ResourceReader) Member(group, id string) (m GroupMember, ok bool, err error) {
	number, _, _ := ParseResourceID(group)
	return r.tx.GroupMember(r.list, number, id)
}

// Members returns a group's members in the order of their ids.
func (r ResourceReader) Members(group string) iter.Seq2[GroupMember, error] {
	number, _, _ := ParseResourceID(group)
	return r.tx.GroupMembers(r.list, number)
}

// GroupsOf returns the groups of which id is a member, in the order of Scan.
func (r ResourceReader) GroupsOf(id string) ([]GroupRef, error) {
	groups, err := groupsOf(r.tx, r.list, id)
	refs := make([]GroupRef, len(groups))
	for i := range groups {
		refs[i] = GroupRef{groups[i].ID, groups[i].Name}
	}
	return refs, err
}

func groupsOf(tx Tx, list roster.ListID, member string) (groups []StoredResource, err error) {
	for number, err := range tx.GroupsWith(list, member) {
		if err != nil {
			return nil, err
		}
		g, ok, err := tx.Resource(list, GroupResource, number)
		if err != nil {
			return nil, err
		}
		if ok && !g.Deleted {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// Person returns who a user is in the list, if anybody yet.
func (r ResourceReader) Person(s *Resource) (roster.PersonID, bool) {
	return r.tx.ByLink(r.list, pushLink(s.Anchor))
}

// Overruled reports whether somebody decided that the person of a user is
// active, or is not, against what the source says. That lasts until the source
// says it again. The error may be ErrResourceNotFound.
func (r ResourceReader) Overruled(id string) (bool, error) {
	s, err := r.Get(UserResource, id)
	if err != nil {
		return false, err
	}
	return overruled(r.tx, r.list, &s)
}

// Apart reports whether the list has a user's person otherwise than the source
// says, though nobody decided that: as after edits while the list was not
// connected. The error may be ErrResourceNotFound.
func (r ResourceReader) Apart(id string) (bool, error) {
	s, err := liveResource(r.tx, r.list, UserResource, id)
	if err != nil || s.Held != 0 {
		return false, err
	}
	if decided, err := overruled(r.tx, r.list, &s.Resource); err != nil || decided {
		return false, err
	}
	l, err := r.tx.PeekList(r.list)
	if err != nil || !takesPushes(&l) {
		return false, err
	}
	road, err := r.e.newRoad(l)
	if err != nil {
		return false, err
	}
	now := s
	works, err := road.work(r.tx, user{now: &now, was: &s, quiet: true})
	return err == nil && works[0].item != nil, err
}

func overruled(tx Tx, list roster.ListID, s *Resource) (pinned bool, err error) {
	id, ok := tx.ByLink(list, pushLink(s.Anchor))
	if ok && s.Kind == UserResource {
		_, pinned, err = tx.Pin(list, id, changeset.Status)
	}
	return pinned, err
}

// pushLink is the link of a person to whatever pushes.
func pushLink(anchor string) roster.Link {
	return roster.Link{Connection: string(changeset.SCIM), Anchor: anchor}
}

// byAnchor finds the user of an anchor: a live one first, else one that was
// deleted.
func byAnchor(tx Tx, list roster.ListID, anchor string) (s StoredResource, ok bool, err error) {
	if number, random, isID := ParseResourceID(anchor); isID {
		s, ok, err := tx.Resource(list, UserResource, number)
		if err != nil || ok && s.Random == random && s.Anchor == anchor {
			return s, ok, err
		}
	}
	for _, deleted := range []bool{false, true} {
		found, err := findResources(tx, list, UserResource, ByExternalID, anchor, deleted)
		if err != nil {
			return s, false, err
		}
		for _, s := range found {
			if s.Anchor == anchor {
				return s, true, nil
			}
		}
	}
	return s, false, nil
}

// own makes what was lent the caller's.
func (s *Resource) own() {
	for _, text := range []*string{&s.ID, &s.Name, &s.Anchor, &s.Problem, &s.Remedy, &s.JSON} {
		*text = strings.Clone(*text)
	}
}
