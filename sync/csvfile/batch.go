package csvfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"muster/core/fault"
	"muster/core/mapping"
)

const (
	// blockSize is how much of the file is read at a time.
	blockSize = 256 << 10
	// batchRows is how many records a batch has; fewer when rows are wide.
	batchRows  = 4096
	batchCells = 64 << 10
	// maxColumns is how many fields a list has room for.
	maxColumns = 1000
)

// Batch is a run of records in the file's order. It owns its memory: it may be
// passed to another goroutine and kept while later batches are read, and its
// strings stay valid for good (but each keeps the quarter megabyte of text
// around it alive, so clone what is to be kept by itself).
type Batch struct {
	Records []mapping.Record
	// Read is how many bytes of the file were read for this batch and those
	// before it.
	Read int64

	cells []mapping.Cell
	from  *File
}

// Release gives the batch's records back for later batches to use; neither the
// batch nor its Records may be used after. It is optional, and saves the
// collector work.
func (b *Batch) Release() {
	if b.from != nil {
		b.from.reserve.Put(b)
	}
}

// Batches reads all rows once. An error ends the stream and is yielded last: a
// fault when the file changed since it was opened, or what reading it met.
// Cancelling ctx ends it with ctx's error. Rows that could not be read whole
// are records with a Problem.
func (f *File) Batches(ctx context.Context) iter.Seq2[*Batch, error] {
	return f.batches(ctx, f.forms)
}

// BatchesIn is Batches with the dates of columns in forms of this reading's own,
// by the columns' names, so that several readings may go on at once. What it
// cannot find is a fault.
func (f *File) BatchesIn(ctx context.Context, forms map[string]DateForm) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		own := make([]DateForm, len(f.columns))
		for column, form := range forms {
			i, err := f.index(column)
			if err != nil {
				yield(nil, err)
				return
			}
			own[i] = form
		}
		f.batches(ctx, own)(yield)
	}
}

// asWritten reads all rows once, with dates as they stand in the file.
func (f *File) asWritten(ctx context.Context) iter.Seq2[*Batch, error] {
	return f.batches(ctx, nil)
}

func (f *File) batches(ctx context.Context, forms []DateForm) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		p, err := f.begin(ctx, forms)
		for err == nil {
			b := f.batch()
			if err = p.take(b); err != nil || len(b.Records) == 0 {
				break
			}
			if !yield(b, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// Records reads all rows once, like Batches. The record and its cells are
// reused: they are valid until the next one is asked for. Its strings may be
// kept.
func (f *File) Records(ctx context.Context) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		for b, err := range f.Batches(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range b.Records {
				if !yield(&b.Records[i], nil) {
					return
				}
			}
			b.Release()
		}
	}
}

// batch returns an empty batch with room for its cells.
func (f *File) batch() *Batch {
	if b, ok := f.reserve.Get().(*Batch); ok {
		b.Records = b.Records[:0]
		return b
	}
	rows := min(batchRows, max(1, batchCells/len(f.columns)))
	return &Batch{
		Records: make([]mapping.Record, 0, rows),
		cells:   make([]mapping.Cell, rows*len(f.columns)),
		from:    f,
	}
}

// pass is one reading of the file from its first row to its last.
type pass struct {
	f       *File
	ctx     context.Context
	in      io.Reader
	split   splitter
	row     row
	line    int    // the number of the last row
	buf     []byte // text on its way to the splitter
	raw     []byte // bytes on their way to text, unless those are the same
	read    int64
	suspect bool // the text has NUL bytes or is no UTF-8 somewhere
	forms   []DateForm
	width   int // columns
}

