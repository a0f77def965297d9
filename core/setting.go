package core

import (
	"context"
	"strconv"
	"time"

	"muster/core/address"
	"muster/core/fault"
)

// The settings of the whole store. Each is a text; one that nobody has set is
// empty.
const (
	// SettingPublicURL is the address under which providers see this Muster.
	SettingPublicURL = address.Setting
	// SettingRequestDays is for how many days the facts of requests are kept.
	SettingRequestDays = "request_days"
	// SettingBackupEvery is how often a Muster that is up writes a backup by itself,
	// as 24h, and SettingBackupKeep how many of them are kept, 0 for all; what
	// its settings file, variables or flags say goes before either.
	SettingBackupEvery = "backup_every"
	SettingBackupKeep  = "backup_keep"
)

// DefaultRequestDays is how long the facts of requests are kept unless
// SettingRequestDays says otherwise.
const DefaultRequestDays = 30

const (
	mostRequestDays  = 3650
	leastBackupEvery = time.Minute
)

// Setting returns a setting of the whole store, empty when nobody has set it.
func (e *Engine) Setting(ctx context.Context, name string) (value string, err error) {
	err = e.view(ctx, func(tx Tx) error {
		value = tx.Setting(name)
		return nil
	})
	return value, err
}

// PutSetting sets a setting of the whole store; an empty value unsets it. What
// is no such setting, or no value for it, is an Invalid fault.
func (e *Engine) PutSetting(ctx context.Context, actor Actor, name, value string) error {
	err := e.May(actor, 0, SetStore)
	if err != nil {
		return err
	}
	switch name {
	case SettingPublicURL:
		if value != "" {
			value, err = address.Parse(value)
		}
	case SettingRequestDays:
		if n, bad := strconv.Atoi(value); value != "" && (bad != nil || n < 1 || n > mostRequestDays) {
			err = fault.New(fault.Invalid, "Requests are kept for 1 to %d days, not for %q", mostRequestDays, value)
		}
	case SettingBackupEvery:
		if d, bad := time.ParseDuration(value); value != "" && (bad != nil || d < 0 || d > 0 && d < leastBackupEvery) {
			err = fault.New(fault.Invalid, "Backups are written every so much time as 6h or 24h, at most once a minute, or never with 0; not every %q", value)
		}
	case SettingBackupKeep:
		if n, bad := strconv.Atoi(value); value != "" && (bad != nil || n < 0) {
			err = fault.New(fault.Invalid, "The number of backups that are kept is a whole one, 0 for all, not %q", value)
		}
	default:
		err = fault.New(fault.Invalid, "There is no setting %q", name)
	}
	if err != nil {
		return err
	}
	err = e.store.Update(ctx, func(tx WriteTx) error { return tx.PutSetting(name, value) })
	if err == nil {
		e.news.publish(Notice{})
	}
	return err
}

// requestAge is how long the facts of requests are kept.
func requestAge(tx Tx) time.Duration {
	days, err := strconv.Atoi(tx.Setting(SettingRequestDays))
	if err != nil || days < 1 {
		days = DefaultRequestDays
	}
	return time.Duration(days) * 24 * time.Hour
}
