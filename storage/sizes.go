package storage

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"muster/core/roster"
)

// Sizes are how many bytes a store has.
type Sizes struct {
	File    int64 // of the file
	Free    int64 // of it that is used again
	Journal int64 // of the journals of all lists
}

// Sizes measures the store. It goes through the pages of the journals: some tens
// of milliseconds at a million people.
func (s *Store) Sizes(ctx context.Context) (z Sizes, err error) {
	if err := ctx.Err(); err != nil {
		return z, err
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		z.File = tx.Size()
		z.Free = int64(s.db.Stats().FreePageN) * int64(s.db.Info().PageSize)
		return (&txn{tx: tx}).eachList(func(list roster.ListID) error {
			if b := tx.Bucket(journal.name(list)); b != nil {
				stats := b.Stats()
				z.Journal += int64(stats.BranchAlloc) + int64(stats.LeafAlloc) + int64(stats.InlineBucketInuse)
			}
			return ctx.Err()
		})
	})
	return z, err
}
