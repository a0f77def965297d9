package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (v *env) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page", Args: exactly(0),
		Example: `muster man > ~/.local/share/man/man1/muster.1`,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := v.out.Write([]byte(manPage(c.Root())))
			return err
		},
	}
}

// manPage writes the commands as a page of section 1 in man(7)'s macros.
func manPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(".TH MUSTER 1 \"\" \"Muster " + root.Version + "\" \"User Commands\"\n")
	b.WriteString(".SH NAME\n" + roff("muster - "+root.Short))
	b.WriteString(".SH SYNOPSIS\n.B muster\n[COMMAND] [FLAGS]\n")
	b.WriteString(".SH DESCRIPTION\n" + roff(root.Long))
	manExamples(&b, root)
	b.WriteString(".SH OPTIONS\n")
	manFlags(&b, root.PersistentFlags())
	manFlags(&b, root.LocalNonPersistentFlags())
	b.WriteString(".SH COMMANDS\n")
	for c := range commands(root) {
		b.WriteString(".SS \"" + roffQuoted(usage(c)) + "\"\n")
		b.WriteString(roff(long(c)))
		manFlags(&b, c.LocalNonPersistentFlags())
		manExamples(&b, c)
	}
	b.WriteString(".SH FILES\n.TP\n.I muster/muster.db\n" + roff("under $XDG_DATA_HOME, by default ~/.local/share: the store. --db and MUSTER_DB name another."))
	return b.String()
}

func manFlags(b *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" || f.Name == "version" {
			return
		}
		b.WriteString(".TP\n.B " + roffQuoted(flagLine(f)) + "\n" + roff(f.Usage+defaulted(f)))
	})
}

func manExamples(b *strings.Builder, c *cobra.Command) {
	if c.Example != "" {
		b.WriteString(".PP\n.nf\n.RS\n" + roff(c.Example) + ".RE\n.fi\n")
	}
}

// roff escapes text, whose paragraphs stay apart.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		switch {
		case line == "\n":
			line = ".PP\n"
		case strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'"):
			line = `\&` + line
		case strings.HasPrefix(line, "  "):
			line = ".br\n" + line
		}
		b.WriteString(line)
	}
	return b.String()
}

// roffQuoted escapes text that stands in a macro's argument.
func roffQuoted(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(text)
}
