package changes_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/terminal"
	"muster/tui/theme"
)

var lee = core.LocalUser("lee")

// mixed is a store in which one changeset of every kind waits: two leave, one
// gets a new UID, one conflicts, four move to another department, one's name
// is only written otherwise, and one comes.
func mixed(t *testing.T, c *clock) (*core.Engine, roster.List, changeset.Changeset) {
	t.Helper()
	e := open(t, c.Now)
	l, head := mix(t, e)
	return e, l, head
}

func mix(t *testing.T, e *core.Engine) (roster.List, changeset.Changeset) {
	t.Helper()
	l := staff(t, e)
	apply(t, e, plan(t, e, l, "staff-autumn.csv", false, slices.Values([]string{
		"E1|Anna|Müller|Science|anna@old.example", "E2|Bob|Lee|Science|bob@old.example", "E3|Cy|Ito|Science|cy@old.example",
		"E4|Di|Okafor|Science|di@old.example", "E5|Ed|Stone|Law|ed@old.example", "E6|Flo|Marsh|Law|flo@old.example",
		"E7|Gus|Reed|Law|gus@old.example", "E8|Hal|o'brien|Law|hal@old.example",
	})))
	l = list(t, e)
	d := plan(t, e, l, "staff-spring.csv", true, slices.Values([]string{
		"E1|Anna|Müller|Arts|anna@old.example", "E2|Bob|Lee|Arts|bob@old.example", "E3|Cy|Ito|Arts|cy@old.example",
		"E4|Di|Okafor|Arts|di@old.example", "E5|Eddie|Stone|Law|ed@old.example", "E8|Hal|O'Brien|Law|hal@old.example", "E9|Ida|Vance|Law|ida@new.example",
	}))
	for i := range d.Items {
		if d.Items[i].UID == "E4" {
			uid, _ := l.Schema.UID()
			d.Items[i].Changes = append([]changeset.Change{{Field: uid.ID, Base: "E4", Proposed: "X4"}}, d.Items[i].Changes...)
		}
	}
	head := propose(t, e, d)
	edit(t, e, l, "E5", "first_name", "Edward")
	return list(t, e), head
}

func items(t *testing.T, e *core.Engine, id changeset.ID) map[string]changeset.Item {
	t.Helper()
	d, err := e.Load(context.Background(), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	byUID := make(map[string]changeset.Item)
	for _, it := range d.Items {
		byUID[it.UID] = it
	}
	return byUID
}

func TestAConflictIsDecidedEachWay(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys func(*terminal.App)
		want string
	}{
		{"proposed", func(app *terminal.App) { app.Play("1") }, "Eddie"},
		{"list", func(app *terminal.App) { app.Play("2") }, "Edward"},
		{"skip", func(app *terminal.App) { app.Play("s") }, "Edward"},
		{"typed", func(app *terminal.App) {
			app.Play("e", "ctrl+u")
			app.Type("Ted")
			app.Play("enter")
		}, "Ted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := new(clock)
			e, l, head := mixed(t, c)
			app := run(t, c, e, &l, false, terminal.Size(120, 30))
			app.Play("enter", "a")
			wants(t, app.Screen(), "1 person has changed since; press c to decide each")
			app.Play("c", "enter")
			terminal.Golden(t, "decide-conflict-120x30", app.Screen())
			tt.keys(app)
			terminal.Golden(t, "decided-"+tt.name+"-120x30", app.Screen())
			app.Play("esc", "a")
			wants(t, app.Screen(), "Apply what of it?", "What is decided")
			if tt.name == "skip" {
				wants(t, app.Screen(), "Nothing is taken yet")
				return
			}
			app.Play("enter")
			read(app, c)
			app.Play("enter")
			if got := value(t, e, l, "E5", "first_name"); got != tt.want {
				t.Errorf("the first name is %q, want %q\n%s", got, tt.want, app.Screen())
			}
			if got := value(t, e, l, "E1", "department"); got != "Science" {
				t.Errorf("what nobody decided was applied: %s", got)
			}
			if after, err := e.Changeset(context.Background(), head.ID); err != nil || after.Done() && after.Rest == 0 {
				t.Errorf("nothing waits: %+v, %v", after, err)
			}
		})
	}
}

func TestTakingAllLeavesTheDangerousOut(t *testing.T) {
	c := new(clock)
	e, l, head := mixed(t, c)
	app := run(t, c, e, &l, false, terminal.Size(100, 30))
	app.Play("enter", "A")
	terminal.Golden(t, "take-all-100x30", app.Screen())
	wants(t, app.Screen(), "Left out, to be decided on their own: 2 deactivations, 1", "new UID and 1 conflict")
	app.Play("enter")
	for uid, it := range items(t, e, head.ID) {
		for _, f := range it.Parts() {
			p, _ := it.Part(f)
			field, _ := l.Schema.ByID(f)
			left := it.Kind == changeset.Deactivate || field.UID || uid == "E5"
			if left != (p.Decision == changeset.Undecided) {
				t.Errorf("%s of %s is %s", field.Label, uid, p.Decision)
			}
		}
	}
	terminal.Golden(t, "took-all-100x30", app.Screen())
}

