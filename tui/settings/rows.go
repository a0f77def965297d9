package settings

import (
	"slices"
	"strconv"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns.
const (
	what = iota
	value
	who
)

// rowKind is what a row is about.
type rowKind uint8

const (
	heading rowKind = iota
	aName
	aWay
	aLimit
	aRule
	aPin
)

// row is one line: a setting, a decision, or a heading.
type row struct {
	kind  rowKind
	id    string
	key   string // of an origin or a limit
	rule  core.Remembered
	pin   core.Pinned
	cells [3]kit.Cell
	about string // said below when the cursor is on it
}

type rows []row

// Len implements kit.Rows.
func (r rows) Len() int { return len(r) }

// ID implements kit.Rows.
func (r rows) ID(i int) string { return r[i].id }

// IndexOf implements kit.Rows.
func (r rows) IndexOf(id string) int {
	return slices.IndexFunc(r, func(each row) bool { return each.id == id })
}

// Cell implements kit.Rows.
func (r rows) Cell(i, column int) kit.Cell { return r[i].cells[column] }

// What becomes of a changeset when it comes in.
const (
	wait   = "wait for a person"
	atOnce = "are applied at once"
)

// rowsOf are the rows of what was read.
func rowsOf(env *kit.Env, r *read) rows {
	var all rows
	head := func(text, more string) {
		all = append(all, row{id: "gap " + text},
			row{id: "heading " + text, cells: [3]kit.Cell{{Text: text, Role: theme.Header}, {Text: more, Role: theme.Dim}}})
	}
	all = append(all, row{kind: aName, id: "name", about: "What people call the list. Commands call it " + r.list.Slug + ".",
		cells: [3]kit.Cell{{Text: "Name", Role: theme.Dim}, {Text: r.list.Name}}})
	head("What comes in", "waits for a person, or not")
	for _, origin := range roster.ApprovalOrigins() {
		all = append(all, wayRow(&r.list, origin))
	}
	head("The guard holds", "a changeset that would touch")
	for _, key := range roster.LimitKeys() {
		all = append(all, limitRow(&r.list, key))
	}
	remembered := "decisions made again by themselves"
	if len(r.rules) == 0 {
		remembered = "nothing yet: decide three alike, and press R"
	}
	head("Remembered", remembered)
	for _, rule := range slices.Backward(r.rules) {
		all = append(all, ruleRow(env, &r.list, rule))
	}
	pinned := "what it said, and was declined"
	if len(r.pins) == 0 {
		pinned = "nothing was decided"
	}
	head("Against the source", pinned)
	for _, pin := range r.pins {
		all = append(all, pinRow(&r.list, pin))
	}
	return all
}

func wayRow(l *roster.List, origin string) row {
	label, about := originWords(origin)
	r := row{kind: aWay, id: "origin " + origin, key: origin, about: about}
	r.cells = [3]kit.Cell{{Text: label, Role: theme.Dim}, {Text: wait}}
	if l.Approval.AtOnce(origin) {
		r.cells[value].Text = atOnce
	}
	if *l.Approval.Of(origin) == roster.Default {
		r.cells[who] = kit.Cell{Text: "the default", Role: theme.Dim}
	}
	return r
}

func limitRow(l *roster.List, key string) row {
	n := *l.Limits.Of(key)
	r := row{kind: aLimit, id: "limit " + key, key: key, about: wordsOf(key).about}
	r.cells = [3]kit.Cell{{Text: wordsOf(key).label, Role: theme.Dim}, {Text: says(key, n)}}
	if defaults := roster.DefaultLimits(); n == *defaults.Of(key) {
		r.cells[who] = kit.Cell{Text: "the default", Role: theme.Dim}
	}
	if n == 0 {
		r.cells[value].Role = theme.Dim
	}
	return r
}

// says is a limit in words.
func says(key string, n int) string {
	if n == 0 {
		return "no limit"
	}
	words := wordsOf(key)
	return words.before + kit.Count(n) + words.after
}

func ruleRow(env *kit.Env, l *roster.List, rule core.Remembered) row {
	words, _ := review.RuleWords(l, &rule)
	label := "A field that is gone"
	if f, ok := l.Schema.ByID(rule.Field); ok {
		label = f.Label
	}
	scope := "changes by " + string(rule.Origin)
	if rule.Pair {
		scope = "this pair of values, whatever way it comes"
	}
	return row{kind: aRule, id: "rule " + strconv.Itoa(rule.Number), rule: rule,
		about: "About " + scope + ". It shows as “as remembered” where it decides, and can be decided otherwise there. x forgets it.",
		cells: [3]kit.Cell{{Text: label, Role: theme.Dim}, {Text: words}, {Text: rule.By + ", " + kit.Ago(env.Now(), rule.At), Role: theme.Dim}}}
}

func pinRow(l *roster.List, p core.Pinned) row {
	name := p.UID
	if p.Name != "" && p.Name != p.UID {
		name += " " + p.Name
	}
	declined := p.Declined
	if declined == "" {
		declined = "(nothing)"
	}
	text := "not created"
	switch {
	case p.OfNewcomer():
	case p.Field == changeset.Linked:
		text = "not tied to " + declined + " at the source"
	case p.Field == changeset.Status:
		text = p.Now + ", though the source says " + declined
	default:
		label := "A field that is gone"
		if f, ok := l.Schema.ByID(p.Field); ok {
			label = f.Label
		}
		now := p.Now
		if now == "" {
			now = "(nothing)"
		}
		text = label + " " + now + ", not " + declined
	}
	return row{kind: aPin, id: "pin " + p.Person.String() + " " + strconv.Itoa(int(p.Field)) + " " + p.Newcomer.Anchor, pin: p,
		about: "What the source said was declined, and stays so until it says something else. x listens to it again.",
		cells: [3]kit.Cell{{Text: name, Role: theme.Dim}, {Text: text},
			{Text: p.By + ", changeset " + strconv.FormatUint(uint64(p.Changeset), 10), Role: theme.Dim}}}
}

// fieldOf is the field to explain a pin by; 0 is the person as a whole.
func fieldOf(p core.Pinned) roster.FieldID {
	if p.Field == changeset.Status || p.Field == changeset.Linked {
		return 0
	}
	return p.Field
}

// columns have the width that their cells need, and what is set has the most.
func columns(env *kit.Env, all rows, width int) []kit.Column {
	left, right := 12, 0
	for _, r := range all {
		left = max(left, env.Width(kit.Clean(r.cells[what].Text)))
		right = max(right, env.Width(kit.Clean(r.cells[who].Text)))
	}
	left, right = min(left, width/3), min(right, width/4)
	return []kit.Column{
		{ID: what, Title: "Setting", Width: left},
		{ID: value, Title: "Is", Width: max(10, width-left-right-8), Grow: true},
		{ID: who, Title: "By", Width: right, Hidden: width < 72},
	}
}
