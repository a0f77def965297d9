package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"muster/core"
	"muster/core/fault"
)

// deviceCredential signs in by a code that somebody types at Microsoft's page
// (entra/identity-platform/v2-oauth2-device-code), and from then on by the
// refresh token that this leaves, so that a schedule needs nobody. azidentity
// has this sign-in too, but keeps its refresh token in memory or in the
// keychain of a desktop, so every start of a server would ask for somebody.
type deviceCredential struct {
	directory *Directory

	mu      sync.Mutex
	refresh string
	access  azcore.AccessToken
}

// early is how long before its end a token is used no more.
const early = 5 * time.Minute

// GetToken is azcore.TokenCredential.
func (c *deviceCredential) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.directory
	if c.access.Token != "" && d.host.Now().Add(early).Before(c.access.ExpiresOn) {
		return c.access, nil
	}
	if c.refresh != "" {
		token, err := c.post(ctx, "token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.refresh}})
		var refused *signInError
		if err == nil {
			return c.take(ctx, token)
		}
		// A refresh token that is worth nothing any more needs somebody again.
		if !errors.As(err, &refused) || refused.Kind != "invalid_grant" || d.host.Show == nil {
			return azcore.AccessToken{}, err
		}
	}
	if d.host.Show == nil {
		return azcore.AccessToken{}, fault.New(fault.Denied, "Somebody has to sign in to Microsoft Entra ID, and nobody is here. Connect again to get a code for its page")
	}
	token, err := c.askSomebody(ctx)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	return c.take(ctx, token)
}

// tokenAnswer is what the sign-in answers.
type tokenAnswer struct {
	AccessToken     string `json:"access_token"`
	RefreshToken    string `json:"refresh_token"`
	ExpiresIn       int    `json:"expires_in"`
	UserCode        string `json:"user_code"`
	DeviceCode      string `json:"device_code"`
	VerificationURI string `json:"verification_uri"`
	Interval        int    `json:"interval"`
}

// take keeps a token. The refresh token goes to whoever keeps secrets.
func (c *deviceCredential) take(ctx context.Context, t tokenAnswer) (azcore.AccessToken, error) {
	c.access = azcore.AccessToken{Token: t.AccessToken, ExpiresOn: c.directory.host.Now().Add(time.Duration(t.ExpiresIn) * time.Second)}
	if t.RefreshToken != "" && t.RefreshToken != c.refresh {
		c.refresh = t.RefreshToken
		if err := c.directory.host.Keep(ctx, map[string]string{keyRefresh: c.refresh}); err != nil {
			return azcore.AccessToken{}, fmt.Errorf("keep refresh token: %w", err)
		}
	}
	return c.access, nil
}

// askSomebody shows a code and waits until it is typed.
func (c *deviceCredential) askSomebody(ctx context.Context) (tokenAnswer, error) {
	d := c.directory
	code, err := c.post(ctx, "devicecode", url.Values{})
	if err != nil {
		return code, err
	}
	until := d.host.Now().Add(time.Duration(code.ExpiresIn) * time.Second)
	over := make(chan struct{})
	defer close(over)
	d.host.Show(core.SignIn{Page: code.VerificationURI, Code: code.UserCode, Until: until, Over: over})
	interval := time.Duration(max(code.Interval, 1)) * time.Second
	for {
		if err := d.wait(ctx, interval); err != nil {
			return code, err
		}
		token, err := c.post(ctx, "token", url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {code.DeviceCode},
		})
		var refused *signInError
		switch {
		case err == nil:
			return token, nil
		case ctx.Err() != nil:
			return code, ctx.Err()
		case isNetwork(err): // it was typed meanwhile, perhaps
			interval += slower
		case !errors.As(err, &refused):
			return code, err
		case refused.Kind == "slow_down", refused.busy():
			interval += slower
		case refused.Kind == "expired_token":
			return code, errRanOut()
		case refused.Kind != "authorization_pending":
			return code, err
		}
		if d.host.Now().After(until) {
			return code, errRanOut()
		}
	}
}

// slower is by how much longer is waited after an answer that asks for it, or
// none (RFC 8628 section 3.5).
const slower = 5 * time.Second

func errRanOut() error {
	return fault.New(fault.Denied, "The code ran out before anybody typed it. Connect again to get a new one")
}

// post asks an endpoint of the sign-in.
func (c *deviceCredential) post(ctx context.Context, endpoint string, form url.Values) (answer tokenAnswer, err error) {
	d := c.directory
	form.Set("client_id", d.with.Get(optClient))
	form.Set("scope", d.place.scope+" offline_access")
	at := d.place.authority.ActiveDirectoryAuthorityHost + url.PathEscape(d.with.Get(optTenant)) + "/oauth2/v2.0/" + endpoint
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return answer, fmt.Errorf("ask the sign-in: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := d.http.Do(r)
	if err != nil {
		return answer, &networkError{err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return answer, &networkError{err}
	}
	if response.StatusCode != http.StatusOK {
		refused := &signInError{status: response.StatusCode}
		_ = json.Unmarshal(body, refused) // else its status is all there is
		return answer, refused
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return answer, fmt.Errorf("read the answer of the sign-in: %w", err)
	}
	return answer, nil
}
