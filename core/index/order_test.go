package index

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"muster/core/roster"

	"pgregory.net/rapid"
)

// checkOrder holds an order against a plain stable sort of the rows.
func checkOrder(t *rapid.T, ix *Index, f roster.Field, desc bool) {
	t.Helper()
	key := func(row uint32) []byte {
		e, ok := ix.Row(row)
		if !ok {
			t.Fatalf("there is no row %d", row)
		}
		value := e.Values.Get(f.ID)
		if value == "" {
			return nil
		}
		folded := []byte(roster.Fold(value))
		if f.Type == roster.Number {
			folded = roster.AppendNumberKey(nil, folded)
		}
		return append(folded, 0) // not nil
	}
	want := make([]uint32, ix.size())
	for i := range want {
		want[i] = uint32(i)
	}
	slices.SortStableFunc(want, func(a, b uint32) int {
		x, y := key(a), key(b)
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
				t.Fatalf("by field %d, descending %t: row %d (%q) at place %d, want row %d (%q)", f.ID, desc, got[i], key(got[i]), i, want[i], key(want[i]))
			}
		}
	}
}

// drawSortable draws values that agree at first, differ late, and are long.
func drawSortable(t *rapid.T, label string) string {
	stem := rapid.SampledFrom([]string{"", "a", "Ä", "student", "student.", "computer science and ", "0123456", "-0", "x\u0301",
		string(bytes.Repeat([]byte("long "), 14)), string(bytes.Repeat([]byte("long "), 15)), "\u0301"}).Draw(t, label)
	return stem + rapid.SampledFrom([]string{"", "", "1", "2", "12", "b", "Z", "é", "a", " ", "abcdefgh", "abcdefgi"}).Draw(t, label+" end")
}

func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ix := New()
		text, number := roster.Field{ID: 1, Type: roster.Text}, roster.Field{ID: 2, Type: roster.Number}
		draw := func(id uint64) roster.Person {
			v := roster.Values("").With(1, drawSortable(t, "text")).
				With(2, rapid.SampledFrom([]string{"", "0", "00", "7", "007", "10", "9.5", "-3", "-20", "123456789012345678901", "123456789012345678902", "1e"}).Draw(t, "number"))
			return roster.Person{ID: idOf(id), Status: roster.Status(rapid.IntRange(0, 2).Draw(t, "status")), Values: v}
		}
		people := 0
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			var batch []roster.Person
			for range rapid.IntRange(0, 80).Draw(t, "new") {
				batch = append(batch, draw(uint64(people)))
				people++
			}
			if people > 0 {
				for range rapid.IntRange(0, 3).Draw(t, "changed") {
					batch = append(batch, draw(uint64(rapid.IntRange(0, people-1).Draw(t, "who"))))
				}
			}
			ix.Put(batch...)
			for _, f := range []roster.Field{text, number, {ID: 2, Type: roster.Text}} {
				checkOrder(t, ix, f, false)
				checkOrder(t, ix, f, true)
			}
		}
	})
}
