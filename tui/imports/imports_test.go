package imports_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/imports"
	"muster/tui/kit"
	"muster/tui/terminal"
	"muster/tui/theme"
)

// spring is next term's file: some gone, some new, some moved, two rows wrong.
func spring() string {
	return people(4, 44, 1) + "E00005,Jörg,Again,Law,p5@example.org,01/01/2019\nE09999,No,Address,Law,nowhere,01/01/2019\n"
}

// first has the first file imported into a new list, as a newcomer would.
func first(t *testing.T, c *clock, e *core.Engine) roster.List {
	t.Helper()
	app := run(t, c, e, nil, terminal.Size(80, 24))
	app.Type("staff.csv")
	app.Play("enter", "ctrl+s", "a")
	read(app, c)
	app.Play("enter")
	wants(t, app.Screen(), "Made the list Staff", "40 created")
	return list(t, e, "staff")
}

func sized(t *testing.T, test func(t *testing.T, width, height int)) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) { test(t, size.width, size.height) })
	}
}

func TestNewListLooksRight(t *testing.T) {
	sized(t, func(t *testing.T, width, height int) {
		c := new(clock)
		home(t, map[string]string{"staff.csv": people(0, 40, 0), "spring.csv": spring(), "holiday.jpg": "no", "exports/old.csv": "a,b\n"})
		e := open(t, c.Now)
		app := run(t, c, e, nil, terminal.Size(width, height))
		golden := func(name string) {
			t.Helper()
			terminal.Golden(t, fmt.Sprintf("%s-%dx%d", name, width, height), app.Screen())
		}
		golden("file")
		app.Type("sta")
		app.Play("tab", "enter")
		golden("columns-new")
		app.Play("ctrl+s")
		golden("plan-new")
		app.Play("a")
		golden("ask")
		read(app, c)
		app.Play("enter")
		golden("receipt-new")
		app.Play("enter")
		wants(t, app.Screen(), "Import › Roster of staff")
		app.Play("esc", "c")
		wants(t, app.Screen(), "Import › Changeset of staff.csv")
		app.Play("esc", "esc")
		wants(t, app.Screen(), "Lists")
	})
}

func TestNextFileLooksRight(t *testing.T) {
	sized(t, func(t *testing.T, width, height int) {
		c := new(clock)
		home(t, map[string]string{"staff.csv": people(0, 40, 0), "spring.csv": spring()})
		e := open(t, c.Now)
		l := first(t, c, e)
		app := run(t, c, e, &l, terminal.Size(width, height))
		golden := func(name string) {
			t.Helper()
			terminal.Golden(t, fmt.Sprintf("%s-%dx%d", name, width, height), app.Screen())
		}
		app.Type("spring.csv")
		app.Play("enter")
		golden("columns")
		app.Play("enter")
		golden("field")
		app.Play("esc", "+", "ctrl+s")
		golden("plan")
		app.Play("tab", "tab")
		golden("rejects")
		app.Play("d")
		golden("absent")
	})
}

func TestPlainIsInWords(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 40, 0)})
	app := runAs(t, c, open(t, c.Now), nil, true, terminal.Size(80, 24))
	app.Type("staff.csv")
	app.Play("enter")
	terminal.Golden(t, "plain-80x24", app.Screen())
}

func TestNextFileChangesOnlyWhatWasShown(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 40, 0), "spring.csv": spring()})
	e := open(t, c.Now)
	l := first(t, c, e)
	app := run(t, c, e, &l, terminal.Size(120, 40))
	app.Type("spring.csv")
	app.Play("enter")
	wants(t, app.Screen(), "matched as in its last import", "Science and Technology is not among the options of Department")
	app.Play("+", "ctrl+s")
	wants(t, app.Screen(), "4 create", "12 update", "3 rejected", "Science → Science and Technology")
	app.Play("d")
	wants(t, app.Screen(), "4 deactivate", "People who are not in the file are deactivated")
	app.Play("d", "a")
	wants(t, app.Screen(), "Creates 4 people, updates 12", "3 rows stay out")
	app.Play("enter")
	wants(t, app.Screen(), "Imported spring.csv into Staff", "muster changes rollback", "3 rows were rejected")
	app.Play("W", "enter")
	wants(t, app.Screen(), "Wrote 3 rows to ~/spring-rejects.csv")
	rejects, err := os.ReadFile(filepath.Join(os.Getenv("HOME"), "spring-rejects.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(rejects); strings.Count(got, "\n") != 4 || !strings.Contains(got, "nowhere") {
		t.Errorf("the rejects are %s", got)
	}
	app.Play("W", "enter")
	wants(t, app.Screen(), "Something unexpected")
	if got := value(t, e, l, "E00006", "department"); got != "Science and Technology" {
		t.Errorf("the department is %s", got)
	}
	if got := value(t, e, l, "E00006", "start_date"); got != "2019-07-07" {
		t.Errorf("the start date is %s", got)
	}
}

