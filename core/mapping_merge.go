package core

import (
	"fmt"
	"slices"

	"muster/core/mapping"
	"muster/core/roster"
)

// mappingsMerge merges what two changes make of a list's mappings, each mapping
// on its own. A mapping is told by its attribute and its field; where several
// feed one field their order counts, too.
type mappingsMerge struct {
	now, before, after, merged roster.List
	clashes                    []string
}

// mergeMappings merges the change from before to after into now, where merged
// has its schema already. Where not both can be had in a field, what feeds it now
// goes on feeding it. That is told among the clashes, each a few words for the
// middle of a sentence.
func mergeMappings(now, before, after, merged *roster.List) ([]mapping.Mapping, []string) {
	m := mappingsMerge{now: *now, before: *before, after: *after, merged: *merged}
	if ambiguous(now.Mappings) || ambiguous(before.Mappings) || ambiguous(after.Mappings) {
		take, conflict := mergeAny(before.Mappings, now.Mappings, after.Mappings)
		switch {
		case conflict:
			return now.Mappings, []string{"mappings"}
		case take:
			return after.Mappings, nil
		}
		return now.Mappings, nil
	}
	fields := make(map[string][]mapping.Mapping)
	for _, one := range slices.Concat(now.Mappings, after.Mappings) {
		if _, done := fields[one.Field]; !done {
			fields[one.Field] = m.field(one.Field)
		}
	}
	// What stays keeps its place among the others.
	template := now.Mappings
	if sameMappings(now.Mappings, before.Mappings) {
		template = after.Mappings
	}
	var all []mapping.Mapping
	for _, one := range slices.Concat(template, now.Mappings, after.Mappings) {
		if next := fields[one.Field]; len(next) > 0 && placeOf(all, next[0].Attribute, one.Field) < 0 {
			all, fields[one.Field] = append(all, next[0]), next[1:]
		}
	}
	return all, m.clashes
}

// ambiguous reports whether an attribute is mapped to a field twice.
func ambiguous(all []mapping.Mapping) bool {
	for i, m := range all {
		if placeOf(all[:i], m.Attribute, m.Field) >= 0 {
			return true
		}
	}
	return false
}

// placeOf is where the mapping of an attribute to a field stands.
func placeOf(all []mapping.Mapping, attribute, field string) int {
	return slices.IndexFunc(all, func(m mapping.Mapping) bool { return m.Attribute == attribute && m.Field == field })
}

// feeders are the mappings to one field, in order.
func feeders(all []mapping.Mapping, field string) (found []mapping.Mapping) {
	for _, m := range all {
		if m.Field == field {
			found = append(found, m)
		}
	}
	return found
}

// field merges the mappings to one field.
func (m *mappingsMerge) field(field string) []mapping.Mapping {
	now, before, after := feeders(m.now.Mappings, field), feeders(m.before.Mappings, field), feeders(m.after.Mappings, field)
	switch {
	case sameMappings(now, after), sameMappings(after, before):
		return now
	case sameMappings(now, before) && m.sound(field, after) == "":
		return after
	}
	var merged []mapping.Mapping
	var clashes []string
	for _, one := range slices.Concat(now, after) {
		if placeOf(merged, one.Attribute, field) >= 0 {
			continue
		}
		take, conflict := mergeAny(alone(before, &one), alone(now, &one), alone(after, &one))
		if conflict {
			clashes = append(clashes, fmt.Sprintf("the mapping of %s to %s", one.Attribute, m.label(field)))
		}
		from := now
		if take {
			from = after
		}
		merged = append(merged, alone(from, &one)...)
	}
	merged, settled := arranged(merged, now, before, after)
	switch why := m.sound(field, merged); {
	case len(clashes) > 0:
	case !settled:
		clashes = append(clashes, "the order in which mappings feed "+m.label(field))
	case why != "":
		clashes = append(clashes, why)
	default:
		return merged
	}
	m.clashes = append(m.clashes, clashes...)
	return now
}

// label is what a field is called in any of the lists.
func (m *mappingsMerge) label(key string) string {
	for _, l := range []*roster.List{&m.merged, &m.after, &m.before} {
		if f, ok := l.Schema.ByKey(key); ok {
			return f.Label
		}
	}
	return key
}

