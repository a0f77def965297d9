package main

import (
	"context"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/sync/advice"
)

func (v *env) tokenCommand() *cobra.Command {
	return group("token", "Make, look at and revoke the tokens that open a list to a provider",
		v.tokenNew(), v.tokenLs(), v.tokenRotate(), v.tokenRevoke())
}

type tokenJSON struct {
	Prefix   string `json:"prefix"`
	Label    string `json:"label"`
	Created  string `json:"created"`
	By       string `json:"by"`
	LastUsed string `json:"last_used"`
	Expires  string `json:"expires"`
	Revoked  string `json:"revoked"`
}

func tokenAsJSON(t *core.Token) tokenJSON {
	return tokenJSON{t.Prefix, t.Label, stamp(t.Created), t.By, stamp(t.LastUsed), stamp(t.Expires), stamp(t.Revoked)}
}

// secretJSON is a new token, the only time that it can be seen.
type secretJSON struct {
	Token    string `json:"token"`
	Prefix   string `json:"prefix"`
	BaseURL  string `json:"base_url"`
	Label    string `json:"label"`
	Expires  string `json:"expires"`
	Replaces string `json:"replaces,omitempty"`
}

// tokenFlags are what a new token is to be.
type tokenFlags struct {
	label, expires string
	json           bool
}

func (f *tokenFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.label, "label", "", "where it will be used, as 'Okta production'")
	c.Flags().StringVar(&f.expires, "expires", "never", "`WHEN` it ends: never, days as 90d, or a date as 2027-01-31")
	c.Flags().BoolVar(&f.json, "json", false, "print the token as a JSON object")
}

func (v *env) tokenNew() *cobra.Command {
	var how tokenFlags
	c := &cobra.Command{
		Use: "new SLUG", Short: "Make a token for a list, and show it this once", Args: exactly(1),
		Long: `Make a token with which an identity provider pushes to the list. It is shown
once, with the base URL that goes with it, and kept nowhere but as a hash. A
list may have several: each works by itself, so that one can take the place of
another without a gap.`,
		Example: `muster token new staff --label 'Okta production' --expires 365d
muster token new staff --json`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, f, err := v.facts(c.Context(), args[0])
			if err != nil {
				return err
			}
			secret, t, err := v.makeToken(c.Context(), e, f, how)
			if err != nil {
				return err
			}
			return v.showSecret(f, secret, &t, "", how.json)
		},
	}
	how.add(c)
	return c
}

func (v *env) makeToken(ctx context.Context, e *core.Engine, f *advice.Facts, how tokenFlags) (string, core.Token, error) {
	expires, err := advice.Expiry(how.expires, f.Now)
	if err != nil {
		return "", core.Token{}, asUsage(err)
	}
	return e.NewToken(ctx, v.actor, f.List.ID, how.label, expires)
}

// showSecret prints a new token and what goes with it.
func (v *env) showSecret(f *advice.Facts, secret string, t *core.Token, replaces string, jsonOut bool) error {
	base := f.Address.Base(f.List.Slug)
	v.say("The token is shown this once; paste both into your provider.")
	if jsonOut {
		if err := v.json(secretJSON{secret, t.Prefix, base, t.Label, stamp(t.Expires), replaces}); err != nil {
			return err
		}
	} else {
		tell(v.out, "SCIM base URL  %s", base)
		tell(v.out, "Bearer token   %s", secret)
	}
	v.sayUnreachable(f.Address)
	if f.Silent != "" {
		v.say("%s.", f.Silent)
	}
	return nil
}

func (v *env) tokenLs() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "ls SLUG", Short: "Show a list's tokens, those that work first", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			_, f, err := v.facts(c.Context(), args[0])
			if err != nil {
				return err
			}
			if jsonOut {
				for i := range f.Tokens {
					if err := v.json(tokenAsJSON(&f.Tokens[i])); err != nil {
						return err
					}
				}
				return nil
			}
			return v.tokenTable(f.Tokens, f)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

