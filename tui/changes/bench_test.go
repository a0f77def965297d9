package changes_test

import (
	"context"
	"testing"
	"time"

	"muster/core/changeset"
	"muster/tui/changes"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// BenchmarkOpen reads a changeset of 100,000 people, as it waits and once it
// is applied, and what its people are called: what a command does while the
// screen says that it is reading.
func BenchmarkOpen(b *testing.B) {
	const people = 100_000
	c := new(clock)
	e := open(b, c.Now)
	l := staff(b, e)
	first := apply(b, e, plan(b, e, l, "a.csv", false, numbered(people, 0)))
	l, err := e.List(b.Context(), "staff")
	if err != nil {
		b.Fatal(err)
	}
	second := propose(b, e, plan(b, e, l, "b.csv", false, numbered(people, 1)))
	for name, id := range map[string]changeset.ID{"applied": first.ID, "waiting": second.ID} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				set, err := review.Load(context.Background(), e, id)
				if err != nil {
					b.Fatal(err)
				}
				shown := review.New(kit.NewEnv(theme.Options{}, c.Now), e)
				for _, action := range shown.Show(set, false).(kit.All) {
					if run, ok := action.(kit.Run); ok {
						shown.Update(run.Cmd())
					}
				}
			}
		})
	}
}

// BenchmarkFrame moves the cursor in a changeset of 100,000 people and draws.
func BenchmarkFrame(b *testing.B) {
	c := new(clock)
	e := open(b, c.Now)
	head := apply(b, e, plan(b, e, staff(b, e), "a.csv", false, numbered(100_000, 0)))
	env := kit.NewEnv(theme.Options{}, c.Now)
	screen := changes.New(env, e, kim, nil)
	screen.Update(screen.Update(kit.Shown{First: true}).(kit.Run).Cmd())
	one := screen.Do("changes.open").(kit.Push).Screen
	one.Update(one.Update(kit.Shown{First: true}).(kit.Run).Cmd())
	if head.Counts.Creates != 100_000 {
		b.Fatal("nobody was made")
	}
	start := time.Now()
	frames := 0
	for b.Loop() {
		if frames++; frames%2 == 0 {
			one.Do("table.page up")
		} else {
			one.Do("table.page down")
		}
		one.View(160, 48)
	}
	b.ReportMetric(float64(time.Since(start).Microseconds())/float64(frames), "us/frame")
	b.ReportAllocs()
}
