package entra_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/core"
	"muster/core/mapping"
	"muster/sync/entra"
	"muster/sync/entra/graphtest"
)

// sink is a store of one list: what is current, and what a reading has staged.
// It does with pages what core says that a ReadSink does.
type sink struct {
	mu       sync.Mutex
	people   map[string]mapping.Record // that are current
	notes    map[string]string
	full     bool
	staged   map[string]mapping.Record
	noted    map[string]*string // nil was deleted
	cursor   string
	pages    int
	biggest  int
	requests int
	waits    []string // the reasons
	failAt   int      // the page that cannot be staged; 0 for none
}

var errDisk = errors.New("the disk is full")

func newSink() *sink {
	return &sink{people: map[string]mapping.Record{}, notes: map[string]string{}}
}

// begin begins a reading, or goes on with one that was cut off.
func (s *sink) begin(full bool) {
	if s.staged != nil && s.full == full && s.cursor != "" {
		return
	}
	s.full, s.cursor = full, ""
	s.staged, s.noted = map[string]mapping.Record{}, map[string]*string{}
}

func (s *sink) drop() { s.staged, s.noted, s.cursor = nil, nil, "" }

// settle makes what was staged current.
func (s *sink) settle(left mapping.Left) {
	if s.full {
		clear(s.notes)
		for id, was := range s.people {
			if _, named := s.staged[id]; !named && !was.Gone {
				was.Gone, was.Left = true, left
				s.people[id] = was
			}
		}
	}
	maps.Copy(s.people, s.staged)
	for key, value := range s.noted {
		if value == nil {
			delete(s.notes, key)
		} else {
			s.notes[key] = *value
		}
	}
	s.drop()
}

func (s *sink) Page(ctx context.Context, p core.ReadPage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.pages++; s.pages == s.failAt {
		return errDisk
	}
	s.biggest = max(s.biggest, len(p.Records))
	for _, rec := range p.Records {
		before, known := s.staged[rec.Anchor]
		if !known && (!s.full || rec.Gone) {
			before, known = s.people[rec.Anchor]
		}
		if rec.Gone && !known {
			continue
		}
		rec.Cells = slices.Clone(rec.Cells)
		if rec.Gone {
			rec.Cells = before.Cells
		}
		for i := range rec.Cells {
			if rec.Cells[i].Presence == mapping.Absent && known && i < len(before.Cells) {
				rec.Cells[i] = before.Cells[i]
			}
		}
		s.staged[rec.Anchor] = rec
	}
	for _, n := range p.Notes {
		if n.Delete {
			s.noted[n.Key] = nil
		} else {
			s.noted[n.Key] = &n.Value
		}
	}
	s.cursor = p.Cursor
	return nil
}

func (s *sink) Note(_ context.Context, key string) (string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value, staged := s.noted[key]; staged {
		if value == nil {
			return "", false, nil
		}
		return *value, true, nil
	}
	if s.full {
		return "", false, nil
	}
	value, ok := s.notes[key]
	return value, ok, nil
}

func (s *sink) Notes(_ context.Context, prefix, after string, most int) ([]core.Note, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	fits := func(key string) bool { return strings.HasPrefix(key, prefix) && key > after }
	if !s.full {
		for key, value := range s.notes {
			if fits(key) {
				all[key] = value
			}
		}
	}
	for key, value := range s.noted {
		if !fits(key) {
			continue
		}
		if delete(all, key); value != nil {
			all[key] = *value
		}
	}
	var found []core.Note
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if len(found) == most {
			break
		}
		found = append(found, core.Note{Key: key, Value: all[key]})
	}
	return found, nil
}

func (s *sink) Tell(t core.ReadTelling) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests += t.Requests
	if t.Why != "" {
		s.waits = append(s.waits, t.Why)
	}
}

