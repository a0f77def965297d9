package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// Problem is one thing that Check found wrong.
type Problem struct {
	List string // the slug of the list; empty when it is about the whole store
	What string // a sentence without the full stop
}

// String puts the list before the sentence.
func (p Problem) String() string {
	if p.List == "" {
		return p.What
	}
	return p.List + ": " + p.What
}

// Check opens the store file at path for reading and verifies all of it: the
// pages, the people, every index against the people, and the people against the
// journal. It returns what is wrong, nothing when all is well; the error is of
// the checking itself, a Busy fault while another process writes to the file.
// It needs memory for the greatest changeset, not for the people. p, which may be
// nil, says how far it has come.
func Check(ctx context.Context, path string, p *core.Progress) ([]Problem, error) {
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	found, err := s.Check(ctx, p)
	return found, errors.Join(err, s.Close())
}

// Check is Check for a store that is open: at one moment, beside other work. The
// file's pages are left out unless it is open for reading only, for which of
// them are free only the writer knows.
func (s *Store) Check(ctx context.Context, p *core.Progress) ([]Problem, error) {
	c := &checker{ctx: ctx, seen: make(map[string]*kind), p: p}
	err := unbroken(s.db.Path(), func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			c.t = &txn{tx: tx}
			return c.store()
		})
	})
	return c.problems(), err
}

// alike is how many problems of a kind are told one by one.
const alike = 10

// checker collects what is wrong.
type checker struct {
	ctx   context.Context
	t     *txn
	slug  string // of the list being checked
	found []Problem
	seen  map[string]*kind
	kinds []*kind // in the order they were found
	p     *core.Progress
	done  int64 // people, each counted in the journal and by themselves
}

// went says that so many people more were gone through.
func (c *checker) went(n int) {
	const often = 1 << 12
	if c.done += int64(n); c.done%often < int64(n) {
		c.p.Set(c.done)
	}
}

// kind counts problems of a list that differ in their numbers and names only.
type kind struct {
	first Problem
	count int
}

func (c *checker) report(format string, args ...any) {
	k, known := c.seen[c.slug+"\x00"+format]
	if !known {
		k = &kind{first: Problem{c.slug, fmt.Sprintf(format, args...)}}
		c.seen[c.slug+"\x00"+format] = k
		c.kinds = append(c.kinds, k)
	}
	if k.count++; k.count <= alike {
		c.found = append(c.found, Problem{c.slug, fmt.Sprintf(format, args...)})
	}
}

func (c *checker) problems() []Problem {
	for _, k := range c.kinds {
		if k.count > alike {
			c.found = append(c.found, Problem{k.first.List, fmt.Sprintf("%d more like this: %s", k.count-alike, k.first.What)})
		}
	}
	return c.found
}

// store checks the file, then each list, then the changesets.
func (c *checker) store() error {
	if c.t.tx.DB().IsReadOnly() {
		c.p.Start("Verifying the pages", 0)
		for err := range c.t.tx.Check() {
			c.report("The file's pages contradict each other: %v", err)
		}
	}
	for _, name := range storeBuckets() {
		if c.t.tx.Bucket(name) == nil {
			c.report("The bucket %q is missing", name)
		}
	}
	if len(c.found) > 0 {
		return c.ctx.Err() // what lies on broken pages cannot be read
	}
	interrupted, err := c.unfinished()
	if err != nil {
		return err
	}
	c.p.Start("Verifying", c.people())
	known := make(map[roster.ListID]bool)
	rows := c.t.tx.Bucket(listsBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		var l roster.List
		if err := json.Unmarshal(v, &l); err != nil || string(k) != string(listKey(l.ID)) {
			c.report("The list at %x cannot be read", k)
			continue
		}
		known[l.ID] = true
		if l, err = c.t.list(v); err != nil {
			c.report("The counts of the list %s cannot be read", l.Slug)
			continue
		}
		c.slug = l.Slug
		if !interrupted[l.ID] {
			err = c.list(&l)
		}
		if c.slug = ""; err != nil {
			return err
		}
	}
	c.strayRooms(known)
	if err := c.changesets(known, interrupted); err != nil {
		return err
	}
	if err := c.waiting(); err != nil {
		return err
	}
	if err := c.items(); err != nil {
		return err
	}
	if err := errors.Join(c.tokens(known), c.administrators(known)); err != nil {
		return err
	}
	if err := c.syncs(known); err != nil {
		return err
	}
	return c.sessions(known)
}

// people is how many people are to be gone through, twice each.
func (c *checker) people() (n int64) {
	lists, _ := c.t.Lists() // what cannot be read is reported later
	for _, l := range lists {
		n += 2 * int64(l.Standing.Active+l.Standing.Inactive+l.Standing.Withdrawn)
	}
	return n
}

// unfinished reports changesets that a crash cut off. In their lists people and
// indexes are apart until the next opening takes them back.
func (c *checker) unfinished() (map[roster.ListID]bool, error) {
	interrupted := make(map[roster.ListID]bool)
	open, err := c.t.Unfinished()
	if err != nil {
		c.report("A changeset was interrupted, and what is known of it cannot be read")
	}
	for _, u := range open {
		interrupted[u.List] = true
		c.report("Applying changeset %d to list number %d was interrupted; Muster takes it back when it starts", u.Changeset, u.List)
	}
	return interrupted, c.ctx.Err()
}

// strayRooms reports buckets that belong to no list.
func (c *checker) strayRooms(known map[roster.ListID]bool) {
	whole := make(map[string]bool)
	for _, name := range storeBuckets() {
		whole[string(name)] = true
	}
	cursor := c.t.tx.Cursor()
	for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
		room := len(k) == 5 && slices.Contains(rooms(), room(k[0])) && known[roster.ListID(binary.BigEndian.Uint32(k[1:]))]
		if !room && !whole[string(k)] {
			c.report("The bucket %q belongs to no list", k)
		}
	}
}

