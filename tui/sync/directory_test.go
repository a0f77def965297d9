package sync_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/madeup"
	"muster/core/roster"
	"muster/core/seal"
	"muster/sync/entra"
	"muster/sync/entra/graphtest"
	"muster/sync/scim/provision"
	"muster/tui/terminal"
)

// directed is a world whose list may be connected to a stand-in for Microsoft
// Entra ID.
type directed struct {
	*world
	server *graphtest.Server
	staff  string // a group of half the people
	key    seal.Key
}

func newDirected(t testing.TB) *directed {
	t.Helper()
	w := &directed{world: newWorld(t)}
	tenant := graphtest.New(graphtest.Options{Kind: madeup.Staff, Seed: 3, People: 200, Mixed: true})
	w.staff = tenant.AddGroup("All staff", graphtest.Range{From: 0, To: 100})
	tenant.AddGroup("Card office", graphtest.Range{From: 0, To: 3})
	var err error
	w.server, err = graphtest.Serve(tenant)
	w.must(err)
	t.Cleanup(func() { w.must(w.server.Close()) })
	w.key = seal.NewKey()
	w.restart()
	return w
}

// restart is the end of the program, and its next beginning.
func (w *directed) restart() {
	w.t.Helper()
	var err error
	w.Engine, err = core.Open(ctx, w.store, core.Options{
		Clock: w.clock.Now, Kinds: []core.SourceKind{provision.NewKind(), new(entra.Kind)},
		Key: func(bool) (seal.Key, error) { return w.key, nil },
	})
	w.must(err)
	w.list, err = w.List(ctx, w.list.Slug)
	w.must(err)
}

// join connects the list without the screens.
func (w *directed) join() {
	w.t.Helper()
	var err error
	w.list, err = w.Join(ctx, kim, w.list.ID, core.Joining{Kind: "entra", UID: "employee_id", Answers: &core.ConnectAnswers{
		Plain:   map[string]string{"tenant": w.server.Tenant().ID(), "client": graphtest.ClientID, "auth": "secret", "base-url": w.server.URL},
		Secrets: map[string]string{"secret": graphtest.Secret},
	}})
	w.must(err)
}

func (w *directed) sync() core.Run {
	w.t.Helper()
	run, err := w.Sync(ctx, kim, w.list.ID, core.SyncHow{})
	w.must(err)
	return run
}

// typeReach types how the directory is reached into the form that asks.
func (w *directed) typeReach(app *terminal.App, secret string) {
	play(app, "ctrl+u", "="+w.server.Tenant().ID(), "tab", "ctrl+u", "="+graphtest.ClientID, "tab", "="+secret, "tab", "tab", "ctrl+u", "="+w.server.URL, "enter")
}

// wait waits until a text is on the screen: a directory takes its time.
func wait(t *testing.T, app *terminal.App, text string) {
	t.Helper()
	t.Helper()
	app.WaitFor(text)
	app.WaitIdle()
}

// settled is a screen without what is another in each run.
func settled(app *terminal.App) string { return likened(app.Screen()) }

// underway is the same of a screen that is not idle.
func underway(app *terminal.App) string { return likened(app.Terminal.Screen()) }

func likened(screen string) string {
	return regexp.MustCompile(`127\.0\.0\.1:\d{5}`).ReplaceAllString(screen, "127.0.0.1:12345")
}

