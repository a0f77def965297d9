package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// The rows of a resource's indexes follow from the resource, so PutResource
// keeps them in step by itself.

func resourceKey(kind core.ResourceKind, number uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), byte(kind)), number)
}

// tombstone marks a row of the index of names as a deleted resource's.
const tombstone = 0x80

// name is a text by which a resource is found, and what of it the text is.
type name struct {
	text string
	is   core.ResourceKey
}

// namesOf appends the texts by which a resource is found, each once.
func namesOf(all []name, s *core.StoredResource) []name {
	add := func(text string, is core.ResourceKey) {
		if text == "" {
			return
		}
		if s.Deleted {
			is |= tombstone
		}
		if i := findName(all, text); i >= 0 {
			all[i].is |= is
			return
		}
		all = append(all, name{text, is})
	}
	add(s.Keys.UserName, core.ByUserName)
	add(s.Keys.ExternalID, core.ByExternalID)
	add(s.Keys.DisplayName, core.ByDisplayName)
	for _, email := range s.Keys.Emails {
		add(email, core.ByEmail)
	}
	return all
}

// findName returns where a text is, -1 when it is nowhere.
func findName(all []name, text string) int {
	return slices.IndexFunc(all, func(n name) bool { return n.text == text })
}

// What is left out of a stored resource because it follows from the rest.
const (
	isActive uint16 = 1 << iota
	isDeleted
	nameIsKey      // Name is as the userName or displayName is compared
	mailIsUserName // the first e-mail address is the userName
	anchorIsExternal
	anchorIsID
	hasProblem
	hasPerson
	isHeld
)

func appendResource(b []byte, s *core.StoredResource) []byte {
	key := s.Keys.UserName
	if s.Kind == core.GroupResource {
		key = s.Keys.DisplayName
	}
	var flags uint16
	set := func(is bool, flag uint16) bool {
		if is {
			flags |= flag
		}
		return is
	}
	set(s.Active, isActive)
	set(s.Deleted, isDeleted)
	sameName := set(s.Name == key, nameIsKey)
	sameMail := set(len(s.Keys.Emails) > 0 && s.Keys.Emails[0] == s.Keys.UserName, mailIsUserName)
	external := set(s.Anchor == s.Keys.ExternalID, anchorIsExternal)
	own := set(s.Anchor == s.ID, anchorIsID)
	problem := set(s.Problem != "", hasProblem)
	person := set(s.Person != roster.PersonID{}, hasPerson)
	held := set(s.Held != 0, isHeld)
	b = binary.BigEndian.AppendUint16(b, flags)
	b = binary.BigEndian.AppendUint64(b, s.Random)
	created := uint64(s.Created.UnixMilli())
	for _, n := range []uint64{s.Revision, created, uint64(s.Modified.UnixMilli()) - created} {
		b = binary.AppendUvarint(b, n)
	}
	b = appendText(b, key)
	b = appendText(b, s.Keys.ExternalID)
	mails := s.Keys.Emails
	b = binary.AppendUvarint(b, uint64(len(mails)))
	if sameMail {
		mails = mails[1:]
	}
	for _, mail := range mails {
		b = appendText(b, mail)
	}
	if !sameName {
		b = appendText(b, s.Name)
	}
	if !external && !own {
		b = appendText(b, s.Anchor)
	}
	if problem {
		b = appendText(appendText(b, s.Problem), s.Remedy)
	}
	if person {
		b = append(b, s.Person[:]...)
	}
	if held {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(s.Held)), uint64(s.Item))
	}
	return append(b, s.JSON...)
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

var errResource = errors.New("decode resource: stored bytes are cut short or damaged")

// decodeResource reads what appendResource wrote. The strings share the memory
// of stored.
func decodeResource(key []byte, stored string) (s core.StoredResource, err error) {
	if len(key) != 9 || key[0] > byte(core.GroupResource) {
		return s, errResource
	}
	s.Kind, s.Number = core.ResourceKind(key[0]), binary.BigEndian.Uint64(key[1:])
	d := roster.NewDecoder(stored)
	head := d.Bytes(10)
	if d.Failed() {
		return s, errResource
	}
	flags := flagsOf([]byte(head))
	has := func(flag uint16) bool { return flags&flag != 0 }
	s.Active, s.Deleted = has(isActive), has(isDeleted)
	s.Random = binary.BigEndian.Uint64([]byte(head[2:]))
	s.ID = core.ResourceID(s.Number, s.Random)
	s.Revision = d.Uvarint()
	created := int64(d.Uvarint())
	s.Created = time.UnixMilli(created).UTC()
	s.Modified = time.UnixMilli(created + int64(d.Uvarint())).UTC()
	s.Name = d.Text()
	if s.Kind == core.GroupResource {
		s.Keys.DisplayName = s.Name
	} else {
		s.Keys.UserName = s.Name
	}
	s.Keys.ExternalID = d.Text()
	mails := d.Uvarint()
	if mails > uint64(len(d.Rest()))+1 {
		return s, errResource
	}
	if mails > 0 {
		s.Keys.Emails = make([]string, 0, mails)
	}
	if has(mailIsUserName) {
		s.Keys.Emails = append(s.Keys.Emails, s.Keys.UserName)
	}
	for uint64(len(s.Keys.Emails)) < mails && !d.Failed() {
		s.Keys.Emails = append(s.Keys.Emails, d.Text())
	}
	if !has(nameIsKey) {
		s.Name = d.Text()
	}
	switch {
	case has(anchorIsExternal):
		s.Anchor = s.Keys.ExternalID
	case has(anchorIsID):
		s.Anchor = s.ID
	default:
		s.Anchor = d.Text()
	}
	if has(hasProblem) {
		s.Problem, s.Remedy = d.Text(), d.Text()
	}
	if has(hasPerson) {
		copy(s.Person[:], d.Bytes(len(s.Person)))
	}
	if has(isHeld) {
		s.Held, s.Item = changeset.ID(d.Uvarint()), int(d.Uvarint())
	}
	s.JSON = d.Rest()
	if d.Failed() || uint64(len(s.Keys.Emails)) != mails {
		return s, errResource
	}
	return s, nil
}

