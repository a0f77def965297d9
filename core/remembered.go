package core

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Remembered is a decision that is made again by itself wherever it fits: about
// every change of a field that comes the same way, or about one pair of values.
// A pair is stronger than its field. It is made while a draft is worked out, so
// that it shows before anything is applied, and can be decided otherwise. UIDs
// and people as a whole are never decided so.
type Remembered struct {
	Number   int                `json:"number"` // names it within the list
	Field    roster.FieldID     `json:"field"`
	Decision changeset.Decision `json:"decision"` // Accept or Keep
	// Origin is the way in that it is about, where it is about all values.
	Origin changeset.Origin `json:"origin,omitempty"`
	// From and To are the values of a Pair.
	Pair bool      `json:"pair,omitempty"`
	From string    `json:"from,omitempty"`
	To   string    `json:"to,omitempty"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// Fits reports whether it is about a change that comes by that origin.
func (r *Remembered) Fits(origin changeset.Origin, c changeset.Change) bool {
	if r.Field != c.Field {
		return false
	}
	if r.Pair {
		return r.From == c.Base && r.To == c.Proposed
	}
	return r.Origin == origin
}

// same reports whether both are about the same changes.
func (r *Remembered) same(other *Remembered) bool {
	return r.Field == other.Field && r.Pair == other.Pair && r.Origin == other.Origin && r.From == other.From && r.To == other.To
}

// mostRemembered bounds what a list remembers, and so what each change is
// compared with.
const mostRemembered = 500

// rememberedName is the preference of a list that holds them.
const rememberedName = "remembered decisions"

func remembered(tx Tx, list roster.ListID) (rules []Remembered, err error) {
	if stored, ok := tx.Preference(list, rememberedName); ok {
		if err = json.Unmarshal(stored, &rules); err != nil {
			err = fmt.Errorf("read remembered decisions: %w", err)
		}
	}
	return rules, err
}

// Remembered returns the decisions that a list remembers, oldest first.
func (e *Engine) Remembered(ctx context.Context, list roster.ListID) (rules []Remembered, err error) {
	err = e.view(ctx, func(tx Tx) error {
		rules, err = remembered(tx, list)
		return err
	})
	return rules, err
}

// RememberDecision has a decision be made again by itself from now on, in place
// of one about the same changes. Only Accept and Keep of a field that is not
// the UID can be: anything else is an Invalid fault.
func (e *Engine) RememberDecision(ctx context.Context, actor Actor, list roster.ListID, rule Remembered) error {
	if err := e.May(actor, list, Review); err != nil {
		return err
	}
	return e.changeRemembered(ctx, list, func(l *roster.List, rules []Remembered) ([]Remembered, error) {
		f, ok := l.Schema.ByID(rule.Field)
		switch {
		case !ok || f.UID:
			return nil, fault.New(fault.Invalid, "Only decisions about fields other than the UID are remembered")
		case rule.Decision != changeset.Accept && rule.Decision != changeset.Keep:
			return nil, fault.New(fault.Invalid, "Only taking what is proposed and keeping the list's value are remembered")
		}
		rule.Number, rule.By, rule.At = 1, actor.Name, e.now()
		for i := range rules {
			rule.Number = max(rule.Number, rules[i].Number+1)
		}
		rules = slices.DeleteFunc(rules, func(old Remembered) bool { return old.same(&rule) })
		if len(rules) >= mostRemembered {
			return nil, fault.New(fault.Invalid, "%d decisions are remembered already; forget some first", mostRemembered)
		}
		return append(rules, rule), nil
	})
}

// ForgetDecision ends a remembered decision; what it has decided stays.
// NotFound when there is none of that number.
func (e *Engine) ForgetDecision(ctx context.Context, actor Actor, list roster.ListID, number int) error {
	if err := e.May(actor, list, Review); err != nil {
		return err
	}
	return e.changeRemembered(ctx, list, func(_ *roster.List, rules []Remembered) ([]Remembered, error) {
		left := slices.DeleteFunc(slices.Clone(rules), func(r Remembered) bool { return r.Number == number })
		if len(left) == len(rules) {
			return nil, fault.New(fault.NotFound, "There is no remembered decision %d", number)
		}
		return left, nil
	})
}

func (e *Engine) changeRemembered(ctx context.Context, list roster.ListID, change func(*roster.List, []Remembered) ([]Remembered, error)) error {
	err := e.store.Update(ctx, func(tx WriteTx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		rules, err := remembered(tx, list)
		if err != nil {
			return err
		}
		if rules, err = change(&l, rules); err != nil {
			return err
		}
		stored, err := json.Marshal(rules)
		if err != nil {
			return fmt.Errorf("write remembered decisions: %w", err)
		}
		return tx.PutPreference(list, rememberedName, stored)
	})
	if err == nil {
		e.news.publish(Notice{List: list})
	}
	return err
}

// recall makes the remembered decisions of a draft that has been worked out,
// and finds its conflicts anew if that decided any.
func recall(ctx context.Context, tx Tx, d *Draft) error {
	rules, err := remembered(tx, d.Head.List)
	if err != nil || len(rules) == 0 {
		return err
	}
	// A pair is stronger than its field.
	slices.SortStableFunc(rules, func(a, b Remembered) int {
		switch {
		case a.Pair == b.Pair:
			return 0
		case a.Pair:
			return -1
		}
		return 1
	})
	clashes := make(map[int]bool)
	for _, c := range d.Conflicts {
		clashes[c.Item] = true
	}
	again := false
	for n := range d.Items {
		var now roster.Person
		if clashes[n] {
			if now, _, err = tx.Person(d.Head.List, d.Items[n].Person); err != nil {
				return err
			}
		}
		again = recallItem(d, n, rules, &now) && clashes[n] || again
	}
	if !again {
		return nil
	}
	d.Conflicts, err = newApplication(tx, d.List, d).check(ctx)
	d.Head.Counts.Conflicts = len(d.Conflicts)
	return err
}

// recallItem decides what is undecided of an item and fits a rule; now is the
// person if the item conflicts. It reports whether it decided anything.
func recallItem(d *Draft, n int, rules []Remembered, now *roster.Person) (any bool) {
	it := &d.Items[n]
	for i := range it.Changes {
		c := it.Changes[i]
		at := slices.IndexFunc(rules, func(r Remembered) bool { return r.Fits(d.Head.Origin, c) })
		if at < 0 || c.Decision != changeset.Undecided {
			continue
		}
		has := c.Base
		if now.Created != 0 {
			has = now.Values.Get(c.Field)
		}
		choice, _ := it.Choose(n, c.Field, rules[at].Decision, "", has)
		it.SetPart(c.Field, choice.Is)
		any = true
	}
	return any
}
