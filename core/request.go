package core

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"muster/core/roster"
)

// Request is the facts of one request of a provider: what the provisioning log
// tells beside the journal, and of what was refused. It names no person but by
// the changes that it made.
type Request struct {
	At        time.Time     `json:"at"` // when it came in
	Duration  time.Duration `json:"took"`
	List      roster.ListID `json:"-"`
	Token     string        `json:"token,omitempty"` // its prefix, empty when nobody was let in
	Provider  string        `json:"provider,omitempty"`
	Agent     string        `json:"agent,omitempty"`
	Remote    string        `json:"remote,omitempty"`
	RequestID string        `json:"id,omitempty"`
	Method    string        `json:"method"`
	Path      string        `json:"path"` // without query
	Status    int           `json:"status"`
	Type      string        `json:"type,omitempty"`   // of a refusal
	Detail    string        `json:"detail,omitempty"` // the sentence of a refusal
	// Changes are what it wrote; several for one request in bulk.
	Changes []RequestChange `json:"changes,omitempty"`
}

// RequestChange is one resource that a request wrote.
type RequestChange struct {
	Kind ResourceKind `json:"kind,omitempty"`
	ID   string       `json:"id"`
	Name string       `json:"name,omitempty"` // its userName or displayName
	Act  string       `json:"act"`            // "create", "update", "deactivate", "reactivate", "delete" or "unchanged"
	Seq  uint64       `json:"seq,omitempty"`  // the list's version that it made, 0 if none
}

// done is when the answer was given.
func (r *Request) done() time.Time { return r.At.Add(r.Duration) }

// lasting reports whether the facts are kept on disk: of what was written and of
// what was refused. A provider reads all day, and that would push out the rest.
func (r *Request) lasting() bool {
	return r.Status >= 400 || slices.ContainsFunc(r.Changes, func(c RequestChange) bool { return c.Act != "unchanged" })
}

const (
	// mostRequests bounds what a list keeps, mostRecent what memory does.
	mostRequests = 200_000
	mostRecent   = 200
	// mostPruned is how many old ones go with each write, at most.
	mostPruned = 2000
	// maxFact bounds each text of a request.
	maxFact = 500
)

// recent are the last requests of each list, whatever they were about.
type recent struct {
	mu   sync.Mutex
	last map[roster.ListID][]Request // oldest first
}

// NoteRequests keeps the facts of requests that were answered, and when tokens
// were used. Facts are bounded: by SettingRequestDays, and by number. Those of a
// list that there is not are dropped.
func (e *Engine) NoteRequests(ctx context.Context, requests []Request) error {
	lists, err := e.Lists(ctx)
	if err != nil {
		return err
	}
	var lasting []encodedRequest
	told := make(map[roster.ListID]bool)
	used := make(map[string]time.Time)
	for i := range requests {
		r := requests[i]
		if !slices.ContainsFunc(lists, func(l roster.List) bool { return l.ID == r.List }) {
			continue
		}
		for _, text := range []*string{&r.Provider, &r.Agent, &r.Remote, &r.RequestID, &r.Method, &r.Path, &r.Type, &r.Detail} {
			*text = (*text)[:min(len(*text), maxFact)]
		}
		told[r.List] = true
		e.recent.add(&r)
		if r.lasting() {
			text, err := json.Marshal(&r)
			if err != nil {
				return fmt.Errorf("encode request: %w", err)
			}
			lasting = append(lasting, encodedRequest{r.List, text})
		}
		if r.Token != "" && r.At.After(used[r.Token]) {
			used[r.Token] = r.At
		}
	}
	tokens := e.doors.used(used)
	if len(lasting) > 0 || len(tokens) > 0 {
		if err := e.store.Update(ctx, func(tx WriteTx) error {
			if err := noteUse(tx, tokens); err != nil {
				return err
			}
			return keepRequests(tx, lasting, e.now())
		}); err != nil {
			return err
		}
	}
	if len(tokens) > 0 {
		e.readDoors(ctx)
	}
	for list := range told {
		e.news.publish(Notice{List: list})
	}
	return nil
}

func (r *recent) add(request *Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = make(map[roster.ListID][]Request)
	}
	all := append(r.last[request.List], *request)
	if len(all) > 2*mostRecent {
		all = slices.Clone(all[len(all)-mostRecent:])
	}
	r.last[request.List] = all
}

// RecentRequests returns the last requests for a list since Muster was started,
// newest first: all of them, also those that only read.
func (e *Engine) RecentRequests(list roster.ListID, most int) []Request {
	e.recent.mu.Lock()
	defer e.recent.mu.Unlock()
	all := e.recent.last[list]
	all = slices.Clone(all[max(0, len(all)-min(most, mostRecent)):])
	slices.Reverse(all)
	return all
}

// used returns when tokens were used, of those for which that is news.
func (d *doors) used(at map[string]time.Time) map[string]time.Time {
	news := make(map[string]time.Time)
	for _, t := range d.now.Load().tokens {
		if when, ok := at[t.Prefix]; ok && when.Sub(t.LastUsed) >= usedAtMost {
			news[t.Prefix] = when.UTC().Truncate(time.Millisecond)
		}
	}
	return news
}

func noteUse(tx WriteTx, used map[string]time.Time) error {
	if len(used) == 0 {
		return nil
	}
	var moved []StoredToken
	if err := tx.EachToken(func(t StoredToken) error {
		if when, ok := used[t.Prefix]; ok && when.After(t.LastUsed) {
			t.LastUsed = when
			moved = append(moved, t)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, t := range moved {
		if err := tx.PutToken(t); err != nil {
			return err
		}
	}
	return nil
}

// encodedRequest is a request as it is stored.
type encodedRequest struct {
	list roster.ListID
	text []byte
}

// keepRequests stores facts behind those there are, and prunes in front.
func keepRequests(tx WriteTx, requests []encodedRequest, now time.Time) error {
	last := make(map[roster.ListID]uint64)
	for _, r := range requests {
		n, ok := last[r.list]
		if !ok {
			_, n = tx.RequestRange(r.list)
		}
		last[r.list] = n + 1
		if err := tx.PutRequest(r.list, n+1, r.text); err != nil {
			return err
		}
	}
	oldest := now.Add(-requestAge(tx))
	for list := range last {
		if err := pruneRequests(tx, list, oldest); err != nil {
			return err
		}
	}
	return nil
}

func pruneRequests(tx WriteTx, list roster.ListID, oldest time.Time) error {
	first, last := tx.RequestRange(list)
	for n := first; n < last && n < first+mostPruned; n++ {
		if last-n < mostRequests {
			r, err := readRequest(tx, list, n)
			if err != nil {
				return err
			}
			if r.At.After(oldest) {
				return nil
			}
		}
		if err := tx.DeleteRequest(list, n); err != nil {
			return err
		}
	}
	return nil
}

func readRequest(tx Tx, list roster.ListID, n uint64) (r Request, err error) {
	text := tx.Request(list, n)
	if text == nil {
		return r, nil
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("decode request %d: %w", n, err)
	}
	return r, nil
}
