package imports

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
)

// source is the file as something that fields are fed from.
func (c *columns) source() feed.Source { return feed.Source{Names: c.names} }

// chooseSteps asks what is done to a column's values on their way, and shows it
// with rows of the file.
func (c *columns) chooseSteps(column int) kit.Action {
	t := &c.targets[column]
	f, _ := c.field(t.field)
	q := feed.Question{Attribute: c.names[column], Transforms: t.steps, Field: f, Source: c.source()}
	for _, row := range c.samples.of[column] {
		q.Samples = append(q.Samples, c.samples.rows[row])
	}
	return kit.Open{Dialog: feed.NewSteps(c.s.env, q, func(steps []mapping.Transform) tea.Msg { return chosenSteps{column, steps} })}
}

// becoming returns what makes of a column's value what it becomes on its way,
// as far as that can be told from it alone.
func (c *columns) becoming(column int) func(value string) mapping.Outcome {
	tracer, err := c.tracer(column)
	if err != nil {
		return func(string) mapping.Outcome { return mapping.Outcome{Trouble: fault.Sentence(err)} }
	}
	cells := make([]mapping.Cell, len(c.names))
	for i := range cells {
		cells[i].Presence = mapping.Absent
	}
	return func(value string) mapping.Outcome {
		cells[column] = mapping.Cell{Text: value}
		return tracer.End(cells)
	}
}

func (c *columns) tracer(column int) (*feed.Tracer, error) {
	t := &c.targets[column]
	return feed.NewTracer(mapping.Mapping{Attribute: c.names[column], Transforms: t.steps, Field: t.field}, c.names)
}

// chooseField asks which field of the list a column feeds.
func (c *columns) chooseField(column int) kit.Action {
	now := ""
	targets := make([]feed.Target, len(c.s.list.Schema.Fields))
	for i, f := range c.s.list.Schema.Fields {
		targets[i] = feed.Target{Field: f}
		switch by := c.feeder(f.Key); {
		case by == column:
			now = f.Key
		case by >= 0:
			targets[i].By = c.names[by]
		}
		if m, owned := c.s.list.Owner(f.Key); owned && !f.UID {
			targets[i].Note = "locked for those who come from " + m.Attribute
		}
	}
	nothing := kit.Option{Label: "Not imported", Detail: "leave this column out"}
	d := feed.NewFields(c.s.env, c.names[column]+" feeds", nothing, targets, now, func(is feed.Chosen) tea.Msg { return chosenField{column, is} })
	return kit.Open{Dialog: d}
}

// chose takes the field that was chosen for a column: nothing, one of the
// list's, or a new one.
func (c *columns) chose(msg chosenField) kit.Action {
	t := &c.targets[msg.column]
	switch {
	case msg.is.New:
		about := c.survey.Columns[msg.column]
		d := feed.NewField(c.s.env, "New field of "+c.s.list.Name, cmp.Or(msg.is.Label, c.names[msg.column]), about.Type, func(is roster.Type) error {
			if is == roster.Dropdown && len(about.Options) == 0 {
				return fault.New(fault.Invalid, "The column has too many different values for a dropdown")
			}
			return nil
		}, func(made feed.Made) tea.Msg { return newField{msg.column, made} })
		return kit.Open{Dialog: d}
	case msg.is.Field == "":
		t.on, t.again = false, false
	default:
		c.feed(msg.column, msg.is.Field)
	}
	return nil
}

// grow adds the field that was asked for, which a column then feeds.
func (c *columns) grow(msg newField) {
	c.add(msg.column, msg.is.Label)
	c.fresh[c.targets[msg.column].field].Type = msg.is.Type
}

// owned are the columns that feed what belongs to the list's source, and the
// mappings that own it.
func (c *columns) owned() (columns []int, by []mapping.Mapping) {
	if c.s.list == nil {
		return nil, nil
	}
	for i := range c.targets {
		f, _ := c.field(c.targets[i].field)
		if m, owned := c.s.list.Owner(f.Key); owned && c.targets[i].on && !f.UID {
			columns, by = append(columns, i), append(by, m)
		}
	}
	return columns, by
}

// ownedHere is the field of the column under the cursor if the list's source
// owns it; empty if not.
func (c *columns) ownedHere() string {
	columns, _ := c.owned()
	if row := c.table.At(); slices.Contains(columns, row) {
		return c.targets[row].field
	}
	return ""
}

// locks says which fields the file cannot change for everybody, and why; empty
// when it can change all.
func (c *columns) locks() string {
	columns, by := c.owned()
	if len(columns) == 0 {
		return ""
	}
	const few = 3
	var parts []string
	for i, column := range columns {
		if i == few {
			parts = append(parts, kit.Many(len(columns)-few, "more field", "more fields"))
			break
		}
		f, _ := c.field(c.targets[column].field)
		parts = append(parts, f.Label+" (mapped from "+by[i].Attribute+")")
	}
	verb := " belongs"
	if len(columns) > 1 {
		verb = " belong"
	}
	return strings.Join(parts, ", ") + verb + " to the directory: whoever comes from it keeps what it says (m shows the mapping)"
}
