package notices_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"go.uber.org/goleak"

	"muster/core"
	"muster/core/fault"
	"muster/core/key"
	"muster/core/roster"
	"muster/core/seal"
	"muster/storage"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/notices"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim = core.LocalUser("kim")

func now() time.Time { return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC) }

// world is a list, with three outlets if it is told, and administrators of the
// whole store.
func world(t *testing.T, outlets bool) (*core.Engine, roster.List) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := storage.Open(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	must(err)
	t.Cleanup(func() { must(store.Close()) })
	sealing := seal.NewKey()
	e, err := core.Open(ctx, store, core.Options{Clock: now, Key: func(bool) (seal.Key, error) { return sealing, nil }})
	must(err)
	l := roster.List{Slug: "staff", Name: "Staff", Limits: roster.DefaultLimits()}
	must(l.Schema.Add(roster.Field{Key: "number", Label: "Number", UID: true}))
	l, err = e.CreateList(ctx, kim, l)
	must(err)
	for _, role := range []core.Role{core.Viewer, core.Manager} {
		_, err := e.AddAdministrator(ctx, kim, core.Administrator{Name: string(role), Role: role, Keys: []key.Key{{Fingerprint: string(role)}}})
		must(err)
	}
	if !outlets {
		return e, l
	}
	for _, o := range []roster.Outlet{
		{URL: "https://hooks.example.org/services/T024BE7LD/muster", Events: roster.Events()},
		{URL: "https://pager.example.com/notify", Events: []roster.Event{roster.SyncFailed, roster.PushesStopped}},
		{Command: []string{"/usr/local/bin/page", "oncall"}, Events: []roster.Event{roster.ChangesetHeld}},
	} {
		_, _, err := e.AddOutlet(ctx, kim, l.ID, o)
		must(err)
	}
	_, err = e.ChangeOutlet(ctx, kim, l.ID, 3, func(o *roster.Outlet) { o.Off = true })
	must(err)
	l, err = e.List(ctx, "staff")
	must(err)
	return e, l
}

// sender has sent some notices, and notes which outlets were tried.
type sender struct {
	log   []notices.Delivery
	tried []int
	fails error
}

func (s *sender) doors() notices.Doors {
	return notices.Doors{
		Deliveries: func(context.Context, roster.ListID) ([]notices.Delivery, error) { return s.log, nil },
		Test: func(_ context.Context, list string, outlet int) error {
			s.tried = append(s.tried, outlet)
			return s.fails
		},
	}
}

func busy() *sender {
	ago := func(d time.Duration) time.Time { return now().Add(-d) }
	return &sender{log: []notices.Delivery{
		{At: ago(time.Minute), Outlet: 2, Event: roster.SyncFailed, Text: "The sync of staff failed: the directory asks for another secret", Waits: true},
		{At: ago(time.Minute), Outlet: 1, Event: roster.SyncFailed, Text: "The sync of staff failed: the directory asks for another secret", Tries: 1},
		{At: ago(3 * time.Hour), Outlet: 1, Event: roster.ChangesetHeld, Text: "Changeset 12 of staff is held for review", Tries: 3},
		{At: ago(27 * time.Hour), Outlet: 1, Event: roster.TokenExpires, Text: "The token sct_4f2a of staff expires at 2026-03-14T00:00:00Z", Tries: 6, Problem: "The webhook answered 503 Service Unavailable"},
		{At: ago(50 * time.Hour), Outlet: 2, Event: roster.PushesStopped, Text: "The provider of staff cannot push any more: its token has expired", Tries: 1},
	}}
}

func run(t *testing.T, e *core.Engine, l roster.List, who core.Actor, d notices.Doors, plain bool, opts ...terminal.Option) *terminal.App {
	t.Helper()
	at := now()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return notices.New(env, e.As(who), who, &l, d) },
		May:   func(l roster.ListID, p core.Permission) error { return e.May(who, l, p) },
		Now: func() time.Time {
			at = at.Add(time.Millisecond) // a question is read before it is answered
			return at
		},
		Plain: plain, Profile: colorprofile.ASCII,
	})
	t.Cleanup(m.Close)
	return terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

