package imports

import (
	"strings"

	"muster/core/roster"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns of the table of columns.
const (
	columnName = iota
	columnSample
	columnField
	columnType
	columnHow
)

func (c *columns) layout(width int) []kit.Column {
	name, field := 18, 18
	if width < 80 {
		name, field = 16, 16
	}
	return []kit.Column{
		{ID: columnName, Title: "Column", Width: name},
		{ID: columnField, Title: "Field", Width: field},
		{ID: columnType, Title: "Type", Width: 10},
		{ID: columnSample, Title: "For example", Width: 10, Grow: true},
		{ID: columnHow, Title: "Transforms", Width: 16, Hidden: width < 100},
	}
}

// drawn is what the last View was like.
type drawn struct {
	above  int // lines above the table
	paneAt int // where the pane begins, 0 if it is not beside the table
	table  int // lines of the table
	over   bool
}

// onPane reports whether a place is not on the table.
func (d *drawn) onPane(x, y int) bool {
	return d.over || d.paneAt > 0 && x >= d.paneAt || y >= d.above+d.table
}

// lineRows are the lines as rows of the table.
type lineRows struct{ c *columns }

func (r lineRows) Len() int           { return len(r.c.lines) }
func (r lineRows) ID(row int) int     { return r.c.lines[row].id }
func (r lineRows) IndexOf(id int) int { return r.c.place(id) }

func (r lineRows) Cell(row, column int) kit.Cell {
	l := &r.c.lines[row]
	f, _ := r.c.field(l.field)
	switch column {
	case columnName:
		return r.name(l)
	case columnSample:
		if samples := r.c.samples.values(l.column); l.also() {
			return kit.Cell{}
		} else if len(samples) > 0 {
			return kit.Cell{Text: strings.Join(samples, ", "), Role: theme.Dim}
		}
		return kit.Cell{Text: "(always empty)", Role: theme.Dim}
	case columnField:
		return r.field(l, f)
	case columnType:
		switch {
		case l.on && f.UID:
			return kit.Cell{Text: string(f.Type) + ", UID", Role: theme.Accent}
		case l.on:
			return kit.Cell{Text: string(f.Type), Role: theme.Dim}
		}
	case columnHow:
		if l.on {
			return kit.Cell{Text: r.c.how(l), Role: theme.Dim}
		}
	}
	return kit.Cell{}
}

// name is what the column is called; below its first line it is said again only
// for whoever has every line read to them.
func (r lineRows) name(l *line) kit.Cell {
	name := r.c.names[l.column]
	switch {
	case !l.also() && l.on:
		return kit.Cell{Text: name}
	case !l.also():
		return kit.Cell{Text: name, Role: theme.Dim}
	case r.c.s.env.Plain():
		return kit.Cell{Text: name + ", too"}
	}
	return kit.Cell{Text: "  and", Role: theme.Dim}
}

func (r lineRows) field(l *line, f roster.Field) kit.Cell {
	switch {
	case !l.on:
		return kit.Cell{Text: "(left out)", Role: theme.Dim}
	case f.UID:
		return kit.Cell{Text: f.Label, Role: theme.Accent}
	case r.c.fresh[l.field] != nil && r.c.s.list != nil:
		return kit.Cell{Text: f.Label + " (new)", Role: theme.Added}
	}
	return kit.Cell{Text: f.Label}
}

// how says what is done to a line's values.
func (c *columns) how(l *line) string {
	words := make([]string, 0, len(l.steps)+1)
	if form := c.orders[l.column].form; form != "" && c.dated(l) {
		words = append(words, string(form))
	}
	for _, s := range l.steps {
		words = append(words, string(s))
	}
	return strings.Join(words, ", ")
}

const (
	besideFrom    = 100 // columns from which the preview stands beside the table
	narrowestPane = 38
	between       = 3
	stripFrom     = 8 // lines from which a short preview stands below the table
	stripLines    = 4
)

func (c *columns) view(width, height int) string {
	env := c.s.env
	lines := c.head(width)
	c.drawn = drawn{above: len(lines), over: c.over}
	room := max(1, height-len(lines))
	if c.over {
		return kit.Block(append(lines, c.trial.Lines(c.heading(), width, room)...), width, height)
	}
	left, right, strip := width, 0, 0
	switch {
	case width >= besideFrom:
		right = max(narrowestPane, width*2/5)
		left -= right + between
	case room >= stripFrom:
		strip = stripLines
	}
	c.table.SetColumns(c.layout(left))
	table := strings.Split(c.table.View(left, max(3, min(room-strip, 1+len(c.lines)))), "\n")
	c.drawn.table = len(table)
	switch {
	case right > 0:
		c.drawn.paneAt = left + between
		rule := " " + env.Theme.Paint(theme.Border, env.Theme.Signs().Rule) + " "
		for i, line := range c.trial.Lines(c.heading(), right, room) {
			if i == len(table) {
				table = append(table, env.Line(left).String())
			}
			table[i] += rule + line
		}
	case strip > 0:
		table = append(table, c.trial.Strip(c.heading(), width, strip)...)
	}
	return kit.Block(append(lines, table...), width, height)
}

// head says what was found, and where it goes.
func (c *columns) head(width int) []string {
	env, file := c.s.env, c.s.file
	form := file.Form()
	first := "first row names the columns"
	if form.Header == WithoutHeader {
		first = "first row is a person"
	}
	encoding := strings.ToUpper(form.Encoding)
	lines := review.Sentence(env, theme.Dim, strings.Join([]string{
		kit.Many(c.survey.Rows+c.survey.Problems, "row", "rows"), kit.Many(len(c.names), "column", "columns"), bytes(file.Size()),
		encoding, delimiterName(form.Delimiter) + "s", first}, ", "), width)
	if n := c.survey.Problems; n > 0 {
		lines = append(lines, review.Sentence(env, theme.Waiting, env.Theme.Signs().Caution+
			kit.Many(n, "row cannot be read whole and stays out", "rows cannot be read whole and stay out")+"; the changes will list them", width)...)
	}
	lines = append(lines, c.into(width))
	caution := func(text string) {
		lines = append(lines, review.Sentence(env, theme.Waiting, env.Theme.Signs().Caution+text, width)...)
	}
	if c.noUID != "" {
		caution(c.noUID)
	} else {
		for _, why := range c.unfit {
			if why != "" {
				caution(why)
			}
		}
	}
	if len(c.names) == 1 {
		caution("All is in one column; if it should not be, a comma says what stands between the cells")
	}
	if why := c.ready(); why != "" {
		caution(why)
	}
	if why := c.locks(); why != "" {
		lines = append(lines, review.Sentence(env, theme.Dim, why, width)...)
	}
	for _, text := range c.strangers() {
		if c.widen {
			lines = append(lines, review.Sentence(env, theme.Added, text+" and will be added (+ to reject those rows)", width)...)
		} else {
			caution(text + ", so its rows are rejected (+ to add what is missing)")
		}
	}
	return append(lines, env.Line(width).String())
}

// strangers says which columns have values that are no option of their field.
func (c *columns) strangers() []string {
	const few = 3
	var texts []string
	for i := range c.lines {
		values := c.strange(&c.lines[i])
		if len(values) == 0 {
			continue
		}
		f, _ := c.field(c.lines[i].field)
		some := strings.Join(values[:min(few, len(values))], ", ")
		if more := len(values) - few; more > 0 {
			some += " and " + kit.Count(more) + " more"
		}
		verb := " is"
		if len(values) > 1 {
			verb = " are"
		}
		texts = append(texts, some+verb+" not among the options of "+f.Label)
	}
	return texts
}

// into says which list the columns feed.
func (c *columns) into(width int) string {
	env := c.s.env
	line := env.Line(width)
	if c.s.list == nil {
		line.Add(theme.Dim, "Makes the list ").Add(theme.Strong, c.name).Add(theme.Dim, ", called "+c.slug+" in commands")
		return line.String()
	}
	line.Add(theme.Dim, "Feeds the list ").Add(theme.Strong, c.s.list.Name)
	if c.remembered {
		line.Add(theme.Dim, ", matched as in its last import")
	}
	return line.String()
}
