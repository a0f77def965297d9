package main

import (
	"slices"
	"sync"
	"time"

	"muster/core"
	"muster/core/roster"
	"muster/tui"
)

// attendance is who works at the screens of one process's store.
type attendance struct {
	mu     sync.Mutex
	visits []*visit // the longest there first
}

// visit is one terminal session, which sees the others.
type visit struct {
	of      *attendance
	actor   core.Actor
	engine  *core.Engine
	changed func() // tells the session that somebody came, went or moved
	list    roster.ListID
	tui.Visitor
}

// enter takes a session in, until it leaves. changed is called from any
// goroutine, and does not wait.
func (p *attendance) enter(e *core.Engine, actor core.Actor, from string, changed func()) *visit {
	v := &visit{of: p, actor: actor, engine: e, changed: changed, Visitor: tui.Visitor{Who: actor.Name, Since: time.Now(), From: from}}
	p.mu.Lock()
	p.visits = append(p.visits, v)
	p.mu.Unlock()
	v.tell()
	return v
}

func (v *visit) leave() {
	v.of.mu.Lock()
	v.of.visits = slices.DeleteFunc(v.of.visits, func(other *visit) bool { return other == v })
	v.of.mu.Unlock()
	v.tell()
}

// tell tells the other sessions.
func (v *visit) tell() {
	v.of.mu.Lock()
	all := slices.Clone(v.of.visits)
	v.of.mu.Unlock()
	for _, other := range all {
		if other != v {
			other.changed()
		}
	}
}

// At implements tui.Company.
func (v *visit) At(list roster.ListID, where string) {
	v.of.mu.Lock()
	v.list, v.Where = list, where
	v.of.mu.Unlock()
	v.tell()
}

// Others implements tui.Company. Where somebody is, is told to those only who may
// look there.
func (v *visit) Others() (all []tui.Visitor) {
	v.of.mu.Lock()
	defer v.of.mu.Unlock()
	for _, other := range v.of.visits {
		if other == v {
			continue
		}
		seen := other.Visitor
		if other.list != 0 && v.engine.May(v.actor, other.list, core.Look) != nil {
			seen.Where = ""
		}
		all = append(all, seen)
	}
	return all
}
