package csvfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/core/fault"
)

// ProblemColumn is the last column of a file of rejects: why a row was
// rejected. A column of that name is never imported.
const ProblemColumn = "Problem"

// maxName is the longest name of a column, in bytes, before what makes it
// unique; a field's label has room for both.
const maxName = 180

// detectHeader decides whether the sample's first row is a header and names the
// columns.
func (f *File) detectHeader(rows []sampleRow, o Options) error {
	first := rows[0].cells
	switch o.Header {
	case WithHeader:
		f.header = true
	case DetectHeader:
		f.header = namesColumns(rows, o.Names)
	}
	if f.header && rows[0].flaw != whole {
		return fault.New(fault.Invalid, "The header of %s has a quote in the wrong place or one that never closes; correct its first row", f.name)
	}
	if f.header && !utf8.ValidString(strings.Join(first, "")) {
		return fault.New(fault.Invalid, "The header of %s holds bytes that are no %s text; save the file in UTF-8", f.name, strings.ToUpper(string(f.encoding)))
	}
	width := usualWidth(rows)
	if f.header {
		width = len(first)
		for width > 1 && cleanName(first[width-1]) == "" {
			width--
		}
	}
	if width > maxColumns {
		return fault.New(fault.Invalid, "%s has more than %d columns; is %s its delimiter?", f.name, maxColumns, delimiterName(f.delim))
	}
	if !f.header {
		first = nil
	}
	f.columns = uniqueNames(first[:min(width, len(first))], width)
	return nil
}

// usualWidth is how many cells most rows have.
func usualWidth(rows []sampleRow) int {
	counts := make(map[int]int)
	best := len(rows[0].cells)
	for _, r := range rows {
		n := len(r.cells)
		counts[n]++
		if counts[n] > counts[best] {
			best = n
		}
	}
	return best
}

// uniqueNames makes a name for every column: a header's cell, "Column 3" where
// it is empty, and "Name (2)" where it was there before, in any case.
func uniqueNames(header []string, width int) []string {
	names := make([]string, width)
	taken := make(map[string]bool, width)
	for i := range names {
		name := ""
		if i < len(header) {
			name = cleanName(header[i])
		}
		if name == "" {
			name = fmt.Sprintf("Column %d", i+1)
		}
		names[i] = name
		for n := 2; taken[strings.ToLower(names[i])]; n++ {
			names[i] = fmt.Sprintf("%s (%d)", name, n)
		}
		taken[strings.ToLower(names[i])] = true
	}
	return names
}

// cleanName makes a column's name of a header's cell: one line, single spaces,
// no characters that do not show.
func cleanName(cell string) string {
	cell = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case unicode.IsControl(c), unicode.Is(unicode.Cf, c):
			return -1
		}
		return c
	}, cell)
	name := strings.Join(strings.Fields(cell), " ")
	for len(name) > maxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = strings.TrimSpace(name[:len(name)-size])
	}
	return name
}

// namesColumns weighs the cells of the first row for and against a header. A
// header is the rule: only a first row that plainly is a person is none.
func namesColumns(rows []sampleRow, names []string) bool {
	first := rows[0].cells
	below := slices.DeleteFunc(slices.Clone(rows[1:]), func(r sampleRow) bool { return slices.Equal(r.cells, first) })
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[fold(name)] = true
	}
	weight := 0
	for i, cell := range first {
		name := cleanName(cell)
		switch cell = strings.TrimSpace(cell); {
		case cell == "":
		case known[fold(name)], name == ProblemColumn, name == fmt.Sprintf("Column %d", i+1):
			weight += 4
		case evidence(cell) != noDate, isAddress(cell), resembles(cell, i, below):
			weight -= 3
		case concept(name) != "":
			weight += 2
		case isFigures(cell):
			weight--
		}
	}
	return weight >= 0
}

// isFigures reports whether a cell is a number, a phone number or the like.
func isFigures(cell string) bool {
	return strings.ContainsAny(cell, "0123456789") && strings.Trim(cell, "0123456789+-.,/() ") == ""
}

// resembles reports whether the first row's cell is like those below it: the
// same text as one of them, or letters and digits in the same places as in all
// of them.
func resembles(cell string, column int, below []sampleRow) bool {
	alike := len(below) >= 2 && strings.ContainsAny(cell, "0123456789")
	for _, r := range below {
		if column >= len(r.cells) {
			continue
		}
		other := strings.TrimSpace(r.cells[column])
		if other == cell {
			return true
		}
		alike = alike && slices.Equal(shape(other), shape(cell))
	}
	return alike
}

// shape is a text with every letter and every digit made the same.
func shape(text string) []rune {
	runes := []rune(text)
	for i, c := range runes {
		switch {
		case unicode.IsLetter(c):
			runes[i] = 'a'
		case unicode.IsDigit(c):
			runes[i] = '0'
		}
	}
	return runes
}
