package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/schedule"
	"muster/core/scope"
	"muster/tui/kit"
)

// scoping is what the flags of source scope change.
type scoping struct {
	groups, add, remove   []string
	rules, drop           []string
	exclude, include      []string
	protect, unprotect    []string
	whole                 bool
	jsonOut               bool
	changesGroups, change bool
}

func (v *env) sourceScope() *cobra.Command {
	var s scoping
	c := &cobra.Command{
		Use: "scope SLUG", Short: "Show or change whom of a directory a list is about", Args: exactly(1),
		Long: `Show whom of its directory a list is about, or change it. The next sync reads
everybody, and whom the new scope leaves out departs then, for review as usual:
muster sync SLUG --dry-run says who is in, who is out and why, before that.

--group, repeated, names the groups whose members, also of groups within, the
list is about; --whole is the whole directory. --rule adds a condition: a name
that the directory offers (see --rule help), or ATTRIBUTE TEST VALUE, where the
test is is, contains, starts, ends, domain or given, several attributes or
values have | between them, and ! in front turns it around.

--exclude leaves somebody out by name: the object ID, the user principal name,
the address or the number. --protect keeps somebody of the list, by UID, from
being deactivated by any sync.`,
		Example: `muster source scope staff --group 'All staff' --group Contractors
muster source scope staff --rule enabled --rule '!department is Board|Council'
muster source scope staff --rule 'mail domain example.org' --no-rule people
muster source scope staff --exclude breakglass@example.org --protect E0001`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			s.changesGroups = s.whole || len(s.groups)+len(s.add)+len(s.remove) > 0
			s.change = s.changesGroups || len(s.rules)+len(s.drop)+len(s.exclude)+len(s.include)+len(s.protect)+len(s.unprotect) > 0
			return v.runScope(c.Context(), args[0], &s)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&s.groups, "group", nil, "the list is about the members of this `GROUP`, by name or ID; repeat for more")
	f.StringArrayVar(&s.add, "add-group", nil, "and about those of this `GROUP`")
	f.StringArrayVar(&s.remove, "remove-group", nil, "and not about those of this `GROUP` any more")
	f.BoolVar(&s.whole, "whole", false, "the list is about the whole directory")
	f.StringArrayVar(&s.rules, "rule", nil, "add a `RULE`; repeat for more")
	f.StringArrayVar(&s.drop, "no-rule", nil, "take a `RULE` away, by its name or text")
	f.StringArrayVar(&s.exclude, "exclude", nil, "leave `SOMEBODY` out; repeat for more")
	f.StringArrayVar(&s.include, "include", nil, "do not leave `SOMEBODY` out any more")
	f.StringArrayVar(&s.protect, "protect", nil, "no sync deactivates who has this `UID`; repeat for more")
	f.StringArrayVar(&s.unprotect, "unprotect", nil, "syncs may deactivate who has this `UID` again")
	f.BoolVar(&s.jsonOut, "json", false, "print the scope as a JSON object")
	return c
}

func (v *env) runScope(ctx context.Context, slug string, s *scoping) error {
	e, l, err := v.list(ctx, slug)
	if err != nil {
		return err
	}
	k, ok := directoryKind(l.Connection.Kind)
	if !ok {
		return fault.New(fault.Conflict, "The list %s is not connected to a directory; muster source connect %s entra connects it", l.Slug, l.Slug)
	}
	if !s.change {
		return v.describeScope(ctx, e, &l, s.jsonOut)
	}
	now := l.Scope.Clone()
	if err := changeRules(k, &now, s); err != nil {
		return err
	}
	if s.changesGroups {
		if err := v.changeGroups(ctx, e, &l, &now, s); err != nil {
			return err
		}
	}
	protected, err := v.changeProtected(ctx, e, &l, s)
	if err != nil {
		return err
	}
	err = e.ChangeList(ctx, v.actor, l.ID, func(to *roster.List) error {
		to.Scope, to.Protected = now, protected
		l = *to
		return nil
	})
	if err != nil {
		return err
	}
	v.say("Set. muster sync %s --dry-run says who is in, who is out and why.", l.Slug)
	return v.describeScope(ctx, e, &l, s.jsonOut)
}

