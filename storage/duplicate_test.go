package storage

import (
	"slices"
	"strings"
	"testing"

	"muster/core"
	"muster/core/roster"
)

// Who is not the same as whom is kept for people of the list only, in order,
// and Check names whatever is not.
func TestCheckNamesWhoIsWronglyApart(t *testing.T) {
	type pair func(w *world) (a, b roster.PersonID)
	ordered := func(w *world) []roster.PersonID {
		ids := []roster.PersonID{w.people["1"].ID, w.people["2"].ID}
		slices.SortFunc(ids, func(a, b roster.PersonID) int { return slices.Compare(a[:], b[:]) })
		return ids
	}
	for _, c := range []struct {
		name string
		pair pair
		want string
	}{
		{"two people", func(w *world) (a, b roster.PersonID) { return ordered(w)[0], ordered(w)[1] }, ""},
		{"out of order", func(w *world) (a, b roster.PersonID) { return ordered(w)[1], ordered(w)[0] }, "are not in order"},
		{"one person", func(w *world) (a, b roster.PersonID) { return ordered(w)[0], ordered(w)[0] }, "are not in order"},
		{"a stranger", func(w *world) (a, b roster.PersonID) { return roster.PersonID{15: 1}, ordered(w)[0] }, "there is no such person"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := makeWorld(t)
			a, b := c.pair(w)
			err := w.Update(t.Context(), func(tx core.WriteTx) error {
				return tx.PutDismissal(w.list.ID, core.Dismissal{A: a, B: b, By: "kim"})
			})
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(w.check(t), "\n")
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("it says %q, not %q", said, c.want)
			}
		})
	}
	t.Run("what cannot be read", func(t *testing.T) {
		w := makeWorld(t)
		err := w.Update(t.Context(), func(tx core.WriteTx) error {
			return tx.(*txn).put(apart, w.list.ID, []byte("short"), []byte("{}"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(w.check(t), "\n"); !strings.Contains(said, "cannot be read") {
			t.Errorf("it says %q", said)
		}
	})
}
