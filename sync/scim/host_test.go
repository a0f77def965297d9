package scim_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/scim"
	"muster/sync/scim/provision"
)

// The protocol is tested on two directories: the plain one in memory, which
// says no more than the interfaces ask, and the real one, in a store.
const (
	inMemory = "memory"
	inStore  = "store"
)

// everywhere runs a test on both directories.
func everywhere(t *testing.T, test func(t *testing.T)) {
	t.Run(inMemory, test)
	t.Run(inStore, test)
}

// host watches another host: what it is told, and what is written.
type host struct {
	scim.Host
	token string
	// overrule decides against what a user says of active.
	overrule func(id string) error
	stored   *stored // nil in memory

	mu     sync.Mutex
	notes  []scim.Facts
	writes int
}

// newHost makes a host of the kind that the test's name asks for, with one list,
// staff.
func newHost(t testing.TB) *host {
	if strings.Contains(t.Name()+"/", "/"+inStore+"/") {
		return newStored(t)
	}
	m := newMemory()
	m.overruled = make(map[string]bool)
	return &host{Host: m, token: m.token, overrule: func(id string) error {
		m.overruled[id] = true
		return nil
	}}
}

func newStored(t testing.TB) *host {
	t.Helper()
	s, err := openStoreAt(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true}, ticking())
	return s.until(t, err).host
}

// ticking returns a clock by which a moment passes whenever it is looked at, so
// that everything happens at a time of its own.
func ticking() core.Clock {
	var ticks atomic.Int64
	return func() time.Time {
		return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(ticks.Add(1)) * time.Millisecond)
	}
}

// until closes the store when the test ends.
func (s *stored) until(t testing.TB, err error) *stored {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// stored is a host of a store.
type stored struct {
	*host
	engine *core.Engine
	list   roster.ListID
	uid    func(*roster.Person) string
	clock  core.Clock
	rest   func() // ends what goes on beside requests
	close  func() error
}

// openStore opens a store, or makes one with a list whose people are known by
// their userName, and a token for it.
func openStore(path string, opts storage.Options) (*stored, error) {
	return openStoreAt(path, opts, time.Now)
}

func openStoreAt(path string, opts storage.Options, clock core.Clock) (*stored, error) {
	ctx, admin := context.Background(), core.LocalUser("admin")
	store, err := storage.Open(path, opts)
	if err != nil {
		return nil, err
	}
	e, err := core.Open(ctx, store, core.Options{Clock: clock, Kinds: []core.SourceKind{provision.NewKind()}})
	if err != nil {
		return nil, err
	}
	l, err := e.List(ctx, "staff")
	if fault.Is(err, fault.NotFound) {
		l, err = connected(ctx, e, admin, "staff")
	}
	if err != nil {
		return nil, err
	}
	secret, _, err := e.NewToken(ctx, admin, l.ID, "test", time.Time{})
	if err != nil {
		return nil, err
	}
	p := provision.New(e, slog.New(slog.DiscardHandler))
	run, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() { p.Run(run) })
	s := &stored{
		host: &host{Host: p, token: secret}, engine: e, list: l.ID, clock: clock,
		uid: func(p *roster.Person) string { return l.UID(p.Values) },
		rest: func() {
			stop()
			ended.Wait()
		},
	}
	s.close = func() error {
		s.rest()
		return store.Close()
	}
	s.overrule = func(id string) error { return reactivate(e, l.ID, id) }
	s.stored = s
	return s, nil
}

// connected makes a list.
func connected(ctx context.Context, e *core.Engine, admin core.Actor, slug string) (roster.List, error) {
	l, err := e.CreateList(ctx, admin, roster.List{Slug: slug})
	if err != nil {
		return l, err
	}
	if l, err = e.Connect(ctx, admin, l.ID, "scim", "username"); err != nil {
		return l, err
	}
	err = e.ChangeList(ctx, admin, l.ID, func(l *roster.List) error {
		l.Limits = roster.Limits{} // much comes and goes in tests
		l.Mappings = append(l.Mappings, mapping.Mapping{Attribute: customURN + ":badge", Field: "badge", On: true})
		return l.Schema.Add(roster.Field{Key: "badge"})
	})
	return l, err
}

