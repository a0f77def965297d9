package main

import (
	"strings"

	"github.com/spf13/cobra"

	"muster/core/fault"
	"muster/core/roster"
)

func (v *env) listCommand() *cobra.Command {
	return group("list", "Make and look at lists", v.listCreate(), v.listLs(), v.listShow())
}

func (v *env) listCreate() *cobra.Command {
	var name string
	var fields []string
	c := &cobra.Command{
		Use:   "create SLUG",
		Short: "Make a list",
		Long: `Make a list with the given fields, in their order. A field is KEY:TYPE, with
:required and :uid after it where they apply; the types are text, number,
email, dropdown and date. Exactly one field is the UID; until there is one the
list takes no people. A dropdown's options follow it in brackets:
house:dropdown[Red|Blue].`,
		Example: `muster list create staff --name Staff --field employee_number:text:uid --field email:email`,
		Args:    exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			l := roster.List{Slug: args[0], Name: name}
			for _, spec := range fields {
				f, err := parseField(spec)
				if err != nil {
					return err
				}
				if err := l.Schema.Add(f); err != nil {
					return err
				}
			}
			e, err := v.open(c.Context())
			if err != nil {
				return err
			}
			l, err = e.CreateList(c.Context(), v.actor, l)
			if err != nil {
				return err
			}
			v.say("Made the list %s (%s).", l.Name, l.Slug)
			return nil
		},
	}
	c.Flags().StringVar(&name, "name", "", "what people call the list (default: from the slug)")
	c.Flags().StringArrayVar(&fields, "field", nil, "a field, `KEY:TYPE[:required][:uid]`; repeat for more")
	return c
}

// parseField reads KEY:TYPE[:required][:uid].
func parseField(spec string) (roster.Field, error) {
	var f roster.Field
	parts := strings.Split(spec, ":")
	f.Key = parts[0]
	if len(parts) > 1 {
		kind, options, some := strings.Cut(parts[1], "[")
		f.Type = roster.Type(kind)
		if some {
			f.Options = strings.Split(strings.TrimSuffix(options, "]"), "|")
		}
	}
	for _, word := range parts[min(2, len(parts)):] {
		switch word {
		case "required":
			f.Required = true
		case "uid":
			f.UID = true
		default:
			return f, fault.New(fault.Invalid, "%q is not something a field can be; after the type come required and uid", word)
		}
	}
	return f, nil
}

type listJSON struct {
	Slug     string `json:"slug"`
	Name     string `json:"name"`
	Total    int    `json:"total"`
	Active   int    `json:"active"`
	Inactive int    `json:"inactive"`
	Source   string `json:"source"`
	Changed  string `json:"changed"`
	Version  uint64 `json:"version"`
	Pending  int    `json:"pending"`
}

func (v *env) listLs() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "ls", Short: "Show all lists", Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			e, err := v.open(c.Context())
			if err != nil {
				return err
			}
			lists, err := e.Lists(c.Context())
			if err != nil {
				return err
			}
			waiting, err := e.Waiting(c.Context())
			if err != nil {
				return err
			}
			rows := [][]string{}
			for i := range lists {
				l := &lists[i]
				s := l.Standing
				if asJSON {
					if err := v.json(listJSON{l.Slug, l.Name, s.Active + s.Inactive, s.Active, s.Inactive, source(l), stamp(s.Changed), s.Version, waiting[l.ID]}); err != nil {
						return err
					}
					continue
				}
				rows = append(rows, []string{l.Slug, l.Name, number(s.Active), number(s.Inactive), source(l), number(waiting[l.ID]), stamp(s.Changed)})
			}
			if asJSON {
				return nil
			}
			if len(rows) == 0 {
				v.say("There are no lists yet. Make one from a file: muster import SLUG FILE --create")
				return nil
			}
			return v.table([]string{"SLUG", "NAME", ">ACTIVE", ">INACTIVE", "SOURCE", ">WAITING", "CHANGED"}, rows)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

// source names what feeds a list.
func source(l *roster.List) string {
	if l.Connected() {
		return l.Connection.Kind
	}
	return "none"
}

type fieldJSON struct {
	Key      string   `json:"key"`
	Label    string   `json:"label"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	UID      bool     `json:"uid"`
	Options  []string `json:"options,omitempty"`
	Owner    string   `json:"owner,omitempty"`
}

func (v *env) listShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show SLUG", Short: "Show a list and its fields", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			_, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			var fields []fieldJSON
			for _, f := range l.Schema.Fields {
				owner := ""
				if m, ok := l.Owner(f.Key); ok {
					owner = m.Attribute
				}
				fields = append(fields, fieldJSON{f.Key, f.Label, string(f.Type), f.Required, f.UID, f.Options, owner})
			}
			s := l.Standing
			if asJSON {
				return v.json(struct {
					listJSON
					Fields []fieldJSON `json:"fields"`
				}{listJSON{l.Slug, l.Name, s.Active + s.Inactive, s.Active, s.Inactive, source(&l), stamp(s.Changed), s.Version, 0}, fields})
			}
			v.say("%s: %s active, %s inactive, source %s", l.Name, number(s.Active), number(s.Inactive), source(&l))
			rows := make([][]string, len(fields))
			for i, f := range fields {
				rules := []string{}
				if f.UID {
					rules = append(rules, "UID")
				}
				if f.Required {
					rules = append(rules, "required")
				}
				if f.Owner != "" {
					rules = append(rules, "from "+f.Owner)
				}
				if len(f.Options) > 0 {
					rules = append(rules, strings.Join(f.Options, " | "))
				}
				rows[i] = []string{f.Key, f.Label, f.Type, strings.Join(rules, ", ")}
			}
			return v.table([]string{"KEY", "LABEL", "TYPE", "RULES"}, rows)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return c
}
