package core

import (
	"sync"

	"muster/core/roster"
)

// Notice says that something about a list is new: its people are at Version,
// or its settings or changesets moved.
type Notice struct {
	List    roster.ListID
	Version uint64
}

// Subscription hears of notices. However slow its reader, it holds one notice
// a list, the latest.
type Subscription struct {
	b       *broker
	wake    chan struct{}
	mu      sync.Mutex
	pending map[roster.ListID]Notice
}

// C is ready to be read whenever Take has something.
func (s *Subscription) C() <-chan struct{} { return s.wake }

// Take returns what came since the last Take.
func (s *Subscription) Take() []Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	notices := make([]Notice, 0, len(s.pending))
	for _, n := range s.pending {
		notices = append(notices, n)
	}
	clear(s.pending)
	return notices
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	delete(s.b.heard, s)
}

func (s *Subscription) tell(n Notice) {
	s.mu.Lock()
	if old, ok := s.pending[n.List]; !ok || n.Version >= old.Version {
		s.pending[n.List] = n
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// broker passes notices on without ever waiting for a reader.
type broker struct {
	mu    sync.Mutex
	heard map[*Subscription]struct{}
}

func (b *broker) publish(n Notice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.heard {
		s.tell(n)
	}
}

// Subscribe returns a subscription to every notice; whoever asked closes it.
func (e *Engine) Subscribe() *Subscription {
	s := &Subscription{b: &e.news, wake: make(chan struct{}, 1), pending: make(map[roster.ListID]Notice)}
	e.news.mu.Lock()
	defer e.news.mu.Unlock()
	if e.news.heard == nil {
		e.news.heard = make(map[*Subscription]struct{})
	}
	e.news.heard[s] = struct{}{}
	return s
}
