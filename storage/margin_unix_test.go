//go:build unix

package storage

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"testing"

	bolt "go.etcd.io/bbolt"

	"muster/core"
)

// Pages have blocks before they are used, and what is in use is never touched.
func TestPagesAreMadeReady(t *testing.T) {
	s := fresh(t, Options{})
	value := bytes.Repeat([]byte("v"), 3000)
	for i := range 400 {
		if err := s.Update(ctx, func(tx core.WriteTx) error { return tx.PutPreference(1, fmt.Sprint(i), value) }); err != nil {
			t.Fatal(err)
		}
	}
	var used int64
	if err := s.db.View(func(tx *bolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	if has := info.Sys().(*syscall.Stat_t).Blocks * 512; has < used+marginStep/8 {
		t.Errorf("%d bytes are in use, and only %d have blocks", used, has)
	}
	for i := range 400 {
		if err := s.View(ctx, func(tx core.Tx) error {
			if got, ok := tx.Preference(1, fmt.Sprint(i)); !ok || !bytes.Equal(got, value) {
				t.Errorf("%d is %q", i, got)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := s.Check(ctx, nil); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
}
