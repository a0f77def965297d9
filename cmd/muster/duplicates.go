package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
)

func (v *env) duplicatesCommand() *cobra.Command {
	return group("duplicates", "Find people who are in a list twice, and merge them",
		v.duplicatesLs(), v.duplicatesMerge(), v.duplicatesDismiss(), v.duplicatesRestore())
}

// duplicateJSON are a few people who may be the same.
type duplicateJSON struct {
	Score  int          `json:"score"`
	People []personJSON `json:"people"`
	Pairs  []alikeJSON  `json:"pairs"`
}

// alikeJSON says by UIDs how much two people are alike, from 40 to 99.
type alikeJSON struct {
	UIDs    [2]string `json:"uids"`
	Score   int       `json:"score"`
	Reasons []string  `json:"reasons"`
}

// dismissedJSON are two people of whom somebody said that they are not the same.
type dismissedJSON struct {
	UIDs [2]string `json:"uids"`
	By   string    `json:"by"`
	At   string    `json:"at"`
}

func (v *env) duplicatesLs() *cobra.Command {
	var jsonOut, dismissed, inactive bool
	c := &cobra.Command{
		Use: "ls SLUG", Short: "Show people who may be the same, the most alike first", Args: exactly(1),
		Long: `Show active people who may be the same: who share an e-mail address, a name
and a date of birth, or nearly a name and something that few others have. The
score goes from 40, worth a look, to 99, nearly certain.`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			if dismissed {
				return v.showDismissed(c.Context(), e, &l, jsonOut)
			}
			var found []core.Duplicate
			p := new(core.Progress)
			if err := v.watch(c.Context(), p.Step, func(ctx context.Context) (err error) {
				found, err = e.Duplicates(ctx, l.ID, inactive, p)
				return err
			}); err != nil {
				return err
			}
			return v.showDuplicates(&l, found, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	c.Flags().BoolVar(&inactive, "inactive", false, "compare active people with inactive ones, too")
	c.Flags().BoolVar(&dismissed, "dismissed", false, "show those who are said not to be the same instead")
	return c
}

func (v *env) showDuplicates(l *roster.List, found []core.Duplicate, jsonOut bool) error {
	var rows [][]string
	for i := range found {
		d := duplicateAsJSON(l, &found[i])
		if jsonOut {
			if err := v.json(d); err != nil {
				return err
			}
			continue
		}
		var uids, names []string
		for j, p := range d.People {
			uids = append(uids, p.UID)
			if name := l.DisplayName(found[i].People[j].Values); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		rows = append(rows, []string{strconv.Itoa(d.Score), strings.Join(uids, ", "), strings.Join(names, " / "), strings.Join(d.Pairs[0].Reasons, ", ")})
	}
	switch {
	case jsonOut:
		return nil
	case len(rows) == 0:
		v.say("Nobody in %s seems to be there twice.", l.Name)
		return nil
	}
	return v.table([]string{">SCORE", "UIDS", "NAMES", "WHY"}, rows)
}

func duplicateAsJSON(l *roster.List, d *core.Duplicate) duplicateJSON {
	out := duplicateJSON{Score: d.Score}
	uids := make(map[roster.PersonID]string)
	for i := range d.People {
		p := asJSON(l, &d.People[i])
		uids[d.People[i].ID] = p.UID
		out.People = append(out.People, p)
	}
	for _, a := range d.Pairs {
		reasons := make([]string, len(a.Reasons))
		for i, r := range a.Reasons {
			reasons[i] = r.Text(l)
		}
		out.Pairs = append(out.Pairs, alikeJSON{[2]string{uids[a.A], uids[a.B]}, a.Score, reasons})
	}
	return out
}

func (v *env) showDismissed(ctx context.Context, e *core.Engine, l *roster.List, jsonOut bool) error {
	all, err := e.Dismissals(ctx, l.ID)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, d := range all {
		a, err := e.Person(ctx, l.ID, d.A)
		if err != nil {
			return err
		}
		b, err := e.Person(ctx, l.ID, d.B)
		if err != nil {
			return err
		}
		one, two := l.UID(a.Values), l.UID(b.Values)
		if jsonOut {
			if err := v.json(dismissedJSON{[2]string{one, two}, d.By, stamp(d.At)}); err != nil {
				return err
			}
		}
		names := l.DisplayName(a.Values) + " / " + l.DisplayName(b.Values)
		rows = append(rows, []string{one + ", " + two, names, d.By, stamp(d.At)})
	}
	switch {
	case jsonOut:
		return nil
	case len(rows) == 0:
		v.say("Nobody said of two people of %s that they are not the same.", l.Name)
		return nil
	}
	return v.table([]string{"UIDS", "NAMES", "BY", "AT"}, rows)
}

func (v *env) duplicatesMerge() *cobra.Command {
	var how settling
	var take, set []string
	var asIs bool
	c := &cobra.Command{
		Use: "merge SLUG UID OTHER...", Short: "Make one person of several", Args: between(3, -1),
		Long: `Make one person of several who are the same. The first one stays, with the
UID and the links, and gets what they lack from the others; --take and --set
choose field by field. The others become inactive and keep everything. It is
one changeset, which muster undo or changes rollback takes back.`,
		Example: `muster duplicates merge staff E0042 E0917
muster duplicates merge staff E0042 E0917 --take email=E0917 --set 'job_title=Head of Science' --yes`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			var people []roster.Person
			for _, uid := range args[1:] {
				p, err := e.PersonByUID(c.Context(), l.ID, uid)
				if err != nil {
					return err
				}
				people = append(people, p)
			}
			chosen, err := mergeChoices(&l, people, take, set, asIs)
			if err != nil {
				return err
			}
			var others []roster.PersonID
			for _, p := range people[1:] {
				others = append(others, p.ID)
			}
			d, err := e.DraftMerge(c.Context(), l.ID, people[0].ID, others, chosen)
			if err != nil {
				return err
			}
			return v.settle(c.Context(), e, d, how)
		},
	}
	c.Flags().StringArrayVar(&take, "take", nil, "take the value that another has: `FIELD=UID`")
	c.Flags().StringArrayVar(&set, "set", nil, "set a value: `FIELD=VALUE`")
	c.Flags().BoolVar(&asIs, "as-is", false, "do not fill in what the first one lacks")
	c.Flags().BoolVar(&how.yes, "yes", false, "apply without asking")
	c.Flags().BoolVar(&how.json, "json", false, "print the result as a JSON object")
	return c
}

// mergeChoices are the values that the first of the people gets.
func mergeChoices(l *roster.List, people []roster.Person, take, set []string, asIs bool) ([]changeset.Change, error) {
	taken, err := assignments(l, take)
	if err != nil {
		return nil, err
	}
	for i, t := range taken {
		n := slices.IndexFunc(people, func(p roster.Person) bool { return roster.FoldUID(l.UID(p.Values)) == roster.FoldUID(t.Text) })
		if n < 0 {
			return nil, usagef("--take names one of the people who are merged, not %q", t.Text)
		}
		taken[i].Text = people[n].Values.Get(t.Field)
	}
	given, err := assignments(l, set)
	if err != nil {
		return nil, err
	}
	var chosen []changeset.Change
	for _, was := range append(taken, given...) {
		if slices.ContainsFunc(chosen, func(c changeset.Change) bool { return c.Field == was.Field }) {
			f, _ := l.Schema.ByID(was.Field)
			return nil, usagef("%s is chosen twice", f.Label)
		}
		chosen = append(chosen, changeset.Change{Field: was.Field, Base: people[0].Values.Get(was.Field), Proposed: was.Text})
	}
	if asIs {
		return chosen, nil
	}
	for _, c := range core.FillIn(l, &people[0], people[1:]) {
		if !slices.ContainsFunc(chosen, func(o changeset.Change) bool { return o.Field == c.Field }) {
			chosen = append(chosen, c)
		}
	}
	return chosen, nil
}

func (v *env) duplicatesDismiss() *cobra.Command {
	return v.tellApart("dismiss", "Say that people are not the same, so that they are not shown again",
		"said not to be the same", (*core.Engine).Dismiss)
}

func (v *env) duplicatesRestore() *cobra.Command {
	return v.tellApart("restore", "Take back that people are not the same", "looked at again", (*core.Engine).Readmit)
}

func (v *env) tellApart(verb, short, done string, do func(*core.Engine, context.Context, core.Actor, roster.ListID, []roster.PersonID) (int, error)) *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: verb + " SLUG UID UID...", Short: short, Args: between(3, -1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			ids, err := v.byUIDs(c.Context(), e, &l, args[1:])
			if err != nil {
				return err
			}
			pairs, err := do(e, c.Context(), v.actor, l.ID, ids)
			if err != nil {
				return err
			}
			v.say("%s %s.", kit.Many(pairs, "pair is", "pairs are"), done)
			if jsonOut {
				return v.json(map[string]int{"pairs": pairs})
			}
			return nil
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the number of pairs as a JSON object")
	return c
}
