package review

import (
	"cmp"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns of the people and of the rejects.
const (
	itemKind = iota
	itemUID
	itemName
	itemChange
	itemDecision
	rejectLine
	rejectWhy
)

func itemColumns(width int, deciding bool) []kit.Column {
	name, uid := 20, 12
	if width < 80 {
		name, uid = 14, 9
	} else if width < 110 {
		uid = 10
	}
	return []kit.Column{
		{ID: itemDecision, Title: "Decision", Width: 9, Hidden: !deciding},
		{ID: itemKind, Title: "What", Width: 10},
		{ID: itemUID, Title: "UID", Width: uid, Align: kit.Middle},
		{ID: itemName, Title: "Name", Width: name},
		{ID: itemChange, Title: "Changes", Width: 10, Grow: true},
	}
}

func rejectColumns() []kit.Column {
	return []kit.Column{
		{ID: rejectLine, Title: "Row", Width: 9, Align: kit.Right},
		{ID: rejectWhy, Title: "Why it stays out", Width: 20, Grow: true},
	}
}

// itemRows are the items of a set that are shown, by their places in it: those
// that can do harm first, and both ascending.
type itemRows struct {
	env   *kit.Env
	set   *Set
	shown []int
	first int            // how many of shown can do harm
	field roster.FieldID // whose change is told first
}

func (r itemRows) Len() int       { return len(r.shown) }
func (r itemRows) ID(row int) int { return r.shown[row] }
func (r itemRows) IndexOf(id int) int {
	if i, ok := slices.BinarySearch(r.shown[:r.first], id); ok {
		return i
	}
	if i, ok := slices.BinarySearch(r.shown[r.first:], id); ok {
		return r.first + i
	}
	return -1
}

func (r itemRows) Cell(row, column int) kit.Cell {
	n := r.shown[row]
	it := &r.set.Items[n]
	clash := r.set.conflicting(n)
	switch column {
	case itemDecision:
		return r.decision(n)
	case itemKind:
		if clash {
			return kit.Cell{Text: "conflict", Role: theme.Waiting}
		}
		return kit.Cell{Text: kindWord(it.Kind), Role: kindRole(it.Kind)}
	case itemUID:
		return kit.Cell{Text: it.UID}
	case itemName:
		return kit.Cell{Text: r.set.name(n)}
	}
	if clash {
		return kit.Cell{Text: r.set.clashes[n].Reason, Role: theme.Waiting}
	}
	return kit.Cell{Text: r.changes(it), Role: theme.Dim}
}

// decision sums up what is decided about an item.
func (r itemRows) decision(n int) kit.Cell {
	it := &r.set.Items[n]
	fields := it.Parts()
	first := changeset.Part{}
	decided, alike := 0, true
	for i, f := range fields {
		p, _ := it.Part(f)
		if p.Decision != changeset.Undecided {
			decided++
		}
		if i == 0 {
			first = p
		}
		alike = alike && p.Decision == first.Decision
	}
	switch {
	case len(fields) == 0:
		return kit.Cell{}
	case alike && (first.Decision != changeset.Typed || len(fields) == 1):
		_, role := decisionWord(first, false)
		return kit.Cell{Text: briefly(first.Decision), Role: role}
	case decided == len(fields):
		return kit.Cell{Text: "decided", Role: theme.Added}
	}
	return kit.Cell{Text: kit.Count(decided) + " of " + kit.Count(len(fields)), Role: theme.Waiting}
}

// briefly says a decision in a word.
func briefly(d changeset.Decision) string {
	return [...]string{"undecided", "take", "keep", "skip", "typed"}[d]
}

// shownChanges bounds what is joined for a cell that is cut anyway.
const shownChanges = 6

// changes sums an item up in a line.
func (r itemRows) changes(it *changeset.Item) string {
	var parts []string
	if len(it.Changes) == 0 && it.Values != "" {
		for f, value := range it.Values.All() {
			if parts = append(parts, r.set.label(f)+" "+value); len(parts) == shownChanges {
				break
			}
		}
		return strings.Join(parts, ", ")
	}
	say := func(c changeset.Change) {
		moved := ""
		if r.set.holdsTags(c.Field) {
			moved = kit.TagsMoved(r.env, c.Base, c.Value())
		}
		parts = append(parts, r.set.label(c.Field)+" "+cmp.Or(moved, quoteEmpty(c.Base)+arrow(r.env)+quoteEmpty(c.Value())))
	}
	if c, ok := change(it, r.field); ok {
		say(c)
	}
	for _, c := range it.Changes[:min(len(it.Changes), shownChanges)] {
		if c.Field != r.field {
			say(c)
		}
	}
	if len(parts) == 0 {
		if it.Link != nil {
			return "is known to the source from now on"
		}
		return statusWords(r.env, it)
	}
	return strings.Join(parts, ", ")
}

// statusWords says how the status changes.
func statusWords(env *kit.Env, it *changeset.Item) string {
	switch it.Kind {
	case changeset.Deactivate:
		if it.Left != "" {
			return "active" + arrow(env) + "inactive, " + string(it.Left)
		}
		return "active" + arrow(env) + "inactive"
	case changeset.Reactivate:
		return "inactive" + arrow(env) + "active"
	case changeset.Withdraw:
		return "as if never created"
	case changeset.Revive:
		return "created again"
	}
	return ""
}

// rejectRows are the records that cannot go ahead.
type rejectRows struct{ set *Set }

func (r rejectRows) Len() int           { return len(r.set.Rejects) }
func (r rejectRows) ID(row int) int     { return row }
func (r rejectRows) IndexOf(id int) int { return min(id, r.Len()-1) }
func (r rejectRows) Cell(row, column int) kit.Cell {
	reject := &r.set.Rejects[row]
	if column == rejectLine {
		return kit.Cell{Text: kit.Count(reject.Line), Role: theme.Removed}
	}
	return kit.Cell{Text: reject.Problem}
}
