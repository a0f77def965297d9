package schema

import (
	"fmt"
	"strings"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
)

// lost is how many values a draft takes away.
func lost(d *core.ListDraft) int {
	n := 0
	for _, p := range d.Price.Fields {
		n += p.Lost
	}
	return n
}

// inShort says in a few words what a draft means.
func inShort(d *core.ListDraft) string {
	switch n := len(d.Items); {
	case len(d.Blocks) > 0:
		return kit.Many(d.Blocks[0].People, "value stands", "values stand") + " in the way"
	case n == 0:
		return "nobody's values would change"
	case lost(d) > 0:
		return kit.Many(n, "person", "people") + " would change, " + kit.Many(lost(d), "value", "values") + " lost"
	default:
		return kit.Many(n, "person", "people") + " would change"
	}
}

// priceInShort is what follows how much is unsaved.
func (s *Screen) priceInShort() string {
	switch {
	case s.price != nil:
		return ": " + inShort(s.price)
	case s.wrong != nil:
		return ", and cannot be saved so"
	case s.progress == nil:
		return ""
	}
	if step, ok := s.progress.Step(); ok && step.Total > 0 && step.Done > 0 {
		return fmt.Sprintf(": working out what it means, %d %%", 100*step.Done/step.Total)
	}
	return ""
}

// meaning says what a draft means, a line each, at most so many.
func meaning(env *kit.Env, l *roster.List, d *core.ListDraft, most int) string {
	lines := []string{fmt.Sprintf("%s of %s would change.", kit.Count(len(d.Items)), kit.Many(d.Price.People, "person", "people"))}
	if len(d.Items) == 0 {
		lines[0] = "Nobody's values would change."
	}
	for _, b := range d.Blocks {
		lines = append(lines, env.Theme.Signs().Caution+sentence(b.Problem))
	}
	for i := range d.Price.Fields {
		lines = append(lines, fieldMeans(env, &d.Price, &d.Price.Fields[i])...)
	}
	for _, f := range d.Price.Removed {
		if !priced(&d.Price, f.ID) {
			lines = append(lines, f.Label+" is deleted; nobody has a value in it.")
		}
	}
	for _, f := range d.Price.Added {
		lines = append(lines, f.Label+" is new.")
	}
	for _, f := range d.Price.Unlocks {
		lines = append(lines, f.Label+" is not owned by the source any more.")
	}
	for _, f := range d.Price.Locks {
		lines = append(lines, f.Label+" is owned by the source from then on.")
	}
	for _, h := range d.Head.Held {
		lines = append(lines, env.Theme.Signs().Caution+"The guard holds it: "+h.String()+".")
	}
	if len(lines) > most {
		lines = append(lines[:most-1], "And "+kit.Count(len(lines)-most+1)+" more; p shows all.")
	}
	return strings.Join(lines, "\n")
}

func priced(p *core.Price, id roster.FieldID) bool {
	for i := range p.Fields {
		if p.Fields[i].Field.ID == id {
			return true
		}
	}
	return false
}

// fieldMeans says what it means for one field.
func fieldMeans(env *kit.Env, all *core.Price, p *core.FieldPrice) []string {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, p.Field.Label+fmt.Sprintf(format, args...)) }
	removed := false
	for _, f := range all.Removed {
		removed = removed || f.ID == p.Field.ID
	}
	switch {
	case removed && p.Lost == 0:
		say(" is deleted; nobody has a value in it.")
	case removed:
		say(" is deleted, and with it %s.", kit.Many(p.Lost, "value", "values"))
	case p.Lost > 0:
		say(": %s, which do not fit, are emptied.", kit.Many(p.Lost, "value", "values"))
	}
	if p.Changes > 0 && !removed && p.Changes > p.Lost {
		say(": %s; %s.", kit.Many(p.Changes, "value changes", "values change"), transitions(env, p, 3))
	}
	if p.Missing > 0 {
		say(": %s none; they stay as they are until somebody edits them.", kit.Many(p.Missing, "active person has", "active people have"))
	}
	if p.Invalid > 0 {
		say(": for %s the source says what does not fit; they keep what they have.", kit.Many(p.Invalid, "person", "people"))
	}
	return lines
}

// transitions are the commonest changes of a field.
func transitions(env *kit.Env, p *core.FieldPrice, most int) string {
	arrow := " → "
	if env.Plain() {
		arrow = " to "
	}
	var parts []string
	others := p.Others
	for i, t := range p.Transitions {
		if i >= most {
			others += t.People
			continue
		}
		parts = append(parts, fmt.Sprintf("%s%s%s %s", orNothing(t.From), arrow, orNothing(t.To), kit.Count(t.People)))
	}
	if others > 0 {
		parts = append(parts, kit.Count(others)+" otherwise")
	}
	return strings.Join(parts, ", ")
}

func orNothing(value string) string {
	if value == "" {
		return "(nothing)"
	}
	return value
}

// sentence begins a text with a capital and ends it with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
