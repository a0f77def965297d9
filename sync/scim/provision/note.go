package provision

import (
	"net/http"
	"sync"
	"time"

	"muster/core"
	"muster/sync/scim"
)

// The bounds of what waits for the log: so many writes, and of what happens
// without end and changes nothing (reads, and requests without a good token),
// so many each time that the log is written.
const (
	mostNotes     = 20_000
	mostReads     = 16
	mostStrangers = 16

	// noteEvery is how often the log is written: often enough for whoever
	// watches it, and seldom enough to cost pushes nothing to speak of.
	noteEvery = 250 * time.Millisecond
)

// note is a request, and the slug that it named.
type note struct {
	slug string
	core.Request
}

// notes are requests on their way to the log.
type notes struct {
	wake chan struct{} // has something when there is something

	mu        sync.Mutex
	waiting   []note
	weight    int // of waiting: requests and their writes
	reads     int
	strangers int
	missed    int // since the last take
}

func newNotes() notes { return notes{wake: make(chan struct{}, 1)} }

// add keeps a request for the log, if there is room.
func (n *notes) add(r note) {
	n.mu.Lock()
	defer n.mu.Unlock()
	weight := 1 + len(r.Changes)
	switch read := r.Status < http.StatusBadRequest && len(r.Changes) == 0; {
	case r.Token == "" && n.strangers == mostStrangers, read && n.reads == mostReads:
		return
	case n.weight+weight > mostNotes:
		n.missed++
		return
	case r.Token == "":
		n.strangers++
	case read:
		n.reads++
	}
	n.waiting = append(n.waiting, r)
	n.weight += weight
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// take returns what waits, and how many requests there was no room for.
func (n *notes) take() (all []note, missed int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	all, missed = n.waiting, n.missed
	n.waiting, n.weight, n.reads, n.strangers, n.missed = nil, 0, 0, 0, 0
	return all, missed
}

// noteOf is a request as the log keeps it.
func noteOf(f *scim.Facts) note {
	r := core.Request{
		At: f.At, Duration: f.Duration, Token: f.Token, Provider: string(f.Provider), Agent: f.Agent,
		Remote: f.Remote, RequestID: f.RequestID, Method: f.Method, Path: f.Path, Status: f.Status, Type: f.Type, Detail: f.Detail,
	}
	for _, c := range f.Changes {
		r.Changes = append(r.Changes, core.RequestChange{Kind: kindOf(c.Kind), ID: c.ID, Name: c.Name, Act: string(c.Act), Seq: c.Seq})
	}
	return note{f.List, r}
}
