package csvfile

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"muster/core/mapping"
	"muster/core/roster"
)

// Writer exports people as CSV that imports again unchanged: UTF-8, commas, a
// header of labels, a line feed after every row. Cells are quoted where the
// text needs it, so outer spaces and line breaks are kept in the file; whether
// an import keeps outer spaces is for its mapping to say, and the usual one
// trims. Call Flush at the end.
type Writer struct {
	out    *bufio.Writer
	fields []roster.Field
	row    []byte
}

// NewWriter writes the header of the schema's fields. What Writer meets in w
// is returned by Write or Flush at the latest.
func NewWriter(w io.Writer, schema roster.Schema) *Writer {
	e := &Writer{out: bufio.NewWriterSize(w, 64<<10), fields: schema.Fields}
	for i, name := range headers(schema) {
		e.row = appendCell(e.row, name, ',', i == 0)
	}
	e.row = append(e.row, '\n')
	return e
}

// Write writes one person's values.
func (e *Writer) Write(v roster.Values) error {
	start := len(e.row)
	for i, f := range e.fields {
		e.row = appendCell(e.row, v.Get(f.ID), ',', i == 0)
	}
	if len(e.row) == start {
		// A bare empty cell alone would be a blank line, which is no row.
		e.row = append(e.row, `""`...)
	}
	e.row = append(e.row, '\n')
	return e.drain()
}

// Flush writes what is still held back.
func (e *Writer) Flush() error {
	if err := e.drain(); err != nil {
		return err
	}
	if err := e.out.Flush(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func (e *Writer) drain() error {
	if _, err := e.out.Write(e.row); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	e.row = e.row[:0]
	return nil
}

// headers name the columns so that Match finds each field again: by its label,
// or by its key where the label could be taken for another field.
func headers(schema roster.Schema) []string {
	names := make([]string, len(schema.Fields))
	for i, f := range schema.Fields {
		names[i] = f.Label
		label := fold(f.Label)
		twin := slices.ContainsFunc(schema.Fields, func(g roster.Field) bool {
			return g.ID != f.ID && (label == fold(g.Label) || label == fold(g.Key))
		})
		if twin || label == "" || cleanName(f.Label) == ProblemColumn {
			names[i] = f.Key
		}
	}
	return names
}

// appendCell appends a cell and, unless it is the row's first, the delimiter
// before it. Every known delimiter is quoted, so that the file cannot be
// mistaken for one that uses it; so is what could pass for the mark or the hint
// that a file may begin with.
func appendCell(b []byte, text string, delim byte, first bool) []byte {
	if !first {
		b = append(b, delim)
	}
	if text == "" {
		return b
	}
	plain := text[0] != ' ' && text[len(text)-1] != ' ' && !strings.ContainsAny(text, ",;|\t\"\r\n")
	if plain && !(first && (strings.HasPrefix(text, utf8BOM) || strings.HasPrefix(strings.ToLower(text), "sep="))) {
		return append(b, text...)
	}
	b = append(b, '"')
	for {
		before, after, more := strings.Cut(text, `"`)
		b = append(b, before...)
		if !more {
			return append(b, '"')
		}
		b = append(b, `""`...)
		text = after
	}
}

// Problem is why the row of that number is not imported, as a sentence.
type Problem struct {
	Row  int
	Text string
}

// WriteRejects reads the file once more and writes the rows that have problems,
// ready to be corrected and imported again: the file's columns and delimiter,
// its cells as they stand in it, and the ProblemColumn last. Cells beyond the
// columns follow it. The output is UTF-8 with a byte order mark, which
// spreadsheets need; only bytes that were no text in the first place stay what
// they are. A row that had too few cells still has, and its problem is the last of
// them: imported again as it is, it is rejected again. The columns' names are
// written even when the file has none.
func (f *File) WriteRejects(ctx context.Context, w io.Writer, problems []Problem) error {
	problems = slices.Clone(problems)
	slices.SortStableFunc(problems, func(a, b Problem) int { return a.Row - b.Row })
	p, err := f.begin(ctx, nil)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	columns := len(f.columns)
	if f.columns[columns-1] == ProblemColumn {
		columns--
	}
	line := append([]byte(utf8BOM), f.rejectsHeader(columns)...)
	cells := make([]mapping.Cell, len(f.columns))
	for {
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("write rejects: %w", err)
		}
		if line, err = p.nextReject(line[:0], cells, columns, &problems); err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write rejects: %w", err)
	}
	return nil
}

func (f *File) rejectsHeader(columns int) []byte {
	var line []byte
	for i, name := range f.columns[:columns] {
		line = appendCell(line, name, f.delim, i == 0)
	}
	line = appendCell(line, ProblemColumn, f.delim, columns == 0)
	return append(line, '\n')
}

// nextReject appends the next row that has problems; nothing is the end.
func (p *pass) nextReject(line []byte, cells []mapping.Cell, columns int, problems *[]Problem) ([]byte, error) {
	for len(*problems) > 0 {
		more, err := p.next(cells)
		if err != nil || !more {
			return line, err
		}
		if reasons := takeReasons(problems, p.line); len(reasons) > 0 {
			return p.appendReject(line, p.own(cells[:columns]), strings.Join(reasons, "; ")), nil
		}
	}
	return line, nil
}

// takeReasons takes the problems up to a row off the front and returns those of
// the row itself.
func takeReasons(problems *[]Problem, row int) []string {
	var reasons []string
	for len(*problems) > 0 && (*problems)[0].Row <= row {
		if (*problems)[0].Row == row {
			reasons = append(reasons, (*problems)[0].Text)
		}
		*problems = (*problems)[1:]
	}
	return reasons
}

// own are the cells that the row has itself: of one that is too short not the
// ones that it lacks, nor the problem at its end that an earlier file of rejects
// gave it.
func (p *pass) own(cells []mapping.Cell) []mapping.Cell {
	n := min(p.row.cells, len(cells))
	if n > 0 && p.row.cells < p.width && strings.HasPrefix(cells[n-1].Text, tooShort) {
		n--
	}
	return cells[:n]
}

func (p *pass) appendReject(line []byte, cells []mapping.Cell, reason string) []byte {
	for i, cell := range cells {
		line = appendCell(line, cell.Text, p.f.delim, i == 0)
	}
	line = appendCell(line, reason, p.f.delim, len(cells) == 0)
	for _, cell := range p.row.extra {
		line = appendCell(line, cell, p.f.delim, false)
	}
	return append(line, '\n')
}
