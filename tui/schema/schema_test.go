package schema_test

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/terminal"
)

func TestFieldsLookRight(t *testing.T) {
	t.Parallel()
	w := staff(t)
	for _, size := range []struct{ width, height int }{{40, 20}, {60, 20}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			app := w.start(terminal.Size(size.width, size.height))
			reach(t, app, "Department")
			terminal.Golden(t, fmt.Sprintf("fields-%dx%d", size.width, size.height), app.Screen())
		})
	}
	app := w.startAs(kim, true, terminal.Size(80, 24))
	app.Play("down")
	terminal.Golden(t, "plain-80x24", app.Screen())
	empty := newWorld(t, nil, 0, nil)
	terminal.Golden(t, "empty-80x24", empty.start(terminal.Size(80, 24)).Screen())
}

func TestAFieldIsAdded(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("n")
	app.Type("Card colour")
	app.Play("enter")
	shows(t, app, "+  Card colour", "card_colour", "1 unsaved: nobody's values would change")
	app.Play("ctrl+s")
	shows(t, app, "Saved; nobody changed; z undoes it", "8 fields")
	if f := w.field("card_colour"); f.Type != roster.Text || f.Label != "Card colour" {
		t.Errorf("the field is %+v", f)
	}
	app.Play("z")
	shows(t, app, "Undone", "7 fields")
}

func TestAFieldIsRenamedAndKeepsItsKey(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Year")
	app.Play("e")
	shows(t, app, "Field Year", "never changes: files and mappings know the field by it")
	app.Play("ctrl+u")
	app.Type("Department")
	app.Play("enter")
	shows(t, app, "There is a field Department already")
	app.Play("ctrl+u")
	app.Type("Year of entry")
	app.Play("enter")
	shows(t, app, "~  Year of entry", "Not saved: called Year of entry, was Year.", "1 unsaved")
	app.Play("z")
	shows(t, app, "Taken back: what Year is", "7 fields")
	lacks(t, app, "unsaved")
	app.Play("Z", "ctrl+s")
	shows(t, app, "Saved; nobody changed")
	if f := w.field("year"); f.Label != "Year of entry" {
		t.Errorf("the field is %+v", f)
	}
}

func TestFieldsAreReordered(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Fax")
	app.Play("shift+up", "K", "K")
	shows(t, app, "1 unsaved")
	app.Play("ctrl+s")
	if l := w.list(); l.Schema.Fields[3].Key != "fax" || len(l.Schema.Fields) != 7 {
		t.Errorf("the fields are %+v", l.Schema.Fields)
	}
	app.Play("z")
	if l := w.list(); l.Schema.Fields[6].Key != "fax" {
		t.Errorf("the fields are %+v", l.Schema.Fields)
	}
}

func TestAChangeOfTypeShowsWhatDoesNotConvert(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Year")
	app.Play("t")
	shows(t, app, "What does Year hold?", "sorted and compared as numbers")
	app.Type("number")
	app.Play("enter")
	shows(t, app, "4 values are no number", "n/a", "E003", "Dima Stone", "x keeps it, and empties these values when you save")
	terminal.Golden(t, "convert-100x30", app.Screen())
	app.Play("enter")
	shows(t, app, "Taken back: the type of Year")
	lacks(t, app, "unsaved")
	app.Play("t")
	app.Type("number")
	app.Play("enter", "x")
	shows(t, app, "1 unsaved: 4 people would change, 4 values lost", "values that do not fit are emptied")
	if w.values("year")["n/a"] != 4 {
		t.Error("something was emptied before it was saved")
	}
	app.Play("ctrl+s")
	shows(t, app, "Year: 4 values, which do not fit, are emptied.", "z takes it back")
	w.pass()
	app.Play("y")
	shows(t, app, "Saved; 4 people changed; z undoes it")
	if f, v := w.field("year"), w.values("year"); f.Type != roster.Number || v[""] != 4 || v["n/a"] != 0 {
		t.Errorf("the field is %+v, the values %v", f, v)
	}
	app.Play("z")
	shows(t, app, "Undone")
	if f, v := w.field("year"), w.values("year"); f.Type != roster.Text || v["n/a"] != 4 {
		t.Errorf("after the undo the field is %+v, the values %v", f, v)
	}
}