func TestChangesCanWait(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 40, 0), "spring.csv": spring()})
	e := open(t, c.Now)
	l := first(t, c, e)
	app := run(t, c, e, &l, terminal.Size(80, 24))
	app.Type("spring.csv")
	app.Play("enter", "ctrl+s", "p")
	wants(t, app.Screen(), "Nothing is changed yet", "waits for someone to apply it")
	waiting, err := e.Waiting(context.Background())
	if err != nil || waiting[l.ID] != 1 {
		t.Errorf("%d wait, %v", waiting[l.ID], err)
	}
	heads, err := e.Overview(context.Background(), l.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Load(context.Background(), heads[0].ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range d.Items {
		if it.Undecided() {
			t.Errorf("what the list's approval decides beforehand is left to be decided: %+v", it)
		}
	}
}

// An older file that waits is named before the next one is applied, and gives
// way to it if that is said.
func TestAnOlderFileThatWaitsCanGiveWay(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 40, 0), "spring.csv": spring(), "summer.csv": people(4, 46, 0)})
	e := open(t, c.Now)
	l := first(t, c, e)
	app := run(t, c, e, &l, terminal.Size(100, 30))
	app.Type("spring.csv")
	app.Play("enter", "ctrl+s", "p")
	c.pass(time.Hour)
	app = run(t, c, e, &l, terminal.Size(100, 30))
	app.Type("summer.csv")
	app.Play("enter", "ctrl+s")
	wants(t, app.Screen(), "Changeset 2 (spring.csv, by kim 1 h ago) waits in this list from before")
	app.Play("o")
	wants(t, app.Screen(), "gives way to this import")
	app.Play("d", "d")
	wants(t, app.Screen(), "gives way to this import")
	app.Play("o", "o", "a")
	read(app, c)
	app.Play("y")
	if waiting, err := e.Waiting(t.Context()); err != nil || waiting[l.ID] != 0 {
		t.Errorf("%d wait, %v:\n%s", waiting[l.ID], err, app.Screen())
	}
	if old, err := e.Changeset(t.Context(), 2); err != nil || old.Open() {
		t.Errorf("the older one is %s, %v", old.State, err)
	}
}

func TestAListMayHaveImportsAppliedAtOnce(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 40, 0), "spring.csv": spring()})
	e := open(t, c.Now)
	l := first(t, c, e)
	err := e.ChangeList(context.Background(), core.LocalUser("kim"), l.ID, func(l *roster.List) error {
		l.Approval.Import = roster.AtOnce
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l = list(t, e, l.Slug)
	app := run(t, c, e, &l, terminal.Size(80, 24))
	app.Type("spring.csv")
	app.Play("enter", "ctrl+s")
	wants(t, app.Screen(), "Imports into this list are applied at once: a asks no more")
	app.Play("p")
	wants(t, app.Screen(), "Imports into this list are applied at once, as its settings say")
	app.Play("a")
	wants(t, app.Screen(), "Imported spring.csv into Staff")
}

func TestDateOrderIsAskedWhereItCannotBeTold(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"few.csv": "Number,Name,Born\n1,Ada Example,03/04/2001\n2,Bo Sample,05/06/2002\n"})
	e := open(t, c.Now)
	app := run(t, c, e, nil, terminal.Size(120, 40))
	app.Type("few.csv")
	app.Play("enter", "ctrl+s")
	wants(t, app.Screen(), "day/month", "month/day", "03/04/2001")
	app.Play("down", "enter", "a")
	read(app, c)
	app.Play("enter")
	l := list(t, e, "few")
	if got := value(t, e, l, "1", "born"); got != "2001-03-04" {
		t.Errorf("3 April in American is %s", got)
	}
}

