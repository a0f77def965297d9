package scim_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"muster/core/roster"
	"muster/storage"
	"muster/storage/powercut"
	"muster/sync/scim"
)

func TestMain(m *testing.M) {
	powercut.Main(map[string]powercut.Workload{"serve": serve})
	m.Run()
}

// serve is what a child does until it is killed: it serves the store over
// loopback, after it has said where and with which token.
func serve(path string, out io.Writer) error {
	s, err := openStore(path, storage.Options{})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, l.Addr(), s.token); err != nil {
		return err
	}
	return scim.NewServer(scim.New(s, scim.Options{}), slog.New(slog.DiscardHandler)).Serve(l)
}

// served is a child that serves.
type served struct {
	cmd            *exec.Cmd
	address, token string
}

func start(t *testing.T, path string) *served {
	t.Helper()
	c := powercut.Child(t, "serve", path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints strings.Builder
	c.Stderr = &complaints
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s := &served{cmd: c}
	t.Cleanup(s.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child said %q: %v\n%s", line, err, &complaints)
	}
	if _, err := fmt.Sscan(line, &s.address, &s.token); err != nil {
		t.Fatal(err)
	}
	return s
}

// kill is kill -9. A second one finds nobody.
func (s *served) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// pushers are how many clients push at once.
const pushers = 32

// push sends every user that is not there, with as many clients as a provider
// would use, until all were answered or the service is gone.
func push(t *testing.T, s *served, n int, there func(i int) bool, answered func(i, status int, body []byte)) {
	t.Helper()
	var next atomic.Int64
	var clients sync.WaitGroup
	for range pushers {
		clients.Go(func() {
			c, err := dial(s.address, s.token)
			if err != nil {
				return
			}
			defer c.hangUp()
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if there(i) {
					continue
				}
				status, body, err := c.do("POST", "/Users", person(i))
				if err != nil || t.Failed() {
					return
				}
				answered(i, status, body)
			}
		})
	}
	clients.Wait()
}

// TestKilledDuringAPush: whoever's 201 was received is there after the process
// is killed, with their person; and the provider's retry of the rest ends with
// everybody there once, and no 409 but for those whom a look finds.
func TestKilledDuringAPush(t *testing.T) {
	const n = 10_000
	path := filepath.Join(t.TempDir(), "muster.db")
	s := start(t, path)
	var acknowledged sync.Map
	var count atomic.Int64
	end := rand.Int64N(n/2) + n/4
	push(t, s, n, func(int) bool { return false }, func(i, status int, body []byte) {
		if status != 201 {
			t.Errorf("user %d: %d %s", i, status, body)
			return
		}
		acknowledged.Store(i, true)
		if count.Add(1) == end {
			s.kill()
		}
	})
	t.Logf("killed after %d users", count.Load())

	s = start(t, path)
	found := everybody(t, s)
	acknowledged.Range(func(i, _ any) bool {
		if _, ok := found[fmt.Sprintf("person.%d@example.test", i)]; !ok {
			t.Errorf("user %d was acknowledged and is gone", i)
		}
		return true
	})
	if len(found) < int(count.Load()) || len(found) > int(count.Load())+pushers {
		t.Errorf("%d users, of whom %d were acknowledged", len(found), count.Load())
	}
	push(t, s, n, func(i int) bool { _, ok := acknowledged.Load(i); return ok }, func(i, status int, body []byte) {
		switch {
		case status == 201:
		case status == 409 && found[fmt.Sprintf("person.%d@example.test", i)] == fmt.Sprintf("00u%017d", i):
			// A provider looks it up by its userName, and finds it.
		default:
			t.Errorf("the retry of user %d: %d %s", i, status, body)
		}
	})
	if found = everybody(t, s); len(found) != n {
		t.Errorf("%d users after the retry", len(found))
	}
	s.kill()
	checkPeople(t, path, n)
}

// everybody returns the externalId of each user by userName, as the filter on
// the userName finds them.
func everybody(t *testing.T, s *served) map[string]string {
	t.Helper()
	c, err := dial(s.address, s.token)
	if err != nil {
		t.Fatal(err)
	}
	defer c.hangUp()
	type user struct{ UserName, ExternalID string }
	get := func(query string) (page struct {
		TotalResults int
		Resources    []user
	}) {
		status, body, err := c.do("GET", "/Users?"+query, "")
		if err == nil {
			err = json.Unmarshal(body, &page)
		}
		if err != nil || status != 200 {
			t.Fatalf("%s: %d, %v", query, status, err)
		}
		return page
	}
	all := make(map[string]string)
	for from := 1; ; from += scim.MaxPage {
		page := get(fmt.Sprintf("startIndex=%d&count=%d&attributes=userName,externalId", from, scim.MaxPage))
		for i, u := range page.Resources {
			if _, twice := all[u.UserName]; twice {
				t.Errorf("%s is there twice", u.UserName)
			}
			all[u.UserName] = u.ExternalID
			if i > 0 {
				continue // one of each page is looked up
			}
			if same := get("filter=" + url.QueryEscape(`userName eq "`+u.UserName+`"`)); same.TotalResults != 1 || same.Resources[0] != u {
				t.Errorf("%s is looked up as %+v", u.UserName, same)
			}
		}
		if len(page.Resources) < scim.MaxPage {
			return all
		}
	}
}

// checkPeople wants n active people in the store's list, and the store sound.
func checkPeople(t *testing.T, path string, n int) {
	t.Helper()
	s, err := openStore(path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	active := make(map[string]bool)
	err = s.engine.EachPerson(t.Context(), s.list, func(p *roster.Person) error {
		if _, linked := p.LinkTo("scim"); p.Status == roster.Active && linked {
			active[s.uid(p)] = true
		}
		return nil
	})
	if err != nil || len(active) != n {
		t.Errorf("%d people, %v", len(active), err)
	}
}
