package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// mappingCommand is about which attribute of a list's source feeds which field.
func (v *env) mappingCommand() *cobra.Command {
	return group("mapping", "Say which attribute of a list's source feeds which field",
		v.mappingLs(), v.mappingSet(), v.mappingSwitch("on", true), v.mappingSwitch("off", false), v.mappingReset(), v.mappingCopy(),
		v.mappingExport(), v.mappingImport(), v.mappingPreview())
}

type mappingJSON struct {
	Attribute  string   `json:"attribute"`
	Label      string   `json:"label,omitempty"`
	Field      string   `json:"field"`
	Transforms []string `json:"transforms"`
	On         bool     `json:"on"`
	Fallback   bool     `json:"fallback,omitempty"`
	Keep       bool     `json:"keep,omitempty"` // the last value, when it vanishes
}

func mappingAsJSON(m mapping.Mapping, label string) mappingJSON {
	out := mappingJSON{m.Attribute, label, m.Field, []string{}, m.On, m.Fallback, m.Vanished == mapping.Keep}
	for _, t := range m.Transforms {
		out.Transforms = append(out.Transforms, string(t))
	}
	return out
}

// attribute is the name of what a person calls by its name or its label, among
// those that a source has.
func attribute(all []core.SourceAttribute, word string) string {
	for _, same := range []func(core.SourceAttribute) bool{
		func(a core.SourceAttribute) bool { return a.Name == word },
		func(a core.SourceAttribute) bool { return strings.EqualFold(a.Label, word) },
	} {
		if i := slices.IndexFunc(all, same); i >= 0 {
			return all[i].Name
		}
	}
	return word
}

func attributeLabels(all []core.SourceAttribute) map[string]string {
	labels := make(map[string]string)
	for _, a := range all {
		labels[a.Name] = a.Label
	}
	return labels
}

func (v *env) mappingLs() *cobra.Command {
	var all, jsonOut bool
	c := &cobra.Command{
		Use: "ls SLUG", Short: "Show the mappings of a list", Args: exactly(1),
		Long: `Show the mappings of a list: which attribute of its source feeds which field,
through which transforms. A field that is fed is locked for the people who come
from the source. With --all the attributes that feed nothing follow, with how many
people have them: those too that only the people's records have shown, or that
the organisation has added to its directory, which are read once they are mapped.`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			known, err := e.Attributes(c.Context(), &l)
			if err != nil {
				return err
			}
			labels := attributeLabels(known)
			var rows [][]string
			for _, m := range l.Mappings {
				if jsonOut {
					if err := v.json(mappingAsJSON(m, labels[m.Attribute])); err != nil {
						return err
					}
				}
				on := "off"
				if m.On {
					on = "on"
				}
				rows = append(rows, []string{on, m.Attribute, labels[m.Attribute], m.Field, mapping.PrintTransforms(m.Transforms), mappingNotes(&l, &m)})
			}
			if all {
				return v.unmapped(c.Context(), e, &l, jsonOut, rows)
			}
			if jsonOut {
				return nil
			}
			if len(rows) == 0 {
				v.say("%s has no mappings; muster source connect gives it those of a source.", l.Name)
				return nil
			}
			return v.table([]string{"ON", "ATTRIBUTE", "", "FIELD", "TRANSFORMS", ""}, rows)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "also show attributes that feed nothing")
	c.Flags().BoolVar(&jsonOut, "json", false, "print a JSON object a line")
	return c
}

// mappingNotes says what is special about a mapping.
func mappingNotes(l *roster.List, m *mapping.Mapping) string {
	var notes []string
	if m.Fallback {
		notes = append(notes, "where what stands before is empty")
	}
	if m.Vanished == mapping.Keep {
		notes = append(notes, "keeps the last value")
	}
	if uid, ok := l.Schema.UID(); ok && uid.Key == m.Field {
		notes = append(notes, "UID")
	}
	return strings.Join(notes, ", ")
}

// unmapped shows, behind the mappings, what else there is to map from.
func (v *env) unmapped(ctx context.Context, e *core.Engine, l *roster.List, jsonOut bool, rows [][]string) error {
	found, err := v.survey(ctx, e, l)
	if err != nil {
		return err
	}
	for _, a := range found.Attributes {
		if slices.ContainsFunc(l.Mappings, func(m mapping.Mapping) bool { return m.Attribute == a.Name }) {
			continue
		}
		if jsonOut {
			if err := v.json(struct {
				Attribute string `json:"attribute"`
				Label     string `json:"label"`
				Group     string `json:"group"`
				People    int    `json:"people"`
				Unread    bool   `json:"unread,omitempty"` // until it is mapped
			}{a.Name, a.Label, a.Group, a.People, a.Unread}); err != nil {
				return err
			}
		}
		note := number(a.People) + " people have it"
		if a.Unread {
			note = "read once it is mapped"
		}
		rows = append(rows, []string{"", a.Name, a.Label, "", "", note})
	}
	if jsonOut {
		return nil
	}
	return v.table([]string{"ON", "ATTRIBUTE", "", "FIELD", "TRANSFORMS", ""}, rows)
}