// reactivate makes the person of a user active by hand.
func reactivate(e *core.Engine, list roster.ListID, id string) error {
	ctx := context.Background()
	var person roster.PersonID
	err := e.ViewResources(ctx, list, func(r core.ResourceReader) error {
		s, err := r.Get(core.UserResource, id)
		person, _ = r.Person(&s)
		return err
	})
	if err != nil {
		return err
	}
	d, err := e.DraftStatus(ctx, list, []roster.PersonID{person}, roster.Active, nil)
	if err != nil {
		return err
	}
	_, err = e.ApplyDraft(ctx, core.LocalUser("admin"), d, core.How{})
	return err
}

// options are those of a service that has the time of the store.
func (h *host) options(o scim.Options) scim.Options {
	if h.stored != nil && o.Clock == nil {
		o.Clock = h.stored.clock
	}
	return o
}

func (h *host) Enter(ctx context.Context, c scim.Caller) (scim.Access, error) {
	a, err := h.Host.Enter(ctx, c)
	a.Directory = &watched{a.Directory, h}
	return a, err
}

func (h *host) Note(f scim.Facts) {
	h.Host.Note(f)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.notes) < 10_000 {
		h.notes = append(h.notes, f)
	}
}

func (h *host) lastNote() scim.Facts {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.notes[len(h.notes)-1]
}

// overruled asks the directory.
func (h *host) overruled(id string) (overruled bool, err error) {
	a, err := h.Host.Enter(context.Background(), scim.Caller{List: "staff", Token: sha256.Sum256([]byte(h.token))})
	if err != nil {
		return false, err
	}
	err = a.Directory.View(context.Background(), func(r scim.Reader) error {
		overruled, err = r.Overruled(id)
		return err
	})
	return overruled, err
}

// watched counts the writes of a directory.
type watched struct {
	scim.Directory
	h *host
}

func (w *watched) count(err error) {
	if err == nil {
		w.h.mu.Lock()
		w.h.writes++
		w.h.mu.Unlock()
	}
}

func (w *watched) Create(ctx context.Context, k scim.Kind, d scim.Draft) (scim.Entry, error) {
	e, err := w.Directory.Create(ctx, k, d)
	w.count(err)
	return e, err
}

func (w *watched) Replace(ctx context.Context, k scim.Kind, id string, revision uint64, d scim.Draft) (scim.Entry, error) {
	e, err := w.Directory.Replace(ctx, k, id, revision, d)
	w.count(err)
	return e, err
}

func (w *watched) Delete(ctx context.Context, k scim.Kind, id string, revision uint64) (scim.Entry, error) {
	e, err := w.Directory.Delete(ctx, k, id, revision)
	w.count(err)
	return e, err
}

// newWire talks to a new host over a network.
func newWire(t testing.TB, opts scim.Options) *wire { return newHost(t).wire(t, opts) }

func (h *host) wire(t testing.TB, opts scim.Options) *wire {
	server := httptest.NewServer(scim.New(h, h.options(opts)))
	t.Cleanup(server.Close)
	return &wire{t: t, host: h, server: server, client: server.Client(), header: http.Header{
		"Authorization": {"Bearer " + h.token}, "Content-Type": {"application/scim+json"},
	}}
}

// newDirect is newWire without a network: requests go straight to the service.
func newDirect(t testing.TB) *wire {
	h := newHost(t)
	service := scim.New(h, h.options(scim.Options{}))
	return &wire{t: t, host: h, client: &http.Client{Transport: straight{service}}, server: &httptest.Server{URL: "http://list.test"}, header: http.Header{
		"Authorization": {"Bearer " + h.token}, "Content-Type": {"application/scim+json"},
	}}
}
