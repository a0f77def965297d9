package core_test

import (
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// settingsOf changes the list with people, as an import does that adds a field.
func (w *world) settingsOf(d *core.Draft, change func(*roster.List)) *core.Draft {
	w.t.Helper()
	after := d.List
	after.Schema.Fields = append([]roster.Field(nil), after.Schema.Fields...)
	change(&after)
	d.Head.Settings = &changeset.SettingsChange{Before: d.List, After: after}
	return d
}

func (w *world) settings(change func(*roster.List)) {
	w.t.Helper()
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { change(l); return nil }))
}

// A rollback gives back what its changeset changed of the list, and leaves alone
// what it did not.
func TestARollbackOfSettingsIsAboutWhatWasChanged(t *testing.T) {
	w := newTestWorld(t, false)
	locker := roster.Field{Key: "locker", Label: "Locker"}
	d := w.settingsOf(w.planImport(false, row("a1", "Ada", "")), func(l *roster.List) {
		l.Imports, l.Limits.Updates = importMappings(), 7
		w.must(l.Schema.Add(locker))
	})
	made := w.apply(d)
	w.settings(func(l *roster.List) {
		l.Name, l.Approval.Import = "Everybody", roster.AtOnce
		l.Imports = []mapping.Mapping{{Attribute: "number", Field: "no", On: true}}
		w.must(l.Schema.Add(roster.Field{Key: "desk", Label: "Desk"}))
	})
	back := w.rollback(made.ID)
	l, err := w.List(ctx, "staff")
	w.must(err)
	_, hasLocker := l.Schema.ByKey("locker")
	_, hasDesk := l.Schema.ByKey("desk")
	if hasLocker || !hasDesk || l.Limits.Updates != 0 || l.Name != "Everybody" || l.Approval.Import != roster.AtOnce || l.Imports[0].Attribute != "number" {
		t.Errorf("the list is %+v", l)
	}
	w.rollback(back.ID)
	l, err = w.List(ctx, "staff")
	w.must(err)
	if f, ok := l.Schema.ByKey("locker"); !ok || l.Limits.Updates != 7 || f.Label != "Locker" {
		t.Errorf("the list is %+v", l)
	}
	w.sound()
}

func TestASettingThatHasMovedIsAConflict(t *testing.T) {
	w := newTestWorld(t, false)
	made := w.apply(w.settingsOf(w.planImport(false, row("a1", "Ada", "")), func(l *roster.List) {
		l.Limits.Updates = 7
		l.Schema.Fields[4].Label = "Office"
	}))
	w.settings(func(l *roster.List) { l.Limits.Updates = 8 })
	d, err := w.Rollback(ctx, made.ID)
	w.must(err)
	_, err = w.ApplyDraft(ctx, mara, d, core.How{})
	wantFault(t, err, fault.Conflict, "have changed since: limits")
	_, err = w.ApplyDraft(ctx, mara, d, core.How{LeaveConflicts: true})
	w.must(err)
	l, err := w.List(ctx, "staff")
	if w.must(err); l.Limits.Updates != 8 || l.Schema.Fields[4].Label != "Room" || len(w.uids(roster.Active)) != 0 {
		t.Errorf("the list is %+v", l)
	}
}
