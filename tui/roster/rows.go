package roster

import (
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
	index  *index.Index
	result *index.Result
	query  coreroster.Query
	total  int      // people of these statuses, found or not
	places []uint32 // place of each row of the index, from 1; nil while rows ascend within ranks

	// The person being drawn, and letters that were found before.
	row     int
	entry   index.Entry
	fresh   bool
	letters map[place]highlight
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
	f := &found{index: ix, result: r, query: req.Query, letters: map[place]highlight{}}
	statuses, asked := req.Query.Statuses()
	if !asked {
		statuses = req.Statuses
	}
	f.total = ix.Count(statuses)
	if req.Sort.ID != 0 && len(r.Rows) > 0 {
		f.places = make([]uint32, slices.Max(r.Rows)+1)
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
	if cell.Text != "" && len(f.query.Terms()) > 0 {
		cell.Match = f.match(place{f.result.Rows[i], column}, cell.Text, i)
	}
	return cell
}

// mostLetters bounds what is remembered of what to highlight.
const mostLetters = 8192

// match returns what to highlight in a cell. Finding it out takes memory, so
// it is remembered.
func (f *found) match(at place, text string, i int) []kit.Letters {
	if h, ok := f.letters[at]; ok && h.text == text {
		return h.letters
	}
	loose := i >= f.result.WordStart+f.result.Inside
	spans := coreroster.Matches(text, f.query, coreroster.FieldID(at.column), loose)
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
