package core

import (
	"context"

	"muster/core/changeset"
	"muster/core/roster"
	"muster/core/session"
)

// Store keeps everything. Reads see one consistent moment; writes are grouped,
// and each is on disk before Update returns.
type Store interface {
	// View runs fn on one moment of the store. Nothing may be kept of what a
	// callback was lent (see EachPerson). fn should be quick.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn and returns nil once all it wrote is on disk. Writes of
	// several callers share a commit, so fn may run more than once and must
	// set what it reports afresh each time. An error of fn's leaves nothing
	// written. A cancelled ctx is honoured until fn starts.
	Update(ctx context.Context, fn func(WriteTx) error) error
	Close() error
}

// Tx reads one moment of the store. What is not there is reported by a false
// ok, or a NotFound fault where a person named it.
type Tx interface {
	Lists() ([]roster.List, error)
	List(id roster.ListID) (roster.List, error)
	// PeekList is List for who looks only: nothing that the list refers to may
	// be changed.
	PeekList(id roster.ListID) (roster.List, error)
	ListBySlug(slug string) (roster.List, error)

	Person(list roster.ListID, id roster.PersonID) (p roster.Person, ok bool, err error)
	// ByUID finds who holds a UID, given as roster.FoldUID makes it.
	ByUID(list roster.ListID, folded string) (roster.PersonID, bool)
	// ByUnique finds who has a value in a unique field, folded likewise.
	ByUnique(list roster.ListID, f roster.FieldID, folded string) (roster.PersonID, bool)
	ByLink(list roster.ListID, link roster.Link) (roster.PersonID, bool)
	// EachPerson calls fn for every person, withdrawn ones too, in the order
	// they were made. p is fn's until it returns, its strings until the
	// transaction ends.
	EachPerson(list roster.ListID, fn func(p *roster.Person) error) error

	Changeset(id changeset.ID) (changeset.Changeset, error)
	// EachChangeset calls fn for every changeset, newest first.
	EachChangeset(fn func(c *changeset.Changeset) error) error
	// EachOpen calls fn for the changesets that wait for a person, oldest first.
	EachOpen(fn func(c *changeset.Changeset) error) error
	// EachItem calls fn for the stored items of a changeset that waits, in
	// order. it is fn's to keep.
	EachItem(id changeset.ID, fn func(n int, it *changeset.Item) error) error

	// Item returns one stored item of a changeset that waits.
	Item(id changeset.ID, n int) (it changeset.Item, ok bool, err error)
	// EachStepBack calls fn for the steps in which a changeset was decided,
	// newest first. s is fn's to keep.
	EachStepBack(id changeset.ID, fn func(n int, s *changeset.Step) error) error

	// EachBlock calls fn for the journal rows after version, oldest first;
	// EachBlockBack for those up to and with version, newest first.
	EachBlock(list roster.ListID, after uint64, fn func(seq uint64, b *changeset.Block) error) error
	EachBlockBack(list roster.ListID, upTo uint64, fn func(seq uint64, b *changeset.Block) error) error
	// Past is what the person's entries replaced, oldest first. A create
	// replaced nothing and is not among them.
	Past(list roster.ListID, person roster.PersonID) ([]PastRow, error)

	Pin(list roster.ListID, person roster.PersonID, field roster.FieldID) (p changeset.Pin, ok bool, err error)
	// PinsOf are all pins about a person, by field.
	PinsOf(list roster.ListID, person roster.PersonID) ([]changeset.Pin, error)
	// Newcomer returns the pin of somebody who was declined to be created.
	Newcomer(list roster.ListID, name roster.Link) (p changeset.Pin, ok bool, err error)
	// Record returns what a source last said of whoever it knows by the link.
	Record(list roster.ListID, link roster.Link) (data string, ok bool)
	// EachStaged calls fn for the records that wait with a changeset.
	EachStaged(id changeset.ID, fn func(r KeptRecord) error) error

	// EachPin calls fn for every pin of the list, those of newcomers last.
	EachPin(list roster.ListID, fn func(p changeset.Pin) error) error
	// Dismissed reports whether somebody said that two people, in ascending
	// order, are not the same.
	Dismissed(list roster.ListID, a, b roster.PersonID) bool
	// EachDismissal calls fn for every pair of which that was said.
	EachDismissal(list roster.ListID, fn func(d Dismissal) error) error
	// Sessions are all sessions, in the order they were made.
	Sessions() ([]session.Session, error)
	Session(id session.ID) (session.Session, error)
	Member(id session.ID, person roster.PersonID) (m session.Member, ok bool, err error)
	// EachMember calls fn for everybody in a session, in the order they were
	// made. m is fn's to keep.
	EachMember(id session.ID, fn func(m *session.Member) error) error
	// Preference returns what was last kept under a name for a list.
	Preference(list roster.ListID, name string) ([]byte, bool)
	// Unfinished are the chunked applications that a crash interrupted.
	Unfinished() ([]Unfinished, error)

	ResourceTx
	SyncTx
	// EachAdministrator calls fn for every administrator, in no order that
	// means anything.
	EachAdministrator(fn func(a Administrator) error) error
	// EachToken calls fn for every token, in no order that means anything.
	EachToken(fn func(t StoredToken) error) error
	// Setting returns a setting of the whole store, empty when it is unset.
	Setting(name string) string
}