func TestAnOptionIsRenamedWithItsValues(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Department")
	app.Play("o")
	shows(t, app, "Options of Department", "Sci", "14")
	app.Play("e", "ctrl+u")
	app.Type("Science")
	app.Play("enter")
	shows(t, app, "was Sci")
	app.Play("n")
	app.Type("Music, Drama")
	app.Play("enter")
	terminal.Golden(t, "options-100x30", app.Screen())
	app.Play("enter")
	shows(t, app, "option Sci becomes Science; 2 more options", "14 people would change")
	app.Play("ctrl+s")
	shows(t, app, "Department: 14 values change; Sci → Science 14.")
	app.Play("y")
	shows(t, app, "Saved; 14 people changed")
	if v := w.values("department"); v["Science"] != 14 || v["Sci"] != 0 {
		t.Errorf("the values are %v", v)
	}
	if f := w.field("department"); fmt.Sprint(f.Options) != "[Science Law Arts Music Drama]" {
		t.Errorf("the options are %v", f.Options)
	}
}

func TestOptionsSwapAndJoin(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Department")
	app.Play("o")
	name := func(key, to string) {
		app.Play("home")
		for range key {
			app.Play("down")
		}
		app.Play("e", "ctrl+u")
		app.Type(to)
		app.Play("enter")
	}
	name("", "x")     // Sci
	name("d", "Sci")  // Law
	name("", "Law")   // Sci, which is x
	name("dd", "Law") // Arts joins what was Sci
	app.Play("enter", "ctrl+s")
	shows(t, app, "The guard holds it: 40 updates", "Type 40 to save")
	app.Type("40")
	app.Play("enter")
	if v := w.values("department"); v["Law"] != 14+13 || v["Sci"] != 13 || len(v) != 2 {
		t.Errorf("the values are %v on\n%s", v, app.Screen())
	}
}

func TestAnOptionInUseIsNotJustRemoved(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Department")
	app.Play("o", "x")
	shows(t, app, "14 people have Sci")
	app.Play("enter")
	shows(t, app, "14 values are none of the options")
	app.Play("enter")
	lacks(t, app, "unsaved")
	app.Play("o", "x", "enter", "x", "ctrl+s")
	w.pass()
	app.Play("y")
	if v := w.values("department"); v["Sci"] != 0 || v[""] != 14 {
		t.Errorf("the values are %v on\n%s", v, app.Screen())
	}
}

func TestRequiredSaysWhoHasNone(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Fax")
	app.Play("e", "tab", "tab", "right", "enter")
	shows(t, app, "required", "30 active people have none")
	app.Play("ctrl+s")
	if !w.field("fax").Required {
		t.Errorf("it is not required:\n%s", app.Screen())
	}
}

func TestUniqueIsRefusedWhereValuesAreShared(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Fax")
	app.Play("e", "tab", "tab", "tab", "right", "enter")
	shows(t, app, "Fax: what stands in the way", "020 0000", "E004", "5 people have the same", "Fax 020 0000 is Ada Stone's, too")
	lacks(t, app, "empty 10 values")
	app.Play("enter")
	lacks(t, app, "unsaved")
	reach(t, app, "E-mail")
	app.Play("e", "tab", "tab", "tab", "right", "enter", "ctrl+s")
	if !w.field("email").Unique {
		t.Errorf("it is not unique:\n%s", app.Screen())
	}
}

func TestAFieldIsHiddenAndComesBack(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Fax")
	app.Play("space", "ctrl+s")
	shows(t, app, "7 fields, 1 hidden", "It is hidden")
	if !w.field("fax").Hidden {
		t.Error("it is not hidden")
	}
	app.Play("space", "ctrl+s")
	if w.field("fax").Hidden {
		t.Error("it is hidden still")
	}
}