func TestAGroupIsDecidedByItsTransition(t *testing.T) {
	c := new(clock)
	e, l, head := mixed(t, c)
	app := run(t, c, e, &l, false, terminal.Size(100, 30))
	app.Play("enter", "tab")
	terminal.Golden(t, "transitions-100x30", app.Screen())
	for !strings.Contains(cursorLine(app), "Science → Arts") {
		app.Play("down")
	}
	app.Play("2")
	for uid, it := range items(t, e, head.ID) {
		for _, change := range it.Changes {
			if want := change.Proposed == "Arts"; want != (change.Decision == changeset.Keep) {
				t.Errorf("%s → %s of %s is %s", change.Base, change.Proposed, uid, change.Decision)
			}
		}
	}
	wants(t, cursorLine(app), "all")
	app.Play("enter")
	wants(t, app.Screen(), "[People 4 of 9: Department Science → Arts]")
}

func TestWhyExplainsWhatIsProposed(t *testing.T) {
	c := new(clock)
	e, l, _ := mixed(t, c)
	app := run(t, c, e, &l, false, terminal.Size(80, 40))
	app.Play("enter", "tab", "w")
	wants(t, app.Screen(), "Go to a person first")
	app.Play("tab", "c")
	wants(t, app.Screen(), "Import of staff-spring.csv, row 6", "from First name: trim", "list's by kim just now, edit")
	app.Play("w")
	wants(t, app.Screen(), "Line 6 of import staff-spring.csv speaks of them")
	app.Play("esc", "enter", "w")
	terminal.Golden(t, "why-80x40", app.Screen())
	wants(t, app.Screen(), "says “Eddie”", "First name → trim → First name", "it is “Edward” now")
	app.Play("w", "1", "esc", "a", "enter")
	read(app, c)
	app.Play("enter", "enter", "w")
	wants(t, app.Screen(), "“Edward” → “Eddie”")
}

func cursorLine(app *terminal.App) string {
	for _, l := range app.Lines() {
		if strings.HasPrefix(l, "▌") {
			return l
		}
	}
	return ""
}

func TestADecisionIsUndoneAfterARestart(t *testing.T) {
	c := new(clock)
	path := filepath.Join(t.TempDir(), "muster.db")
	e, end := openAt(t, path, c.Now)
	l, head := mix(t, e)
	decided := func() (n int) {
		for _, it := range items(t, e, head.ID) {
			for _, f := range it.Parts() {
				if p, _ := it.Part(f); p.Decision != changeset.Undecided {
					n++
				}
			}
		}
		return n
	}
	app := run(t, c, e, &l, false, terminal.Size(100, 30))
	app.Play("enter", "1", "2", "down", "v", "down", "down", "s")
	if n := decided(); n != 6 {
		t.Fatalf("%d are decided\n%s", n, app.Screen())
	}
	app.Quit()
	end()
	e, end = openAt(t, path, c.Now)
	t.Cleanup(end)
	again := run(t, c, e, &l, false, terminal.Size(100, 30))
	again.Play("enter", "z")
	wants(t, again.Screen(), "Took back 3 decisions; Z makes them again")
	if n := decided(); n != 3 {
		t.Errorf("%d are decided after an undo", n)
	}
	again.Play("Z", "z", "z", "z")
	if n := decided(); n != 0 {
		t.Errorf("%d are decided after three", n)
	}
	again.Play("z")
	wants(t, again.Screen(), "There is no decision of yours to take back here")
	again.Play("Z", "Z", "Z")
	if n := decided(); n != 6 {
		t.Errorf("%d are decided after redoing three", n)
	}
}

// Two people decide about the same changeset, each at a terminal of their own
// that has not seen what the other did: there was no notice.
func TestTwoTerminalsReviewTheSame(t *testing.T) {
	c := new(clock)
	e, l, head := mixed(t, c)
	one, two := run(t, c, e, &l, false, terminal.Size(120, 30)), runAs(t, lee, c, e, &l, terminal.Size(120, 30))
	one.Play("enter", "/")
	one.Type("number:e1")
	one.Play("enter")
	two.Play("enter", "/")
	two.Type("number:e1")
	two.Play("enter", "2")
	one.Play("1")
	wants(t, one.Screen(), "lee has decided Department of E1 meanwhile: keep the list's. Look again before you decide otherwise")
	if p := items(t, e, head.ID)["E1"].Changes[0]; p.Decision != changeset.Keep {
		t.Errorf("lee's decision is lost: %+v", p)
	}
	one.Play("home", "1")
	if p := items(t, e, head.ID)["E1"].Changes[0]; p.Decision != changeset.Accept {
		t.Errorf("kim has seen it, and cannot decide otherwise: %+v\n%s", p, one.Screen())
	}
	two.Play("z")
	wants(t, two.Screen(), "kim has decided")
}

