package storage

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"

	bolt "go.etcd.io/bbolt"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// A list is checked in two passes: through the journal, looking up whom it
// tells of, and through the people, with all that is sorted by person beside
// them. What must be the same set on both sides is compared by count and sum of
// hashes; only when those differ is it gone through again to say which.

// set is the fingerprint of a set: equal sets have equal ones.
type set struct {
	count int
	sum   uint64
}

func (s *set) add(seed maphash.Seed, key []byte) {
	s.count++
	s.sum += maphash.Bytes(seed, key)
}

// listCheck is the check of one list.
type listCheck struct {
	*checker
	l    *roster.List
	uid  roster.FieldID
	seed maphash.Seed
	// made are (person, version) of creates, changed those of other entries:
	// as the journal tells them, and as people and what they were before do.
	madeTold, madeKept, changedTold, changedKept set
	indexed                                      inIndex // what should be
	standing                                     roster.Standing
}

func (c *checker) list(l *roster.List) error {
	k := &listCheck{checker: c, l: l, seed: maphash.MakeSeed()}
	if f, ok := l.Schema.UID(); ok {
		k.uid = f.ID
	}
	for _, pass := range []func() error{k.journal, k.people, k.strangers, k.strayStatuses, k.newcomers, k.apart, k.records, k.resources, k.names, k.groups, k.requests} {
		if err := pass(); err != nil {
			return err
		}
	}
	k.counts()
	return nil
}

// cursor goes through one of the list's rooms; all of them may be missing.
func (c *checker) cursor(r room, list roster.ListID) *rows {
	b := c.t.room(r, list)
	if b == nil {
		return &rows{}
	}
	cursor := b.Cursor()
	k, v := cursor.First()
	return &rows{cursor: cursor, key: k, value: v}
}

// rows is a cursor with its present row; key is nil at the end.
type rows struct {
	cursor     *bolt.Cursor
	key, value []byte
}

func (r *rows) next() { r.key, r.value = r.cursor.Next() }

// journal checks each row and looks up whom its entries tell of.
func (k *listCheck) journal() error {
	var last uint64
	var n uint32
	var of changeset.ID
	for r := k.cursor(journal, k.l.ID); r.key != nil; r.next() {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		if len(r.key) != 12 {
			k.report("There is a journal row at %x, where none can be", r.key)
			continue
		}
		seq := binary.BigEndian.Uint64(r.key)
		b, err := changeset.DecodeBlock(lend(r.value))
		if err != nil {
			k.report("The journal cannot be read at version %d, row %d", seq, binary.BigEndian.Uint32(r.key[8:]))
			continue
		}
		if n++; seq != last {
			last, n, of = seq, 0, b.Changeset
			k.headOf(seq, &b)
		}
		if at := binary.BigEndian.Uint32(r.key[8:]); at != n || b.Changeset != of {
			k.report("The journal's row %d of version %d does not follow the one before it", at, seq)
			n = at
		}
		for _, e := range b.Entries {
			k.entry(seq, e)
		}
	}
	if last != k.l.Standing.Version {
		k.report("The list is at version %d, and its journal ends at %d", k.l.Standing.Version, last)
	}
	return nil
}

// headOf checks that the changeset of a version's first row says so too.
func (k *listCheck) headOf(seq uint64, b *changeset.Block) {
	head, err := k.t.Changeset(b.Changeset)
	switch {
	case err != nil:
		k.report("The journal tells of changeset %d at version %d, and there is no such changeset", b.Changeset, seq)
	case head.Seq != seq || head.List != k.l.ID || head.ID != b.Changeset:
		k.report("The journal tells of changeset %d at version %d, which says otherwise", b.Changeset, seq)
	case b.Head != nil && (b.Head.ID != head.ID || b.Head.Seq != seq):
		k.report("The head in the journal at version %d is of another changeset", seq)
	case b.Head != nil:
		// A head that has no row of its own is checked here.
		k.head(&head)
	}
}

// entry checks one journal entry against the person and what they were before.
func (k *listCheck) entry(seq uint64, e changeset.Entry) {
	key := pastKey(e.Person, seq)
	if e.Kind == changeset.Create {
		k.went(1)
		k.madeTold.add(k.seed, key)
		return
	}
	k.changedTold.add(k.seed, key)
	v := k.t.get(before, k.l.ID, key)
	if v == nil {
		k.report("The journal tells of %s at version %d, and what it replaced is missing", e.Person, seq)
		return
	}
	if was, err := changeset.DecodeBefore(lend(v)); err == nil && was.Kind != e.Kind {
		k.report("The journal says %s of %s at version %d, and their past says %s", e.Kind, e.Person, seq, was.Kind)
	}
}

