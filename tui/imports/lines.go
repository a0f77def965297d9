package imports

import (
	"fmt"
	"slices"
	"strings"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/mapping/feed"
)

// A line says where a column of the file goes. Each column has one; a column
// that feeds several fields has a line for each, one below the other.
type line struct {
	id     int // of its own, while the step lasts; that of a column's first line is the column
	column int
	field  string // the key of a field of the list, or of one that the import adds
	on     bool   // it is imported
	steps  []mapping.Transform
	again  bool // as in the list's last import
}

// also reports whether it is a further line of its column.
func (l *line) also() bool { return l.id != l.column }

// empty makes a line for each column, which feeds nothing.
func (c *columns) empty() {
	clear(c.fresh)
	c.lines = make([]line, len(c.names))
	for i := range c.lines {
		c.lines[i] = line{id: i, column: i}
	}
	c.ids = len(c.names)
}

// here is the line under the cursor, or nil.
func (c *columns) here() *line {
	if at := c.table.At(); at >= 0 && at < len(c.lines) {
		return &c.lines[at]
	}
	return nil
}

// line finds a line by its id; there is none where it was taken out meanwhile.
func (c *columns) line(id int) *line {
	if at := c.place(id); at >= 0 {
		return &c.lines[at]
	}
	return nil
}

func (c *columns) place(id int) int {
	return slices.IndexFunc(c.lines, func(l line) bool { return l.id == id })
}

// further gives a column one line more, below those it has.
func (c *columns) further(column int) *line {
	at := 1 + slices.IndexFunc(c.lines, func(l line) bool { return l.column == column })
	for at < len(c.lines) && c.lines[at].column == column {
		at++
	}
	c.lines = slices.Insert(c.lines, at, line{id: c.ids, column: column, steps: []mapping.Transform{mapping.Trim}})
	c.ids++
	return &c.lines[at]
}

// takeOut takes a further line out.
func (c *columns) takeOut(id int) {
	c.lines = slices.DeleteFunc(c.lines, func(l line) bool { return l.id == id && l.also() })
}

// add has a line feed a new field, of the type that its column's values look
// like.
func (c *columns) add(l *line, label string) {
	about := c.survey.Columns[l.column]
	key := roster.KeyFor(label)
	if key == "" {
		key = fmt.Sprintf("column_%d", l.column+1)
	}
	for n := 2; c.taken(key); n++ {
		key = fmt.Sprintf("%s_%d", strings.TrimSuffix(key, fmt.Sprintf("_%d", n-1)), n)
	}
	c.fresh[key] = &roster.Field{Key: key, Label: label, Type: about.Type}
	l.field, l.on, l.again = key, true, false
	if l.steps == nil {
		l.steps = []mapping.Transform{mapping.Trim}
	}
}

func (c *columns) taken(key string) bool {
	_, ok := c.field(key)
	return ok
}

// feed has a line feed a field of the list, which no other does then.
func (c *columns) feed(l *line, key string) {
	if other := c.feeder(key); other != nil && other != l {
		other.on = false
	}
	l.field, l.on, l.again = key, true, false
	if l.steps == nil {
		l.steps = []mapping.Transform{mapping.Trim}
	}
}

// setUID makes a line's new field the one that names a person.
func (c *columns) setUID(l *line) {
	for _, f := range c.fresh {
		f.UID = false
	}
	f := c.fresh[l.field]
	f.UID = true
	if f.Type != roster.Email {
		f.Type = roster.Text
	}
	l.on = true
	c.noUID = ""
}

// field finds a field of the list, or one that the import adds, but for the
// options of that: fed has them.
func (c *columns) field(key string) (roster.Field, bool) {
	if f, ok := c.fresh[key]; ok {
		return *f, true
	}
	if c.s.list == nil {
		return roster.Field{}, false
	}
	return c.s.list.Schema.ByKey(key)
}

