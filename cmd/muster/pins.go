package main

import (
	"cmp"
	"strconv"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// pinJSON is a decision against the source that stands. Field is a field's key,
// or status, link, or create for somebody who was not to be created.
type pinJSON struct {
	UID       string            `json:"uid"`
	Name      string            `json:"name"`
	Field     string            `json:"field"`
	Declined  string            `json:"declined"`
	Now       string            `json:"now"`
	By        string            `json:"by"`
	Changeset changeset.ID      `json:"changeset"`
	Fields    map[string]string `json:"fields,omitempty"` // of somebody not created
}

// notCreated is the word for what was declined of somebody not in the list.
const notCreated = "create"

func pinAsJSON(l *roster.List, p *core.Pinned) pinJSON {
	j := pinJSON{UID: p.UID, Name: p.Name, Field: partKey(l, p.Field), Declined: p.Declined, Now: p.Now, By: p.By, Changeset: p.Changeset}
	if p.OfNewcomer() {
		j.Field, j.Fields = notCreated, make(map[string]string)
		for f, text := range p.Values.All() {
			j.Fields[partKey(l, f)] = text
		}
	}
	return j
}

func (v *env) changesPins() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "pins SLUG", Short: "Show what was decided against a list's source and stands", Args: exactly(1),
		Long: `Show the decisions against a list's source that stand: what the source said was
declined, or replaced by hand, and stays so until the source says something else.
FIELD is a field's key, status, link for the tie to the source, or create for
somebody who was not to be created. muster changes unpin takes one away.`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			pins, err := e.Pins(c.Context(), l.ID)
			if err != nil {
				return err
			}
			return v.showPins(&l, pins, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

func (v *env) showPins(l *roster.List, pins []core.Pinned, jsonOut bool) error {
	var rows [][]string
	for i := range pins {
		j := pinAsJSON(l, &pins[i])
		if jsonOut {
			if err := v.json(j); err != nil {
				return err
			}
		}
		now := shown(j.Now)
		if pins[i].OfNewcomer() {
			now = "not in the list"
		}
		rows = append(rows, []string{j.UID, j.Name, j.Field, shown(j.Declined), now, j.By, strconv.FormatUint(uint64(j.Changeset), 10)})
	}
	switch {
	case jsonOut:
		return nil
	case len(rows) == 0:
		v.say("Nothing was decided against the source of %s.", l.Slug)
		return nil
	}
	return v.table([]string{"UID", "NAME", "FIELD", "DECLINED", "NOW", "BY", ">CHANGESET"}, rows)
}

func (v *env) changesUnpin() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "unpin SLUG UID [FIELD]", Short: "Listen to a list's source again", Args: between(2, 3),
		Long: `Take away a decision against a list's source, as muster changes pins lists them:
of one field, or without FIELD of all that stand about that person. The source's
next word, also one that was declined, is proposed again.`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			pins, err := e.Pins(c.Context(), l.ID)
			if err != nil {
				return err
			}
			gone := 0
			for i := range pins {
				j := pinAsJSON(&l, &pins[i])
				if roster.FoldUID(j.UID) != roster.FoldUID(args[1]) || len(args) == 3 && j.Field != args[2] {
					continue
				}
				if err := e.Unpin(c.Context(), v.actor, l.ID, pins[i].Pin); err != nil {
					return err
				}
				if gone++; jsonOut {
					if err := v.json(j); err != nil {
						return err
					}
				}
			}
			if gone == 0 {
				what := cmp.Or(append(args[2:], "anything")...)
				return fault.New(fault.NotFound, "Nothing was decided against the source about %s of %q; muster changes pins %s shows what was", what, args[1], l.Slug)
			}
			v.say("%s away; what the source says next is heard again.", kit.Many(gone, "decision taken", "decisions taken"))
			return nil
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print what was taken away, one JSON object a line")
	return c
}
