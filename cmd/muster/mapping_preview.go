package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
)

type previewJSON struct {
	UID     string   `json:"uid"`
	Name    string   `json:"name"`
	Said    string   `json:"said"`
	Steps   []string `json:"steps"`
	Value   string   `json:"value"`
	Current string   `json:"current"`
	Problem string   `json:"problem,omitempty"`
}

type sampleJSON struct {
	People   int            `json:"people"`
	Given    int            `json:"given"`
	Empty    int            `json:"empty"`
	Changed  int            `json:"changed"`
	Invalid  int            `json:"invalid"`
	TooLong  int            `json:"too_long"`
	Troubled int            `json:"troubled"`
	Values   map[string]int `json:"values"`
	Others   int            `json:"others"`
	Some     []previewJSON  `json:"some"`
}

func (v *env) mappingPreview() *cobra.Command {
	var steps, only string
	var most int
	var jsonOut bool
	c := &cobra.Command{
		Use: "preview SLUG ATTRIBUTE [FIELD]", Short: "Show what an attribute has, and what transforms make of it", Args: between(2, 3),
		Long: `Show what the people of a list have in an attribute of its source, what
transforms make of that, and whether the field takes it. Without --transform
those are shown that are set. Nothing is changed.`,
		Example: `muster mapping preview staff 'Job title' job_title --transform 'trim, titlecase'
muster mapping preview staff 'Work phone' phone --only invalid`,
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
			ask := core.Sampling{Mapping: mapping.Mapping{Attribute: attribute(known, args[1])}, Wanted: max(most, 1), Progress: new(core.Progress)}
			if len(args) == 3 {
				var ok bool
				if ask.Field, ok = l.Schema.ByKey(args[2]); !ok {
					return unknownFields(&l, []mapping.Mapping{{Field: args[2]}})
				}
			}
			if err := previewed(&l, &ask, steps, c.Flags().Changed("transform")); err != nil {
				return err
			}
			var s core.Sample
			if err := v.watch(c.Context(), ask.Progress.Step, func(ctx context.Context) error {
				s, err = e.Surveyor(l.ID).Sample(ctx, ask)
				return err
			}); err != nil {
				return err
			}
			some, err := sampled(&s, only)
			if err != nil {
				return err
			}
			return v.showSample(&s, some, jsonOut)
		},
	}
	c.Flags().StringVar(&steps, "transform", "", "what the value goes through, `STEPS` as 'trim, uppercase'")
	c.Flags().StringVar(&only, "only", "", "show people whose outcome is `KIND`: empty, changed, invalid, long or troubled")
	c.Flags().IntVar(&most, "most", 20, "how many people to show")
	c.Flags().BoolVar(&jsonOut, "json", false, "print a JSON object")
	return c
}

// previewed completes what is asked with the mapping that is set, unless other
// transforms are given.
func previewed(l *roster.List, ask *core.Sampling, steps string, given bool) error {
	if given {
		var err error
		ask.Mapping.Transforms, err = transforms(steps)
		return err
	}
	i := slices.IndexFunc(l.Mappings, func(m mapping.Mapping) bool {
		return m.Attribute == ask.Mapping.Attribute && (ask.Field.Key == "" || m.Field == ask.Field.Key)
	})
	if i >= 0 {
		ask.Mapping = l.Mappings[i]
		ask.Field, _ = l.Schema.ByKey(ask.Mapping.Field)
	}
	return nil
}

func sampled(s *core.Sample, only string) ([]core.Sampled, error) {
	switch only {
	case "":
		return s.First, nil
	case "empty":
		return s.Empty.Some, nil
	case "changed":
		return s.Changed.Some, nil
	case "invalid":
		return s.Invalid.Some, nil
	case "long":
		return s.TooLong.Some, nil
	case "troubled":
		return s.Troubled.Some, nil
	}
	return nil, usagef("--only takes empty, changed, invalid, long or troubled, not %q", only)
}

func (v *env) showSample(s *core.Sample, some []core.Sampled, jsonOut bool) error {
	if jsonOut {
		out := sampleJSON{
			People: s.People, Given: s.Given, Empty: s.Empty.People, Changed: s.Changed.People, Invalid: s.Invalid.People,
			TooLong: s.TooLong.People, Troubled: s.Troubled.People, Values: make(map[string]int), Others: s.Others, Some: []previewJSON{},
		}
		for _, value := range s.Values {
			out.Values[value.Value] = value.People
		}
		for _, one := range some {
			p := previewJSON{UID: one.UID, Name: one.Name, Said: one.Said.Text, Steps: []string{}, Value: one.Value, Current: one.Current, Problem: one.Problem}
			for _, step := range one.Steps {
				p.Steps = append(p.Steps, step.Text)
			}
			out.Some = append(out.Some, p)
		}
		return v.json(out)
	}
	v.say("%s of %s people have it; %s come out empty, %s changed, %s not taken, %s too long, %s a transform cannot handle.", number(s.Given), number(s.People),
		number(s.Empty.People), number(s.Changed.People), number(s.Invalid.People), number(s.TooLong.People), number(s.Troubled.People))
	var common []string
	for i, value := range s.Values {
		const most = 8
		if i == most {
			break
		}
		common = append(common, shown(value.Value)+" × "+number(value.People))
	}
	if len(common) > 0 {
		v.say("Commonest: %s.", strings.Join(common, ", "))
	}
	var rows [][]string
	for _, one := range some {
		rows = append(rows, []string{one.UID, one.Name, one.Said.Text, one.Value, one.Problem})
	}
	if len(rows) == 0 {
		return nil
	}
	return v.table([]string{"UID", "NAME", "THE SOURCE SAYS", "THE FIELD GETS", "PROBLEM"}, rows)
}
