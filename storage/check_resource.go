package storage

import (
	"bytes"
	"encoding/binary"

	"muster/core"
)

// resources checks what sources pushed against its indexes, and these against
// it, by count: every row that should be there has been found, so there are
// others only if there are more.
func (k *listCheck) resources() error {
	counts := make(map[string]int)
	problems := 0
	for r := k.cursor(resources, k.l.ID); r.key != nil; r.next() {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		s, err := decodeResource(r.key, lend(r.value))
		if err != nil {
			k.report("The resource at %x cannot be read", r.key)
			continue
		}
		if !s.Deleted {
			counts[string(resourceKey(s.Kind, s.Number>>countShift))]++
		}
		k.resource(&s)
		k.indexed.resources += len(namesOf(nil, &s))
		if s.Problem != "" {
			problems++
			switch row := k.t.get(resourceProblems, k.l.ID, r.key); {
			case row == nil:
				k.report("The resource %s has a problem, which is missing from the index", s.ID)
			case !bytes.Equal(row, problemRow(&s)):
				k.report("The resource %s has a problem, and the index says otherwise whether it is a person", s.ID)
			}
		}
	}
	if k.size(resourceProblems) != problems {
		for r := k.cursor(resourceProblems, k.l.ID); r.key != nil; r.next() {
			if s, ok, err := k.stored(r.key); !ok || err != nil || s.Problem == "" {
				k.report("The index of problems holds %x, which has none", r.key)
			}
		}
	}
	k.tallies(counts)
	return nil
}

// stored returns the resource that a row of an index is about.
func (k *listCheck) stored(key []byte) (s core.StoredResource, ok bool, err error) {
	if len(key) != 9 {
		return s, false, nil
	}
	return k.t.Resource(k.l.ID, core.ResourceKind(key[0]), binary.BigEndian.Uint64(key[1:]))
}

// inRoom reports whether a room of bare keys holds the key.
func (k *listCheck) inRoom(r room, key []byte) bool {
	b := k.t.room(r, k.l.ID)
	if b == nil {
		return false
	}
	found, _ := b.Cursor().Seek(key)
	return bytes.Equal(found, key)
}

// resource checks one against the index of names, in which it is alone under
// its own.
func (k *listCheck) resource(s *core.StoredResource) {
	switch {
	case s.Revision == 0 || s.Random>>62 != 0:
		k.report("The resource %s has an impossible revision or id", s.ID)
	case s.Deleted && s.JSON != "":
		k.report("The resource %s was deleted, and its contents are there", s.ID)
	case !s.Deleted && s.Kind == core.UserResource && s.Anchor == "":
		k.report("The user %s has no anchor", s.ID)
	}
	for _, n := range namesOf(nil, s) {
		row := binary.BigEndian.AppendUint64(resourceNameKey(n.text, s.Kind), s.Number)
		if v := k.t.get(names, k.l.ID, row); len(v) != 1 || v[0] != byte(n.is) {
			k.report("The resource %s has the name %q, and the index says otherwise", s.ID, n.text)
		}
	}
	name, key := s.Keys.UserName, core.ByUserName
	if s.Kind == core.GroupResource {
		name, key = s.Keys.DisplayName, core.ByDisplayName
	}
	if s.Deleted || name == "" {
		return
	}
	for hit, err := range k.t.FindResources(k.l.ID, s.Kind, name) {
		if err == nil && hit.Number > s.Number && !hit.Deleted && hit.Keys&key != 0 {
			k.report("The resource %s has the name %q, which number %d has, too", s.ID, name, hit.Number)
		}
	}
}

// groups checks that members and memberships tell the same, of groups that are
// there.
func (k *listCheck) groups() error {
	members := 0
	for r := k.cursor(groupMembers, k.l.ID); r.key != nil; r.next() {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		if len(r.key) < 9 {
			k.report("There is a member of a group at %x, where none can be", r.key)
			continue
		}
		members++
		group, id := binary.BigEndian.Uint64(r.key), string(r.key[8:])
		if _, err := decodeMember(id, lend(r.value)); err != nil {
			k.report("The member %q of group %d cannot be read", id, group)
		}
		if !k.liveGroup(group) {
			k.report("%q is a member of group %d, which there is not", id, group)
		}
		if !k.inRoom(memberships, membershipKey(id, group)) {
			k.report("%q is a member of group %d, and the index of memberships says otherwise", id, group)
		}
	}
	if k.size(memberships) == members {
		return nil
	}
	for r := k.cursor(memberships, k.l.ID); r.key != nil; r.next() {
		cut := len(r.key) - 9
		if cut < 1 || k.t.get(groupMembers, k.l.ID, groupMemberKey(binary.BigEndian.Uint64(r.key[cut+1:]), string(r.key[:cut]))) == nil {
			k.report("The index of memberships holds %x, which is none", r.key)
		}
	}
	return nil
}

func (k *listCheck) liveGroup(number uint64) bool {
	g, ok, err := k.t.Resource(k.l.ID, core.GroupResource, number)
	return ok && err == nil && !g.Deleted
}
