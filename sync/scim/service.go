package scim

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"muster/core/fault"
	"muster/sync/scim/problem"
	"muster/sync/scim/value"
)

// Service answers SCIM requests under /scim/v2/<list>.
type Service struct {
	host   Host
	opts   Options
	types  *Types // for those who ask without a token
	meter  *meter // of those with a token, each by itself
	others *meter // of those without, all together
	bodies *semaphore.Weighted
	secret [32]byte // signs cursors
}

// New returns the service of a host's lists. It is an http.Handler.
func New(host Host, opts Options) *Service {
	if opts.Rate <= 0 || opts.Burst < 1 {
		opts.Rate, opts.Burst = 20_000, 40_000
	}
	if opts.Concurrent <= 0 {
		opts.Concurrent = 256
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	s := &Service{
		host: host, opts: opts, types: NewTypes(), bodies: semaphore.NewWeighted(bodiesAtOnce),
		meter:  newMeter(opts.Rate, opts.Burst, opts.Concurrent, opts.Clock),
		others: newMeter(100, 1000, 32, opts.Clock),
	}
	// rand.Read never fails (it ends the program instead).
	_, _ = rand.Read(s.secret[:])
	return s
}

// request is one request on its way.
type request struct {
	*http.Request
	s      *Service
	access Access
	types  *Types
	token  [sha256.Size]byte
	base   string   // the list's absolute address
	list   string   // the list's slug
	steps  []string // of the path, behind the list
	params params
	facts  Facts
}

// reply is what is answered.
type reply struct {
	status   int
	body     []byte
	etag     string
	location string
	header   [2]string // one more header, if its name is not empty
}

// ServeHTTP answers one request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &request{Request: r, s: s, types: s.types}
	q.facts = Facts{
		At: s.opts.Clock(), RequestID: requestID(r), Agent: clip(r.UserAgent()), Remote: s.remote(r), Method: clip(r.Method),
		Provider: guess(r.UserAgent(), r.URL.RawQuery),
	}
	w.Header().Set("X-Request-Id", q.facts.RequestID)
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	q.Request = r.WithContext(ctx)
	out, err := q.guarded()
	if err != nil {
		out = q.refuse(err)
	}
	q.send(w, out)
	q.facts.Status, q.facts.Bytes = out.status, len(out.body)
	q.facts.Duration = s.opts.Clock().Sub(q.facts.At)
	s.host.Note(q.facts)
}

// guarded is answer, but a panic is an error and not the end of the connection.
func (q *request) guarded() (out reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			q.s.opts.Log.Error("A SCIM request failed", "request", q.facts.RequestID, "panic", p)
			err = errors.New("the request caused a panic")
		}
	}()
	return q.answer()
}

func (q *request) answer() (reply, error) {
	if err := q.route(); err != nil {
		return reply{}, err
	}
	hasToken, err := q.authorize()
	if err != nil {
		return reply{}, err
	}
	limit := q.s.meter
	if !hasToken {
		if open, _ := q.discovery(); !open {
			return reply{}, noToken()
		}
		limit = q.s.others
	}
	leave, wait := limit.enter(q.token)
	if wait > 0 {
		return reply{}, &tooMany{wait}
	}
	defer leave()
	return q.dispatch()
}

// route reads the path: /scim/v2/<list>/<steps>. Empty steps are passed over:
// providers append to addresses that end in a slash.
func (q *request) route() error {
	var steps []string
	for step := range strings.SplitSeq(q.URL.EscapedPath(), "/") {
		if step == "" {
			continue
		}
		plain, err := url.PathUnescape(step)
		if err != nil {
			return problem.New(http.StatusNotFound, "", "There is nothing at this address")
		}
		steps = append(steps, plain)
	}
	q.facts.Path = clip(q.URL.EscapedPath())
	if len(steps) < 2 || steps[0] != "scim" {
		return problem.New(http.StatusNotFound, "", "There is nothing at this address; a list is at /scim/v2/<list>")
	}
	if version := strings.ToLower(steps[1]); version != "v2" {
		if len(version) > 1 && version[0] == 'v' && version[1] >= '0' && version[1] <= '9' {
			return problem.Bad(problem.InvalidVers, "SCIM %s is not spoken here; use v2", clip(steps[1]))
		}
		return problem.New(http.StatusNotFound, "", "There is nothing at this address; a list is at /scim/v2/<list>")
	}
	if len(steps) < 3 {
		return problem.New(http.StatusNotFound, "", "The address names no list; it is /scim/v2/<list>")
	}
	q.list, q.steps = steps[2], steps[3:]
	q.facts.List = clip(q.list)
	q.base = q.s.origin(q.Request) + "/scim/v2/" + url.PathEscape(q.list)
	var err error
	q.params, err = readParams(q.URL.RawQuery)
	return err
}