func (v *env) tokenTable(tokens []core.Token, f *advice.Facts) error {
	if len(tokens) == 0 {
		v.say("%s has no tokens. muster token new %s makes one.", f.List.Slug, f.List.Slug)
		return nil
	}
	var rows [][]string
	for i := range tokens {
		t := &tokens[i]
		rows = append(rows, []string{t.Prefix, t.Label, stamp(t.Created), t.By, stamp(t.LastUsed), stamp(t.Expires), tokenState(f, t)})
	}
	return v.table([]string{"PREFIX", "LABEL", "MADE", "BY", "LAST USED", "EXPIRES", "STATE"}, rows)
}

// tokenState says in a few words how a token stands.
func tokenState(f *advice.Facts, t *core.Token) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked " + stamp(t.Revoked)
	case !t.Good(f.Now):
		return "expired"
	}
	if r, ok := f.Replaced(t.Prefix); ok {
		if r.New.LastUsed.IsZero() {
			return "works; replaced by " + r.New.Prefix + ", which was not used yet"
		}
		return "works; replaced by " + r.New.Prefix + ", which is in use: revoke it"
	}
	if !t.Expires.IsZero() && t.Expires.Sub(f.Now) < advice.Soon {
		return "works; expires soon"
	}
	return "works"
}

// oneToken returns the token of a list that a prefix, or the beginning of one,
// names.
func oneToken(f *advice.Facts, prefix string) (core.Token, error) {
	var fit []core.Token
	for _, t := range f.Tokens {
		if t.Prefix == prefix {
			return t, nil
		}
		if prefix != "" && len(prefix) < len(t.Prefix) && t.Prefix[:len(prefix)] == prefix {
			fit = append(fit, t)
		}
	}
	switch {
	case len(prefix) > len("sct_")+20:
		return core.Token{}, usagef("That looks like a whole token; name it by its prefix, which muster token ls %s shows", f.List.Slug)
	case len(fit) == 0:
		return core.Token{}, fault.New(fault.NotFound, "%s has no token %q; muster token ls %s shows them", f.List.Slug, prefix, f.List.Slug)
	case len(fit) > 1:
		return core.Token{}, usagef("%d tokens of %s begin with %q; say more of it", len(fit), f.List.Slug, prefix)
	}
	return fit[0], nil
}