func TestTwoReviewersLoseNothing(t *testing.T) {
	c := new(clock)
	e, l, head := mixed(t, c)
	app := run(t, c, e, &l, false, terminal.Size(120, 30))
	app.Play("enter", "down", "down")
	at := cursorLine(app)
	it := items(t, e, head.ID)
	var uid string
	for u := range it {
		if strings.Contains(at, " "+u+" ") {
			uid = u
		}
	}
	d, err := e.Load(context.Background(), head.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := slices.IndexFunc(d.Items, func(it changeset.Item) bool { return it.UID == uid })
	f := d.Items[n].Parts()[0]
	choice, _ := d.Items[n].Choose(n, f, changeset.Skip, "", d.Items[n].Proposed(f))
	choice.Is.Base = choice.Was.Base
	if _, err := e.Decide(context.Background(), lee, head.ID, []changeset.Choice{choice}, nil); err != nil {
		t.Fatal(err)
	}
	// kim has not seen it: there was no notice.
	app.Play("1")
	wants(t, app.Screen(), "lee has decided", "of "+uid+" meanwhile: skip")
	after := items(t, e, head.ID)[uid]
	if p, _ := after.Part(f); p.Decision != changeset.Skip {
		t.Errorf("lee's decision is lost: %+v", p)
	}
	wants(t, app.Screen(), "skip")
}

func TestFieldsThatBelongTogether(t *testing.T) {
	c := new(clock)
	e := open(t, c.Now)
	l := staff(t, e)
	apply(t, e, plan(t, e, l, "a.csv", false, slices.Values([]string{"E1|Anna|Müller|Science|a@x.example"})))
	head := propose(t, e, plan(t, e, list(t, e), "b.csv", false, slices.Values([]string{"E1|Ann|Miller|Law|a@x.example"})))
	app := run(t, c, e, &l, false, terminal.Size(100, 24))
	app.Play("enter", "enter")
	wants(t, app.Screen(), "Belongs with     Last name: t decides them at one stroke")
	app.Play("t")
	terminal.Golden(t, "together-100x24", app.Screen())
	app.Play("2")
	for _, change := range items(t, e, head.ID)["E1"].Changes {
		f, _ := l.Schema.ByID(change.Field)
		if want := f.Key != "department"; want != (change.Decision == changeset.Keep) {
			t.Errorf("%s is %s", f.Key, change.Decision)
		}
	}
}

func TestFilterFindsParts(t *testing.T) {
	for _, tt := range []struct {
		filter string
		people int
	}{
		{"", 9}, {"kind:deact", 2}, {"!kind:update", 3}, {"field:dep", 4}, {"to:arts", 4}, {"from:science to:arts", 4},
		{"conflict:yes", 1}, {"conflict:no kind:update", 5}, {"only:case", 1}, {"müller", 1}, {"email:anna", 1}, {"field:last_name", 1},
		{"arts science", 0}, {"decision:undecided", 9}, {"decision:decided", 0}, {"to:", 0}, {"field:status", 3},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			c := new(clock)
			e, l, _ := mixed(t, c)
			app := run(t, c, e, &l, false, terminal.Size(120, 30))
			app.Play("enter", "/")
			app.Type(tt.filter)
			app.Play("enter")
			want := fmt.Sprintf("[People %d of 9]", tt.people)
			if tt.filter == "" {
				want = "[People 9]"
			}
			wants(t, app.Screen(), want)
		})
	}
}

func TestARollbackWithAConflictIsDecidedPartByPart(t *testing.T) {
	c := new(clock)
	e := open(t, c.Now)
	l := staff(t, e)
	apply(t, e, plan(t, e, l, "a.csv", false, numbered(6, 0)))
	apply(t, e, plan(t, e, list(t, e), "b.csv", false, numbered(6, 1)))
	edit(t, e, list(t, e), "E00003", "department", "Astronomy")
	l = list(t, e)
	app := run(t, c, e, &l, false, terminal.Size(120, 30))
	app.Play("down", "enter", "b")
	terminal.Golden(t, "rollback-conflict-120x30", app.Screen())
	app.Play("a")
	wants(t, app.Screen(), "press c to decide each, or l to leave them as they are")
	app.Play("c", "c", "2", "a")
	wants(t, app.Screen(), "Apply what of it?")
	app.Play("down", "enter")
	read(app, c)
	app.Play("enter")
	if a, b := value(t, e, l, "E00003", "department"), value(t, e, l, "E00000", "department"); a != "Astronomy" || b != "Science" {
		t.Errorf("rolled back to %s and %s\n%s", a, b, app.Screen())
	}
	// And that rolled back, too.
	app.Play("b", "a")
	read(app, c)
	app.Play("enter")
	if got := value(t, e, l, "E00000", "department"); got != "Science and Technology" {
		t.Errorf("the rollback is not rolled back: %s\n%s", got, app.Screen())
	}
}

