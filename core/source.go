package core

import (
	"context"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/scope"
)

// SourceKind is what the engine must know of a kind of source for a list to be
// connected to one. It is a PushKind or a DirectoryKind too. It is safe for
// concurrent use.
type SourceKind interface {
	// Name is the word for it in commands and in the store, as "scim".
	Name() string
	// Title is what people call it.
	Title() string
	// UIDs are what a person may be known by.
	UIDs() []UIDChoice
	// Propose returns the fields that a list lacks to be connected, and all its
	// mappings from then on; uid is the Key of a UIDChoice. A list that has no
	// UID is given one, which may be a field that it has. What the list has
	// from an earlier connection stays. The error is a fault.
	Propose(l *roster.List, uid string) (fields []roster.Field, mappings []mapping.Mapping, err error)
	// Attributes are what may be mapped, in the order in which it is shown.
	Attributes() []SourceAttribute
}

// PushKind is a kind of source that pushes, and how to make sense of it.
type PushKind interface {
	SourceKind
	// Read makes sense of a resource; groups are the names of the groups that
	// the person belongs to. A cell's text shares the resource's memory.
	Read(resource string, groups []string) (cell func(attribute string) mapping.Cell, active bool, err error)
}

// UIDChoice is an attribute that can be the UID of a source's people.
type UIDChoice struct {
	Key     string // names the choice in commands
	Label   string
	Example string // a value, as "EMP001"
	For     string // whom it suits
}

// SourceAttribute is an attribute that may be mapped.
type SourceAttribute struct {
	Name  string // as a Mapping has it
	Label string
	Group string // under which it is shown
	Field string // the key that is suggested for its field
}

// Attributes are what may be mapped from a list's source, in the order in which
// it is shown: what its kind knows by itself and, of a directory, what the
// organisation itself has added.
func (e *Engine) Attributes(ctx context.Context, l *roster.List) (all []SourceAttribute, err error) {
	err = e.view(ctx, func(tx Tx) (err error) {
		all, err = e.attributes(tx, l)
		return err
	})
	return all, err
}

func (e *Engine) attributes(tx Tx, l *roster.List) ([]SourceAttribute, error) {
	k, ok := e.kind(l.Connection.Kind)
	if !ok {
		return nil, nil
	}
	all := k.Attributes()
	data := tx.Connection(l.Connection.ID)
	if _, read := k.(DirectoryKind); !read || data == nil {
		return all, nil
	}
	c, err := decodeConnection(l.Connection.ID, data)
	return append(slices.Clip(all), c.Own...), err
}

// GroupsAttribute is the attribute that has the names of a person's groups.
const GroupsAttribute = "groups"

// Kinds are the kinds of sources that a list can be connected to.
func (e *Engine) Kinds() []SourceKind { return slices.Clone(e.kinds) }

// kind returns the kind of that name.
func (e *Engine) kind(name string) (SourceKind, bool) {
	i := slices.IndexFunc(e.kinds, func(k SourceKind) bool { return k.Name() == name })
	if i < 0 {
		return nil, false
	}
	return e.kinds[i], true
}

// pushKind returns the kind of that name that pushes.
func (e *Engine) pushKind(name string) (PushKind, bool) {
	k, _ := e.kind(name)
	push, ok := k.(PushKind)
	return push, ok
}

// Connect connects a list to a kind of source that pushes, with its default
// fields and mappings; uid is the Key of one of the kind's UIDs. People whom the
// source knew before are picked up again. A list that has a source already is a
// Conflict fault, unless it is this one: then nothing happens.
func (e *Engine) Connect(ctx context.Context, actor Actor, list roster.ListID, kind, uid string) (roster.List, error) {
	if err := e.May(actor, list, ConnectSources); err != nil {
		return roster.List{}, err
	}
	k, ok := e.kind(kind)
	if !ok {
		return roster.List{}, fault.New(fault.NotFound, "There is no kind of source %q", kind)
	}
	if _, ok := k.(DirectoryKind); ok {
		return roster.List{}, fault.New(fault.Invalid, "%s is read, and needs to be told how it is reached", k.Title())
	}
	return e.connect(ctx, actor, list, k, connecting{uid: uid, id: kind})
}

// connecting is how a list is connected.
type connecting struct {
	uid, id string
	scope   *scope.Scope // of a directory; nil to leave it
	// before, when not nil, runs first in the same transaction.
	before func(tx WriteTx, l *roster.List) error
}

