package csvfile_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/sync/csvfile"
)

// open writes text to a file and opens it.
func open(t *testing.T, text string, o csvfile.Options) *csvfile.File {
	t.Helper()
	f, err := tryOpen(t, text, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func tryOpen(t *testing.T, text string, o csvfile.Options) (*csvfile.File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := csvfile.Open(t.Context(), path, o)
	if err == nil {
		t.Cleanup(func() { closing(t, f) })
	}
	return f, err
}

func closing(t interface{ Error(...any) }, f *csvfile.File) {
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// texts returns the cells of all rows.
func texts(t *testing.T, f *csvfile.File) [][]string {
	t.Helper()
	var rows [][]string
	for r, err := range f.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Problem != "" {
			t.Errorf("row %d: %s", r.Line, r.Problem)
		}
		rows = append(rows, cellTexts(r.Cells))
	}
	return rows
}

func cellTexts(cells []mapping.Cell) []string {
	var row []string
	for _, c := range cells {
		row = append(row, c.Text)
	}
	return row
}

func utf16Text(order binary.ByteOrder, text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, 0, 0)
		order.PutUint16(b[len(b)-2:], unit)
	}
	return string(b)
}

func windows1252(text string) string {
	return strings.NewReplacer("é", "\xe9", "ß", "\xdf", "€", "\x80", "œ", "\x9c").Replace(text)
}

func TestEveryEncodingDelimiterAndLineEndIsUnderstood(t *testing.T) {
	const people = "ID~Name~Note¶0017~Renée Groß~\"owes 5 €, or 6; says\nso\"¶0018~Sœur Ana~¶"
	want := [][]string{{"0017", "Renée Groß", "owes 5 €, or 6; says\nso"}, {"0018", "Sœur Ana", ""}}
	encodings := []struct {
		name   string
		want   csvfile.Encoding
		encode func(string) string
	}{
		{"UTF-8", csvfile.UTF8, func(s string) string { return s }},
		{"UTF-8 with mark", csvfile.UTF8, func(s string) string { return "\ufeff" + s }},
		{"UTF-16LE with mark", csvfile.UTF16LE, func(s string) string { return utf16Text(binary.LittleEndian, "\ufeff"+s) }},
		{"UTF-16BE with mark", csvfile.UTF16BE, func(s string) string { return utf16Text(binary.BigEndian, "\ufeff"+s) }},
		{"UTF-16LE", csvfile.UTF16LE, func(s string) string { return utf16Text(binary.LittleEndian, s) }},
		{"UTF-16BE", csvfile.UTF16BE, func(s string) string { return utf16Text(binary.BigEndian, s) }},
		{"Windows-1252", csvfile.Windows1252, windows1252},
	}
	for _, e := range encodings {
		for _, delim := range ",;\t|" {
			for _, end := range []string{"\n", "\r\n", "\r"} {
				t.Run(e.name+" "+string(delim)+" "+strings.NewReplacer("\r", "CR", "\n", "LF").Replace(end), func(t *testing.T) {
					text := strings.NewReplacer("~", string(delim), "¶", end).Replace(people)
					f := open(t, e.encode(text), csvfile.Options{})
					if f.Encoding() != e.want || f.Delimiter() != byte(delim) || !f.HasHeader() {
						t.Errorf("understood %s, %q, header %v", f.Encoding(), f.Delimiter(), f.HasHeader())
					}
					if got, want := f.Columns(), []string{"ID", "Name", "Note"}; !reflect.DeepEqual(got, want) {
						t.Errorf("columns %q, want %q", got, want)
					}
					if got := texts(t, f); !reflect.DeepEqual(got, want) {
						t.Errorf("rows %q\nwant %q", got, want)
					}
				})
			}
		}
	}
}

func TestTheEncodingMayShowLate(t *testing.T) {
	ascii := "ID,Name\n" + strings.Repeat("1,Plain\n", 60_000)
	for encoding, end := range map[csvfile.Encoding]string{csvfile.UTF8: "2,Renée\n", csvfile.Windows1252: "2,Ren\xe9e\n"} {
		f := open(t, ascii+end, csvfile.Options{})
		rows := texts(t, f)
		if f.Encoding() != encoding || rows[len(rows)-1][1] != "Renée" {
			t.Errorf("took %s for %s and read %q", encoding, f.Encoding(), rows[len(rows)-1])
		}
	}
}

