package csvfile

import (
	"strings"

	"muster/core/mapping"
)

const (
	// maxQuoted is the longest quoted cell, in bytes: sixteen times the longest
	// value. A quote still open after that was never closed.
	maxQuoted = 64 << 10
	// maxRow is the longest row, in bytes.
	maxRow = 1 << 20
	// maxExtra is how many cells beyond the columns are kept of a row.
	maxExtra = 1000
)

// flaw is why a row could not be split as it should be.
type flaw uint8

const (
	whole      flaw = iota
	strayMark       // a quote inside a bare cell, or text after a closing quote
	openQuote       // a quote that never closes
	tooLong         // longer than maxRow
	unfinished      // no flaw of the row: the text ends inside it
)

// outcome is what splitter.next came to.
type outcome uint8

const (
	needMore outcome = iota // the text ends inside a row; feed more
	gotRow
	gotBlank // a row without any text
	atEnd
)

// row is what a splitter tells of a row besides its cells.
type row struct {
	text  string   // as it stands in the file
	cells int      // how many there are, perhaps more than were asked for
	extra []string // those beyond the asked for, at most maxExtra
	flaw  flaw
	at    int // the cell with the flaw, from 0
}

// splitter cuts text into rows and rows into cells. Cells are substrings of
// the text, but for those with doubled quotes.
type splitter struct {
	delim, eol byte
	text       string
	pos        int  // where the next row starts
	quote      int  // the first quote at or after pos, when not before it
	final      bool // no text follows
	skipping   bool // inside a row that was too long
}

// feed replaces the text. Its beginning is what rest returned.
func (s *splitter) feed(text string, final bool) {
	s.text, s.final, s.pos = text, final, 0
	s.seekQuote()
}

// rest is the text that has not been split.
func (s *splitter) rest() string { return s.text[s.pos:] }

func (s *splitter) seekQuote() {
	s.quote = len(s.text)
	if i := strings.IndexByte(s.text[s.pos:], '"'); i >= 0 {
		s.quote = s.pos + i
	}
}

// next splits one row into cells and tells of it in r. Cells the row does not
// have become Absent.
func (s *splitter) next(cells []mapping.Cell, r *row) outcome {
	if s.skipping && !s.skipLine() {
		return needMore
	}
	if s.pos == len(s.text) {
		if s.final {
			return atEnd
		}
		return needMore
	}
	rest := s.text[s.pos:]
	end := strings.IndexByte(rest, s.eol)
	if end < 0 {
		if !s.final && len(rest) <= maxRow {
			return needMore
		}
		end = len(rest)
	}
	if s.quote < s.pos {
		s.seekQuote()
	}
	*r = row{extra: r.extra[:0]}
	size, ok := end, true
	switch {
	case end > maxRow:
		size = s.overlong(rest, cells, r)
	case s.quote < s.pos+end:
		size, ok = s.quoted(rest, end, cells, r)
	default:
		r.text = s.chomp(rest[:end])
		s.bare(r.text, cells, r)
	}
	if !ok {
		return needMore
	}
	s.pos = min(s.pos+size+1, len(s.text))
	for i := r.cells; i < len(cells); i++ {
		cells[i] = mapping.Cell{Presence: mapping.Absent}
	}
	if r.flaw == whole && blank(cells, r) {
		return gotBlank
	}
	return gotRow
}

// chomp takes off the carriage return that belongs to the line's end.
func (s *splitter) chomp(line string) string {
	if s.eol == '\n' && strings.HasSuffix(line, "\r") {
		return line[:len(line)-1]
	}
	return line
}

// bare splits a line at every delimiter; quotes mean nothing to it.
func (s *splitter) bare(line string, cells []mapping.Cell, r *row) {
	for n := range cells {
		i := strings.IndexByte(line, s.delim)
		if i < 0 {
			cells[n] = mapping.Cell{Text: line}
			r.cells = n + 1
			return
		}
		cells[n] = mapping.Cell{Text: line[:i]}
		line = line[i+1:]
	}
	r.cells = len(cells)
	for more := true; more; {
		var cell string
		cell, line, more = strings.Cut(line, string(rune(s.delim)))
		r.add(cell, cells)
	}
}

// add appends a cell to the row.
func (r *row) add(cell string, cells []mapping.Cell) {
	if r.cells < len(cells) {
		cells[r.cells] = mapping.Cell{Text: cell}
	} else if len(r.extra) < maxExtra {
		r.extra = append(r.extra, cell)
	}
	r.cells++
}