// flagsOf reads the flags of a stored resource.
func flagsOf(stored []byte) uint16 {
	if len(stored) < 2 {
		return 0
	}
	return binary.BigEndian.Uint16(stored)
}

// text is bytes of the file as a string: lent, unless a write may come.
func (t *txn) text(b []byte) string {
	if t.tx.Writable() {
		return string(b)
	}
	return lend(b)
}

func (t *txn) Resource(list roster.ListID, kind core.ResourceKind, number uint64) (core.StoredResource, bool, error) {
	key := resourceKey(kind, number)
	v := t.get(resources, list, key)
	if v == nil {
		return core.StoredResource{}, false, nil
	}
	s, err := decodeResource(key, t.text(v))
	return s, true, err
}

func (t *txn) FindResources(list roster.ListID, kind core.ResourceKind, text string) iter.Seq2[core.ResourceHit, error] {
	return func(yield func(core.ResourceHit, error) bool) {
		if rows, ok := t.rows(list, text); ok {
			for _, r := range rows {
				if r.is == byte(kind) && !yield(hitOf(r.rest, r.value)) {
					return
				}
			}
			return
		}
		b := t.room(names, list)
		if b == nil {
			return
		}
		prefix := resourceNameKey(text, kind)
		c := b.Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			hit, err := hitOf(lend(k[len(prefix):]), lend(v))
			if !yield(hit, err) || err != nil {
				return
			}
		}
	}
}

// hitOf reads what follows a text and the kind in the index, and what stands there.
func hitOf(rest, value string) (core.ResourceHit, error) {
	if len(rest) != 8 || len(value) != 1 {
		return core.ResourceHit{}, errResource
	}
	return core.ResourceHit{
		Number: binary.BigEndian.Uint64([]byte(rest)), Keys: core.ResourceKey(value[0] &^ tombstone), Deleted: value[0]&tombstone != 0,
	}, nil
}

