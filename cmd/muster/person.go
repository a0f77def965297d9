package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

func (v *env) personCommand() *cobra.Command {
	return group("person", "Look at and change people one by one",
		v.personShow(), v.personHistory(), v.personWhy(), v.personAdd(), v.personSet(),
		v.personStatus("deactivate", "Deactivate people; they keep everything and can come back", "active", roster.Inactive),
		v.personStatus("reactivate", "Make people active again who are inactive", "inactive", roster.Active))
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
		ValidArgsFunction: v.completing(v.slugs),
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
			return v.table([]string{"FIELD", "VALUE", "OWNER"}, append(rows, []string{"Status", p.Status.String(), ""}))
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print a JSON object")
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
	Left      mapping.Left         `json:"left,omitempty"` // of a deactivation, why, if the source told
	UID       string               `json:"uid"`
	Fields    map[string][2]string `json:"fields"`
	Status    string               `json:"status"`
}

func eventAsJSON(l *roster.List, ev *core.Event) eventJSON {
	return eventJSON{stamp(ev.At), l.Slug, ev.By, ev.Origin, ev.Changeset, ev.Kind.String(), ev.Left, ev.UID, movedJSON(l, ev.Fields), "applied"}
}

// movedJSON names each field's old and new value by the field's key.
func movedJSON(l *roster.List, moved []core.Moved) map[string][2]string {
	fields := make(map[string][2]string, len(moved))
	for _, m := range moved {
		if f, ok := l.Schema.Named(m.Field); ok {
			fields[f.Key] = [2]string{m.Old, m.New}
		}
	}
	return fields
}

// movedText says what changed: Label: old → new; ….
func movedText(l *roster.List, moved []core.Moved) string {
	var parts []string
	for _, m := range moved {
		if f, ok := l.Schema.Named(m.Field); ok {
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
		ValidArgsFunction: v.completing(v.slugs),
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
				what := ""
				if ev.Kind != changeset.Create {
					what = movedText(&l, ev.Fields)
				}
				if ev.Left != "" {
					what = strings.TrimSuffix(string(ev.Left)+", "+what, ", ")
				}
				rows = append(rows, []string{stamp(ev.At), ev.By, string(ev.Origin), strconv.FormatUint(uint64(ev.Changeset), 10), ev.Kind.String(), what})
			}
			if jsonOut {
				return nil
			}
			return v.table([]string{"AT", "WHO", "ORIGIN", ">CHANGESET", "WHAT", "FIELDS"}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print a JSON object a line")
	return c
}

// assignments reads FIELD=VALUE arguments, and puts them in the order of the
// fields.
func assignments(l *roster.List, args []string) ([]changeset.Was, error) {
	var set []changeset.Was
	for _, arg := range args {
		word, value, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, usagef("%q is not FIELD=VALUE", arg)
		}
		f, err := field(l, strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(set, func(s changeset.Was) bool { return s.Field == f.ID }) {
			return nil, usagef("%s is given twice", f.Label)
		}
		set = append(set, changeset.Was{Field: f.ID, Text: strings.TrimSpace(value)})
	}
	slices.SortFunc(set, func(a, b changeset.Was) int { return int(a.Field) - int(b.Field) })
	return set, nil
}

// field finds the field that a word means, or says which there are.
func field(l *roster.List, word string) (roster.Field, error) {
	f, ok := l.Schema.Find(word)
	if ok {
		return f, nil
	}
	var keys []string
	for _, f := range l.Schema.Fields {
		keys = append(keys, f.Key)
	}
	return f, fault.New(fault.NotFound, "The list %s has no field %q; it has %s", l.Slug, word, strings.Join(keys, ", "))
}

func (v *env) personAdd() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "add SLUG FIELD=VALUE...", Short: "Add a person by hand", Args: between(2, -1),
		Example:           `muster person add staff employee_number=E0042 first_name=Kim last_name=Larsen`,
		ValidArgsFunction: v.completing(v.slugs),
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
			return v.receipt(&head, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the result as a JSON object")
	return c
}

// selecting are the flags of commands that change one person by the UID, or
// many by a filter.
type selecting struct {
	filter string
	settling
}

func (s *selecting) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.filter, "filter", "", "everyone who matches the `QUERY`, active people unless it says status:")
	c.Flags().BoolVar(&s.yes, "yes", false, "apply without asking")
	c.Flags().BoolVar(&s.json, "json", false, "print the result as a JSON object")
}

