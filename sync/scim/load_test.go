package scim_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
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

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/changeset"
	"muster/core/collector"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/scim"
)

var soak = flag.Duration("soak", 0, "for how long TestSoak pushes and looks whether memory stays flat")

// during is for how long each number is measured.
const during = 2 * time.Second

// plant is a service over loopback HTTP on a store that waits for the disk.
type plant struct {
	*stored
	address string
	made    atomic.Int64 // users
	ids     []string     // of the first
}

// newPlant makes one with n users, the fast way. Its clients ask for more than a
// token may, to see what there is.
func newPlant(tb testing.TB, n int) *plant {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "muster.db")
	fast, err := openStore(path, storage.Options{Unsafe: true})
	if err != nil {
		tb.Fatal(err)
	}
	p := &plant{ids: make([]string, min(n, 10_000))}
	service := scim.New(fast, scim.Options{Rate: 1e9, Burst: 1e9})
	var hands sync.WaitGroup
	for range 8 {
		hands.Go(func() {
			for i := int(p.made.Add(1)); i <= n; i = int(p.made.Add(1)) {
				r := httptest.NewRequestWithContext(tb.Context(), "POST", "/scim/v2/staff/Users", strings.NewReader(person(i)))
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

// measured is what clients saw.
type measured struct {
	rate     float64 // a second
	p50, p99 time.Duration
}

// measure lets clients do work, one after another, for as long as is measured.
func measure(tb testing.TB, clients int, work func(client int) func() error) measured {
	tb.Helper()
	took := make([][]time.Duration, clients)
	begin := time.Now()
	var all sync.WaitGroup
	for c := range clients {
		step := work(c)
		all.Go(func() {
			for time.Since(begin) < during {
				start := time.Now()
				if err := step(); err != nil {
					tb.Error(err)
					return
				}
				took[c] = append(took[c], time.Since(start))
			}
		})
	}
	all.Wait()
	if tb.Failed() {
		tb.FailNow()
	}
	elapsed := time.Since(begin)
	every := slices.Concat(took...)
	slices.Sort(every)
	return measured{float64(len(every)) / elapsed.Seconds(), every[len(every)/2], every[len(every)*99/100]}
}

// ask lets clients send requests.
func (p *plant) ask(tb testing.TB, clients, want int, request func() (method, path, body string)) measured {
	tb.Helper()
	return measure(tb, clients, func(int) func() error {
		c, err := dial(p.address, p.token)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(c.hangUp)
		return func() error {
			method, path, body := request()
			status, answer, err := c.do(method, path, body)
			if err == nil && status != want {
				err = fmt.Errorf("%s %s: %d %s", method, path, status, answer)
			}
			return err
		}
	})
}

func (p *plant) create() (method, path, body string) {
	return "POST", "/Users", person(int(p.made.Add(1)))
}

func (p *plant) patch() (method, path, body string) {
	i := rand.IntN(len(p.ids))
	return "PATCH", "/Users/" + p.ids[i], fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"title","value":"Number %d"}]}`, rand.Int64())
}

// report writes a measurement down, with a budget for the rate if least is not 0.
func (m measured) report(b *testing.B, name string, least float64) {
	b.ReportMetric(m.rate, name+"/s")
	if least > 0 {
		b.ReportMetric(least, "min-"+name+"/s")
	}
	b.ReportMetric(float64(m.p50.Microseconds())/1000, name+"-p50-ms")
	b.ReportMetric(float64(m.p99.Microseconds())/1000, name+"-p99-ms")
}

// BenchmarkProvisioning is the SCIM row of the budgets, over loopback HTTP and
// with each write on disk before its reply, at a small and a large list. The
// large one may be slower by half.
func BenchmarkProvisioning(b *testing.B) {
	collector.Pace() // as the program does
	small := make(map[string]float64)
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := newPlant(b, n)
			report := func(b *testing.B, name string, m measured, least float64) {
				m.report(b, name, least)
				key := b.Name()[strings.LastIndexByte(b.Name(), '/'):] + name
				if was, ok := small[key]; ok {
					b.ReportMetric(was/m.rate, name+"-times-slower")
					b.ReportMetric(1.5, "max-"+name+"-times-slower")
				} else {
					small[key] = m.rate
				}
			}
			for _, clients := range []int{1, 8, 32} {
				b.Run(fmt.Sprint("write-", clients), func(b *testing.B) {
					for b.Loop() {
						bare := bareLoop(b, n, clients)
						bare.report(b, "bare", 0)
						report(b, "create", p.ask(b, clients, 201, p.create), 0.6*bare.rate)
						report(b, "patch", p.ask(b, clients, 200, p.patch), 0.6*bare.rate)
					}
				})
			}
			b.Run("find", func(b *testing.B) {
				for b.Loop() {
					p.find(b, report)
				}
			})
			b.Run("page", func(b *testing.B) {
				for b.Loop() {
					m := p.ask(b, 1, 200, func() (string, string, string) {
						return "GET", fmt.Sprintf("/Users?startIndex=%d&count=100", n*9/10), ""
					})
					report(b, "page", m, 0)
					b.ReportMetric(2, "max-page-p50-ms")
				}
			})
		})
	}
}

// find looks for one user by each of the keys.
func (p *plant) find(b *testing.B, report func(b *testing.B, name string, m measured, least float64)) {
	for _, by := range []struct {
		name   string
		filter func(i int) string
	}{
		{"id", func(i int) string { return `id eq "` + p.ids[i-1] + `"` }},
		{"userName", func(i int) string { return fmt.Sprintf(`userName eq "Person.%d@example.test"`, i) }},
		{"externalId", func(i int) string { return fmt.Sprintf(`externalId eq "00u%017d"`, i) }},
		{"emails.value", func(i int) string { return fmt.Sprintf(`emails.value eq "p%d@home.test"`, i) }},
	} {
		m := p.ask(b, 8, 200, func() (string, string, string) {
			return "GET", "/Users?filter=" + url.QueryEscape(by.filter(1+rand.IntN(len(p.ids)))), ""
		})
		report(b, "eq-"+by.name, m, 12_000)
	}
}

// BenchmarkCreateDuringImport is a provider that pushes while a million rows are
// imported into another list of the store.
func BenchmarkCreateDuringImport(b *testing.B) {
	collector.Pace()
	const rows = 1_000_000
	for b.Loop() {
		p := newPlant(b, 1000)
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

// bareLoop is what the disk and bbolt allow: a value of 1.5 kB and two index
// keys a request, and one commit for all requests that wait when it begins.
func bareLoop(tb testing.TB, n, clients int) measured {
	tb.Helper()
	db, err := bolt.Open(filepath.Join(tb.TempDir(), "bare.db"), 0o600, &bolt.Options{InitialMmapSize: 1 << 30, FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	value := make([]byte, 1500)
	put := func(tx *bolt.Tx, i int) error {
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
	type request struct {
		i    int
		done chan error
	}
	queue := make(chan request, clients)
	var writer sync.WaitGroup
	writer.Go(func() {
		for first := range queue {
			group := []request{first}
			for waiting := true; waiting; {
				select {
				case r, ok := <-queue:
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
	var next atomic.Int64
	next.Store(int64(n))
	m := measure(tb, clients, func(int) func() error {
		done := make(chan error, 1)
		return func() error {
			queue <- request{int(next.Add(1)), done}
			return <-done
		}
	})
	close(queue)
	writer.Wait()
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestSoak pushes and reads for as long as the flag says: memory stays flat.
// Without the flag it is a moment of the same.
func TestSoak(t *testing.T) {
	p := newPlant(t, 100)
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
