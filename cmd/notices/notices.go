// Package notices tells webhooks and commands what a person should know of a
// list: a changeset that is held, a sync that failed, a token that is about to
// expire, a provider that cannot push any more. What there is to tell follows
// from how things stand, so nothing is missed while nothing ran, and what has
// been told is remembered with the list, so nothing is told twice.
package notices

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
)

// Notice is one thing to be told, as JSON.
type Notice struct {
	ID        string       `json:"id"` // the same each time that it is tried
	Event     roster.Event `json:"event"`
	List      string       `json:"list"`
	At        time.Time    `json:"at"`
	Text      string       `json:"text"` // a sentence
	Changeset uint64       `json:"changeset,omitempty"`
	// Key tells it from others of its list: it is told once.
	Key string `json:"-"`
}

// Delivery is what became of a notice at one outlet.
type Delivery struct {
	At      time.Time    `json:"at"`
	Outlet  int          `json:"outlet"`
	Event   roster.Event `json:"event"`
	Text    string       `json:"text"`
	Tries   int          `json:"tries"`
	Problem string       `json:"problem,omitempty"` // why it failed, empty if it did not
}

// Memory is what is remembered of a list's notices.
type Memory struct {
	Told []string   `json:"told,omitempty"` // keys of what has been told, and is still so
	Log  []Delivery `json:"log,omitempty"`  // the last, oldest first
}

// The bounds: of deliveries that wait, of those that are logged, and of a
// notice's tries.
const (
	mostWaiting = 256
	mostLogged  = 50
	mostTries   = 6
)

// memory is the name under which a list's Memory is kept.
const memory = "notices"

// Options are what a Sender needs.
type Options struct {
	Engine *core.Engine
	// Pending returns what there is to tell of a list.
	Pending func(ctx context.Context, l *roster.List) ([]Notice, error)
	// Send tells one outlet.
	Send func(ctx context.Context, l *roster.List, o *roster.Outlet, n *Notice) error
	// Wait returns true after a while, and false when ctx ends first.
	Wait func(ctx context.Context, d time.Duration) bool
	Log  *slog.Logger
}

// Sender tells what there is to tell. It is safe for concurrent use.
type Sender struct {
	Options
	queue chan delivery
	mu    sync.Mutex // held while a list's memory is changed
}

// delivery is a notice on its way to an outlet.
type delivery struct {
	list   roster.List
	outlet roster.Outlet
	notice Notice
}

// New makes a Sender.
func New(o Options) *Sender {
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Sender{Options: o, queue: make(chan delivery, mostWaiting)}
}

func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// look is how often it looks for what there is to tell.
const look = 15 * time.Second

// Run tells until ctx ends. What was not told by then is told the next time.
func (s *Sender) Run(ctx context.Context) error {
	var senders sync.WaitGroup
	defer senders.Wait()
	for range 4 {
		senders.Go(func() { s.work(ctx) })
	}
	for {
		if err := s.Look(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("Cannot tell what there is to tell", "error", err)
		}
		if !s.Wait(ctx, look) {
			return nil
		}
	}
}

// Look queues what there is to tell and has not been told. What there is no room
// for in the queue waits for the next look.
func (s *Sender) Look(ctx context.Context) error {
	lists, err := s.Engine.Lists(ctx)
	if err != nil {
		return err
	}
	for i := range lists {
		if l := &lists[i]; len(l.Outlets) > 0 {
			if err := s.list(ctx, l); err != nil {
				return fmt.Errorf("look at list %s: %w", l.Slug, err)
			}
		}
	}
	return nil
}

func (s *Sender) list(ctx context.Context, l *roster.List) error {
	pending, err := s.Pending(ctx, l)
	if err != nil {
		return err
	}
	return s.change(ctx, l.ID, func(m *Memory) {
		var still []string
		for _, n := range pending {
			told := slices.Contains(m.Told, n.Key)
			if told || s.enqueue(l, n) {
				still = append(still, n.Key)
			}
		}
		m.Told = still
	})
}

// enqueue has a notice told to everyone who wants it, or to nobody if there is
// no room.
func (s *Sender) enqueue(l *roster.List, n Notice) bool {
	var all []delivery
	for _, o := range l.Outlets {
		if o.Wants(n.Event) {
			all = append(all, delivery{*l, o, n})
		}
	}
	if len(all) > cap(s.queue)-len(s.queue) {
		s.Log.Warn("Too many notices wait", "list", l.Slug, "event", n.Event)
		return false
	}
	for _, d := range all {
		s.queue <- d // there is room: only this fills it, under the lock
	}
	return true
}

// work tells what is queued until ctx ends.
func (s *Sender) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-s.queue:
			s.deliver(ctx, &d)
		}
	}
}

// deliver tells one outlet, and tries again for a while if that fails: after 2 s,
// and then four times as long each time.
func (s *Sender) deliver(ctx context.Context, d *delivery) {
	pause := 2 * time.Second
	for tries := 1; ; tries++ {
		err := s.Send(ctx, &d.list, &d.outlet, &d.notice)
		if ctx.Err() != nil {
			s.untold(context.WithoutCancel(ctx), d)
			return
		}
		if err == nil || tries == mostTries || fault.Is(err, fault.Denied) {
			s.Logged(context.WithoutCancel(ctx), d.list.ID, d.outlet.Number, &d.notice, tries, err)
			return
		}
		s.Log.Info("A notice was not taken; it is tried again", "list", d.list.Slug, "outlet", d.outlet.Number, "in", pause, "error", err)
		if !s.Wait(ctx, pause) {
			s.untold(context.WithoutCancel(ctx), d)
			return
		}
		pause *= 4
	}
}

// untold has a notice told again the next time that a Muster is up.
func (s *Sender) untold(ctx context.Context, d *delivery) {
	err := s.change(ctx, d.list.ID, func(m *Memory) {
		m.Told = slices.DeleteFunc(m.Told, func(key string) bool { return key == d.notice.Key })
	})
	if err != nil {
		s.Log.Error("What was not told is forgotten", "list", d.list.Slug, "event", d.notice.Event, "error", err)
	}
}

// Logged keeps what became of a notice.
func (s *Sender) Logged(ctx context.Context, list roster.ListID, outlet int, n *Notice, tries int, failed error) {
	d := Delivery{At: s.Engine.Now().UTC().Truncate(time.Second), Outlet: outlet, Event: n.Event, Text: n.Text, Tries: tries}
	if failed != nil {
		d.Problem = fault.Sentence(failed)
		s.Log.Error("A notice could not be told", "list", n.List, "outlet", outlet, "event", n.Event, "tries", tries, "error", failed)
	}
	err := s.change(ctx, list, func(m *Memory) {
		m.Log = append(m.Log, d)
		m.Log = m.Log[max(0, len(m.Log)-mostLogged):]
	})
	if err != nil {
		s.Log.Error("What became of a notice is not kept", "list", n.List, "error", err)
	}
}

// Recall returns what is remembered of a list's notices.
func Recall(ctx context.Context, e *core.Engine, list roster.ListID) (m Memory, err error) {
	text, err := e.Preference(ctx, list, memory)
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &m)
	}
	return m, err
}

// change changes what is remembered of a list, if fn changes anything.
func (s *Sender) change(ctx context.Context, list roster.ListID, fn func(*Memory)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := Recall(ctx, s.Engine, list)
	if err != nil {
		return err
	}
	before, err := json.Marshal(m)
	if err != nil {
		return err
	}
	fn(&m)
	after, err := json.Marshal(m)
	if err != nil || string(before) == string(after) {
		return err
	}
	return s.Engine.Remember(ctx, list, memory, after)
}