// The way of an administrator through the whole: connect, look who would come,
// say whom it is about, bring them in, see what is new, review what is held.
func TestFromConnectingToReviewing(t *testing.T) {
	w := newDirected(t)
	app := w.app(terminal.Size(110, 40))
	play(app, "P", "down", "enter")
	wants(t, app, "What it takes, once", "User.Read.All and GroupMember.Read.All")
	play(app, "enter", "enter")
	wants(t, app, "How Microsoft Entra ID is reached")
	w.typeReach(app, "not-the-secret")
	wait(t, app, "The client secret is wrong")
	if all, _ := w.Connections(ctx); len(all) > 0 {
		t.Fatal("it was kept though it does not work")
	}
	play(app, "e", "enter")
	w.typeReach(app, graphtest.Secret)
	wait(t, app, "The connection works")
	screen := wants(t, app, "200 users, 2 groups", "Employee ID there is Number here", "All 3 stay")
	if strings.Contains(screen, graphtest.Secret) {
		t.Errorf("the secret is on the screen:\n%s", screen)
	}
	play(app, "enter")
	wait(t, app, "Not read yet")
	play(app, "s", "n")
	wait(t, app, "Add a group")
	wait(t, app, "100 people, Security")
	wants(t, app, "3 people, Security")
	play(app, "=staf", "enter")
	wants(t, app, "All staff  and of the groups within, 100 people together")
	play(app, "ctrl+s")
	wait(t, app, "Groups All staff")
	play(app, "d")
	wait(t, app, "nothing was changed")
	wants(t, app, "people in the scope", "disabled accounts", "guests", "Create")
	if n := len(w.uids(roster.Active)); n != 3 {
		t.Fatalf("a dry run left %d people", n)
	}
	play(app, "a")
	wait(t, app, "Brought in")
	wants(t, app, "Up to date", "created")
	w.server.Tenant().Set(w.server.Tenant().UserID(1), "department", "Archaeology")
	play(app, "r")
	wait(t, app, "1 updated")
	for n := range 50 {
		w.server.Tenant().SoftDelete(w.server.Tenant().UserID(n))
	}
	play(app, "r")
	wait(t, app, "47 deactivate")
	wants(t, app, "Held: 47 deactivations of 88 active people", "soft-deleted")
	play(app, "esc")
	wait(t, app, "Held: ")
	w.sound()
}

func (w *world) uids(status roster.Status) []string {
	w.t.Helper()
	var uids []string
	w.must(w.EachPerson(ctx, w.list.ID, func(p *roster.Person) error {
		if p.Status == status {
			uids = append(uids, w.list.UID(p.Values))
		}
		return nil
	}))
	return uids
}

func (w *world) sound() {
	w.t.Helper()
	found, err := w.store.Check(context.Background(), nil)
	if w.must(err); len(found) > 0 {
		w.t.Errorf("the store contradicts itself: %v", found)
	}
}

func TestTheDirectoryLooksRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			w := newDirected(t)
			w.join()
			show := func(name string, app *terminal.App) {
				t.Helper()
				terminal.Golden(t, fmt.Sprintf("directory-%s-%dx%d", name, size.width, size.height), settled(app))
			}
			app := w.page(terminal.Size(size.width, size.height))
			show("empty", app)
			play(app, "d")
			wait(t, app, "nothing was changed")
			show("dry", app)
			play(app, "esc")
			wait(t, app, "Not read yet")
			play(app, "s")
			show("who", app)
			play(app, "esc", "S")
			show("when", app)
			play(app, "esc")
			w.sync()
			w.clock.move(2 * time.Hour)
			w.server.Tenant().Set(w.server.Tenant().UserID(1), "jobTitle", "Registrar")
			w.server.Tenant().Enable(w.server.Tenant().UserID(3), false)
			w.sync()
			w.clock.move(30 * time.Minute)
			play(app, "t")
			wait(t, app, "The connection works")
			show("test", app)
			play(app, "esc")
			show("page", app)
			play(app, "G", "enter")
			wait(t, app, "Run 1")
			show("run", app)
		})
	}
}

// The schedule and the freezes are typed, refused where they mean nothing, and
// shown.
func TestTheScheduleIsTyped(t *testing.T) {
	w := newDirected(t)
	w.join()
	app := w.page(terminal.Size(100, 30))
	play(app, "S", "ctrl+u", "=sometimes", "enter")
	wants(t, app, "is no schedule")
	play(app, "ctrl+u", "=every 30m on mon-fri", "tab", "ctrl+u", "=Europe/Berlin", "tab", "=2026-03-01..2026-03-03=Half-term", "enter")
	wait(t, app, "The schedule is set")
	wants(t, app, "every 30m on mon-fri in Europe/Berlin", "2026-03-03 is over (Half-term)")
	l, err := w.List(ctx, "staff")
	w.must(err)
	if l.Schedule.String() != "every 30m on mon-fri in Europe/Berlin" || len(l.Schedule.Freezes) != 1 {
		t.Errorf("it is %+v", l.Schedule)
	}
}

