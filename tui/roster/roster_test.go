package roster_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	coreroster "muster/core/roster"
	"muster/tui/kit"
	"muster/tui/terminal"
)

// sizes are those at which every screen is looked at.
func sizes() [][2]int { return [][2]int{{60, 20}, {80, 24}, {120, 40}} }

func TestWhatItLooksLike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		keys []string
	}{
		{"roster", nil},
		{"filter", []string{"/", "m", "ü", "l", "space", "d", "e", "p", ":", "n"}},
		{"loose", []string{"/", "m", "a", "l", "t", "n"}},
		{"nobody", []string{"/", "q", "q", "q"}},
		{"marked", []string{"space", "space", "down", "space", "right", "]"}},
		{"all", []string{"t", "t"}},
		{"edit", []string{"right", "e", "x"}},
		{"wrong", []string{"right", "right", "right", "right", "e", "x", "@"}},
		{"count", []string{"right", "right", "right", "right", "right", "right", "F"}},
		{"columns", []string{"C"}},
		{"add", []string{"n"}},
		{"set", []string{"a", "right", "E"}},
		{"deactivate", []string{"a", "d"}},
		{"syntax", []string{"/", "f2"}},
		{"details", []string{"down", "tab"}},
		{"person", []string{"down", "enter"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1204)
			w.deactivate("E000003", "E000008")
			for _, size := range sizes() {
				w.forget()
				app := w.start(terminal.Size(size[0], size[1]), terminal.Profile(colorprofile.NoTTY))
				app.Play(c.keys...)
				terminal.Golden(t, fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1]), app.Screen())
			}
		})
	}
}

func TestKeysWaitForWhoWasLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	n := w.count(func(v coreroster.Values) bool { return v.Get(7) == "Nursing" })
	app := w.start(terminal.Size(120, 40))
	app.WaitIdle()
	app.Type("/dep:nursing\na") // faster than any search
	shows(t, app, fmt.Sprintf("%d marked", n), fmt.Sprintf("%d of 1,204", n))
	app.Play("u", "/")
	app.Type("\x15zzzz\nd") // nobody
	shows(t, app, "Nobody is shown here", "Nobody active matches zzzz")
	app.Play("/")
	app.Type(" nosuch:x")
	shows(t, app, "nosuch")
}

func TestKeysTypedWhileTheListOpensAreNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	n := w.count(func(v coreroster.Values) bool { return v.Get(7) == "Nursing" })
	app := w.start(terminal.Size(120, 40))
	app.Type("/dep:nursing\na") // before anything is on the screen
	shows(t, app, fmt.Sprintf("%d marked", n), fmt.Sprintf("%d of 1,204", n))

	app = w.start(terminal.Size(120, 40))
	app.Type("jje") // two down, and edit: what the next key means is known only then
	shows(t, app, "Number of", "save")
	if at := cursorAt(app); at != 5 {
		t.Errorf("the cursor is on line %d", at)
	}
}

func TestWhatWaitsStopsWhereKeysMeanSomethingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	app.Type("ea") // a is a letter of the value, not everyone
	lacks(t, app, "marked")
	app.Play("esc")
	lacks(t, app, "marked")
}

func TestEmptyListsTeach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	app := w.start(terminal.Size(80, 24))
	shows(t, app, "Nobody is in this list yet", "n    add a person")
	app.Play("n")
	shows(t, app, "Add a person to Staff")
	app.Play("esc")

	w.add("E1", "Ada", "Example")
	app = w.start(terminal.Size(80, 24))
	app.Play("t")
	shows(t, app, "Nobody here is inactive", "shows all 1 person")
	w.deactivate("E1")
	w.forget()
	app = w.start(terminal.Size(80, 24))
	shows(t, app, "Nobody here is active", "shows the 1 who are inactive")
	app.Play("/")
	app.Type("ada")
	shows(t, app, "Nobody active matches ada", "esc  clears the filter", "1 person matches")
}

// How a list is shown is one's own, until it is said to be everybody's.
func TestTheListIsShownAsOnePrefers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	kept := func() string {
		value, err := w.engine.Kept(t.Context(), w.list.ID, "roster")
		w.must(err)
		return string(value)
	}
	app := w.start(terminal.Size(120, 40))
	app.Play("right", "-")
	if got := kept(); got != "" {
		t.Errorf("everybody's is %s", got)
	}
	app.Play("ctrl+e")
	shows(t, app, "Staff looks like this to everybody")
	if got := kept(); !strings.Contains(got, `"hidden":true`) {
		t.Errorf("everybody's is %s", got)
	}
}

