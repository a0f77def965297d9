package main

import (
	"context"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/storage"
	"muster/tui/kit"
)

// problemJSON is one thing that is wrong with a store; list is empty when it is
// about all of it.
type problemJSON struct {
	List    string `json:"list"`
	Problem string `json:"problem"`
}

func (v *env) checkCommand() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "check [FILE]", Short: "Verify a store: every index against the people and the journal", Args: between(0, 1),
		Long: `Verify a store, by default the one in use: its pages, the people, every index
against the people, and the people against the journal. Nothing is written.
What is wrong is printed, one line each, and the exit status is 1.`,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := v.path()
			if len(args) == 1 {
				path, err = v.file(args[0])
			}
			if err != nil {
				return err
			}
			problems, err := v.verify(c.Context(), path)
			if err != nil {
				return err
			}
			for _, p := range problems {
				if !jsonOut {
					tell(v.out, "%s", p)
				} else if err := v.json(problemJSON{p.List, p.What}); err != nil {
					return err
				}
			}
			if len(problems) > 0 {
				return fault.New(fault.Damaged, "%s is damaged, see the %s above; keep a copy of the file as it is, and restore a backup",
					path, kit.Many(len(problems), "problem", "problems"))
			}
			v.say("%s is sound.", path)
			return nil
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a problem")
	return c
}

// verify checks the store at path, through the process that holds it if there
// is one.
func (v *env) verify(ctx context.Context, path string) (problems []storage.Problem, err error) {
	held := v.guest() && realPath(path) == v.holder.path
	if !held {
		if err := v.seek(ctx, path); err != nil {
			return nil, err
		}
	}
	p := new(core.Progress)
	err = v.watch(ctx, p.Step, func(ctx context.Context) error {
		if held {
			problems, err = v.holder.store.Check(ctx, p)
		} else {
			problems, err = storage.Check(ctx, path, p)
		}
		return err
	})
	return problems, err
}