// While the directory lets a sync wait, the page says why and how long still, and
// what runs can be stopped; it goes on where it was.
func TestThrottlingIsShownWhileItHappens(t *testing.T) {
	w := newDirected(t)
	w.join()
	throttled := func(nth int, do graphtest.Effect) {
		w.server.Clear()
		w.server.Plan(graphtest.Fault{On: graphtest.UsersDelta, Nth: nth, Times: graphtest.Always, Do: do})
	}
	app := w.page(terminal.Size(100, 24))
	throttled(2, graphtest.Throttle(20*time.Second))
	app.Press("r")
	app.WaitFor("waiting 20 s, as it asked")
	app.WaitIdle()
	terminal.Golden(t, "directory-throttled-100x24", settled(app))
	app.Resize(60, 20)
	app.WaitIdle()
	terminal.Golden(t, "directory-throttled-60x20", settled(app))
	app.Resize(100, 24)
	app.Press("x")
	wait(t, app, "was stopped; nothing was changed")
	throttled(1, graphtest.Unavailable(3*time.Minute))
	app.Press("r")
	app.WaitFor("waiting 3m, as it asked; it goes on in 3 min")
	app.Press("x")
	wait(t, app, "was stopped; nothing was changed")
	throttled(1, graphtest.Cut())
	app.Press("r")
	app.WaitFor("Microsoft Entra ID did not answer: asked again after")
	app.Press("x")
	wait(t, app, "was stopped; nothing was changed")
	asked := w.server.Requests(graphtest.Users)
	w.server.Clear()
	play(app, "r")
	wait(t, app, "created")
	if again := w.server.Requests(graphtest.Users); again != asked {
		t.Errorf("it was begun anew: everybody was asked for %d times, after %d", again, asked)
	}
	wants(t, app, "3 min 2", "of waiting")
}

// The groups in view are counted, a screenful at a time, and what is asked for ends
// with the dialog.
func TestGroupsAreCountedAsTheyAreSeen(t *testing.T) {
	w := newDirected(t)
	for n := range 60 {
		w.server.Tenant().AddGroup(fmt.Sprintf("Group %02d", n), graphtest.Range{From: 0, To: n})
	}
	w.join()
	app := w.page(terminal.Size(80, 24))
	play(app, "s", "n")
	wait(t, app, "11 people, Security")
	terminal.Golden(t, "directory-groups-80x24", settled(app))
	if n := w.server.Requests(graphtest.Inner); n > 20 {
		t.Errorf("%d groups were counted; nobody has seen as many", n)
	}
	play(app, "=49")
	wait(t, app, "49 people, Security")
	play(app, "esc")

	w.server.Plan(graphtest.Fault{On: graphtest.Batch, Times: graphtest.Always, Do: graphtest.Hang()})
	before := w.server.Requests(graphtest.Batch)
	play(app, "n")
	app.Type("55")
	for w.server.Requests(graphtest.Batch) == before {
		app.WaitFor("Group 55")
	}
	app.Press("esc")
	wait(t, app, "The whole directory")
	w.server.Clear()
	w.server.Plan(graphtest.Fault{On: graphtest.Batch, Times: graphtest.Always, Do: graphtest.Refuse(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")})
	play(app, "n", "=57")
	wait(t, app, "does not let Muster count the members of groups")
	play(app, "enter")
	wants(t, app, "Group 57")

	// Reading them is stopped as well.
	w.server.Plan(graphtest.Fault{On: graphtest.Groups, Times: graphtest.Always, Do: graphtest.Throttle(time.Minute)})
	app = w.page(terminal.Size(80, 24))
	play(app, "s")
	app.Press("n")
	app.WaitFor("esc stop")
	app.Press("esc")
	wait(t, app, "Stopped")
}