func TestFilterIsLiveKeptAndCleared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	shows(t, app, "1,204 active", "/ to filter")
	app.Play("/")
	app.Type("mul")
	shows(t, app, "/ mul", "Müller", "of 1,204 active")
	app.Type("ler dep:nurs")
	shows(t, app, "/ muller dep:nurs", "Nursing")
	app.Play("enter", "esc")
	shows(t, app, "1,204 active", "/ to filter")
	app.Play("/")
	app.Type("x")
	app.Play("esc")
	shows(t, app, "1,204 active", "/ to filter")
}

func TestFilterExamplesInTheHelpAreRunnable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50)
	app := w.start(terminal.Size(120, 40))
	app.Play("/", "f2")
	shows(t, app, "!sales", "nobody who has it")
	app.Type("status")
	app.Play("enter")
	shows(t, app, "/ status:inactive", "Nobody inactive matches status:inactive")
}

func TestSortMarkAllAndSetWithATypedConfirmation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	app.Play("right", "right", "]")
	shows(t, app, "by Last name ↓", "Last name ↓")
	app.Play("/")
	app.Type("dep:nursing")
	app.Play("enter", "a")
	marked := w.count(func(v coreroster.Values) bool { return v.Get(7) == "Nursing" })
	shows(t, app, fmt.Sprintf("Marked %d people", marked), fmt.Sprintf("%d marked", marked))
	for range 4 {
		app.Play("right")
	}
	app.Play("E")
	shows(t, app, fmt.Sprintf("Set Department of %d people", marked))
	app.Type("Care")
	app.Play("enter")
	shows(t, app, fmt.Sprintf(`Department becomes "Care" for %d people`, marked), fmt.Sprintf("Type %d to set it", marked))
	app.Play("enter")
	w.clock.move(time.Second)
	shows(t, app, "Type ")
	if n := w.count(func(v coreroster.Values) bool { return v.Get(7) == "Care" }); n != 0 {
		t.Fatalf("%d people were changed before that was confirmed", n)
	}
	app.Type(fmt.Sprint(marked))
	app.Play("enter")
	shows(t, app, fmt.Sprintf("Set Department of %d people; z undoes it", marked))
	if n := w.count(func(v coreroster.Values) bool { return v.Get(7) == "Care" }); n != marked {
		t.Errorf("%d people were changed, want %d", n, marked)
	}
	if head := w.last(); head.Counts.Updates != marked || head.Origin != changeset.Edit {
		t.Errorf("the last changeset is %+v, want one edit of %d", head, marked)
	}
}

func TestNobodySharesAUID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 300)
	app := w.start(terminal.Size(120, 40))
	app.Play("space", "space", "E")
	shows(t, app, "is the UID, which no two people share")
}

func TestARangeEndsWhenOtherRowsAreShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	app.Play("v", "down", "down", "right", "]")
	shows(t, app, "3 marked", "by First name ↓")
	app.Play("down", "shift+down")
	shows(t, app, "5 marked")
}

func TestDeactivateUndoRedo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(120, 40))
	app.Play("space", "space", "space", "d")
	shows(t, app, "Deactivate 3 people?", "3 people become inactive")
	app.Play("y") // on its way before the question could be read
	shows(t, app, "Deactivate 3 people?")
	w.clock.move(time.Second)
	app.Play("y")
	shows(t, app, "Deactivated 3 people; z undoes it", "27 active", "3 inactive")
	lacks(t, app, "marked")
	app.Play("z")
	shows(t, app, "Undone: deactivated 3 people", "30 active")
	app.Play("Z")
	shows(t, app, "Done again", "27 active")
	app.Press("z", "z") // faster than one is done
	shows(t, app, "There is nothing of yours to undo in this list", "30 active")
}

func TestUndoAsksWhenMuchOrWhenSomebodyElseChangedIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(120, 40))
	app.Play("a", "right", "E")
	app.Type("Sam")
	app.Play("enter", "y")
	shows(t, app, "Set First name of 30 people")
	w.set(core.LocalUser("robin"), "E000002", "first_name", "Robin's")
	app.Play("z")
	shows(t, app, "Undo?", "changed 30 people", "1 person is left as they are", `First name is "Robin's" now`)
	app.Play("y")
	shows(t, app, "Undone: changed 30 people")
	if got := w.value("E000002", "first_name"); got != "Robin's" {
		t.Errorf("the undo overwrote what robin had set: %q", got)
	}
	if got := w.value("E000001", "first_name"); got == "Sam" {
		t.Error("the undo left a value that nobody else had touched")
	}
}

func TestEditInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(120, 40))
	for range 4 {
		app.Play("right")
	}
	app.Play("e", "ctrl+u")
	app.Type("nonsense")
	shows(t, app, `E-mail "nonsense" is not an e-mail address`)
	app.Play("enter") // refused: still editing
	shows(t, app, "not an e-mail address", "enter save")
	app.Play("ctrl+u")
	app.Type("ada@hollowmere.example")
	app.Play("enter")
	shows(t, app, `is "ada@hollowmere.example"; z undoes it`)
	if got := w.value("E000001", "email"); got != "ada@hollowmere.example" {
		t.Errorf("the e-mail is %q", got)
	}
	app.Play("e")
	app.Type("x")
	app.Play("esc")
	shows(t, app, "ada@hollowmere.example")
	app.Play("z")
	shows(t, app, "Undone: E-mail of E000001 is")
}

func TestNothingStandsBehindWhatIsTypedInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 300)
	app := w.start(terminal.Size(120, 40))
	app.Play("down", "down", "right", "right", "e")
	app.Type(" of Hollowmere")
	line, _, _ := strings.Cut(cursorLine(app), "│")
	_, behind, _ := strings.Cut(line, "of Hollowmere")
	if whole := strings.Fields(behind); len(whole) != 1 || !strings.HasPrefix(whole[0], "maja.dalgaard3@") {
		t.Errorf("behind it stands %q", behind)
	}
}

func TestEditSaysWhoChangedItMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(120, 40))
	app.Play("right", "e", "ctrl+u")
	app.Type("Mine")
	app.WaitIdle()
	w.set(core.LocalUser("robin"), "E000001", "first_name", "Theirs")
	app.Play("enter")
	shows(t, app, "First name has changed meanwhile", `"Theirs" now`, "(robin just now)", `You typed "Mine"`)
	app.Play("esc")
	if got := w.value("E000001", "first_name"); got != "Theirs" {
		t.Fatalf("the first name is %q, want what robin set", got)
	}
	shows(t, app, "Theirs")
	app.Play("e")
	app.Type(" too")
	app.WaitIdle()
	w.set(core.LocalUser("robin"), "E000001", "first_name", "Again")
	app.Play("enter")
	app.WaitIdle()
	w.clock.move(time.Second)
	app.Play("y")
	shows(t, app, `is "Theirs too"`)
}

func TestDropdownOffersItsOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(120, 40))
	w.goTo(app, "site")
	app.Play("e")
	shows(t, app, "Site of Ida Inglewood", sites()[0])
	app.Type(sites()[2])
	app.Play("enter")
	shows(t, app, fmt.Sprintf("is %q; z undoes it", sites()[2]))
}

func TestLockedFieldsSayWhichMappingOwnsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.connect()
	app := w.start(terminal.Size(120, 40))
	shows(t, app, "← givenName")
	app.Play("right", "e")
	shows(t, app, "First name is locked: it is mapped from givenName")
	app.Play("E")
	app.Type("Sam")
	app.Play("enter")
	shows(t, app, "First name belongs to the directory (mapped from givenName)")
	app.Play("a", "E")
	app.Type("Sam")
	app.Play("enter")
	shows(t, app, "belongs to the directory")
	app.Play("right", "e")
	app.Type("y")
	app.Play("enter")
	shows(t, app, `is "Exampley"; z undoes it`)
}

func TestAddAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(120, 40))
	app.Play("n")
	app.Type("E000001")
	app.Play("tab", "tab")
	app.Type("Sample")
	app.Play("enter")
	shows(t, app, "The UID E000001 belongs to", "Add a person to Staff", "Sample")
	app.Play("ctrl+u")
	app.Type("E999999")
	app.Play("enter")
	shows(t, app, "Added Sample; z undoes it", "31 active")
	if line := cursorLine(app); !strings.Contains(line, "E999999") {
		t.Errorf("the cursor is on %q", line)
	}
}

func TestWhoMatchesLooselyIsLeftOutOfWhatIsDoneToAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	app.Play("/")
	app.Type("maltn")
	app.Play("enter", "a")
	shows(t, app, "0 of 1,204 active", "loosely", "Those who match loosely are marked one by one")
	lacks(t, app, "marked   ")
	app.Play("space")
	shows(t, app, "1 marked")
}

