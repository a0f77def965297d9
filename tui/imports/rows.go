package imports

import (
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

// moved has the line under the cursor be tried.
func (c *columns) moved() kit.Action {
	l := c.here()
	if l == nil {
		return nil
	}
	forms := c.datesNow()
	if c.asked == nil || !maps.Equal(forms, c.asked) {
		c.asked = forms
		c.trial.Ask(rows{c.s.file, c.survey.Rows + c.survey.Problems, forms})
	}
	if _, dates := forms[c.names[l.column]]; dates {
		c.trial.Hand(nil, c.names) // they are at hand as they are written only
	} else {
		c.trial.Hand(c.samples.hand(), c.names)
	}
	m, f := c.tried(l)
	return c.trial.Show(m, f)
}

// tried is the mapping of a line and the field that it feeds, as they would be.
func (c *columns) tried(l *line) (mapping.Mapping, roster.Field) {
	m := mapping.Mapping{Attribute: c.names[l.column]}
	if !l.on {
		return m, roster.Field{}
	}
	f := c.fed(l)
	m.Transforms, m.Field = l.steps, f.Key
	if c.widen {
		f.Options = append(slices.Clip(f.Options), c.strange(l)...)
	}
	if c.unordered(l) {
		f = roster.Field{Label: f.Label} // what it takes is not known yet
	}
	return m, f
}

// heading is what the preview says of the line under the cursor.
func (c *columns) heading() *trial.Heading {
	l := c.here()
	if l == nil {
		return nil
	}
	name := c.names[l.column]
	h := trial.Heading{Label: name, Name: name}
	if c.survey.Columns[l.column].Unique {
		h.Notes = append(h.Notes, "Each value is a different one")
	}
	if c.unfit != nil && c.unfit[l.column] != "" {
		h.Caution = c.unfit[l.column]
	}
	if form := c.datesNow()[name]; form != "" {
		h.Notes = append(h.Notes, "Its dates are read as "+string(form)+", and shown as they are kept")
	}
	if c.unordered(l) {
		h.After = append(h.After, "What the field takes shows once the order of its dates is known (o says it)")
	}
	return &h
}