func TestTheReceiptSaysHowToTakeItBack(t *testing.T) {
	c := new(clock)
	e, l, head := mixed(t, c)
	app := run(t, c, e, &l, false, terminal.Size(120, 30))
	app.Play("enter", "A", "enter", "a", "enter")
	read(app, c)
	app.Play("enter")
	wants(t, app.Screen(), fmt.Sprintf("muster changes rollback %d", head.ID), "What was left out waits as changeset")
	terminal.Golden(t, "receipt-120x30", app.Screen())
	path := filepath.Join(t.TempDir(), "out.csv")
	app.Play("W", "ctrl+u")
	app.Type(path)
	app.Play("enter")
	wants(t, app.Screen(), "Wrote 6 people to")
	if got, err := os.ReadFile(path); err != nil || string(got) != head.Note {
		t.Errorf("wrote %q, %v", got, err)
	}
	app.Play("o")
	wants(t, app.Screen(), "2 deactivate", "1 conflict", "waiting")
}

func TestWhatIsDecidedThreeTimesIsRemembered(t *testing.T) {
	c := new(clock)
	e, l, _ := mixed(t, c)
	app := run(t, c, e, &l, false, terminal.Size(120, 30))
	app.Play("enter", "/")
	app.Type("to:arts kind:update !number:e4")
	app.Play("enter", "2", "2")
	if strings.Contains(app.Screen(), "press R") {
		t.Error("offered too early")
	}
	app.Play("2")
	wants(t, app.Screen(), "That was the third time alike; press R")
	app.Play("R")
	terminal.Golden(t, "remember-120x30", app.Screen())
	app.Play("enter")
	wants(t, app.Screen(), "From now on, Department: keep list's: Science to Arts")
	c.pass(3600e9)
	head := propose(t, e, plan(t, e, list(t, e), "again.csv", false, slices.Values([]string{"E1|Anna|Miller|Arts|anna@old.example"})))
	app.Play("esc", "esc")
	app.WaitIdle()
	app.Play("home", "enter", "enter")
	wants(t, app.Screen(), "keep list's, as remembered", "undecided")
	app.Play("R")
	wants(t, app.Screen(), "Keep list's: Science to Arts", "forget; Department, by kim")
	app.Play("enter")
	wants(t, app.Screen(), "Forgotten; what it has decided stays")
	if rules, err := e.Remembered(context.Background(), head.List); err != nil || len(rules) != 0 {
		t.Errorf("still remembered: %+v, %v", rules, err)
	}
}

// Deciding about many shows how far it is, and can be stopped; then nothing is
// decided.
func TestDecidingAboutManyCanBeStopped(t *testing.T) {
	const people = 2500
	c := new(clock)
	e := open(t, c.Now)
	head := propose(t, e, plan(t, e, staff(t, e), "a.csv", false, numbered(people, 0)))
	set, err := review.Load(context.Background(), e, head.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := review.New(kit.NewEnv(theme.Options{}, c.Now), e)
	r.Filtering()
	r.Decide(kim, &head)
	r.Show(set, false)
	question, _ := r.Do("decide.all")
	dialog := question.(kit.Open).Dialog
	if got := dialog.View(80, 20); !strings.Contains(got, "2,500 people are created") {
		t.Errorf("it asks %s", got)
	}
	working := r.Update(dialog.Do("confirm.yes").(kit.Answer).Msg).(kit.All)
	progress := working[0].(kit.Open).Dialog
	command := working[1].(kit.Run).Cmd
	progress.Do("progress.stop")
	var said []string
	var hear func(kit.Action)
	hear = func(a kit.Action) {
		switch a := a.(type) {
		case kit.All:
			for _, each := range a {
				hear(each)
			}
		case kit.Say:
			said = append(said, a.Text)
		}
	}
	hear(r.Update(command()))
	if got := strings.Join(said, "; "); got != "Stopped; nothing was decided" {
		t.Errorf("it says %q", got)
	}
	d, err := e.Load(context.Background(), head.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(d.Items, func(it changeset.Item) bool { return !it.Undecided() }) {
		t.Error("something is decided")
	}
}