// handler answers one endpoint.
type handler func(*request) (reply, error)

// endpoint is what an address takes.
type endpoint struct {
	get, post, put, patch, remove handler
}

func (e endpoint) method(name string) handler {
	switch name {
	case http.MethodGet, http.MethodHead:
		return e.get
	case http.MethodPost:
		return e.post
	case http.MethodPut:
		return e.put
	case http.MethodPatch:
		return e.patch
	case http.MethodDelete:
		return e.remove
	}
	return nil
}

func (e endpoint) allow() string {
	var names []string
	for _, name := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if e.method(name) != nil {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// dispatch finds the endpoint and lets it answer.
func (q *request) dispatch() (reply, error) {
	e, err := q.endpoint()
	if err != nil {
		return reply{}, err
	}
	h := e.method(q.Method)
	if h == nil {
		return reply{}, &notAllowed{allow: e.allow()}
	}
	return h(q)
}

func (q *request) endpoint() (endpoint, error) {
	if open, h := q.discovery(); open {
		return endpoint{get: h}, nil
	}
	first, rest := "", ""
	if len(q.steps) > 0 {
		first = strings.ToLower(q.steps[0])
	}
	if len(q.steps) > 1 {
		rest = q.steps[1]
	}
	switch {
	case len(q.steps) == 0:
		return endpoint{get: searchAll}, nil
	case first == "me":
		return endpoint{}, problem.New(http.StatusNotImplemented, "", "A token stands for a provider, not for a person; there is no /Me")
	case first == ".search" && len(q.steps) == 1:
		return endpoint{post: searchAllByPost}, nil
	case first == "bulk" && len(q.steps) == 1:
		return endpoint{post: bulk}, nil
	case first != "users" && first != "groups" || len(q.steps) > 2:
	case len(q.steps) == 1:
		return endpoint{get: listResources, post: createResource}, nil
	case rest == ".search":
		return endpoint{post: searchByPost}, nil
	default:
		return endpoint{get: getResource, put: replaceResource, patch: patchResource, remove: deleteResource}, nil
	}
	return endpoint{}, problem.New(http.StatusNotFound, "", "There is no such endpoint")
}

// kind is the kind of resource that the path names.
func (q *request) kind() Kind {
	if strings.EqualFold(q.steps[0], "groups") {
		return Groups
	}
	return Users
}

func (q *request) id() string { return q.steps[1] }

// did notes what was written. doc is the resource, if it is at hand.
func (q *request) did(k Kind, e *Entry, doc *value.Value, act Act) {
	done := Done{Kind: k, ID: e.ID, Act: act, Seq: e.Seq}
	if doc == nil {
		// What cannot be read has no name, here.
		parsed, _ := value.ParseString(e.JSON)
		doc = &parsed
	}
	done.Name = strings.Clone(clip(NameOf(k, doc)))
	q.facts.Changes = append(q.facts.Changes, done)
}

// requestID is the client's, if it is harmless, or a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	harmless := id != "" && len(id) <= 128
	for i := range len(id) {
		harmless = harmless && id[i] > ' ' && id[i] < 0x7f && id[i] != '"' && id[i] != '\\'
	}
	if harmless {
		return id
	}
	return rand.Text()
}

// clip bounds what the log is given.
func clip(s string) string {
	if len(s) > 256 {
		s = s[:256]
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// tooMany is a request above the limit.
type tooMany struct{ wait int }

func (e *tooMany) Error() string { return "too many requests" }

// notAllowed is a method that the endpoint does not take.
type notAllowed struct{ allow string }

func (e *notAllowed) Error() string { return "the method is not allowed" }

// refuse makes the answer of an error. A surprise is logged, not told.
func (q *request) refuse(err error) reply {
	var out reply
	p := problem.Of(err)
	var many *tooMany
	var method *notAllowed
	var stranger *unauthorized
	if errors.Is(err, ErrDenied) {
		err = badToken()
	}
	switch {
	case errors.As(err, &stranger):
		p = &stranger.problem
		out.header = [2]string{"WWW-Authenticate", stranger.challenge}
	case p != nil:
	case errors.As(err, &many):
		p = &problem.Error{Status: http.StatusTooManyRequests, Detail: "Too many requests; try again in " + strconv.Itoa(many.wait) + " s"}
		out.header = [2]string{"Retry-After", strconv.Itoa(many.wait)}
	case errors.As(err, &method):
		p = &problem.Error{Status: http.StatusMethodNotAllowed, Detail: "This address takes " + method.allow}
		out.header = [2]string{"Allow", method.allow}
	case errors.Is(err, ErrNotFound):
		p = &problem.Error{Status: http.StatusNotFound, Detail: "There is no such resource"}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), fault.Is(err, fault.Busy):
		p = &problem.Error{Status: http.StatusServiceUnavailable, Detail: "The list is busy; try again"}
		out.header = [2]string{"Retry-After", "5"}
	case fault.Is(err, fault.Full):
		q.s.opts.Log.Error("There is no room for a SCIM request", "request", q.facts.RequestID, "list", q.facts.List, "error", err)
		p = &problem.Error{Status: http.StatusInsufficientStorage, Detail: "There is no room left on the disk here; nothing was changed. Try again later"}
		out.header = [2]string{"Retry-After", "60"}
	default:
		p = q.unforeseen(err)
	}
	q.facts.Type, q.facts.Detail = p.Type, p.Detail
	out.status, out.body = p.Status, errorBody(p)
	return out
}

// unforeseen is the problem of an error that the directory had with a request.
func (q *request) unforeseen(err error) *problem.Error {
	p := &problem.Error{Detail: fault.Sentence(err)}
	switch fault.CodeOf(err) {
	case fault.Invalid:
		p.Status, p.Type = http.StatusBadRequest, problem.InvalidValue
	case fault.Conflict:
		p.Status = http.StatusConflict
	case fault.NotFound:
		p.Status = http.StatusNotFound
	case fault.Denied, fault.Locked, fault.Held:
		p.Status = http.StatusForbidden
	default:
		q.s.opts.Log.Error("A SCIM request failed", "request", q.facts.RequestID, "list", q.facts.List, "error", err)
		p.Status = http.StatusInternalServerError
		p.Detail = "Something went wrong here; the log has it under request " + q.facts.RequestID
	}
	return p
}

func (q *request) send(w http.ResponseWriter, out reply) {
	h := w.Header()
	if out.header[0] != "" {
		h.Set(out.header[0], out.header[1])
	}
	if out.etag != "" {
		h.Set("ETag", out.etag)
	}
	if out.location != "" {
		h.Set("Location", out.location)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if out.body == nil {
		w.WriteHeader(out.status)
		return
	}
	h.Set("Content-Type", contentType(q.Header.Values("Accept")))
	h.Set("Content-Length", strconv.Itoa(len(out.body)))
	w.WriteHeader(out.status)
	if _, err := w.Write(out.body); err != nil {
		q.s.opts.Log.Debug("The answer was not taken", "request", q.facts.RequestID, "error", err)
	}
}

// contentType is SCIM's, unless the client asks for plain JSON only.
func contentType(accept []string) string {
	all := strings.ToLower(strings.Join(accept, ","))
	if strings.Contains(all, "application/json") && !strings.Contains(all, "scim+json") {
		return "application/json"
	}
	return "application/scim+json"
}
