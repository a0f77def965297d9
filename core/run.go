package core

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/scope"
)

// Outcome is what became of a run.
type Outcome string

// The outcomes.
const (
	Running     Outcome = "running" // or the process ended meanwhile
	Planned     Outcome = "planned" // read and worked out; nobody has decided yet
	DryRun      Outcome = "dry run"
	NothingNew  Outcome = "nothing new"
	Distrusted  Outcome = "not trusted" // it would change nobody, and is not current
	Proposed    Outcome = "waits"       // as a changeset, for a person
	RunApplied  Outcome = "applied"
	RunRejected Outcome = "rejected"
	Superseded  Outcome = "superseded" // by a later run
	Failed      Outcome = "failed"
	Stopped     Outcome = "stopped" // by somebody, or because Muster ended
)

// Run is one sync of a list: what it read, and what came of it. Runs are kept as
// a list's history, the last so many of them.
type Run struct {
	Number  uint64        `json:"number"` // within the list, from 1
	At      time.Time     `json:"at"`     // when what it has read was read first
	Last    time.Time     `json:"last"`   // when it began, or was gone on with
	Took    time.Duration `json:"took"`   // reading and planning
	By      string        `json:"by"`
	Full    bool          `json:"full"`
	Why     string        `json:"why,omitempty"` // it is full, as a sentence
	Outcome Outcome       `json:"outcome"`
	Problem string        `json:"problem,omitempty"` // why it failed, as a sentence
	// Cut says that it did not end because Muster did: it is owed still.
	Cut bool `json:"cut,omitempty"`

	Pages     int           `json:"pages"`
	People    int           `json:"people"` // records read, repetitions too
	Requests  int           `json:"requests"`
	Throttled time.Duration `json:"throttled,omitempty"` // waited because the source asked to

	Changeset changeset.ID     `json:"changeset,omitempty"`
	Counts    changeset.Counts `json:"counts"`
	Held      []changeset.Hold `json:"held,omitempty"`
	Sifted    Sifted           `json:"sifted"`
	Rejects   []string         `json:"rejects,omitempty"` // the first, as sentences

	// Reading is how far it has come, and what becomes current with it.
	Reading *Reading `json:"reading,omitempty"`
}

// Sifted is who of those whom a run read is in the list's scope, and why the
// others are not.
type Sifted struct {
	In  int   `json:"in"`
	Out []Out `json:"out,omitempty"`
	// Left counts those whom the run would deactivate, by why.
	Left map[mapping.Left]int `json:"left,omitempty"`
}

// Out is who is kept out for one reason.
type Out struct {
	Why    string       `json:"why"`
	Left   mapping.Left `json:"left"`
	People int          `json:"people"`
	Some   []string     `json:"some,omitempty"` // names of the first
}

// Reading is what a run stages until it is settled.
type Reading struct {
	Connection string      `json:"connection"`
	Attributes []string    `json:"attributes"` // that are asked for
	Scope      scope.Scope `json:"scope"`
	Cursor     string      `json:"cursor,omitempty"`
	Staged     time.Time   `json:"staged"` // the last page
	// Whole says that the source has been read to the end.
	Whole  bool       `json:"whole,omitempty"`
	Report ReadReport `json:"report"`
	// People is how many are in the scope, Filled how many of them have something
	// in a field, by its key: of a full reading.
	People int            `json:"people"`
	Filled map[string]int `json:"filled,omitempty"`
	// Retry are the anchors of records that the list could not take.
	Retry []string `json:"retry,omitempty"`
}

// SyncState is how the syncs of a list stand: what became current last.
type SyncState struct {
	Run        uint64         `json:"run"`
	At         time.Time      `json:"at"` // when its reading began
	Full       time.Time      `json:"full"`
	Connection string         `json:"connection"`
	Attributes []string       `json:"attributes"`
	Scope      scope.Scope    `json:"scope"`
	People     int            `json:"people"` // in the scope at the last full reading
	Filled     map[string]int `json:"filled,omitempty"`
	Retry      []string       `json:"retry,omitempty"`
}

// What is kept of runs.
const (
	mostRuns    = 500
	mostOut     = 200  // names of people for each reason
	mostRejects = 50   // sentences
	mostRetry   = 5000 // anchors
)

func readRun(tx Tx, list roster.ListID, n uint64) (r Run, ok bool, err error) {
	data := tx.Run(list, n)
	if data == nil {
		return r, false, nil
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, false, fmt.Errorf("decode run %d: %w", n, err)
	}
	return r, true, nil
}

func putRun(tx WriteTx, list roster.ListID, r *Run) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode run %d: %w", r.Number, err)
	}
	return tx.PutRun(list, r.Number, data)
}

// addRun numbers a new run, and lets go of the oldest.
func addRun(tx WriteTx, list roster.ListID, r *Run) error {
	first, last := tx.RunRange(list)
	r.Number = last + 1
	for ; first != 0 && r.Number-first >= mostRuns; first++ {
		if err := tx.DeleteRun(list, first); err != nil {
			return err
		}
	}
	return putRun(tx, list, r)
}

