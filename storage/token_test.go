package storage

import (
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/roster"
)

func TestCheckNamesWhatIsWrongWithTokens(t *testing.T) {
	token := func(n byte, list int) core.StoredToken {
		t := core.StoredToken{Token: core.Token{Prefix: "sct_abcdef"}}
		t.Hash[0], t.List = n, 1
		if list != 0 {
			t.List = 9
		}
		return t
	}
	for name, c := range map[string]struct {
		tamper func(t *txn) error
		want   string
	}{
		"nothing":                {func(t *txn) error { return t.PutToken(token(1, 0)) }, ""},
		"a broken token":         {func(t *txn) error { return t.tx.Bucket(tokensBucket).Put(make([]byte, 32), []byte("{")) }, "cannot be read"},
		"a broken administrator": {func(t *txn) error { return t.tx.Bucket(adminsBucket).Put([]byte("kim"), []byte("{")) }, "cannot be read"},
		"an administrator by another name": {func(t *txn) error {
			return t.tx.Bucket(adminsBucket).Put([]byte("kim"), []byte(`{"name":"lee"}`))
		}, "cannot be read"},
		"a role in no list": {func(t *txn) error {
			return t.PutAdministrator(&core.Administrator{Name: "kim", Lists: map[roster.ListID]core.Role{9: core.Viewer}})
		}, "does not exist"},
		"a token by name":   {func(t *txn) error { return t.tx.Bucket(tokensBucket).Put([]byte("x"), []byte("{}")) }, "cannot be read"},
		"a token of no one": {func(t *txn) error { return t.PutToken(token(1, 9)) }, "of list number 9"},
		"a prefix twice": {func(t *txn) error {
			if err := t.PutToken(token(1, 0)); err != nil {
				return err
			}
			return t.PutToken(token(2, 0))
		}, "Two tokens have the prefix sct_abcdef"},
		"an empty setting": {func(t *txn) error { return t.tx.Bucket(settingsBucket).Put([]byte("x"), nil) }, "no value"},
	} {
		t.Run(name, func(t *testing.T) {
			w := makeWorld(t)
			if err := w.db.Update(func(tx *bolt.Tx) error { return c.tamper(&txn{tx: tx}) }); err != nil {
				t.Fatal(err)
			}
			said := w.check(t)
			if c.want == "" && said != nil || c.want != "" && !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, c.want) }) {
				t.Errorf("nothing says %q, only:\n%s", c.want, strings.Join(said, "\n"))
			}
		})
	}
}
