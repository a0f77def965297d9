package main

import (
	"cmp"
	"context"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muster/cmd/backup"
	"muster/cmd/config"
	"muster/core"
	"muster/storage"
)

// hostFlags are what a muster that holds the store is told to do beside that.
type hostFlags struct {
	scim    scimFlags
	ssh     sshFlags
	backups backupFlags
	metrics string
	set     *pflag.FlagSet // all of them
	inForce []config.InForce
	// Of muster serve alone.
	logFormat, logLevel string
}

func (f *hostFlags) addLog(set *pflag.FlagSet) {
	config.Add(set, config.LogFormat, &f.logFormat)
	config.Add(set, config.LogLevel, &f.logLevel)
}

func (f *hostFlags) add(c *cobra.Command) {
	f.set = c.Flags()
	f.scim.add(f.set)
	f.ssh.add(f.set)
	f.backups.add(f.set)
	config.Add(f.set, config.MetricsListen, &f.metrics)
}

// given reports whether any of them stands on the command line.
func (f *hostFlags) given() bool {
	given := false
	f.set.Visit(func(flag *pflag.Flag) { given = given || flag.Name != "db" && config.IsFlag(flag.Name) })
	return given
}

// fill sets what was not given to what the environment or the settings file has.
func (v *env) fill(f *hostFlags) error {
	file, err := v.settingsFile()
	if err != nil {
		return err
	}
	if err := config.Fill(f.set, file, v.getenv); err != nil {
		return usageError{err}
	}
	f.backups.everyFrom = config.From(f.set, config.BackupEvery, file, v.getenv)
	f.inForce = config.AllInForce(f.set, file, v.getenv)
	f.backups.keepFrom = config.From(f.set, config.BackupKeep, file, v.getenv)
	return nil
}

// settingsFile reads the settings file: the one that --config or MUSTER_CONFIG
// names, else muster/config.toml in the user's configuration directory (XDG Base
// Directory Specification), if there is one. It is nil if there is none.
func (v *env) settingsFile() (*config.File, error) {
	if v.settled != nil || v.guest() {
		return v.settled, nil
	}
	path := cmp.Or(v.config, v.getenv("MUSTER_CONFIG"))
	if path == "" {
		path = v.usualSettings()
		if path == "" || missing(path) {
			return nil, nil
		}
	}
	f, err := config.Read(path)
	v.settled = f
	return f, err
}

// usualSettings is where the settings file is looked for; empty for nowhere.
func (v *env) usualSettings() string {
	home := v.getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(home) {
		if home = v.getenv("HOME"); home == "" {
			return ""
		}
		home = filepath.Join(home, ".config")
	}
	return filepath.Join(home, "muster", "config.toml")
}

// backupFlags are the backups that are written by themselves.
type backupFlags struct {
	every  time.Duration
	keep   int
	folder string
	// What set the first two, in words; empty for nothing: then the store may.
	everyFrom, keepFrom string
}

func (f *backupFlags) add(set *pflag.FlagSet) {
	config.Add(set, config.BackupEvery, &f.every)
	config.Add(set, config.BackupKeep, &f.keep)
	config.Add(set, config.BackupFolder, &f.folder)
}

// keeper keeps the backups of the holder's store.
func (h *holder) keeper(f *backupFlags) *backup.Keeper {
	folder := cmp.Or(f.folder, "backups")
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(filepath.Dir(h.path), folder)
	}
	return backup.New(backup.Options{
		Folder: folder, Log: h.log, Now: h.engine.Now, Sweep: storage.Sweep, Note: h.engine.NoteBackup,
		Plan: func() backup.Plan { return h.backupPlan(f) },
		Write: func(ctx context.Context, by core.Actor, path string, p *core.Progress) error {
			return backUp(ctx, h.engine, by, h.store, path, p)
		},
		Check: storage.Sound,
		Told:  func(trouble string) { h.services.say("backup", trouble) },
	})
}

// backupPlan is what the flags say, where they say nothing the store, and else
// what is usual.
func (h *holder) backupPlan(f *backupFlags) backup.Plan {
	plan := backup.Plan{Every: f.every, Keep: f.keep}
	ctx := context.Background() // it is quick
	if f.everyFrom == "" {
		text, err := h.engine.Setting(ctx, core.SettingBackupEvery)
		if d, bad := time.ParseDuration(text); err == nil && bad == nil {
			plan.Every = d
		}
	}
	if f.keepFrom == "" {
		text, err := h.engine.Setting(ctx, core.SettingBackupKeep)
		if n, bad := strconv.Atoi(text); err == nil && bad == nil {
			plan.Keep = n
		}
	}
	return plan
}
