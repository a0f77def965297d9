package core_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/schedule"
	"muster/core/scope"
)

// What is set for a list is changed by a changeset: the log tells who changed
// what, from what to what, and each can be taken back, also after others.
func TestWhatIsSetForAListIsInItsLog(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planImport(false, row("a1", "Ada", ""), row("b2", "Bo", "")))
	ada := w.by("a1")
	noon, err := schedule.Parse("at 12:00")
	w.must(err)
	frozen := noon.Clone()
	frozen.Freezes = []schedule.Freeze{{From: "2026-12-21", To: "2027-01-03", Why: "Winter"}}
	guests, err := scope.Parse("!userType is Guest")
	w.must(err)
	for _, step := range []struct {
		note   string
		change func(l *roster.List)
		says   []string
	}{
		{"name", func(l *roster.List) { l.Name = "Everybody" }, []string{"name: Staff → Everybody"}},
		{"schedule", func(l *roster.List) { l.Schedule = noon }, []string{"schedule: never → at 12:00"}},
		{"schedule", func(l *roster.List) { l.Schedule = frozen }, []string{"freeze:  → 2026-12-21..2027-01-03=Winter"}},
		{"schedule", func(l *roster.List) { l.Schedule.Paused = true }, []string{"schedule: at 12:00 → at 12:00, paused"}},
		{"protected people", func(l *roster.List) { l.Protected = []roster.PersonID{ada.ID} }, []string{"protected:  → Ada (a1)"}},
		{"scope", func(l *roster.List) {
			l.Scope.Groups = []scope.Group{{ID: "g1", Name: "All staff"}}
			l.Scope.Rules, l.Scope.Excluded = []scope.Rule{guests}, []string{"b2"}
		}, []string{"group: the whole directory → ", "group:  → All staff", "rule:  → !userType is Guest", "excluded:  → b2"}},
		{"limits", func(l *roster.List) { l.Limits.Deactivations = 7 }, []string{"limit deactivations: 0 → 7"}},
		{"approvals", func(l *roster.List) { l.Approval.SCIM = roster.Wait }, []string{"approval of scim: apply → wait"}},
		{"limits, approvals", func(l *roster.List) { l.Limits.Updates, l.Approval.SCIM = 9, roster.AtOnce },
			[]string{"limit updates: 0 → 9", "approval of scim: wait → apply"}},
	} {
		before, err := w.List(ctx, "staff")
		w.must(err)
		w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { step.change(l); return nil }))
		entries, err := w.Log(ctx, w.list, core.LogQuery{Limit: 1})
		w.must(err)
		var says []string
		for _, m := range entries[0].Settings {
			says = append(says, fmt.Sprintf("%s: %s → %s", m.What, m.Old, m.New))
		}
		if e := entries[0]; e.Kind != "settings" || e.Actor != "mara" || e.Note != "" || e.Origin != changeset.Edit || !slices.Equal(says, step.says) {
			t.Errorf("the log says %+v,\n%q, not\n%q", e, says, step.says)
		}
		if head, err := w.Changeset(ctx, entries[0].Changeset); err != nil || head.Note != step.note {
			t.Errorf("the changeset is %+v, %v", head, err)
		}
		// It is taken back, and that taken back.
		for range 2 {
			d, err := w.Rollback(ctx, w.last())
			w.must(err)
			_, err = w.ApplyDraft(ctx, mara, d, core.How{})
			w.must(err)
			if d.Head.Undoes == entries[0].Changeset {
				now, err := w.List(ctx, "staff")
				w.must(err)
				before.Standing, before.Created, now.Standing, now.Created = roster.Standing{}, time.Time{}, roster.Standing{}, time.Time{}
				if !reflect.DeepEqual(now, before) {
					t.Errorf("%s taken back is\n%+v, not\n%+v", step.note, now, before)
				}
			}
		}
	}

	// What changes nothing, and how a file was read, are nobody's to be told.
	head := w.last()
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Name = "Everybody"; l.Imports = importMappings(); return nil }))
	if l, err := w.List(ctx, "staff"); err != nil || len(l.Imports) == 0 || w.last() != head {
		t.Errorf("%+v, %v, changeset %d", l.Imports, err, w.last())
	}

	// What has been set otherwise since is not overwritten.
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Limits.Updates = 10; return nil }))
	ten := w.last()
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Limits.Updates = 11; return nil }))
	d, err := w.Rollback(ctx, ten)
	w.must(err)
	_, err = w.ApplyDraft(ctx, mara, d, core.How{})
	wantFault(t, err, fault.Conflict, "have changed since: limits")
}

// last is the changeset that was applied last.
func (w *world) last() changeset.ID {
	w.t.Helper()
	all, err := w.Changesets(ctx, 1, nil)
	w.must(err)
	return all[0].ID
}

// A command that was taken away comes back by the local user's hand alone.
func TestACommandComesBackByTheLocalUserAlone(t *testing.T) {
	w := newTestWorld(t, false)
	_, _, err := w.AddOutlet(ctx, mara, w.list, roster.Outlet{Command: []string{"/bin/true"}, Events: roster.Events()[:1]})
	w.must(err)
	w.must(w.RemoveOutlet(ctx, mara, w.list, 1))
	kim := w.staffed(0)[core.Manager]
	d, err := w.Rollback(ctx, w.last())
	w.must(err)
	_, err = w.ApplyDraft(ctx, kim, d, core.How{})
	wantFault(t, err, fault.Denied, "only its local user adds one")
	_, err = w.ApplyDraft(ctx, mara, d, core.How{})
	w.must(err)
	if l, err := w.List(ctx, "staff"); err != nil || len(l.Outlets) != 1 {
		t.Errorf("%+v, %v", l.Outlets, err)
	}
	for _, change := range []func(o *roster.Outlet){
		func(o *roster.Outlet) { o.Off = true },
		func(o *roster.Outlet) { o.Events = roster.Events()[1:] },
	} {
		_, err = w.ChangeOutlet(ctx, mara, w.list, 1, change)
		w.must(err)
		d, err := w.Rollback(ctx, w.last())
		w.must(err)
		_, err = w.ApplyDraft(ctx, kim, d, core.How{})
		wantFault(t, err, fault.Denied, "only its local user adds one")
	}
}
