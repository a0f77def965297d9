package core_test

import (
	"fmt"
	"testing"

	"muster/core"
	"muster/core/changeset"
)

// BenchmarkSession makes a session of 10,000 people, opens it, edits one of
// them and pushes, beside what each step takes.
func BenchmarkSession(b *testing.B) {
	w := newWorld(b, b.TempDir(), false)
	defer w.close()
	rows := make([]said, 10_000)
	for i := range rows {
		rows[i] = row(fmt.Sprintf("E%05d", i), "Ada Reed", "Art")
	}
	w.apply(w.planImport(true, rows...))
	s := w.newSession(core.NewSession{})
	m := w.opened(s.ID).Members[5000]
	names := []string{"Bo", "Cy"}
	b.Run("create", func(b *testing.B) {
		for b.Loop() {
			w.newSession(core.NewSession{})
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			w.opened(s.ID)
		}
	})
	n := 0
	edit := func(b *testing.B) {
		b.Helper()
		now := w.opened(s.ID).Members[5000].Get(nameField)
		n++
		_, err := w.EditSession(ctx, noor, s.ID, m.Person, []changeset.Change{{Field: nameField, Base: now, Proposed: names[n%2]}})
		w.must(err)
	}
	b.Run("edit and push", func(b *testing.B) {
		for b.Loop() {
			edit(b)
			_, _, err := w.Push(ctx, noor, s.ID, true)
			w.must(err)
		}
	})
}