// What looks like an identifier and is none says why, with an example.
func TestAnIDThatIsNoUIDSaysWhy(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{
		"twice.csv": "Student ID,Login,Name\nS-12,ann,Ann\nS-13,bo,Bo\ns-12 ,cy,Cy\n",
		"blank.csv": "Student ID,Login,Name\nS-12,ann,Ann\n,bo,Bo\nS-14,cy,Cy\n",
	})
	e := open(t, c.Now)
	for file, why := range map[string]string{
		"twice.csv": `Student ID cannot be the UID: rows 2 and 4 both have "s-12"`,
		"blank.csv": "Student ID cannot be the UID: it is empty in row 3",
	} {
		app := run(t, c, e, nil, terminal.Size(80, 24))
		app.Type(file)
		app.Play("enter")
		wants(t, app.Screen(), "! "+why, "  "+why, "Login")
	}
}

func TestNewFieldComesAndGoesWithItsChangeset(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 4, 0), "rooms.csv": "Staff number,Locker\nE00001,B-17\nE00002,B-18\n"})
	e := open(t, c.Now)
	app := run(t, c, e, nil, terminal.Size(80, 24))
	app.Type("staff.csv")
	app.Play("enter", "ctrl+s", "a", "enter", "i")
	app.Play("ctrl+u")
	app.Type("~/rooms.csv")
	app.Play("enter", "down", "enter")
	app.Type("a new field")
	app.Play("enter")
	wants(t, app.Screen(), "New field of Staff", "Holds  text")
	app.Play("enter")
	wants(t, app.Screen(), "Locker (new)")
	app.Play("ctrl+s", "a", "enter")
	wants(t, app.Screen(), "2 updated", "the list's own fields")
	l := list(t, e, "staff")
	if got := value(t, e, l, "E00001", "locker"); got != "B-17" {
		t.Errorf("the locker is %q", got)
	}
	all, err := e.Overview(context.Background(), l.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Rollback(context.Background(), all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.ApplyDraft(context.Background(), kim, d, core.How{}); err != nil {
		t.Fatal(err)
	}
	if _, ok := list(t, e, "staff").Schema.ByKey("locker"); ok {
		t.Error("the field is still there after the rollback")
	}
}

func TestEverythingCanBeChangedForANewList(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"export.csv": "Login;Nick;Level\nann;Ann A;1\nbo;Bo B;2\n"})
	e := open(t, c.Now)
	app := run(t, c, e, nil, terminal.Size(120, 40))
	app.Type("export.csv")
	app.Play("enter", "r", "ctrl+u")
	app.Type("Visitors")
	app.Play("tab", "ctrl+u")
	app.Type("visitors")
	app.Play("enter", "down", "space", "down", "enter", "ctrl+u")
	app.Type("Floor")
	app.Play("tab", "f4")
	app.Type("number")
	app.Play("enter", "enter", "home", "t", "enter")
	app.Type("upper")
	app.Play("enter", "enter")
	wants(t, app.Screen(), "Makes the list Visitors", "text, UID", "(left out)", "Floor", "number", "ANN", "semicolons")
	app.Play("ctrl+s", "a", "enter")
	l := list(t, e, "visitors")
	if got := len(l.Schema.Fields); got != 2 {
		t.Errorf("there are %d fields", got)
	}
	if got := value(t, e, l, "ANN", "level"); got != "1" {
		t.Errorf("the level is %q", got)
	}
	if f, _ := l.Schema.ByKey("level"); f.Type != roster.Number || f.Label != "Floor" {
		t.Errorf("the field is %v", f)
	}
}

