package csvfile_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"muster/core/mapping"
	"muster/sync/csvfile"
)

// told is what a record says, for comparing.
type told struct {
	line    int
	cells   []string
	problem string // a part of the sentence
}

func TestRowsThatCannotBeReadWholeAreReportedAndTheRestGoesOn(t *testing.T) {
	good := func(line int) told { return told{line, []string{"9", "Good", "x"}, ""} }
	for name, c := range map[string]struct {
		rows string
		want []told
	}{
		"too few cells":          {"1,Anna\n9,Good,x\n", []told{{2, []string{"1", "Anna", ""}, "only 2 of 3 cells"}, good(3)}},
		"too many cells":         {"1,Berg, Anna,x\n9,Good,x\n", []told{{2, []string{"1", "Berg", " Anna"}, "4 cells, but there are 3 columns; is a cell with a comma in it missing its quotes?"}, good(3)}},
		"empty cells at the end": {"9,Good,x,, ,\n", []told{good(2)}},
		"blank rows count":       {"\n,,\n \r\n9,Good,x\n\n\n9,Good,x", []told{good(5), good(8)}},
		"line breaks in quotes":  {"1,\"An\r\nna\",x\n9,Good,x\n", []told{{2, []string{"1", "An\r\nna", "x"}, ""}, good(3)}},
		"doubled quotes":         {"1,\"An \"\"A\"\" na\",\"\"\"\"\n9,Good,x\n", []told{{2, []string{"1", `An "A" na`, `"`}, ""}, good(3)}},
		"a quote inside":         {"1,An\"na,x\n9,Good,x\n", []told{{2, []string{"1", `An"na`, "x"}, "Name holds a quote in the wrong place"}, good(3)}},
		"text after a quote":     {"1,\"An\"na,\"x\"\n9,Good,x\n", []told{{2, []string{"1", `"An"na`, "x"}, "Name holds a quote in the wrong place"}, good(3)}},
		"a quote never closed":   {"1,\"Anna,x\n9,Good,x\n9,Good,x", []told{{2, []string{"1", `"Anna`, "x"}, "Name begins with a quote that never closes"}, good(3), good(4)}},
		"never closed, then quotes": {"1,\"Anna,x\n9,\"Good\",x\n9,Good,x",
			[]told{{2, []string{"1", `"Anna`, "x"}, "Name holds a quote in the wrong place"}, good(3), good(4)}},
		"a NUL byte":          {"1,An\x00na,x\n9,Good,x\n", []told{{2, []string{"1", "An\x00na", "x"}, "Name holds a NUL byte"}, good(3)}},
		"bytes that are none": {"1,R\xe9,é\n9,Good,x\n1,R\xe9\n", []told{{2, []string{"1", "R\xe9", "é"}, "Name holds bytes that are no UTF-8"}, good(3), {4, []string{"1", "R\xe9", ""}, "no UTF-8"}}},
		"no end of line":      {"9,Good,x", []told{good(2)}},
		"ends in a delimiter": {"1,\"Anna\",", []told{{2, []string{"1", "Anna", ""}, ""}}},
		"ends in a quote":     {"1,2,\"Anna\"", []told{{2, []string{"1", "2", "Anna"}, ""}}},
		"ends in one quote":   {"1,2,\"", []told{{2, []string{"1", "2", `"`}, "Note begins with a quote that never closes"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, "ID,Name,Note\n"+c.rows, csvfile.Options{Encoding: csvfile.UTF8})
			compare(t, f, c.want)
		})
	}
}

func compare(t *testing.T, f *csvfile.File, want []told) {
	t.Helper()
	i := 0
	for r, err := range f.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if i == len(want) {
			t.Fatalf("one row too many: %+v", r)
		}
		w := want[i]
		i++
		if got := cellTexts(r.Cells); r.Line != w.line || !reflect.DeepEqual(got, w.cells) {
			t.Errorf("row %d is %q, want row %d %q", r.Line, got, w.line, w.cells)
		}
		if (r.Problem == "") != (w.problem == "") || !strings.Contains(r.Problem, w.problem) {
			t.Errorf("row %d has problem %q, want %q", r.Line, r.Problem, w.problem)
		}
	}
	if i != len(want) {
		t.Errorf("%d rows, want %d", i, len(want))
	}
}

func TestAQuoteNeverClosedCostsOneRowOfAMillionBytes(t *testing.T) {
	const rows = 50_000
	var text strings.Builder
	text.WriteString("ID,Name\n")
	for i := range rows {
		switch i {
		case 20_000:
			fmt.Fprintf(&text, "%d,\"Anna\n", i)
		default:
			fmt.Fprintf(&text, "%d,Anna with a name\n", i)
		}
	}
	f := open(t, text.String(), csvfile.Options{})
	read, bad := 0, 0
	for r, err := range f.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		read++
		if r.Problem != "" {
			bad = r.Line
		} else if r.Cells[0].Text != fmt.Sprint(r.Line-2) {
			t.Fatalf("row %d is %v", r.Line, r.Cells)
		}
	}
	if read != rows || bad != 20_002 {
		t.Errorf("read %d rows, the bad one is %d", read, bad)
	}
}

