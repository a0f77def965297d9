package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/madeup"
	"muster/core/roster"
	"muster/storage"
)

// million is the roster of the import's budgets, in the order of nothing, and
// next the same people with one in a hundred changed.
func million() (now, next madeup.Roster) {
	now = madeup.Roster{Kind: madeup.Staff, Seed: 1, People: 1_000_000, Shuffled: true}
	next = now
	next.Next = madeup.Term{Changed: 10_000}
	return now, next
}

func writeRoster(b *testing.B, path string, r madeup.Roster) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := r.WriteCSV(f); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// child runs a command as a process of its own and returns how long it took and
// the most memory it held.
func child(b *testing.B, stdin string, path string, args ...string) (took time.Duration, peak int64) {
	b.Helper()
	c := exec.Command(path)
	c.Args = args
	c.Stdin = strings.NewReader(stdin)
	start := time.Now()
	out, err := c.CombinedOutput()
	took = time.Since(start)
	if err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("this system does not tell how much memory a process held")
	}
	return took, usage.Maxrss << 10
}

// muster runs this test program as muster.
func muster(b *testing.B, args ...string) (time.Duration, int64) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	return child(b, "", self, append([]string{"muster"}, args...)...)
}

// sqlite imports the file with sqlite3 into a table with two unique indexes; ok
// is false on a machine without it. It is given the memory that Muster takes, or
// it would write its indexes many times over.
func sqlite(b *testing.B, dir, file string) (took time.Duration, ok bool) {
	b.Helper()
	path, err := exec.LookPath("sqlite3")
	if err != nil {
		return 0, false
	}
	columns := make([]string, madeup.Columns)
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d TEXT", i)
	}
	script := fmt.Sprintf("PRAGMA cache_size=-524288;\nCREATE TABLE p(%s);\nCREATE UNIQUE INDEX a ON p(c%d);\nCREATE UNIQUE INDEX b ON p(c%d);\n.import --csv --skip 1 %s p\n",
		strings.Join(columns, ","), madeup.Number, madeup.Email, file)
	db := filepath.Join(dir, "sqlite.db")
	took, _ = child(b, script, path, "sqlite3", db)
	if err := os.Remove(db); err != nil {
		b.Fatal(err)
	}
	return took, true
}

// BenchmarkImport brings a million people of twelve columns into a list, each
// time as a process of its own: validated, mapped, journaled and on disk when it
// ends.
func BenchmarkImport(b *testing.B) {
	dir := b.TempDir()
	now, next := million()
	files := []string{filepath.Join(dir, "now.csv"), filepath.Join(dir, "next.csv")}
	writeRoster(b, files[0], now)
	writeRoster(b, files[1], next)
	peer, has := sqlite(b, dir, files[0])
	db := filepath.Join(dir, "muster.db")

	report := func(b *testing.B, took time.Duration, peak int64) {
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(float64(peak), "B")
		b.ReportMetric(1.5*(1<<30), "max-B")
		if has {
			b.ReportMetric(took.Seconds()/peer.Seconds(), "x-sqlite3")
			b.ReportMetric(2, "max-x-sqlite3")
		}
	}
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			if err := os.RemoveAll(db); err != nil {
				b.Fatal(err)
			}
			took, peak := muster(b, "import", "staff", files[0], "--create", "--yes", "--db", db)
			report(b, took, peak)
		}
	})
	b.Run("again", func(b *testing.B) {
		if missing(db) {
			muster(b, "import", "staff", files[0], "--create", "--yes", "--db", db)
		}
		for i := 1; b.Loop(); i++ {
			took, peak := muster(b, "import", "staff", files[i%2], "--deactivate-missing", "--yes", "--db", db)
			report(b, took, peak)
		}
	})
	if has {
		b.Run("sqlite3", func(b *testing.B) {
			for b.Loop() {
				took, _ := sqlite(b, dir, files[0])
				b.ReportMetric(took.Seconds(), "s")
			}
		})
	}
}

// clients edit at the same time, each a person of their own.
const clients = 8

// BenchmarkEditDuringImport changes people of a small list, one after another by
// each client, while a million come into another list.
func BenchmarkEditDuringImport(b *testing.B) {
	file := filepath.Join(b.TempDir(), "now.csv")
	now, _ := million()
	writeRoster(b, file, now)
	for b.Loop() {
		took := editDuringImport(b, filepath.Join(b.TempDir(), "muster.db"), file)
		slices.Sort(took)
		b.ReportMetric(took[len(took)/2].Seconds()*1000, "median-ms")
		b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
		b.ReportMetric(500, "max-p99-ms")
		b.ReportMetric(took[len(took)-1].Seconds()*1000, "worst-ms")
		b.ReportMetric(float64(len(took)), "edits")
	}
}

func editDuringImport(b *testing.B, db, file string) []time.Duration {
	b.Helper()
	ctx, me := b.Context(), core.LocalUser("bench")
	store, err := storage.Open(db, storage.Options{})
	if err != nil {
		b.Fatal(err)
	}
	e, err := core.Open(ctx, store, core.Options{})
	if err != nil {
		b.Fatal(err)
	}
	v := &env{streams: streams{out: io.Discard, err: io.Discard}, actor: me, db: db, store: store, engine: e}
	defer func() {
		if err := v.close(); err != nil {
			b.Error(err)
		}
	}()
	l := roster.List{Slug: "visitors"}
	for _, f := range []roster.Field{{Key: "badge", UID: true}, {Key: "name"}} {
		if err := l.Schema.Add(f); err != nil {
			b.Fatal(err)
		}
	}
	if l, err = e.CreateList(ctx, me, l); err != nil {
		b.Fatal(err)
	}
	var (
		ended = make(chan struct{})
		all   sync.WaitGroup
		mu    sync.Mutex
		took  []time.Duration
	)
	for n := range clients {
		_, person, err := e.AddPerson(ctx, me, l.ID, map[roster.FieldID]string{l.Schema.Fields[0].ID: fmt.Sprint(n)})
		if err != nil {
			b.Fatal(err)
		}
		all.Go(func() {
			own := editUntil(b, ended, e, l, person)
			mu.Lock()
			took = append(took, own...)
			mu.Unlock()
		})
	}
	if err := v.runImport(ctx, &importing{slug: "staff", path: file, create: true, yes: true}); err != nil {
		b.Error(err)
	}
	close(ended)
	all.Wait()
	return took
}

// editUntil changes a person's name again and again and returns how long each
// change took until it was on disk.
func editUntil(b *testing.B, ended <-chan struct{}, e *core.Engine, l roster.List, person roster.PersonID) (took []time.Duration) {
	was := ""
	for n := 0; ; n++ {
		select {
		case <-ended:
			return took
		case <-time.After(20 * time.Millisecond):
		}
		name, start := fmt.Sprint("name ", n), time.Now()
		_, err := e.SetFields(b.Context(), core.LocalUser("bench"), l.ID, person,
			[]changeset.Change{{Field: l.Schema.Fields[1].ID, Base: was, Proposed: name}})
		if err != nil {
			b.Error(err)
			return took
		}
		was = name
		took = append(took, time.Since(start))
	}
}
