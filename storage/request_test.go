package storage

import (
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"muster/core/roster"
)

func TestCheckNamesWhatIsWrongWithRequests(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(t *txn, l roster.ListID) error
		want   string
	}{
		"nothing":          {func(t *txn, l roster.ListID) error { return t.PutRequest(l, 8, []byte("{}")) }, ""},
		"a gap":            {func(t *txn, l roster.ListID) error { return t.PutRequest(l, 10, []byte("{}")) }, "from 8 to 9 are missing"},
		"a broken one":     {func(t *txn, l roster.ListID) error { return t.PutRequest(l, 8, []byte("{")) }, "Request 8 cannot be read"},
		"one at no number": {func(t *txn, l roster.ListID) error { return t.put(requests, l, []byte("x"), nil) }, "where none can be"},
	} {
		t.Run(name, func(t *testing.T) {
			w := makeWorld(t)
			if err := w.db.Update(func(tx *bolt.Tx) error {
				b := &txn{tx: tx}
				if err := b.PutRequest(w.list.ID, 7, []byte("{}")); err != nil {
					return err
				}
				return c.tamper(b, w.list.ID)
			}); err != nil {
				t.Fatal(err)
			}
			said := w.check(t)
			if c.want == "" && said != nil || c.want != "" && !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, c.want) }) {
				t.Errorf("nothing says %q, only:\n%s", c.want, strings.Join(said, "\n"))
			}
		})
	}
}
