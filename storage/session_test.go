package storage

import (
	"context"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/roster"
	"muster/core/session"
)

// TestCheckFindsDamagedSessions: Check tells what is wrong with sessions and
// the people in them, and nothing when they are whole.
func TestCheckFindsDamagedSessions(t *testing.T) {
	for name, damage := range map[string]struct {
		do   func(tx *bolt.Tx) error
		says string
	}{
		"nothing":      {func(*bolt.Tx) error { return nil }, ""},
		"no head":      {func(tx *bolt.Tx) error { return tx.Bucket(sessionsBucket).Delete(sessionKey(1)) }, "in session 1, which there is not"},
		"a short head": {func(tx *bolt.Tx) error { return tx.Bucket(sessionsBucket).Put(sessionKey(2), []byte("{")) }, "cannot be read"},
		"a short key":  {func(tx *bolt.Tx) error { return tx.Bucket(membersBucket).Put([]byte("x"), nil) }, "where nobody can be"},
		"a stranger": {func(tx *bolt.Tx) error {
			m := session.Member{Person: roster.PersonID{1}}
			return tx.Bucket(membersBucket).Put(memberKey(1, m.Person), session.Append(nil, &m))
		}, "and there is no such person"},
		"a lost member": {func(tx *bolt.Tx) error {
			c := tx.Bucket(membersBucket).Cursor()
			c.First()
			return c.Delete()
		}, "Session 1 counts"},
	} {
		t.Run(name, func(t *testing.T) {
			w := makeWorld(t)
			ctx := context.Background()
			e, err := core.Open(ctx, w.Store, core.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.CreateSession(ctx, core.LocalUser("mara"), core.NewSession{List: w.list.ID, Name: "autumn"}); err != nil {
				t.Fatal(err)
			}
			if err := w.db.Update(damage.do); err != nil {
				t.Fatal(err)
			}
			found, err := w.Check(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, p := range found {
				all = append(all, p.String())
			}
			if told := strings.Join(all, "\n"); damage.says == "" && told != "" || !strings.Contains(told, damage.says) {
				t.Errorf("found %q, wanted %q", told, damage.says)
			}
		})
	}
}

// TestAnOlderFileGetsWhatItLacks: a store that was made before there were
// sessions can hold them once it is opened.
func TestAnOlderFileGetsWhatItLacks(t *testing.T) {
	w := makeWorld(t)
	path := w.Path()
	if err := w.db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket(membersBucket) }); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Check(context.Background(), nil)
	if err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
