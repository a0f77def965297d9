package sync

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
	"muster/tui/sync/advice"
	"muster/tui/theme"
)

// explainReach says what to do when a provider cannot reach this machine.
func (s *Screen) explainReach() kit.Action {
	a := s.facts.Address
	text := a.Unreachable() + ". Three ways out:\n\n" + strings.Join(a.Remedies(), "\n\n") +
		"\n\nThen say the address: e, or muster serve --public-url https://… The base URL and the guides change with it."
	return kit.Open{Dialog: kit.NewMessage(s.env, "How a provider gets here", text)}
}

// mappingsWanted is the answer that the mappings are to be looked through.
type mappingsWanted struct{}

// showToken tells all of a token.
func (s *Screen) showToken() kit.Action {
	t, ok := s.facts.Token(s.page.at.what)
	if !ok {
		return nil
	}
	state, _ := s.tokenState(&t)
	text := cmp.Or(t.Label, "No label") + "\n\n" + sentence(state) + "\nMade " + kit.Ago(s.env.Now(), t.Created) + " by " + t.By
	if t.Good(s.facts.Now) {
		expires := "Never expires"
		if !t.Expires.IsZero() {
			expires = "Expires " + within(s.env.Now(), t.Expires) + ", on " + t.Expires.In(s.env.Now().Location()).Format("2006-01-02 15:04")
		}
		text += "\n" + expires + "\n\nR rotates it: makes its successor, and asks to revoke this one once that is in use.\nx revokes it at once.\n\nThe token itself is kept nowhere and cannot be shown again."
	}
	return kit.Open{Dialog: kit.NewMessage(s.env, t.Prefix+"…", text)}
}

// openProblem opens the person whom a problem is about, or tells of it when
// there is nobody.
func (s *Screen) openProblem() kit.Action {
	for _, p := range s.facts.Problems.First {
		if p.Resource != s.page.at.what {
			continue
		}
		if p.HasOne {
			return kit.Push{Screen: s.doors.Person(s.list, p.Person)}
		}
		return kit.Open{Dialog: kit.NewMessage(s.env, p.Name, p.What+".\n\n"+p.Remedy+
			".\n\nThe provider was told that it worked, and what it sent is kept. The person comes into the list as soon as this is put right.")}
	}
	return nil
}

// showCheck holds a line of the troubleshooting table against what is here.
func (s *Screen) showCheck(key string) kit.Action {
	c, ok := advice.CheckFor(s.facts.Checks(), key)
	if !ok {
		return nil
	}
	if c.Key == advice.Values {
		return kit.Open{Dialog: kit.NewConfirm(s.env, kit.Question{Title: c.Symptom, Yes: "open the mappings",
			Text: "Here: " + string(c.Verdict) + ". " + c.Here + ".\n\nCause: " + c.Cause + ".\n\nWhat to do: " + c.Do + "."}, mappingsWanted{})}
	}
	return kit.Open{Dialog: kit.NewMessage(s.env, c.Symptom,
		"Here: "+string(c.Verdict)+". "+c.Here+".\n\nCause: "+c.Cause+".\n\nWhat to do: "+c.Do+".")}
}

func (s *Screen) openGuide(key string) kit.Action {
	all := advice.Guides(s.facts.Address.Base(s.list.Slug), advice.Identifier(s.facts))
	g, ok := advice.GuideFor(all, key)
	if !ok {
		return nil
	}
	return kit.Push{Screen: &guideScreen{env: s.env, guide: g, why: s.facts.Address.Unreachable(), page: page{env: s.env}}}
}

// guideScreen tells how a provider is set up; enter copies what is to be filled
// in there.
type guideScreen struct {
	env   *kit.Env
	guide advice.Guide
	why   string // why the provider cannot reach the address
	page  page
}

// Title implements kit.Screen.
func (s *guideScreen) Title() string { return s.guide.Name }

// Status implements kit.Screen.
func (s *guideScreen) Status() string { return "" }

// Typing implements kit.Screen.
func (s *guideScreen) Typing() bool { return false }

// Bindings implements kit.Screen.
func (s *guideScreen) Bindings() []kit.Binding {
	b := kit.Binding{ID: "guide.copy", Keys: []string{"y", "enter"}, Label: "copy", Help: "Copy what belongs in the field that the cursor is on", Group: "Look", Rank: 1}
	if s.page.at.what == advice.Token {
		b.Disabled = "The token was shown once, when it was made; n on the page before makes another"
	}
	return append([]kit.Binding{b}, moves()...)
}

// Do implements kit.Screen.
func (s *guideScreen) Do(id string) kit.Action {
	if s.page.do(id) || s.page.at.kind != entry {
		return nil
	}
	return kit.Copy{Text: s.page.at.what, What: s.page.at.what}
}

// Update implements kit.Screen.
func (s *guideScreen) Update(msg tea.Msg) kit.Action {
	s.page.update(msg)
	return nil
}

// Cursor implements kit.Cursorer.
func (s *guideScreen) Cursor() (x, y int, ok bool) { return 0, s.page.drawn, s.env.Plain() }

// View implements kit.Screen.
func (s *guideScreen) View(width, height int) string {
	const widest = 100
	b := &builder{env: s.env, width: min(width, widest)}
	b.blank()
	b.fact("You need", s.guide.Needs, theme.Text)
	if s.why != "" {
		b.fact("First", s.why+". Say a public address: e on the page before", theme.Waiting)
	}
	b.blank()
	for i, step := range s.guide.Steps {
		b.numbered(i+1, step.Line())
		for _, e := range step.Enter {
			b.entry(e)
		}
	}
	b.blank()
	b.head("Worth knowing")
	for _, text := range s.guide.Know {
		b.say(theme.Text, text)
	}
	s.page.set(b.lines)
	return kit.Block(s.page.view(width, height), width, height)
}
