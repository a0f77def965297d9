package sync

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/tui/kit"
	"muster/tui/sync/advice"
	"muster/tui/theme"
)

// tokenAsked is what was typed for a new token; old is the prefix of the one
// that it is to replace, if any.
type tokenAsked struct{ label, expires, old string }

// tokenMade is what became of it.
type tokenMade struct {
	secret string
	token  core.Token
	old    string
	err    error
}

// revoke is the answer yes to revoking a token, and revoked what became of it.
type revoke struct{ prefix string }

type revoked struct {
	prefix string
	err    error
}

// askToken asks what a new token is to be called and when it ends. With old it
// is to replace that one.
func (s *Screen) askToken(old *core.Token) kit.Action {
	title, label, replaces := "New token", "", ""
	if old != nil {
		title, label, replaces = "Rotate "+old.Prefix+"…: make the token that replaces it", old.Label, old.Prefix
	}
	fields := []kit.FormField{
		{Label: "Label", Value: label, Help: "where it will be used, as Okta production; may be empty"},
		{Label: "Expires", Value: "never", Help: "never, days as 90d, or a date as 2027-01-31", Check: func(text string) error {
			_, err := advice.Expiry(text, s.env.Now())
			return err
		}},
	}
	return kit.Open{Dialog: kit.NewForm(s.env, title, fields, func(values []string) tea.Msg {
		return tokenAsked{strings.TrimSpace(values[0]), values[1], replaces}
	})}
}

func (s *Screen) makeToken(a tokenAsked) kit.Action {
	expires, err := advice.Expiry(a.expires, s.env.Now())
	if err != nil {
		return kit.Fail{Err: err}
	}
	e, actor, list := s.engine, s.actor, s.list.ID
	return kit.Run{Cmd: func() tea.Msg {
		ctx := context.Background()
		text, t, err := e.NewToken(ctx, actor, list, a.label, expires)
		if err == nil && a.old != "" {
			err = advice.Replace(ctx, e, list, a.old, t.Prefix)
		}
		return tokenMade{text, t, a.old, err}
	}}
}

func (s *Screen) tokenMade(m tokenMade) kit.Action {
	if m.secret == "" {
		return kit.Fail{Err: m.err}
	}
	s.follow = target{token, m.token.Prefix}
	shown := kit.Open{Dialog: &kit.Secret{
		Env: s.env, Heading: "New token: copy it now", Text: m.secret, Name: "token", Is: "the token " + m.token.Prefix + "…",
		Beside: s.facts.Address.Base(s.list.Slug), BesideName: "base URL",
		Write: func(p *kit.Page) { s.writeToken(p, &m) },
	}}
	if m.err != nil {
		return kit.All{s.read(), shown, kit.Fail{Err: m.err}}
	}
	return kit.All{s.read(), shown}
}

// writeToken writes a new token, with the base URL that goes with it.
func (s *Screen) writeToken(p *kit.Page, m *tokenMade) {
	p.Say(theme.Dim, "Bearer token")
	p.Say(theme.Strong, m.secret)
	p.Say(theme.Dim, "SCIM base URL")
	p.Say(theme.Strong, s.facts.Address.Base(s.list.Slug))
	p.Blank()
	if m.old != "" {
		p.Say(theme.Text, "Paste it over the old one. "+m.old+"… works until you revoke it; once this one is seen in use, you are asked.")
	} else {
		p.Say(theme.Text, "Paste both into your provider; the setup guides say where.")
	}
	if why := s.facts.Address.Unreachable(); why != "" {
		p.Blank()
		p.Say(theme.Waiting, s.env.Theme.Signs().Caution+why+". The page says how to let it in.")
	}
}

// askRevoke asks before a token ends, and says what that means.
func (s *Screen) askRevoke(t *core.Token) kit.Action {
	text := "Whoever uses it gets 401 from the next request on, until you give them another token."
	switch good := s.facts.Good(); {
	case t.LastUsed.IsZero():
		text += " It was never used."
	case len(good) == 1:
		text += " It is the only one: nobody can push until you make another. It was last used " + kit.Ago(s.env.Now(), t.LastUsed) + "."
	default:
		text += " It was last used " + kit.Ago(s.env.Now(), t.LastUsed) + "."
	}
	q := kit.Question{Title: "Revoke " + name(t) + "?", Text: text + " This cannot be undone.", Yes: "revoke", Dangerous: true}
	return kit.Open{Dialog: kit.NewConfirm(s.env, q, revoke{t.Prefix})}
}

// name is what to call a token.
func name(t *core.Token) string {
	if t.Label == "" {
		return t.Prefix + "…"
	}
	return t.Prefix + "… (" + t.Label + ")"
}

func (s *Screen) revoke(r revoke) kit.Action {
	e, actor, list := s.engine, s.actor, s.list.ID
	return kit.Run{Cmd: func() tea.Msg {
		return revoked{r.prefix, e.RevokeToken(context.Background(), actor, list, r.prefix)}
	}}
}

func (s *Screen) revoked(r revoked) kit.Action {
	if r.err != nil {
		return kit.Fail{Err: r.err}
	}
	return kit.All{s.read(), kit.Say{Text: r.prefix + "… opens nothing any more", Kind: kit.Done}}
}

// askedOf are the rotations about which it was asked already, by the prefix of
// the old token, so that nobody is asked twice.
type askedOf map[string]bool

// offer asks to revoke a token whose successor has been seen in use.
func (s *Screen) offer() kit.Action {
	for _, r := range s.facts.Rotations {
		if r.New.LastUsed.IsZero() || !r.Old.Good(s.facts.Now) || s.offered[r.Old.Prefix] {
			continue
		}
		s.offered[r.Old.Prefix] = true
		q := kit.Question{
			Title: name(&r.New) + " is in use",
			Text:  "It was first seen " + kit.Ago(s.env.Now(), r.New.LastUsed) + ". " + usedLast(s.env.Now(), &r.Old) + " Revoke the old one now?",
			Yes:   "revoke " + r.Old.Prefix + "…", Dangerous: true,
			Word: "revoke", // it comes by itself, over whatever is being typed
		}
		return kit.Open{Dialog: kit.NewConfirm(s.env, q, revoke{r.Old.Prefix})}
	}
	return nil
}

func usedLast(now time.Time, t *core.Token) string {
	if t.LastUsed.IsZero() {
		return name(t) + ", which it replaces, was never used."
	}
	return name(t) + ", which it replaces, was last used " + kit.Ago(now, t.LastUsed) + "."
}
