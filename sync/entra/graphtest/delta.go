package graphtest

import (
	"net/http"
	"slices"
	"strings"
)

// round reads where in a delta a client is. latest is true when it only wants
// to know of what comes.
func (t *Tenant) round(r *request, kind string, selected func() ([]string, *reply)) (at place, latest bool, bad *reply) {
	for _, parameter := range []string{"$deltatoken", "$skiptoken"} {
		token := r.query.Get(parameter)
		if token == "" || token == "latest" {
			continue
		}
		if at, bad = t.place(token, kind); bad != nil {
			return at, false, bad
		}
		if parameter == "$deltatoken" {
			at.To = max(t.visible(), at.From)
		}
		return at, false, nil
	}
	for _, unsupported := range []string{"$expand", "$orderby", "$top", "$count", "$search"} {
		if r.query.Has(unsupported) {
			return at, false, badRequest("The query parameter " + unsupported + " is not supported by delta.")
		}
	}
	at = place{Kind: kind, From: first, To: t.visible(), Default: r.query.Get("$select") == ""}
	at.Minimal = strings.Contains(r.Get("Prefer"), "return=minimal")
	if at.Selected, bad = selected(); bad != nil {
		return at, false, bad
	}
	if at.IDs, bad = ids(r.query.Get("$filter")); bad != nil {
		return at, false, bad
	}
	return at, r.query.Get("$deltatoken") == "latest", nil
}

// finish ends a page of a delta: by the link to the next, or to the next round.
func (s *Server) finish(r *request, at *place, objects []byte, more bool, change shown) reply {
	b := begin(r, at.Kind[:strings.IndexByte(at.Kind, '/')])
	switch path := strings.Join(r.path, "/"); {
	case change.ends && !change.empty:
	case more && !change.empty:
		at.Page++
		b = appendText(append(b, `,"@odata.nextLink":`...), link(r, path, "$skiptoken", s.tenant.token(at)))
	default:
		next := place{Kind: at.Kind, From: at.To, Selected: at.Selected, IDs: at.IDs, Default: at.Default, Minimal: at.Minimal}
		b = appendText(append(b, `,"@odata.deltaLink":`...), link(r, path, "$deltatoken", s.tenant.token(&next)))
	}
	b = append(append(append(b, `,"value":[`...), objects...), "]}"...)
	return reply{status: http.StatusOK, body: b}
}

