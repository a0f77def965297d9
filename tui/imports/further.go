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

// A column may feed further fields beside the one in its line. They are asked
// for with their transforms, named in the line, and taken away where they are
// asked for.

// Answers of the dialogs about further fields.
type (
	furtherField struct {
		column int
		is     feed.Chosen
	}
	furtherNew struct {
		column int
		made   feed.Made
	}
	furtherSteps struct {
		column int
		field  string
		steps  []mapping.Transform
	}
)

// further are the other fields that a column feeds by itself.
func (c *columns) further(column int) (fields []roster.Field) {
	for _, m := range c.several {
		if f, ok := c.field(m.Field); ok && m.On && m.Attribute == c.names[column] {
			fields = append(fields, f)
		}
	}
	return fields
}

// chooseFurther asks which further field a column is to feed, or no longer.
func (c *columns) chooseFurther(column int) kit.Action {
	fields := slices.Clone(c.s.list.Schema.Fields)
	for _, f := range c.further(column) {
		if _, fresh := c.fresh[f.Key]; fresh {
			fields = append(fields, f)
		}
	}
	targets := make([]feed.Target, len(fields))
	for i, f := range fields {
		targets[i] = feed.Target{Field: f}
		by := c.feeder(f.Key)
		at := slices.IndexFunc(c.several, func(m mapping.Mapping) bool { return m.On && m.Field == f.Key })
		switch {
		case by == column:
			targets[i].Refused = "it is the field in its line; f chooses another"
		case by >= 0:
			targets[i].Refused = "it is fed by " + c.names[by]
		case at >= 0 && c.several[at].Attribute == c.names[column]:
			targets[i].Note = "fed by this column; choose it to end that"
		case at >= 0:
			targets[i].Refused = "it is fed by " + c.several[at].Attribute
		case f.Type == roster.Date:
			targets[i].Refused = "a date wants a column of its own"
		}
	}
	nothing := kit.Option{Label: "Nothing more", Detail: "leave it as it is"}
	return kit.Open{Dialog: feed.NewFields(c.s.env, c.names[column]+" feeds, too", nothing, targets, "", func(is feed.Chosen) tea.Msg { return furtherField{column, is} })}
}

func (c *columns) choseFurther(msg furtherField) kit.Action {
	is := func(m mapping.Mapping) bool { return m.Attribute == c.names[msg.column] && m.Field == msg.is.Field }
	switch {
	case msg.is.New:
		label := cmp.Or(msg.is.Label, c.names[msg.column])
		return kit.Open{Dialog: feed.NewField(c.s.env, "New field of "+c.s.list.Name, label, roster.Text, func(is roster.Type) error {
			if is == roster.Date || is == roster.Dropdown {
				return fault.New(fault.Invalid, "A %s wants a column of its own", string(is))
			}
			return nil
		}, func(made feed.Made) tea.Msg { return furtherNew{msg.column, made} })}
	case msg.is.Field == "":
		return nil
	case slices.ContainsFunc(c.several, is):
		c.several = slices.DeleteFunc(c.several, is)
		return nil
	}
	return c.stepsOfFurther(msg.column, msg.is.Field)
}

// growFurther makes the field that was asked for.
func (c *columns) growFurther(msg furtherNew) kit.Action {
	key := c.fresher(msg.column, strings.TrimSpace(msg.made.Label))
	c.fresh[key].Type, c.fresh[key].Options = msg.made.Type, nil
	return c.stepsOfFurther(msg.column, key)
}

// stepsOfFurther asks what is done to the values on their way, and only then is
// the field fed.
func (c *columns) stepsOfFurther(column int, field string) kit.Action {
	f, _ := c.field(field)
	q := feed.Question{Attribute: c.names[column], Transforms: []mapping.Transform{mapping.Trim}, Field: f, Source: c.source()}
	for _, row := range c.samples.of[column] {
		q.Samples = append(q.Samples, c.samples.rows[row])
	}
	return kit.Open{Dialog: feed.NewSteps(c.s.env, q, func(steps []mapping.Transform) tea.Msg { return furtherSteps{column, field, steps} })}
}

func (c *columns) feedFurther(msg furtherSteps) {
	c.several = append(c.several, mapping.Mapping{Attribute: c.names[msg.column], Field: msg.field, Transforms: msg.steps, On: true})
}
