package main

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/address"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/sync/advice"
)

func (v *env) sourceCommand() *cobra.Command {
	return group("source", "Connect lists to what keeps them current",
		v.sourceConnect(), v.sourceShow(), v.sourceTest(), v.sourceGroups(), v.sourceScope(), v.sourceSchedule(), v.sourceCheck(), v.sourceGuide(), v.sourceURL(), v.sourceKeep(), v.sourceDisconnect())
}

// sourceJSON is how a list's source does.
type sourceJSON struct {
	List        string          `json:"list"`
	Source      string          `json:"source"` // none, or the kind
	State       advice.State    `json:"state"`
	Why         string          `json:"why"`
	Do          string          `json:"do,omitempty"`
	BaseURL     string          `json:"base_url,omitempty"`
	Unreachable string          `json:"unreachable,omitempty"`
	UID         string          `json:"uid,omitempty"` // the identifier it is connected by
	Provisioned int             `json:"provisioned"`
	LastRequest string          `json:"last_request"`
	Waiting     int             `json:"waiting"`
	Mappings    []mappingJSON   `json:"mappings"`
	Tokens      []tokenJSON     `json:"tokens"`
	Problems    []unsettledJSON `json:"problems"`
}

// unsettledJSON is a resource that is not, or not whole, in the list.
type unsettledJSON struct {
	Resource string `json:"resource"`
	Who      string `json:"who"`
	Person   string `json:"person,omitempty"`
	Problem  string `json:"problem"`
	Remedy   string `json:"remedy"`
}

func sourceAsJSON(f *advice.Facts) sourceJSON {
	s := f.Standing()
	j := sourceJSON{
		List: f.List.Slug, Source: source(&f.List), State: s.State, Why: s.Why, Do: s.Do, Provisioned: f.Provisioned,
		LastRequest: stamp(f.LastGood()), Waiting: len(f.Waiting), Mappings: []mappingJSON{}, Tokens: []tokenJSON{}, Problems: []unsettledJSON{},
	}
	if f.Kind != nil {
		j.BaseURL, j.Unreachable, j.UID = f.Address.Base(f.List.Slug), f.Address.Unreachable(), advice.Identifier(f)
	}
	j.Mappings = mappingsAsJSON(&f.List)
	for i := range f.Tokens {
		j.Tokens = append(j.Tokens, tokenAsJSON(&f.Tokens[i]))
	}
	for i := range f.Problems.First {
		j.Problems = append(j.Problems, unsettledAsJSON(&f.Problems.First[i]))
	}
	return j
}

func mappingsAsJSON(l *roster.List) []mappingJSON {
	all := []mappingJSON{}
	for _, m := range l.Mappings {
		all = append(all, mappingAsJSON(m, ""))
	}
	return all
}

func unsettledAsJSON(p *core.Problem) unsettledJSON {
	j := unsettledJSON{Resource: p.Resource, Who: p.Name, Problem: p.What, Remedy: p.Remedy}
	if p.HasOne {
		j.Person = p.Person.String()
	}
	return j
}

// facts reads how the source of a list does.
func (v *env) facts(ctx context.Context, slug string) (*core.Engine, *advice.Facts, error) {
	e, err := v.existing(ctx)
	if err != nil {
		return nil, nil, err
	}
	f, err := advice.Look(ctx, e, slug, v.serving(), 0)
	return e, f, err
}

// serving tells how the process that holds the store serves providers.
func (v *env) serving() advice.Serving {
	switch {
	case v.made:
		return advice.Serving{Silent: "The demo takes no pushes; muster and muster serve do"}
	case v.holder == nil:
		return advice.Serving{Silent: "No muster runs here that providers could push to; muster or muster serve is one"}
	case v.holder.scim == nil:
		why := v.holder.services.trouble()
		if why == "" {
			why = "SCIM is switched off in the muster that runs here"
		}
		return advice.Serving{Silent: why}
	}
	return advice.Serving{Local: v.holder.scim.local}
}

// needSource refuses a list that is not connected to anything.
func needSource(f *advice.Facts) error {
	if f.Kind == nil {
		return fault.New(fault.Conflict, "The list %s is not connected; muster source connect %s scim connects it", f.List.Slug, f.List.Slug)
	}
	return nil
}

func (v *env) sourceShow() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "show SLUG", Short: "Show how a list's source does: state, address, tokens, problems", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			return v.showSource(c.Context(), args[0], jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the source as a JSON object")
	return c
}

