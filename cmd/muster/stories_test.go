package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/crypto/ssh"

	"muster/cmd/demo"
	told "muster/cmd/notices"
	"muster/core"
	"muster/core/key"
	"muster/core/madeup"
	"muster/core/roster"
	"muster/core/seal"
	"muster/storage"
	"muster/tui"
	"muster/tui/backups"
	"muster/tui/config"
	"muster/tui/kit"
	"muster/tui/lists"
	"muster/tui/sync/advice"
	"muster/tui/terminal"
	"muster/tui/terminal/draw"
)

var screenshots = flag.String("screenshots", "", "draw the last screen of each story into this `folder`")

// today is when the stories play: the demo's past lies before it.
func today() time.Time { return time.Date(2026, 9, 1, 9, 40, 0, 0, time.UTC) }

// A story is a way through the whole program, from the home screen of the demo
// on. The README's pictures are their last screens.
type story struct {
	name  string
	empty bool // plays in an empty store
	size  [2]int
	light bool
	plain bool
	mono  bool // without colour
	play  func(app *terminal.App)
	want  []string // what stands on the last screen
}

func stories() []story {
	return []story{
		{name: "welcome", empty: true, size: [2]int{100, 24}, want: []string{"There is no list yet", "Import a CSV file"}},
		{name: "lists", size: [2]int{100, 24}, want: []string{"Students", "Staff", "Contractors", "1 changeset waits"}},
		{name: "roster", size: [2]int{140, 36}, play: func(app *terminal.App) {
			app.Play("down", "enter")
			app.Play("/")
			app.Type("mül")
			app.Play("enter")
			app.Play("down", "space", "space")
		}, want: []string{"Lists › Staff", "Müller", "2 marked"}},
		{name: "roster-light", size: [2]int{140, 36}, light: true, play: func(app *terminal.App) {
			app.Play("down", "enter", "down", "down", "down", "down")
		}, want: []string{"Lists › Staff", "History"}},
		{name: "roster-small", size: [2]int{60, 20}, play: func(app *terminal.App) { app.Play("enter") }, want: []string{"Students"}},
		{name: "counts", size: [2]int{120, 36}, play: func(app *terminal.App) {
			app.Play("down", "enter")
			app.Play("right", "right", "right", "right", "right", "right", "F")
		}, want: []string{"Department", "Share"}},
		{name: "person", size: [2]int{120, 36}, play: func(app *terminal.App) {
			app.Play("down", "enter", "/")
			app.Type("E000005") // somebody who was edited, deactivated and taken back
			app.Play("enter", "enter")
		},
			want: []string{"History", "alex", "reactivated"}},
		{name: "edit", size: [2]int{120, 36}, play: func(app *terminal.App) {
			app.Play("down", "enter")
			app.Play("down", "down", "right", "right", "e")
			app.Type(" of Hollowmere")
		}, want: []string{"Last Name of", "of Hollowmere", "save"}},
		{name: "confirm", size: [2]int{120, 36}, play: func(app *terminal.App) {
			app.Play("down", "enter")
			app.Play("/")
			app.Type("dep:estates")
			app.Play("enter", "a", "d")
		}, want: []string{"Deactivate 75 people?", "Type 75 to deactivate"}},
		{name: "filter-help", size: [2]int{100, 30}, play: func(app *terminal.App) {
			app.Play("enter", "/", "f2")
		}, want: []string{"status:inactive", "the field is empty"}},
		{name: "plain", plain: true, mono: true, size: [2]int{80, 24}, play: func(app *terminal.App) {
			app.Play("down", "enter")
			app.Play("down", "space", "right")
		}, want: []string{"Lists > Staff", "1 marked", "column First Name"}},
		{name: "no-colour", mono: true, size: [2]int{120, 30}, play: func(app *terminal.App) {
			app.Play("down", "enter")
			app.Play("/")
			app.Type("mül")
			app.Play("enter", "space")
		}, want: []string{"1 marked", "Müller"}},
		{name: "help", size: [2]int{100, 36}, play: func(app *terminal.App) {
			app.Play("enter")
			app.Play("?")
		}, want: []string{"Filter as you type"}},
		{name: "palette", size: [2]int{100, 30}, play: func(app *terminal.App) {
			app.Play("enter", "ctrl+p")
			app.Type("dea")
		}, want: []string{"Deactivate"}},
		{name: "changesets", size: [2]int{120, 30}, play: func(app *terminal.App) { app.Play("C") },
			want: []string{"held", "Import of students-autumn.csv"}},
		{name: "changeset", size: [2]int{140, 36}, play: func(app *terminal.App) { app.Play("C", "enter") },
			want: []string{"Held:", "deactivate"}},
		fieldsPage(),
		{name: "administrators", size: [2]int{120, 24}, play: func(app *terminal.App) { app.Play("A", "down") }, want: []string{"3 administrators", "Last seen", "Ed25519 key"}},
		{name: "administrators-no-colour", mono: true, size: [2]int{60, 20}, play: func(app *terminal.App) { app.Play("A", "down") }, want: []string{"lee", "editor"}},
		{name: "notices", size: [2]int{120, 24}, play: func(app *terminal.App) { app.Play("N") }, want: []string{"2 outlets", "taken 2 h ago", "after 3 tries"}},
		{name: "backups", size: [2]int{120, 24}, play: func(app *terminal.App) { app.Play("B") }, want: []string{"7 backups", "the schedule", "muster restore"}},
		{name: "settings", size: [2]int{100, 30}, play: func(app *terminal.App) { app.Play(",") }, want: []string{"Settings"}},
		{name: "as-of", size: [2]int{120, 30}, play: func(app *terminal.App) {
			app.Play("enter", "@")
			app.Type("2026-07-01")
			app.Play("enter")
		}, want: []string{"2026-07-01"}},
		{name: "duplicates", size: [2]int{120, 30}, play: func(app *terminal.App) { app.Play("down", "D") }, want: []string{"Duplicates"}},
		{name: "merge", size: [2]int{120, 30}, play: func(app *terminal.App) { app.Play("down", "D", "enter") }, want: []string{"2 people into", "becomes inactive"}},
		{name: "session", size: [2]int{120, 30}, play: func(app *terminal.App) { app.Play("s", "enter", "t", "right", "right") },
			want: []string{"Autumn photos", "to push"}},
		// What the session pushes waits from here on.
		{name: "side-by-side", size: [2]int{160, 40}, play: func(app *terminal.App) { app.Play("s", "enter", "p", "y", "c", "c") },
			want: []string{"Autumn photos", "At snapshot"}},
	}
}