func TestDeletingShowsWhatIsLostAndIsUndone(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Fax")
	app.Play("x")
	shows(t, app, "−  Fax", "To be deleted when you save: 10 people lose a value")
	app.Play("x")
	lacks(t, app, "unsaved")
	app.Play("x", "ctrl+s")
	shows(t, app, "Fax is deleted, and with it 10 values.")
	app.Play("y")
	shows(t, app, "That came before it could be read")
	w.pass()
	app.Play("y")
	shows(t, app, "Saved; 10 people changed", "6 fields")
	app.Play("z")
	shows(t, app, "Undo?", "fields: deleted Fax")
	app.Play("y")
	shows(t, app, "7 fields")
	if v := w.values("fax"); v["020 0000"] != 2 {
		t.Errorf("the values are %v", v)
	}
}

func TestLeavingUnsavedEditsAsks(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("end", "x", "ctrl+c")
	shows(t, app, "Leave without saving?", "1 change is not saved yet; ctrl+s saves")
}

func TestTheUIDIsChangedAfterAReview(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Number")
	app.Play("u")
	shows(t, app, "Number is the UID already")
	app.Play("x")
	shows(t, app, "make another field the UID first")
	reach(t, app, "Fax")
	app.Play("u")
	shows(t, app, "Make Fax the UID?", "10 of 40 people have one", "it waits for a review")
	app.Play("y")
	shows(t, app, "30 people have none, and could not be known by it")
	app.Play("enter")
	lacks(t, app, "unsaved")
	reach(t, app, "E-mail")
	app.Play("u", "y", "ctrl+s")
	shows(t, app, "Propose this for a review?", "people would be known by E-mail")
	app.Play("y")
	shows(t, app, "It waits for a review as changeset")
	if !w.field("number").UID {
		t.Error("it was changed unseen")
	}
	all, err := w.engine.Overview(t.Context(), w.list().ID, 1)
	w.must(err)
	_, err = w.engine.Apply(t.Context(), robin, all[0].ID, core.How{})
	w.must(err)
	w.tell(kit.Notice{List: "1", Version: 9})
	reach(t, app, "E-mail")
	shows(t, app, "The UID names a person")
	if _, err := w.engine.PersonByUID(t.Context(), w.list().ID, "p7@example.org"); err != nil {
		t.Error(err)
	}
}

func TestWhatSomebodyElseChangesIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	w := staff(t)
	mine := w.start(terminal.Size(100, 30))
	reach(t, mine, "Year")
	mine.Play("e", "ctrl+u")
	mine.Type("My year")
	mine.Play("enter")
	reach(t, mine, "Fax")
	mine.Play("e", "ctrl+u")
	mine.Type("My fax")
	mine.Play("enter")
	shows(t, mine, "2 unsaved")
	tell := w.tell
	theirs := w.startAs(robin, false, terminal.Size(100, 30))
	reach(t, theirs, "Fax")
	theirs.Play("e", "ctrl+u")
	theirs.Type("Their fax")
	theirs.Play("enter", "n")
	theirs.Type("Locker")
	theirs.Play("enter", "ctrl+s")
	shows(t, theirs, "Saved")
	mine.Play("ctrl+s") // before the notice is heard
	shows(t, mine, "Somebody else changed the fields", "Fax has been changed; your edit of it is gone", "Your other edits are still here, unsaved.")
	mine.Play("enter")
	tell(kit.Notice{List: "1", Version: 3})
	shows(t, mine, "Their fax", "My year", "Locker", "1 unsaved")
	mine.Play("ctrl+s")
	if w.field("year").Label != "My year" || w.field("fax").Label != "Their fax" {
		t.Errorf("the fields are %+v", w.list().Schema.Fields)
	}
}

func TestAThousandFieldsAndLongLabels(t *testing.T) {
	t.Parallel()
	var fields []roster.Field
	for i := range 1000 {
		fields = append(fields, roster.Field{Key: fmt.Sprintf("f%d", i), Label: fmt.Sprintf("%03d %s", i, strings.Repeat("long ", 39)), UID: i == 0})
	}
	w := newWorld(t, fields, 0, nil)
	app := w.start(terminal.Size(40, 20))
	app.Play("end", "K", "K", "ctrl+s")
	shows(t, app, "Saved", "997 long")
	if l := w.list(); l.Schema.Fields[997].Key != "f999" {
		t.Errorf("the field is at another place")
	}
	app.Play("n")
	shows(t, app, "A list has room for 1,000 fields")
}

