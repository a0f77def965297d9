package core_test

import (
	"context"
	"sync/atomic"
	"testing"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
)

// bounded is a store with room for so many writes.
type bounded struct {
	core.Store
	room *atomic.Int64
}

func (b bounded) Update(ctx context.Context, fn func(core.WriteTx) error) error {
	if b.room.Add(-1) < 0 {
		return fault.New(fault.Full, "There is no room")
	}
	return b.Store.Update(ctx, fn)
}

// What a full disk leaves half applied is taken back as soon as there is room:
// nobody enters the list before.
func TestAFullDiskInTheMiddleOfAChangeset(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("1", "Ada", ""), row("2", "Bo", "")))
	var room atomic.Int64
	w.close()
	w.chunk, w.wrap = 1, func(s core.Store) core.Store { return bounded{s, &room} }
	room.Store(1 << 30)
	w.open()
	d := w.planImport(false, row("1", "Ida", ""), row("2", "Bea", ""), row("3", "Cy", ""), row("4", "Di", ""))
	for writes := range int64(8) {
		room.Store(writes)
		if _, err := w.ApplyDraft(ctx, mara, d, core.How{}); err == nil {
			break // it took no more than that
		} else if !fault.Is(err, fault.Full) {
			t.Fatalf("after %d writes: %v", writes, err)
		}
		room.Store(0)
		if _, _, err := w.AddPerson(ctx, mara, w.list, nil); err == nil {
			t.Errorf("without room somebody enters: %v", err)
		}
		room.Store(1 << 30)
		if err := w.EachPerson(ctx, w.list, func(*roster.Person) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got := w.by("1").Values.Get(nameField); got != "Ada" {
			t.Errorf("after %d writes, and with room again, the first is called %s", writes, got)
		}
		if found, err := w.store.Check(ctx, nil); err != nil || len(found) > 0 {
			t.Errorf("after %d writes, and with room again: %v (%v)", writes, found, err)
		}
	}
	if got := w.by("1").Values.Get(nameField); got != "Ida" {
		t.Errorf("in the end the first is called %s", got)
	}
}
