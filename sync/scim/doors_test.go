package scim_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/core"
	"muster/storage"
	"muster/sync/scim"
)

// A token opens its own list, and that only as long as it is good and the list
// connected; every other door looks the same.
func TestDoors(t *testing.T) {
	var later atomic.Int64
	clock := func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(later.Load())) }
	s, err := openStoreAt(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true}, clock)
	s.until(t, err)
	w := s.wire(t, scim.Options{})
	ctx, admin := t.Context(), core.LocalUser("admin")
	students, err := connected(ctx, s.engine, admin, "students")
	if err != nil {
		t.Fatal(err)
	}
	theirs, _, err := s.engine.NewToken(ctx, admin, students.ID, "theirs", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	short, expiring, err := s.engine.NewToken(ctx, admin, s.list, "short", clock().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(token, path string) string {
		w.header.Set("Authorization", "Bearer "+token)
		a := w.do("GET", w.server.URL+path, "")
		return fmt.Sprint(a.status, " ", a.header.Get("WWW-Authenticate"), " ", a.text)
	}
	denied := ask("sct_nobodys", "/scim/v2/staff/Users")
	opens := func(token, path string) bool {
		t.Helper()
		switch got := ask(token, path); {
		case strings.HasPrefix(got, "200 "):
			return true
		case got != denied:
			t.Errorf("%s is refused otherwise than other doors: %s", path, got)
		}
		return false
	}
	for _, c := range []struct {
		token, path string
		opens       bool
	}{
		{s.token, "/scim/v2/staff/Users", true}, {short, "/scim/v2/staff/Users", true}, {theirs, "/scim/v2/students/Users", true},
		{s.token, "//scim//V2//staff//Users//", true},
		{theirs, "/scim/v2/staff/Users", false}, {s.token, "/scim/v2/students/Users", false}, {s.token, "/scim/v2/nowhere/Users", false},
		{s.token, "/scim/v2/STAFF/Users", false}, {s.token, "/scim/v2/staff%00/Users", false}, {s.token, "/scim/v2/students%2f..%2fstaff/Users", false},
		{s.token, "/scim/v2/students%2F../Users", false}, {s.token, "/scim/v2/%73tudents/Users", false}, {s.token, "/scim/v2/staff%20/Users", false},
		{expiring.Prefix, "/scim/v2/staff/Users", false}, {s.token[:len(s.token)-1], "/scim/v2/staff/Users", false}, {strings.ToUpper(s.token), "/scim/v2/staff/Users", false},
	} {
		if got := opens(c.token, c.path); got != c.opens {
			t.Errorf("%s opens %s: %v", c.token, c.path, got)
		}
	}
	// A way out of one list does not lead into another.
	for _, path := range []string{"/scim/v2/staff/../students/Users", "/scim/v2/staff/%2e%2e/students/Users", "/scim/v2/staff/Users/..%2f..%2fstudents%2fUsers"} {
		if got := ask(s.token, path); !strings.HasPrefix(got, "404 ") {
			t.Errorf("%s: %s", path, got)
		}
	}
	w.header.Del("Authorization")
	for _, path := range []string{"/Users?access_token=" + s.token, "/Users?Authorization=Bearer%20" + s.token, "/Users;" + s.token} {
		w.do("GET", path, "").want(http.StatusUnauthorized)
	}

	later.Store(int64(59 * time.Minute))
	if !opens(short, "/scim/v2/staff/Users") {
		t.Error("the token is not good until it expires")
	}
	later.Store(int64(time.Hour))
	if opens(short, "/scim/v2/staff/Users") {
		t.Error("an expired token opens")
	}
	if err := s.engine.RevokeToken(ctx, admin, students.ID, theirs[:10]); err != nil {
		t.Fatal(err)
	}
	if opens(theirs, "/scim/v2/students/Users") {
		t.Error("a revoked token opens")
	}
	if err := s.engine.Disconnect(ctx, admin, s.list); err != nil {
		t.Fatal(err)
	}
	if opens(s.token, "/scim/v2/staff/Users") {
		t.Error("a disconnected list opens")
	}
}

// Whoever sends a huge body, and takes their time, is not in the way of others.
func TestSlowBodies(t *testing.T) { everywhere(t, testSlowBodies) }

func testSlowBodies(t *testing.T) {
	w := newWire(t, scim.Options{})
	address := strings.TrimPrefix(w.server.URL, "http://")
	for range 20 {
		c, err := dial(address, w.token)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.hangUp)
		head := "POST /scim/v2/staff/Users" + c.fixed + fmt.Sprintf("Content-Length: %d\r\n\r\n", scim.MaxBody)
		if _, err := c.conn.Write([]byte(head + `{"userName":"` + strings.Repeat("x", 400<<10))); err != nil {
			t.Fatal(err)
		}
	}
	w.user(`"userName":"ann"`)
	w.do("GET", "/Users", "").want(200).has("totalResults", "1")
}
