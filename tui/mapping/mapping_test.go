package mapping_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping"
	"muster/tui/terminal"
	"muster/tui/theme"
)

func sized(t *testing.T, test func(t *testing.T, width, height int)) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) { test(t, size.width, size.height) })
	}
}

func TestItLooksRight(t *testing.T) {
	sized(t, func(t *testing.T, width, height int) {
		w := newWorld(t).connected().peopled(30)
		app := w.app(terminal.Size(width, height))
		show := func(name string) {
			t.Helper()
			terminal.Golden(t, fmt.Sprintf("%s-%dx%d", name, width, height), app.Screen())
		}
		show("editor")
		find(app, "Job title")
		show("found")
		play(app, "esc", "enter")
		show("field")
		play(app, "=new", "enter")
		show("new-field")
		play(app, "ctrl+u", "=Title on the card", "enter", "t")
		show("steps-none")
		play(app, "enter", "=case")
		show("picker")
		play(app, "ctrl+u", "=upper", "enter")
		show("steps")
		play(app, "enter", "2")
		show("edited")
		play(app, "tab")
		show("pane")
		play(app, "tab", "ctrl+s")
		show("price")
		play(app, "a")
		show("ask")
		play(app, "enter")
		show("saved")
	})
}

func TestPlainIsInWords(t *testing.T) {
	w := newWorld(t).connected().peopled(12)
	app := w.start(true, "job_title", terminal.Size(80, 24))
	terminal.Golden(t, "plain-80x24", app.Screen())
	play(app, "t")
	terminal.Golden(t, "plain-steps-80x24", app.Screen())
}

// A terminal of forty columns is narrow, but nothing is out of reach.
func TestFortyColumns(t *testing.T) {
	w := newWorld(t).connected().peopled(12)
	app := w.app(terminal.Size(40, 15))
	find(app, "Job title")
	terminal.Golden(t, "narrow-40x15", app.Screen())
	play(app, "tab")
	terminal.Golden(t, "narrow-pane-40x15", app.Screen())
	play(app, "esc", "t", "enter", "=upper", "enter")
	terminal.Golden(t, "narrow-steps-40x15", app.Screen())
	play(app, "enter", "ctrl+s")
	terminal.Golden(t, "narrow-price-40x15", app.Screen())
	play(app, "a", "enter")
	if got := w.value("E00002", "job_title"); got != "TECHNICIAN" {
		t.Errorf("the title is %q", got)
	}
}

// A mapping is built from nothing, seen at work, saved, and taken back: the field
// goes with it.
func TestAMappingFromNothingAndBack(t *testing.T) {
	w := newWorld(t).connected().peopled(30)
	app := w.app(terminal.Size(120, 40))
	find(app, "badge")
	wants(t, app, "Badge colour", "30 of 30 people have it", "blue")
	play(app, "space", "=Ribbon", "enter")
	wants(t, app, "New field of Staff", "Ribbon")
	play(app, "esc", "space", "=new", "enter")
	wants(t, app, "New field of Staff", "Badge colour")
	play(app, "enter")
	wants(t, app, "Badge colour (new)", "1 unsaved: would change 30 people")
	play(app, "t", "enter", "=put before", "enter", "=the ", "enter")
	wants(t, app, `prefix("the ")`, "the blue")
	play(app, "enter", "t", "enter", "=title case", "enter", "ctrl+s")
	wants(t, app, "the blue", "The Blue")
	play(app, "ctrl+s")
	wants(t, app, "Saving these mappings changes 30 of 30 people: Badge colour 30", "New field: Badge colour", "Locked from then on", "The Blue")
	without(t, app, "a field that is gone")
	play(app, "a", "enter")
	wants(t, app, "Saved; 30 people changed; z takes it back", "Badge colour")
	without(t, app, "unsaved", "(new)")
	if got := w.value("E00007", "badge_colour"); got != "The Blue" {
		t.Errorf("the badge is %q", got)
	}
	w.clock.move(time.Second)
	play(app, "z")
	wants(t, app, "Undo?", "30 people")
	w.clock.move(time.Second)
	play(app, "enter")
	if got := w.value("E00007", "badge_colour"); got != "(no such field)" {
		t.Errorf("after the undo the badge is %q", got)
	}
	if _, ok := w.mapped("urn:ietf:params:scim:schemas:extension:cards:2.0:User:badgeColour", "badge_colour"); ok {
		t.Error("the mapping is still there after the undo")
	}
	wants(t, app, "Undone")
}