// TestStories plays every story and looks at where it ends.
func TestStories(t *testing.T) {
	full, none := openDemo(t, 5000), openDemo(t, 0)
	sortByName(t, full)
	addTwice(t, full)
	addStaff(t, full)
	addOutlets(t, full)
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			e := full
			if s.empty {
				e = none
			}
			app := s.start(t, e)
			if s.play != nil {
				s.play(app)
			}
			screen := app.Screen()
			for _, want := range s.want {
				if !strings.Contains(screen, want) {
					t.Errorf("%q is not on the screen:\n%s", want, screen)
				}
			}
			drawStory(t, s.name, app)
		})
	}
}

// sortByName has the lists sorted by last name, as their screens remember it:
// first come names that the pictures' font can write.
func sortByName(t *testing.T, e *core.Engine) {
	t.Helper()
	app := story{size: [2]int{140, 36}}.start(t, e)
	for range 3 {
		app.Play("enter", "right", "right", "[", "esc", "down")
	}
}

// addTwice adds somebody to the staff who is there already, under other numbers.
func addTwice(t *testing.T, e *core.Engine) {
	t.Helper()
	staff, err := e.List(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	for i, values := range []map[string]string{
		{"first_name": "Katharina", "last_name": "Lindqvist", "email": "k.lindqvist@hollowmere.example", "department": "Library"},
		{"first_name": "Catharina", "last_name": "Lindquist", "email": "k.lindqvist@hollowmere.example", "phone": "+44 20 7946 0112"},
	} {
		who := make(map[roster.FieldID]string)
		for key, value := range values {
			if f, ok := staff.Schema.ByKey(key); ok {
				who[f.ID] = value
			}
		}
		uid, _ := staff.Schema.UID()
		who[uid.ID] = fmt.Sprintf("E90%04d", 17*(i+1))
		if _, _, err := e.AddPerson(t.Context(), core.LocalUser("alex"), staff.ID, who); err != nil {
			t.Fatal(err)
		}
	}
}

// addStaff adds administrators, one of whom has just been here.
func addStaff(t *testing.T, e *core.Engine) {
	t.Helper()
	students, err := e.List(t.Context(), "students")
	if err != nil {
		t.Fatal(err)
	}
	add := func(name string, role core.Role, lists map[roster.ListID]core.Role, comments ...string) {
		t.Helper()
		a := core.Administrator{Name: name, Role: role, Lists: lists}
		for _, comment := range comments {
			public, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%-32s", comment))).Public())
			if err != nil {
				t.Fatal(err)
			}
			k, err := key.Parse([]byte(strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))) + " " + comment))
			if err != nil {
				t.Fatal(err)
			}
			a.Keys = append(a.Keys, k)
		}
		if _, err := e.AddAdministrator(t.Context(), core.LocalUser("alex"), a); err != nil {
			t.Fatal(err)
		}
		if who, ok := e.Administrator(a.Keys[0].Fingerprint); ok && name != "sam" {
			if err := e.SeeAdministrator(t.Context(), who); err != nil {
				t.Fatal(err)
			}
		}
	}
	add("kim", core.Owner, nil, "kim@desk")
	add("lee", core.Editor, map[roster.ListID]core.Role{students.ID: core.Manager}, "lee@laptop", "lee@desk")
	add("sam", core.NoRole, map[roster.ListID]core.Role{students.ID: core.Viewer}, "sam@office")
}

