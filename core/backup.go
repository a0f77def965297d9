package core

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// BackupNote is what is known of a backup beside its file: a store remembers it
// of those that a Muster keeps in its folder.
type BackupNote struct {
	Name string `json:"name"` // of the file
	By   string `json:"by"`   // who had it written; Scheduler's name for one that was due
	// Verified is when it was verified last, and Problem what was wrong then, as a
	// sentence; empty for nothing.
	Verified time.Time `json:"verified"`
	Problem  string    `json:"problem,omitempty"`
}

// Scheduled reports whether it was written because it was due.
func (n *BackupNote) Scheduled() bool { return n.By == schedulerName }

const (
	backupNotes     = "backups" // the setting that has them, as JSON
	mostBackupNotes = 200       // the newest are kept
)

// BackupNotes are what is known of backups, the oldest note first.
func (e *Engine) BackupNotes(ctx context.Context, actor Actor) (all []BackupNote, err error) {
	if err := e.May(actor, 0, BackUp); err != nil {
		return nil, err
	}
	err = e.view(ctx, func(tx Tx) error {
		all, err = readBackupNotes(tx)
		return err
	})
	return all, err
}

func readBackupNotes(tx Tx) (all []BackupNote, err error) {
	text := tx.Setting(backupNotes)
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("decode what is known of backups: %w", err)
	}
	return all, nil
}

// NoteBackup keeps what is known of a backup, in place of what was. A note without
// a By keeps the one that was.
func (e *Engine) NoteBackup(ctx context.Context, actor Actor, n BackupNote) error {
	if err := e.May(actor, 0, BackUp); err != nil {
		return err
	}
	err := e.store.Update(ctx, func(tx WriteTx) error {
		all, err := readBackupNotes(tx)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, func(other BackupNote) bool { return other.Name == n.Name }); i >= 0 {
			if n.By == "" {
				n.By = all[i].By
			}
			all = slices.Delete(all, i, i+1)
		}
		all = append(all, n)
		text, err := json.Marshal(all[max(0, len(all)-mostBackupNotes):])
		if err != nil {
			return fmt.Errorf("encode what is known of backups: %w", err)
		}
		return tx.PutSetting(backupNotes, string(text))
	})
	if err == nil {
		e.news.publish(Notice{})
	}
	return err
}
