//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/storage/powercut"
	"muster/sync/scim/provision"
)

// enough for a small store. Its file is longer, but has holes where the disk has
// not been asked for room yet.
const enough = 256 << 10

// TestFullDiskInAnImport: it says so, changes nothing, and goes on once there is
// room.
func TestFullDiskInAnImport(t *testing.T) {
	if !powercut.Alone(t) {
		return
	}
	d := newDesk(t)
	d.want(exitDone, "", "1 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n"), "--create", "--yes")
	var many strings.Builder
	many.WriteString("ID,Town\n")
	for i := range 20_000 {
		fmt.Fprintf(&many, "%d,Town %d\n", i, i)
	}
	file := d.file("many.csv", many.String())
	room := powercut.Full(t, enough)
	d.want(exitFailed, "", "There is no room left on the disk of", "import", "staff", file, "--yes")
	room()
	room = powercut.Full(t, 4096)
	d.want(exitFailed, "", "There is no room left on the disk for", "backup", filepath.Join(d.dir, "backup.db"))
	d.want(exitDone, "", "is sound", "check")
	room()
	d.want(exitDone, "", "1 list of 1 person", "restore", filepath.Join(d.dir, "muster.db"), "--db", filepath.Join(d.dir, "copy.db"))
	d.want(exitDone, "", "19,999 created", "import", "staff", file, "--yes")
	d.want(exitDone, "", "is sound", "check")
}

// TestFullDiskInAPush: the provider is told to come again, and what it pushed
// then is there.
func TestFullDiskInAPush(t *testing.T) {
	if !powercut.Alone(t) {
		return
	}
	d := newDesk(t)
	d.want(exitDone, "", "", "list", "create", "staff")
	d.want(exitDone, "", "", "source", "connect", "staff", "scim", "--uid", "employee_number")
	v := &env{streams: streams{err: io.Discard}, actor: localActor(), db: filepath.Join(d.dir, "muster.db")}
	e, err := v.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l, err := e.List(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := e.NewToken(t.Context(), v.actor, l.ID, "provider", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	s, end := startServer(t, provision.New(e, slog.New(slog.DiscardHandler)), e, new(scimFlags))
	push := func(n int) (status int, text string) {
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u%d","nickName":%q,
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%d"}}`, n, strings.Repeat("n", 3000), n)
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.local+"/scim/v2/staff/Users", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+secret)
		q.Header.Set("Content-Type", "application/scim+json")
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(b)
	}
	if status, text := push(0); status != http.StatusCreated {
		t.Fatalf("with room: %d %s", status, text)
	}
	room := powercut.Full(t, enough)
	refused := 0
	for refused = 1; ; refused++ {
		status, text := push(refused)
		if status == http.StatusInsufficientStorage && strings.Contains(text, "no room left on the disk here") {
			break
		}
		if status != http.StatusCreated {
			t.Fatalf("on a full disk: %d %s", status, text)
		}
	}
	room()
	if status, text := push(refused); status != http.StatusCreated {
		t.Errorf("with room again: %d %s", status, text)
	}
	err = errors.Join(end(), e.ViewResources(t.Context(), l.ID, func(r core.ResourceReader) error {
		n, err := r.Count(core.UserResource)
		if n != refused+1 {
			t.Errorf("%d users are there, wanted %d", n, refused+1)
		}
		return err
	}), v.close())
	if err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	d.want(exitDone, "", "is sound", "check")
}
