package imports

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
	"muster/tui/mapping/trial"
)

// A target is where a column of the file goes.
type target struct {
	field string // the key of a field of the list, or of one that the import adds
	on    bool   // it is imported
	steps []mapping.Transform
	form  DateForm // of its dates, once known
	told  DateForm // the same, if a person told it, now or of an earlier file
	again bool     // as in the list's last import
}

// columns is the step that says which column feeds which field. For a new list
// the fields are made of the columns.
type columns struct {
	s       *Screen
	survey  Survey
	samples sampled
	names   []string // of the columns
	targets []target
	fresh   map[string]*roster.Field // what the import adds to the schema, by key

	name, slug string   // of a new list
	noUID      string   // why no column names a person, for a new list
	unfit      []string // why a column cannot though its name says so, or ""
	remembered bool     // the list's last import is used
	widen      bool     // values that are no option of their field yet become one
	// several are the mappings of columns that feed something else, too, and of
	// several columns, which are remembered and stay.
	several []mapping.Mapping

	table   *kit.Table[int]
	trial   *trial.Pane
	asked   map[string]DateForm // the forms of dates that the pane reads with
	over    bool                // the pane is over the table
	reading bool                // the file is read for something that matters more
	drawn   drawn
	asks    []Question
	then    func() kit.Action // once they are answered
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

// Answers of dialogs and results of commands.
type (
	chosenField struct {
		column int
		is     feed.Chosen
	}
	newField struct {
		column int
		is     feed.Made
	}
	chosenSteps struct {
		column int
		steps  []mapping.Transform
	}
	chosenType struct{ column, option int }
	chosenForm struct {
		column string
		form   DateForm
	}
	relabelled struct {
		key, label string
	}
	renamed struct{ name, slug string }
	reread  struct{ form Form }
	dated   struct {
		run       int
		forms     map[string]DateForm
		questions []Question
		err       error
	}
)

func newColumns(s *Screen, file opened) *columns {
	c := &columns{
		s: s, survey: file.survey, samples: file.samples, names: file.file.Columns(), fresh: map[string]*roster.Field{},
		targets: make([]target, len(file.file.Columns())),
	}
	c.trial = trial.New(s.env, rowWords())
	c.table = kit.NewTable(s.env, nil, kit.Rows[int](columnRows{c}))
	if s.list == nil {
		c.guess()
	} else {
		c.match(s.list.Imports)
	}
	return c
}

// guess makes a field of each column, for a new list.
func (c *columns) guess() {
	c.name = listName(c.s.file.Name())
	c.slug = slugFor(c.name)
	for i := range c.names {
		c.add(i, c.names[i])
		c.targets[i].on = !c.survey.Columns[i].Aside
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
		c.setUID(i)
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

// add makes a new field for a column, as its values look.
func (c *columns) add(column int, label string) {
	c.targets[column] = target{field: c.fresher(column, label), on: true, steps: []mapping.Transform{mapping.Trim}}
}

// fresher makes a new field for the values of a column, and returns its key.
func (c *columns) fresher(column int, label string) string {
	about := c.survey.Columns[column]
	key := roster.KeyFor(label)
	if key == "" {
		key = fmt.Sprintf("column_%d", column+1)
	}
	for n := 2; c.taken(key); n++ {
		key = fmt.Sprintf("%s_%d", strings.TrimSuffix(key, fmt.Sprintf("_%d", n-1)), n)
	}
	c.fresh[key] = &roster.Field{Key: key, Label: label, Type: about.Type, Options: about.Options}
	return key
}

func (c *columns) taken(key string) bool {
	_, ok := c.field(key)
	return ok
}

// setUID makes a column's new field the one that names a person.
func (c *columns) setUID(column int) {
	for _, f := range c.fresh {
		f.UID = false
	}
	f := c.fresh[c.targets[column].field]
	f.UID = true
	if f.Type != roster.Email {
		f.Type = roster.Text
	}
	c.targets[column].on = true
	c.noUID = ""
}

// match says which columns feed which fields of the list there is.
func (c *columns) match(remembered []mapping.Mapping) {
	clear(c.fresh)
	clear(c.targets)
	c.remembered, c.widen, c.several = false, false, nil
	for _, m := range c.s.file.Match(suggested(c.s.list.Schema, remembered), remembered) {
		i := slices.Index(c.names, m.Attribute)
		switch {
		case i >= 0 && c.targets[i].on, i < 0 && len(m.Attributes()) > 1:
			c.several = append(c.several, m)
			continue
		case i < 0:
			continue
		}
		again := slices.ContainsFunc(remembered, func(r mapping.Mapping) bool {
			return strings.EqualFold(r.Attribute, m.Attribute) && r.Field == m.Field
		})
		c.remembered = c.remembered || again
		c.targets[i] = target{field: m.Field, on: m.On, steps: m.Transforms, told: DateForm(m.Dates), again: again}
	}
}

// suggested are the fields that columns are matched to: hidden ones only where
// an earlier file fed them. f still chooses any.
func suggested(schema roster.Schema, remembered []mapping.Mapping) roster.Schema {
	fed := func(key string) bool {
		return slices.ContainsFunc(remembered, func(m mapping.Mapping) bool { return m.On && m.Field == key })
	}
	schema.Fields = slices.DeleteFunc(slices.Clone(schema.Fields), func(f roster.Field) bool { return f.Hidden && !f.UID && !f.Required && !fed(f.Key) })
	return schema
}

// field finds a field of the list, or one that the import adds.
func (c *columns) field(key string) (roster.Field, bool) {
	if f, ok := c.fresh[key]; ok {
		return *f, true
	}
	if c.s.list == nil {
		return roster.Field{}, false
	}
	return c.s.list.Schema.ByKey(key)
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

// feeder returns the column that feeds a field, or -1.
func (c *columns) feeder(key string) int {
	return slices.IndexFunc(c.targets, func(t target) bool { return t.on && t.field == key })
}

// added are the fields that the import adds to the list, in the order of the
// columns.
func (c *columns) added() []roster.Field {
	var fields []roster.Field
	for _, t := range c.targets {
		f, fresh := c.fresh[t.field]
		if !fresh || !t.on {
			continue
		}
		added := *f
		if added.Type != roster.Dropdown {
			added.Options = nil
		}
		fields = append(fields, added)
	}
	for _, m := range c.several {
		if f, fresh := c.fresh[m.Field]; fresh && m.On {
			fields = append(fields, *f)
		}
	}
	return fields
}

// strange are the values of a column that are not among the options of the
// field of the list that it feeds, as far as they were counted.
func (c *columns) strange(column int) []string {
	t := &c.targets[column]
	if c.s.list == nil || !t.on {
		return nil
	}
	f, ok := c.s.list.Schema.ByKey(t.field)
	if !ok || f.Type != roster.Dropdown {
		return nil
	}
	var values []string
	become := c.becoming(column)
	for _, option := range c.survey.Columns[column].Options {
		out := become(option)
		if out.Known && !slices.ContainsFunc(f.Options, func(o string) bool { return strings.EqualFold(o, out.Text) }) {
			values = append(values, out.Text)
		}
	}
	return values
}

// widened are the options that fields of the list get, by the field's key.
func (c *columns) widened() map[string][]string {
	more := map[string][]string{}
	for i := range c.targets {
		if values := c.strange(i); c.widen && len(values) > 0 {
			more[c.targets[i].field] = values
		}
	}
	return more
}

// mappings are what was settled, in the words of the engine and of the list's
// memory. A column that is left out is remembered as such.
func (c *columns) mappings() []mapping.Mapping {
	all := make([]mapping.Mapping, len(c.targets))
	for i, t := range c.targets {
		all[i] = mapping.Mapping{Attribute: c.names[i], Transforms: t.steps, Field: t.field, On: t.on, Dates: string(t.told)}
		if _, fresh := c.fresh[t.field]; fresh && !t.on {
			all[i].Field = ""
		}
	}
	return append(all, c.several...)
}

// forms are the known forms of the columns that feed dates; unknown names those
// whose form is still to be found.
func (c *columns) forms() (forms map[string]DateForm, unknown []string) {
	forms = map[string]DateForm{}
	for i, t := range c.targets {
		f, _ := c.field(t.field)
		switch {
		case !t.on || f.Type != roster.Date || mapping.Mapping{Transforms: t.steps}.Uses("date"):
		case t.form == "":
			unknown = append(unknown, c.names[i])
		default:
			forms[c.names[i]] = t.form
		}
	}
	return forms, unknown
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
	case newField:
		c.grow(msg)
	case furtherField:
		return c.choseFurther(msg)
	case furtherNew:
		return c.growFurther(msg)
	case furtherSteps:
		c.feedFurther(msg)
	case chosenSteps:
		c.targets[msg.column].steps, c.targets[msg.column].again = msg.steps, false
	case chosenType:
		c.fresh[c.targets[msg.column].field].Type = roster.Types()[msg.option]
	case relabelled:
		c.fresh[msg.key].Label = msg.label
	case renamed:
		c.name, c.slug = msg.name, msg.slug
	case reread:
		return c.s.open(c.s.path, msg.form)
	case chosenForm:
		return c.answered(msg)
	case dated:
		return c.dated(msg)
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

// feed has a column feed a field, which no other column does then.
func (c *columns) feed(column int, key string) {
	if other := c.feeder(key); other >= 0 && other != column {
		c.targets[other].on = false
	}
	c.several = slices.DeleteFunc(c.several, func(m mapping.Mapping) bool { return m.On && m.Field == key })
	steps := c.targets[column].steps
	if steps == nil {
		steps = []mapping.Transform{mapping.Trim}
	}
	c.targets[column] = target{field: key, on: true, steps: steps}
}

// ready says what is missing before anything can be compared.
func (c *columns) ready() string {
	uid, ok := c.uid()
	switch {
	case !ok:
		return "Press u on the column that tells people apart"
	case c.feeder(uid.Key) < 0:
		return "No column feeds " + uid.Label + "; press f on the one that does"
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
	_, unknown := c.forms()
	if len(unknown) == 0 {
		return c.then()
	}
	ctx, run := c.s.work.Begin()
	c.reading = true
	file := c.s.file
	cmd := func() tea.Msg {
		forms, questions, err := file.Dates(ctx, unknown)
		return dated{run, forms, questions, err}
	}
	return kit.All{kit.Open{Dialog: kit.NewProgress(c.s.env, "Looking at the dates", func() kit.Work {
		return kit.Work{What: "Reading " + file.Name(), Done: file.BytesRead() >> 10, Total: file.Size() >> 10, Unit: "kB"}
	}, c.s.work.Cancel)}, kit.Run{Cmd: cmd}}
}

func (c *columns) dated(msg dated) kit.Action {
	if !c.s.work.Is(msg.run) {
		return nil
	}
	c.reading = false
	if msg.err != nil {
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	}
	for column, form := range msg.forms {
		c.setForm(column, form)
	}
	c.asks = nil
	for _, q := range msg.questions {
		if i := slices.Index(c.names, q.Column); i >= 0 && c.targets[i].told != "" {
			c.targets[i].form = c.targets[i].told
		} else {
			c.asks = append(c.asks, q)
		}
	}
	return kit.All{kit.Close{}, c.ask()}
}

func (c *columns) setForm(column string, form DateForm) {
	if i := slices.Index(c.names, column); i >= 0 {
		c.targets[i].form = form
	}
}

// ask asks the next question about dates, or goes on.
func (c *columns) ask() kit.Action {
	if len(c.asks) == 0 {
		if c.then == nil {
			return nil
		}
		return c.then()
	}
	return c.askForm(c.asks[0].Column, c.asks[0].Text)
}

func (c *columns) askForm(column, text string) kit.Action {
	forms := []DateForm{DayMonth, MonthDay}
	options := []kit.Option{
		{Label: "day/month", Detail: "31/01/2026 is the last of January"},
		{Label: "month/day", Detail: "01/31/2026 is the last of January"},
	}
	return kit.Open{Dialog: kit.NewChoice(c.s.env, text, options, 0, func(i int) tea.Msg { return chosenForm{column, forms[i]} })}
}

func (c *columns) answered(msg chosenForm) kit.Action {
	c.setForm(msg.column, msg.form)
	if i := slices.Index(c.names, msg.column); i >= 0 {
		c.targets[i].told = msg.form
	}
	if len(c.asks) == 0 {
		return nil
	}
	c.asks = c.asks[1:]
	return c.ask()
}
