package core_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/storage"
	"muster/storage/powercut"
)

var kills = flag.Int("kills", 50, "how often the crash test kills a process")

func TestMain(m *testing.M) {
	powercut.Main(map[string]powercut.Workload{
		"for ever": func(store string, out io.Writer) error { return work(store, out, 1<<30) },
		"a while":  func(store string, out io.Writer) error { return work(store, out, 24) },
	})
	goleak.VerifyTestMain(m)
}

// lists are worked on at the same time, so that their writes share commits.
func lists() []string { return []string{"staff", "students"} }

// work is what a child does until it is killed: one step after another in each
// list. It says a list and a number once that many steps are on disk, first of
// all of those that it finds.
func work(path string, out io.Writer, steps int) error {
	store, err := storage.Open(path, storage.Options{})
	if err != nil {
		return err
	}
	e, err := core.Open(ctx, store, core.Options{ChunkSize: 10})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	say := func(text string) error {
		mu.Lock()
		defer mu.Unlock()
		_, err := io.WriteString(out, text+"\n")
		return err
	}
	workers := make([]*worker, len(lists()))
	for i, slug := range lists() {
		if workers[i], err = newWorker(e, slug); err != nil {
			return err
		}
	}
	for _, w := range workers {
		if err := say(fmt.Sprint(w.slug, " ", w.done)); err != nil {
			return err
		}
	}
	ended := make(chan error, len(workers))
	for _, w := range workers {
		go func() {
			for w.done < steps {
				if err := w.step(); err != nil {
					ended <- fmt.Errorf("%s, step %d: %w", w.slug, w.done, err)
					return
				}
				if err := say(fmt.Sprint(w.slug, " ", w.done)); err != nil {
					ended <- err
					return
				}
			}
			ended <- nil
		}()
	}
	for range workers {
		err = errors.Join(err, <-ended)
	}
	return errors.Join(err, store.Close())
}

// worker changes one list in steps. What a step does depends on its number and
// on the list only, and each is one changeset: so a list tells how many steps
// it has taken, and anyone can work out how it must look.
type worker struct {
	e    *core.Engine
	slug string
	list roster.ListID
	done int
}

