package scim_test

import (
	"fmt"
	"testing"
	"time"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
)

// BenchmarkPreviewOfAPushedMapping measures working out, from the resources of
// everybody, that their display names are capitals from now on.
func BenchmarkPreviewOfAPushedMapping(b *testing.B) {
	for _, size := range []struct {
		people int
		most   time.Duration
	}{{10_000, 100 * time.Millisecond}, {100_000, time.Second}} {
		b.Run(fmt.Sprint(size.people), func(b *testing.B) {
			p := newPlant(b, size.people, inOrder)
			l, err := p.engine.List(b.Context(), "staff")
			if err != nil {
				b.Fatal(err)
			}
			var took time.Duration
			n := 0
			for b.Loop() {
				start := time.Now()
				d, err := p.engine.PlanChange(b.Context(), l.ID, core.ListChange{Make: func(l *roster.List) error {
					return core.PutMapping(l, mapping.Mapping{Attribute: "displayName", Field: "display_name", On: true, Transforms: []mapping.Transform{mapping.Uppercase}})
				}})
				took += time.Since(start)
				n++
				if err != nil || len(d.Items) != size.people {
					b.Fatal(err, len(d.Items))
				}
			}
			b.ReportMetric(float64(took.Microseconds())/1000/float64(n), "ms")
			b.ReportMetric(float64(size.most.Milliseconds()), "max-ms")
		})
	}
}
