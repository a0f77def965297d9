package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
)

func (v *env) mappingExport() *cobra.Command {
	c := &cobra.Command{
		Use: "export SLUG [FILE|-]", Short: "Write the mappings of a list to a file", Args: between(1, 2),
		Long: `Write the mappings of a list as a TOML file that people can read and change,
to standard output without FILE. The same mappings make the same bytes, so that
it lives well under version control.`,
		Example: `muster mapping export staff staff-mapping.toml
muster mapping export staff | diff staff-mapping.toml -`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			_, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			text, err := mapping.EncodeFile(l.Mappings)
			if err != nil {
				return err
			}
			path := "-"
			if len(args) == 2 {
				path = args[1]
			}
			return v.writeFile(path, func(w io.Writer) error {
				if _, err := w.Write(text); err != nil {
					return fmt.Errorf("write mappings: %w", err)
				}
				return nil
			})
		},
	}
	return c
}

func (v *env) mappingImport() *cobra.Command {
	var how pricing
	c := &cobra.Command{
		Use: "import SLUG FILE|-", Short: "Set the mappings of a list as a file has them", Args: exactly(2),
		Long: `Set all mappings of a list as a file has them that muster mapping export wrote,
or you. What it means for the people there are is shown first.`,
		Example:           `muster mapping import staff staff-mapping.toml --dry-run`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			text, err := v.readSmall(args[1])
			if err != nil {
				return err
			}
			mappings, err := mapping.DecodeFile(text)
			if err != nil {
				return err
			}
			if err := unknownFields(&l, mappings); err != nil {
				return err
			}
			return v.changeList(c.Context(), e, &l, core.ListChange{
				Note: "mappings of " + args[1],
				Make: func(l *roster.List) error {
					l.Mappings = mapping.Reorder(mappings, l.Mappings)
					return nil
				},
			}, how)
		},
	}
	how.flags(c)
	return c
}

// readSmall reads a file that fits into memory whole, - is standard input.
func (v *env) readSmall(path string) ([]byte, error) {
	in := v.in
	if path != "-" {
		path, err := v.file(path)
		if err != nil {
			return nil, err
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		defer func() { _ = f.Close() }() // it is only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, mapping.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return text, nil
}
