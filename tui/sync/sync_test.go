package sync_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/sync/advice"
	"muster/tui/terminal"
)

// golden compares a screen, with its tokens made the same in every run.
func golden(t *testing.T, name string, app *terminal.App) {
	t.Helper()
	screen := regexp.MustCompile(`sct_[A-Za-z0-9_-]{43}`).ReplaceAllString(app.Screen(), "sct_a1b2c3"+strings.Repeat("x", 37))
	terminal.Golden(t, name, regexp.MustCompile(`sct_[A-Za-z0-9_-]{6}`).ReplaceAllString(screen, "sct_a1b2c3"))
}

func TestItLooksRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			w := newWorld(t)
			app := w.page(terminal.Size(size.width, size.height))
			show := func(name string) {
				t.Helper()
				golden(t, fmt.Sprintf("%s-%dx%d", name, size.width, size.height), app)
			}
			show("cards")
			play(app, "enter")
			show("connect")
			play(app, "enter")
			show("connected")
			play(app, "n")
			show("token")
			play(app, "=Okta production", "enter")
			show("secret")
			play(app, "y", "enter")
			show("waiting")
			play(app, "g", "down", "enter")
			show("reach")
			play(app, "esc", "down", "enter")
			wants(t, app, "Mapping", "9 on of 42 attributes", "First name")
			play(app, "esc", "X")
			show("disconnect")
			play(app, "n", "G", "k", "enter")
			show("check")
			play(app, "esc")
			for range 10 {
				play(app, "k")
			}
			play(app, "enter")
			show("guide")
		})
	}
}

// The way of an administrator through the whole program: connect, make a token,
// see it at work, rotate it, disconnect.
func TestFromConnectingToDisconnecting(t *testing.T) {
	w := newWorld(t)
	w.public()
	app := w.app(terminal.Size(100, 40))
	play(app, "P")
	wants(t, app, "Lists › Provider", "Nothing keeps Staff current", "Automated provisioning (SCIM)")
	play(app, "enter")
	wants(t, app, "Employee number there is Number here", "All 3 stay")
	play(app, "down")
	wants(t, app, "Username there is Number here", "as jsmith")
	play(app, "up", "enter")
	wants(t, app, "Connected; n makes the token", "There is no token yet", "https://roster.example.org/scim/v2/staff")
	play(app, "n", "=Okta production", "tab", "ctrl+u", "=90d", "enter")
	screen := wants(t, app, "Bearer token", "SCIM base URL", "it is not shown again")
	secret := regexp.MustCompile(`sct_[A-Za-z0-9_-]{43}`).FindString(screen)
	if _, list, ok := w.Bearer(hash(secret), "staff"); !ok || list != w.list.ID {
		t.Fatalf("the token %q that was shown opens nothing", secret)
	}
	play(app, "enter")
	wants(t, app, "It is not shown again: y copies it")
	play(app, "y")
	wants(t, app, "Copied the token")
	play(app, "enter")
	screen = wants(t, app, "No request has come yet", "Okta production", "never used, expires in 90 days")
	if strings.Contains(screen, secret) {
		t.Errorf("the token is still shown:\n%s", screen)
	}
	play(app, "x")
	wants(t, app, "Revoke "+secret[:10], "It was never used")
	play(app, "n", "X")
	wants(t, app, "Disconnect Staff?", "1 token is revoked", "Everybody stays")
	w.clock.move(time.Second)
	play(app, "y")
	wants(t, app, "Staff is disconnected; everybody stays", "Nothing keeps Staff current")
	if _, _, ok := w.Bearer(hash(secret), "staff"); ok {
		t.Error("the token still opens the list")
	}
	// What was mapped is there again when it is connected anew.
	play(app, "enter", "enter")
	wants(t, app, "No token works any more: all are revoked", "9 attributes on")
}

