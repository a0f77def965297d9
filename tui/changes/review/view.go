package review

import (
	"strings"

	"muster/tui/kit"
	"muster/tui/theme"
)

// roomy is the height from which a person who is looked at leaves room for what
// filters them.
const roomy = 20

// besideFrom is the width from which the item under the cursor has a place on
// the right in which its values stand side by side; with less it is below.
const besideFrom = 160

// layout fits the columns to the width of the last View.
func (r *Review) layout() {
	r.items.SetColumns(itemColumns(r.width, r.maker != nil))
	r.groups.SetColumns(groupColumns(r.maker != nil))
}

// View draws the part in exactly height lines of width cells.
func (r *Review) View(width, height int) string {
	if width != r.width {
		r.width = width
		r.layout()
	}
	lines := []string{r.bar(width)}
	if r.tight = r.whole && height < roomy; r.above() > 1 {
		lines = append(lines, r.sortLine(width), r.filterLine(width))
	}
	all := height
	height -= len(lines)
	r.height = height
	switch {
	case height < 1:
	case r.whole:
		lines = append(lines, r.wholeItem(width, height)...)
	case r.view == people && width >= besideFrom:
		lines = append(lines, r.beside(width, height)...)
	case r.view == people && width >= 70 && height >= 14:
		lines = append(lines, r.under(width, height)...)
	default:
		lines = append(lines, strings.Split(r.table().View(width, height), "\n")...)
	}
	return kit.Block(lines, width, all)
}

// bar draws the names of the views, the present one in brackets.
func (r *Review) bar(width int) string {
	line := r.env.Line(width)
	r.tabs = r.tabs[:0]
	add := func(v view, text string) {
		x := width - line.Left()
		if v == r.view {
			line.Add(theme.Accent, "["+text+"]")
		} else {
			line.Add(theme.Dim, " "+text+" ")
		}
		r.tabs = append(r.tabs, tab{int(v), x, width - line.Left()})
		line.Gap(1)
	}
	add(byValue, "By value")
	who := "People " + kit.Count(len(r.set.Items))
	if !r.want.all() {
		who = "People " + kit.Count(r.items.Rows().Len()) + " of " + kit.Count(len(r.set.Items))
	}
	if r.want.only >= 0 {
		who += ": " + r.set.groups[r.want.only].title(r.env)
	}
	add(people, who)
	if n := len(r.set.Rejects); n > 0 {
		add(rejects, "Rejected "+kit.Count(n))
	}
	if n := r.set.Missing(); n > 0 {
		line.Add(theme.Dim, kit.Count(n)+" more are not shown")
	}
	if r.maker != nil {
		line.Right(r.env.Theme.Paint(theme.Dim, kit.Count(r.set.decided)+" of "+kit.Count(len(r.set.leaf))+" decided"))
	}
	return line.String()
}

// detail draws the item under the cursor.
func (r *Review) detail(width int) *detail {
	n, ok := r.items.Current()
	if !ok {
		return nil
	}
	d := &detail{env: r.env, set: r.set, n: n, now: r.now, past: r.past, width: width, deciding: r.maker != nil, cursor: -1}
	if r.whole {
		d.equal = r.equal
		if fields := r.partsHere(); r.maker != nil && r.field < len(fields) {
			d.cursor, d.together = r.field, r.together
			d.with = r.set.belonging(n, fields[r.field])
		}
	}
	d.draw()
	return d
}

func (r *Review) wholeItem(width, height int) []string {
	d := r.detail(width - 2)
	if d == nil {
		return nil
	}
	below := d.origins(r.field)
	below = below[:min(len(below), max(0, height/2-1))]
	height = max(1, height-len(below))
	if r.maker != nil {
		r.top = max(min(r.top, d.at), d.at-height+1)
	}
	r.top = max(0, min(r.top, len(d.lines)-height))
	var lines []string
	for _, l := range d.lines[r.top:min(len(d.lines), r.top+height)] {
		lines = append(lines, "  "+l)
	}
	for _, l := range below {
		lines = append(lines, "  "+l)
	}
	return lines
}

// beside draws the table with the item under the cursor on its right.
func (r *Review) beside(width, height int) []string {
	right := max(72, width*2/5)
	left := width - right - 3
	rule := " " + r.env.Theme.Paint(theme.Border, r.env.Theme.Signs().Rule) + " "
	table := strings.Split(r.items.View(left, height), "\n")
	var drawn []string
	if d := r.detail(right); d != nil {
		drawn = append(d.lines, d.allOrigins()...)
	}
	item := strings.Split(kit.Block(drawn, right, height), "\n")
	for i := range table {
		table[i] += rule + item[i]
	}
	return table
}

// under draws the table with the item under the cursor below it.
func (r *Review) under(width, height int) []string {
	below := max(6, height/2-1)
	lines := strings.Split(r.items.View(width, height-below-1), "\n")
	edge := "─"
	if r.env.Plain() {
		edge = " "
	}
	lines = append(lines, r.env.Theme.Paint(theme.Border, strings.Repeat(edge, width)))
	if d := r.detail(width - 2); d != nil {
		for _, l := range append(d.lines, d.allOrigins()...) {
			lines = append(lines, "  "+l)
		}
	}
	return lines
}
