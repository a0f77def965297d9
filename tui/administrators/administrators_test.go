package administrators_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"muster/core"
	"muster/core/key"
	"muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/administrators"
	"muster/tui/kit"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var alex = core.LocalUser("alex")

func now() time.Time { return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC) }

// pair is a key of that number: its public line, and the private file.
func pair(t *testing.T, n byte, comment string) (public, private string) {
	t.Helper()
	secret := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	k, err := ssh.NewPublicKey(secret.Public())
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(secret, comment)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k))) + " " + comment, string(pem.EncodeToMemory(block))
}

func parsed(t *testing.T, n byte, comment string) key.Key {
	t.Helper()
	public, _ := pair(t, n, comment)
	k, err := key.Parse([]byte(public))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// world is a store of two lists; staffed has three administrators, of whom lee
// has come in.
func world(t *testing.T, staffed bool) *core.Engine {
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
	past := now().Add(-26 * time.Hour)
	e, err := core.Open(ctx, store, core.Options{Clock: func() time.Time { return past }})
	must(err)
	var ids []roster.ListID
	for _, name := range []string{"Staff", "Students"} {
		l := roster.List{Slug: strings.ToLower(name), Name: name, Limits: roster.DefaultLimits()}
		must(l.Schema.Add(roster.Field{Key: "number", Label: "Number", UID: true}))
		l, err := e.CreateList(ctx, alex, l)
		must(err)
		ids = append(ids, l.ID)
	}
	if !staffed {
		return e
	}
	for _, a := range []core.Administrator{
		{Name: "kim", Role: core.Owner, Keys: []key.Key{parsed(t, 1, "kim@desk"), parsed(t, 2, "kim@laptop")}},
		{Name: "lee", Role: core.Editor, Keys: []key.Key{parsed(t, 3, "")}, Lists: map[roster.ListID]core.Role{ids[0]: core.Manager}},
		{Name: "sue", Keys: []key.Key{parsed(t, 4, "sue")}, Lists: map[roster.ListID]core.Role{ids[1]: core.Viewer}},
	} {
		_, err := e.AddAdministrator(ctx, alex, a)
		must(err)
	}
	past = now().Add(-2 * time.Hour)
	lee, _ := e.Administrator(parsed(t, 3, "").Fingerprint)
	must(e.SeeAdministrator(ctx, lee))
	return e
}

// doors: sue is here, and so is somebody on the machine.
func doors() administrators.Doors {
	return administrators.Doors{
		Here: func() []administrators.Visitor {
			return []administrators.Visitor{
				{Who: "sue", Since: now().Add(-30 * time.Minute), Where: "Students"},
				{Who: "root", Since: now().Add(-time.Hour), Local: true},
			}
		},
		Server: func() (administrators.Server, error) {
			return administrators.Server{Listen: "127.0.0.1:2222", Key: "SHA256:a server's"}, nil
		},
	}
}

func run(t *testing.T, e *core.Engine, who core.Actor, d administrators.Doors, plain bool, opts ...terminal.Option) *terminal.App {
	t.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return administrators.New(env, e.As(who), who, d) },
		May:   func(l roster.ListID, p core.Permission) error { return e.May(who, l, p) },
		Now:   now, Plain: plain, Profile: colorprofile.ASCII,
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

func all(t *testing.T, e *core.Engine) map[string]core.Administrator {
	t.Helper()
	list, err := e.Administrators(context.Background(), alex)
	if err != nil {
		t.Fatal(err)
	}
	by := make(map[string]core.Administrator)
	for _, a := range list {
		by[a.Name] = a
	}
	return by
}

func TestAdministratorsLookRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}, {250, 80}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			app := run(t, world(t, true), alex, doors(), false, terminal.Size(size.width, size.height))
			app.Play("down")
			terminal.Golden(t, fmt.Sprintf("administrators-%dx%d", size.width, size.height), app.Screen())
		})
	}
	t.Run("a screen reader's", func(t *testing.T) {
		app := run(t, world(t, true), alex, doors(), true, terminal.Size(80, 24))
		app.Play("down", "down")
		terminal.Golden(t, "administrators-plain-80x24", app.Screen())
	})
	t.Run("nobody", func(t *testing.T) {
		d := doors()
		d.Server = func() (administrators.Server, error) { return administrators.Server{}, nil }
		app := run(t, world(t, false), alex, d, false, terminal.Size(60, 20))
		terminal.Golden(t, "administrators-nobody-60x20", app.Screen())
	})
}

// Somebody is added by the line of their public key; a private one is refused,
// and does not stay on the screen.
func TestSomebodyIsAdded(t *testing.T) {
	e := world(t, true)
	app := run(t, e, alex, doors(), false, terminal.Size(150, 30))
	public, private := pair(t, 9, "Ann Lee@desk")
	app.Play("n")
	app.Paste(private)
	wants(t, app, "That is a private key, which nobody else should ever see")
	if strings.Contains(app.Screen(), "BEGIN") {
		t.Errorf("the private key is on the screen:\n%s", app.Screen())
	}
	app.Type("hello")
	app.Play("enter")
	wants(t, app, "That is no SSH public key")
	app.Play("ctrl+u")
	taken, _ := pair(t, 1, "me")
	app.Paste(taken)
	app.Play("enter")
	wants(t, app, "That key is kim's already")
	app.Play("ctrl+u")
	app.Paste(public + "\n")
	app.Play("enter")
	wants(t, app, "Ann.Lee")
	app.Play("tab", "right", "tab", "right", "enter") // an editor, in staff
	wants(t, app, "Add Ann.Lee as an editor?", parsed(t, 9, "").Fingerprint, "in the list Staff only")
	if len(all(t, e)) != 3 {
		t.Error("they were added before that was confirmed")
	}
	app.Play("y") // too soon to have read it
	wants(t, app, "That came before it could be read")
}

