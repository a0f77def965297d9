package csvfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"muster/core/fault"
	"muster/core/mapping"
)

const (
	// sampleSize is how much of the file shows its delimiter and header.
	sampleSize = 256 << 10
	sampleRows = 200
)

// detect finds out how the file is written, and refuses what is no CSV.
func (f *File) detect(ctx context.Context, o Options) error {
	raw, err := f.sample()
	if err != nil {
		return err
	}
	if err := foreign(f.name, raw); err != nil {
		return err
	}
	if err := f.detectEncoding(ctx, raw, o.Encoding); err != nil {
		return err
	}
	complete := int64(len(raw)) == f.size
	decoded, _ := f.encoding.appendText(nil, raw[f.marked:], complete)
	text := string(decoded)
	if strings.Trim(text, " \t\r\n") == "" {
		return fault.New(fault.Invalid, "%s is empty; there is nothing to import", f.name)
	}
	if err := refuseBinary(f.name, text); err != nil {
		return err
	}
	f.eol = lineEnd(text)
	f.delim, f.hint = delimiterHint(text)
	if o.Delimiter != 0 {
		if f.delim = o.Delimiter; f.delim < ' ' && f.delim != '\t' || f.delim >= 0x7f || f.delim == '"' {
			return fault.New(fault.Invalid, "%q cannot be a delimiter; choose comma, semicolon, tab or pipe", string(rune(f.delim)))
		}
	}
	if f.delim == 0 {
		f.delim = detectDelimiter(text[f.hint:], f.eol, complete)
	}
	rows := splitSample(text[f.hint:], f.delim, f.eol, complete)
	if len(rows) == 0 {
		return fault.New(fault.Invalid, "The first row of %s does not end; is this a CSV file?", f.name)
	}
	return f.detectHeader(rows, o)
}

// sample returns the file's beginning.
func (f *File) sample() ([]byte, error) {
	raw := make([]byte, min(f.size, sampleSize))
	if _, err := f.file.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	if len(raw) == 0 {
		return nil, fault.New(fault.Invalid, "%s is empty; there is nothing to import", f.name)
	}
	return raw, nil
}

// foreign refuses files that other programs know by their first bytes.
func foreign(name string, raw []byte) error {
	starts := func(magic string) bool { return bytes.HasPrefix(raw, []byte(magic)) }
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(raw[:min(len(raw), 512)], []byte(utf8BOM)), " \t\r\n"))
	opens := func(tag string) bool { return bytes.HasPrefix(text, []byte(tag)) }
	what := ""
	switch {
	case starts("PK\x03\x04") && bytes.Contains(raw, []byte("mimetypeapplication/vnd.oasis")):
		what = "an OpenDocument file; save it as CSV"
	case starts("PK\x03\x04") && (bytes.Contains(raw, []byte("xl/")) || bytes.Contains(raw, []byte("[Content_Types].xml"))),
		starts("\xd0\xcf\x11\xe0"):
		what = "an Excel workbook; save it as CSV"
	case starts("PK\x03\x04"), starts("PK\x05\x06"), starts("\x1f\x8b"), starts("7z\xbc\xaf"):
		what = "a compressed archive; unpack it and import the CSV file inside"
	case starts("%PDF"):
		what = "a PDF document; export the people as CSV"
	case starts("\xff\xfe\x00\x00"), starts("\x00\x00\xfe\xff"):
		what = "UTF-32 text; save it as CSV in UTF-8"
	case opens("<!doctype"), opens("<html"), opens("<?xml"), opens("<table"):
		what = "a web page or XML; save it as CSV"
	case opens(`[{"`), opens("[\n"), opens("[\r\n"), opens(`{"`), opens("{\n"), opens("{\r\n"):
		what = "JSON; export the people as CSV"
	case opens(`{\rtf`):
		what = "a text document; save it as CSV"
	default:
		return nil
	}
	return fault.New(fault.Invalid, "%s is %s", name, what)
}