// showSource tells how a list's source does, whatever it is.
func (v *env) showSource(ctx context.Context, slug string, jsonOut bool) error {
	e, l, err := v.list(ctx, slug)
	if err != nil {
		return err
	}
	if _, reads := directoryKind(l.Connection.Kind); reads {
		return v.showDirectory(ctx, e, &l, jsonOut)
	}
	_, f, err := v.facts(ctx, slug)
	switch {
	case err != nil:
		return err
	case jsonOut:
		return v.json(sourceAsJSON(f))
	}
	return v.describeSource(f)
}

func (v *env) describeSource(f *advice.Facts) error {
	s := f.Standing()
	if f.Kind == nil {
		tell(v.out, "%s: not connected", f.List.Name)
		v.say("muster source connect %s scim --uid employee_number|username|email connects it to an identity provider.", f.List.Slug)
		return nil
	}
	uid, _ := f.List.Schema.UID()
	tell(v.out, "%s: %s, %s", f.List.Name, f.Kind.Title(), s.State)
	tell(v.out, "  %s.", s.Why)
	if s.Do != "" {
		tell(v.out, "  %s.", s.Do)
	}
	tell(v.out, "  Base URL     %s", f.Address.Base(f.List.Slug))
	if why := f.Address.Unreachable(); why != "" {
		tell(v.out, "               %s; muster source url says what to do.", why)
	}
	tell(v.out, "  UID          %s", uid.Label)
	tell(v.out, "  People       %s provisioned", number(f.Provisioned))
	if len(f.Waiting) > 0 {
		tell(v.out, "  Waiting      %s; muster changes ls %s shows them", kit.Many(len(f.Waiting), "changeset", "changesets"), f.List.Slug)
	}
	for i := range f.Problems.First {
		p := &f.Problems.First[i]
		tell(v.out, "  Problem      %s: %s. %s.", p.Name, p.What, p.Remedy)
	}
	return v.tokenTable(f.Tokens, f)
}

func (v *env) sourceCheck() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "check SLUG", Short: "Hold what can go wrong with a provider against what is the case here", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			_, f, err := v.facts(c.Context(), args[0])
			if err != nil {
				return err
			}
			if err := needSource(f); err != nil {
				return err
			}
			for _, check := range f.Checks() {
				if jsonOut {
					if err := v.json(struct {
						Check   string         `json:"check"`
						Verdict advice.Verdict `json:"verdict"`
						Symptom string         `json:"symptom"`
						Here    string         `json:"here"`
						Cause   string         `json:"cause"`
						Do      string         `json:"do"`
					}{check.Key, check.Verdict, check.Symptom, check.Here, check.Cause, check.Do}); err != nil {
						return err
					}
					continue
				}
				tell(v.out, "%s", check.Symptom)
				tell(v.out, "  here: %s. %s.", check.Verdict, check.Here)
				if check.Verdict != advice.No {
					tell(v.out, "  cause: %s.", check.Cause)
					tell(v.out, "  what to do: %s.", check.Do)
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

func (v *env) sourceGuide() *cobra.Command {
	c := &cobra.Command{
		Use: "guide SLUG [PROVIDER]", Short: "Tell how an identity provider is set up for a list", Args: between(1, 2),
		Long: `Tell how an identity provider is set up for a list, with the list's own base
URL filled in: okta, entra, pingone, onelogin, jumpcloud or other. Without one,
all are named.`,
		ValidArgsFunction: v.completing(v.slugs, v.guideKeys),
		RunE: func(c *cobra.Command, args []string) error {
			_, f, err := v.facts(c.Context(), args[0])
			if err != nil {
				return err
			}
			if err := needSource(f); err != nil {
				return err
			}
			all := advice.Guides(f.Address.Base(f.List.Slug), advice.Identifier(f))
			if len(args) == 1 {
				var rows [][]string
				for _, g := range all {
					rows = append(rows, []string{g.Key, g.Name, g.Needs})
				}
				return v.table([]string{"PROVIDER", "NAME", "YOU NEED"}, rows)
			}
			g, ok := advice.GuideFor(all, args[1])
			if !ok {
				return usagef("There is no guide for %q; other is for any provider that speaks SCIM 2.0", args[1])
			}
			v.describeGuide(&g, f)
			return nil
		},
	}
	return c
}

func (v *env) guideKeys(context.Context, *core.Engine) ([]string, error) {
	var words []string
	for _, g := range advice.Guides("", "") {
		words = append(words, g.Key+"\t"+g.Name)
	}
	return words, nil
}

func (v *env) describeGuide(g *advice.Guide, f *advice.Facts) {
	tell(v.out, "%s. You need: %s.", g.Name, g.Needs)
	if why := f.Address.Unreachable(); why != "" {
		tell(v.out, "First: %s; muster source url says what to do.", why)
	}
	for i, step := range g.Steps {
		tell(v.out, "%d. %s", i+1, step.Line())
		for _, e := range step.Enter {
			tell(v.out, "     %s: %s", e.Label, e.Value)
		}
	}
	for _, text := range g.Know {
		tell(v.out, "- %s.", text)
	}
}

func (v *env) sourceURL() *cobra.Command {
	c := &cobra.Command{
		Use: "url [URL]", Short: "Show or set the address under which providers see this Muster", Args: between(0, 1),
		Long: `Show the address under which identity providers see this Muster, or set it. It
is the same for all lists; a list's base URL is URL/scim/v2/SLUG. An empty one
('') takes it back.`,
		Example: `muster source url https://roster.example.org`,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if err := e.PutSetting(c.Context(), v.actor, address.Setting, args[0]); err != nil {
					return asUsage(err)
				}
			}
			public, err := e.Setting(c.Context(), address.Setting)
			if err != nil {
				return err
			}
			a := address.Address{Public: public, Local: v.serving().Local}
			tell(v.out, "%s", strings.TrimSuffix(a.Base("SLUG"), "/scim/v2/SLUG"))
			v.sayUnreachable(a)
			return nil
		},
	}
	return c
}

