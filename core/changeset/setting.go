package changeset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/schedule"
	"muster/core/scope"
)

// Setting is one thing about a list itself that a change moves, in words.
type Setting struct {
	// Part is what it belongs to: "schedule", "scope", "limits", …
	Part string
	// What it is, within the part: "guests" of the scope. Old and New are empty
	// for nothing: what is in a set has one of them.
	What, Old, New string
}

// Moves tells, one by one, what a change moves of the list itself: settings,
// fields and mappings, in this order. who names the people whom no sync
// deactivates.
func (s *SettingsChange) Moves(who func(roster.PersonID) string) []Setting {
	m := moves{}
	before, after := &s.Before, &s.After
	m.value("name", "name", before.Name, after.Name)
	m.value("source", "source", before.Connection.Kind, after.Connection.Kind)
	m.scope(&before.Scope, &after.Scope)
	m.schedule(&before.Schedule, &after.Schedule)
	m.set("protected people", "protected", each(before.Protected, who), each(after.Protected, who))
	for _, key := range roster.LimitKeys() {
		m.value("limits", "limit "+key, strconv.Itoa(*before.Limits.Of(key)), strconv.Itoa(*after.Limits.Of(key)))
	}
	for _, origin := range roster.ApprovalOrigins() {
		m.value("approvals", "approval of "+origin, approvalWord(before, origin), approvalWord(after, origin))
	}
	m.set("notices", "notices to", each(before.Outlets, outletWords), each(after.Outlets, outletWords))
	m.fields(&before.Schema, &after.Schema)
	m.mappings(before.Mappings, after.Mappings)
	return m.all
}

// Parts names what a change moves of the list itself, each part once: "schedule",
// "scope", …
func (s *SettingsChange) Parts() (parts []string) {
	for _, m := range s.Moves(roster.PersonID.String) {
		if !slices.Contains(parts, m.Part) {
			parts = append(parts, m.Part)
		}
	}
	return parts
}

// Own says of what the list's a change is, after "the list's": "own fields", with
// which mappings count, "schedule", "scope and protected people", …
func (s *SettingsChange) Own() string {
	var parts []string
	for _, part := range s.Parts() {
		if part == "fields" || part == "mappings" {
			part = "own fields"
		}
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	switch n := len(parts); n {
	case 0:
		return "own fields"
	case 1:
		return parts[0]
	default:
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
}

// moves gathers settings.
type moves struct{ all []Setting }

func (m *moves) value(part, what, before, after string) {
	if before != after {
		m.all = append(m.all, Setting{part, what, before, after})
	}
}

// set tells what left a set, and what came into it.
func (m *moves) set(part, what string, before, after []string) {
	for _, text := range before {
		if !slices.Contains(after, text) {
			m.all = append(m.all, Setting{Part: part, What: what, Old: text})
		}
	}
	for _, text := range after {
		if !slices.Contains(before, text) {
			m.all = append(m.all, Setting{Part: part, What: what, New: text})
		}
	}
}

func each[T any](all []T, word func(T) string) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = word(one)
	}
	return texts
}

func (m *moves) scope(before, after *scope.Scope) {
	groups := func(s *scope.Scope) []string {
		if len(s.Groups) == 0 {
			return []string{"the whole directory"}
		}
		return each(s.Groups, func(g scope.Group) string {
			if g.Name != "" {
				return g.Name
			}
			return g.ID
		})
	}
	rule := func(r scope.Rule) string { return r.String() }
	m.set("scope", "group", groups(before), groups(after))
	m.set("scope", "rule", each(before.Rules, rule), each(after.Rules, rule))
	m.set("scope", "excluded", before.Excluded, after.Excluded)
}

func (m *moves) schedule(before, after *schedule.Schedule) {
	words := func(s *schedule.Schedule) string {
		if s.Paused {
			return s.String() + ", paused"
		}
		return s.String()
	}
	freeze := func(f schedule.Freeze) string { return f.String() }
	m.value("schedule", "schedule", words(before), words(after))
	m.set("schedule", "freeze", each(before.Freezes, freeze), each(after.Freezes, freeze))
}

func approvalWord(l *roster.List, origin string) string {
	if l.Approval.AtOnce(origin) {
		return string(roster.AtOnce)
	}
	return string(roster.Wait)
}

// outletWords leaves out what may be a secret: whoever looks at the list reads it.
func outletWords(o roster.Outlet) string {
	to := fmt.Sprintf("%d, %s", o.Number, o.To(false))
	if o.Off {
		to += " (off)"
	}
	return to + " of " + strings.Join(each(o.Events, func(e roster.Event) string { return string(e) }), ", ")
}

func (m *moves) fields(before, after *roster.Schema) {
	for _, f := range before.Fields {
		is, stays := after.ByID(f.ID)
		if !stays {
			m.value("fields", "field "+f.Label, fieldWords(f), "")
			continue
		}
		m.value("fields", "field "+f.Label, f.Label, is.Label)
		m.value("fields", "field "+is.Label, fieldWords(f), fieldWords(is))
	}
	for _, f := range after.Fields {
		if _, had := before.ByID(f.ID); !had {
			m.value("fields", "field "+f.Label, "", fieldWords(f))
		}
	}
	order := func(s, other *roster.Schema) string {
		var labels []string
		for _, f := range s.Fields {
			if _, both := other.ByID(f.ID); both {
				labels = append(labels, strconv.Itoa(int(f.ID)))
			}
		}
		return strings.Join(labels, " ")
	}
	if order(before, after) != order(after, before) {
		label := func(f roster.Field) string { return f.Label }
		m.value("fields", "order of fields", strings.Join(each(before.Fields, label), ", "), strings.Join(each(after.Fields, label), ", "))
	}
}

// fieldWords says what a field holds.
func fieldWords(f roster.Field) string {
	words := []string{string(f.Type)}
	for _, flag := range []struct {
		is   bool
		word string
	}{{f.UID, "the UID"}, {f.Required, "required"}, {f.Unique, "unique"}, {f.Hidden, "hidden"}} {
		if flag.is {
			words = append(words, flag.word)
		}
	}
	if len(f.Options) > 0 {
		words = append(words, "of "+strings.Join(f.Options, "|"))
	}
	if f.Group != "" && f.Group != roster.NoGroup {
		words = append(words, "decided with "+f.Group)
	}
	return strings.Join(words, ", ")
}

func (m *moves) mappings(before, after []mapping.Mapping) {
	words := each(before, mappingWords)
	then := each(after, mappingWords)
	if slices.Equal(words, then) {
		return
	}
	was := len(m.all)
	m.set("mappings", "mapping", words, then)
	if len(m.all) == was {
		m.value("mappings", "order of mappings", strings.Join(words, "; "), strings.Join(then, "; "))
	}
}

// mappingWords says which attribute feeds which field, and how.
func mappingWords(m mapping.Mapping) string {
	text := m.Attribute + " to " + m.Field
	if len(m.Transforms) > 0 {
		text += " by " + strings.Join(each(m.Transforms, func(t mapping.Transform) string { return string(t) }), ", ")
	}
	if m.Fallback {
		text += ", else"
	}
	if m.Vanished != "" {
		text += ", vanished: " + string(m.Vanished)
	}
	if !m.On {
		text += ", off"
	}
	return text
}
