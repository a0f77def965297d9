package storage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// BenchmarkGroupCommit has clients write 1.5 kB and two index keys each, through
// the store's writer and, beside it, through a bare bbolt loop that commits each
// by itself. Every write is on disk before the client goes on.
func BenchmarkGroupCommit(b *testing.B) {
	value := bytes.Repeat([]byte("v"), 1500)
	key := func(n int64) []byte {
		return binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(n)*0x9e3779b97f4a7c15)
	}
	for _, clients := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			bare := bareBolt(b)
			s := fresh(b, Options{})
			p := roster.Person{Created: 1, Changed: 1, Values: roster.Values("").With(1, string(value))}
			for b.Loop() {
				const each = 1000
				there := rate(b, clients, each, func(n int64) error {
					return bare.Update(func(tx *bolt.Tx) error {
						k := key(n)
						for _, name := range []string{"uid", "anchor"} {
							if err := tx.Bucket([]byte(name)).Put(k, k); err != nil {
								return err
							}
						}
						return tx.Bucket([]byte("people")).Put(binary.BigEndian.AppendUint64(nil, uint64(n)), value)
					})
				})
				here := rate(b, clients, each, func(n int64) error {
					return s.Update(ctx, func(tx core.WriteTx) error {
						p := p
						binary.BigEndian.PutUint64(p.ID[:], uint64(n))
						k := string(key(n))
						if err := tx.PutUID(1, k, p.ID); err != nil {
							return err
						}
						if err := tx.PutLink(1, roster.Link{Connection: "c", Anchor: k}, p.ID); err != nil {
							return err
						}
						return tx.PutPerson(1, &p)
					})
				})
				b.ReportMetric(here, "commits/s")
				b.ReportMetric(there, "bare-commits/s")
				b.ReportMetric(here/there, "ratio")
				b.ReportMetric(0.6, "min-ratio")
			}
		})
	}
}

func bareBolt(b *testing.B) *bolt.DB {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, InitialMmapSize: mmapSize})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{"people", "uid", "anchor"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return db
}

// rate has clients share so many writes, and returns how many were done a second.
func rate(b *testing.B, clients, writes int, write func(n int64) error) float64 {
	b.Helper()
	var n atomic.Int64
	var wait sync.WaitGroup
	start := b.Elapsed()
	for range clients {
		wait.Go(func() {
			for i := n.Add(1); i <= int64(writes); i = n.Add(1) {
				if err := write(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return float64(writes) / (b.Elapsed() - start).Seconds()
}

// BenchmarkCheck measures the check of a store of a million people.
func BenchmarkCheck(b *testing.B) {
	const people = 1_000_000
	path := bigStore(b, people)
	for b.Loop() {
		found, err := Check(ctx, path, nil)
		if err != nil || len(found) > 0 {
			b.Fatal(found, err)
		}
	}
	b.ReportMetric(people*float64(b.N)/b.Elapsed().Seconds(), "people/s")
}

// bigStore makes a store of so many people, each changed once.
func bigStore(b *testing.B, people int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "muster.db")
	s, err := Open(path, Options{Unsafe: true})
	if err != nil {
		b.Fatal(err)
	}
	e, err := core.Open(ctx, s, core.Options{})
	if err != nil {
		b.Fatal(err)
	}
	l := roster.List{Slug: "staff"}
	var maps []mapping.Mapping
	for _, key := range []string{"no", "name", "mail"} {
		if err := l.Schema.Add(roster.Field{Key: key, UID: key == "no"}); err != nil {
			b.Fatal(err)
		}
		maps = append(maps, mapping.Mapping{Attribute: key, Field: key, On: true})
	}
	if l, err = e.CreateList(ctx, core.LocalUser("bench"), l); err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"Somebody", "Somebody Else"} {
		d, err := e.Plan(ctx, core.Intake{
			List: l.ID, Origin: changeset.Import, Attributes: []string{"no", "name", "mail"}, Mappings: maps,
			Records: func(yield func([]mapping.Record, error) bool) {
				for from := 0; from < people; from += 4096 {
					var batch []mapping.Record
					for n := from; n < min(from+4096, people); n++ {
						no := fmt.Sprintf("u%07d", n*7919%people)
						batch = append(batch, mapping.Record{Line: n + 1, Cells: []mapping.Cell{{Text: no}, {Text: name}, {Text: no + "@x.example"}}})
					}
					if !yield(batch, nil) {
						return
					}
				}
			},
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.ApplyDraft(ctx, core.LocalUser("bench"), d, core.How{}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}