func changeRules(k core.DirectoryKind, now *scope.Scope, s *scoping) error {
	offered, _ := k.Rules()
	for _, text := range s.drop {
		n := len(now.Rules)
		now.Rules = slices.DeleteFunc(now.Rules, func(r scope.Rule) bool { return r.Name == text && text != "" || r.String() == text })
		if len(now.Rules) == n {
			return usagef("The scope has no rule %q; muster source scope shows those that it has", text)
		}
	}
	for _, text := range s.rules {
		if text == "help" {
			var words []string
			for _, r := range offered {
				words = append(words, r.Name+" ("+r.String()+")")
			}
			return usagef("%s offers these rules: %s. Others are written as ATTRIBUTE TEST VALUE", k.Title(), strings.Join(words, "; "))
		}
		r, err := scope.Parse(text)
		if i := slices.IndexFunc(offered, func(o scope.Rule) bool { return o.Name == text }); i >= 0 {
			r, err = offered[i], nil
		}
		if err != nil {
			return asUsage(err)
		}
		if !slices.ContainsFunc(now.Rules, func(has scope.Rule) bool { return has.String() == r.String() }) {
			now.Rules = append(now.Rules, r)
		}
	}
	for _, who := range s.exclude {
		if !slices.Contains(now.Excluded, who) {
			now.Excluded = append(now.Excluded, who)
		}
	}
	now.Excluded = slices.DeleteFunc(now.Excluded, func(who string) bool { return slices.Contains(s.include, who) })
	return nil
}

