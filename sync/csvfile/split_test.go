package csvfile

import (
	"encoding/csv"
	"reflect"
	"strings"
	"testing"

	"muster/core/mapping"
	"pgregory.net/rapid"
)

// splitAll splits text that comes in pieces of a size and returns each row's
// cells, and its flaw.
func splitAll(text string, columns, piece int, eol byte) (rows [][]string, flaws []flaw) {
	s := splitter{delim: ',', eol: eol}
	cells := make([]mapping.Cell, columns)
	for r := (row{}); ; {
		switch s.next(cells, &r) {
		case atEnd:
			return rows, flaws
		case needMore:
			n := min(piece, len(text))
			s.feed(s.rest()+text[:n], n == len(text))
			text = text[n:]
		case gotBlank:
			rows, flaws = append(rows, nil), append(flaws, whole)
		case gotRow:
			var got []string
			for _, c := range cells[:min(columns, r.cells)] {
				got = append(got, c.Text)
			}
			rows, flaws = append(rows, append(got, r.extra...)), append(flaws, r.flaw)
		}
	}
}

// TestPiecesDoNotShow is the law that where a block of the file ends changes
// nothing.
func TestPiecesDoNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := rapid.SampledFrom([]string{`"`, `""`, ",", "\n", "\r\n", "\r", "a", "bc", " ", "é", "\x00"})
		text := strings.Join(rapid.SliceOfN(tokens, 0, 60).Draw(t, "text"), "")
		columns := rapid.IntRange(1, 4).Draw(t, "columns")
		piece := rapid.IntRange(1, 7).Draw(t, "piece")
		eol := rapid.SampledFrom([]byte("\n\r")).Draw(t, "eol")
		rows, flaws := splitAll(text, columns, piece, eol)
		want, wantFlaws := splitAll(text, columns, len(text)+1, eol)
		if !reflect.DeepEqual(rows, want) || !reflect.DeepEqual(flaws, wantFlaws) {
			t.Fatalf("in pieces of %d:\n%q %v\nin one:\n%q %v", piece, rows, flaws, want, wantFlaws)
		}
	})
}

// FuzzSplit holds the splitter against encoding/csv: what that accepts has the
// same rows here. Documented differences are put aside: blank rows, line breaks
// inside quotes, lone carriage returns, and bounds.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"", "a,b\n1,2\n", "a,\"b\"\r\n\"1\n2\",3", "\"\"\"\",\n", "a\"b,c\n", "\"a\nb,c\n", ",,\n\n \n", "\"a\"b\n", "\"\",\"\"\r\n", "é,\xff\x00\n", "\"a\r\nb\"\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxQuoted || strings.Count(text, ",") > maxExtra {
			return
		}
		rows, flaws := splitAll(text, 3, 1<<10, '\n')
		if strings.Count(text, "\r") != strings.Count(text, "\r\n") {
			return
		}
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		all, err := r.ReadAll()
		if err != nil {
			return
		}
		for i, flaw := range flaws {
			if flaw != whole {
				t.Fatalf("row %d of %q has flaw %d", i+1, text, flaw)
			}
		}
		got, want := filled(rows), filled(all)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read %q\nas   %q\nnot  %q", text, got, want)
		}
	})
}

// filled leaves out rows without text and makes line breaks one.
func filled(rows [][]string) [][]string {
	var kept [][]string
	for _, cells := range rows {
		if strings.Trim(strings.Join(cells, ""), " \t") == "" {
			continue
		}
		var row []string
		for _, cell := range cells {
			row = append(row, strings.ReplaceAll(cell, "\r\n", "\n"))
		}
		kept = append(kept, row)
	}
	return kept
}

// TestMemoryIsBounded reads what has no end of row for five times the longest
// row there may be.
func TestMemoryIsBounded(t *testing.T) {
	for name, unit := range map[string]string{"one cell": "a", "many cells": "a,", "an open quote": "\"a\n", "doubled quotes": `""`} {
		text := strings.Repeat(unit, maxRow/len(unit))
		s := splitter{delim: ',', eol: '\n'}
		cells := make([]mapping.Cell, 4)
		most := 0
		for fed, r := 0, (row{}); fed < 5; {
			if s.next(cells, &r) != needMore {
				continue
			}
			most = max(most, len(s.rest()))
			s.feed(s.rest()+text, false)
			fed++
		}
		if most > 2*maxRow {
			t.Errorf("%s: kept %d bytes", name, most)
		}
	}
}
