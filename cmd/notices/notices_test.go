package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/seal"
	"muster/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var mara = core.LocalUser("mara")

// desk is a list with an outlet, and what there is to tell of it.
type desk struct {
	t       *testing.T
	e       *core.Engine
	list    roster.List
	mu      sync.Mutex
	pending []Notice
	sent    []string
	fails   int // so many tries
	denied  bool
	told    chan struct{}
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	key := seal.NewKey()
	e, err := core.Open(t.Context(), store, core.Options{Key: func(bool) (seal.Key, error) { return key, nil }})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, e: e, told: make(chan struct{}, 100)}
	if d.list, err = e.CreateList(t.Context(), mara, roster.List{Slug: "staff"}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) outlet(events ...roster.Event) {
	d.t.Helper()
	_, secret, err := d.e.AddOutlet(d.t.Context(), mara, d.list.ID, roster.Outlet{URL: "https://hooks.example.org/", Events: events})
	if err != nil || !strings.HasPrefix(secret, "whsec_") {
		d.t.Fatal(secret, err)
	}
}

func (d *desk) sender() *Sender {
	return New(Options{
		Engine: d.e, Log: slog.New(slog.DiscardHandler),
		Pending: func(context.Context, *roster.List, uint64) ([]Notice, uint64, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			all := slices.Clone(d.pending)
			for i := range all {
				all[i].ID = all[i].Key + "." // which in truth is another at each look
			}
			return all, 0, nil
		},
		Send: func(_ context.Context, _ *roster.List, o *roster.Outlet, n *Notice) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.sent = append(d.sent, fmt.Sprint(o.Number, " ", n.ID))
			if d.denied {
				return fault.New(fault.Denied, "The secret is gone")
			}
			if d.fails--; d.fails >= 0 {
				return errors.New("out of reach")
			}
			return nil
		},
		Wait: func(ctx context.Context, by time.Duration) bool {
			if by == look {
				d.told <- struct{}{}
				<-ctx.Done()
			}
			return ctx.Err() == nil
		},
	})
}

// run looks once, and tells until the log has so many entries.
func (d *desk) run(logged int) Memory {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.sender().Run(ctx) }()
	<-d.told
	var m Memory
	for m, _ = Recall(ctx, d.e, d.list.ID); len(m.Log) < logged; m, _ = Recall(ctx, d.e, d.list.ID) {
		select {
		case <-time.After(time.Millisecond):
		case <-d.t.Context().Done():
			d.t.Fatalf("it has told %+v", m.Log)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		d.t.Error(err)
	}
	return m
}

// What there is to tell is told once to whoever wants it, by every run together.
func TestTellsOnce(t *testing.T) {
	d := newDesk(t)
	d.outlet(roster.Events()...)
	d.outlet(roster.SyncFailed)
	d.pending = []Notice{{Event: roster.ChangesetHeld, Key: "held 4", List: "staff"}, {Event: roster.SyncFailed, Key: "failed 1", List: "staff"}}
	d.fails = 2
	m := d.run(3)
	for range 2 {
		d.run(3)
	}
	if len(d.sent) != 5 || len(m.Told) != 2 {
		t.Errorf("it sent %q, and remembers %q", d.sent, m.Told)
	}
	// What is over is forgotten, and told again when it is so again.
	was := d.pending
	d.pending = nil
	d.run(3)
	d.pending = was[:1]
	if m = d.run(4); len(d.sent) != 6 || fmt.Sprint(m.Told) != "[held 4]" {
		t.Errorf("then it sent %q, and remembers %q", d.sent, m.Told)
	}
}

// It is tried again, not forever, and what became of it is kept.
func TestTriesAgain(t *testing.T) {
	d := newDesk(t)
	d.outlet(roster.Events()...)
	d.pending = []Notice{{Event: roster.SyncFailed, Key: "failed 1", Text: "The sync failed"}}
	d.fails = 100
	m := d.run(1)
	if len(d.sent) != mostTries || m.Log[0].Tries != mostTries || m.Log[0].Problem == "" || m.Log[0].Text != "The sync failed" {
		t.Errorf("it tried %d times: %+v", len(d.sent), m.Log)
	}
	// What cannot be mended by trying is tried once.
	d.denied, d.pending = true, []Notice{{Event: roster.SyncFailed, Key: "failed 2"}}
	if m = d.run(2); m.Log[1].Tries != 1 || m.Log[1].Problem != "The secret is gone" {
		t.Errorf("it says %+v", m.Log[1])
	}
}

// The queue is bounded: what does not fit waits, and is told later.
func TestQueueIsBounded(t *testing.T) {
	d := newDesk(t)
	d.outlet(roster.Events()...)
	for i := range mostWaiting + 10 {
		d.pending = append(d.pending, Notice{Event: roster.SyncFailed, Key: fmt.Sprint(i)})
	}
	s := d.sender()
	if err := s.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, err := Recall(t.Context(), d.e, d.list.ID)
	if err != nil || len(s.queue) != mostWaiting || len(m.Waiting) != mostWaiting || len(m.Told) != mostWaiting {
		t.Errorf("%d are queued, %d wait, and %d are told (%v)", len(s.queue), len(m.Waiting), len(m.Told), err)
	}
}

