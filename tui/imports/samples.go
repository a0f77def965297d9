package imports

import (
	"context"
	"slices"
	"strings"

	"muster/core"
	"muster/core/mapping"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
	"muster/tui/mapping/trial"
)

// mostSamples is how many different values of a column are shown.
const mostSamples = 5

// sampled are some rows of a file, and by column those that have different
// values in it.
type sampled struct {
	rows  []feed.Sample
	lines []int // where they are in the file
	of    [][]int
}

// sample collects some different values of each column, from the first rows.
func sample(ctx context.Context, file File) (sampled, error) {
	found := sampled{of: make([][]int, len(file.Columns()))}
	for records, err := range file.Records(ctx, nil) {
		if err != nil {
			return sampled{}, err
		}
		for i := range records {
			found.collect(&records[i])
		}
		return found, nil
	}
	return found, nil
}

// collect keeps a row if it has something that was not seen before.
func (s *sampled) collect(r *mapping.Record) {
	if r.Problem != "" {
		return
	}
	kept := -1
	for column, cell := range r.Cells {
		if len(s.of[column]) == mostSamples || strings.TrimSpace(cell.Text) == "" || slices.Contains(s.values(column), cell.Text) {
			continue
		}
		if kept < 0 {
			kept = len(s.rows)
			s.lines = append(s.lines, r.Line)
			s.rows = append(s.rows, feed.Sample{Who: "row " + kit.Count(r.Line), Cells: cloned(r.Cells)})
		}
		s.of[column] = append(s.of[column], kept)
	}
}

func cloned(cells []mapping.Cell) []mapping.Cell {
	all := slices.Clone(cells)
	for i := range all {
		all[i].Text = strings.Clone(all[i].Text)
	}
	return all
}

// values are the different values of a column.
func (s *sampled) values(column int) []string {
	values := make([]string, len(s.of[column]))
	for i, row := range s.of[column] {
		values[i] = s.rows[row].Cells[column].Text
	}
	return values
}

// hand are the rows as those with whom a column is tried at once.
func (s *sampled) hand() []trial.One {
	few := make([]trial.One, len(s.rows))
	for i := range s.rows {
		few[i] = trial.One{Who: core.Sampled{Line: s.lines[i]}, Cells: s.rows[i].Cells}
	}
	return few
}