func TestUTF16WithoutItsOtherHalfIsReported(t *testing.T) {
	text := "\xff\xfe" + utf16Text(binary.LittleEndian, "ID,Name\n1,An") + "\x00\xd8" + utf16Text(binary.LittleEndian, "na\n2,Per\n3,x") + "\x00"
	compare(t, open(t, text, csvfile.Options{}), []told{
		{2, []string{"1", "An\xffna"}, "no UTF-16LE text"},
		{3, []string{"2", "Per"}, ""},
		{4, []string{"3", "x\xff"}, "no UTF-16LE text"},
	})
}

func TestCharactersBeyondTheBasicPlaneSurviveUTF16(t *testing.T) {
	const name = "𠮷田 😀"
	const people = 40_000
	text := utf16Text(binary.LittleEndian, "\ufeffID,Name\n"+strings.Repeat("1,"+name+"\n", people))
	rows := texts(t, open(t, text, csvfile.Options{}))
	if len(rows) != people || slices.ContainsFunc(rows, func(row []string) bool { return row[1] != name }) {
		t.Errorf("read %d rows, the last %q", len(rows), rows[len(rows)-1])
	}
}

func TestARowThatIsTooLongIsReportedOnce(t *testing.T) {
	for name, end := range map[string]string{"in the middle": "\n9,Good\n", "at the end": ""} {
		f := open(t, "ID,Name\n1,Anna\n2,"+strings.Repeat("long,", 500_000)+end, csvfile.Options{})
		var lines []int
		for r, err := range f.Records(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, r.Line)
			if long := strings.Contains(r.Problem, "longer than 1024 kB"); long != (r.Line == 3) {
				t.Errorf("%s: row %d has problem %q", name, r.Line, r.Problem)
			}
		}
		if want := map[string][]int{"in the middle": {2, 3, 4}, "at the end": {2, 3}}[name]; !reflect.DeepEqual(lines, want) {
			t.Errorf("%s: read rows %v", name, lines)
		}
	}
}

func TestShortRowsSayThatTheRestIsAbsent(t *testing.T) {
	f := open(t, "ID,Name,Note\n1\n2,Per,\n", csvfile.Options{})
	var got [][]mapping.Presence
	for r, err := range f.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		var row []mapping.Presence
		for _, c := range r.Cells {
			row = append(row, c.Presence)
		}
		got = append(got, row)
	}
	want := [][]mapping.Presence{{mapping.Given, mapping.Absent, mapping.Absent}, {mapping.Given, mapping.Given, mapping.Given}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("cells are %v", got)
	}
}

func TestBatchesOwnTheirMemory(t *testing.T) {
	const rows = 30_000
	var text strings.Builder
	text.WriteString("ID,Name\n")
	for i := range rows {
		fmt.Fprintf(&text, "%d,\"Person \"\"%d\"\"\"\n", i, i)
	}
	f := open(t, text.String(), csvfile.Options{})
	var kept []*csvfile.Batch
	for b, err := range f.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, b)
	}
	i := 0
	for _, b := range kept {
		for _, r := range b.Records {
			if r.Line != i+2 || r.Cells[0].Text != fmt.Sprint(i) || r.Cells[1].Text != fmt.Sprintf("Person \"%d\"", i) {
				t.Fatalf("record %d became %+v", i, r)
			}
			i++
		}
	}
	if i != rows || f.BytesRead() != f.Size() {
		t.Errorf("%d records, read %d of %d bytes", i, f.BytesRead(), f.Size())
	}
}

func TestReadingStopsWhenAskedTo(t *testing.T) {
	f := open(t, "ID,Name\n"+strings.Repeat("1,Anna\n", 200_000), csvfile.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range f.Records(ctx) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("ended with %v", last)
	}
}

func TestDatesBecomeISOWhereAsked(t *testing.T) {
	f := open(t, "ID,Born,Seen\n1,3/4/2001,3/4/2001\n2,31/12/2001 00:00,x\n3,12/31/2001,\n", csvfile.Options{})
	if err := f.SetDateForm("Born", csvfile.DayMonth); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"1", "2001-04-03", "3/4/2001"}, {"2", "2001-12-31", "x"}, {"3", "12/31/2001", ""}}
	if got := texts(t, f); !reflect.DeepEqual(got, want) {
		t.Errorf("read %q", got)
	}
	if err := f.SetDateForm("Bron", csvfile.ISO); err == nil || !strings.Contains(err.Error(), `did you mean "Born"?`) {
		t.Errorf("an unknown column: %v", err)
	}
}
