package person_test

import (
	"context"
	"strings"
	"testing"

	"muster/core/roster"
	"muster/tui/terminal"
)

// change has the list's fields be otherwise.
func (w *world) change(change func(*roster.List) error) {
	w.tb.Helper()
	w.must(w.engine.ChangeList(context.Background(), kim, w.list.ID, change))
	var err error
	w.list, err = w.engine.List(context.Background(), w.list.Slug)
	w.must(err)
}

func TestTagsAreEditedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(l *roster.List) error {
		return l.Schema.Add(roster.Field{Key: "groups", Label: "Groups", Type: roster.Tags})
	})
	w.set("E1", "groups", "", "staff, library")
	w.set("E2", "groups", "", "Science")
	app := w.start(terminal.Size(100, 30))
	app.Play("down", "down", "down", "down", "down", "down")
	shows(t, app, "library, staff", "any number of words, with commas between", "Groups: + library, staff")
	app.Play("e")
	shows(t, app, "Groups of Ada Example", "✓  library", "✓  staff", "Science")
	app.Play("space", "end", "space", "n")
	app.Type("first aid, Staff")
	app.Play("enter")
	shows(t, app, "−  library", "+  Science", "+  first aid", "✓  staff")
	terminal.Golden(t, "tags-100x30", app.Screen())
	app.Play("enter")
	shows(t, app, "first aid, Science, staff", "Groups: + first aid, Science; − library", "z undoes it")
	app.Play("z")
	if got := w.value("E1", "groups"); got != "library, staff" {
		t.Errorf("the groups are %q", got)
	}
	app.Play("e", "x", "esc")
	shows(t, app, "Press esc again to lose what you did here")
	app.Play("esc")
	if got := w.value("E1", "groups"); got != "library, staff" {
		t.Errorf("the groups are %q", got)
	}
}

func TestHiddenFieldsComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("E1", "notes", "", "Left-handed")
	hide := func(hidden bool) {
		w.change(func(l *roster.List) error {
			return l.Schema.Edit("notes", func(f *roster.Field) error {
				f.Hidden = hidden
				return nil
			})
		})
	}
	hide(true)
	app := w.start(terminal.Size(100, 30))
	shows(t, app, "1 hidden field; . shows them")
	if strings.Contains(app.Screen(), "Notes            ") {
		t.Errorf("a hidden field is shown:\n%s", app.Screen())
	}
	app.Play(".")
	shows(t, app, "Notes            Left-handed")
	app.Play(".")
	shows(t, app, "1 hidden field")
	hide(false)
	app = w.start(terminal.Size(100, 30))
	shows(t, app, "Notes            Left-handed")
	app.Play(".")
	shows(t, app, "No field of this list is hidden")
}
