package main

import (
	"context"

	"muster/cmd/backup"
	"muster/core"
	"muster/tui/backups"
)

// backupDoors are how the screen of the backups comes at them; nil where none are
// kept. Whoever comes over a network is shown no place on this machine, and has
// nothing written there.
func (v *env) backupDoors(e *core.Engine) *backups.Doors {
	if v.holder == nil {
		return nil
	}
	keeper, told, actor := v.holder.backups, v.holder.told, v.actor
	d := &backups.Doors{
		Refused: noBackupAway,
		Look: func(ctx context.Context) (backups.Kept, error) {
			k, err := lookAtBackups(ctx, e, actor, keeper, told)
			if !v.away {
				k.Folder, k.Store = keeper.Folder, v.holder.path
			}
			return k, err
		},
		Verify: func(ctx context.Context, name string, p *core.Progress) error {
			if err := e.May(actor, 0, core.BackUp); err != nil {
				return err
			}
			return keeper.Verify(ctx, actor, name, p)
		},
		Schedule: func(ctx context.Context, every, keep string) error {
			return setBackups(ctx, e, actor, every, keep)
		},
	}
	if !v.away {
		d.BackUp = func(ctx context.Context, p *core.Progress) (backups.File, error) {
			f, err := keeper.BackUp(ctx, actor, p)
			return backups.File{Name: f.Name, At: f.At, Bytes: f.Bytes}, err
		}
	}
	return d
}

// lookAtBackups reads what backups there are and what becomes of them.
func lookAtBackups(ctx context.Context, e *core.Engine, actor core.Actor, keeper *backup.Keeper, told *backupFlags) (backups.Kept, error) {
	files, notes, err := backupsKept(ctx, e, actor, keeper)
	if err != nil {
		return backups.Kept{}, err
	}
	plan := keeper.Plan()
	k := backups.Kept{
		Every: plan.Every, Keep: plan.Keep, EveryFrom: told.everyFrom, KeepFrom: told.keepFrom,
		Next: keeper.Next(), Trouble: keeper.Trouble(),
	}
	for i, f := range files {
		k.Files = append(k.Files, backups.File{Name: f.Name, At: f.At, Bytes: f.Bytes, BackupNote: notes[i]})
	}
	return k, nil
}