func TestOptionsOverrideWhatIsDetected(t *testing.T) {
	f := open(t, "ID;N,ame\n1;\xe9,x\n", csvfile.Options{Encoding: csvfile.Windows1252, Delimiter: ',', Header: csvfile.WithoutHeader})
	if got, want := f.Columns(), []string{"Column 1", "Column 2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("columns %q", got)
	}
	if got, want := texts(t, f), [][]string{{"ID;N", "ame"}, {"1;é", "x"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("rows %q", got)
	}
	for _, o := range []csvfile.Options{{Encoding: "ebcdic"}, {Delimiter: '"'}, {Delimiter: '\n'}} {
		if _, err := tryOpen(t, "a,b\n", o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestDelimitersAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want byte
	}{
		"quoted commas":           {"ID;Name\n1;\"Berg, Anna\"\n2;\"Lund, Per\"\n", ';'},
		"bare commas in names":    {"ID;Name\n1;Berg, Anna\n2;Lund, Per\n", ';'},
		"decimal commas":          {"ID;FTE;Rate\n1;0,5;1,2\n2;1,0;2,4\n", ';'},
		"semicolons in a comma's": {"ID,Groups\n1,a;b\n2,c;d;e\n", ','},
		"pipes":                   {"ID|Name\n1|Anna, Berg; x\n", '|'},
		"Excel's own line":        {"sep=|\r\nID|Name,x\r\n1|2,y\r\n", '|'},
		"one column":              {"E-mail\nanna@school.example\n", ','},
	} {
		if f := open(t, c.text, csvfile.Options{}); f.Delimiter() != c.want {
			t.Errorf("%s: took %q for the delimiter", name, f.Delimiter())
		}
	}
}

func TestAHeaderIsToldFromAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		header bool
		names  []string
	}{
		"usual":                       {"ID,Name\n1,Anna\n", true, nil},
		"unknown words":               {"Kürzel,Hort\nab,ja\ncd,nein\n", true, nil},
		"header only":                 {"Kürzel,Hort\n", true, nil},
		"numbers as names":            {"Name,2023\nAnna,17\nPer,9\n", true, nil},
		"an address":                  {"Anna,Berg,anna@school.example\nPer,Lund,per@school.example\n", false, nil},
		"an address and a job":        {"Anna,anna@school.example,Manager\nPer,per@school.example,Cook\n", false, nil},
		"identifiers of one shape":    {"S0017,Anna\nS0018,Per\nS0019,Eva\n", false, nil},
		"a date":                      {"Anna,2001-02-03\n", false, nil},
		"a value that is there again": {"Anna,Staff\nPer,Staff\n", false, nil},
		"a header repeated":           {"Kürzel,Hort\nab,ja\nKürzel,Hort\ncd,nein\n", true, nil},
		"the list's own labels":       {"2001-02-03,a@b.example\nx,y\n", true, []string{"2001-02-03", "A@B.example"}},
		"rejects without names":       {"Column 1,Column 2,Problem\n1,Anna,why\n", true, nil},
	} {
		if f := open(t, c.text, csvfile.Options{Names: c.names}); f.HasHeader() != c.header {
			t.Errorf("%s: header %v", name, f.HasHeader())
		}
	}
}

func TestColumnsHaveNamesOfTheirOwn(t *testing.T) {
	f := open(t, " Name ,,name,\"First\nname\",Name,Na\u200bme (2),,\nAnna,,,,,\n", csvfile.Options{})
	want := []string{"Name", "Column 2", "name (2)", "First name", "Name (3)", "Name (2) (2)"}
	if got := f.Columns(); !reflect.DeepEqual(got, want) {
		t.Errorf("columns %q\nwant    %q", got, want)
	}
	long := open(t, strings.Repeat("ä", 300)+",b\n1,2\n", csvfile.Options{}).Columns()[0]
	if long != strings.Repeat("ä", 90) {
		t.Errorf("a long name became %d bytes", len(long))
	}
}

func TestWhatIsNoCSVIsRefusedWithAdvice(t *testing.T) {
	for name, c := range map[string]struct{ content, advice string }{
		"nothing":        {"", "is empty"},
		"blank lines":    {"\ufeff\r\n \r\n", "is empty"},
		"xlsx":           {"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "is an Excel workbook; save it as CSV"},
		"xls":            {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook; save it as CSV"},
		"ods":            {"PK\x03\x04..mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "is an OpenDocument file; save it as CSV"},
		"zip":            {"PK\x03\x04people.csv", "unpack it"},
		"gzip":           {"\x1f\x8b\x08\x00", "unpack it"},
		"pdf":            {"%PDF-1.7\n", "is a PDF document"},
		"web page":       {"\n<!DOCTYPE html><html>", "is a web page"},
		"json":           {`[{"id": 1}]`, "is JSON"},
		"picture":        {"\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x00\x01,", 100), "is no text file"},
		"UTF-32":         {"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"},
		"broken header":  {"ID,\"Name\n1,Anna\n", "The header of people.csv has a quote"},
		"garbled header": {"ID,N\xffme,é,é,é,é\n1,Anna\n", "The header of people.csv holds bytes that are no UTF-8"},
		"too wide":       {strings.Repeat("a,", 1000) + "b\n", "more than 1000 columns"},
		"no end of row":  {strings.Repeat("a", 300<<10), "does not end"},
	} {
		_, err := tryOpen(t, c.content, csvfile.Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), c.advice) {
			t.Errorf("%s: %v, want advice %q", name, err, c.advice)
		}
	}
}

func TestPathsThatAreNoFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := csvfile.Open(t.Context(), dir, csvfile.Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := csvfile.Open(t.Context(), filepath.Join(dir, "none.csv"), csvfile.Options{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("no file: %v", err)
	}
	if _, err := csvfile.Open(t.Context(), os.DevNull, csvfile.Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a device: %v", err)
	}
}

func TestStandardInputIsReadMoreThanOnce(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	const text = "ID,Name\n1,Anna\n2,Per\n"
	f, err := csvfile.Spool(t.Context(), strings.NewReader(text), int64(len(text)), csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	first, second := texts(t, f), texts(t, f)
	if len(first) != 2 || !reflect.DeepEqual(first, second) {
		t.Errorf("read %q, then %q", first, second)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	_, err = csvfile.Spool(t.Context(), strings.NewReader(text), int64(len(text))-1, csvfile.Options{})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("one byte too many: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := csvfile.Spool(ctx, strings.NewReader(text), 1<<20, csvfile.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	t.Setenv("TMPDIR", filepath.Join(temp, "gone"))
	if _, err := csvfile.Spool(t.Context(), strings.NewReader(text), 1<<20, csvfile.Options{}); !strings.Contains(fault.Sentence(err), "name another folder in TMPDIR") {
		t.Errorf("without a folder: %v", err)
	}
}

func TestAFileThatChangesIsNotReadOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte("ID,Name\n1,Anna\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := csvfile.Open(t.Context(), path, csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("1,Anna\n"), 9), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range f.Records(t.Context()) {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("read a changed file: %v", err)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
