package sync_test

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"muster/core"
	"muster/tui/kit"
	"muster/tui/theme"
)

// BenchmarkFrame draws the page of a list with people, tokens and problems.
// Budget: 4 ms and 1,000 allocations.
func BenchmarkFrame(b *testing.B) {
	w := newWorld(b)
	w.connect()
	made := w.token("Okta production")
	for i := range 40 {
		w.push(made, fmt.Sprintf("user%d", i), "", "Ada", "Example")
		w.must(w.NoteRequests(ctx, []core.Request{{At: w.clock.Now(), List: w.list.ID, Token: made.Prefix, Method: "POST", Path: "/scim/v2/staff/Users", Status: 201}}))
	}
	env := kit.NewEnv(theme.Options{}, func() time.Time { return w.clock.Now() })
	env.Widths = ansi.GraphemeWidth
	screen := w.source(env, w.list)
	if run, ok := screen.Update(kit.Shown{First: true}).(kit.Run); ok {
		screen.Update(run.Cmd())
	}
	b.ReportAllocs()
	for b.Loop() {
		screen.Update(tea.KeyPressMsg{})
		_ = screen.Status()
		_ = screen.Bindings()
		_ = screen.View(120, 40)
	}
}