// What changes the UID explains itself, and is held for review.
func TestTheUIDIsHeldForReview(t *testing.T) {
	w := newWorld(t).connected().peopled(30)
	app := w.app(terminal.Size(120, 40))
	find(app, "Employee number")
	play(app, "space")
	wants(t, app, "Employee number feeds Employee number, by which everybody is known", "press u")
	play(app, "esc", "x")
	wants(t, app, "press u")
	play(app, "esc", "u")
	wants(t, app, "It feeds the UID already")
	play(app, "esc", "/", "=Username", "enter", "g", "u")
	wants(t, app, "Know everybody by Username?", "Employee number is the UID", "then it is held for")
	w.clock.move(time.Second)
	play(app, "y")
	wants(t, app, "2 unsaved: would change 30 people", "Saving will be held for review")
	play(app, "ctrl+s")
	wants(t, app, "Held for review: Employee number is what people are known by")
	play(app, "a")
	wants(t, app, "It is held for review: p puts it there")
	play(app, "p")
	wants(t, app, "The mappings wait here", "held", "E00001 → ada.abbot0")
	play(app, "esc")
	wants(t, app, "Mapping", "Changed mappings of kim wait in changeset")
	without(t, app, "unsaved")
	if got := w.value("E00001", "employee_number"); got != "E00001" {
		t.Errorf("the UID is %q before the review", got)
	}
}

// Two mappings to one field are ordered or refused, as is asked for.
func TestTwoMappingsToOneField(t *testing.T) {
	w := newWorld(t).connected().peopled(30)
	app := w.app(terminal.Size(120, 40))
	find(app, "Employee type")
	play(app, "enter", "=Job title", "enter")
	wants(t, app, "Job title feeds Job title already", "Only Employee type", "Employee type where Job title is empty", "Job title where Employee type is empty")
	play(app, "down", "enter")
	wants(t, app, "Job title (2nd)", "1 unsaved: would change nobody")
	play(app, "z")
	without(t, app, "unsaved")
	play(app, "enter", "=Job title", "enter", "down", "down", "enter")
	wants(t, app, "Job title (1st)", "2 unsaved")
	play(app, "z", "enter", "=Job title", "enter", "enter")
	wants(t, app, "2 unsaved: would change 24 people")
	play(app, "ctrl+s")
	wants(t, app, "24 people lose the value of Job title")
}

// What is edited is neither lost nor put over what somebody else saved.
func TestSomebodyElseChangesTheMappings(t *testing.T) {
	w := newWorld(t).connected().peopled(30)
	app := w.app(terminal.Size(120, 40))
	find(app, "Job title")
	play(app, "t", "enter", "=upper", "enter", "enter", "esc")
	wants(t, app, "1 unsaved")
	w.changes("sam", func(l *roster.List) {
		for i := range l.Mappings {
			if m := &l.Mappings[i]; m.Field == "department" {
				m.Transforms = []coremapping.Transform{coremapping.Collapse}
			}
		}
	})
	wants(t, app, "Somebody has changed these mappings meanwhile", "uppercase")
	play(app, "ctrl+s")
	wants(t, app, "Put mine on top of theirs", "Take theirs")
	play(app, "enter")
	wants(t, app, "Your edits stand on theirs now", "1 unsaved", "uppercase", "collapse")
	play(app, "ctrl+s", "a", "enter")
	wants(t, app, "Saved")
	if m, _ := w.mapped("title", "job_title"); coremapping.PrintTransforms(m.Transforms) != "uppercase" {
		t.Errorf("the job title's transforms are %v", m.Transforms)
	}
	if got := w.value("E00008", "department"); got != "Science and Law" {
		t.Errorf("what sam saved is gone: %q", got)
	}
	// Both on the same line.
	find(app, "Job title")
	play(app, "t", "x", "up", "x", "enter", "=lower", "enter", "enter", "esc")
	w.changes("sam", func(l *roster.List) {
		for i := range l.Mappings {
			if m := &l.Mappings[i]; m.Field == "job_title" {
				m.Vanished = coremapping.Keep
			}
		}
	})
	play(app, "ctrl+s", "enter")
	wants(t, app, "Both of you changed Job title")
}

