package scim_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"muster/core"
	"muster/core/changeset"
	"muster/core/collector"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/scim"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var soak = flag.Duration("soak", 0, "for how long TestSoak pushes and looks whether memory stays flat")

// plant is a service over loopback HTTP on a store that waits for the disk.
type plant struct {
	*stored
	address string
	made    atomic.Int64 // users
	ids     []string     // of the first
	number  func(i int) int
}

// newPlant makes one with n users, the fast way. Its clients ask for more than a
// token may, to see what there is. The names and identifiers of the i-th user
// are made of number(i).
func newPlant(tb testing.TB, n int, number func(i int) int) *plant {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "muster.db")
	fast, err := openStore(path, storage.Options{Unsafe: true})
	if err != nil {
		tb.Fatal(err)
	}
	p := &plant{ids: make([]string, min(n, 10_000)), number: number}
	service := scim.New(fast, scim.Options{Rate: 1e9, Burst: 1e9})
	var hands sync.WaitGroup
	for range 8 {
		hands.Go(func() {
			for i := int(p.made.Add(1)); i <= n; i = int(p.made.Add(1)) {
				r := httptest.NewRequestWithContext(tb.Context(), "POST", "/scim/v2/staff/Users", strings.NewReader(person(p.number(i))))
				r.Header.Set("Authorization", "Bearer "+fast.token)
				rec := httptest.NewRecorder()
				service.ServeHTTP(rec, r)
				var made struct{ ID string }
				if err := json.Unmarshal(rec.Body.Bytes(), &made); err != nil || rec.Code != 201 {
					tb.Errorf("%d %s, %v", rec.Code, rec.Body, err)
					return
				}
				if i <= len(p.ids) {
					p.ids[i-1] = made.ID
				}
			}
		})
	}
	hands.Wait()
	p.made.Store(int64(n))
	if err := fast.close(); err != nil || tb.Failed() {
		tb.Fatal(err)
	}
	if p.stored, err = openStore(path, storage.Options{}); err != nil {
		tb.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p.address = l.Addr().String()
	server := scim.NewServer(scim.New(p.stored.Host, scim.Options{Rate: 1e9, Burst: 1e9}), slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			tb.Error(err)
		}
		if err := p.close(); err != nil {
			tb.Error(err)
		}
	})
	return p
}

// BenchmarkCreateDuringImport is a provider that pushes while a million rows are
// imported into another list of the store.
func BenchmarkCreateDuringImport(b *testing.B) {
	collector.Pace()
	const rows = 1_000_000
	for b.Loop() {
		p := newPlant(b, 1000, scattered)
		imported := make(chan error, 1)
		go func() { imported <- p.importRows(b.Context(), rows) }()
		c, err := dial(p.address, p.token)
		if err != nil {
			b.Fatal(err)
		}
		var took []time.Duration
		for over := false; !over; {
			select {
			case err := <-imported:
				if over = true; err != nil {
					b.Fatal(err)
				}
			default:
				start := time.Now()
				if status, body, err := c.do(p.create()); err != nil || status != 201 {
					b.Fatalf("%d %s, %v", status, body, err)
				}
				took = append(took, time.Since(start))
			}
		}
		c.hangUp()
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		b.ReportMetric(500, "max-p99-ms")
	}
}

// importRows imports made-up rows of twelve columns into a list of their own.
func (p *plant) importRows(ctx context.Context, rows int) error {
	l := roster.List{Slug: "imported"}
	in := core.Intake{Origin: changeset.Import}
	for i := range 12 {
		key := fmt.Sprint("f", i)
		if err := l.Schema.Add(roster.Field{Key: key, UID: i == 0}); err != nil {
			return err
		}
		in.Attributes = append(in.Attributes, key)
		in.Mappings = append(in.Mappings, mapping.Mapping{Attribute: key, Field: key, On: true})
	}
	me := core.LocalUser("bench")
	l, err := p.engine.CreateList(ctx, me, l)
	if err != nil {
		return err
	}
	in.List = l.ID
	order := rand.New(rand.NewPCG(1, 2)).Perm(rows)
	in.Records = func(yield func([]mapping.Record, error) bool) {
		for from := 0; from < rows; from += 4096 {
			batch := make([]mapping.Record, 0, 4096)
			for line := from; line < min(from+4096, rows); line++ {
				cells := make([]mapping.Cell, len(in.Attributes))
				for f := range cells {
					cells[f].Text = fmt.Sprintf("value %d of field", f)
				}
				cells[0].Text = fmt.Sprintf("E%07d", order[line])
				batch = append(batch, mapping.Record{Line: line + 2, Cells: cells})
			}
			if !yield(batch, nil) {
				return
			}
		}
	}
	d, err := p.engine.Plan(ctx, in)
	if err == nil {
		_, err = p.engine.ApplyDraft(ctx, me, d, core.How{})
	}
	return err
}

// TestSoak pushes and reads for as long as the flag says: memory stays flat.
// Without the flag it is a moment of the same.
func TestSoak(t *testing.T) {
	p := newPlant(t, 100, inOrder)
	round := func() {
		for range 50 {
			for _, r := range []func() (string, string, string){p.patch, func() (string, string, string) {
				return "GET", fmt.Sprintf("/Users?filter=%s", url.QueryEscape(fmt.Sprintf(`userName eq "person.%d@example.test"`, 1+rand.IntN(100)))), ""
			}} {
				c, err := dial(p.address, p.token)
				if err != nil {
					t.Fatal(err)
				}
				status, body, err := c.do(r())
				if err != nil || status != 200 {
					t.Fatalf("%d %s, %v", status, body, err)
				}
				c.hangUp()
			}
		}
	}
	round()
	before := heap()
	for begin := time.Now(); ; {
		round()
		now := heap()
		t.Logf("%v: %d KiB of heap, %d goroutines", time.Since(begin).Round(time.Second), now>>10, runtime.NumGoroutine())
		if now > before+16<<20 {
			t.Errorf("the heap grew from %d to %d KiB", before>>10, now>>10)
		}
		if time.Since(begin) >= *soak || t.Failed() {
			return
		}
	}
}

// heap is what lives, in bytes.
func heap() uint64 {
	runtime.GC()
	live := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}
