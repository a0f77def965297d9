package roster_test

import (
	"context"
	"strings"
	"testing"

	"muster/core"
	coreroster "muster/core/roster"
	"muster/tui/terminal"
)

// change has the list's fields be otherwise.
func (w *world) change(change func(*coreroster.List) error) {
	w.tb.Helper()
	w.must(w.engine.ChangeList(context.Background(), kim, w.list.ID, change))
	var err error
	w.list, err = w.engine.List(context.Background(), w.list.Slug)
	w.must(err)
}

// tagged is a world in which some have groups.
func tagged(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 30)
	w.change(func(l *coreroster.List) error {
		if err := l.Schema.Add(coreroster.Field{Key: "groups", Label: "Groups", Type: coreroster.Tags}); err != nil {
			return err
		}
		return l.Schema.Move("groups", 1)
	})
	f, _ := w.list.Schema.ByKey("groups")
	var people []coreroster.PersonID
	w.must(w.engine.EachPerson(context.Background(), w.list.ID, func(p *coreroster.Person) error {
		people = append(people, p.ID)
		return nil
	}))
	for _, c := range []struct {
		people []coreroster.PersonID
		tags   []string
	}{{people[:10], []string{"staff"}}, {people[5:8], []string{"first aid"}}} {
		d, err := w.engine.DraftTags(context.Background(), w.list.ID, c.people, f.ID, c.tags, nil, nil)
		w.must(err)
		_, err = w.engine.ApplyDraft(context.Background(), core.LocalUser("robin"), d, core.How{})
		w.must(err)
	}
	return w
}

// groups are how many people have a set of groups.
func (w *world) groups() map[string]int {
	w.tb.Helper()
	f, _ := w.list.Schema.ByKey("groups")
	all := make(map[string]int)
	w.must(w.engine.EachPerson(context.Background(), w.list.ID, func(p *coreroster.Person) error {
		all[p.Values.Get(f.ID)]++
		return nil
	}))
	return all
}

func TestTagsOfManyAreChangedAtOnce(t *testing.T) {
	t.Parallel()
	w := tagged(t)
	app := w.start(terminal.Size(120, 30))
	app.Play("right", "a", "E")
	shows(t, app, "Groups of 30 people", "staff", "first aid", " of ")
	app.Play("down", "space", "space", "n")
	app.Type("drill")
	app.Play("enter")
	terminal.Golden(t, "tags-120x30", app.Screen())
	before := w.groups()
	app.Play("enter")
	shows(t, app, "get drill, lose first aid", "z takes it back")
	app.Play("y")
	shows(t, app, "Groups: added drill, took away first aid", "z undoes it")
	after := w.groups()
	if after["drill, staff"] == 0 || after["first aid, staff"] == before["first aid, staff"] {
		t.Errorf("before they had %v, after %v", before, after)
	}
}

func TestSingleTagsAreCounted(t *testing.T) {
	t.Parallel()
	w := tagged(t)
	app := w.start(terminal.Size(120, 30))
	app.Play("t", "t", "right", "right", "F")
	shows(t, app, "Groups: 2 values of 30 people", "staff", "10", "first aid", "3", "(empty)", "20")
	app.Play("down", "down", "enter")
	shows(t, app, `groups:^"first aid"$`, "3 of 30 people")
}

func TestHiddenFieldsAreNoColumns(t *testing.T) {
	t.Parallel()
	w := tagged(t)
	app := w.start(terminal.Size(120, 30))
	app.Play("p")
	shows(t, app, "Groups")
	w.change(func(l *coreroster.List) error {
		return l.Schema.Edit("groups", func(f *coreroster.Field) error {
			f.Hidden = true
			return nil
		})
	})
	app = w.start(terminal.Size(120, 30))
	if app.Play("p"); strings.Contains(app.Screen(), "Number    Groups") {
		t.Errorf("a hidden field is a column:\n%s", app.Screen())
	}
	app.Play("C", "down", "space")
	shows(t, app, "never", "Groups is hidden in the whole list")
	app.Play("enter", "n")
	if strings.Contains(app.Screen(), "Groups") {
		t.Errorf("a hidden field is asked for:\n%s", app.Screen())
	}
}
