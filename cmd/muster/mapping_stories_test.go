package main

import (
	"strings"
	"testing"

	"muster/core/roster"
)

// TestStoryOfTheJobTitleInCapitals goes the way of somebody who has just
// connected a list and knows nothing but what is on the screen: each key is one
// that the screen offers at that moment. It takes less than a minute.
func TestStoryOfTheJobTitleInCapitals(t *testing.T) {
	p := newProvided(t, roster.Limits{})
	made := p.night()
	app := story{size: [2]int{140, 36}}.start(t, p.Engine)
	keys := 0
	press := func(offered string, keystrokes ...string) {
		t.Helper()
		if screen := app.Screen(); !strings.Contains(screen, offered) {
			t.Fatalf("the screen does not offer %q:\n%s", offered, screen)
		}
		for _, key := range keystrokes {
			if text, typed := strings.CutPrefix(key, "="); typed {
				app.Type(text)
				app.WaitIdle()
				keys += len(text)
				continue
			}
			app.Play(key)
			keys++
		}
	}
	press("P provider", "P")
	press("m mapping", "m")
	press("/ finds one of", "/", "=job title", "enter")
	for !strings.Contains(app.Screen(), "▌ on      Job title") {
		press("Job title", "down")
	}
	press("enter field", "enter")
	press("A new field…", "=new", "enter")
	press("What people call the new field", "ctrl+u", "=Title on the card", "enter")
	press("t transforms", "t")
	press("Add a transform…", "enter")
	press("What is done to the value?", "=upper")
	press("Upper case", "enter")
	p.sees(app, "1  uppercase", "LECTURER", "▌ Done")
	press("enter done", "enter")
	p.sees(app, "1 unsaved: would change 36 people", "Title on the card (new)", "uppercase")
	press("esc back", "esc")
	drawStory(t, "mapping", app)
	press("ctrl+s save", "ctrl+s")
	p.sees(app, "Saving these mappings changes 36 of 36 people", "New field: Title on the card", "(nothing) → LECTURER")
	drawStory(t, "mapping-price", app)
	press("a save", "a")
	press("y apply", "enter")
	p.sees(app, "Saved; 36 people changed; z takes it back")
	if keys > 60 {
		t.Errorf("it took %d keys", keys)
	}
	list, err := p.List(t.Context(), "staff")
	p.must(err)
	field, _ := list.Schema.ByKey("title_on_the_card")
	person, err := p.PersonByUID(t.Context(), list.ID, "E00117")
	p.must(err)
	if got := person.Values.Get(field.ID); got != "SENIOR LECTURER" {
		t.Errorf("the title on the card is %q", got)
	}
	// What is pushed from then on goes the same way.
	p.push(made[0], "E00117", "Ada", "Abbot", "Reader", true)
	if person, err = p.PersonByUID(t.Context(), list.ID, "E00117"); err != nil || person.Values.Get(field.ID) != "READER" {
		t.Errorf("after a push the title on the card is %q, %v", person.Values.Get(field.ID), err)
	}
	app.Play("z")
	p.sees(app, "Undo?")
}

// TestALockLeadsToItsMapping: whoever meets a locked field goes from there to the
// mapping that owns it.
func TestALockLeadsToItsMapping(t *testing.T) {
	p := newProvided(t, roster.Limits{})
	p.night()
	app := story{size: [2]int{140, 36}}.start(t, p.Engine)
	app.Play("enter", "right", "e")
	p.sees(app, "First name is locked: it is mapped from name.givenName", "m goes there")
	app.Play("m")
	p.sees(app, "Mapping", "▌ on      First name")
	app.Play("esc", "enter", "down", "down")
	p.sees(app, "is locked: it is mapped from", "m goes there")
	app.Play("m")
	p.sees(app, "Mapping", "▌ on  ")
}
