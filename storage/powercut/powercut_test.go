package powercut_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"muster/storage/powercut"
)

func TestMain(m *testing.M) {
	powercut.Main(map[string]powercut.Workload{
		"honest":  func(store string, said io.Writer) error { return put(store, said, false) },
		"cheat":   func(store string, said io.Writer) error { return put(store, said, true) },
		"sectors": sectors,
		"other":   otherWay,
		"fail":    func(string, io.Writer) error { return errors.New("no luck") },
	})
	goleak.VerifyTestMain(m)
}

// put commits key after key and says each one that it takes for stored.
func put(path string, said io.Writer, cheat bool) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: cheat, NoGrowSync: cheat})
	if err != nil {
		return err
	}
	for i := range 150 {
		key := fmt.Sprintf("key-%03d", i*7%150)
		err := db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("keys"))
			if err != nil {
				return err
			}
			return bucket.Put([]byte(key), bytes.Repeat([]byte(key), 100))
		})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(said, key); err != nil {
			return err
		}
	}
	return db.Close()
}

// sectors writes two sectors, syncs, writes two more and cuts off the last.
func sectors(path string, said io.Writer) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, first := file.WriteAt(bytes.Repeat([]byte("a"), 1024), 0)
	synced := file.Sync()
	_, saying := io.WriteString(said, "synced")
	_, second := file.WriteAt(bytes.Repeat([]byte("b"), 1024), 512)
	return errors.Join(first, synced, saying, second, file.Truncate(1024), file.Close())
}

// otherWay writes in a way that a trace does not follow.
func otherWay(path string, _ io.Writer) error {
	return os.WriteFile(path, []byte("by another way"), 0o600)
}

func trace(tb testing.TB, name string) *powercut.Log {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "store.db")
	return powercut.Trace(tb, powercut.Child(tb, name, path), path)
}

func TestHonestStoreLosesNothing(t *testing.T) {
	log := trace(t, "honest")
	if _, said := log.Cut(log.Events(), 0); len(said) != 150 {
		t.Fatalf("the child said %d keys", len(said))
	}
	random := rand.New(rand.NewPCG(1, 2))
	after := filepath.Join(t.TempDir(), "after.db")
	for range 300 {
		n, seed := random.IntN(log.Events()+1), random.Uint64()
		said, err := log.Restore(after, n, seed)
		if err != nil {
			t.Fatal(err)
		}
		lost, err := missing(after, said)
		if err != nil || len(lost) > 0 {
			t.Fatalf("cut %d, seed %d of %d events, %d keys said: lost %s, error %v", n, seed, log.Events(), len(said), lost, err)
		}
	}
}

func TestCheatIsFound(t *testing.T) {
	log := trace(t, "cheat")
	found := 0
	for seed := range uint64(20) {
		after := filepath.Join(t.TempDir(), "after.db")
		said, err := log.Restore(after, log.Events()/2, seed)
		if err != nil {
			t.Fatal(err)
		}
		if lost, err := missing(after, said); err != nil || len(lost) > 0 {
			found++
		}
	}
	if found == 0 {
		t.Error("no power cut lost a key of a store that never syncs")
	}
}

// missing opens a store after a power cut, checks it and returns the keys that
// were said and are not there.
func missing(path string, said [][]byte) (lost []string, err error) {
	// Of a store that a cheat left, pages may be missing that it maps.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("broken store: %v", fault)
		}
	}()
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	err = db.View(func(tx *bolt.Tx) error {
		bucket := tx.Bucket([]byte("keys"))
		for _, key := range said {
			if bucket == nil || !bytes.Equal(bucket.Get(key), bytes.Repeat(key, 100)) {
				lost = append(lost, string(key))
			}
		}
		if len(lost) > 0 {
			return nil
		}
		var broken error
		for err := range tx.Check() {
			broken = errors.Join(broken, err)
		}
		return broken
	})
	return lost, errors.Join(err, db.Close())
}

func TestDiskMayHoldNoMoreAndNoLessThanTheModelSays(t *testing.T) {
	log := trace(t, "sectors")
	images := func(n int) []string {
		var all []string
		for seed := range uint64(300) {
			image, _ := log.Cut(n, seed)
			all = append(all, shorten(image))
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	for _, c := range []struct {
		after  string
		n      int
		images string
	}{
		{"nothing", 0, "none"},
		{"the first write began", 1, "0a a aa none"},
		{"the sync began", 3, "0a a aa none"},
		{"the sync", 4, "aa"},
		{"the second write", 7, "aa aab ab abb"},
		{"the truncation", 9, "aa aab ab abb"},
	} {
		if got := strings.Join(images(c.n), " "); got != c.images {
			t.Errorf("after %s the disk may hold %s, want %s", c.after, got, c.images)
		}
	}
	for n, want := range map[int]int{4: 0, 5: 1} {
		if _, said := log.Cut(n, 0); len(said) != want {
			t.Errorf("after %d events %d things were said, want %d", n, len(said), want)
		}
	}
}

// shorten writes each sector as the letter that it is full of.
func shorten(image []byte) string {
	if image == nil {
		return "none"
	}
	var short strings.Builder
	for sector := range slices.Chunk(image, 512) {
		short.WriteByte(max(sector[0], '0'))
	}
	return short.String()
}

func TestCutIsRepeatable(t *testing.T) {
	log := trace(t, "sectors")
	for seed := range uint64(20) {
		a, _ := log.Cut(6, seed)
		b, _ := log.Cut(6, seed)
		if !bytes.Equal(a, b) {
			t.Errorf("seed %d gives two images", seed)
		}
	}
}

func TestRestoreMakesTheImageAFile(t *testing.T) {
	log := trace(t, "honest")
	path := filepath.Join(t.TempDir(), "after.db")
	for seed := range uint64(20) {
		for _, n := range []int{0, 3, log.Events() / 2, log.Events()} {
			image, _ := log.Cut(n, seed)
			if _, err := log.Restore(path, n, seed); err != nil {
				t.Fatal(err)
			}
			file, err := os.ReadFile(path)
			if image == nil && errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil || !bytes.Equal(file, image) {
				t.Fatalf("cut %d, seed %d: the file is not the image (error %v)", n, seed, err)
			}
		}
	}
}

func TestLogGoesOnFromTheFileThatWasThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("z"), 512), 0o600); err != nil {
		t.Fatal(err)
	}
	log := powercut.Trace(t, powercut.Child(t, "sectors", path), path)
	if image, _ := log.Cut(0, 1); shorten(image) != "z" {
		t.Errorf("before all, the disk holds %s", shorten(image))
	}
}

// A judge stands in for a test that is expected to fail.
type judge struct{ testing.TB }

func (j judge) Helper() {}

func (j judge) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func TestTraceRefuses(t *testing.T) {
	for name, want := range map[string]string{"other": "changes its store by write", "fail": "no luck", "unheard": "no workload"} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if verdict := fmt.Sprint(recover()); !strings.Contains(verdict, want) {
					t.Errorf("trace failed with %q", verdict)
				}
			}()
			path := filepath.Join(t.TempDir(), "store.db")
			powercut.Trace(judge{t}, powercut.Child(t, name, path), path)
		})
	}
}

func BenchmarkCut(b *testing.B) {
	log := trace(b, "honest")
	for b.Loop() {
		log.Cut(log.Events(), 1)
	}
}
