package storage

import (
	"encoding/binary"
	"encoding/json"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
)

// syncs checks connections, runs and what readings have staged.
func (c *checker) syncs(known map[roster.ListID]bool) error {
	if err := c.t.EachConnection(func(id string, data []byte) error {
		if err := json.Unmarshal(data, new(core.StoredConnection)); err != nil {
			c.report("The connection %s cannot be read", id)
		}
		return nil
	}); err != nil {
		return err
	}
	rows := c.t.tx.Bucket(syncsBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		if len(k) != 4 || !known[roster.ListID(binary.BigEndian.Uint32(k))] {
			c.report("How the syncs of list %x stand is kept, and there is no such list", k)
		} else if len(v) > 0 && json.Unmarshal(v, new(core.SyncState)) != nil {
			c.report("How the syncs of list number %d stand cannot be read", binary.BigEndian.Uint32(k))
		}
	}
	for list := range known {
		if err := c.runs(list); err != nil {
			return err
		}
	}
	return c.readings(known)
}

func (c *checker) runs(list roster.ListID) error {
	b := c.t.room(runs, list)
	if b == nil {
		return nil
	}
	var last uint64
	return b.ForEach(func(k, v []byte) error {
		if len(k) != 8 {
			c.report("There is a run at %x, where none can be", k)
			return c.ctx.Err()
		}
		n := binary.BigEndian.Uint64(k)
		if last != 0 && n != last+1 {
			c.report("The runs from %d to %d are missing", last+1, n-1)
		}
		last = n
		var r core.Run
		if err := json.Unmarshal(v, &r); err != nil || r.Number != n {
			c.report("Run %d cannot be read", n)
		}
		return c.ctx.Err()
	})
}

// readings checks that each belongs to a run that has not been settled.
func (c *checker) readings(known map[roster.ListID]bool) error {
	rows := c.t.tx.Bucket(readingsBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		if len(k) != 12 || v != nil || !known[roster.ListID(binary.BigEndian.Uint32(k))] {
			c.report("There is a reading at %x, where none can be", k)
			continue
		}
		list, n := roster.ListID(binary.BigEndian.Uint32(k)), binary.BigEndian.Uint64(k[4:])
		var r core.Run
		if data := c.t.Run(list, n); data == nil || json.Unmarshal(data, &r) == nil && r.Reading == nil {
			c.report("What run %d of list number %d has read is kept, and it is settled", n, list)
		}
		if err := c.reading(c.t.tx.Bucket(readingsBucket).Bucket(k), n); err != nil {
			return err
		}
	}
	return c.ctx.Err()
}

func (c *checker) reading(b *bolt.Bucket, n uint64) error {
	records := b.Bucket(readRecords)
	if records == nil {
		return nil
	}
	return records.ForEach(func(k, v []byte) error {
		if _, err := mapping.DecodeKept(lend(v)); err != nil {
			c.report("What run %d has read of %q cannot be read", n, k)
		}
		return c.ctx.Err()
	})
}