func (v *env) tokenRevoke() *cobra.Command {
	var yes, jsonOut bool
	c := &cobra.Command{
		Use: "revoke SLUG PREFIX", Short: "Revoke a token, at once and for good", Args: exactly(2),
		Long: `Revoke a token, named by its prefix, at once and for good: whoever uses it gets
401 from the next request on. On a terminal this asks first.`,
		ValidArgsFunction: v.tokenPrefixes,
		RunE: func(c *cobra.Command, args []string) error {
			e, f, err := v.facts(c.Context(), args[0])
			if err != nil {
				return err
			}
			t, err := oneToken(f, args[1])
			if err != nil {
				return err
			}
			if !t.Revoked.IsZero() {
				v.say("%s was revoked at %s already.", t.Prefix, stamp(t.Revoked))
				return v.tokenResult(&t, jsonOut)
			}
			if v.asks {
				if err := v.sure(c.Context(), yes, "Revoke "+t.Prefix+"? "+lastUse(&t)); err != nil {
					return err
				}
			}
			return v.revoke(c.Context(), e, f, &t, jsonOut)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the token as a JSON object")
	return c
}

func lastUse(t *core.Token) string {
	if t.LastUsed.IsZero() {
		return "It was never used."
	}
	return "It was last used at " + stamp(t.LastUsed) + "."
}

func (v *env) revoke(ctx context.Context, e *core.Engine, f *advice.Facts, t *core.Token, jsonOut bool) error {
	if err := e.RevokeToken(ctx, v.actor, f.List.ID, t.Prefix); err != nil {
		return err
	}
	v.say("Revoked %s: it opens nothing any more.", t.Prefix)
	_, now, err := v.facts(ctx, f.List.Slug)
	if err != nil {
		return err
	}
	is, _ := now.Token(t.Prefix)
	return v.tokenResult(&is, jsonOut)
}

func (v *env) tokenResult(t *core.Token, jsonOut bool) error {
	if !jsonOut {
		return nil
	}
	return v.json(tokenAsJSON(t))
}

func (v *env) tokenRotate() *cobra.Command {
	var how tokenFlags
	var wait, yes bool
	c := &cobra.Command{
		Use: "rotate SLUG PREFIX", Short: "Make the token that replaces another, and revoke that once the new one is in use", Args: exactly(2),
		Long: `Make a token that is to replace another, of the same label unless --label says
otherwise. The old one works on. With --wait this waits until the provider has
used the new one, and then asks whether to revoke the old (with --yes it does
so without asking). Without, muster token ls shows when that is so.`,
		Example:           `muster token rotate staff sct_a1b2c3 --wait`,
		ValidArgsFunction: v.tokenPrefixes,
		RunE: func(c *cobra.Command, args []string) error {
			e, f, err := v.facts(c.Context(), args[0])
			if err != nil {
				return err
			}
			old, err := oneToken(f, args[1])
			if err != nil {
				return err
			}
			if !old.Good(f.Now) {
				return fault.New(fault.Conflict, "%s works no more; muster token new %s makes a token", old.Prefix, f.List.Slug)
			}
			if !c.Flags().Changed("label") {
				how.label = old.Label
			}
			secret, t, err := v.makeToken(c.Context(), e, f, how)
			if err != nil {
				return err
			}
			if err := v.showSecret(f, secret, &t, old.Prefix, how.json); err != nil {
				return err
			}
			if err := advice.Replace(c.Context(), e, f.List.ID, old.Prefix, t.Prefix); err != nil {
				return err
			}
			if !wait {
				v.say("%s works on. Once the provider uses the new token: muster token revoke %s %s", old.Prefix, f.List.Slug, old.Prefix)
				return nil
			}
			return v.awaitUse(c.Context(), e, f, &old, &t, yes)
		},
	}
	how.add(c)
	c.Flags().BoolVar(&wait, "wait", false, "wait until the new token is used, then offer to revoke the old")
	c.Flags().BoolVar(&yes, "yes", false, "with --wait: revoke the old token without asking")
	return c
}

// awaitUse waits until a token is used, and then revokes the one that it
// replaces.
func (v *env) awaitUse(ctx context.Context, e *core.Engine, f *advice.Facts, old, by *core.Token, yes bool) error {
	v.say("Waiting until %s is used; ctrl+c leaves both tokens as they are.", by.Prefix)
	if err := untilUsed(ctx, e, f.List.ID, by.Prefix); err != nil {
		return err
	}
	v.say("%s is in use.", by.Prefix)
	switch {
	case yes:
	case v.asks:
		sure, err := v.confirm(ctx, "Revoke "+old.Prefix+"? "+lastUse(old))
		if err != nil {
			return err
		}
		if !sure {
			v.say("%s works on: muster token revoke %s %s", old.Prefix, f.List.Slug, old.Prefix)
			return nil
		}
	default:
		v.say("Now: muster token revoke %s %s", f.List.Slug, old.Prefix)
		return nil
	}
	return v.revoke(ctx, e, f, old, false)
}

// untilUsed waits until a token of a list has been used.
func untilUsed(ctx context.Context, e *core.Engine, list roster.ListID, prefix string) error {
	news := e.Subscribe()
	defer news.Close()
	for {
		tokens, err := e.Tokens(ctx, list)
		if err != nil {
			return err
		}
		for i := range tokens {
			switch t := &tokens[i]; {
			case t.Prefix != prefix:
			case !t.LastUsed.IsZero():
				return nil
			case !t.Good(e.Now()):
				return fault.New(fault.Conflict, "%s was revoked or has expired before it was used; the old token works on", prefix)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news.C():
			news.Take()
		}
	}
}

// asUsage makes an Invalid fault one of the command line.
func asUsage(err error) error {
	if fault.Is(err, fault.Invalid) {
		return usageError{err}
	}
	return err
}

// tokenPrefixes completes a list, and then the tokens of it that work.
func (v *env) tokenPrefixes(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return v.completing(v.slugs, func(ctx context.Context, e *core.Engine) ([]string, error) {
		l, err := e.List(ctx, args[0])
		if err != nil {
			return nil, err
		}
		tokens, err := e.Tokens(ctx, l.ID)
		var words []string
		for i := range tokens {
			if t := &tokens[i]; t.Good(e.Now()) {
				words = append(words, t.Prefix+"\t"+t.Label)
			}
		}
		return words, err
	})(c, args, typed)
}
