package graphtest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// denied is the refusal of an application that lacks a permission.
func denied() reply {
	return graphError(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

// begin begins a collection.
func begin(r *request, context string) []byte {
	b := append(make([]byte, 0, 64<<10), `{"@odata.context":"`...)
	b = append(append(append(append(b, r.base...), "$metadata#"...), context...), '"')
	return b
}

// values begins the objects of a collection that continues by a link and knows
// its count, where it does.
func values(b []byte, next string, count int) []byte {
	if count >= 0 {
		b = strconv.AppendInt(append(b, `,"@odata.count":`...), int64(count), 10)
	}
	if next != "" {
		b = appendText(append(b, `,"@odata.nextLink":`...), next)
	}
	return append(b, `,"value":[`...)
}

func (s *Server) organization(r *request, _ *Effect) reply {
	b := values(begin(r, "organization"), "", -1)
	b = appendText(append(b, `{"id":`...), s.tenant.ID())
	b = append(b, `,"displayName":"Hollowmere","verifiedDomains":[{"name":"hollowmere.example","isDefault":true,"isInitial":true}]}]}`...)
	return reply{status: http.StatusOK, body: b}
}

func (s *Server) extensions(r *request, _ *Effect) reply {
	if !s.may(DirectoryReadAll) && (r.method == http.MethodPost || !s.may(ApplicationReadAll)) {
		return denied()
	}
	b := values(begin(r, "applications/extensionProperties"), "", -1)
	for i, name := range s.tenant.opts.Extensions {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"id":`...), s.tenant.id(ref{other, 100 + i}))
		b = appendText(append(b, `,"name":`...), name)
		b = append(b, `,"dataType":"String","isSyncedFromOnPremises":false,"targetObjects":["User"]}`...)
	}
	return reply{status: http.StatusOK, body: append(b, "]}"...)}
}

// users lists users.
func (s *Server) users(r *request, e *Effect) reply {
	if !s.may(UserReadAll, UserReadBasicAll, DirectoryReadAll) {
		return denied()
	}
	return s.listUsers(r, e, "users", nil)
}

// listUsers lists the users in any of the groups; of nil, all.
func (s *Server) listUsers(r *request, e *Effect, path string, teams []*team) reply {
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	at, bad := t.listPlace(r, path)
	if bad != nil {
		return *bad
	}
	v := view{selected: at.Selected, unread: s.unread()}
	if path != "users" && !s.may(UserReadAll, UserReadBasicAll, DirectoryReadAll) {
		v.unread = func(string) bool { return true }
	}
	next := func(n int) int {
		if teams == nil {
			return t.nextLive(n)
		}
		for n = nextMember(teams, n); n >= 0 && !t.listed(n); n = nextMember(teams, n+1) {
		}
		return n
	}
	count := -1
	if r.query.Get("$count") == "true" && at.Page == 0 {
		if !r.advanced() {
			return unsupported()
		}
		if count = t.users - t.missing; teams != nil {
			count = t.countMembers(teams)
		}
		count += e.skew
	}
	var change shown
	if e.change != nil {
		e.change(&change)
	}
	var objects []byte
	p := t.person(0)
	n, shownUsers := next(at.At), 0
	for ; n >= 0 && shownUsers < at.Top && !change.empty; n = next(n + 1) {
		if shownUsers > 0 {
			objects = append(objects, ',')
		} else {
			objects = make([]byte, 0, at.Top*64)
		}
		p.become(n)
		objects = v.appendUser(objects, &p)
		shownUsers++
	}
	follows := ""
	if n >= 0 && !change.ends {
		at.At, at.Page = n, at.Page+1
		follows = link(r, path, "$skiptoken", t.token(&at))
	}
	b := append(values(begin(r, "users"), follows, count), objects...)
	return reply{status: http.StatusOK, body: append(b, "]}"...)}
}

// listPlace is where a list is read from.
func (t *Tenant) listPlace(r *request, kind string) (place, *reply) {
	if token := r.query.Get("$skiptoken"); token != "" {
		return t.place(token, kind)
	}
	var at place
	var bad *reply
	if at.Selected, bad = t.selected(r.query); bad != nil {
		return at, bad
	}
	if strings.HasPrefix(r.query.Get("$expand"), "manager") {
		at.Selected = append(slices.Clone(at.Selected), "manager")
	} else {
		at.Selected = slices.DeleteFunc(slices.Clone(at.Selected), func(name string) bool { return name == "manager" })
	}
	if at.Top, bad = page(r.query); bad != nil {
		return at, bad
	}
	if r.query.Get("$filter") != "" {
		return at, badRequest("Unsupported or invalid query filter clause.")
	}
	at.Kind = kind
	return at, nil
}

// deletedUsers lists the users who could be restored.
func (s *Server) deletedUsers(r *request, _ *Effect) reply {
	if !s.may(UserReadAll, DirectoryReadAll) {
		return denied()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	at, bad := t.listPlace(r, "deleted")
	if bad != nil {
		return *bad
	}
	all := slices.Sorted(maps.Keys(t.accounts))
	var objects []byte
	n := 0
	for ; at.At < len(all) && n < at.Top; at.At++ {
		if t.accounts[all[at.At]].state != deleted {
			continue
		}
		if n > 0 {
			objects = append(objects, ',')
		}
		objects = append(t.appendID(append(objects, `{"id":"`...), ref{user, all[at.At]}), `"}`...)
		n++
	}
	follows := ""
	if at.At < len(all) {
		follows = link(r, strings.Join(r.path, "/"), "$skiptoken", t.token(&at))
	}
	b := append(values(begin(r, "directoryObjects"), follows, -1), objects...)
	return reply{status: http.StatusOK, body: append(b, "]}"...)}
}

// memberOf lists the groups that a user is in directly.
func (s *Server) memberOf(r *request, _ *Effect) reply {
	if !s.may(GroupMemberReadAll, DirectoryReadAll) {
		return denied()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	o, ok := t.object(r.path[1])
	if !ok || o.class != user || o.n >= t.users || t.stateOf(o.n) != live {
		return notFound(r.path[1])
	}
	var objects []byte
	for _, g := range t.groups {
		if g.deleted || !g.has(o) {
			continue
		}
		if len(objects) > 0 {
			objects = append(objects, ',')
		}
		objects = append(t.appendGroup(objects, g), '}')
	}
	b := append(values(begin(r, "groups"), "", -1), objects...)
	return reply{status: http.StatusOK, body: append(b, "]}"...)}
}

func (s *Server) countGroups(r *request, e *Effect) reply {
	if !s.may(GroupMemberReadAll, DirectoryReadAll) {
		return denied()
	}
	if !r.advanced() {
		return unsupported()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	n := 0
	for _, g := range t.groups {
		if !g.deleted {
			n++
		}
	}
	return count(n + e.skew)
}

func (s *Server) countUsers(r *request, e *Effect) reply {
	if !s.may(UserReadAll, UserReadBasicAll, DirectoryReadAll) {
		return denied()
	}
	if !r.advanced() {
		return unsupported()
	}
	return count(s.tenant.Len() + e.skew)
}

func count(n int) reply {
	return reply{status: http.StatusOK, header: map[string]string{"Content-Type": "text/plain"}, body: strconv.AppendInt(nil, int64(n), 10)}
}

// user shows one user.
func (s *Server) user(r *request, _ *Effect) reply {
	if !s.may(UserReadAll, UserReadBasicAll, DirectoryReadAll) {
		return denied()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	o, ok := t.object(r.path[1])
	if !ok || o.class != user || o.n >= t.users || t.stateOf(o.n) != live {
		return notFound(r.path[1])
	}
	at, bad := t.listPlace(r, "user")
	if bad != nil {
		return *bad
	}
	v := view{selected: at.Selected, unread: s.unread()}
	p := t.person(o.n)
	b := append(append(append([]byte(`{"@odata.context":"`), r.base...), `$metadata#users/$entity",`...), v.appendUser(nil, &p)[1:]...)
	return reply{status: http.StatusOK, body: b}
}

// deletedItem shows a soft-deleted user.
func (s *Server) deletedItem(r *request, _ *Effect) reply {
	if !s.may(UserReadAll, DirectoryReadAll) {
		return denied()
	}
	if _, restorable := s.tenant.Is(r.path[2]); !restorable {
		return notFound(r.path[2])
	}
	b := appendText(append(append(append([]byte(`{"@odata.context":"`), r.base...), `$metadata#directoryObjects/$entity"`...), `,"@odata.type":"#microsoft.graph.user","id":`...), r.path[2])
	return reply{status: http.StatusOK, body: append(b, '}')}
}

// groups lists groups by name.
func (s *Server) groups(r *request, e *Effect) reply {
	if !s.may(GroupMemberReadAll, DirectoryReadAll) {
		return denied()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	at := place{Kind: "groups"}
	var bad *reply
	if token := r.query.Get("$skiptoken"); token != "" {
		at, bad = t.place(token, "groups")
	} else {
		at.Top, bad = page(r.query)
	}
	if bad != nil {
		return *bad
	}
	var change shown
	if e.change != nil {
		e.change(&change)
	}
	var objects []byte
	n, shownGroups := at.At, 0
	for ; n < len(t.groups) && shownGroups < at.Top && !change.empty; n++ {
		if t.groups[n].deleted {
			continue
		}
		if shownGroups > 0 {
			objects = append(objects, ',')
		}
		objects = append(t.appendGroup(objects, t.groups[n]), '}')
		shownGroups++
	}
	follows := ""
	if n < len(t.groups) && !change.ends {
		at.At = n
		follows = link(r, "groups", "$skiptoken", t.token(&at))
	}
	b := append(values(begin(r, "groups"), follows, -1), objects...)
	return reply{status: http.StatusOK, body: append(b, "]}"...)}
}

// appendGroup begins a group.
func (t *Tenant) appendGroup(b []byte, g *team) []byte {
	b = append(t.appendID(append(b, `{"id":"`...), g.ref()), '"')
	b = appendText(append(b, `,"displayName":`...), g.name)
	b = append(b, `,"description":null,"groupTypes":[],"securityEnabled":true,"mailEnabled":false`...)
	if g.hidden {
		return append(b, `,"visibility":"HiddenMembership"`...)
	}
	return append(b, `,"visibility":null`...)
}

func (s *Server) group(r *request, _ *Effect) reply {
	if !s.may(GroupMemberReadAll, DirectoryReadAll) {
		return denied()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	g := t.team(r.path[1])
	if g == nil {
		return notFound(r.path[1])
	}
	b := append(append(append([]byte(`{"@odata.context":"`), r.base...), `$metadata#groups/$entity",`...), t.appendGroup(nil, g)[1:]...)
	return reply{status: http.StatusOK, body: append(b, '}')}
}

// members lists who is in a group.
func (s *Server) members(r *request, e *Effect) reply {
	teams, bad := s.teams(r)
	if bad != nil {
		return *bad
	}
	switch {
	case len(r.path) == 4 && strings.HasSuffix(r.path[3], "graph.group"):
		return s.listWithin(r, teams[0])
	case len(r.path) == 4:
		return s.listUsers(r, e, strings.Join(r.path, "/"), teams)
	}
	if r.path[2] == "transitiveMembers" {
		return *badRequest("The stand-in lists the transitive members that are users only.")
	}
	return s.listMembers(r, e, teams[0])
}

// teams are the groups whose members are asked for.
func (s *Server) teams(r *request) ([]*team, *reply) {
	if !s.may(GroupMemberReadAll, DirectoryReadAll) {
		d := denied()
		return nil, &d
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	g := t.team(r.path[1])
	if g == nil {
		missing := notFound(r.path[1])
		return nil, &missing
	}
	teams := []*team{g}
	if r.path[2] == "transitiveMembers" {
		teams = t.closure(g)
	}
	if !s.may(MemberReadHidden) {
		// Hidden members are left out without a word.
		teams = slices.DeleteFunc(teams, func(g *team) bool { return g.hidden })
		if len(teams) == 0 {
			teams = []*team{{}}
		}
	}
	return teams, nil
}

func (s *Server) countMembers(r *request, e *Effect) reply {
	teams, bad := s.teams(r)
	if bad != nil {
		return *bad
	}
	if !r.advanced() {
		return unsupported()
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	n := t.countMembers(teams)
	if len(r.path) == 4 { // not only users
		for _, m := range teams[0].joined {
			if m.class != user {
				n++
			}
		}
	}
	return count(n + e.skew)
}

// listWithin lists the groups that are directly in a group.
func (s *Server) listWithin(r *request, g *team) reply {
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	var objects []byte
	for _, m := range g.joined {
		if m.class != group {
			continue
		}
		if len(objects) > 0 {
			objects = append(objects, ',')
		}
		objects = append(t.appendGroup(objects, t.groups[m.n]), '}')
	}
	b := append(values(begin(r, "groups"), "", -1), objects...)
	return reply{status: http.StatusOK, body: append(b, "]}"...)}
}

// listMembers lists the direct members of all classes.
func (s *Server) listMembers(r *request, e *Effect, g *team) reply {
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	kind := strings.Join(r.path, "/")
	at, bad := t.listPlace(r, kind)
	if bad != nil {
		return *bad
	}
	readable := s.may(UserReadAll, UserReadBasicAll, DirectoryReadAll)
	v := view{selected: at.Selected, unread: s.unread()}
	var change shown
	if e.change != nil {
		e.change(&change)
	}
	var objects []byte
	m, more := g.next(at.Member)
	for n := 0; more && n < at.Top && !change.empty; {
		if m.class != user || t.listed(m.n) {
			if n > 0 {
				objects = append(objects, ',')
			}
			objects = append(append(append(objects, `{"@odata.type":"`...), m.class.odata()...), '"', ',')
			objects = t.appendMember(objects, m, &v, readable)
			n++
		}
		m, more = g.next(ref{m.class, m.n + 1})
	}
	follows := ""
	if more && !change.ends {
		at.Member = m
		follows = link(r, kind, "$skiptoken", t.token(&at))
	}
	b := append(values(begin(r, "directoryObjects"), follows, -1), objects...)
	return reply{status: http.StatusOK, body: append(b, "]}"...)}
}

// appendMember ends a member: of what the application may not read only the id
// is told.
func (t *Tenant) appendMember(b []byte, m ref, v *view, readable bool) []byte {
	switch {
	case m.class == user && readable:
		p := t.person(m.n)
		return append(b, v.appendUser(nil, &p)[1:]...)
	case m.class == group:
		return append(append(b, t.appendGroup(nil, t.groups[m.n])[1:]...), '}')
	}
	b = append(t.appendID(append(b, `"id":"`...), m), '"')
	return append(b, `,"displayName":null}`...)
}
