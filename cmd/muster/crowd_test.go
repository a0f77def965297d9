package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"
)

// browser is a terminal session over SSH without a terminal: what is drawn is
// only counted and looked through, so that a crowd of them costs next to nothing.
type browser struct {
	client  *ssh.Client
	session *ssh.Session
	keys    interface{ Write([]byte) (int, error) }

	mu    sync.Mutex
	seen  bytes.Buffer // since the last key
	bytes int64
	drawn chan struct{} // has room for one: something was
}

func (b *browser) Write(p []byte) (int, error) {
	b.mu.Lock()
	b.seen.Write(p)
	b.bytes += int64(len(p))
	b.mu.Unlock()
	select {
	case b.drawn <- struct{}{}:
	default:
	}
	return len(p), nil
}

// browse opens the screens over SSH.
func browse(ctx context.Context, at string, key ssh.Signer, width, height int) (*browser, error) {
	client, err := dial(ctx, at, key)
	if err != nil {
		return nil, err
	}
	b := &browser{client: client, drawn: make(chan struct{}, 1)}
	if b.session, err = client.NewSession(); err == nil {
		b.keys, err = b.session.StdinPipe()
	}
	if err == nil {
		b.session.Stdout = b
		err = b.session.RequestPty("xterm-256color", height, width, nil)
	}
	if err == nil {
		err = b.session.Shell()
	}
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return b, nil
}

// press sends a key and waits until what is drawn then has a text; any will do if
// it is empty. It returns how long the first of it took.
func (b *browser) press(ctx context.Context, key, text string) (time.Duration, error) {
	b.mu.Lock()
	b.seen.Reset()
	select {
	case <-b.drawn:
	default:
	}
	b.mu.Unlock()
	start := time.Now()
	if _, err := b.keys.Write([]byte(key)); err != nil {
		return 0, err
	}
	var took time.Duration
	for {
		select {
		case <-b.drawn:
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for %q: %w", text, ctx.Err())
		}
		if took == 0 {
			took = time.Since(start)
		}
		b.mu.Lock()
		found := bytes.Contains(b.seen.Bytes(), []byte(text))
		b.mu.Unlock()
		if found {
			return took, nil
		}
	}
}

// rest waits until nothing is drawn any more: some frames.
func (b *browser) rest() {
	for {
		select {
		case <-b.drawn:
		case <-time.After(100 * time.Millisecond):
			return
		}
	}
}

// leave quits, and waits until the session is over.
func (b *browser) leave() error {
	_, err := b.keys.Write([]byte{3})
	err = errors.Join(err, b.session.Wait())
	_ = b.client.Close() // the server may have hung up
	_ = b.client.Wait()
	return err
}

const down, enter = "\x1b[B", "\r"

// Fifty sessions at once, of one person, each with a size of its own, look at
// people, and a hundred commands run beside them.
func TestFiftySessionsAtOnce(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "2 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n2,Oslo\n"), "--create", "--yes")
	o := openOffice(t, d)
	kim := o.administrator("kim", "editor")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	all := make([]*browser, 50)
	var coming errgroup.Group
	coming.SetLimit(8) // more may not be on their way in from one address
	for i := range all {
		coming.Go(func() (err error) {
			if all[i], err = browse(ctx, o.at, kim, 80+i, 24); err != nil {
				return err
			}
			if _, err := all[i].press(ctx, "", "Staff"); err != nil {
				return err
			}
			_, err = all[i].press(ctx, enter, "Bergen")
			return err
		})
	}
	if err := coming.Wait(); err != nil {
		t.Fatal(err)
	}
	var working errgroup.Group
	working.SetLimit(8)
	for i := range 100 {
		working.Go(func() error { return command(ctx, o.at, kim, "people staff --filter ^"+fmt.Sprint(i%2+1)+"$", "") })
	}
	if err := working.Wait(); err != nil {
		t.Error(err)
	}
	// All of them see a change.
	changed := make(chan error, len(all))
	for _, b := range all {
		go func() { _, err := b.press(ctx, "", "Turku"); changed <- err }()
	}
	if err := command(ctx, o.at, kim, "person set staff 2 town=Turku --yes", ""); err != nil {
		t.Error(err)
	}
	for range all {
		if err := <-changed; err != nil {
			t.Error(err)
		}
	}
	for _, b := range all {
		if err := b.leave(); err != nil {
			t.Error(err)
		}
	}
}

// command runs one over SSH with some standard input.
func command(ctx context.Context, at string, key ssh.Signer, line, in string) error {
	client, err := dial(ctx, at, key)
	if err != nil {
		return err
	}
	defer func() {
		_ = client.Close() // the server may have hung up
		_ = client.Wait()
	}()
	s, err := client.NewSession()
	if err != nil {
		return err
	}
	var errs bytes.Buffer
	s.Stdin, s.Stderr = strings.NewReader(in), &errs
	if err := s.Run(line); err != nil {
		return fmt.Errorf("%s: %w: %s", line, err, errs.String())
	}
	return nil
}