func (v *env) survey(ctx context.Context, e *core.Engine, l *roster.List) (found core.AttributeSurvey, err error) {
	p := new(core.Progress)
	err = v.watch(ctx, p.Step, func(ctx context.Context) error {
		found, err = e.Surveyor(l.ID).Attributes(ctx, p)
		return err
	})
	return found, err
}

func (v *env) mappingSet() *cobra.Command {
	var how pricing
	var steps, add string
	var fallback, keepLast bool
	c := &cobra.Command{
		Use: "set SLUG ATTRIBUTE FIELD", Short: "Feed an attribute to a field", Args: exactly(3),
		Long: `Feed an attribute of the list's source to a field, through transforms, instead
of what was set for the two before. The attribute is named as the source does or
by its label, the field by its key; --add makes the field if there is none. What
it means for the people there are is worked out from what the source last said,
and shown first. muster mapping preview shows what comes out for whom.`,
		Example: `muster mapping set staff 'Job title' job_title --transform 'trim, uppercase'
muster mapping set staff 'urn:example:User:badge' badge --add text
muster mapping set staff 'Home e-mail' email --fallback`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			parsed, err := transforms(steps)
			if err != nil {
				return err
			}
			known, err := e.Attributes(c.Context(), &l)
			if err != nil {
				return err
			}
			m := mapping.Mapping{Attribute: attribute(known, args[1]), Field: args[2], On: true, Transforms: parsed, Fallback: fallback}
			if keepLast {
				m.Vanished = mapping.Keep
			}
			return v.changeList(c.Context(), e, &l, core.ListChange{
				Note: "map " + args[1] + " to " + m.Field,
				Make: func(l *roster.List) error {
					if add != "" {
						if err := l.Schema.Add(roster.Field{Key: m.Field, Type: roster.Type(add)}); err != nil {
							return err
						}
					}
					return core.PutMapping(l, m)
				},
			}, how)
		},
	}
	c.Flags().StringVar(&steps, "transform", "", "what the value goes through, `STEPS` as 'trim, uppercase'; muster import --help lists all")
	c.Flags().StringVar(&add, "add", "", "make the field, of this `TYPE`")
	c.Flags().BoolVar(&fallback, "fallback", false, "feed the field only where the mappings before it come out empty")
	c.Flags().BoolVar(&keepLast, "keep", false, "when the value vanishes at the source, keep the last one")
	how.flags(c)
	return c
}

func (v *env) mappingSwitch(word string, on bool) *cobra.Command {
	var how pricing
	long := "Turn a mapping on: its field belongs to the source from then on, and people get\nwhat the source last said of them."
	if !on {
		long = "Turn a mapping off: its field is unlocked and keeps its values. The mapping\nstays, to be turned on again."
	}
	c := &cobra.Command{
		Use: word + " SLUG ATTRIBUTE [FIELD]", Short: "Turn a mapping " + word, Args: between(2, 3), Long: long,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			known, err := e.Attributes(c.Context(), &l)
			if err != nil {
				return err
			}
			field := ""
			if len(args) == 3 {
				field = args[2]
			}
			return v.changeList(c.Context(), e, &l, core.ListChange{
				Note: "turn " + word + " the mapping of " + args[1],
				Make: func(l *roster.List) error { return core.SwitchMapping(l, attribute(known, args[1]), field, on) },
			}, how)
		},
	}
	how.flags(c)
	return c
}

func (v *env) mappingReset() *cobra.Command {
	var how pricing
	c := &cobra.Command{
		Use: "reset SLUG", Short: "Go back to the mappings that the source proposes", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			return v.changeList(c.Context(), e, &l, core.ListChange{Note: "reset the mappings", Make: e.ResetMappings}, how)
		},
	}
	how.flags(c)
	return c
}

func (v *env) mappingCopy() *cobra.Command {
	var how pricing
	c := &cobra.Command{
		Use: "copy SLUG FROM", Short: "Take over the mappings of another list, and the fields for them", Args: exactly(2),
		ValidArgsFunction: v.completing(v.slugs, v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			from, err := e.List(c.Context(), args[1])
			if err != nil {
				return err
			}
			if from.ID == l.ID {
				return usagef("A list has its own mappings already; name another one")
			}
			return v.changeList(c.Context(), e, &l, core.ListChange{
				Note: "copy the mappings of " + from.Slug,
				Make: func(l *roster.List) error { return core.CopyMappings(l, &from) },
			}, how)
		},
	}
	how.flags(c)
	return c
}

// unknownFields refuses mappings to fields that a list does not have.
func unknownFields(l *roster.List, mappings []mapping.Mapping) error {
	var missing []string
	for _, m := range mappings {
		if _, ok := l.Schema.ByKey(m.Field); !ok && !slices.Contains(missing, m.Field) {
			missing = append(missing, m.Field)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "The list %s has no field %s; muster schema add %s KEY:TYPE makes one", l.Slug, strings.Join(missing, ", "), l.Slug)
}
