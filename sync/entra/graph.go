package entra

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/microsoft/kiota-abstractions-go"
	kiotaazure "github.com/microsoft/kiota-authentication-azure-go"
	kiotahttp "github.com/microsoft/kiota-http-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"

	"muster/core"
)

// Directory is an open connection to a tenant. It is safe for concurrent use.
type Directory struct {
	with  core.ConnectAnswers
	host  core.DirectoryHost
	place place
	http  *http.Client
	wait  func(ctx context.Context, d time.Duration) error

	mu      sync.Mutex
	adapter *msgraphcore.GraphRequestAdapterBase
	signs   azcore.TokenCredential
	renewed int // how many sign-ins there were
}

var _ core.Directory = (*Directory)(nil)

// patience is how often a request is sent, and hurry after how long one that
// gets no answer is given up.
const (
	patience = 8
	hurry    = 2 * time.Minute
	// longest is how long an answer may be, in bytes; a page of 999 people with
	// everything that they can have is a fiftieth of it.
	longest = 128 << 20
)

// teller is told how requests go; nil is told nothing.
type teller func(core.ReadTelling)

func (t teller) tell(told core.ReadTelling) {
	if t != nil {
		t(told)
	}
}

// request is what the SDK makes of what is asked.
type request = abstractions.RequestInformation

// Close lets go of connections.
func (d *Directory) Close() error {
	d.http.CloseIdleConnections()
	return nil
}

// connected returns the SDK's adapter, and the number of the sign-in that it uses.
func (d *Directory) connected() (*msgraphcore.GraphRequestAdapterBase, int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.adapter != nil {
		return d.adapter, d.renewed, nil
	}
	if d.signs == nil {
		credential, err := d.credential()
		if err != nil {
			return nil, 0, err
		}
		d.signs = credential
	}
	provider, err := kiotaazure.NewAzureIdentityAuthenticationProviderWithScopes(d.signs, []string{d.place.scope})
	if err != nil {
		return nil, 0, fmt.Errorf("connect to Graph: %w", err)
	}
	d.adapter, err = msgraphcore.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		provider, msgraphcore.GraphClientOptions{}, nil, nil, d.http)
	if err != nil {
		return nil, 0, fmt.Errorf("connect to Graph: %w", err)
	}
	d.adapter.SetBaseUrl(d.place.graph + "/v1.0")
	return d.adapter, d.renewed, nil
}

// renew signs in anew, unless that was done since the sign-in of that number.
func (d *Directory) renew(number int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.renewed != number {
		return
	}
	d.renewed++
	d.adapter = nil
	if device, ok := d.signs.(*deviceCredential); ok {
		device.mu.Lock()
		device.access = azcore.AccessToken{}
		device.mu.Unlock()
		return
	}
	d.signs = nil
}

// token returns an access token, which is asked for if there is none.
func (d *Directory) token(ctx context.Context) (string, error) {
	if _, _, err := d.connected(); err != nil {
		return "", err
	}
	d.mu.Lock()
	signs := d.signs
	d.mu.Unlock()
	t, err := signs.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{d.place.scope}})
	if err != nil {
		return "", explainSignIn(err)
	}
	return t.Token, nil
}

// signedIn waits for somebody to sign in, if it is somebody who has to.
func (d *Directory) signedIn(ctx context.Context) error {
	if d.with.Get(optAuth) != byDevice {
		return nil
	}
	_, err := d.token(ctx)
	return err
}

// builders make a request with the adapter.
type builders func(ctx context.Context, adapter abstractions.RequestAdapter) (*request, error)

// get asks for something, as often as it is worth it, and returns the body. It
// honours Retry-After (graph/throttling), else waits longer each time, never
// the same time as others do. A body that breaks off is asked for again. An
// error is a fault, a *refusal, or of a network that did not work so many times.
func (d *Directory) get(ctx context.Context, t teller, what builders) ([]byte, error) {
	signedIn := false
	for try := 1; ; try++ {
		t.tell(core.ReadTelling{Requests: 1})
		body, after, number, err := d.once(ctx, what)
		var refused *refusal
		switch {
		case err == nil:
			return body, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.As(err, &refused) && !isNetwork(err):
			return nil, err
		case refused != nil && refused.status == http.StatusUnauthorized && !signedIn:
			signedIn = true
			d.renew(number)
			continue
		case refused != nil && refused.status != http.StatusTooManyRequests && refused.status < http.StatusInternalServerError && refused.status != http.StatusRequestTimeout,
			refused != nil && refused.status == http.StatusNotImplemented,
			try >= patience:
			return nil, err
		}
		trouble := "did not answer"
		if refused != nil {
			trouble = busy
		}
		if err := d.pause(ctx, t, try, after, trouble); err != nil {
			return nil, err
		}
	}
}

