package index

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"muster/core/roster"

	"pgregory.net/rapid"
)

// checkOrder holds an order against a plain stable sort of the rows.
func checkOrder(t *rapid.T, ix *Index, f roster.Field, desc bool) {
	t.Helper()
	keys := make([][]byte, ix.size())
	want := make([]uint32, ix.size())
	for i := range want {
		want[i] = uint32(i)
		e, ok := ix.Row(uint32(i))
		if !ok {
			t.Fatalf("there is no row %d", i)
		}
		if value := e.Values.Get(f.ID); value != "" {
			keys[i] = []byte(roster.Fold(value))
			if f.Type == roster.Number {
				keys[i] = roster.AppendNumberKey(nil, roster.Fold(value))
			}
			keys[i] = append(keys[i], 0) // never nil
		}
	}
	slices.SortStableFunc(want, func(a, b uint32) int {
		x, y := keys[a], keys[b]
		switch {
		case x == nil || y == nil:
			return int(one(x == nil)) - int(one(y == nil))
		case desc:
			return bytes.Compare(y, x)
		}
		return bytes.Compare(x, y)
	})
	got, err := ix.order(context.Background(), f, desc)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("by field %d, descending %t: row %d (%q) at place %d, want row %d (%q)", f.ID, desc, got[i], keys[got[i]], i, want[i], keys[want[i]])
			}
		}
	}
}

// sortable makes values that agree at first, differ late, and are long.
func sortable(r *rand.Rand) string {
	stems := []string{"", "a", "Ä", "student", "student.", "computer science and ", "0123456", "-0", "x\u0301", "\u0301",
		strings.Repeat("long ", 14), strings.Repeat("long ", 15), strings.Repeat("long ", 30)}
	ends := []string{"", "", "1", "2", "12", "b", "Z", "é", "a", " ", "abcdefgh", "abcdefgi"}
	return pickOne(r, stems) + pickOne(r, ends)
}

// TestOrder sorts, changes a few rows, which mends the orders, or many, which
// sorts them anew, and sorts again.
func TestOrder(t *testing.T) {
	numbers := []string{"", "0", "00", "7", "007", "10", "9.5", "-3", "-20", "123456789012345678901", "123456789012345678902", "1e"}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		person := func(id int) roster.Person {
			return roster.Person{ID: idOf(uint64(id)), Status: roster.Status(r.IntN(3)),
				Values: roster.Values("").With(1, sortable(r)).With(2, pickOne(r, numbers))}
		}
		ix, people := New(), 0
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			var batch []roster.Person
			if people > 0 {
				for range rapid.IntRange(0, 4).Draw(t, "changed") {
					batch = append(batch, person(r.IntN(people)))
				}
			}
			for range rapid.SampledFrom([]int{0, 1, 3, 60, 300}).Draw(t, "new") {
				batch = append(batch, person(people))
				people++
			}
			ix.Put(batch...)
			for _, f := range []roster.Field{{ID: 1, Type: roster.Text}, {ID: 2, Type: roster.Number}, {ID: 2, Type: roster.Text}} {
				checkOrder(t, ix, f, false)
				checkOrder(t, ix, f, true)
			}
		}
	})
}

// TestOrdersAreBounded sorts by more fields than there are orders kept.
func TestOrdersAreBounded(t *testing.T) {
	made := makePeople(t)
	ix := New()
	load(ix, 50, made.next)
	for _, f := range append(made.schema.Fields, made.schema.Fields[:2]...) {
		search(t, ix, Request{Sort: f})
	}
	if len(ix.orders.kept) != keptOrders || ix.orders.kept[0].field != 2 || ix.orders.kept[1].field != 1 {
		t.Errorf("%d orders are kept", len(ix.orders.kept))
	}
}