// What was to be told when the process was killed is told when one is up again, by
// its id, to those whom it had not reached, also if it is not so any more; and what
// a sync has failed with, also if a later one did not.
func TestNothingIsLostWithTheProcess(t *testing.T) {
	d := newDesk(t)
	d.outlet(roster.Events()...)
	d.outlet(roster.Events()...)
	d.pending = []Notice{{Event: roster.ChangesetHeld, Key: "held 4"}}
	killed := d.sender()
	if err := killed.Look(t.Context()); err != nil { // and nobody works at what it queued
		t.Fatal(err)
	}
	first := <-killed.queue
	killed.deliver(t.Context(), &first) // but one that was

	d.pending = nil
	m := d.run(2)
	if fmt.Sprint(d.sent) != "[1 held 4. 2 held 4.]" || len(m.Waiting) != 0 || len(m.Told) != 0 {
		t.Errorf("it sent %q, and remembers %+v", d.sent, m)
	}
	// An outlet that is gone is told nothing more.
	d.pending = []Notice{{Event: roster.ChangesetHeld, Key: "held 5"}}
	if err := d.sender().Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.e.RemoveOutlet(t.Context(), mara, d.list.ID, 2); err != nil {
		t.Fatal(err)
	}
	if m = d.run(3); len(d.sent) != 3 || len(m.Waiting) != 0 {
		t.Errorf("it sent %q, and remembers %+v", d.sent, m)
	}
}

// What was not told when it ends waits for the next time.
func TestTheEndInterruptsATry(t *testing.T) {
	d := newDesk(t)
	d.outlet(roster.Events()...)
	d.pending = []Notice{{Event: roster.SyncFailed, Key: "failed 1"}}
	s := d.sender()
	ctx, cancel := context.WithCancel(t.Context())
	s.Send = func(context.Context, *roster.List, *roster.Outlet, *Notice) error {
		cancel()
		return errors.New("out of reach")
	}
	if err := errors.Join(s.Look(ctx), s.Run(ctx)); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if m, err := Recall(t.Context(), d.e, d.list.ID); err != nil || len(m.Waiting) != 1 || len(m.Log) != 0 {
		t.Errorf("it remembers %+v (%v)", m, err)
	}
	if d.run(1); fmt.Sprint(d.sent) != "[1 failed 1.]" {
		t.Errorf("it sent %q", d.sent)
	}
}

func TestPostIsSigned(t *testing.T) {
	at := time.Unix(1_772_442_000, 0)
	n := &Notice{ID: "n1", Event: roster.ChangesetHeld, List: "staff", Text: "Changeset 4 of staff is held", Changeset: 4}
	status := http.StatusNoContent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		var got Notice
		if err != nil || json.Unmarshal(body, &got) != nil || got.Text != n.Text {
			t.Errorf("the body is %s (%v)", body, err)
		}
		if want := Sign("whsec_x", "1772442000", body); q.Header.Get("Muster-Signature") != want || q.Header.Get("Muster-Id") != "n1" {
			t.Errorf("the headers are %v", q.Header)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	client := NewClient()
	defer client.CloseIdleConnections()
	if err := Post(t.Context(), client, server.URL, "whsec_x", n, at); err != nil {
		t.Error(err)
	}
	for _, status = range []int{302, 404, 500} {
		if err := Post(t.Context(), client, server.URL, "whsec_x", n, at); !fault.Is(err, fault.Busy) {
			t.Errorf("%d: %v", status, err)
		}
	}
	server.Close()
	if err := Post(t.Context(), client, server.URL, "whsec_x", n, at); !fault.Is(err, fault.Busy) {
		t.Errorf("nobody there: %v", err)
	}
	// RFC 4231, test case 2, with the dot in the data.
	if got := Sign("Jefe", "what do ya want for nothing?", nil); !strings.HasPrefix(got, "sha256=") || len(got) != 7+64 {
		t.Errorf("a signature is %s", got)
	}
}

func TestExecute(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	n := &Notice{Event: roster.SyncFailed, List: "staff", Text: "It failed; $(touch " + out + ".shell)"}
	o := &roster.Outlet{Command: []string{"/bin/sh", "-c", `cat > "$1"; echo "$MUSTER_EVENT" >> "$1"`, "sh", out}}
	if err := Execute(t.Context(), o, n); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), `"text":"It failed; $(touch`) || !strings.HasSuffix(string(text), "\nsync-failed\n") {
		t.Errorf("it got %s (%v)", text, err)
	}
	if err := Execute(t.Context(), &roster.Outlet{Command: []string{"/bin/sh", "-c", "exit 3"}}, n); !fault.Is(err, fault.Busy) {
		t.Errorf("one that fails: %v", err)
	}
	if err := Execute(t.Context(), &roster.Outlet{Command: []string{filepath.Join(t.TempDir(), "none")}}, n); !fault.Is(err, fault.Busy) {
		t.Errorf("one that is not there: %v", err)
	}
}