// people goes through the people, with their pasts, statuses and pins beside.
func (k *listCheck) people() error {
	past, pinned := k.cursor(before, k.l.ID), k.cursor(pins, k.l.ID)
	for r := k.cursor(people, k.l.ID); r.key != nil; r.next() {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		k.went(1)
		id, ok := personID(r.key)
		if !ok || len(r.key) != len(id) {
			k.report("There is a person at %x, where none can be", r.key)
			continue
		}
		k.pastOfNobody(past, id[:])
		k.pinsOfNobody(pinned, id[:])
		p, err := roster.DecodePerson(id, lend(r.value))
		if err != nil {
			k.report("Person %s cannot be read", id)
		}
		last := k.past(past, id, p.Created)
		for ; bytes.HasPrefix(pinned.key, id[:]); pinned.next() {
		}
		if err == nil {
			k.person(&p, last)
		}
	}
	k.pastOfNobody(past, nil)
	k.pinsOfNobody(pinned, nil)
	return nil
}

// pastOfNobody reports pasts before the next person's; nil is the end.
func (k *listCheck) pastOfNobody(past *rows, next []byte) {
	for ; past.key != nil && (next == nil || bytes.Compare(past.key[:min(16, len(past.key))], next) < 0); past.next() {
		id, _ := personID(past.key)
		k.changedKept.add(k.seed, past.key)
		k.report("There is a past of %s, and no such person", id)
	}
}

func (k *listCheck) pinsOfNobody(pinned *rows, next []byte) {
	for ; pinned.key != nil && (next == nil || bytes.Compare(pinned.key[:min(16, len(pinned.key))], next) < 0); pinned.next() {
		id, _ := personID(pinned.key)
		k.report("There is a pin on %s, and no such person", id)
	}
}

// past goes through what one person was before and returns its last version.
func (k *listCheck) past(past *rows, id roster.PersonID, created uint64) (last uint64) {
	last = created
	for ; bytes.HasPrefix(past.key, id[:]); past.next() {
		k.changedKept.add(k.seed, past.key)
		if len(past.key) != 24 {
			k.report("There is a past of %s at %x, where none can be", id, past.key)
			continue
		}
		seq := binary.BigEndian.Uint64(past.key[16:])
		if _, err := changeset.DecodeBefore(lend(past.value)); err != nil {
			k.report("What %s was before version %d cannot be read", id, seq)
		}
		if seq <= last {
			k.report("%s has a past at version %d, and was made at %d", id, seq, created)
		}
		last = seq
	}
	return last
}

// person checks one person against the indexes. last is the version of the
// last thing that happened to them.
func (k *listCheck) person(p *roster.Person, last uint64) {
	k.madeKept.add(k.seed, pastKey(p.ID, p.Created))
	k.standing.Count(p.Status, 1)
	if p.Changed != last {
		k.report("%s was last changed at version %d, and their past says %d", p.ID, p.Changed, last)
	}
	for _, s := range []roster.Status{roster.Active, roster.Inactive, roster.Withdrawn} {
		indexed := k.inStatus(s, p.ID)
		if indexed && s != p.Status {
			k.report("%s is %s, and among the %s people in the index", p.ID, p.Status, s)
		}
		if !indexed && s == p.Status && s != roster.Active {
			k.report("%s is %s, and missing from that index", p.ID, p.Status)
		}
	}
	if p.Status == roster.Withdrawn {
		return // who keeps UID and anchors, and holds none
	}
	if uid := p.Values.Get(k.uid); k.uid != 0 && uid != "" {
		k.indexed.uids++
		if holder, ok := k.t.ByUID(k.l.ID, roster.FoldUID(uid)); !ok {
			k.report("%s has the UID %q, which is missing from the index", p.ID, uid)
		} else if holder != p.ID {
			k.report("%s has the UID %q, which is %s in the index", p.ID, uid, holder)
		}
	}
	for _, f := range k.l.Schema.Fields {
		value := p.Values.Get(f.ID)
		if !f.Unique || value == "" {
			continue
		}
		k.indexed.uniques++
		if holder, ok := k.t.ByUnique(k.l.ID, f.ID, roster.FoldUID(value)); !ok || holder != p.ID {
			k.report("%s has %q in %s, which the index of unique values does not say", p.ID, value, f.Key)
		}
	}
	for _, link := range p.Links {
		k.indexed.links++
		if holder, ok := k.t.ByLink(k.l.ID, link); !ok {
			k.report("%s is %q at the source, which is missing from the index", p.ID, link.Anchor)
		} else if holder != p.ID {
			k.report("%s is %q at the source, which is %s in the index", p.ID, link.Anchor, holder)
		}
	}
}