func (v *env) changeGroups(ctx context.Context, e *core.Engine, l *roster.List, now *scope.Scope, s *scoping) (err error) {
	same := func(name string) func(scope.Group) bool {
		return func(g scope.Group) bool { return g.ID == name || strings.EqualFold(g.Name, name) }
	}
	for _, name := range s.remove {
		if !slices.ContainsFunc(now.Groups, same(name)) {
			return usagef("The scope has no group %q; muster source scope shows those that it has", name)
		}
		now.Groups = slices.DeleteFunc(now.Groups, same(name))
	}
	if len(s.remove) > 0 && len(now.Groups) == 0 && !s.whole && len(s.groups)+len(s.add) == 0 {
		return usagef("That was the last group; without one the list would be about the whole directory. Say so with --whole, or name another with --group")
	}
	if s.whole || len(s.groups) > 0 {
		now.Groups = nil
	}
	wanted := slices.Concat(s.groups, s.add)
	if len(wanted) == 0 {
		return nil
	}
	d, err := e.Dial(ctx, l, v.showSignIn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	found, err := findGroups(ctx, d, wanted)
	for _, g := range found {
		if !slices.ContainsFunc(now.Groups, same(g.ID)) {
			now.Groups = append(now.Groups, g)
		}
	}
	return err
}

func (v *env) changeProtected(ctx context.Context, e *core.Engine, l *roster.List, s *scoping) ([]roster.PersonID, error) {
	protected := slices.Clone(l.Protected)
	for _, uid := range slices.Concat(s.protect, s.unprotect) {
		p, err := e.PersonByUID(ctx, l.ID, uid)
		if err != nil {
			return nil, err
		}
		protected = slices.DeleteFunc(protected, func(id roster.PersonID) bool { return id == p.ID })
		if slices.Contains(s.protect, uid) {
			protected = append(protected, p.ID)
		}
	}
	return protected, nil
}

// scopeJSON is whom of a directory a list is about.
type scopeJSON struct {
	Groups    []scope.Group `json:"groups"`
	Rules     []string      `json:"rules"`
	Excluded  []string      `json:"excluded"`
	Protected []string      `json:"protected"` // UIDs
}

func (v *env) scopeOf(ctx context.Context, e *core.Engine, l *roster.List) (scopeJSON, error) {
	j := scopeJSON{Groups: l.Scope.Groups, Rules: []string{}, Excluded: some(l.Scope.Excluded), Protected: []string{}}
	if j.Groups == nil {
		j.Groups = []scope.Group{}
	}
	for i := range l.Scope.Rules {
		j.Rules = append(j.Rules, l.Scope.Rules[i].String())
	}
	for _, id := range l.Protected {
		p, err := e.Person(ctx, l.ID, id)
		if err != nil {
			return j, err
		}
		j.Protected = append(j.Protected, l.UID(p.Values))
	}
	return j, nil
}

func (v *env) describeScope(ctx context.Context, e *core.Engine, l *roster.List, jsonOut bool) error {
	j, err := v.scopeOf(ctx, e, l)
	if err != nil {
		return err
	}
	if jsonOut {
		return v.json(j)
	}
	v.tellScope(&j)
	return nil
}

func (v *env) tellScope(j *scopeJSON) {
	groups := "the whole directory"
	if len(j.Groups) > 0 {
		var names []string
		for _, g := range j.Groups {
			names = append(names, g.Name)
		}
		groups = strings.Join(names, ", ")
	}
	tell(v.out, "  Groups       %s", groups)
	for i, r := range j.Rules {
		tell(v.out, "  %-12s %s", map[bool]string{true: "Rules"}[i == 0], r)
	}
	if len(j.Excluded) > 0 {
		tell(v.out, "  Left out     %s", strings.Join(j.Excluded, ", "))
	}
	if len(j.Protected) > 0 {
		tell(v.out, "  Protected    %s", strings.Join(j.Protected, ", "))
	}
}

func (v *env) sourceSchedule() *cobra.Command {
	var freezes, thaw []string
	var pause, resume, jsonOut bool
	c := &cobra.Command{
		Use: "schedule SLUG [SCHEDULE]", Short: "Show or set when a list is synced", Args: between(1, 2),
		Long: `Show when a list is synced with its directory, or set it: every 30m, every 2h on
mon-fri, at 06:30, 18:00 in Europe/Berlin, or never. Without a time zone it is
UTC. --freeze names days on which nothing runs, as school holidays; what was due
then is caught up once afterwards.

Schedules run while muster or muster serve is up, and a run that was missed is
caught up once. Where neither is up, cron may call muster sync --due.`,
		Example: `muster source schedule staff 'every 30m on mon-fri in Europe/Berlin'
muster source schedule pupils 'at 06:30' --freeze '2026-12-21..2027-01-03=Winter holidays'
muster source schedule staff never`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			if _, ok := directoryKind(l.Connection.Kind); !ok {
				return fault.New(fault.Conflict, "The list %s is not connected to a directory; muster source connect %s entra connects it", l.Slug, l.Slug)
			}
			next := l.Schedule.Clone()
			if len(args) == 2 {
				s, err := schedule.Parse(args[1])
				if err != nil {
					return asUsage(err)
				}
				s.Freezes = next.Freezes
				next = s
			}
			if err := changeFreezes(&next, freezes, thaw); err != nil {
				return err
			}
			next.Paused = next.Paused && !resume || pause
			if len(args) == 2 || len(freezes)+len(thaw) > 0 || pause || resume {
				if err := e.ChangeList(c.Context(), v.actor, l.ID, func(to *roster.List) error {
					to.Schedule = next
					l = *to
					return nil
				}); err != nil {
					return err
				}
			}
			return v.describeSchedule(c.Context(), e, &l, jsonOut)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&freezes, "freeze", nil, "`DAYS` on which nothing runs: 2026-12-21..2027-01-03=Why; repeat for more")
	f.StringArrayVar(&thaw, "thaw", nil, "take away the freeze that begins on a `DAY`")
	f.BoolVar(&pause, "pause", false, "keep the schedule, and run nothing until --resume")
	f.BoolVar(&resume, "resume", false, "let the schedule count again")
	f.BoolVar(&jsonOut, "json", false, "print the schedule as a JSON object")
	return c
}

func changeFreezes(s *schedule.Schedule, add, remove []string) error {
	for _, day := range remove {
		n := len(s.Freezes)
		s.Freezes = slices.DeleteFunc(s.Freezes, func(f schedule.Freeze) bool { return f.From == day })
		if len(s.Freezes) == n {
			return usagef("No freeze begins on %s", day)
		}
	}
	for _, text := range add {
		f, err := schedule.ParseFreeze(text)
		if err != nil {
			return asUsage(err)
		}
		s.Freezes = append(s.Freezes, f)
	}
	slices.SortFunc(s.Freezes, func(a, b schedule.Freeze) int { return strings.Compare(a.From, b.From) })
	return nil
}

// scheduleJSON is when a list is synced.
type scheduleJSON struct {
	Schedule string            `json:"schedule"`
	Next     string            `json:"next"`
	Paused   bool              `json:"paused"`
	Freezes  []schedule.Freeze `json:"freezes"`
}

func scheduleOf(ctx context.Context, e *core.Engine, l *roster.List) (j scheduleJSON, err error) {
	j = scheduleJSON{Schedule: l.Schedule.String(), Paused: l.Schedule.Paused, Freezes: l.Schedule.Freezes}
	if j.Freezes == nil {
		j.Freezes = []schedule.Freeze{}
	}
	due, ok, err := e.DueOf(ctx, l)
	if ok {
		j.Next = stamp(due.Next)
	}
	return j, err
}

func (v *env) describeSchedule(ctx context.Context, e *core.Engine, l *roster.List, jsonOut bool) error {
	j, err := scheduleOf(ctx, e, l)
	if err != nil {
		return err
	}
	if jsonOut {
		return v.json(j)
	}
	due, ok, err := e.DueOf(ctx, l)
	if err != nil {
		return err
	}
	text := j.Schedule
	switch {
	case j.Paused:
		text += "; paused"
	case ok && !due.Next.After(e.Now()):
		text += "; due now"
	case ok:
		text += "; next " + due.Next.In(time.UTC).Format("2006-01-02 15:04") + " UTC"
	}
	tell(v.out, "  Schedule     %s", text)
	for i, f := range l.Schedule.Freezes {
		days := f.From
		if f.To != f.From {
			days += " to " + f.To
		}
		if f.Why != "" {
			days += ", " + f.Why
		}
		tell(v.out, "  %-12s %s", map[bool]string{true: "Not on"}[i == 0], kit.Clean(days))
	}
	return nil
}
