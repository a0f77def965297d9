package csvfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"muster/core/fault"
)

// Header says whether a file's first row names its columns.
type Header uint8

const (
	DetectHeader Header = iota
	WithHeader
	WithoutHeader
)

// Options say how a file is written, where detecting it would go wrong. The
// zero value detects everything.
type Options struct {
	Encoding  Encoding // "" detects it
	Delimiter byte     // 0 detects it
	Header    Header
	// Names are labels and keys that columns may be named by, such as those of
	// the list's fields. A first row that has them is a header.
	Names []string
}

// File is a CSV file that is understood and can be read any number of times,
// also at once. Close it when done.
type File struct {
	name     string
	file     *os.File
	size     int64
	modified time.Time

	encoding Encoding
	marked   int // size of the byte order mark
	delim    byte
	eol      byte
	hint     int // size of the line "sep=;" in the text
	header   bool
	columns  []string
	forms    []DateForm // by column

	read    atomic.Int64
	reserve sync.Pool // of *Batch
}

// Open reads enough of the file at path to understand it. The error is a fault:
// NotFound or Denied, or Invalid with a sentence that says what the file is and
// what to do.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	name := filepath.Base(path)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(err, fault.NotFound, "There is no file %s", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.Wrap(err, fault.Denied, "The file %s may not be read by you", path)
	case err != nil:
		return nil, fmt.Errorf("open CSV file: %w", err)
	case info.IsDir():
		return nil, fault.New(fault.Invalid, "%s is a folder; name a CSV file in it", name)
	case !info.Mode().IsRegular():
		return nil, fault.New(fault.Invalid, "%s is not a regular file; pass it on standard input and name it -", name)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fault.Wrap(err, fault.Denied, "The file %s may not be read by you", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open CSV file: %w", err)
	}
	return understand(ctx, name, file, o)
}

// Spool copies r, such as standard input, into a temporary file without a name
// and opens that. More than limit bytes are refused.
func Spool(ctx context.Context, r io.Reader, limit int64, o Options) (*File, error) {
	file, err := os.CreateTemp("", "muster-*.csv")
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "Standard input is kept in a temporary file while it is read, and none can be made in %s; name another folder in TMPDIR", os.TempDir())
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("spool CSV: %w", err), file.Close())
	}
	n, err := io.Copy(file, io.LimitReader(&interruptible{ctx, r}, limit+1))
	if err == nil && n > limit {
		err = fault.New(fault.Invalid, "Standard input is longer than %d MB; save it to a file and name that", limit>>20)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("spool CSV: %w", err), file.Close())
	}
	return understand(ctx, "standard input", file, o)
}

// interruptible ends a long copy between two reads.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(b)
}

func understand(ctx context.Context, name string, file *os.File, o Options) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open CSV file: %w", err), file.Close())
	}
	f := &File{name: name, file: file, size: info.Size(), modified: info.ModTime()}
	if err := f.detect(ctx, o); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.forms = make([]DateForm, len(f.columns))
	return f, nil
}

// Close releases the file. Strings and batches taken from it stay valid.
func (f *File) Close() error { return f.file.Close() }

// Name is the file's name without its folder, for messages.
func (f *File) Name() string { return f.name }

// Columns are the columns' names, each different, in order.
func (f *File) Columns() []string { return slices.Clone(f.columns) }

// Encoding is how the file's bytes are text.
func (f *File) Encoding() Encoding { return f.encoding }

// Delimiter stands between the cells.
func (f *File) Delimiter() byte { return f.delim }

// HasHeader reports whether the first row names the columns. Without it they
// are named "Column 1" and so on.
func (f *File) HasHeader() bool { return f.header }

// Size is the file's size in bytes.
func (f *File) Size() int64 { return f.size }

// BytesRead is how many bytes the latest pass has read. It may be polled while
// a pass is going on.
func (f *File) BytesRead() int64 { return f.read.Load() }

// SetDateForm makes later passes turn a column's dates into ISO form. A text
// that is no date in that form stays as it is, for validation to report. An
// empty form leaves the column alone. It must not be called during a pass.
func (f *File) SetDateForm(column string, form DateForm) error {
	i, err := f.index(column)
	if err != nil {
		return err
	}
	f.forms[i] = form
	return nil
}

// index finds a column by its name; the error is a fault.
func (f *File) index(column string) (int, error) {
	if i := slices.Index(f.columns, column); i >= 0 {
		return i, nil
	}
	return 0, unknownColumn(column, f.columns)
}
