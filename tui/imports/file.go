package imports

import (
	"context"
	"io"
	"iter"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
)

// Files opens the CSV files of this machine.
type Files interface {
	// Open reads enough of a file to understand it. The error is a fault.
	Open(ctx context.Context, path string, as Form) (File, error)
}

// A File is a CSV file that is understood and can be read any number of times.
// Only Survey, Dates, Records, WriteRejects and Close do I/O.
type File interface {
	// Name is the file's name without its folder.
	Name() string
	// Form is how the file is written, nothing of it left to be found out.
	Form() Form
	// Columns are the names of the columns, each different.
	Columns() []string
	// Size is the file's in bytes, BytesRead how many of them the present reading
	// has come to; it may be called while that goes on.
	Size() int64
	BytesRead() int64
	// Survey reads all rows once and tells what they are.
	Survey(ctx context.Context) (Survey, error)
	// UID chooses the column that names a person in a new list: the one that is
	// asked for, or with "" the best there is. The error is a fault that says
	// why there is none. It comes after Survey.
	UID(asked string) (column string, err error)
	// Match proposes which column feeds which field of a schema: as remembered,
	// else by name. Columns that it leaves out feed nothing.
	Match(schema roster.Schema, remembered []mapping.Mapping) []mapping.Mapping
	// Dates finds in which form columns write dates, and asks about those that
	// do not tell.
	Dates(ctx context.Context, columns []string) (forms map[string]DateForm, questions []Question, err error)
	// Records reads all rows once, in batches that own their memory, with the
	// dates of the columns in forms turned into ISO form. Several may go on at
	// once.
	Records(ctx context.Context, forms map[string]DateForm) iter.Seq2[[]mapping.Record, error]
	// WriteRejects writes the rows that were rejected, each with its reason, to
	// a new file at path, whole or not at all.
	WriteRejects(ctx context.Context, path string, rejects []core.Reject) error
	io.Closer
}

// A Form is how a file is written. What is zero is to be found out.
type Form struct {
	Encoding  string // one of Encodings
	Delimiter byte   // one of Delimiters
	Header    Header
	// Names are labels and keys that columns may go by: a first row that has
	// one of them names the columns.
	Names []string
}

// Header says whether a file's first row names its columns.
type Header uint8

// What the first row is.
const (
	FindHeader Header = iota
	WithHeader
	WithoutHeader
)

// Encodings are the encodings that a file may have.
func Encodings() []string { return []string{"utf-8", "utf-16le", "utf-16be", "windows-1252"} }

// Delimiters are what may stand between the cells of a file.
func Delimiters() []byte { return []byte{',', ';', '\t', '|'} }

// A DateForm is a way to write dates: "iso", "day/month", "month/day".
type DateForm string

// The forms that only a person may be able to tell apart.
const (
	DayMonth DateForm = "day/month"
	MonthDay DateForm = "month/day"
)

// A Question is what only a person can tell of a column: in which form its
// dates are.
type Question struct {
	Column string
	Text   string // the question as a sentence
}

// A Survey is what a file's rows tell.
type Survey struct {
	Rows     int // that can be read
	Problems int // that cannot be read whole
	Columns  []Column
}

// A Column is what a file's rows tell of one column.
type Column struct {
	Filled  int // how many rows have a value
	Type    roster.Type
	Date    DateForm // of a Date, unless only a person can tell
	Options []string // of a Dropdown
	Unique  bool     // every row has a value, and a different one
	// Names says that the column's name is one for what tells people apart: a
	// number, a username.
	Names bool
	// Aside says that it is not about people, as the reasons in a file of
	// rejects: it is not proposed for a new list.
	Aside bool
}
