package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/sync/scim"
)

// closedHost has lists that nobody may enter.
type closedHost struct {
	entered chan struct{} // a request waits in it until open is closed
	open    chan struct{}
	ran     chan struct{} // closed when Run has ended
}

func newClosedHost() *closedHost {
	return &closedHost{entered: make(chan struct{}, 1), open: make(chan struct{}), ran: make(chan struct{})}
}

func (h *closedHost) Enter(context.Context, scim.Caller) (scim.Access, error) {
	h.entered <- struct{}{}
	<-h.open
	return scim.Access{}, scim.ErrDenied
}

func (h *closedHost) Note(scim.Facts) {}

func (h *closedHost) Run(ctx context.Context) {
	<-ctx.Done()
	close(h.ran)
}

// certificate writes a certificate for this machine and its key.
func certificate(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	public, err := x509.CreateCertificate(rand.Reader, about, about, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writePEM(t, cert, "CERTIFICATE", public)
	writePEM(t, key, "PRIVATE KEY", private)
	return cert, key
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestACertificateIsReadAgainWhenItChanges(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir, 1)
	now := time.Now()
	var log bytes.Buffer
	p, err := openPair(cert, key, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		t.Helper()
		c, err := p.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.SerialNumber.Int64()
	}
	certificate(t, dir, 222_222)
	if got := serial(); got != 1 {
		t.Errorf("the files are looked at at once: %d", got)
	}
	now = now.Add(lookEvery)
	if got := serial(); got != 222_222 {
		t.Errorf("the new certificate is not in use: %d", got)
	}
	// Half of a pair is not used, and said once.
	if err := os.WriteFile(key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		now = now.Add(lookEvery)
		if got := serial(); got != 222_222 {
			t.Errorf("a broken pair is in use: %d", got)
		}
	}
	if n := strings.Count(log.String(), "The last certificate stays in use"); n != 1 {
		t.Errorf("said %d times: %s", n, log.String())
	}
	certificate(t, dir, 3)
	now = now.Add(lookEvery)
	if got := serial(); got != 3 {
		t.Errorf("the repaired certificate is not in use: %d", got)
	}
}

func startServer(t *testing.T, host scimHost, e *core.Engine, f *scimFlags) (s *scimServer, end func() error) {
	t.Helper()
	s, err := newSCIM(host, e, f, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, l) }()
	return s, func() error { cancel(); return <-ended }
}

func TestProvidersAreServedOverTLSAndHTTP2(t *testing.T) {
	e := openDemo(t, 0)
	cert, key := certificate(t, t.TempDir(), 1)
	host := newClosedHost()
	s, end := startServer(t, host, e, &scimFlags{cert: cert, key: key})
	trusted, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(trusted)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.local+"/scim/v2/staff/Users", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer sct_nothing")

	// A request that is being worked on is answered before the server ends.
	answered := make(chan error, 1)
	var said, spoken string
	go func() {
		answer, err := client.Do(request)
		if err == nil {
			said, spoken = answer.Status, answer.Proto
			err = answer.Body.Close()
		}
		answered <- err
	}()
	<-host.entered
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	close(host.open)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if said != "401 Unauthorized" || spoken != "HTTP/2.0" {
		t.Errorf("answered with %s over %s", said, spoken)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	<-host.ran
}

func TestAnAddressThatIsTakenIsSaid(t *testing.T) {
	e := openDemo(t, 0)
	s, end := startServer(t, newClosedHost(), e, new(scimFlags))
	taken := strings.TrimPrefix(s.local, "http://")
	_, err := s.listen(t.Context(), taken)
	if !fault.Is(err, fault.Busy) || !strings.Contains(fault.Sentence(err), "SCIM is off: "+taken+" cannot be listened on (bind: address already in use)") {
		t.Errorf("the error is %v", err)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestWrongFlagsOfSCIM(t *testing.T) {
	e := openDemo(t, 0)
	for _, f := range []*scimFlags{
		{cert: "a.pem"}, {key: "a.pem"}, {proxies: []string{"10.0.0.0/33"}}, {proxies: []string{"gateway"}},
	} {
		if _, err := newSCIM(newClosedHost(), e, f, slog.New(slog.DiscardHandler)); !errors.As(err, new(usageError)) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if _, err := newSCIM(newClosedHost(), e, &scimFlags{cert: "no.crt", key: "no.key"}, slog.New(slog.DiscardHandler)); !fault.Is(err, fault.Invalid) {
		t.Errorf("files that are not there: %v", err)
	}
	if _, err := newSCIM(newClosedHost(), e, &scimFlags{proxies: []string{"10.0.0.0/8", "::1", "192.0.2.7"}}, slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("good proxies: %v", err)
	}
}

func TestServicesSayWhatTroublesThem(t *testing.T) {
	var s services
	heard := make(chan string, 10)
	unwatch := s.watch(func() { heard <- s.trouble() })
	stopped := make(chan struct{})
	s.start(t.Context(), "good", func(ctx context.Context) error {
		<-ctx.Done()
		close(stopped)
		return ctx.Err()
	})
	s.start(t.Context(), "bad", func(context.Context) error { return fault.New(fault.Busy, "The port is taken") })
	if got := <-heard; got != "The port is taken" {
		t.Errorf("trouble: %q", got)
	}
	s.say("holder", "It is ending")
	if got := <-heard; got != "The port is taken; It is ending" {
		t.Errorf("trouble: %q", got)
	}
	s.say("bad", "")
	if got := <-heard; got != "It is ending" {
		t.Errorf("trouble: %q", got)
	}
	unwatch()
	s.stop()
	<-stopped
	if got := s.trouble(); got != "It is ending" || len(heard) > 0 {
		t.Errorf("trouble: %q", got)
	}
}

// A serve that cannot listen for providers says so and ends; the store is free
// again.
func TestServeEndsWhereItCannotListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	d.want(exitFailed, "", "cannot be listened on", "serve", "--scim-listen", l.Addr().String())
	d.want(exitDone, "", "There are no lists yet", "list", "ls")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
