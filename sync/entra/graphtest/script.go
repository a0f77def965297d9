package graphtest

import (
	"maps"
	"slices"
	"strings"
)

// AddUser adds a user: one more made-up person, with values of its own for some
// attributes, and returns its id.
func (t *Tenant) AddUser(values map[string]any) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.users
	t.users++
	if len(values) > 0 {
		t.account(n).values = maps.Clone(values)
	}
	t.log = append(t.log, event{of: ref{user, n}})
	return t.id(ref{user, n})
}

// Set gives a user a value for an attribute; nil clears it. Value says what can
// be a value.
func (t *Tenant) Set(id, attribute string, value any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.mustUser(id)
	a := t.account(n)
	if a.values == nil {
		a.values = map[string]any{}
	}
	a.values[attribute] = value
	t.log = append(t.log, event{of: ref{user, n}, what: attribute})
}

// Enable sets whether a user may sign in.
func (t *Tenant) Enable(id string, enabled bool) { t.Set(id, "accountEnabled", enabled) }

// SoftDelete deletes a user, who keeps the memberships and can be restored.
func (t *Tenant) SoftDelete(id string) { t.setState(id, live, deleted) }

// Restore takes a SoftDelete back.
func (t *Tenant) Restore(id string) { t.setState(id, deleted, live) }

// Delete deletes a user for good, from the groups too.
func (t *Tenant) Delete(id string) {
	if t.setState(id, live, gone) {
		return
	}
	t.setState(id, deleted, gone)
}

// setState does nothing when the user is not in the state from.
func (t *Tenant) setState(id string, from, to state) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.mustUser(id)
	a := t.account(n)
	if a.state != from {
		return false
	}
	if from == live {
		t.missing++
	}
	if to == live {
		t.missing--
	}
	a.state = to
	what := existence
	if to == live {
		what = restored
	}
	t.log = append(t.log, event{of: ref{user, n}, what: what})
	if to == gone {
		for _, g := range t.groups {
			if g.leave(ref{user, n}) && !t.opts.Quirks.DeletesSilent {
				t.log = append(t.log, event{of: g.ref(), what: membership, member: ref{user, n}})
			}
		}
	}
	return true
}

// AddGroup adds a group and returns its id. People can join by the ten thousand:
// From and To of a Range are numbers as UserID takes them.
func (t *Tenant) AddGroup(name string, ranges ...Range) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := &team{n: len(t.groups), name: name, left: map[ref]bool{}}
	for _, r := range ranges {
		if r.From < 0 || r.To > t.users || r.From > r.To {
			panic("graphtest: a range of people who are not there")
		}
		g.ranges = append(g.ranges, r)
	}
	slices.SortFunc(g.ranges, func(a, b Range) int { return a.From - b.From })
	t.groups = append(t.groups, g)
	t.log = append(t.log, event{of: g.ref()})
	return t.id(g.ref())
}

// AddDevice adds what is neither a user nor a group, and can be in groups.
func (t *Tenant) AddDevice() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.devices++
	return t.id(ref{device, t.devices - 1})
}

// Rename gives a group another name.
func (t *Tenant) Rename(id, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.mustGroup(id)
	g.name = name
	t.log = append(t.log, event{of: g.ref(), what: "displayName"})
}

// DeleteGroup deletes a group for good. Its members stay.
func (t *Tenant) DeleteGroup(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.mustGroup(id)
	if g.deleted {
		return
	}
	g.deleted = true
	t.log = append(t.log, event{of: g.ref()})
	for _, in := range t.groups {
		if in.leave(g.ref()) {
			t.log = append(t.log, event{of: in.ref(), what: membership, member: g.ref()})
		}
	}
}

// Hide makes the members of a group hidden: to read them needs
// Member.Read.Hidden.
func (t *Tenant) Hide(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mustGroup(id).hidden = true
}

// Join puts users, groups and devices into a group.
func (t *Tenant) Join(id string, members ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.mustGroup(id)
	for _, m := range members {
		r := t.mustObject(m)
		if g.join(r) {
			t.log = append(t.log, event{of: g.ref(), what: membership, member: r})
		}
	}
}

// Leave takes them out of it.
func (t *Tenant) Leave(id string, members ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.mustGroup(id)
	for _, m := range members {
		r := t.mustObject(m)
		if g.leave(r) {
			t.log = append(t.log, event{of: g.ref(), what: membership, member: r})
		}
	}
}

// Members returns the ids of the users who are there and in the group or in one
// that is in it, as deep as it goes.
func (t *Tenant) Members(id string) []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var ids []string
	teams := t.closure(t.mustGroup(id))
	for n := nextMember(teams, 0); n >= 0; n = nextMember(teams, n+1) {
		if t.stateOf(n) == live {
			ids = append(ids, t.id(ref{user, n}))
		}
	}
	return ids
}

func (t *Tenant) mustObject(id string) ref {
	r, ok := t.object(id)
	limit := map[class]int{user: t.users, group: len(t.groups), device: t.devices}
	if !ok || r.n >= limit[r.class] {
		panic("graphtest: the tenant never had an object " + id)
	}
	return r
}

// top is the property that a nested attribute is in.
func top(attribute string) string {
	name, _, _ := strings.Cut(attribute, ".")
	return name
}