func wants(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(app.Screen(), text) {
			t.Errorf("%q is not on the screen:\n%s", text, app.Screen())
		}
	}
}

func outlets(t *testing.T, e *core.Engine) []roster.Outlet {
	t.Helper()
	l, err := e.List(context.Background(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	return l.Outlets
}

func TestNoticesLookRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}, {250, 80}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			e, l := world(t, true)
			app := run(t, e, l, kim, busy().doors(), false, terminal.Size(size.width, size.height))
			terminal.Golden(t, fmt.Sprintf("notices-%dx%d", size.width, size.height), app.Screen())
		})
	}
	t.Run("a screen reader's", func(t *testing.T) {
		e, l := world(t, true)
		app := run(t, e, l, kim, busy().doors(), true, terminal.Size(80, 24))
		app.Play("down")
		terminal.Golden(t, "notices-plain-80x24", app.Screen())
	})
	t.Run("none", func(t *testing.T) {
		e, l := world(t, false)
		app := run(t, e, l, kim, new(sender).doors(), false, terminal.Size(60, 20))
		terminal.Golden(t, "notices-none-60x20", app.Screen())
	})
	t.Run("one, whole", func(t *testing.T) {
		e, l := world(t, true)
		app := run(t, e, l, kim, busy().doors(), false, terminal.Size(100, 30))
		app.Play("enter")
		terminal.Golden(t, "notices-one-100x30", app.Screen())
	})
}

// A webhook is added: nothing is sent before, its secret is shown this once, and a
// test shows that it arrives.
func TestAWebhookIsAdded(t *testing.T) {
	e, l := world(t, false)
	s := new(sender)
	app := run(t, e, l, kim, s.doors(), false, terminal.Size(130, 34))
	app.Play("n", "enter")
	app.Type("http://hooks.example.org/")
	app.Play("enter")
	wants(t, app, "A webhook elsewhere is reached by https")
	app.Play("ctrl+u")
	app.Type("https://hooks.example.org/muster")
	for range 4 {
		app.Play("down", "right")
	}
	app.Play("enter")
	wants(t, app, "Say of which events the outlet is to be told")
	app.Play("left", "enter")
	wants(t, app, "copy its secret now, it is not shown again", "whsec_", "Muster-Signature")
	all := outlets(t, e)
	if len(all) != 1 || len(all[0].Events) != 1 || all[0].Events[0] != roster.PushesStopped || all[0].By != "kim" {
		t.Fatalf("the outlets are %+v", all)
	}
	secret, err := e.OutletSecret(l.ID, &all[0])
	if err != nil {
		t.Fatal(err)
	}
	wants(t, app, secret)
	app.Play("enter")
	wants(t, app, "It is not shown again: y copies it")
	app.Play("y")
	if app.Clipboard() != secret {
		t.Errorf("copied is %q", app.Clipboard())
	}
	app.Play("enter")
	if strings.Contains(app.Screen(), "whsec_") {
		t.Errorf("the secret is still there:\n%s", app.Screen())
	}
	app.Play("t")
	wants(t, app, "Outlet 1 has taken the test")
	s.fails = fault.New(fault.Busy, "The webhook answered 500 Internal Server Error")
	app.Play("t")
	wants(t, app, "The webhook answered 500")
	if fmt.Sprint(s.tried) != "[1 1]" {
		t.Errorf("tried were %v", s.tried)
	}
}

