package changes_test

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
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
				set, err := review.Load(context.Background(), e, id, nil)
				if err != nil {
					b.Fatal(err)
				}
				shown := review.New(kit.NewEnv(theme.Options{}, c.Now), e)
				follow(shown, shown.Show(set, false))
			}
		})
	}
}

// BenchmarkReview goes through a changeset of 100,000 updates as a person
// would: open it, filter it, decide all of it, apply it and roll it back.
func BenchmarkReview(b *testing.B) {
	const people = 100_000
	ctx := context.Background()
	for b.Loop() {
		c := new(clock)
		e := open(b, c.Now)
		l := staff(b, e)
		apply(b, e, plan(b, e, l, "a.csv", false, numbered(people, 0)))
		l, err := e.List(ctx, "staff")
		if err != nil {
			b.Fatal(err)
		}
		d := plan(b, e, l, "b.csv", false, numbered(people, 0))
		department, _ := l.Schema.ByKey("department")
		d.Items = nil
		if err := e.EachPerson(ctx, l.ID, func(p *roster.Person) error {
			d.Items = append(d.Items, changeset.Item{Person: p.ID, UID: strings.Clone(l.UID(p.Values)), Changes: []changeset.Change{
				{Field: department.ID, Base: strings.Clone(p.Values.Get(department.ID)), Proposed: "Science and Technology"}}})
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		d.Head.Counts = changeset.Counts{Updates: people}
		head := propose(b, e, d)
		step := func(name string, budget time.Duration, work func()) {
			start := time.Now()
			work()
			b.ReportMetric(float64(time.Since(start).Microseconds())/1000, name+"-ms")
			b.ReportMetric(float64(budget.Milliseconds()), "max-"+name+"-ms")
		}
		r := review.New(kit.NewEnv(theme.Options{}, c.Now), e)
		r.Filtering()
		step("open", time.Second, func() {
			set, err := review.Load(ctx, e, head.ID, nil)
			if err != nil {
				b.Fatal(err)
			}
			r.Decide(kim, &head)
			follow(r, r.Show(set, false))
		})
		step("filter", 50*time.Millisecond, func() {
			r.Do("review.filter")
			follow(r, r.Update(tea.PasteMsg{Content: "from:science"}))
			r.View(160, 48)
		})
		r.Do("review.back")
		step("decide-all", time.Second, func() {
			r.Do("table.mark all")
			action, _ := r.Do("decide.accept")
			follow(r, action)
		})
		if made, of := decidedOf(b, e, head.ID); made != of {
			b.Fatalf("%d of %d are decided", made, of)
		}
		step("apply", 3*time.Second, func() {
			if head, err = e.Apply(ctx, kim, head.ID, core.How{OnlyDecided: true}); err != nil {
				b.Fatal(err)
			}
		})
		step("rollback", 3*time.Second, func() {
			back, err := e.Rollback(ctx, head.ID)
			if err != nil {
				b.Fatal(err)
			}
			apply(b, e, back)
		})
	}
}

func decidedOf(b *testing.B, e *core.Engine, id changeset.ID) (made, of int) {
	d, err := e.Load(context.Background(), id, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := range d.Items {
		if of++; !d.Items[i].Undecided() {
			made++
		}
	}
	return made, of
}

// follow runs the commands of an action of a screen or a part of one, and what
// comes of them.
func follow(part interface{ Update(tea.Msg) kit.Action }, action kit.Action) {
	switch action := action.(type) {
	case kit.All:
		for _, a := range action {
			follow(part, a)
		}
	case kit.Run:
		follow(part, part.Update(action.Cmd()))
	}
}

// BenchmarkFrame moves the cursor in a changeset of 100,000 people and draws.
func BenchmarkFrame(b *testing.B) {
	c := new(clock)
	e := open(b, c.Now)
	head := apply(b, e, plan(b, e, staff(b, e), "a.csv", false, numbered(100_000, 0)))
	env := kit.NewEnv(theme.Options{}, c.Now)
	screen := changes.New(env, e, kim, nil, nil)
	follow(screen, screen.Update(kit.Shown{First: true}))
	one := screen.Do("changes.open").(kit.Push).Screen
	follow(one, one.Update(kit.Shown{First: true}))
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
