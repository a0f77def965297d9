package tui

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"muster/tui/kit"
)

// noticeStep is the least time between two deliveries of notices.
const noticeStep = 50 * time.Millisecond

// notices are the latest ones, one a list at most.
type notices []kit.Notice

// A pump merges notices, from any goroutine, into messages to one program.
// It holds no more than one notice a list, so it needs no other bound, and
// publishing never waits.
type pump struct {
	mu     sync.Mutex
	latest map[string]uint64
	wake   chan struct{}
	work   *work
	last   time.Time // delivery
}

func newPump(w *work) *pump {
	return &pump{latest: map[string]uint64{}, wake: make(chan struct{}, 1), work: w}
}

// publish takes a notice to be delivered.
func (p *pump) publish(n kit.Notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.latest) == 0 {
		p.work.start()
	}
	p.latest[n.List] = max(n.Version, p.latest[n.List])
	p.nudge()
}

// nudge wakes the listener.
func (p *pump) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// take returns what there is to deliver, ordered by list.
func (p *pump) take() notices {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(notices, 0, len(p.latest))
	for list, version := range p.latest {
		all = append(all, kit.Notice{List: list, Version: version})
	}
	clear(p.latest)
	slices.SortFunc(all, func(a, b kit.Notice) int { return cmp.Compare(a.List, b.List) })
	return all
}
