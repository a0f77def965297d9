package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"
)

// sufficient is how much of each kind is acknowledged before the server is killed.
const sufficient = 8

// many is how many people the large import has: more than one transaction takes.
const many = 60_000

// burden KEY TOKEN: to the server that serve started, somebody looks at the
// screens over SSH with the key, files are imported into the list staff one after
// the other, and a provider pushes to the list campus with the token in a file.
// When some of both have been acknowledged, and a large import has been begun, it
// is killed. What was acknowledged is then in acknowledged-staff and -campus, a UID
// a line.
func burden(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	if neg || s.cmd == nil || len(args) != 2 {
		ts.Fatalf("usage: burden key token, after serve")
	}
	key, err := ssh.ParsePrivateKey([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	var token secretJSON
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &token))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	at, provider := ts.Getenv("SSH_AT"), "http://"+ts.Getenv("SCIM_AT")+"/scim/v2/campus/Users"
	looks, err := browse(ctx, at, key, 100, 30)
	ts.Check(err)
	_, err = looks.press(ctx, "", "Staff")
	ts.Check(err)

	var both sync.WaitGroup
	reached := make(chan struct{}, 2)
	keepOn := func(do func(n int) error) (acknowledged *[]string) {
		acknowledged = new([]string)
		both.Go(func() {
			for n := 1; do(n) == nil; n++ {
				if *acknowledged = append(*acknowledged, fmt.Sprintf("U%d", n)); n == sufficient {
					reached <- struct{}{}
				}
			}
			reached <- struct{}{} // so that nobody waits
		})
		return acknowledged
	}
	staff := keepOn(func(n int) error {
		return command(ctx, at, key, "import staff - --yes", fmt.Sprintf("id,name\nU%d,Somebody\n", n))
	})
	campus := keepOn(func(n int) error { return pushUser(ctx, provider, token.Token, n) })
	<-reached
	<-reached
	var large strings.Builder
	large.WriteString("id,name\n")
	for n := range many {
		fmt.Fprintf(&large, "L%d,Many\n", n)
	}
	both.Go(func() {
		// What becomes of it nobody hears.
		_ = command(ctx, at, key, "import staff - --yes", large.String())
	})
	_, err = looks.press(ctx, down, "")
	ts.Check(err)
	ts.Check(s.cmd.Process.Kill())
	<-s.said
	_ = s.cmd.Wait() // it was killed
	s.cmd = nil
	both.Wait()
	_ = looks.client.Close() // it is closed
	_ = looks.client.Wait()
	for name, all := range map[string]*[]string{"staff": staff, "campus": campus} {
		if len(*all) < sufficient {
			ts.Fatalf("%s: only %d were acknowledged", name, len(*all))
		}
		ts.Check(os.WriteFile(ts.MkAbs("acknowledged-"+name), []byte(strings.Join(*all, "\n")+"\n"), 0o600))
	}
}

// begin KEY N: to the server that serve started, somebody comes over SSH with the
// key, begins the sync of the Nth list on its screen, and loses the line.
func begin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: begin key n, after serve")
	}
	key, err := ssh.ParsePrivateKey([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	nth, err := strconv.Atoi(args[1])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := browse(ctx, ts.Getenv("SSH_AT"), key, 100, 30)
	ts.Check(err)
	_, err = b.press(ctx, "", "changesets")
	for range nth - 1 {
		_, further := b.press(ctx, down, "")
		err = errors.Join(err, further)
	}
	ts.Check(err)
	_, err = b.press(ctx, "P", "Schedule")
	ts.Check(err)
	_, err = b.press(ctx, "r", "running")
	ts.Check(err)
	_ = b.client.Close() // the server may have hung up
	_ = b.client.Wait()
}

// kept ACKNOWLEDGED PEOPLE: all UIDs in the first file are among the people of the
// second, and of the large import everybody or nobody.
func kept(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: kept acknowledged people")
	}
	people := ts.ReadFile(args[1])
	for uid := range strings.Lines(ts.ReadFile(args[0])) {
		if !strings.Contains(people, fmt.Sprintf(`"uid":%q`, strings.TrimSpace(uid))) {
			ts.Fatalf("%s was acknowledged, and is lost", uid)
		}
	}
	if n := strings.Count(people, `"uid":"L`); n != 0 && n != many {
		ts.Fatalf("%d of %d people of one import are there", n, many)
	}
}

// pushUser creates one user, as a provider does.
func pushUser(ctx context.Context, at, token string, n int) error {
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
		"userName":"u%d","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"U%d"}}`, n, n)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/scim+json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusCreated {
		return fmt.Errorf("status %d: %s", answer.StatusCode, said)
	}
	return answer.Body.Close()
}
