package csvfile

import (
	"context"
	"hash/maphash"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"muster/core/mapping"
	"muster/core/roster"
)

const (
	// MaxOptions is how many distinct values a column may have to be a dropdown.
	MaxOptions = 20
	// maxOption is the longest text of an option, in bytes.
	maxOption = 80
	// maxUID is the longest text that is thought to name a person, in bytes.
	maxUID = 256
	// someRows is how many rows are named as examples.
	someRows = 5
)

// Profile is what one reading of a file tells of its columns. Values are
// looked at trimmed; rows with a problem count for nothing else.
type Profile struct {
	Rows     int // without those that have a problem
	Problems int
	Columns  []ColumnProfile
}

// ColumnProfile is what the rows tell of one column.
type ColumnProfile struct {
	Name    string
	Filled  int // how many rows have a value
	Longest int // in bytes
	// Type is what the column looks like; Date says in which form, unless
	// Question asks for it.
	Type     roster.Type
	Date     DateForm
	Question *Question
	// Options are the distinct values in the order of their first appearance,
	// equal ones in any case counted once; nil when there are more than
	// MaxOptions.
	Options []string
	// Unique says that no row is without a value and no two have the same one,
	// as UIDs are compared. If not, Blank names the first rows without a value,
	// or Repeat the first value that was there before.
	Unique bool
	Blank  []int
	Repeat *Repeat
}

// Repeat is a value that two rows have.
type Repeat struct {
	Value      string
	First, Row int
}

// Dates are the forms of the columns that look like dates.
func (p *Profile) Dates() Dates {
	found := Dates{Forms: make(map[string]DateForm)}
	for _, c := range p.Columns {
		if c.Question != nil {
			found.Questions = append(found.Questions, *c.Question)
		} else if c.Date != "" {
			found.Forms[c.Name] = c.Date
		}
	}
	return found
}

// Column finds a column's profile by its name.
func (p *Profile) Column(name string) (ColumnProfile, bool) {
	for _, c := range p.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return ColumnProfile{}, false
}

// Profile reads all rows once and looks at every column. Memory is bounded by
// 21 to 64 bytes a row for each column that is still unique; a column is dropped
// at its first blank or repeated value.
func (f *File) Profile(ctx context.Context) (*Profile, error) {
	p := &Profile{}
	seed := maphash.MakeSeed()
	looks := make([]look, len(f.columns))
	for i := range looks {
		looks[i] = look{seed: seed, number: true, seen: &firsts{}}
	}
	for b, err := range f.asWritten(ctx) {
		if err != nil {
			return nil, err
		}
		p.count(b.Records)
		lookAtAll(looks, b.Records)
		if p.Rows+p.Problems == len(b.Records) {
			// The first batch tells how many rows to expect.
			expect(looks, int(float64(p.Rows)*float64(f.size)/float64(b.Read)))
		}
		b.Release()
	}
	for i := range looks {
		p.Columns = append(p.Columns, looks[i].profile(f.columns[i], p.Rows))
	}
	return p, nil
}

// expect makes room for so many rows in the columns that are still unique.
func expect(looks []look, rows int) {
	const most = 4 << 20 // beyond, growing is the smaller risk
	for i := range looks {
		if looks[i].seen != nil {
			looks[i].seen.reserve(min(rows, most))
		}
	}
}

// lookAtAll shares the columns of a batch among the processors and waits for
// all of them.
func lookAtAll(looks []look, records []mapping.Record) {
	var (
		next atomic.Int64
		all  sync.WaitGroup
	)
	for range min(runtime.GOMAXPROCS(0), len(looks)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(looks); i = int(next.Add(1)) - 1 {
				looks[i].column(records, i)
			}
		})
	}
	all.Wait()
}

func (p *Profile) count(records []mapping.Record) {
	for i := range records {
		if records[i].Problem != "" {
			p.Problems++
		} else {
			p.Rows++
		}
	}
}

// look is how one column looks as its rows pass by. What is ruled out is not
// looked for any more.
type look struct {
	filled, longest int
	number          bool // every value is a number without leading zeros
	measured        bool // some number has a decimal point or a minus
	addresses       int
	dates           dateTally
	options         []option
	manyOptions     bool
	seen            *firsts // nil when not unique
	unseen          []first // of this batch, on their way to seen
	blank           []int
	repeat          *Repeat
	seed            maphash.Seed
	folded          [maxUID]byte
}

type option struct {
	hash  uint64
	text  string
	count int
}

// column looks at one column of a batch.
func (l *look) column(records []mapping.Record, column int) {
	for i := range records {
		r := &records[i]
		if r.Problem != "" {
			continue
		}
		value := strings.TrimSpace(r.Cells[column].Text)
		if value == "" {
			l.seen = nil
			if len(l.blank) < someRows {
				l.blank = append(l.blank, r.Line)
			}
			continue
		}
		l.value(value, r.Line)
	}
	l.unique(records, column)
}