func (t *txn) Resources(list roster.ListID, kind core.ResourceKind, after uint64, skip int) iter.Seq2[core.StoredResource, error] {
	return func(yield func(core.StoredResource, error) bool) {
		b := t.room(resources, list)
		if b == nil {
			return
		}
		from := after + 1
		// Whole rows of counts are passed over without looking at who is there.
		if skip >= 1<<countShift {
			var err error
			if from, skip, err = t.pass(list, kind, from, skip); err != nil {
				yield(core.StoredResource{}, err)
				return
			}
		}
		c := b.Cursor()
		for k, v := c.Seek(resourceKey(kind, from)); len(k) == 9 && k[0] == byte(kind); k, v = c.Next() {
			if flagsOf(v)&isDeleted != 0 {
				continue
			}
			if skip > 0 {
				skip--
				continue
			}
			s, err := decodeResource(k, t.text(v))
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

func (t *txn) NextResource(list roster.ListID, kind core.ResourceKind) uint64 {
	b := t.room(resources, list)
	if b == nil {
		return 1
	}
	c := b.Cursor()
	k, _ := c.Seek(resourceKey(kind+1, 0))
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if len(k) != 9 || k[0] != byte(kind) {
		return 1
	}
	return binary.BigEndian.Uint64(k[1:]) + 1
}

// PutResource stores a resource and keeps its indexes; was is what is stored of
// it, nil if it is new.
func (t *txn) PutResource(list roster.ListID, s, was *core.StoredResource) error {
	key := resourceKey(s.Kind, s.Number)
	if err := t.put(resources, list, key, appendResource(make([]byte, 0, len(s.JSON)+256), s)); err != nil {
		return err
	}
	var room [2 * usualNames]name
	before, lived := room[:0:usualNames], false
	if was != nil {
		before, lived = namesOf(before, was), !was.Deleted
	}
	if err := t.putNames(list, s.Kind, s.Number, before, namesOf(room[usualNames:usualNames], s)); err != nil {
		return err
	}
	if lives := !s.Deleted; lives != lived {
		by := 1
		if lived {
			by = -1
		}
		t.count(list, s.Kind, s.Number, by)
	}
	switch row := problemRow(s); {
	case bytes.Equal(row, problemRow(was)):
		return nil
	case row != nil:
		return t.put(resourceProblems, list, key, row)
	}
	return t.delete(resourceProblems, list, key)
}

// problemRow is what the index of problems has of a resource, nil if nothing.
func problemRow(s *core.StoredResource) []byte {
	switch {
	case s == nil || s.Problem == "":
		return nil
	case s.Person == roster.PersonID{}:
		return []byte{0}
	}
	return []byte{1}
}

// usualNames is how many texts most resources are found by, at most.
const usualNames = 6

// DeleteResource forgets a resource that was deleted.
func (t *txn) DeleteResource(list roster.ListID, s *core.StoredResource) error {
	if err := t.putNames(list, s.Kind, s.Number, namesOf(nil, s), nil); err != nil {
		return err
	}
	if !s.Deleted {
		t.count(list, s.Kind, s.Number, -1)
	}
	key := resourceKey(s.Kind, s.Number)
	if err := t.delete(resourceProblems, list, key); err != nil {
		return err
	}
	return t.delete(resources, list, key)
}

// putNames makes the rows of a resource in the index of names what they shall
// be.
func (t *txn) putNames(list roster.ListID, kind core.ResourceKind, number uint64, before, after []name) error {
	row := func(text string) []byte { return binary.BigEndian.AppendUint64(resourceNameKey(text, kind), number) }
	for _, n := range before {
		if findName(after, n.text) < 0 {
			if err := t.delete(names, list, row(n.text)); err != nil {
				return err
			}
		}
	}
	for _, n := range after {
		if i := findName(before, n.text); i < 0 || before[i].is != n.is {
			if err := t.put(names, list, row(n.text), []byte{byte(n.is)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *txn) EachProblem(list roster.ListID, fn func(kind core.ResourceKind, number uint64, somebody bool) error) error {
	b := t.room(resourceProblems, list)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		if len(k) != 9 || len(v) != 1 {
			return errResource
		}
		return fn(core.ResourceKind(k[0]), binary.BigEndian.Uint64(k[1:]), v[0] != 0)
	})
}

func groupMemberKey(group uint64, id string) []byte {
	b := make([]byte, 0, 8+len(id))
	return append(binary.BigEndian.AppendUint64(b, group), id...)
}

func membershipKey(id string, group uint64) []byte {
	b := make([]byte, 0, len(id)+9)
	return binary.BigEndian.AppendUint64(append(append(b, id...), 0), group)
}

func appendMember(b []byte, m *core.GroupMember) []byte {
	if m.Group {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return append(appendText(b, m.Type), m.Display...)
}

func decodeMember(id, stored string) (core.GroupMember, error) {
	d := roster.NewDecoder(stored)
	group := d.Bytes(1)
	m := core.GroupMember{ID: id, Type: d.Text(), Display: d.Rest()}
	if d.Failed() || group > "\x01" {
		return m, fmt.Errorf("decode member %q of a group: bytes are missing", id)
	}
	m.Group = group == "\x01"
	return m, nil
}

func (t *txn) GroupMember(list roster.ListID, group uint64, id string) (core.GroupMember, bool, error) {
	v := t.get(groupMembers, list, groupMemberKey(group, id))
	if v == nil {
		return core.GroupMember{}, false, nil
	}
	m, err := decodeMember(strings.Clone(id), t.text(v))
	return m, true, err
}

func (t *txn) GroupMembers(list roster.ListID, group uint64) iter.Seq2[core.GroupMember, error] {
	return func(yield func(core.GroupMember, error) bool) {
		b := t.room(groupMembers, list)
		if b == nil {
			return
		}
		prefix := groupMemberKey(group, "")
		c := b.Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			m, err := decodeMember(t.text(k[len(prefix):]), t.text(v))
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

func (t *txn) GroupsWith(list roster.ListID, id string) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		b := t.room(memberships, list)
		if b == nil {
			return
		}
		prefix := append([]byte(id), 0)
		c := b.Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			if len(k) == len(prefix)+8 && !yield(binary.BigEndian.Uint64(k[len(prefix):]), nil) {
				return
			}
		}
	}
}

func (t *txn) PutGroupMember(list roster.ListID, group uint64, m *core.GroupMember) error {
	if err := t.put(groupMembers, list, groupMemberKey(group, m.ID), appendMember(nil, m)); err != nil {
		return err
	}
	return t.put(memberships, list, membershipKey(m.ID, group), nil)
}

func (t *txn) DeleteGroupMember(list roster.ListID, group uint64, id string) error {
	if err := t.delete(groupMembers, list, groupMemberKey(group, id)); err != nil {
		return err
	}
	return t.delete(memberships, list, membershipKey(id, group))
}
