package main

import (
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"muster/core/roster"
)

func (v *env) notifySet() *cobra.Command {
	var events []string
	var on, off, jsonOut bool
	c := &cobra.Command{
		Use: "set SLUG NUMBER", Short: "Change of what an outlet is told, turn it off or on", Args: exactly(2),
		Long: `Change of which events an outlet is told, in place of those that were, or turn it
off, and on again: what happens while it is off it is never told. Where it goes
stays; for another address add another outlet. A command is turned on, and told
of more, by the local user alone.`,
		Example: `muster notify set staff 1 --event sync-failed --event changeset-held
muster notify set staff 1 --off`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case on && off:
				return usagef("An outlet is on or off; give one of --on and --off")
			case !on && !off && len(events) == 0:
				return usagef("Say what to change: --event, --on or --off")
			}
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			number, err := strconv.Atoi(args[1])
			if err != nil {
				return usagef("An outlet is named by its number, not by %q", args[1])
			}
			o, err := e.ChangeOutlet(c.Context(), v.actor, l.ID, number, func(o *roster.Outlet) {
				if len(events) > 0 {
					o.Events = nil
				}
				for _, event := range events {
					if !slices.Contains(o.Events, roster.Event(event)) {
						o.Events = append(o.Events, roster.Event(event))
					}
				}
				o.Off = off || o.Off && !on
			})
			if err != nil {
				return err
			}
			if jsonOut {
				return v.json(outletWords(&o, true))
			}
			if o.Off {
				v.say("Outlet %d of %s is told of nothing for now.", o.Number, l.Slug)
				return nil
			}
			v.say("Outlet %d of %s is told of %s.", o.Number, l.Slug, eventWords(o.Events))
			return nil
		},
	}
	c.Flags().StringArrayVar(&events, "event", nil, "tell it of this `EVENT`; repeat for more")
	c.Flags().BoolVar(&on, "on", false, "tell it again")
	c.Flags().BoolVar(&off, "off", false, "tell it of nothing for now")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the outlet as a JSON object")
	return c
}
