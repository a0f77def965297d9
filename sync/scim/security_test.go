package scim_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/sync/scim"
	"muster/sync/scim/value"
)

func TestTokens(t *testing.T) { everywhere(t, testTokens) }

func testTokens(t *testing.T) {
	w := newWire(t, scim.Options{})
	good := "Bearer " + w.token
	for _, c := range []struct {
		headers   []string
		status    int
		challenge string
	}{
		{[]string{good}, 200, ""},
		{[]string{"bearer  " + w.token}, 200, ""},
		{nil, 401, `Bearer realm="Muster"`},
		{[]string{"Basic dXNlcjpwYXNz"}, 401, `Bearer realm="Muster"`},
		{[]string{w.token}, 401, `Bearer realm="Muster"`},
		{[]string{""}, 401, `Bearer realm="Muster"`},
		{[]string{"Bearer sct_wrong"}, 401, `Bearer realm="Muster", error="invalid_token"`},
		{[]string{"Bearer " + w.token + "x"}, 401, `Bearer realm="Muster", error="invalid_token"`},
		{[]string{"Bearer " + strings.ToUpper(w.token)}, 401, `Bearer realm="Muster", error="invalid_token"`},
		{[]string{"Bearer"}, 400, `Bearer realm="Muster", error="invalid_request"`},
		{[]string{"Bearer a b"}, 400, `Bearer realm="Muster", error="invalid_request"`},
		{[]string{"Bearer tök"}, 400, `Bearer realm="Muster", error="invalid_request"`},
		{[]string{"Bearer \"" + w.token + "\""}, 400, `Bearer realm="Muster", error="invalid_request"`},
		{[]string{"Bearer " + strings.Repeat("x", 5000)}, 400, `Bearer realm="Muster", error="invalid_request"`},
		{[]string{good, good}, 400, `Bearer realm="Muster", error="invalid_request"`},
		{[]string{good, "Bearer other"}, 400, `Bearer realm="Muster", error="invalid_request"`},
	} {
		w.header["Authorization"] = c.headers
		for _, path := range []string{"/Users", "/Users/x", "/Bulk", "/.search", "/Nothing", "/Me"} {
			a := w.do("GET", path, "")
			switch {
			case c.status == 200 && a.status != 401:
			case a.status != c.status, a.header.Get("WWW-Authenticate") != c.challenge:
				t.Errorf("%q %s: %d %q", c.headers, path, a.status, a.header.Get("WWW-Authenticate"))
			}
		}
	}
	// Whether there is a list is told to nobody without its token.
	w.header["Authorization"] = []string{good}
	there, not := w.do("GET", w.server.URL+"/scim/v2/students/Users", "").want(401), w.do("GET", w.server.URL+"/scim/v2/no-such-list/Users", "").want(401)
	if there.text != not.text {
		t.Errorf("%s\n%s", there.text, not.text)
	}
}

func TestLogKnowsNoSecrets(t *testing.T) { everywhere(t, testLogKnowsNoSecrets) }

func testLogKnowsNoSecrets(t *testing.T) {
	w := newWire(t, scim.Options{})
	w.header.Set("X-Request-Id", "req-7")
	a := w.do("GET", "/Users?filter=userName+eq+%22ann%40secret.test%22", "").want(200)
	if a.header.Get("X-Request-Id") != "req-7" {
		t.Error("the request id is not given back")
	}
	f := w.lastNote()
	if f.RequestID != "req-7" || f.Method != "GET" || f.Status != 200 || !f.Entered || f.List != "staff" || f.Path != "/scim/v2/staff/Users" || f.Remote != "127.0.0.1" {
		t.Errorf("%+v", f)
	}
	w.do("POST", "/Users", `{"nothing":1}`).refused(400, "invalidValue")
	if f := w.lastNote(); f.Type != "invalidValue" || f.Detail == "" || len(f.Changes) != 0 {
		t.Errorf("%+v", f)
	}
	for _, id := range []string{strings.Repeat("x", 200), "a b", "\"", "x\ty", "é"} {
		w.header.Set("X-Request-Id", id)
		if got := w.do("GET", "/Me", "").header.Get("X-Request-Id"); got == id || got == "" {
			t.Errorf("the request id %q was taken", id)
		}
	}
}

func TestHostileBodies(t *testing.T) { everywhere(t, testHostileBodies) }