// begin starts a pass before the first row of people.
func (f *File) begin(ctx context.Context, forms []DateForm) (*pass, error) {
	info, err := f.file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	if info.Size() != f.size || !info.ModTime().Equal(f.modified) {
		return nil, fault.New(fault.Conflict, "%s was changed by another program since it was opened; start again", f.name)
	}
	p := &pass{
		f:     f,
		ctx:   ctx,
		in:    io.NewSectionReader(f.file, int64(f.marked), f.size-int64(f.marked)),
		split: splitter{delim: f.delim, eol: f.eol},
		read:  int64(f.marked),
		forms: forms,
		width: len(f.columns),
	}
	if err := p.fill(); err != nil {
		return nil, err
	}
	p.split.pos = f.hint
	p.split.seekQuote()
	if f.header {
		if _, err := p.next(make([]mapping.Cell, p.width)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// take fills the batch; one without records is the end.
func (p *pass) take(b *Batch) error {
	for n := range cap(b.Records) {
		cells := b.cells[n*p.width : (n+1)*p.width : (n+1)*p.width]
		more, err := p.next(cells)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		b.Records = append(b.Records, mapping.Record{Line: p.line, Cells: cells, Problem: p.problem(cells)})
		for i, form := range p.forms {
			if form != "" {
				cells[i].Text = form.ISO(cells[i].Text)
			}
		}
	}
	b.Read = p.read
	return nil
}

// next splits the next row that has text into cells; false means that there is
// none.
func (p *pass) next(cells []mapping.Cell) (bool, error) {
	for {
		switch p.split.next(cells, &p.row) {
		case gotRow:
			p.line++
			return true, nil
		case gotBlank:
			p.line++
		case needMore:
			if err := p.fill(); err != nil {
				return false, err
			}
		case atEnd:
			return false, nil
		}
	}
}

// fill feeds the splitter a block more of text.
func (p *pass) fill() error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	p.buf = append(p.buf[:0], p.split.rest()...)
	final, err := p.readText()
	if err != nil {
		return fmt.Errorf("read %s: %w", p.f.name, err)
	}
	text := string(p.buf)
	p.suspect = strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)
	p.split.feed(text, final)
	p.f.read.Store(p.read)
	return nil
}

// readText appends a block to buf as UTF-8; true means that it was the last.
func (p *pass) readText() (bool, error) {
	if p.f.encoding == UTF8 {
		had := len(p.buf)
		p.buf = grow(p.buf, blockSize)
		n, final, err := readBlock(p.in, p.buf[had:])
		p.buf = p.buf[:had+n]
		p.read += int64(n)
		return final, err
	}
	had := len(p.raw)
	p.raw = grow(p.raw, blockSize/2)
	n, final, err := readBlock(p.in, p.raw[had:])
	p.raw = p.raw[:had+n]
	p.read += int64(n)
	if err != nil {
		return false, err
	}
	var used int
	p.buf, used = p.f.encoding.appendText(p.buf, p.raw, final)
	p.raw = p.raw[:copy(p.raw, p.raw[used:])]
	return final, nil
}

// grow makes b longer by n bytes.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) < n {
		b = append(make([]byte, 0, len(b)+n), b...)
	}
	return b[:len(b)+n]
}

// readBlock fills b unless the input ends; true means that it did.
func readBlock(r io.Reader, b []byte) (int, bool, error) {
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, true, nil
	}
	return n, false, err
}

// problem says why the row just split is not one to be taken as it is.
func (p *pass) problem(cells []mapping.Cell) string {
	if p.row.flaw == whole && p.row.cells == p.width && !p.suspect {
		return p.leftOver(cells)
	}
	if sentence := p.flawSentence(); sentence != "" {
		return sentence
	}
	if p.suspect {
		if i := strings.IndexByte(p.row.text, 0); i >= 0 {
			return fmt.Sprintf("%s holds a NUL byte; the file may be damaged", p.column(indexCell(cells, func(s string) bool {
				return strings.IndexByte(s, 0) >= 0
			})))
		}
		if !utf8.ValidString(p.row.text) {
			return fmt.Sprintf("%s holds bytes that are no %s text; was the file saved in another encoding?",
				p.column(indexCell(cells, func(s string) bool { return !utf8.ValidString(s) })), strings.ToUpper(string(p.f.encoding)))
		}
	}
	if p.row.cells < p.width {
		return fmt.Sprintf("%s%d of %d cells", tooShort, p.row.cells, p.width)
	}
	for _, cell := range p.row.extra {
		if strings.TrimSpace(cell) != "" {
			return fmt.Sprintf("The row has %d cells, but there are %d columns; is a cell with a %s in it missing its quotes?",
				p.row.cells, p.width, delimiterName(p.f.delim))
		}
	}
	return ""
}

// leftOver finds, in a file of rejects, a problem that stands where a cell of the
// row's own belongs: spreadsheets fill short rows up when they save them.
func (p *pass) leftOver(cells []mapping.Cell) string {
	last := len(p.f.columns) - 1
	if p.f.columns[last] != ProblemColumn {
		return ""
	}
	if at := indexCell(cells[:last], func(s string) bool { return strings.HasPrefix(s, tooShort) }); at >= 0 {
		return fmt.Sprintf("%s still holds what is wrong with the row; put its own cells there", p.column(at))
	}
	return ""
}

// tooShort begins the problem of a row that lacks cells.
const tooShort = "The row has only "

func (p *pass) flawSentence() string {
	switch p.row.flaw {
	case strayMark:
		return fmt.Sprintf(`%s holds a quote in the wrong place; a cell with quotes is written "like ""this"""`, p.column(p.row.at))
	case openQuote:
		return fmt.Sprintf("%s begins with a quote that never closes", p.column(p.row.at))
	case tooLong:
		return fmt.Sprintf("The row is longer than %d kB; is a quote or a line break missing?", maxRow>>10)
	}
	return ""
}

// column names the i-th column in a sentence.
func (p *pass) column(i int) string {
	if i < 0 || i >= len(p.f.columns) {
		return "The row"
	}
	return p.f.columns[i]
}

func indexCell(cells []mapping.Cell, holds func(string) bool) int {
	for i, cell := range cells {
		if holds(cell.Text) {
			return i
		}
	}
	return -1
}