// changes has somebody else change the list's mappings.
func (w *world) changes(who string, change func(*roster.List)) {
	w.t.Helper()
	d, err := w.PlanChange(ctx, w.list.ID, core.ListChange{Note: "another hand", Make: func(l *roster.List) error {
		change(l)
		return nil
	}})
	w.must(err)
	_, err = w.ApplyDraft(ctx, core.LocalUser(who), &d.Draft, core.How{})
	w.must(err)
}

func TestLeavingAsks(t *testing.T) {
	w := newWorld(t).connected().peopled(3)
	app := w.app(terminal.Size(100, 30))
	find(app, "Job title")
	play(app, "space")
	wants(t, app, "1 unsaved")
	play(app, "esc", "esc")
	wants(t, app, "Leave without saving?", "1 changed line of the mapping is not saved")
	play(app, "n", "ctrl+c")
	wants(t, app, "Leave without saving?")
	w.clock.move(time.Second)
	play(app, "n", "esc")
	w.clock.move(time.Second)
	play(app, "y")
	without(t, app, "Mapping ")
}

// Turning a mapping off unlocks its field and keeps what is there.
func TestOffUnlocksAndKeeps(t *testing.T) {
	w := newWorld(t).connected().peopled(30)
	app := w.app(terminal.Size(100, 30))
	find(app, "Job title")
	play(app, "space", "ctrl+s")
	wants(t, app, "changes nobody now", "Unlocked; it keeps its values: Job title")
	play(app, "a", "enter")
	wants(t, app, "Saved; nobody changed")
	if got := w.value("E00002", "job_title"); got != "Technician" {
		t.Errorf("the title is %q", got)
	}
	if _, owned := w.list.Owner("job_title"); owned {
		t.Error("the field is still locked")
	}
	w.clock.move(time.Minute)
	play(app, "z")
	wants(t, app, "Undone")
	if w.reread(); !owned(&w.list, "job_title") {
		t.Error("the field is not locked after the undo")
	}
}

func owned(l *roster.List, field string) bool {
	_, ok := l.Owner(field)
	return ok
}

// Bad parameters are refused where they are typed, with what is wrong; what a
// transform makes of nothing is seen before it is saved.
func TestBadTransforms(t *testing.T) {
	w := newWorld(t).connected().peopled(30)
	app := w.app(terminal.Size(120, 40))
	find(app, "Work phone")
	play(app, "t", "enter", "=e164", "enter", "=USA", "enter")
	wants(t, app, `e164 does not know the country "USA"`)
	play(app, "backspace", "enter")
	wants(t, app, "e164(US)", "+120255501")
	play(app, "enter", "3")
	wants(t, app, "can be no", "invalid 5")
	play(app, "t", "enter", "=take what a regular", "enter", "=(", "enter")
	wants(t, app, "cannot be read")
	play(app, "ctrl+u", `=\d{9}Z`, "enter")
	wants(t, app, "has nothing that")
	play(app, "enter")
	wants(t, app, "1 unsaved", "invalid 30")
	play(app, "ctrl+s")
	wants(t, app, "30 people lose the value of Phone", "transform could not handle")
}

// The step that looks at other attributes is shown with real ones, and people
// write their labels.
func TestAStepThatLooksAtOthers(t *testing.T) {
	w := newWorld(t).connected().peopled(30)
	app := w.app(terminal.Size(120, 40))
	find(app, "Display name")
	play(app, "t", "enter", "=join", "enter", "={Last name}, {First name}", "enter")
	wants(t, app, "join(", "Abbot, Ada")
	play(app, "right")
	wants(t, app, "2 of 30")
	play(app, "enter")
	wants(t, app, "would change 30 people", "Abbot, Ada")
}