func TestCountFiltersAndExcludes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	w.goTo(app, "department")
	app.Play("F")
	first := w.commonest(7)
	screen := shows(t, app, "Department:", "of 1,204 people", first, "━━━")
	if !strings.Contains(screen, "People") {
		t.Error("the counts have no title")
	}
	app.Play("enter")
	n := w.count(func(v coreroster.Values) bool { return v.Get(7) == first })
	shows(t, app, fmt.Sprintf(`department:^"%s"$`, first), fmt.Sprintf("%d of 1,204", n))
	app.Play("esc", "F", "!")
	shows(t, app, fmt.Sprintf(`!department:^"%s"$`, first), kit.Count(1204-n)+" of 1,204")
}

func TestColumnsAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(160, 40))
	app.Play("-")
	shows(t, app, "Number is the UID: it is always shown, and first")
	app.Play("right", "-")
	shows(t, app, "First name is hidden; C shows it again")
	app.Play("}", ">", ">", "]")
	app.Play("p")
	shows(t, app, "Display name", "Last name")
	before := header(app)
	again := w.start(terminal.Size(160, 40))
	if got := header(again); got != before {
		t.Errorf("the columns are\n%s, want\n%s", got, before)
	}
	shows(t, again, "by Last name ↓")
	lacks(t, again, "First name", "History")
	again.Play("C", "0", "enter")
	shows(t, again, "First name")
}

func TestNoticesMoveNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	app.Play("right", "right", "[")
	for range 50 {
		app.Play("down")
	}
	app.Play("space", "up")
	app.WaitIdle()
	line, at := cursorLine(app), cursorAt(app)
	uid := strings.Fields(strings.Trim(line, "▌✓ "))[0]
	// Robin brings in somebody who sorts first, and takes away another.
	w.addAs(core.LocalUser("robin"), "E700000", "Aaa", "Aaaa")
	w.tell(kit.Notice{List: fmt.Sprint(w.list.ID), Version: 99})
	shows(t, app, "1,205 active", "1 marked")
	if got := cursorLine(app); !strings.Contains(got, uid) {
		t.Errorf("the cursor is on %q, want %s", got, uid)
	}
	if got := cursorAt(app); got != at {
		t.Errorf("the cursor is on line %d, want %d", got, at)
	}
	if got := cursorLine(app); !strings.Contains(got, "✓") {
		t.Errorf("%q is not marked any more", got)
	}
}

func TestNoticesKeepWhoMatchesLoosely(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	app.Play("/")
	app.Type("maltn")
	app.Play("enter", "down")
	line := cursorLine(app)
	if line == "" {
		t.Fatal("nobody matches loosely")
	}
	w.set(core.LocalUser("robin"), "E000001", "notes", "seen")
	w.tell(kit.Notice{List: fmt.Sprint(w.list.ID), Version: 99})
	if got := cursorLine(app); got != line {
		t.Errorf("the cursor is on %q, want %q", got, line)
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(120, 40))
	app.Play("y")
	app.WaitIdle()
	if got := app.Clipboard(); got != "E000001" {
		t.Errorf("the clipboard holds %q", got)
	}
	app.Play("space", "space", "Y")
	shows(t, app, "Copied 2 rows")
	rows := strings.Split(app.Clipboard(), "\n")
	if len(rows) != 2 || !strings.HasPrefix(rows[0], "E000001\tIda\tInglewood\t") || strings.Count(rows[1], "\t") != 11 {
		t.Errorf("the clipboard holds %q", rows)
	}
}

func TestExportWritesWhoIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	var path string
	var uids []string
	w.write = func(_ context.Context, to string, l coreroster.List, rows iter.Seq[coreroster.Values]) error {
		if to == "taken.csv" {
			return fault.New(fault.Conflict, "There is a file taken.csv already")
		}
		path, uids = to, nil
		for v := range rows {
			uids = append(uids, l.UID(v))
		}
		return nil
	}
	app := w.start(terminal.Size(120, 40))
	app.Play("]", "/")
	app.Type("number:e00001")
	app.Play("enter", "W")
	shows(t, app, "Export 10 people", "staff.csv")
	app.Play("ctrl+u")
	app.Type("taken.csv")
	app.Play("enter")
	shows(t, app, "There is a file taken.csv already")
	app.Play("W", "enter")
	shows(t, app, "Wrote 10 people to staff.csv")
	if path != "staff.csv" || len(uids) != 10 || !slices.IsSortedFunc(uids, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("%s holds %v", path, uids)
	}
}