func newWorker(e *core.Engine, slug string) (*worker, error) {
	l, err := e.List(ctx, slug)
	if fault.Is(err, fault.NotFound) {
		l = roster.List{Slug: slug}
		for _, f := range []roster.Field{{Key: "no", UID: true}, {Key: "name"}, {Key: "dept"}, {Key: "room"}} {
			if err := l.Schema.Add(f); err != nil {
				return nil, err
			}
		}
		l, err = e.CreateList(ctx, mara, l)
	}
	if err != nil {
		return nil, err
	}
	w := &worker{e: e, slug: slug, list: l.ID}
	waiting, err := w.changesets(func(c *changeset.Changeset) bool { return c.Open() })
	for _, c := range waiting { // proposed by the step that was cut off
		if _, err := e.Reject(ctx, mara, c.ID); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	applied, err := w.changesets((*changeset.Changeset).Done)
	w.done = len(applied)
	return w, err
}

func (w *worker) changesets(keep func(*changeset.Changeset) bool) ([]changeset.Changeset, error) {
	return w.e.Changesets(ctx, -1, func(c *changeset.Changeset) bool { return c.List == w.list && keep(c) })
}

func (w *worker) step() error {
	steps := []func() error{
		w.importFile, w.edit, w.add, w.importLater, w.edit, w.setStatus, w.rollBack, w.rename, w.importFile, w.rollBack, w.edit, w.rollBack,
	}
	if err := steps[w.done%len(steps)](); err != nil {
		return err
	}
	w.done++
	return nil
}

func (w *worker) plan() (*core.Draft, error) {
	random := rand.New(rand.NewPCG(uint64(w.done), 1))
	var rows []said
	for n := range 45 {
		if random.IntN(5) > 0 {
			rows = append(rows, row(fmt.Sprintf("u%02d", n), fmt.Sprint("step ", w.done), ""))
		}
	}
	return w.e.Plan(ctx, core.Intake{
		List: w.list, Origin: changeset.Import, Full: true,
		Attributes: []string{"no", "name", "dept"}, Mappings: importMappings(), Records: records(rows),
	})
}

func (w *worker) importFile() error {
	d, err := w.plan()
	if err != nil {
		return err
	}
	return w.apply(d)
}

func (w *worker) importLater() error {
	d, err := w.plan()
	if err != nil {
		return err
	}
	head, err := w.e.Propose(ctx, mara, d)
	if err != nil {
		return err
	}
	_, err = w.e.Apply(ctx, mara, head.ID, core.How{})
	return err
}

func (w *worker) apply(d *core.Draft) error {
	_, err := w.e.ApplyDraft(ctx, mara, d, core.How{})
	return err
}

// some are the first people of the list by UID.
func (w *worker) some(most int) ([]roster.Person, error) {
	var people []roster.Person
	err := w.e.EachPerson(ctx, w.list, func(p *roster.Person) error {
		keep := *p
		keep.Values = roster.Values(strings.Clone(string(p.Values)))
		people = append(people, keep)
		return nil
	})
	slices.SortFunc(people, func(a, b roster.Person) int { return strings.Compare(a.Values.Get(1), b.Values.Get(1)) })
	return people[:min(most, len(people))], err
}

func (w *worker) set(f roster.FieldID, value string) error {
	people, err := w.some(20)
	if err != nil {
		return err
	}
	p := people[w.done%len(people)]
	_, err = w.e.SetFields(ctx, mara, w.list, p.ID, []changeset.Change{{Field: f, Base: p.Values.Get(f), Proposed: value}})
	return err
}

func (w *worker) edit() error { return w.set(4, fmt.Sprint("room ", w.done)) }

func (w *worker) rename() error { return w.set(1, fmt.Sprint("renamed ", w.done)) }

func (w *worker) add() error {
	_, _, err := w.e.AddPerson(ctx, mara, w.list, map[roster.FieldID]string{1: fmt.Sprint("added ", w.done)})
	return err
}

func (w *worker) setStatus() error {
	people, err := w.some(15)
	if err != nil {
		return err
	}
	var ids []roster.PersonID
	for _, p := range people {
		ids = append(ids, p.ID)
	}
	d, err := w.e.DraftStatus(ctx, w.list, ids, 1-people[0].Status, nil)
	if err != nil {
		return err
	}
	return w.apply(d)
}

func (w *worker) rollBack() error {
	applied, err := w.changesets((*changeset.Changeset).Done)
	if err != nil {
		return err
	}
	last := slices.MaxFunc(applied, func(a, b changeset.Changeset) int { return int(a.Seq) - int(b.Seq) })
	d, err := w.e.Rollback(ctx, last.ID)
	if err != nil {
		return err
	}
	return w.apply(d)
}

// look writes down the list as it is, without what differs from run to run.
func (w *worker) look() (string, error) {
	people, err := w.some(1 << 30)
	if err != nil {
		return "", err
	}
	l, err := w.e.List(ctx, w.slug)
	var b strings.Builder
	fmt.Fprintf(&b, "%d active, %d inactive, %d withdrawn\n", l.Standing.Active, l.Standing.Inactive, l.Standing.Withdrawn)
	for _, p := range people {
		history, err := w.e.History(ctx, w.list, p.ID)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %s, changed %d times\n", p.Status, text(p.Values), len(history))
	}
	return b.String(), err
}

// truth knows how a list looks after any number of steps, from taking them on a
// store of its own that nobody disturbs.
type truth struct {
	w     *worker
	looks []string
}

func newTruth(t *testing.T) *truth {
	t.Helper()
	w := newTestWorld(t, false)
	own, err := newWorker(w.Engine, "truth")
	w.must(err)
	look, err := own.look()
	w.must(err)
	return &truth{w: own, looks: []string{look}}
}

func (o *truth) after(t *testing.T, steps int) string {
	t.Helper()
	for len(o.looks) <= steps {
		if err := o.w.step(); err != nil {
			t.Fatal(err)
		}
		look, err := o.w.look()
		if err != nil {
			t.Fatal(err)
		}
		o.looks = append(o.looks, look)
	}
	return o.looks[steps]
}

// hear notes in acknowledged what a child has said.
func hear(t *testing.T, acknowledged map[string]int, said string) {
	t.Helper()
	var slug string
	var steps int
	if _, err := fmt.Sscan(said, &slug, &steps); err != nil {
		t.Fatalf("a child says %q: %v", said, err)
	}
	acknowledged[slug] = steps
}

// survived opens a store after a crash: it is sound, all that was acknowledged
// is there, and of what was not, all or nothing.
func (o *truth) survived(t *testing.T, path string, opts storage.Options, acknowledged map[string]int) {
	t.Helper()
	store, err := storage.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		found, err := storage.Check(ctx, path, nil)
		if err != nil || len(found) > 0 {
			t.Errorf("the store contradicts itself: %v, %v", found, err)
		}
	}()
	e, err := core.Open(ctx, store, core.Options{ChunkSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, slug := range lists() {
		if _, err := e.List(ctx, slug); err != nil && acknowledged[slug] == 0 {
			continue
		}
		w, err := newWorker(e, slug)
		if err != nil {
			t.Fatal(err)
		}
		if said := acknowledged[slug]; w.done != said && w.done != said+1 {
			t.Fatalf("%s has taken %d steps, and %d were acknowledged", slug, w.done, said)
		}
		look, err := w.look()
		if err != nil {
			t.Fatal(err)
		}
		if want := o.after(t, w.done); look != want {
			t.Fatalf("%s after %d steps is\n%s\nwanted\n%s", slug, w.done, look, want)
		}
		acknowledged[slug] = w.done
	}
}

// A process is killed at random moments of imports and edits, again and again,
// on one store.
func TestKilledProcessesLoseNothingTheyAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "muster.db")
	o := newTruth(t)
	acknowledged := make(map[string]int)
	seed := uint64(time.Now().UnixNano())
	t.Logf("moments of seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for n := range *kills {
		killed(t, path, acknowledged, time.Duration(random.IntN(60_000))*time.Microsecond)
		// Now and then the next process must do the recovery, and may be killed in it.
		if n%4 != 1 {
			o.survived(t, path, storage.Options{}, acknowledged)
		}
	}
	o.survived(t, path, storage.Options{}, acknowledged)
	t.Logf("killed %d times in %v steps", *kills, acknowledged)
}