// One reads of anybody: the next who is empty, changed, refused.
func TestStepsThroughPeople(t *testing.T) {
	w := newWorld(t).connected().peopled(30)
	app := w.app(terminal.Size(120, 40))
	find(app, "Department")
	play(app, "esc", "t", "enter", "=collapse", "enter", "enter")
	wants(t, app, "changed 5", "25", "Science and Law")
	play(app, "2")
	first := wants(t, app, `"  Science  and Law "`, "Science and Law", "1 of 5")
	play(app, "2")
	if second := wants(t, app, "2 of 5"); second == first {
		t.Error("the next one is the same")
	}
	play(app, "4")
	wants(t, app, "There is nobody whose value is too long")
	play(app, "0", "right")
	wants(t, app, "of 30")
	play(app, "F")
	wants(t, app, "Department: 2 values of 30 people", "83.3 %")
	play(app, "esc", "o")
	wants(t, app, "Employee number", "History")
}

// Resetting, copying and importing put other mappings in place of all; nothing
// is saved by that alone.
func TestAllMappingsAtOnce(t *testing.T) {
	w := newWorld(t).connected().peopled(10)
	app := w.app(terminal.Size(120, 40))
	play(app, "W", "enter")
	wants(t, app, "Wrote the mappings to staff-mapping.toml")
	find(app, "Job title")
	play(app, "x", "esc")
	wants(t, app, "1 unsaved")
	play(app, "W")
	wants(t, app, "Save first")
	play(app, "R", "y")
	wants(t, app, "nothing is different from what is saved")
	find(app, "Job title")
	play(app, "x", "esc", "ctrl+s", "a", "enter", "I", "enter")
	wants(t, app, "1 line is another than saved", "1 unsaved")
	play(app, "z", "C")
	wants(t, app, "No other list has mappings")
	if _, ok := w.mapped("title", "job_title"); ok {
		t.Error("it is saved already")
	}
}

// A list that nothing feeds says what to do.
func TestNothingFeedsTheList(t *testing.T) {
	w := newWorld(t)
	var err error
	w.list, err = w.CreateList(ctx, sam, roster.List{Slug: "staff", Name: "Staff"})
	w.must(err)
	app := w.app(terminal.Size(80, 24))
	wants(t, app, "Nothing feeds Staff by itself", "P", "CSV file")
	play(app, "t")
	wants(t, app, "The list is not connected; P connects it")
	play(app, "P")
	wants(t, app, "Provider")
}

// The value that vanishes is dealt with as is said for each mapping.
func TestWhatVanishes(t *testing.T) {
	w := newWorld(t).connected().peopled(3)
	app := w.app(terminal.Size(120, 40))
	find(app, "Job title")
	wants(t, app, "emptied (V)")
	play(app, "V")
	wants(t, app, "keeps the", "last (V)", "1 unsaved")
	play(app, "ctrl+s", "a", "enter")
	if m, _ := w.mapped("title", "job_title"); m.Vanished != coremapping.Keep {
		t.Errorf("it is %q", m.Vanished)
	}
	head, err := w.Overview(ctx, w.list.ID, 1)
	w.must(err)
	if head[0].Origin != changeset.Mapping || !strings.Contains(head[0].Note, "Job title") {
		t.Errorf("the changeset is %s of %q", head[0].Origin, head[0].Note)
	}
}

// Five hundred attributes, with labels of two hundred characters, are found by
// the filter and drawn at any width.
func TestVeryManyAttributes(t *testing.T) {
	w := newWorld(t).connected().peopled(5)
	w.wide(500)
	long := strings.Repeat("العربية 🎓 ", 18)
	w.must(w.ChangeList(ctx, sam, w.list.ID, func(l *roster.List) error {
		if err := l.Schema.Add(roster.Field{Key: "long", Label: strings.ToValidUTF8(long[:198], "")}); err != nil {
			return err
		}
		l.Mappings = append(l.Mappings, coremapping.Mapping{
			Attribute: "urn:example:" + strings.Repeat("very.long.", 40) + "2.0:User:" + strings.Repeat("name", 50), Field: "long", On: true,
		})
		return nil
	}))
	w.reread()
	for _, size := range []struct{ width, height int }{{40, 8}, {60, 20}, {250, 80}} {
		app := w.app(terminal.Size(size.width, size.height))
		play(app, "G", "g", "pgdown", "pgdown")
		find(app, "attribute499")
		wants(t, app, "1 of 5")
		play(app, "tab", "tab", "esc")
		find(app, "namename")
		play(app, "t", "esc", "enter", "esc", "F", "esc", "tab", "tab")
		for _, line := range app.Lines() {
			if got := len([]rune(line)); got > 2*size.width {
				t.Errorf("a line is %d runes wide at %d columns: %q", got, size.width, line)
			}
		}
		app.Resize(60, 20)
		play(app, "esc")
		wants(t, app, "Mapping")
	}
}

