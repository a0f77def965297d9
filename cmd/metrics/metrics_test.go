package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"go.uber.org/goleak"

	"muster/core/fault"
	"muster/core/roster"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOperation(t *testing.T) {
	for request, want := range map[string]string{
		"POST /scim/v2/staff/Users":                "create user",
		"GET /scim/v2/staff/Users":                 "list users",
		"GET /scim/v2/staff/Users/1":               "read user",
		"PUT /scim/v2/staff/Users/1":               "replace user",
		"PATCH /scim/v2/staff/Groups/1":            "patch group",
		"DELETE /scim/v2/staff/Groups/1":           "delete group",
		"POST /scim/v2/staff/Users/.search":        "search users",
		"POST /scim/v2/staff/Bulk":                 "bulk",
		"GET /scim/v2/staff/ServiceProviderConfig": "discover",
		"GET /scim/v2/staff/Schemas/urn:x":         "discover",
		"DELETE /scim/v2/staff/Users":              "other",
		"POST /scim/v2/staff/Users/1":              "other",
		"GET /scim/v2/staff/Users/1/emails":        "other",
		"BREW /scim/v2/staff/Users/1":              "other",
		"GET /favicon.ico":                         "other",
		"GET /":                                    "other",
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := Operation(method, path); got != want {
			t.Errorf("%s is %q, wanted %q", request, got, want)
		}
	}
}

// source is a Muster that stands as it is told.
type source struct{ well, ready, state error }

func (s source) Well(context.Context) error { return s.well }
func (s source) Ready() error               { return s.ready }
func (s source) State(context.Context) (*State, error) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 500_000_000, time.UTC)
	return &State{
		Version: "0.1", Started: at, Sessions: 2, Commands: 1, Store: Sizes{File: 1 << 20, Free: 4096, Journal: 8192}, LastBackup: at,
		Lists: []List{
			{Slug: "staff", Standing: roster.Standing{Active: 1204, Inactive: 31, Withdrawn: 2, Changed: at}, Pending: 1,
				Runs: &Runs{Number: 41, Outcome: "applied", At: at, Took: 1500 * time.Millisecond}},
			{Slug: "visitors", Standing: roster.Standing{Changed: at}},
		},
	}, s.state
}

func TestWhatIsTold(t *testing.T) {
	r := new(Requests)
	r.Note("POST", "/scim/v2/staff/Users", 201, 800*time.Microsecond)
	r.Note("POST", "/scim/v2/staff/Users", 201, 3*time.Millisecond)
	r.Note("POST", "/scim/v2/staff/Users", 409, time.Millisecond)
	r.Note("GET", "/scim/v2/sta\"ff/Users", 200, time.Minute)
	text, status := get(t, source{}, r, "/metrics")
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, text)
	}
	golden.RequireEqual(t, []byte(text))
}

func TestTextIsEscaped(t *testing.T) {
	if got := escaped("a\\b\"c\nd"); got != `a\\b\"c\nd` {
		t.Errorf("it is %s", got)
	}
}

func get(t *testing.T, s Source, r *Requests, path string) (text string, status int) {
	t.Helper()
	server := httptest.NewServer(NewServer(s, r, slog.New(slog.DiscardHandler)).Handler)
	defer server.Close()
	answer, err := server.Client().Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	server.Client().CloseIdleConnections()
	return string(b), answer.StatusCode
}

func TestProbes(t *testing.T) {
	no := fault.New(fault.Busy, "Muster is starting")
	for _, c := range []struct {
		path   string
		s      source
		status int
		text   string
	}{
		{"/healthz", source{}, 200, "ok\n"},
		{"/readyz", source{}, 200, "ok\n"},
		{"/healthz", source{ready: no}, 200, "ok\n"},
		{"/readyz", source{ready: no}, 503, "Muster is starting\n"},
		{"/healthz", source{well: errors.New("insides")}, 503, "Something unexpected went wrong\n"},
		{"/readyz", source{well: no}, 503, "Muster is starting\n"},
		{"/metrics", source{state: no}, 500, "Muster is starting\n"},
		{"/", source{}, 404, "404 page not found\n"},
	} {
		if text, status := get(t, c.s, new(Requests), c.path); status != c.status || text != c.text {
			t.Errorf("%s of %+v: %d %q, wanted %d %q", c.path, c.s, status, text, c.status, c.text)
		}
	}
}
