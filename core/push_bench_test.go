package core_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/roster"
	"muster/storage"
)

// BenchmarkPush has writers create and replace users of 1.5 kB, and beside it a
// bare bbolt loop that commits one value of that size and two index keys each.
// Every write is on disk before the writer goes on. The budget is that of SCIM
// over HTTP, with room for HTTP.
func BenchmarkPush(b *testing.B) {
	const each = 2000
	ctx := context.Background()
	filler := strings.Repeat("x", 1300)
	said := func(n int64, name string) core.Said {
		no := fmt.Sprint(n)
		return user("user", "user"+no+"@x.example", "no", no, "name", name, "ext", "00u"+no, "mail", "user"+no+"@x.example", "more", filler)
	}
	for _, writers := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			store, err := storage.Open(filepath.Join(b.TempDir(), "muster.db"), storage.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := store.Close(); err != nil {
					b.Error(err)
				}
			}()
			e, err := core.Open(ctx, store, core.Options{Kinds: []core.SourceKind{pushKind{}}})
			if err != nil {
				b.Fatal(err)
			}
			l, err := e.CreateList(ctx, mara, roster.List{Slug: "staff"})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := e.Connect(ctx, mara, l.ID, "scim", "no"); err != nil {
				b.Fatal(err)
			}
			bare := bareBolt(b)
			value := bytes.Repeat([]byte("v"), 1500)
			var from int64
			for b.Loop() {
				there := rate(b, writers, each, func(n int64) error { return bareWrite(bare, from+n, value) })
				ids := make([]string, each+1)
				create := rate(b, writers, each, func(n int64) error {
					r, err := e.CreateResource(ctx, okta, l.ID, core.UserResource, said(from+n, "Somebody"))
					ids[n] = r.ID
					return err
				})
				replace := rate(b, writers, each, func(n int64) error {
					_, err := e.ReplaceResource(ctx, okta, l.ID, core.UserResource, ids[n], 1, said(from+n, "Somebody Else"))
					return err
				})
				from += each
				b.ReportMetric(there, "bare-commits/s")
				b.ReportMetric(create, "creates/s")
				b.ReportMetric(replace, "replaces/s")
				b.ReportMetric(create/there, "create-ratio")
				b.ReportMetric(replace/there, "replace-ratio")
				b.ReportMetric(0.75, "min-create-ratio")
				b.ReportMetric(0.75, "min-replace-ratio")
			}
		})
	}
}

func bareBolt(b *testing.B) *bolt.DB {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, InitialMmapSize: 1 << 30})
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

func bareWrite(db *bolt.DB, n int64, value []byte) error {
	k := binary.BigEndian.AppendUint64(nil, uint64(n)*0x9e3779b97f4a7c15)
	return db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{"uid", "anchor"} {
			if err := tx.Bucket([]byte(name)).Put(k, k); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte("people")).Put(binary.BigEndian.AppendUint64(nil, uint64(n)), value)
	})
}

// rate has writers share so many writes, and returns how many were done a second.
func rate(b *testing.B, writers, writes int, write func(n int64) error) float64 {
	b.Helper()
	var n atomic.Int64
	var wait sync.WaitGroup
	start := b.Elapsed()
	for range writers {
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
