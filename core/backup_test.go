package core_test

import (
	"fmt"
	"testing"
	"time"

	"muster/core"
	"muster/core/fault"
)

// What is known of a backup is kept, one note each, of the newest so many.
func TestBackupsAreNoted(t *testing.T) {
	w := newTestWorld(t, false)
	notes := func() []core.BackupNote {
		t.Helper()
		w.reopen()
		all, err := w.BackupNotes(ctx, mara)
		w.must(err)
		return all
	}
	at := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	w.must(w.NoteBackup(ctx, core.Scheduler(), core.BackupNote{Name: "one", By: core.Scheduler().Name, Verified: at}))
	w.must(w.NoteBackup(ctx, mara, core.BackupNote{Name: "two", By: "mara", Verified: at}))
	w.must(w.NoteBackup(ctx, mara, core.BackupNote{Name: "one", Verified: at.Add(time.Hour), Problem: "A page is gone"}))
	all := notes()
	if len(all) != 2 || all[1].Name != "one" || !all[1].Scheduled() || all[0].Scheduled() ||
		all[1].Problem != "A page is gone" || !all[1].Verified.Equal(at.Add(time.Hour)) {
		t.Errorf("noted is %+v", all)
	}
	for i := range 300 {
		w.must(w.NoteBackup(ctx, mara, core.BackupNote{Name: fmt.Sprint(i), By: "mara"}))
	}
	if all = notes(); len(all) != 200 || all[199].Name != "299" {
		t.Errorf("there are %d notes, the last is of %q", len(all), all[len(all)-1].Name)
	}
}

func TestTheScheduleOfBackupsIsChecked(t *testing.T) {
	w := newTestWorld(t, false)
	for _, c := range []struct {
		name, value string
		good        bool
	}{
		{core.SettingBackupEvery, "24h", true}, {core.SettingBackupEvery, "0", true}, {core.SettingBackupEvery, "", true},
		{core.SettingBackupEvery, "1s", false}, {core.SettingBackupEvery, "-1h", false}, {core.SettingBackupEvery, "soon", false},
		{core.SettingBackupKeep, "0", true}, {core.SettingBackupKeep, "14", true}, {core.SettingBackupKeep, "-1", false}, {core.SettingBackupKeep, "few", false},
	} {
		before, err := w.Setting(ctx, c.name)
		w.must(err)
		err = w.PutSetting(ctx, mara, c.name, c.value)
		after, more := w.Setting(ctx, c.name)
		w.must(more)
		if c.good && (err != nil || after != c.value) || !c.good && (!fault.Is(err, fault.Invalid) || after != before) {
			t.Errorf("%s = %q: %v, and it is %q", c.name, c.value, err, after)
		}
	}
}