// changesets checks the heads against each other and against the journals.
func (c *checker) changesets(known, interrupted map[roster.ListID]bool) error {
	rows := c.t.tx.Bucket(changesetsBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		var head changeset.Changeset
		if err := json.Unmarshal(v, &head); err != nil || string(k) != string(idKey(head.ID)) {
			c.report("Changeset %x cannot be read", k)
			continue
		}
		if !known[head.List] {
			c.report("Changeset %d is of list number %d, which does not exist", head.ID, head.List)
			continue
		}
		c.head(&head)
		if c.has(openBucket, k) != head.Open() {
			c.report("Changeset %d is %s, and the index of those that wait says otherwise", head.ID, head.State)
		}
		if head.Done() && !interrupted[head.List] {
			c.headInJournal(&head)
		}
	}
	return c.ctx.Err()
}

// has reports whether a bucket of bare keys holds the key.
func (c *checker) has(bucket, key []byte) bool {
	k, _ := c.t.tx.Bucket(bucket).Cursor().Seek(key)
	return bytes.Equal(k, key)
}

// waiting checks that the changesets said to wait are there.
func (c *checker) waiting() error {
	return c.t.tx.Bucket(openBucket).ForEach(func(k, _ []byte) error {
		if c.t.tx.Bucket(changesetsBucket).Get(k) == nil {
			c.report("Changeset %x is said to wait for somebody, and is not there", k)
		}
		return nil
	})
}

// head checks one changeset's state, and its ties to others.
func (c *checker) head(head *changeset.Changeset) {
	done := false
	switch head.State {
	case changeset.Applied, changeset.PartlyApplied, changeset.RolledBack:
		done = true
	case changeset.Pending, changeset.Rejected, changeset.Superseded:
	default:
		c.report("Changeset %d is in a state that there is not: %q", head.ID, head.State)
		return
	}
	if done != head.Done() {
		c.report("Changeset %d is %s, and its version is %d", head.ID, head.State, head.Seq)
	}
	if (head.State == changeset.RolledBack) != (head.UndoneBy != 0) {
		c.report("Changeset %d is %s, and rolled back by changeset %d", head.ID, head.State, head.UndoneBy)
	}
	if head.UndoneBy != 0 {
		by, err := c.t.Changeset(head.UndoneBy)
		if err != nil || by.Undoes != head.ID || !by.Done() || by.UndoneBy != 0 {
			c.report("Changeset %d says that changeset %d rolled it back, which is not so", head.ID, head.UndoneBy)
		}
	}
	c.undoes(head)
}

// undoes checks that what a rollback in force takes back is out of force.
func (c *checker) undoes(head *changeset.Changeset) {
	if head.Undoes == 0 || !head.Done() || head.UndoneBy != 0 {
		return
	}
	if undone, err := c.t.Changeset(head.Undoes); err != nil || undone.UndoneBy != head.ID {
		c.report("Changeset %d rolls back changeset %d, which does not know of it", head.ID, head.Undoes)
	}
}

func (c *checker) headInJournal(head *changeset.Changeset) {
	v := c.t.get(journal, head.List, blockKey(head.Seq, 0))
	b, err := changeset.DecodeBlock(lend(v))
	if v == nil || err == nil && b.Changeset != head.ID {
		c.report("Changeset %d was applied at version %d, and the journal does not tell of it there", head.ID, head.Seq)
	}
}

// items checks that only waiting changesets have items and steps of decisions,
// that no item is missing, and that all decode.
func (c *checker) items() error {
	var id changeset.ID
	var next uint32
	err := c.rowsOfWaiting(itemsBucket, "items", func(of changeset.ID, n uint32, v []byte) {
		if of != id {
			id, next = of, 0
		}
		if n != next {
			c.report("Changeset %d lacks its items from %d to %d", of, next, n-1)
		}
		next = n + 1
		if _, err := changeset.DecodeItem(lend(v)); err != nil {
			c.report("Item %d of changeset %d cannot be read", n, of)
		}
	})
	if err != nil {
		return err
	}
	err = c.rowsOfWaiting(stagedBucket, "records", func(of changeset.ID, n uint32, v []byte) {
		if _, data, ok := stagedRecord(v); !ok {
			c.report("Record %d of changeset %d has no anchor", n, of)
		} else if _, err := mapping.DecodeKept(data); err != nil {
			c.report("Record %d of changeset %d cannot be read", n, of)
		}
	})
	if err != nil {
		return err
	}
	return c.rowsOfWaiting(stepsBucket, "decisions", func(of changeset.ID, n uint32, v []byte) {
		if _, err := changeset.DecodeStep(lend(v)); err != nil {
			c.report("The decisions of step %d in changeset %d cannot be read", n, of)
		}
	})
}

// rowsOfWaiting calls fn for the rows of changesets that wait, and reports those
// of any other.
func (c *checker) rowsOfWaiting(bucket []byte, what string, fn func(of changeset.ID, n uint32, v []byte)) error {
	var id changeset.ID
	waits := false
	rows := c.t.tx.Bucket(bucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if len(k) != 12 {
			c.report("There are %s at %x, where none can be", what, k)
			continue
		}
		if of := changeset.ID(binary.BigEndian.Uint64(k)); of != id {
			head, err := c.t.Changeset(of)
			if id, waits = of, err == nil && head.Open(); !waits {
				c.report("Changeset %d has %s, and does not wait for anybody", of, what)
			}
		}
		if waits {
			fn(id, binary.BigEndian.Uint32(k[8:]), v)
		}
	}
	return nil
}