// quoted splits a row whose first line, which ends at end, has a quote in it.
// It returns the row's size without the line's end; false asks for more text.
func (s *splitter) quoted(rest string, end int, cells []mapping.Cell, r *row) (int, bool) {
	i := 0
	for {
		cell, size, flaw := s.cell(rest[i:], max(end-i, 0))
		if i+size > maxRow {
			flaw = tooLong
		}
		switch flaw {
		case whole:
		case unfinished:
			return 0, false
		default:
			return s.flawed(rest, end, flaw, cells, r), true
		}
		r.add(cell, cells)
		if i += size; i == len(rest) || rest[i] != s.delim {
			break
		}
		i++
	}
	r.text = rest[:i]
	if i < len(rest) && rest[i] == '\r' && s.eol == '\n' {
		i++
	}
	return i, true
}

// cell reads one cell of a row in which quotes count. The line is known to end
// at end, unless that is 0. Size is how much of rest the cell takes.
func (s *splitter) cell(rest string, end int) (cell string, size int, _ flaw) {
	if rest != "" && rest[0] == '"' {
		return s.quotedCell(rest)
	}
	if end == 0 {
		if end = strings.IndexByte(rest, s.eol); end < 0 {
			if !s.final && len(rest) <= maxRow {
				return "", 0, unfinished
			}
			end = len(rest)
		}
	}
	cell, _, more := strings.Cut(rest[:end], string(rune(s.delim)))
	size = len(cell)
	if !more {
		cell = s.chomp(cell)
	}
	if strings.IndexByte(cell, '"') >= 0 {
		return "", 0, strayMark
	}
	return cell, size, whole
}

// quotedCell reads a cell that starts with a quote. Size counts both quotes;
// what follows the cell is a delimiter or an end.
func (s *splitter) quotedCell(rest string) (cell string, size int, _ flaw) {
	doubled := false
	for i := 1; ; {
		n := strings.IndexByte(rest[i:], '"')
		if i += n; n < 0 && (s.final || len(rest) > maxQuoted) || i > maxQuoted {
			return "", 0, openQuote
		}
		// The two bytes after a quote decide what it is.
		if n < 0 || !s.final && i+2 >= len(rest) {
			return "", 0, unfinished
		}
		if i+1 < len(rest) && rest[i+1] == '"' {
			doubled = true
			i += 2
			continue
		}
		if !s.ends(rest[i+1:]) {
			return "", 0, strayMark
		}
		cell = rest[1:i]
		if doubled {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		return cell, i + 1, whole
	}
}

// ends reports whether a closing quote may stand before after.
func (s *splitter) ends(after string) bool {
	switch {
	case after == "", after[0] == s.delim, after[0] == s.eol:
		return true
	}
	return s.eol == '\n' && after[0] == '\r' && (len(after) == 1 || after[1] == '\n')
}

// flawed gives up on a row's quotes: its first line is the row, split at every
// delimiter, and reading goes on with the second.
func (s *splitter) flawed(rest string, end int, why flaw, cells []mapping.Cell, r *row) int {
	*r = row{text: s.chomp(rest[:end]), extra: r.extra[:0], flaw: why, at: r.cells}
	s.bare(r.text, cells, r)
	for i := range cells[:min(r.cells, len(cells))] {
		cells[i].Text = unquote(cells[i].Text)
	}
	for i := range r.extra {
		r.extra[i] = unquote(r.extra[i])
	}
	return end
}

// unquote takes the quotes off a cell that is quoted and has none inside.
func unquote(cell string) string {
	if n := len(cell); n >= 2 && cell[0] == '"' && strings.IndexByte(cell[1:], '"') == n-2 {
		return cell[1 : n-1]
	}
	return cell
}

// overlong takes the first part of a row that is longer than maxRow and leaves
// the rest of its line to be skipped.
func (s *splitter) overlong(rest string, cells []mapping.Cell, r *row) int {
	s.skipping = true
	r.text, r.flaw = rest[:maxRow], tooLong
	s.bare(r.text, cells, r)
	// next passes over one byte more, as if it were the line's end; should it
	// be just that, skipLine must still see it.
	return maxRow - 1
}

// skipLine passes over the rest of a line; false asks for more text.
func (s *splitter) skipLine() bool {
	i := strings.IndexByte(s.text[s.pos:], s.eol)
	if i < 0 {
		s.pos = len(s.text)
		return s.final
	}
	s.pos += i + 1
	s.skipping = false
	return true
}

// blank reports whether no cell has any text.
func blank(cells []mapping.Cell, r *row) bool {
	for i := range cells[:min(r.cells, len(cells))] {
		if strings.Trim(cells[i].Text, " \t") != "" {
			return false
		}
	}
	for _, cell := range r.extra {
		if strings.Trim(cell, " \t") != "" {
			return false
		}
	}
	return true
}