// A transform with parameters is written, checked as it is, and kept for the
// next file, whose screen shows what reads several columns, too.
func TestTransformsAreWritten(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": "Login,Phone,Last\nann,(202) 555-0142,Reed\nbo,none,Cole\n"})
	e := open(t, c.Now)
	app := run(t, c, e, nil, terminal.Size(120, 40))
	app.Type("staff.csv")
	app.Play("enter", "down", "t")
	wants(t, app.Screen(), "Transforms of Phone", "row 2  1 of 2", "1  trim", "(202) 555-0142", "Add a transform")
	app.Play("enter")
	app.Type("pad")
	wants(t, app.Screen(), "Pad with zeros", "123 → 000123")
	app.Play("ctrl+u")
	app.Type("e164")
	app.Play("enter")
	app.Type("USA")
	app.Play("enter")
	wants(t, app.Screen(), `e164 does not know the country "USA"`)
	app.Play("backspace", "enter")
	wants(t, app.Screen(), "2  e164(US)", "+12025550142")
	app.Play("right")
	wants(t, app.Screen(), `Phone "none" can be no phone number of US`)
	app.Play("enter")
	wants(t, app.Screen(), "e164(US)          +12025550142", "3 invalid 1")
	app.Play("3")
	wants(t, app.Screen(), "Row 3", "\"none\" can be no phone number")
	app.Play("ctrl+s")
	wants(t, app.Screen(), `Row 3: Phone "none" can be no phone number of US`, "By value")
	app.Play("a", "enter")
	wants(t, app.Screen(), `Row 3: Phone "none" can be no phone number of US or another country, so it stays as it is.`)
	l := list(t, e, "staff")
	if got := value(t, e, l, "ann", "phone"); got != "+12025550142" {
		t.Errorf("the phone number is %q", got)
	}
	joined := mapping.Mapping{Attribute: "Login", Transforms: []mapping.Transform{`join("{} {Last}")`}, Field: "last", On: true}
	err := e.ChangeList(t.Context(), kim, l.ID, func(l *roster.List) error {
		l.Imports = append(l.Imports[:2:2], joined)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l = list(t, e, "staff")
	app = run(t, c, e, &l, terminal.Size(120, 40))
	app.Type("staff.csv")
	app.Play("enter", "down")
	wants(t, app.Screen(), "  and             Last", "ann Reed")
	app.Play("down", "t", "e")
	wants(t, app.Screen(), "trim, e164(US)")
	app.Play("esc", "esc", "ctrl+s", "a", "enter")
	if got := value(t, e, l, "ann", "last"); got != "ann Reed" {
		t.Errorf("the name is %q", got)
	}
}

func TestFileIsReadAgainAsOneSays(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"odd.csv": "1,Ada;2\n3,Bo;4\n"})
	app := run(t, c, open(t, c.Now), nil, terminal.Size(120, 40))
	app.Type("odd.csv")
	app.Play("enter", ",", "tab", "f4")
	app.Type("semi")
	app.Play("enter", "enter")
	wants(t, app.Screen(), "semicolons")
	app.Play(",", "tab", "tab", "f4")
	app.Type("names")
	app.Play("enter", "enter")
	wants(t, app.Screen(), "first row names the columns", "1 row")
}

func TestNothingStopsANewcomerWithoutAWord(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"same.csv": "Name,Town\nAda,Bath\nAda,Bath\n", "empty.csv": "", "photo.csv": "\x89PNG\r\n\x1a\n\x00\x00\x00\x01\x02\x03\x04\x05\x06"})
	e := open(t, c.Now)
	app := run(t, c, e, nil, terminal.Size(80, 24))
	for _, file := range []struct{ name, says string }{
		{"missing.csv", "There is no file"}, {"empty.csv", "is empty"}, {"photo.csv", "is no text file"},
	} {
		app.Play("ctrl+u")
		app.Type("~/" + file.name)
		app.Play("enter")
		screen := app.Screen()
		wants(t, screen, file.says)
		if strings.Contains(screen, "This did not work") { // too long for the bottom line
			app.Play("enter")
		}
	}
	app.Play("ctrl+u")
	app.Type("~/same.csv")
	app.Play("enter", "ctrl+s")
	wants(t, app.Screen(), "No column has a different value in every row")
	app.Play("u")
	wants(t, app.Screen(), "cannot be the UID")
}

func TestListIsMadeOnce(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 4, 0)})
	e := open(t, c.Now)
	first40 := run(t, c, e, nil, terminal.Size(80, 24))
	first40.Type("staff.csv")
	first40.Play("enter", "ctrl+s", "a", "enter", "enter")
	app := run(t, c, e, nil, terminal.Size(80, 24))
	app.Type("staff.csv")
	app.Play("enter", "ctrl+s")
	wants(t, app.Screen(), "There is a list staff already")
}

