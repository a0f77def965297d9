package changeset

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"muster/core/roster"
)

// Hold is one reason why the guard wants a person to look at a changeset.
type Hold struct {
	Rule   string `json:"rule"`            // "deactivations", "updates", "emptied", "uid", or see Distrusts
	Field  string `json:"field,omitempty"` // the label of a field, or what else the rule is about
	Number int    `json:"number"`          // what the changeset does
	Limit  int    `json:"limit"`           // what the list allows, in people
	Of     int    `json:"of,omitempty"`    // the people the limit is a share of
}

// String says it as a sentence for a person, numbers grouped.
func (h Hold) String() string {
	p := message.NewPrinter(language.English)
	many := func(n int, one, more string) string {
		if n == 1 {
			return "1 " + one
		}
		return p.Sprintf("%d %s", n, more)
	}
	switch h.Rule {
	case "emptied":
		return p.Sprintf("%s would be emptied for %d of the %s one; at most %d pass unseen", h.Field, h.Number, many(h.Of, "person who has", "people who have"), h.Limit)
	case "uid":
		if h.Number == 0 {
			return p.Sprintf("people would be known by %s from then on; cards and other systems may go by what it was", h.Field)
		}
		return p.Sprintf("%s is what people are known by, and %d of them would get another; cards and other systems may go by the old", h.Field, h.Number)
	case "empty":
		return "the source holds nobody that can be read, and " + many(h.Number, "person", "people") + " would be deactivated for being absent"
	case "nameless":
		return many(h.Number, "record has no readable UID, so whoever it is", "records have no readable UID, so whoever they are") + " would be taken for absent"
	case "unended":
		return "the reading did not end properly after " + many(h.Number, "person", "people") + ": " + h.Field
	case "group":
		return p.Sprintf("the group %s, which the list is about, is not in the directory any more", h.Field)
	case "count":
		return p.Sprintf("%s read, and the directory itself counts %d", many(h.Number, "person was", "people were"), h.Of)
	case "fewer":
		return p.Sprintf("%s read, and %d the last time; at least %d pass unseen", many(h.Number, "person was", "people were"), h.Of, h.Limit)
	case "filled":
		return p.Sprintf("%s has a value for %d of a hundred people, and had one for %d the last time; at least %d pass unseen", h.Field, h.Number, h.Of, h.Limit)
	case "vanishing":
		return p.Sprintf("%s goes from a value to nothing for %d of the %d people whom this is about; at most %d pass unseen", h.Field, h.Number, h.Of, h.Limit)
	}
	did := many(h.Number, strings.TrimSuffix(h.Rule, "s"), h.Rule)
	switch {
	case h.Of > 0 && h.Rule == "updates": // some may be of people who are not active
		return p.Sprintf("%s in a list of %s; at most %d pass unseen", did, many(h.Of, "active person", "active people"), h.Limit)
	case h.Of > 0:
		return p.Sprintf("%s of %s; at most %d pass unseen", did, many(h.Of, "active person", "active people"), h.Limit)
	}
	return p.Sprintf("%s; at most %d pass unseen", did, h.Limit)
}

// Distrusts reports whether it is the reading that cannot be trusted, rather
// than what was read that is out of the ordinary: "empty", "nameless", and of a
// directory "unended", "group", "count", "fewer", "filled" and "vanishing".
func (h Hold) Distrusts() bool {
	return !slices.Contains([]string{"deactivations", "updates", "emptied", "uid"}, h.Rule)
}

// Emptied counts, for the guard, the people whose value in a field goes from
// something to nothing, and those who have something in it now.
type Emptied struct {
	Field  string // the label
	People int
	Of     int
}

// Guard returns what holds a changeset of these counts, meant for a list with
// this many active people.
func Guard(l roster.Limits, active int, c Counts, emptied []Emptied) []Hold {
	var held []Hold
	over := func(rule string, number, most, percent int) {
		if most > 0 && number > most {
			held = append(held, Hold{Rule: rule, Number: number, Limit: most})
			return
		}
		if share := active * percent / 100; percent > 0 && number >= l.MinPeople && number > share {
			held = append(held, Hold{Rule: rule, Number: number, Limit: share, Of: active})
		}
	}
	over("deactivations", c.Deactivates, l.Deactivations, l.DeactivatePercent)
	over("updates", c.Updates, l.Updates, l.UpdatePercent)
	for _, e := range emptied {
		if share := e.Of * l.EmptiedPercent / 100; l.EmptiedPercent > 0 && e.People >= l.MinPeople && e.People > share {
			held = append(held, Hold{Rule: "emptied", Field: e.Field, Number: e.People, Limit: share, Of: e.Of})
		}
	}
	return held
}