func (e *Engine) connect(ctx context.Context, actor Actor, list roster.ListID, k SourceKind, c connecting) (roster.List, error) {
	kind := k.Name()
	return e.changeSettings(ctx, actor, list, "connect "+kind, func(tx WriteTx, l *roster.List) error {
		fields, mappings, err := e.proposal(k, l, c)
		if err != nil {
			return err
		}
		if c.before != nil {
			if err := c.before(tx, l); err != nil {
				return err
			}
		}
		if l.Connected() {
			return nil
		}
		for _, f := range fields {
			if has := slices.IndexFunc(l.Schema.Fields, func(old roster.Field) bool { return old.Key == f.Key }); has >= 0 && f.UID {
				l.Schema.Fields[has].UID = true
				continue
			}
			if err := l.Schema.Add(f); err != nil {
				return err
			}
		}
		l.Connection, l.Mappings = roster.Connection{ID: c.id, Kind: kind}, mappings
		if d, ok := k.(DirectoryKind); ok {
			l.Scope = firstScope(d, l, c.scope)
		}
		return nil
	})
}

// proposal is what the kind proposes to connect the list. A list that has a source
// already is a Conflict fault unless it is that one, just so.
func (e *Engine) proposal(k SourceKind, l *roster.List, c connecting) ([]roster.Field, []mapping.Mapping, error) {
	if l.Connected() && l.Connection.Kind != k.Name() {
		return nil, nil, fault.New(fault.Conflict, "The list %s is connected to %s, and a list has one source: two would overwrite each other. Disconnect that first, or make another list for %s",
			l.Slug, e.titleOf(l.Connection.Kind), k.Title())
	}
	if l.Connected() && l.Connection.ID == c.id && c.uid == "" && c.before != nil {
		return nil, l.Mappings, nil // only how it is reached is told anew
	}
	fields, mappings, err := k.Propose(l, c.uid)
	if err == nil && l.Connected() && (!sameMappings(l.Mappings, mappings) || l.Connection.ID != c.id) {
		err = fault.New(fault.Conflict, "The list %s is connected to %s already, otherwise than that; disconnect it first to connect it anew", l.Slug, k.Title())
	}
	return fields, mappings, err
}

// firstScope is whom a list is about from when it is connected: as it is told,
// or as it was before, or everybody whom the usual rules let in.
func firstScope(k DirectoryKind, l *roster.List, told *scope.Scope) scope.Scope {
	if told != nil {
		return *told
	}
	if !l.Scope.Everybody() {
		return l.Scope
	}
	rules, usual := k.Rules()
	var s scope.Scope
	for _, r := range rules {
		if slices.Contains(usual, r.Name) {
			s.Rules = append(s.Rules, r)
		}
	}
	return s
}

func sameMappings(a, b []mapping.Mapping) bool {
	return slices.EqualFunc(a, b, mapping.Mapping.Equal)
}

// Disconnect takes a list's source away: its tokens are revoked and its fields
// unlocked. People, their links, resources and mappings stay, so that Connect
// picks the same people up again.
func (e *Engine) Disconnect(ctx context.Context, actor Actor, list roster.ListID) error {
	if err := e.May(actor, list, ConnectSources); err != nil {
		return err
	}
	_, err := e.changeSettings(ctx, actor, list, "disconnect", func(_ WriteTx, l *roster.List) error {
		if !l.Connected() {
			return fault.New(fault.Conflict, "The list %s is not connected to anything", l.Slug)
		}
		l.Connection = roster.Connection{}
		return nil
	})
	return err
}

func (e *Engine) titleOf(kind string) string {
	if k, ok := e.kind(kind); ok {
		return k.Title()
	}
	return kind
}

// changeSettings applies a change of the list itself as a changeset, so that the
// journal tells of it and it can be taken back. Without a note the changeset says
// what is changed. It returns the list after it.
func (e *Engine) changeSettings(ctx context.Context, actor Actor, list roster.ListID, note string, change func(WriteTx, *roster.List) error) (roster.List, error) {
	leave, err := e.enter(ctx, list, false)
	if err != nil {
		return roster.List{}, err
	}
	defer leave()
	var after roster.List
	var head changeset.Changeset
	err = e.store.Update(ctx, func(tx WriteTx) error {
		before, err := tx.List(list)
		if err != nil {
			return err
		}
		after = before.Clone()
		if err := change(tx, &after); err != nil {
			return err
		}
		head = changeset.Changeset{}
		settings := &changeset.SettingsChange{Before: before, After: after}
		if sameOwn(&before, &after) {
			return tx.PutList(&after)
		}
		d := &Draft{List: before, Head: changeset.Changeset{
			List: list, Origin: changeset.Edit, State: changeset.Pending, Note: note, By: actor.Name, At: e.now(), Settings: settings,
		}}
		if note == "" {
			d.Head.Note = strings.Join(settings.Parts(), ", ")
		}
		head, err = applyAtOnce(ctx, tx, d, applied{by: actor.Name, at: e.now()})
		return err
	})
	switch {
	case err != nil:
	case head.Done():
		e.settled(ctx, &head)
	default:
		e.news.publish(Notice{List: list})
	}
	return after, err
}
