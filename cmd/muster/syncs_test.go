package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"muster/core"
	"muster/core/madeup"
	"muster/sync/entra/graphtest"
	"muster/tui/terminal"
)

// campus is a desk with a list, staff, that is read from a stand-in for Microsoft
// Entra ID: 2,500 people, which are three pages.
type campus struct {
	*desk
	graph *graphtest.Server
}

const campusPeople = 2500

func newCampus(t *testing.T) *campus {
	t.Helper()
	server, err := graphtest.Serve(graphtest.New(graphtest.Options{Kind: madeup.Staff, Seed: 1, People: campusPeople}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &campus{newDesk(t), server}
	c.want(exitDone, "", "", "list", "create", "staff")
	c.want(exitDone, "", "Connected staff", "source", "connect", "staff", "entra", "--uid", "employee_id", "--tenant", server.Tenant().ID(),
		"--client", graphtest.ClientID, "--base-url", server.URL, "--secret-file", c.file("secret", graphtest.Secret))
	return c
}

// waits has the directory not answer the nth request for a page of people from now
// on, until the gate is closed.
func (c *campus) waits(nth int) (gate chan struct{}) {
	gate = make(chan struct{})
	c.graph.Clear()
	c.graph.Plan(graphtest.Fault{On: graphtest.Users, Nth: nth, Do: graphtest.Then(func() { <-gate })})
	return gate
}

// A sync belongs to the process that holds the store: who began it may leave, and
// whoever looks on sees how far it has come, and may stop it if theirs is the role.
func TestASyncOutlivesWhoBeganIt(t *testing.T) {
	c := newCampus(t)
	o := openOffice(t, c.desk)
	keyOfKim := o.administrator("kim", "editor")
	ctx, hangUp := context.WithCancel(t.Context())
	kim := terminal.Run(t, func(_ context.Context, stdin io.Reader, stdout io.Writer) error {
		return attend(ctx, o.at, keyOfKim, 100, 30, stdin, stdout)
	}, terminal.Size(100, 30))
	lee := o.attend(o.administrator("lee", "editor"), 100, 30)
	mia := o.attend(o.administrator("mia", "viewer"), 100, 30)
	for _, at := range []*terminal.Terminal{kim, lee, mia} {
		goTo(at, "Staff", "P", "Not read yet")
	}

	gate := c.waits(2)
	kim.Press("r")
	kim.WaitFor("999 of 2,500 people")
	lee.WaitFor("begun by kim")
	lee.WaitFor("999 of 2,500 people")
	mia.WaitFor("999 of 2,500 people")
	lee.WaitFor("with 2 others")
	hangUp()
	lee.WaitFor("with mia")
	close(gate)
	for _, at := range []*terminal.Terminal{lee, mia} {
		at.WaitFor("Up to date")
		at.WaitFor("2,500 created")
	}
	o.want(exitDone, "", `"active":2500`, "list", "show", "staff", "--json")

	// Who leaves the screen finds it there again.
	gate = c.waits(3)
	lee.Press("f")
	goTo(lee, "1,998 of 2,500 people", "esc", "q quit", "P", "1,998 of 2,500 people")
	mia.WaitFor("begun by lee")
	mia.Press("x")
	goTo(mia, "it takes an editor to run a sync", "esc", "begun by lee")
	nan := o.attend(o.administrator("nan", "editor"), 100, 30)
	goTo(nan, "Staff", "P", "1,998 of 2,500 people", "x")
	lee.WaitFor("stopped: It was stopped")
	close(gate)
	leaveAll(t, lee, mia, nan)
}

// TestQuittingWhileASyncRuns: who quits is told that a sync runs, and may wait for
// it. Otherwise it stops at a safe point, and the next run goes on from there.
func TestQuittingWhileASyncRuns(t *testing.T) {
	for answer, stays := range map[string]bool{"y\n": true, "n\n": false} {
		c := newCampus(t)
		gate := c.waits(3)
		errs := newAnnounced("A sync is running, of Staff.")
		v := &env{streams: streams{in: strings.NewReader(answer), err: errs, asks: true}, actor: localActor(), db: filepath.Join(c.dir, "muster.db")}
		e, err := v.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		l, err := e.List(t.Context(), "staff")
		if err != nil {
			t.Fatal(err)
		}
		var s *core.Syncing
		err = v.hosting(t.Context(), v.logs().logger(false), &hostFlags{scim: scimFlags{listen: "off"}}, func(ctx context.Context) error {
			if s, err = v.syncs.Begin(v.actor, l.ID, core.SyncHow{}); err != nil {
				return err
			}
			for step, _ := s.Progress.Step(); step.Done < 1998; step, _ = s.Progress.Step() {
				select {
				case <-s.Done():
					return fmt.Errorf("it is over: %+v", s)
				default:
				}
			}
			if stays {
				go func() { <-errs.ch; close(gate) }()
			}
			return v.farewell(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
		came, over := s.Over()
		want := core.Stopped
		if stays {
			want = core.RunApplied
		}
		if !over || came.Run.Outcome != want || came.Run.Cut == stays {
			t.Errorf("%q: %v, %+v", answer, over, came.Run)
		}
		if err := v.close(); err != nil {
			t.Error(err)
		}
		if said := errs.sofar(); !strings.Contains(said, "stops it at a safe point, and the next run goes on from there") {
			t.Errorf("it says %q", said)
		}
		if stays {
			continue
		}
		close(gate)
		c.graph.Clear()
		before := c.graph.Requests(graphtest.Users)
		c.want(exitDone, "", "2,500 created", "sync", "staff", "--yes")
		if again := c.graph.Requests(graphtest.Users) - before; again != 1 {
			t.Errorf("%d pages were read by the next run, not the last of three", again)
		}
	}
}