// The clock of these goes on, so that a question can have been read.
func later(t *testing.T, e *core.Engine, who core.Actor, d administrators.Doors) *terminal.App {
	t.Helper()
	at := now()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return administrators.New(env, e.As(who), who, d) },
		May:   func(l roster.ListID, p core.Permission) error { return e.May(who, l, p) },
		Now: func() time.Time {
			at = at.Add(time.Second)
			return at
		},
		Profile: colorprofile.ASCII,
	})
	t.Cleanup(m.Close)
	return terminal.Start(t, m, terminal.Size(110, 34), terminal.Program(m.ProgramOptions()...))
}

func TestRolesKeysAndLeaving(t *testing.T) {
	e := world(t, true)
	app := later(t, e, alex, doors())

	// Somebody new, with what is proposed.
	public, _ := pair(t, 9, "ann@desk")
	app.Play("n")
	app.Paste(public)
	app.Play("enter", "enter", "y")
	wants(t, app, "ann may come in now: ssh -p 2222 HOST", "4 administrators", "▌ ann")
	if a := all(t, e)["ann"]; a.Role != core.Viewer || a.By != "alex" {
		t.Errorf("ann is %+v", a)
	}

	// Another role everywhere, then in one list, then there as everywhere.
	app.Play("e", "down", "enter")
	wants(t, app, "ann is an editor now")
	app.Play("o", "down", "enter", "up", "enter")
	wants(t, app, "ann is a manager now in Students", "Students: manager")
	if a := all(t, e)["ann"]; a.Role != core.Editor || len(a.Lists) != 1 {
		t.Errorf("ann is %+v", a)
	}
	app.Play("o", "down", "enter")
	wants(t, app, "as everywhere")
	app.Play("down", "enter")
	wants(t, app, "ann may do in Students what they may everywhere")
	if a := all(t, e)["ann"]; a.Role != core.Editor || len(a.Lists) != 0 {
		t.Errorf("ann is %+v", a)
	}
	app.Play("e", "end", "down", "down", "down", "enter")
	wants(t, app, "they have no role in a list; x removes them")
	app.Play("esc", "-")
	wants(t, app, "ann has this key only; add the new one first, with +")

	// Another key, and the first one goes.
	second, _ := pair(t, 10, "ann@laptop")
	app.Play("+")
	app.Paste(second)
	app.Play("enter")
	wants(t, app, "Let ann in by this key, too?", parsed(t, 10, "").Fingerprint)
	app.Play("y", "-", "enter")
	wants(t, app, "Take this key of ann away?", parsed(t, 9, "").Fingerprint, "not used yet")
	app.Play("y")
	if a := all(t, e)["ann"]; len(a.Keys) != 1 || a.Keys[0].Comment != "ann@laptop" {
		t.Errorf("ann's keys are %+v", a.Keys)
	}

	app.Play("x")
	wants(t, app, "Remove ann?", "y remove")
	app.Play("y")
	wants(t, app, "ann is no administrator any more", "3 administrators")
	if _, ok := all(t, e)["ann"]; ok {
		t.Error("ann is still there")
	}
	app.Play("end", "x")
	wants(t, app, "Whoever runs muster on the machine that has the store is its owner")
}

// What would lock somebody out is explained, and takes a word.
func TestTheLastOwnerIsWarned(t *testing.T) {
	e := world(t, true)
	kim, _ := e.Administrator(parsed(t, 1, "").Fingerprint)
	app := later(t, e, kim, doors())
	wants(t, app, "kim (you)", "here now")
	app.Play("e", "up", "enter")
	wants(t, app, "Make kim no owner any more?", "That is you", "No owner is left who")
	app.Play("esc", "x")
	wants(t, app, "this session ends at once", "Type kim to remove")
	app.Type("kim")
	app.Play("enter")
	wants(t, app, "kim is no administrator any more")
	if _, ok := all(t, e)["kim"]; ok {
		t.Error("kim is still there")
	}
}

// An editor who gets here all the same sees nobody, and why.
func TestOnlyOwnersLook(t *testing.T) {
	e := world(t, true)
	lee, _ := e.Administrator(parsed(t, 3, "").Fingerprint)
	app := run(t, e, lee, doors(), false, terminal.Size(160, 24))
	wants(t, app, "lee is an editor, and it takes an owner")
	if strings.Contains(app.Screen(), "sue") {
		t.Errorf("an editor sees the administrators:\n%s", app.Screen())
	}
	app.Play("n")
	wants(t, app, "it takes an owner to look at and change who the administrators are")
}
