package roster_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"muster/tui"
	"muster/tui/terminal"
)

const million = 1_000_000

func keyOf(key string) tea.KeyPressMsg {
	switch key {
	case "down":
		return tea.KeyPressMsg{Code: tea.KeyDown}
	case "up":
		return tea.KeyPressMsg{Code: tea.KeyUp}
	case "pgdown":
		return tea.KeyPressMsg{Code: tea.KeyPgDown}
	case "right":
		return tea.KeyPressMsg{Code: tea.KeyRight}
	}
	r := []rune(key)[0]
	return tea.KeyPressMsg{Code: r, Text: key}
}

// BenchmarkFrame measures one frame, Update and View of the whole session, at
// 1,000,000 people and 160×48: at most 4 ms and 1,000 allocations.
func BenchmarkFrame(b *testing.B) {
	w := newWorld(b, million)
	for _, c := range []struct {
		name   string
		before []string // typed first
		keys   []string
	}{
		{"down", nil, []string{"down"}},
		{"page", nil, []string{"pgdown"}},
		{"sideways", nil, []string{"right", "left"}},
		{"filtered-down", []string{"/", "a", "n", "n", "enter"}, []string{"down"}},
		{"filtered-page", []string{"/", "a", "n", "n", "enter"}, []string{"pgdown"}},
		{"typing", []string{"/"}, []string{"a", "n", "n"}},
		{"sorted-page", []string{"right", "right", "["}, []string{"pgdown"}},
		{"mark", nil, []string{"space"}},
		{"mark-all", nil, []string{"a"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			app := w.start(terminal.Size(160, 48))
			app.WaitIdle()
			for _, key := range c.before {
				app.Press(key)
				app.WaitIdle()
			}
			m := app.Quit().(*tui.Model)
			m.View()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				m.Update(keyOf(c.keys[i%len(c.keys)]))
				m.View()
				i++
			}
		})
	}
}

// BenchmarkScrollBytes measures what a terminal is sent for one scrolled row at
// 160×48: at most 600 bytes. Names in wide characters take more, since the
// renderer writes every line that has one anew. With the details it is what
// somebody gets who rests on each person to read.
func BenchmarkScrollBytes(b *testing.B) {
	for _, c := range []struct {
		name          string
		wide, details bool
	}{{"table", false, false}, {"table-wide", true, false}, {"details", false, true}} {
		b.Run(c.name, func(b *testing.B) {
			w := newWorld(b, 0)
			w.narrow = !c.wide
			w.fill(5000)
			app := w.start(terminal.Size(160, 48))
			app.WaitIdle()
			if !c.details {
				app.Press("p")
			}
			for range 60 {
				app.Press("down")
			}
			app.WaitIdle()
			before, rows := app.Bytes(), 0
			for b.Loop() {
				app.Press("down")
				app.WaitIdle()
				rows++
			}
			b.ReportMetric(float64(app.Bytes()-before)/float64(rows), "bytes/row")
			b.ReportMetric(0, "ns/op")
		})
	}
}