func TestMouse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1204)
	app := w.start(terminal.Size(120, 40))
	app.WaitIdle()
	app.Click(20, 2) // the title of First name
	shows(t, app, "by First name ↑")
	app.Click(20, 2)
	shows(t, app, "by First name ↓")
	app.Click(20, 2)
	lacks(t, app, "by First name")
	app.Click(5, 5)
	if line := cursorLine(app); !strings.Contains(line, "E000003") {
		t.Errorf("the cursor is on %q", line)
	}
	app.WaitIdle()
	app.Click(5, 5)
	shows(t, app, "Staff › Maja Dalgaard")
	app.Play("esc")
	app.WaitIdle()
	app.Click(3, 1)
	app.Type("zoe")
	shows(t, app, "/ zoe")
}

func TestPlainSaysInWordsWhereItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	m := w.model(true)
	app := terminal.Start(t, m, terminal.Size(80, 24), terminal.Program(m.ProgramOptions()...))
	app.Play("right", "[")
	shows(t, app, "column First name", "by First name asc", "> ")
	lacks(t, app, "│", "▌", "↑")
}

func TestEveryLineIsExactlyAsWideAsTheTerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.add("E1", "👩‍👩‍👧‍👦 Ana", "عبد الرحمن")
	w.add("E2", "美咲", "山田")
	w.add("E3", "Zoe\u0301", "n\u0303a\u0303o")
	w.add("E4", "\u202eevil", "e\tf")
	for _, size := range [][2]int{{60, 20}, {83, 24}, {111, 30}, {250, 80}} {
		app := w.start(terminal.Size(size[0], size[1]))
		app.Play("/", "a")
		for i, line := range app.Lines() {
			if got := len([]rune(line)); got < size[0]/2 {
				t.Errorf("line %d at %v is %q", i, size, line)
			}
		}
		shows(t, app, "E1", "E3", "n\u0303a\u0303o")
	}
}

func TestLeavingEndsWhatIsGoingOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 300)
	app := w.start(terminal.Size(120, 40))
	app.Press("/", "a", "b", "c", "esc")
	app.Press("q") // only the first screen: this one
	if err := app.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// connect makes the list one whose first names a directory owns, with one
// person in it who is linked.
func (w *world) connect() {
	w.tb.Helper()
	m := mapping.Mapping{Attribute: "givenName", Field: "first_name", On: true}
	w.must(w.engine.ChangeList(context.Background(), kim, w.list.ID, func(l *coreroster.List) error {
		l.Connection = coreroster.Connection{ID: "hq", Kind: "entra"}
		l.Mappings = []mapping.Mapping{m, {Attribute: "surname", Field: "last_name"}, {Attribute: "id", Field: "number", On: true}}
		return nil
	}))
	names := []string{"id", "givenName", "surname"}
	cells := func(texts ...string) (out []mapping.Cell) {
		for _, text := range texts {
			out = append(out, mapping.Cell{Text: text})
		}
		return out
	}
	d, err := w.engine.Plan(context.Background(), core.Intake{
		List: w.list.ID, Origin: changeset.Sync, Connection: "hq", Attributes: names,
		Mappings: []mapping.Mapping{m, {Attribute: "surname", Field: "last_name", On: true}, {Attribute: "id", Field: "number", On: true}},
		Records: func(yield func([]mapping.Record, error) bool) {
			yield([]mapping.Record{
				{Line: 1, Anchor: "a-1", Cells: cells("E1", "Ada", "Example")},
				{Line: 2, Anchor: "a-2", Cells: cells("E2", "Bo", "Sample")},
			}, nil)
		},
	})
	w.must(err)
	_, err = w.engine.ApplyDraft(context.Background(), core.LocalUser("the schedule"), d, core.How{})
	w.must(err)
}

func TestDetailsStandWhereAWiderTerminalHasRoomForThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	app := w.start(terminal.Size(80, 24))
	app.Play("down")
	lacks(t, app, "History")
	app.Resize(120, 40)
	shows(t, app, "History", "added, with 11 values")
}

// A list that was opened before anybody was in it shows the values whole of
// those who come.
func TestColumnsFitWhoeverComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	app := w.start(terminal.Size(120, 40))
	app.WaitIdle()
	w.add("NUMBER-OF-SOMEBODY", "Anna-Magdalena", "van der Linden-Hall")
	w.tell(kit.Notice{List: fmt.Sprint(w.list.ID), Version: 99})
	shows(t, app, "NUMBER-OF-SOMEBODY  Anna-Magdalena  van der Linden-Hall")
}
