package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/fault"
)

// folder lists the names in a folder.
func folder(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

func closing(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func snapshotOf(t *testing.T, s *Store) *Snapshot {
	t.Helper()
	n, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A copy is of the moment of the snapshot, whatever is written meanwhile.
func TestCopyIsOfItsMoment(t *testing.T) {
	w := makeWorld(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "backup.db")
	n := snapshotOf(t, w.Store)
	for i := range 200 {
		if err := w.Update(ctx, put(fmt.Sprint("later ", i))); err != nil {
			t.Fatal(err)
		}
	}
	p := new(core.Progress)
	if err := n.Copy(ctx, path, p); err != nil {
		t.Fatal(err)
	}
	if step, ok := p.Step(); !ok || step.Doing != "Verifying" {
		t.Errorf("the last that was done is %+v", step)
	}
	if got := folder(t, dir); len(got) != 1 {
		t.Errorf("beside the backup there are %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v (%v)", info.Mode(), err)
	}
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, s)
	if has(t, s, "later 0") {
		t.Error("the copy has what was written after its moment")
	}
	if err := n.Close(); err != nil {
		t.Errorf("closing it again: %v", err)
	}
}

// However slowly a snapshot is read, writers go on, even when the file grows.
func TestWritersDoNotWaitForASnapshot(t *testing.T) {
	s := fresh(t, Options{Unsafe: true})
	n := snapshotOf(t, s)
	defer closing(t, n)
	value := bytes.Repeat([]byte("v"), 1<<20)
	for i := range 64 {
		err := s.Update(ctx, func(tx core.WriteTx) error { return tx.PutPreference(1, fmt.Sprint(i%8), value) })
		if err != nil {
			t.Fatal(err)
		}
	}
	// It is what was replaced that the file keeps, and no more once it is read.
	grown := s.db.Stats().PendingPageN
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.Update(ctx, put("after")); err != nil {
			t.Fatal(err)
		}
	}
	if now := s.db.Stats(); now.PendingPageN >= grown || now.FreePageN < grown/2 {
		t.Errorf("%d pages waited for the snapshot; after it %d do, and %d are free", grown, now.PendingPageN, now.FreePageN)
	}
}

func TestCopyThatFailsLeavesNothing(t *testing.T) {
	w := makeWorld(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "backup.db")
	if err := os.WriteFile(path, []byte("the last one"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := snapshotOf(t, w.Store).Copy(gone, path, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// A store that contradicts itself is no backup.
	if err := w.db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket(names.name(w.list.ID)) }); err != nil {
		t.Fatal(err)
	}
	if err := snapshotOf(t, w.Store).Copy(ctx, path, nil); !fault.Is(err, fault.Damaged) {
		t.Errorf("damaged: %v", err)
	}
	if err := snapshotOf(t, w.Store).Copy(ctx, filepath.Join(dir, "none", "backup.db"), nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("no folder: %v", err)
	}
	if got := folder(t, dir); len(got) != 1 {
		t.Errorf("it left %q", got)
	}
	if b, err := os.ReadFile(path); string(b) != "the last one" {
		t.Errorf("the last backup is %q (%v)", b, err)
	}
}

func TestSweepTakesWhatWasCutOff(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".muster-1.db.123.partial", ".other.db.1.partial", "muster-1.db", ".muster-keep"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Sweep(dir, "muster-"); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(folder(t, dir)); got != "[.muster-keep .other.db.1.partial muster-1.db]" {
		t.Errorf("there are %s", got)
	}
}

func TestRestorePutsABackupInPlace(t *testing.T) {
	w := makeWorld(t)
	dir := t.TempDir()
	backup, path, old := filepath.Join(dir, "backup.db"), filepath.Join(dir, "muster.db"), filepath.Join(dir, "old.db")
	if err := snapshotOf(t, w.Store).Copy(ctx, backup, nil); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	restore := func(b []byte, keep string) error {
		return Restore(ctx, bytes.NewReader(b), int64(len(b)), path, keep, nil)
	}
	is := func(t *testing.T, path string, want []byte) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what it should be (%v)", path, err)
		}
	}
	if err := restore(whole, ""); err != nil {
		t.Fatal(err)
	}
	is(t, path, whole)

	// Another moment of it, which is not overwritten without being told.
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, put("since")); err != nil {
		t.Fatal(err)
	}
	if err := restore(whole, old); !fault.Is(err, fault.Busy) {
		t.Errorf("while it is open: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	since, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := restore(whole, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("over another: %v", err)
	}
	for what, b := range map[string][]byte{"cut short": whole[:len(whole)-4096], "none": nil, "no store": []byte("hello")} {
		if err := restore(b, old); !fault.Is(err, fault.Damaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	is(t, path, since)
	if err := restore(whole, old); err != nil {
		t.Fatal(err)
	}
	is(t, path, whole)
	is(t, old, since)

	// A damaged store can be replaced too.
	if err := os.WriteFile(path, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := restore(whole, old+"2"); err != nil {
		t.Fatal(err)
	}
	is(t, path, whole)
	if got := len(folder(t, dir)); got != 4 {
		t.Errorf("there are %q", folder(t, dir))
	}
}

// Who waits for a store that another takes the place of gets the other.
func TestOpeningFollowsTheName(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "muster.db"), filepath.Join(dir, "other.db")
	for _, p := range []string{path, other} {
		s, err := Open(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Update(ctx, func(tx core.WriteTx) error { return tx.PutSetting("is", filepath.Base(p)) }); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	release, err := hold(path)
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		close(begun)
		s, err := Open(path, Options{})
		if err == nil {
			err = s.View(ctx, func(tx core.Tx) error {
				if is := tx.Setting("is"); is != "other.db" {
					return fmt.Errorf("opened %s", is)
				}
				return nil
			})
			err = errors.Join(err, s.Close())
		}
		opened <- err
	}()
	<-begun
	if err := swap(other, path, ""); err != nil {
		t.Fatal(err)
	}
	release()
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

func TestCompactGivesRoomBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "muster.db")
	w := makeWorld(t)
	if err := snapshotOf(t, w.Store).Copy(ctx, path, nil); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	reading := func(tx core.WriteTx) error {
		return errors.Join(tx.PutRun(w.list.ID, 1, []byte(`{"number":1,"reading":{}}`)), tx.PutNote(w.list.ID, 1, "page", "2"))
	}
	if err := s.Update(ctx, reading); err != nil {
		t.Fatal(err)
	}
	value := bytes.Repeat([]byte("v"), 1<<20)
	for i := range 8 {
		if err := s.Update(ctx, func(tx core.WriteTx) error { return tx.PutPreference(w.list.ID, fmt.Sprint(i), value) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket(views.name(w.list.ID)) }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(ctx, path, nil); !fault.Is(err, fault.Busy) {
		t.Errorf("while it is open: %v", err)
	}
	before := rowsIn(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	was, is, err := Compact(ctx, path, new(core.Progress))
	if err != nil || was < 8<<20 || is > 1<<20 {
		t.Errorf("it had %d bytes and has %d (%v)", was, is, err)
	}
	if s, err = Open(path, Options{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	defer closing(t, s)
	sameRows(t, before, rowsIn(t, s))
	if got := folder(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("there are %q", got)
	}
}

// rowsIn is all that a store holds, by bucket and key.
func rowsIn(t *testing.T, s *Store) map[string]string {
	t.Helper()
	rows := make(map[string]string)
	var gather func(name string, b *bolt.Bucket) error
	gather = func(name string, b *bolt.Bucket) error {
		rows[name+" is there"] = ""
		return b.ForEach(func(k, v []byte) error {
			if v == nil {
				return gather(fmt.Sprintf("%s %q", name, k), b.Bucket(k))
			}
			rows[fmt.Sprintf("%s %q", name, k)] = string(v)
			return nil
		})
	}
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return gather(fmt.Sprintf("%q", name), b) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func sameRows(t *testing.T, want, got map[string]string) {
	t.Helper()
	for k, v := range want {
		if is, there := got[k]; !there || is != v {
			t.Errorf("%s is %q, should be %q", k, is, v)
		}
	}
	for k := range got {
		if _, there := want[k]; !there {
			t.Errorf("there is %s, and should not be", k)
		}
	}
}
