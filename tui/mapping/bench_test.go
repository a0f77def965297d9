package mapping_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping"
	"muster/tui/theme"
)

// BenchmarkKeystroke goes down a line, turns it off and on again, and draws the
// editor after each: a list of a million people counts as much as one of a few
// here, since a keystroke looks at nobody but those at hand. The list has 500
// attributes of an extension. Budget: 4 ms and 1,000 allocations a keystroke.
func BenchmarkKeystroke(b *testing.B) {
	for _, width := range []int{60, 120, 250} {
		b.Run(fmt.Sprintf("attributes=500/width=%d", width), func(b *testing.B) {
			w := newWorld(b).connected().peopled(60)
			w.wide(500)
			env := kit.NewEnv(theme.Options{}, func() time.Time { return w.clock.Now() })
			screen := mapping.New(env, w.Engine, kim, &w.list, "", w.doors(env))
			pump(screen, screen.Update(kit.Shown{First: true}))
			screen.View(width, 60)
			keys := []string{"table.down", "mapping.toggle", "mapping.undo", "mapping.next", "mapping.redo", "mapping.undo"}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if n%200 == 0 {
					screen.Do("table.first")
				}
				screen.Do(keys[n%len(keys)])
				n++
				_ = screen.Status()
				_ = screen.Bindings()
				_ = screen.View(width, 60)
			}
		})
	}
}

// BenchmarkFilter types into the filter of a list with 500 attributes.
// Budget: 4 ms and 1,000 allocations a keystroke.
func BenchmarkFilter(b *testing.B) {
	w := newWorld(b).connected().peopled(60)
	w.wide(500)
	env := kit.NewEnv(theme.Options{}, func() time.Time { return w.clock.Now() })
	screen := mapping.New(env, w.Engine, kim, &w.list, "", w.doors(env))
	pump(screen, screen.Update(kit.Shown{First: true}))
	screen.Do("mapping.filter")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		key := tea.KeyPressMsg{Code: 'a', Text: "a"}
		if n%2 == 1 {
			key = tea.KeyPressMsg{Code: tea.KeyBackspace}
		}
		n++
		screen.Update(key)
		_ = screen.Status()
		_ = screen.Bindings()
		_ = screen.View(120, 40)
	}
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
