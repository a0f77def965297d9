package mapping

import (
	"context"
	"errors"

	"muster/core"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/mapping/trial"
)

// people is what the preview calls them.
func people() trial.Words {
	return trial.Words{
		One: "person", Many: "people", All: "everybody", Before: "person before", Has: "person has it", Have: "people have it",
		None: "the source has told of nobody yet", Nobody: "Nobody to show it with yet", No: "There is nobody",
	}
}

const (
	handful  = 50     // people at hand
	lookedAt = 50_000 // people, to find them
)

// errEnough ends a walk.
var errEnough = errors.New("enough")

// readFew reads the records of a few people.
func readFew(ctx context.Context, e *core.Engine, l *roster.List, names []string) ([]trial.One, error) {
	type linked struct {
		who  core.Sampled
		link roster.Link
	}
	var found []linked
	seen := 0
	err := e.EachPerson(ctx, l.ID, func(p *roster.Person) error {
		if seen++; seen > lookedAt {
			return errEnough
		}
		anchor, ok := p.LinkTo(l.Connection.ID)
		if !ok {
			return nil
		}
		found = append(found, linked{
			core.Sampled{Person: p.ID, UID: l.UID(p.Values), Name: l.DisplayName(p.Values)},
			roster.Link{Connection: l.Connection.ID, Anchor: anchor},
		})
		if len(found) == handful {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	all := make([]trial.One, 0, len(found))
	for _, one := range found {
		kept, err := e.Record(ctx, l.ID, one.link)
		if err != nil {
			continue // nothing is kept of them
		}
		cells := make([]coremapping.Cell, len(names))
		for i, name := range names {
			if cells[i] = kept.Cell(name); cells[i].Presence == coremapping.Absent {
				cells[i].Presence = coremapping.Null
			}
		}
		all = append(all, trial.One{Who: one.who, Cells: cells})
	}
	return all, nil
}
