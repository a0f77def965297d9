package imports_test

import (
	"slices"
	"strings"
	"testing"

	"muster/core/roster"
	"muster/tui/terminal"
)

// What is hidden in a list is not suggested, and can be chosen all the same.
func TestHiddenFieldsAreNotSuggested(t *testing.T) {
	c := new(clock)
	home(t, map[string]string{"staff.csv": "Number,Name,Fax\nE1,Ada,020 1\n"})
	e := open(t, c.Now)
	l := roster.List{Slug: "staff", Name: "Staff"}
	for _, f := range []roster.Field{{Key: "number", UID: true}, {Key: "name"}, {Key: "fax", Hidden: true}} {
		if err := l.Schema.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	l, err := e.CreateList(t.Context(), kim, l)
	if err != nil {
		t.Fatal(err)
	}
	app := run(t, c, e, &l, terminal.Size(100, 30))
	app.Type("staff.csv")
	app.Play("enter", "down", "down")
	if !slices.ContainsFunc(app.Lines(), func(line string) bool { return strings.HasPrefix(line, "▌") && strings.Count(line, "Fax") == 1 }) {
		t.Errorf("a hidden field is suggested:\n%s", app.Screen())
	}
	app.Play("enter")
	wants(t, app.Screen(), "text, hidden")
	app.Type("fax")
	app.Play("enter", "ctrl+s", "a", "y")
	p, err := e.PersonByUID(t.Context(), l.ID, "E1")
	if err != nil || p.Values.Get(3) != "020 1" {
		t.Errorf("they have %q, %v on\n%s", p.Values.Get(3), err, app.Screen())
	}
}
