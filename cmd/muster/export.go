package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/roster"
	"muster/sync/csvfile"
)

func (v *env) exportCommand() *cobra.Command {
	var ch choice
	c := &cobra.Command{
		Use: "export SLUG [FILE|-]", Short: "Write people to a CSV file", Args: between(1, 2),
		Long: `Write people to a CSV file, or to standard output, that imports again
unchanged. A file that is there already is replaced once the new one is complete.`,
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			if len(args) < 2 || args[1] == "-" {
				_, err := writeCSV(c.Context(), e, &l, ch, v.out)
				return err
			}
			var people int
			if err := replaceFile(args[1], func(w io.Writer) (err error) {
				people, err = writeCSV(c.Context(), e, &l, ch, w)
				return err
			}); err != nil {
				return err
			}
			v.say("Wrote %s people to %s.", number(people), args[1])
			return nil
		},
	}
	ch.flags(c)
	return c
}

// writeCSV writes the people chosen and returns how many they are.
func writeCSV(ctx context.Context, e *core.Engine, l *roster.List, ch choice, out io.Writer) (people int, err error) {
	w := csvfile.NewWriter(out, l.Schema)
	err = ch.each(ctx, e, l, func(p *roster.Person) error {
		people++
		return w.Write(p.Values)
	})
	if err != nil {
		return people, err
	}
	return people, w.Flush()
}
