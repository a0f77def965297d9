package imports

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/trial"
)

// rowWords is what the preview calls rows.
func rowWords() trial.Words {
	return trial.Words{
		One: "row", Many: "rows", All: "every row", Before: "row before", Has: "row has a value", Have: "rows have a value",
		None: "there is no row that can be read", Nobody: "No row to show it with", No: "There is no row",
	}
}

// rows are those of a file as what a mapping is tried with: a core.Trial over
// one reading, of which only examples and counted values stay.
type rows struct {
	file  File
	total int // of the rows, with those that cannot be read
	forms map[string]DateForm
}

// Sample implements trial.Sampler. Rows that cannot be read whole are left out,
// as the import leaves them out.
func (r rows) Sample(ctx context.Context, ask core.Sampling) (core.Sample, error) {
	t, err := core.NewTrial(ask)
	if err != nil {
		return core.Sample{}, err
	}
	columns := r.file.Columns()
	at := make([]int, len(t.Names()))
	for i, name := range t.Names() {
		at[i] = slices.Index(columns, name)
	}
	cells := make([]mapping.Cell, len(at))
	done := 0
	ask.Progress.Start("Trying it with every row", int64(r.total))
	for records, err := range r.file.Records(ctx, r.forms) {
		if err != nil {
			return core.Sample{}, err
		}
		for i := range records {
			one := &records[i]
			if one.Problem != "" {
				continue
			}
			for n, column := range at {
				cells[n] = mapping.Cell{Presence: mapping.Absent}
				if column >= 0 {
					cells[n] = one.Cells[column]
				}
			}
			t.Take(core.Sampled{Line: one.Line}, cells)
		}
		done += len(records)
		ask.Progress.Set(int64(done))
	}
	return t.Sample(), nil
}

// moved has the column under the cursor be tried.
func (c *columns) moved() kit.Action {
	row := c.table.At()
	if row < 0 {
		return nil
	}
	forms := c.datesNow()
	if c.asked == nil || !maps.Equal(forms, c.asked) {
		c.asked = forms
		c.trial.Ask(rows{c.s.file, c.survey.Rows + c.survey.Problems, forms})
	}
	if _, dates := forms[c.names[row]]; dates {
		c.trial.Hand(nil, c.names) // they are at hand as they are written only
	} else {
		c.trial.Hand(c.samples.hand(), c.names)
	}
	m, f := c.tried(row)
	return c.trial.Show(m, f)
}

// tried is the mapping of a column and the field that it feeds, as they would
// be.
func (c *columns) tried(column int) (mapping.Mapping, roster.Field) {
	t := &c.targets[column]
	m := mapping.Mapping{Attribute: c.names[column]}
	if !t.on {
		return m, roster.Field{}
	}
	f, _ := c.field(t.field)
	m.Transforms, m.Field = t.steps, f.Key
	if c.widen {
		f.Options = append(slices.Clip(f.Options), c.strange(column)...)
	}
	if c.unordered(column) {
		f = roster.Field{Label: f.Label} // what it takes is not known yet
	}
	return m, f
}

// unordered reports whether a column feeds dates of which only a person can
// tell the order, and has not.
func (c *columns) unordered(column int) bool {
	t := &c.targets[column]
	f, _ := c.field(t.field)
	return t.on && f.Type == roster.Date && c.dateForm(column) == "" && !(mapping.Mapping{Transforms: t.steps}).Uses("date")
}

// dateForm is the form of a column's dates, as far as it is known.
func (c *columns) dateForm(column int) DateForm {
	t := &c.targets[column]
	return cmp.Or(t.form, t.told, c.survey.Columns[column].Date)
}

// datesNow are the forms in which the preview reads dates.
func (c *columns) datesNow() map[string]DateForm {
	forms := make(map[string]DateForm)
	for i := range c.targets {
		t := &c.targets[i]
		f, _ := c.field(t.field)
		if form := c.dateForm(i); t.on && f.Type == roster.Date && form != "" && !(mapping.Mapping{Transforms: t.steps}).Uses("date") {
			forms[c.names[i]] = form
		}
	}
	return forms
}

// heading is what the preview says of the column under the cursor.
func (c *columns) heading() *trial.Heading {
	row := c.table.At()
	if row < 0 {
		return nil
	}
	h := trial.Heading{Label: c.names[row], Name: c.names[row]}
	if c.survey.Columns[row].Unique {
		h.Notes = append(h.Notes, "Each value is a different one")
	}
	if c.unfit != nil && c.unfit[row] != "" {
		h.Caution = c.unfit[row]
	}
	if form := c.datesNow()[c.names[row]]; form != "" {
		h.Notes = append(h.Notes, "Its dates are read as "+string(form)+", and shown as they are kept")
	}
	if c.unordered(row) {
		h.After = append(h.After, "What the field takes shows once the order of its dates is known (o says it)")
	}
	return &h
}