// busy is what troubles a directory that refuses for now.
const busy = "is busy"

// pause waits before something is asked again: as long as the answer said or,
// where it said nothing, the longer the more often it was tried. trouble is what
// the directory does.
func (d *Directory) pause(ctx context.Context, t teller, try int, after time.Duration, trouble string) error {
	why := "Microsoft Entra ID is busy: waiting %s, as it asked"
	if after < 0 {
		after = backoff(try)
		why = "Microsoft Entra ID " + trouble + ": asked again after %s"
	}
	t.tell(core.ReadTelling{Throttled: d.host.Now().Add(after), Why: fmt.Sprintf(why, span(after))})
	return d.wait(ctx, after)
}

// span writes how long is waited.
func span(d time.Duration) string {
	if d < time.Minute {
		return strconv.Itoa(int((d+time.Second-1)/time.Second)) + " s"
	}
	return strings.TrimSuffix(d.Round(time.Second).String(), "0s")
}

// backoff is how long to wait after so many tries: 1, 2, 4 … 32 seconds, and up
// to half as long again or less.
func backoff(try int) time.Duration {
	d := time.Second << min(try-1, 5)
	return d/2 + rand.N(d)
}

// maxAfter is the longest that is waited because of a Retry-After.
const maxAfter = 10 * time.Minute

// networkError is a connection that did not work.
type networkError struct{ err error }

func (e *networkError) Error() string { return "reach Graph: " + e.err.Error() }
func (e *networkError) Unwrap() error { return e.err }

func isNetwork(err error) bool {
	var n *networkError
	return errors.As(err, &n)
}

// once asks once. after is how long the answer says to wait, or -1.
func (d *Directory) once(ctx context.Context, what builders) (body []byte, after time.Duration, number int, err error) {
	adapter, number, err := d.connected()
	if err != nil {
		return nil, -1, number, err
	}
	// Whoever signs in by a code may take longer than a request may.
	if err := d.signedIn(ctx); err != nil {
		return nil, -1, number, err
	}
	ctx, stop := context.WithTimeout(ctx, hurry)
	defer stop()
	info, err := what(ctx, adapter)
	if err != nil {
		return nil, -1, number, fmt.Errorf("ask Graph: %w", err)
	}
	native, err := adapter.ConvertToNativeRequest(ctx, info)
	if err != nil {
		if err = explainSignIn(err); ctx.Err() != nil {
			err = &networkError{ctx.Err()}
		}
		return nil, -1, number, err
	}
	r, ok := native.(*http.Request)
	if !ok {
		return nil, -1, number, fmt.Errorf("ask Graph: the SDK made a %T", native)
	}
	if len(info.Content) > 0 {
		r.ContentLength = int64(len(info.Content))
	}
	response, err := d.http.Do(r)
	if err != nil {
		return nil, -1, number, &networkError{err}
	}
	defer response.Body.Close()
	body, err = readBody(response)
	if err != nil {
		return nil, -1, number, &networkError{err}
	}
	if response.StatusCode/100 == 2 {
		if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "text/plain") {
			return nil, -1, number, &networkError{fmt.Errorf("something on the way answers with %s instead", kind)}
		}
		return body, -1, number, nil
	}
	return nil, retryAfter(response.Header, d.host.Now()), number, readRefusal(response.StatusCode, body)
}

func readBody(r *http.Response) ([]byte, error) {
	var b bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength <= longest {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(r.Body, longest+1))
	if err == nil && n > longest {
		err = errors.New("the answer has no end")
	}
	return b.Bytes(), err
}

// retryAfter reads the header: seconds, or a date (RFC 9110 section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return min(time.Duration(seconds)*time.Second, maxAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxAfter)
	}
	return -1
}

// newClient makes the HTTP client over a transport. Of the SDK's middleware it
// has what Graph needs; repeating is for get, which can begin a page anew whose
// body broke off, tell of it, and be stopped.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: kiotahttp.NewCustomTransportWithParentTransport(transport,
			kiotahttp.NewParametersNameDecodingHandler(), kiotahttp.NewHeadersInspectionHandler()),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