// fed is the field that a line feeds, as it would be. The options of a new
// dropdown are what becomes of the column's values on their way.
func (c *columns) fed(l *line) roster.Field {
	f, _ := c.field(l.field)
	if _, fresh := c.fresh[l.field]; fresh && f.Type == roster.Dropdown {
		f.Options = c.outcomes(l)
	}
	return f
}

// outcomes are what becomes of the different values of a line's column, as far
// as they were counted, each once.
func (c *columns) outcomes(l *line) (texts []string) {
	become := c.becoming(l)
	for _, value := range c.survey.Columns[l.column].Options {
		out := become(value)
		if out.Known && out.Text != "" && !has(texts, out.Text) {
			texts = append(texts, out.Text)
		}
	}
	return texts
}

// has reports whether a text is among the options of a dropdown.
func has(options []string, text string) bool {
	return slices.ContainsFunc(options, func(o string) bool { return strings.EqualFold(o, text) })
}

// uid returns the field that names a person, if there is one.
func (c *columns) uid() (roster.Field, bool) {
	if c.s.list != nil {
		if f, ok := c.s.list.Schema.UID(); ok {
			return f, true
		}
	}
	for _, f := range c.fresh {
		if f.UID {
			return *f, true
		}
	}
	return roster.Field{}, false
}

// feeder returns the line that feeds a field, or nil.
func (c *columns) feeder(key string) *line {
	for i := range c.lines {
		if c.lines[i].on && c.lines[i].field == key {
			return &c.lines[i]
		}
	}
	return nil
}

// added are the fields that the import adds to the list, in the order of the
// lines.
func (c *columns) added() []roster.Field {
	var fields []roster.Field
	for i := range c.lines {
		if l := &c.lines[i]; l.on && c.fresh[l.field] != nil {
			fields = append(fields, c.fed(l))
		}
	}
	return fields
}

// strange are the outcomes of a line that are not among the options of the field
// of the list that it feeds.
func (c *columns) strange(l *line) (values []string) {
	if c.s.list == nil || !l.on {
		return nil
	}
	f, ok := c.s.list.Schema.ByKey(l.field)
	if !ok || f.Type != roster.Dropdown {
		return nil
	}
	for _, text := range c.outcomes(l) {
		if !has(f.Options, text) {
			values = append(values, text)
		}
	}
	return values
}

// widened are the options that fields of the list get, by the field's key.
func (c *columns) widened() map[string][]string {
	more := map[string][]string{}
	for i := range c.lines {
		if values := c.strange(&c.lines[i]); c.widen && len(values) > 0 {
			more[c.lines[i].field] = values
		}
	}
	return more
}

// mappings are what was settled, in the words of the engine and of the list's
// memory. A column that is left out is remembered as such.
func (c *columns) mappings() []mapping.Mapping {
	all := make([]mapping.Mapping, 0, len(c.lines))
	for i := range c.lines {
		l := &c.lines[i]
		m := mapping.Mapping{Attribute: c.names[l.column], Transforms: l.steps, Field: l.field, On: l.on}
		if c.dated(l) {
			m.Dates = string(c.orders[l.column].told)
		}
		if c.fresh[l.field] != nil && !l.on {
			m.Field = ""
		}
		if l.on || !l.also() || len(m.Attributes()) > 1 {
			all = append(all, m)
		}
	}
	return all
}

// becoming returns what makes of a value of a line's column what it becomes on
// its way, as far as that can be told from it alone.
func (c *columns) becoming(l *line) func(value string) mapping.Outcome {
	tracer, err := feed.NewTracer(mapping.Mapping{Attribute: c.names[l.column], Transforms: l.steps, Field: l.field}, c.names)
	if err != nil {
		return func(string) mapping.Outcome { return mapping.Outcome{Trouble: fault.Sentence(err)} }
	}
	cells := make([]mapping.Cell, len(c.names))
	for i := range cells {
		cells[i].Presence = mapping.Absent
	}
	column := l.column
	return func(value string) mapping.Outcome {
		cells[column] = mapping.Cell{Text: value}
		return tracer.End(cells)
	}
}