func (v *env) sourceKeep() *cobra.Command {
	return &cobra.Command{
		Use: "keep [DAYS]", Short: "Show or set for how many days the log knows of requests", Args: between(0, 1),
		Long: `Show for how many days the facts of providers' requests are kept (status,
duration, request id, agent, and why one was refused), or set it. It is the same
for all lists; an empty one ('') is the default. What was changed stays in the log
for good.`,
		Example: `muster source keep 90`,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if err := e.PutSetting(c.Context(), v.actor, core.SettingRequestDays, args[0]); err != nil {
					return asUsage(err)
				}
			}
			days, err := e.Setting(c.Context(), core.SettingRequestDays)
			if err != nil {
				return err
			}
			tell(v.out, "%s", cmp.Or(days, strconv.Itoa(core.DefaultRequestDays)))
			return nil
		},
	}
}

// sayUnreachable warns of an address that a provider in the cloud cannot use,
// and says what to do.
func (v *env) sayUnreachable(a address.Address) {
	why := a.Unreachable()
	if why == "" {
		return
	}
	v.say("%s. What to do:", why)
	for _, remedy := range a.Remedies() {
		v.say("  - %s.", remedy)
	}
	v.say("  Then say the address: muster source url https://roster.example.org")
}

func (v *env) sourceDisconnect() *cobra.Command {
	var yes, jsonOut bool
	c := &cobra.Command{
		Use: "disconnect SLUG", Short: "Disconnect a list from its source: tokens and credentials end, everybody stays", Args: exactly(1),
		Long: `Disconnect a list from its source. Its tokens are revoked, so that the provider
gets 401 from then on; the credentials of a directory that no other list needs are
forgotten. Everybody stays, and the fields that the source fed can
be edited again. Connected again later, the same people are picked up.`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			if e, l, err := v.list(c.Context(), args[0]); err != nil {
				return err
			} else if _, reads := directoryKind(l.Connection.Kind); reads {
				return v.disconnectDirectory(c.Context(), e, &l, yes, jsonOut)
			}
			e, f, err := v.facts(c.Context(), args[0])
			if err != nil {
				return err
			}
			if err := needSource(f); err != nil {
				return err
			}
			good := kit.Many(len(f.Good()), "token is", "tokens are")
			if err := v.sure(c.Context(), yes, "Disconnect "+f.List.Name+"? "+good+" revoked at once; everybody stays."); err != nil {
				return err
			}
			if err := e.Disconnect(c.Context(), v.actor, f.List.ID); err != nil {
				return err
			}
			v.say("Disconnected %s: %s revoked, %s, every field can be edited.", f.List.Slug, good, kit.Many(f.List.Standing.Active+f.List.Standing.Inactive, "person stays", "people stay"))
			if !jsonOut {
				return nil
			}
			_, now, err := v.facts(c.Context(), f.List.Slug)
			if err != nil {
				return err
			}
			return v.json(sourceAsJSON(now))
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the source as a JSON object")
	return c
}

// sure asks before something that cannot wait as a changeset. Where nobody can
// be asked, it needs --yes.
func (v *env) sure(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	if !v.asks {
		return usagef("%s Nobody can be asked here; say it with --yes", question)
	}
	sure, err := v.confirm(ctx, question)
	if err == nil && !sure {
		err = fault.New(fault.Cancelled, "Nothing was changed")
	}
	return err
}
