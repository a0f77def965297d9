package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// completer proposes words for one argument, with what they mean after a tab.
type completer func(context.Context, *core.Engine) ([]string, error)

// completing completes a command's arguments, one completer each; further ones
// are completed as files. Where nothing can be known (no store yet, or another
// process has it), nothing is proposed.
func (v *env) completing(words ...completer) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= len(words) {
			return nil, cobra.ShellCompDirectiveDefault
		}
		proposed, err := v.look(c.Context(), words[len(args)])
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return proposed, cobra.ShellCompDirectiveNoFileComp
	}
}

// completingFlag completes a flag, which is there. Cobra keeps what it is given
// for as long as the process lives, so it is given nothing by command lines that
// are to be run.
func (v *env) completingFlag(c *cobra.Command, flag string, words cobra.CompletionFunc) {
	if !v.completes {
		return
	}
	if err := c.RegisterFlagCompletionFunc(flag, words); err != nil {
		panic(err)
	}
}

// completes reports whether a command line asks how another is completed.
func completes(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// look runs a completer on the store as it is; it makes none.
func (v *env) look(ctx context.Context, words completer) ([]string, error) {
	path, err := v.path()
	if err != nil {
		return nil, err
	}
	if missing(path) {
		return nil, fault.New(fault.NotFound, "There is no store at %s", path)
	}
	e, err := v.open(ctx)
	if err != nil {
		return nil, err
	}
	return words(ctx, e)
}

func (v *env) slugs(ctx context.Context, e *core.Engine) ([]string, error) {
	lists, err := e.Lists(ctx)
	if err != nil {
		return nil, err
	}
	var words []string
	for _, l := range lists {
		words = append(words, l.Slug+"\t"+l.Name+", "+kit.Many(l.Standing.Active, "person", "people"))
	}
	return words, nil
}

// changesetIDs proposes the changesets that keep accepts, all with nil.
func (v *env) changesetIDs(keep func(*changeset.Changeset) bool) completer {
	return func(ctx context.Context, e *core.Engine) ([]string, error) {
		const most = 50
		found, err := e.Changesets(ctx, most, keep)
		if err != nil {
			return nil, err
		}
		var words []string
		for i := range found {
			c := &found[i]
			words = append(words, strconv.FormatUint(uint64(c.ID), 10)+"\t"+origin(c)+", "+string(c.State)+": "+counted(c))
		}
		return words, nil
	}
}

// fieldKeys completes a flag with the fields of the list that is named first.
func (v *env) fieldKeys(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	words, err := v.look(c.Context(), func(ctx context.Context, e *core.Engine) ([]string, error) {
		l, err := e.List(ctx, args[0])
		return keysOf(&l), err
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func keysOf(l *roster.List) []string {
	var keys []string
	for _, f := range l.Schema.Fields {
		keys = append(keys, f.Key+"\t"+f.Label)
	}
	return keys
}
