package core_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

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
	l, err := e.CreateList(context.Background(), core.LocalUser("bench"), l)
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

// BenchmarkPlanApplyRollback measures the rows "plan · apply · roll back": of
// 100,000 people every one changes in one of 20 fields.
func BenchmarkPlanApplyRollback(b *testing.B) {
	const n, fields = 100_000, 20
	ctx, me := context.Background(), core.LocalUser("bench")
	before, after := slices.Collect(batches(people(n, fields, 0))), slices.Collect(batches(people(n, fields, 1)))
	for b.Loop() {
		e := open(b)
		l, maps, names := wide(b, e, fields)
		plan := func(records [][]mapping.Record) (d *core.Draft, err error) {
			return e.Plan(ctx, core.Intake{List: l.ID, Origin: changeset.Import, Attributes: names, Mappings: maps, Records: again(records)})
		}
		step := func(name string, budget time.Duration, work func() error) {
			start := time.Now()
			if err := work(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(start).Microseconds())/1000, name+"-ms")
			b.ReportMetric(float64(budget.Milliseconds()), "max-"+name+"-ms")
		}
		var d *core.Draft
		var head changeset.Changeset
		var err error
		step("plan-creates", time.Second, func() error { d, err = plan(before); return err })
		step("apply-creates", 3*time.Second, func() error { head, err = e.ApplyDraft(ctx, me, d, core.How{}); return err })
		step("plan-updates", time.Second, func() error { d, err = plan(after); return err })
		step("apply-updates", 3*time.Second, func() error { head, err = e.ApplyDraft(ctx, me, d, core.How{}); return err })
		step("rollback", 3*time.Second, func() error {
			back, err := e.Rollback(ctx, head.ID)
			if err == nil {
				_, err = e.ApplyDraft(ctx, me, back, core.How{})
			}
			return err
		})
	}
}

func batches(records iter.Seq2[[]mapping.Record, error]) iter.Seq[[]mapping.Record] {
	return func(yield func([]mapping.Record) bool) {
		for batch, err := range records {
			if err != nil || !yield(batch) {
				return
			}
		}
	}
}

func again(records [][]mapping.Record) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		for _, batch := range records {
			if !yield(batch, nil) {
				return
			}
		}
	}
}
