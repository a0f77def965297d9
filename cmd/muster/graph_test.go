package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"muster/core"
	"muster/core/madeup"
	"muster/storage"
	"muster/sync/entra/graphtest"
)

// graphed is a stand-in for Microsoft Graph that a script has started.
type graphed struct {
	server *graphtest.Server
	groups map[string]string // ids, by name
	gate   chan struct{}     // closed to answer what is held back
	asked  int               // pages of people, when that was looked at last
}

// hold has the directory not answer the nth page of people from now on, until
// release.
func (g *graphed) hold(nth int) {
	gate := make(chan struct{})
	g.gate = gate
	g.server.Plan(graphtest.Fault{On: graphtest.Users, Nth: nth, Do: graphtest.Then(func() { <-gate })})
}

// shows waits until muster source show of a list, as JSON, says what matches.
func (g *graphed) shows(db, slug, pattern string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	matches := regexp.MustCompile(pattern)
	var said []byte
	for !matches.Match(said) {
		var err error
		c := exec.CommandContext(ctx, "muster", "source", "show", slug, "--json")
		c.Env = append(os.Environ(), "MUSTER_DB="+db)
		if said, err = c.CombinedOutput(); err != nil {
			return fmt.Errorf("wait for %s: %w, %s", pattern, err, said)
		}
	}
	return nil
}

func (g *graphed) release() {
	if g.gate != nil {
		close(g.gate)
	}
	g.gate = nil
	g.server.Clear()
}

type graphKey struct{}

// tenant PEOPLE: a directory of made-up people. The first half of them are in the
// group "All staff", the next tenth in "Contractors", which is within it.
// $GRAPH is its address, and $MUSTER_SECRET the secret that opens it.
func tenant(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tenant people")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	t := graphtest.New(graphtest.Options{Kind: madeup.Staff, Seed: 1, People: n, Mixed: true, Extensions: []string{"extension_0123456789abcdef0123456789abcdef_badgeNumber"}})
	g := &graphed{groups: make(map[string]string)}
	g.groups["All staff"] = t.AddGroup("All staff", graphtest.Range{From: 0, To: n / 2})
	g.groups["Contractors"] = t.AddGroup("Contractors", graphtest.Range{From: n / 2, To: n/2 + n/10})
	t.Join(g.groups["All staff"], g.groups["Contractors"])
	g.server, err = graphtest.Serve(t)
	ts.Check(err)
	ts.Defer(func() { g.release(); ts.Check(g.server.Close()) })
	ts.Setenv("GRAPH", g.server.URL)
	ts.Setenv("TENANT", t.ID())
	ts.Setenv("CLIENT", graphtest.ClientID)
	ts.Setenv("MUSTER_SECRET", graphtest.Secret)
	*ts.Value(graphKey{}).(**graphed) = g
}

// graph WHAT...: something happens in the directory. People are named by their
// number, from 0.
//
//	graph set N ATTRIBUTE VALUE     graph disable N...    graph enable N...
//	graph delete FROM TO            graph restore N...    graph add ATTRIBUTE=VALUE...
//	graph forget                    graph vanish ATTRIBUTE...
//	graph join GROUP N...           graph leave GROUP N...   graph drop GROUP
//	graph grant PERMISSION...
//	graph code approve|decline|expire   of the next code that is asked for
//	graph signout                       of whoever has signed in by a code
//	graph certificate FILE              the application's only one from now on
//	graph hold N     the Nth page of people from now on is not answered, until
//	graph release
//	graph read SLUG N   waits until a sync that runs has read so many people
//	graph shows SLUG PATTERN   waits until muster source show says what matches
//	graph asked N    so many pages of people were asked for since the last time
func graph(ts *testscript.TestScript, neg bool, args []string) {
	g := *ts.Value(graphKey{}).(**graphed)
	if neg || len(args) == 0 || g == nil {
		ts.Fatalf("usage: graph what..., after tenant")
	}
	t := g.server.Tenant()
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		ts.Check(err)
		return n
	}
	each := func(numbers []string, do func(id string)) {
		for _, text := range numbers {
			do(t.UserID(number(text)))
		}
	}
	switch verb, rest := args[0], args[1:]; verb {
	case "set":
		t.Set(t.UserID(number(rest[0])), rest[1], rest[2])
	case "disable":
		each(rest, func(id string) { t.Enable(id, false) })
	case "enable":
		each(rest, func(id string) { t.Enable(id, true) })
	case "delete":
		for n := number(rest[0]); n < number(rest[1]); n++ {
			t.SoftDelete(t.UserID(n))
		}
	case "restore":
		each(rest, t.Restore)
	case "add":
		values := map[string]any{"accountEnabled": true, "userType": "Member"}
		for _, pair := range rest {
			key, value, _ := strings.Cut(pair, "=")
			values[key] = value
		}
		t.AddUser(values)
	case "forget":
		t.Forget()
	case "advance":
		d, err := time.ParseDuration(rest[0])
		ts.Check(err)
		t.Advance(d)
	case "grant":
		g.server.Grant(rest...)
	case "vanish":
		g.server.Vanish(rest...)
	case "join", "leave":
		each(rest[1:], func(id string) {
			if verb == "join" {
				t.Join(g.groups[rest[0]], id)
			} else {
				t.Leave(g.groups[rest[0]], id)
			}
		})
	case "code":
		code, err := g.server.UserCode(context.Background()) // go test ends what waits for too long
		ts.Check(err)
		map[string]func(string){"approve": g.server.Approve, "decline": g.server.Decline, "expire": g.server.Expire}[rest[0]](code)
	case "signout":
		g.server.SignOut(false)
	case "certificate":
		file, c := graphtest.NewCertificate()
		g.server.Register(c)
		ts.Check(os.WriteFile(ts.MkAbs(rest[0]), []byte(file), 0o600))
	case "hold":
		g.hold(number(rest[0]))
	case "read":
		ts.Check(g.shows(ts.Getenv("MUSTER_DB"), rest[0], `"done":`+rest[1]+","))
	case "shows":
		ts.Check(g.shows(ts.Getenv("MUSTER_DB"), rest[0], rest[1]))
	case "release":
		g.release()
	case "asked":
		all := g.server.Requests(graphtest.Users)
		if n := all - g.asked; len(rest) > 0 && n != number(rest[0]) {
			ts.Fatalf("%d pages of people were asked for", n)
		}
		g.asked = all
	case "drop":
		t.DeleteGroup(g.groups[rest[0]])
	default:
		ts.Fatalf("nothing in the directory is called %s", verb)
	}
}

// due [DURATION]: what was run last was run so much earlier, by two hours if
// nothing is said.
func due(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: due duration, while nothing holds the store")
	}
	by := 2 * time.Hour
	if len(args) > 0 {
		var err error
		by, err = time.ParseDuration(args[0])
		ts.Check(err)
	}
	store, err := storage.Open(ts.Getenv("MUSTER_DB"), storage.Options{Unsafe: true})
	ts.Check(err)
	ts.Check(store.Update(context.Background(), func(tx core.WriteTx) error {
		lists, err := tx.Lists()
		for _, l := range lists {
			first, last := tx.RunRange(l.ID)
			for n := max(first, 1); n <= last && err == nil; n++ {
				var r core.Run
				var data []byte
				if err = json.Unmarshal(tx.Run(l.ID, n), &r); err != nil {
					break
				}
				r.At, r.Last = r.At.Add(-by), r.Last.Add(-by)
				if data, err = json.Marshal(&r); err == nil {
					err = tx.PutRun(l.ID, n, data)
				}
			}
		}
		return err
	}))
	ts.Check(store.Close())
}
