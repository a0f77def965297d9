//go:build unix

package storage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"muster/core"
	"muster/core/fault"
	"muster/storage/powercut"
)

// On a full disk a write is refused with a sentence, and the store stays as it
// was; once there is room, work goes on.
func TestFullDisk(t *testing.T) {
	if !powercut.Alone(t) {
		return
	}
	path := filepath.Join(t.TempDir(), "muster.db")
	w := makeWorld(t)
	if err := snapshotOf(t, w.Store).Copy(ctx, path, nil); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, put("before")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	large := func(name string) func(core.WriteTx) error {
		return func(tx core.WriteTx) error { return tx.PutPreference(1, name, bytes.Repeat([]byte("v"), 1<<22)) }
	}
	room := powercut.Full(t, info.Size())
	for i := range 3 {
		if err := s.Update(ctx, large(fmt.Sprint("large ", i))); !fault.Is(err, fault.Full) {
			t.Fatalf("on a full disk: %v", err)
		}
	}
	// What is there can be read, and a write that fits is taken.
	if !has(t, s, "before") || has(t, s, "large 0") {
		t.Error("the store is not as it was")
	}
	if err := s.Update(ctx, put("fits")); err != nil {
		t.Errorf("what fits is refused: %v", err)
	}
	// A backup that does not fit says so, and the last one stays.
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(backup, []byte("the last one"), 0o600); err != nil {
		t.Fatal(err)
	}
	room()
	room = powercut.Full(t, info.Size()/2)
	if err := snapshotOf(t, s).Copy(ctx, backup, nil); !fault.Is(err, fault.Full) {
		t.Errorf("a backup on a full disk: %v", err)
	}
	if left := folder(t, filepath.Dir(backup)); len(left) != 1 {
		t.Errorf("it left %q", left)
	}
	if b, err := os.ReadFile(backup); string(b) != "the last one" {
		t.Errorf("the last backup is %q (%v)", b, err)
	}
	room()
	if err := s.Update(ctx, large("large")); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := snapshotOf(t, s).Copy(ctx, backup, nil); err != nil {
		t.Errorf("a backup with room again: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	found, err := Check(ctx, path, nil)
	if err != nil || len(found) > 0 {
		t.Errorf("afterwards: %v (%v)", found, err)
	}
	if s, err = Open(path, Options{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	defer closing(t, s)
	for name, want := range map[string]bool{"before": true, "fits": true, "large": true, "large 0": false} {
		if has(t, s, name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
}
