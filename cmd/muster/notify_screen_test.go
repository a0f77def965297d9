package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// What the guard holds goes out to a webhook. A manager who comes by SSH sees that
// it was taken, adds another webhook, whose secret is shown once, and tries it; a
// command is for who is on the machine. A viewer sees that notices went out, but
// not where to.
func TestNoticesAtTheScreens(t *testing.T) {
	got := make(chan string, 8)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !strings.HasPrefix(r.Header.Get("Muster-Signature"), "sha256=") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got <- r.URL.Path + " " + string(body)
	}))
	defer hook.Close()
	next := func(parts ...string) {
		t.Helper()
		select {
		case body := <-got:
			for _, part := range parts {
				if !strings.Contains(body, part) {
					t.Errorf("%s is not in %s", part, body)
				}
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no notice with %v came", parts)
		}
	}
	d := newDesk(t)
	d.want(exitDone, "", "3 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n2,Oslo\n3,Voss\n"), "--create", "--yes")
	d.want(exitDone, "", "", "list", "set", "staff", "--limit", "deactivations=1")
	d.want(exitDone, "", "is told of", "notify", "add", "staff", "--webhook", hook.URL+"/first")
	d.want(exitHeld, "l\n", "held", "import", "staff", d.file("next.csv", "ID,Town\n1,Bergen\n"), "--deactivate-missing")
	o := openOffice(t, d)
	next("/first ", `"event":"changeset-held"`, `"list":"staff"`)
	for begun := time.Now(); !strings.Contains(d.out.String(), "taken") && time.Since(begun) < 20*time.Second; {
		o.want(exitDone, "", "", "notify", "log", "staff")
	}

	max := o.attend(o.administrator("max", "manager"), 130, 34)
	goTo(max, "Staff", "N", "of staff is held for review", "n", "▌ A webhook", "down", "▌ A command", "enter",
		"only its local user adds or changes one", "up", "▌ A webhook", "enter", "Address")
	max.Type(hook.URL + "/s3cret")
	goTo(max, "s3cret", "enter", "copy its secret now, it is not shown again", "y", "Copied the secret", "enter", "▌   2 ", "t", "Outlet 2 has taken the test")
	next("/s3cret ", `"event":"test"`)

	vic := o.attend(o.administrator("vic", "viewer"), 130, 34)
	goTo(vic, "Staff", "N", "of staff is held for review", "space", "vic is a viewer, and it takes a manager")
	if screen := vic.Screen(); strings.Contains(screen, "s3cret") {
		t.Errorf("a viewer sees where the notices go:\n%s", screen)
	}
	o.want(exitDone, "", "s3cret", "notify", "ls", "staff")
	goTo(max, "▌   2 ", "space", "Outlet 2 is told of nothing for now")
	o.want(exitDone, "", "off", "notify", "ls", "staff")
	o.want(exitDone, "", "is told of changeset-held", "notify", "set", "staff", "2", "--on", "--event", "changeset-held")
	max.WaitFor("told of changeset held")
	leaveAll(t, max, vic)
}
