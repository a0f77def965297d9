package core

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// The log of a list is its journal, and between its entries what is known of
// requests that made none: refused ones, and those of which nothing was mapped.
// A request that made an entry is told with it.

// LogEntry is one line of a list's log.
type LogEntry struct {
	Key    LogKey
	At     time.Time // applied, or answered
	Actor  string
	Origin changeset.Origin
	// Kind is the verb of what happened: of a changeset.Kind, "delete" when the
	// source deleted the resource, "settings" when only the list itself changed,
	// "refused" or, of a resource that changed nobody, what became of it.
	Kind      string
	Left      mapping.Left    // of a deactivation, why, if the source told
	Person    roster.PersonID // nobody for a refusal
	UID       string
	Name      string // what to call whom it is about: the person, else the resource
	Group     bool   // the resource is a group
	Fields    []Moved
	Settings  []changeset.Setting // that changed of the list itself
	Changeset changeset.ID
	Note      string
	// What follows is of the request, as far as its facts are kept.
	Status    int
	Duration  time.Duration
	RequestID string
	Token     string
	Provider  string
	Agent     string
	Remote    string
	Method    string
	Path      string
	Type      string
	Detail    string
}

// Aside says of a write that changed nobody in the list that it was one; it is
// empty for all others.
func (e *LogEntry) Aside() string {
	switch {
	case e.Refused() || e.Kind == settingsKind || e.Person != (roster.PersonID{}):
		return ""
	case e.Group:
		return "a group"
	case e.Kind == "create":
		return "not in the list"
	}
	return "nothing changed in the list"
}

// Refused reports whether it is a request that was refused.
func (e *LogEntry) Refused() bool { return e.Kind == refusedKind }

const (
	refusedKind  = "refused"
	settingsKind = "settings"
)

// LogKey names an entry within its list's log: the n-th of a version, or of a
// request.
type LogKey struct {
	Seq     uint64
	Request uint64
	N       int
}

// LogOnly says which entries are wanted.
type LogOnly uint8

// What of a log is wanted.
const (
	LogAll LogOnly = iota
	LogChanges
	LogRefused
)

// LogQuery says which entries of a log are wanted.
type LogQuery struct {
	// Filter is words that all must occur in the entry, in any case.
	Filter string
	Only   LogOnly
	// Limit is how many at most, 0 for no limit.
	Limit int
	// Since leaves out what is older.
	Since time.Time
	// After leaves out what was there at that mark: for who follows the log.
	After LogMark
	// Origin, if not empty, is the only one wanted.
	Origin changeset.Origin
}

// LogMark is a place in a log: all that is there up to it has been told.
type LogMark struct{ Seq, Request uint64 }

// Log returns entries of a list's log, newest first.
func (e *Engine) Log(ctx context.Context, list roster.ListID, q LogQuery) (entries []LogEntry, err error) {
	_, err = e.EachLog(ctx, list, q, func(entry LogEntry) bool {
		entries = append(entries, entry)
		return true
	})
	return entries, err
}

// EachLog calls fn for the entries of a list's log, newest first, until it
// returns false. It returns the mark of what was there, for the next time.
func (e *Engine) EachLog(ctx context.Context, list roster.ListID, q LogQuery, fn func(LogEntry) bool) (mark LogMark, err error) {
	words := strings.Fields(strings.ToLower(q.Filter))
	left := q.Limit
	err = e.view(ctx, func(tx Tx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		mark.Seq = l.Standing.Version
		_, mark.Request = tx.RequestRange(list)
		return mergeLog(ctx, tx, &l, q, mark, func(entry LogEntry) error {
			switch {
			case !entry.At.After(q.Since) && !q.Since.IsZero():
				return errEnough
			case !q.wants(&entry) || !entry.has(&l, words):
				return nil
			case !fn(entry):
				return errEnough
			}
			if left--; left == 0 {
				return errEnough
			}
			return nil
		})
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return mark, err
}

// errEnough ends a walk that has told all that was wanted.
var errEnough = errors.New("enough")

func (q *LogQuery) wants(e *LogEntry) bool {
	switch {
	case q.Origin != "" && q.Origin != e.Origin:
		return false
	case q.Only == LogChanges:
		return !e.Refused()
	case q.Only == LogRefused:
		return e.Refused()
	}
	return true
}

// has reports whether every word occurs in what the entry says.
func (e *LogEntry) has(l *roster.List, words []string) bool {
	if len(words) == 0 {
		return true
	}
	texts := []string{e.Actor, string(e.Origin), e.Kind, e.UID, e.Name, e.Note, e.RequestID, e.Token, e.Provider, e.Agent, e.Remote, e.Path, e.Type, e.Detail}
	for _, m := range e.Fields {
		f, _ := l.Schema.Named(m.Field)
		texts = append(texts, f.Label, f.Key, m.Old, m.New)
	}
	for _, m := range e.Settings {
		texts = append(texts, m.What, m.Old, m.New)
	}
	for i := range texts {
		texts[i] = strings.ToLower(texts[i])
	}
	return !slices.ContainsFunc(words, func(word string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, word) })
	})
}

