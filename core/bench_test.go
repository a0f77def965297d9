package core_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
)

// open opens an engine on a fresh store that waits for the disk.
func open(tb testing.TB) *core.Engine {
	tb.Helper()
	store, err := storage.Open(filepath.Join(tb.TempDir(), "muster.db"), storage.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	e, err := core.Open(context.Background(), store, core.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// wide makes a list of n text fields, the first of them the UID.
func wide(tb testing.TB, e *core.Engine, fields int) (roster.List, []mapping.Mapping, []string) {
	tb.Helper()
	l := roster.List{Slug: "staff"}
	var maps []mapping.Mapping
	var names []string
	for i := range fields {
		key := fmt.Sprintf("f%d", i)
		if err := l.Schema.Add(roster.Field{Key: key, UID: i == 0}); err != nil {
			tb.Fatal(err)
		}
		maps = append(maps, mapping.Mapping{Attribute: key, Field: key, On: true, Transforms: []mapping.Transform{mapping.Trim}})
		names = append(names, key)
	}
	l, err := e.CreateList(context.Background(), core.Actor{Name: "bench"}, l)
	if err != nil {
		tb.Fatal(err)
	}
	return l, maps, names
}

// people yields n records of made-up values, UIDs shuffled; of each changed-th
// the last field differs.
func people(n, fields, changed int) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		order := rand.New(rand.NewPCG(1, 2)).Perm(n)
		for from := 0; from < n; from += 4096 {
			batch := make([]mapping.Record, 0, 4096)
			for line := from; line < min(from+4096, n); line++ {
				cells := make([]mapping.Cell, fields)
				for f := range cells {
					cells[f].Text = fmt.Sprintf("value %d of field", f)
				}
				cells[0].Text = fmt.Sprintf("E%07d", order[line])
				if changed > 0 && line%changed == 0 {
					cells[fields-1].Text = "moved"
				}
				batch = append(batch, mapping.Record{Line: line + 2, Cells: cells})
			}
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// BenchmarkPlanApplyRollback measures the rows "plan · apply · roll back".
func BenchmarkPlanApplyRollback(b *testing.B) {
	const n, fields = 100_000, 20
	ctx, me := context.Background(), core.Actor{Name: "bench"}
	for b.Loop() {
		e := open(b)
		l, maps, names := wide(b, e, fields)
		plan := func(changed int) *core.Draft {
			d, err := e.Plan(ctx, core.Intake{List: l.ID, Origin: changeset.Import, Attributes: names, Mappings: maps, Records: people(n, fields, changed)})
			if err != nil {
				b.Fatal(err)
			}
			return d
		}
		step := func(name string, work func() error) {
			start := e.Now()
			if err := work(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(e.Now().Sub(start).Seconds()*1000, name+"-ms")
		}
		var d *core.Draft
		var head changeset.Changeset
		var err error
		step("plan-new", func() error { d = plan(0); return nil })
		step("apply-new", func() error { head, err = e.ApplyDraft(ctx, me, d, core.How{}); return err })
		step("plan", func() error { d = plan(1); return nil })
		step("apply", func() error { head, err = e.ApplyDraft(ctx, me, d, core.How{}); return err })
		step("rollback-plan", func() error { d, err = e.Rollback(ctx, head.ID); return err })
		step("rollback", func() error { _, err = e.ApplyDraft(ctx, me, d, core.How{}); return err })
	}
}
