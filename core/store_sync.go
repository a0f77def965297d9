package core

import "muster/core/roster"

// SyncTx reads what is kept of connections, runs and readings. What it returns
// is good until the transaction ends.
type SyncTx interface {
	// Connection returns a connection of the store as it is kept, nil if there is
	// none of that name; EachConnection calls fn for all, by name.
	Connection(id string) []byte
	EachConnection(fn func(id string, data []byte) error) error
	// SyncState is how the syncs of a list stand, nil before the first.
	SyncState(list roster.ListID) []byte
	// RunRange returns the numbers of the first and the last run that are kept, 0
	// when there are none; they have no gaps.
	RunRange(list roster.ListID) (first, last uint64)
	Run(list roster.ListID, n uint64) []byte

	// Note returns a note, and EachNote calls fn for those whose keys start with
	// prefix and come after a key, in ascending order. reading is the number of
	// the run that noted it, 0 for what is current.
	Note(list roster.ListID, reading uint64, key string) (value string, ok bool)
	EachNote(list roster.ListID, reading uint64, prefix, after string, fn func(key, value string) error) error
	// ReadRecord returns what a reading has staged of somebody; EachReadRecord
	// calls fn for everybody after an anchor, in ascending order.
	ReadRecord(list roster.ListID, reading uint64, anchor string) (data string, ok bool)
	EachReadRecord(list roster.ListID, reading uint64, after string, fn func(anchor, data string) error) error
	// EachRecordAfter calls fn for what a connection's source last said, by
	// anchor, of everybody after one.
	EachRecordAfter(list roster.ListID, connection, after string, fn func(anchor, data string) error) error
	// Readings are the numbers of the runs of a list of which something is staged.
	Readings(list roster.ListID) ([]uint64, error)
}

// SyncWriteTx writes them.
type SyncWriteTx interface {
	PutConnection(id string, data []byte) error
	DeleteConnection(id string) error
	PutSyncState(list roster.ListID, data []byte) error
	// PutRun and DeleteRun keep the numbers without gaps.
	PutRun(list roster.ListID, n uint64, data []byte) error
	DeleteRun(list roster.ListID, n uint64) error
	PutNote(list roster.ListID, reading uint64, key, value string) error
	DeleteNote(list roster.ListID, reading uint64, key string) error
	// ClearNotes deletes the notes that are current.
	ClearNotes(list roster.ListID) error
	PutReadRecord(list roster.ListID, reading uint64, anchor, data string) error
	// DeleteReading deletes all that a reading has staged.
	DeleteReading(list roster.ListID, reading uint64) error
}
