package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
)

var ctx = context.Background()

// fresh opens a store with one list, numbered 1.
func fresh(tb testing.TB, opts Options) *Store {
	tb.Helper()
	s, err := Open(filepath.Join(tb.TempDir(), "muster.db"), opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	l := roster.List{ID: 1, Slug: "staff"}
	if err := s.Update(ctx, func(tx core.WriteTx) error { return errors.Join(tx.PutList(&l), tx.PutStanding(1, l.Standing)) }); err != nil {
		tb.Fatal(err)
	}
	return s
}

func put(name string) func(core.WriteTx) error {
	return func(tx core.WriteTx) error { return tx.PutPreference(1, name, []byte("here")) }
}

func has(t *testing.T, s *Store, name string) (there bool) {
	t.Helper()
	if err := s.View(ctx, func(tx core.Tx) error { _, there = tx.Preference(1, name); return nil }); err != nil {
		t.Fatal(err)
	}
	return there
}

// together runs writes in one commit and returns what each was told.
func together(s *Store, writes ...*write) []error {
	for _, w := range writes {
		w.done = make(chan error, 1)
		if w.ctx == nil {
			w.ctx = ctx
		}
	}
	s.commit(append([]*write(nil), writes...))
	errs := make([]error, len(writes))
	for i, w := range writes {
		errs[i] = <-w.done
	}
	return errs
}

func TestWritesThatShareACommitFailAlone(t *testing.T) {
	s := fresh(t, Options{Unsafe: true})
	wrong := errors.New("wrong")
	gone, cancel := context.WithCancel(ctx)
	runs := 0
	errs := together(s,
		&write{fn: func(tx core.WriteTx) error { runs++; return put("first")(tx) }},
		&write{fn: func(tx core.WriteTx) error { return errors.Join(put("dirty")(tx), wrong) }},
		&write{fn: func(tx core.WriteTx) error { cancel(); return put("second")(tx) }},
		&write{ctx: gone, fn: put("cancelled")},
		&write{fn: func(tx core.WriteTx) error {
			if err := put("mess")(tx); err != nil {
				return err
			}
			panic("oh no")
		}},
		&write{fn: func(core.WriteTx) error { return wrong }},
		&write{fn: func(tx core.WriteTx) error {
			if _, there := tx.Preference(1, "dirty"); there {
				t.Error("a write saw what another had failed to write")
			}
			return put("third")(tx)
		}},
	)
	for i, want := range []error{nil, wrong, nil, context.Canceled, nil, wrong, nil} {
		if i == 4 {
			if errs[i] == nil || !strings.Contains(errs[i].Error(), "oh no") {
				t.Errorf("the one that panicked was told %v", errs[i])
			}
		} else if !errors.Is(errs[i], want) {
			t.Errorf("the %d-th was told %v, wanted %v", i, errs[i], want)
		}
	}
	for name, want := range map[string]bool{"first": true, "second": true, "third": true, "dirty": false, "mess": false, "cancelled": false} {
		if has(t, s, name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
	if runs != 3 {
		t.Errorf("the first ran %d times, wanted once for each of two that took the commit with them, and once more", runs)
	}
}

// Numbers that writes of one commit are given differ, and go on after it.
func TestNumbersAscend(t *testing.T) {
	s := fresh(t, Options{Unsafe: true})
	var given []uint64
	next := func(tx core.WriteTx) error {
		given = append(given, tx.Next())
		return tx.PutUnfinished(core.Unfinished{List: 1, Seq: given[len(given)-1]})
	}
	together(s, &write{fn: next}, &write{fn: next})
	together(s, &write{fn: next})
	for i, n := range given {
		if n != uint64(i+1) {
			t.Fatalf("given %v", given)
		}
	}
}

func TestWhatIsAcknowledgedIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "muster.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := roster.List{ID: 1, Slug: "staff"}
	if err := s.Update(ctx, func(tx core.WriteTx) error { return errors.Join(tx.PutList(&l), tx.PutStanding(1, l.Standing)) }); err != nil {
		t.Fatal(err)
	}
	var acknowledged sync.Map
	var wait sync.WaitGroup
	enough := make(chan struct{})
	var count atomic.Int32
	for i := range 16 {
		wait.Go(func() {
			for n := 0; ; n++ {
				name := fmt.Sprint(i, "-", n)
				ctx, cancel := context.WithCancel(ctx)
				if n%5 == 4 {
					cancel()
				}
				err := s.Update(ctx, put(name))
				cancel()
				switch {
				case err == nil:
					acknowledged.Store(name, true)
					if count.Add(1) == 300 {
						close(enough)
					}
				case errors.Is(err, context.Canceled):
				case fault.Is(err, fault.Busy):
					return // the store is closed
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	<-enough
	if err := s.Close(); err != nil { // while they write
		t.Error(err)
	}
	wait.Wait()
	if s, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	acknowledged.Range(func(name, _ any) bool {
		if !has(t, s, name.(string)) {
			t.Errorf("%s was acknowledged and is not there", name)
		}
		return true
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	found, err := Check(ctx, path, nil)
	if err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestAClosedStoreRefuses(t *testing.T) {
	s := fresh(t, Options{Unsafe: true})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, put("late")); !fault.Is(err, fault.Busy) {
		t.Errorf("got %v", err)
	}
	if err := s.View(ctx, func(core.Tx) error { return nil }); err == nil {
		t.Error("a closed store was read")
	}
	// One that was queued when the writer had ended is answered, too.
	s.stop = make(chan struct{})
	if err := s.Update(ctx, put("late")); !fault.Is(err, fault.Busy) {
		t.Errorf("got %v", err)
	}
	s.stop = make(chan struct{})
}

func TestAReadOnlyStoreRefusesWrites(t *testing.T) {
	s := fresh(t, Options{Unsafe: true})
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, put("no")); !fault.Is(err, fault.Denied) {
		t.Errorf("got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAViewIsOneMoment(t *testing.T) {
	s := fresh(t, Options{Unsafe: true})
	err := s.View(ctx, func(tx core.Tx) error {
		if err := s.Update(ctx, put("meanwhile")); err != nil {
			return err
		}
		if _, there := tx.Preference(1, "meanwhile"); there {
			t.Error("a view saw what was written after it began")
		}
		return nil
	})
	if err != nil || !has(t, s, "meanwhile") {
		t.Errorf("got %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.View(gone, func(core.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := s.Update(gone, put("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestOpenRefusesWhatIsNoStore(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, contents []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, contents, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bbolt := func(name string, fn func(tx *bolt.Tx) error) string {
		path := filepath.Join(dir, name)
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(fn), db.Close()); err != nil {
			t.Fatal(err)
		}
		return path
	}
	format := func(n uint64) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			b, err := tx.CreateBucket(metaBucket)
			if err != nil {
				return err
			}
			return b.Put(formatKey, binary.BigEndian.AppendUint64(nil, n))
		}
	}
	whole := fresh(t, Options{Unsafe: true})
	if err := whole.Update(ctx, func(tx core.WriteTx) error { return tx.PutPreference(1, "long", make([]byte, 200_000)) }); err != nil {
		t.Fatal(err)
	}
	path := whole.Path()
	if err := whole.Close(); err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	held := fresh(t, Options{Unsafe: true})
	cases := []struct {
		name string
		path string
		opts Options
		code fault.Code
		want string
	}{
		{"a newer format", bbolt("newer", format(Format+1)), Options{}, fault.TooNew, "newer Muster (format 4; this one knows 3)"},
		{"an older format", bbolt("older", format(Format-1)), Options{}, fault.TooOld, "older Muster (format 2; this one knows 3)"},
		{"an older format, to read", bbolt("older to read", format(1)), Options{ReadOnly: true}, fault.TooOld, "export its lists to CSV"},
		{"a newer format, to read", bbolt("newer to read", format(99)), Options{ReadOnly: true}, fault.TooNew, "format 99"},
		{"another program's file", bbolt("other", func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("x")); return err }), Options{}, fault.Damaged, "no Muster store"},
		{"an empty bbolt file, to read", bbolt("empty", func(*bolt.Tx) error { return nil }), Options{ReadOnly: true}, fault.Damaged, "no Muster store"},
		{"a text", file("text", bytes.Repeat([]byte("No, Name\n"), 5000)), Options{}, fault.Damaged, "no Muster store"},
		{"a short text", file("short", []byte("hello")), Options{}, fault.Damaged, "no Muster store"},
		{"a page of zeros", file("zeros", make([]byte, 4096)), Options{}, fault.Damaged, "no Muster store"},
		{"pages of zeros", file("more zeros", make([]byte, 5*4096)), Options{}, fault.Damaged, "no Muster store"},
		{"the first page of a store", file("page", stored[:4096]), Options{}, fault.Damaged, "no Muster store"},
		{"an empty file, to read", file("nothing", nil), Options{ReadOnly: true}, fault.Damaged, "no Muster store"},
		{"a store cut short", file("cut", stored[:5*4096]), Options{}, fault.Damaged, "is cut short"},
		{"no file, to read", filepath.Join(dir, "none"), Options{ReadOnly: true}, fault.NotFound, "no store at"},
		{"a directory", dir, Options{}, fault.Damaged, "no Muster store"},
		{"a store in use", held.Path(), Options{Wait: time.Nanosecond}, fault.Busy, "Another muster has"},
		{"a store in use, to read", held.Path(), Options{Wait: time.Nanosecond, ReadOnly: true}, fault.Busy, "Another muster has"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(c.path, c.opts)
			if err == nil {
				err = errors.Join(errors.New("it was opened"), s.Close())
			}
			if !fault.Is(err, c.code) || !strings.Contains(fault.Sentence(err), c.want) {
				t.Errorf("got %q, %v", fault.CodeOf(err), err)
			}
		})
	}
	// What was refused is as it was; an empty file is a store to be.
	if again, err := os.ReadFile(filepath.Join(dir, "text")); err != nil || len(again) != 45_000 {
		t.Errorf("a refused file has %d bytes now, %v", len(again), err)
	}
	s, err := Open(file("to be", nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
