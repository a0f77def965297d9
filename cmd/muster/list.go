package main

import (
	"strings"

	"github.com/spf13/cobra"

	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

func (v *env) listCommand() *cobra.Command {
	return group("list", "Make lists and look at them", v.listCreate(), v.listLs(), v.listShow(), v.listSet())
}

func (v *env) listCreate() *cobra.Command {
	var name string
	var fields []string
	c := &cobra.Command{
		Use:   "create SLUG",
		Short: "Make a list without people",
		Long: `Make a list with the given fields, in their order. A field is KEY:TYPE, with
:required, :unique, :hidden and :uid after it where they apply; the types are
text, number, email, dropdown, date and tags. Exactly one field is the UID;
until there is one the list takes no people. A dropdown's options follow it in brackets:
house:dropdown[Red|Blue].`,
		Example: `muster list create staff --name Staff --field employee_number:text:uid --field email:email`,
		Args:    exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			l := roster.List{Slug: args[0], Name: name}
			if err := roster.CheckSlug(l.Slug); err != nil {
				return usageError{err}
			}
			for _, spec := range fields {
				f, err := parseField(spec)
				if err == nil {
					err = l.Schema.Add(f)
				}
				if err != nil {
					return usageError{err}
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
			if _, ok := l.Schema.UID(); !ok {
				v.say("It takes no people until it has a UID: muster import %s FILE --uid KEY names one of its fields%s; muster source connect %s scim brings one from an identity provider.", l.Slug, orCreate(&l), l.Slug)
			}
			return nil
		},
	}
	c.Flags().StringVar(&name, "name", "", "what people call the list (default: from the slug)")
	c.Flags().StringArrayVar(&fields, "field", nil, "a field, `KEY:TYPE[:required][:uid]`; repeat for more")
	return c
}

// orCreate adds what a list without any field needs.
func orCreate(l *roster.List) string {
	if len(l.Schema.Fields) > 0 {
		return ""
	}
	return ", and with --create it takes its fields from the file"
}

// parseField reads KEY:TYPE[:required][:unique][:hidden][:uid].
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
		case "unique":
			f.Unique = true
		case "hidden":
			f.Hidden = true
		default:
			return f, fault.New(fault.Invalid, "%q is not something a field can be; after the type come required, unique, hidden and uid", word)
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

func listAsJSON(l *roster.List, waiting int) listJSON {
	s := l.Standing
	return listJSON{l.Slug, l.Name, s.Active + s.Inactive, s.Active, s.Inactive, source(l), stamp(s.Changed), s.Version, waiting}
}

func (v *env) listLs() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "ls", Short: "Show all lists", Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			e, err := v.existing(c.Context())
			if fault.Is(err, fault.NotFound) {
				v.say("There are no lists yet. Make one from a file: muster import SLUG FILE --create")
				return nil
			}
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
					if err := v.json(listAsJSON(l, waiting[l.ID])); err != nil {
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

// fieldsJSON are the fields of a list; the owner is the attribute that the
// source feeds a field from.
func fieldsJSON(l *roster.List) []fieldJSON {
	fields := []fieldJSON{}
	for _, f := range l.Schema.Fields {
		owner := ""
		if m, ok := l.Owner(f.Key); ok {
			owner = m.Attribute
		}
		fields = append(fields, fieldJSON{f.Key, f.Label, string(f.Type), f.Required, f.UID, f.Options, owner})
	}
	return fields
}

func fieldHeadings() []string { return []string{"KEY", "LABEL", "TYPE", "RULES"} }

func fieldRows(l *roster.List) [][]string {
	var rows [][]string
	for _, f := range fieldsJSON(l) {
		var rules []string
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
		rows = append(rows, []string{f.Key, f.Label, f.Type, strings.Join(rules, ", ")})
	}
	return rows
}

func (v *env) listShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show SLUG", Short: "Show a list and its fields", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			waiting, err := e.Waiting(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return v.json(struct {
					listJSON
					Fields []fieldJSON `json:"fields"`
				}{listAsJSON(&l, waiting[l.ID]), fieldsJSON(&l)})
			}
			s := l.Standing
			tell(v.out, "%s: %s active, %s inactive, %s waiting, source %s", l.Name, number(s.Active), number(s.Inactive),
				kit.Many(waiting[l.ID], "changeset", "changesets"), source(&l))
			return v.table(fieldHeadings(), fieldRows(&l))
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return c
}