// A regular expression that matches nothing empties what there is: that is seen,
// and held.
func TestARegexThatMatchesNothing(t *testing.T) {
	w := newWorld(t).connected().peopled(60)
	app := w.app(terminal.Size(120, 40))
	find(app, "Job title")
	play(app, "t", "e", "=extract(\"^\\d+$\")", "enter", "enter")
	wants(t, app, "would change 48 people", "Saving will be held for review", "Job title would be emptied for 48", "invalid 48")
	play(app, "ctrl+s")
	wants(t, app, "48 people lose the value of Job title")
	play(app, "p")
	wants(t, app, "held", "48 update", "the list's own fields")
	if got := w.value("E00002", "job_title"); got != "Technician" {
		t.Errorf("the title is %q", got)
	}
	play(app, "x")
	w.clock.move(time.Second)
	play(app, "y")
	wants(t, app, "rejected")
	play(app, "esc")
	without(t, app, "unsaved", "wait in changeset")
}

// A provider that goes on pushing disturbs nobody who edits, and neither does
// somebody who adds a field.
func TestPushesWhileOneEdits(t *testing.T) {
	w := newWorld(t).connected().peopled(6)
	app := w.app(terminal.Size(120, 40))
	find(app, "Job title")
	play(app, "t", "enter", "=upper", "enter", "enter", "V", "esc")
	wants(t, app, "1 unsaved")
	without(t, app, "counted")
	for i := range 3 {
		w.clock.move(4 * time.Second)
		w.push(10+i, "Porter")
	}
	wants(t, app, "1 unsaved", "the last (V)", "counted 12 s ago")
	w.changes("sam", func(l *roster.List) { w.must(l.Schema.Add(roster.Field{Key: "card", Label: "Card"})) })
	wants(t, app, "1 unsaved")
	without(t, app, "Somebody has changed")
	play(app, "enter")
	wants(t, app, "Card")
	play(app, "esc", "ctrl+s", "a", "enter")
	wants(t, app, "Saved")
	if got := w.value("E00012", "job_title"); got != "PORTER" {
		t.Errorf("the title is %q", got)
	}
	if _, ok := w.list.Schema.ByKey("card"); !ok {
		t.Error("the field that sam added is gone")
	}
}

// While a provider pushes all the time everybody is gone through now and then,
// which comes to be without another push, and how old the counts are is said.
func TestHowOldTheCountsAreIsSaid(t *testing.T) {
	w := newWorld(t).connected().peopled(6)
	env := kit.NewEnv(theme.Options{}, w.clock.Now)
	screen := mapping.New(env, w.Engine, kim, &w.list, "", w.doors(env))
	var later []kit.Later // what is due by itself
	var follow func(action kit.Action)
	follow = func(action kit.Action) {
		switch action := action.(type) {
		case kit.All:
			for _, a := range action {
				follow(a)
			}
		case kit.Run:
			follow(screen.Update(action.Cmd()))
		case kit.Later:
			if action.After > time.Second {
				later = append(later, action)
			}
		}
	}
	see := func(want bool, age string) {
		t.Helper()
		if view := screen.View(120, 30); strings.Contains(view, "counted") != want || !strings.Contains(view, age) {
			t.Errorf("wanted %q:\n%s", age, view)
		}
	}
	follow(screen.Update(kit.Shown{First: true}))
	see(false, "")
	for i := range 3 {
		w.clock.move(5 * time.Second)
		w.push(10+i, "Porter")
		follow(screen.Update(kit.Notice{}))
	}
	see(true, "counted 15 s ago")
	if len(later) != 1 || later[0].After != 25*time.Second {
		t.Fatalf("%v is due by itself", later)
	}
	w.clock.move(15 * time.Second)
	follow(screen.Update(later[0].Msg))
	see(false, "9 of 9 people")
}
