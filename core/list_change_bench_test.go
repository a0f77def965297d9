package core_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// BenchmarkPreviewOfAMapping measures working out, from the kept records of
// people whose identifiers at the source are in no order, that one field of
// twelve is capitals from now on, for everybody.
func BenchmarkPreviewOfAMapping(b *testing.B) {
	for _, size := range []struct {
		people int
		most   time.Duration
	}{{100_000, time.Second}, {1_000_000, 8 * time.Second}} {
		b.Run(fmt.Sprint(size.people), func(b *testing.B) {
			const fields = 12
			e := open(b)
			l, maps, names := wide(b, e, fields)
			connect(b, e, l.ID, maps)
			populate(b, e, l.ID, names, maps, size.people)
			runtime.GC()
			var took time.Duration
			n := 0
			for b.Loop() {
				start := time.Now()
				draft, err := e.PlanChange(context.Background(), l.ID, core.ListChange{Make: capitals(fields - 1)})
				took += time.Since(start)
				n++
				if err != nil || len(draft.Items) != size.people {
					b.Fatal(len(draft.Items), err)
				}
			}
			b.ReportMetric(float64(took.Milliseconds())/float64(n), "ms")
			b.ReportMetric(float64(size.most.Milliseconds()), "max-ms")
		})
	}
}

// populate has a source tell of so many people, in steps that a transaction takes
// well.
func populate(tb testing.TB, e *core.Engine, list roster.ListID, names []string, maps []mapping.Mapping, n int) {
	tb.Helper()
	const step = 100_000
	all := slices.Collect(batches(anchored(people(n, len(names), 0))))
	for from := 0; from < len(all); from += step / 4096 {
		d, err := e.Plan(context.Background(), core.Intake{
			List: list, Origin: changeset.Sync, Connection: "dir", Attributes: names, Mappings: maps,
			Records: again(all[from:min(from+step/4096, len(all))]),
		})
		if err == nil {
			_, err = e.ApplyDraft(context.Background(), core.LocalUser("bench"), d, core.How{})
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func capitals(field int) func(*roster.List) error {
	return func(l *roster.List) error {
		l.Mappings[field].Transforms = []mapping.Transform{mapping.Trim, mapping.Uppercase}
		return nil
	}
}

func connect(tb testing.TB, e *core.Engine, list roster.ListID, maps []mapping.Mapping) {
	tb.Helper()
	err := e.ChangeList(context.Background(), core.LocalUser("bench"), list, func(l *roster.List) error {
		l.Connection, l.Mappings = roster.Connection{ID: "dir", Kind: "made up"}, maps
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// anchored gives records identifiers, as a source has them.
func anchored(records func(func([]mapping.Record, error) bool)) func(func([]mapping.Record, error) bool) {
	return func(yield func([]mapping.Record, error) bool) {
		records(func(batch []mapping.Record, err error) bool {
			for i := range batch {
				no := batch[i].Cells[0].Text
				batch[i].Anchor = fmt.Sprintf("%x-%s", hash(no), no)
			}
			return yield(batch, err)
		})
	}
}

func hash(s string) (h uint32) {
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
