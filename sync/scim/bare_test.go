package scim_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// bareLoop is what the disk and bbolt, opened as a store is, allow: a value of
// 1.5 kB and two index keys a request, and one commit for all requests that wait
// when it begins.
type bareLoop struct {
	queue chan bareRequest
	made  atomic.Int64
}

type bareRequest struct {
	i    int
	done chan error
}

// newBareLoop makes one with n values. The keys of the i-th are made of number(i).
func newBareLoop(tb testing.TB, n int, number func(i int) int) *bareLoop {
	tb.Helper()
	db, err := bolt.Open(filepath.Join(tb.TempDir(), "bare.db"), 0o600, &bolt.Options{InitialMmapSize: 1 << 30, FreelistType: bolt.FreelistMapType})
	if err != nil {
		tb.Fatal(err)
	}
	value := make([]byte, 1500)
	put := func(tx *bolt.Tx, i int) error {
		i = number(i)
		var key [8]byte
		binary.BigEndian.PutUint64(key[:], uint64(i))
		if err := tx.Bucket([]byte("resources")).Put(key[:], value); err != nil {
			return err
		}
		for _, name := range []string{fmt.Sprintf("person.%d@example.test", i), fmt.Sprintf("00u%017d", i)} {
			if err := tx.Bucket([]byte("keys")).Put(append([]byte(name), key[:]...), nil); err != nil {
				return err
			}
		}
		return nil
	}
	if err := db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{"resources", "keys"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		for i := range n {
			if err := put(tx, i); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	l := &bareLoop{queue: make(chan bareRequest, maxClients)}
	l.made.Store(int64(n))
	var writer sync.WaitGroup
	writer.Go(func() {
		for first := range l.queue {
			group := []bareRequest{first}
			for waiting := true; waiting; {
				select {
				case r, ok := <-l.queue:
					if waiting = ok; ok {
						group = append(group, r)
					}
				default:
					waiting = false
				}
			}
			err := db.Update(func(tx *bolt.Tx) error {
				for _, r := range group {
					if err := put(tx, r.i); err != nil {
						return err
					}
				}
				return nil
			})
			for _, r := range group {
				r.done <- err
			}
		}
	})
	tb.Cleanup(func() {
		close(l.queue)
		writer.Wait()
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return l
}

// ask lets clients write.
func (l *bareLoop) ask(tb testing.TB, clients int) measured {
	tb.Helper()
	return measure(tb, clients, func(int) func() error {
		done := make(chan error, 1)
		return func() error {
			l.queue <- bareRequest{int(l.made.Add(1)), done}
			return <-done
		}
	})
}
