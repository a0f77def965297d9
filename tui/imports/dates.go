package imports

import (
	"cmp"
	"slices"

	tea "charm.land/bubbletea/v2"

	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
)

// Which of day and month stands first is a matter of a column, whatever it
// feeds: once one of its fields is a date, its dates are read so for all of
// them. A date transform reads them by itself, so the two do not go together.

// An order is how a column writes its dates.
type order struct {
	form DateForm // once known
	told DateForm // the same, if a person told it, now or of an earlier file
}

// datesRead is what a reading of the file found of its dates.
type datesRead struct {
	run       int
	forms     map[string]DateForm
	questions []Question
	err       error
}

// chosenForm is the answer to a question about a column's dates.
type chosenForm struct {
	column string
	form   DateForm
}

// dated reports whether a line feeds a date that is read by its column's order.
func (c *columns) dated(l *line) bool {
	f, _ := c.field(l.field)
	return l.on && f.Type == roster.Date && !ownDates(l)
}

// ownDates reports whether a line's transforms read dates themselves.
func ownDates(l *line) bool { return (mapping.Mapping{Transforms: l.steps}).Uses("date") }

// forms are the known forms of the columns that feed dates; unknown names those
// whose form is still to be found.
func (c *columns) forms() (forms map[string]DateForm, unknown []string) {
	forms = map[string]DateForm{}
	for i := range c.lines {
		l := &c.lines[i]
		if name, form := c.names[l.column], c.orders[l.column].form; !c.dated(l) {
			continue
		} else if form != "" {
			forms[name] = form
		} else if !slices.Contains(unknown, name) {
			unknown = append(unknown, name)
		}
	}
	return forms, unknown
}

// dateForm is the form of a column's dates, as far as it is known.
func (c *columns) dateForm(column int) DateForm {
	return cmp.Or(c.orders[column].form, c.orders[column].told, c.survey.Columns[column].Date)
}

// unordered reports whether a line feeds dates of which only a person can tell
// the order, and has not.
func (c *columns) unordered(l *line) bool { return c.dated(l) && c.dateForm(l.column) == "" }

// datesNow are the forms in which the preview reads dates.
func (c *columns) datesNow() map[string]DateForm {
	forms := make(map[string]DateForm)
	for i := range c.lines {
		l := &c.lines[i]
		if form := c.dateForm(l.column); form != "" && c.dated(l) {
			forms[c.names[l.column]] = form
		}
	}
	return forms
}

// datedTwice names a column of which one field is a date by its order and
// another by a transform, which would find what the order has made of it.
func (c *columns) datedTwice() string {
	for i := range c.lines {
		for j := range c.lines {
			if a, b := &c.lines[i], &c.lines[j]; a.column == b.column && c.dated(a) && b.on && ownDates(b) {
				return c.names[a.column]
			}
		}
	}
	return ""
}

// findDates has the file be read for the forms of columns' dates.
func (c *columns) findDates(unknown []string) kit.Action {
	ctx, run := c.s.work.Begin()
	c.reading = true
	file := c.s.file
	cmd := func() tea.Msg {
		forms, questions, err := file.Dates(ctx, unknown)
		return datesRead{run, forms, questions, err}
	}
	return kit.All{kit.Open{Dialog: kit.NewProgress(c.s.env, "Looking at the dates", func() kit.Work {
		return kit.Work{What: "Reading " + file.Name(), Done: file.BytesRead() >> 10, Total: file.Size() >> 10, Unit: "kB"}
	}, c.s.work.Cancel)}, kit.Run{Cmd: cmd}}
}

// foundDates takes what was found, and asks about what was not.
func (c *columns) foundDates(msg datesRead) kit.Action {
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
		if i := slices.Index(c.names, q.Column); i >= 0 && c.orders[i].told != "" {
			c.orders[i].form = c.orders[i].told
		} else {
			c.asks = append(c.asks, q)
		}
	}
	return kit.All{kit.Close{}, c.ask()}
}

func (c *columns) setForm(column string, form DateForm) {
	if i := slices.Index(c.names, column); i >= 0 {
		c.orders[i].form = form
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
		c.orders[i].told = msg.form
	}
	if len(c.asks) == 0 {
		return nil
	}
	c.asks = c.asks[1:]
	return c.ask()
}