// usersDelta tells what became of users.
func (s *Server) usersDelta(r *request, e *Effect) reply {
	if !s.may(UserReadAll, DirectoryReadAll) {
		return denied()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	at, latest, bad := t.round(r, "users/delta", func() ([]string, *reply) { return t.selected(r.query) })
	if bad != nil {
		return *bad
	}
	var change shown
	if e.change != nil {
		e.change(&change)
	}
	if latest || change.empty {
		return s.finish(r, &at, nil, false, change)
	}
	var page []int
	var more bool
	from := at.At
	if at.From == first && at.IDs == nil {
		page, more = t.firstUsers(&at, s.PageSize)
	} else {
		all := t.changedUsers(&at)
		more = len(all)-at.At > s.PageSize
		at.At = min(at.At+s.PageSize, len(all))
		page = slices.Clone(all[from:at.At])
		if t.opts.Quirks.Repeated && from > 0 {
			page = append(page, all[from-min(from, 3):from]...)
		}
	}
	if t.opts.Quirks.Reordered {
		slices.SortFunc(page, func(a, b int) int { return int(mix(uint64(a))>>33) - int(mix(uint64(b))>>33) })
	}
	v := view{selected: at.Selected, sparse: true, unread: s.unread()}
	objects := make([]byte, 0, len(page)*256)
	p := t.person(0)
	for i, n := range page {
		if i > 0 {
			objects = append(objects, ',')
		}
		if t.stateOf(n) != live {
			objects = t.appendRemoved(objects, ref{user, n}, t.stateOf(n) == deleted)
			continue
		}
		p.become(n)
		v.selected = t.told(&at, n)
		objects = v.appendUser(objects, &p)
	}
	return s.finish(r, &at, objects, more, change)
}

// firstUsers are a page of a first round, which has everybody.
func (t *Tenant) firstUsers(at *place, size int) (page []int, more bool) {
	from := at.At
	for ; at.At < t.users; at.At++ {
		if t.stateOf(at.At) != live && !t.opts.Quirks.RemovedFirst {
			continue
		}
		if len(page) == size {
			more = true
			break
		}
		page = append(page, at.At)
	}
	if t.opts.Quirks.Repeated && from > 0 {
		for n := max(from-3, 0); n < from; n++ {
			if t.stateOf(n) == live {
				page = append(page, n)
			}
		}
	}
	return page, more
}

// changedUsers are the users of whom a round tells, each once.
func (t *Tenant) changedUsers(at *place) []int {
	if at.From == first { // of a filter
		var all []int
		for _, id := range at.IDs {
			if r, ok := t.object(id); ok && r.class == user && r.n < t.users {
				all = append(all, r.n)
			}
		}
		return all
	}
	seen := map[int]bool{}
	var all []int
	for i := at.From; i < at.To; i++ {
		e := &t.log[i]
		if e.of.class != user || seen[e.of.n] || !e.changed(at.Selected) {
			continue
		}
		if e.what == restored && t.opts.Quirks.RestoresSilent && !at.Default {
			continue
		}
		if at.IDs != nil && !slices.Contains(at.IDs, t.id(e.of)) {
			continue
		}
		seen[e.of.n] = true
		all = append(all, e.of.n)
	}
	return all
}

// told are the properties that a round tells of a user: all that are selected
// or, where the client prefers it, what changed.
func (t *Tenant) told(at *place, n int) []string {
	if !at.Minimal || at.From == first {
		return at.Selected
	}
	told := []string{"id"}
	for i := at.From; i < at.To; i++ {
		e := &t.log[i]
		if e.of != (ref{user, n}) {
			continue
		}
		if e.what == existence || e.what == restored {
			return at.Selected
		}
		if name := top(e.what); slices.Contains(at.Selected, name) && !slices.Contains(told, name) {
			told = append(told, name)
		}
	}
	return told
}

// appendRemoved appends what is left of an object: deleted ones can be restored.
func (t *Tenant) appendRemoved(b []byte, r ref, restorable bool) []byte {
	b = t.appendID(append(b, `{"id":"`...), r)
	if restorable {
		return append(b, `","@removed":{"reason":"changed"}}`...)
	}
	return append(b, `","@removed":{"reason":"deleted"}}`...)
}

// groupProperties are what can be selected of groups.
var groupProperties = []string{"id", "displayName", "description", "mail", "mailNickname", "members", "visibility", "groupTypes", "securityEnabled", "mailEnabled"}

// selectedOfGroups reads $select for groups.
func selectedOfGroups(r *request) ([]string, *reply) {
	s := r.query.Get("$select")
	if s == "" {
		return []string{"id", "displayName", "members"}, nil
	}
	names := strings.Split(s, ",")
	for _, name := range names {
		if !slices.Contains(groupProperties, name) {
			return nil, badRequest("Could not find a property named '" + name + "' on type 'microsoft.graph.group'.")
		}
	}
	return names, nil
}

// entry is one thing that a delta tells of a group: that it is (or no longer
// is), or a member.
type entry struct {
	group  int
	member ref
	is     bool // the group itself
	gone   bool // the member
}

// groupsDelta tells what became of groups and of their direct members.
func (s *Server) groupsDelta(r *request, e *Effect) reply {
	if !s.may(GroupMemberReadAll, DirectoryReadAll) {
		return denied()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	at, latest, bad := t.round(r, "groups/delta", func() ([]string, *reply) { return selectedOfGroups(r) })
	if bad != nil {
		return *bad
	}
	var change shown
	if e.change != nil {
		e.change(&change)
	}
	if latest || change.empty {
		return s.finish(r, &at, nil, false, change)
	}
	hidden := !s.may(MemberReadHidden)
	var page []entry
	var more bool
	if at.From == first {
		page, more = t.firstMembers(&at, s.PageSize, hidden)
	} else {
		all := t.changedMembers(&at, hidden)
		from := at.At
		if t.opts.Quirks.Repeated {
			from = max(0, from-2)
		}
		at.At = min(at.At+s.PageSize, len(all))
		page, more = all[from:at.At], at.At < len(all)
	}
	return s.finish(r, &at, t.appendEntries(page, &at), more, change)
}

// follows are the groups that a delta is about.
func (t *Tenant) follows(at *place, n int) bool {
	return at.IDs == nil || slices.Contains(at.IDs, t.id(ref{group, n}))
}

// firstMembers are a page of a first round. A large group comes back on the
// next page with other members.
func (t *Tenant) firstMembers(at *place, size int, hidden bool) (page []entry, more bool) {
	for ; at.At < len(t.groups); at.At, at.Member = at.At+1, (ref{}) {
		g := t.groups[at.At]
		if !t.follows(at, g.n) || g.deleted && !t.opts.Quirks.RemovedFirst {
			continue
		}
		if len(page) >= size {
			return page, true
		}
		page = append(page, entry{group: g.n, is: true})
		if g.deleted || g.hidden && hidden || !slices.Contains(at.Selected, "members") {
			continue
		}
		m, ok := g.next(at.Member)
		for ; ok; m, ok = g.next(ref{m.class, m.n + 1}) {
			if len(page) >= size {
				at.Member = m
				return page, true
			}
			if m.class != user || t.listed(m.n) {
				page = append(page, entry{group: g.n, member: m})
			}
		}
		if t.opts.Quirks.RemovedFirst {
			for _, m := range slices.SortedFunc(keys(g.left), order) {
				page = append(page, entry{group: g.n, member: m, gone: true})
			}
		}
	}
	return page, false
}

func keys(m map[ref]bool) func(func(ref) bool) {
	return func(yield func(ref) bool) {
		for r := range m {
			if !yield(r) {
				return
			}
		}
	}
}

// changedMembers are what a later round tells, group by group.
func (t *Tenant) changedMembers(at *place, hidden bool) []entry {
	byGroup := map[int][]entry{}
	seen := map[[2]ref]bool{}
	var order []int
	for i := at.From; i < at.To; i++ {
		e := &t.log[i]
		if e.of.class != group || !t.follows(at, e.of.n) || !e.changed(at.Selected) {
			continue
		}
		if byGroup[e.of.n] == nil {
			order = append(order, e.of.n)
			byGroup[e.of.n] = []entry{{group: e.of.n, is: true}}
		}
		g := t.groups[e.of.n]
		if pair := [2]ref{e.of, e.member}; e.what == membership && !seen[pair] && !(g.hidden && hidden) && !g.deleted {
			seen[pair] = true
			byGroup[e.of.n] = append(byGroup[e.of.n], entry{group: e.of.n, member: e.member, gone: !g.has(e.member)})
		}
	}
	var all []entry
	for _, n := range order {
		all = append(all, byGroup[n]...)
	}
	return all
}

// appendEntries writes entries as groups with their members.
func (t *Tenant) appendEntries(page []entry, at *place) []byte {
	var b []byte
	for i := 0; i < len(page); {
		g := t.groups[page[i].group]
		members := page[i:]
		if end := slices.IndexFunc(members, func(e entry) bool { return e.group != g.n }); end >= 0 {
			members = members[:end]
		}
		i += len(members)
		if len(b) > 0 {
			b = append(b, ',')
		}
		if g.deleted {
			b = t.appendRemoved(b, g.ref(), false)
			continue
		}
		b = append(t.appendID(append(b, `{"id":"`...), g.ref()), '"')
		if slices.Contains(at.Selected, "displayName") {
			b = appendText(append(b, `,"displayName":`...), g.name)
		}
		members = slices.DeleteFunc(slices.Clone(members), func(e entry) bool { return e.is })
		if t.opts.Quirks.Reordered {
			slices.Reverse(members)
		}
		if len(members) > 0 {
			b = append(t.appendMembers(append(b, `,"members@delta":[`...), members), ']')
		}
		b = append(b, '}')
	}
	return b
}

func (t *Tenant) appendMembers(b []byte, members []entry) []byte {
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, `{"@odata.type":"`...), m.member.class.odata()...), `","id":"`...)
		b = append(t.appendID(b, m.member), '"')
		if m.gone {
			b = append(b, `,"@removed":{"reason":"deleted"}`...)
		}
		b = append(b, '}')
	}
	return b
}
