// Package notices tells webhooks and commands what a person should know of a
// list: a changeset that is held, a sync that failed, a token that is about to
// expire, a provider that cannot push any more.
//
// What there is to tell follows from how things stand and which syncs have run, so
// nothing is missed while nothing ran. It is remembered with the list before it is
// sent, and until it has arrived: it is told at least once, whenever the process
// ends, and twice only if it ends between an outlet's answer and the note of that.
// Then it has the same id.
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
	Told    []string   `json:"told,omitempty"`    // keys of what has been told, or waits, and is still so
	Run     uint64     `json:"run,omitempty"`     // the last sync that was looked at
	Waiting []Waiting  `json:"waiting,omitempty"` // what has not arrived yet, oldest first
	Log     []Delivery `json:"log,omitempty"`     // the last, oldest first
}

// Waiting is a notice that has not arrived at an outlet yet.
type Waiting struct {
	Outlet int    `json:"outlet"`
	Notice Notice `json:"notice"`
}

// The bounds: of deliveries of a list that wait, and of those that are queued; of
// those that are logged; of a notice's tries.
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
	// Pending returns what there is to tell of a list, and of its syncs after run;
	// 0 says that none was looked at before. last is the last of them.
	Pending func(ctx context.Context, l *roster.List, run uint64) (all []Notice, last uint64, err error)
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

	mu       sync.Mutex          // held while a list's memory is changed
	underway map[string]struct{} // what is queued here, by its id and outlet
}

// delivery is a notice on its way to an outlet.
type delivery struct {
	list   roster.List
	outlet roster.Outlet
	notice Notice
}

func (d *delivery) name() string {
	return fmt.Sprint(d.list.ID, " ", d.outlet.Number, " ", d.notice.ID)
}

// New makes a Sender.
func New(o Options) *Sender {
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Sender{Options: o, queue: make(chan delivery, mostWaiting), underway: make(map[string]struct{})}
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

// Look remembers what there is to tell and was not before, and queues what waits.
// What there is no room for waits for the next look.
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
	before, err := Recall(ctx, s.Engine, l.ID)
	if err != nil {
		return err
	}
	pending, last, err := s.Pending(ctx, l, before.Run)
	if err != nil {
		return err
	}
	return s.change(ctx, l.ID, func(m *Memory) {
		m.Waiting = slices.DeleteFunc(m.Waiting, func(w Waiting) bool { return outlet(l, w.Outlet) == nil })
		var still []string
		for i := range pending {
			told := slices.Contains(m.Told, pending[i].Key)
			if told || m.wait(l, &pending[i]) {
				still = append(still, pending[i].Key)
			} else {
				s.Log.Warn("Too many notices wait", "list", l.Slug, "event", pending[i].Event)
				last = before.Run // it is looked at again
			}
		}
		m.Told, m.Run = still, max(m.Run, last)
	}, func(m *Memory) { s.enqueue(l, m) })
}

func outlet(l *roster.List, number int) *roster.Outlet {
	i := slices.IndexFunc(l.Outlets, func(o roster.Outlet) bool { return o.Number == number })
	if i < 0 {
		return nil
	}
	return &l.Outlets[i]
}

// wait has a notice wait for everyone who wants it, or for nobody if there is no
// room.
func (m *Memory) wait(l *roster.List, n *Notice) bool {
	all := m.Waiting
	for _, o := range l.Outlets {
		if o.Wants(n.Event) {
			all = append(all, Waiting{o.Number, *n})
		}
	}
	if len(all) > mostWaiting {
		return false
	}
	m.Waiting = all
	return true
}

// enqueue queues what waits and is not underway, as far as there is room.
func (s *Sender) enqueue(l *roster.List, m *Memory) {
	for _, w := range m.Waiting {
		d := delivery{*l, *outlet(l, w.Outlet), w.Notice}
		if _, on := s.underway[d.name()]; on || len(s.queue) == cap(s.queue) {
			continue
		}
		s.underway[d.name()] = struct{}{}
		s.queue <- d // there is room: only this fills it, under the lock
	}
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
// and then four times as long each time. What has not arrived when ctx ends waits
// for the next time that a Muster is up.
func (s *Sender) deliver(ctx context.Context, d *delivery) {
	pause := 2 * time.Second
	for tries := 1; ; tries++ {
		err := s.Send(ctx, &d.list, &d.outlet, &d.notice)
		if err == nil || ctx.Err() == nil && (tries == mostTries || fault.Is(err, fault.Denied)) {
			s.became(context.WithoutCancel(ctx), d, tries, err)
			return
		}
		if ctx.Err() != nil {
			return
		}
		s.Log.Info("A notice was not taken; it is tried again", "list", d.list.Slug, "outlet", d.outlet.Number, "in", pause, "error", err)
		if !s.Wait(ctx, pause) {
			return
		}
		pause *= 4
	}
}

// became keeps what became of a notice, which then waits no more.
func (s *Sender) became(ctx context.Context, d *delivery, tries int, failed error) {
	n := &d.notice
	entry := Delivery{At: s.Engine.Now().UTC().Truncate(time.Second), Outlet: d.outlet.Number, Event: n.Event, Text: n.Text, Tries: tries}
	if failed != nil {
		entry.Problem = fault.Sentence(failed)
		s.Log.Error("A notice could not be told", "list", n.List, "outlet", d.outlet.Number, "event", n.Event, "tries", tries, "error", failed)
	}
	err := s.change(ctx, d.list.ID, func(m *Memory) {
		m.Waiting = slices.DeleteFunc(m.Waiting, func(w Waiting) bool { return w.Outlet == d.outlet.Number && w.Notice.ID == n.ID })
		m.Log = append(m.Log, entry)
		m.Log = m.Log[max(0, len(m.Log)-mostLogged):]
	}, func(*Memory) { delete(s.underway, d.name()) })
	if err != nil {
		s.Log.Error("What became of a notice is not kept", "list", n.List, "error", err)
	}
}

// Recall returns what is remembered of a list's notices.
func Recall(ctx context.Context, e *core.Engine, list roster.ListID) (m Memory, err error) {
	text, err := e.Kept(ctx, list, memory)
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &m)
	}
	return m, err
}

// change changes what is remembered of a list, if fn changes anything, and then does
// what follows from that.
func (s *Sender) change(ctx context.Context, list roster.ListID, fn, then func(*Memory)) error {
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
	if err == nil && string(before) != string(after) {
		err = s.Engine.Keep(ctx, list, memory, after)
	}
	if err == nil {
		then(&m)
	}
	return err
}