func TestTheOptionsOfANewDropdownAreTheValuesThatThereAre(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Year")
	app.Play("t")
	app.Type("dropdown")
	app.Play("enter")
	shows(t, app, "Not saved: dropdown, was text; 6 options", "nobody's values would change")
	app.Play("ctrl+s")
	if f := w.field("year"); fmt.Sprint(f.Options) != "[2000 2001 2002 2003 2004 n/a]" {
		t.Errorf("the options are %v", f.Options)
	}
}

// room is what a door opens onto.
type room struct{ title string }

func (r room) Title() string                 { return r.title }
func (r room) Status() string                { return "" }
func (r room) Typing() bool                  { return false }
func (r room) Bindings() []kit.Binding       { return nil }
func (r room) Do(string) kit.Action          { return nil }
func (r room) Update(tea.Msg) kit.Action     { return nil }
func (r room) View(width, height int) string { return kit.Block(nil, width, height) }

func TestTheMappingThatOwnsAFieldIsShown(t *testing.T) {
	t.Parallel()
	w := staff(t)
	w.must(w.engine.ChangeList(t.Context(), kim, w.list().ID, func(l *roster.List) error {
		l.Connection = roster.Connection{ID: "hq", Kind: "entra"}
		l.Mappings = []mapping.Mapping{{Attribute: "id", Field: "number", On: true}, {Attribute: "faxNumber", Field: "fax", On: true}}
		return nil
	}))
	w.doors.Mapping = func(l *roster.List, field string) kit.Screen { return room{"mapping of " + l.Slug + " to " + field} }
	app := w.start(terminal.Size(120, 30))
	reach(t, app, "Year")
	app.Play("m")
	shows(t, app, "No mapping owns this field: it is edited by hand")
	reach(t, app, "Fax")
	shows(t, app, "← faxNumber", "Owned by the source: mapped from faxNumber", "m shows the mapping")
	app.Play("m")
	shows(t, app, "mapping of staff to fax")
	app.Play("esc", "end", "x", "ctrl+s")
	shows(t, app, "Fax is deleted, and with it 10 values")
	w.pass()
	app.Play("y")
	if l := w.list(); len(l.Mappings) != 1 || len(l.Schema.Fields) != 6 {
		t.Errorf("the mappings are %+v on\n%s", l.Mappings, app.Screen())
	}
	app.Play("z")
	if app.Play("y"); len(w.list().Mappings) != 2 {
		t.Errorf("the mapping is not back:\n%s", app.Screen())
	}
	reach(t, app, "E-mail")
	app.Play("u", "y")
	shows(t, app, "Nothing feeds E-mail")
	app.Play("esc")
	lacks(t, app, "unsaved")
}

func TestAFieldIsFoundAmongMany(t *testing.T) {
	t.Parallel()
	w := staff(t)
	app := w.start(terminal.Size(100, 30))
	app.Play("/")
	app.Type("dep")
	app.Play("enter")
	shows(t, app, "▌    Department", "14")
}

func TestHowDatesAreWrittenIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, []roster.Field{{Key: "number", UID: true}, {Key: "born", Label: "Born"}}, 12, func(n int) []string {
		born := fmt.Sprintf("%02d/%02d/1990", n+1, 3)
		if n == 11 {
			born = "unknown"
		}
		return []string{fmt.Sprint(n), born}
	})
	app := w.start(terminal.Size(100, 30))
	reach(t, app, "Born")
	app.Play("t")
	app.Type("date")
	app.Play("enter")
	shows(t, app, "values are no day that can be read in one way only", "o says how these dates are written")
	app.Play("o")
	shows(t, app, "How are these dates written?", "31/1/2026", "the month first")
	app.Play("enter")
	shows(t, app, "1 value is no day", "unknown")
	app.Play("x")
	shows(t, app, "dates are read as D/M/YYYY", "12 people would change, 1 value lost")
	app.Play("ctrl+s")
	w.pass()
	app.Play("y")
	if v := w.values("born"); v["1990-03-02"] != 1 || v["1990-03-11"] != 1 || v[""] != 1 {
		t.Errorf("the values are %v on\n%s", v, app.Screen())
	}
}
