package core_test

import (
	"fmt"
	"testing"
	"time"

	"muster/core"
	"muster/core/roster"
)

// BenchmarkSyncNew brings in what is new, of 50 people, among so many: it costs
// nothing that grows with the people but the depth of the store.
func BenchmarkSyncNew(b *testing.B) {
	for _, people := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("of %d", people), func(b *testing.B) {
			w := newSyncWorld(b, b.TempDir())
			defer w.close()
			w.dir.page = 999
			w.dir.crowd(people)
			w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Limits = roster.Limits{}; return nil }))
			begun := w.now
			w.run()
			// The clock goes on with every person who is made: by more than the days
			// after which everybody would be read again.
			w.now = begun.Add(time.Hour)
			n := 0
			for b.Loop() {
				b.StopTimer()
				for i := range 50 {
					w.dir.set(fmt.Sprintf("a%d", 1+i*people/60), "name", fmt.Sprintf("Person %d", n))
				}
				n++
				b.StartTimer()
				if run := w.run(); run.Full || run.Counts.Updates != 50 {
					b.Fatalf("it updated %d people", run.Counts.Updates)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms")
			b.ReportMetric(1000, "max-ms")
		})
	}
}

// BenchmarkSyncFirst brings in everybody of a directory: staged, planned and
// applied.
func BenchmarkSyncFirst(b *testing.B) {
	const people = 100_000
	for b.Loop() {
		b.StopTimer()
		w := newSyncWorld(b, b.TempDir())
		w.dir.page = 999
		w.dir.crowd(people)
		b.StartTimer()
		run, err := w.Sync(ctx, mara, w.list, core.SyncHow{})
		if err != nil || run.Counts.Creates != people {
			b.Fatalf("it created %d people: %v", run.Counts.Creates, err)
		}
		b.StopTimer()
		w.close()
		b.StartTimer()
	}
	b.ReportMetric(float64(people)*float64(b.N)/b.Elapsed().Seconds(), "people/s")
}
