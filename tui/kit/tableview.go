package kit

import (
	"strings"
	"unicode/utf8"

	"muster/tui/theme"
)

const columnGap = 2 // blanks between columns

// placed is a column in view.
type placed struct {
	index    int // of Table.columns
	x, width int
	part     bool // the rest of it is out of view
}

// gutter is the width of what stands before the first column.
func (t *Table[K]) gutter() int {
	if t.Marking {
		return 3
	}
	return 2
}

// margin is how many rows stay in view above and below the cursor: to see
// what comes. Each one more would cost a whole row of bytes for every row
// scrolled, because terminals scroll only what is on one side of the cursor.
func (t *Table[K]) margin() int { return min(1, max(0, (t.height-1)/4)) }

// View draws the header and height-1 rows, each exactly width cells wide.
func (t *Table[K]) View(width, height int) string {
	t.height = max(1, height-1)
	t.place(width)
	t.scroll()
	var b strings.Builder
	b.Grow(height * (width + 32))
	t.writeHeader(&b, width)
	from, to, ranging := t.reach()
	for row := t.top; row < t.top+height-1; row++ {
		b.WriteByte('\n')
		switch {
		case row < t.rows.Len():
			t.writeRow(&b, row, width, ranging && row >= from && row <= to)
		case row == 0 && t.Empty != "":
			b.WriteString(t.env.Line(width).Gap(t.gutter()).Add(theme.Dim, t.Empty).String())
		default:
			pad(&b, width)
		}
	}
	return b.String()
}

// Cursor returns where in the last View the cursor's row begins, for a
// terminal that a screen reader follows.
func (t *Table[K]) Cursor() (x, y int, ok bool) {
	return 0, 1 + t.at - t.top, t.held
}

// scroll brings the cursor into view.
func (t *Table[K]) scroll() {
	margin := t.margin()
	t.top = max(t.top, t.at+margin-t.height+1)
	t.top = min(t.top, t.at-margin)
	t.top = max(0, min(t.top, t.rows.Len()-t.height))
}

// place lays out the columns: the frozen ones, then from where they are
// scrolled to as many as fit, the last one perhaps in part.
func (t *Table[K]) place(width int) {
	t.layout, t.beyond = t.layout[:0], 0
	x := t.gutter()
	put := func(i int) {
		room := width - x
		c := &t.columns[i]
		w := min(max(1, c.Width), room)
		if w == c.Width || w >= 6 {
			t.layout = append(t.layout, placed{i, x, w, w < c.Width})
			x += w + columnGap
		} else {
			x = width
			t.beyond++
		}
	}
	for i := range t.columns {
		if c := &t.columns[i]; c.Frozen && !c.Hidden {
			put(i)
		}
	}
	skip := t.aside
	for i := range t.columns {
		if c := &t.columns[i]; !c.Frozen && !c.Hidden {
			if skip--; skip < 0 {
				put(i)
			}
		}
	}
	t.grow(width)
}

// grow gives the room that is left to the columns that want it.
func (t *Table[K]) grow(width int) {
	if len(t.layout) == 0 {
		return
	}
	last := t.layout[len(t.layout)-1]
	room, growing := width-last.x-last.width, 0
	for _, p := range t.layout {
		if t.columns[p.index].Grow {
			growing++
		}
	}
	shift := 0
	for i := range t.layout {
		p := &t.layout[i]
		p.x += shift
		if room > 0 && growing > 0 && t.columns[p.index].Grow {
			more := room / growing
			room -= more
			growing--
			p.width += more
			shift += more
		}
	}
}

// fits reports whether the current column is whole in view, at the width of
// the last View.
func (t *Table[K]) fits() bool {
	if len(t.layout) == 0 {
		return true
	}
	last := t.layout[len(t.layout)-1]
	t.place(last.x + last.width)
	for _, p := range t.layout {
		if p.index == t.column {
			return p.width >= t.columns[p.index].Width
		}
	}
	return false
}

// elsewhere says how many columns are out of view on either side.
func (t *Table[K]) elsewhere() string {
	var parts []string
	if t.aside > 0 {
		parts = append(parts, t.env.Theme.Signs().Before+" "+Count(t.aside))
	}
	if t.beyond > 0 {
		parts = append(parts, Count(t.beyond)+" "+t.env.Theme.Signs().Beyond)
	}
	return strings.Join(parts, "  ")
}

func (t *Table[K]) writeHeader(b *strings.Builder, width int) {
	more := t.elsewhere()
	if t.env.Width(more) > width/3 {
		more = ""
	}
	end := width - t.env.Width(more)
	x := 0
	for _, p := range t.layout {
		if more != "" {
			p.width = min(p.width, end-1-p.x)
		}
		if p.width <= 0 {
			break
		}
		pad(b, p.x-x)
		x = p.x + p.width
		c := &t.columns[p.index]
		title := Clean(c.Title)
		if t.order != Unsorted && c.ID == t.sorted {
			sign := t.env.Theme.Signs().Up
			if t.order == Descending {
				sign = t.env.Theme.Signs().Down
			}
			title = t.env.Cut(title, max(1, p.width-1-t.env.Width(sign))) + " " + sign
		}
		role := theme.Header
		if p.index == t.column {
			role = theme.Accent
		}
		start := t.env.Theme.Start(role)
		b.WriteString(start)
		if c.Align == Right {
			t.env.writeFitRight(b, title, p.width)
		} else {
			t.env.writeFit(b, title, p.width)
		}
		if start != "" {
			b.WriteString(theme.Reset)
		}
	}
	pad(b, end-x)
	b.WriteString(t.env.Theme.Paint(theme.Dim, more))
}

