package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"muster/core"
	"muster/core/roster"
)

// The index of a list holds every text that somebody is found by:
//
//	text, 0, 'u'              → id 16; who has the UID, folded
//	text, 0, 'f', field 2     → id 16; who has the value, folded, in a unique
//	                            field that is not the UID
//	text, 0, 'a', connection  → id 16; whom a source calls so
//	text, 0, kind 1, number 8 → what of the resource the text is; a bit marks a
//	                            tombstone's
//
// A 0 in a text has a 0xff behind it, which UTF-8 has nowhere, so that the first
// 0 without one ends the text.
const (
	isUID    = 'u'
	isUnique = 'f'
	isAnchor = 'a'
)

// longText is from how many bytes on a text is in the index by its hash.
const longText = 512

// textKey is what the rows of a text begin with, with room for the rest.
func textKey(text string) []byte {
	if len(text) >= longText {
		sum := sha256.Sum256([]byte(text))
		text = text[:longText/2] + hex.EncodeToString(sum[:])
	}
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "\x00\xff")
	}
	b := make([]byte, 0, len(text)+10)
	return append(append(b, text...), 0)
}

func uidKey(folded string) []byte { return append(textKey(folded), isUID) }

func uniqueKey(f roster.FieldID, folded string) []byte {
	return binary.BigEndian.AppendUint16(append(textKey(folded), isUnique), uint16(f))
}

func linkKey(l roster.Link) []byte {
	return append(append(textKey(l.Anchor), isAnchor), l.Connection...)
}

// resourceNameKey is what the rows of the resources begin with that have a
// text; their numbers follow.
func resourceNameKey(text string, kind core.ResourceKind) []byte {
	return append(textKey(text), byte(kind))
}

// parted takes apart a key of the index: what the rows of its text begin with,
// what the text is, and what follows.
func parted(key []byte) (text []byte, is byte, rest []byte, ok bool) {
	for i := 0; i < len(key)-1; i++ {
		if key[i] == 0 && key[i+1] != 0xff {
			return key[:i+1], key[i+1], key[i+2:], true
		}
	}
	return nil, 0, nil, false
}

// row is a row of the index, without its text.
type row struct {
	is          byte
	rest, value string
}

// lookup is a text that was looked for, and its rows.
type lookup struct {
	list roster.ListID
	text string
	rows []row
}

// A push asks for the same few texts again and again until it writes. They are
// looked for once: so many texts are kept, of those that have not too many rows.
const (
	mostLookups = 8
	mostRows    = 16
)

// rows returns all rows of a text; ok is false when it has too many, or is not
// worth keeping.
func (t *txn) rows(list roster.ListID, text string) (found []row, ok bool) {
	if t.bulk || !t.tx.Writable() {
		return nil, false
	}
	for i := range t.lookups {
		if l := &t.lookups[i]; l.text == text && l.list == list {
			return l.rows, true
		}
	}
	prefix := textKey(text)
	o := t.look(place{names, list})
	if o.bucket != nil {
		c := o.bucket.Cursor()
		for k, v := c.Seek(prefix); len(k) > len(prefix) && bytes.HasPrefix(k, prefix) && k[len(prefix)] != 0xff; k, v = c.Next() {
			if len(found) == mostRows {
				return nil, false
			}
			found = append(found, row{k[len(prefix)], string(k[len(prefix)+1:]), string(v)})
		}
	}
	if len(t.lookups) == mostLookups {
		t.lookups = t.lookups[:0]
	}
	t.lookups = append(t.lookups, lookup{list, text, found})
	return found, true
}

// holder returns whose the text is.
func (t *txn) holder(list roster.ListID, text string, is byte, rest string, key func() []byte) (roster.PersonID, bool) {
	rows, ok := t.rows(list, text)
	if !ok {
		return personID(t.get(names, list, key()))
	}
	for _, r := range rows {
		if r.is == is && r.rest == rest {
			return personID([]byte(r.value))
		}
	}
	return roster.PersonID{}, false
}

func (t *txn) ByUID(list roster.ListID, folded string) (roster.PersonID, bool) {
	return t.holder(list, folded, isUID, "", func() []byte { return uidKey(folded) })
}

func (t *txn) PutUID(list roster.ListID, folded string, id roster.PersonID) error {
	return t.put(names, list, uidKey(folded), id[:])
}

func (t *txn) DeleteUID(list roster.ListID, folded string) error {
	return t.delete(names, list, uidKey(folded))
}

