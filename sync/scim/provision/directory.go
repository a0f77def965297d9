package provision

import (
	"cmp"
	"context"
	"errors"
	"iter"

	"muster/core"
	"muster/core/roster"
	"muster/sync/scim"
	"muster/sync/scim/filter"
	"muster/sync/scim/resource"
)

// directory is one list in the name of one token.
type directory struct {
	engine *core.Engine
	kind   *Kind
	list   roster.ListID
	types  *scim.Types
	by     core.Pusher
}

func (d *directory) Types() *scim.Types { return d.types }

func (d *directory) View(ctx context.Context, fn func(scim.Reader) error) error {
	return d.engine.ViewResources(ctx, d.list, func(r core.ResourceReader) error { return fn(reader{r}) })
}

func (d *directory) Create(ctx context.Context, k scim.Kind, draft scim.Draft) (scim.Entry, error) {
	r, err := d.engine.CreateResource(ctx, d.pusher(&draft), d.list, kindOf(k), d.said(k, &draft))
	return entry(&r), refusal(err)
}

func (d *directory) Replace(ctx context.Context, k scim.Kind, id string, revision uint64, draft scim.Draft) (scim.Entry, error) {
	r, err := d.engine.ReplaceResource(ctx, d.pusher(&draft), d.list, kindOf(k), id, revision, d.said(k, &draft))
	return entry(&r), refusal(err)
}

func (d *directory) Delete(ctx context.Context, k scim.Kind, id string, revision uint64) (scim.Entry, error) {
	r, err := d.engine.DeleteResource(ctx, d.by, d.list, kindOf(k), id, revision)
	return entry(&r), refusal(err)
}

// pusher is who pushes a draft.
func (d *directory) pusher(draft *scim.Draft) core.Pusher {
	by := d.by
	by.Provider = cmp.Or(string(draft.Provider), by.Provider)
	return by
}

func kindOf(k scim.Kind) core.ResourceKind {
	if k == scim.Groups {
		return core.GroupResource
	}
	return core.UserResource
}

// refusal is what the protocol knows of an error of the engine.
func refusal(err error) error {
	switch {
	case errors.Is(err, core.ErrResourceNotFound):
		return scim.ErrNotFound
	case errors.Is(err, core.ErrResourceStale):
		return scim.ErrStale
	case errors.Is(err, core.ErrResourceTaken):
		return scim.ErrTaken
	case errors.Is(err, core.ErrNoPushes):
		return scim.ErrDenied
	}
	return err
}

func entry(r *core.Resource) scim.Entry {
	return scim.Entry{ID: r.ID, Revision: r.Revision, Created: r.Created, Modified: r.Modified, JSON: r.JSON, Seq: r.Seq}
}

func (d *directory) said(k scim.Kind, draft *scim.Draft) core.Said {
	keys := &draft.Keys
	s := core.Said{
		Name: scim.NameOf(k, draft.Doc), JSON: draft.JSON, Active: draft.Active, Unknown: draft.Unknown, Remove: draft.Remove,
		Keys: core.ResourceKeys{UserName: keys.UserName, ExternalID: keys.ExternalID, Emails: keys.Emails, DisplayName: keys.DisplayName},
	}
	if k == scim.Users {
		s.Cell = d.kind.cells(draft.Doc, nil)
	}
	if len(draft.Put) > 0 {
		s.Put = make([]core.GroupMember, len(draft.Put))
	}
	for i, m := range draft.Put {
		s.Put[i] = core.GroupMember{ID: m.ID, Type: m.Type, Display: m.Display, Group: m.Group}
	}
	return s
}

// reader reads one moment of a directory.
type reader struct{ core.ResourceReader }

func (r reader) Get(k scim.Kind, id string) (scim.Entry, error) {
	found, err := r.ResourceReader.Get(kindOf(k), id)
	return entry(&found), refusal(err)
}

func (r reader) Find(k scim.Kind, key filter.Key, text string) ([]scim.Entry, error) {
	found, err := r.ResourceReader.Find(kindOf(k), keys()[key], text)
	entries := make([]scim.Entry, len(found))
	for i := range found {
		entries[i] = entry(&found[i])
	}
	return entries, refusal(err)
}

// keys are the engine's names of the keys by which something is found.
func keys() [filter.ByDisplayName + 1]core.ResourceKey {
	return [...]core.ResourceKey{
		filter.ByUserName: core.ByUserName, filter.ByExternalID: core.ByExternalID,
		filter.ByEmail: core.ByEmail, filter.ByDisplayName: core.ByDisplayName,
	}
}

func (r reader) Count(k scim.Kind) (int, error) { return r.ResourceReader.Count(kindOf(k)) }

func (r reader) Scan(k scim.Kind, after string, skip int) iter.Seq2[scim.Entry, error] {
	return func(yield func(scim.Entry, error) bool) {
		for found, err := range r.ResourceReader.Scan(kindOf(k), after, skip) {
			if !yield(entry(&found), refusal(err)) {
				return
			}
		}
	}
}

func (r reader) Member(group, id string) (resource.Member, bool, error) {
	m, ok, err := r.ResourceReader.Member(group, id)
	return member(m), ok, refusal(err)
}

func (r reader) Members(group string) iter.Seq2[resource.Member, error] {
	return func(yield func(resource.Member, error) bool) {
		for m, err := range r.ResourceReader.Members(group) {
			if !yield(member(m), refusal(err)) {
				return
			}
		}
	}
}

func member(m core.GroupMember) resource.Member {
	return resource.Member{ID: m.ID, Type: m.Type, Display: m.Display, Group: m.Group}
}

func (r reader) GroupsOf(id string) ([]scim.GroupRef, error) {
	groups, err := r.ResourceReader.GroupsOf(id)
	refs := make([]scim.GroupRef, len(groups))
	for i, g := range groups {
		refs[i] = scim.GroupRef{ID: g.ID, Display: g.Name}
	}
	return refs, refusal(err)
}

func (r reader) Overruled(id string) (bool, error) {
	overruled, err := r.ResourceReader.Overruled(id)
	return overruled, refusal(err)
}

func (r reader) Apart(id string) (bool, error) {
	apart, err := r.ResourceReader.Apart(id)
	return apart, refusal(err)
}
