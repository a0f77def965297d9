package main

import (
	"cmp"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"muster/cmd/config"
	"muster/tui/kit"
)

func (v *env) configCommand() *cobra.Command {
	return group("config", "Settings of a muster that runs: a sample file, a check, what is so", v.configSample(), v.configCheck(), v.configShow())
}

func (v *env) configSample() *cobra.Command {
	return &cobra.Command{
		Use: "sample [FILE|-]", Short: "Write a settings file in which everything is told and nothing is set", Args: between(0, 1),
		Long: `Write a settings file in which every setting is told, with its flag, its variable
and what is so without it. Settings are read from the file that --config or
MUSTER_CONFIG names, else from muster/config.toml in the user's configuration
directory.`,
		Example: `muster config sample ~/.config/muster/config.toml`,
		RunE: func(_ *cobra.Command, args []string) error {
			path := "-"
			if len(args) == 1 {
				path = args[0]
			}
			write := func(w io.Writer) error {
				_, err := io.WriteString(w, config.Sample())
				return err
			}
			if path == "-" {
				return v.writeFile(path, write)
			}
			full, err := v.file(path)
			if err != nil {
				return err
			}
			return createFile(full, write)
		},
	}
}

func (v *env) configCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check [FILE]", Short: "Say whether a settings file is right, and if not, where", Args: between(0, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				path, err := v.file(args[0])
				if err != nil {
					return err
				}
				v.config, v.settled = path, nil
			}
			f, err := v.settingsFile()
			switch {
			case err != nil:
				return err
			case f == nil:
				v.say("There is no settings file; it would be %s, and muster config sample writes one.", cmp.Or(v.usualSettings(), "named with --config"))
				return nil
			}
			v.say("%s is right, and sets %s.", f.Path, kit.Many(f.Len(), "setting", "settings"))
			return nil
		},
	}
}

// settingJSON is a setting as it is.
type settingJSON struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
}

func (v *env) configShow() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "show", Short: "Show every setting as it is, and where that is from", Args: exactly(0),
		Long: `Show every setting as a muster that is started here has it, and where that is
from: its variable, the settings file, or what is usual.`,
		RunE: func(*cobra.Command, []string) error {
			f, err := v.settingsFile()
			if err != nil {
				return err
			}
			var rows [][]string
			for _, s := range config.All() {
				now := settingJSON{Key: s.Key, Value: cmp.Or(s.Usual, s.Note), From: "usual"}
				if values, ok := f.Values(s.Key); ok {
					now.Value, now.From = strings.Join(values, ", "), f.Path
				}
				if text := v.getenv(s.Env()); text != "" {
					now.Value, now.From = text, s.Env()
					if err := s.Check(s.Env(), text); err != nil && !s.Many {
						return usageError{err}
					}
				}
				if jsonOut {
					if err := v.json(now); err != nil {
						return err
					}
				}
				rows = append(rows, []string{now.Key, now.Value, now.From})
			}
			if jsonOut {
				return nil
			}
			return v.table([]string{"Setting", "Is", "From"}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a setting")
	return c
}