func (v *env) personSet() *cobra.Command {
	var sel selecting
	c := &cobra.Command{
		Use: "set SLUG UID FIELD=VALUE...", Short: "Change fields of a person, or one field of many", Args: between(2, -1),
		Long: `Change fields of the person with the UID, at once; or, with --filter, one
field of everyone who matches, after asking: then there is no UID. A value of
nothing empties a field.`,
		Example: `muster person set staff E0042 'email=kim@example.org' notes=
muster person set staff --filter 'dep:sci' 'department=Science' --yes`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("filter") {
				return v.setMany(c.Context(), args[0], args[1:], sel)
			}
			if len(args) < 3 {
				return usagef("Name a person by the UID, or people with --filter, before FIELD=VALUE")
			}
			return v.setOne(c.Context(), args[0], args[1], args[2:], sel.json)
		},
	}
	sel.flags(c)
	return c
}

func (v *env) setOne(ctx context.Context, slug, uid string, args []string, jsonOut bool) error {
	e, l, p, err := v.person(ctx, slug, uid)
	if err != nil {
		return err
	}
	set, err := assignments(&l, args)
	if err != nil {
		return err
	}
	var changes []changeset.Change
	for _, s := range set {
		changes = append(changes, changeset.Change{Field: s.Field, Base: p.Values.Get(s.Field), Proposed: s.Text})
	}
	head, err := e.SetFields(ctx, v.actor, l.ID, p.ID, changes)
	if err != nil {
		return err
	}
	if !head.Done() {
		v.say("Nothing to change: that is how it is already.")
	}
	return v.receipt(&head, jsonOut)
}

func (v *env) setMany(ctx context.Context, slug string, args []string, sel selecting) error {
	if len(args) != 1 {
		return usagef("--filter takes one FIELD=VALUE, and no UID")
	}
	e, l, err := v.list(ctx, slug)
	if err != nil {
		return err
	}
	set, err := assignments(&l, args)
	if err != nil {
		return err
	}
	ids, err := v.chosen(ctx, e, &l, choice{filter: sel.filter, status: "active"})
	if err != nil {
		return err
	}
	d, err := e.DraftField(ctx, l.ID, ids, set[0].Field, set[0].Text, nil)
	if err != nil {
		return err
	}
	return v.settle(ctx, e, d, sel.settling)
}

// chosen are the people that a choice means; nobody at all is NotFound.
func (v *env) chosen(ctx context.Context, e *core.Engine, l *roster.List, ch choice) ([]roster.PersonID, error) {
	var ids []roster.PersonID
	err := ch.each(ctx, e, l, func(p *roster.Person) error {
		ids = append(ids, p.ID)
		return nil
	})
	if err == nil && len(ids) == 0 {
		err = fault.New(fault.NotFound, "Nobody who is %s in %s matches %q", ch.status, l.Slug, ch.filter)
	}
	return ids, err
}

func (v *env) personStatus(verb, short string, from string, to roster.Status) *cobra.Command {
	var sel selecting
	c := &cobra.Command{
		Use: verb + " SLUG [UID]...", Short: short, Args: between(1, -1),
		Long: short + `. One person is
changed at once; several, or those of a --filter, after asking.`,
		Example:           "muster person " + verb + " staff E0042\nmuster person " + verb + " staff --filter 'company:quillon' --yes",
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			byFilter := c.Flags().Changed("filter")
			if byFilter == (len(args) > 1) {
				return usagef("Name people by their UIDs or with --filter, one of the two")
			}
			e, l, err := v.list(ctx, args[0])
			if err != nil {
				return err
			}
			ids, err := v.byUIDs(ctx, e, &l, args[1:])
			if byFilter {
				ids, err = v.chosen(ctx, e, &l, choice{filter: sel.filter, status: from})
			}
			if err != nil {
				return err
			}
			d, err := e.DraftStatus(ctx, l.ID, ids, to, nil)
			if err != nil {
				return err
			}
			sel.yes = sel.yes || !byFilter && len(ids) == 1
			return v.settle(ctx, e, d, sel.settling)
		},
	}
	sel.flags(c)
	return c
}

// byUIDs finds people by their UIDs, each once.
func (v *env) byUIDs(ctx context.Context, e *core.Engine, l *roster.List, uids []string) ([]roster.PersonID, error) {
	var ids []roster.PersonID
	for _, uid := range uids {
		p, err := e.PersonByUID(ctx, l.ID, uid)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, p.ID) {
			ids = append(ids, p.ID)
		}
	}
	return ids, nil
}
