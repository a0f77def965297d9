package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"muster/core/fault"
)

// services are what works in the background of the process that holds the
// store. Each says what troubles it, for the status bar.
type services struct {
	mu       sync.Mutex
	troubles map[string]string // by service
	heard    map[*func()]struct{}
	cancel   []context.CancelFunc
	running  sync.WaitGroup
}

// start runs a service until stop. Its error, when it ends by itself, is its
// trouble.
func (s *services) start(ctx context.Context, name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	s.cancel = append(s.cancel, cancel)
	s.mu.Unlock()
	s.running.Go(func() {
		if err := run(ctx); err != nil && ctx.Err() == nil {
			s.say(name, fault.Sentence(err))
		}
	})
}

// stop ends every service and waits for it.
func (s *services) stop() {
	s.mu.Lock()
	cancel := s.cancel
	s.cancel = nil
	s.mu.Unlock()
	for _, c := range cancel {
		c()
	}
	s.running.Wait()
}

// say sets what troubles a service; nothing does if it is empty.
func (s *services) say(name, trouble string) {
	s.mu.Lock()
	if s.troubles == nil {
		s.troubles = make(map[string]string)
	}
	s.troubles[name] = trouble
	heard := slices.Collect(maps.Keys(s.heard))
	s.mu.Unlock()
	for _, hear := range heard {
		(*hear)()
	}
}

// trouble is what troubles the services, empty for nothing.
func (s *services) trouble() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.troubles)) {
		if t := s.troubles[name]; t != "" {
			all = append(all, t)
		}
	}
	return strings.Join(all, "; ")
}

// watch calls changed, from any goroutine, after every say until end.
func (s *services) watch(changed func()) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard == nil {
		s.heard = make(map[*func()]struct{})
	}
	s.heard[&changed] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.heard, &changed)
	}
}
