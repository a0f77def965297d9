package main

import (
	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// whyJSON is an explanation: the facts of each step, and what it says in words.
type whyJSON struct {
	UID    string            `json:"uid"`
	Field  string            `json:"field,omitempty"`
	Value  string            `json:"value,omitempty"`
	Status string            `json:"status"`
	Anchor string            `json:"anchor,omitempty"`
	Heard  *eventJSON        `json:"heard,omitempty"`
	Linked *eventJSON        `json:"linked,omitempty"`
	Mapped *mappedJSON       `json:"mapping,omitempty"`
	Locked bool              `json:"locked"`
	Pin    *pinnedJSON       `json:"pin,omitempty"`
	Last   *eventJSON        `json:"last,omitempty"`
	Steps  map[string]string `json:"steps"`
}

type mappedJSON struct {
	Attribute  string              `json:"attribute"`
	Transforms []mapping.Transform `json:"transforms,omitempty"`
}

type pinnedJSON struct {
	Declined  string       `json:"declined"`
	By        string       `json:"by"`
	Changeset changeset.ID `json:"changeset,omitempty"`
}

func (v *env) personWhy() *cobra.Command {
	var jsonOut bool
	var word string
	c := &cobra.Command{
		Use: "why SLUG UID", Short: "Explain how a person, or one of their fields, came to be so", Args: exactly(2),
		Long: `Explain in five steps how a person, or with --field one value of theirs, came
to be as it is: what a source or file last said (read), whether it counts for
them (scope), how they were found (match), what feeds the field and whether it
is locked or pinned (map), and what was done last (act).`,
		Example:           `muster person why staff E0042 --field email`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, p, err := v.person(c.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			var f roster.Field
			if word != "" {
				if f, err = field(&l, word); err != nil {
					return err
				}
			}
			why, err := e.Why(c.Context(), l.ID, p.ID, f.ID)
			if err != nil {
				return err
			}
			lines := why.Lines(stamp)
			if jsonOut {
				return v.json(whyAsJSON(why, lines))
			}
			var rows [][]string
			for _, line := range lines {
				rows = append(rows, []string{line.Step, line.Text})
			}
			return v.table([]string{"STEP", "WHY " + why.What()}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print a JSON object")
	c.Flags().StringVar(&word, "field", "", "explain one `FIELD` instead of the person as a whole")
	v.completingFlag(c, "field", v.fieldKeys)
	return c
}

func whyAsJSON(w *core.Why, lines []core.WhyLine) whyJSON {
	out := whyJSON{
		UID: w.List.UID(w.Person.Values), Field: w.Field.Key, Value: w.Value, Status: w.Person.Status.String(),
		Anchor: w.Scope.Anchor, Locked: w.Map.Locked, Steps: make(map[string]string),
	}
	for _, line := range lines {
		out.Steps[line.Step] = line.Text
	}
	event := func(ev *core.Event) *eventJSON {
		if ev == nil {
			return nil
		}
		e := eventAsJSON(&w.List, ev)
		return &e
	}
	out.Heard, out.Linked, out.Last = event(w.Read.Heard), event(w.Match.Linked), event(w.Act.Last)
	for _, m := range []*mapping.Mapping{w.Map.Import, w.Map.Owner} {
		if m != nil {
			out.Mapped = &mappedJSON{m.Attribute, m.Transforms}
		}
	}
	for _, p := range []*changeset.Pin{w.Scope.Pin, w.Map.Pin} {
		if p != nil {
			out.Pin = &pinnedJSON{p.Declined, p.By, p.Changeset}
		}
	}
	return out
}
