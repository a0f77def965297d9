package main

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
)

// schemaCommand is about the fields of a list.
func (v *env) schemaCommand() *cobra.Command {
	return group("schema", "Show and change the fields of a list", v.schemaLs(), v.schemaAdd(), v.schemaSet(), v.schemaRm())
}

type fieldUseJSON struct {
	Key      string         `json:"key"`
	Label    string         `json:"label"`
	Type     roster.Type    `json:"type"`
	Required bool           `json:"required"`
	UID      bool           `json:"uid"`
	Unique   bool           `json:"unique"`
	Hidden   bool           `json:"hidden"`
	Group    string         `json:"group,omitempty"`
	Options  []string       `json:"options,omitempty"`
	Owner    string         `json:"owner,omitempty"` // the attribute that feeds it
	Filled   int            `json:"filled"`
	Uses     map[string]int `json:"uses,omitempty"` // of each option
}

func (v *env) schemaLs() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "ls SLUG", Short: "Show the fields of a list, and how much they are used", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			use, err := e.FieldUses(c.Context(), l.ID)
			if err != nil {
				return err
			}
			var rows [][]string
			for _, f := range l.Schema.Fields {
				row := fieldUse(&l, f, use)
				if jsonOut {
					if err := v.json(row); err != nil {
						return err
					}
					continue
				}
				rows = append(rows, []string{f.Key, f.Label, string(f.Type), number(row.Filled), describeUse(&row)})
			}
			if jsonOut {
				return nil
			}
			return v.table([]string{"KEY", "LABEL", "TYPE", ">FILLED", ""}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print a JSON object a line")
	return c
}

func fieldUse(l *roster.List, f roster.Field, uses map[roster.FieldID]core.FieldUse) fieldUseJSON {
	use := uses[f.ID]
	row := fieldUseJSON{
		Key: f.Key, Label: f.Label, Type: f.Type, Required: f.Required, UID: f.UID, Unique: f.Unique || f.UID, Hidden: f.Hidden, Group: f.Group,
		Options: f.Options, Filled: use.Filled, Uses: use.Values,
	}
	if m, ok := l.Owner(f.Key); ok {
		row.Owner = m.Attribute
	}
	return row
}

// describeUse says in words what else there is to say of a field.
func describeUse(f *fieldUseJSON) string {
	var words []string
	for _, w := range []struct {
		is   bool
		says string
	}{
		{f.UID, "UID"}, {f.Required, "required"}, {f.Unique && !f.UID, "unique"}, {f.Hidden, "hidden"},
		{f.Group != "" && f.Group != roster.NoGroup, "group " + f.Group}, {f.Group == roster.NoGroup, "no group"}, {f.Owner != "", "fed by " + f.Owner},
	} {
		if w.is {
			words = append(words, w.says)
		}
	}
	for _, option := range f.Options {
		words = append(words, option+" × "+number(f.Uses[option]))
	}
	return strings.Join(words, ", ")
}

func (v *env) schemaAdd() *cobra.Command {
	var how pricing
	var at int
	c := &cobra.Command{
		Use: "add SLUG KEY:TYPE...", Short: "Add fields to a list", Args: between(2, -1),
		Long: `Add fields to a list. A field is KEY:TYPE, with :required, :unique or :hidden
after it where they apply; the types are text, number, email, dropdown, date and
tags. A dropdown's options follow it in brackets: house:dropdown[Red|Blue]. The
key never changes; muster schema set gives it another label.`,
		Example:           `muster schema add staff badge:text:unique house:dropdown[Red|Blue]`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			var fields []roster.Field
			for _, spec := range args[1:] {
				f, err := parseField(spec)
				if err == nil {
					err = new(roster.Schema).Add(f)
				}
				if err != nil {
					return usageError{err}
				}
				fields = append(fields, f)
			}
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			return v.changeList(c.Context(), e, &l, core.ListChange{Note: "new field " + plural(len(fields), fields[0].Key), Make: func(l *roster.List) error {
				for i, f := range fields {
					if err := l.Schema.Add(f); err != nil {
						return err
					}
					if at > 0 {
						if err := l.Schema.Move(f.Key, at-1+i); err != nil {
							return err
						}
					}
				}
				return nil
			}}, how)
		},
	}
	c.Flags().IntVar(&at, "at", 0, "put it at this `PLACE`, counted from 1 (default: the end)")
	how.flags(c)
	return c
}

// plural names one thing, or says how many.
func plural(n int, one string) string {
	if n == 1 {
		return one
	}
	return number(n) + " fields"
}

