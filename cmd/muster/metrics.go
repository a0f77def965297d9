package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"muster/cmd/metrics"
	"muster/core/fault"
	"muster/storage"
	"muster/sync/scim"
)

// counting is a host of identity providers whose requests are counted.
type counting struct {
	scimHost
	requests *metrics.Requests
}

func (c counting) Note(f scim.Facts) {
	c.requests.Note(f.Method, f.Path, f.Status, f.Duration)
	c.scimHost.Note(f)
}

// standing tells metrics and probes how a holder does.
type standing struct {
	*holder
	since time.Time
	ready atomic.Bool

	mu       sync.Mutex
	measured time.Time
	sizes    storage.Sizes
}

// measureEvery is how old the sizes may be that are told.
const measureEvery = time.Minute

// State implements metrics.Source.
func (s *standing) State(ctx context.Context) (*metrics.State, error) {
	lists, err := s.engine.Lists(ctx)
	if err != nil {
		return nil, err
	}
	pending, err := s.engine.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	now := &metrics.State{Started: s.since, Version: version}
	for _, l := range lists {
		one := metrics.List{Slug: l.Slug, Standing: l.Standing, Pending: pending[l.ID]}
		runs, err := s.engine.Runs(ctx, l.ID, 1)
		if err != nil {
			return nil, err
		}
		if len(runs) > 0 {
			one.Runs = &metrics.Runs{Number: runs[0].Number, Outcome: string(runs[0].Outcome), At: runs[0].At, Took: runs[0].Took}
		}
		now.Lists = append(now.Lists, one)
	}
	for _, g := range s.guests() {
		if g.Screens {
			now.Sessions++
		} else {
			now.Commands++
		}
	}
	if files, err := s.backups.Files(); err == nil && len(files) > 0 {
		now.LastBackup = files[0].At
	}
	now.Store, err = s.measure(ctx)
	return now, err
}

func (s *standing) measure(ctx context.Context) (metrics.Sizes, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.engine.Now(); s.measured.IsZero() || now.Sub(s.measured) >= measureEvery {
		z, err := s.store.Sizes(ctx)
		if err != nil {
			return metrics.Sizes{}, err
		}
		s.sizes, s.measured = z, now
	}
	return metrics.Sizes{File: s.sizes.File, Free: s.sizes.Free, Journal: s.sizes.Journal}, nil
}

// Well implements metrics.Source.
func (s *standing) Well(ctx context.Context) error { return s.well(ctx) }

// Ready implements metrics.Source.
func (s *standing) Ready() error {
	if !s.ready.Load() {
		return fault.New(fault.Busy, "Muster is starting, or ending")
	}
	return nil
}

// startMetrics serves metrics and probes, or does not if it is off. The error is
// a Busy fault if the address is taken.
func (h *holder) startMetrics(ctx context.Context, at string) error {
	h.standing = &standing{holder: h, since: h.engine.Now()}
	if at == "off" || at == "" {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil {
		var why error = err
		if op := new(net.OpError); errors.As(err, &op) {
			why = op.Err
		}
		return fault.Wrap(err, fault.Busy, "Metrics are off: %s cannot be listened on (%v); --metrics-listen names another address", at, why)
	}
	server := metrics.NewServer(h.standing, &h.requests, h.log)
	h.log.Info("Metrics", "listen", l.Addr().String())
	h.services.start(ctx, "metrics", func(ctx context.Context) error {
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(scim.Limit(l, metricsConnections)) }()
		select {
		case err := <-ended:
			return fault.Wrap(err, fault.Internal, "Metrics have stopped: %v", err)
		case <-ctx.Done():
		}
		finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err := errors.Join(server.Shutdown(finish), server.Close())
		if last := <-ended; !errors.Is(last, http.ErrServerClosed) {
			err = errors.Join(err, last)
		}
		return err
	})
	return nil
}

// metricsConnections bounds who reads metrics; further ones wait.
const metricsConnections = 16
