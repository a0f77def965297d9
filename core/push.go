package core

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// A push is a source telling of one user or group by itself. It takes the road
// of everything else (planner, changeset, guard, application, journal), all of
// it in the transaction that stores the resource:
//
//	names and revision → tombstone → plan → hold or apply → resource
//
// What a list cannot take of a user never fails the request. The provider would
// send the same again and again, give up on everybody in the end, and nobody
// here could do anything about it. So the resource is stored as it came; values
// that the list refuses are left as they are in the list; a user without a
// usable UID is no person yet; and all of that is a Problem of the resource,
// with what to do about it. SettleProblems tries them again when something has
// changed. Only a name that is taken, a revision that has moved on and a list
// that is not connected are refused.

// Pusher is who pushes: the token, and what kind of provider seems to use it.
type Pusher struct {
	Actor    Actor
	Provider string // the Note of the changesets that it makes
}

// delivery is one write of one resource. What it finds out is set afresh each time
// the transaction runs.
type delivery struct {
	*Engine
	by   Pusher
	list roster.ListID
	kind ResourceKind
	said *Said
	// cells is what is said, read beforehand so that the writer need not.
	cells reading

	road *pushRoad
	res  Resource
	head changeset.Changeset
}

// CreateResource stores a new resource, and what it means for the list, and
// returns it once it is on disk. A user that was deleted is the same person
// again: one of the same externalId, or of the same userName where one of the
// two has no externalId. The error is ErrResourceTaken, or ErrNoPushes.
func (e *Engine) CreateResource(ctx context.Context, by Pusher, list roster.ListID, kind ResourceKind, said Said) (Resource, error) {
	if err := e.May(by.Actor, list, Push); err != nil {
		return Resource{}, err
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails; it ends the program instead
	p := &delivery{Engine: e, by: by, list: list, kind: kind, said: &said}
	return p.run(ctx, func(tx WriteTx) error {
		s := StoredResource{Number: tx.NextResource(list, kind), Random: maskRandom(binary.BigEndian.Uint64(random[:]))}
		s.Kind, s.ID, s.Created = kind, ResourceID(s.Number, s.Random), e.now()
		return p.write(tx, &s, nil)
	})
}

// ReplaceResource stores the next revision of a resource, and what it means for
// the list, and returns it once it is on disk. What changes nothing is returned
// as it is, unless it was overruled (see ResourceReader.Overruled): then the
// source insists. But the list follows it again where it went apart. The error is ErrResourceNotFound, ErrResourceStale, ErrResourceTaken
// or as of CreateResource.
func (e *Engine) ReplaceResource(ctx context.Context, by Pusher, list roster.ListID, kind ResourceKind, id string, revision uint64, said Said) (Resource, error) {
	if err := e.May(by.Actor, list, Push); err != nil {
		return Resource{}, err
	}
	p := &delivery{Engine: e, by: by, list: list, kind: kind, said: &said}
	return p.run(ctx, func(tx WriteTx) error {
		was, err := p.expected(tx, id, revision)
		if err != nil {
			return err
		}
		if was.JSON == said.JSON && len(said.Put) == 0 && len(said.Remove) == 0 {
			// To be told the same again is news only to who decided otherwise.
			insists, err := overruled(tx, list, &was.Resource)
			if err != nil {
				return err
			}
			if !insists {
				return p.again(tx, &was)
			}
		}
		s := was
		return p.write(tx, &s, &was)
	})
}

// again has the list follow a user of whom the source says what it said before.
func (p *delivery) again(tx WriteTx, was *StoredResource) error {
	p.res = was.Resource
	if p.kind != UserResource {
		return nil
	}
	now := *was
	works, err := p.road.work(tx, user{now: &now, was: was, cells: p.cells, quiet: true})
	if err != nil {
		return err
	}
	p.head, err = p.road.carryOut(tx, works)
	return err
}

// DeleteResource makes a resource be no more and returns what it was once that
// is on disk. A user's person is inactive from then on and belongs to no group;
// those groups get a new revision. With revision 0 any will do. The error is
// ErrResourceNotFound, ErrResourceStale or as of CreateResource.
func (e *Engine) DeleteResource(ctx context.Context, by Pusher, list roster.ListID, kind ResourceKind, id string, revision uint64) (Resource, error) {
	if err := e.May(by.Actor, list, Push); err != nil {
		return Resource{}, err
	}
	p := &delivery{Engine: e, by: by, list: list, kind: kind}
	return p.run(ctx, func(tx WriteTx) error {
		was, err := p.expected(tx, id, revision)
		if err != nil {
			return err
		}
		if kind == GroupResource {
			return p.deleteGroup(tx, &was)
		}
		return p.deleteUser(tx, &was)
	})
}

// expected returns the resource that a write is about.
func (p *delivery) expected(tx Tx, id string, revision uint64) (StoredResource, error) {
	was, err := liveResource(tx, p.list, p.kind, id)
	if err == nil && revision != 0 && was.Revision != revision {
		err = ErrResourceStale
	}
	return was, err
}

// run has the write done, and tells everybody of it.
func (p *delivery) run(ctx context.Context, write func(WriteTx) error) (Resource, error) {
	leave, err := p.enter(ctx, p.list, false)
	if err != nil {
		return Resource{}, err
	}
	defer leave()
	if p.said != nil && p.kind == UserResource {
		p.cells = reading{p.said.Cell, p.said.Active}
	}
	if p.kind == UserResource && !p.cells.active {
		if err := p.window(p.list).catchUp(ctx, p.Engine); err != nil {
			return Resource{}, err
		}
	}
	err = p.store.Update(ctx, func(tx WriteTx) error {
		p.res, p.head = Resource{}, changeset.Changeset{}
		l, err := tx.PeekList(p.list)
		if err != nil {
			return err
		}
		if !takesPushes(&l) {
			return ErrNoPushes
		}
		if p.road, err = p.newRoad(l); err != nil {
			return err
		}
		p.road.by = p.by
		return write(tx)
	})
	if err != nil {
		return Resource{}, err
	}
	p.res.Seq = p.head.Seq
	if p.head.Done() {
		p.settled(ctx, &p.head)
	} else {
		p.news.publish(Notice{List: p.list})
	}
	return p.res, nil
}

// write stores what was said of a resource; was is nil when it is new.
func (p *delivery) write(tx WriteTx, s, was *StoredResource) error {
	s.Revision, s.Modified = s.Revision+1, p.now()
	s.Name, s.JSON, s.Keys, s.Active = p.said.Name, p.said.JSON, p.said.Keys, p.said.Active
	if taken, err := p.taken(tx, s); err != nil || taken {
		if err == nil {
			err = ErrResourceTaken
		}
		return err
	}
	var err error
	if p.kind == GroupResource {
		err = p.writeGroup(tx, s, was)
	} else {
		err = p.writeUser(tx, s, was)
	}
	p.res = s.Resource
	return err
}

// taken reports whether another live resource of the kind has the name.
func (p *delivery) taken(tx Tx, s *StoredResource) (bool, error) {
	if s.Kind == GroupResource {
		return p.another(tx, s, ByDisplayName, s.Keys.DisplayName)
	}
	taken, err := p.another(tx, s, ByUserName, s.Keys.UserName)
	if err == nil && !taken && p.said.Unknown {
		taken, err = p.another(tx, s, ByExternalID, s.Keys.ExternalID)
	}
	return taken, err
}

// another reports whether another live resource of the kind has the text for the
// key.
func (p *delivery) another(tx Tx, s *StoredResource, key ResourceKey, text string) (bool, error) {
	if text == "" {
		return false, nil
	}
	for hit, err := range tx.FindResources(p.list, s.Kind, text) {
		if err != nil {
			return false, err
		}
		if !hit.Deleted && hit.Keys&key != 0 && hit.Number != s.Number {
			return true, nil
		}
	}
	return false, nil
}

func (p *delivery) writeUser(tx WriteTx, s, was *StoredResource) error {
	u := user{now: s, was: was, cells: p.cells}
	if was == nil {
		grave, err := p.tombstone(tx, s)
		if err != nil {
			return err
		}
		if u.grave = grave; grave != nil {
			s.Person = grave.Person
		}
	}
	works, err := p.road.work(tx, u)
	if err != nil {
		return err
	}
	if u.grave != nil {
		if err := tx.DeleteResource(p.list, u.grave); err != nil {
			return err
		}
	}
	p.head, err = p.road.carryOut(tx, works)
	return err
}

// tombstone finds the deleted user that a new one is: of the same externalId,
// or of the same userName where nothing says that it is somebody else.
func (p *delivery) tombstone(tx Tx, s *StoredResource) (*StoredResource, error) {
	for _, by := range []struct {
		key  ResourceKey
		text string
	}{{ByExternalID, s.Keys.ExternalID}, {ByUserName, s.Keys.UserName}} {
		found, err := findResources(tx, p.list, UserResource, by.key, by.text, true)
		if err != nil {
			return nil, err
		}
		for _, grave := range slices.Backward(found) {
			if by.key != ByExternalID && !mayBeSame(&grave, s) {
				continue
			}
			// Somebody live may have become that user meanwhile.
			if free, err := p.road.freeAnchor(tx, s, grave.Anchor); err != nil || free {
				return &grave, err
			}
		}
	}
	return nil, nil
}

// mayBeSame reports whether no externalId says that two resources are about two
// people.
func mayBeSame(a, b *StoredResource) bool {
	return a.Keys.ExternalID == "" || b.Keys.ExternalID == "" || a.Keys.ExternalID == b.Keys.ExternalID
}

// bury leaves of a resource what its person may be known by later.
func (p *delivery) bury(was *StoredResource) StoredResource {
	grave := StoredResource{Number: was.Number, Random: was.Random, Deleted: true, Person: was.Person, Held: was.Held, Item: was.Item}
	grave.Kind, grave.ID, grave.Revision = was.Kind, was.ID, was.Revision+1
	grave.Created, grave.Modified = was.Created, p.now()
	if was.Kind == UserResource {
		grave.Anchor = was.Anchor
		grave.Keys = ResourceKeys{UserName: was.Keys.UserName, ExternalID: was.Keys.ExternalID}
	}
	return grave
}

func (p *delivery) deleteUser(tx WriteTx, was *StoredResource) error {
	groups, err := groupsOf(tx, p.list, was.ID)
	if err != nil {
		return err
	}
	for i := range groups {
		if err := tx.DeleteGroupMember(p.list, groups[i].Number, was.ID); err != nil {
			return err
		}
		if err := p.touch(tx, &groups[i]); err != nil {
			return err
		}
	}
	p.res = was.Resource
	grave := p.bury(was)
	w, err := p.road.departure(tx, &grave, was)
	if err != nil {
		return err
	}
	p.head, err = p.road.carryOut(tx, []work{w})
	return err
}

// touch gives a group its next revision.
func (p *delivery) touch(tx WriteTx, group *StoredResource) error {
	was := *group
	group.Revision, group.Modified = group.Revision+1, p.now()
	return tx.PutResource(p.list, group, &was)
}

func (p *delivery) writeGroup(tx WriteTx, s, was *StoredResource) error {
	if err := tx.PutResource(p.list, s, was); err != nil {
		return err
	}
	touched := make([]string, 0, len(p.said.Put)+len(p.said.Remove))
	for _, id := range p.said.Remove {
		if err := tx.DeleteGroupMember(p.list, s.Number, id); err != nil {
			return err
		}
		touched = append(touched, id)
	}
	for i := range p.said.Put {
		m := &p.said.Put[i]
		if err := tx.PutGroupMember(p.list, s.Number, m); err != nil {
			return err
		}
		touched = append(touched, m.ID)
	}
	if was != nil && was.Name != s.Name && p.road.groups {
		all, err := p.members(tx, s.Number)
		if err != nil {
			return err
		}
		touched = append(touched, all...)
	}
	return p.remap(tx, touched)
}

func (p *delivery) deleteGroup(tx WriteTx, was *StoredResource) error {
	members, err := p.members(tx, was.Number)
	if err != nil {
		return err
	}
	for _, id := range members {
		if err := tx.DeleteGroupMember(p.list, was.Number, id); err != nil {
			return err
		}
	}
	groups, err := groupsOf(tx, p.list, was.ID)
	if err != nil {
		return err
	}
	for i := range groups {
		if err := tx.DeleteGroupMember(p.list, groups[i].Number, was.ID); err != nil {
			return err
		}
		if err := p.touch(tx, &groups[i]); err != nil {
			return err
		}
	}
	p.res = was.Resource
	grave := p.bury(was)
	if err := tx.PutResource(p.list, &grave, was); err != nil {
		return err
	}
	return p.remap(tx, members)
}

func (p *delivery) members(tx Tx, group uint64) (ids []string, err error) {
	for m, err := range tx.GroupMembers(p.list, group) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, strings.Clone(m.ID))
	}
	return ids, nil
}

// remap carries out what it means for users that they belong to other groups
// now, or to the same by another name, if the list has a field for that.
func (p *delivery) remap(tx WriteTx, ids []string) error {
	if !p.road.groups {
		return nil
	}
	slices.Sort(ids)
	var works []work
	for _, id := range slices.Compact(ids) {
		s, err := liveResource(tx, p.list, UserResource, id)
		if fault.Is(err, fault.NotFound) {
			continue // a group, or a user who is not here yet
		}
		if err != nil {
			return err
		}
		now := s
		one, err := p.road.plan(tx, user{now: &now, was: &s, quiet: true})
		if err != nil {
			return err
		}
		works = append(works, one)
	}
	var err error
	p.head, err = p.road.carryOut(tx, works)
	return err
}
