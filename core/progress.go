package core

import (
	"sync/atomic"
	"time"
)

// Progress is how far a long piece of work has come. The work sets it, whoever
// is interested polls it: nothing is pushed. A nil Progress takes every call
// and does nothing.
type Progress struct{ now atomic.Pointer[Step] }

// Step is one moment of a Progress.
type Step struct {
	Doing   string // "Reading", "Applying"
	Done    int64
	Total   int64 // 0 while unknown
	Started time.Time
	// Of a reading: how many pages it took, how many requests, and, while the
	// source lets it wait, until when and why.
	Pages, Requests int
	Until           time.Time
	Why             string
}

// Start begins a step of total units.
func (p *Progress) Start(doing string, total int64) {
	if p != nil {
		p.now.Store(&Step{Doing: doing, Total: total, Started: time.Now()})
	}
}

// Set says that done units of the step are done.
func (p *Progress) Set(done int64) { p.change(func(s *Step) { s.Done = done }) }

// change moves the present step on. Several may do so at once.
func (p *Progress) change(fn func(*Step)) {
	if p == nil {
		return
	}
	for s := p.now.Load(); s != nil; s = p.now.Load() {
		next := *s
		if fn(&next); p.now.CompareAndSwap(s, &next) {
			return
		}
	}
}

// Step returns the present moment; false before the first step.
func (p *Progress) Step() (Step, bool) {
	if p == nil {
		return Step{}, false
	}
	s := p.now.Load()
	if s == nil {
		return Step{}, false
	}
	return *s, true
}
