package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muster/core/roster"
)

func (v *env) listSet() *cobra.Command {
	var name string
	var approve, limits []string
	var jsonOut bool
	c := &cobra.Command{
		Use: "set SLUG", Short: "Change a list's name, approvals and limits", Args: exactly(1),
		Long: `Change the settings of a list.

--approve says what becomes of a changeset by where it comes from: import, sync,
scim or session. wait leaves it to a person to apply it, apply applies it when
it comes in. Left alone, syncs and what providers push are applied, imports and
sessions wait. What the guard holds and what meets a conflict waits in any case.

--limit says when the guard holds a changeset; 0 switches a limit off:
  deactivations, updates           more people than this
  deactivate-percent, update-percent
                                   a greater share of the active people
  emptied-percent                  a field would be emptied for a greater share
                                   of those who have a value in it
  min-people                       fewer people than this are no share`,
		Example: `muster list set staff --approve session=apply --approve import=wait
muster list set staff --limit deactivations=50 --limit deactivate-percent=10`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			changes, err := listChanges(approve, limits)
			if err != nil {
				return err
			}
			if c.Flags().Changed("name") {
				if strings.TrimSpace(name) == "" {
					return usagef("A list needs a name")
				}
				changes = append(changes, func(l *roster.List) { l.Name = strings.TrimSpace(name) })
			}
			if len(changes) == 0 {
				return usagef("Say what to set: --name, --approve or --limit")
			}
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			err = e.ChangeList(c.Context(), v.actor, l.ID, func(now *roster.List) error {
				for _, change := range changes {
					change(now)
				}
				l = *now
				return nil
			})
			if err != nil {
				return err
			}
			v.say("Set the list %s.", l.Slug)
			return v.settings(&l, jsonOut)
		},
	}
	c.Flags().StringVar(&name, "name", "", "what people call the list")
	c.Flags().StringArrayVar(&approve, "approve", nil, "`ORIGIN=wait|apply`; repeat for more")
	c.Flags().StringArrayVar(&limits, "limit", nil, "`LIMIT=NUMBER` of the guard; repeat for more")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the settings as a JSON object")
	return c
}

// listChanges reads what the flags set.
func listChanges(approve, limits []string) (changes []func(*roster.List), err error) {
	for _, word := range approve {
		origin, way, _ := strings.Cut(word, "=")
		if new(roster.Approval).Of(origin) == nil {
			return nil, usagef("--approve takes %s before the =, not %q", strings.Join(roster.ApprovalOrigins(), ", "), origin)
		}
		if way != string(roster.Wait) && way != string(roster.AtOnce) {
			return nil, usagef("--approve %s takes wait or apply, not %q", origin, way)
		}
		changes = append(changes, func(l *roster.List) { *l.Approval.Of(origin) = roster.Way(way) })
	}
	for _, word := range limits {
		key, text, _ := strings.Cut(word, "=")
		if new(roster.Limits).Of(key) == nil {
			return nil, usagef("--limit takes %s before the =, not %q", strings.Join(roster.LimitKeys(), ", "), key)
		}
		n, err := strconv.Atoi(text)
		most := roster.MostOf(key)
		if err != nil || n < 0 || n > most {
			return nil, usagef("--limit %s takes a number from 0 to %d, not %q", key, most, text)
		}
		changes = append(changes, func(l *roster.List) { *l.Limits.Of(key) = n })
	}
	return changes, nil
}

// settings prints a list's settings for scripts.
func (v *env) settings(l *roster.List, jsonOut bool) error {
	if !jsonOut {
		return nil
	}
	approve := make(map[string]string)
	for _, origin := range roster.ApprovalOrigins() {
		approve[origin] = string(roster.Wait)
		if l.Approval.AtOnce(origin) {
			approve[origin] = string(roster.AtOnce)
		}
	}
	limits := make(map[string]int)
	for _, key := range roster.LimitKeys() {
		limits[key] = *l.Limits.Of(key)
	}
	return v.json(struct {
		Slug    string            `json:"slug"`
		Name    string            `json:"name"`
		Approve map[string]string `json:"approve"`
		Limits  map[string]int    `json:"limits"`
	}{l.Slug, l.Name, approve, limits})
}