// active are the ids of the people who are there, in order.
func (s *sink) active() []string {
	var ids []string
	for id, rec := range s.people {
		if !rec.Gone {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// tester is a test, or one run of a law.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Error(args ...any)
	Cleanup(fn func())
	Context() context.Context
}

// world is a tenant, a connection to it, and a list.
type world struct {
	t      tester
	tenant *graphtest.Tenant
	server *graphtest.Server
	dir    core.Directory
	sink   *sink
	order  core.ReadOrder

	mu     sync.Mutex
	waited []time.Duration
}

var usual = []string{"displayName", "employeeId", "department", "accountEnabled", "onPremisesExtensionAttributes.extensionAttribute1"}

func newWorld(t tester, o graphtest.Options) *world {
	t.Helper()
	w := &world{t: t, tenant: graphtest.New(o), sink: newSink()}
	var err error
	if w.server, err = graphtest.Serve(w.tenant); err != nil {
		t.Fatal(err)
	}
	w.order.Attributes = usual
	w.dir = w.dial(w.answers())
	t.Cleanup(func() {
		if err := w.server.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) answers() core.ConnectAnswers {
	return core.ConnectAnswers{
		Plain:   map[string]string{"tenant": w.tenant.ID(), "client": graphtest.ClientID, "base-url": w.server.URL},
		Secrets: map[string]string{"secret": graphtest.Secret},
	}
}

func (w *world) host() core.DirectoryHost {
	return core.DirectoryHost{Now: time.Now, Keep: func(context.Context, map[string]string) error { return nil }}
}

func (w *world) dial(with core.ConnectAnswers) core.Directory {
	w.t.Helper()
	d, err := entra.KindThatWaits(w.wait).Dial(with, w.host())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return d
}

// wait notes how long somebody would have waited.
func (w *world) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waited = append(w.waited, d)
	return ctx.Err()
}

// read reads and, when that went well, makes it current.
func (w *world) read(ctx context.Context, full bool) (core.ReadReport, error) {
	w.sink.begin(full)
	order := w.order
	order.Full, order.Cursor = full, w.sink.cursor
	report, err := w.dir.Read(ctx, order, w.sink)
	if err == nil {
		left := mapping.Deleted
		if len(order.Groups) > 0 {
			left = mapping.LeftGroup
		}
		w.sink.settle(left)
	}
	return report, err
}

func (w *world) mustRead(full bool) core.ReadReport {
	w.t.Helper()
	report, err := w.read(w.t.Context(), full)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

// wanted are the ids of the people in the scope.
func (w *world) wanted() []string {
	ids := w.tenant.UserIDs()
	if len(w.order.Groups) > 0 {
		ids = nil
		for _, g := range w.order.Groups {
			ids = append(ids, w.tenant.Members(g)...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// same compares the list with the tenant.
func (w *world) same(what string) {
	w.t.Helper()
	got, want := w.sink.active(), w.wanted()
	if !slices.Equal(got, want) {
		w.t.Fatalf("%s: %d people, want %d%s", what, len(got), len(want), difference(got, want))
	}
	for _, id := range got {
		for i, name := range w.order.Attributes {
			text := ""
			switch v := w.tenant.Value(id, name).(type) {
			case string:
				text = v
			case bool:
				text = map[bool]string{true: "true", false: "false"}[v]
			}
			if cell := w.sink.people[id].Cells[i]; cell.Text != text || (cell.Presence == mapping.Given) != (text != "") {
				w.t.Fatalf("%s: %s of %s is %q, want %q", what, name, id, cell.Text, text)
			}
		}
	}
}

func difference(got, want []string) string {
	var b strings.Builder
	for _, id := range got {
		if !slices.Contains(want, id) {
			b.WriteString("\n+ " + id)
		}
	}
	for _, id := range want {
		if !slices.Contains(got, id) {
			b.WriteString("\n- " + id)
		}
	}
	return b.String()
}

// left is why somebody is there no more.
func (w *world) left(id string) mapping.Left { return w.sink.people[id].Left }
