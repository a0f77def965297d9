package core_test

import (
	"testing"

	"muster/core"
	"muster/core/fault"
	"muster/core/key"
)

// How a list is shown is each person's own, and without that as it is for everybody;
// what anybody keeps, a viewer too, changes nothing for anybody else.
func TestPreferencesAreAPersons(t *testing.T) {
	w := newTestWorld(t, false)
	staff := w.staffed(0)
	viewer, manager := staff[core.Viewer], staff[core.Manager]
	namesake := core.LocalUser(viewer.Name)
	shows := func(a core.Actor) string {
		t.Helper()
		value, err := w.Preference(ctx, a, w.list, "roster")
		w.must(err)
		return string(value)
	}
	// What is there from a time when there was one for all is what all see.
	w.must(w.Keep(ctx, w.list, "roster", []byte("the list's")))
	w.must(w.Prefer(ctx, viewer, w.list, "roster", []byte("the viewer's")))
	w.must(w.Prefer(ctx, mara, w.list, "roster", []byte("mara's")))
	for want, a := range map[string]core.Actor{"the viewer's": viewer, "mara's": mara, "the list's": manager} {
		if got := shows(a); got != want {
			t.Errorf("%s sees %q", a.Name, got)
		}
	}
	if got := shows(namesake); got != "the list's" {
		t.Errorf("a user of the machine sees an administrator's of that name: %q", got)
	}
	w.must(w.PreferForAll(ctx, manager, w.list, "roster", []byte("new")))
	if shows(manager) != "new" || shows(viewer) != "the viewer's" {
		t.Errorf("then they see %q and %q", shows(manager), shows(viewer))
	}
	if err := w.Prefer(ctx, viewer, w.list, "roster", make([]byte, 100_000)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a large one: %v", err)
	}
	// Who is removed takes theirs along: another one of that name is somebody else.
	w.must(w.RemoveAdministrator(ctx, mara, viewer.Name))
	_, err := w.AddAdministrator(ctx, mara, core.Administrator{Name: viewer.Name, Role: core.Viewer, Keys: []key.Key{{Fingerprint: "SHA256:another"}}})
	w.must(err)
	another, _ := w.Administrator("SHA256:another")
	if got := shows(another); got != "new" {
		t.Errorf("another one of that name sees %q", got)
	}
}
