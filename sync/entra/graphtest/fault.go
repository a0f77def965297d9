package graphtest

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Kind is what a request is for.
type Kind string

// The kinds of requests. Inner is one within a batch, whatever it is for.
const (
	Any          Kind = ""
	Token        Kind = "token"
	Users        Kind = "users"
	User         Kind = "user"
	UsersDelta   Kind = "users/delta"
	Groups       Kind = "groups"
	Group        Kind = "group"
	GroupsDelta  Kind = "groups/delta"
	Members      Kind = "members" // transitive or not
	Count        Kind = "count"   // of users or of members
	Deleted      Kind = "deleted item"
	Batch        Kind = "batch"
	Inner        Kind = "inner"
	Organization Kind = "organization"
	Extensions   Kind = "extensions"
)

// Fault is something that goes wrong: with the Nth request of a kind from when
// it is planned (0 is the next, as 1 is), and with those after it, Times in all
// (0 is once; Always has no end).
type Fault struct {
	On    Kind
	Nth   int
	Times int
	Do    Effect
}

// Always is for Fault.Times.
const Always = 1 << 30

// Effect is what a Fault does to a request.
type Effect struct {
	instead *reply                // of the true answer
	before  func(context.Context) // the request is answered
	change  func(p *shown)        // the page that is answered with
	cut     bool                  // the connection breaks in the middle of the body
	hang    bool                  // there is no answer until the client gives up
	skew    int                   // is added to a count
	gone    bool
}

// shown is a page before it is written, for effects that change it.
type shown struct {
	empty bool // has no objects, and ends there
	ends  bool // there is no next page
}

// Throttle answers 429 with Retry-After, in whole seconds; without when it is
// negative.
func Throttle(after time.Duration) Effect {
	return refuse(http.StatusTooManyRequests, "TooManyRequests", "Too many requests.", after)
}

// Unavailable answers 503, with Retry-After as Throttle does.
func Unavailable(after time.Duration) Effect {
	return refuse(http.StatusServiceUnavailable, "serviceNotAvailable", "The service is temporarily unavailable.", after)
}

// Refuse answers with an error.
func Refuse(status int, code, message string) Effect { return refuse(status, code, message, -1) }

func refuse(status int, code, message string, after time.Duration) Effect {
	r := graphError(status, code, message)
	if after >= 0 {
		r.header = map[string]string{"Retry-After": strconv.Itoa(int((after + time.Second - 1) / time.Second))}
	}
	return Effect{instead: &r}
}

// Gone answers a delta with 410 and the Location at which to begin anew.
func Gone() Effect { return Effect{gone: true} }

// StateNotFound answers as for a token that has expired.
func StateNotFound() Effect {
	r := stateNotFound()
	return Effect{instead: &r}
}

// Cut breaks the connection in the middle of the answer.
func Cut() Effect { return Effect{cut: true} }

// Hang answers nothing until the client gives up.
func Hang() Effect { return Effect{hang: true} }

// Garbage answers 200 with something that is not JSON, as proxies do.
func Garbage() Effect {
	return Effect{instead: &reply{status: http.StatusOK, header: map[string]string{"Content-Type": "text/html"}, body: []byte("<html><title>Sign in to the network</title></html>")}}
}

// Empty answers with a page that has nothing and is the last: what a filter
// that is wrong gets.
func Empty() Effect { return Effect{change: func(p *shown) { p.empty, p.ends = true, true }} }

// EndEarly answers with a page that says it is the last and is not.
func EndEarly() Effect { return Effect{change: func(p *shown) { p.ends = true }} }

// Skew adds to a count.
func Skew(by int) Effect { return Effect{skew: by} }

// Then runs a script before the request is answered, truly: something changes
// while a client reads.
func Then(script func()) Effect {
	return Effect{before: func(context.Context) { script() }}
}

// planned is a fault that waits.
type planned struct {
	Fault
	seen int
}

// Plan adds faults. Of those that fit a request the first planned is done.
func (s *Server) Plan(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.plan = append(s.plan, &planned{Fault: f})
	}
}

// Clear forgets all faults.
func (s *Server) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = nil
}

// fault counts a request, and returns what is to go wrong with it.
func (s *Server) fault(k Kind, inner bool) *Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[k]++
	if inner {
		s.counts[Inner]++
	}
	var found *Effect
	for _, p := range s.plan {
		if p.On != Any && p.On != k && (p.On != Inner || !inner) {
			continue
		}
		p.seen++
		if nth := max(p.Nth, 1); found == nil && p.seen >= nth && p.seen < nth+max(p.Times, 1) {
			found = &p.Do
		}
	}
	return found
}