func (l *look) value(value string, line int) {
	l.filled++
	l.longest = max(l.longest, len(value))
	if l.number {
		l.looksNumeric(value)
	}
	if l.likely(l.addresses) && isAddress(value) {
		l.addresses++
	}
	if l.likely(l.dates.dates()) {
		l.dates.add(value)
	}
	if len(value) > maxUID {
		l.manyOptions, l.options, l.seen = true, nil, nil
	}
	if l.seen == nil && l.manyOptions {
		return
	}
	hash := l.hash(value)
	if !l.manyOptions {
		l.option(hash, value)
	}
	if l.seen != nil {
		l.unseen = append(l.unseen, first{hash, line})
	}
}

// mostly is the share of a column's values, in tenths, that must be addresses
// or dates for the others to be taken for mistakes.
const mostly = 9

// likely reports whether a column of which n values were of a kind may still be
// of that kind: sure in the first hundred values, and then while most are.
func (l *look) likely(n int) bool {
	return l.filled <= 100 || n*10 >= (l.filled-1)*mostly
}

// looksNumeric rules the column out as a number at the first value that is
// none, that would lose a leading zero or plus, or that no calculation would
// keep exactly.
func (l *look) looksNumeric(value string) {
	unsigned, minus := strings.CutPrefix(value, "-")
	whole, fraction, point := strings.Cut(unsigned, ".")
	switch {
	case whole == "" || digits(whole) < 0 || point && (fraction == "" || digits(fraction) < 0),
		len(whole) > 1 && whole[0] == '0', len(whole)+len(fraction) > 15:
		l.number = false
	}
	l.measured = l.measured || minus || point
}

// hash is equal for trimmed values that are the same UID. They are maxUID bytes
// long at most, and mostly ASCII, which is folded here without allocating.
func (l *look) hash(value string) uint64 {
	for i := range len(value) {
		c := value[i]
		if c >= utf8.RuneSelf {
			return maphash.String(l.seed, roster.FoldUID(value))
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		l.folded[i] = c
	}
	return maphash.Bytes(l.seed, l.folded[:len(value)])
}

func (l *look) option(hash uint64, value string) {
	for i := range l.options {
		if l.options[i].hash == hash {
			l.options[i].count++
			return
		}
	}
	if len(l.options) == MaxOptions || len(value) > maxOption || strings.ContainsAny(value, "\r\n") {
		l.manyOptions, l.options = true, nil
		return
	}
	l.options = append(l.options, option{hash, strings.Clone(value), 1})
}

// unique looks for a repeat among the batch's values. They go into the set by
// themselves, so that the processor waits for many places of memory at a time.
func (l *look) unique(records []mapping.Record, column int) {
	for _, f := range l.unseen {
		if l.seen == nil {
			break
		}
		if earlier, again := l.seen.add(f.hash, f.row); again {
			at := slices.IndexFunc(records, func(r mapping.Record) bool { return r.Line == f.row })
			value := strings.TrimSpace(records[at].Cells[column].Text)
			l.repeat = &Repeat{Value: strings.Clone(value), First: earlier, Row: f.row}
			l.seen = nil
		}
	}
	l.unseen = l.unseen[:0]
}

// profile concludes what the column is.
func (l *look) profile(name string, rows int) ColumnProfile {
	c := ColumnProfile{
		Name:    name,
		Filled:  l.filled,
		Longest: l.longest,
		Type:    roster.Text,
		Unique:  l.seen != nil && l.filled > 0,
		Blank:   l.blank,
		Repeat:  l.repeat,
	}
	for _, o := range l.options {
		c.Options = append(c.Options, o.text)
	}
	is := func(n int) bool { return l.filled > 0 && n*10 >= l.filled*mostly }
	switch {
	case is(l.addresses):
		c.Type = roster.Email
	case is(l.dates.dates()):
		c.Type = roster.Date
		c.Date, c.Question = l.dates.form(name)
	case identifies(name):
	case l.filled > 0 && l.number && (l.measured || measures(name)):
		c.Type = roster.Number
	case l.chosen(name, rows):
		c.Type = roster.Dropdown
	}
	return c
}

// chosen reports whether the values look like a choice from a few: at least
// two, every one there more than once, in most rows, and not the names of
// people, who happen to be called the same in a small file.
func (l *look) chosen(name string, rows int) bool {
	if l.manyOptions || len(l.options) < 2 || l.filled*2 < rows || l.filled < 4*len(l.options) || namesPerson(name) {
		return false
	}
	for _, o := range l.options {
		if o.count < 2 {
			return false
		}
	}
	return true
}

// isAddress reports whether a value is an e-mail address, by the rule of the
// fields that will hold it.
func isAddress(value string) bool {
	if strings.IndexByte(value, '@') < 1 {
		return false
	}
	_, err := roster.Field{Type: roster.Email}.Check(value)
	return err == nil
}
