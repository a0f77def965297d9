package core_test

import (
	"fmt"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/session"
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

// BenchmarkPushOfEverybody pushes a session in which all of 100,000 people were
// edited, and tells how long an edit of the list waits meanwhile at most.
func BenchmarkPushOfEverybody(b *testing.B) {
	const people = 100_000
	w := newWorld(b, b.TempDir(), false)
	defer w.close()
	rows := make([]said, people)
	for i := range rows {
		rows[i] = row(fmt.Sprintf("E%06d", i), "Ada Reed", "Art")
	}
	w.apply(w.planImport(true, rows...))
	longest := time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		s := w.newSession(core.NewSession{})
		w.editEverybody(s.ID)
		w.clock()
		stop, ended := make(chan struct{}), make(chan time.Duration)
		go w.editUntil(stop, ended)
		b.StartTimer()
		head, _, err := w.Push(ctx, noor, s.ID, false)
		b.StopTimer()
		close(stop)
		longest = max(longest, <-ended)
		if w.must(err); head.Counts.Updates != people {
			b.Fatalf("pushed %+v", head.Counts)
		}
		_, err = w.Reject(ctx, mara, head.ID)
		w.must(err)
		b.StartTimer()
	}
	b.ReportMetric(float64(longest.Milliseconds()), "ms-longest-edit")
}

// editEverybody edits the name of all people of a session at one stroke.
func (w *world) editEverybody(id session.ID) {
	w.t.Helper()
	w.must(w.store.Update(ctx, func(tx core.WriteTx) error {
		s, err := tx.Session(id)
		if err != nil {
			return err
		}
		var all []session.Member
		if err := tx.EachMember(id, func(m *session.Member) error { all = append(all, *m); return nil }); err != nil {
			return err
		}
		for i := range all {
			s.Counts.Count(&all[i], -1)
			all[i].Set(session.Edit{Field: nameField, Text: fmt.Sprint("Bo ", i), Base: "Ada Reed", Fresh: true, By: noor.Name})
			s.Counts.Count(&all[i], 1)
			if err := tx.PutMember(id, &all[i]); err != nil {
				return err
			}
		}
		return tx.PutSession(&s)
	}))
}

// editUntil edits somebody's room again and again until stop is closed, and
// tells how long that took at most.
func (w *world) editUntil(stop <-chan struct{}, ended chan<- time.Duration) {
	longest := time.Duration(0)
	p, _ := w.PersonByUID(ctx, w.list, "E000001")
	for n := 0; ; n++ {
		select {
		case <-stop:
			ended <- longest
			return
		default:
		}
		started := time.Now()
		text := fmt.Sprint("Room ", n)
		_, err := w.SetFields(ctx, mara, w.list, p.ID, []changeset.Change{{Field: roomField, Base: p.Values.Get(roomField), Proposed: text}})
		if err == nil {
			p.Values = p.Values.With(roomField, text)
		}
		longest = max(longest, time.Since(started))
	}
}
