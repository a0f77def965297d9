package storage

import (
	"bytes"
	"encoding/binary"
	"iter"

	"muster/core"
	"muster/core/roster"
)

// How many resources there are is counted by ranges of their numbers, so that
// the page at a place deep in a list is found without going through all before
// it. One row holds many counts: it is written with every new resource, and
// while it is small it lies on a page that is written anyway.
const (
	countShift = 10 // so many bits of numbers share a count
	rowShift   = 8  // so many bits of counts share a row
)

// tally is a row of counts.
type tally struct {
	list roster.ListID
	kind core.ResourceKind
	row  uint64
}

func (y tally) key() []byte { return resourceKey(y.kind, y.row) }

// count adds to the count that a number is in. The row is written when the
// transaction commits.
func (t *txn) count(list roster.ListID, kind core.ResourceKind, number uint64, by int) {
	at := tally{list, kind, number >> (countShift + rowShift)}
	row, changed := t.tallies[at]
	if !changed {
		row = bytes.Clone(t.get(resourceCounts, list, at.key()))
	}
	i := int(number>>countShift&(1<<rowShift-1)) * 2
	if short := i + 2 - len(row); short > 0 {
		row = append(row, make([]byte, short)...)
	}
	binary.BigEndian.PutUint16(row[i:], uint16(int(binary.BigEndian.Uint16(row[i:]))+by))
	if t.tallies == nil {
		t.tallies = make(map[tally][]byte)
	}
	t.tallies[at], t.dirty = row, true
}

// putTallies writes the rows of counts that have changed.
func (t *txn) putTallies() error {
	for at, row := range t.tallies {
		delete(t.tallies, at)
		for len(row) > 0 && binary.BigEndian.Uint16(row[len(row)-2:]) == 0 {
			row = row[:len(row)-2]
		}
		var err error
		if len(row) == 0 {
			err = t.delete(resourceCounts, at.list, at.key())
		} else {
			err = t.put(resourceCounts, at.list, at.key(), row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// counts returns the counts from a number on, each with the first number that
// it is of.
func (t *txn) counts(list roster.ListID, kind core.ResourceKind, from uint64) iter.Seq2[uint64, int] {
	return func(yield func(uint64, int) bool) {
		b := t.room(resourceCounts, list)
		if b == nil {
			return
		}
		c := b.Cursor()
		first := tally{list, kind, from >> (countShift + rowShift)}
		for k, v := c.Seek(first.key()); len(k) == 9 && k[0] == byte(kind); k, v = c.Next() {
			at := binary.BigEndian.Uint64(k[1:]) << (countShift + rowShift)
			for ; len(v) >= 2; v, at = v[2:], at+1<<countShift {
				if at+1<<countShift > from && !yield(at, int(binary.BigEndian.Uint16(v))) {
					return
				}
			}
		}
	}
}

func (t *txn) CountResources(list roster.ListID, kind core.ResourceKind) (total int, err error) {
	if err := t.putTallies(); err != nil {
		return 0, err
	}
	for _, n := range t.counts(list, kind, 0) {
		total += n
	}
	return total, nil
}

// pass goes on from a number past as many live resources of skip as can be told
// by the counts alone. It returns where to go on and how many are left to skip.
func (t *txn) pass(list roster.ListID, kind core.ResourceKind, from uint64, skip int) (uint64, int, error) {
	if err := t.putTallies(); err != nil {
		return from, skip, err
	}
	// The first count may begin before from: what is left of it is looked at.
	c := t.room(resources, list).Cursor()
	start := (from + 1<<countShift - 1) >> countShift << countShift
	for k, v := c.Seek(resourceKey(kind, from)); len(k) == 9 && k[0] == byte(kind) && binary.BigEndian.Uint64(k[1:]) < start; k, v = c.Next() {
		if flagsOf(v)&isDeleted == 0 {
			skip--
		}
	}
	for first, n := range t.counts(list, kind, start) {
		if n > skip {
			return first, skip, nil
		}
		skip -= n
		start = first + 1<<countShift
	}
	return start, skip, nil
}

// tallies compares the counts with the resources there are, told by kind and
// number>>countShift.
func (k *listCheck) tallies(there map[string]int) {
	for r := k.cursor(resourceCounts, k.l.ID); r.key != nil; r.next() {
		if len(r.key) != 9 || len(r.value)%2 != 0 || len(r.value) > 2<<rowShift {
			k.report("There is a count of resources at %x, where none can be", r.key)
			continue
		}
		at := binary.BigEndian.Uint64(r.key[1:]) << rowShift
		for v := r.value; len(v) > 0; v, at = v[2:], at+1 {
			key := string(resourceKey(core.ResourceKind(r.key[0]), at))
			if int(binary.BigEndian.Uint16(v)) != there[key] {
				k.report("The count of resources at %x is wrong: there are %d", key, there[key])
			}
			delete(there, key)
		}
	}
	for at := range there {
		k.report("The count of resources at %x is missing", at)
	}
}
