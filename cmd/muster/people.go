package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/roster"
)

// choice is which people of a list a command means.
type choice struct{ filter, status, at string }

func (ch *choice) flags(c *cobra.Command) {
	c.Flags().StringVar(&ch.filter, "filter", "", "only people who match the `QUERY`, as in the app: 'müller dep:sci'")
	c.Flags().StringVar(&ch.status, "status", "active", "active, inactive or all, unless the filter says status:")
	c.Flags().StringVar(&ch.at, "at", "", "as the list was at a `MOMENT`: the end of a day (2006-01-31), a time (RFC 3339), or right after a changeset by its number")
}

// each calls fn for the people chosen, in the order they were made. p is fn's
// until it returns.
func (ch *choice) each(ctx context.Context, e *core.Engine, l *roster.List, fn func(p *roster.Person) error) error {
	q, err := roster.ParseStrict(ch.filter, l.Schema)
	if err != nil {
		return usageError{err}
	}
	statuses, asked := q.Statuses()
	if !asked {
		if statuses, err = parseStatus(ch.status); err != nil {
			return err
		}
	}
	chosen := func(p *roster.Person) error {
		if !statuses.Has(p.Status) || q.Match(p.Values) == roster.NoMatch {
			return nil
		}
		return fn(p)
	}
	if ch.at == "" {
		return e.EachPerson(ctx, l.ID, chosen)
	}
	then, err := moment(ctx, e, l, ch.at)
	if err != nil {
		return err
	}
	return e.EachPersonAt(ctx, l.ID, then.Version, chosen)
}

func parseStatus(word string) (roster.StatusSet, error) {
	switch word {
	case "active":
		return roster.Only(roster.Active), nil
	case "inactive":
		return roster.Only(roster.Inactive), nil
	case "all":
		return roster.Present, nil
	}
	return 0, usagef("--status takes active, inactive or all, not %q", word)
}

type personJSON struct {
	ID     string            `json:"id"`
	UID    string            `json:"uid"`
	Active bool              `json:"active"`
	Fields map[string]string `json:"fields"`
}

func asJSON(l *roster.List, p *roster.Person) personJSON {
	return personJSON{p.ID.String(), l.UID(p.Values), p.Status == roster.Active, values(l, p.Values)}
}

func (v *env) peopleCommand() *cobra.Command {
	var ch choice
	var jsonOut, csvOut bool
	var count string
	c := &cobra.Command{
		Use: "people SLUG", Short: "Show the people of a list", Args: exactly(1),
		Long: `Show the people of a list, in the order they came. Terms of a filter are
separated by spaces, and all must match; case and accents do not count:
  kow  ^kow  son$  'ann  !kow     inside, at the start, at the end, whole word, not
  dep:fin  dep:  !dep:            in one field; empty; not empty
  year:>2020  born:2001..2003     numbers and dates compare
  status:inactive                 active, inactive or all`,
		Example: `muster people staff --filter 'dep:sci !site:north'
muster people staff --status all --csv > everybody.csv
muster people staff --json | jq -r .fields.email
muster people staff --count department
muster people staff --at 2026-01-31 --csv`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case jsonOut && csvOut:
				return usagef("--json and --csv exclude each other")
			case csvOut && count != "":
				return usagef("--count prints a table, or with --json objects, but no CSV")
			}
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			switch {
			case count != "":
				return v.countValues(c.Context(), e, &l, ch, count, jsonOut)
			case csvOut:
				_, err := writeCSV(c.Context(), e, &l, ch, v.out)
				return err
			case jsonOut:
				return v.peopleJSON(c.Context(), e, &l, ch)
			}
			return v.peopleTable(c.Context(), e, &l, ch)
		},
	}
	ch.flags(c)
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	c.Flags().BoolVar(&csvOut, "csv", false, "as CSV, ready to be imported again")
	c.Flags().StringVar(&count, "count", "", "count the values of a `FIELD` instead")
	v.completingFlag(c, "count", v.fieldKeys)
	return c
}

func (v *env) peopleJSON(ctx context.Context, e *core.Engine, l *roster.List, ch choice) error {
	w := bufio.NewWriter(v.out)
	buffered := streams{out: w}
	if err := ch.each(ctx, e, l, func(p *roster.Person) error { return buffered.json(asJSON(l, p)) }); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func (v *env) peopleTable(ctx context.Context, e *core.Engine, l *roster.List, ch choice) error {
	var headings []string
	for _, f := range l.Schema.Fields {
		headings = append(headings, f.Label)
	}
	headings = append(headings, "Status")
	var rows [][]string
	err := ch.each(ctx, e, l, func(p *roster.Person) error {
		row := make([]string, 0, len(headings))
		for _, f := range l.Schema.Fields {
			row = append(row, string([]byte(p.Values.Get(f.ID))))
		}
		rows = append(rows, append(row, p.Status.String()))
		return nil
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		v.say("Nobody in %s matches.", l.Name)
		return nil
	}
	return v.table(headings, rows)
}

func (v *env) countValues(ctx context.Context, e *core.Engine, l *roster.List, ch choice, word string, jsonOut bool) error {
	f, err := field(l, word)
	if err != nil {
		return err
	}
	counts := make(map[string]int)
	err = ch.each(ctx, e, l, func(p *roster.Person) error {
		counts[string([]byte(p.Values.Get(f.ID)))]++
		return nil
	})
	if err != nil {
		return err
	}
	type counted struct {
		Value  string `json:"value"`
		People int    `json:"people"`
	}
	sorted := make([]counted, 0, len(counts))
	for value, n := range counts {
		sorted = append(sorted, counted{value, n})
	}
	slices.SortFunc(sorted, func(a, b counted) int { return cmp.Or(b.People-a.People, cmp.Compare(a.Value, b.Value)) })
	rows := make([][]string, len(sorted))
	for i, n := range sorted {
		if jsonOut {
			if err := v.json(n); err != nil {
				return err
			}
		}
		rows[i] = []string{cmp.Or(n.Value, "(nothing)"), number(n.People)}
	}
	if jsonOut {
		return nil
	}
	return v.table([]string{f.Label, ">PEOPLE"}, rows)
}
