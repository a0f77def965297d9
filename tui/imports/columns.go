package imports

import (
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/trial"
)

// columns is the step that says which column feeds which field. For a new list
// the fields are made of the columns.
type columns struct {
	s       *Screen
	survey  Survey
	samples sampled
	names   []string                 // of the columns
	lines   []line                   // in the order of the columns
	ids     int                      // of lines that were given
	orders  []order                  // of the dates of each column
	fresh   map[string]*roster.Field // what the import adds to the schema, by key

	name, slug string   // of a new list
	noUID      string   // why no column names a person, for a new list
	unfit      []string // why a column cannot though its name says so, or ""
	remembered bool     // the list's last import is used
	widen      bool     // values that are no option of their field yet become one

	table   *kit.Table[int] // of lines, by id
	trial   *trial.Pane
	asked   map[string]DateForm // the forms of dates that the pane reads with
	over    bool                // the pane is over the table
	reading bool                // the file is read for something that matters more
	drawn   drawn
	asks    []Question
	then    func() kit.Action // once they are answered
}

func newColumns(s *Screen, file opened) *columns {
	names := file.file.Columns()
	c := &columns{
		s: s, survey: file.survey, samples: file.samples, names: names, fresh: map[string]*roster.Field{}, orders: make([]order, len(names)),
	}
	c.trial = trial.New(s.env, rowWords())
	if s.list == nil {
		c.guess()
	} else {
		c.match(s.list.Imports)
	}
	c.table = kit.NewTable(s.env, nil, kit.Rows[int](lineRows{c}))
	return c
}

// guess makes a field of each column, for a new list.
func (c *columns) guess() {
	c.empty()
	c.name = listName(c.s.file.Name())
	c.slug = slugFor(c.name)
	for i := range c.lines {
		c.add(&c.lines[i], c.names[i])
		c.lines[i].on = !c.survey.Columns[i].Aside
	}
	c.unfit = make([]string, len(c.names))
	for i, about := range c.survey.Columns {
		if about.Names && !about.Unique {
			_, err := c.s.file.UID(c.names[i])
			c.unfit[i] = fault.Sentence(err)
		}
	}
	uid, err := c.s.file.UID("")
	c.noUID = fault.Sentence(err)
	if i := slices.Index(c.names, uid); err == nil && i >= 0 {
		c.setUID(&c.lines[i])
	}
}

// listName makes a list's name of a file's. Numbers at its end are a date or a
// copy's: next term's file goes into the same list.
func listName(file string) string {
	words := strings.FieldsFunc(strings.TrimSuffix(file, filepath.Ext(file)), func(r rune) bool {
		return strings.ContainsRune("_-. ()", r)
	})
	for len(words) > 1 && strings.Trim(words[len(words)-1], "0123456789") == "" {
		words = words[:len(words)-1]
	}
	return roster.LabelFor(strings.Join(words, " "))
}

// slugFor makes a slug of a list's name.
func slugFor(name string) string {
	slug := strings.ReplaceAll(roster.KeyFor(name), "_", "-")
	return strings.Trim(slug[:min(len(slug), 64)], "-")
}

// match says which columns feed which fields of the list there is.
func (c *columns) match(remembered []mapping.Mapping) {
	c.empty()
	c.remembered, c.widen = false, false
	for _, m := range c.s.file.Match(suggested(c.s.list.Schema, remembered), remembered) {
		column := slices.Index(c.names, m.Attribute)
		if column < 0 {
			continue
		}
		l := c.line(column)
		if l.field != "" {
			l = c.further(column)
		}
		l.field, l.on, l.steps = m.Field, m.On, m.Transforms
		if m.Dates != "" {
			c.orders[column].told = DateForm(m.Dates)
		}
		l.again = slices.ContainsFunc(remembered, func(r mapping.Mapping) bool {
			return strings.EqualFold(r.Attribute, m.Attribute) && r.Field == m.Field
		})
		c.remembered = c.remembered || l.again
	}
}

// suggested are the fields that columns are matched to: hidden ones only where
// an earlier file fed them. The choice of a field still has all.
func suggested(schema roster.Schema, remembered []mapping.Mapping) roster.Schema {
	fed := func(key string) bool {
		return slices.ContainsFunc(remembered, func(m mapping.Mapping) bool { return m.On && m.Field == key })
	}
	schema.Fields = slices.DeleteFunc(slices.Clone(schema.Fields), func(f roster.Field) bool { return f.Hidden && !f.UID && !f.Required && !fed(f.Key) })
	return schema
}

func (c *columns) number() int  { return 1 }
func (c *columns) typing() bool { return false }
func (c *columns) cursor() (x, y int, ok bool) {
	if c.over {
		return 0, 0, false
	}
	x, y, ok = c.table.Cursor()
	return x, y + c.drawn.above, ok
}

// update implements step.
func (c *columns) update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case chosenField:
		return c.chose(msg)
	case madeField:
		c.grow(msg)
	case changedField:
		c.change(msg)
	case chosenSteps:
		if l := c.line(msg.line); l != nil {
			l.steps, l.again = msg.steps, false
		}
	case renamed:
		c.name, c.slug = msg.name, msg.slug
	case reread:
		return c.s.open(c.s.path, msg.form)
	case chosenForm:
		return c.answered(msg)
	case datesRead:
		return c.foundDates(msg)
	case planned:
		return c.planned(msg)
	case kit.Wheel:
		if c.drawn.onPane(msg.X, msg.Y) {
			c.trial.Scroll(msg.Lines)
			return nil
		}
		msg.Y -= c.drawn.above
		c.table.Update(msg)
	case tea.MouseClickMsg:
		if c.drawn.onPane(msg.X, msg.Y) {
			return nil
		}
		msg.Y -= c.drawn.above
		if c.table.Update(msg).Kind == kit.Chose {
			return c.do("imports.field")
		}
	}
	return nil
}

// ready says what is missing before anything can be compared.
func (c *columns) ready() string {
	uid, ok := c.uid()
	twice := c.datedTwice()
	switch {
	case !ok:
		return "Press u on the column that tells people apart"
	case c.feeder(uid.Key) == nil:
		return "No column feeds " + uid.Label + "; press enter on the one that does"
	case twice != "":
		return twice + " feeds one date as it is and another through date(…); have all its dates go through it, or none (t)"
	}
	return ""
}

// next finds the forms of dates, asks about them where it must, and then shows
// the changes.
func (c *columns) next() kit.Action {
	if why := c.ready(); why != "" {
		return kit.Say{Text: why, Kind: kit.Caution}
	}
	c.then = func() kit.Action { return c.plan(false) }
	if _, unknown := c.forms(); len(unknown) > 0 {
		return c.findDates(unknown)
	}
	return c.then()
}