// PastRow is what the changeset of one version replaced of a person.
type PastRow struct {
	Seq    uint64
	Before changeset.Before
}

// Unfinished is a changeset whose application takes several transactions, and
// how the list stood before the first.
type Unfinished struct {
	List      roster.ListID   `json:"list"`
	Changeset changeset.ID    `json:"changeset"`
	Seq       uint64          `json:"seq"`
	Standing  roster.Standing `json:"standing"`
}

// WriteTx writes to the store. It keeps no rule: package core's apply is the
// only caller that touches people, and keeps the indexes in step with them.
type WriteTx interface {
	Tx
	// Next returns a number greater than every changeset ID and version there is.
	Next() uint64
	// Bulk promises many writes in ascending order, so that pages are filled.
	Bulk()

	PutList(l *roster.List) error
	PutStanding(list roster.ListID, s roster.Standing) error

	PutPerson(list roster.ListID, p *roster.Person) error
	DeletePerson(list roster.ListID, id roster.PersonID) error
	PutUID(list roster.ListID, folded string, id roster.PersonID) error
	DeleteUID(list roster.ListID, folded string) error
	PutUnique(list roster.ListID, f roster.FieldID, folded string, id roster.PersonID) error
	DeleteUnique(list roster.ListID, f roster.FieldID, folded string) error
	PutLink(list roster.ListID, link roster.Link, id roster.PersonID) error
	DeleteLink(list roster.ListID, link roster.Link) error
	// PutStatus keeps the index of people who are not active.
	PutStatus(list roster.ListID, id roster.PersonID, from, to roster.Status) error
	PutPast(list roster.ListID, id roster.PersonID, seq uint64, b *changeset.Before) error
	DeletePast(list roster.ListID, id roster.PersonID, seq uint64) error

	// PutBlock writes the n-th journal row of a version.
	PutBlock(list roster.ListID, seq uint64, n int, b *changeset.Block) error
	DeleteBlock(list roster.ListID, seq uint64, n int) error

	PutChangeset(c *changeset.Changeset) error
	PutItem(id changeset.ID, n int, it *changeset.Item) error
	// DeleteItems deletes the items of a changeset, and its steps.
	DeleteItems(id changeset.ID) error
	PutStep(id changeset.ID, n int, s *changeset.Step) error
	DeleteStep(id changeset.ID, n int) error

	PutRecord(list roster.ListID, r KeptRecord) error
	StageRecord(id changeset.ID, n int, r KeptRecord) error
	DeleteStaged(id changeset.ID) error
	PutPin(list roster.ListID, p changeset.Pin) error
	// DeletePin deletes the pin about the same person and field, or newcomer.
	DeletePin(list roster.ListID, p changeset.Pin) error
	PutDismissal(list roster.ListID, d Dismissal) error
	DeleteDismissal(list roster.ListID, a, b roster.PersonID) error
	PutSession(s *session.Session) error
	PutMember(id session.ID, m *session.Member) error
	PutPreference(list roster.ListID, name string, value []byte) error
	// DeletePreferences deletes those of a list whose names begin like that.
	DeletePreferences(list roster.ListID, prefix string) error
	PutUnfinished(u Unfinished) error
	DeleteUnfinished(list roster.ListID) error
	ResourceWriteTx
	SyncWriteTx
	PutToken(t StoredToken) error
	PutAdministrator(a *Administrator) error
	DeleteAdministrator(name string) error
	// PutSetting sets a setting, or unsets it with an empty value.
	PutSetting(name, value string) error
}