func (k *listCheck) inStatus(s roster.Status, id roster.PersonID) bool {
	b := k.t.room(status, k.l.ID)
	if b == nil {
		return false
	}
	// The rows have no value: only a cursor tells an empty one from none.
	found, _ := b.Cursor().Seek(statusKey(s, id))
	return bytes.Equal(found, statusKey(s, id))
}

// strangers names the entries and people that the two sides do not share.
func (k *listCheck) strangers() error {
	if k.madeTold == k.madeKept && k.changedTold == k.changedKept {
		return nil
	}
	told := make(map[[24]byte]changeset.Kind)
	for r := k.cursor(journal, k.l.ID); r.key != nil; r.next() {
		b, err := changeset.DecodeBlock(lend(r.value))
		if err != nil || len(r.key) != 12 {
			continue
		}
		seq := binary.BigEndian.Uint64(r.key)
		for _, e := range b.Entries {
			key := [24]byte(pastKey(e.Person, seq))
			if _, twice := told[key]; twice {
				k.report("The journal tells twice of %s at version %d", e.Person, seq)
			}
			told[key] = e.Kind
		}
		if err := k.ctx.Err(); err != nil {
			return err
		}
	}
	k.untold(told)
	for key, kind := range told {
		id, _ := personID(key[:16])
		if _, ok, _ := k.t.Person(k.l.ID, id); !ok {
			k.report("The journal tells of %s at version %d, and there is no such person", id, binary.BigEndian.Uint64(key[16:]))
		} else if kind == changeset.Create {
			k.report("The journal says that %s was made at version %d, which is not so", id, binary.BigEndian.Uint64(key[16:]))
		}
	}
	return nil
}

// untold reports people and pasts that the journal does not tell of, and takes
// from told all that it does.
func (k *listCheck) untold(told map[[24]byte]changeset.Kind) {
	for r := k.cursor(people, k.l.ID); r.key != nil; r.next() {
		id, _ := personID(r.key)
		p, err := roster.DecodePerson(id, lend(r.value))
		if err != nil {
			continue
		}
		key := [24]byte(pastKey(id, p.Created))
		if kind, ok := told[key]; !ok || kind != changeset.Create {
			k.report("%s was made at version %d, and the journal does not tell of it", id, p.Created)
		} else {
			delete(told, key)
		}
	}
	for r := k.cursor(before, k.l.ID); r.key != nil; r.next() {
		if len(r.key) != 24 {
			continue
		}
		id, _ := personID(r.key)
		if kind, ok := told[[24]byte(r.key)]; !ok || kind == changeset.Create {
			k.report("%s has a past at version %d, and the journal does not tell of it", id, binary.BigEndian.Uint64(r.key[16:]))
		} else {
			delete(told, [24]byte(r.key))
		}
	}
}

// strayStatuses finds rows of the index of statuses that belong to nobody.
func (k *listCheck) strayStatuses() error {
	for r := k.cursor(status, k.l.ID); r.key != nil; r.next() {
		if id, ok := personID(r.key[1:]); !ok || k.t.get(people, k.l.ID, id[:]) == nil {
			k.report("The index of statuses holds %x, and there is no such person", r.key)
		}
	}
	return k.ctx.Err()
}

// records checks that what sources last said can be read.
func (k *listCheck) records() error {
	for r := k.cursor(said, k.l.ID); r.key != nil; r.next() {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		_, anchor, named := bytes.Cut(r.key, []byte{0})
		if _, err := mapping.DecodeKept(lend(r.value)); err != nil || !named {
			k.report("What the source said of %q cannot be read", anchor)
		}
	}
	return nil
}

func (k *listCheck) size(r room) (n int) {
	for rows := k.cursor(r, k.l.ID); rows.key != nil; rows.next() {
		n++
	}
	return n
}

// counts compares the list's counts with the people there are.
func (k *listCheck) counts() {
	s := k.l.Standing
	if k.standing.Active != s.Active || k.standing.Inactive != s.Inactive || k.standing.Withdrawn != s.Withdrawn {
		k.report("The list counts %d active, %d inactive and %d withdrawn people; there are %d, %d and %d",
			s.Active, s.Inactive, s.Withdrawn, k.standing.Active, k.standing.Inactive, k.standing.Withdrawn)
	}
}