func (t *txn) ByUnique(list roster.ListID, f roster.FieldID, folded string) (roster.PersonID, bool) {
	return personID(t.get(names, list, uniqueKey(f, folded)))
}

func (t *txn) PutUnique(list roster.ListID, f roster.FieldID, folded string, id roster.PersonID) error {
	return t.put(names, list, uniqueKey(f, folded), id[:])
}

func (t *txn) DeleteUnique(list roster.ListID, f roster.FieldID, folded string) error {
	return t.delete(names, list, uniqueKey(f, folded))
}

func (t *txn) ByLink(list roster.ListID, link roster.Link) (roster.PersonID, bool) {
	return t.holder(list, link.Anchor, isAnchor, link.Connection, func() []byte { return linkKey(link) })
}

func (t *txn) PutLink(list roster.ListID, link roster.Link, id roster.PersonID) error {
	return t.put(names, list, linkKey(link), id[:])
}

func (t *txn) DeleteLink(list roster.ListID, link roster.Link) error {
	return t.delete(names, list, linkKey(link))
}

// inIndex counts the rows of the index of names.
type inIndex struct{ uids, uniques, links, resources int }

// names looks in the index for rows that belong to nobody. Everybody has been
// found in it, so there are none unless there are more rows than that.
func (k *listCheck) names() error {
	var all inIndex
	for r := k.cursor(names, k.l.ID); r.key != nil; r.next() {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		switch _, is, rest, ok := parted(r.key); {
		case ok && is == isUID && len(rest) == 0:
			all.uids++
		case ok && is == isUnique && len(rest) == 2:
			all.uniques++
		case ok && is == isAnchor:
			all.links++
		case ok && is <= byte(core.GroupResource) && len(rest) == 8:
			all.resources++
		default:
			k.report("There is a name at %x, where none can be", r.key)
		}
	}
	if all == k.indexed {
		return nil
	}
	for r := k.cursor(names, k.l.ID); r.key != nil; r.next() {
		text, is, rest, _ := parted(r.key)
		switch {
		case is == isUID && all.uids != k.indexed.uids:
			k.strayUID(text, r.value)
		case is == isUnique && all.uniques != k.indexed.uniques:
			k.strayUnique(text, roster.FieldID(binary.BigEndian.Uint16(rest)), r.value)
		case is == isAnchor && all.links != k.indexed.links:
			k.strayLink(text, string(rest), r.value)
		case is <= byte(core.GroupResource) && len(rest) == 8 && all.resources != k.indexed.resources:
			k.strayName(text, core.ResourceKind(is), binary.BigEndian.Uint64(rest))
		}
	}
	return k.ctx.Err()
}

func (k *listCheck) strayUID(text, value []byte) {
	id, _ := personID(value)
	p, ok, err := k.t.Person(k.l.ID, id)
	if !ok || err != nil || p.Status == roster.Withdrawn || !bytes.Equal(textKey(roster.FoldUID(p.Values.Get(k.uid))), text) {
		k.report("The index says that the UID %q is %s, which is not so", text[:len(text)-1], id)
	}
}

func (k *listCheck) strayUnique(text []byte, field roster.FieldID, value []byte) {
	id, _ := personID(value)
	p, ok, err := k.t.Person(k.l.ID, id)
	f, there := k.l.Schema.ByID(field)
	if !ok || err != nil || p.Status == roster.Withdrawn || !there || !f.Unique || !bytes.Equal(textKey(roster.FoldUID(p.Values.Get(field))), text) {
		k.report("The index says that %q in a unique field is %s, which is not so", text[:len(text)-1], id)
	}
}

func (k *listCheck) strayLink(text []byte, connection string, value []byte) {
	id, _ := personID(value)
	p, ok, err := k.t.Person(k.l.ID, id)
	if at, _ := p.LinkTo(connection); !ok || err != nil || p.Status == roster.Withdrawn || !bytes.Equal(textKey(at), text) {
		k.report("The index says that %q at the source is %s, which is not so", text[:len(text)-1], id)
	}
}

func (k *listCheck) strayName(text []byte, kind core.ResourceKind, number uint64) {
	s, ok, err := k.t.Resource(k.l.ID, kind, number)
	if ok && err == nil {
		for _, n := range namesOf(nil, &s) {
			if bytes.Equal(textKey(n.text), text) {
				return
			}
		}
	}
	k.report("The index of names holds %q, which no resource has", text[:len(text)-1])
}
