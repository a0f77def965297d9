package mapping_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping"
	"muster/tui/theme"
)

// attributes is how many the lists of the benchmarks have.
const attributes = 500

// BenchmarkKeystroke goes down a line, turns it off and on again, steps through
// people, and draws the editor after each. Budget: 4 ms and 1,000 allocations a
// keystroke, at a million people, too: what a keystroke shows of them has been
// worked out in the background.
func BenchmarkKeystroke(b *testing.B) {
	for _, people := range []int{60, 1_000_000} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			w := newWorld(b).connected()
			w.read(people)
			screen := w.screen(b)
			screen.View(160, 60)
			keys := []string{"table.down", "mapping.toggle", "mapping.undo", "trial.next", "mapping.redo", "mapping.undo"}
			n := 0
			for b.Loop() {
				if n%200 == 0 {
					screen.Do("table.first")
				}
				screen.Do(keys[n%len(keys)])
				n++
				draw(screen, 160, 60)
			}
			budget(b)
		})
	}
}

// BenchmarkFilter types into the filter. Budget: 4 ms and 1,000 allocations.
func BenchmarkFilter(b *testing.B) {
	w := newWorld(b).connected()
	w.read(60)
	screen := w.screen(b)
	screen.Do("mapping.filter")
	n := 0
	for b.Loop() {
		key := tea.KeyPressMsg{Code: 'a', Text: "a"}
		if n%2 == 1 {
			key = tea.KeyPressMsg{Code: tea.KeyBackspace}
		}
		n++
		screen.Update(key)
		draw(screen, 120, 40)
	}
	budget(b)
}

func budget(b *testing.B) {
	b.ReportAllocs()
	b.ReportMetric(float64(4*time.Millisecond), "max-ns/op")
	b.ReportMetric(1000, "max-allocs/op")
}

func draw(screen kit.Screen, width, height int) {
	_ = screen.Status()
	_ = screen.Bindings()
	_ = screen.View(width, height)
}

// screen is the editor after everything it asks for has been read.
func (w *world) screen(b *testing.B) kit.Screen {
	b.Helper()
	env := kit.NewEnv(theme.Options{}, func() time.Time { return w.clock.Now() })
	screen := mapping.New(env, w.Engine, kim, &w.list, "", w.doors(env))
	pump(screen, screen.Update(kit.Shown{First: true}))
	return screen
}

// pump carries out what a screen asks for, as the root does, until it asks for
// nothing more.
func pump(screen kit.Screen, action kit.Action) {
	switch a := action.(type) {
	case kit.All:
		for _, each := range a {
			pump(screen, each)
		}
	case kit.Run:
		if msg := a.Cmd(); msg != nil {
			pump(screen, screen.Update(msg))
		}
	}
}

// read has a source that is read tell of so many people, and gives the list
// mappings of very many attributes.
func (w *world) read(people int) {
	w.t.Helper()
	maps := []coremapping.Mapping{
		{Attribute: "number", Field: "employee_number", On: true}, {Attribute: "first", Field: "first_name", On: true},
		{Attribute: "last", Field: "last_name", On: true}, {Attribute: "title", Field: "job_title", On: true},
	}
	names := []string{"number", "first", "last", "title"}
	w.must(w.ChangeList(ctx, sam, w.list.ID, func(l *roster.List) error {
		l.Connection, l.Mappings = roster.Connection{ID: "dir", Kind: "made up"}, maps
		return nil
	}))
	const step = 100_000
	for from := 0; from < people; from += step {
		d, err := w.Plan(ctx, core.Intake{
			List: w.list.ID, Origin: changeset.Sync, Connection: "dir", Attributes: names, Mappings: maps, Records: someone(from, min(people, from+step)),
		})
		w.must(err)
		_, err = w.ApplyDraft(ctx, sam, d, core.How{})
		w.must(err)
	}
	w.wide(attributes)
}

// someone are the records of the people from one number to another.
func someone(from, to int) iter.Seq2[[]coremapping.Record, error] {
	return func(yield func([]coremapping.Record, error) bool) {
		const batch = 1000
		for i := from; i < to; i += batch {
			var all []coremapping.Record
			for n := i; n < min(to, i+batch); n++ {
				cells := make([]coremapping.Cell, 4)
				for c, text := range []string{fmt.Sprintf("E%07d", n), fmt.Sprintf("First%d", n%977), fmt.Sprintf("Last%d", n%9973), fmt.Sprintf("title %d", n%40)} {
					cells[c] = coremapping.Cell{Text: text}
				}
				all = append(all, coremapping.Record{Anchor: fmt.Sprintf("a%07d", n), Cells: cells})
			}
			if !yield(all, nil) {
				return
			}
		}
	}
}

// wide gives the list mappings of n attributes of an extension, which are off.
func (w *world) wide(n int) {
	w.t.Helper()
	w.must(w.ChangeList(context.Background(), sam, w.list.ID, func(l *roster.List) error {
		for i := range n {
			l.Mappings = append(l.Mappings, coremapping.Mapping{
				Attribute: fmt.Sprintf("urn:example:wide:2.0:User:attribute%03d", i), Transforms: []coremapping.Transform{"trim"}, Field: "job_title",
			})
		}
		return nil
	}))
	w.reread()
}