// pen writes runs of a row, each in its role, without ending one role to begin
// the same again.
type pen struct {
	b       *strings.Builder
	theme   *theme.Theme
	onRow   bool // the cursor is on this row
	current string
}

func (p *pen) use(r theme.Role) {
	start := p.theme.Start(r)
	if p.onRow {
		start = p.theme.StartSelected(r)
	}
	if start == p.current {
		return
	}
	if p.current != "" {
		p.b.WriteString(theme.Reset)
	}
	p.b.WriteString(start)
	p.current = start
}

func (p *pen) end() {
	if p.current != "" {
		p.b.WriteString(theme.Reset)
		p.current = ""
	}
}

func (t *Table[K]) writeRow(b *strings.Builder, row, width int, ranged bool) {
	p := pen{b: b, theme: t.env.Theme, onRow: row == t.at}
	t.writeGutter(&p, row, ranged)
	x := t.gutter()
	for _, c := range t.layout {
		if c.x > x {
			p.use(theme.Text)
			pad(b, c.x-x)
		}
		x = c.x + c.width
		align := t.columns[c.index].Align
		if c.part && align == Middle {
			align = Left // its end is beyond the edge
		}
		t.writeCell(&p, t.rows.Cell(row, t.columns[c.index].ID), align, c.width)
	}
	if x < width {
		p.use(theme.Text)
		pad(b, width-x)
	}
	p.end()
}

func (t *Table[K]) writeGutter(p *pen, row int, ranged bool) {
	signs := p.theme.Signs()
	if p.onRow {
		p.use(theme.Cursor)
		p.b.WriteString(signs.Cursor)
	} else {
		p.use(theme.Text)
		p.b.WriteByte(' ')
	}
	if t.Marking {
		if ranged || t.marks.Len() > 0 && t.marks.Has(t.rows.ID(row)) {
			p.use(theme.Accent)
			p.b.WriteString(signs.Mark)
		} else {
			p.b.WriteByte(' ')
		}
	}
	p.use(theme.Text)
	p.b.WriteByte(' ')
}

func (t *Table[K]) writeCell(p *pen, c Cell, align Align, width int) {
	text := Clean(c.Text)
	p.use(c.Role)
	switch {
	case len(c.Match) > 0:
		t.writeMatched(p, text, c, align, width)
	case align == Right:
		t.env.writeFitRight(p.b, text, width)
	case align == Middle:
		t.env.writeFitMiddle(p.b, text, width)
	default:
		t.env.writeFit(p.b, text, width)
	}
}

// writeMatched writes a cell whose matching letters stand out. It is cut at
// the end if it must be, because letters in the middle might be the match.
func (t *Table[K]) writeMatched(p *pen, text string, c Cell, align Align, width int) {
	size, cells := t.env.prefix(text, width)
	cut := size < len(text)
	if cut {
		size, cells = t.env.prefix(text, width-1)
		cells++
	}
	if align == Right {
		pad(p.b, width-cells)
	}
	matches := c.Match
	for at, letter := 0, 0; at < size; {
		n, _ := t.env.cluster(text[at:])
		next := letter + utf8.RuneCountInString(text[at:at+n])
		for len(matches) > 0 && matches[0].To <= letter {
			matches = matches[1:]
		}
		if len(matches) > 0 && matches[0].From < next {
			p.use(theme.Match)
		} else {
			p.use(c.Role)
		}
		p.b.WriteString(text[at : at+n])
		at, letter = at+n, next
	}
	p.use(c.Role)
	if cut {
		p.b.WriteString(ellipsis)
	}
	if align != Right {
		pad(p.b, width-cells)
	}
}

// Place returns where in the last View the cell is that the cursor's row has in
// the current column, for what is drawn over it; not ok if it is out of view.
func (t *Table[K]) Place() (x, y, width int, ok bool) {
	y = 1 + t.at - t.top
	if !t.held || y < 1 || y > t.height {
		return 0, 0, 0, false
	}
	for _, p := range t.layout {
		if p.index == t.column {
			return p.x, y, p.width, true
		}
	}
	return 0, 0, 0, false
}

// Room returns how many cells from x on what is drawn there takes, so that it
// has at least need of them and no half of another cell stands behind it.
func (t *Table[K]) Room(x, need int) int {
	for _, p := range t.layout {
		if end := p.x + p.width - x; p.x >= x && end >= need {
			return end
		}
	}
	return need
}