// sound is why these mappings cannot feed a field of the merged list, in a few
// words; it is empty when they can.
func (m *mappingsMerge) sound(field string, all []mapping.Mapping) string {
	f, there := m.merged.Schema.ByKey(field)
	meant, _ := m.after.Schema.ByKey(field)
	label := m.label(field)
	on := enabled(all)
	switch {
	case len(on) > 0 && !there:
		return label + ", which is gone and would be fed"
	case len(on) > 0 && meant.ID != 0 && meant.ID != f.ID:
		return label + ", which is another field now"
	case f.UID && m.merged.Connected() && len(on) != 1:
		return "what feeds " + label + ", by which people are known: exactly one mapping does"
	}
	for i, one := range on {
		if i > 0 && !one.Fallback {
			return fmt.Sprintf("what feeds %s: both %s and %s would", label, on[0].Attribute, one.Attribute)
		}
	}
	return ""
}

// enabled are the mappings that are on.
func enabled(all []mapping.Mapping) []mapping.Mapping {
	return slices.DeleteFunc(slices.Clone(all), func(m mapping.Mapping) bool { return !m.On })
}

// alone is the mapping of the same attribute and field, if it is there.
func alone(all []mapping.Mapping, m *mapping.Mapping) []mapping.Mapping {
	i := placeOf(all, m.Attribute, m.Field)
	if i < 0 {
		return nil
	}
	one := all[i]
	if len(one.Transforms) == 0 {
		one.Transforms = nil
	}
	return []mapping.Mapping{one}
}

// arranged puts the mappings to one field in order: whoever has moved those that
// all three know is followed, and what one side adds stands behind what it stands
// behind there. It is not settled if both have moved them, or both have added
// some: then nobody has said what steps in for what.
func arranged(all, now, before, after []mapping.Mapping) (sorted []mapping.Mapping, settled bool) {
	known := func(m mapping.Mapping) bool {
		return placeOf(now, m.Attribute, m.Field) >= 0 && placeOf(before, m.Attribute, m.Field) >= 0 && placeOf(after, m.Attribute, m.Field) >= 0
	}
	moved := func(side []mapping.Mapping) bool {
		return !slices.Equal(attributesIn(side, known), attributesIn(before, known))
	}
	added := func(side []mapping.Mapping) bool {
		return slices.ContainsFunc(side, func(m mapping.Mapping) bool { return placeOf(before, m.Attribute, m.Field) < 0 })
	}
	if moved(now) && moved(after) && !slices.Equal(attributesIn(now, known), attributesIn(after, known)) || added(now) && added(after) {
		return all, false
	}
	lead, follow := now, after
	if moved(after) {
		lead, follow = after, now
	}
	for _, m := range lead {
		sorted = append(sorted, alone(all, &m)...)
	}
	behind := 0
	for _, m := range follow {
		if i := placeOf(sorted, m.Attribute, m.Field); i >= 0 {
			behind = i + 1
		} else if one := alone(all, &m); len(one) > 0 {
			sorted = slices.Insert(sorted, behind, one[0])
			behind++
		}
	}
	return sorted, true
}

// attributesIn are the attributes of those mappings that are meant, in order.
func attributesIn(all []mapping.Mapping, meant func(mapping.Mapping) bool) (names []string) {
	for _, m := range all {
		if meant(m) {
			names = append(names, m.Attribute)
		}
	}
	return names
}

// fedSince are the fields that a change would take away and that something else
// feeds since.
func fedSince(now, before, after *roster.List) (fields []roster.Field) {
	for _, f := range before.Schema.Fields {
		_, stays := after.Schema.ByID(f.ID)
		if !stays && len(enabled(feeders(now.Mappings, f.Key))) > 0 && !sameFeeds(before.Mappings, now.Mappings, f.Key) {
			fields = append(fields, f)
		}
	}
	return fields
}

// feedsOfUID is how many mappings feed what people of a connected list are known
// by; of another list it is one.
func feedsOfUID(l *roster.List) int {
	uid, has := l.Schema.UID()
	if !l.Connected() || !has {
		return 1
	}
	return len(enabled(feeders(l.Mappings, uid.Key)))
}
