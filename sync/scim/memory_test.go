package scim_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"muster/sync/scim"
	"muster/sync/scim/filter"
	"muster/sync/scim/resource"
)

// memory is a Host with one list, kept in memory: what the protocol is tested
// on. It says no more than the interfaces ask.
type memory struct {
	slug  string
	token string
	types *scim.Types
	clock func() time.Time

	mu     sync.RWMutex
	next   int
	kinds  [2][]scim.Entry // by id
	drafts map[string]scim.Draft
	names  [2]map[string]string
	groups map[string][]resource.Member

	overruled map[string]bool // ids of those about whom somebody decided otherwise
}

func newMemory() *memory {
	return &memory{
		slug: "staff", token: "sct_letmein", types: scim.NewTypes(custom()), clock: time.Now,
		drafts: make(map[string]scim.Draft), names: [2]map[string]string{{}, {}}, groups: make(map[string][]resource.Member),
	}
}

func (m *memory) Enter(_ context.Context, c scim.Caller) (scim.Access, error) {
	if c.List != m.slug || c.Token != sha256.Sum256([]byte(m.token)) {
		return scim.Access{}, scim.ErrDenied
	}
	return scim.Access{Directory: m}, nil
}

func (m *memory) Note(scim.Facts) {}

func (m *memory) Types() *scim.Types { return m.types }

func (m *memory) View(_ context.Context, fn func(scim.Reader) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return fn((*reader)(m))
}

func (m *memory) find(k scim.Kind, id string) (int, bool) {
	return slices.BinarySearchFunc(m.kinds[k], id, func(e scim.Entry, id string) int { return cmp.Compare(e.ID, id) })
}

func name(k scim.Kind, keys resource.Keys) string {
	if k == scim.Groups {
		return keys.DisplayName
	}
	return keys.UserName
}

func (m *memory) Create(_ context.Context, k scim.Kind, d scim.Draft) (scim.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.names[k][name(k, d.Keys)]; ok {
		return scim.Entry{}, scim.ErrTaken
	}
	if d.Unknown && k == scim.Users && d.Keys.ExternalID != "" && slices.ContainsFunc(m.kinds[k], func(e scim.Entry) bool {
		return m.drafts[e.ID].Keys.ExternalID == d.Keys.ExternalID
	}) {
		return scim.Entry{}, scim.ErrTaken
	}
	m.next++
	now := m.clock()
	e := scim.Entry{ID: fmt.Sprintf("%c%07d", "ug"[k], m.next), Revision: 1, Created: now, Modified: now, JSON: d.JSON}
	m.kinds[k] = append(m.kinds[k], e)
	m.write(k, e.ID, d)
	return e, nil
}

func (m *memory) write(k scim.Kind, id string, d scim.Draft) {
	delete(m.overruled, id)
	m.names[k][name(k, d.Keys)] = id
	m.drafts[id] = d
	for _, gone := range d.Remove {
		m.groups[id] = slices.DeleteFunc(m.groups[id], func(x resource.Member) bool { return x.ID == gone })
	}
	for _, add := range d.Put {
		m.groups[id] = append(slices.DeleteFunc(m.groups[id], func(x resource.Member) bool { return x.ID == add.ID }), add)
	}
}

func (m *memory) Replace(_ context.Context, k scim.Kind, id string, revision uint64, d scim.Draft) (scim.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.find(k, id)
	if !ok {
		return scim.Entry{}, scim.ErrNotFound
	}
	e := &m.kinds[k][i]
	if e.Revision != revision {
		return scim.Entry{}, scim.ErrStale
	}
	if holder, ok := m.names[k][name(k, d.Keys)]; ok && holder != id {
		return scim.Entry{}, scim.ErrTaken
	}
	delete(m.names[k], name(k, m.drafts[id].Keys))
	e.Revision, e.Modified, e.JSON = e.Revision+1, m.clock(), d.JSON
	m.write(k, id, d)
	return *e, nil
}

func (m *memory) Delete(_ context.Context, k scim.Kind, id string, revision uint64) (was scim.Entry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.find(k, id)
	switch {
	case !ok:
		return was, scim.ErrNotFound
	case revision != 0 && m.kinds[k][i].Revision != revision:
		return was, scim.ErrStale
	}
	was = m.kinds[k][i]
	delete(m.names[k], name(k, m.drafts[id].Keys))
	m.kinds[k] = slices.Delete(m.kinds[k], i, i+1)
	delete(m.drafts, id)
	delete(m.groups, id)
	for g, members := range m.groups {
		left := slices.DeleteFunc(slices.Clone(members), func(x resource.Member) bool { return x.ID == id })
		if at, ok := m.find(scim.Groups, g); ok && len(left) < len(members) {
			m.groups[g] = left
			m.kinds[scim.Groups][at].Revision++
		}
	}
	return was, nil
}

type reader memory

func (r *reader) Get(k scim.Kind, id string) (scim.Entry, error) {
	i, ok := (*memory)(r).find(k, id)
	if !ok {
		return scim.Entry{}, scim.ErrNotFound
	}
	return r.kinds[k][i], nil
}

func (r *reader) Find(k scim.Kind, key filter.Key, text string) (found []scim.Entry, err error) {
	switch key {
	case filter.ByUserName, filter.ByDisplayName:
		if id, ok := r.names[k][text]; ok {
			e, err := r.Get(k, id)
			return []scim.Entry{e}, err
		}
		return nil, nil
	}
	for _, e := range r.kinds[k] {
		keys := r.drafts[e.ID].Keys
		if key == filter.ByExternalID && keys.ExternalID == text || key == filter.ByEmail && slices.Contains(keys.Emails, text) {
			found = append(found, e)
		}
	}
	return found, nil
}

func (r *reader) Count(k scim.Kind) (int, error) { return len(r.kinds[k]), nil }

func (r *reader) Scan(k scim.Kind, after string, skip int) iter.Seq2[scim.Entry, error] {
	return func(yield func(scim.Entry, error) bool) {
		at, ok := (*memory)(r).find(k, after)
		if ok {
			at++
		}
		for _, e := range r.kinds[k][min(at+skip, len(r.kinds[k])):] {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (r *reader) Member(group, id string) (resource.Member, bool, error) {
	i := slices.IndexFunc(r.groups[group], func(m resource.Member) bool { return m.ID == id })
	if i < 0 {
		return resource.Member{}, false, nil
	}
	return r.groups[group][i], true, nil
}

func (r *reader) Members(group string) iter.Seq2[resource.Member, error] {
	return func(yield func(resource.Member, error) bool) {
		for _, m := range r.groups[group] {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (r *reader) GroupsOf(id string) (refs []scim.GroupRef, err error) {
	for _, g := range r.kinds[scim.Groups] {
		if _, ok, _ := r.Member(g.ID, id); ok {
			refs = append(refs, scim.GroupRef{ID: g.ID, Display: r.drafts[g.ID].Doc.Get("displayName").Text()})
		}
	}
	return refs, nil
}

func (r *reader) Overruled(id string) (bool, error) { return r.overruled[id], nil }

func (r *reader) Apart(string) (bool, error) { return false, nil }
