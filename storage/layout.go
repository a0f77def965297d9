package storage

import (
	"encoding/binary"

	"muster/core/changeset"
	"muster/core/roster"
)

// The file's layout. Numbers in keys are big-endian, so that keys sort as the
// numbers do.
//
//	meta        "format" → number of the layout
//	lists       list 4 → JSON of roster.List
//	standing    list 4 → counts, version and time of the last change
//	changesets  id 8 → JSON of changeset.Changeset
//	open        id 8 → nothing; of changesets that wait for a person
//	items       id 8, n 4 → changeset.AppendItem; only while a changeset waits
//	steps       id 8, n 4 → changeset.AppendStep; only while a changeset waits
//	staged      id 8, n 4 → connection, 0, anchor, 0, record; until a changeset
//	            is settled
//	unfinished  list 4 → JSON of core.Unfinished
//	sessions    session 8 → JSON of session.Session
//	members     session 8, id 16 → session.Append; the people of a session
//	tokens      SHA-256 of the secret 32 → JSON of core.Token
//	settings    name → text
//	admins      name → JSON of core.Administrator
//	connections name → JSON of core.StoredConnection
//	syncs       list 4 → JSON of core.SyncState
//	readings    list 4, run 8 → bucket; what a sync reads, until its changeset is
//	            settled: see sync.go
//
// and for each list, in buckets named by a letter and the list's number:
//
//	p people    id 16 → roster.AppendPerson; in the order they were made
//	i index     text, 0, what 1, … → see names.go; what people and resources are
//	            found by: UIDs, unique values, anchors, names, identifiers and
//	            e-mail addresses.
//	            Mostly one text is several of those, and then its rows are side
//	            by side, on one page
//	s status    status 1, id 16 → nothing; only of people who are not active
//	j journal   seq 8, n 4 → changeset.AppendBlock
//	b before    id 16, seq 8 → changeset.AppendBefore
//	r records   connection, 0, anchor → mapping.AppendKept
//	x pins      id 16, field 2 → JSON of changeset.Pin
//	n newcomers connection, 0, anchor, or 0, folded UID → JSON of the pin of
//	            somebody who was declined to be created, with their values
//	d apart     id 16, id 16 → JSON of core.Dismissal; ids ascend: two people
//	            who are not the same
//	v views     name → what a screen remembers, opaque
//	R resources kind 1, number 8 → see resource.go; what a source that pushes
//	            said of each user and group, and the tombstones of deleted ones
//	C counts    kind 1, number>>18 8 → how many resources are not deleted, 2 bytes
//	            for each 1,024 numbers
//	Q problems  kind 1, number 8 → 1 if the resource was a person when it was
//	            written, else 0; of resources that have one
//	M members   group 8, resource's id → what the source says of the member
//	W with      resource's id, 0, group 8 → nothing
//	F facts     number 8 → JSON of core.Request; bounded, without gaps
//	Y runs      number 8 → JSON of core.Run; bounded, without gaps
//	N notes     key → what the reader of a directory keeps for later, opaque
//
// A changeset of one item that was applied at once has no row in changesets:
// its head is in its journal row, at seq = id.
var (
	metaBucket       = []byte("meta")
	formatKey        = []byte("format")
	listsBucket      = []byte("lists")
	standingBucket   = []byte("standing")
	changesetsBucket = []byte("changesets")
	openBucket       = []byte("open")
	itemsBucket      = []byte("items")
	stepsBucket      = []byte("steps")
	stagedBucket     = []byte("staged")
	unfinishedBucket = []byte("unfinished")
	sessionsBucket   = []byte("sessions")
	membersBucket    = []byte("members")
	tokensBucket     = []byte("tokens")
	settingsBucket   = []byte("settings")
	adminsBucket     = []byte("admins")

	connectionsBucket = []byte("connections")
	syncsBucket       = []byte("syncs")
	readingsBucket    = []byte("readings")
)

// storeBuckets are the buckets that are not a list's.
func storeBuckets() [][]byte {
	return [][]byte{metaBucket, listsBucket, standingBucket, changesetsBucket, openBucket, itemsBucket, stepsBucket, stagedBucket, unfinishedBucket, sessionsBucket, membersBucket, tokensBucket, settingsBucket, adminsBucket,
		connectionsBucket, syncsBucket, readingsBucket}
}

// room is the letter of one of a list's buckets.
type room byte

const (
	people    room = 'p'
	names     room = 'i'
	status    room = 's'
	journal   room = 'j'
	before    room = 'b'
	said      room = 'r'
	pins      room = 'x'
	newcomers room = 'n'
	apart     room = 'd'
	views     room = 'v'

	resources        room = 'R'
	resourceCounts   room = 'C'
	resourceProblems room = 'Q'
	groupMembers     room = 'M'
	memberships      room = 'W'
	requests         room = 'F'

	runs  room = 'Y'
	notes room = 'N'
)

// rooms are all of a list's buckets.
func rooms() []room {
	return []room{people, names, status, journal, before, said, pins, newcomers, apart, views,
		resources, resourceCounts, resourceProblems, groupMembers, memberships, requests, runs, notes}
}

// ascending tells the rooms whose keys mostly arrive in order: their pages are
// filled to the brim rather than split in halves.
func (r room) ascending() bool {
	return r == people || r == journal || r == resources || r == requests || r == runs
}

func (r room) name(list roster.ListID) []byte {
	return binary.BigEndian.AppendUint32([]byte{byte(r)}, uint32(list))
}

func listKey(id roster.ListID) []byte { return binary.BigEndian.AppendUint32(nil, uint32(id)) }

func idKey(id changeset.ID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

func itemKey(id changeset.ID, n int) []byte {
	return binary.BigEndian.AppendUint32(idKey(id), uint32(n))
}

func blockKey(seq uint64, n int) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, seq), uint32(n))
}

func pastKey(id roster.PersonID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 24), id[:]...), seq)
}

func statusKey(s roster.Status, id roster.PersonID) []byte {
	return append([]byte{byte(s)}, id[:]...)
}

func anchorKey(l roster.Link) []byte {
	b := make([]byte, 0, len(l.Connection)+1+len(l.Anchor))
	b = append(b, l.Connection...)
	b = append(b, 0)
	return append(b, l.Anchor...)
}