// changeRun changes a run that is kept; one that is not any more is nobody's
// loss.
func changeRun(tx WriteTx, list roster.ListID, n uint64, change func(*Run)) error {
	r, ok, err := readRun(tx, list, n)
	if err != nil || !ok {
		return err
	}
	change(&r)
	return putRun(tx, list, &r)
}

func syncState(tx Tx, list roster.ListID) (s SyncState, ok bool, err error) {
	data := tx.SyncState(list)
	if len(data) == 0 {
		return s, false, nil
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, false, fmt.Errorf("decode how the syncs stand: %w", err)
	}
	return s, true, nil
}

// Runs returns the last runs of a list, newest first.
func (e *Engine) Runs(ctx context.Context, list roster.ListID, most int) (runs []Run, err error) {
	err = e.view(ctx, func(tx Tx) error {
		runs = nil
		first, last := tx.RunRange(list)
		for n := last; n >= first && n > 0 && len(runs) < most; n-- {
			r, ok, err := readRun(tx, list, n)
			if err != nil {
				return err
			}
			if ok {
				runs = append(runs, r)
			}
		}
		return nil
	})
	return runs, err
}

// SyncState returns how the syncs of a list stand; false before anything was
// read.
func (e *Engine) SyncState(ctx context.Context, list roster.ListID) (s SyncState, ok bool, err error) {
	err = e.view(ctx, func(tx Tx) error {
		s, ok, err = syncState(tx, list)
		return err
	})
	return s, ok, err
}

// settleReading makes what a run read what the source last said, and how far it
// has come the place from which the next goes on.
func settleReading(tx WriteTx, list roster.ListID, n uint64, outcome Outcome, head *changeset.Changeset) error {
	r, ok, err := readRun(tx, list, n)
	if err != nil || !ok || r.Reading == nil {
		return err
	}
	l, err := tx.List(list)
	if err != nil {
		return err
	}
	// A list that was connected anew begins anew.
	if l.Connection.ID == r.Reading.Connection {
		if err := makeCurrent(tx, list, &r); err != nil {
			return err
		}
	}
	if err := tx.DeleteReading(list, n); err != nil {
		return err
	}
	r.Outcome, r.Reading = outcome, nil
	if head != nil {
		r.Changeset, r.Counts = head.ID, head.Counts
	}
	return putRun(tx, list, &r)
}

func makeCurrent(tx WriteTx, list roster.ListID, r *Run) error {
	read := r.Reading
	if err := tx.EachReadRecord(list, r.Number, "", func(anchor, data string) error {
		return tx.PutRecord(list, KeptRecord{roster.Link{Connection: read.Connection, Anchor: anchor}, data})
	}); err != nil {
		return err
	}
	if r.Full {
		if err := tx.ClearNotes(list); err != nil {
			return err
		}
	}
	if err := tx.EachNote(list, r.Number, "", "", func(key, value string) error {
		if text, ok := strings.CutPrefix(value, noteGiven); ok {
			return tx.PutNote(list, 0, key, text)
		}
		return tx.DeleteNote(list, 0, key)
	}); err != nil {
		return err
	}
	was, _, err := syncState(tx, list)
	if err != nil {
		return err
	}
	next := SyncState{
		Run: r.Number, At: r.At, Full: was.Full, Connection: read.Connection, Attributes: read.Attributes, Scope: read.Scope,
		People: was.People, Filled: was.Filled, Retry: read.Retry,
	}
	if r.Full {
		next.Full, next.People, next.Filled = r.At, read.People, read.Filled
	}
	data, err := json.Marshal(&next)
	if err != nil {
		return fmt.Errorf("encode how the syncs stand: %w", err)
	}
	return tx.PutSyncState(list, data)
}

// dropReading forgets what a run read. What the source said and how far it was
// read stay as they were.
func dropReading(tx WriteTx, list roster.ListID, n uint64, outcome Outcome) error {
	if n == 0 {
		return nil
	}
	if err := tx.DeleteReading(list, n); err != nil {
		return err
	}
	return changeRun(tx, list, n, func(r *Run) { r.Outcome, r.Reading = outcome, nil })
}

// Forget lets go of what a planned sync has read, if nobody proposes or applies
// it.
func (e *Engine) Forget(ctx context.Context, d *Draft) error {
	if d.Head.Reading == 0 {
		return nil
	}
	err := e.store.Update(ctx, func(tx WriteTx) error {
		r, ok, err := readRun(tx, d.Head.List, d.Head.Reading)
		if err != nil || !ok || r.Outcome != Planned && r.Outcome != DryRun {
			return err
		}
		outcome := DryRun
		if r.Outcome == Planned {
			outcome = Stopped
		}
		return dropReading(tx, d.Head.List, d.Head.Reading, outcome)
	})
	if err == nil {
		e.news.publish(Notice{List: d.Head.List})
	}
	return err
}

// Distrusts reports whether a changeset comes from a reading that cannot be
// trusted.
func distrusted(head *changeset.Changeset) bool {
	return slices.ContainsFunc(head.Held, changeset.Hold.Distrusts)
}

// errSyncing says that one sync at a time is enough.
func errSyncing(l *roster.List) error {
	return fault.New(fault.Busy, "A sync of the list %s is running already", l.Slug)
}
