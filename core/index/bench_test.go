package index

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"muster/core/roster"
)

const million = 1_000_000

// crowd is the index that the benchmarks of searches share.
var crowd = sync.OnceValues(func() (*made, *Index) {
	m := makePeople(&testing.B{})
	ix := New()
	load(ix, million, m.next)
	return m, ix
})

// load puts n people in batches, as the store hands them out.
func load(ix *Index, n int, next func() roster.Person) {
	batch := make([]roster.Person, 0, 4096)
	for i := range n {
		if batch = append(batch, next()); len(batch) == cap(batch) || i == n-1 {
			ix.Put(batch...)
			batch = batch[:0]
		}
	}
}

func reportMS(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed())/float64(time.Millisecond)/float64(b.N), "ms/op")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkIndexLoad(b *testing.B) {
	m := makePeople(b)
	people := make([]roster.Person, million)
	for i := range people {
		people[i] = m.next()
	}
	for b.Loop() {
		ix := New()
		i := -1
		load(ix, million, func() roster.Person { i++; return people[i] })
	}
	reportMS(b)
}

func BenchmarkIndexMemory(b *testing.B) {
	m := makePeople(b)
	heap := func() float64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return float64(stats.HeapAlloc) / (1 << 20)
	}
	for b.Loop() {
		before := heap()
		ix := New()
		load(ix, million, m.next)
		m.slab = roster.Slab{}
		loaded := heap()
		search(b, ix, Request{Sort: m.field("email"), Desc: true})
		sorted := heap()
		b.ReportMetric(loaded-before, "MiB-loaded")
		b.ReportMetric(sorted-before, "MiB-sorted")
		runtime.KeepAlive(ix)
	}
	b.ReportMetric(0, "ns/op")
}

func search(tb testing.TB, ix *Index, req Request) *Result {
	tb.Helper()
	r, err := ix.Search(context.Background(), req)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func BenchmarkFilterFirstKey(b *testing.B) {
	m, ix := crowd()
	for _, query := range []string{"", "m", "mu", "an", "mul", "son", "kowal", "kow fin", "^an", "'lyon", "dep:f", "dep:fin", "card:>5000", "!an", "zqx"} {
		b.Run(cmp.Or(query, "everyone"), func(b *testing.B) {
			req := Request{Query: roster.Parse(query, m.schema), Statuses: roster.Only(roster.Active)}
			var r *Result
			for b.Loop() {
				r = search(b, ix, req)
			}
			b.ReportMetric(float64(len(r.Rows)), "rows")
			reportMS(b)
		})
	}
}

func BenchmarkFilterNarrow(b *testing.B) {
	m, ix := crowd()
	for _, c := range []struct{ prev, query, sort string }{
		{"m", "mu", ""}, {"mu", "mul", ""}, {"mul", "mull", ""}, {"a", "an", ""}, {"an", "ann", ""}, {"kow f", "kow fi", ""}, {"dep:f", "dep:fi", ""},
		{"m", "mu", "last_name"}, {"a", "an", "email"},
	} {
		b.Run(c.query+" by "+cmp.Or(c.sort, "row"), func(b *testing.B) {
			req := Request{Query: roster.Parse(c.prev, m.schema), Sort: m.field(c.sort)}
			req.Prev = search(b, ix, req)
			req.Query = roster.Parse(c.query, m.schema)
			var r *Result
			for b.Loop() {
				r = search(b, ix, req)
			}
			b.ReportMetric(float64(len(r.Rows)), "rows")
			reportMS(b)
		})
	}
}

func BenchmarkSort(b *testing.B) {
	m, ix := crowd()
	for _, key := range []string{"uid", "first_name", "display_name", "email", "department", "start", "card", "kind"} {
		b.Run(key, func(b *testing.B) {
			for b.Loop() {
				ix.orders = orders{}
				search(b, ix, Request{Sort: m.field(key)})
			}
			reportMS(b)
		})
	}
	b.Run("turn", func(b *testing.B) {
		req := Request{Sort: m.field("email")}
		for b.Loop() {
			req.Desc = !req.Desc
			req.Prev = search(b, ix, req)
		}
		reportMS(b)
	})
	b.Run("mend", func(b *testing.B) {
		req := Request{Sort: m.field("email")}
		for b.Loop() {
			e, _ := ix.Row(12345)
			ix.Put(roster.Person{ID: e.ID, Status: e.Status, Values: e.Values})
			search(b, ix, req)
		}
		reportMS(b)
	})
}

func BenchmarkFuzzy(b *testing.B) {
	m, ix := crowd()
	for _, query := range []string{"kowlski", "mulr", "zqx", "ann kwl"} {
		b.Run(query, func(b *testing.B) {
			req := Request{Query: roster.Parse(query, m.schema)}
			literal := search(b, ix, req)
			var r *Result
			for b.Loop() {
				var err error
				if r, err = ix.Fuzzy(context.Background(), req, literal, len(literal.Rows)+200); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(r.Loose), "rows")
			reportMS(b)
		})
	}
}

func BenchmarkFrequencies(b *testing.B) {
	m, ix := crowd()
	everyone := search(b, ix, Request{}).Rows
	for _, key := range []string{"department", "last_name", "card", "email"} {
		b.Run(key, func(b *testing.B) {
			for b.Loop() {
				if _, err := ix.Frequencies(context.Background(), m.field(key).ID, everyone, 1000); err != nil {
					b.Fatal(err)
				}
			}
			reportMS(b)
		})
	}
}

func BenchmarkPut(b *testing.B) {
	_, ix := crowd()
	for _, batch := range []int{1, 500, 100_000} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			people := make([]roster.Person, batch)
			for i := range people {
				e, _ := ix.Row(uint32(i * (million / batch)))
				people[i] = roster.Person{ID: e.ID, Status: e.Status, Values: e.Values}
			}
			for b.Loop() {
				ix.Put(people...)
			}
			reportMS(b)
		})
	}
}