// A hundred sessions come, look, and leave; some hang up. They leave no goroutine
// and no memory behind.
func TestWhoLeavesLeavesNothing(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "2 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n2,Oslo\n"), "--create", "--yes")
	o := openOffice(t, d)
	kim := o.administrator("kim", "viewer")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	come := func(n int) {
		t.Helper()
		var coming errgroup.Group
		coming.SetLimit(8)
		for i := range n {
			coming.Go(func() error {
				b, err := browse(ctx, o.at, kim, 100, 30)
				if err != nil {
					return err
				}
				if _, err := b.press(ctx, "", "Staff"); err != nil {
					return err
				}
				if i%4 == 0 {
					err := b.client.Close()
					_ = b.client.Wait()
					return err
				}
				return b.leave()
			})
		}
		if err := coming.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	come(20) // what is made once is made
	goroutines, memory := settled(t, 0)
	come(100)
	now, heap := settled(t, goroutines)
	if now > goroutines {
		t.Errorf("%d goroutines became %d", goroutines, now)
	}
	if heap > memory+2<<20 {
		t.Errorf("%d bytes became %d", memory, heap)
	}
}

// settled waits until there are no more goroutines than most, or with 0 until
// their number stays, and returns that and the memory in use.
func settled(t *testing.T, most int) (goroutines int, heap uint64) {
	t.Helper()
	for tries, same := 0, 0; tries < 2000 && same < 20; tries++ {
		runtime.GC()
		now := runtime.NumGoroutine()
		if same++; now != goroutines {
			same = 0
		}
		if goroutines = now; most > 0 && now <= most {
			break
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return goroutines, m.HeapAlloc
}

// BenchmarkSSHSessions has fifty people browse a million over SSH, five keys a
// second each: how long from a key to the first of what is drawn, what a session
// costs in memory (the client's half of it, in this process, too), and how many
// bytes one more row costs at 160 × 48.
func BenchmarkSSHSessions(b *testing.B) {
	const sessions, keys = 50, 40
	d := newDesk(b)
	file, db := filepath.Join(d.dir, "people.csv"), filepath.Join(d.dir, "muster.db")
	now, _ := million()
	writeRoster(b, file, now)
	b.Setenv("MUSTER_DB", db)
	muster(b, "import", "staff", file, "--create", "--uid", "Employee Number", "--yes")
	o := openOffice(b, d)
	kim := o.administrator("kim", "viewer")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	open := func(width, height int) *browser {
		w, err := browse(ctx, o.at, kim, width, height)
		if err == nil {
			_, err = w.press(ctx, "", "Staff")
		}
		if err == nil {
			_, err = w.press(ctx, enter, "E00")
		}
		if err != nil {
			b.Fatal(err)
		}
		return w
	}
	first := open(160, 48)
	for b.Loop() {
		first.rest()
		if _, err := first.press(ctx, "p", ""); err != nil { // without the details of one person
			b.Fatal(err)
		}
		first.rest()
		b.ReportMetric(rowBytes(ctx, b, first), "bytes/row")
		b.ReportMetric(600, "max-bytes/row")
		if _, err := first.press(ctx, "p", ""); err != nil {
			b.Fatal(err)
		}
		before := inUse()
		all := make([]*browser, sessions)
		for i := range all {
			all[i] = open(120, 40)
		}
		var took [][]time.Duration
		used := cpu()
		var browsing errgroup.Group
		var mu sync.Mutex
		var late atomic.Int64
		for i, w := range all {
			browsing.Go(func() error {
				var own []time.Duration
				ticks := time.NewTicker(200*time.Millisecond + time.Duration(i)*time.Millisecond/10)
				defer ticks.Stop()
				for n := range keys {
					<-ticks.C
					key := down
					if n%4 == 3 {
						key = "\x1b[6~" // a page
					}
					each, err := w.press(ctx, key, "")
					if err != nil {
						return err
					}
					if each > 50*time.Millisecond {
						late.Add(1)
					}
					own = append(own, each)
				}
				mu.Lock()
				defer mu.Unlock()
				took = append(took, own)
				return nil
			})
		}
		if err := browsing.Wait(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(cpu()-used)/1e6/(sessions*keys), "cpu-ms/key")
		each := slices.Concat(took...)
		slices.Sort(each)
		b.ReportMetric(float64(each[len(each)*99/100])/1e6, "p99-ms")
		b.ReportMetric(50, "max-p99-ms")
		b.ReportMetric(float64(each[len(each)/2])/1e6, "median-ms")
		b.ReportMetric(float64(inUse()-before)/sessions/(1<<20), "session-MiB")
		b.ReportMetric(8, "max-session-MiB")
		for _, w := range all {
			if err := w.leave(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := first.leave(); err != nil {
		b.Fatal(err)
	}
}

// cpu is the time that this process has had the processor: on a machine that others
// use, too, it says what the clock does not.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// inUse is the memory that is held by what is alive, stacks too.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// rowBytes is what one more row costs over the wire once the table scrolls, in the
// middle of many: rows with wide characters cost more, because Bubble Tea paints
// those anew with every frame that they are in.
func rowBytes(ctx context.Context, b *testing.B, w *browser) float64 {
	b.Helper()
	const rows = 60
	var each []int64
	for n := range 2 * rows {
		w.mu.Lock()
		before := w.bytes
		w.mu.Unlock()
		if _, err := w.press(ctx, down, ""); err != nil {
			b.Fatal(err)
		}
		w.rest()
		w.mu.Lock()
		if n >= rows {
			each = append(each, w.bytes-before)
		}
		w.mu.Unlock()
	}
	slices.Sort(each)
	return float64(each[rows/2])
}