func testHostileBodies(t *testing.T) {
	w := newWire(t, scim.Options{})
	id := w.user(`"userName":"ann"`).id()
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + "1" + strings.Repeat(end, n) }
	w.do("POST", "/Users", `{"userName":"x","y":`+deep("[", "]", 100_000)+`}`).refused(400, "invalidSyntax")
	w.do("POST", "/Users", deep(`{"a":`, "}", 100_000)).refused(400, "invalidSyntax")
	w.do("PATCH", "/Users/"+id, `{"Operations":[{"op":"add","value":"`+strings.Repeat(`{\"a\":`, 50)+`"}]}`).refused(400, "invalidValue")
	w.do("POST", "/Users", `{"userName":"x","emails":[`+strings.Repeat(`{},`, value.MaxValues)+`{}]}`).refused(413, "")
	w.do("POST", "/Users", `{"userName":"x","nickName":"`+strings.Repeat("x", 300<<10)+`"}`).refused(413, "")
	w.do("POST", "/Users", `{"userName":"x","nickName":"`+strings.Repeat("x", scim.MaxBody)+`"}`).refused(413, "")
	w.do("PATCH", "/Users/"+id, `{"Operations":[`+strings.Repeat(`{"op":"remove","path":"title"},`, 20_000)+`{"op":"remove","path":"title"}]}`).refused(400, "tooMany")
	many := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	w.do("POST", "/Users", `{"userName":"x",`+many(100_000, `"a%d":1,`)+`}`).refused(413, "")
	w.do("POST", "/Users", `{"userName":"x","emails":[`+many(2000, `"%d",`)+`]}`).refused(413, "")
	w.patch("/Users/"+id, many(900, `{"op":"add","path":"emails","value":["%d","x","y"]},`)+`,`+many(90, `{"op":"add","path":"emails","value":["a%[1]d","b%[1]d","c%[1]d"]},`)).refused(413, "")
	w.patch("/Users/"+id, many(1001, `{"op":"add","path":"title","value":"%d"},`)).refused(400, "tooMany")
	group := "/Groups/" + w.group(`"displayName":"G"`).id()
	w.patch(group, many(30, `{"op":"remove","path":"members[display eq \"%d\"]"},`)).refused(400, "tooMany")
	w.patch(group, many(2000, `{"op":"add","path":"members","value":"%d"},`)).want(204)
	w.patch(group, many(2000, `{"op":"remove","path":"members[value eq \"%d\"]"},`)).want(200).lacks("members")
	w.do("POST", "/Users/.search", `{"filter":"`+strings.Repeat("(", 4000)+`"}`).refused(400, "invalidFilter")
	w.do("POST", "/Users/.search", `{"filter":"`+strings.Repeat("not ", 2000)+`"}`).refused(400, "invalidFilter")
	w.do("POST", "/Groups", `{"displayName":"g","members":[{"value":"`+strings.Repeat("m", 2000)+`"}]}`).refused(400, "invalidValue")
	w.find("filter="+strings.Repeat("x", 9000)).refused(400, "invalidFilter")
	// A body of unknown length is bounded, too.
	r, err := http.NewRequestWithContext(t.Context(), "POST", w.base()+"/Users", io.MultiReader(strings.NewReader(`{"userName":"`), strings.NewReader(strings.Repeat("x", scim.MaxBody+10))))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = w.header.Clone()
	res, err := w.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 413 {
		t.Errorf("a chunked body without end: %d", res.StatusCode)
	}
	w.header.Set("Content-Encoding", "gzip")
	w.do("POST", "/Users", `{"userName":"x"}`).refused(415, "")
}

