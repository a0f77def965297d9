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

// A place is where a chosen field goes: a line, or a further one of a column.
type place struct {
	line   int
	column int
	also   bool
}

// Answers of the dialogs about a line.
type (
	chosenField struct {
		place place
		is    feed.Chosen
	}
	madeField struct {
		place place
		is    feed.Made
	}
	changedField struct {
		key string
		is  feed.Made
	}
	chosenSteps struct {
		line  int
		steps []mapping.Transform
	}
)

// source is the file as something that fields are fed from.
func (c *columns) source() feed.Source { return feed.Source{Names: c.names} }

// chooseField asks which field a line feeds. In a new list a column's first line
// has a field of its own, which is what can be changed.
func (c *columns) chooseField(l *line) kit.Action {
	if c.s.list == nil {
		return c.changeField(l)
	}
	return c.offerFields(place{l.id, l.column, false}, c.names[l.column]+" feeds", kit.Option{Label: "Not imported", Detail: "leave this column out"}, l)
}

// chooseFurther asks which further field a column is to feed.
func (c *columns) chooseFurther(column int) kit.Action {
	at := place{column: column, also: true}
	if c.s.list == nil {
		return c.askNew(at, c.names[column])
	}
	return c.offerFields(at, c.names[column]+" feeds, too", kit.Option{Label: "Nothing more", Detail: "leave it as it is"}, nil)
}

// offerFields asks for one of the list's fields, or a new one. now is the line
// that it is for, if there is one.
func (c *columns) offerFields(at place, title string, nothing kit.Option, now *line) kit.Action {
	key := ""
	targets := make([]feed.Target, len(c.s.list.Schema.Fields))
	for i, f := range c.s.list.Schema.Fields {
		targets[i] = feed.Target{Field: f}
		switch by := c.feeder(f.Key); {
		case by == nil:
		case by == now:
			key = f.Key
		case at.also && by.column == at.column:
			targets[i].Refused = "it is fed by this column already"
		default:
			targets[i].By = c.names[by.column]
		}
		if m, owned := c.s.list.Owner(f.Key); owned && !f.UID {
			targets[i].Note = "locked for those who come from " + m.Attribute
		}
	}
	return kit.Open{Dialog: feed.NewFields(c.s.env, title, nothing, targets, key, func(is feed.Chosen) tea.Msg { return chosenField{at, is} })}
}

// chose takes the field that was chosen: nothing, one of the list's, or a new
// one.
func (c *columns) chose(msg chosenField) kit.Action {
	switch {
	case msg.is.New:
		return c.askNew(msg.place, cmp.Or(msg.is.Label, c.names[msg.place.column]))
	case msg.is.Field != "":
		if l := c.lineFor(msg.place); l != nil {
			c.feed(l, msg.is.Field)
		}
	case !msg.place.also:
		if l := c.line(msg.place.line); l != nil {
			l.on, l.again = false, false
		}
	}
	return nil
}

// lineFor is the line that a chosen field is for; a further one is made, and
// the cursor goes there.
func (c *columns) lineFor(at place) *line {
	if !at.also {
		return c.line(at.line)
	}
	l := c.further(at.column)
	c.table.Refresh()
	c.table.Find(l.id)
	return l
}

// askNew asks for a new field.
func (c *columns) askNew(at place, label string) kit.Action {
	title := "New field"
	if c.s.list != nil {
		title += " of " + c.s.list.Name
	}
	return kit.Open{Dialog: feed.NewField(c.s.env, title, label, c.survey.Columns[at.column].Type, c.holds(at.column), func(made feed.Made) tea.Msg { return madeField{at, made} })}
}

// holds refuses types that a column's values cannot have.
func (c *columns) holds(column int) func(roster.Type) error {
	return func(is roster.Type) error {
		if is == roster.Dropdown && len(c.survey.Columns[column].Options) == 0 {
			return fault.New(fault.Invalid, "The column has too many different values for a dropdown")
		}
		return nil
	}
}

// grow adds the field that was asked for, which a line then feeds.
func (c *columns) grow(msg madeField) {
	if l := c.lineFor(msg.place); l != nil {
		c.add(l, msg.is.Label)
		c.fresh[l.field].Type = msg.is.Type
	}
}

// changeField asks what a new field is called, and what it holds.
func (c *columns) changeField(l *line) kit.Action {
	f, fresh := c.fresh[l.field]
	if !fresh {
		return kit.Say{Text: whyFresh, Kind: kit.Caution}
	}
	return kit.Open{Dialog: feed.NewField(c.s.env, f.Label, f.Label, f.Type, c.holds(l.column), func(made feed.Made) tea.Msg { return changedField{f.Key, made} })}
}

func (c *columns) change(msg changedField) {
	if f := c.fresh[msg.key]; f != nil {
		f.Label, f.Type = msg.is.Label, msg.is.Type
	}
}

// chooseSteps asks what is done to a line's values on their way, and shows it
// with rows of the file.
func (c *columns) chooseSteps(l *line) kit.Action {
	q := feed.Question{Attribute: c.names[l.column], Transforms: l.steps, Field: c.fed(l), Source: c.source()}
	for _, row := range c.samples.of[l.column] {
		q.Samples = append(q.Samples, c.samples.rows[row])
	}
	id := l.id
	return kit.Open{Dialog: feed.NewSteps(c.s.env, q, func(steps []mapping.Transform) tea.Msg { return chosenSteps{id, steps} })}
}

// toggle leaves a line out, or takes it in again.
func (c *columns) toggle(l *line) kit.Action {
	switch {
	case l.on:
		l.on = false
	case l.field == "":
		return c.chooseField(l)
	case c.fresh[l.field] != nil:
		l.on = true
	default:
		c.feed(l, l.field)
	}
	l.again = false
	return nil
}

// owned are the lines that feed what belongs to the list's source, and the
// mappings that own it.
func (c *columns) owned() (lines []*line, by []mapping.Mapping) {
	if c.s.list == nil {
		return nil, nil
	}
	for i := range c.lines {
		l := &c.lines[i]
		f, _ := c.field(l.field)
		if m, owned := c.s.list.Owner(f.Key); owned && l.on && !f.UID {
			lines, by = append(lines, l), append(by, m)
		}
	}
	return lines, by
}

// ownedHere is the field of the line under the cursor if the list's source owns
// it; empty if not.
func (c *columns) ownedHere() string {
	lines, _ := c.owned()
	if l := c.here(); l != nil && slices.Contains(lines, l) {
		return l.field
	}
	return ""
}

// locks says which fields the file cannot change for everybody, and why; empty
// when it can change all.
func (c *columns) locks() string {
	lines, by := c.owned()
	if len(lines) == 0 {
		return ""
	}
	const few = 3
	var parts []string
	for i, l := range lines {
		if i == few {
			parts = append(parts, kit.Many(len(lines)-few, "more field", "more fields"))
			break
		}
		f, _ := c.field(l.field)
		parts = append(parts, f.Label+" (mapped from "+by[i].Attribute+")")
	}
	verb := " belongs"
	if len(lines) > 1 {
		verb = " belong"
	}
	return strings.Join(parts, ", ") + verb + " to the directory: whoever comes from it keeps what it says (m shows the mapping)"
}
