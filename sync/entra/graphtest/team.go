package graphtest

import (
	"slices"
	"sort"
)

// Range is made-up people by number: From, and those after, before To.
type Range struct{ From, To int }

// team is a group: people by the range, and members one by one.
type team struct {
	n       int
	name    string
	deleted bool
	hidden  bool
	ranges  []Range      // in order, and apart
	joined  []ref        // in order; none is in ranges unless it has left once
	left    map[ref]bool // who ever left, and is not back
}

func (g *team) ref() ref { return ref{group, g.n} }

func order(a, b ref) int {
	if a.class != b.class {
		return int(a.class) - int(b.class)
	}
	return a.n - b.n
}

func (g *team) has(r ref) bool {
	if _, joined := slices.BinarySearchFunc(g.joined, r, order); joined {
		return true
	}
	return r.class == user && !g.left[r] && g.ranged(r.n)
}

func (g *team) ranged(n int) bool {
	i := sort.Search(len(g.ranges), func(i int) bool { return g.ranges[i].To > n })
	return i < len(g.ranges) && g.ranges[i].From <= n
}

func (g *team) join(r ref) bool {
	if g.has(r) {
		return false
	}
	delete(g.left, r)
	if r.class == user && g.ranged(r.n) {
		return true
	}
	at, _ := slices.BinarySearchFunc(g.joined, r, order)
	g.joined = slices.Insert(g.joined, at, r)
	return true
}

func (g *team) leave(r ref) bool {
	if !g.has(r) {
		return false
	}
	g.left[r] = true
	if at, ok := slices.BinarySearchFunc(g.joined, r, order); ok {
		g.joined = slices.Delete(g.joined, at, at+1)
	}
	return true
}

// nextUser returns the first user from n on who is in it directly, or -1.
func (g *team) nextUser(n int) int {
	best := -1
	for _, r := range g.ranges {
		c := max(n, r.From)
		for c < r.To && g.left[ref{user, c}] {
			c++
		}
		if c < r.To {
			best = c
			break
		}
	}
	if at, _ := slices.BinarySearchFunc(g.joined, ref{user, n}, order); at < len(g.joined) {
		if r := g.joined[at]; r.class == user && (best < 0 || r.n < best) {
			best = r.n
		}
	}
	return best
}

// next returns the first direct member from r on: users, groups, devices.
func (g *team) next(r ref) (ref, bool) {
	if r.class == user {
		if n := g.nextUser(r.n); n >= 0 {
			return ref{user, n}, true
		}
		r = ref{group, 0}
	}
	at, _ := slices.BinarySearchFunc(g.joined, r, order)
	if at == len(g.joined) {
		return ref{}, false
	}
	return g.joined[at], true
}

// nextMember returns the first user from n on who is in any of the groups, or -1.
func nextMember(teams []*team, n int) int {
	best := -1
	for _, g := range teams {
		if c := g.nextUser(n); c >= 0 && (best < 0 || c < best) {
			best = c
		}
	}
	return best
}

// closure is a group and every one in it, as deep as it goes.
func (t *Tenant) closure(g *team) []*team {
	teams := []*team{g}
	for i := 0; i < len(teams); i++ {
		for _, r := range teams[i].joined {
			if r.class != group {
				continue
			}
			if in := t.groups[r.n]; !slices.Contains(teams, in) {
				teams = append(teams, in)
			}
		}
	}
	return teams
}

// countMembers is how many users are in any of the groups and there, or listed.
func (t *Tenant) countMembers(teams []*team) int {
	count := 0
	for n := nextMember(teams, 0); n >= 0; n = nextMember(teams, n+1) {
		if t.listed(n) {
			count++
		}
	}
	return count
}

// listed says whether a user is among the members of groups.
func (t *Tenant) listed(n int) bool {
	s := t.stateOf(n)
	return s == live || s == deleted && t.opts.Quirks.DeletedListed
}

// mustGroup returns a group that ever was.
func (t *Tenant) mustGroup(id string) *team {
	r, ok := t.object(id)
	if !ok || r.class != group || r.n >= len(t.groups) {
		panic("graphtest: the tenant never had a group " + id)
	}
	return t.groups[r.n]
}

// team returns a group that is there.
func (t *Tenant) team(id string) *team {
	r, ok := t.object(id)
	if !ok || r.class != group || r.n >= len(t.groups) || t.groups[r.n].deleted {
		return nil
	}
	return t.groups[r.n]
}
