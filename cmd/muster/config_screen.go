package main

import (
	"cmp"
	"context"
	"strconv"

	"muster/cmd/config"
	"muster/core"
	screen "muster/tui/config"
)

// settingsInForce reads what is set for the process that holds the store; nil where
// none does. Whoever comes over a network is told of no file of the machine.
func (v *env) settingsInForce(e *core.Engine) func(context.Context) ([]screen.Setting, error) {
	h, actor, away := v.holder, v.actor, v.away
	if h == nil {
		return nil
	}
	return func(ctx context.Context) (all []screen.Setting, err error) {
		if err := e.May(actor, 0, core.SetStore); err != nil {
			return nil, err
		}
		for _, now := range h.inForce {
			s := screen.Setting{Key: now.Key, Value: now.Now, From: now.From, Help: now.Sentence(), Flag: "--" + now.Flag, Variable: now.Env()}
			switch now.Key {
			case config.BackupEvery, config.BackupKeep:
				s.Here = "with B on the lists"
			case config.PublicURL:
				s.Here = "with e on the page of a list's provider"
			}
			if err := h.fromStore(ctx, e, &s); err != nil {
				return nil, err
			}
			if away && now.Form == config.Text && now.From != "" || away && now.Key == config.Store {
				s.Value = "on the server"
			}
			all = append(all, s)
		}
		return all, nil
	}
}

// fromStore fills in what the store or the process itself says where no flag,
// variable or file does.
func (h *holder) fromStore(ctx context.Context, e *core.Engine, s *screen.Setting) error {
	if s.Key == config.Store {
		s.Value = h.path
	}
	if s.From != "" {
		return nil
	}
	name := map[string]string{
		config.PublicURL: core.SettingPublicURL, config.BackupEvery: core.SettingBackupEvery, config.BackupKeep: core.SettingBackupKeep,
	}[s.Key]
	if name != "" {
		text, err := e.Setting(ctx, name)
		if err != nil {
			return err
		}
		if text != "" {
			s.From = "the store"
		}
		s.Value = cmp.Or(text, s.Value)
	}
	switch plan := h.backups.Plan(); s.Key {
	case config.SSHListen:
		s.Value = cmp.Or(h.sshUsual, "off")
	case config.BackupEvery:
		s.Value = plan.Every.String()
	case config.BackupKeep:
		s.Value = strconv.Itoa(plan.Keep)
	}
	return nil
}
