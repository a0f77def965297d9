package core

import (
	"iter"

	"muster/core/changeset"
	"muster/core/roster"
)

// ResourceTx reads the resources of one moment. What it returns is good until
// the transaction ends, and for good if that is one that writes.
type ResourceTx interface {
	// Resource returns a resource, deleted ones too.
	Resource(list roster.ListID, kind ResourceKind, number uint64) (s StoredResource, ok bool, err error)
	// FindResources returns those that have the text for any key, deleted ones
	// too, in ascending order.
	FindResources(list roster.ListID, kind ResourceKind, text string) iter.Seq2[ResourceHit, error]
	// CountResources is how many are not deleted.
	CountResources(list roster.ListID, kind ResourceKind) (int, error)
	// Resources returns those that are not deleted and come after a number,
	// passing over skip of them, in ascending order.
	Resources(list roster.ListID, kind ResourceKind, after uint64, skip int) iter.Seq2[StoredResource, error]
	// NextResource is a number greater than any that was ever given.
	NextResource(list roster.ListID, kind ResourceKind) uint64
	// EachProblem calls fn for every resource that has a problem; somebody says
	// that it was a person when it was written.
	EachProblem(list roster.ListID, fn func(kind ResourceKind, number uint64, somebody bool) error) error
	GroupMember(list roster.ListID, group uint64, id string) (m GroupMember, ok bool, err error)
	GroupMembers(list roster.ListID, group uint64) iter.Seq2[GroupMember, error]
	// RequestRange returns the numbers of the first and the last facts of
	// requests that are kept, 0 when there are none; Request returns facts, which
	// are lent, nil when there are none of that number.
	RequestRange(list roster.ListID) (first, last uint64)
	Request(list roster.ListID, n uint64) []byte
	// GroupsWith returns the numbers of the groups that have the member.
	GroupsWith(list roster.ListID, id string) iter.Seq2[uint64, error]
}

// ResourceWriteTx writes resources. It keeps the indexes in step with them.
type ResourceWriteTx interface {
	// PutResource stores a resource; was is what is stored of it, nil when it
	// is new.
	PutResource(list roster.ListID, s, was *StoredResource) error
	// DeleteResource forgets a resource, but not that its number was given.
	DeleteResource(list roster.ListID, s *StoredResource) error
	// DeleteItem deletes the last item of a changeset that waits.
	DeleteItem(id changeset.ID, n int) error
	// PutRequest and DeleteRequest keep the numbers without gaps.
	PutRequest(list roster.ListID, n uint64, facts []byte) error
	DeleteRequest(list roster.ListID, n uint64) error
	PutGroupMember(list roster.ListID, group uint64, m *GroupMember) error
	DeleteGroupMember(list roster.ListID, group uint64, id string) error
}
