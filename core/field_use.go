package core

import (
	"context"
	"strings"

	"muster/core/roster"
)

// FieldUse is how much a field of a list is used.
type FieldUse struct {
	// Filled is how many people have something in it.
	Filled int
	// Values counts, for a dropdown, the people by option; for tags, by tag.
	// There are at most mostUses of them.
	Values map[string]int
}

// mostUses bounds the values of a field that are counted.
const mostUses = 10_000

// FieldUses counts what people have in each field, inactive ones too.
func (e *Engine) FieldUses(ctx context.Context, list roster.ListID) (map[roster.FieldID]FieldUse, error) {
	uses := make(map[roster.FieldID]FieldUse)
	var l roster.List
	err := e.view(ctx, func(tx Tx) (err error) {
		if l, err = tx.List(list); err != nil {
			return err
		}
		clear(uses)
		for _, f := range l.Schema.Fields {
			u := FieldUse{}
			if f.Type == roster.Dropdown || f.Type == roster.Tags {
				u.Values = make(map[string]int)
			}
			uses[f.ID] = u
		}
		return tx.EachPerson(list, func(p *roster.Person) error {
			if p.Status == roster.Withdrawn {
				return ctx.Err()
			}
			for id, value := range p.Values.All() {
				u, ok := uses[id]
				if !ok {
					continue
				}
				u.Filled++
				if u.Values != nil {
					countUse(&l, id, u.Values, value)
				}
				uses[id] = u
			}
			return ctx.Err()
		})
	})
	return uses, err
}

func countUse(l *roster.List, id roster.FieldID, values map[string]int, value string) {
	parts := []string{value}
	if f, _ := l.Schema.ByID(id); f.Type == roster.Tags {
		parts = roster.SplitTags(value)
	}
	for _, part := range parts {
		if n, known := values[part]; known {
			values[part] = n + 1
		} else if len(values) < mostUses {
			values[strings.Clone(part)] = 1
		}
	}
}
