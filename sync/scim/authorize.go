package scim

import (
	"crypto/sha256"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"muster/sync/scim/problem"
)

// unauthorized is a request without a good token (RFC 6750 section 3).
type unauthorized struct {
	problem   problem.Error
	challenge string
}

func (e *unauthorized) Error() string { return e.problem.Detail }

const realm = `Bearer realm="Muster"`

func noToken() error {
	return &unauthorized{
		problem.Error{Status: http.StatusUnauthorized, Detail: "A bearer token is needed; make one with: muster token new <list>"},
		realm,
	}
}

func badToken() error {
	return &unauthorized{
		problem.Error{Status: http.StatusUnauthorized, Detail: "The token does not open this list: it is wrong, revoked, expired or of another list"},
		realm + `, error="invalid_token"`,
	}
}

func malformed(detail string) error {
	return &unauthorized{problem.Error{Status: http.StatusBadRequest, Detail: detail}, realm + `, error="invalid_request"`}
}

// maxToken is how long a bearer token may be.
const maxToken = 1 << 10

// authorize opens the list to the bearer of the token, if the request has one.
func (q *request) authorize() (hasToken bool, err error) {
	headers := q.Header.Values("Authorization")
	switch {
	case len(headers) == 0:
		return false, nil
	case len(headers) > 1:
		return true, malformed("There is more than one Authorization header")
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(headers[0]), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return true, noToken()
	}
	token = strings.TrimSpace(token)
	if token == "" || len(token) > maxToken || !isToken(token) {
		return true, malformed("The Authorization header must be: Bearer, a space, and the token")
	}
	q.token = sha256.Sum256([]byte(token))
	q.access, err = q.s.host.Enter(q.Context(), Caller{
		List: q.list, Token: q.token, RequestID: q.facts.RequestID,
		Provider: q.facts.Provider, Agent: q.facts.Agent, Remote: q.facts.Remote,
	})
	switch {
	case errors.Is(err, ErrDenied):
		return true, badToken()
	case err != nil:
		return true, err
	}
	q.facts.Entered, q.facts.Token = true, q.access.Token
	q.types = q.access.Directory.Types()
	return true, nil
}

// isToken reports whether s is a b64token of RFC 6750.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("-._~+/=", rune(c)) {
			return false
		}
	}
	return true
}

// trusted reports whether the request comes through one of our proxies, whose
// word on the client and the address counts.
func (s *Service) trusted(r *http.Request) bool {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	for _, proxy := range s.opts.Proxies {
		if proxy.Contains(at.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// remote is the address of the client.
func (s *Service) remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if !s.trusted(r) {
		return host
	}
	// The last entry is what our proxy saw; those before it, anybody may write.
	list := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	last := strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
	if at, err := netip.ParseAddr(last); err == nil {
		return at.String()
	}
	return host
}

// origin is the scheme and host under which the client sees the service.
func (s *Service) origin(r *http.Request) string {
	if s.opts.PublicURL != nil {
		if public := s.opts.PublicURL(); public != "" {
			return strings.TrimRight(public, "/")
		}
	}
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if s.trusted(r) {
		if proto := strings.ToLower(r.Header.Get("X-Forwarded-Proto")); proto == "https" || proto == "http" {
			scheme = proto
		}
		if forwarded := r.Header.Get("X-Forwarded-Host"); forwarded != "" {
			host = forwarded
		}
	}
	if !isHost(host) {
		host = "localhost"
	}
	return scheme + "://" + host
}

// isHost reports whether s can stand as host and port in an address.
func isHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("-._:[]", rune(c)) {
			return false
		}
	}
	return s != "" && len(s) <= 255
}
