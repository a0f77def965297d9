package schema_test

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"muster/core/roster"
	"muster/tui"
	"muster/tui/terminal"
)

// BenchmarkFrame measures one frame, Update and View of the whole session, at
// 1,000 fields and 160×48: at most 4 ms and 1,000 allocations. An edit has the
// whole schema gone through; a move does not.
func BenchmarkFrame(b *testing.B) {
	var fields []roster.Field
	for i := range 1000 {
		fields = append(fields, roster.Field{Key: fmt.Sprintf("field_%d", i), Label: fmt.Sprintf("Address line %d", i), UID: i == 0})
	}
	w := newWorld(b, fields, 50, func(n int) []string {
		row := make([]string, len(fields))
		for i := range row {
			row[i] = fmt.Sprint(n * i)
		}
		return row
	})
	for _, c := range []struct {
		name string
		keys []tea.KeyPressMsg
	}{
		{"down", []tea.KeyPressMsg{{Code: tea.KeyDown}}},
		{"page", []tea.KeyPressMsg{{Code: tea.KeyPgDown}, {Code: tea.KeyPgUp}}},
		{"hide", []tea.KeyPressMsg{{Code: tea.KeySpace, Text: " "}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			app := w.start(terminal.Size(160, 48))
			app.WaitIdle()
			app.Play("down")
			m := app.Quit().(*tui.Model)
			m.View()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				m.Update(c.keys[i%len(c.keys)])
				m.View()
				i++
			}
			b.ReportMetric(4_000_000, "max-ns/op")
			b.ReportMetric(1000, "max-allocs/op")
		})
	}
}
