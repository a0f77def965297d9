package review

import (
	"slices"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

const labelWidth = 16

// A detail draws one item whole.
type detail struct {
	env      *kit.Env
	set      *Set
	n        int            // of the set's items
	now      *roster.Person // as the list has them, once read
	past     []core.Event   // what happened to them, newest first
	width    int
	deciding bool  // decisions are shown
	cursor   int   // the part that the cursor is on, or -1
	equal    bool  // fields that stay as they are, too
	together bool  // fields that belong together are decided together
	with     []ref // the parts that belong with the one under the cursor
	lines    []string
	at       int // the line that the cursor is on
}

// row is one field of an item: a part of it if there is something to decide.
type row struct {
	label string
	field roster.FieldID
	part  bool
	v     versions
}

// versions are what a change is told by: the value it expects, the list's, and
// the one it proposes. An applied one has been put in the list: then it is the
// list's value that came last.
type versions struct {
	old, now, next string
	known          bool // now has been read
	moved          bool // the list's value is neither
	same           bool // nothing changes
}

// draw returns the item as lines of exactly width cells.
func (d *detail) draw() []string {
	it := &d.set.Items[d.n]
	d.heading(it)
	if clash := d.set.clashes[d.n]; clash != nil && d.set.conflicting(d.n) {
		d.lines = append(d.lines, Sentence(d.env, theme.Waiting, d.env.Theme.Signs().Caution+clash.Reason, d.width)...)
		if clash.Advice != "" {
			d.lines = append(d.lines, Sentence(d.env, theme.Dim, clash.Advice, d.width)...)
		}
	}
	rows := d.rows(it)
	if !d.table(it, rows) {
		for i := range rows {
			d.stacked(it, i, &rows[i])
		}
	}
	return d.lines
}

// rows are the parts of the item in their order, then what does not change.
func (d *detail) rows(it *changeset.Item) []row {
	var rows []row
	if words := statusWords(d.env, it); words != "" || it.Kind == changeset.Create {
		_, part := it.Part(changeset.Status)
		rows = append(rows, row{label: "Person", part: part, v: versions{old: statusNow(it), next: statusThen(it), now: statusNow(it), known: true}})
		if d.now != nil && it.Kind != changeset.Create && !d.set.Head.Done() {
			v := &rows[0].v
			v.now = d.now.Status.String()
			v.moved = v.now != v.old && v.now != v.next
		}
	}
	for _, c := range it.Changes {
		rows = append(rows, row{d.set.label(c.Field), c.Field, true, d.versions(c)})
	}
	if _, part := it.Part(changeset.Linked); part {
		rows = append(rows, row{d.set.label(changeset.Linked), changeset.Linked, true, d.tie(it)})
	}
	if len(it.Changes) == 0 {
		for f, value := range it.Values.All() {
			rows = append(rows, row{d.set.label(f), f, false, versions{next: value}})
		}
	}
	if !d.equal || d.now == nil || it.Kind == changeset.Create {
		return rows
	}
	for f, value := range d.now.Values.All() {
		if _, changes := change(it, f); !changes {
			rows = append(rows, row{d.set.label(f), f, false, versions{old: value, now: value, next: value, known: true, same: true}})
		}
	}
	return rows
}

// statusNow and statusThen are the words of an item's own part.
func statusNow(it *changeset.Item) string {
	switch it.Kind {
	case changeset.Create, changeset.Revive:
		return ""
	case changeset.Reactivate:
		return "inactive"
	}
	return "active"
}

func statusThen(it *changeset.Item) string {
	switch it.Kind {
	case changeset.Create:
		return "created"
	case changeset.Deactivate:
		return "inactive"
	case changeset.Withdraw:
		return "as if never created"
	case changeset.Revive:
		return "created again"
	}
	return "active"
}

func (d *detail) heading(it *changeset.Item) {
	name := d.set.name(d.n)
	if name == "" {
		name = it.UID
	}
	word, role := kindWord(it.Kind), kindRole(it.Kind)
	if d.set.conflicting(d.n) {
		word, role = "conflict", theme.Waiting
	}
	line := d.env.Line(d.width).Add(theme.Strong, d.env.Cut(name, max(10, d.width-len(word)-4)))
	if name != it.UID {
		line.Gap(2).Add(theme.Dim, d.env.Cut(it.UID, max(0, line.Left()-len(word)-3)))
	}
	d.lines = append(d.lines, line.Right(d.env.Theme.Paint(role, word)).String())
}

func (d *detail) versions(c changeset.Change) versions {
	v := versions{old: c.Base, next: c.Proposed}
	// A conflict that is decided expects what the list has; what it was planned
	// for is what it expected first.
	if base, ok := d.set.expected[ref{d.n, c.Field}]; ok {
		v.old = base
	}
	if d.set.Head.Done() {
		v.next = c.Value()
	}
	if d.now != nil {
		v.now, v.known = d.now.Values.Get(c.Field), true
		v.moved = v.now != v.old && v.now != v.next
	}
	return v
}

// tie is what the source calls the person, by an item that changes it.
func (d *detail) tie(it *changeset.Item) versions {
	v := versions{old: it.Link.Base, next: it.Link.Proposed}
	if base, ok := d.set.expected[ref{d.n, changeset.Linked}]; ok {
		v.old = base
	}
	if d.now != nil {
		v.now, _ = d.now.LinkTo(it.Link.Connection)
		v.known, v.moved = true, v.now != v.old && v.now != v.next
	}
	return v
}

// decision says what is decided about a row.
func (d *detail) decision(it *changeset.Item, r *row) (string, theme.Role) {
	if !r.part {
		return "", theme.Dim
	}
	p, _ := it.Part(r.field)
	word, role := decisionWord(p, d.set.clash(ref{d.n, r.field}))
	if c, ok := change(it, r.field); ok && d.set.byRule(c) {
		word += ", as remembered"
	}
	return word, role
}

// decisionWord says a decision in a word or two.
func decisionWord(p changeset.Part, clash bool) (string, theme.Role) {
	switch p.Decision {
	case changeset.Accept:
		return "take proposed", theme.Added
	case changeset.Keep:
		return "keep list's", theme.Removed
	case changeset.Skip:
		return "skip", theme.Dim
	case changeset.Typed:
		return "“" + p.Typed + "”", theme.Added
	}
	if clash {
		return "conflict", theme.Waiting
	}
	return "undecided", theme.Dim
}

// begin starts a line with the cursor, if it is on that row, or with a mark if
// it is decided with that one.
func (d *detail) begin(i int, f roster.FieldID) (*kit.Line, theme.Role) {
	line := d.env.Line(d.width)
	switch {
	case i == d.cursor:
	case d.together && slices.ContainsFunc(d.with, func(r ref) bool { return r.field == f }):
		return line.Add(theme.Accent, d.env.Theme.Signs().Mark).Gap(1), theme.Text
	default:
		return line.Gap(2), theme.Text
	}
	d.at = len(d.lines)
	return line.Add(theme.Accent, d.env.Theme.Signs().Cursor).Gap(1), theme.Strong
}

// parts draws a value with the part that differs in a role of its own.
func (d *detail) parts(line *kit.Line, p kit.Parts, differs theme.Role, cell int) {
	left := line.Left()
	line.Add(theme.Text, p.Before).Add(differs, p.Differs).Add(theme.Text, p.After)
	line.Gap(max(0, cell-(left-line.Left())))
}

// stacked draws a row with its values one under the other, or in one line if
// they fit.
func (d *detail) stacked(it *changeset.Item, i int, r *row) {
	v := r.v
	line, role := d.begin(i, r.field)
	if role == theme.Text {
		role = theme.Dim
	}
	if v.same || !r.part && v.old == "" {
		d.value(line, role, r.label, v.next, d.fedBy(r.field))
		return
	}
	old, next := kit.DiffParts(kit.Clean(quoteEmpty(v.old)), kit.Clean(quoteEmpty(v.next)))
	between := arrow(d.env)
	width := d.env.Width(kit.Clean(quoteEmpty(v.old))) + d.env.Width(between) + d.env.Width(kit.Clean(quoteEmpty(v.next)))
	word, said := "", theme.Dim
	if d.deciding {
		word, said = d.decision(it, r)
	}
	if !v.moved && 2+labelWidth+1+width+2+d.env.Width(word) <= d.width {
		line.Fit(role, r.label, labelWidth).Gap(1)
		d.parts(line, old, theme.Removed, 0)
		line.Add(theme.Dim, between)
		d.parts(line, next, theme.Added, 0)
		d.lines = append(d.lines, line.Right(d.env.Theme.Paint(said, word)).String())
		d.tagLine(r, labelWidth+3)
		return
	}
	d.lines = append(d.lines, line.Add(role, r.label).Right(d.env.Theme.Paint(said, d.env.Cut(word, max(0, line.Left()-2)))).String())
	d.version("was", v.old, old, theme.Removed)
	if v.moved {
		d.version("now", v.now, kit.Parts{Differs: kit.Clean(quoteEmpty(v.now))}, theme.Waiting)
	}
	d.version("new", v.next, next, theme.Added)
	d.tagLine(r, labelWidth+3)
}

// value draws a single value, on as many lines as it takes, and at the end of
// the first where it comes from, if there is room.
func (d *detail) value(line *kit.Line, role theme.Role, label, value, from string) {
	for _, part := range d.env.Wrap(quoteEmpty(value), max(8, d.width-labelWidth-3)) {
		line.Fit(role, label, labelWidth).Gap(1).Add(theme.Text, part)
		if w := d.env.Width(from); w > 0 && w+2 < line.Left() {
			line.Right(d.env.Theme.Paint(theme.Dim, from))
		}
		d.lines = append(d.lines, line.String())
		line, label, from = d.env.Line(d.width).Gap(2), "", ""
	}
}

// version draws one of a change's values behind a word for it.
func (d *detail) version(word, value string, p kit.Parts, role theme.Role) {
	room := max(8, d.width-8)
	if d.env.Width(kit.Clean(quoteEmpty(value))) <= room {
		line := d.env.Line(d.width).Gap(4).Fit(theme.Dim, word, 4)
		d.parts(line, p, role, 0)
		d.lines = append(d.lines, line.String())
		return
	}
	for i, part := range d.env.Wrap(value, room) {
		if i > 0 {
			word = ""
		}
		d.lines = append(d.lines, d.env.Line(d.width).Gap(4).Fit(theme.Dim, word, 4).Add(role, part).String())
	}
}
