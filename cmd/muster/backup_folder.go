package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muster/cmd/backup"
	"muster/core"
	"muster/core/fault"
	"muster/tui/kit"
)

// noBackupAway says why none is written for somebody who comes over a network.
const noBackupAway = "Over a network no backup is written on the server; have one sent to you: ssh -p 2222 HOST backup - > FILE"

// backupLine is a backup that is in the folder.
type backupLine struct {
	File     string `json:"file"` // its name alone for who comes over a network
	At       string `json:"at"`
	Bytes    int64  `json:"bytes"`
	By       string `json:"by"`       // who had it written; empty when that is not known
	Verified string `json:"verified"` // when last; empty when that is not known
	Problem  string `json:"problem"`
}

// listBackups shows the backups in the folder, and when the next is due.
func (v *env) listBackups(ctx context.Context, e *core.Engine, jsonOut bool) error {
	keeper, _, err := v.keeper()
	if err != nil {
		return err
	}
	files, notes, err := backupsKept(ctx, e, v.actor, keeper)
	if err != nil {
		return err
	}
	var rows [][]string
	for i, f := range files {
		n := notes[i]
		line := backupLine{f.Path, stamp(f.At), f.Bytes, n.By, stamp(n.Verified), n.Problem}
		if v.away {
			line.File = f.Name
		}
		if jsonOut {
			if err := v.json(line); err != nil {
				return err
			}
		}
		rows = append(rows, []string{line.At, ">" + kit.Bytes(f.Bytes), line.By, cmp.Or(n.Problem, line.Verified), line.File})
	}
	if !jsonOut && len(rows) > 0 {
		if err := v.table([]string{"At", ">Size", "By", "Verified", "File"}, rows); err != nil {
			return err
		}
	}
	v.sayWhenDue(keeper)
	return nil
}

// backupsKept are the backups in the folder, newest first, with what is known of
// each.
func backupsKept(ctx context.Context, e *core.Engine, actor core.Actor, keeper *backup.Keeper) ([]backup.File, []core.BackupNote, error) {
	known, err := e.BackupNotes(ctx, actor)
	if err != nil {
		return nil, nil, err
	}
	files, err := keeper.Files()
	notes := make([]core.BackupNote, len(files))
	for i, f := range files {
		if at := slices.IndexFunc(known, func(n core.BackupNote) bool { return n.Name == f.Name }); at >= 0 {
			notes[i] = known[at]
		}
	}
	return files, notes, err
}

// sayWhenDue says when the next backup is written by itself, and what is wrong.
func (v *env) sayWhenDue(keeper *backup.Keeper) {
	plan := keeper.Plan()
	switch next := keeper.Next(); {
	case next.IsZero():
		v.say("None is written by itself: muster backup --every 24h, or backup.every in the settings file, has one written every day.")
	case v.holder == nil:
		v.say("The next is due %s, once a muster is up; %s.", stamp(next), keptWords(plan.Keep))
	default:
		v.say("The next is due %s; %s.", stamp(next), keptWords(plan.Keep))
	}
	if trouble := keeper.Trouble(); trouble != "" {
		v.say("%s.", trouble)
	}
}

func keptWords(n int) string {
	switch n {
	case 0:
		return "all are kept"
	case 1:
		return "only the newest is kept"
	}
	return "the newest " + kit.Count(n) + " are kept"
}

// verifyBackup verifies a backup in the folder.
func (v *env) verifyBackup(ctx context.Context, e *core.Engine, name string, jsonOut bool) error {
	keeper, _, err := v.keeper()
	if err != nil {
		return err
	}
	if err := e.May(v.actor, 0, core.BackUp); err != nil {
		return err
	}
	if name == "newest" {
		files, err := keeper.Files()
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return fault.New(fault.NotFound, "There is no backup in the folder yet; muster backup writes one")
		}
		name = files[0].Name
	}
	p := new(core.Progress)
	if err := v.watch(ctx, p.Step, func(ctx context.Context) error { return keeper.Verify(ctx, v.actor, name, p) }); err != nil {
		return err
	}
	v.say("%s is sound.", name)
	if jsonOut {
		return v.json(backupLine{File: name, Verified: stamp(e.Now())})
	}
	return nil
}

// scheduleBackups sets how often a muster that is up writes a backup, and how many
// are kept.
func (v *env) scheduleBackups(c *cobra.Command, e *core.Engine, how *backupHow) error {
	keeper, told, err := v.keeper()
	if err != nil {
		return err
	}
	for flag, from := range map[string]string{"every": told.everyFrom, "keep": told.keepFrom} {
		if c.Flags().Changed(flag) && from != "" {
			return fault.New(fault.Conflict, "That is set by %s, which goes before what is set here", from)
		}
	}
	if err := setBackups(c.Context(), e, v.actor, how.every, how.keep); err != nil {
		return err
	}
	v.sayWhenDue(keeper)
	if how.json {
		plan := keeper.Plan()
		return v.json(struct {
			Every string `json:"every"`
			Keep  int    `json:"keep"`
		}{plan.Every.Round(time.Second).String(), plan.Keep})
	}
	return nil
}

// setBackups sets how often a backup is written by itself, and how many are kept;
// what is empty stays as it is.
func setBackups(ctx context.Context, e *core.Engine, actor core.Actor, every, keep string) error {
	for _, s := range []struct{ name, value string }{{core.SettingBackupEvery, every}, {core.SettingBackupKeep, keep}} {
		if s.value == "" {
			continue
		}
		if err := e.PutSetting(ctx, actor, s.name, s.value); err != nil {
			return err
		}
	}
	return nil
}

// keeper keeps the backups in the folder: that of the process that holds the
// store, or one that is as the settings say. The flags tell what set that.
func (v *env) keeper() (*backup.Keeper, *backupFlags, error) {
	if v.holder != nil {
		return v.holder.backups, v.holder.told, nil
	}
	f := &hostFlags{set: pflag.NewFlagSet("backup", pflag.ContinueOnError)}
	f.backups.add(f.set)
	if err := v.fill(f); err != nil {
		return nil, nil, err
	}
	h := &holder{path: realPath(v.store.Path()), store: v.store, engine: v.engine, log: v.logs().logger(v.debug)}
	return h.keeper(&f.backups), &f.backups, nil
}
