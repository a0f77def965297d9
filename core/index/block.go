package index

import (
	"slices"
	"strings"

	"muster/core/roster"
)

// blockRows is how many rows share a block: enough that allocations of their
// texts round little up, few enough that rewriting a block for one row is
// quick.
const blockRows = 1024

// block is a stretch of rows.
type block struct {
	n                int // rows in use
	active, inactive rowSet
	ids              [blockRows]roster.PersonID

	// text is the rows' folded values in row order; row i is
	// text[at[i]:at[i+1]]. letters and starts say which characters it holds,
	// and which at the start of a word.
	text            []byte
	at              [blockRows + 1]uint32
	letters, starts [blockRows]uint64

	// values holds the rows' Values. It is only appended to, since callers have
	// strings of it; what a change leaves unused goes with the next rewrite.
	values strings.Builder
	spans  [blockRows]span
}

// span is where a row's Values are.
type span struct{ start, end uint32 }

// newBlock returns the block to follow others, with room for a little more than
// the last of them took.
func newBlock(after []*block) *block {
	b := new(block)
	if n := len(after); n > 0 {
		last := after[n-1]
		b.text = make([]byte, 0, len(last.text)+len(last.text)/8)
		b.values.Grow(last.values.Len() + last.values.Len()/8)
	}
	return b
}

func (b *block) status(row int) roster.Status {
	switch {
	case b.active.has(row):
		return roster.Active
	case b.inactive.has(row):
		return roster.Inactive
	}
	return roster.Withdrawn
}

func (b *block) setStatus(row int, status roster.Status) {
	b.active.remove(row)
	b.inactive.remove(row)
	switch status {
	case roster.Active:
		b.active.add(row)
	case roster.Inactive:
		b.inactive.add(row)
	}
}

// present returns the rows whose people are not withdrawn.
func (b *block) present() rowSet { return b.active.union(&b.inactive) }

// having returns the rows of people with one of the statuses.
func (b *block) having(statuses roster.StatusSet) (rows rowSet) {
	if statuses.Has(roster.Active) {
		rows = b.active
	}
	if statuses.Has(roster.Inactive) {
		rows = rows.union(&b.inactive)
	}
	return rows
}

func (b *block) value(row int) roster.Values {
	s := b.spans[row]
	return roster.Values(b.values.String()[s.start:s.end])
}

// add gives p the block's next row. The texts of a full block are cut to size.
func (b *block) add(p *roster.Person) {
	row := b.n
	b.n++
	b.ids[row] = p.ID
	b.setStatus(row, p.Status)
	b.keep(row, p.Values)
	b.text, b.letters[row], b.starts[row] = appendRow(b.text, p.Values)
	b.at[row+1] = uint32(len(b.text))
	if b.n == blockRows {
		b.text = slices.Clone(b.text)
		b.rewriteValues(0)
	}
}

// keep stores a row's values behind those that are there.
func (b *block) keep(row int, values roster.Values) {
	start := b.values.Len()
	b.values.WriteString(string(values))
	b.spans[row] = span{uint32(start), uint32(b.values.Len())}
}

// rewriteValues drops what is unused and leaves room for more bytes.
func (b *block) rewriteValues(room int) {
	old := b.values.String()
	b.values = strings.Builder{}
	b.values.Grow(b.used() + room)
	for row, s := range b.spans[:b.n] {
		b.keep(row, roster.Values(old[s.start:s.end]))
	}
}

// used returns how many bytes the rows' values take.
func (b *block) used() int {
	n := 0
	for _, s := range b.spans[:b.n] {
		n += int(s.end - s.start)
	}
	return n
}

const (
	// slack is the share of its texts that a block has free for the next edits
	// once it has been rewritten for some.
	slack = 1.0 / 16
	// waste is the share of its values' memory, free or no longer used, above
	// which an edit rewrites them.
	waste = 1.0 / 5
)

// replace gives rows new content; of several edits of a row, which stand
// together, the last counts. It returns the scratch it used.
func (b *block) replace(edits []edit, scratch []byte) []byte {
	room := 0
	for _, e := range edits {
		b.spans[e.row%blockRows] = span{}
		room += len(e.person.Values)
	}
	need := float64(b.used() + room)
	if b.values.Cap()-b.values.Len() < room || need < (1-waste)*float64(b.values.Cap()) {
		b.rewriteValues(room + int(slack*need))
	}
	first := int(edits[0].row % blockRows)
	text := scratch[:0]
	start, next := b.at[first], 0
	for row, from := first, start; row < b.n; row++ {
		to := b.at[row+1]
		edited := false
		for ; next < len(edits) && int(edits[next].row%blockRows) == row; next++ {
			edited = true
		}
		if edited {
			text = b.replaceRow(row, edits[next-1].person, text)
		} else {
			text = append(text, b.text[from:to]...)
		}
		from, b.at[row+1] = to, start+uint32(len(text))
	}
	if need := int(start) + len(text); need > cap(b.text) {
		grown := make([]byte, start, need+int(slack*float64(need)))
		copy(grown, b.text)
		b.text = grown
	}
	b.text = append(b.text[:start], text...)
	return text
}

// replaceRow gives one row its new content and appends its folded values to text.
func (b *block) replaceRow(row int, p *roster.Person, text []byte) []byte {
	values := p.Values
	if p.Status == roster.Withdrawn {
		values = ""
	}
	b.setStatus(row, p.Status)
	b.keep(row, values)
	text, b.letters[row], b.starts[row] = appendRow(text, values)
	return text
}
