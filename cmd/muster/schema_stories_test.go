package main

import (
	"strings"
	"testing"

	"muster/tui/terminal"
)

// fieldsPage is the picture of a list's fields, with edits that are not saved.
func fieldsPage() story {
	return story{name: "fields", size: [2]int{120, 24}, play: func(app *terminal.App) {
		app.Play("f", "end", "space", "up", "up", "up", "up", "t")
		app.Type("dropdown")
		app.Play("enter", "up", "up", "x", "down", "down")
	}, want: []string{"Fields", "3 unsaved", "values lost", "Programme"}}
}

// A field is renamed from the roster, which follows at once; the roster's own
// undo takes it back.
func TestTheFieldsOfAListAreChangedFromTheRoster(t *testing.T) {
	app := story{size: [2]int{120, 30}}.start(t, openDemo(t, 300))
	wants := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(app.Screen(), text) {
				t.Fatalf("%q is not on the screen:\n%s", text, app.Screen())
			}
		}
	}
	app.Play("enter", "f")
	wants("Lists › Students › Fields", "Programme")
	app.Play("down", "e", "ctrl+u")
	app.Type("Given name")
	app.Play("enter", "ctrl+s")
	wants("Saved; nobody changed; z undoes it")
	app.Play("end", "x", "esc")
	wants("Leave without saving?", "1 change is not saved yet; ctrl+s saves")
	app.Play("n", "z", "esc")
	wants("Given name")
	app.Play("z")
	wants("Undone: fields: changed Given name", "First Name")
}

// Another UID is proposed, looked at, applied, and rolled back, all from the
// fields.
func TestAnotherUIDIsReviewedAndRolledBack(t *testing.T) {
	app := story{size: [2]int{120, 36}}.start(t, openDemo(t, 300))
	wants := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(app.Screen(), text) {
				t.Fatalf("%q is not on the screen:\n%s", text, app.Screen())
			}
		}
	}
	app.Play("f", "down", "down", "down", "down", "u", "y", "ctrl+s")
	wants("Propose this for a review?", "people would be known by Email from")
	app.Play("y")
	wants("It waits for a review; a applies it, x rejects it", "Email becomes the UID in place of Student Number", "Fields: changed Email")
	app.Play("a", "y")
	wants("Applied: the list's own fields")
	app.Play("esc")
	wants("Email           email           email     UID", "The UID names a person")
	app.Play("z")
	wants("Undone: fields: changed Email", "Student Number  student_number  text      UID")
}
