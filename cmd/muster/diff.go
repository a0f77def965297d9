package main

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// moment finds the state of a list that a person means. One that is none is
// wrong use.
func moment(ctx context.Context, e *core.Engine, l *roster.List, text string) (core.Moment, error) {
	m, err := e.Moment(ctx, l.ID, text, time.Local)
	if fault.Is(err, fault.Invalid) {
		err = usageError{err}
	}
	return m, err
}

// differenceJSON is what became of a person between two moments. Was and is
// are active, inactive, or empty for who was not in the list.
type differenceJSON struct {
	ID     string               `json:"id"`
	UID    string               `json:"uid"`
	What   string               `json:"what"`
	Was    string               `json:"was"`
	Is     string               `json:"is"`
	Fields map[string][2]string `json:"fields"`
}

func (v *env) changesDiff() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "diff SLUG FROM [TO]", Short: "Show what became of people between two moments", Args: between(2, 3),
		Long: `Show who came, left, returned or changed between two moments of a list, field
by field; without TO, until now. A moment is the end of a day (2006-01-31), a
time (RFC 3339), or the number of a changeset: right after it was applied.`,
		Example: `muster changes diff staff 2026-01-31 2026-02-28
muster changes diff staff 12 --json | jq -r 'select(.what == "left") | .uid'`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			from, err := moment(c.Context(), e, &l, args[1])
			if err != nil {
				return err
			}
			until := "now"
			if len(args) == 3 {
				until = args[2]
			}
			to, err := moment(c.Context(), e, &l, until)
			if err != nil {
				return err
			}
			return v.showDiff(c.Context(), e, &l, from, to, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

func (v *env) showDiff(ctx context.Context, e *core.Engine, l *roster.List, from, to core.Moment, jsonOut bool) error {
	w := bufio.NewWriter(v.out)
	buffered := streams{out: w}
	var rows [][]string
	counts := make(map[string]int)
	err := e.Diff(ctx, l.ID, from.Version, to.Version, func(_ *roster.List, d *core.Difference) error {
		counts[d.What()]++
		if jsonOut {
			return buffered.json(differenceJSON{
				d.Person.String(), d.UID, d.What(), presence(d.Was), presence(d.Is), movedJSON(l, d.Fields),
			})
		}
		what := ""
		if d.Was != roster.Withdrawn && d.Is != roster.Withdrawn {
			what = movedText(l, d.Fields)
		}
		rows = append(rows, []string{d.What(), string([]byte(d.UID)), what})
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	v.say("%s", differences(l, from, to, counts))
	if jsonOut || len(rows) == 0 {
		return nil
	}
	return v.table([]string{"WHAT", "UID", "FIELDS"}, rows)
}

// presence is a status, empty for not being in the list.
func presence(s roster.Status) string {
	if s == roster.Withdrawn {
		return ""
	}
	return s.String()
}

// differences says in a sentence how many people are not the same.
func differences(l *roster.List, from, to core.Moment, counts map[string]int) string {
	text := ""
	for _, what := range []string{"came", "left", "returned", "changed", "taken back"} {
		if n := counts[what]; n > 0 {
			text += ", " + kit.Count(n) + " " + what
		}
	}
	if text == "" {
		text = ", nothing changed"
	}
	return fmt.Sprintf("%s from %s to %s: %s.", l.Name, momentText(from), momentText(to), text[len(", "):])
}

// momentText says which state of the list a moment is.
func momentText(m core.Moment) string {
	if m.Version == 0 {
		return "before its first changeset"
	}
	return fmt.Sprintf("changeset %d (%s)", m.Last.ID, stamp(m.Last.AppliedAt))
}
