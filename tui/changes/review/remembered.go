package review

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/tui/kit"
)

// habit is one way in which somebody decides again and again here: about a
// field, or about a pair of its values.
type habit struct {
	rule core.Remembered
	made int
}

// often is after how many same decisions it is offered to remember them.
const often = 3

// Results of commands and answers of questions about what is remembered.
type (
	ruled struct {
		rules []core.Remembered
		said  string
		err   error
	}
	chosenRule func() tea.Msg
)

// notice counts a decision about one part, and offers to remember it when it
// is the third alike.
func (d *decider) notice(s *Set, c changeset.Choice) kit.Action {
	change, ok := change(&s.Items[c.Item], c.Field)
	if !ok || c.Field == s.uid || c.Is.Decision != changeset.Accept && c.Is.Decision != changeset.Keep {
		return nil
	}
	from := change.Base
	if base, ok := s.expected[ref{c.Item, c.Field}]; ok {
		from = base
	}
	field := core.Remembered{Field: c.Field, Origin: s.Head.Origin, Decision: c.Is.Decision}
	pair := core.Remembered{Field: c.Field, Pair: true, From: from, To: change.Proposed, Decision: c.Is.Decision}
	offer := false
	for _, rule := range []core.Remembered{pair, field} {
		at := -1
		for i := range d.habits {
			if d.habits[i].rule == rule {
				at = i
			}
		}
		if at < 0 {
			at = len(d.habits)
			d.habits = append(d.habits, habit{rule: rule})
		}
		d.habits[at].made++
		offer = offer || d.habits[at].made == often
	}
	if !offer {
		return nil
	}
	return kit.Say{Text: "That was the third time alike; press R to have it decided so from now on", Kind: kit.Note}
}

// askRemember offers what can be remembered, and lists what is.
func (r *Review) askRemember() kit.Action {
	var options []kit.Option
	var then []chosenRule
	engine, actor, list := r.engine, r.maker.actor, r.set.List.ID
	for _, h := range r.maker.habits {
		if h.made < often || r.set.remembers(h.rule) {
			continue
		}
		rule := h.rule
		options = append(options, kit.Option{Label: capital(r.set.ruleWords(&rule)), Detail: "remember; " + r.set.ruleScope(&rule) + ", " + kit.Count(h.made) + " times here"})
		then = append(then, func() tea.Msg {
			err := engine.RememberDecision(context.Background(), actor, list, rule)
			return reread(engine, r.set, "From now on, "+r.set.ruleScope(&rule)+": "+r.set.ruleWords(&rule), err)
		})
	}
	for _, rule := range r.set.rules {
		options = append(options, kit.Option{Label: capital(r.set.ruleWords(&rule)), Detail: "forget; " + r.set.ruleScope(&rule) + ", by " + rule.By + " " + kit.Ago(r.env.Now(), rule.At)})
		then = append(then, func() tea.Msg {
			err := engine.ForgetDecision(context.Background(), actor, list, rule.Number)
			return reread(engine, r.set, "Forgotten; what it has decided stays", err)
		})
	}
	if len(options) == 0 {
		return kit.Say{Text: "Nothing is remembered. Decide three alike, one by one, and it can be", Kind: kit.Note}
	}
	return kit.Open{Dialog: kit.NewChoice(r.env, "Decisions that are made again by themselves", options, 0, func(i int) tea.Msg { return then[i] })}
}

func reread(e *core.Engine, s *Set, said string, err error) ruled {
	if err != nil {
		return ruled{err: err}
	}
	rules, err := e.Remembered(context.Background(), s.List.ID)
	return ruled{rules, said, err}
}

// remembers reports whether the list remembers a rule already.
func (s *Set) remembers(rule core.Remembered) bool {
	for _, have := range s.rules {
		if have.Field == rule.Field && have.Pair == rule.Pair && have.Origin == rule.Origin && have.From == rule.From && have.To == rule.To &&
			have.Decision == rule.Decision {
			return true
		}
	}
	return false
}

// byRule reports whether a part is decided as the list remembers it.
func (s *Set) byRule(c changeset.Change) bool {
	for i := range s.rules {
		if s.rules[i].Fits(s.Head.Origin, c) && s.rules[i].Decision == c.Decision && s.rules[i].At.Before(s.Head.At) {
			return true
		}
	}
	return false
}

// ruleWords says a remembered decision.
func (s *Set) ruleWords(r *core.Remembered) string {
	what := "take proposed: "
	if r.Decision == changeset.Keep {
		what = "keep list's: "
	}
	if r.Pair {
		return what + quoteEmpty(r.From) + " to " + quoteEmpty(r.To)
	}
	return what + "every " + s.label(r.Field)
}

// ruleScope says what a remembered decision is about.
func (s *Set) ruleScope(r *core.Remembered) string {
	if r.Pair {
		return s.label(r.Field)
	}
	return "by " + string(r.Origin)
}