// mergeLog goes back through journal and requests at once, by time.
func mergeLog(ctx context.Context, tx Tx, l *roster.List, q LogQuery, mark LogMark, fn func(LogEntry) error) error {
	first, _ := tx.RequestRange(l.ID)
	f := &facts{tx: tx, list: l, next: mark.Request, from: max(q.After.Request, max(first, 1)-1), bySeq: make(map[uint64]Request)}
	if q.Only != LogRefused {
		err := eachVersion(ctx, tx, l, q.After.Seq, func(head *changeset.Changeset, entry LogEntry) error {
			loose, err := f.until(entry.At)
			if err == nil {
				err = tellAll(loose, fn)
			}
			if err != nil {
				return err
			}
			if r, ok := f.bySeq[head.Seq]; ok {
				entry.take(&r)
			}
			return fn(entry)
		})
		if err != nil {
			return err
		}
	}
	for more := true; more; {
		loose, further, err := f.pull()
		if err == nil {
			err = tellAll(loose, fn)
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		more = further
	}
	return nil
}

func tellAll(entries []LogEntry, fn func(LogEntry) error) error {
	for i := range entries {
		if err := fn(entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// eachVersion calls fn for each entry of the journal, newest first; what a version
// changed of the list itself is one entry, and so is one that changed nobody.
func eachVersion(ctx context.Context, tx Tx, l *roster.List, after uint64, fn func(*changeset.Changeset, LogEntry) error) error {
	var head changeset.Changeset
	over := errors.New("over")
	n := 0
	err := tx.EachBlockBack(l.ID, l.Standing.Version, func(seq uint64, b *changeset.Block) error {
		if seq <= after {
			return over
		}
		if head.Seq != seq {
			n = 0
			var err error
			if b.Head != nil {
				head = *b.Head
			} else if head, err = tx.Changeset(b.Changeset); err != nil {
				return err
			}
		}
		entry := LogEntry{At: head.AppliedAt, Actor: head.AppliedBy, Origin: head.Origin, Changeset: head.ID, Note: head.Note}
		if n == 0 && (head.Settings != nil || len(b.Entries) == 0) {
			own := entry
			own.Key, own.Kind, own.Settings = LogKey{Seq: seq}, settingsKind, settingsOf(tx, l, &head)
			if head.Settings != nil && own.Note == strings.Join(head.Settings.Parts(), ", ") {
				own.Note = "" // it says no more than they do
			}
			n++
			if err := fn(&head, own); err != nil {
				return err
			}
		}
		for _, told := range slices.Backward(b.Entries) {
			after, before, err := at(tx, l.ID, told, seq)
			if err != nil {
				return err
			}
			entry.Key = LogKey{Seq: seq, N: n}
			entry.Kind, entry.Person, entry.Left = told.Kind.String(), told.Person, before.Left
			entry.UID, entry.Name, entry.Fields = l.UID(after.Values), l.DisplayName(after.Values), moved(&after, &before)
			n++
			if err := fn(&head, entry); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if errors.Is(err, over) {
		return nil
	}
	return err
}

// settingsOf tells what a changeset moved of the list itself.
func settingsOf(tx Tx, l *roster.List, head *changeset.Changeset) []changeset.Setting {
	if head.Settings == nil {
		return nil
	}
	return head.Settings.Moves(func(id roster.PersonID) string {
		p, ok, err := tx.Person(l.ID, id)
		if err != nil || !ok {
			return id.String()
		}
		name, uid := l.DisplayName(p.Values), l.UID(p.Values)
		if name == uid || name == "" {
			return uid
		}
		return name + " (" + uid + ")"
	})
}

// take adds to an entry what is known of the request that made it.
func (e *LogEntry) take(r *Request) {
	e.Status, e.Duration, e.RequestID, e.Token, e.Provider = r.Status, r.Duration, r.RequestID, r.Token, r.Provider
	e.Agent, e.Remote, e.Method, e.Path, e.Type, e.Detail = r.Agent, r.Remote, r.Method, r.Path, r.Type, r.Detail
	for _, c := range r.Changes {
		if c.Seq == e.Key.Seq && c.Act == "delete" && e.Kind == changeset.Deactivate.String() {
			e.Kind = c.Act
		}
	}
}

// facts goes back through a list's requests.
type facts struct {
	tx         Tx
	list       *roster.List
	next, from uint64 // what is to be read next, and after what
	// bySeq are those read so far that made a version, loose what is to be told
	// of the others.
	bySeq map[uint64]Request
	loose []LogEntry
}

// slack is by how much requests may be noted out of order.
const slack = 5 * time.Second

// until returns what is to be told before something that happened at a time.
func (f *facts) until(at time.Time) ([]LogEntry, error) {
	for {
		done, ok, err := f.read()
		if err != nil {
			return nil, err
		}
		if !ok || done.Before(at.Add(-slack)) {
			break
		}
	}
	return f.ripe(at.Add(-1)), nil
}

// ripe returns what has been read and is newer than a time, newest first.
func (f *facts) ripe(at time.Time) []LogEntry {
	slices.SortStableFunc(f.loose, func(a, b LogEntry) int { return b.At.Compare(a.At) })
	n, _ := slices.BinarySearchFunc(f.loose, at, func(e LogEntry, at time.Time) int { return at.Compare(e.At) })
	told := f.loose[:n:n]
	f.loose = slices.Clone(f.loose[n:])
	return told
}

// pull reads some more, when nothing else is to be told any more, and returns
// what can be told of them; more says that there may be others.
func (f *facts) pull() (told []LogEntry, more bool, err error) {
	const some = 256
	oldest := time.Time{}
	for range some {
		done, ok, err := f.read()
		if err != nil {
			return nil, false, err
		}
		if !ok {
			told, err = f.until(time.Time{})
			return told, false, err
		}
		oldest = done
	}
	told = f.ripe(oldest.Add(slack))
	return told, true, nil
}

// read reads one request and returns when it was answered; ok is false at the
// end.
func (f *facts) read() (done time.Time, ok bool, err error) {
	if f.next <= f.from || f.next == 0 {
		return done, false, nil
	}
	r, err := readRequest(f.tx, f.list.ID, f.next)
	if err != nil {
		return done, false, err
	}
	n := f.next
	f.next--
	if r.Status >= 400 && len(r.Changes) == 0 {
		f.add(&r, LogKey{Request: n}, refusedKind, RequestChange{})
	}
	for i, c := range r.Changes {
		if c.Seq != 0 {
			f.bySeq[c.Seq] = r
		} else if c.Act != "unchanged" {
			f.add(&r, LogKey{Request: n, N: i}, c.Act, c)
		}
	}
	return r.done(), true, nil
}

func (f *facts) add(r *Request, key LogKey, kind string, c RequestChange) {
	e := LogEntry{Key: key, At: r.done(), Actor: r.Token, Origin: changeset.SCIM, Kind: kind, Name: c.Name, Group: c.Kind == GroupResource, Note: r.Provider}
	e.take(r)
	f.loose = append(f.loose, e)
}