// addOutlets has notices about the students go out, and some that went.
func addOutlets(t *testing.T, e *core.Engine) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := e.List(t.Context(), "students")
	must(err)
	for _, o := range []roster.Outlet{
		{URL: "https://hooks.hollowmere.example/card-office", Events: roster.Events()},
		{Command: []string{"/usr/local/bin/page", "oncall"}, Events: []roster.Event{roster.SyncFailed}},
	} {
		_, _, err := e.AddOutlet(t.Context(), core.LocalUser("alex"), l.ID, o)
		must(err)
	}
	ago := func(d time.Duration) time.Time { return today().Add(-d) }
	text, err := json.Marshal(told.Memory{Log: []told.Delivery{
		{At: ago(54 * time.Hour), Outlet: 1, Event: roster.TokenExpires, Text: "The token sct_4f2a of students expires at 2026-09-12T00:00:00Z", Tries: 6, Problem: "The webhook answered 503 Service Unavailable"},
		{At: ago(30 * time.Hour), Outlet: 1, Event: roster.TokenExpires, Text: "The token sct_4f2a of students expires at 2026-09-03T00:00:00Z", Tries: 1},
		{At: ago(170 * time.Minute), Outlet: 1, Event: roster.ChangesetHeld, Text: "Changeset 9 of students is held for review", Tries: 3},
	}})
	must(err)
	must(e.Keep(t.Context(), l.ID, "notices", text))
}

// TestImportStory brings a file into a new list through the screens, as a
// newcomer would.
func TestImportStory(t *testing.T) {
	e := openDemo(t, 0)
	dir := t.TempDir()
	t.Chdir(dir)
	var file bytes.Buffer
	if err := (madeup.Roster{Seed: 3, People: 400}).WriteCSV(&file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "staff.csv"), file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	app := story{size: [2]int{120, 36}}.start(t, e)
	app.Play("enter") // import a CSV file
	app.Type("staff.csv")
	app.Play("enter")
	if screen := app.Screen(); !strings.Contains(screen, "Employee Number") {
		t.Fatalf("the columns of the file are not there:\n%s", screen)
	}
	drawStory(t, "import-columns", app)
	app.Play("ctrl+s")
	if screen := app.Screen(); !strings.Contains(screen, "400") {
		t.Fatalf("the plan is not there:\n%s", screen)
	}
	drawStory(t, "import-plan", app)
}

// TestRejectsStory imports a file of which some rows cannot be taken: they are
// shown with their reasons, and the others go ahead.
func TestRejectsStory(t *testing.T) {
	e := openDemo(t, 0)
	dir := t.TempDir()
	t.Chdir(dir)
	file := "Number,Name,E-mail,Birthday\n"
	for i := range 40 {
		file += fmt.Sprintf("N%03d,Person %d,p%d@example.org,2001-02-%02d\n", i, i, i, i%28+1)
	}
	file += "N100,Ann Example,ann at example,2001-02-03\nN101,Bo Example,bo@example.org,2001-02-30\n" +
		"N102,Cy Example,cy@example.org,2001-02-03,too,many\n,No Number,no@example.org,2001-02-03\nN001,Twice,twice@example.org,\n"
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	app := story{size: [2]int{120, 24}}.start(t, e)
	app.Play("enter")
	app.Type("people.csv")
	app.Play("enter", "ctrl+s")
	app.Play("tab", "tab")
	for _, want := range []string{"42 create", "3 rejected", "is not an e-mail address", "is not a date", "6 cells, but there are 4 columns"} {
		if screen := app.Screen(); !strings.Contains(screen, want) {
			t.Errorf("%q is not on the screen:\n%s", want, screen)
		}
	}
	drawStory(t, "import-rejects", app)
}

