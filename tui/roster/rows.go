package roster

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// statusColumn is the column of people's status; all others have the ID of
// their field.
const statusColumn = 0

// found are the people that a search found, as rows of the table. What a table
// row is about is the person's row in the index, which stays theirs.
type found struct {
	index   *index.Index
	result  *index.Result
	req     index.Request
	query   coreroster.Query
	total   int      // people of these statuses, found or not
	highest uint32   // of the rows
	places  []uint32 // place of each row of the index, from 1; nil while rows ascend within ranks

	// The person being drawn, and letters that were found before.
	row     int
	entry   index.Entry
	fresh   bool
	letters map[place]highlight
	scratch []byte
}

// place is a cell.
type place struct {
	row    uint32
	column int
}

// highlight is what to highlight in a text.
type highlight struct {
	text    string
	letters []kit.Letters
}

// newFound prepares a result for the table: it belongs in the search's command.
func newFound(ix *index.Index, req index.Request, r *index.Result) *found {
	req.Prev = nil // or every search would keep the one before
	f := &found{index: ix, result: r, req: req, query: req.Query, letters: map[place]highlight{}}
	statuses, asked := req.Query.Statuses()
	if !asked {
		statuses = req.Statuses
	}
	f.total = ix.Count(statuses)
	if len(r.Rows) > 0 {
		f.highest = slices.Max(r.Rows)
	}
	if req.Sort.ID != 0 {
		f.places = make([]uint32, f.highest+1)
		for i, row := range r.Rows {
			f.places[row] = uint32(i) + 1
		}
	}
	return f
}

// Len implements kit.Rows.
func (f *found) Len() int {
	if f.result == nil {
		return 0
	}
	return len(f.result.Rows)
}

// ID implements kit.Rows.
func (f *found) ID(i int) uint32 { return f.result.Rows[i] }

// IndexOf implements kit.Rows.
func (f *found) IndexOf(row uint32) int {
	if f.result == nil {
		return -1
	}
	if f.places != nil {
		if int(row) >= len(f.places) {
			return -1
		}
		return int(f.places[row]) - 1
	}
	start, inside := f.result.WordStart, f.result.WordStart+f.result.Inside
	rows := f.result.Rows
	if i, ok := slices.BinarySearch(rows[:start], row); ok {
		return i
	}
	if i, ok := slices.BinarySearch(rows[start:inside], row); ok {
		return start + i
	}
	if i := slices.Index(rows[inside:], row); i >= 0 {
		return inside + i
	}
	return -1
}

// look forgets the person drawn last, who may have changed since.
func (f *found) look() { f.fresh = false }

// Cell implements kit.Rows.
func (f *found) Cell(i, column int) kit.Cell {
	if !f.fresh || f.row != i {
		f.entry, _ = f.index.Row(f.result.Rows[i])
		f.row, f.fresh = i, true
	}
	cell := kit.Cell{Role: theme.Text}
	if f.entry.Status != coreroster.Active {
		cell.Role = theme.Dim
	}
	if column == statusColumn {
		cell.Text = f.entry.Status.String()
		return cell
	}
	cell.Text = f.entry.Values.Get(coreroster.FieldID(column))
	if f.mayMatch(cell.Text, column, i) {
		cell.Match = f.match(place{f.result.Rows[i], column}, cell.Text, i)
	}
	return cell
}

// mayMatch reports, at little cost, whether there may be something to highlight.
func (f *found) mayMatch(text string, column, i int) bool {
	if text == "" || len(f.query.Terms()) == 0 {
		return false
	}
	if f.loose(i) {
		return true
	}
	f.scratch = coreroster.AppendFold(f.scratch[:0], text)
	for _, t := range f.query.Terms() {
		if t.Kind == coreroster.Literal && !t.Not && (t.Field == 0 || int(t.Field) == column) && bytes.Contains(f.scratch, []byte(t.Text)) {
			return true
		}
	}
	return false
}

// literal returns who matches literally. All that is done to everyone shown is
// done to them: loose matches are for people's eyes.
func (f *found) literal() []uint32 {
	if f.result == nil {
		return nil
	}
	return f.result.Rows[:f.result.WordStart+f.result.Inside]
}

// loose reports whether a row is one of those that match loosely.
func (f *found) loose(i int) bool { return i >= f.result.WordStart+f.result.Inside }

// mostLetters bounds what is remembered of what to highlight.
const mostLetters = 8192

// match returns what to highlight in a cell. Finding it out takes memory, so
// it is remembered.
func (f *found) match(at place, text string, i int) []kit.Letters {
	if h, ok := f.letters[at]; ok && h.text == text {
		return h.letters
	}
	spans := coreroster.Matches(text, f.query, coreroster.FieldID(at.column), f.loose(i))
	letters := make([]kit.Letters, len(spans))
	from, runes := 0, 0
	count := func(to int) int {
		runes += utf8.RuneCountInString(text[from:to])
		from = to
		return runes
	}
	for n, span := range spans {
		letters[n].From = count(span.Start)
		letters[n].To = count(span.End)
	}
	if len(f.letters) >= mostLetters {
		clear(f.letters)
	}
	f.letters[at] = highlight{text, letters}
	return letters
}