func TestATokenIsRevokedAfterAMomentToRead(t *testing.T) {
	w := newWorld(t)
	w.connect()
	made := w.token("Okta production")
	app := w.page(terminal.Size(100, 40))
	for !strings.Contains(app.Screen(), "▌ "+made.Prefix) {
		play(app, "down")
	}
	play(app, "x", "y")
	wants(t, app, "Revoke "+made.Prefix) // too early to be meant
	w.clock.move(time.Second)
	play(app, "y")
	wants(t, app, made.Prefix+"… opens nothing any more", "revoked just now")
	play(app, "x")
	wants(t, app, "This token opens nothing any more")
}

func TestTheAddressIsSaidFromThePage(t *testing.T) {
	w := newWorld(t)
	w.connect()
	app := w.page(terminal.Size(100, 40))
	wants(t, app, "A provider in the cloud cannot reach 127.0.0.1")
	play(app, "e", "=ftp://x", "enter")
	wants(t, app, "is not an address")
	play(app, "ctrl+u", "=roster.example.org", "enter")
	screen := wants(t, app, "https://roster.example.org/scim/v2/staff", "have the new address")
	if strings.Contains(screen, "cannot reach") {
		t.Errorf("it still warns:\n%s", screen)
	}
}

func TestAListWithoutUIDGetsOne(t *testing.T) {
	w := newWorld(t)
	var err error
	w.list, err = w.CreateList(ctx, kim, roster.List{Slug: "guests", Name: "Guests"})
	w.must(err)
	app := w.page(terminal.Size(100, 30))
	play(app, "enter")
	wants(t, app, "What names a person, here and at your provider?", "UID           Employee number")
	play(app, "down", "down", "enter")
	wants(t, app, "Work e-mail is Email, the UID")
}

func TestNobodyListens(t *testing.T) {
	w := newWorld(t)
	w.connect()
	w.token("")
	w.serving = advice.Serving{Silent: "SCIM is off: 127.0.0.1:8642 is taken"}
	app := w.page(terminal.Size(100, 30))
	wants(t, app, "No request has come yet: SCIM is off: 127.0.0.1:8642 is taken")
}

func TestForAScreenReader(t *testing.T) {
	w := newWorld(t)
	w.connect()
	w.token("Okta production")
	app := w.start(true, func(env *kit.Env) kit.Screen { return w.source(env, w.list) }, terminal.Size(80, 24))
	golden(t, "plain-80x24", app)
}

// Whom the provider pushes is on the roster without a key being pressed; who
// lacks the identifier is a problem until it comes.
func TestWhoIsPushedIsOnTheRoster(t *testing.T) {
	w := newWorld(t)
	w.public()
	w.connect()
	made := w.token("Okta production")
	app := w.app(terminal.Size(120, 40))
	play(app, "enter")
	wants(t, app, "3 active", "Zoë")
	w.push(made, "ada", "E007", "Ada", "Example")
	appears(t, app, "4 active", "Ada")
	play(app, "P")
	wants(t, app, "Lists › Staff › Provider", "1 person provisioned")
	r := w.push(made, "bo", "", "Bo", "Nobody")
	appears(t, app, "Problems: 1", "bo", "1 of them not in the list", "1 problem")
	for range 20 {
		if strings.Contains(app.Screen(), "▌ bo") {
			break
		}
		play(app, "down")
	}
	play(app, "enter")
	wants(t, app, "The provider was told that it worked")
	play(app, "esc")
	// A value that the list refuses is a problem of somebody who is in the list.
	w.push(made, "cy", "E009", "Cy", strings.Repeat("long ", 20_000))
	appears(t, app, "Problems: 2")
	play(app, "down", "enter")
	wants(t, app, "Cy", "Problem: ", "E009")
	play(app, "esc")
	_, err := w.ReplaceResource(ctx, core.Pusher{Actor: made.Actor()}, w.list.ID, core.UserResource, r.ID, r.Revision,
		said("bo", "E008", "Bo", "Nobody", true))
	w.must(err)
	appears(t, app, "Problems: 1", "3 people provisioned")
}

