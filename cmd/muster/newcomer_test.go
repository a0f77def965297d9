package main

import (
	"context"
	"strings"
	"testing"

	"muster/core/changeset"
)

// A newcomer resolves the conflict that waits in the demo with nothing but what
// the bottom line offers at each step.
func TestANewcomerResolvesTheWaitingConflict(t *testing.T) {
	e := openDemo(t, 500)
	app := story{size: [2]int{120, 36}}.start(t, e)
	press := func(key, label string) {
		t.Helper()
		lines := strings.Split(strings.TrimRight(app.Screen(), "\n"), "\n")
		if footer := lines[len(lines)-1]; !strings.Contains(footer, key+" "+label) {
			t.Fatalf("the bottom line does not offer %s to %s:\n%s", key, label, app.Screen())
		}
		app.Play(key)
	}
	press("c", "changesets")
	press("enter", "open")
	press("c", "next conflict")
	press("enter", "look")
	drawStory(t, "conflict", app)
	press("2", "keep list's")
	waiting, err := e.Overview(context.Background(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Load(context.Background(), waiting[0].ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, it := range d.Items {
		for _, c := range it.Changes {
			if c.Decision == changeset.Keep {
				kept++
			}
		}
	}
	if len(d.Conflicts) != 0 || kept != 1 {
		t.Errorf("%d conflicts are left, and %d values kept\n%s", len(d.Conflicts), kept, app.Screen())
	}
}
