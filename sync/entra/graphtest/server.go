package graphtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ClientID and Secret are the application's, with which a client may sign in.
const (
	ClientID = "c0ffee00-0000-4000-8000-000000000001"
	Secret   = "made-up~secret.of-the.stand-in"
)

// The permissions of Graph that matter here.
const (
	UserReadAll          = "User.Read.All"
	UserReadBasicAll     = "User.ReadBasic.All"
	GroupMemberReadAll   = "GroupMember.Read.All"
	MemberReadHidden     = "Member.Read.Hidden"
	DirectoryReadAll     = "Directory.Read.All"
	ApplicationReadAll   = "Application.Read.All"
	LifeCycleInfoReadAll = "User-LifeCycleInfo.Read.All"
)

// Server shows a tenant to clients.
type Server struct {
	// URL is the address of both the sign-in and Graph, as "http://127.0.0.1:4711".
	URL string
	// PageSize is how many objects a page of a delta has: members count too.
	// Set it before the first request.
	PageSize int

	tenant *Tenant
	http   *http.Server
	served chan struct{}

	mu       sync.Mutex
	latency  time.Duration
	granted  []string
	vanished []string
	plan     []*planned
	counts   map[Kind]int
	signIns  signIns
}

// Serve begins to serve the tenant on a port of its own at the loopback
// address. The application is granted User.Read.All and GroupMember.Read.All.
// Who called it calls Close.
func Serve(t *Tenant) (*Server, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the stand-in for Graph: %w", err)
	}
	s := &Server{
		URL: "http://" + l.Addr().String(), PageSize: 200,
		tenant: t, served: make(chan struct{}), counts: map[Kind]int{},
		granted: []string{UserReadAll, GroupMemberReadAll}, signIns: signIns{asked: make(chan struct{})},
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(l) // until Close
	}()
	return s, nil
}

// Close ends the server and the requests that it has not answered.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.served
	return err
}

// Tenant is what the server shows.
func (s *Server) Tenant() *Tenant { return s.tenant }

// SetLatency sets how long each request takes, at least.
func (s *Server) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = d
}

// Grant sets what the application may do from now on, with the tokens too that
// it has already.
func (s *Server) Grant(permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.granted = slices.Clone(permissions)
}

// Vanish takes the right to read properties away, as a missing permission
// does: they are null in lists and left out of deltas.
func (s *Server) Vanish(properties ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vanished = slices.Clone(properties)
}

// Requests is how many requests of the kind there were.
func (s *Server) Requests(k Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k != Any {
		return s.counts[k]
	}
	all := -s.counts[Inner]
	for _, n := range s.counts {
		all += n
	}
	return all
}

func (s *Server) may(permissions ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(permissions, func(p string) bool { return slices.Contains(s.granted, p) })
}

// unread says which properties the application may not read.
func (s *Server) unread() func(string) bool {
	full := s.may(UserReadAll, DirectoryReadAll)
	leave := s.may(LifeCycleInfoReadAll)
	s.mu.Lock()
	vanished := s.vanished
	s.mu.Unlock()
	return func(property string) bool {
		return !full && !slices.Contains(basic, property) || property == "employeeLeaveDateTime" && !leave ||
			slices.Contains(vanished, property)
	}
}