func TestManyDeparturesWantTheirNumberTyped(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 40, 0), "few.csv": people(0, 4, 0)})
	e := open(t, c.Now)
	l := first(t, c, e)
	app := run(t, c, e, &l, terminal.Size(80, 24))
	app.Type("few.csv")
	app.Play("enter", "ctrl+s", "d")
	wants(t, app.Screen(), "Held: 36 deactivations of 40 active people")
	app.Play("a")
	wants(t, app.Screen(), "Type 36 to apply")
	read(app, c)
	app.Type("36")
	app.Play("enter")
	wants(t, app.Screen(), "36 deactivated")
	if head, err := e.Overview(context.Background(), l.ID, 1); err != nil || head[0].Origin != changeset.Import || head[0].Counts.Deactivates != 36 {
		t.Errorf("%v, %v", head, err)
	}
}

func TestAPathFromTheTopIsMeantInsteadOfTheFolder(t *testing.T) {
	c := new(clock)
	dir := home(t, map[string]string{"staff.csv": people(0, 40, 0), "exports/old.csv": people(0, 3, 0)})
	e := open(t, c.Now)
	app := run(t, c, e, nil, terminal.Size(120, 24))
	app.WaitIdle() // the folder is typed already
	app.Type("/nowhere/")
	app.WaitIdle()
	app.Type(filepath.Join(dir, "exports") + "/")
	wants(t, app.Screen(), "old.csv")
	app.Type("~/")
	wants(t, app.Screen(), "Path: ~/", "staff.csv")
	app.Send(tea.PasteMsg{Content: "'" + filepath.Join(dir, "exports", "old.csv") + "'\n"})
	app.Play("enter")
	wants(t, app.Screen(), "3 rows")
}

func TestMouseGoesThroughFolders(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"exports/staff.csv": people(0, 4, 0)})
	app := run(t, c, open(t, c.Now), nil, terminal.Size(80, 24))
	row := func(text string) int {
		t.Helper()
		for y, line := range app.Lines() {
			if strings.Contains(line, text) {
				return y
			}
		}
		t.Fatalf("%q is not on the screen", text)
		return 0
	}
	for _, text := range []string{"exports/", "staff.csv"} {
		y := row(text)
		app.Click(4, y)
		app.Click(4, y)
		app.WaitIdle()
	}
	wants(t, app.Screen(), "4 rows, 6 columns", "Makes the list Staff")
	app.Click(4, row("Department"))
	app.Play("space")
	wants(t, app.Screen(), "(left out)")
}

func TestNothingIsReadOverANetwork(t *testing.T) {
	env := kit.NewEnv(theme.Options{}, func() time.Time { return start })
	env.Remote = true
	s := imports.New(env, nil, kim, files{}, nil, rooms())
	if action := s.Update(kit.Shown{First: true}); action != nil {
		t.Errorf("it begins with %v", action)
	}
	wants(t, s.View(80, 20), "Over a network Muster reads no files", "muster import LIST - < FILE")
}

func TestStoppedWorkChangesNothing(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 40, 0)})
	e := open(t, c.Now)
	env := kit.NewEnv(theme.Options{}, c.Now)
	s := imports.New(env, e, kim, files{}, nil, rooms())
	s.Update(tea.PasteMsg{Content: os.Getenv("HOME") + "/staff.csv"})
	all := s.Do("imports.pick").(kit.All)
	all[0].(kit.Open).Dialog.Do("progress.stop")
	answer := s.Update(all[1].(kit.Run).Cmd()).(kit.All)
	if fail, ok := answer[1].(kit.Fail); !ok || fault.CodeOf(fail.Err) != fault.Cancelled {
		t.Errorf("it says %v", answer)
	}
	wants(t, s.View(80, 20), "Which CSV file?")
}

