package review

import (
	"strings"

	"muster/core/changeset"
	"muster/tui/kit"
	"muster/tui/theme"
)

const (
	columnGap  = 3
	narrowest  = 12 // of a value, before the values stand one under the other
	widestName = 24 // of a field's label
)

// titles are the headings of the values that stand side by side.
func (d *detail) titles() []string {
	titles := []string{"Field", "When planned", "List now", "Proposed"}
	switch {
	case d.set.Head.Done():
		titles = []string{"Field", "Before", "After", "List now"}
	case d.set.Head.Origin == changeset.Session:
		titles[1] = "At snapshot"
	}
	if d.deciding {
		titles = append(titles, "Decision")
	}
	return titles
}

// table draws the rows side by side, if there is room. Values that are too long
// for their column go on below.
func (d *detail) table(it *changeset.Item, rows []row) bool {
	if len(it.Changes) == 0 && it.Values != "" {
		return false // somebody new has nothing to stand beside
	}
	titles := d.titles()
	cells := d.natural(it, rows, titles)
	if !squeeze(cells, d.width-2) {
		return false
	}
	line := d.env.Line(d.width).Gap(2).Fit(theme.Header, titles[0], cells[0])
	for i, t := range titles[1:] {
		line.Gap(columnGap).Fit(theme.Header, t, cells[1+i])
	}
	d.lines = append(d.lines, line.String())
	for i := range rows {
		d.row(it, i, &rows[i], cells)
	}
	return true
}

// natural are the widths at which nothing is cut.
func (d *detail) natural(it *changeset.Item, rows []row, titles []string) []int {
	cells := make([]int, len(titles))
	for i, t := range titles {
		cells[i] = len(t)
	}
	fit := func(column int, text string) { cells[column] = max(cells[column], d.env.Width(kit.Clean(text))) }
	for i := range rows {
		fit(0, rows[i].label)
		v := rows[i].v
		now, _ := d.nowWords(v)
		old, next := quoteEmpty(v.old), quoteEmpty(v.next)
		switch {
		case v.same: // takes the whole line
		case d.set.Head.Done():
			fit(1, old)
			fit(2, next)
			fit(3, now)
		default:
			fit(1, old)
			fit(2, now)
			fit(3, next)
		}
		if d.deciding {
			word, _ := d.decision(it, &rows[i])
			fit(4, word)
		}
	}
	cells[0] = min(cells[0], widestName)
	return cells
}

// squeeze takes from the widest columns until all of them fit, and reports
// whether they do.
func squeeze(cells []int, width int) bool {
	all := columnGap * (len(cells) - 1)
	for _, c := range cells {
		all += c
	}
	for ; all > width; all-- {
		widest := 1
		for i := range cells[1:] {
			if cells[1+i] > cells[widest] {
				widest = 1 + i
			}
		}
		if cells[widest] <= narrowest {
			return false
		}
		cells[widest]--
	}
	return true
}

// row draws the values of a row, each in as many lines as it takes.
func (d *detail) row(it *changeset.Item, i int, r *row, cells []int) {
	first, role := d.begin(i, r.field)
	first.Fit(role, r.label, cells[0])
	if r.v.same {
		d.lines = append(d.lines, first.Gap(columnGap).Fit(theme.Dim, r.v.now, max(0, first.Left())).String())
		return
	}
	old, next := kit.DiffParts(kit.Clean(quoteEmpty(r.v.old)), kit.Clean(quoteEmpty(r.v.next)))
	columns := [][]string{d.wrapped(old, theme.Removed, cells[1]), d.current(r.v, cells[2]), d.wrapped(next, theme.Added, cells[3])}
	if d.set.Head.Done() {
		columns[1], columns[2] = d.wrapped(next, theme.Added, cells[2]), d.current(r.v, cells[3])
	}
	if d.deciding {
		word, role := d.decision(it, r)
		columns = append(columns, d.wrapped(kit.Parts{Differs: kit.Clean(word)}, role, cells[4]))
	}
	high := 1
	for _, c := range columns {
		high = max(high, len(c))
	}
	for n := range high {
		line := first
		if n > 0 {
			line = d.env.Line(d.width).Gap(2 + cells[0])
		}
		for i, c := range columns {
			line.Gap(columnGap)
			if n < len(c) {
				line.Painted(c[n])
			} else {
				line.Gap(cells[1+i])
			}
		}
		d.lines = append(d.lines, line.String())
	}
	d.tagLine(r, 2+cells[0]+columnGap)
}

// nowWords says the list's value: quietly where it is one of the other two.
func (d *detail) nowWords(v versions) (text string, role theme.Role) {
	switch {
	case !v.known:
		return "", theme.Dim
	case v.moved:
		return quoteEmpty(v.now), theme.Waiting
	case v.now == v.old && !d.set.Head.Done(), v.now == v.next && d.set.Head.Done():
		return "the same", theme.Dim
	}
	return quoteEmpty(v.now), theme.Dim
}

// current draws the list's value.
func (d *detail) current(v versions, width int) []string {
	text, role := d.nowWords(v)
	return d.wrapped(kit.Parts{Differs: kit.Clean(text)}, role, width)
}

// wrapped draws a value in lines of exactly width cells, the part that differs
// in a role of its own. Blanks stay as they are: they may be what differs.
func (d *detail) wrapped(p kit.Parts, differs theme.Role, width int) []string {
	text := p.Before + p.Differs + p.After
	from, to := len(p.Before), len(p.Before)+len(p.Differs)
	var lines []string
	for at := 0; at < len(text) || at == 0; {
		end := at + d.breakAt(text[at:], width)
		cut := func(n int) int { return max(at, min(n, end)) }
		lines = append(lines, d.env.Line(width).Add(theme.Text, text[at:cut(from)]).
			Add(differs, text[cut(from):cut(to)]).Add(theme.Text, text[cut(to):end]).String())
		if at = end; at == 0 {
			break
		}
	}
	return lines
}

// breakAt is how much of a text stands in a line of width cells: all of it, or
// up to a blank or the @ of an address.
func (d *detail) breakAt(text string, width int) int {
	if d.env.Width(text) <= width {
		return len(text)
	}
	size := max(1, len(d.env.Widths.Truncate(text, width, "")))
	if at := strings.LastIndexByte(text[:size], '@'); at > 0 {
		return at
	}
	if at := strings.LastIndexByte(text[:size], ' '); at > 0 {
		return at + 1
	}
	return size
}
