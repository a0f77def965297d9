package review

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
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
		words, scope := RuleWords(&r.set.List, &rule)
		options = append(options, kit.Option{Label: capital(words), Detail: "remember; " + scope + ", " + kit.Count(h.made) + " times here"})
		then = append(then, func() tea.Msg {
			err := engine.RememberDecision(context.Background(), actor, list, rule)
			return reread(engine, r.set, "From now on, "+scope+": "+words, err)
		})
	}
	for _, rule := range r.set.rules {
		words, scope := RuleWords(&r.set.List, &rule)
		options = append(options, kit.Option{Label: capital(words), Detail: "forget; " + scope + ", by " + rule.By + " " + kit.Ago(r.env.Now(), rule.At)})
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

// RuleWords says a remembered decision, and what it is about.
func RuleWords(l *roster.List, r *core.Remembered) (words, scope string) {
	words = "take proposed: "
	if r.Decision == changeset.Keep {
		words = "keep list's: "
	}
	label := label(l, r.Field)
	if r.Pair {
		return words + quoteEmpty(r.From) + " to " + quoteEmpty(r.To), label
	}
	return words + "every " + label, "by " + string(r.Origin)
}