// A file for a connected list says which of its columns belong to the directory,
// changes only what is the list's own, and leads to the mapping.
func TestTheDirectorysFieldsStay(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"cards.csv": "Employee number,First name,Card\nE7,Adele,04A2\n"})
	e := open(t, c.Now)
	l, err := e.CreateList(t.Context(), kim, roster.List{Slug: "staff", Name: "Staff"})
	if err == nil {
		l, err = e.Connect(t.Context(), kim, l.ID, "scim", "employee_number")
	}
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := e.NewToken(t.Context(), kim, l.ID, "Okta", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = e.CreateResource(t.Context(), core.Pusher{Actor: token.Actor(), Provider: "Okta"}, l.ID, core.UserResource, core.Said{
		Name: "ada", Active: true, Keys: core.ResourceKeys{UserName: "ada", ExternalID: "00uada"},
		JSON: `{"userName":"ada","externalId":"00uada","name":{"givenName":"Ada"},"active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"E7"}}`,
	}); err != nil {
		t.Fatal(err)
	}
	l = list(t, e, "staff")
	app := run(t, c, e, &l, terminal.Size(120, 40))
	app.Type("cards.csv")
	app.Play("enter")
	wants(t, app.Screen(), "First name (mapped from name.givenName) belongs to the directory: whoever comes from it keeps what it says (m shows the")
	app.Play("m")
	wants(t, app.Screen(), "The field of this column is the list's own")
	app.Play("down", "enter")
	wants(t, app.Screen(), "locked for those who come from name.givenName")
	app.Play("esc", "m")
	wants(t, app.Screen(), "Mapping of first_name")
	app.Play("esc", "down", "enter")
	app.Type("a new field")
	app.Play("enter", "enter", "ctrl+s")
	wants(t, app.Screen(), "1 update", "Card")
	app.Play("a", "enter")
	if first, card := value(t, e, l, "E7", "first_name"), value(t, e, list(t, e, "staff"), "E7", "card"); first != "Ada" || card != "04A2" {
		t.Errorf("the first name is %q, the card %q", first, card)
	}
}

// holder is a door to files one of which has its readings held up, as a disk
// might, until whoever asked has gone.
type holder struct {
	files
	held, gone chan struct{}
}

func (h holder) Open(ctx context.Context, path string, as imports.Form) (imports.File, error) {
	f, err := h.files.Open(ctx, path, as)
	return &heldFile{File: f, holder: h}, err
}

type heldFile struct {
	imports.File
	holder
	readings atomic.Int32
}

func (f *heldFile) Records(ctx context.Context, forms map[string]imports.DateForm) iter.Seq2[[]mapping.Record, error] {
	if f.readings.Add(1) == 1 { // for the examples, when it is opened
		return f.File.Records(ctx, forms)
	}
	return func(yield func([]mapping.Record, error) bool) {
		for records, err := range f.File.Records(ctx, forms) {
			if !yield(records, err) {
				return
			}
			close(f.held)
			<-ctx.Done()
			close(f.gone)
			yield(nil, ctx.Err())
			return
		}
	}
}

// Whoever leaves the columns does not leave a reading of the file behind, and
// while one goes on it says how far it is and holds up no key.
func TestLeavingEndsTheReading(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 40, 0)})
	h := holder{held: make(chan struct{}), gone: make(chan struct{})}
	app := runWith(t, c, open(t, c.Now), nil, h, terminal.Size(120, 40))
	app.Type("staff.csv")
	app.Press("enter")
	<-h.held
	app.WaitFor("going through every row: 40 of 40")
	app.Press("right")
	app.WaitFor("2 of ")
	app.Press("esc")
	<-h.gone
	app.WaitIdle()
	wants(t, app.Screen(), "[File]")
}

// The value that the field refuses is found wherever it is in a long file, and
// the values are counted.
func TestTheInvalidValueOfALateRowIsFound(t *testing.T) {
	const rows = 80_000
	var b strings.Builder
	b.WriteString("Login,E-mail,Team\n")
	for i := 2; i <= rows; i++ {
		address := fmt.Sprintf("p%d@example.org", i)
		if i == 70_000 {
			address = "nowhere"
		}
		fmt.Fprintf(&b, "u%d,%s,%s\n", i, address, []string{"Red", "Blue", "", " Red"}[i%4])
	}
	c := new(clock)
	home(t, map[string]string{"long.csv": b.String()})
	app := run(t, c, open(t, c.Now), nil, terminal.Size(120, 40))
	app.Type("long.csv")
	app.Play("enter", "down")
	wants(t, app.Screen(), "79,999 of 79,999 rows have a value", "1 of the first 200", "3 invalid 1", "79,999 values")
	app.Play("3")
	wants(t, app.Screen(), "Row 70,000", "1 of 1", "nowhere", `E-mail "nowhere" is not an`, "e-mail address")
	app.Play("0")
	wants(t, app.Screen(), "1 of the first 200")
	app.Play("down", "2")
	wants(t, app.Screen(), "59,999 of 79,999 rows have a value", "2 changed 20,000", `" Red"`)
	app.Play("F")
	wants(t, app.Screen(), "Team: 3 values of 59,999 rows", "25.0 %", "(nothing)")
}

