package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMetricsOfAMusterThatServes reads them from a whole program, with a provider
// that pushes.
func TestMetricsOfAMusterThatServes(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "2 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n2,Oslo\n"), "--create", "--yes")
	d.want(exitDone, "", "", "person", "deactivate", "staff", "2", "--yes")
	ctx, cancel := context.WithCancel(context.Background())
	says := newAnnounced("msg=Ready")
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--metrics-listen", "127.0.0.1:0", "--scim-listen", "127.0.0.1:0", "--ssh-listen", "off"}, streams{
			in: strings.NewReader(""), out: io.Discard, err: says, width: 80,
			environ: []string{"MUSTER_DB=" + filepath.Join(d.dir, "muster.db"), "MUSTER_BACKUP_EVERY=24h"},
		})
	}()
	select {
	case <-says.ch:
	case status := <-ended:
		t.Fatalf("muster serve ended with %d: %s", status, says.text)
	}
	defer func() {
		cancel()
		if status := <-ended; status != exitDone {
			t.Errorf("muster serve ended with %d", status)
		}
	}()
	said := says.sofar()
	at := func(what string) string {
		m := regexp.MustCompile(`msg=` + what + ` listen=(\S+)`).FindStringSubmatch(said)
		if m == nil {
			t.Fatalf("it does not say where its %s are:\n%s", what, said)
		}
		return "http://" + m[1]
	}
	get := func(url string) (int, string) {
		answer, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(b)
	}
	if status, _ := get(at("SCIM") + "/scim/v2/staff/Users"); status != http.StatusUnauthorized {
		t.Errorf("a provider without a token gets %d", status)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, text := get(at("Metrics") + path); status != 200 || text != "ok\n" {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	status, text := get(at("Metrics") + "/metrics")
	if status != 200 {
		t.Fatalf("metrics: %d %s", status, text)
	}
	for _, line := range []string{
		`muster_people{list="staff",status="active"} 1`,
		`muster_people{list="staff",status="inactive"} 1`,
		`muster_changesets_pending{list="staff"} 0`,
		`muster_scim_requests_total{operation="list users",status="401"} 1`,
		`muster_scim_request_duration_seconds_count{operation="list users"} 1`,
		`muster_sessions 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no line %s in\n%s", line, text)
		}
	}
	for _, name := range []string{"muster_store_bytes", "muster_journal_bytes"} {
		if !regexp.MustCompile(`(?m)^` + name + ` [1-9]`).MatchString(text) {
			t.Errorf("%s is not told:\n%s", name, text)
		}
	}
}