func TestAddressesAreNotForTheClientToMakeUp(t *testing.T) {
	location := func(opts scim.Options, change func(*http.Request)) string {
		m := &host{Host: newMemory()}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://muster.test/scim/v2/staff/ServiceProviderConfig", nil)
		r.RemoteAddr = "10.0.0.9:1234"
		change(r)
		rec := httptest.NewRecorder()
		scim.New(m, opts).ServeHTTP(rec, r)
		v, err := value.Parse(rec.Body.Bytes())
		if err != nil || rec.Code != 200 {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		return strings.TrimSuffix(v.Get("meta").Get("location").Text(), "/scim/v2/staff/ServiceProviderConfig") + " " + m.lastNote().Remote
	}
	forwarded := func(r *http.Request) {
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("X-Forwarded-Host", "public.test")
		r.Header.Set("X-Forwarded-For", "6.6.6.6, 203.0.113.7")
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for want, got := range map[string]string{
		"http://muster.test 10.0.0.9":     location(scim.Options{}, forwarded),
		"https://public.test 203.0.113.7": location(scim.Options{Proxies: proxies}, forwarded),
		"https://muster.example 10.0.0.9": location(scim.Options{PublicURL: func() string { return "https://muster.example/" }}, forwarded),
		"http://localhost 10.0.0.9":       location(scim.Options{}, func(r *http.Request) { r.Host = `evil"><script>` }),
		"http://localhost 203.0.113.7": location(scim.Options{Proxies: proxies}, func(r *http.Request) {
			forwarded(r)
			r.Header.Set("X-Forwarded-Host", "a/b")
			r.Header.Set("X-Forwarded-Proto", "javascript")
		}),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTooManyRequests(t *testing.T) { everywhere(t, testTooManyRequests) }

func testTooManyRequests(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	w := newWire(t, scim.Options{Rate: 0.5, Burst: 3, Clock: func() time.Time { return now }})
	for range 3 {
		w.do("GET", "/Users", "").want(200)
	}
	if got := w.do("GET", "/Users", "").refused(429, "").header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After: %q", got)
	}
	w.do("GET", "/Schemas", "").refused(429, "")
	now = now.Add(2 * time.Second)
	w.do("GET", "/Users", "").want(200)
	w.do("GET", "/Users", "").refused(429, "")
}

// stalling is a Host whose directory does not answer until it is let go.
type stalling struct {
	*memory
	entered chan struct{}
	release chan struct{}
}

func (s *stalling) Enter(ctx context.Context, c scim.Caller) (scim.Access, error) {
	a, err := s.memory.Enter(ctx, c)
	a.Directory = s
	return a, err
}

func (s *stalling) View(ctx context.Context, fn func(scim.Reader) error) error {
	s.entered <- struct{}{}
	<-s.release
	return s.memory.View(ctx, fn)
}

func TestRequestsAtOnce(t *testing.T) {
	s := &stalling{newMemory(), make(chan struct{}), make(chan struct{})}
	service := scim.New(s, scim.Options{Concurrent: 2})
	ask := func() *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/scim/v2/staff/Users", nil)
		r.Header.Set("Authorization", "Bearer "+s.token)
		rec := httptest.NewRecorder()
		service.ServeHTTP(rec, r)
		return rec
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if got := ask().Code; got != 200 {
				t.Errorf("a request that waited: %d", got)
			}
		})
		<-s.entered
	}
	if rec := ask(); rec.Code != 429 || rec.Header().Get("Retry-After") != "1" {
		t.Errorf("one too many: %d %v", rec.Code, rec.Header())
	}
	close(s.release)
	all.Wait()
}

// failing is a Host that is broken in one way or another.
type failing struct {
	*memory
	fail func() error
}

func (f *failing) Enter(ctx context.Context, c scim.Caller) (scim.Access, error) {
	if c.Token != sha256.Sum256([]byte(f.token)) {
		return scim.Access{}, scim.ErrDenied
	}
	return scim.Access{}, f.fail()
}

func TestSurprisesAreNotTold(t *testing.T) {
	for _, fail := range []func() error{
		func() error { return errors.New("bucket 0xdeadbeef is on fire") },
		func() error { panic("bucket 0xdeadbeef is on fire") },
	} {
		var log strings.Builder
		service := scim.New(&failing{newMemory(), fail}, scim.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/scim/v2/staff/Users", nil)
		r.Header.Set("Authorization", "Bearer sct_letmein")
		r.Header.Set("X-Request-Id", "r1")
		rec := httptest.NewRecorder()
		service.ServeHTTP(rec, r)
		if rec.Code != 500 || strings.Contains(rec.Body.String(), "deadbeef") || !strings.Contains(rec.Body.String(), "r1") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		if !strings.Contains(log.String(), "deadbeef") || strings.Contains(log.String(), "letmein") {
			t.Errorf("the log: %s", &log)
		}
	}
}

func TestConnectionsAreBounded(t *testing.T) { everywhere(t, testConnectionsAreBounded) }

func testConnectionsAreBounded(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := scim.NewServer(scim.New(newHost(t), scim.Options{}), slog.New(slog.DiscardHandler))
	done := make(chan error)
	go func() { done <- server.Serve(scim.Limit(l, 2)) }()
	dial := func() net.Conn {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ask := func(c net.Conn) error {
		if _, err := io.WriteString(c, "GET /scim/v2/staff/Schemas HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		return errors.Join(err, res.Body.Close())
	}
	first, second, third := dial(), dial(), dial()
	t.Cleanup(func() {
		if err := errors.Join(second.Close(), third.Close()); err != nil {
			t.Error(err)
		}
	})
	for _, c := range []net.Conn{first, second} {
		if err := ask(c); err != nil {
			t.Fatal(err)
		}
	}
	answered := make(chan error, 1)
	go func() { answered <- ask(third) }()
	select {
	case err := <-answered:
		t.Errorf("a third connection was served: %v", err)
	default:
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the third connection after the first: %v", err)
	}
	if server.ReadHeaderTimeout == 0 || server.ReadTimeout == 0 || server.WriteTimeout == 0 || server.IdleTimeout == 0 || server.MaxHeaderBytes == 0 {
		t.Error("a client may take as long as it likes")
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