// ServeHTTP answers a request, late and wrongly as planned.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil {
		return
	}
	s.mu.Lock()
	latency := s.latency
	s.mu.Unlock()
	if !wait(r.Context(), latency) {
		return
	}
	answer := s.route(r, body)
	if e := answer.effect; e != nil && e.hang {
		<-r.Context().Done()
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	header.Set("Request-Id", "7d1f2c1e-94f8-4c9a-9a5a-5a3b8c1d2e3f")
	for k, v := range answer.header {
		header.Set(k, v)
	}
	header.Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.WriteHeader(answer.status)
	if e := answer.effect; e != nil && e.cut {
		_, _ = w.Write(answer.body[:len(answer.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http breaks the connection
	}
	_, _ = w.Write(answer.body) // the client may have gone
}

// wait waits, unless the client goes first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Server) route(r *http.Request, body []byte) reply {
	path, ok := strings.CutPrefix(r.URL.Path, "/v1.0/")
	if !ok {
		return s.signIn(r, body)
	}
	if !s.bearer(r.Header.Get("Authorization")) {
		return graphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
	}
	return s.answer(r.Context(), &request{
		Header: r.Header, method: r.Method, path: strings.Split(strings.Trim(path, "/"), "/"),
		query: r.URL.Query(), body: body, base: "http://" + r.Host + "/v1.0/",
	}, false)
}

// answer answers a request to Graph.
func (s *Server) answer(ctx context.Context, r *request, inner bool) reply {
	kind, handle := s.handler(r)
	if handle == nil {
		return graphError(http.StatusBadRequest, "BadRequest", "Resource not found for the segment '"+r.path[0]+"'.")
	}
	effect := s.fault(kind, inner)
	if effect == nil {
		return handle(r, &Effect{})
	}
	if effect.before != nil {
		effect.before(ctx)
	}
	if effect.instead != nil {
		return *effect.instead
	}
	if effect.gone {
		again := graphError(http.StatusGone, "resyncRequired", "Resync required. Replace any local items with the server's version.")
		again.header = map[string]string{"Location": r.base + strings.Join(r.path, "/") + "?$deltatoken="}
		return again
	}
	answer := handle(r, effect)
	answer.effect = effect
	return answer
}

type handler func(r *request, e *Effect) reply

// handler says what a request is for and who answers it.
func (s *Server) handler(r *request) (Kind, handler) {
	p := r.path
	if r.method == http.MethodPost {
		if len(p) == 1 && p[0] == "$batch" {
			return Batch, s.batch
		}
		if len(p) == 2 && p[0] == "directoryObjects" && p[1] == "getAvailableExtensionProperties" {
			return Extensions, s.extensions
		}
		return Any, nil
	}
	if r.method != http.MethodGet {
		return Any, nil
	}
	switch {
	case p[0] == "organization":
		return Organization, s.organization
	case strings.HasPrefix(p[0], "applications(appId=") && len(p) == 2 && p[1] == "extensionProperties":
		return Extensions, s.extensions
	case p[0] == "directory" && len(p) == 3 && p[1] == "deletedItems" && p[2] == "microsoft.graph.user":
		return Deleted, s.deletedUsers
	case p[0] == "directory" && len(p) == 3 && p[1] == "deletedItems":
		return Deleted, s.deletedItem
	case p[0] == "users" && len(p) == 1:
		return Users, s.users
	case p[0] == "users" && len(p) == 2 && p[1] == "$count":
		return Count, s.countUsers
	case p[0] == "users" && len(p) == 2 && (p[1] == "delta" || p[1] == "delta()" || p[1] == "microsoft.graph.delta()"):
		return UsersDelta, s.usersDelta
	case p[0] == "users" && len(p) == 2:
		return User, s.user
	case p[0] == "users" && len(p) == 4 && p[2] == "memberOf" && p[3] == "microsoft.graph.group":
		return Members, s.memberOf
	}
	if p[0] == "groups" {
		return s.groupHandler(p)
	}
	return Any, nil
}

func (s *Server) groupHandler(p []string) (Kind, handler) {
	cast := len(p) > 3 && (p[3] == "microsoft.graph.user" || p[3] == "graph.user" ||
		p[2] == "members" && (p[3] == "microsoft.graph.group" || p[3] == "graph.group"))
	switch {
	case len(p) == 1:
		return Groups, s.groups
	case len(p) == 2 && (p[1] == "delta" || p[1] == "delta()" || p[1] == "microsoft.graph.delta()"):
		return GroupsDelta, s.groupsDelta
	case len(p) == 2 && p[1] == "$count":
		return Count, s.countGroups
	case len(p) == 2:
		return Group, s.group
	case p[2] != "members" && p[2] != "transitiveMembers":
		return Any, nil
	case len(p) == 3 || len(p) == 4 && cast:
		return Members, s.members
	case len(p) == 4 && p[3] == "$count" || len(p) == 5 && cast && p[4] == "$count":
		return Count, s.countMembers
	}
	return Any, nil
}

// link makes the address of what follows.
func link(r *request, path, parameter, token string) string {
	return r.base + path + "?" + parameter + "=" + url.QueryEscape(token)
}
