package changeset

import (
	"cmp"
	"slices"

	"muster/core/roster"
)

// FieldSummary is how often items change a field, and by which transitions.
type FieldSummary struct {
	Field   roster.FieldID
	Changes int
	// Transitions are the commonest, most first; Others counts the changes
	// that are not among them.
	Transitions []Transition
	Others      int
}

// Transition is a value turning into another, and for how many people.
type Transition struct {
	From, To string
	People   int
}

// trackedTransitions bounds what Summarize remembers of one field: where
// nearly every change is its own, the transitions tell nothing.
const trackedTransitions = 10_000

// Summarize counts the changes by field, most first, and of each field the
// most commonest transitions.
func Summarize(items []Item, most int) []FieldSummary {
	type pair struct{ from, to string }
	counts := make(map[roster.FieldID]map[pair]int)
	totals := make(map[roster.FieldID]int)
	for i := range items {
		for _, c := range items[i].Changes {
			totals[c.Field]++
			seen := counts[c.Field]
			if seen == nil {
				seen = make(map[pair]int)
				counts[c.Field] = seen
			}
			key := pair{c.Base, c.Proposed}
			if _, known := seen[key]; known || len(seen) < trackedTransitions {
				seen[key]++
			}
		}
	}
	fields := make([]FieldSummary, 0, len(totals))
	for id, total := range totals {
		s := FieldSummary{Field: id, Changes: total, Others: total}
		for key, n := range counts[id] {
			s.Transitions = append(s.Transitions, Transition{key.from, key.to, n})
		}
		slices.SortFunc(s.Transitions, func(a, b Transition) int {
			return cmp.Or(b.People-a.People, cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
		})
		s.Transitions = slices.Clip(s.Transitions[:min(most, len(s.Transitions))])
		for _, t := range s.Transitions {
			s.Others -= t.People
		}
		fields = append(fields, s)
	}
	slices.SortFunc(fields, func(a, b FieldSummary) int {
		return cmp.Or(b.Changes-a.Changes, cmp.Compare(a.Field, b.Field))
	})
	return fields
}