// A column feeds another field in a line of its own, with transforms of its own,
// with the next file too, and no longer when that is said.
func TestAColumnFeedsAFurtherField(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": people(0, 4, 0), "rooms.csv": "Staff number,Locker\nE00001,b-17\nE00002,b-18\n"})
	e := open(t, c.Now)
	app := run(t, c, e, nil, terminal.Size(60, 24))
	app.Type("staff.csv")
	app.Play("enter", "ctrl+s", "a", "enter", "i")
	again := func() {
		t.Helper()
		app.Play("ctrl+u")
		app.Type("~/rooms.csv")
		app.Play("enter", "down")
	}
	again()
	app.Play("enter")
	app.Type("Cupboard")
	app.Play("enter", "enter")
	wants(t, app.Screen(), "Locker            Cupboard (new)")
	app.Play("n")
	app.Type("cup")
	wants(t, app.Screen(), "Locker feeds, too", "add cup to the list")
	app.Play("ctrl+u")
	app.Type("Badge")
	app.Play("enter", "enter", "t", "enter")
	app.Type("upper")
	app.Play("enter", "ctrl+s")
	wants(t, app.Screen(), "Locker            Cupboard (new)", "▌   and             Badge (new)", "b-17  →  B-17")
	app.Play("ctrl+s", "a", "enter")
	wants(t, app.Screen(), "2 updated")
	l := list(t, e, "staff")
	for field, want := range map[string]string{"cupboard": "b-17", "badge": "B-17"} {
		if got := value(t, e, l, "E00001", field); got != want {
			t.Errorf("%s is %q, wanted %q", field, got, want)
		}
	}
	app.Play("i")
	again()
	wants(t, app.Screen(), "Cupboard", "and             Badge")
	app.Play("x")
	wants(t, app.Screen(), "A column keeps its first line")
	app.Play("down", "x")
	if screen := app.Screen(); !strings.Contains(screen, "Cupboard") || strings.Contains(screen, "Badge") {
		t.Errorf("it still feeds the badge:\n%s", screen)
	}
}

// A further field can be a date, whose order is asked for once, and a dropdown,
// whose options are what the transforms make; in a new list, too.
func TestAFurtherFieldOfAnyType(t *testing.T) {
	c := new(clock)
	file := "Login,Born,Team\n"
	for i := range 12 {
		file += fmt.Sprintf("u%d,0%d/04/2001,%s\n", i, i%9+1, []string{"red-a", "blue-b"}[i%2])
	}
	home(t, map[string]string{"people.csv": file})
	e := open(t, c.Now)
	app := run(t, c, e, nil, terminal.Size(120, 40))
	app.Type("people.csv")
	app.Play("enter", "down", "n", "ctrl+u")
	app.Type("Birthday")
	wants(t, app.Screen(), "Holds  date")
	app.Play("enter")
	app.Play("down", "n", "ctrl+u")
	app.Type("Colour")
	app.Play("enter", "t", "enter")
	app.Type("stands before")
	app.Play("enter")
	app.Type("-")
	app.Play("enter", "ctrl+s")
	wants(t, app.Screen(), "Birthday", "Colour            dropdown", "before(-)         red")
	app.Play("ctrl+s")
	wants(t, app.Screen(), "Born has dates like")
	app.Play("enter")
	wants(t, app.Screen(), "12 create")
	app.Play("esc", "home", "down", "t", "enter")
	app.Type("another form")
	app.Play("enter")
	app.Type("DD/MM/YYYY")
	app.Play("enter", "ctrl+s", "ctrl+s")
	wants(t, app.Screen(), "Born feeds one date as it is and another through date(…)")
	app.Play("space", "ctrl+s")
	wants(t, app.Screen(), "12 create", "with 4 fields")
	app.Play("a")
	read(app, c)
	app.Play("enter")
	l := list(t, e, "people")
	for field, want := range map[string]string{"birthday": "2001-04-02", "team": "blue-b", "colour": "blue"} {
		if got := value(t, e, l, "u1", field); got != want {
			t.Errorf("%s is %q, wanted %q", field, got, want)
		}
	}
	if f, _ := l.Schema.ByKey("colour"); f.Type != roster.Dropdown || !slices.Equal(f.Options, []string{"red", "blue"}) {
		t.Errorf("the colour is %+v", f)
	}
}
