package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

func (v *env) personCommand() *cobra.Command {
	return group("person", "Look at and change people one by one",
		v.personShow(), v.personHistory(), v.personAdd(), v.personSet(),
		v.personStatus("deactivate", "Deactivate people; they keep everything and can come back", roster.Inactive),
		v.personStatus("reactivate", "Make people active again", roster.Active))
}

// person returns the person of a list whom a UID names.
func (v *env) person(ctx context.Context, slug, uid string) (*core.Engine, roster.List, roster.Person, error) {
	e, l, err := v.list(ctx, slug)
	if err != nil {
		return nil, l, roster.Person{}, err
	}
	p, err := e.PersonByUID(ctx, l.ID, uid)
	return e, l, p, err
}

func (v *env) personShow() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "show SLUG UID", Short: "Show everything about a person", Args: exactly(2),
		RunE: func(c *cobra.Command, args []string) error {
			_, l, p, err := v.person(c.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			if jsonOut {
				return v.json(asJSON(&l, &p))
			}
			rows := [][]string{}
			for _, f := range l.Schema.Fields {
				owner := ""
				if m, locked := l.Lock(&p, f.Key); locked {
					owner = "from " + m.Attribute
				}
				rows = append(rows, []string{f.Label, p.Values.Get(f.ID), owner})
			}
			v.say("%s, %s", l.DisplayName(p.Values), p.Status)
			return v.table([]string{"FIELD", "VALUE", "OWNER"}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object")
	return c
}

// eventJSON is a journal entry as the log command, too, prints it.
type eventJSON struct {
	At        string               `json:"at"`
	List      string               `json:"list"`
	Actor     string               `json:"actor"`
	Origin    changeset.Origin     `json:"origin"`
	Changeset changeset.ID         `json:"changeset"`
	Kind      string               `json:"kind"`
	UID       string               `json:"uid"`
	Fields    map[string][2]string `json:"fields"`
	Status    string               `json:"status"`
}

func eventAsJSON(l *roster.List, ev *core.Event) eventJSON {
	fields := make(map[string][2]string, len(ev.Fields))
	for _, m := range ev.Fields {
		if f, ok := l.Schema.ByID(m.Field); ok {
			fields[f.Key] = [2]string{m.Old, m.New}
		}
	}
	return eventJSON{stamp(ev.At), l.Slug, ev.By, ev.Origin, ev.Changeset, ev.Kind.String(), ev.UID, fields, "applied"}
}

// eventFields says what an entry changed: Label: old → new, ….
func eventFields(l *roster.List, ev *core.Event) string {
	if ev.Kind == changeset.Create {
		return ""
	}
	var parts []string
	for _, m := range ev.Fields {
		if f, ok := l.Schema.ByID(m.Field); ok {
			parts = append(parts, f.Label+": "+shown(m.Old)+" → "+shown(m.New))
		}
	}
	return strings.Join(parts, "; ")
}

func shown(value string) string {
	if value == "" {
		return "(nothing)"
	}
	return value
}

func (v *env) personHistory() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "history SLUG UID", Short: "Show what happened to a person, newest first", Args: exactly(2),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, p, err := v.person(c.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			events, err := e.History(c.Context(), l.ID, p.ID)
			if err != nil {
				return err
			}
			var rows [][]string
			for i := range events {
				ev := &events[i]
				if jsonOut {
					if err := v.json(eventAsJSON(&l, ev)); err != nil {
						return err
					}
				}
				rows = append(rows, []string{stamp(ev.At), ev.By, string(ev.Origin), number(int(ev.Changeset)), ev.Kind.String(), eventFields(&l, ev)})
			}
			if jsonOut {
				return nil
			}
			return v.table([]string{"AT", "WHO", "ORIGIN", ">CHANGESET", "WHAT", "FIELDS"}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

// assignments reads FIELD=VALUE arguments.
func assignments(l *roster.List, args []string) ([]changeset.Was, error) {
	var set []changeset.Was
	for _, arg := range args {
		word, value, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, usagef("%q is not FIELD=VALUE", arg)
		}
		f, ok := l.Schema.Find(strings.TrimSpace(word))
		if !ok {
			return nil, fault.New(fault.NotFound, "The list %s has no field %q", l.Slug, word)
		}
		set = append(set, changeset.Was{Field: f.ID, Text: strings.TrimSpace(value)})
	}
	return set, nil
}

func (v *env) personAdd() *cobra.Command {
	return &cobra.Command{
		Use: "add SLUG FIELD=VALUE...", Short: "Add a person by hand", Args: between(2, -1),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			set, err := assignments(&l, args[1:])
			if err != nil {
				return err
			}
			given := make(map[roster.FieldID]string)
			for _, s := range set {
				given[s.Field] = s.Text
			}
			head, _, err := e.AddPerson(c.Context(), v.actor, l.ID, given)
			if err != nil {
				return err
			}
			v.say("Added, as changeset %d. muster undo %s takes it back.", head.ID, l.Slug)
			return nil
		},
	}
}

func (v *env) personSet() *cobra.Command {
	var filter string
	var yes bool
	c := &cobra.Command{
		Use: "set SLUG [UID] FIELD=VALUE...", Short: "Change fields of a person, or one field of many", Args: between(2, -1),
		Example: `muster person set staff E0042 'email=kim@example.org' notes=
muster person set staff --filter 'dep:sci' 'department=Science'`,
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("filter") {
				return v.setMany(c.Context(), args[0], filter, args[1:], yes)
			}
			if len(args) < 3 {
				return usagef("name a person by the UID, or people with --filter, before FIELD=VALUE")
			}
			e, l, p, err := v.person(c.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			set, err := assignments(&l, args[2:])
			if err != nil {
				return err
			}
			var changes []changeset.Change
			for _, s := range set {
				changes = append(changes, changeset.Change{Field: s.Field, Base: p.Values.Get(s.Field), Proposed: s.Text})
			}
			head, err := e.SetFields(c.Context(), v.actor, l.ID, p.ID, changes)
			if err != nil {
				return err
			}
			if !head.Done() {
				v.say("Nothing to change: the values are so already.")
				return nil
			}
			v.say("Changed, as changeset %d. muster undo %s takes it back.", head.ID, l.Slug)
			return nil
		},
	}
	c.Flags().StringVar(&filter, "filter", "", "set the field for everyone who matches the `QUERY`")
	c.Flags().BoolVar(&yes, "yes", false, "apply without asking")
	return c
}

func (v *env) setMany(ctx context.Context, slug, filter string, args []string, yes bool) error {
	if len(args) != 1 {
		return usagef("--filter takes one FIELD=VALUE")
	}
	e, l, err := v.list(ctx, slug)
	if err != nil {
		return err
	}
	set, err := assignments(&l, args)
	if err != nil {
		return err
	}
	ids, err := v.chosen(ctx, e, &l, choice{filter: filter, status: "all"})
	if err != nil {
		return err
	}
	d, err := e.DraftField(ctx, l.ID, ids, set[0].Field, set[0].Text)
	if err != nil {
		return err
	}
	return v.settle(ctx, e, d, yes, false)
}

func (v *env) chosen(ctx context.Context, e *core.Engine, l *roster.List, ch choice) ([]roster.PersonID, error) {
	var ids []roster.PersonID
	err := ch.each(ctx, e, l, func(p *roster.Person) error {
		ids = append(ids, p.ID)
		return nil
	})
	return ids, err
}

func (v *env) personStatus(verb, short string, to roster.Status) *cobra.Command {
	var filter string
	var yes bool
	c := &cobra.Command{
		Use: verb + " SLUG [UID...]", Short: short, Args: between(1, -1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			e, l, err := v.list(ctx, args[0])
			if err != nil {
				return err
			}
			var ids []roster.PersonID
			switch byFilter := c.Flags().Changed("filter"); {
			case byFilter == (len(args) > 1):
				return usagef("name people by their UIDs or with --filter, one of the two")
			case byFilter:
				if ids, err = v.chosen(ctx, e, &l, choice{filter: filter, status: "all"}); err != nil {
					return err
				}
			}
			for _, uid := range slices.Compact(slices.Sorted(slices.Values(args[1:]))) {
				p, err := e.PersonByUID(ctx, l.ID, uid)
				if err != nil {
					return err
				}
				ids = append(ids, p.ID)
			}
			d, err := e.DraftStatus(ctx, l.ID, ids, to)
			if err != nil {
				return err
			}
			return v.settle(ctx, e, d, yes || len(args) == 2, false)
		},
	}
	c.Flags().StringVar(&filter, "filter", "", "everyone who matches the `QUERY`")
	c.Flags().BoolVar(&yes, "yes", false, "apply without asking")
	return c
}
