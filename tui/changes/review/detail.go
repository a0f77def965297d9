package review

import (
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

const labelWidth = 16

// A detail draws one item whole.
type detail struct {
	env   *kit.Env
	set   *Set
	n     int            // of the set's items
	now   *roster.Person // as the list has them, once read
	width int
	lines []string
}

// draw returns the item as lines of exactly width cells.
func (d *detail) draw() []string {
	it := &d.set.Items[d.n]
	d.heading(it)
	if clash := d.set.clashes[d.n]; clash != nil {
		d.lines = append(d.lines, Sentence(d.env, theme.Waiting, d.env.Theme.Signs().Caution+clash.Reason, d.width)...)
	}
	if words := statusWords(d.env, it); words != "" {
		d.lines = append(d.lines, d.env.Line(d.width).Fit(theme.Dim, "Status", labelWidth).Gap(1).Add(kindRole(it.Kind), words).String())
	}
	switch {
	case len(it.Changes) > 0:
		if d.table(it) {
			break
		}
		for _, c := range it.Changes {
			d.stacked(c)
		}
	default:
		for f, value := range it.Values.All() {
			d.value(d.set.label(f), value)
		}
	}
	return d.lines
}

func (d *detail) heading(it *changeset.Item) {
	name := d.set.name(d.n)
	if name == "" {
		name = it.UID
	}
	word, role := kindWord(it.Kind), kindRole(it.Kind)
	if d.set.clashes[d.n] != nil {
		word, role = "conflict", theme.Waiting
	}
	line := d.env.Line(d.width).Add(theme.Strong, d.env.Cut(name, max(10, d.width-len(word)-4)))
	if name != it.UID {
		line.Gap(2).Add(theme.Dim, d.env.Cut(it.UID, max(0, line.Left()-len(word)-3)))
	}
	d.lines = append(d.lines, line.Right(d.env.Theme.Paint(role, word)).String())
	if it.Line > 0 {
		d.lines = append(d.lines, d.env.Line(d.width).Add(theme.Dim, "from row "+kit.Count(int(it.Line))).String())
	}
}

// value draws a value that was not there before, on as many lines as it takes.
func (d *detail) value(label, value string) {
	for i, part := range d.env.Wrap(value, max(8, d.width-labelWidth-1)) {
		if i > 0 {
			label = ""
		}
		d.lines = append(d.lines, d.env.Line(d.width).Fit(theme.Dim, label, labelWidth).Gap(1).Add(theme.Text, part).String())
	}
}

// versions are what a change is told by: the value it expects, the list's, and
// the one it proposes. An applied one has been put in the list: then it is the
// list's value that came last.
type versions struct {
	old, now, next string
	known          bool // now has been read
	moved          bool // the list's value is neither
}

func (d *detail) versions(c changeset.Change) versions {
	v := versions{old: c.Base, next: c.Value()}
	if d.now != nil {
		v.now, v.known = d.now.Values.Get(c.Field), true
		v.moved = v.now != v.old && v.now != v.next
	}
	return v
}

// table draws the changes side by side, if they all fit.
func (d *detail) table(it *changeset.Item) bool {
	titles := [4]string{"Field", "When planned", "List now", "Proposed"}
	if d.set.Head.Done() {
		titles = [4]string{"Field", "Before", "After", "List now"}
	}
	var cells [4]int
	for i, t := range titles {
		cells[i] = len(t)
	}
	all := make([]versions, len(it.Changes))
	fit := func(column int, text string) { cells[column] = max(cells[column], d.env.Width(kit.Clean(text))) }
	for i, c := range it.Changes {
		all[i] = d.versions(c)
		fit(0, d.set.label(c.Field))
		for column, value := range d.order(all[i].old, all[i].now, all[i].next) {
			fit(1+column, quoteEmpty(value))
		}
	}
	if cells[0]+cells[1]+cells[2]+cells[3]+9 > d.width {
		return false
	}
	line := d.env.Line(d.width).Fit(theme.Header, titles[0], cells[0])
	for i, t := range titles[1:] {
		line.Gap(3).Fit(theme.Header, t, cells[1+i])
	}
	d.lines = append(d.lines, line.String())
	for i, c := range it.Changes {
		d.row(d.set.label(c.Field), all[i], cells)
	}
	return true
}

// order puts the three values of a change in the order of the columns.
func (d *detail) order(old, now, next string) [3]string {
	if d.set.Head.Done() {
		return [3]string{old, next, now}
	}
	return [3]string{old, now, next}
}

func (d *detail) row(label string, v versions, cells [4]int) {
	old, next := kit.DiffParts(kit.Clean(quoteEmpty(v.old)), kit.Clean(quoteEmpty(v.next)))
	line := d.env.Line(d.width).Fit(theme.Text, label, cells[0]).Gap(3)
	d.parts(line, old, theme.Removed, cells[1])
	line.Gap(3)
	if d.set.Head.Done() {
		d.parts(line, next, theme.Added, cells[2])
		line.Gap(3)
		d.current(line, v, cells[3])
	} else {
		d.current(line, v, cells[2])
		line.Gap(3)
		d.parts(line, next, theme.Added, cells[3])
	}
	d.lines = append(d.lines, line.String())
}

// current draws the list's value: quiet where it is one of the other two.
func (d *detail) current(line *kit.Line, v versions, cell int) {
	switch {
	case !v.known:
		line.Gap(cell)
	case v.moved:
		line.Fit(theme.Waiting, quoteEmpty(v.now), cell)
	case v.now == v.old && !d.set.Head.Done(), v.now == v.next && d.set.Head.Done():
		line.Fit(theme.Dim, "the same", cell)
	default:
		line.Fit(theme.Dim, quoteEmpty(v.now), cell)
	}
}

// parts draws a value with the part that differs in a role of its own.
func (d *detail) parts(line *kit.Line, p kit.Parts, differs theme.Role, cell int) {
	left := line.Left()
	line.Add(theme.Text, p.Before).Add(differs, p.Differs).Add(theme.Text, p.After)
	line.Gap(max(0, cell-(left-line.Left())))
}

// stacked draws a change with its values one under the other, or in one line
// if they fit.
func (d *detail) stacked(c changeset.Change) {
	v := d.versions(c)
	label := d.set.label(c.Field)
	old, next := kit.DiffParts(kit.Clean(quoteEmpty(v.old)), kit.Clean(quoteEmpty(v.next)))
	between := arrow(d.env)
	width := d.env.Width(kit.Clean(quoteEmpty(v.old))) + d.env.Width(between) + d.env.Width(kit.Clean(quoteEmpty(v.next)))
	if !v.moved && labelWidth+1+width <= d.width {
		line := d.env.Line(d.width).Fit(theme.Dim, label, labelWidth).Gap(1)
		d.parts(line, old, theme.Removed, 0)
		line.Add(theme.Dim, between)
		d.parts(line, next, theme.Added, 0)
		d.lines = append(d.lines, line.String())
		return
	}
	d.lines = append(d.lines, d.env.Line(d.width).Add(theme.Dim, label).String())
	d.version("was", v.old, old, theme.Removed)
	if v.moved {
		d.version("now", v.now, kit.Parts{Differs: kit.Clean(quoteEmpty(v.now))}, theme.Waiting)
	}
	d.version("new", v.next, next, theme.Added)
}

// version draws one of a change's values behind a word for it.
func (d *detail) version(word, value string, p kit.Parts, role theme.Role) {
	room := max(8, d.width-6)
	if d.env.Width(kit.Clean(quoteEmpty(value))) <= room {
		line := d.env.Line(d.width).Gap(2).Fit(theme.Dim, word, 4)
		d.parts(line, p, role, 0)
		d.lines = append(d.lines, line.String())
		return
	}
	for i, part := range d.env.Wrap(value, room) {
		if i > 0 {
			word = ""
		}
		d.lines = append(d.lines, d.env.Line(d.width).Gap(2).Fit(theme.Dim, word, 4).Add(role, part).String())
	}
}