// refuseBinary refuses text that is mostly not: a few stray control characters are
// for their rows to report.
func refuseBinary(name, text string) error {
	text = text[:min(len(text), 32<<10)]
	controls := 0
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			controls++
		}
	}
	if controls > 8 && controls*20 > len(text) {
		return fault.New(fault.Invalid, "%s is no text file; export the people as CSV and import that", name)
	}
	return nil
}

func (f *File) detectEncoding(ctx context.Context, raw []byte, asked Encoding) error {
	found, size := bom(raw)
	switch {
	case asked != "":
		f.encoding = asked
		if found == asked {
			f.marked = size
		}
		return asked.check()
	case found != "":
		f.encoding, f.marked = found, size
		return nil
	}
	if wide, ok := unmarkedUTF16(raw); ok {
		f.encoding = wide
		return nil
	}
	var err error
	f.encoding, err = eightBit(ctx, io.NewSectionReader(f.file, 0, f.size))
	return err
}

func (e Encoding) check() error {
	switch e {
	case UTF8, UTF16LE, UTF16BE, Windows1252:
		return nil
	}
	return fault.New(fault.Invalid, "%q is not an encoding; choose utf-8, utf-16le, utf-16be or windows-1252", string(e))
}

// lineEnd returns the byte that ends a row: a line feed, unless only carriage
// returns stand outside quotes.
func lineEnd(text string) byte {
	var feeds, returns int
	quoted := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			feeds++
		case c == '\r':
			returns++
		}
	}
	if feeds == 0 && returns > 0 {
		return '\r'
	}
	return '\n'
}

// delimiterHint reads Excel's own first line "sep=;", which has size bytes.
func delimiterHint(text string) (delim byte, size int) {
	if len(text) < 6 || !strings.EqualFold(text[:4], "sep=") || strings.IndexByte(",;\t|", text[4]) < 0 {
		return 0, 0
	}
	for _, end := range []string{"\r\n", "\n", "\r"} {
		if strings.HasPrefix(text[5:], end) {
			return text[4], 5 + len(end)
		}
	}
	return 0, 0
}

func delimiterName(delim byte) string {
	switch delim {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "pipe"
	}
	return "delimiter"
}

// detectDelimiter returns the delimiter that splits most of the sample's rows
// into as many cells as its first row, the first of equals being the one that
// makes more. Rows are split in earnest, so that delimiters inside quotes do
// not count. A file of one column has commas.
func detectDelimiter(text string, eol byte, complete bool) byte {
	best, most, width := byte(','), 0.0, 1
	for _, delim := range []byte(",;\t|") {
		rows := splitSample(text, delim, eol, complete)
		if len(rows) == 0 || len(rows[0].cells) < 2 {
			continue
		}
		same := 0
		for _, r := range rows {
			if r.flaw == whole && len(r.cells) == len(rows[0].cells) {
				same++
			}
		}
		share := float64(same) / float64(len(rows))
		if share > most || share == most && len(rows[0].cells) > width {
			best, most, width = delim, share, len(rows[0].cells)
		}
	}
	return best
}

type sampleRow struct {
	cells []string
	flaw  flaw
}

// splitSample splits the first rows of a sample; unless it is complete, what
// follows its last line end is no row.
func splitSample(text string, delim, eol byte, complete bool) []sampleRow {
	s := splitter{delim: delim, eol: eol}
	s.feed(text, complete)
	cells := make([]mapping.Cell, maxColumns)
	var rows []sampleRow
	for r := (row{}); len(rows) < sampleRows; {
		switch s.next(cells, &r) {
		case needMore, atEnd:
			return rows
		case gotBlank:
			continue
		}
		sampled := sampleRow{flaw: r.flaw}
		for _, cell := range cells[:min(r.cells, len(cells))] {
			sampled.cells = append(sampled.cells, cell.Text)
		}
		sampled.cells = append(sampled.cells, r.extra...)
		rows = append(rows, sampled)
	}
	return rows
}
