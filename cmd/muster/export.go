package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/roster"
	"muster/sync/csvfile"
	"muster/tui/kit"
)

func (v *env) exportCommand() *cobra.Command {
	var ch choice
	c := &cobra.Command{
		Use: "export SLUG [FILE|-]", Short: "Write people to a CSV file", Args: between(1, 2),
		Long: `Write people to a CSV file, or to standard output: UTF-8, commas, a header of
labels. Importing the file into the same list changes nothing. A file that is
there already is replaced once the new one is complete. Values are written as
they are: open a file of people that others may edit with "import as text", or
a spreadsheet takes those that begin with = for formulas.`,
		Example: `muster export staff staff.csv --status all
muster export staff - --filter 'site:north' | gzip > north.csv.gz`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			path := "-"
			if len(args) == 2 {
				path = args[1]
			}
			var people int
			err = v.writeFile(path, func(w io.Writer) (err error) {
				people, err = writeCSV(c.Context(), e, &l, ch, w)
				return err
			})
			if err != nil {
				return err
			}
			if path != "-" {
				v.say("Wrote %s to %s.", kit.Many(people, "person", "people"), path)
			}
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
