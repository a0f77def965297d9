package graphtest

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// signIns is what the sign-in remembers. The server's lock guards it.
type signIns struct {
	issued       map[string]bool // tokens that are good
	n            int
	certificates []*x509.Certificate
	devices      []*deviceCode   // in the order in which they were asked for
	asked        chan struct{}   // one more was asked for
	refresh      map[string]bool // refresh tokens that are good
	idle         bool            // those that are not were not used for long
	expired      bool            // the secret
}

// deviceCode is a sign-in that is done on another screen.
type deviceCode struct {
	code, userCode string
	state          string // what the client is told until it is approved
	seen           bool   // by UserCode
}

// Register makes certificates the application's, and no others.
func (s *Server) Register(all ...*x509.Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signIns.certificates = all
}

// ExpireSecret makes the application's secret one that was good until lately.
func (s *Server) ExpireSecret() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signIns.expired = true
}

// ExpireTokens makes all access tokens worthless, as time does.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signIns.issued = nil
}

// UserCode returns the next code that a client has asked for, once it has: what
// a person reads on its screen.
func (s *Server) UserCode(ctx context.Context) (string, error) {
	for {
		s.mu.Lock()
		for _, d := range s.signIns.devices {
			if !d.seen {
				d.seen = true
				s.mu.Unlock()
				return d.userCode, nil
			}
		}
		asked := s.signIns.asked
		s.mu.Unlock()
		select {
		case <-asked:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// Approve and Decline are what a person does at the page for device codes.
func (s *Server) Approve(userCode string) { s.decide(userCode, "") }

// Decline refuses the code.
func (s *Server) Decline(userCode string) { s.decide(userCode, "authorization_declined") }

// Expire is what happens to a code that nobody types.
func (s *Server) Expire(userCode string) { s.decide(userCode, "expired_token") }

func (s *Server) decide(userCode, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.signIns.devices {
		if d.userCode == userCode {
			d.state = state
		}
	}
}

// SignOut makes the refresh tokens of whoever has signed in by a code worthless,
// as a changed password does or, when idle, as 90 days without use do.
func (s *Server) SignOut(idle bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signIns.refresh, s.signIns.idle = nil, idle
}

func (s *Server) bearer(header string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signIns.issued[strings.TrimPrefix(header, "Bearer ")]
}

// signIn is what login.microsoftonline.com answers, and the endpoint that a
// machine with a managed identity has.
func (s *Server) signIn(r *http.Request, body []byte) reply {
	switch r.URL.Path {
	case "/msi/token":
		return s.appService(r)
	case "/metadata/identity/oauth2/token":
		return s.metadata(r)
	}
	tenant, path, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	if tenant != s.tenant.ID() && tenant != "hollowmere.example" {
		return aadError(http.StatusBadRequest, "invalid_request", 90002,
			"Tenant '"+tenant+"' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.")
	}
	switch path {
	case "v2.0/.well-known/openid-configuration":
		base := "https://" + r.Host + "/" + tenant
		return document(map[string]any{
			"token_endpoint": base + "/oauth2/v2.0/token", "authorization_endpoint": base + "/oauth2/v2.0/authorize",
			"device_authorization_endpoint": base + "/oauth2/v2.0/devicecode", "issuer": base + "/v2.0",
		})
	case "oauth2/v2.0/devicecode":
		return s.device()
	case "oauth2/v2.0/token":
		if e := s.fault(Token, false); e != nil && e.instead != nil {
			return *e.instead
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return aadError(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
		}
		return s.token(form, "https://"+r.Host+"/"+tenant+"/oauth2/v2.0/token")
	}
	return reply{status: http.StatusNotFound}
}

func document(v any) reply {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	return reply{status: http.StatusOK, body: b}
}

// aadError is a refusal in the shape of the sign-in.
func aadError(status int, kind string, code int, text string) reply {
	r := document(map[string]any{
		"error":             kind,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: 7d1f2c1e-94f8-4c9a-9a5a-5a3b8c1d2e00 Correlation ID: 7d1f2c1e-94f8-4c9a-9a5a-5a3b8c1d2e01 Timestamp: 2026-01-05 08:00:00Z", code, text),
		"error_codes":       []int{code}, "timestamp": "2026-01-05 08:00:00Z",
		"trace_id": "7d1f2c1e-94f8-4c9a-9a5a-5a3b8c1d2e00", "correlation_id": "7d1f2c1e-94f8-4c9a-9a5a-5a3b8c1d2e01",
	})
	r.status = status
	return r
}

// token issues a token, or says why not. at is its own address.
func (s *Server) token(form url.Values, at string) reply {
	if form.Get("client_id") != ClientID {
		return aadError(http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '"+form.Get("client_id")+"' was not found in the directory 'Hollowmere'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.")
	}
	switch form.Get("grant_type") {
	case "client_credentials":
		if !strings.HasSuffix(form.Get("scope"), "/.default") && !strings.Contains(form.Get("scope"), "/.default ") {
			return aadError(http.StatusBadRequest, "invalid_scope", 1002012,
				"The provided value for scope "+form.Get("scope")+" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
		}
		if refused := s.authenticate(form, at); refused != nil {
			return *refused
		}
		return s.issue(false)
	case "urn:ietf:params:oauth:grant-type:device_code":
		return s.deviceToken(form.Get("device_code"))
	case "refresh_token":
		return s.refreshed(form.Get("refresh_token"))
	}
	return aadError(http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '"+form.Get("grant_type")+"'.")
}

// authenticate checks the application's secret or certificate.
func (s *Server) authenticate(form url.Values, at string) *reply {
	s.mu.Lock()
	certificates, expired := s.signIns.certificates, s.signIns.expired
	s.mu.Unlock()
	var refused reply
	switch assertion := form.Get("client_assertion"); {
	case assertion != "":
		return checkAssertion(form, at, certificates)
	case form.Get("client_secret") != Secret:
		refused = aadError(http.StatusUnauthorized, "invalid_client", 7000215,
			"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '"+ClientID+"'.")
	case expired:
		refused = aadError(http.StatusUnauthorized, "invalid_client", 7000222,
			"The provided client secret keys for app '"+ClientID+"' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.")
	default:
		return nil
	}
	return &refused
}

// issue makes an access token. It has the claims in which an application finds
// what it was granted: roles, or scp where it acts for a person.
func (s *Server) issue(person bool) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.signIns
	in.n++
	claims := map[string]any{
		"aud": "https://graph.microsoft.com", "tid": s.tenant.ID(), "appid": ClientID, "app_displayname": "Muster",
		"exp": time.Now().Add(time.Hour).Unix(), "uti": in.n,
	}
	if person {
		claims["scp"] = strings.Join(s.granted, " ")
	} else {
		claims["roles"] = s.granted
	}
	token := webToken(claims)
	if in.issued == nil {
		in.issued = map[string]bool{}
	}
	in.issued[token] = true
	answer := map[string]any{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token}
	if person {
		answer["scope"] = strings.Join(s.granted, " ")
		refresh := fmt.Sprintf("made-up-refresh-token-%d", in.n)
		if in.refresh == nil {
			in.refresh = map[string]bool{}
		}
		in.refresh[refresh] = true // the one before stays good, too
		answer["refresh_token"] = refresh
		answer["client_info"] = base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"` + s.tenant.UserID(0) + `","utid":"` + s.tenant.ID() + `"}`))
		answer["id_token"] = webToken(map[string]any{
			"iss": "https://login.microsoftonline.com/" + s.tenant.ID() + "/v2.0", "tid": s.tenant.ID(), "aud": ClientID,
			"oid": s.tenant.UserID(0), "sub": s.tenant.UserID(0), "preferred_username": "admin@hollowmere.example",
			"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		})
	}
	return document(answer)
}

func webToken(claims map[string]any) string {
	b, err := json.Marshal(claims)
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	enc := base64.RawURLEncoding
	return enc.EncodeToString([]byte(`{"typ":"JWT","alg":"RS256"}`)) + "." + enc.EncodeToString(b) + "." + enc.EncodeToString([]byte("not a signature"))
}

// device begins a sign-in on another screen.
func (s *Server) device() reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.signIns
	in.n++
	d := &deviceCode{code: fmt.Sprintf("device-%06d", in.n), userCode: fmt.Sprintf("HLLW%05d", in.n), state: "authorization_pending"}
	in.devices = append(in.devices, d)
	close(in.asked)
	in.asked = make(chan struct{})
	return document(map[string]any{
		"user_code": d.userCode, "device_code": d.code, "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 900, "interval": 1,
		"message": "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code " + d.userCode + " to authenticate.",
	})
}

func (s *Server) deviceToken(code string) reply {
	s.mu.Lock()
	state := "bad_verification_code"
	for _, d := range s.signIns.devices {
		if d.code == code {
			state = d.state
		}
	}
	s.mu.Unlock()
	switch state {
	case "":
		return s.issue(true)
	case "authorization_pending":
		return aadError(http.StatusBadRequest, state, 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
	case "authorization_declined":
		return aadError(http.StatusBadRequest, state, 70017, "The end user denied the authorization request.")
	case "expired_token":
		return aadError(http.StatusBadRequest, state, 70019, "CodeExpired - Verification code expired.")
	}
	return aadError(http.StatusBadRequest, state, 7000014, "The request body contains a device_code that was not recognized.")
}

// refreshed issues a token to who has signed in before, unless that is over.
func (s *Server) refreshed(token string) reply {
	s.mu.Lock()
	good, idle := s.signIns.refresh[token], s.signIns.idle
	s.mu.Unlock()
	switch {
	case good:
		return s.issue(true)
	case idle:
		return aadError(http.StatusBadRequest, "invalid_grant", 700082,
			"The refresh token has expired due to inactivity. The token was issued on 2026-01-05T08:00:00.0000000Z and was inactive for 90.00:00:00.")
	}
	return aadError(http.StatusBadRequest, "invalid_grant", 50173,
		"The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.")
}

// appService is the endpoint of an App Service for its applications
// (app-service/overview-managed-identity, "REST endpoint reference").
func (s *Server) appService(r *http.Request) reply {
	if r.Header.Get("X-IDENTITY-HEADER") == "" {
		return reply{status: http.StatusUnauthorized}
	}
	return s.asMachine(r)
}

// metadata is the endpoint of a virtual machine for what runs on it
// (entra/identity/managed-identities-azure-resources/how-to-use-vm-token).
func (s *Server) metadata(r *http.Request) reply {
	refuse := func(text string) reply {
		answer := document(map[string]string{"error": "invalid_request", "error_description": text})
		answer.status = http.StatusBadRequest
		return answer
	}
	q := r.URL.Query()
	switch {
	case r.Header.Get("Metadata") != "true" || r.Header.Get("X-Forwarded-For") != "":
		return refuse("Required metadata header not specified")
	case q.Get("api-version") == "" || q.Get("resource") == "":
		return refuse("Required audience parameter not specified")
	}
	return s.asMachine(r)
}

// asMachine issues a token to the machine's own identity, or to that of the
// client ID.
func (s *Server) asMachine(r *http.Request) reply {
	if id := r.URL.Query().Get("client_id"); id != "" && id != ClientID {
		answer := document(map[string]string{"error": "invalid_request", "error_description": "Identity not found"})
		answer.status = http.StatusBadRequest
		return answer
	}
	var answer map[string]any
	if err := json.Unmarshal(s.issue(false).body, &answer); err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	answer["expires_on"] = fmt.Sprint(time.Now().Add(time.Hour).Unix())
	answer["resource"] = r.URL.Query().Get("resource")
	return document(answer)
}
