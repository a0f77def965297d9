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
}

// Start begins a step of total units.
func (p *Progress) Start(doing string, total int64) {
	if p != nil {
		p.now.Store(&Step{Doing: doing, Total: total, Started: time.Now()})
	}
}

// Set says that done units of the step are done.
func (p *Progress) Set(done int64) {
	if p == nil {
		return
	}
	if s := p.now.Load(); s != nil {
		next := *s
		next.Done = done
		p.now.Store(&next)
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
