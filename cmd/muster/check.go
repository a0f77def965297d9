package main

import (
	"github.com/spf13/cobra"

	"muster/core/fault"
	"muster/storage"
)

func (v *env) checkCommand() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "check [FILE]", Short: "Verify a store: every index against the people and the journal", Args: between(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := v.path()
			if err != nil {
				return err
			}
			if len(args) == 1 {
				path = args[0]
			}
			problems, err := storage.Check(c.Context(), path)
			if err != nil {
				return err
			}
			for _, p := range problems {
				if jsonOut {
					err = v.json(p)
				} else {
					v.say("%s", p)
				}
				if err != nil {
					return err
				}
			}
			if len(problems) > 0 {
				return fault.New(fault.Damaged, "%s has %d problems; restore a backup, or keep the file and ask for help", path, len(problems))
			}
			v.say("%s is sound.", path)
			return nil
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a problem")
	return c
}