// killed runs a child and kills it a while after it has begun, or sooner.
func killed(t *testing.T, path string, acknowledged map[string]int, after time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	child := powercut.Child(t, "for ever", path)
	var complaint bytes.Buffer
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var kill *time.Timer
	if after%7 == 0 { // without waiting for it: while it opens the store
		kill = time.AfterFunc(after/2, cancel)
	}
	context.AfterFunc(ctx, func() { _ = child.Process.Kill() }) // it may have ended
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		hear(t, acknowledged, lines.Text())
		if kill == nil {
			kill = time.AfterFunc(after, cancel)
		}
	}
	if err := errors.Join(lines.Err(), complained(child.Wait(), complaint.String())); err != nil {
		t.Fatal(err)
	}
	kill.Stop()
}

// complained is what a child complains of; that it was killed is no complaint.
func complained(err error, complaint string) error {
	if complaint != "" {
		return fmt.Errorf("%w: %s", err, complaint)
	}
	return nil
}

// The power is cut at many moments of a run: what had not been synced may be
// there or not, by the sector.
func TestPowerCutsLoseNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "muster.db")
	log := powercut.Trace(t, powercut.Child(t, "a while", path), path)
	o := newTruth(t)
	const cuts = 80
	for n := range cuts {
		moment := 1 + n*log.Events()/cuts
		image := filepath.Join(dir, "image.db")
		acknowledged := make(map[string]int)
		texts, err := log.Restore(image, moment, uint64(n))
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range texts {
			hear(t, acknowledged, strings.TrimSpace(string(said)))
		}
		if len(acknowledged) == 0 {
			continue // the store was not whole yet, and nobody was told that it is
		}
		o.survived(t, image, storage.Options{Unsafe: true}, acknowledged)
		if t.Failed() {
			t.Fatalf("power cut after %d of %d events", moment, log.Events())
		}
	}
}