func (v *env) schemaRm() *cobra.Command {
	var how pricing
	c := &cobra.Command{
		Use: "rm SLUG KEY...", Short: "Take fields and their values away", Args: between(2, -1),
		Long: `Take fields away, with the values that people have in them: how many would be
lost is shown first. A rollback of the changeset brings field and values back.`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			return v.changeList(c.Context(), e, &l, core.ListChange{Note: "without " + plural(len(args)-1, args[1]), Make: func(l *roster.List) error {
				for _, key := range args[1:] {
					if err := core.RemoveField(l, key); err != nil {
						return err
					}
				}
				return nil
			}}, how)
		},
	}
	how.flags(c)
	return c
}

// fieldChange is what muster schema set was told.
type fieldChange struct {
	label, kind, group, convert string
	required, unique, hidden    bool
	uid, clear                  bool
	at                          int
	options, rename             []string
}

func (v *env) schemaSet() *cobra.Command {
	var how pricing
	var to fieldChange
	c := &cobra.Command{
		Use: "set SLUG KEY", Short: "Change a field of a list", Args: exactly(2),
		Long: `Change a field. What it means for the values there are is worked out and shown
first. Values that do not fit another type, or an option that is no more, stand
in the way: --convert says how they are written, --clear empties them. A change
of the UID is always held for review.`,
		Example: `muster schema set staff dept --label Department --rename-option Sci=Science
muster schema set staff born --type date --convert 'date(DD/MM/YYYY)'
muster schema set staff badge --unique --required=false
muster schema set staff email --uid`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			key := args[1]
			change := core.ListChange{Note: "field " + key, Convert: make(map[string][]mapping.Transform)}
			if to.clear {
				change.Clear = []string{key}
			}
			steps, err := transforms(to.convert)
			if err != nil {
				return err
			}
			renames, err := to.renames()
			if err != nil {
				return err
			}
			for _, r := range renames {
				steps = append(steps, mapping.MapOne(r[0], r[1]))
			}
			if len(steps) > 0 {
				change.Convert[key] = steps
			}
			given := c.Flags().Changed
			change.Make = func(l *roster.List) error { return to.make(l, key, renames, given) }
			return v.changeList(c.Context(), e, &l, change, how)
		},
	}
	f := c.Flags()
	f.StringVar(&to.label, "label", "", "what people call it")
	f.StringVar(&to.kind, "type", "", "text, number, email, dropdown, date or tags")
	f.StringVar(&to.group, "group", "", "fields of one `GROUP` are decided together in a review; - is none")
	f.BoolVar(&to.required, "required", false, "everybody needs a value")
	f.BoolVar(&to.unique, "unique", false, "no two people have the same value")
	f.BoolVar(&to.hidden, "hidden", false, "keep it, and do not show it")
	f.BoolVar(&to.uid, "uid", false, "make it the field by which people are known")
	f.IntVar(&to.at, "at", 0, "put it at this `PLACE`, counted from 1")
	f.StringArrayVar(&to.options, "option", nil, "an option of a dropdown; repeat for all, in order")
	f.StringArrayVar(&to.rename, "rename-option", nil, "rename an option with the values, `OLD=NEW`")
	f.StringVar(&to.convert, "convert", "", "what the values go through, `STEPS` as 'date(DD/MM/YYYY)'")
	f.BoolVar(&to.clear, "clear", false, "empty the values that do not fit")
	how.flags(c)
	return c
}

func (to *fieldChange) renames() (all [][2]string, err error) {
	for _, word := range to.rename {
		from, into, ok := strings.Cut(word, "=")
		if !ok || into == "" {
			return nil, usagef("--rename-option takes OLD=NEW, not %q", word)
		}
		all = append(all, [2]string{from, into})
	}
	return all, nil
}

func (to *fieldChange) make(l *roster.List, key string, renames [][2]string, given func(string) bool) error {
	for _, r := range renames {
		if _, err := core.RenameOption(&l.Schema, key, r[0], r[1]); err != nil {
			return err
		}
	}
	err := l.Schema.Edit(key, func(f *roster.Field) error {
		f.Label, f.Type = cmp.Or(to.label, f.Label), cmp.Or(roster.Type(to.kind), f.Type)
		for flag, set := range map[string]func(){
			"required": func() { f.Required = to.required }, "unique": func() { f.Unique = to.unique }, "hidden": func() { f.Hidden = to.hidden },
			"group": func() { f.Group = to.group }, "option": func() { f.Options = to.options },
		} {
			if given(flag) {
				set()
			}
		}
		return nil
	})
	if err == nil && to.uid {
		err = l.Schema.SetUID(key)
	}
	if err == nil && to.at > 0 {
		err = l.Schema.Move(key, to.at-1)
	}
	return err
}
