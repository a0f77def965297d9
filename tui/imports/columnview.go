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
	if len(c.several) > 0 {
		field += 8 // a line may name several
	}
	return []kit.Column{
		{ID: columnName, Title: "Column", Width: name},
		{ID: columnField, Title: "Field", Width: field},
		{ID: columnType, Title: "Type", Width: 10},
		{ID: columnSample, Title: "For example", Width: 10, Grow: true},
		{ID: columnHow, Title: "Tidied by", Width: 16, Hidden: width < 100},
	}
}

// columnRows are the columns of the file.
type columnRows struct{ c *columns }

func (r columnRows) Len() int       { return len(r.c.targets) }
func (r columnRows) ID(row int) int { return row }
func (r columnRows) IndexOf(id int) int {
	if id < len(r.c.targets) {
		return id
	}
	return -1
}

func (r columnRows) Cell(row, column int) kit.Cell {
	t := &r.c.targets[row]
	f, _ := r.c.field(t.field)
	quiet := theme.Text
	if !t.on {
		quiet = theme.Dim
	}
	switch column {
	case columnName:
		return kit.Cell{Text: r.c.names[row], Role: quiet}
	case columnSample:
		if samples := r.c.samples.values(row); len(samples) > 0 {
			return kit.Cell{Text: strings.Join(samples, ", "), Role: theme.Dim}
		}
		return kit.Cell{Text: "(always empty)", Role: theme.Dim}
	case columnField:
		return r.further(row, r.field(t, f))
	case columnType:
		switch {
		case t.on && f.UID:
			return kit.Cell{Text: string(f.Type) + ", UID", Role: theme.Accent}
		case t.on:
			return kit.Cell{Text: string(f.Type), Role: theme.Dim}
		}
	case columnHow:
		if t.on {
			return kit.Cell{Text: how(t), Role: theme.Dim}
		}
	}
	return kit.Cell{}
}

func (r columnRows) field(t *target, f roster.Field) kit.Cell {
	_, fresh := r.c.fresh[t.field]
	switch {
	case !t.on:
		return kit.Cell{Text: "(left out)", Role: theme.Dim}
	case f.UID:
		return kit.Cell{Text: f.Label, Role: theme.Accent}
	case fresh && r.c.s.list != nil:
		return kit.Cell{Text: f.Label + " (new)", Role: theme.Added}
	}
	return kit.Cell{Text: f.Label}
}

// further names the other fields that a column feeds behind the one in its line.
func (r columnRows) further(row int, cell kit.Cell) kit.Cell {
	for i, f := range r.c.further(row) {
		if i == 0 && !r.c.targets[row].on {
			cell = kit.Cell{Text: f.Label}
			continue
		}
		cell.Text += ", " + f.Label
	}
	return cell
}

// how says what is done to a column's values.
func how(t *target) string {
	words := make([]string, 0, len(t.steps)+1)
	if t.form != "" {
		words = append(words, string(t.form))
	}
	for _, s := range t.steps {
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
	table := strings.Split(c.table.View(left, max(3, min(room-strip, 1+len(c.targets)))), "\n")
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
		caution("All is in one column; if it should not be, d says what stands between the cells")
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
	for i := range c.targets {
		values := c.strange(i)
		if len(values) == 0 {
			continue
		}
		f, _ := c.field(c.targets[i].field)
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