// openDemo opens an engine on a store of so many made-up people.
func openDemo(t *testing.T, people int) *core.Engine {
	t.Helper()
	store, err := storage.Open(filepath.Join(t.TempDir(), "demo.db"), storage.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if people > 0 {
		if err := demo.Fill(context.Background(), store, today(), people, nil); err != nil {
			t.Fatal(err)
		}
	}
	sealing := seal.NewKey()
	e, err := core.Open(context.Background(), store, core.Options{Clock: today, Kinds: kinds(), Key: func(bool) (seal.Key, error) { return sealing, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s story) start(t *testing.T, e *core.Engine) *terminal.App {
	t.Helper()
	kim := core.LocalUser("kim")
	m := tui.New(tui.Options{
		First:     func(env *kit.Env) kit.Screen { return lists.New(env, e, kim, doors(env, e, kim, nearby(t, e))) },
		Now:       today,
		Light:     s.light,
		Plain:     s.plain,
		Profile:   s.profile(),
		Subscribe: func(tell func(kit.Notice)) func() { return subscribe(e, tell) },
	})
	palette := terminal.Dark()
	if s.light {
		palette = terminal.Light()
	}
	app := terminal.Start(t, m, terminal.Size(s.size[0], s.size[1]), terminal.Colors(palette), terminal.Program(m.ProgramOptions()...))
	t.Cleanup(m.Close)
	return app
}

func (s story) profile() colorprofile.Profile {
	if s.mono {
		return colorprofile.ASCII
	}
	return colorprofile.TrueColor
}

func drawStory(t *testing.T, name string, app *terminal.App) {
	t.Helper()
	// The pictures' font has neither Arabic nor Chinese, say: the stories show
	// people whose names it can write.
	if boxes, err := draw.Missing(app.Snapshot()); err != nil || len(boxes) > 0 {
		t.Errorf("the picture would show boxes in place of %q, %v:\n%s", boxes, err, app.Screen())
	}
	if *screenshots == "" {
		return
	}
	var picture bytes.Buffer
	if err := draw.PNG(&picture, app.Snapshot()); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), picture.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// aWeekOfBackups are those of a process that writes one every night, and one more
// when somebody asked for it.
func aWeekOfBackups() *backups.Doors {
	kept := backups.Kept{Folder: "/var/lib/muster/backups", Store: "/var/lib/muster/muster.db", Every: 24 * time.Hour, Keep: 7, Next: today().Add(18*time.Hour + 20*time.Minute)}
	add := func(at time.Time, bytes int64, by string, verified time.Time) {
		name := "muster-" + at.Format("20060102T150405Z") + ".db"
		kept.Files = append(kept.Files, backups.File{Name: name, At: at, Bytes: bytes, BackupNote: core.BackupNote{Name: name, By: by, Verified: verified}})
	}
	add(today().Add(-50*time.Minute), 13_104_128, "kim", today().Add(-50*time.Minute))
	for night := range 6 {
		at := today().Add(-time.Duration(night)*24*time.Hour - 5*time.Hour - 40*time.Minute)
		verified := at.Add(time.Minute)
		if night == 3 {
			verified = today().Add(-22 * time.Hour)
		}
		add(at, 12_914_688-int64(night)*98_304, core.Scheduler().Name, verified)
	}
	return &backups.Doors{Look: func(context.Context) (backups.Kept, error) { return kept, nil },
		BackUp: func(context.Context, *core.Progress) (backups.File, error) { return kept.Files[0], nil }}
}

// noSettings is where nothing is set.
func noSettings(context.Context) ([]config.Setting, error) { return nil, nil }

// nearby is a process that no provider can push to, and that runs what syncs are
// asked for until the test ends.
func nearby(t testing.TB, e *core.Engine) process {
	ctx, cancel := context.WithCancel(context.Background())
	var going sync.WaitGroup
	t.Cleanup(func() { cancel(); going.Wait() })
	return process{backups: aWeekOfBackups(), settings: noSettings, serving: func() advice.Serving { return advice.Serving{} }, sync: func(actor core.Actor, list roster.ListID, how core.SyncHow) (*core.Syncing, error) {
		s, work, err := e.BeginSync(ctx, actor, list, how)
		if err == nil {
			going.Go(work)
		}
		return s, err
	}}
}
