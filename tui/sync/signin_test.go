package sync_test

import (
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/sync/entra/graphtest"
	"muster/tui/terminal"
)

// reachBy goes to the form that asks how the directory is reached, for a way of
// signing in, found by what is typed.
func (w *directed) reachBy(app *terminal.App, way string) {
	play(app, "P", "down", "enter", "enter", "="+way, "enter")
	wants(w.t.(*testing.T), app, "How Microsoft Entra ID is reached")
}

// asks presses a key that has a code be asked for, waits until it is shown, and
// returns it. The program is not idle as long as it waits for somebody.
func (w *directed) asks(app *terminal.App, key string) string {
	w.t.Helper()
	app.Press(key)
	code, err := w.server.UserCode(w.t.(*testing.T).Context())
	w.must(err)
	app.WaitFor("type this code there")
	if !strings.Contains(app.Terminal.Screen(), code) {
		w.t.Errorf("%s is not on the screen:\n%s", code, app.Terminal.Screen())
	}
	return code
}

// A code is shown, is stopped, runs out, is declined, and is typed; what it leaves
// outlives the program, until it is revoked: then whoever is there is asked
// again, and the schedule says so.
func TestSigningInByACode(t *testing.T) {
	w := newDirected(t)
	app := w.app(terminal.Size(100, 30))
	play(app, "P", "down", "enter", "enter", "=code")
	wants(t, app, "Muster acts for whoever signs in")
	play(app, "enter", "="+w.server.Tenant().ID(), "tab", "="+graphtest.ClientID, "tab", "tab", "="+w.server.URL)
	w.asks(app, "enter")
	terminal.Golden(t, "directory-code-100x30", underway(app))
	app.Resize(60, 20)
	app.WaitFor("itself once")
	terminal.Golden(t, "directory-code-60x20", underway(app))
	app.Resize(100, 30)
	app.Press("esc")
	wait(t, app, "Stopped; nothing was kept")

	for _, tt := range []struct {
		decide func(string)
		says   string
	}{{w.server.Decline, "was declined"}, {w.server.Expire, "ran out before anybody typed it"}} {
		play(app, "e", "=code", "enter")
		code := w.asks(app, "enter")
		tt.decide(code)
		wait(t, app, tt.says)
		if screen := app.Screen(); strings.Contains(screen, code) {
			t.Errorf("the code is still there:\n%s", screen)
		}
	}
	w.server.Approve(w.asks(app, "t"))
	wait(t, app, "The connection works")
	play(app, "enter")
	wait(t, app, "Not read yet")
	play(app, "r")
	wait(t, app, "created")

	// The program ends, and its next is asked nothing.
	w.restart()
	app = w.page(terminal.Size(100, 30))
	w.server.Tenant().Set(w.server.Tenant().UserID(1), "department", "Archaeology")
	play(app, "r")
	wait(t, app, "1 updated")
	wants(t, app, "Sign in with a code, typed at Microsoft's page")

	// Until somebody changes a password.
	w.server.SignOut(false)
	w.server.ExpireTokens()
	if _, err := w.Sync(ctx, core.Scheduler(), w.list.ID, core.SyncHow{}); !fault.Is(err, fault.Denied) {
		t.Fatalf("nobody is there: %v", err)
	}
	wait(t, app, "Failing: The sign-in was revoked, as after a changed password")
	terminal.Golden(t, "directory-signed-out-100x30", settled(app))
	w.asks(app, "r")
	app.Press("esc")
	wait(t, app, "was stopped; nothing was changed")
	w.clock.move(time.Hour)
	w.server.Approve(w.asks(app, "t"))
	wait(t, app, "The connection works")
	play(app, "esc")
	if _, err := w.Sync(ctx, core.Scheduler(), w.list.ID, core.SyncHow{}); err != nil {
		t.Errorf("somebody has signed in: %v", err)
	}
	w.sound()
}

// A certificate comes from a file of this machine, is sealed, and signs in after
// a restart without the file; a screen of another machine cannot read one.
func TestSigningInByACertificate(t *testing.T) {
	w := newDirected(t)
	app := w.app(terminal.Size(100, 30))
	play(app, "P", "down", "enter", "enter", "=certificate", "enter")
	wants(t, app, "read by muster source connect only")
	file, c := graphtest.NewCertificate()
	var read string
	w.file = func(name string) (string, error) {
		if read = name; name != "muster.pem" {
			return "", fault.New(fault.NotFound, "%s cannot be read", name)
		}
		return file, nil
	}
	app = w.app(terminal.Size(100, 30))
	w.reachBy(app, "certificate")
	play(app, "="+w.server.Tenant().ID(), "tab", "="+graphtest.ClientID, "tab", "=elsewhere.pem", "tab", "tab", "tab", "="+w.server.URL, "enter")
	wait(t, app, "elsewhere.pem cannot be read")
	play(app, "e", "=certificate", "enter", "tab", "tab", "ctrl+u", "=muster.pem", "enter")
	wait(t, app, "The certificate is not the application's. Upload it")
	w.server.Register(c)
	play(app, "t")
	wait(t, app, "The connection works")
	if read != "muster.pem" {
		t.Errorf("%s was read", read)
	}
	play(app, "enter")
	wait(t, app, "Not read yet")
	w.file = nil
	w.restart()
	w.server.ExpireTokens()
	app = w.page(terminal.Size(100, 30))
	play(app, "r")
	wait(t, app, "created")
	if screen := wants(t, app, "Sign in with a certificate"); strings.Contains(screen, "PRIVATE KEY") || strings.Contains(screen, "muster.pem") {
		t.Errorf("the certificate is on the screen:\n%s", screen)
	}
}

// The identity of the machine takes nothing, or a client ID.
func TestSigningInAsTheMachine(t *testing.T) {
	w := newDirected(t)
	t.Setenv("IDENTITY_ENDPOINT", w.server.URL+"/msi/token")
	t.Setenv("IDENTITY_HEADER", "made-up")
	app := w.app(terminal.Size(100, 30))
	w.reachBy(app, "managed")
	play(app, "=00000000-0000-4000-8000-000000000009", "tab", "tab", "="+w.server.URL, "enter")
	wait(t, app, "is not assigned to this machine")
	play(app, "e", "=managed", "enter", "ctrl+u", "enter")
	wait(t, app, "The connection works")
	play(app, "enter")
	wait(t, app, "Not read yet")
	w.restart()
	app = w.page(terminal.Size(100, 30))
	play(app, "r")
	wait(t, app, "created")
	wants(t, app, "Sign in with the managed identity of this machine")
}
