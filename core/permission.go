package core

import (
	"reflect"
	"slices"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// Permission is a kind of thing that an actor may or may not do. Every use case
// that takes an Actor asks for one before it does anything, and every key
// binding that leads to such a use case says which one it needs.
type Permission uint8

// The permissions. Looking needs none but a role in the list.
const (
	Look Permission = iota
	EditPeople
	EditSessions
	Review
	RunSync
	ConnectSources
	EditMappings
	EditSchema
	MakeTokens
	SetLists
	MakeLists
	AddAdministrators
	SetStore
	BackUp
	Push // by a provider's token only
)

// rule is who may do something: administrators of a role or a greater one, and
// by itself the scheduler.
type rule struct {
	least     Role
	scheduler bool
	whole     bool   // it is about the store, whatever the list
	words     string // what it is, after "may"
}

// rule is the one table of who may do what.
func (p Permission) rule() rule {
	switch p {
	case Look:
		return rule{Viewer, true, false, "look at it"}
	case EditPeople:
		return rule{Editor, false, false, "edit people"}
	case EditSessions:
		return rule{Editor, false, false, "edit sessions"}
	case Review:
		return rule{Editor, false, false, "decide changesets"}
	case RunSync:
		return rule{Editor, true, false, "run a sync"}
	case ConnectSources:
		return rule{Manager, false, false, "connect sources"}
	case EditMappings:
		return rule{Manager, false, false, "edit mappings"}
	case EditSchema:
		return rule{Manager, false, false, "edit the schema"}
	case MakeTokens:
		return rule{Manager, false, false, "make and revoke tokens"}
	case SetLists:
		return rule{Manager, false, false, "change what is set for a list"}
	case MakeLists:
		return rule{Manager, false, true, "make lists"}
	case AddAdministrators:
		return rule{Owner, false, true, "look at and change who the administrators are"}
	case SetStore:
		return rule{Owner, false, true, "change what is set for the whole store"}
	case BackUp:
		return rule{Owner, true, true, "back up the store"}
	}
	return rule{NoRole, false, false, "push people"}
}

// May returns nil if the actor may do something, or a Denied fault that says who
// may. list is what it is about; 0 is the whole store.
func (e *Engine) May(actor Actor, list roster.ListID, p Permission) error {
	r := p.rule()
	if r.whole {
		list = 0
	}
	switch actor.kind {
	case localUser:
		if p != Push {
			return nil
		}
	case scheduler:
		if r.scheduler {
			return nil
		}
	case bearer:
		if p == Push && actor.list == list {
			return nil
		}
		return fault.New(fault.Denied, "A token may push people to its own list, and nothing else")
	case administrator:
		return e.mayAdministrator(actor, list, p, r)
	}
	return fault.New(fault.Denied, "%s may not %s: that is not theirs to do", or(actor.Name, "Nobody"), r.words)
}

func or(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}

func (e *Engine) mayAdministrator(actor Actor, list roster.ListID, p Permission, r rule) error {
	if p == Push {
		return fault.New(fault.Denied, "Only a provider's token may push people; edit or import them")
	}
	a, ok := e.staff.now.Load().byKey[actor.key]
	if !ok || a.Name != actor.Name {
		return fault.New(fault.Denied, "%s is no administrator any more; an owner can say why", actor.Name)
	}
	role := a.RoleIn(list)
	if role.allows(r.least) && role != NoRole {
		return nil
	}
	is := "has no role"
	if role != NoRole {
		is = "is " + role.a()
	}
	where := ""
	if list != 0 && len(a.Lists) > 0 {
		where = " in this list"
	}
	whole := ""
	if list == 0 && a.Role == NoRole {
		whole = " of the whole store"
	}
	return fault.New(fault.Denied, "%s %s%s, and it takes %s%s to %s; an owner can change that (muster admin set %s)",
		actor.Name, is, where, r.least.a(), whole, r.words, actor.Name)
}

// mayDraft returns nil if the actor may bring in a draft.
func (e *Engine) mayDraft(actor Actor, d *Draft) error {
	p := EditPeople
	if d.Head.Origin == changeset.Sync {
		p = RunSync
	}
	return e.mayHead(actor, &d.Head, p)
}

// mayHead returns nil if the actor may bring into force what a changeset does,
// which usually takes p.
func (e *Engine) mayHead(actor Actor, head *changeset.Changeset, p Permission) error {
	if err := e.May(actor, head.List, ofHead(head, p)); err != nil {
		return err
	}
	if s := head.Settings; s != nil && !actor.Local() && addsCommand(s.Before.Outlets, s.After.Outlets) {
		return errCommand()
	}
	return nil
}

// ToSettle is what it takes to apply, reject or roll back a changeset.
func ToSettle(head *changeset.Changeset) Permission { return ofHead(head, Review) }

// ofHead is what a changeset takes that changes the list itself, or else what is
// usual.
func ofHead(head *changeset.Changeset, usual Permission) Permission {
	s := head.Settings
	switch {
	case s == nil:
		return usual
	case s.Before.Connection != s.After.Connection:
		return ConnectSources
	case !slices.EqualFunc(s.Before.Mappings, s.After.Mappings, mapping.Mapping.Equal):
		return EditMappings
	case !reflect.DeepEqual(s.Before.Schema, s.After.Schema):
		return EditSchema
	}
	return SetLists
}
