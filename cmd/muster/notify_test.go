package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"testing"

	"muster/cmd/notices"
	"muster/core"
	"muster/core/madeup"
	"muster/core/roster"
	"muster/sync/entra/graphtest"
)

// hook is a webhook that takes notices which are signed with one of its secrets.
type hook struct {
	mu      sync.Mutex
	secrets []string
	told    map[roster.Event]notices.Notice
	arrived chan struct{} // has room for one: something did
}

func (h *hook) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	var n notices.Notice
	if err != nil || json.Unmarshal(body, &n) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	signed := func(secret string) bool {
		return notices.Sign(secret, q.Header.Get("Muster-Timestamp"), body) == q.Header.Get("Muster-Signature")
	}
	if !slices.ContainsFunc(h.secrets, signed) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	h.told[n.Event] = n
	select {
	case h.arrived <- struct{}{}:
	default:
	}
}

// Each kind of thing that somebody should know goes out to a webhook, signed: also
// what happened while no muster was up.
func TestNoticesGoOut(t *testing.T) {
	d := newDesk(t)
	h := &hook{told: make(map[roster.Event]notices.Notice), arrived: make(chan struct{}, 1)}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	tenant := graphtest.New(graphtest.Options{Kind: madeup.Staff, Seed: 1, People: 20})
	tenant.AddGroup("All staff", graphtest.Range{From: 0, To: 20})
	graph, err := graphtest.Serve(tenant)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := graph.Close(); err != nil {
			t.Error(err)
		}
	})
	hooked := func(list string) {
		d.want(exitDone, "", "", "notify", "add", list, "--webhook", server.URL, "--json")
		h.mu.Lock()
		defer h.mu.Unlock()
		h.secrets = append(h.secrets, regexp.MustCompile(`whsec_[\w-]+`).FindString(d.out.String()))
	}

	// A changeset is held.
	d.want(exitDone, "", "2 created", "import", "staff", d.file("staff.csv", "ID\n1\n2\n"), "--create", "--yes")
	d.want(exitDone, "", "", "list", "set", "staff", "--limit", "deactivations=1")
	d.want(exitHeld, "", "Changeset 3 is held", "import", "staff", d.file("nobody.csv", "ID\n9\n"), "--deactivate-missing", "--yes")
	hooked("staff")

	// A sync fails.
	d.want(exitDone, "", "", "list", "create", "campus")
	d.want(exitDone, graphtest.Secret+"\n", "Connected", "source", "connect", "campus", "entra", "--uid", "employee_id",
		"--tenant", tenant.ID(), "--client", graphtest.ClientID, "--base-url", graph.URL, "--group", "All staff", "--secret-file", "-")
	hooked("campus")
	graph.Grant()
	d.want(exitFailed, "", "", "sync", "campus", "--yes")

	// A token is about to expire; and a provider pushes, and cannot any more.
	d.want(exitDone, "", "", "list", "create", "guests")
	d.want(exitDone, "", "Connected", "source", "connect", "guests", "scim", "--uid", "employee_number")
	d.want(exitDone, "", "", "list", "create", "partners")
	d.want(exitDone, "", "Connected", "source", "connect", "partners", "scim", "--uid", "employee_number")
	d.want(exitDone, "", "", "token", "new", "partners", "--expires", "10d")
	says := d.serveWith("--scim-listen", "127.0.0.1:0")
	at := regexp.MustCompile(`msg=SCIM listen=(\S+)`).FindStringSubmatch(says.sofar())[1]
	d.want(exitDone, "", "", "token", "new", "guests", "--json")
	var token secretJSON
	if err := json.Unmarshal(d.out.Bytes(), &token); err != nil {
		t.Fatal(err)
	}
	if err := pushUser(t.Context(), "http://"+at+"/scim/v2/guests/Users", token.Token, 1); err != nil {
		t.Fatal(err)
	}
	d.want(exitDone, "", "", "token", "revoke", "guests", token.Token[:10], "--yes")
	d.end()
	hooked("guests")
	hooked("partners")

	d.serveWith()
	for _, event := range roster.Events() {
		for {
			h.mu.Lock()
			n, ok := h.told[event]
			h.mu.Unlock()
			if ok {
				t.Logf("%s: %s", n.Event, n.Text)
				break
			}
			select {
			case <-h.arrived:
			case <-t.Context().Done():
				t.Fatalf("nobody is told of %s", event)
			}
		}
	}
}

// A sync that has failed is told of also if a later one did not; one that is not over
// is waited for.
func TestFailedSyncsAreToldOnceEach(t *testing.T) {
	runs := func(outcomes ...core.Outcome) (all []core.Run) { // newest first
		for i, o := range outcomes {
			all = append(all, core.Run{Number: uint64(len(outcomes) - i), Outcome: o})
		}
		return all
	}
	for name, c := range map[string]struct {
		runs   []core.Run
		after  uint64
		failed []uint64
		last   uint64
	}{
		"none":             {nil, 0, nil, 0},
		"the first look":   {runs(core.Failed, core.Failed, core.RunApplied), 0, []uint64{3}, 3},
		"a good one after": {runs(core.RunApplied, core.Failed, core.Failed, core.RunApplied), 1, []uint64{2, 3}, 4},
		"nothing new":      {runs(core.Failed, core.RunApplied), 2, nil, 2},
		"one that runs":    {runs(core.Running, core.Failed, core.RunApplied), 1, []uint64{2}, 2},
	} {
		failed, last := failedAmong(c.runs, c.after)
		var numbers []uint64
		for _, r := range failed {
			numbers = append(numbers, r.Number)
		}
		if !slices.Equal(numbers, c.failed) || last != c.last {
			t.Errorf("%s: %v have failed, and %d was the last", name, numbers, last)
		}
	}
}