func TestOutletsAreChanged(t *testing.T) {
	e, l := world(t, true)
	app := run(t, e, l, kim, busy().doors(), false, terminal.Size(130, 34))
	app.Play("down", "e", "left", "enter") // the pager, of held changesets, too
	wants(t, app, "Outlet 2 is told of changeset held, sync failed, pushes stopped")
	app.Play("space")
	wants(t, app, "Outlet 2 is told of nothing for now", "turned off; it would be told of")
	app.Play("down", "space")
	wants(t, app, "Outlet 3 is told again")
	app.Play("e", "left", "enter")
	wants(t, app, "It is told of something; the space bar turns it off")
	app.Play("esc", "esc")
	if all := outlets(t, e); len(all[1].Events) != 3 || !all[1].Off || all[2].Off || len(all[2].Events) != 1 {
		t.Errorf("the outlets are %+v", all)
	}
	app.Play("y")
	if got := app.Clipboard(); got != "/usr/local/bin/page oncall" {
		t.Errorf("copied is %q", got)
	}
	app.Play("n", "down", "enter")
	app.Type("page")
	app.Play("enter")
	wants(t, app, "A command begins with the whole path of its program")
	app.Play("ctrl+u")
	app.Type("/bin/true")
	app.Play("down")
	app.Type("-v  now")
	app.Play("enter")
	wants(t, app, "Outlet 4, a command, is told from now on")
	if all := outlets(t, e); len(all) != 4 || strings.Join(all[3].Command, "|") != "/bin/true|-v|now" || all[3].URL != "" {
		t.Errorf("the outlets are %+v", all)
	}
}

// One is removed once that was confirmed.
func TestAnOutletIsRemoved(t *testing.T) {
	e, l := world(t, true)
	at := now()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return notices.New(env, e, kim, &l, busy().doors()) },
		Now: func() time.Time {
			at = at.Add(time.Second)
			return at
		},
	})
	t.Cleanup(m.Close)
	app := terminal.Start(t, m, terminal.Size(120, 30), terminal.Program(m.ProgramOptions()...))
	app.Play("x")
	wants(t, app, "Remove outlet 1, a webhook?", "Its secret is gone with it")
	app.Play("y")
	wants(t, app, "Nothing goes out to outlet 1 any more")
	if all := outlets(t, e); len(all) != 2 || all[0].Number != 2 {
		t.Errorf("the outlets are %+v", all)
	}
}

// A manager from elsewhere adds webhooks, but no commands, and may only turn one
// off; a viewer changes nothing, and sees no more of where they go than whose they
// are.
func TestWhoMayDoWhat(t *testing.T) {
	e, l := world(t, true)
	if _, err := e.ChangeOutlet(context.Background(), kim, l.ID, 3, func(o *roster.Outlet) { o.Off = false }); err != nil {
		t.Fatal(err)
	}
	manager, _ := e.Administrator("manager")
	app := run(t, e, l, manager, busy().doors(), false, terminal.Size(150, 34))
	app.Play("n", "down", "enter")
	wants(t, app, "A command runs on the machine that has the store; only its local user adds or changes one")
	app.Play("esc", "end", "e")
	wants(t, app, "A command runs on the machine that has the store")
	app.Play("space")
	wants(t, app, "Outlet 3 is told of nothing for now")
	app.Play("space")
	wants(t, app, "A command runs on the machine that has the store")

	viewer, _ := e.Administrator("viewer")
	app = run(t, e, l, viewer, busy().doors(), false, terminal.Size(150, 34))
	wants(t, app, "https://hooks.example.org/…", "…/page …")
	if strings.Contains(app.Screen(), "T024BE7LD") {
		t.Errorf("a viewer sees what may be a secret:\n%s", app.Screen())
	}
	for _, key := range []string{"n", "t", "e", "space", "x"} {
		app.Play(key)
		wants(t, app, "viewer is a viewer, and it takes a manager to change what is set for a list")
	}
	app.Play("y")
	wants(t, app, "Only who may change what is set for the list sees where they go")
	app.Play("enter")
	wants(t, app, "Added by kim", "Last notices")
}
