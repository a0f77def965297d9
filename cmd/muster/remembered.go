package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// rememberedJSON is a decision that is made again by itself: about a pair of
// values with From and To, or about all changes that come by Origin.
type rememberedJSON struct {
	Number   int              `json:"number"`
	Field    string           `json:"field"`
	Decision string           `json:"decision"`
	Origin   changeset.Origin `json:"origin,omitempty"`
	From     *string          `json:"from,omitempty"`
	To       *string          `json:"to,omitempty"`
	By       string           `json:"by"`
	At       string           `json:"at"`
}

func rememberedAsJSON(l *roster.List, r *core.Remembered) rememberedJSON {
	j := rememberedJSON{Number: r.Number, Field: partKey(l, r.Field), Decision: r.Decision.String(), Origin: r.Origin, By: r.By, At: stamp(r.At)}
	if r.Pair {
		j.From, j.To = &r.From, &r.To
	}
	return j
}

func (v *env) changesRemembered() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "remembered SLUG", Short: "Show the decisions that a list makes again by itself", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			rules, err := e.Remembered(c.Context(), l.ID)
			if err != nil {
				return err
			}
			return v.showRemembered(&l, rules, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

func (v *env) showRemembered(l *roster.List, rules []core.Remembered, jsonOut bool) error {
	var rows [][]string
	for i := range rules {
		r := &rules[i]
		if jsonOut {
			if err := v.json(rememberedAsJSON(l, r)); err != nil {
				return err
			}
		}
		about := "every change by " + string(r.Origin)
		if r.Pair {
			about = shown(r.From) + " → " + shown(r.To)
		}
		rows = append(rows, []string{strconv.Itoa(r.Number), partKey(l, r.Field), about, r.Decision.String(), stamp(r.At), r.By})
	}
	switch {
	case jsonOut:
		return nil
	case len(rows) == 0:
		v.say("The list %s remembers no decisions.", l.Slug)
		return nil
	}
	return v.table([]string{">NO", "FIELD", "ABOUT", "DECISION", "AT", "BY"}, rows)
}

func (v *env) changesRemember() *cobra.Command {
	var origin, from, to string
	var jsonOut bool
	c := &cobra.Command{
		Use: "remember SLUG FIELD accept|keep", Short: "Have a decision made again by itself", Args: exactly(3),
		Long: `Have a decision about a field made by itself from now on, wherever it fits: of a
pair of values with --from and --to, or with --origin of all changes of the field
that come by that way. It shows in the changeset before anything is applied, and
can be decided otherwise there.`,
		Example: `muster changes remember staff department accept --from Sci --to Science
muster changes remember staff first_name keep --origin session`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			f, err := field(&l, args[1])
			if err != nil {
				return err
			}
			decision, _, err := parseDecision(args[2])
			if err != nil {
				return err
			}
			rule := core.Remembered{Field: f.ID, Decision: decision, Origin: changeset.Origin(origin), From: from, To: to}
			rule.Pair = c.Flags().Changed("from") || c.Flags().Changed("to")
			switch known := new(roster.Approval).Of(origin) != nil; {
			case rule.Pair == (origin != ""):
				return usagef("Say what it is about: --from and --to, or --origin")
			case !rule.Pair && !known:
				return usagef("--origin takes import, sync or session, not %q", origin)
			}
			if err := e.RememberDecision(c.Context(), v.actor, l.ID, rule); err != nil {
				return err
			}
			v.say("Remembered. muster changes remembered %s lists what is.", l.Slug)
			rules, err := e.Remembered(c.Context(), l.ID)
			if err != nil || !jsonOut {
				return err
			}
			return v.json(rememberedAsJSON(&l, &rules[len(rules)-1]))
		},
	}
	c.Flags().StringVar(&from, "from", "", "the list's `VALUE`")
	c.Flags().StringVar(&to, "to", "", "the proposed `VALUE`")
	c.Flags().StringVar(&origin, "origin", "", "all changes by import, sync or session")
	c.Flags().BoolVar(&jsonOut, "json", false, "print what is remembered as a JSON object")
	return c
}

func (v *env) changesForget() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "forget SLUG NUMBER", Short: "Forget a remembered decision; what it has decided stays", Args: exactly(2),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			number, err := strconv.Atoi(args[1])
			if err != nil {
				return usagef("%q is not the number of a remembered decision; muster changes remembered %s shows them", args[1], args[0])
			}
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			if err := e.ForgetDecision(c.Context(), v.actor, l.ID, number); err != nil {
				return err
			}
			v.say("Forgotten; what it has decided stays.")
			if !jsonOut {
				return nil
			}
			return v.json(struct {
				Forgotten int `json:"forgotten"`
			}{number})
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the result as a JSON object")
	return c
}