// Whether a provider is refused is known after a restart, too.
func TestRequestsAreSeenAsTheyComeAndAfterwards(t *testing.T) {
	w := newWorld(t)
	w.public()
	w.connect()
	made := w.token("Okta production")
	app := w.page(terminal.Size(120, 40))
	wants(t, app, "No request has come yet", "None in the last day")
	note := func(r core.Request) {
		w.clock.move(time.Minute)
		r.At, r.List, r.Method, r.Path, r.Provider = w.clock.Now(), w.list.ID, "GET", "/scim/v2/staff/Users", "Okta"
		w.must(w.NoteRequests(ctx, []core.Request{r}))
	}
	note(core.Request{Token: made.Prefix, Status: 200})
	appears(t, app, "Healthy: The last request came just now, from Okta", "read Users")
	wants(t, app, "used just now")
	r := w.push(made, "ada", "E007", "Ada", "Example")
	note(core.Request{Token: made.Prefix, Status: 201, Changes: []core.RequestChange{{ID: r.ID, Name: "ada", Act: "create", Seq: r.Seq}}})
	appears(t, app, "created ada")
	note(core.Request{Status: 401, Detail: "The token does not open this list"})
	appears(t, app, "Failing: The last request, just now, was refused", "refused 401", "Paste a token of this list")
	golden(t, "failing-120x40", app)
	again := w.reopened().page(terminal.Size(120, 40))
	wants(t, again, "Failing: The last request, just now, was refused", "created Ada Example")
}

// appears waits until something that happened elsewhere is on the screen.
func appears(t *testing.T, app *terminal.App, texts ...string) {
	t.Helper()
	for _, text := range texts {
		app.WaitFor(text)
	}
}

// A token is rotated: its successor is made, the old one works on, and once the
// new one is seen in use it is asked whether to revoke the old.
func TestATokenIsRotated(t *testing.T) {
	w := newWorld(t)
	w.public()
	w.connect()
	old := w.token("Okta production")
	app := w.page(terminal.Size(120, 40))
	play(app, "R")
	wants(t, app, "Go to a token first")
	for range 20 {
		if strings.Contains(app.Screen(), "▌ "+old.Prefix) {
			break
		}
		play(app, "down")
	}
	play(app, "R")
	wants(t, app, "Rotate "+old.Prefix, "Okta production")
	play(app, "enter")
	wants(t, app, "Paste it over the old one", old.Prefix+"… works until you revoke it")
	play(app, "y", "enter")
	wants(t, app, "works; the new one was not used yet")
	tokens, err := w.Tokens(ctx, w.list.ID)
	w.must(err)
	by := tokens[len(tokens)-1]
	w.clock.move(time.Minute)
	w.must(w.NoteRequests(ctx, []core.Request{{At: w.clock.Now(), List: w.list.ID, Token: by.Prefix, Method: "GET", Path: "/scim/v2/staff/Users", Status: 200}}))
	appears(t, app, by.Prefix+"… (Okta production) is in use", "Revoke the old one now?", "Type revoke to revoke "+old.Prefix)
	w.clock.move(time.Second)
	play(app, "y", "enter")
	wants(t, app, "Type revoke to revoke "+old.Prefix) // what was meant for something else does nothing
	play(app, "ctrl+u", "=revoke", "enter")
	wants(t, app, old.Prefix+"… opens nothing any more", "revoked just now")
	if tokens, err = w.Tokens(ctx, w.list.ID); err != nil || tokens[0].Revoked.IsZero() || !tokens[1].Revoked.IsZero() {
		t.Errorf("not just the old token is revoked: %+v, %v", tokens, err)
	}
}

// Whoever looks for values that nobody expects is led to the mappings, and so is
// whoever is on their line.
func TestTheMappingsAreFoundFromTheTroubles(t *testing.T) {
	w := newWorld(t)
	w.connect()
	app := w.page(terminal.Size(100, 40))
	play(app, "G")
	for !regexp.MustCompile(`▌ .*Fields show values`).MatchString(app.Screen()) {
		play(app, "up")
	}
	play(app, "enter")
	wants(t, app, "Look through the mappings", "open the mappings")
	play(app, "y")
	wants(t, app, "9 on of 42 attributes", "First name")
	play(app, "esc", "m")
	wants(t, app, "9 on of 42 attributes")
}
