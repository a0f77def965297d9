package main

import (
	"cmp"
	"iter"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The manual page and the README tell of the same tree of commands; what they
// have in common is here.

// commands yields every command that does something, in the tree's order.
func commands(root *cobra.Command) iter.Seq[*cobra.Command] {
	return func(yield func(*cobra.Command) bool) {
		var walk func(c *cobra.Command) bool
		walk = func(c *cobra.Command) bool {
			for _, sub := range c.Commands() {
				if !sub.IsAvailableCommand() || sub.Name() == "help" || sub.Name() == "completion" {
					continue
				}
				if !sub.HasSubCommands() && !yield(sub) || !walk(sub) {
					return false
				}
			}
			return true
		}
		walk(root)
	}
}

// kindOf is the annotation that says what a flag takes, as in --filter QUERY.
const kindOf = "kind"

// unquoteFlags takes the backquotes out of what flags say of themselves, which
// the help would print, and keeps the word between them as what they take.
func unquoteFlags(c *cobra.Command) {
	unquote := func(f *pflag.Flag) {
		if f.Annotations != nil {
			return // a flag of several commands
		}
		kind, text := pflag.UnquoteUsage(f)
		switch kind {
		case "string", "stringArray":
			kind = "TEXT"
		case "int":
			kind = "N"
		}
		f.Usage, f.Annotations = text, make(map[string][]string)
		if kind != "" {
			f.Annotations[kindOf] = []string{kind}
		}
	}
	c.LocalFlags().VisitAll(unquote)
	c.PersistentFlags().VisitAll(unquote)
	for _, sub := range c.Commands() {
		unquoteFlags(sub)
	}
}

// flagLine is a flag as it is written: --filter QUERY.
func flagLine(f *pflag.Flag) string {
	return strings.Join(append([]string{"--" + f.Name}, f.Annotations[kindOf]...), " ")
}

// usage is a command's line without its flags.
func usage(c *cobra.Command) string { return strings.TrimSuffix(c.UseLine(), " [flags]") }

// long is all that a command says of itself.
func long(c *cobra.Command) string { return cmp.Or(c.Long, c.Short+".") }

// defaulted tells a flag's default, if it says anything.
func defaulted(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "[]":
		return ""
	}
	return " (default: " + f.DefValue + ")"
}
